"""How many words of a reference ROUGE-Lsum finds in a hypothesis: the union of LCS (Lin 2004, section 3.2); pure.

A word of a reference sentence counts when it is on *one* longest common subsequence (LCS) with some hypothesis
sentence, at most as often as the hypothesis has it. Which LCS, where there are several, is not in the paper and decides
the score. It is here, as in rouge-score 0.1.2, the one that a walk through the table t of LCS lengths finds from its
last cell: at (i, j) take the match if there is one, else go left if t[i][j-1] > t[i-1][j], else go up.

The table is not filled cell by cell. Its rows are bits of Python integers, as in Hyyrö (2004), Bit-parallel LCS-length
computation revisited, AWOCA; one integer holds a row against *all* hypothesis sentences, and the walks through all of
them take their steps together too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

_MIRRORED_BYTES = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def union_hits(hypothesis: Sequence[Sequence[str]], reference: Sequence[Sequence[str]]) -> int:
    """Return the number of hits of the sentences of a hypothesis in those of a reference; a sentence is its words."""
    columns = _Columns(hypothesis)
    found = Counter(chain.from_iterable(map(columns.on_subsequences, reference)))
    # rouge-score takes each hit off the counts of both sides. That of the reference never runs out: a position of it
    # is found once at most.
    return sum(min(count, columns.count(word)) for word, count in found.items())


class _Columns:
    """The words of all hypothesis sentences as columns of a table: one bit each, and a guard bit after each sentence.

    A guard is 0 at the start of every step, so that a carry out of a sentence ends there.
    """

    def __init__(self, sentences: Sequence[Sequence[str]]) -> None:
        self._matches: dict[str, int] = {}  # word -> the columns that hold it
        self._inside = 0  # all columns, without the guards
        last = 0  # the last column of each sentence
        position = 0
        for sentence in filter(None, sentences):
            for column, word in enumerate(sentence, start=position):
                self._matches[word] = self._matches.get(word, 0) | 1 << column
            self._inside |= (1 << len(sentence)) - 1 << position
            position += len(sentence) + 1
            last |= 1 << position - 2
        # A walk goes to lower columns, a carry to higher bits: for the walks all columns are mirrored.
        self._bytes = (position + 7) // 8
        self._back_last = self._mirrored(last)
        self._back_matches: dict[str, tuple[int, int]] = {}  # word -> the columns that hold it, and all others

    def count(self, word: str) -> int:
        """Return how often the hypothesis has a word that it has."""
        return self._matches[word].bit_count()

    def on_subsequences(self, sentence: Sequence[str]) -> list[str]:
        """Return the words of a reference sentence on its LCS with any hypothesis sentence, last first."""
        at = self._back_last  # the column of each walk: one bit for each sentence
        found = []
        for word, grown in reversed(self._rows(sentence)):
            matches, others = self._back_matches[word]
            # At (i, j) without a match t[i][j] is the greater of t[i-1][j] and t[i][j-1]. So the walk goes left if
            # and only if t[i][j] > t[i-1][j] (`grown`), and then t[i][j-1] = t[i][j] > t[i-1][j] >= t[i-1][j-1]: at
            # the next column the same holds, and the walk goes left until it comes to a match, which it takes. That
            # nearest match is where a carry from j through the columns without one ends. Else it goes up.
            taking = at & (matches | self._mirrored(grown))
            if taking:
                found.append(word)
                taken = others + taking & matches
                at = at ^ taking | taken << 1  # left of a first column is a guard, where no row takes a walk on
        return found

    def _rows(self, sentence: Sequence[str]) -> list[tuple[str, int]]:
        """Return each word that some column holds, with the columns where its row is greater than the row before.

        Other words are left out: their rows equal the row before, so that every walk goes up.
        """
        rows = []
        level = self._inside  # the columns at which the row is no greater than at the column before
        for word in sentence:
            matches = self._matches.get(word)
            if matches is None:
                continue
            if word not in self._back_matches:
                back = self._mirrored(matches)
                self._back_matches[word] = back, (1 << 8 * self._bytes) - 1 ^ back
            free = level & matches
            moved = level + free | level - free
            # Hyyrö's step moves each rise of the row, a bit q that is 0, to the first free match p before it, if any:
            # it sets q and clears p. A difference of 2^q - 2^p is bits p to q-1, just where the row has grown by one.
            rows.append((word, moved - level))
            level = moved & self._inside
        return rows

    def _mirrored(self, columns: int) -> int:
        # Each byte mirrored by the table, and their order by reading them from the other end.
        return int.from_bytes(columns.to_bytes(self._bytes, "little").translate(_MIRRORED_BYTES), "big")
