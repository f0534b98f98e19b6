"""Write texts with their log-probabilities as one output, the likeliest first, and read them back.

A line of a ranking has four fields with ` | ` between them: the log-probability per token, the sum, the number of
tokens, and the text. Its order is that of the first field. So a ranking is stored, resumed, exported and shown as any
other output is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# The lengths of two sentences that are compared differ by at most this factor: a sum over more tokens is lower, and the
# mean over them does not fully correct this.
_LONGER = 1.2
_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Ranked:
    """A text and its log-probability given a source."""

    text: str
    log_probability: float  # natural logarithm; of all tokens and the end of the text
    tokens: int  # with the end

    @property
    def mean(self) -> float:
        """Log-probability per token."""
        return self.log_probability / self.tokens


def write(texts: Iterable[Ranked]) -> str:
    """Return a ranking of texts, none of which has a line end."""
    order = sorted(texts, key=lambda ranked: (-ranked.mean, ranked.text))
    rows = ((f"{each.mean:.4f}", f"{each.log_probability:.6f}", str(each.tokens), each.text) for each in order)
    return "\n".join(map(_BETWEEN.join, rows))


def read(output: str) -> list[Ranked]:
    """Return the texts of a ranking.

    Raises:
        ValueError: the output is no ranking.
    """
    fields = [line.split(_BETWEEN, 3) for line in output.split("\n")]
    if any(len(of_line) != 4 for of_line in fields):
        raise ValueError(f"expected four fields per line, found {output[:60]!r}")
    return [Ranked(text, float(total), int(tokens)) for _, total, tokens, text in fields]


def comparable(right: Sequence[str], wrong: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each pair of a right and a wrong text whose lengths in characters differ by at most 20%."""
    for one in right:
        for other in wrong:
            if max(len(one), len(other)) <= _LONGER * min(len(one), len(other)):
                yield one, other
