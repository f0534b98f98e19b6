"""The keys of a local chat model, and what `harness check` says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar

from harness.core.checkpoints import Checkpoint
from harness.core.descriptions import PromptDescription, SystemDescription
from harness.core.errors import HarnessError, ModelError
from harness.core.records import Source
from harness.engines import Decoding
from harness.models import _prompts
from harness.models._chat.template import Template
from harness.models._prompts import Contract
from harness.models._prompts.options import PromptedOptions, check_examples
from harness.models._seq2seq import decoding as decoding_module
from harness.models._seq2seq.description import DescribedOptions

# Lengths are the budget's, and outputs are greedy unless a config asks for sampling.
_LENGTHS = ("max_length", "max_new_tokens", "min_length", "min_new_tokens")
_SAMPLING = ("do_sample", "temperature", "top_k", "top_p", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff")


class ChatOptions(PromptedOptions, DescribedOptions):
    """Which checkpoint, how it is asked, and how it runs."""

    RANKS: ClassVar[bool] = False
    FILES: ClassVar[tuple[str, ...]] = (
        *DescribedOptions.FILES, "added_tokens.json", "chat_template.jinja", "chat_template.json", "merges.txt",
        "special_tokens_map.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json",
    )  # fmt: skip
    AUTHORS: ClassVar[Mapping[str, Any]] = {"num_beams": 1, "max_new_tokens": 8192}
    INPUT_TOKENS: ClassVar[int] = 8192
    POSITIONS: ClassVar[str | None] = "max_position_embeddings"
    GATED: ClassVar[tuple[str, ...]] = (
        "bodhan-ai/indic-translate", "google/translategemma-12b-it", "google/translategemma-27b-it",
        "google/translategemma-4b-it",
    )  # fmt: skip
    LICENCES: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(
            ("google/translategemma-12b-it", "google/translategemma-27b-it", "google/translategemma-4b-it"), "Gemma"
        ),
        "sarvamai/sarvam-translate": "GPL-3.0",
        **dict.fromkeys(
            ("Unbabel/Tower-Plus-2B", "Unbabel/Tower-Plus-9B", "Unbabel/Tower-Plus-72B"), "CC-BY-NC-SA-4.0"
        ),
        **dict.fromkeys(("sarvamai/sarvam-30b", "sarvamai/sarvam-105b"), "Apache-2.0"),
    }

    @property
    def asked_model(self) -> str:
        """The name by which a prompt contract may list the model."""
        return str(self.checkpoint)

    def faults(self, tasks: Sequence[str]) -> list[str]:
        """Return the mistakes that can be detected before loading."""
        others = (
            [] if self.engine == "transformers" else ["engine: only transformers decodes chat models; remove engine"]
        )
        return [*others, *super().faults(tasks)]

    def check_type(self, checkpoint: Checkpoint) -> None:
        """Check that transformers loads the checkpoint as a model that writes text.

        Raises:
            ModelError: it does not.
        """
        from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

        model_type = checkpoint.json("config.json").get("model_type")
        if model_type not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
            raise ModelError(
                f"family {self.family!r} runs decoder-only models, and its config.json has model_type {model_type!r}; "
                "choose the family that fits (harness list models)",
                where=checkpoint.label,
            )

    def tokenizer_sizes(self, checkpoint: Checkpoint) -> Mapping[str, int]:
        """Return how many ids the tokenizer has (see `CheckpointOptions`)."""
        return Template(checkpoint, self.contract()).sizes

    def decoding_of(self, checkpoint: Checkpoint) -> Decoding:
        """Return how outputs are decoded: greedily, unless a config asks for sampling.

        The limit on new tokens is the most that any output may have; the budget of a source is usually less.

        Raises:
            ModelError: the checkpoint's own settings cannot be read, or are not supported.
        """
        left_out = _LENGTHS if self.decoding.do_sample else (*_LENGTHS, *_SAMPLING)

        def of_file(name: str) -> dict[str, Any]:
            return {key: value for key, value in checkpoint.json(name).items() if key not in left_out}

        try:
            return decoding_module.resolve(
                self.decoding,
                config={},
                generation=of_file("generation_config.json"),
                authors={**self.AUTHORS, **self._authors()},
            )
        except ModelError as error:
            raise ModelError(error.message, where=checkpoint.label) from None

    def _authors(self) -> dict[str, Any]:
        """Return the decoding that the prompt contract states; none if the contract cannot be read."""
        try:
            stated = self.contract().generation.model_dump(exclude_none=True)
        except HarnessError:
            return {}
        return stated if self.decoding.do_sample or not stated.get("do_sample") else {}

    def positions_of(self, checkpoint: Checkpoint) -> int | None:
        """Return how many positions a checkpoint has. One that reads images too states them of its text model."""
        config = checkpoint.json("config.json")
        text = config.get("text_config")
        stated = (text if isinstance(text, dict) else config).get(self.POSITIONS or "")
        return stated if isinstance(stated, int) else None

    def limit_of(self, checkpoint: Checkpoint) -> int:
        """Return the longest prompt in tokens.

        Raises:
            ModelError: the config asks for more than the model has positions.
        """
        limit = super().limit_of(checkpoint)
        stated = self.contract().input_tokens
        return limit if self.max_input_tokens is not None or stated is None else min(limit, stated)

    def describe(self) -> SystemDescription:
        """Return what a run needs, and what of the prompt nobody has verified. May ask a hub."""
        described, contract = super().describe(), self.contract()
        limit = described.input_tokens
        if described.assumed and self.max_input_tokens is None:
            limit = contract.input_tokens or limit
        return replace(described, input_tokens=limit, remarks=(*described.remarks, contract.remark))

    def prompts(self, sources: Sequence[Source]) -> tuple[PromptDescription, ...]:
        """Return the prompt of the first source (see `ShowsPrompts`), with its ids if the tokenizer is here."""
        contract, shots = self.contract(), self.shots()
        check_examples(shots, sources)
        template: Template | None = None
        with suppress(HarnessError):  # the description has the fault
            template = Template(self.locate(), contract)
        described: dict[str, PromptDescription] = {}
        for source in sources:
            if contract.key(source.task) not in described:
                described[contract.key(source.task)] = self._prompt(contract, template, source)
        return tuple(described.values())

    def _prompt(self, contract: Contract, template: Template | None, source: Source) -> PromptDescription:
        messages = _prompts.render(contract, source, self.shots())
        if template is None:
            notes = ["its chat template is not on this machine", *contract.doubts(source.task)]
            return PromptDescription(source.task, contract.name, _prompts.written(messages), note="; ".join(notes))
        rendered = template.render(messages)
        ids = tuple(template.encode(rendered, _prompts.shown(contract, source)))
        return PromptDescription(
            source.task, contract.name, rendered, ids, note="; ".join(contract.doubts(source.task))
        )
