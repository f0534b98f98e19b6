"""Compare every span of a text with the references of every segment: an F-score of character n-grams; pure.

The score is like chrF (Popović 2015): n-grams of characters without white space, each counted at most as often as the
reference contains it. It differs in three ways, so that it tells segments of one article from each other:

- An n-gram counts 1 divided by the square root of the number of segments whose references contain it. What all segments
  share (the name that the article is about, " of the ") says little.
- Orders are pooled, not averaged, and single characters are left out.
- Precision and recall have equal weight, so that a longer span is not better.

The sum of the matches of a span is exact, and needs no look at its n-grams: an occurrence of an n-gram that a reference
contains c times counts in a span if the span contains it, and does not contain the c-th occurrence before it. So each
occurrence counts for a range of starts, and for all ends from its own on. Two cumulative sums over a grid of starts and
ends then give the matches of all spans at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

# Orders of n-grams.
_ORDERS = (2, 3, 4, 5)
# Characters are numbered with so many bits; of more characters, some share a number.
_BITS = 11


@dataclass(frozen=True, slots=True)
class _Occurrences:
    """The n-grams of a text that one reference contains, in any order."""

    starts: IntArray  # positions
    ends: IntArray
    before: IntArray  # where the n-gram begins that must be outside the span; -1: none must
    weights: FloatArray


class PieceSimilarity:
    """The similarity of spans of one text with each of several references.

    A position is a number of characters without white space.
    """

    def __init__(self, text: str, references: Sequence[str], segments: Sequence[int]) -> None:
        """Take a text, references, and the number of the segment of each reference.

        Texts are compared without white space and without case.
        """
        codes = [_codes(each) for each in (text, *references)]
        self.lengths = [*map(len, codes[1:])]  # characters of each reference
        numbered = _numbered(np.concatenate(codes))
        owner = np.repeat(np.arange(len(codes)), [*map(len, codes)])
        orders = [_Order.of(numbered, owner, order, np.array([-1, *segments], dtype=np.int64)) for order in _ORDERS]
        self._totals = np.sum([order.totals for order in orders], axis=0)
        # The sum of the weights of a span's n-grams is the difference of two numbers. An n-gram that ends before a
        # position begins `order - 1` characters before it.
        places = np.arange(len(codes[0]) + 1)
        self._before = np.sum([order.up_to for order in orders], axis=0)
        self._until = np.sum([order.up_to[np.maximum(places - order.size + 1, 0)] for order in orders], axis=0)
        self._of_reference = _by_reference(orders, len(references))

    def scores(self, reference: int, starts: IntArray, ends: IntArray) -> FloatArray:
        """Return the similarity, 0 to 1, of the spans from each start to each end with a reference: [starts, ends].

        Starts and ends are positions in ascending order. The score of a span that is empty or reversed is 0.
        """
        every = self._of_reference[reference]
        inside = (every.starts >= starts[0]) & (every.ends <= ends[-1])
        weights, width = every.weights[inside], len(ends) + 1
        size = (len(starts) + 1) * width
        from_end = np.searchsorted(ends, every.ends[inside], "left")
        from_start = np.searchsorted(starts, every.before[inside], "right") * width + from_end
        to_start = np.searchsorted(starts, every.starts[inside], "right") * width + from_end
        grid = np.bincount(from_start, weights, size) - np.bincount(to_start, weights, size)
        matches = grid.reshape(-1, width)[:-1, :-1].cumsum(axis=0).cumsum(axis=1)
        own = np.maximum(self._until[ends][None, :] - self._before[starts][:, None], 0.0)
        total = own + self._totals[reference]
        return np.where(ends[None, :] > starts[:, None], 2 * matches / np.maximum(total, 1e-9), 0.0)


@dataclass(frozen=True, slots=True)
class _Order:
    """The n-grams of one order."""

    totals: FloatArray  # sum of the weights of each reference's n-grams
    up_to: FloatArray  # sum of the weights of the text's n-grams that begin before each position
    reference: IntArray  # of each pair of an occurrence in the text and a reference that contains it
    starts: IntArray
    before: IntArray
    weights: FloatArray
    size: int

    @classmethod
    def of(cls, numbered: IntArray, owner: IntArray, size: int, segments: IntArray) -> _Order:
        """Return the n-grams of some texts, the first of which is the text to divide.

        Args:
            numbered: the characters of one text after the other.
            owner: the number of the text of each character.
            size: characters of an n-gram.
            segments: the segment of each text.
        """
        count = max(len(numbered) - size + 1, 0)
        keys = np.zeros(count, dtype=np.int64)
        for ahead in range(size):
            keys = keys << _BITS | numbered[ahead : ahead + count]
        whole = owner[:count] == owner[size - 1 : size - 1 + count]
        texts, owners = len(segments), owner[:count][whole]
        distinct, ngrams = np.unique(keys[whole], return_inverse=True)
        ngrams = ngrams.reshape(-1)
        in_text = owners == 0
        # How often each reference contains each n-gram, by n-gram and then reference.
        pairs, often = np.unique(ngrams[~in_text] * texts + owners[~in_text], return_counts=True)
        ngram, reference = pairs // texts, pairs % texts
        weight = _weights(ngram, segments[reference], len(distinct))
        own = ngrams[in_text]
        length = int(np.count_nonzero(owner == 0))
        up_to = np.zeros(length + 1)
        np.cumsum(weight[own], out=up_to[1 : len(own) + 1])
        up_to[len(own) + 1 :] = up_to[len(own)]
        index, before, repeats = _occurrences(own, ngram, often, len(distinct))
        return cls(
            np.bincount(reference - 1, weight[ngram] * often, texts - 1).astype(np.float64),
            up_to,
            np.repeat(reference - 1, repeats),
            index,
            before,
            np.repeat(weight[ngram], repeats),
            size,
        )


def _weights(ngram: IntArray, segment: IntArray, distinct: int) -> FloatArray:
    """Return the weight of each n-gram, from the pairs of n-grams and the segments whose references contain them."""
    of_segments = np.unique(ngram * (int(segment.max(initial=0)) + 1) + segment) // (int(segment.max(initial=0)) + 1)
    return np.asarray(np.maximum(np.bincount(of_segments, minlength=distinct), 1) ** -0.5)


def _occurrences(own: IntArray, ngram: IntArray, often: IntArray, distinct: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return (start, before) of every occurrence in the text of the n-gram of each pair, and how many each pair has.

    Args:
        own: the n-gram that begins at each position of the text.
        ngram: of each pair of an n-gram and a reference.
        often: how often the reference of the pair contains it.
        distinct: the number of n-grams.
    """
    by_ngram = np.argsort(own, kind="stable")  # positions: n-gram by n-gram, ascending
    sizes = np.bincount(own, minlength=distinct)
    repeats = sizes[ngram]
    index = np.arange(int(repeats.sum())) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    first = np.repeat((np.cumsum(sizes) - sizes)[ngram], repeats)
    earlier = index - np.repeat(often, repeats)
    if not len(by_ngram):
        return index, index, repeats
    before = np.where(earlier >= 0, by_ngram[np.maximum(first + earlier, 0)], -1)
    return by_ngram[first + index], before, repeats


