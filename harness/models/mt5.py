"""mT5 (Xue et al., 2021) fine-tuned to summarise: XL-Sum and CrossSum (CC-BY-NC-SA), and fine-tunes of your own.

XL-Sum's recipe (Hasan et al., 2021; the card of csebuetnlp/mT5_multilingual_XLSum): white space collapsed, the first
512 tokens, 4 beams, no repeated bigram, at most 84 tokens, length penalty 0.6. The checkpoint's own configuration
overrides the recipe, and the config overrides both.

CrossSum's many-to-many checkpoint (Bhattacharjee et al., 2023) chooses its output language by the token that the
decoder starts with; its config.json lists these tokens as `langid_map`. A checkpoint without fine-tuning (google/mt5-*)
runs too, and writes fragments with `<extra_id_0>` in them; the table says so.

Tokens come from sentencepiece itself, as in the authors' training. transformers 5 rebuilds the tokenizer without mT5's
fallback to bytes, which turns every emoji and ZWJ into `<unk>`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from harness.core import registry
from harness.core.checkpoints import Checkpoint
from harness.core.errors import ModelError
from harness.models import Facts, Family, Model
from harness.models._seq2seq import tokenizer_json, vocabularies
from harness.models._seq2seq.documents import DocumentOptions, Documents

# Increase it when a change in this file, or in code that it uses, changes outputs.
_RECIPE = 1
_PADDING, _END = 0, 1  # in every mT5
_PIECES = "spiece.model"

# CrossSum's names of the languages around Hindi.
_CROSSSUM = {
    "ben_Beng": "bengali", "eng_Latn": "english", "guj_Gujr": "gujarati", "hin_Deva": "hindi", "mar_Deva": "marathi",
    "npi_Deva": "nepali", "pan_Guru": "punjabi", "sin_Sinh": "sinhala", "tam_Taml": "tamil", "tel_Telu": "telugu",
    "urd_Arab": "urdu",
}  # fmt: skip


class Options(DocumentOptions):
    """Which checkpoint, and how it runs."""

    FILES: ClassVar[tuple[str, ...]] = (
        *DocumentOptions.FILES, _PIECES, "tokenizer.json", "tokenizer_config.json",
    )  # fmt: skip
    MODEL_TYPES: ClassVar[tuple[str, ...]] = ("mt5",)
    AUTHORS: ClassVar[Mapping[str, Any]] = {
        "num_beams": 4, "no_repeat_ngram_size": 2, "length_penalty": 0.6, "max_length": 84,
    }  # fmt: skip
    INPUT_TOKENS: ClassVar[int] = 512
    CITATION: ClassVar[str | None] = (
        "Xue et al. (2021), mT5: A massively multilingual pre-trained text-to-text transformer; Hasan et al. (2021), "
        "XL-Sum: Large-Scale Multilingual Abstractive Summarization for 44 Languages"
    )
    LICENCES: ClassVar[Mapping[str, str]] = dict.fromkeys(
        (
            "csebuetnlp/mT5_multilingual_XLSum", "csebuetnlp/mT5_m2o_english_crossSum",
            "csebuetnlp/mT5_m2o_hindi_crossSum", "csebuetnlp/mT5_m2m_crossSum_enhanced",
        ),
        "CC-BY-NC-SA",
    )  # fmt: skip
    DTYPES: ClassVar[Mapping[str, str]] = {
        "float16": "mT5 overflows in it and gives empty or garbled text; use bfloat16 or float32"
    }

    prefix: str = Field(default="", description='text put before every source, such as "summarize: "')

    def tokenizer_sizes(self, checkpoint: Checkpoint) -> Mapping[str, int]:
        """Return how many ids the tokenizer has (see `CheckpointOptions`)."""
        return _Codec(checkpoint).sizes


def load(options: Options) -> Model:
    """Return the model (see `harness.models`).

    Raises:
        HarnessError: the checkpoint cannot be fetched or read, or is not an mT5.
    """
    return Documents(
        options,
        recipe=_RECIPE,
        architecture="transformers:MT5ForConditionalGeneration",
        codec=_Codec,
        prefix=options.prefix,
    )


def _languages(checkpoint: Checkpoint) -> dict[str, str] | None:
    """Return CrossSum's start tokens by the names of languages; None if the checkpoint has one for all languages."""
    parameters = checkpoint.json("config.json").get("task_specific_params")
    stored = parameters.get("langid_map") if isinstance(parameters, dict) else None
    if stored is None:
        return None
    try:
        # {"english": [id, "▁<extra_id_64>"], ...}
        return {language: str(entry[1]) for language, entry in stored.items()}
    except (AttributeError, IndexError, KeyError, TypeError):
        raise ModelError(
            "config.json: langid_map: expected a number and a token for each language; fetch it again",
            where=checkpoint.label,
        ) from None


