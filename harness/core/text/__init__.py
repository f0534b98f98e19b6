r"""Unicode, Hindi normalisation, words, digits and scripts; sentences are in `harness.core.text.sentences`.

Every function here is pure and takes any `str` (lone surrogates included). Nothing else of the package is imported.

Three ideas recur:

- *Invisible characters* are the Default_Ignorable_Code_Points that occur in running text (Unicode Standard, section
  5.21 and DerivedCoreProperties.txt) and the control characters (Cc) that are not white space.
- *Nukta* has two encodings. NFC decomposes U+0958-U+095F (they are composition exclusions, UAX #15 section 5) but
  composes U+0929, U+0931 and U+0934; here all of them are decomposed, so that one letter has one spelling.
- *Visarga* (U+0903) is often typed as a colon, because keyboards lack the key. Only the words of the closed lists
  below are repaired, because after other words a colon is usually meant.
"""

from __future__ import annotations

import re
import unicodedata

import regex

from harness.core.text._scripts import is_script, script_counts, script_share, scripts

__all__ = [
    "DEVANAGARI", "LINE_ENDS", "ascii_digits", "fold", "is_blank", "is_language", "is_script", "normalise",
    "script_counts", "script_share", "scripts", "word_count", "words",
]  # fmt: skip

# --- characters ---------------------------------------------------------------------------------------------------

# The line ends of Unicode that `str.splitlines` knows, for a character class. In prose each of them ends a sentence and
# a block. In a file of one segment or one JSON object per line only \n and \r\n do: see `files.read_lines`.
LINE_ENDS = "\n\r\v\f\x1c-\x1e\x85\u2028\u2029"

_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are not white space
    "\u00ad\u034f\u061c\u180b-\u180f"  # soft hyphen, grapheme joiner, Arabic letter mark, Mongolian selectors
    "\u200c-\u200f\u202a-\u202e\u2060-\u206f"  # ZWNJ, ZWJ, bidi marks, word joiner, invisible operators
    "\ufe00-\ufe0f\ufeff"  # variation selectors, byte order mark
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # musical formatting, tags, supplementary selectors
)
_QUOTES = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2039\u203a\u2032\u2035\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2036\u301d\u301e\u301f\uff02", '"'),
    # A backtick or acute on its own was typed as a quote (`ऐसे´); Moses' normaliser does the same.
    **dict.fromkeys("`\u00b4", "'"),
}
_DIGITS = {chr(0x966 + value): str(value) for value in range(10)}
_NUKTA = {chr(code): unicodedata.normalize("NFD", chr(code)) for code in (0x929, 0x931, 0x934, *range(0x958, 0x960))}

_TO_PLAIN = {"\u200b": " ", **_QUOTES}
# One class and no alternatives: re then skips what is not in it several times faster.
_PLAIN = re.compile(f"[{_INVISIBLE}{''.join(_TO_PLAIN)}]")
_DEVANAGARI_PLAIN = re.compile(f"[{''.join(_NUKTA)}{''.join(_DIGITS)}]")
_FROM_DEVANAGARI = {**_NUKTA, **_DIGITS}
_DIGIT = re.compile(f"[{''.join(_DIGITS)}]")

# Letters and marks of the Devanagari block, for a character class: all but dandas, digits and the abbreviation sign.
DEVANAGARI = "\u0900-\u0963\u0971-\u097f"
_LANGUAGE = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")

# A pipe that touches a Devanagari word and is followed by nothing was typed for a danda. `A|B`, table rules and the
# ` | ` of page titles are left alone.
_PIPE_AS_DANDA = re.compile(rf"(?<=[{DEVANAGARI}])\|(?=\s|\Z)")

# Words that end in visarga whatever follows. `अंत`, `मन` and `शांति` are missing on purpose: they are words without it.
_VISARGA_WORDS = """
    अत प्राय पुन क्रमश विशेषत संभवत सम्भवत स्वत अंतत अन्तत मूलत सामान्यत छ प्रात मुख्यत प्रमुखत पूर्णत संपूर्णत सम्पूर्णत
    अंशत आंशिकत वस्तुत साधारणत फलत परिणामत स्पष्टत निश्चितत अधिकांशत प्रथमत स्वभावत जन्मत धर्मत
    प्रत्यक्षत अप्रत्यक्षत सर्वत तत इत यत अंशश अक्षरश शब्दश शतश कोटिश बहुश शनै नम नि दु
""".split()
# First members that have a visarga only if a letter follows the colon at once: अंत:करण, मन:स्थिति.
_VISARGA_STEMS = "अंत अन्त अध मन चतु तप यश सद्य बहि पय वय".split()
_COLON_AS_VISARGA = regex.compile(
    rf"(?<![\p{{L}}\p{{M}}\p{{N}}_])({'|'.join(_VISARGA_WORDS)}|(?:{'|'.join(_VISARGA_STEMS)})(?=:[\u0915-\u0939]))"
    r":(?!\p{N})"
)

