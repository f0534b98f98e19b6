"""Count the n-grams that texts share, for many segments at once.

The units of an n-gram are characters or tokens, as numbers. Each position of a text becomes one 64-bit key: its
segment, then as many units as the highest order has, then the side (which reference, or the hypothesis). One sort of
the keys of all sides puts equal n-grams of *every* order together, because those of a lower order are prefixes. A few
passes over one array then replace the counting of strings for each segment and order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from harness.core.text import pieces
from harness.core.text.pieces import Streams, Units
from harness.metrics import Batch, FloatArray

IntArray = npt.NDArray[np.int64]

# Count so many units at once, of all sides together: the keys then fit a core's cache.
_UNITS = 1 << 15
# Read so many segments at once, which limits the memory.
_SEGMENTS = 8192
# A key must stay a positive int64.
_KEY_BITS = 63
# A character that is neither white space nor punctuation, symbol or number.
_SEPARATOR = "\x00"


def counts(units: Units, order: int) -> IntArray:
    """Return how many n-grams each text has, [n, order], those of order 1 first."""
    return np.asarray(np.maximum(units.lengths[:, None] - np.arange(order), 0))


class SacrebleuTokenizer(pieces.PieceTokenizer):
    r"""The words of a tokenizer of sacreBLEU, which tokenises each distinct piece between white space once.

    The result is exact if the tokenizer splits at punctuation and symbols, looks at most at their two neighbours, and
    treats white space as a neighbour that is neither punctuation, symbol nor number. The tokens of a piece then depend
    on the piece alone, once a space replaces the white space around it.

    - A piece of letters and digits is a token.
    - The ends of a text have no neighbour. If that makes a difference (`edges`), the first and the last piece of a text
      are looked up with a space on their inner side only, unless they begin or end with a letter or digit.
    - A text that contains one of `joining`, strings that the tokenizer deletes between words, is tokenised whole.

    White space at the end of a text is removed, as sacreBLEU does.
    """

    def __init__(self, tokenize: Callable[[str], str], *, joining: tuple[str, ...] = (), edges: bool = False) -> None:
        """Take a function that puts white space between the tokens of a text."""
        super().__init__(self._tokenised, self._pieces)
        self._tokenize = tokenize
        self._whole = (*joining, _SEPARATOR)
        self._edges = edges

    def _pieces(self, texts: Sequence[str]) -> Iterator[list[str]] | None:
        """Return the pieces of each text as they are looked up; a text that is tokenised whole is one piece.

        A piece at an end of a text has a space on one side, a text that is tokenised whole has one on both.
        """
        everything = " ".join(texts)
        whole = [string for string in self._whole if string in everything]
        if not whole and not self._edges:
            return None
        stripped = (text.rstrip() for text in texts)
        return (
            [f" {text} "] if any(string in text for string in whole) else self._with_edges(text) for text in stripped
        )

    def _with_edges(self, text: str) -> list[str]:
        words = text.split()
        if self._edges and words:
            plain_start, plain_end = text[0].isalnum() or text[0].isspace(), text[-1].isalnum()
            if len(words) == 1 and not (plain_start and plain_end):
                return [f" {text} "]
            if not plain_start:
                words[0] += " "
            if not plain_end:
                words[-1] = " " + words[-1]
        return words

    def _tokenised(self, new: list[str]) -> Iterator[list[str]]:
        # Tokenise all pieces in one call, because a call costs more than a piece. `_SEPARATOR` stands between them.
        inner = [piece for piece in new if not (piece.isalnum() or " " in piece)]
        tokenised = iter(self._tokenize(f" {_SEPARATOR} ".join(["", *inner, ""])).split(_SEPARATOR)[1:-1])
        for piece in new:
            if piece.isalnum():
                yield [piece]
            elif " " in piece:
                yield self._tokenize(_bare(piece)).split()
            else:
                yield next(tokenised).split()


def _bare(word: str) -> str:
    """Return the text to tokenise for a key with spaces: remove the pair of spaces that marks a whole text."""
    return word[1:-1] if word[0] == word[-1] == " " else word


def characters() -> Streams:
    """Return a reader of streams of texts as characters, without white space."""
    return Streams(_characters)


def _characters(texts: Sequence[str]) -> Units:
    bare = ["".join(text.split()) for text in texts]
    # A lone surrogate counts as a character, as it does for sacreBLEU.
    codes = np.frombuffer("".join(bare).encode("utf-32-le", "surrogatepass"), dtype="<i4")
    return Units(codes, np.array([*map(len, bare)], dtype=np.int64))


def in_parts(rows: Callable[[list[str], list[list[str]]], FloatArray], batch: Batch) -> FloatArray:
    """Return the statistics of all segments, [n, d], read so few at a time that they fit the memory.

    `rows` returns those of some hypotheses and of the same part of each stream of references.
    """
    parts = [slice(start, start + _SEGMENTS) for start in range(0, len(batch.hypotheses), _SEGMENTS)]
    return np.concatenate([rows(batch.hypotheses[part], [each[part] for each in batch.references]) for part in parts])


def matches(hypotheses: Units, references: Sequence[Units], order: int) -> IntArray:
    """Return how many n-grams of each hypothesis the references have, [n, order], those of order 1 first.

    An n-gram counts at most as often as the reference that contains it most often contains it (Papineni et al. 2002).
    """
    return np.concatenate([
        _matches(hypotheses.part(start, stop), [units.part(start, stop) for units in references], order)
        for start, stop in _portions([hypotheses, *references])
    ])


def _portions(sides: Sequence[Units]) -> Iterator[tuple[int, int]]:
    """Yield where portions of the segments start and stop that are small enough to be counted at once."""
    ends = np.cumsum(1 + sum(units.lengths for units in sides))
    start, before = 0, 0
    while start < len(ends):
        stop = max(int(np.searchsorted(ends, before + _UNITS, "right")), start + 1)
        yield start, stop
        start, before = stop, int(ends[stop - 1])


def _matches(hypotheses: Units, references: Sequence[Units], order: int) -> IntArray:
    segments = len(hypotheses.lengths)
    ranked, width = _ranked([*references, hypotheses])
    if width == 0:
        return np.zeros((segments, order), dtype=np.int64)
    side_bits = len(references).bit_length()
    if (segments - 1).bit_length() + order * width + side_bits <= _KEY_BITS:
        keys = np.concatenate([_keys(units, order, width) << side_bits | side for side, units in enumerate(ranked)])
        keys.sort()
        return _counted(keys, segments, order, width, side_bits, len(references))
    if segments == 1:
        return _counted_one(hypotheses, references, order)
    # A half has fewer different units, and its segment numbers need fewer bits.
    half = segments // 2
    return np.concatenate([
        _matches(hypotheses.part(a, b), [units.part(a, b) for units in references], order)
        for a, b in ((0, half), (half, segments))
    ])


def _ranked(sides: Sequence[Units]) -> tuple[list[Units], int]:
    """Return the sides with the units of the references, all but the last, numbered from 1, and the bits of a number.

    A unit that only hypotheses have becomes 0, like the padding after a text: it cannot match anything.
    """
    known = np.concatenate([units.ids for units in sides[:-1]])
    if not len(known) or not len(sides[-1].ids):
        return list(sides), 0
    top = int(known.max()) + 1
    table = np.zeros(top + 1, dtype=np.int64)
    table[known] = 1
    used = np.flatnonzero(table)
    table[used] = np.arange(1, len(used) + 1)
    return [Units(table[np.minimum(units.ids, top)], units.lengths) for units in sides], len(used).bit_length()


def _keys(units: Units, order: int, width: int) -> IntArray:
    """Return for each position of each text its segment and the `order` units from there, 0 after the text's end."""
    total = len(units.ids)
    keys = np.repeat(np.arange(len(units.lengths), dtype=np.int64), units.lengths)
    remaining = np.repeat(np.cumsum(units.lengths), units.lengths) - np.arange(total)
    padded = np.concatenate([units.ids, np.zeros(order, dtype=np.int64)])
    for ahead in range(order):
        keys <<= width
        keys |= padded[ahead : ahead + total] * (remaining > ahead)
    return keys


