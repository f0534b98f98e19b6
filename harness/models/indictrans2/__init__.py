"""IndicTrans2 (Gala et al., 2023; MIT, gated): translation between English and the languages of India.

It translates sentence by sentence. The modules of this package contain the network, the tokens and the preparation of
text. Nothing runs a checkpoint's own code. Decoding follows the authors' example: 5 beams, at most 256 tokens, and the
beam search of transformers 4.49, the release that they use.

Checkpoints: `ai4bharat/indictrans2-indic-en-1B` and `-dist-200M`, and those of the directions en-indic and indic-indic.
They are gated: accept their terms on the hub once. The variants with rotary positions are another network and are
refused.

`text_rules` chooses between the text rules of the authors' toolkit and the same with its mistakes corrected, the
default. README.md in this folder lists the differences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from harness.core.checkpoints import Checkpoint
from harness.core.errors import ModelError
from harness.core.records import ENGLISH
from harness.models import Facts, Family, Model
from harness.models._seq2seq.sentences import Sentence, SentenceOptions, Sentences
from harness.models.indictrans2 import processor
from harness.models.indictrans2.processor import TextRules
from harness.models.indictrans2.tokenizer import FILES as VOCABULARY
from harness.models.indictrans2.tokenizer import IndicTransTokenizer

# Increase it when a change in this package changes outputs.
_RECIPE = 1


_INDIC_ENGLISH = ("ai4bharat/indictrans2-indic-en-1B", "ai4bharat/indictrans2-indic-en-dist-200M")


class Options(SentenceOptions):
    """Which checkpoint, and how it runs."""

    FILES: ClassVar[tuple[str, ...]] = (*SentenceOptions.FILES, *VOCABULARY, "tokenizer_config.json")
    NEEDED: ClassVar[tuple[str, ...]] = VOCABULARY
    MODEL_TYPES: ClassVar[tuple[str, ...]] = ("IndicTrans",)
    AUTHORS: ClassVar[Mapping[str, Any]] = {
        "num_beams": 5,
        "max_length": 256,
        "min_length": 0,
        "beam_stop": "exhaustive",
    }
    INPUT_TOKENS: ClassVar[int] = 256
    POSITIONS: ClassVar[str | None] = "max_source_positions"
    GATED: ClassVar[tuple[str, ...]] = _INDIC_ENGLISH
    LICENCES: ClassVar[Mapping[str, str]] = dict.fromkeys(_INDIC_ENGLISH, "MIT")
    CITATION: ClassVar[str | None] = (
        "Gala et al. (2023), IndicTrans2: Towards High-Quality and Accessible Machine Translation Models for all 22 "
        "Scheduled Indian Languages"
    )

    text_rules: TextRules = Field(
        default="corrected",
        description="how text is prepared: exactly as by the authors' toolkit, or with eleven mistakes of it corrected",
    )

    def fingerprint(self) -> dict[str, Any]:
        """Return the options that decide outputs (see `CheckpointOptions`)."""
        options = super().fingerprint()
        if self.text_rules == "corrected":
            del options["text_rules"]  # the digests of configs from before there was a choice stay the same
        return options

    def check_type(self, checkpoint: Checkpoint) -> None:
        """Check that this is IndicTrans2, and not the variant with rotary positions.

        Raises:
            ModelError: it is another network, or the checkpoint lacks a file.
        """
        model_type = str(checkpoint.json("config.json").get("model_type"))
        if "rotary" in model_type.lower():
            raise ModelError(
                f"its model_type {model_type} is IndicTrans2 with rotary positions, another network, which is not "
                "supported; use one of ai4bharat's, such as ai4bharat/indictrans2-indic-en-dist-200M",
                where=checkpoint.label,
            )
        super().check_type(checkpoint)

    def tokenizer_sizes(self, checkpoint: Checkpoint) -> Mapping[str, int]:
        """Return how many ids the tokenizer has for either side (see `CheckpointOptions`)."""
        return _Codec(checkpoint).sizes


# The names of the authors' checkpoints state the direction.
_DIRECTION = re.compile(r"indictrans2-(en-indic|indic-en|indic-indic)")


class _Codec:
    """Prepares text, and turns it into tokens and back."""

    added = 3  # two language codes and the end

    def __init__(self, checkpoint: Checkpoint, rules: TextRules = "corrected") -> None:
        self._tokenizer, self._rules = IndicTransTokenizer(checkpoint.folder), rules
        direction = _DIRECTION.search(checkpoint.name)
        self._name, self._direction = checkpoint.label, direction[1] if direction else None

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
        # Every vocabulary has all codes, so a checkpoint of another direction would give noise and no error.
        asked = "-".join("en" if language == ENGLISH else "indic" for language in (source, target))
        if self._direction not in (None, asked):
            raise ModelError(
                f"{self._name} translates {self._direction}, and {source} to {target} was asked for; name its "
                f"{asked} counterpart"
            )
        prepared = processor.preprocess(text, source, target, self._rules)
        departs = self._rules != "authors" and prepared != processor.preprocess(text, source, target, "authors")
        return Sentence(tuple(self._tokenizer.encode(prepared.body)), prepared.values, departs)

    def wrap(self, ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
        return self._tokenizer.wrap(source, target, ids)

    def start(self, target: str) -> tuple[int, ...]:
        return ()  # the start token in config.json

    def first(self, target: str) -> int | None:
        return None

    def decode(self, ids: Sequence[int], target: str, sentence: Sentence) -> str:
        return self.decode_by(self._rules, ids, target, sentence)

    def write(self, text: str, target: str, values: Mapping[int, str]) -> list[int]:
        return self._tokenizer.encode_output(processor.as_output(text, target, values, self._rules))

    def decode_by(self, rules: TextRules, ids: Sequence[int], target: str, sentence: Sentence) -> str:
        """Return the text of a translation by these rules."""
        text = self._tokenizer.decode(ids, authors=rules == "authors")
        return processor.postprocess(text, target, sentence.values, rules)


class _IndicTrans2(Sentences[_Codec]):
    """A system of this family."""

    def __init__(self, options: Options) -> None:
        super().__init__(
            options,
            recipe=_RECIPE,
            architecture="harness.models.indictrans2.network:IndicTransForConditionalGeneration",
            codec=lambda checkpoint: _Codec(checkpoint, options.text_rules),
            padding="left",
        )
        self._rules = options.text_rules

    def identity(self) -> Mapping[str, Any]:
        """Return everything that decides an output."""
        # The outputs of runs from before there was a choice stay valid.
        return {**super().identity(), **({"text_rules": self._rules} if self._rules == "authors" else {})}

    def _departs(self, text: str, ids: Sequence[int], target: str, sentence: Sentence) -> bool | None:
        """Return whether the authors' rules give another text for a sentence (see `Sentences`)."""
        if self._rules == "authors":
            return False
        return sentence.departs or text != self._ready().decode_by("authors", ids, target, sentence)


def load(options: Options) -> Model:
    """Return the model (see `harness.models`).

    Raises:
        HarnessError: the checkpoint cannot be fetched or read, or is not IndicTrans2.
    """
    return _IndicTrans2(options)


FAMILY = Family(
    options=Options,
    load=load,
    kinds=("translation",),
    languages="different",
    facts=Facts(
        architecture="own port",
        directions="English and languages of India, both ways, one direction per checkpoint",
        unit="sentence",
        licence="MIT; gated",
        tested="outputs of the authors' code on two golden checkpoints",
    ),
)