class _Codec(vocabularies.VocabularyCodec):
    """Turns text into token ids and back: adds the end of an input and the start of the decoder."""

    added = 1

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._folder, self._languages = checkpoint.folder, _languages(checkpoint)
        super().__init__(vocabularies.choose(checkpoint, _PIECES, _Pieces, _Words))

    def encode(self, text: str) -> list[int]:
        return self._vocabulary.encode(text)

    def wrap(self, ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
        return (*ids, _END)

    def start(self, target: str) -> tuple[int, ...]:
        if self._languages is None:
            return ()
        name = _CROSSSUM.get(target)
        if name is None or name not in self._languages:
            known = [code for code, language in _CROSSSUM.items() if language in self._languages]
            raise ModelError(registry.unknown("output language", target, known), where=self._folder)
        return (vocabularies.find(self._vocabulary, self._languages[name]),)

    def first(self, target: str) -> int | None:
        return None

    def decode(self, ids: Sequence[int]) -> str:
        return self._vocabulary.decode(ids)


# Not `Pieces` and `TokenizerFile` of `_seq2seq`: those leave out tokens and spaces that an output of mT5 has.
class _Pieces:
    """The vocabulary in spiece.model."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._model = vocabularies.open_pieces(path)
        self.size, self.unknown = int(self._model.get_piece_size()), int(self._model.unk_id())

    def encode(self, text: str) -> list[int]:
        return list(self._model.encode(text))

    def decode(self, ids: Sequence[int]) -> str:
        # The embedding has more rows than the vocabulary. An untrained model can emit these ids, which have no text.
        return str(self._model.decode([token if token < self.size else self.unknown for token in ids]))

    def number(self, token: str) -> int | None:
        number = int(self._model.piece_to_id(token))
        return None if number == self.unknown else number


class _Words:
    """The vocabulary in tokenizer.json, the only one of a fine-tune that transformers 5 saved."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._model = tokenizer_json.open_words(path)
        self._read = tokenizer_json.reader_of_text(self._model, {"<pad>", "</s>", "<unk>"}, path)
        self.unknown = vocabularies.find(self, "<unk>")
        # T5's tokenizer adds a hundred gap marks, although the vocabulary has mT5's already. No text is encoded as one.
        words = self._model.get_vocab().items()
        self.size = 1 + max(number for word, number in words if not word.startswith(tokenizer_json.GAP_MARK))

    def encode(self, text: str) -> list[int]:
        return self._read(text)

    def decode(self, ids: Sequence[int]) -> str:
        shown = [token for token in ids if token < self.size and token != _PADDING]
        return str(self._model.decode(shown, skip_special_tokens=False))

    def number(self, token: str) -> int | None:
        number: int | None = self._model.token_to_id(token)
        return number


FAMILY = Family(
    options=Options,
    load=load,
    kinds=("summarisation",),
    languages="any",
    facts=Facts(
        architecture="mT5",
        directions="summaries in the article's or another language",
        unit="document",
        licence="XL-Sum and CrossSum: CC-BY-NC-SA",
        tested="tiny checkpoint: outputs of the authors' script",
    ),
)