def _counted(keys: IntArray, segments: int, order: int, width: int, side_bits: int, hypothesis: int) -> IntArray:
    """Return the matches among sorted keys; `hypothesis` is the number of that side, the references' are lower."""
    result = np.zeros((segments, order), dtype=np.int64)
    for size in range(1, order + 1):
        ngrams = keys >> ((order - size) * width + side_bits)
        edges = np.flatnonzero(np.concatenate([[True], ngrams[1:] != ngrams[:-1], [True]]))
        sides = keys & ((1 << side_bits) - 1)
        *others, in_hypothesis = (_per_run(sides == side, edges) for side in range(1, hypothesis + 1))
        first = np.diff(edges) - in_hypothesis - sum(others)
        shared = np.minimum(np.max([first, *others], axis=0), in_hypothesis)
        distinct = ngrams[edges[:-1]]
        # A key that reaches beyond the end of its text is not an n-gram.
        shared[distinct & ((1 << width) - 1) == 0] = 0
        result[:, size - 1] = np.bincount(distinct >> (size * width), weights=shared, minlength=segments)
        # If an n-gram is not shared, no longer one that begins with it is.
        keys = keys[np.repeat(shared > 0, np.diff(edges))]
        if not len(keys):
            break
    return result


def _per_run(flags: npt.NDArray[np.bool_], edges: IntArray) -> IntArray:
    """Return how many flags are set between each edge and the next."""
    before = np.zeros(len(flags) + 1, dtype=np.int64)
    np.cumsum(flags, out=before[1:])
    return np.diff(before[edges])


def _counted_one(hypothesis: Units, references: Sequence[Units], order: int) -> IntArray:
    """Return the matches of one segment whose keys would not fit, for example with over 1,000 different characters."""

    def ngrams(units: Units, size: int) -> Counter[tuple[int, ...]]:
        ids = units.ids.tolist()
        return Counter(zip(*(ids[start:] for start in range(size)), strict=False))

    result = []
    for size in range(1, order + 1):
        most: Counter[tuple[int, ...]] = Counter()
        for units in references:
            most |= ngrams(units, size)
        result.append((ngrams(hypothesis, size) & most).total())
    return np.array([result])
