"""Does a text state a fact, state its opposite, or leave it out? By wordings alone; pure.

A statement is groups of alternatives, each a wording (`wordings`). A text makes it if in one sentence every group has
one of its alternatives. The polarity is judged in that sentence:

- A statement is *reversed* if a negation denies its predicate, which is every group but the first, or the only group.
  A negation denies the words of its clause that follow it and some that precede it: three in English; in Hindi, where
  the verb comes last, four, but no agent with ने. Clauses end at commas, semicolons, colons and dashes, before
  conjunctions and relative pronouns, and after "-ने तक" and "-ने पर". Of several occurrences of a wording, one that is
  not denied counts.
- A contrast ("not by X but by Y", "X ने नहीं, Y ने") denies only the words after "not", or two words before नहीं, but
  these in every group.
- Not counted: a negation that is part of an alternative ("did not accept"), that denies a circumstance ("without
  delay") or a condition ("if it is not paid", न मिला तो), that compares ("no more than"), or that follows a fear
  (कहीं ... न).
- A *negated* statement ("no one was hurt") has no negation in its groups. A text makes it if its sentence has a
  negation, and reverses it if there is none.

Numbers and persons must belong to the rest of the statement: see `bindings`.

A text that makes a statement in one sentence and reverses it in another makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import regex

from harness.core.text import bindings, folding, negation, sentences, wordings
from harness.core.text.bindings import Names
from harness.core.text.clauses import CLAUSE_WORDS
from harness.core.text.negation import Negation
from harness.core.text.wordings import Phrase, Place, words_of

Verdict = Literal["stated", "reversed", "missing"]
Groups = tuple[tuple[str, ...], ...]

_CLAUSE_WORDS = "|".join([*CLAUSE_WORDS, "unless", "until"])
# "And" joins nouns more often than clauses: what follows is a clause if it soon has a finite verb.
_JOINED_CLAUSE = (
    r"(?<!\p{L})(?:and|or)(?=\s+(?:[\p{L}']+\s+){0,3}?"
    r"(?:is|are|was|were|has|have|had|will|would|can|could|may|must|did|does|do|\p{Ll}{3,}ed|"
    r"held|met|took|said|won|beat|lost|made|gave|went|came|found|told|left|got|put|set|saw|ran)(?!\p{L}))"
)
_CLAUSE_END = regex.compile(
    rf"[,;:](?=\s)|\s[-–—]\s|[–—]|(?<![\p{{L}}\p{{M}}])(?:{_CLAUSE_WORDS})(?![\p{{L}}\p{{M}}])|"
    rf"{_JOINED_CLAUSE}|(?<=ने\s(?:तक|पर))\s",
    regex.I,
)
# How many words before a negation it denies.
_BEFORE_HINDI, _BEFORE_ENGLISH, _CONTRASTED = 4, 3, 2
_CONTRAST_HINDI = regex.compile(r"\s*,|\s+बल्कि(?![\p{L}\p{M}])")
_CONTRAST_ENGLISH = regex.compile(
    r"\s+(?:by|of|for|in|on|at|from|to|with|because|as)\s[^.;]*?\bbut\b|\s+(?:a|an|the|any|in|on|at)\s[^.;]*?,?\sbut\b",
    regex.I,
)
_COMPARED = regex.compile(r"\s+(?:more|less|\p{Ll}+er)\s+than(?!\p{L})", regex.IGNORECASE)
# A condition: it ends in तो soon after its negation, or opens the clause in which the negation stands.
_THEN = regex.compile(r"(?:\s+[\p{L}\p{M}]+){1,4}\s+तो(?![\p{L}\p{M}])")
_CONDITION = regex.compile(
    r"(?<![\p{L}\p{M}])(?:अगर|यदि|जब तक|if|unless|until|till|as long as)(?![\p{L}\p{M}])[^,;:।]*$", regex.IGNORECASE
)
# What comes before a न that expresses the fear of what follows.
_FEAR = regex.compile(r"(?<![\p{L}\p{M}])कहीं(?![\p{L}\p{M}])")
# Negations of a circumstance: "without delay", बिना देर किए.
_OF_CIRCUMSTANCES = frozenset("बिना बगैर बग़ैर without unless".split())


@lru_cache(maxsize=1 << 15)
def split(content: str) -> tuple[str, ...]:
    """Return the sentences of a text, normalised for `judge`."""
    plain = folding.plain(content)
    return tuple(plain[start:end] for start, end in sentences.split(plain))


def judge(groups: Groups, sentences: Sequence[str], *, negated: bool = False, names: Names = ()) -> Verdict:
    """Return whether the sentences of a text make a statement.

    Args:
        groups: alternatives, one of which must occur, for each group.
        sentences: as `split` returns them.
        negated: the statement is a negation, and the groups do not contain it.
        names: forms of each person of whom the text may speak.
    """
    verdict: Verdict = "missing"
    for sentence in sentences:
        of_sentence = _judge(groups, sentence, negated, names)
        if of_sentence == "stated":
            return "stated"
        verdict = "reversed" if of_sentence == "reversed" else verdict
    return verdict


def _judge(groups: Groups, sentence: str, negated: bool, names: Names) -> Verdict:
    phrase = wordings.read(sentence)
    if any(phrase.starts.keys().isdisjoint(wordings.opening(group)) for group in groups):
        return "missing"
    places: list[list[Place]] = []  # of each group
    for group in groups:
        occurrences = [place for wording in group for place in wordings.parse(wording).occurrences(phrase)]
        if not occurrences:
            return "missing"
        places.append(occurrences)
    if not bindings.holds(sentence, phrase, places, names):
        return "missing"
    negations = [each for each in negation.find(sentence) if each.is_certain]
    if negated:
        return "stated" if negations else "reversed"
    covered = {index for of_group in places for place in of_group for index in words_of(place)}
    negations = [
        each for each in negations if not _is_harmless(each, sentence) and covered.isdisjoint(_words_in(phrase, each))
    ]
    predicate, contrasted = _denied(sentence, phrase, negations)
    for number, of_group in enumerate(places):
        denied = contrasted | predicate if number or len(places) == 1 else contrasted
        if not any(denied.isdisjoint(words_of(place)) for place in of_group):
            return "reversed"
    return "stated"


def _is_harmless(each: Negation, sentence: str) -> bool:
    """Whether a negation denies a circumstance or a condition only, compares, or follows a fear."""
    if each.text.casefold() in _OF_CIRCUMSTANCES or _COMPARED.match(sentence, each.end):
        return True
    if each.text in ("न", "ना") and _FEAR.search(sentence, 0, each.start):
        return True
    return bool(_THEN.match(sentence, each.end) or _CONDITION.search(sentence[: each.start]))


def _denied(sentence: str, phrase: Phrase, negations: Sequence[Negation]) -> tuple[set[int], set[int]]:
    """Return the words that negations deny as a predicate, and those that they deny in a contrast."""
    clauses = phrase.clauses(sentence, _CLAUSE_END)
    predicate: set[int] = set()
    contrasted: set[int] = set()
    for each in negations:
        own = _words_in(phrase, each)
        if not own:
            continue
        first, last = own[0], own[-1]
        clause = [index for index, number in enumerate(clauses) if number == clauses[first]]
        is_hindi = "\u0900" <= each.text[0] <= "\u097f"
        if is_hindi and _CONTRAST_HINDI.match(sentence, each.end):
            contrasted |= {index for index in clause if first - _CONTRASTED <= index < first}
        elif not is_hindi and _CONTRAST_ENGLISH.match(sentence, each.end):
            contrasted |= {index for index in clause if index > last}
        else:
            start = first - (_BEFORE_HINDI if is_hindi else _BEFORE_ENGLISH)
            agents = [index for index in clause if index < first and phrase.words[index].text == "ने"]
            predicate |= {index for index in clause if index >= max([start, *(index + 1 for index in agents)])}
    return predicate, contrasted


def _words_in(phrase: Phrase, each: Negation) -> list[int]:
    return [index for index, word in enumerate(phrase.words) if each.start <= word.start < each.end]
