"""Put spaces around the punctuation of text in India's languages, and remove them again; pure.

The rules are those of indic-nlp-library 0.92 (`trivial_tokenize`, `trivial_detokenize`), including its oddities,
because the models were trained with its output; the code is our own. tests/models/indictrans2/test_scripts.py compares.
English is tokenised by sacremoses.
"""

from __future__ import annotations

import re

# ASCII's punctuation without the backslash; then that of Brahmi-derived scripts, Meetei Mayek and Ol Chiki, or of Urdu.
_ASCII = r"!-/:-@\[\]^_`{-~"
_PUNCTUATION = re.compile(rf"([{_ASCII}।॥\uaaf0\uaaf1\uabeb-\uabef\u1c7e\u1c7f])")
_URDU_PUNCTUATION = re.compile(rf"([{_ASCII}\u0609\u060a\u060c\u061e\u066a-\u066d\u06d4])")
_SPACES = re.compile(" {2,}")

# 1 , 25 , 000 and 10 : 30 and 4 / 12. A match can only begin where a number does. Without the look-behind, every digit
# of a long number would be tried, which takes quadratic time.
_NUMBERS = re.compile(r"(?<![0-9])(?:[0-9]++ [,.:/] )+[0-9]++")

_BETWEEN = re.compile(r" ([-/\\]) ")
_BESIDE = re.compile(r" (?=[!%)\]},.:;>?।॥])|(?<=[#$(\[{<@]) ")
_QUOTES = "'\"`"
# The library writes these for a quotation mark while it decides on which side to remove a space. It also replaces
# those that the text itself contains: `@RAM` becomes `'M`.
_MARKER = re.compile("@RA ?| ?@LA")


def tokenise(text: str, *, urdu: bool = False) -> str:
    """Return text with one space between its tokens: words, and single signs of punctuation.

    Numbers with one sign between each two of them (10:30, 1,25,000) are one token, except in Urdu and at the beginning
    of the text.

    Args:
        text: any text; tabs count as spaces, other white space is part of a word.
        urdu: whether the punctuation is that of Arabic script.
    """
    text = (_URDU_PUNCTUATION if urdu else _PUNCTUATION).sub(r" \1 ", text.replace("\t", " "))
    text = _SPACES.sub(" ", text).strip(" ")
    return text if urdu else _join_numbers(text)


def detokenise(text: str) -> str:
    """Return tokens with single spaces between them as plain text.

    The first quotation mark of each kind opens, the second closes, and so on.
    """
    text = _BESIDE.sub("", _BETWEEN.sub(r"\1", _join_numbers(text)))
    for quote in _QUOTES:
        text = _attach(text, quote)
    return text


def _join_numbers(text: str) -> str:
    return _NUMBERS.sub(lambda match: match[0].replace(" ", "") if match.start() else match[0], text)


def _attach(text: str, quote: str) -> str:
    """Remove the space after every opening and before every closing quotation mark of a kind."""
    pieces = text.split(quote)
    for number in range(1, len(pieces), 2):
        pieces[number] = pieces[number].removeprefix(" ")
        if number + 1 < len(pieces):
            pieces[number] = pieces[number].removesuffix(" ")
    if quote == "'" and "@" in text:
        pieces = [_MARKER.sub(quote, piece) for piece in pieces]
    return quote.join(pieces)
