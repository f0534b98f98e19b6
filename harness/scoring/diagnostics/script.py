"""Letters of the outputs, with their marks, that are in the script of the output language."""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs


def _count(outputs: Outputs) -> Count:
    return Count(sum(inside for inside, _ in outputs.letters), sum(total for _, total in outputs.letters))


DIAGNOSTIC = Diagnostic(
    place=3,
    label="letters in the script",
    unit="percent",
    count=_count,
    column=Column("{script}", "share of letters in that script"),
)
