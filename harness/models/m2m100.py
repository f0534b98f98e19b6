"""M2M-100 (Fan et al., 2020; MIT): translation between 100 languages, sentence by sentence.

Checkpoints: `facebook/m2m100_418M` and `_1.2B`, and fine-tunes of them. The input is `__hi__ text </s>`, and an output
begins with the token of its language. transformers gives no error for a language token that was lost on the way; here
the engine is told the first token of every output.

Decoding follows the authors' command (fairseq, examples/m2m_100/README.md): 5 beams. The checkpoints set at most 200
tokens. They were trained on sentences of at most 250 tokens (the same README, length ratio cleaning).

Tokens come from sentencepiece and `vocab.json`, as in transformers' own tokenizer, which is right for Hindi but reads
"</s>" in a text as an end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from harness.core.checkpoints import Checkpoint
from harness.models import Facts, Family, Model
from harness.models._seq2seq import vocabularies
from harness.models._seq2seq.languages import ISO
from harness.models._seq2seq.sentences import SentenceOptions, Sentences
from harness.models._seq2seq.translators import TokenCodec

# Increase it when a change in this file, or in code that it uses, changes outputs.
_RECIPE = 1
_VOCABULARY = ("sentencepiece.bpe.model", "vocab.json")
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")

# In the order of the authors' dictionary, which gives them their numbers after the pieces.
LANGUAGES = tuple(
    "af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi hr ht hu hy "
    "id ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl no ns oc or pa pl ps pt ro ru "
    "sd si sk sl so sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh zu".split()
)
# Three languages of it have codes that are not ISO 639-1. FLORES lacks two others: Breton and West Frisian.
_CODES = {**ISO, "ast_Latn": "ast", "ceb_Latn": "ceb", "ilo_Latn": "ilo", "nso_Latn": "ns"}


class Options(SentenceOptions):
    """Which checkpoint, and how it runs."""

    FILES: ClassVar[tuple[str, ...]] = (*SentenceOptions.FILES, *_VOCABULARY, "tokenizer_config.json")
    NEEDED: ClassVar[tuple[str, ...]] = _VOCABULARY
    MODEL_TYPES: ClassVar[tuple[str, ...]] = ("m2m_100",)
    AUTHORS: ClassVar[Mapping[str, Any]] = {"num_beams": 5, "max_length": 200}
    INPUT_TOKENS: ClassVar[int] = 250
    STATES_POSITIONS: ClassVar[bool] = True  # 1,024
    CITATION: ClassVar[str | None] = "Fan et al. (2020), Beyond English-Centric Multilingual Machine Translation"
    LICENCES: ClassVar[Mapping[str, str]] = dict.fromkeys(("facebook/m2m100_418M", "facebook/m2m100_1.2B"), "MIT")

    def tokenizer_sizes(self, checkpoint: Checkpoint) -> Mapping[str, int]:
        """Return how many ids the tokenizer has (see `CheckpointOptions`)."""
        return _codec(checkpoint).sizes


def _codec(checkpoint: Checkpoint) -> TokenCodec:
    pieces, numbers = (checkpoint.folder / name for name in _VOCABULARY)
    stored = vocabularies.read_numbers(numbers, "M2M-100", _SPECIAL)
    first = 1 + max(stored.values())
    tokens = {f"__{code}__": first + place for place, code in enumerate(LANGUAGES)}
    vocabulary = vocabularies.Pieces(pieces, {**stored, **tokens}, special=(*_SPECIAL, *tokens))
    return TokenCodec(
        checkpoint,
        vocabulary,
        name="M2M-100",
        codes={flores: f"__{code}__" for flores, code in _CODES.items() if code in LANGUAGES},
    )


def load(options: Options) -> Model:
    """Return the model (see `harness.models`).

    Raises:
        HarnessError: the checkpoint cannot be fetched or read, or is not an M2M-100.
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
        directions="98 languages of FLORES, all ways",
        unit="sentence",
        licence="MIT",
        tested="tiny checkpoint: ids, logits, outputs against transformers",
    ),
)
