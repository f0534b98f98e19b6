"""Outputs in the wrong script: less than half of their letters are in the script of the output language.

Outputs without a letter, such as a date, do not count.
"""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Remark, Threshold

# With an underscore, as the key in a config.
PROVIDES = ("wrong_script",)

_MIN_SHARE = 0.5


def _count(outputs: Outputs) -> Count:
    lettered = [(inside, total) for inside, total in outputs.letters if total]
    return Count(sum(inside / total < _MIN_SHARE for inside, total in lettered), len(lettered))


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
)
