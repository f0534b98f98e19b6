"""Outputs in the wrong script: less than half of their letters are in the script of the output language.

Outputs without a letter, such as a date, do not count.
"""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Remark, Threshold

# With an underscore, as the key in a config.
PROVIDES = ("wrong_script",)

_MIN_SHARE = 0.5


def _marks(outputs: Outputs) -> list[bool]:
    return [bool(total) and inside / total < _MIN_SHARE for inside, total in outputs.letters]


def _count(outputs: Outputs) -> Count:
    lettered = [total for _, total in outputs.letters if total]
    return Count(sum(_marks(outputs)), len(lettered))


DIAGNOSTIC = Diagnostic(
    place=60,
    label="outputs in the wrong script",
    unit="percent",
    count=_count,
    column=Column(
        "not {script}", "outputs with most letters in another script", fraction=True, always=False, beside_scores=True
    ),
    remark=Remark("{part} of {whole} outputs have most letters in another script", from_percent=1),
    threshold=Threshold(1.0, "share of outputs in another script"),
    marks=_marks,
)
