"""Normalise Brahmi-derived scripts for the models; pure.

Each letter gets one encoding; invisible characters go; quotes and dashes become plain; dandas become the common one; a
colon after a letter becomes a visarga. The rules and their order are those of indic-nlp-library 0.92 with its default
settings (`IndicNormalizerFactory`), including its oddities, because the models were trained with it; the code is our
own. tests/models/indictrans2/test_scripts.py compares. Text in Arabic script has rules of its own: arabic.py.

The sequences that encode one letter come from Unicode: canonical decompositions (UnicodeData.txt), and the tables of
vowels that should not be written in parts (Unicode 12.1, tables 12-16, Gurmukhi, and 12-22, Oriya).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from harness.models.indictrans2.scripts import BLOCK_SIZE, BLOCKS

_NUKTA, _VISARGA, _DANDA, _DOUBLE_DANDA = 0x3C, 0x03, 0x64, 0x65  # offsets in a block

_COMMON = {
    **dict.fromkeys("\ufeff\ufffe\u2060\u00ad\u200c\u200d", ""),
    **dict.fromkeys("\u200b\u00a0", " "),
    **dict.fromkeys("„“”", '"'),
    **dict.fromkeys("´‘‚’", "'"),
    "–": "-", "—": " - ", "…": "...",
}  # fmt: skip

# Single characters that one script replaces, besides its composed nukta letters and its own dandas.
_SINGLE = {
    "Deva": {"|": "।", "\u0972": "\u090f"},  # candra a, a letter of Marathi: e
    "Beng": {"|": "।", "\u09f7": "।"},  # a currency numerator that looks like a danda
    "Guru": {"|": "।"},
    "Orya": {"\u0b7c": "।", "\u0b35": "\u0b2c"},  # an unassigned code point, where a pipe was meant; va: ba
}

# Sequences that are replaced before joiners are removed, and after; the latter follow what Unicode composes.
_BEFORE = {
    # Vowels written with a bearer (iri, ura, a) and a sign.
    "Guru": {
        "\u0a05\u0a3e": "\u0a06", "\u0a72\u0a3f": "\u0a07", "\u0a72\u0a40": "\u0a08", "\u0a73\u0a41": "\u0a09",
        "\u0a73\u0a42": "\u0a0a", "\u0a72\u0a47": "\u0a0f", "\u0a05\u0a48": "\u0a10", "\u0a73\u0a4b": "\u0a13",
        "\u0a05\u0a4c": "\u0a14",
    },
    # Chillus as they were encoded before Unicode 5.1: consonant, virama, zero width joiner.
    "Mlym": {
        "\u0d23\u0d4d\u200d": "\u0d7a", "\u0d28\u0d4d\u200d": "\u0d7b", "\u0d30\u0d4d\u200d": "\u0d7c",
        "\u0d32\u0d4d\u200d": "\u0d7d", "\u0d33\u0d4d\u200d": "\u0d7e", "\u0d15\u0d4d\u200d": "\u0d7f",
    },
}  # fmt: skip
_AFTER = {
    "Orya": {
        "\u0b05\u0b3e": "\u0b06", "\u0b0f\u0b57": "\u0b10", "\u0b13\u0b57": "\u0b14",
        "\u0b47\u0b56": "\u0b58",  # an unassigned code point; Unicode composes it to U+0B48
    },
    "Mlym": {"\u0d57": "\u0d4c"},  # the length mark alone, as au is written today
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rules:
    before: tuple[tuple[str, str], ...]
    single: re.Pattern[str]
    replace: Callable[[re.Match[str]], str]
    after: tuple[tuple[str, str], ...]
    colon: re.Pattern[str]
    visarga: str


def normalise(text: str, script: str) -> str:
    """Return text as the models were trained to read it; the text may have spaces at its ends and several in a row.

    Args:
        text: any text.
        script: ISO 15924 code, one of `harness.models.indictrans2.scripts.BLOCKS`.
    """
    rules = _rules(script)
    for sequence, letter in rules.before:
        text = text.replace(sequence, letter)
    text = rules.single.sub(rules.replace, text).replace("''", '"')
    for sequence, letter in rules.after:
        text = text.replace(sequence, letter)
    return rules.colon.sub(rules.visarga, text) if ":" in text else text


@cache
def _rules(script: str) -> _Rules:
    first = BLOCKS[script]
    nukta = chr(first + _NUKTA)
    single = _COMMON | _SINGLE.get(script, {})
    composed = {}
    for letter in map(chr, range(first, first + BLOCK_SIZE)):
        parts = "".join(chr(int(code, 16)) for code in unicodedata.decomposition(letter).split())
        if parts.endswith(nukta):
            single[letter] = parts
        elif parts:  # in the order of code points: Kannada's U+0CCB is composed of U+0CCA, which is composed itself
            composed[parts] = letter
    if script != "Deva":
        single |= {chr(first + _DANDA): "।", chr(first + _DOUBLE_DANDA): "॥"}
    return _Rules(
        before=tuple(_BEFORE.get(script, {}).items()),
        single=re.compile(f"[{''.join(map(re.escape, single))}]"),
        replace=lambda match: single[match[0]],
        after=tuple((composed | _AFTER.get(script, {})).items()),
        # Search for the colon and then check the character before it: the reverse order is slower.
        colon=re.compile(f":(?<=[{chr(first)}-{chr(first + BLOCK_SIZE - 1)}]:)"),
        visarga=chr(first + _VISARGA),
    )
