"""Convert text from one Brahmi-derived script to another; pure.

Unicode gives each of these scripts a block of 128 code points, in the order that ISCII (IS 13194:1991) gave their
letters: the same letter has the same offset in every block. So a letter is converted by the difference of two blocks.

Offsets 0 to 0x6F are converted: signs, letters, vowel signs and digits. Characters beyond (Assamese ৰ, Malayalam's
chillus) stay as they are, and so do the dandas, which all scripts take from Devanagari's block. A letter that the other
script lacks becomes the unassigned code point at its offset; only Tamil uses other letters instead.
The models were trained on text that indic-nlp-library 0.92 converted in this way (`UnicodeIndicTransliterator`);
tests/models/indictrans2/test_scripts.py compares.
"""

from __future__ import annotations

# First code points of the blocks (Unicode, Blocks.txt), by ISO 15924 code.
BLOCKS = {
    "Deva": 0x900, "Beng": 0x980, "Guru": 0xA00, "Gujr": 0xA80, "Orya": 0xB00, "Taml": 0xB80, "Telu": 0xC00,
    "Knda": 0xC80, "Mlym": 0xD00,
}  # fmt: skip
BLOCK_SIZE = 0x80

_CONVERTED = range(0x70)
_DANDAS = (0x64, 0x65)

# Tamil writes one letter for all plosives of a place of articulation, but keeps ja; and ssa for sha.
_TAMIL = {
    **dict.fromkeys((0x16, 0x17, 0x18), 0x15),
    **dict.fromkeys((0x1B, 0x1D), 0x1A),
    **dict.fromkeys((0x20, 0x21, 0x22), 0x1F),
    **dict.fromkeys((0x25, 0x26, 0x27), 0x24),
    **dict.fromkeys((0x2B, 0x2C, 0x2D), 0x2A),
    0x36: 0x37,
}


def _table(source: str, target: str) -> dict[int, int]:
    others = _TAMIL if target == "Taml" else {}
    return {
        BLOCKS[source] + offset: BLOCKS[target] + others.get(offset, offset)
        for offset in _CONVERTED
        if source != "Deva" or offset not in _DANDAS
    }


_OTHERS = tuple(script for script in BLOCKS if script != "Deva")
_TO_DEVANAGARI = {script: _table(script, "Deva") for script in _OTHERS}
_FROM_DEVANAGARI = {script: _table("Deva", script) for script in _OTHERS}


def to_devanagari(text: str, script: str) -> str:
    """Return text of a script (ISO 15924 code) in Devanagari; unchanged if the script has no block in `BLOCKS`."""
    table = _TO_DEVANAGARI.get(script)
    return text if table is None else text.translate(table)


def from_devanagari(text: str, script: str) -> str:
    """Return Devanagari text in a script (ISO 15924 code); unchanged if the script has no block in `BLOCKS`."""
    table = _FROM_DEVANAGARI.get(script)
    return text if table is None else text.translate(table)
