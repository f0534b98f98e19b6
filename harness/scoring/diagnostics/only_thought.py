"""Outputs that are empty because the model wrote its reasoning alone: its budget ended, or its switch did not work."""

from __future__ import annotations

from harness.core import text
from harness.core.records import Generation
from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Remark

# With an underscore, as in JSON and CSV.
PROVIDES = ("only_thought",)


def _is_one(generation: Generation) -> bool:
    tokens = generation.facts.get("thought_tokens", 0)
    thought = "thought" in generation.rules or (isinstance(tokens, int | float) and tokens > 0)
    return thought and text.is_blank(generation.text)


def _count(outputs: Outputs) -> Count | None:
    return None if outputs.only_texts else Count(sum(map(_is_one, outputs.each)), len(outputs.each))


DIAGNOSTIC = Diagnostic(
    place=31,
    label="only thought",
    unit="percent",
    count=_count,
    column=Column("thought", "outputs that are reasoning alone", always=False),
    remark=Remark("{part} of {whole} outputs are empty: the model wrote its reasoning and no answer"),
    marks=lambda outputs: [*map(_is_one, outputs.each)],
)
