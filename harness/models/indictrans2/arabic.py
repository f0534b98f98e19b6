"""Normalise Urdu, Kashmiri and Sindhi in Arabic script for the models. Pure.

indic-nlp-library does this for "ur" with urduhack, a package that it does not install: all shapes and keyboard variants
of a letter become one, vowel signs are removed, and spaces separate words, numbers, signs and Latin letters.
"""

from __future__ import annotations

import unicodedata

import regex

# Unicode's compatibility decomposition turns presentation forms (U+FB50-U+FDFF, U+FE70-U+FEFF) into letters. Then
# Arabic letters become those that Urdu uses instead.
_TO_URDU = {
    "ك": "ک", "ه": "ہ", "ة": "ۃ", "ى": "ی", "ي": "ی", "ـ": "",
    **{chr(0x660 + digit): chr(0x6F0 + digit) for digit in range(10)},
}  # fmt: skip
# Shapes that became another letter than Unicode's in the models' training data, and shapes that were not changed there.
_OTHERWISE = {"ﻳ": "ے", "ﻴ": "ے", "ﻫ": "ھ", "ﻬ": "ھ"}
_KEPT = frozenset("ﭗﭶﭷﭸﭹﮊﮰﮱﯨﯩﯪﯫﯮﯯﺄﺆﺇﺈﺉﺊﺓﺔﺙﺥﻁﻂﻆﻎﻙﻚﻜﻯﻵﻶﻷﻸ")
_WHITE_SPACE = regex.compile(r"\s+")
_VOWEL_SIGNS = regex.compile("[\u064b\u064d\u064e\u064f\u0650\u0670]")
_COMPOSED = {"\u0627\u0653": "\u0622", "\u0627\u0654": "\u0623", "\u06d2\u0654": "\u06d3"}

_LETTERS = "آأابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوؤہۂۃھءیئےۓ"
_PUNCTUATION = "؛،٫؟۔٪"
_EXTRA = "\u0600-\u0603\u060d-\u0615\u064c\u0651-\u0654\u0656-\u0658\u066c"
_ALL = f"{_LETTERS}۰-۹{_PUNCTUATION}\u064b\u064d-\u0650\u0670{_EXTRA}"
_SIGNS = _PUNCTUATION + r"!-/:-@\[-`{-~"
_SPACES = (
    regex.compile(rf"(?<=[{_ALL}])(?=[0-9])"),
    regex.compile(rf"(?<=[0-9])(?=[{_ALL.replace('ء', '')}])"),
    regex.compile(rf"(?<=[{_ALL}])(?=[{_SIGNS}])"),
    regex.compile(rf"(?<=[{_SIGNS}])(?=[^{_SIGNS}0-9 \n])"),
    regex.compile(rf"(?<=[{_ALL}])(?=[a-zA-Z])"),
    regex.compile(rf"(?<=[a-zA-Z])(?=[{_ALL}])"),
)


def _shapes() -> dict[int, str]:
    letters = dict(_TO_URDU)
    for code in (*range(0xFB50, 0xFBB2), *range(0xFBD3, 0xFC00), *range(0xFE80, 0xFEFD)):
        shape = chr(code)
        letter = unicodedata.normalize("NFKC", shape)
        letter = _TO_URDU.get(letter, letter)
        if letter != shape and shape not in _KEPT and all(each in _LETTERS for each in letter):
            letters[shape] = letter
    return {ord(shape): letter for shape, letter in (letters | _OTHERWISE).items()}


_SHAPES = _shapes()


def normalise(text: str) -> str:
    """Return text in Arabic script in the form of the training data, with single spaces and none at the ends."""
    text = text.replace("\ufeff", "").replace("''", '"').replace("…", "...")
    text = _WHITE_SPACE.sub(" ", text).strip()
    text = _VOWEL_SIGNS.sub("", text).translate(_SHAPES)
    for apart, composed in _COMPOSED.items():
        text = text.replace(apart, composed)
    for place in _SPACES:
        text = place.sub(" ", text)
    return text
