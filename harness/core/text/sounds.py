"""How a word sounds in either script, and whether two words of different scripts can be one name; pure.

A name keeps its sound in translation, so `of(word)` writes a word of either script as its consonants: Funakoshi and
फुनाकोशी are both "pnks". `are_alike` compares two sounds by their consonants, then by their vowels. One consonant in
three to seven may differ: romanisation has no single rule, and English spelling is not phonetic. So similar names,
such as Misri and Mishra, cannot be told apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import chain, pairwise

import regex
from rapidfuzz.distance import Levenshtein

__all__ = ["Sound", "are_alike", "of", "of_name", "of_words", "occur"]

# The consonants of a word, and its consonants and vowels but a; letters that the two scripts often exchange are one.
Sound = tuple[str, str]

_WORD = regex.compile("[\u0900-\u0963\u0970-\u097f\u200c\u200d]{2,}|\\p{Latin}{2,}")
# In this order. C is the sound of "church".
_ENGLISH_SOUNDS = [
    (regex.compile(pattern), letters)
    for pattern, letters in (
        ("tsch|tch|sch(?=[aeiou])", "C"), ("tion|sion", "sn"), ("ph", "p"), ("gh(?=t)", ""), ("kn(?=[aeiou])", "n"),
        ("wr", "r"), ("ch", "C"), ("sh", "s"), ("zh", "j"), (r"([kgtdbpjr])h", r"\1"), ("ck", "k"),
        ("qu", "kv"), ("^x", "s"), ("x", "ks"), ("c(?=[eiy])", "s"), ("[cq]", "k"), ("z", "j"), ("f", "p"),
        ("(?<=[aeiou])w(?![aeiou])", ""), ("w", "v"), ("ai|ay", "e"), ("au", "o"), ("ee|ey|ea", "i"), ("oo|ou", "u"),
        ("(?<=[b-df-hj-np-tv-z])e$", ""), ("y", "i"), ("[ah]", ""),
    )
]  # fmt: skip
_SOFT_G = regex.compile("g(?=[eiy])")
# By letters in the form NFD, so without nuktas.
_HINDI_SOUNDS = {
    **dict.fromkeys("कख", "k"), **dict.fromkeys("गघ", "g"), **dict.fromkeys("चछ", "c"), **dict.fromkeys("जझ", "j"),
    **dict.fromkeys("टठतथ", "t"), **dict.fromkeys("डढदध", "d"), **dict.fromkeys("पफ", "p"), **dict.fromkeys("बभ", "b"),
    **dict.fromkeys("ङञणनंँ", "n"), "र": "r", **dict.fromkeys("लळ", "l"), **dict.fromkeys("शषस", "s"), "म": "m", "व": "v",
    **dict.fromkeys("इई\u093f\u0940य", "i"), **dict.fromkeys("उऊ\u0941\u0942", "u"),
    **dict.fromkeys("एऐ\u0947\u0948", "e"), **dict.fromkeys("ओऔ\u094b\u094c", "o"),
}  # fmt: skip
_NASAL_BEFORE_LABIAL = regex.compile("[ंँ](?=[पफबभम])")
_FLAP = regex.compile("[डढ]\u093c")
_VOWEL = regex.compile("[eiou]")
# Sounds that the two scripts often exchange.
_ALIKE = str.maketrans({"C": "s", "c": "s", "j": "s", "v": "b", "d": "t", "g": "k", "m": "n"})


@lru_cache(maxsize=100_000)
def of(word: str) -> tuple[Sound, ...]:
    """Return the sound of a word, once for each way to read it."""
    if "\u0900" <= word[0] <= "\u097f":
        plain = unicodedata.normalize("NFD", word)
        plain = plain.replace("ज्ञ", "ग्य").replace("ऋ", "रि").replace("\u0943", "्रि")
        plain = _NASAL_BEFORE_LABIAL.sub("म", plain)
        ways = {_FLAP.sub("र", plain), plain}
        return tuple(_sound("".join(_HINDI_SOUNDS.get(letter, "") for letter in way)) for way in sorted(ways))
    plain = "".join(letter for letter in unicodedata.normalize("NFD", word.lower()) if "a" <= letter <= "z")
    return tuple(_sound(_spoken(way)) for way in sorted({plain, _SOFT_G.sub("j", plain)}))


def _spoken(word: str) -> str:
    for pattern, letters in _ENGLISH_SOUNDS:
        word = pattern.sub(letters, word)
    return word


def _sound(letters: str) -> Sound:
    letters = letters.translate(_ALIKE)
    return _once(_VOWEL.sub("", letters)), _once(letters)


def _once(letters: str) -> str:
    """Return letters without repetitions."""
    return "".join(letter for place, letter in enumerate(letters) if not place or letters[place - 1] != letter)


def are_alike(one: Sound, other: Sound) -> bool:
    """Return whether two sounds can be those of one name."""
    (consonants, letters), (other_consonants, other_letters) = one, other
    if not consonants or not other_consonants:
        return bool(letters) and letters == other_letters
    longest = max(len(consonants), len(other_consonants))
    if consonants != other_consonants and (longest < 3 or (longest == 3 and consonants[0] != other_consonants[0])):
        return False
    distance = Levenshtein.distance(consonants, other_consonants, score_cutoff=max(1, longest // 4))
    if distance > longest // 4 and not (longest == 3 and distance == 1):
        return False
    return Levenshtein.normalized_similarity(letters, other_letters) >= (0.6 if distance or longest < 2 else 0.5)


@lru_cache(maxsize=1 << 17)
def _sounds_in(content: str) -> dict[str, list[Sound]]:
    """Return the sounds of the words of a text by their consonants."""
    return _by_consonants(sound for word in _WORD.findall(content) for sound in of(word))


def of_words(content: str) -> Iterable[Sound]:
    """Return the sounds of the words of a text, in any order."""
    return chain.from_iterable(_sounds_in(content).values())


@lru_cache(maxsize=1 << 15)
def _sounds_of_pairs_in(content: str) -> dict[str, list[Sound]]:
    """Return the sounds of each two neighbours of a text, read as one word, by their consonants."""
    return _by_consonants(
        (_once(first[0] + second[0]), _once(first[1] + second[1]))
        for one, other in pairwise(_WORD.findall(content))
        for first in of(one)
        for second in of(other)
    )


def _by_consonants(several: Iterable[Sound]) -> dict[str, list[Sound]]:
    by_consonants: dict[str, list[Sound]] = {}
    for sound in several:
        by_consonants.setdefault(sound[0], []).append(sound)
    return by_consonants


def occur(some: Collection[Sound], content: str) -> bool:
    """Return whether one of these sounds is that of a word of the text, or of two words."""
    by_consonants = _sounds_in(content)
    if any(are_alike(one, other) for one in some for other in by_consonants.get(one[0], ())):
        return True
    others = [*chain.from_iterable(by_consonants.values()), *chain.from_iterable(_sounds_of_pairs_in(content).values())]
    return any(are_alike(one, other) for one in some for other in others)


def of_name(name: str) -> list[Sound]:
    """Return the sounds of the words of a name, and those of each two neighbours, read as one word."""
    return [*chain(*_sounds_in(name).values(), *_sounds_of_pairs_in(name).values())]
