"""Find and describe the checkpoint of a metric. Imports no torch and loads no weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from harness.core import checkpoints, hub
from harness.core.checkpoints import PICKLES, SAFETENSORS, Checkpoint, Stated, download
from harness.core.descriptions import CheckpointDescription, MetricDescription, OfFamily
from harness.core.errors import HarnessError, InputError, ModelError
from harness.metrics import Metric
from harness.metrics._network.folder import in_folder
from harness.metrics._network.options import NetworkOptions

# Files of an encoder that are read beside its weights; an encoder has some of them.
ENCODER_FILES = (
    "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "sentencepiece.bpe.model",
    "spiece.model", "vocab.txt", "vocab.json", "merges.txt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Located:
    """A checkpoint whose small files are on this disk."""

    checkpoint: Checkpoint
    weights: tuple[str, ...]  # the file of weights, or its index
    encoder: Checkpoint | None = None  # whose configuration and tokenizer are read


class CheckpointMetric(Metric):
    """A metric with a checkpoint, which its options or its class name."""

    DEFAULT: ClassVar[str]  # the published checkpoint
    PUBLISHED: ClassVar[tuple[str, ...]]  # checkpoints whose pickles are loaded without being named in a config
    # What `harness check` shows of published checkpoints if the hub does not say it. Read at the source only.
    LICENCES: ClassVar[Mapping[str, str]] = {}
    GATED: ClassVar[tuple[str, ...]] = ()
    # Bytes of the weights: four for each parameter of the architecture, rounded.
    SIZES: ClassVar[Mapping[str, int]] = {}
    NEEDED: ClassVar[str] = "config.json"  # the file that makes a folder a checkpoint of this kind
    SMALL: ClassVar[tuple[str, ...]] = ENCODER_FILES  # files that are read beside the weights
    WEIGHTS: ClassVar[tuple[str, ...]] = (*SAFETENSORS, *PICKLES)  # names that the file of weights can have
    DTYPES: ClassVar[Mapping[str, str]] = {}  # types that are refused, with the reason

    @dataclass(frozen=True)
    class Options(NetworkOptions):
        """The options of every metric with a checkpoint."""

    options: NetworkOptions

    def __init__(self, name: str, language: str, options: Metric.Options | None = None) -> None:
        super().__init__(name, language, options)
        self.options = self.options.resolve(Path())
        self.normalises = False
        if self.options.dtype in self.DTYPES:
            reason = self.DTYPES[self.options.dtype]
            raise InputError(f"dtype: {self.options.dtype} is refused: {reason}", where=f"metric {self.plain_name}")
        if isinstance(self.checkpoint, str) and (fault := checkpoints.name_fault(self.checkpoint)):
            raise InputError(f"checkpoint: {fault}", where=f"metric {self.plain_name}")

    @property
    def checkpoint(self) -> str | Path:
        """The checkpoint as a config names it, or the published one."""
        return self.options.checkpoint or self.DEFAULT

    @cached_property
    def _located(self) -> Located:
        """The checkpoint; its small files are downloaded if need be.

        Raises:
            ModelError: it cannot be found or fetched, or its weights are a pickle that is not allowed.
        """
        try:
            return self._locate()
        except InputError as error:
            raise ModelError(error.message, where=error.where) from None

    def _locate(self) -> Located:
        located = self._find()
        return Located(located, self._weights(located), self._encoder(located))

    def _find(self) -> Checkpoint:
        if isinstance(self.checkpoint, Path):
            if self.options.revision is not None:
                raise InputError(
                    "revision: a folder has none; remove it, or name a checkpoint on the hub", where=self.checkpoint
                )
            return in_folder(self.checkpoint, self.NEEDED)
        return download.locate(
            self.checkpoint, self.options.revision, self.SMALL, needed=self.NEEDED,
            kind=f"a checkpoint of {self.plain_name}", weights=self.WEIGHTS,
        )  # fmt: skip

    def _weights(self, checkpoint: Checkpoint) -> tuple[str, ...]:
        """Return the file of weights.

        Raises:
            InputError: there is none, or only a pickle that is not allowed.
        """
        allowed = self.options.pickle
        names = self.WEIGHTS if allowed is None else (allowed, *self.WEIGHTS)
        name = next((name for name in names if name in checkpoint.files), None)
        if name is None and checkpoint.only_cached:
            raise ModelError("its weights are not in the cache; run once with a network", where=checkpoint.label)
        if name is None:
            raise InputError(f"no weights: expected {' or '.join(names)}", where=checkpoint.label)
        is_pickle = not name.removesuffix(".index.json").endswith(".safetensors")
        if is_pickle and name != allowed and self.checkpoint not in self.PUBLISHED:
            absent = "" if allowed is None else f"it has no {allowed}; "
            raise InputError(
                f"{absent}its weights are a pickle ({name}), and a pickle can hide code; only those of "
                f"{', '.join(self.PUBLISHED)} are loaded without being named. If you trust its authors, allow it by "
                f"name: {{{self.plain_name}: {{checkpoint: {self.checkpoint}, pickle: {name}}}}}",
                where=checkpoint.label,
            )
        return (name,)

    def _encoder(self, checkpoint: Checkpoint) -> Checkpoint | None:
        """Return the encoder whose configuration and tokenizer are read; None if the checkpoint has them."""
        name = self._encoder_name(checkpoint)
        if name is None:
            return None
        if isinstance(name, Path):
            return in_folder(name)
        try:
            return download.locate(name, None, ENCODER_FILES)
        except ModelError as error:
            hint = f"it is the encoder of {checkpoint.label}; the option encoder can name another, or a folder"
            raise type(error)(f"{error.message}; {hint}", where=error.where) from None

    def _encoder_name(self, checkpoint: Checkpoint) -> str | Path | None:
        return self.options.encoder

    def renew(self) -> None:
        """Forget what was found of the checkpoint."""
        self.__dict__.pop("_located", None)

    def describe(self) -> MetricDescription:
        """Return what is known of the checkpoint, and what keeps the metric from scoring here. May ask the hub."""
        described = self._described(None)
        try:
            found = self._find()
            described = self._described(found)
            weights = self._weights(found)
            absent = checkpoints.missing(found, weights)
            described = replace(
                described,
                place="hub" if absent else "folder" if found.commit is None else "cache",
                size=_total(found, checkpoints.parts(found, weights)),
                from_family=tuple(fact for fact in described.from_family if fact != "size"),
                download=_total(found, absent),
            )
            if absent and hub.offline():
                raise ModelError("its weights are not in the cache; run once with a network", where=found.label)
            encoder = self._encoder(found)
        except HarnessError as error:
            return MetricDescription(name=self.name, checkpoint=described, fault=str(error))
        return MetricDescription(name=self.name, checkpoint=described, encoder=encoder.label if encoder else None)

    def _described(self, found: Checkpoint | None) -> CheckpointDescription:
        """Return what is known of the checkpoint without its weights; `found` is None before it is located."""
        name = str(self.checkpoint)
        is_folder = isinstance(self.checkpoint, Path)
        stated = Stated() if found is None else found.stated
        from_family: dict[OfFamily, bool] = {
            "gated": name in self.GATED and stated.gated is None,
            "licence": name in self.LICENCES and stated.licence is None,
            "size": name in self.SIZES,
        }
        return CheckpointDescription(
            name=name,
            place="folder" if is_folder else "hub",
            revision=found.commit if found else None if is_folder else self.options.revision or "main",
            gated=(name in self.GATED or None) if stated.gated is None else stated.gated,
            licence=stated.licence or self.LICENCES.get(name),
            size=self.SIZES.get(name),
            from_family=tuple(fact for fact, is_stated in from_family.items() if is_stated),
        )


def identity(checkpoint: Checkpoint, small: Sequence[str], weights: Sequence[str]) -> str:
    """Return what identifies a checkpoint in a signature: its name and commit, or the digest of a folder."""
    if checkpoint.commit is not None:
        return f"{checkpoint.name}@{checkpoint.commit[:12]}"
    return f"folder@{checkpoints.digest(checkpoint, small, weights)[:12]}"


def _total(checkpoint: Checkpoint, names: Sequence[str]) -> int | None:
    """Return the size of files in bytes; None if one is unknown."""
    sizes = [checkpoint.files.get(name) for name in names]
    return None if None in sizes else sum(size or 0 for size in sizes)
