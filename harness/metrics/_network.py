"""The base of metrics with a checkpoint: where it is, its signature, and how segments with references are read.

Finding a checkpoint imports no torch. Its weights are fetched and loaded when the first segment is read; one network
is in memory at a time, and metrics that read the same checkpoint in the same way share it. A metric that was made with
a `stored` signature needs no checkpoint: it only computes scores of statistics.

A hypothesis may be empty, and is scored as the official code scores it. Special tokens that are written in a text
("</s>") become these tokens, as there. A hypothesis or reference that is None is refused before it gets here.
"""

from __future__ import annotations

import os
import re
from abc import abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar, cast

import numpy as np

from harness.core import checkpoints, hub
from harness.core.checkpoints import PICKLES, SAFETENSORS, Checkpoint, download, hardware
from harness.core.descriptions import CheckpointDescription, MetricDescription, OfFamily
from harness.core.errors import HarnessError, InputError, ModelError
from harness.core.scores import ErrorSpan
from harness.metrics import Batch, Examples, FloatArray, Metric, Readings

T = TypeVar("T")

# Files of an encoder that are read beside its weights; an encoder has some of them.
ENCODER_FILES = (
    "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "sentencepiece.bpe.model",
    "spiece.model", "vocab.txt", "vocab.json", "merges.txt",
)  # fmt: skip
_RUNS_WHERE = ("device", "batch_tokens", "pickle")  # options that decide no score


@dataclass(frozen=True)
class NetworkOptions(Metric.Options):
    """The options of every metric with a checkpoint."""

    checkpoint: str | Path | None = None  # a folder, or a name on the Hugging Face hub; None: the published one
    revision: str | None = None  # branch, tag or commit on the hub; None: main
    encoder: str | Path | None = None  # whose configuration and tokenizer are read; None: the one that is named there
    pickle: str | None = None  # the file of weights to load although it is a pickle; not needed for published ones
    device: str = "auto"  # auto, cpu, cuda, cuda:1 or mps
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"  # auto: bfloat16 on a GPU that supports it
    references: Literal["best", "mean"] = "best"  # the score of a segment with several references
    batch_tokens: int | None = None  # tokens of a batch, padding included; None: as many as suit most machines

    def __post_init__(self) -> None:
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", self.device):
            raise InputError(f"device: expected auto, cpu, cuda, cuda:1 or mps, found {self.device!r}")
        if self.batch_tokens is not None and self.batch_tokens < 1:
            raise InputError(f"batch_tokens: expected 1 or more, found {self.batch_tokens}")

    def resolve(self, folder: Path) -> NetworkOptions:
        """Return the options; a checkpoint or encoder that is a folder has its path, relative to `folder`."""
        return replace(self, checkpoint=_path(self.checkpoint, folder), encoder=_path(self.encoder, folder))

    def label(self) -> str:
        """Return the last part of the checkpoint's name, and other options that decide a score."""
        changed = self._changed()
        name = Path(str(changed.pop("checkpoint", ""))).name
        others = (f"{key}={Path(str(value)).name}" for key, value in changed.items() if key not in _RUNS_WHERE)
        return ",".join(filter(None, (name, *others))) or "default"

    def changed(self, folder: Path) -> dict[str, Any]:
        """Return the options that are not the defaults as a config has them, with paths relative to `folder`."""
        return {
            key: _as_folder(os.path.relpath(value, folder)) if isinstance(value, Path) else value
            for key, value in self._changed().items()
        }

    def fingerprint(self) -> dict[str, Any]:
        """Return the options that decide a score; a folder by the content of its small files and its weights."""
        return {
            key: _digest(value, self.pickle) if isinstance(value, Path) else value
            for key, value in self._changed().items()
            if key not in _RUNS_WHERE
        }

    def _changed(self) -> dict[str, Any]:
        values = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        return {name: value for name, (value, default) in values.items() if value != default}


