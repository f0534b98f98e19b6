"""Speed: output tokens per second, over the outputs whose tokens and time are known. The gate's key is `gate.speed`."""

from __future__ import annotations

import math

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs


def _count(outputs: Outputs) -> Count | None:
    timed = [each for each in outputs.each if each.output_tokens is not None and each.seconds is not None]
    if not timed:
        return None
    return Count(sum(each.output_tokens or 0 for each in timed), math.fsum(each.seconds or 0.0 for each in timed))


DIAGNOSTIC = Diagnostic(
    place=90,
    label="tokens per second",
    unit="tokens/s",
    count=_count,
    column=Column("tokens/s", "output tokens per second", always=False),
)
