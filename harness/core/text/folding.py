"""Words of a Hindi or English text in one spelling each, so that texts by different hands can be compared; pure.

`words(text)` returns the words with their places. Two spellings of one word that newspapers both print become equal:

- the differences that `text.normalise` removes: invisible characters (ZWJ, ZWNJ), encodings of nukta, curly
  apostrophes; and Devanagari digits;
- every nukta (ज़ ज, ढ़ ढ), chandrabindu against anusvara (ढाँचा ढांचा), ऑ against आ, visarga (दुःख दुख);
- a nasal before a stop of its own class or before a sibilant (हिन्दी हिंदी, सम्बन्ध संबंध, फ्रान्स फ्रांस);
- -ये, -यी after a vowel against -ए, -ई (नये नए, गयी गई, चाहिये चाहिए);
- a doubled consonant in a cluster (महत्त्व महत्व, कर्त्तव्य कर्तव्य), and अंतर्राष्ट्रीय against अंतरराष्ट्रीय;
- %, "per cent", प्रतिशत and फीसदी;
- capital letters, accents of Latin letters (crèche creche), grouping commas of numbers;
- British against American English: -ise -ize, -yse -yze, -our -or, -re -er, -ence -ense, -ogue -og, -amme -am.

A hyphen separates two words, as a space does. `wordings` also accepts two words written as one (half-time, half time,
halftime). A few different words become equal (हँस, हंस); this does little harm, because phrases are compared.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import regex

from harness.core import text as texts

# Letters with inner apostrophes, a handle with its sign, a number, or a percent sign.
_WORD = regex.compile(r"@?[\p{L}\p{M}]+(?:'\p{L}+)*|\p{N}+(?:[.,:]\p{N}+)*|%")
_PERCENT = frozenset("% प्रतिशत फीसदी फीसद फ़ीसदी फ़ीसद".split())
_ACCENTS = regex.compile("[\u0300-\u036f]")
# न् and म् before a sibilant, and म् before व: not classes of `text.fold`, which leaves जन्म and सम्मान alone.
_NASAL = regex.compile("\u0928\u094d(?=[\u0936-\u0938])|\u092e\u094d(?=\u0935)")
# The first of two equal consonants in a longer cluster: त्त्व, र्त्त, ज्ज्व. Also द् in र्द्ध (वर्द्धन).
_DOUBLED = regex.compile(
    r"([\u0915-\u0939])\u094d(?=\1\u094d)|(?<=\u0930\u094d)(?:([\u0915-\u0939])\u094d(?=\2)|\u0926\u094d(?=\u0927))"
)
_ENGLISH = tuple(
    (regex.compile(pattern), replacement)
    for pattern, replacement in (
        (r"^(practi)[sz](?=(?:e|es|ed|ing)$)", r"\1c"),
        (r"(?<=[a-z]{3})is(?=(?:e|es|ed|ing|er|ers|ation|ations)$)", "iz"),
        (r"(?<=[a-z]{3})ys(?=(?:e|es|ed|ing|er|ers)$)", "yz"),
        (r"(?<=[a-z]{3})our(?!t|ce|se|n)", "or"),
        (r"^(cent|theat|met|lit|fib|calib|kilomet|centimet)re(?=s?$)", r"\1er"),
        (r"^(def|off|lic|pret)ence(?=s?$)", r"\1ense"),
        (r"(?<=[a-z]{3}og)ue(?=s?$)", ""),
        (r"(?<=progra)mme(?=s?$)", "m"),
    )
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text."""

    text: str  # folded
    start: int  # offset in the text that was searched
    end: int  # offset after the last character


def words(content: str) -> tuple[Word, ...]:
    """Return the words of a text in order. Normalise the text first: see `plain`."""
    return tuple(Word(fold(match[0]), *match.span()) for match in _WORD.finditer(content))


def plain(content: str) -> str:
    """Return a text of any language as `text.normalise` does a Hindi one: sentences and words are searched in it."""
    return texts.normalise(content, "hin_Deva")


@lru_cache(maxsize=1 << 17)
def fold(word: str) -> str:
    """Return a normalised word in the one spelling of all its accepted spellings; idempotent."""
    if word in _PERCENT:
        return "percent"
    if word[0].isdigit():
        return word.replace(",", "")
    word = word.casefold()
    if word.isascii():
        if word.endswith("'s"):
            return f"{fold(word[:-2])}'s"  # centre's, center's
        for pattern, replacement in _ENGLISH:
            word = pattern.sub(replacement, word)
        return word
    if not regex.search(r"\p{Deva}", word):
        without = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word)))
        return fold(without) if without.isascii() else without
    word = texts.fold(word).replace("\u093c", "").replace("\u0903", "")
    return _DOUBLED.sub("", _NASAL.sub("\u0902", word)).replace("अंतर्रा", "अंतररा")
