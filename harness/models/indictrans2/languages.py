"""The languages that IndicTrans2 knows, and how the text of each is treated.

The codes are FLORES codes, as in the vocabularies of the checkpoints. Beside each stands the code under which
indic-nlp-library knows the closest language: its rules for normalisation, and the script to convert from and to
(IndicTransToolkit 1.1.1, `_flores_codes`). The models read and write every Brahmi-derived script as Devanagari.
"""

from __future__ import annotations

from harness.core import registry
from harness.core.errors import ModelError
from harness.core.records import ENGLISH, HINDI

# Hindi first; the rest in the order of their codes.
LANGUAGES = {
    HINDI: "hi",
    "asm_Beng": "as", "awa_Deva": "hi", "ben_Beng": "bn", "bho_Deva": "hi", "brx_Deva": "hi", "doi_Deva": "hi",
    ENGLISH: "en", "gom_Deva": "kK", "gon_Deva": "hi", "guj_Gujr": "gu", "hne_Deva": "hi", "kan_Knda": "kn",
    "kas_Arab": "ur", "kas_Deva": "hi", "kha_Latn": "en", "lus_Latn": "en", "mag_Deva": "hi", "mai_Deva": "hi",
    "mal_Mlym": "ml", "mar_Deva": "mr", "mni_Beng": "bn", "mni_Mtei": "hi", "npi_Deva": "ne", "ory_Orya": "or",
    "pan_Guru": "pa", "san_Deva": "hi", "sat_Olck": "or", "snd_Arab": "ur", "snd_Deva": "hi", "tam_Taml": "ta",
    "tel_Telu": "te", "unr_Deva": "hi", "urd_Arab": "ur",
}  # fmt: skip

# Scripts that stay as they are: the models have tokens for them.
_UNCONVERTED = frozenset({"Arab", "Latn", "Mtei", "Olck"})


def library_code(language: str) -> str:
    """Return indic-nlp-library's code for a language.

    Raises:
        ModelError: IndicTrans2 does not know it; the nearest code is named.
    """
    if language not in LANGUAGES:
        raise ModelError(registry.unknown("IndicTrans2 language", language, LANGUAGES))
    return LANGUAGES[language]


def is_converted(language: str) -> bool:
    """Whether the language's script becomes Devanagari before the model reads it."""
    return language.partition("_")[2] not in _UNCONVERTED
