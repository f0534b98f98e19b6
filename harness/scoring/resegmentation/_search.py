"""Find the best division of a text into the pieces of an article's segments, by dynamic programming; pure.

The state is a number of segments and a cut of the text: the best value of any division of the text before the cut into
pieces of the first segments. A step gives the next segment a piece (1-1, 1-2, 2-1 and so on, because pieces may begin
and end inside sentences and contain several), no piece (an omission), swaps it with the one after it, or passes over a
whole sentence (an addition). `_Costs` has what each is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from harness.scoring.resegmentation._cuts import CLAUSE, SENTENCE, WORD, Cuts
from harness.scoring.resegmentation._similarity import FloatArray, IntArray, PieceSimilarity


@dataclass(frozen=True, slots=True)
class Costs:
    """What a division of a text loses, in units of similarity (0 to 1).

    They were chosen on the article outputs of `tests/alignment.py`, and are the same for all systems.
    """

    piece: float = 0.03  # any piece; a few words that are similar by chance are none
    addition: float = 0.08  # a sentence without a segment
    swap: float = 0.10  # two segments in the other order
    length: float = 0.20  # times the squared logarithm of a piece's length divided by the reference's
    clause: float = 0.06  # a cut at the end of a clause, but not of a sentence
    word: float = 0.09  # a cut between other words
    unpunctuated: float = 1 / 3  # times these two, in a text with few ends of sentences


# For a text that has little in common with its references. Omissions and additions cannot be told there, so segments
# share the text by length, at ends of sentences if possible.
BY_LENGTH = Costs(piece=-0.3, addition=0.3, swap=1.0, length=0.4, clause=0.15, word=0.225)

# Added to both lengths: the lengths of short texts say less.
_SMOOTHING = 12
# A piece has at most so many times the characters of the longest reference, and so many more.
_LONGEST, _MORE = 3, 80
# States that are worse than the best one by more than this are dropped, and all but so many cuts.
_BEAM, _MOST = 2.5, 160
# A text has few ends of sentences if it has less than so many for each segment.
_FEW = 0.6
# A cut inside a sentence is moved by at most so many words.
_REACH = 8


@dataclass(slots=True)
class Division:
    """The spans of segments and of additions, in words of the text."""

    spans: list[tuple[int, int]]  # of each segment; an empty one has (x, x)
    additions: list[tuple[int, int]] = field(default_factory=list)  # in the order of the text

    def order(self) -> list[int]:
        """Return the numbers of the segments that have a piece, in the order of their pieces."""
        return [
            number
            for _, number in sorted((span, number) for number, span in enumerate(self.spans) if span[0] < span[1])
        ]


@dataclass(frozen=True, slots=True)
class ReferencedSegment:
    """One segment: the numbers of its references in the similarity."""

    references: tuple[int, ...]  # empty: it has none
    length: float  # expected characters of its piece


class DivisionSearch:
    """A text and the segments that it is divided into."""

    def __init__(
        self, cuts: Cuts, similarity: PieceSimilarity, segments: Sequence[ReferencedSegment], costs: Costs
    ) -> None:
        self._cuts, self._similarity, self._segments, self._costs = cuts, similarity, segments, costs
        self._coarse = cuts.coarse()  # words
        self._places = cuts.words[self._coarse]  # positions
        few = np.count_nonzero(cuts.kinds[1:] == SENTENCE) < _FEW * len(segments)
        factor = costs.unpunctuated if few else 1.0
        self._cut_costs = factor * np.select(
            [cuts.kinds == CLAUSE, cuts.kinds == WORD], [costs.clause, costs.word], 0.0
        )
        self._sentence_ends = np.flatnonzero(cuts.kinds[self._coarse] == SENTENCE)

    def run(self) -> Division:
        """Return the best division at coarse cuts, with those inside sentences moved to the best words."""
        division = self._coarsest()
        self._refine(division)
        return division

    def similarity(self, division: Division) -> float:
        """Return the mean similarity of the pieces of a division with their references; 0 if it has no pieces."""
        places = self._cuts.words
        values = [
            max(float(self._similarity.scores(each, places[[start]], places[[end]])[0, 0]) for each in references)
            for segment, (start, end) in zip(self._segments, division.spans, strict=True)
            if start < end and (references := segment.references)
        ]
        return sum(values) / len(values) if values else 0.0

    # --- the dynamic programme ----------------------------------------------------------------------------------------

    def _coarsest(self) -> Division:
        last = len(self._coarse) - 1
        states = [_States.first(last + 1)]
        self._pass_over(states[0])
        values: list[_Values] = []
        for number in range(len(self._segments)):
            before = states[-1]
            low, high = before.active()
            earlier = states[-2].active() if number else (low, high)
            values.append(self._values(number, min(low, earlier[0]), max(high, earlier[1])))
            after = _States.first(last + 1, reached=False)
            self._take(before, after, values[-1], low, high)
            if number:
                self._swap(states[-2], after, values[-1], values[-2])
            self._pass_over(after)
            states.append(after)
        return self._traced(states)

    def _limit(self, number: int) -> float:
        """Return how many characters a piece of a segment has at most."""
        return _LONGEST * self._segments[number].length + _MORE

    def _values(self, number: int, low: int, high: int) -> _Values:
        """Return the values of pieces of a segment from the cuts `low` on.

        It goes so far beyond `high` that a swap with the segment after it can be valued.
        """
        following = self._limit(number + 1) if number + 1 < len(self._segments) else 0.0
        reach = int(np.searchsorted(self._places, self._places[high] + following, "right"))
        starts = self._places[low:reach]
        end = int(np.searchsorted(self._places, starts[-1] + self._limit(number), "right"))
        ends = self._places[low:end]
        value = self._value(number, starts, ends) - self._cut_costs[self._coarse[low:end]][None, :]
        return _Values(low, value)

    def _value(self, number: int, starts: IntArray, ends: IntArray) -> FloatArray:
        """Return what a piece from each start to each end is worth: its similarity without the cost of its length.

        If several references are given, the best counts. Without one, only the length does.
        """
        segment = self._segments[number]
        length = ends[None, :] - starts[:, None]
        ratio = np.log((np.maximum(length, 0) + _SMOOTHING) / (segment.length + _SMOOTHING))
        scores = [self._similarity.scores(each, starts, ends) for each in segment.references]
        best = np.max(scores, axis=0) if scores else np.zeros(length.shape)
        limit = self._limit(number)
        return np.where(
            (length > 0) & (length <= limit), best - self._costs.piece - self._costs.length * ratio**2, -np.inf
        )

    def _take(self, before: _States, after: _States, values: _Values, low: int, high: int) -> None:
        """Give the next segment a piece, or none."""
        first = low - values.low
        block = values.of[first : first + high - low + 1] + before.value[low : high + 1, None]
        best = block.argmax(axis=0)
        columns = np.arange(block.shape[1])
        after.improve(values.low + columns, block[best, columns], low + best, _PIECE)
        places = np.arange(low, high + 1)
        after.improve(places, before.value[places], places, _OMISSION)

    def _swap(self, before: _States, after: _States, second: _Values, first: _Values) -> None:
        """Give the next two segments neighbouring pieces in the other order."""
        low, high = before.active()
        # The piece of the second segment comes first, up to a middle, then that of the first segment.
        middle = slice(low + 1, min(first.low + len(first.of), second.end))
        left = before.value[low : high + 1, None] + second.part(slice(low, high + 1), middle)
        start = left.argmax(axis=0)
        best = left[start, np.arange(left.shape[1])]
        both = best[:, None] + first.part(middle, slice(low + 1, first.end))
        chosen = both.argmax(axis=0)
        columns = np.arange(both.shape[1])
        value = both[chosen, columns] - self._costs.swap
        after.improve(low + 1 + columns, value, low + start[chosen], _SWAP, low + 1 + chosen)

    def _pass_over(self, states: _States) -> None:
        """Pass over whole sentences, each at the cost of an addition."""
        ends = self._sentence_ends
        value = states.value[ends]
        shifted = value + self._costs.addition * np.arange(len(ends))
        # The best place to begin from, for each end: where the running maximum was reached last.
        running = np.maximum.accumulate(shifted)
        is_new = np.concatenate([[True], shifted[1:] > running[:-1]])
        origin = np.maximum.accumulate(np.where(is_new, np.arange(len(ends)), 0))
        reached = running - self._costs.addition * np.arange(len(ends))
        better = (reached > value + 1e-9) & np.isfinite(reached)  # more than rounding
        states.passed[ends[better]] = ends[origin[better]]
        states.value[ends[better]] = reached[better]

    def _traced(self, states: Sequence[_States]) -> Division:
        """Return the best division of the text into all segments. What follows its last piece is an addition.

        That need not begin with a sentence: a model may fall into a loop anywhere.
        """
        division = Division([(0, 0)] * len(self._segments))
        words, number, last = self._coarse, len(self._segments), len(self._coarse) - 1
        ends = states[-1].value.copy()
        ends[:last] -= self._costs.addition
        cut = int(ends.argmax())
        if cut < last:
            division.additions.append((int(words[cut]), int(words[last])))
        while True:
            state = states[number]
            if (origin := int(state.passed[cut])) >= 0:
                division.additions.insert(0, (int(words[origin]), int(words[cut])))
                cut = origin
            if number == 0:
                return division
            start, step = int(state.origin[cut]), int(state.step[cut])
            if step == _SWAP:
                middle = int(state.middle[cut])
                division.spans[number - 1] = int(words[start]), int(words[middle])
                division.spans[number - 2] = int(words[middle]), int(words[cut])
            else:
                division.spans[number - 1] = int(words[start]), int(words[cut])
            number, cut = number - (2 if step == _SWAP else 1), start

    # --- cuts inside sentences ----------------------------------------------------------------------------------------

    def _refine(self, division: Division) -> None:
        """Move each cut inside a sentence to the word where the two pieces beside it are worth most."""
        order = division.order()
        for _ in range(2):
            for left, right in pairwise(order):
                start, cut = division.spans[left]
                begin, end = division.spans[right]
                if cut != begin or self._cuts.kinds[cut] == SENTENCE:
                    continue
                words = np.arange(max(start + 1, cut - _REACH), min(end, cut + _REACH + 1))
                places = self._cuts.words[words]
                value = self._value(left, self._cuts.words[[start]], places)[0]
                value = value + self._value(right, places, self._cuts.words[[end]])[:, 0]
                value -= self._cut_costs[words]
                best = int(words[value.argmax()])
                division.spans[left], division.spans[right] = (start, best), (best, end)


_PIECE, _OMISSION, _SWAP = range(3)


@dataclass(slots=True)
class _Values:
    """The values of the pieces of one segment: `of[s, e]` is that of the piece from cut `low + s` to `low + e`."""

    low: int
    of: FloatArray

    @property
    def end(self) -> int:
        """The cut after the last one."""
        return self.low + int(self.of.shape[1])

    def part(self, starts: slice, ends: slice) -> FloatArray:
        """Return the values of pieces between some cuts."""
        low = self.low
        return self.of[starts.start - low : starts.stop - low, ends.start - low : ends.stop - low]


@dataclass(slots=True)
class _States:
    """For each cut the best value after a number of segments, and the step that led there."""

    value: FloatArray
    origin: IntArray  # the cut before the step
    step: IntArray
    middle: IntArray  # of a swap
    passed: IntArray  # the cut from which sentences were passed over after the step; -1: none were

    @classmethod
    def first(cls, cuts: int, *, reached: bool = True) -> _States:
        """Return the states before any step, of which the first cut is reached, or none."""
        value = np.full(cuts, -np.inf)
        if reached:
            value[0] = 0.0
        zero = np.zeros(cuts, dtype=np.int64)
        return cls(value, zero, zero.copy(), zero.copy(), zero - 1)

    def active(self) -> tuple[int, int]:
        """Return the first and the last cut that is worth going on from."""
        kept = np.flatnonzero(self.value >= self.value.max() - _BEAM)
        if kept[-1] - kept[0] >= _MOST:
            best = int(self.value.argmax())
            kept = kept[(kept > best - _MOST // 2) & (kept < best + _MOST // 2)]
        return int(kept[0]), int(kept[-1])

    def improve(
        self, cuts: IntArray, value: FloatArray, origin: IntArray, step: int, middle: IntArray | None = None
    ) -> None:
        """Take a step to these cuts where it is better than the best one so far."""
        better = value > self.value[cuts]
        chosen = cuts[better]
        self.value[chosen], self.origin[chosen], self.step[chosen] = value[better], origin[better], step
        if middle is not None:
            self.middle[chosen] = middle[better]