def _by_reference(orders: Sequence[_Order], references: int) -> list[_Occurrences]:
    """Return the n-grams of all orders for each reference."""
    reference = np.concatenate([order.reference for order in orders])
    by_reference = np.argsort(reference.astype(np.int16), kind="stable")
    starts = np.concatenate([order.starts for order in orders])[by_reference]
    ends = np.concatenate([order.starts + order.size for order in orders])[by_reference]
    before = np.concatenate([order.before for order in orders])[by_reference]
    weights = np.concatenate([order.weights for order in orders])[by_reference]
    bounds = np.concatenate([[0], np.cumsum(np.bincount(reference, minlength=references))]).tolist()
    return [
        _Occurrences(starts[first:last], ends[first:last], before[first:last], weights[first:last])
        for first, last in pairwise(bounds)
    ]


def _codes(text: str) -> IntArray:
    """Return the characters of a text without white space and case; one number for each character."""
    # Lower-casing may change the number of characters. Then compare the text as it is written.
    bare = "".join(text.split())
    lower = bare.lower()
    content = lower if len(lower) == len(bare) else bare
    return np.frombuffer(content.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)


def _numbered(codes: IntArray) -> IntArray:
    """Return characters as numbers from 0 of at most `_BITS` bits."""
    _, numbers = np.unique(codes, return_inverse=True)
    return np.asarray(numbers.reshape(-1) % (1 << _BITS))
