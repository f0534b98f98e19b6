"""The English names and two-letter codes of languages, as prompts have them."""

from __future__ import annotations

from harness.core.errors import InputError
from harness.models._seq2seq.languages import ISO

# Some models were trained on prompts with these very words: "Hindi" and not "Modern Standard Hindi".
_NAMES = {
    "arb_Arab": "Arabic", "asm_Beng": "Assamese", "ben_Beng": "Bengali", "brx_Deva": "Bodo", "ces_Latn": "Czech",
    "deu_Latn": "German", "doi_Deva": "Dogri", "eng_Latn": "English", "fra_Latn": "French", "gom_Deva": "Konkani",
    "guj_Gujr": "Gujarati", "hin_Deva": "Hindi", "ind_Latn": "Indonesian", "ita_Latn": "Italian",
    "jpn_Jpan": "Japanese", "kan_Knda": "Kannada", "kas_Arab": "Kashmiri", "kor_Hang": "Korean", "mai_Deva": "Maithili",
    "mal_Mlym": "Malayalam", "mar_Deva": "Marathi", "mni_Mtei": "Manipuri", "npi_Deva": "Nepali", "ory_Orya": "Odia",
    "pan_Guru": "Punjabi", "pol_Latn": "Polish", "por_Latn": "Portuguese", "rus_Cyrl": "Russian",
    "san_Deva": "Sanskrit", "sat_Olck": "Santali", "sin_Sinh": "Sinhala", "snd_Arab": "Sindhi", "spa_Latn": "Spanish",
    "tam_Taml": "Tamil", "tel_Telu": "Telugu", "urd_Arab": "Urdu", "zho_Hans": "Chinese",
}  # fmt: skip


def name(language: str) -> str:
    """Return the English name of a language (FLORES code).

    Raises:
        InputError: it is not in the list.
    """
    if language not in _NAMES:
        raise InputError(f"no English name for {language}; write the name into the prompt instead of a placeholder")
    return _NAMES[language]


def code(language: str) -> str:
    """Return the two-letter code of a language (FLORES code).

    Raises:
        InputError: it has none.
    """
    if language not in ISO:
        raise InputError(f"no two-letter code for {language}; write the code into the prompt instead of a placeholder")
    return ISO[language]
