"""IndicTrans2 (Gala et al., 2023): translation between English and the languages of India, sentence by sentence.

The network, the tokens and the preparation of text are in `harness.models.indictrans2`; nothing here or there runs a
checkpoint's own code. Decoding is that of its authors' example: 5 beams, at most 256 tokens. Checkpoints:
`ai4bharat/indictrans2-indic-en-1B` and `-dist-200M`, and those of the directions en-indic and indic-indic, which
are gated on the hub: their terms must be accepted there once. The variants with rotary positions are another
network and are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from harness.core.errors import ModelError
from harness.core.records import ENGLISH
from harness.models import Family, Model
from harness.models._checkpoints import Checkpoint
from harness.models._seq2seq.sentences import Sentence, SentenceCodec, SentenceOptions, Sentences
from harness.models.indictrans2 import processor
from harness.models.indictrans2.tokenizer import FILES as VOCABULARY
from harness.models.indictrans2.tokenizer import IndicTransTokenizer

# Raised when this file, or what it uses of harness.models.indictrans2, would make other outputs than before.
_RECIPE = 1


class Options(SentenceOptions):
    """Which checkpoint, and how it is run."""

    FILES: ClassVar[tuple[str, ...]] = (*SentenceOptions.FILES, *VOCABULARY, "tokenizer_config.json")
    NEEDED: ClassVar[tuple[str, ...]] = VOCABULARY
    MODEL_TYPES: ClassVar[tuple[str, ...]] = ("IndicTrans",)
    AUTHORS: ClassVar[Mapping[str, Any]] = {"num_beams": 5, "max_length": 256, "min_length": 0}
    INPUT_TOKENS: ClassVar[int] = 256

    def check_type(self, checkpoint: Checkpoint) -> None:
        """Check that this is IndicTrans2, and not the variant with rotary positions.

        Raises:
            ModelError: it is not, or lacks a file.
        """
        found = str(checkpoint.json("config.json").get("model_type"))
        if "rotary" in found.lower():
            raise ModelError(
                f"{checkpoint.label}: its model_type {found} is IndicTrans2 with rotary positions, another network, "
                "which is not supported; use one of ai4bharat's, such as ai4bharat/indictrans2-indic-en-dist-200M"
            )
        super().check_type(checkpoint)

    def limit_of(self, checkpoint: Checkpoint) -> int:
        """Return the longest input in tokens.

        Raises:
            ModelError: the config asks for more than the model was trained to read.
        """
        trained = checkpoint.json("config.json").get("max_source_positions")
        if isinstance(trained, int) and (self.max_input_tokens or 0) > trained:
            raise ModelError(
                f"{checkpoint.label}: max_input_tokens {self.max_input_tokens} is over the {trained} that it was "
                "trained to read; remove it, or set it lower: longer sentences are translated in clauses"
            )
        limit = super().limit_of(checkpoint)
        return min(limit, trained) if isinstance(trained, int) else limit


# In the names of the authors' checkpoints: which side is English.
_DIRECTION = re.compile(r"indictrans2-(en-indic|indic-en|indic-indic)")


class _Codec:
    """The preparation of text and the tokenizer, as one."""

    added = 3  # two language codes and the end

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._tokenizer = IndicTransTokenizer(checkpoint.folder)
        found = _DIRECTION.search(checkpoint.name)
        self._name, self._direction = checkpoint.label, found[1] if found else None

    @property
    def sizes(self) -> Mapping[str, int]:
        return {
            "encoder_vocab_size": self._tokenizer.source_size,
            "decoder_vocab_size": self._tokenizer.target_size,
        }

    @property
    def unknown(self) -> int:
        return self._tokenizer.unknown

    def encode(self, text: str, source: str, target: str) -> Sentence:
        self._tokenizer.codes(source, target)
        # Every vocabulary has all codes, so that a checkpoint of another direction would give noise without an error.
        asked = "-".join("en" if language == ENGLISH else "indic" for language in (source, target))
        if self._direction not in (None, asked):
            raise ModelError(
                f"{self._name} translates {self._direction}, and {source} to {target} was asked for; name its "
                f"{asked} counterpart"
            )
        prepared = processor.preprocess(text, source, target)
        return Sentence(tuple(self._tokenizer.encode(prepared.body)), prepared.values)

    def wrap(self, ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
        return self._tokenizer.wrap(source, target, ids)

    def start(self, target: str) -> tuple[int, ...]:
        return ()  # the end of a sentence, as config.json has it

    def decode(self, ids: Sequence[int], target: str, sentence: Sentence) -> str:
        return processor.postprocess(self._tokenizer.decode(ids), target, sentence.values)


def _codec(checkpoint: Checkpoint) -> SentenceCodec:
    return _Codec(checkpoint)


def load(options: Options) -> Model:
    """Return the model (see `harness.models`).

    Raises:
        HarnessError: the checkpoint cannot be had, or is no IndicTrans2.
    """
    return Sentences(
        options,
        recipe=_RECIPE,
        architecture="harness.models.indictrans2.network:IndicTransForConditionalGeneration",
        codec=_codec,
        padding="left",
    )


FAMILY = Family(options=Options, load=load, kinds=("translation",), languages="different")
