"""Outputs of chat models that were taken out of something: a preamble, quotes, a code fence, a label, reasoning.

The prompt's rules remove it, in the same way from every output (`harness.models._answers`), so that it costs no points
here. The store keeps what the model wrote.
"""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs


def _marks(outputs: Outputs) -> list[bool]:
    return [bool(generation.rules) for generation in outputs.each]


def _count(outputs: Outputs) -> Count | None:
    return None if outputs.only_texts else Count(sum(_marks(outputs)), len(outputs.each))


DIAGNOSTIC = Diagnostic(
    place=32,
    label="outputs taken out of a wrapping",
    unit="percent",
    count=_count,
    column=Column(
        "unwrapped",
        "outputs that stood in a preamble, quotes, a code fence, a label or reasoning, which rules removed",
        always=False,
        beside_scores=True,
    ),
    marks=_marks,
)
