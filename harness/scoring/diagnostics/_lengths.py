"""Outputs that are too short or too long for their source, against the lengths of the system's other outputs."""

from __future__ import annotations

from harness.core import text
from harness.core.text import sentences
from harness.scoring.diagnostics._outputs import Outputs

# Of 2,491 reference translations of newstest2014 hi-en with six words or more, 0.5% lie beyond this ratio on either
# side of the median, and 6% beyond the second one, which counts only with a sign of another kind.
_OUTLIER = 0.62
_SHORTER = 0.8
_LEAST_CHARACTERS = 40  # of a source; the ratio of short texts varies more


def can_be_judged(source: str, content: str, outputs: Outputs) -> bool:
    """Return whether a text is long enough to tell whether another one says all of it."""
    return len(source) >= _LEAST_CHARACTERS and not text.is_blank(content)


def is_short(source: str, content: str, ratio: float, *, has_sign: bool) -> bool:
    """Return whether a text is too short for its source.

    Args:
        source: the text that it should say all of.
        content: the text.
        ratio: the usual length of `content` for each character of `source`.
        has_sign: whether something else says that a part is missing.
    """
    if len(source) < _LEAST_CHARACTERS or text.is_blank(content):
        return False
    relative = len(content) / len(source) / ratio
    if relative < _OUTLIER:
        return True
    return relative < _SHORTER and (has_sign or _sentences(content) < _sentences(source))


def _sentences(content: str) -> int:
    return len(sentences.split(content))
