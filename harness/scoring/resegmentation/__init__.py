"""Divide the output of a system that reads whole articles into one piece per segment, to score it by segments; pure.

Every piece is a part of the output, and the pieces together are the whole output: each word that a system wrote is
scored. A sentence that belongs to no segment (an addition) goes with the piece before it, and lowers its score. A
segment without a piece (an omission) has an empty output.

The division is exact if the output has the marks that the system was asked to keep (`harness.core.text.marks`). Else
it is the monotone alignment with the references that is worth most, by character n-grams and lengths (`_search.py`).
Neighbouring segments may change places. If an output has little in common with its references, similarities are noise:
then the segments share it by length, at ends of sentences where possible, and no omissions are found.

Bias: the references choose the division. So a piece may get words of its neighbour that its reference has too, and its
score is then too high; with mwerSegmenter (Matusov et al. 2005), which minimises the word error rate against the
references, it is the same. A wrong division also makes scores too low. The costs and the rules for cuts are the same
for all systems. `python -m tests.alignment` measures what is left: on outputs whose true division is known, the corpus
score of the pieces found minus that of the true ones is between -0.3 and +0.2 points of chrF++, for good systems and
poor ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from harness.core.text import sentences
from harness.scoring.resegmentation import _cuts
from harness.scoring.resegmentation._cuts import SENTENCE, Cuts
from harness.scoring.resegmentation._search import BY_LENGTH, Costs, Division, DivisionSearch, ReferencedSegment
from harness.scoring.resegmentation._similarity import PieceSimilarity

Span = tuple[int, int]  # offsets in characters of the output: the first, and that after the last


@dataclass(frozen=True, slots=True)
class Resegmented:
    """The pieces of one output, and what the output did with the segments of its article."""

    pieces: tuple[Span, ...]  # of each segment; an omitted one has an empty span
    omitted: tuple[int, ...] = ()  # numbers of the segments without a piece, from 0
    added: tuple[Span, ...] = ()  # sentences that belong to no segment; each is a part of a piece
    merged: int = 0  # sentences of the output that belong to several segments: those segments minus 1
    split: int = 0  # sentences of pieces, without additions, beyond the number that the references have
    swapped: int = 0  # segments that come before the one that precedes them
    by_length: bool = False  # the text has little in common with the references, so that mostly lengths decide

    def texts(self, output: str) -> tuple[str, ...]:
        """Return the text of each segment's piece, without white space around it."""
        return tuple(output[start:end].strip() for start, end in self.pieces)


# The mean similarity of pieces below which a text has little in common with its references. Six real systems have 0.27
# to 0.65 on the articles of `tests/alignment.py`, and a tiny model that writes other words altogether has 0.09.
_LITTLE = 0.18
# A text that is shorter than this share of its references is not divided by length: it may be a refusal.
_SHORT = 0.5


def divide(output: str, references: Sequence[Sequence[str]]) -> Resegmented:
    """Return the pieces of an output for an article's segments.

    Args:
        output: the text of the whole article.
        references: of each segment, in reading order; empty for a segment that has none.
    """
    cuts = _cuts.of(output)
    if not cuts.starts or not references:
        return Resegmented(((0, 0),) * len(references), tuple(range(len(references))))
    numbers = [number for number, of_segment in enumerate(references) for _ in of_segment]
    similarity = PieceSimilarity(output, [text for of_segment in references for text in of_segment], numbers)
    segments = _segments(references, similarity, cuts)
    search = DivisionSearch(cuts, similarity, segments, Costs())
    division, share = search.run(), cuts.length / max(sum(segment.length for segment in segments), 1)
    by_length = share >= _SHORT and search.similarity(division) < _LITTLE
    if by_length:
        scaled = [replace(segment, length=segment.length * share) for segment in segments]
        division = DivisionSearch(cuts, similarity, scaled, BY_LENGTH).run()
    return replace(_described(output, cuts, division, references), by_length=by_length)


def _segments(references: Sequence[Sequence[str]], similarity: PieceSimilarity, cuts: Cuts) -> list[ReferencedSegment]:
    """Return the segments with the lengths that are expected of their pieces."""
    segments: list[ReferencedSegment] = []
    first = 0
    known = similarity.lengths
    usual = sum(known) / len(known) if known else cuts.length / len(references)
    for of_segment in references:
        numbers = tuple(range(first, first + len(of_segment)))
        first += len(of_segment)
        lengths = [known[number] for number in numbers]
        segments.append(ReferencedSegment(numbers, sum(lengths) / len(lengths) if lengths else usual))
    return segments


def _described(output: str, cuts: Cuts, division: Division, references: Sequence[Sequence[str]]) -> Resegmented:
    """Return a division with its pieces extended over additions, and with counts."""
    order = division.order()
    pieces: list[Span] = [(0, 0)] * len(references)
    if not order:  # no segment is similar to anything in the text: the first one has it all
        order = [0]
        division.spans[0] = (0, len(cuts.starts))
    omitted = tuple(number for number in range(len(references)) if number not in set(order))
    # Each piece goes up to the next one; the first begins with the text.
    begins = [0, *(division.spans[number][0] for number in order[1:]), len(cuts.starts)]
    for place, number in enumerate(order):
        pieces[number] = _span(cuts, begins[place], begins[place + 1])
    for number in omitted:
        # An empty span lies where the piece would be.
        before = [pieces[each][1] for each in order if each < number]
        pieces[number] = (before[-1],) * 2 if before else (0, 0)
    added = tuple(
        _span(cuts, *sentence)
        for first, last in division.additions
        for sentence in pairwise([first, *(cut for cut in range(first + 1, last) if cuts.kinds[cut] == SENTENCE), last])
    )
    inner = sum(int(cuts.kinds[begin]) != SENTENCE for begin in begins[1:-1])
    return Resegmented(
        tuple(pieces),
        omitted,
        added,
        merged=inner,
        split=sum(_extra(output, cuts, division.spans[number], references[number]) for number in order),
        swapped=sum(later < earlier for earlier, later in pairwise(order)),
    )


def _extra(output: str, cuts: Cuts, span: tuple[int, int], references: Sequence[str]) -> int:
    """Return how many sentences more than the references a piece has."""
    if not references:
        return 0
    most = max(len(sentences.split(text)) for text in references)
    inside = sum(int(kind) == SENTENCE for kind in cuts.kinds[span[0] + 1 : span[1]])
    return max(inside + 1 - most, 0)


def _span(cuts: Cuts, first: int, last: int) -> Span:
    """Return the offsets of some of the words."""
    return (cuts.starts[first], cuts.ends[last - 1]) if first < last else (0, 0)
