"""Marian (Junczys-Dowmunt et al., 2018; opus-mt: Apache-2.0): translation, one or few directions per checkpoint.

Checkpoints: `Helsinki-NLP/opus-mt-hi-en` and `-en-hi` (Tiedemann and Thottingal, 2020), and converted or fine-tuned
ones. Translation is sentence by sentence. The hub's hi-en model is the weak one of 2019 (7.1 BLEU on newstest2014); the
one of 2021 in the Tatoeba Challenge (21.4) must be converted first.

A checkpoint with one direction says it in tokenizer_config.json; another direction is refused. One with several output
languages has tokens such as `>>hin<<` and reads the one of the output language first.

The decoder starts with the padding token, and may never write it: the checkpoint names it in `bad_words_ids`, which is
kept. Decoding is the checkpoint's: 6 beams and at most 512 tokens for opus-mt-hi-en.

Tokens come from the two sentencepiece models and `vocab.json`, as in transformers' own tokenizer, which is right for
Hindi but reads "</s>" in a text as an end. As there, punctuation is not normalised beforehand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from harness.core.checkpoints import Checkpoint
from harness.core.errors import ModelError
from harness.models import Facts, Family, Model
from harness.models._seq2seq import vocabularies
from harness.models._seq2seq.languages import ISO
from harness.models._seq2seq.sentences import Sentence, SentenceOptions, Sentences

# Increase it when a change in this file, or in code that it uses, changes outputs.
_RECIPE = 1
_VOCABULARY = ("source.spm", "target.spm", "vocab.json")
_SPECIAL = ("</s>", "<unk>", "<pad>")
_LANGUAGE = re.compile(r">>\S+<<")


class Options(SentenceOptions):
    """Which checkpoint, and how it runs."""

    FILES: ClassVar[tuple[str, ...]] = (*SentenceOptions.FILES, *_VOCABULARY, "tokenizer_config.json")
    NEEDED: ClassVar[tuple[str, ...]] = _VOCABULARY
    MODEL_TYPES: ClassVar[tuple[str, ...]] = ("marian",)
    AUTHORS: ClassVar[Mapping[str, Any]] = {"num_beams": 6, "max_length": 512}
    INPUT_TOKENS: ClassVar[int] = 512
    POSITIONS: ClassVar[str | None] = "max_position_embeddings"
    CITATION: ClassVar[str | None] = (
        "Tiedemann and Thottingal (2020), OPUS-MT: Building Open Translation Services for the World"
    )
    LICENCES: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("Helsinki-NLP/opus-mt-hi-en", "Helsinki-NLP/opus-mt-en-hi"), "Apache-2.0"
    )

    def check_type(self, checkpoint: Checkpoint) -> None:
        """Check that this is a Marian with one vocabulary.

        Raises:
            ModelError: it is another network, lacks a file, or has two vocabularies.
        """
        super().check_type(checkpoint)
        if checkpoint.json("config.json").get("share_encoder_decoder_embeddings") is False:
            raise ModelError(
                "it has a vocabulary of its own for outputs (share_encoder_decoder_embeddings: false), which is not "
                "supported; choose a checkpoint with a joint vocabulary",
                where=checkpoint.label,
            )

    def tokenizer_sizes(self, checkpoint: Checkpoint) -> Mapping[str, int]:
        """Return how many ids the tokenizer has (see `CheckpointOptions`)."""
        return _Codec(checkpoint).sizes


class _Codec(vocabularies.VocabularyCodec):
    """Turns sentences into token ids and back."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        source, target, numbers = (checkpoint.folder / name for name in _VOCABULARY)
        stored = vocabularies.read_numbers(numbers, "Marian", _SPECIAL)
        self._targets = {token[2:-2]: token for token in stored if _LANGUAGE.fullmatch(token)}
        special = (*_SPECIAL, *self._targets.values())
        super().__init__(vocabularies.Pieces(source, stored, special=special))
        self._written = vocabularies.Pieces(target, stored, special=special)
        self._end = vocabularies.find(self._vocabulary, "</s>")
        self._padding = vocabularies.find(self._vocabulary, "<pad>")
        settings, self._name = checkpoint.json("tokenizer_config.json"), checkpoint.label
        self._direction = settings.get("source_lang"), settings.get("target_lang")
        self._has_start = checkpoint.setting("decoder_start_token_id") is not None

    @property
    def added(self) -> int:
        return 1 + bool(self._targets)

    def encode(self, text: str, source: str, target: str) -> Sentence:
        """Return a sentence as ids.

        Raises:
            ModelError: the checkpoint has another direction, or does not write the language.
        """
        for place, code, stated in zip(("from", "into"), (source, target), self._direction, strict=True):
            # A group of languages has a longer name, such as "inc" or "mul".
            if stated in ISO.values() and stated not in _names(code):
                raise ModelError(
                    f"it translates {place} {stated!r} (tokenizer_config.json), and {code} was asked for; choose a "
                    "checkpoint of that direction",
                    where=self._name,
                )
        self._code(target)
        return Sentence(tuple(self._vocabulary.encode(" ".join(text.split()))))

    def wrap(self, ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
        return (*self._code(target), *ids, self._end)

    def start(self, target: str) -> tuple[int, ...]:
        return () if self._has_start else (self._padding,)

    def first(self, target: str) -> int | None:
        return None

    def decode(self, ids: Sequence[int], target: str, sentence: Sentence) -> str:
        return self._written.decode(ids)

    def write(self, text: str, target: str, values: Mapping[int, str]) -> list[int]:
        return self._written.encode(" ".join(text.split()))

    def _code(self, target: str) -> tuple[int, ...]:
        """Return the token of the output language; nothing for a checkpoint that has one."""
        if not self._targets:
            return ()
        known = next((self._targets[name] for name in _names(target) if name in self._targets), None)
        if known is None:
            raise ModelError(
                f"its vocabulary has no token for {target}; its output languages are {', '.join(self._targets)}",
                where=self._name,
            )
        return (vocabularies.find(self._vocabulary, known),)


def _names(code: str) -> tuple[str, ...]:
    """Return the names that a checkpoint can have for a FLORES code: "hin_Deva", "hin", "hi"."""
    iso = ISO.get(code)
    return (code, code.partition("_")[0], *([iso] if iso else []))


def load(options: Options) -> Model:
    """Return the model (see `harness.models`).

    Raises:
        HarnessError: the checkpoint cannot be fetched or read, or is not a Marian.
    """
    return Sentences(options, recipe=_RECIPE, architecture="transformers:MarianMTModel", codec=_Codec)


FAMILY = Family(
    options=Options,
    load=load,
    kinds=("translation",),
    languages="different",
    facts=Facts(
        architecture="Marian",
        directions="one direction per checkpoint, or several output languages",
        unit="sentence",
        licence="opus-mt: Apache-2.0",
        tested="tiny checkpoint: ids, logits, outputs against transformers",
    ),
)
