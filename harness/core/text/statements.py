"""Does a text state a fact, state its opposite, or leave it out? By wordings alone; pure.

A statement is groups of alternatives, each a wording (`wordings`). A text makes it if in one sentence every group has
one of its alternatives. The polarity is judged in that sentence:

- A statement is *reversed* if a negation stands in the clause of its predicate. The predicate is every group but the
  first, or the only one. Clauses end at commas, semicolons, colons and dashes, and before conjunctions and relative
  pronouns. If a wording occurs in several clauses, the one without a negation counts. A negation that is part of an
  alternative ("did not accept") is no reversal, nor is one that only denies a circumstance ("without delay").
- A *negated* statement ("no one was hurt") has no negation in its groups. A text makes it if its sentence has a
  negation, and reverses it if there is none.

A text that makes a statement in one sentence and reverses it in another makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import regex

from harness.core.text import folding, negation, sentences, wordings
from harness.core.text.wordings import Phrase, Span

Verdict = Literal["stated", "reversed", "missing"]
Groups = tuple[tuple[str, ...], ...]

_CLAUSE_WORDS = "|".join(
    """
    और तथा एवं या लेकिन परंतु परन्तु किंतु किन्तु मगर बल्कि क्योंकि चूंकि जबकि ताकि इसलिए कि जो जिसे जिसने जिसमें जिससे जिसका जिसकी
    जिसके जिन्हें जिन्होंने जिनमें जिनके
    and or but because while whereas although though if unless which who whom whose that when after before until
    """.split()
)
_CLAUSE_END = regex.compile(
    rf"[,;:](?=\s)|\s[-–—]\s|[–—]|(?<![\p{{L}}\p{{M}}])(?:{_CLAUSE_WORDS})(?![\p{{L}}\p{{M}}])", regex.I
)
# Negations of a circumstance: "without delay", बिना देर किए.
_OF_CIRCUMSTANCES = frozenset("बिना बगैर बग़ैर without unless".split())


def split(content: str) -> tuple[str, ...]:
    """Return the sentences of a text, normalised for `judge`."""
    plain = folding.plain(content)
    return tuple(plain[start:end] for start, end in sentences.split(plain))


def judge(groups: Groups, sentences: Sequence[str], *, negated: bool = False) -> Verdict:
    """Return whether the sentences of a text make a statement.

    Args:
        groups: alternatives, one of which must occur, for each group.
        sentences: as `split` returns them.
        negated: the statement is a negation, and the groups do not contain it.
    """
    verdicts = {_judge(groups, sentence, negated) for sentence in sentences}
    return "stated" if "stated" in verdicts else "reversed" if "reversed" in verdicts else "missing"


@lru_cache(maxsize=1 << 18)
def _judge(groups: Groups, sentence: str, negated: bool) -> Verdict:
    phrase = wordings.read(sentence)
    places: list[list[tuple[Span, ...]]] = []  # of each group: its occurrences, each the spans of its parts
    for group in groups:
        occurrences = [place for wording in group for place in wordings.parse(wording).occurrences(phrase)]
        if not occurrences:
            return "missing"
        places.append(occurrences)
    negations = [each for each in negation.find(sentence) if each.is_certain]
    if negated:
        return "stated" if negations else "reversed"
    covered = {index for group in places for place in group for start, end in place for index in range(start, end)}
    clauses = _clauses(sentence, phrase)
    denied = {
        clauses[index]
        for index, word in enumerate(phrase.words)
        for each in negations
        if each.start <= word.start < each.end
        and index not in covered
        and each.text.casefold() not in _OF_CIRCUMSTANCES
    }
    predicate = places[1:] or places
    is_free = all(any(denied.isdisjoint(_touched(place, clauses)) for place in group) for group in predicate)
    return "stated" if is_free else "reversed"


def _clauses(sentence: str, phrase: Phrase) -> list[int]:
    """Return the number of the clause of each word."""
    ends = [match.start() for match in _CLAUSE_END.finditer(sentence)]
    return [sum(end <= word.start for end in ends) for word in phrase.words]


def _touched(place: tuple[Span, ...], clauses: Sequence[int]) -> set[int]:
    return {clauses[index] for start, end in place for index in range(start, end)}
