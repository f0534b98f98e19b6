"""Turn texts into numbered tokens, and tokenise each distinct piece between white space only once.

Most pieces of a text occur in other texts too. A process therefore has one `PieceNumbers`, which numbers the pieces,
and for each tokenizer a `PieceTokenizer`, which knows the tokens of each piece. What was read of a stream of texts is
remembered, so that references are read once for all systems, and outputs once for all metrics and diagnostics.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count, pairwise
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.integer]
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Limits of what is remembered: distinct pieces, their characters, and units of each kind of stream (8 MB).
_MAX_PIECES = 200_000
_MAX_CHARACTERS = 8_000_000
_MAX_UNITS = 2_000_000


@dataclass(frozen=True)
class Units:
    """The units of several texts, one text after the other: pieces, tokens or characters, as numbers."""

    ids: IntArray  # [sum of lengths], from 0; equal numbers are equal units
    lengths: IntArray  # [n], units of each text

    @cached_property
    def ends(self) -> IntArray:
        """0, and where each text ends among `ids`: [n + 1]."""
        return np.concatenate([[0], np.cumsum(self.lengths)])

    def part(self, start: int, stop: int) -> Units:
        """Return the units of some of the texts."""
        return Units(self.ids[self.ends[start] : self.ends[stop]], self.lengths[start:stop])

    def where(self, wanted: npt.NDArray[np.bool_]) -> Units:
        """Return the units for which `wanted` is true, one value for each of `ids`."""
        before = np.concatenate([[0], np.cumsum(wanted)])
        return Units(self.ids[wanted], np.diff(before[self.ends]))

    def by_text(self) -> Iterator[list[int]]:
        """Yield the numbers of each text."""
        return (self.ids[start:end].tolist() for start, end in pairwise(self.ends.tolist()))


class Latest(Generic[K, V]):
    """The values of the latest keys, up to a total size."""

    def __init__(self, compute: Callable[[K], V], size: Callable[[K, V], int], most: Callable[[], int]) -> None:
        """Take functions that return the value of a key, the size of a key with its value, and the total size."""
        self._compute = compute
        self._size = size
        self._most = most
        self._known: dict[K, V] = {}  # the latest used last
        self._total = 0

    def of(self, key: K) -> V:
        """Return the value of a key."""
        if key in self._known:
            self._known[key] = self._known.pop(key)
            return self._known[key]
        value = self._compute(key)
        size = self._size(key, value)
        if size <= self._most():
            while self._total + size > self._most():
                oldest = next(iter(self._known))
                self._total -= self._size(oldest, self._known.pop(oldest))
            self._known[key] = value
            self._total += size
        return value


class Streams:
    """The units of the latest streams of texts that were read."""

    def __init__(self, read: Callable[[tuple[str, ...]], Units]) -> None:
        """Take the function that reads a stream."""
        self._latest = Latest(read, lambda _, units: len(units.ids), lambda: _MAX_UNITS)

    def of(self, texts: Sequence[str]) -> Units:
        """Return the units of a stream."""
        return self._latest.of(tuple(texts))


class PieceNumbers:
    """Numbers the pieces of texts from 0, in order of first appearance."""

    def __init__(self) -> None:
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._pieces: list[str] = []  # by number; brought up to date when it is asked for
        self._characters = 0
        self.split = Streams(self._split).of

    @property
    def pieces(self) -> list[str]:
        """The pieces, by number."""
        if len(self._pieces) < len(self._numbers):
            new = list(self._numbers)[len(self._pieces) :]
            self._characters += sum(map(len, new))
            self._pieces += new
        return self._pieces

    @property
    def is_full(self) -> bool:
        """Whether it should be replaced by a new one."""
        return len(self.pieces) > _MAX_PIECES or self._characters > _MAX_CHARACTERS

    def numbered(self, split: Iterable[list[str]]) -> Units:
        """Return the numbers of the pieces of each text. The lists of pieces are taken one by one."""
        ids, lengths = array("i"), array("q")
        for pieces in split:
            ids.extend(map(self._numbers.__getitem__, pieces))
            lengths.append(len(pieces))
        return Units(np.array(ids, dtype=np.int32), np.array(lengths, dtype=np.int64))

    def _split(self, texts: tuple[str, ...]) -> Units:
        """Return the numbers of the pieces between white space of each text."""
        return self.numbered(text.split() for text in texts)


_latest = PieceNumbers()


def _vocabulary() -> PieceNumbers:
    """Return the vocabulary of this process; a new one if the old one has grown too large."""
    global _latest
    if _latest.is_full:
        _latest = PieceNumbers()
    return _latest


class PieceTokenizer:
    """A tokenizer that tokenises each distinct piece once; a piece has no token, or one, or several."""

    def __init__(
        self,
        tokenise: Callable[[list[str]], Iterable[Sequence[str]]],
        split: Callable[[Sequence[str]], Iterable[list[str]] | None] = lambda _: None,
        first: Sequence[str] = (),
    ) -> None:
        """Take the parts of a tokenizer.

        Args:
            tokenise: returns the tokens of each of these pieces; they must not depend on the pieces around it.
            split: returns the pieces of each of these texts; None if white space separates them in all texts.
            first: tokens that are numbered from 0, in this order.
        """
        self._tokenise = tokenise
        self._split = split
        self._first = first
        self._forget(_vocabulary())

    def _forget(self, vocabulary: PieceNumbers) -> None:
        self._vocabulary = vocabulary
        self._tokens = defaultdict(
            count(len(self._first)).__next__, {token: number for number, token in enumerate(self._first)}
        )
        self._ids = np.zeros(0, dtype=np.int32)  # the tokens of one piece after the other
        # Of each piece of the vocabulary: where its tokens begin in `_ids`, or -1 if they are not known, and how many.
        self._starts = np.zeros(0, dtype=np.int64)
        self._counts = np.zeros(0, dtype=np.int64)
        self._streams = Streams(self._read)

    def units(self, *streams: Sequence[str]) -> list[Units]:
        """Return the tokens of each stream of texts; numbers are comparable only within one call."""
        vocabulary = _vocabulary()
        if vocabulary is not self._vocabulary:
            self._forget(vocabulary)
        return [self._streams.of(texts) for texts in streams]

    def _read(self, texts: tuple[str, ...]) -> Units:
        split = self._split(texts)
        pieces = self._vocabulary.split(texts) if split is None else self._vocabulary.numbered(split)
        self._learn(pieces.ids)
        starts, counts = self._starts[pieces.ids], self._counts[pieces.ids]
        ends = np.concatenate([[0], np.cumsum(counts)])
        ids = self._ids[np.repeat(starts - ends[:-1], counts) + np.arange(ends[-1])]
        return Units(ids, np.diff(ends[pieces.ends]))

    def _learn(self, pieces: IntArray) -> None:
        """Tokenise the pieces whose tokens are not known."""
        names = self._vocabulary.pieces
        added = len(names) - len(self._starts)
        self._starts = np.append(self._starts, np.full(added, -1))
        self._counts = np.append(self._counts, np.zeros(added, dtype=np.int64))
        is_new = np.zeros(len(names), dtype=bool)
        is_new[pieces[self._starts[pieces] < 0]] = True
        new = np.flatnonzero(is_new)
        tokens = [*self._tokenise([names[number] for number in new.tolist()])]
        ids = map(self._tokens.__getitem__, chain.from_iterable(tokens))
        counts = np.fromiter(map(len, tokens), dtype=np.int64, count=len(new))
        self._counts[new] = counts
        self._starts[new] = len(self._ids) + np.cumsum(counts) - counts
        self._ids = np.append(self._ids, np.fromiter(ids, dtype=np.int32, count=int(counts.sum())))
