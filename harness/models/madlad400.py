"""MADLAD-400 (Kudugunta et al., 2023; Apache-2.0): translation between over 400 languages, sentence by sentence.

Checkpoints: `google/madlad400-3b-mt`, `-7b-mt`, `-10b-mt`, and fine-tunes of them. It is a T5 whose input names the
output language: `<2en> text </s>`. The source language is not named. sentencepiece encodes code and text together, as
in the authors' training; a code that is not one piece of the vocabulary is an error, because the model would read it as
text. transformers' T5Tokenizer is not used: it takes token 2 for unknown text, which is `</s>` here, so that a rare
character ends the sentence. On 100 Hindi sentences of newstest2014, with a vocabulary of 2,000 pieces, that befell one,
and every sentence with an emoji.

The checkpoints state no decoding, and transformers would stop after 20 tokens. Outputs here have at most 256, with 4
beams; the authors' paper was not at hand to confirm either number. Inputs have at most 256 tokens for the same reason.

The embedding and the output layer are two tensors, and the embedding may be stored once, under any of its names. The
weights are checked after loading, so that none of them is random (see `harness.engines`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from harness.core import registry
from harness.core.checkpoints import Checkpoint
from harness.core.errors import ModelError
from harness.models import Facts, Family, Model
from harness.models._seq2seq import vocabularies
from harness.models._seq2seq.languages import ISO
from harness.models._seq2seq.sentences import Sentence, SentenceOptions, Sentences
from harness.models._seq2seq.vocabularies import Pieces

# Increase it when a change in this file, or in code that it uses, changes outputs.
_RECIPE = 1
_PIECES = "spiece.model"
_SPECIAL = ("<unk>", "<s>", "</s>")

# The languages of India without a two-letter code, and one that has another code here.
_CODES = {
    **ISO, "bho_Deva": "bho", "gom_Deva": "gom", "mai_Deva": "mai", "mag_Deva": "mag", "tgl_Latn": "fil",
}  # fmt: skip


class Options(SentenceOptions):
    """Which checkpoint, and how it runs."""

    FILES: ClassVar[tuple[str, ...]] = (*SentenceOptions.FILES, _PIECES)
    NEEDED: ClassVar[tuple[str, ...]] = (_PIECES,)
    MODEL_TYPES: ClassVar[tuple[str, ...]] = ("t5",)
    AUTHORS: ClassVar[Mapping[str, Any]] = {"num_beams": 4, "max_new_tokens": 256}
    INPUT_TOKENS: ClassVar[int] = 256
    CITATION: ClassVar[str | None] = (
        "Kudugunta et al. (2023), MADLAD-400: A Multilingual And Document-Level Large Audited Dataset"
    )
    LICENCES: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("google/madlad400-3b-mt", "google/madlad400-7b-mt", "google/madlad400-10b-mt"), "Apache-2.0"
    )
    DTYPES: ClassVar[Mapping[str, str]] = {
        "float16": "T5 overflows in it and gives empty or garbled text; use bfloat16 or float32"
    }

    def tokenizer_sizes(self, checkpoint: Checkpoint) -> Mapping[str, int]:
        """Return how many ids the tokenizer has (see `CheckpointOptions`)."""
        return _Codec(checkpoint).sizes


class _Codec(vocabularies.VocabularyCodec):
    """Turns sentences into token ids and back."""

    added = 1

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__(Pieces(checkpoint.folder / _PIECES, special=_SPECIAL))
        self._end = vocabularies.find(self._vocabulary, "</s>")
        self._name = checkpoint.label

    def encode(self, text: str, source: str, target: str) -> Sentence:
        """Return a sentence as ids, the code of its output language among them."""
        if target not in _CODES:
            raise ModelError(registry.unknown("MADLAD-400 language", target, _CODES))
        code = f"<2{_CODES[target]}>"
        ids = self._vocabulary.encode(" ".join([code, *text.split()]))
        if self._vocabulary.number(code) not in ids[:2]:  # sentencepiece may put the mark of a word before it
            raise ModelError(
                f"its vocabulary has no piece {code!r} for {target}, and would read the code as text; choose a "
                "checkpoint that knows the language",
                where=self._name,
            )
        return Sentence(tuple(ids))

    def wrap(self, ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
        return (*ids, self._end)

    def start(self, target: str) -> tuple[int, ...]:
        return ()  # the start token in config.json

    def first(self, target: str) -> int | None:
        return None

    def decode(self, ids: Sequence[int], target: str, sentence: Sentence) -> str:
        return self._vocabulary.decode(ids)


def load(options: Options) -> Model:
    """Return the model (see `harness.models`).

    Raises:
        HarnessError: the checkpoint cannot be fetched or read, or is not a MADLAD-400.
    """
    return Sentences(options, recipe=_RECIPE, architecture="transformers:T5ForConditionalGeneration", codec=_Codec)


FAMILY = Family(
    options=Options,
    load=load,
    kinds=("translation",),
    languages="different",
    facts=Facts(
        architecture="T5",
        directions="into any of its languages",
        unit="sentence",
        licence="Apache-2.0",
        tested="tiny checkpoint: ids, logits, outputs against transformers",
        confirmed=False,
    ),
)
