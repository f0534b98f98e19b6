"""IndicBART (Dabre et al., 2022; MIT): summaries and translation for languages of India, in Devanagari.

Checkpoints: `ai4bharat/IndicBART-XLSum` (summaries), `ai4bharat/IndicBART-XXEN` and `-ENXX` (translation, with
`unit: sentence`), and fine-tunes. The pre-trained `ai4bharat/IndicBART` runs too, and restores text instead.

The input is `text </s> <2hi>`, and the decoder starts with the code of the output language, such as `<2en>`. The model
reads other Indian scripts as Devanagari; that conversion is not made here, so only languages in Devanagari, and
English, are offered.

Decoding follows the card of IndicBART-XLSum: 4 beams and early stopping. Its length limit was not at hand; XL-Sum's 84
tokens are used.

Tokens come from sentencepiece itself. transformers' AlbertTokenizer strips the vowel signs unless it is told otherwise
(हिन्दी में becomes हनद म), so a round trip of Devanagari is checked before anything is read. If it keeps them, it gave the
same ids on 100 Hindi sentences of newstest2014, with a vocabulary of 2,000 pieces, also with ZWJ, ZWNJ, emoji and other
spaces in them. As there, '' and `` become a double quote. The authors' tokenizer also divides a piece that joins a
digit and a comma; transformers 5 does not, nor does this file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from harness.core import registry
from harness.core.checkpoints import Checkpoint
from harness.core.errors import ModelError
from harness.models import Facts, Family, Model
from harness.models._seq2seq import units, vocabularies
from harness.models._seq2seq.tokenizer_json import TokenizerFile
from harness.models._seq2seq.units import UnitOptions
from harness.models._seq2seq.vocabularies import Pieces, Vocabulary

# Increase it when a change in this file, or in code that it uses, changes outputs.
_RECIPE = 1
_PIECES, _ADDED = "spiece.model", "added_tokens.json"
_CODES = {"hin_Deva": "<2hi>", "mar_Deva": "<2mr>", "eng_Latn": "<2en>"}
_SPECIAL = ("<pad>", "[CLS]", "[SEP]", "[MASK]", "<s>", "</s>")


class Options(UnitOptions):
    """Which checkpoint, and how it runs."""

    FILES: ClassVar[tuple[str, ...]] = (
        *UnitOptions.FILES, _PIECES, _ADDED, "tokenizer.json", "tokenizer_config.json",
    )  # fmt: skip
    MODEL_TYPES: ClassVar[tuple[str, ...]] = ("mbart",)
    AUTHORS: ClassVar[Mapping[str, Any]] = {"num_beams": 4, "early_stopping": True, "max_length": 84}
    INPUT_TOKENS: ClassVar[int] = 512
    POSITIONS: ClassVar[str | None] = "max_position_embeddings"
    CITATION: ClassVar[str | None] = (
        "Dabre et al. (2022), IndicBART: A Pre-trained Model for Indic Natural Language Generation"
    )
    LICENCES: ClassVar[Mapping[str, str]] = {"ai4bharat/IndicBART": "MIT"}  # as the paper says; the others state none

    def tokenizer_sizes(self, checkpoint: Checkpoint) -> Mapping[str, int]:
        """Return how many ids the tokenizer has (see `CheckpointOptions`)."""
        return _Codec(checkpoint).sizes


def _vocabulary(checkpoint: Checkpoint) -> Vocabulary:
    """Return sentencepiece's vocabulary with the added tokens, else tokenizer.json.

    Raises:
        ModelError: the checkpoint has neither, or the tokenizer strips vowel signs.
    """
    pieces, words = checkpoint.folder / _PIECES, checkpoint.folder / "tokenizer.json"
    codes = [f"<2{code}>" for code in ("as", "bn", "en", "gu", "hi", "kn", "ml", "mr", "or", "pa", "ta", "te")]
    vocabulary: Vocabulary
    if pieces.is_file() and (checkpoint.folder / _ADDED).is_file():
        added = vocabularies.read_numbers(checkpoint.folder / _ADDED, "IndicBART", ("</s>",))
        model = vocabularies.open_pieces(pieces)
        own = {str(model.id_to_piece(number)): number for number in range(model.get_piece_size())}
        vocabulary = Pieces(pieces, {**own, **added}, special=(*_SPECIAL, *added))
    elif words.is_file():
        vocabulary = TokenizerFile(words, special=(*_SPECIAL, *codes))
    else:
        raise ModelError(
            f"no tokenizer: expected {_PIECES} and {_ADDED}, or tokenizer.json in it", where=checkpoint.label
        )
    vocabularies.check_marks(vocabulary)
    return vocabulary


class _Codec(vocabularies.VocabularyCodec):
    """Turns text into token ids and back."""

    added = 2  # the end and the code of the source's language

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__(_vocabulary(checkpoint))
        self._name = checkpoint.label
        self._end = vocabularies.find(self._vocabulary, "</s>")
        stated = checkpoint.setting("eos_token_id")
        if stated != self._end:
            raise ModelError(
                f"its configuration ends outputs with token {stated}, and </s> is {self._end} in its vocabulary: "
                "outputs would not end; set eos_token_id in a copy of the checkpoint",
                where=self._name,
            )

    def encode(self, text: str) -> list[int]:
        return self._vocabulary.encode(text.replace("``", '"').replace("''", '"'))

    def wrap(self, ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
        return (*ids, self._end, self._code(source))

    def start(self, target: str) -> tuple[int, ...]:
        return (self._code(target),)

    def first(self, target: str) -> int | None:
        return None

    def decode(self, ids: Sequence[int]) -> str:
        return self._vocabulary.decode(ids)

    def write(self, text: str, target: str, values: Mapping[int, str]) -> list[int]:
        return self.encode(" ".join(text.split()))

    def _code(self, language: str) -> int:
        if language not in _CODES:
            raise ModelError(registry.unknown("IndicBART language in Devanagari", language, _CODES))
        return vocabularies.find(self._vocabulary, _CODES[language])


def load(options: Options) -> Model:
    """Return the model (see `harness.models`).

    Raises:
        HarnessError: the checkpoint cannot be fetched or read, or is not an IndicBART.
    """
    return units.load(
        options, recipe=_RECIPE, architecture="transformers:MBartForConditionalGeneration", codec=_Codec
    )  # fmt: skip


FAMILY = Family(
    options=Options,
    load=load,
    kinds=("summarisation", "translation"),
    languages="any",
    facts=Facts(
        architecture="mBART with ALBERT's pieces",
        directions="Hindi, Marathi, English: summaries and translation",
        unit="document, or sentence with `unit: sentence`",
        licence="IndicBART: MIT; not stated for IndicBART-XLSum",
        tested="tiny checkpoint: ids, outputs against transformers",
        confirmed=False,
    ),
)
