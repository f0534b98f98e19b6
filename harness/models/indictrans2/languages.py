"""The languages that IndicTrans2 knows, and how the text of each is treated.

The codes are FLORES codes, as in the vocabularies of the checkpoints: a language and, in ISO 15924, its script. The
rules for a text are those of its script (IndicTransToolkit 1.1.1, `_flores_codes`; two scripts without rules of their
own use those of another). The models read and write every Brahmi-derived script as Devanagari.
"""

from __future__ import annotations

from harness.core import registry
from harness.core.errors import ModelError
from harness.core.records import ENGLISH, HINDI

# Hindi first; the rest in the order of their codes.
LANGUAGES = (
    HINDI,
    "asm_Beng", "awa_Deva", "ben_Beng", "bho_Deva", "brx_Deva", "doi_Deva", ENGLISH, "gom_Deva", "gon_Deva", "guj_Gujr",
    "hne_Deva", "kan_Knda", "kas_Arab", "kas_Deva", "kha_Latn", "lus_Latn", "mag_Deva", "mai_Deva", "mal_Mlym",
    "mar_Deva", "mni_Beng", "mni_Mtei", "npi_Deva", "ory_Orya", "pan_Guru", "san_Deva", "sat_Olck", "snd_Arab",
    "snd_Deva", "tam_Taml", "tel_Telu", "unr_Deva", "urd_Arab",
)  # fmt: skip

# Scripts that use the rules of another script: Meetei Mayek, Ol Chiki.
_AS = {"Mtei": "Deva", "Olck": "Orya"}

# Scripts that stay as they are: the models have tokens for them.
_UNCONVERTED = frozenset({"Arab", "Latn", "Mtei", "Olck"})


def script_of_rules(language: str) -> str:
    """Return the script (ISO 15924) whose rules the text of a language follows.

    Raises:
        ModelError: IndicTrans2 does not know the language; the nearest code is named.
    """
    if language not in LANGUAGES:
        raise ModelError(registry.unknown("IndicTrans2 language", language, LANGUAGES))
    script = language.partition("_")[2]
    return _AS.get(script, script)


def is_converted(language: str) -> bool:
    """Return whether the language's script becomes Devanagari before the model reads it."""
    return language.partition("_")[2] not in _UNCONVERTED
