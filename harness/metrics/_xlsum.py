"""Tokenise and stem a text as XL-Sum's scorer does, so that scores are comparable with published ones; pure.

The behaviour is that of github.com/csebuetnlp/xl-sum, multilingual_rouge_scoring (Hasan et al. 2021), with lang "hindi"
or "english". It was checked against the package on PyPI (multilingual-rouge 0.0.1, pyonmttok 1.38.1, NLTK's 179 English
stop words). Texts are not normalised, as in XL-Sum, so two encodings of one nukta letter differ.

ROUGE-1, -2 and -L use the words of `words`. ROUGE-Lsum uses those of `basic_words`, line by line: there XL-Sum's scorer
omits its second step, so that `2006में` and `₹500` are one word. (The published scores are of the first three, stemmed.
XL-Sum's evaluation also splits sentences before it scores, which changes nothing for these.)
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

import regex

# --- words --------------------------------------------------------------------------------------------------------


class _Plain(dict[int, str | None]):
    """A table for `str.translate`, filled on demand: it removes controls, and turns signs and white space to spaces."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        category = unicodedata.category(character)
        new: str | None = character
        if category[0] == "Z" or character in "\t\n\r":
            new = " "
        elif category[0] == "C" or character == "\ufffd":  # format characters too, such as ZWJ and the soft hyphen
            new = None
        elif category[0] == "P" or (code < 128 and not character.isalnum()):
            new = " "
        self[code] = new
        return new


_PLAIN = _Plain()
_PLAIN_LINES = _Plain({ord("\n"): "\n"})  # keeps line ends

# pyonmttok's "aggressive" mode on the remaining text: it separates letters, numbers and symbols, and keeps a mark with
# the character before it. If that character is a space, it puts the space's code in front of the mark.
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*|\p{N}[\p{N}\p{M}]*|\p{S}\p{M}*|\p{M}+")
_WORD_OR_END = regex.compile(rf"{_WORD.pattern}|\n")
_SPACE = "％0020"
_ON_SPACE = regex.compile(r" (?=\p{M})")
# pyonmttok reserves these three signs for itself, and replaces them in texts.
_RESERVED = str.maketrans({"▁": "_", "￭": "■", "￨": "│"})
# XL-Sum takes each Han character as a word: the unified and compatibility ideographs up to extension E.
_HAN = regex.compile(
    "([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002ceaf\U0002f800-\U0002fa1f])"
)


# White space for `str.split`, but control characters for XL-Sum, which removes them and joins what is around them.
_JOINING = "\x0b\x0c\x1c\x1d\x1e\x1f\x85"
# A mark before any letter or number. At the beginning of a text it has no space before it, elsewhere it has.
_MARK_FIRST = regex.compile(r"[^\p{L}\p{N}]*\p{M}")


def words(content: str) -> list[str]:
    """Return the words of a text for ROUGE-1, -2 and -L, lower-cased, without punctuation."""
    return _separated(_WORD.findall(" ".join(basic_words(content)))).split()


def _separated(read: list[str]) -> str:
    """Return words of `_WORD` as pyonmttok and XL-Sum's scorer change and cut them, with spaces between them."""
    separated = _ON_SPACE.sub(f" {_SPACE}", " ".join(read)).translate(_RESERVED)
    return _HAN.sub(r" \1 ", separated)


def pieces(texts: Sequence[str]) -> list[list[str]] | None:
    """Return the pieces of each text that `words_of_pieces` reads; None if white space separates them in all texts.

    A text whose pieces cannot be read by themselves is one piece, with a space on both sides.
    """
    everything = "".join(texts)
    joining = any(sign in everything for sign in _JOINING)
    whole = {text for text in texts if not text[:1].isalnum() and _MARK_FIRST.match(text)}
    if not (joining or whole):
        return None
    return [
        [f" {text} "] if text in whole or any(sign in text for sign in _JOINING) else text.split() for text in texts
    ]


def words_of_pieces(pieces: Sequence[str]) -> Iterator[list[str]]:
    """Yield the words of each of these `pieces` of texts."""
    # Read all of them as the lines of one text, because a call costs more than a piece.
    lines = "\n".join(piece for piece in pieces if " " not in piece).lower().translate(_PLAIN_LINES)
    # The empty string gives a space to a mark at the beginning of a piece, as in its text.
    read = iter(_separated(["", *_WORD_OR_END.findall(lines)]).split("\n"))
    return (words(piece[1:-1]) if " " in piece else next(read).split() for piece in pieces)


def basic_words(content: str) -> list[str]:
    """Return the words of a line for ROUGE-Lsum: it is split at white space and punctuation, and lower-cased."""
    return content.lower().translate(_PLAIN).split()


def basic_pieces(texts: Sequence[str]) -> list[list[str]] | None:
    r"""Return the pieces of each text that `basic_words` reads, and "\n" between lines; None as in `pieces`."""
    everything = "".join(texts)
    if not any(sign in everything for sign in ("\n", *_JOINING)):
        return None
    return [text.replace("\n", " \n ").split(" ") for text in texts]


# --- stems --------------------------------------------------------------------------------------------------------

# Only longer words are stemmed.
_UNSTEMMED = 3

# Endings of nouns, adjectives and verbs, from Ramanathan and Rao (2003), A Lightweight Stemmer for Hindi, EACL workshop
# on Computational Linguistics for South Asian Languages. XL-Sum took this part of them, from Lucene through L. Gomes.
_ENDINGS = frozenset(
    """
    ा ि ी ु ू े ो
    ां ाँ ीं ें ों ाई ाए ाओ िए ता ती ते ना नी ने कर
    ाएं ाओं ुआं ुएं ुओं ाईं तीं ाता ाती ाते ाना ाने ाया ाइए ाकर ेगा ेगी ोगे ोगी
    ियां ियाँ ियों ताएं ताओं नाएं नाओं ातीं ूंगा ूंगी एंगे एंगी ेंगे ेंगी ाएगा ाएगी ाओगे ाओगी
    ाइयां ाइयाँ ाइयों ाऊंगा ाऊंगी ाएंगे ाएंगी
    """.split()
)

# The words of NLTK's English stop list that are long enough to be stemmed. XL-Sum does not stem stop words.
_ENGLISH_STOP_WORDS = frozenset(
    """
    myself ours ourselves your yours yourself yourselves himself hers herself itself they them their theirs themselves
    what which whom this that these those were been being have having does doing because until while with about against
    between into through during before after above below from down over under again further then once here there when
    where both each more most other some such only same than very will just should aren couldn didn doesn hadn hasn
    haven mightn mustn needn shan shouldn wasn weren wouldn
    """.split()
)


@lru_cache(maxsize=50_000)
def hindi_stem(word: str) -> str:
    """Return a word without the longest ending that leaves two characters; a word of up to three is unchanged."""
    if len(word) > _UNSTEMMED:
        for length in range(5, 0, -1):
            if len(word) > length + 1 and word[-length:] in _ENDINGS:
                return word[:-length]
    return word


@lru_cache(maxsize=50_000)
def english_stem(word: str) -> str:
    """Return a word's stem by NLTK's Snowball stemmer; a stop word or a word of up to three letters is unchanged."""
    if len(word) <= _UNSTEMMED or word in _ENGLISH_STOP_WORDS:
        return word
    return str(_snowball().stem(word))


@cache
def _snowball() -> Any:
    # Imported here, because importing NLTK takes longer than a small run. Its own stop words need a download.
    from nltk.stem.snowball import SnowballStemmer

    return SnowballStemmer("english")
