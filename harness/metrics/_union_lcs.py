"""Count the words of a reference that ROUGE-Lsum finds in a hypothesis: the union of LCS (Lin 2004, section 3.2); pure.

A word of a reference sentence counts if it is on *one* longest common subsequence (LCS) with some hypothesis sentence,
at most as often as the hypothesis contains it. If there are several LCS, the choice decides the score, and the paper
does not say which to take. The choice here is that of rouge-score 0.1.2. It fills the table t of LCS lengths, t[i][j]
for the first i words of the reference sentence and the first j of the hypothesis sentence, and walks back from the last
cell: at (i, j) take the match if there is one, else go left if t[i][j-1] > t[i-1][j], else go up.

A row of the table is one integer with a bit per column, as in Hyyrö (2004), Bit-parallel LCS-length computation
revisited, AWOCA. One integer contains the columns of all hypothesis sentences, so one operation serves them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import chain


def union_hits(hypothesis: Sequence[Sequence[Hashable]], reference: Sequence[Sequence[Hashable]]) -> int:
    """Return the number of hits of the sentences of a hypothesis in those of a reference; a sentence is its words."""
    columns = _Columns(hypothesis)
    hits = Counter(chain.from_iterable(columns.words_on_lcs(sentence) for sentence in reference))
    # rouge-score subtracts each hit from the word's counts on both sides. The count of the reference cannot run out,
    # because each of its places is a hit at most once.
    return (hits & Counter(chain.from_iterable(hypothesis))).total()


class _Columns:
    """The words of all hypothesis sentences: one bit each, and above each sentence a guard bit that no word has."""

    def __init__(self, sentences: Sequence[Sequence[Hashable]]) -> None:
        self._matches: dict[Hashable, int] = {}  # word -> the columns that contain it
        self._words = 0  # all columns without the guards
        self._last = 0  # the last column of each sentence
        start = 0
        for sentence in filter(None, sentences):
            for column, word in enumerate(sentence, start):
                self._matches[word] = self._matches.get(word, 0) | 1 << column
            end = start + len(sentence)
            self._words |= (1 << end) - (1 << start)
            self._last |= 1 << end - 1
            start = end + 1

    def words_on_lcs(self, reference: Sequence[Hashable]) -> list[Hashable]:
        """Return the words of a reference sentence on its LCS with any hypothesis sentence, last first."""
        on_lcs = []
        at = self._last  # where the walks are: one column per hypothesis sentence, or the guard below it at the end
        for word, matches, grown in reversed(self._rows(reference)):
            # Without a match at (i, j), the walk goes left if and only if t[i][j] > t[i-1][j] (`grown`): then
            # t[i][j-1] = t[i][j] > t[i-1][j]. The next column to the left has grown too, so the walk goes on to the
            # nearest match, and takes it. Otherwise it goes up.
            taking = at & (matches | grown)
            if taking:
                on_lcs.append(word)
                here = taking & matches  # these walks stand on their match, and all take it at once
                going_left = taking ^ here
                at = (at ^ taking) | here >> 1
                while going_left:
                    column = going_left.bit_length() - 1
                    going_left ^= 1 << column
                    nearest = (matches & (1 << column) - 1).bit_length() - 1
                    at |= 1 << nearest >> 1
        return on_lcs

    def _rows(self, reference: Sequence[Hashable]) -> list[tuple[Hashable, int, int]]:
        """Return each word with the columns that contain it, and those where its row is greater than the row before.

        Words that no column contains are left out. Their rows equal the row before, so that every walk goes up.
        """
        rows = []
        flat = self._words  # the columns at which the row does not rise: t[i][j] = t[i][j-1]
        for word in reference:
            matches = self._matches.get(word)
            if matches is not None:
                free = flat & matches
                # Hyyrö's step. It moves each rise of the row (a bit that is not set) to the first free match below it:
                # it sets bit q and clears bit p. The difference, 2^q - 2^p, is the bits p to q-1, exactly the columns
                # that have grown. A guard bit is not set, so the step for a sentence ends there.
                moved = flat + free | flat - free
                rows.append((word, matches, moved - flat))
                flat = moved & self._words
        return rows
