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

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from harness.core import registry
from harness.core.errors import ModelError
from harness.models import Facts, Family, Model
from harness.models._checkpoints import Checkpoint
from harness.models._seq2seq import vocabularies
from harness.models._seq2seq.documents import DocumentCodec, DocumentOptions, Documents

# Increase it when a change in this file, or in code that it uses, changes outputs.
_RECIPE = 1
_PADDING, _END = 0, 1  # in every mT5

# CrossSum's names of the languages around Hindi.
_CROSSSUM = {
    "ben_Beng": "bengali", "eng_Latn": "english", "guj_Gujr": "gujarati", "hin_Deva": "hindi", "mar_Deva": "marathi",
    "npi_Deva": "nepali", "pan_Guru": "punjabi", "sin_Sinh": "sinhala", "tam_Taml": "tamil", "tel_Telu": "telugu",
    "urd_Arab": "urdu",
}  # fmt: skip


class Options(DocumentOptions):
    """Which checkpoint, and how it runs."""

    FILES: ClassVar[tuple[str, ...]] = (
        *DocumentOptions.FILES, "spiece.model", "tokenizer.json", "tokenizer_config.json",
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
        return _codec(checkpoint).sizes


def load(options: Options) -> Model:
    """Return the model (see `harness.models`).

    Raises:
        HarnessError: the checkpoint cannot be fetched or read, or is not an mT5.
    """
    return Documents(
        options,
        recipe=_RECIPE,
        architecture="transformers:MT5ForConditionalGeneration",
        codec=_codec,
        prefix=options.prefix,
    )


def _codec(checkpoint: Checkpoint) -> DocumentCodec:
    """Return the tokenizer: sentencepiece's model if there is one and no token was added to it, else tokenizer.json.

    Raises:
        ModelError: the checkpoint has no tokenizer, or it cannot be read.
    """
    languages = _languages(checkpoint)
    pieces, words = checkpoint.folder / "spiece.model", checkpoint.folder / "tokenizer.json"
    fast = _Words(words, languages) if words.is_file() else None
    if pieces.is_file():
        codec = _Pieces(pieces, languages)
        if fast is None or fast.size <= codec.size:
            return codec
    if fast is None:
        raise ModelError("no tokenizer: expected spiece.model or tokenizer.json in it", where=checkpoint.label)
    return fast


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


class _Tokenizer(ABC):
    """Base of both forms of the tokenizer: adds the end of an input and the start of the decoder."""

    added = 1

    def __init__(self, path: Path, languages: Mapping[str, str] | None) -> None:
        self._path, self._languages = path, languages

    @property
    @abstractmethod
    def size(self) -> int:
        """How many ids the tokenizer has."""

    @property
    def sizes(self) -> Mapping[str, int]:
        return {"vocab_size": self.size}

    def wrap(self, ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
        return (*ids, _END)

    def start(self, target: str) -> tuple[int, ...]:
        if self._languages is None:
            return ()
        name = _CROSSSUM.get(target)
        if name is None or name not in self._languages:
            known = [code for code, language in _CROSSSUM.items() if language in self._languages]
            raise ModelError(registry.unknown("output language", target, known), where=self._path.parent)
        return (self._find(self._languages[name]),)

    def first(self, target: str) -> int | None:
        return None

    def _find(self, token: str) -> int:
        number = self._number(token)
        if number is None:
            raise ModelError(f"it has no token {token!r}, which the checkpoint needs; fetch it again", where=self._path)
        return number

    @abstractmethod
    def _number(self, token: str) -> int | None:
        """Return a token's id, or None if it is not in the vocabulary."""


class _Pieces(_Tokenizer):
    """The tokenizer in spiece.model."""

    def __init__(self, path: Path, languages: Mapping[str, str] | None) -> None:
        super().__init__(path, languages)
        self._model = vocabularies.open_pieces(path)

    @property
    def size(self) -> int:
        return int(self._model.get_piece_size())

    @property
    def unknown(self) -> int:
        return int(self._model.unk_id())

    def encode(self, text: str) -> list[int]:
        return list(self._model.encode(text))

    def decode(self, ids: Sequence[int]) -> str:
        # The embedding has more rows than the vocabulary. An untrained model can emit these ids, which have no text.
        return str(self._model.decode([token if token < self.size else self.unknown for token in ids]))

    def _number(self, token: str) -> int | None:
        number = int(self._model.piece_to_id(token))
        return None if number == self.unknown else number


class _Words(_Tokenizer):
    """The tokenizer in tokenizer.json, the only one of a fine-tune that transformers 5 saved."""

    def __init__(self, path: Path, languages: Mapping[str, str] | None) -> None:
        super().__init__(path, languages)
        self._model = vocabularies.open_words(path)
        self._read = vocabularies.reader_of_text(self._model, {"<pad>", "</s>", "<unk>"}, path)
        self._unknown = self._find("<unk>")
        # T5's tokenizer adds a hundred gap marks, although the vocabulary has mT5's already. No text is encoded as one.
        words = self._model.get_vocab().items()
        self._size = 1 + max(number for word, number in words if not word.startswith(vocabularies.GAP_MARK))

    @property
    def size(self) -> int:
        return self._size

    @property
    def unknown(self) -> int:
        return self._unknown

    def encode(self, text: str) -> list[int]:
        return self._read(text)

    def decode(self, ids: Sequence[int]) -> str:
        shown = [token for token in ids if token < self.size and token != _PADDING]
        return str(self._model.decode(shown, skip_special_tokens=False))

    def _number(self, token: str) -> int | None:
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