class Value(NamedTuple):
    """What the network says of a hypothesis against one reference, or against none."""

    score: float
    is_cut: bool  # a text was longer than the network reads
    spans: tuple[ErrorSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Triples:
    """Texts for the network: a hypothesis with its source and one reference each."""

    sources: Sequence[str]  # empty unless the metric needs them
    hypotheses: Sequence[str]
    references: Sequence[str] | None  # None: the metric reads none


@dataclass(frozen=True, slots=True)
class Located:
    """A checkpoint whose small files are on this disk."""

    checkpoint: Checkpoint
    weights: tuple[str, ...]  # the file of weights, or its index
    encoder: Checkpoint | None = None  # whose configuration and tokenizer are read


class NetworkMetric(Metric):
    """A metric with a checkpoint: a mean over segments, with the statistics [value, 1]."""

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

    kept = True
    needs_network = True
    names_options = False

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

    # --- scores -------------------------------------------------------------------------------------------------------

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the mean of the values."""
        return np.asarray(statistics[..., 0] / np.maximum(statistics[..., 1], 1.0))

    def statistics(self, examples: Examples) -> FloatArray:
        """Return [value, 1] for each segment."""
        examples.check(self.needs)
        return self.read(examples, range(len(examples.hypotheses))).statistics

    def read(self, examples: Examples, indices: Sequence[int]) -> Readings:
        """Return the value of some of the segments, with the errors that the network marks if it does."""
        references = [examples.references_of(index) if self.reads_references else ("",) for index in indices]
        places = [index for index, of_segment in zip(indices, references, strict=True) for _ in of_segment]
        triples = Triples(
            [examples.sources[index] for index in places] if examples.sources else (),
            [examples.hypotheses[index] for index in places],
            [text for of_segment in references for text in of_segment] if self.reads_references else None,
        )
        values = iter(self._values(triples, examples))
        of_segments = [[next(values) for _ in of_segment] for of_segment in references]
        chosen = [self._chosen(of_segment) for of_segment in of_segments]
        if not np.isfinite([value.score for value in chosen]).all():
            raise ModelError(
                f"the network of {self.name} gave NaN or infinity in {self.dtype}; try dtype: float32",
                where=self._located.checkpoint.label,
            )
        return Readings(
            np.array([[value.score, 1.0] for value in chosen]).reshape(len(indices), 2),
            [any(value.is_cut for value in of_segment) for of_segment in of_segments],
            [value.spans for value in chosen],
        )

    def _chosen(self, values: Sequence[Value]) -> Value:
        """Return one value for the references of a segment; of a mean, the spans are those of the first reference."""
        if self.options.references == "mean":
            return values[0]._replace(score=float(np.mean([value.score for value in values])))
        return (max if self.higher_is_better else min)(values, key=lambda value: value.score)

    @abstractmethod
    def _values(self, triples: Triples, examples: Examples) -> Sequence[Value]:
        """Return the value of each triple; `examples` are all segments, also those that are not read now."""

    def _statistics(self, batch: Batch) -> FloatArray:
        return self.statistics(Examples(batch.hypotheses, batch.references, batch.sources, batch.annotations))

    # --- identity -----------------------------------------------------------------------------------------------------

    def _signature(self, references: int | None) -> str:
        count = "var" if references is None else references
        parts = [f"nrefs:{count}"] if self.reads_references else []
        if self.stored is not None:
            return "|".join([*parts, re.sub(r"^nrefs:\w+\|", "", self.stored)])
        return "|".join([*parts, self.plain_name, *self._settings(), f"version:{self.recipe}"])

    def _settings(self) -> list[str]:
        located = self._located
        settings = [f"checkpoint:{_identity(located.checkpoint, self.SMALL, located.weights)}"]
        if located.encoder is not None and self.options.encoder is not None:
            settings.append(f"encoder:{_identity(located.encoder, ENCODER_FILES, ())}")
        settings.append(f"dtype:{self.dtype}")
        return settings + [f"refs:{self.options.references}"] * self.reads_references

    def current(self, signature: str) -> str:
        """Return a stored signature with this version of the harness; the checkpoint need not be on this machine."""
        return re.sub(r"version:\d+$", f"version:{self.recipe}", signature)

    @cached_property
    def device(self) -> str:
        """The device that the network runs on.

        Raises:
            ModelError: torch does not see it.
        """
        return hardware.device(self.options.device)

    @cached_property
    def dtype(self) -> str:
        """The type of the network's numbers."""
        return hardware.dtype(self.options.dtype, self.device)

    # --- the checkpoint -----------------------------------------------------------------------------------------------

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

    def _network(self, kind: str, load: Callable[[Located, Path], T], *more: Hashable) -> T:
        """Return the network of this metric; fetch and load it unless it is in memory.

        Args:
            kind: metrics of one kind share networks.
            load: is given the checkpoint and its folder.
            more: settings that decide what is loaded.
        """
        located = self._located
        identities = (
            _identity(located.checkpoint, self.SMALL, located.weights),
            located.encoder and located.encoder.folder,
        )
        key = (kind, *identities, self.dtype, self.device, self.options.batch_tokens, *more)
        if _memory.key != key:
            _memory.key, _memory.network = None, None  # two may not fit into memory
            folder = download.fetch(located.checkpoint, located.weights)
            _memory.network, _memory.key = load(located, folder or located.checkpoint.folder), key
        return cast("T", _memory.network)

    def renew(self) -> None:
        """Forget what was found of the checkpoint."""
        self.__dict__.pop("_located", None)

    def describe(self) -> MetricDescription:
        """Return what is known of the checkpoint, and what keeps the metric from scoring here. May ask the hub."""
        name = str(self.checkpoint)
        is_folder = isinstance(self.checkpoint, Path)
        described = CheckpointDescription(
            name=name, place="folder" if is_folder else "hub",
            revision=None if is_folder else self.options.revision or "main",
            gated=name in self.GATED or None, licence=self.LICENCES.get(name), size=self.SIZES.get(name),
            from_family=tuple(fact for fact, known in self._stated(name).items() if known),
        )  # fmt: skip
        try:
            found = self._find()
        except HarnessError as error:
            return MetricDescription(name=self.name, checkpoint=described, fault=str(error))
        described = replace(
            described,
            revision=found.commit,
            gated=described.gated if found.stated.gated is None else found.stated.gated,
            licence=found.stated.licence or described.licence,
            from_family=tuple(
                fact
                for fact, known in self._stated(name).items()
                if known and getattr(found.stated, fact, None) is None
            ),
        )
        try:
            weights = self._weights(found)
            absent = checkpoints.missing(found, weights)
            described = replace(
                described,
                place="hub" if absent else described.place if is_folder else "cache",
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

    def _stated(self, name: str) -> dict[OfFamily, bool]:
        return {"gated": name in self.GATED, "licence": name in self.LICENCES, "size": name in self.SIZES}


def _path(name: str | Path | None, folder: Path) -> str | Path | None:
    """Return a name as a path, relative to `folder`, if it means a folder."""
    if not isinstance(name, str) or not checkpoints.is_folder(name, folder):
        return name
    return Path(os.path.normpath(folder / Path(name).expanduser()))


class _Memory:
    """The network that is in memory."""

    key: tuple[Hashable, ...] | None = None
    network: Any = None


_memory = _Memory()


def in_folder(folder: Path, needed: str = "config.json") -> Checkpoint:
    """Return the checkpoint in a folder, with the files in folders below it.

    Raises:
        InputError: the folder does not exist, cannot be read, or lacks the file that is needed.
    """
    try:
        if not folder.is_dir():
            raise InputError("expected a checkpoint's folder, found none", where=folder)
        found: dict[str, int | None] = {
            path.relative_to(folder).as_posix(): path.stat().st_size
            for path in sorted([*folder.glob("*"), *folder.glob("*/*")])
            if path.is_file()
        }
    except OSError as error:
        raise InputError(f"could not read the folder ({error.strerror})", where=folder) from None
    if needed not in found:
        content = ", ".join([*found][:5]) or "no file"
        raise InputError(f"not a checkpoint: no {needed} in it (it contains {content})", where=folder)
    return Checkpoint(name=str(folder), commit=None, folder=folder, files=found)


def _identity(checkpoint: Checkpoint, small: Sequence[str], weights: Sequence[str]) -> str:
    """Return what identifies a checkpoint in a signature: its name and commit, or the digest of a folder."""
    if checkpoint.commit is not None:
        return f"{checkpoint.name}@{checkpoint.commit[:12]}"
    return f"folder@{checkpoints.digest(checkpoint, small, weights)[:12]}"


def _digest(folder: Path, pickle: str | None) -> str:
    """Return a digest of the files in a checkpoint's folder; "absent" without one."""
    try:
        found = in_folder(folder, "hparams.yaml" if (folder / "hparams.yaml").exists() else "config.json")
    except InputError:
        return "absent"
    names = [name for name in found.files if Path(name).suffix in (".yaml", ".json", ".model", ".safetensors", ".ckpt")]
    return checkpoints.digest(found, names, (pickle,) if pickle in found.files and pickle else ())


def _as_folder(path: str) -> str:
    """Return a relative path so that it cannot be taken for a name on the hub."""
    return path if path.startswith((".", "/")) else f"./{path}"


def _total(checkpoint: Checkpoint, names: Sequence[str]) -> int | None:
    """Return the size of files in bytes; None if one is unknown."""
    sizes = [checkpoint.files.get(name) for name in names]
    return None if None in sizes else sum(size or 0 for size in sizes)
