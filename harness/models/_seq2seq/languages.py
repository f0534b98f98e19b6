"""The two-letter codes (ISO 639-1) of FLORES's languages, for the families that name a language by them."""

from __future__ import annotations

# FLORES has several scripts or varieties of some languages. Each code stands for the one that most text is in.
ISO = {
    "afr_Latn": "af", "amh_Ethi": "am", "arb_Arab": "ar", "asm_Beng": "as", "azj_Latn": "az", "bak_Cyrl": "ba",
    "bel_Cyrl": "be", "ben_Beng": "bn", "bos_Latn": "bs", "bul_Cyrl": "bg", "cat_Latn": "ca", "ces_Latn": "cs",
    "cym_Latn": "cy", "dan_Latn": "da", "deu_Latn": "de", "ell_Grek": "el", "eng_Latn": "en", "epo_Latn": "eo",
    "est_Latn": "et", "eus_Latn": "eu", "fin_Latn": "fi", "fra_Latn": "fr", "fuv_Latn": "ff", "gla_Latn": "gd",
    "gle_Latn": "ga", "glg_Latn": "gl", "guj_Gujr": "gu", "hat_Latn": "ht", "hau_Latn": "ha", "heb_Hebr": "he",
    "hin_Deva": "hi", "hrv_Latn": "hr", "hun_Latn": "hu", "hye_Armn": "hy", "ibo_Latn": "ig", "ind_Latn": "id",
    "isl_Latn": "is", "ita_Latn": "it", "jav_Latn": "jv", "jpn_Jpan": "ja", "kan_Knda": "kn", "kat_Geor": "ka",
    "kaz_Cyrl": "kk", "khk_Cyrl": "mn", "khm_Khmr": "km", "kir_Cyrl": "ky", "kor_Hang": "ko", "lao_Laoo": "lo",
    "lin_Latn": "ln", "lit_Latn": "lt", "ltz_Latn": "lb", "lug_Latn": "lg", "lvs_Latn": "lv", "mal_Mlym": "ml",
    "mar_Deva": "mr", "mkd_Cyrl": "mk", "mya_Mymr": "my", "nld_Latn": "nl", "nob_Latn": "no", "npi_Deva": "ne",
    "oci_Latn": "oc", "ory_Orya": "or", "pan_Guru": "pa", "pbt_Arab": "ps", "pes_Arab": "fa", "plt_Latn": "mg",
    "pol_Latn": "pl", "por_Latn": "pt", "ron_Latn": "ro", "rus_Cyrl": "ru", "san_Deva": "sa", "sin_Sinh": "si",
    "slk_Latn": "sk", "slv_Latn": "sl", "snd_Arab": "sd", "som_Latn": "so", "spa_Latn": "es", "als_Latn": "sq",
    "srp_Cyrl": "sr", "ssw_Latn": "ss", "sun_Latn": "su", "swe_Latn": "sv", "swh_Latn": "sw", "tam_Taml": "ta",
    "tel_Telu": "te", "tgl_Latn": "tl", "tha_Thai": "th", "tsn_Latn": "tn", "tur_Latn": "tr", "ukr_Cyrl": "uk",
    "urd_Arab": "ur", "uzn_Latn": "uz", "vie_Latn": "vi", "wol_Latn": "wo", "xho_Latn": "xh", "ydd_Hebr": "yi",
    "yor_Latn": "yo", "zho_Hans": "zh", "zsm_Latn": "ms", "zul_Latn": "zu",
}  # fmt: skip
