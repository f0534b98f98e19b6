"""mBART-50 (Tang et al., 2020; licence not stated): translation between 52 languages, sentence by sentence.

Checkpoints: `facebook/mbart-large-50-many-to-many-mmt`, `-many-to-one-mmt` (into English only; another target is
refused), and fine-tunes of them for translation. Fine-tunes that summarise are of family `seq2seq`.

The input is `hi_IN text </s>`, and an output begins with the token of its language. The older mBART (cc25) has its code
at the end, `text </s> hi_IN`, and half as many languages: it is refused, because its vocabulary has another size.

Decoding is that of the checkpoints: 5 beams, at most 200 tokens. They were trained on sentences; their positions reach
1,024 tokens.

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
from harness.models._seq2seq.languages import ISO
from harness.models._seq2seq.sentences import SentenceOptions, Sentences
from harness.models._seq2seq.translators import TokenCodec

# Increase it when a change in this file, or in code that it uses, changes outputs.
_RECIPE = 1
_PIECES = "sentencepiece.bpe.model"

# In the order of the authors' dictionary, which gives them their numbers after the pieces.
LANGUAGES = tuple(
    "ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV my_MM ne_NP nl_XX "
    "ro_RO ru_RU si_LK tr_TR vi_VN zh_CN af_ZA az_AZ bn_IN fa_IR he_IL hr_HR id_ID ka_GE km_KH mk_MK ml_IN mn_MN mr_IN "
    "pl_PL ps_AF pt_XX sv_SE sw_KE ta_IN te_IN th_TH tl_XX uk_UA ur_PK xh_ZA gl_ES sl_SI".split()
)
_BY_ISO = {code[:2]: code for code in LANGUAGES}


class Options(SentenceOptions):
    """Which checkpoint, and how it runs."""

    FILES: ClassVar[tuple[str, ...]] = (*SentenceOptions.FILES, _PIECES, "tokenizer.json", "tokenizer_config.json")
    MODEL_TYPES: ClassVar[tuple[str, ...]] = ("mbart",)
    AUTHORS: ClassVar[Mapping[str, Any]] = {"num_beams": 5, "max_length": 200}
    INPUT_TOKENS: ClassVar[int] = 1024
    POSITIONS: ClassVar[str | None] = "max_position_embeddings"
    CITATION: ClassVar[str | None] = (
        "Tang et al. (2020), Multilingual Translation with Extensible Multilingual Pretraining and Finetuning"
    )

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
    return TokenCodec(
        checkpoint,
        vocabulary,
        name="mBART-50",
        codes={flores: _BY_ISO[code] for flores, code in ISO.items() if code in _BY_ISO},
    )


def load(options: Options) -> Model:
    """Return the model (see `harness.models`).

    Raises:
        HarnessError: the checkpoint cannot be fetched or read, or is not an mBART-50.
    """
    return Sentences(options, recipe=_RECIPE, architecture="transformers:MBartForConditionalGeneration", codec=_codec)


FAMILY = Family(
    options=Options,
    load=load,
    kinds=("translation",),
    languages="different",
    facts=Facts(
        architecture="mBART",
        directions="52 languages, all ways, or into English only",
        unit="sentence",
        licence="not stated",
        tested="tiny checkpoint: ids, logits, outputs against transformers",
    ),
)
