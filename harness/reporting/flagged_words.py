"""The words that a flag of an output is about, for the terminal and for pages; pure."""

from __future__ import annotations

from collections.abc import Iterable

from harness.core.segments import OutputView, Span

# Characters of a place that is worth naming: a whole source or output is not.
_MOST_OF_A_PLACE = 60


def flagged_words(output: OutputView, flag: str) -> str:
    """Return the words that a flag is about: "source 2006; output 2007"; empty if no place is known, or only long ones.

    Args:
        output: the output.
        flag: one of its flags.
    """
    places = output.places.get(flag, ())
    words = {side: _joined(span for span in places if span.side == side) for side in ("source", "output")}
    return "; ".join(f"{side} {content}" for side, content in words.items() if content)


def _joined(spans: Iterable[Span]) -> str:
    return " ".join(span.text for span in spans if len(span.text) <= _MOST_OF_A_PLACE)
