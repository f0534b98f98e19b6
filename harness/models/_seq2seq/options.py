"""The options of every system with weights: which checkpoint, how it is decoded, where it runs."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator

from harness.core import checkpoints
from harness.core import files as core_files
from harness.core.checkpoints import Checkpoint, adapters, download
from harness.core.errors import HarnessError, InputError, ModelError
from harness.engines import Decoding
from harness.models import SystemOptions
from harness.models._seq2seq import decoding as decoding_module
from harness.models._seq2seq import engine_choice
from harness.models._seq2seq.decoding import DecodingOptions

ComputeType = Literal["auto", "float32", "int8", "int8_float32", "int8_bfloat16", "bfloat16", "float16"]
# The key of config.json with the positions of encoder and decoder alike.
_BOTH_SIDES = "max_position_embeddings"
# The engines that merge an adapter into the weights.
_MERGING = ("ctranslate2", "transformers")
# An embedding is padded to a round number of rows, so it has a few more than the tokenizer has tokens, not thousands.
_MAX_SPARE_ROWS = 1024


class CheckpointOptions(SystemOptions):
    """The keys of a system with weights."""

    RANKS: ClassVar[bool] = True

    FILES: ClassVar[tuple[str, ...]] = ("config.json", "generation_config.json")  # that it reads, beside the weights
    NEEDED: ClassVar[tuple[str, ...]] = ()  # files that every checkpoint of the family has
    MODEL_TYPES: ClassVar[tuple[str, ...]]  # values of `model_type` in config.json
    DTYPES: ClassVar[Mapping[str, str]] = {}  # types that are refused, with the reason
    AUTHORS: ClassVar[Mapping[str, Any]] = {}  # the authors' decoding, for settings that a checkpoint does not have
    INPUT_TOKENS: ClassVar[int]  # longest input, if a checkpoint does not state it
    # The limit that a tokenizer states is its number of positions, more than the tokens that the model was trained on.
    STATES_POSITIONS: ClassVar[bool] = False
    POSITIONS: ClassVar[str | None] = None  # the key of config.json with the positions, if a model has no more
    # What `harness check` shows of a checkpoint on the hub if the hub does not say it. Read at the source only.
    LICENCES: ClassVar[Mapping[str, str]] = {}  # by the checkpoint's name on the hub
    GATED: ClassVar[tuple[str, ...]] = ()  # names on the hub
    CITATION: ClassVar[str | None] = None  # authors, year and title, for whoever publishes its outputs

    checkpoint: str | Path = Field(description="a folder, or a name on the Hugging Face hub")
    revision: str | None = Field(
        default=None, min_length=1, description="branch, tag or commit on the hub; default: main"
    )
    pickle: str | None = Field(
        default=None, description="the weights file to load although it is a pickle, which can run code"
    )
    adapter: str | Path | None = Field(
        default=None, description="a LoRA adapter to merge into the checkpoint: a folder, or a name on the hub"
    )
    adapter_revision: str | None = Field(
        default=None, min_length=1, description="branch, tag or commit of the adapter on the hub; default: main"
    )
    adapter_pickle: str | None = Field(
        default=None, description="the adapter's weights file to load although it is a pickle, which can run code"
    )
    engine: str = Field(default="transformers", description="the engine that decodes")
    device: str = Field(default="auto", description="auto, cpu, cuda, cuda:1 or mps")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto", description="auto: bfloat16 on a GPU that supports it, else float32"
    )
    compute_type: ComputeType | None = Field(
        default=None,
        description="dtype of engine: ctranslate2; auto: bfloat16 on a GPU that supports it, else float32",
    )
    threads: int | None = Field(default=None, ge=1, le=1024, description="CPU threads; default: torch's choice")
    batch_tokens: int | None = Field(
        default=None, ge=1, description="input tokens in one batch, with padding; default: the engine's"
    )
    decoding: DecodingOptions = Field(default=DecodingOptions(), description="changes to the checkpoint's decoding")
    max_input_tokens: int | None = Field(
        default=None, ge=8, description="longest input; default: the checkpoint's limit"
    )

    @field_validator("device")
    @classmethod
    def _known_device(cls, device: str) -> str:
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", device):
            raise ValueError(f"expected auto, cpu, cuda, cuda:1 or mps, found {device!r}")
        return device

    @property
    def samples(self) -> int:
        """Outputs for each source."""
        return self.decoding.samples or 1

    def resolve(self, folder: Path) -> Self:
        """Return the options; if checkpoint or adapter is a folder, with its path relative to `folder`."""
        named = {"checkpoint": self.checkpoint, "adapter": self.adapter}
        paths = {
            key: Path(os.path.normpath(folder / Path(name).expanduser()))
            for key, name in named.items()
            if name is not None and checkpoints.is_folder(str(name), folder)
        }
        return self.model_copy(update=paths)

    def faults(self, tasks: Sequence[str]) -> list[str]:
        """Return the mistakes in the names, and those in a folder that can be seen without reading the weights."""
        faults = []
        if self.dtype in self.DTYPES:
            faults.append(f"dtype: {self.dtype} is refused: {self.DTYPES[self.dtype]}")
        try:
            faults += engine_choice.faults(self)
        except InputError as error:
            faults.append(f"engine: {error}")
        try:
            decoding_module.resolve(self.decoding, config={}, generation={}, authors=self.AUTHORS)
        except ModelError as error:
            return [*faults, f"decoding: {error}"]
        if isinstance(self.checkpoint, Path):
            if self.revision is not None:
                faults.append("revision: a folder has none; remove it, or name a checkpoint on the hub")
            faults += [f"checkpoint: {fault}" for fault in self._folder_faults(self.checkpoint)]
        elif fault := checkpoints.name_fault(self.checkpoint):
            faults.append(f"checkpoint: {fault}")
        return [*faults, *self._adapter_faults()]

    def _adapter_faults(self) -> Iterator[str]:
        """Yield the mistakes in the keys of the adapter, and those in its folder."""
        for key in ("adapter_revision", "adapter_pickle"):
            if self.adapter is None and getattr(self, key) is not None:
                yield f"{key}: has no effect without adapter; add that, or remove {key}"
        if self.adapter is None:
            return
        if fault := adapters.missing_library():
            yield f"adapter: {fault}"
        if self.engine not in _MERGING:
            yield f"adapter: engine {self.engine} merges none; use engine: transformers"
        if isinstance(self.adapter, Path):
            if self.adapter_revision is not None:
                yield "adapter_revision: a folder has none; remove it, or name an adapter on the hub"
            try:
                adapter = adapters.locate(self.adapter, None)
                adapters.check(adapter, self.checkpoint)
                yield from (f"adapter: {fault}" for fault in adapters.faults(adapter, self.adapter_pickle))
            except HarnessError as error:
                yield f"adapter: {error}"
        elif fault := checkpoints.name_fault(self.adapter):
            yield f"adapter: {fault}"

    def _folder_faults(self, folder: Path) -> Iterator[str]:
        try:
            checkpoint = checkpoints.in_folder(folder)
            for name in self.FILES:
                if name in checkpoint.files and not os.access(folder / name, os.R_OK):
                    raise ModelError(f"could not read ({os.strerror(errno.EACCES)})", where=folder / name)
            self.check_type(checkpoint)
            files = checkpoints.weight_files(checkpoint, self.pickle)
            yield from map(str, checkpoints.weight_faults(checkpoint, files))
            engine_choice.check(self, checkpoint, self.decoding_of(checkpoint))
            self.limit_of(checkpoint)
            self.check_tokenizer(checkpoint)
        except HarnessError as error:
            yield str(error)

    def check_type(self, checkpoint: Checkpoint) -> None:
        """Check that the family can run a checkpoint.

        Raises:
            ModelError: the checkpoint has another architecture, or lacks a file.
        """
        model_type = checkpoint.json("config.json").get("model_type")
        if model_type not in self.MODEL_TYPES:
            raise ModelError(
                f"family {self.family!r} runs model_type {' or '.join(self.MODEL_TYPES)}, and its "
                f"config.json has {model_type!r}; choose the family that fits (harness list models)",
                where=checkpoint.label,
            )
        absent = [name for name in self.NEEDED if name not in checkpoint.files]
        if absent and checkpoint.only_cached:
            raise ModelError(f"{', '.join(absent)} not in the cache; run once with a network", where=checkpoint.label)
        if absent:
            raise ModelError(
                f"{checkpoint.label} lacks {', '.join(absent)}: a checkpoint of {self.family} has "
                f"{', '.join(self.NEEDED)}; is the copy complete?"
            )

    def tokenizer_sizes(self, checkpoint: Checkpoint) -> Mapping[str, int]:
        """Return how many ids the tokenizer has, by the key of config.json that gives the rows of their embedding.

        Raises:
            ModelError: the checkpoint has no tokenizer, or a damaged one.
        """
        return {}

    def check_tokenizer(self, checkpoint: Checkpoint) -> None:
        """Check that a checkpoint has a tokenizer, and that tokenizer and embedding are one model's.

        Raises:
            ModelError: it has none, or one of another size than the embedding.
        """
        check_sizes(self.tokenizer_sizes(checkpoint), checkpoint)

    def fingerprint(self) -> dict[str, Any]:
        """Return the options that decide outputs: a folder by its content, without where and how fast it runs."""
        options = self.model_dump(
            mode="json",
            exclude={"tasks", "note", "device", "threads", "batch_tokens", "pickle", "adapter_pickle"},
            exclude_none=True,
        )
        if isinstance(self.checkpoint, Path):
            options["checkpoint"] = self._folder_digest(self.checkpoint)
        if isinstance(self.adapter, Path):
            options["adapter"] = self._adapter_digest(self.adapter)
        return options

    def _adapter_digest(self, folder: Path) -> str:
        try:
            adapter = adapters.locate(folder, None)
            return str(adapters.identity(adapter, adapters.weight_file(adapter, self.adapter_pickle))["digest"])
        except HarnessError:
            return "absent"  # `faults` reports it

    def _folder_digest(self, folder: Path) -> str:
        try:
            checkpoint = checkpoints.in_folder(folder)
            return checkpoints.digest(checkpoint, self.FILES, checkpoints.weight_files(checkpoint, self.pickle))
        except HarnessError:
            return "absent"  # `faults` reports it

    def locate(self) -> Checkpoint:
        """Return the checkpoint; download its configuration and tokenizer if need be.

        Raises:
            ModelError: it cannot be fetched or read.
        """
        if isinstance(self.checkpoint, Path):
            return checkpoints.in_folder(self.checkpoint)
        return download.locate(self.checkpoint, self.revision, self.FILES)

    def place_of(self, checkpoint: Checkpoint, weights: Sequence[str]) -> dict[str, Any]:
        """Return what identifies a checkpoint with these files of weights, wherever it is kept."""
        if checkpoint.commit is None:
            return {"digest": checkpoints.digest(checkpoint, self.FILES, weights)}
        return {"name": checkpoint.name, "commit": checkpoint.commit, "weights": weights[0]}

    def weights_key(
        self, checkpoint: Checkpoint, weights: Sequence[str], adapter: tuple[Checkpoint, str] | None
    ) -> str:
        """Return a digest that identifies the weights that an engine loads, their adapter included."""
        of_adapter = adapters.identity(*adapter) if adapter else None
        return core_files.digest_json([self.place_of(checkpoint, weights), of_adapter])

    def locate_adapter(self) -> tuple[Checkpoint, str] | None:
        """Return the adapter and its file of weights, None without one; download its configuration if need be.

        Raises:
            HarnessError: it cannot be fetched or read, or is not one of this checkpoint.
        """
        if self.adapter is None:
            return None
        if fault := adapters.missing_library():
            raise InputError(fault, where=f"adapter {self.adapter}")
        adapter = adapters.locate(self.adapter, self.adapter_revision)
        adapters.check(adapter, self.checkpoint)
        return adapter, adapters.weight_file(adapter, self.adapter_pickle)

    def decoding_of(self, checkpoint: Checkpoint) -> Decoding:
        """Return how outputs of a checkpoint are decoded.

        Raises:
            ModelError: the checkpoint's own settings cannot be read, or are not supported.
        """
        config, generation = checkpoint.json("config.json"), checkpoint.json("generation_config.json")
        try:
            resolved = decoding_module.resolve(
                self.decoding, config=config, generation=generation, authors=self.AUTHORS
            )
        except ModelError as error:
            raise ModelError(error.message, where=checkpoint.label) from None
        positions = self.positions_of(checkpoint) if self.POSITIONS == _BOTH_SIDES else None
        if positions is not None and resolved.max_new_tokens > positions:
            raise ModelError(
                f"max_new_tokens {resolved.max_new_tokens} is over the {positions} positions of the model; set it "
                "lower under decoding",
                where=checkpoint.label,
            )
        return resolved

    def positions_of(self, checkpoint: Checkpoint) -> int | None:
        """Return how many positions a checkpoint has; None if it computes as many as it needs."""
        positions = checkpoint.json("config.json").get(self.POSITIONS) if self.POSITIONS else None
        return positions if isinstance(positions, int) else None

    def limit_of(self, checkpoint: Checkpoint) -> int:
        """Return the longest input in tokens.

        Raises:
            ModelError: the config asks for more than the model has positions.
        """
        stated = checkpoint.input_limit or self.INPUT_TOKENS
        limit = self.max_input_tokens or (min(stated, self.INPUT_TOKENS) if self.STATES_POSITIONS else stated)
        positions = self.positions_of(checkpoint)
        if positions is None:
            return limit
        if (self.max_input_tokens or 0) > positions:
            raise ModelError(
                f"max_input_tokens {self.max_input_tokens} is over the {positions} that it was trained to read; remove "
                f"it, or set it lower: {self.longer}",
                where=checkpoint.label,
            )
        return min(limit, positions)

    def licences(self) -> Mapping[str, str | None]:
        """Return the licences of checkpoint and adapter as the hub states them, else as the family does."""
        sources: list[tuple[str | Path, Callable[[], Checkpoint]]] = [(self.checkpoint, self.locate)]
        if (adapter := self.adapter) is not None:
            sources.append((adapter, lambda: adapters.locate(adapter, self.adapter_revision)))
        licences: dict[str, str | None] = {}
        for source, locate in sources:
            name = source.name if isinstance(source, Path) else source
            licences[name] = self.LICENCES.get(name)
            with suppress(HarnessError):  # without a network, what the family states is left
                licences[name] = locate().stated.licence or licences[name]
        return licences

    @property
    def longer(self) -> str:
        """What happens to longer inputs, in words."""
        return "the rest is cut"


def check_sizes(sizes: Mapping[str, int], checkpoint: Checkpoint) -> None:
    """Check that a tokenizer of these sizes and a checkpoint's embeddings are one model's.

    Args:
        sizes: how many ids the tokenizer has, by the key of config.json that gives the rows of their embedding.
        checkpoint: the checkpoint.

    Raises:
        ModelError: they are not.
    """
    config = checkpoint.json("config.json")
    text = config.get("text_config")  # of a model that reads images too
    for key, size in sizes.items():
        rows = (text if isinstance(text, dict) else config).get(key)
        if isinstance(rows, int) and not 0 <= rows - size <= _MAX_SPARE_ROWS:
            raise ModelError(
                f"its tokenizer has {size:,} tokens and its embedding {rows:,} rows ({key} in config.json); "
                "they are not one model's",
                where=checkpoint.label,
            )
