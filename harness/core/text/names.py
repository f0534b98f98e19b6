"""Proper names across scripts: which words of an English text are names, and whether a Devanagari text has them.

A name keeps its sound in translation (`harness.core.text.sounds`). Similar names, such as Misri and Mishra, cannot be
told apart.

`find(text)` returns the names of an English text: its capitalised words, without sentence beginnings, words in
capitals, months, weekdays and the words of offices and institutions, which are translated ("Foreign Minister", "Supreme
Court"). `titled(text)` returns the names of a Hindi text that follow a title: श्री, डॉ., मंत्री. Hindi has no capitals,
so other names are not found there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import lru_cache

import regex
from rapidfuzz.distance import Levenshtein

from harness.core import text
from harness.core.text import _names, sounds

__all__ = [
    "Name",
    "find",
    "known_from",
    "missing",
    "titled",
    "unsupported",
]


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a text: one English word, or the Hindi words after a title."""

    text: str  # as written: text[start:end] of the text that was searched
    start: int  # offset in characters
    end: int  # offset after the last character


# --- names of an English text -----------------------------------------------------------------------------------------

_ENGLISH_WORD = regex.compile(r"(?<![\p{L}\p{N}@#._/-])\p{Lu}\p{Ll}[\p{L}]+(?![\p{N}@_/]|\.\w)")
# After these a capital says nothing: a sentence, a quotation or an item of a list begins.
_BEGINNING = regex.compile(r"(?:\A|[.!?:;…\n]|[\"“‘'«(\[*•–—-])[\s\"“‘'«(\[*•]*\Z")
_LOWER = regex.compile(r"(?<![\p{L}])\p{Ll}{4,}")
_SENTENCE_END = regex.compile(r"[.!?…][\s\"”’')\]]*\Z")
_LEAST_LETTERS = 3
_LEAST_OF_HEADLINE = 4


@lru_cache(maxsize=1 << 17)
def find(content: str) -> tuple[Name, ...]:
    """Return the names of an English text in their order, one word each.

    A headline in which most long words are capitalised has none: capitals say nothing there.
    """
    names = [
        Name(match[0], *match.span())
        for match in _ENGLISH_WORD.finditer(content)
        if len(match[0]) >= _LEAST_LETTERS and not _is_common(match[0].lower())
    ]
    if not names:
        return ()
    if not _SENTENCE_END.search(content):
        capitalised = len(_ENGLISH_WORD.findall(content))
        if capitalised >= _LEAST_OF_HEADLINE and capitalised > len(_LOWER.findall(content)):
            return ()
    return tuple(each for each in names if not _BEGINNING.search(content, max(0, each.start - 6), each.start))


@lru_cache(maxsize=50_000)
def _is_common(word: str) -> bool:
    return word in _names.COMMON or word.rstrip("s") in _names.COMMON or word.endswith(_names.COMMON_ENDINGS)


# --- names of a Hindi text --------------------------------------------------------------------------------------------

_DEVANAGARI_WORD = regex.compile("[\u0900-\u0963\u0970-\u097f\u200c\u200d]+")


@lru_cache(maxsize=1 << 17)
def titled(content: str) -> tuple[Name, ...]:
    """Return the names of a Hindi text that follow a title and end before a postposition.

    In विदेश सचिव विक्रम मिस्री ने that is विक्रम मिस्री.
    """
    tokens = list(_DEVANAGARI_WORD.finditer(content))
    names: list[Name] = []
    index = 0
    while index < len(tokens):
        if tokens[index][0].rstrip("॰") not in _names.TITLES:
            index += 1
            continue
        first = index = index + 1
        while index < len(tokens) and index - first < _MOST_WORDS and _continues(content, tokens, index):
            index += 1
        is_closed = index < len(tokens) and tokens[index][0] in _names.AFTER_A_NAME
        if index > first and is_closed and content[tokens[index - 1].end() : tokens[index].start()].isspace():
            start, end = tokens[first].start(), tokens[index - 1].end()
            names.append(Name(content[start:end], start, end))
    return tuple(names)


_MOST_WORDS = 3