# --- normalisation ------------------------------------------------------------------------------------------------


def _plain(match: re.Match[str]) -> str:
    return _TO_PLAIN.get(match[0], "")


def _devanagari_plain(match: re.Match[str]) -> str:
    return _FROM_DEVANAGARI[match[0]]


def _repair_visarga(text: str) -> str:
    return _COLON_AS_VISARGA.sub("\\1\u0903", text) if ":" in text else text


def is_language(code: str) -> bool:
    """Return whether a code has the form of a FLORES code such as `hin_Deva`: ISO 639-3, underscore, ISO 15924."""
    return _LANGUAGE.fullmatch(code) is not None


def normalise(text: str, language: str) -> str:
    """Bring `text` into the one form that every metric compares; idempotent.

    For every language: NFC; invisible characters removed (U+200B becomes a space, as it marks a word boundary); curly,
    low, angle and prime quotes, backtick and acute straightened, and two single quotes in a row made one double quote;
    line ends of every kind (those of `str.splitlines`) made one newline, other runs of white space one space, both
    stripped. Dashes and ellipses are kept: the choice between them is part of how a text was written.

    For Devanagari: nukta decomposed throughout, digits made ASCII, a pipe that stands for a danda made a danda, a
    colon that stands for a visarga made a visarga. After this step the text need not be NFC (U+0928 U+093C).

    Args:
        text: Any string.
        language: FLORES code of the text, such as `hin_Deva`: ISO 639-3 and ISO 15924 joined by an underscore.

    Raises:
        ValueError: `language` is not of that form. A bare `hi` would silently skip the Devanagari rules.
    """
    if not is_language(language):
        raise ValueError(f"language {language!r} is not a FLORES code; expected one such as 'hin_Deva' or 'eng_Latn'")
    text = unicodedata.normalize("NFC", text)
    plain = _PLAIN.sub(_plain, text)
    if plain != text:
        # Taking an invisible character out may leave a base and its accent side by side.
        text = unicodedata.normalize("NFC", plain)
    text = text.replace("''", '"')
    text = "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))
    if language.endswith("_Deva"):
        text = _DEVANAGARI_PLAIN.sub(_devanagari_plain, text)
        text = _repair_visarga(_PIPE_AS_DANDA.sub("\u0964", text))
    return text


# White space, controls, every Default_Ignorable_Code_Point (U+200B to U+200D, U+FEFF, fillers, selectors) and the empty
# Braille cell.
_BLANK = regex.compile(r"[\s\p{Z}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]*+")


def is_blank(text: str) -> bool:
    """Return whether a text has no visible character. The whole package treats such a text as empty."""
    return _BLANK.fullmatch(text) is not None


def ascii_digits(text: str) -> str:
    """Replace the Devanagari digits U+0966-U+096F by ASCII digits."""
    return _DIGIT.sub(_devanagari_plain, text)


# --- words --------------------------------------------------------------------------------------------------------

_WORD_PLAIN = re.compile(f"[{_INVISIBLE}\u200b{''.join(_NUKTA)}{''.join(_DIGITS)}]")
_WORD_TABLE = {"\u200b": " ", **_FROM_DEVANAGARI}
# Western 3,500,000 and Indian 50,00,000 grouping: the last group has three digits, the others two or three.
_COMMA_IN_NUMBER = re.compile(",[0-9]")
_GROUPED = re.compile(r"(?<![0-9,.])[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?![0-9]|,[0-9])")
_WORD = regex.compile(r"[\p{L}\p{M}]+|\p{N}+(?:[.:]\p{N}+)*")
# The same for lower-cased text whose letters are all ASCII or Devanagari, as in nearly every Hindi text: twice as fast.
# _FOREIGN omits the blocks and signs without a letter, mark or number (General Punctuation, currencies).
_HINDI_WORD = re.compile(f"[a-z{DEVANAGARI}]+|[0-9]+(?:[.:][0-9]+)*")
_FOREIGN = re.compile(
    "[^\x00-\x7f\u0900-\u097f\xa0-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u2000-\u206f\u20a0-\u20cf]"
)


