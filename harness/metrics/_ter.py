"""The edits of TER (Snover et al. 2006), the same number as sacreBLEU's `translation_edit_rate`, in less time.

sacreBLEU follows Tercom: a greedy search tries to move runs of words that the hypothesis shares with the reference,
takes the move that lowers the edit distance most, and repeats until no move lowers it. Nearly all of its time goes into
edit distances of moved hypotheses, which it computes cell by cell, within a beam around the diagonal. Here rapidfuzz
computes them, without a beam. Such a distance is never higher than that within the beam, so a move that does not win by
it cannot win. The two are equal if `_fits` shows that a shortest path stays within the beam. Only the remaining moves,
which would win in texts that differ much, are computed within the beam.

The limits, and the order of moves that win equally, are those of sacrebleu/metrics/lib_ter.py in sacreBLEU 2.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

_MAX_SHIFT_SIZE = 10
_MAX_SHIFT_DISTANCE = 50
_MAX_CANDIDATES = 1000
_BEAM = 25
_UNREACHED = 10**16

_Rows = list[list[int]]


class _Move(NamedTuple):
    """A run of words of the hypothesis and its new place. Among moves that win equally, the greatest tuple is taken."""

    length: int
    minus_start: int
    minus_target: int

    def applied(self, words: str) -> str:
        length, start, target = self.length, -self.minus_start, -self.minus_target
        end = start + length
        if target < start:
            return words[:target] + words[start:end] + words[target:start] + words[end:]
        # A target inside the moved words is counted from their end.
        target = target if target > end else length + target
        return words[:start] + words[end:target] + words[start:end] + words[target:]


def edits(hypothesis: Sequence[str], reference: Sequence[str]) -> int:
    """Return the number of edits, moves among them, that TER finds between two lists of words."""
    if not hypothesis or not reference:
        return len(hypothesis) or len(reference)
    # One character per word of the reference, and one for all words that it does not contain.
    letters = {word: chr(number) for number, word in enumerate(dict.fromkeys(reference), start=1)}
    wanted = "".join(letters[word] for word in reference)
    words = "".join(letters.get(word, "\0") for word in hypothesis)
    # Lower bound: no reordering gives a smaller edit distance.
    least = max(len(words), len(wanted)) - (Counter(words) & Counter(wanted)).total()
    moved = tried = 0
    rows = _distances(words, wanted, [])
    while (distance := rows[-1][-1]) > least:
        moves = list(_moves(words, wanted, rows))
        tried += len(moves)
        if tried >= _MAX_CANDIDATES:
            break
        better = _best(moves, words, wanted, rows)
        if better is None:
            break
        moved += 1
        rows = _distances(better, wanted, rows[: _common(words, better) + 1])
        words = better
    return moved + distance


def _best(moves: Sequence[_Move], words: str, wanted: str, rows: _Rows) -> str | None:
    """Return the words after the best move, or None if no move lowers the distance."""
    before = rows[-1][-1]
    hopeful = []
    for move in set(moves):
        shifted = move.applied(words)
        distance = Levenshtein.distance(shifted, wanted, score_cutoff=before - 1)
        if distance < before:
            hopeful.append((before - distance, move, shifted))
    hopeful.sort(reverse=True)
    best: tuple[int, _Move, str] | None = None
    for at_most, move, shifted in hopeful:
        if best and (at_most, move, shifted) < best:
            break  # the beam can only reduce a gain
        gain = at_most
        if not _fits(before - at_most, len(shifted), len(wanted)):
            gain = before - _distances(shifted, wanted, rows[: _common(words, shifted) + 1])[-1][-1]
        if gain > 0 and (not best or (gain, move, shifted) > best):
            best = gain, move, shifted
    return best[2] if best else None


def _fits(distance: int, length: int, wanted: int) -> bool:
    """Return whether a path of that cost between texts of such lengths stays within any beam around their diagonal.

    Let D be the difference in lengths. At most (distance + D) / 2 steps of the path leave the diagonal on one side, and
    (distance - D) / 2 on the other. So the path is never further than the first number from the line between the
    corners. The beam reaches 24 columns beyond that line, whose column is rounded down.
    """
    return (distance + abs(length - wanted)) // 2 <= _BEAM - 2


def _moves(words: str, wanted: str, rows: _Rows) -> Iterator[_Move]:
    """Yield the moves that sacreBLEU tries, as often as it does.

    A run is moved only if some of its words are wrong at their place, some words of the reference at its new place have
    no match there, and the two places are not aligned already.
    """
    aligned, wrong, missing = _alignment(words, wanted, rows)
    places: dict[str, list[int]] = {}
    for place, letter in enumerate(wanted):
        places.setdefault(letter, []).append(place)
    for start, letter in enumerate(words):
        for place in places.get(letter, ()):
            if abs(place - start) > _MAX_SHIFT_DISTANCE:
                continue
            length = 0
            for ours, theirs in zip(words[start : start + _MAX_SHIFT_SIZE], wanted[place:], strict=False):
                if ours != theirs:
                    break
                length += 1
                if wrong[start] == wrong[start + length] or missing[place] == missing[place + length]:
                    continue
                if start <= aligned[place] < start + length:
                    continue
                before = -1
                for neighbour in range(place - 1, place + length):
                    target = aligned[neighbour] + 1 if neighbour >= 0 else 0
                    if target != before:
                        yield _Move(length, -start, -target)
                    before = target


def _alignment(words: str, wanted: str, rows: _Rows) -> tuple[list[int], list[int], list[int]]:
    """Return the word aligned with each place of the reference, -1 before the first; and running counts of errors.

    The counts are of wrong words before each word, and of unmatched places before each place. Among equally short paths
    it takes the one that sacreBLEU takes: from the end, a match or a substitution before a deletion before an
    insertion.
    """
    aligned = [0] * len(wanted)
    wrong, missing = [0] * (len(words) + 1), [0] * (len(wanted) + 1)
    i, j = len(words), len(wanted)
    while i or j:
        cost = rows[i][j]
        different = bool(i and j) and words[i - 1] != wanted[j - 1]
        if i and j and cost == rows[i - 1][j - 1] + different:
            aligned[j - 1] = i - 1
            wrong[i] = missing[j] = int(different)
            i, j = i - 1, j - 1
        elif i and cost == rows[i - 1][j] + 1:
            wrong[i] = 1
            i -= 1
        else:
            aligned[j - 1] = i - 1
            missing[j] = 1
            j -= 1
    return aligned, _running(wrong), _running(missing)


def _running(counts: Sequence[int]) -> list[int]:
    return [*accumulate(counts)]


def _distances(words: str, wanted: str, known: _Rows) -> _Rows:
    """Return the edit distances of all prefixes, [len(words) + 1][len(wanted) + 1]; outside the beam they are too high.

    `known` are the first rows, if they have been computed already.
    """
    width = len(wanted)
    rows = [*known] or [list(range(width + 1))]
    ratio = width / len(words)
    beam = math.ceil(ratio / 2 + _BEAM) if ratio / 2 > _BEAM else _BEAM
    for i in range(len(rows), len(words) + 1):
        middle, letter, above = math.floor(i * ratio), words[i - 1], rows[-1]
        low = max(0, middle - beam)
        high = width if i == len(words) else min(width, middle + beam - 1)
        row = [_UNREACHED] * (width + 1)
        left = _UNREACHED
        if low == 0:
            left = row[0] = above[0] + 1
            low = 1
        diagonal = above[low - 1]
        for j in range(low, high + 1):
            up = above[j]
            cost = diagonal if letter == wanted[j - 1] else diagonal + 1
            # With `min` the metric would take 1.5 times as long.
            if up + 1 < cost:
                cost = up + 1
            if left + 1 < cost:
                cost = left + 1
            row[j] = left = cost
            diagonal = up
        rows.append(row)
    return rows


def _common(first: str, second: str) -> int:
    """Return how many characters two strings of one length begin with in common."""
    pairs = zip(first, second, strict=True)
    return next((index for index, (one, other) in enumerate(pairs) if one != other), len(first))