def _continues(content: str, tokens: list[regex.Match[str]], index: int) -> bool:
    word = tokens[index][0]
    gap = content[tokens[index - 1].end() : tokens[index].start()]
    return gap in (" ", ". ", ".") and len(word) > 1 and word not in _names.NO_NAMES


# --- comparison -------------------------------------------------------------------------------------------------------


def unsupported(source: str, output: str) -> tuple[Name, ...]:
    """Return the names of an output that have no counterpart in its source: of an English text, or those with a title.

    A name that two words of the source have together, as न्यू यॉर्क, and a source word that has two names (न्यूयॉर्क)
    are counterparts.
    """
    in_english = (each for each in find(output) if not _has_counterpart(each, output, source))
    return (*in_english, *missing(output, source))


def _has_counterpart(name: Name, output: str, source: str) -> bool:
    if name.text in source or any(stem in source for stem in _names.stems_of(name.text)):
        return True
    endings = (ending for ending in _names.ENGLISH_ENDINGS if name.text.endswith(ending))
    forms = {name.text, *(name.text.removesuffix(ending) for ending in endings)}
    # Hindi can write two words as one: न्यूयॉर्क.
    if (before := _CAPITALISED_BEFORE.search(output, 0, name.start)) is not None:
        forms.add(before[1] + name.text)
    if (after := _CAPITALISED_AFTER.match(output, name.end)) is not None:
        forms.add(name.text + after[1])
    return sounds.occur([sound for form in forms if len(form) > 2 for sound in sounds.of(form)], source)


_CAPITALISED_BEFORE = regex.compile(r"(\p{Lu}\p{Ll}+)[ -]\Z")
_CAPITALISED_AFTER = regex.compile(r"[ -](\p{Lu}\p{Ll}+)")


def missing(source: str, output: str, known: Container[str] = ()) -> tuple[Name, ...]:
    """Return the names of a Hindi source of which no word has a counterpart in its output.

    Args:
        source: Hindi text.
        output: English or Hindi text.
        known: Hindi words that are names, as `known_from` returns them; others are known only after a title.
    """
    after_title = titled(source)
    alone = [
        Name(match[0], *match.span())
        for match in (_DEVANAGARI_WORD.finditer(source) if known else ())
        if match[0] in known and not any(each.start <= match.start() < each.end for each in after_title)
    ]
    names = sorted([*after_title, *alone], key=lambda name: name.start)
    return tuple(
        each
        for each in names
        if not _is_written_in(each.text, output) and not sounds.occur(sounds.of_name(each.text), _latin(output))
    )


def _is_written_in(name: str, content: str) -> bool:
    """Return whether a text of the same script has a word of the name, in another spelling or inflection perhaps."""
    words, others = (_folded_words(each) for each in (name, content))
    return any(
        word in others or any(Levenshtein.normalized_similarity(word, other) >= _SAME_SPELLING for other in others)
        for word in words
    )


@lru_cache(maxsize=1 << 17)
def _latin(content: str) -> str:
    """Return a text without its Devanagari: two names of one script are compared by letters, not by sounds."""
    return _DEVANAGARI_WORD.sub("", content) if not content.isascii() else content


@lru_cache(maxsize=1 << 15)
def _folded_words(content: str) -> frozenset[str]:
    return frozenset(map(text.fold, _DEVANAGARI_WORD.findall(content)))


_SAME_SPELLING = 0.75


def known_from(pairs: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the Hindi words that are names, because most English texts of their sources have a name of that sound.

    A word must be a name in at least two texts, and in two thirds of those whose sources have it.

    Args:
        pairs: Hindi sources and their English texts.
    """
    sources: Counter[str] = Counter()
    with_name: Counter[str] = Counter()
    for source, output in pairs:
        of_source = frozenset(_DEVANAGARI_WORD.findall(source))
        sources.update(of_source)
        in_output = [sound for name in find(output) for sound in sounds.of(name.text)]
        if in_output:
            consonants = {sound[0] for sound in in_output}
            with_name.update(
                word
                for word in of_source
                if any(
                    sound[0] in consonants
                    and any(sound[0] == one[0] and sounds.are_alike(sound, one) for one in in_output)
                    for sound in sounds.of(word)
                )
            )
    return frozenset(word for word, texts in with_name.items() if texts >= 2 and 3 * texts >= 2 * sources[word])