def _word_plain(match: re.Match[str]) -> str:
    return _WORD_TABLE.get(match[0], "")


def _without_commas(match: re.Match[str]) -> str:
    return match[0].replace(",", "")


def words(text: str, *, fold: bool = False) -> list[str]:
    """Split Hindi text into the words that ROUGE compares, lower-cased.

    A word is a run of letters and marks, or of digits with inner full stops and colons (12.5, 10:30); a change between
    letters and digits ends it (2006में, 14वें). Grouping commas are removed, all other signs separate and are dropped.
    Invisible characters, nukta, digits and visarga are treated as in `normalise`, which need not have been called.

    Args:
        text: Any string; Latin words in it are split by the same rules.
        fold: Also merge spelling variants, as the function `fold` does: the lenient tier.
    """
    if text.isascii() and text.isalpha():  # like most pieces of an English text
        return [text.lower()]
    # regex's \w is not used: it takes ZWJ and ZWNJ for parts of a word, re's shatters words at every matra.
    is_ascii = text.isascii() and text.isprintable()  # such a text has nothing to normalise
    if not is_ascii:
        text = _WORD_PLAIN.sub(_word_plain, unicodedata.normalize("NFC", text))
    text = _repair_visarga(text.lower())
    if "," in text and _COMMA_IN_NUMBER.search(text):
        text = _GROUPED.sub(_without_commas, text)
    if fold:
        text = _fold(text)
    return _HINDI_WORD.findall(text) if is_ascii or not _FOREIGN.search(text) else _WORD.findall(text)


# ड़ and ढ़ are letters of Hindi in their own right; elsewhere the nukta marks a borrowed sound and is optional.
_OPTIONAL_NUKTA = re.compile("(?<![\u0921\u0922])\u093c")
# A nasal before a non-nasal stop of its own class. जन्म, अन्य, अन्न and सम्मान have no such stop and keep theirs.
_HOMORGANIC = re.compile(
    "\u0919\u094d(?=[\u0915-\u0918])|\u091e\u094d(?=[\u091a-\u091d])|\u0923\u094d(?=[\u091f-\u0922])"
    "|\u0928\u094d(?=[\u0924-\u0927])|\u092e\u094d(?=[\u092a-\u092d])"
)
# Verb and adjective endings after a vowel, inherent or written: -ये, -यें, -येगा, -यी, -यीं. Never the pronoun ये.
_GLIDE = regex.compile(
    "(?<=[\u0904-\u0939\u093c\u093e-\u094c])\u092f"
    r"(?:(\u0947)(?=(?:\u0902?\u0917[\u093e\u0940\u0947]|\u0902)?(?![\p{L}\p{M}]))|\u0940(?=\u0902?(?![\p{L}\p{M}])))"
)


def _without_glide(match: regex.Match[str]) -> str:
    return "\u090f" if match[1] else "\u0908"


def fold(word: str) -> str:
    """Merge the accepted spellings of a Hindi word (or of each word of a text); idempotent.

    Chandrabindu becomes anusvara; optional nuktas go (ज़ ज, but ड़ and ढ़ stay); candra o becomes aa (ऑ आ); a nasal
    before a stop of its own class becomes anusvara (हिन्दी हिंदी); and -ये, -यी after a vowel become -ए, -ई (गये गए).
    In each pair both spellings are in use, and Hindi newspapers differ in which they print. Two words that differ in
    nothing else (हंस, हँस) become one, hence a tier of its own.
    """
    return _fold(_DEVANAGARI_PLAIN.sub(_devanagari_plain, word))


def _fold(text: str) -> str:
    text = text.replace("\u0901", "\u0902").replace("\u0911", "\u0906").replace("\u0949", "\u093e")
    if "\u093c" in text:
        text = _OPTIONAL_NUKTA.sub("", text)
    return _GLIDE.sub(_without_glide, _HOMORGANIC.sub("\u0902", text))


# --- counts -------------------------------------------------------------------------------------------------------

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def has_word(text: str) -> bool:
    """Return whether a text has a letter or a digit."""
    return _LETTER_OR_DIGIT.search(text) is not None


def word_count(text: str) -> int:
    """Count the white-space-separated words that contain a letter or a digit: a hyphenated compound is one word."""
    return sum(map(has_word, text.split()))
