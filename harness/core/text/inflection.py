"""Inflected forms of a Hindi or English word, by endings; pure. There is no dictionary.

Two words count as forms of one word if they have a stem in common to which both endings belong. The endings come in
sets, one for each pattern of inflection:

- Hindi nouns and adjectives: -ा -े -ी -ों (ढांचा ढांचे, अच्छा अच्छी), -या -ए -ई (नया नए), a consonant with -ें -ों
  (बात बातों), -ी -ियां -ियों (नदी), -ा -ाएं -ाओं (महिला), -ू -ुओं (हिंदू), -ई -इयों (कार्रवाई).
- Hindi verbs, to a root in a consonant: -ना -ने -नी, -ता -ते -ती, -ा -े -ी, -कर, the future, the subjunctive and the
  request (जीत जीता जीतकर जीतेगा); to a root in a vowel the same, with -या -ए -ई (खाना खाया खाएगा).
- English: -s, -es, -ies, 's; and for verbs -ed, -ied, -ing, with the final e dropped or the consonant doubled.

So a verb and its noun can count as one word (खेल, खेला; बीमार, बीमारी). Irregular forms (won, गया for जाना) do not.
"""

from __future__ import annotations

from functools import lru_cache

# After a stem that ends in a consonant.
_CONSONANT_NOUNS = (
    ("ा", "े", "ी", "ों", "ीं", "ो"),
    ("", "ें", "ों", "ो"),
)
_OTHER_NOUNS = (
    ("ी", "ि", "ियां", "ियों", "ियो"),
    ("ा", "ाएं", "ाओं", "ाओ"),
    ("ु", "ू", "ुएं", "ुओं", "ुओ"),
    ("ई", "इयां", "इयों", "इयो"),
    ("या", "ए", "ई", "ईं", "आ", "यां", "यों"),
)
_CONSONANT_VERB = (
    *("", "ना", "ने", "नी", "ता", "ते", "ती", "तीं", "ा", "े", "ी", "ीं", "कर", "ेगा", "ेगी", "ेंगे", "ेंगी", "ूंगा", "ूंगी"),
    *("ोगे", "ें", "ूं", "ो", "िए", "िएगा"),
)
_VOWEL_VERB = (
    *("ना", "ने", "नी", "ता", "ते", "ती", "तीं", "या", "ए", "ई", "ईं", "कर", "एगा", "एगी", "एंगे", "एंगी", "ऊंगा", "ऊंगी"),
    *("ओगे", "एं", "ऊं", "ओ", "इए", "इएगा"),
)
# Nouns that only look like a form of a verb: a root and -ना, -ता.
_NO_VERBS = frozenset("जनता एकता कामना सेना चना".split())
# A stem of a letter alone decides nothing. नया and गया are the exceptions: their endings are rare enough.
_LEAST_STEM = 2
_SHORT_STEM = ("या", "ए", "ई", "ईं")

_NO_PLURALS = frozenset(
    "news his this its was has does is as us series species less unless across always perhaps".split()
)
_VOWELS = "aeiou"


@lru_cache(maxsize=1 << 17)
def keys(word: str) -> frozenset[str]:
    """Return the keys of a folded word; two words may be forms of one word if they have a key in common."""
    if _is_devanagari(word):
        return noun_keys(word) | _hindi_verb(word)
    return noun_keys(word) | _english_verb(word) if word.isalpha() or "'" in word else frozenset((word,))


@lru_cache(maxsize=1 << 17)
def noun_keys(word: str) -> frozenset[str]:
    """Return the keys of a folded word as a noun or an adjective only: for names, which are never conjugated."""
    if _is_devanagari(word):
        return frozenset((word, *_hindi_noun(word)))
    return frozenset((word, *_english_noun(word)))


def _is_devanagari(word: str) -> bool:
    return "\u0900" <= word[-1] <= "\u097f"


def _ends_in_consonant(stem: str) -> bool:
    return "\u0915" <= stem[-1] <= "\u0939"


def _hindi_noun(word: str) -> set[str]:
    found = {
        f"{stem}+{number}"
        for number, endings in enumerate(_CONSONANT_NOUNS)
        for stem in _stems(word, endings)
        if len(stem) >= _LEAST_STEM and _ends_in_consonant(stem)
    }
    for number, endings in enumerate(_OTHER_NOUNS, start=len(_CONSONANT_NOUNS)):
        for ending in endings:
            stem = word.removesuffix(ending)
            if stem != word and (len(stem) >= _LEAST_STEM or (stem and ending in _SHORT_STEM)):
                found.add(f"{stem}+{number}")
    return found


def _hindi_verb(word: str) -> frozenset[str]:
    if word in _NO_VERBS:
        return frozenset()
    to_consonant = {
        f"{stem}+consonant"
        for stem in _stems(word, _CONSONANT_VERB)
        if len(stem) >= _LEAST_STEM and _ends_in_consonant(stem)
    }
    to_vowel = {f"{stem}+vowel" for stem in _stems(word, _VOWEL_VERB) if not _ends_in_consonant(stem)}
    return frozenset(to_consonant | to_vowel)


def _stems(word: str, endings: tuple[str, ...]) -> set[str]:
    return {word[: len(word) - len(ending)] for ending in endings if word.endswith(ending) and len(word) > len(ending)}


def _english_noun(word: str) -> set[str]:
    base = word.removesuffix("'s").removesuffix("'")
    found = {base}
    if base not in _NO_PLURALS and len(base) > 3:
        if base.endswith("ies"):
            found.add(base[:-3] + "y")
        if base.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
            found.add(base[:-2])
        if base.endswith("s") and not base.endswith(("ss", "us", "is")):
            found.add(base[:-1])
    return found


def _english_verb(word: str) -> frozenset[str]:
    found: set[str] = set()
    if word.endswith("ied"):
        found.add(word[:-3] + "y")
    for ending in ("ed", "ing"):
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 3 or not any(letter in _VOWELS + "y" for letter in stem):
            continue
        found |= {stem, stem + "e"}
        if stem[-1] == stem[-2] and stem[-1] not in _VOWELS:
            found.add(stem[:-1])
    return frozenset(found)
