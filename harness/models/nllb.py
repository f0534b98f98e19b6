"""NLLB-200 (NLLB Team, 2022; CC-BY-NC-4.0): translation between 202 languages, sentence by sentence.

Checkpoints: `facebook/nllb-200-distilled-600M`, `-1.3B`, `-distilled-1.3B`, `-3.3B`, and fine-tunes of them; not the
mixture of experts (`nllb-moe-54b`), which is another architecture. The licence forbids commercial use.

The codes are FLORES codes. The input is `<source code> text </s>`, and an output begins with the target's code. Until
April 2023 transformers wrote `text </s> <source code>`; a fine-tune of that time says so by `legacy_behaviour: true` in
its tokenizer_config.json. transformers turns a code that it does not know into `<unk>` and translates into any
language; here it is an error.

Decoding follows the authors' evaluation (fairseq, examples/nllb/modeling/evaluation/conf/generate_multi.yaml): 4 beams.
The checkpoints set at most 200 tokens. They were trained on sentences of at most 512 tokens.

Tokens come from sentencepiece itself, as in the authors' training; a checkpoint that transformers 5 saved has only
tokenizer.json. On 100 Hindi sentences of newstest2014, with a vocabulary of 2,000 pieces, transformers' tokenizer gave
the same ids, also with ZWJ, ZWNJ, emoji, tabs, double and no-break spaces in them. It reads "</s>" in a text as an end;
here that is text. sentencepiece's own normaliser reads ZWNJ as a space.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from harness.core.checkpoints import Checkpoint
from harness.models import Facts, Family, Model
from harness.models._seq2seq import tokenizer_json, vocabularies
from harness.models._seq2seq.sentences import SentenceOptions, Sentences
from harness.models._seq2seq.translators import SOURCE, TokenCodec

# Increase it when a change in this file, or in code that it uses, changes outputs.
_RECIPE = 1
_PIECES = "sentencepiece.bpe.model"

# In the order of the authors' dictionary, which gives them their numbers.
LANGUAGES = (
    "ace_Arab", "ace_Latn", "acm_Arab", "acq_Arab", "aeb_Arab", "afr_Latn", "ajp_Arab", "aka_Latn", "amh_Ethi",
    "apc_Arab", "arb_Arab", "ars_Arab", "ary_Arab", "arz_Arab", "asm_Beng", "ast_Latn", "awa_Deva", "ayr_Latn",
    "azb_Arab", "azj_Latn", "bak_Cyrl", "bam_Latn", "ban_Latn", "bel_Cyrl", "bem_Latn", "ben_Beng", "bho_Deva",
    "bjn_Arab", "bjn_Latn", "bod_Tibt", "bos_Latn", "bug_Latn", "bul_Cyrl", "cat_Latn", "ceb_Latn", "ces_Latn",
    "cjk_Latn", "ckb_Arab", "crh_Latn", "cym_Latn", "dan_Latn", "deu_Latn", "dik_Latn", "dyu_Latn", "dzo_Tibt",
    "ell_Grek", "eng_Latn", "epo_Latn", "est_Latn", "eus_Latn", "ewe_Latn", "fao_Latn", "pes_Arab", "fij_Latn",
    "fin_Latn", "fon_Latn", "fra_Latn", "fur_Latn", "fuv_Latn", "gla_Latn", "gle_Latn", "glg_Latn", "grn_Latn",
    "guj_Gujr", "hat_Latn", "hau_Latn", "heb_Hebr", "hin_Deva", "hne_Deva", "hrv_Latn", "hun_Latn", "hye_Armn",
    "ibo_Latn", "ilo_Latn", "ind_Latn", "isl_Latn", "ita_Latn", "jav_Latn", "jpn_Jpan", "kab_Latn", "kac_Latn",
    "kam_Latn", "kan_Knda", "kas_Arab", "kas_Deva", "kat_Geor", "knc_Arab", "knc_Latn", "kaz_Cyrl", "kbp_Latn",
    "kea_Latn", "khm_Khmr", "kik_Latn", "kin_Latn", "kir_Cyrl", "kmb_Latn", "kon_Latn", "kor_Hang", "kmr_Latn",
    "lao_Laoo", "lvs_Latn", "lij_Latn", "lim_Latn", "lin_Latn", "lit_Latn", "lmo_Latn", "ltg_Latn", "ltz_Latn",
    "lua_Latn", "lug_Latn", "luo_Latn", "lus_Latn", "mag_Deva", "mai_Deva", "mal_Mlym", "mar_Deva", "min_Latn",
    "mkd_Cyrl", "plt_Latn", "mlt_Latn", "mni_Beng", "khk_Cyrl", "mos_Latn", "mri_Latn", "zsm_Latn", "mya_Mymr",
    "nld_Latn", "nno_Latn", "nob_Latn", "npi_Deva", "nso_Latn", "nus_Latn", "nya_Latn", "oci_Latn", "gaz_Latn",
    "ory_Orya", "pag_Latn", "pan_Guru", "pap_Latn", "pol_Latn", "por_Latn", "prs_Arab", "pbt_Arab", "quy_Latn",
    "ron_Latn", "run_Latn", "rus_Cyrl", "sag_Latn", "san_Deva", "sat_Beng", "scn_Latn", "shn_Mymr", "sin_Sinh",
    "slk_Latn", "slv_Latn", "smo_Latn", "sna_Latn", "snd_Arab", "som_Latn", "sot_Latn", "spa_Latn", "als_Latn",
    "srd_Latn", "srp_Cyrl", "ssw_Latn", "sun_Latn", "swe_Latn", "swh_Latn", "szl_Latn", "tam_Taml", "tat_Cyrl",
    "tel_Telu", "tgk_Cyrl", "tgl_Latn", "tha_Thai", "tir_Ethi", "taq_Latn", "taq_Tfng", "tpi_Latn", "tsn_Latn",
    "tso_Latn", "tuk_Latn", "tum_Latn", "tur_Latn", "twi_Latn", "tzm_Tfng", "uig_Arab", "ukr_Cyrl", "umb_Latn",
    "urd_Arab", "uzn_Latn", "vec_Latn", "vie_Latn", "war_Latn", "wol_Latn", "xho_Latn", "ydd_Hebr", "yor_Latn",
    "yue_Hant", "zho_Hans", "zho_Hant", "zul_Latn",
)  # fmt: skip


class Options(SentenceOptions):
    """Which checkpoint, and how it runs."""

    FILES: ClassVar[tuple[str, ...]] = (*SentenceOptions.FILES, _PIECES, "tokenizer.json", "tokenizer_config.json")
    MODEL_TYPES: ClassVar[tuple[str, ...]] = ("m2m_100",)
    AUTHORS: ClassVar[Mapping[str, Any]] = {"num_beams": 4, "max_length": 200}
    INPUT_TOKENS: ClassVar[int] = 512
    STATES_POSITIONS: ClassVar[bool] = True  # 1,024
    CITATION: ClassVar[str | None] = (
        "NLLB Team (2022), No Language Left Behind: Scaling Human-Centered Machine Translation"
    )
    LICENCES: ClassVar[Mapping[str, str]] = dict.fromkeys(
        (
            "facebook/nllb-200-distilled-600M", "facebook/nllb-200-distilled-1.3B", "facebook/nllb-200-1.3B",
            "facebook/nllb-200-3.3B",
        ),
        "CC-BY-NC-4.0",
    )  # fmt: skip

    def tokenizer_sizes(self, checkpoint: Checkpoint) -> Mapping[str, int]:
        """Return how many ids the tokenizer has (see `CheckpointOptions`)."""
        return _codec(checkpoint).sizes


def _codec(checkpoint: Checkpoint) -> TokenCodec:
    vocabulary = vocabularies.choose(
        checkpoint,
        _PIECES,
        lambda path: vocabularies.fairseq(path, LANGUAGES),
        lambda path: tokenizer_json.TokenizerFile(path, special=LANGUAGES),
    )
    legacy = checkpoint.json("tokenizer_config.json").get("legacy_behaviour") is True
    return TokenCodec(
        checkpoint,
        vocabulary,
        name="NLLB",
        codes={code: code for code in LANGUAGES},
        before=() if legacy else (SOURCE,),
        after=("</s>", SOURCE) if legacy else ("</s>",),
    )


def load(options: Options) -> Model:
    """Return the model (see `harness.models`).

    Raises:
        HarnessError: the checkpoint cannot be fetched or read, or is not an NLLB.
    """
    return Sentences(
        options, recipe=_RECIPE, architecture="transformers:M2M100ForConditionalGeneration", codec=_codec
    )  # fmt: skip


FAMILY = Family(
    options=Options,
    load=load,
    kinds=("translation",),
    languages="different",
    facts=Facts(
        architecture="M2M100",
        directions="202 languages, all ways",
        unit="sentence",
        licence="CC-BY-NC-4.0",
        tested="tiny checkpoint: ids, logits, outputs against transformers",
    ),
)
