"""What all families share whose checkpoints an engine decodes: options, the way to the weights, long sources, counting.

Such a family is one file with options, a `Codec` (how its text becomes token ids and back) and the decoding of its
authors; see `mt5.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from pydantic import Field

from harness import checkpoints, engines, hardware
from harness.checkpoints import Checkpoint
from harness.engines import Decoding, Engine, Output, Request, Settings, Weights
from harness.errors import HarnessError, InputError, ModelError
from harness.models import SystemOptions, _decoding, _sections
from harness.models._decoding import DecodingOptions
from harness.records import Generation, Source

# A tokenizer has a few tokens fewer than its embedding has rows, which are padded to a round number; not thousands.
_MAX_SPARE_ROWS = 1024


class CheckpointOptions(SystemOptions):
    """What a config may say of a system with weights."""

    FILES: ClassVar[tuple[str, ...]] = ("config.json", "generation_config.json")  # beside the weights
    MODEL_TYPES: ClassVar[tuple[str, ...]]  # in config.json
    DTYPES: ClassVar[Mapping[str, str]] = {}  # those refused, with the reason
    AUTHORS: ClassVar[Mapping[str, Any]] = {}  # their decoding, where a checkpoint says nothing of it
    INPUT_TOKENS: ClassVar[int]  # of one input, where a checkpoint says nothing of it

    checkpoint: str | Path = Field(description="a folder, or a name on the Hugging Face hub")
    revision: str | None = Field(default=None, min_length=1, description="branch, tag or commit on the hub")
    pickle: str | None = Field(default=None, description="the pickle file of weights that may be loaded")
    engine: str = Field(default="transformers", description="the file in harness/engines/ that decodes")
    device: str = Field(
        default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="auto, cpu, cuda, cuda:1 or mps"
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto", description="auto: bfloat16 on a GPU that computes in it, else float32"
    )
    threads: int | None = Field(default=None, ge=1, description="of the CPU")
    batch_tokens: int | None = Field(default=None, ge=1, description="input tokens in one batch, padding counted")
    decoding: DecodingOptions = Field(default=DecodingOptions(), description="what to change of the authors' decoding")
    max_input_tokens: int | None = Field(default=None, ge=8, description="of one input; default: the checkpoint's")
    long: Literal["truncate", "sections"] = Field(default="truncate", description="what to do with longer sources")

    @property
    def samples(self) -> int:
        """Outputs for each source."""
        return self.decoding.samples or 1

    def resolve(self, folder: Path) -> CheckpointOptions:
        """Return the options with a checkpoint that is a folder as a path, relative to `folder`."""
        name = str(self.checkpoint)
        if not checkpoints.is_folder(name, folder):
            return self
        path = Path(os.path.normpath(folder / Path(name).expanduser()))
        return self.model_copy(update={"checkpoint": path})

    def faults(self, tasks: Sequence[str]) -> list[str]:
        """Return what is wrong with the names, and with a folder, as far as can be seen without reading weights."""
        found = []
        if self.dtype in self.DTYPES:
            found.append(f"dtype: {self.dtype} is refused: {self.DTYPES[self.dtype]}")
        try:
            engines.get(self.engine)
        except InputError as error:
            found.append(f"engine: {error}")
        if isinstance(self.checkpoint, Path):
            if self.revision is not None:
                found.append("revision: a folder has none; remove it, or name a checkpoint on the hub")
            found += [f"checkpoint: {fault}" for fault in self._folder_faults(self.checkpoint)]
        elif fault := checkpoints.name_fault(self.checkpoint):
            found.append(f"checkpoint: {fault}")
        return found

    def _folder_faults(self, folder: Path) -> Iterator[str]:
        try:
            checkpoint = checkpoints.in_folder(folder)
            self.check_type(checkpoint)
            files = checkpoints.weight_files(checkpoint, self.pickle)
            yield from checkpoints.weight_faults(checkpoint, files)
        except HarnessError as error:
            yield str(error)

    def check_type(self, checkpoint: Checkpoint) -> None:
        """Check that the family can run a checkpoint.

        Raises:
            ModelError: it is another architecture's.
        """
        found = checkpoint.json("config.json").get("model_type")
        if found not in self.MODEL_TYPES:
            raise ModelError(
                f"{checkpoint.label}: family {self.family!r} runs model_type {' or '.join(self.MODEL_TYPES)}, and its "
                f"config.json has {found!r}; choose the family that fits (harness list models)"
            )

    def fingerprint(self) -> dict[str, Any]:
        """Return what decides outputs: a folder by its content, and nothing of where and how fast it runs."""
        told = self.model_dump(
            mode="json", exclude={"tasks", "device", "threads", "batch_tokens", "pickle"}, exclude_none=True
        )
        if isinstance(self.checkpoint, Path):
            told["checkpoint"] = self._folder_digest(self.checkpoint)
        return told

    def _folder_digest(self, folder: Path) -> str:
        try:
            checkpoint = checkpoints.in_folder(folder)
            return checkpoints.digest(checkpoint, self.FILES, checkpoints.weight_files(checkpoint, self.pickle))
        except HarnessError:
            return "absent"  # `faults` says so

    def locate(self) -> Checkpoint:
        """Return the checkpoint, its configuration and tokenizer brought here.

        Raises:
            ModelError: it cannot be had.
        """
        if isinstance(self.checkpoint, Path):
            return checkpoints.in_folder(self.checkpoint)
        return checkpoints.locate(self.checkpoint, self.revision, self.FILES)

    def decoding_of(self, checkpoint: Checkpoint) -> Decoding:
        """Return how outputs of a checkpoint are decoded.

        Raises:
            ModelError: the checkpoint's own settings cannot be read or done.
        """
        config, generation = checkpoint.json("config.json"), checkpoint.json("generation_config.json")
        return _decoding.resolve(self.decoding, config=config, generation=generation, authors=self.AUTHORS)

    def limit_of(self, checkpoint: Checkpoint) -> int:
        """Return the longest input in tokens."""
        return self.max_input_tokens or _stored_limit(checkpoint) or self.INPUT_TOKENS

    def describe(self) -> list[str]:
        """Return where the checkpoint is, what of it is still to be fetched, and how it will be run."""
        try:
            device = hardware.device(self.device)
            place = f"{hardware.dtype(self.dtype, device)} on {device}"
        except HarnessError as error:
            place = str(error)
        long = "the rest is cut" if self.long == "truncate" else "longer ones in sections"
        try:
            checkpoint = self.locate()
            self.check_type(checkpoint)
            files = checkpoints.weight_files(checkpoint, self.pickle)
            decoding, limit = self.decoding_of(checkpoint), self.limit_of(checkpoint)
        except HarnessError as error:
            decoding = _decoding.resolve(self.decoding, config={}, generation={}, authors=self.AUTHORS)
            return [
                f"checkpoint {self.checkpoint} at {self.revision or 'main'}, which cannot be seen now: "
                + str(error).removeprefix(f"{self.checkpoint}: "),
                place,
                f"where the checkpoint does not say otherwise: {_told(decoding)}; inputs of up to "
                f"{self.max_input_tokens or self.INPUT_TOKENS} tokens, {long}",
            ]
        absent = checkpoints.missing(checkpoint, files)
        sizes = [checkpoint.files.get(file) for file in (absent or checkpoints.parts(checkpoint, files))]
        size = "size unknown" if None in sizes else f"{sum(size or 0 for size in sizes) / 1e6:,.1f} MB"
        state = "to be downloaded" if absent else "here"
        return [
            f"checkpoint {checkpoint.label}, weights {state} ({size})",
            place,
            f"{_told(decoding)}; inputs of up to {limit} tokens, {long}",
        ]


class Codec(Protocol):
    """How one family's text becomes token ids, and ids text."""

    @property
    def size(self) -> int:
        """How many ids the tokenizer has."""

    @property
    def unknown(self) -> int:
        """The id of what the tokenizer does not know."""

    @property
    def added(self) -> int:
        """How many tokens `wrap` adds."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text alone."""

    def wrap(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Return what the model reads: the ids with what the family puts before and after them."""

    def start(self, target: str) -> tuple[int, ...]:
        """Return what the decoder starts with for an output language (FLORES code); empty for the checkpoint's own.

        Raises:
            ModelError: the checkpoint does not know the language.
        """

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of an output."""


@dataclass(frozen=True, slots=True)
class _Input:
    """One source as it is given to the engine."""

    source: Source
    ids: tuple[int, ...]  # without what `Codec.wrap` adds
    read: int  # tokens of the source's text that some pass read
    cut: int  # and that none did
    unknown: int
    sections: int = 1
    overfull: bool = False  # what its sections were made into was cut in turn


class Seq2Seq:
    """A system of a family that has a `Codec`."""

    def __init__(
        self,
        options: CheckpointOptions,
        *,
        recipe: int,
        architecture: str,
        codec: Callable[[Checkpoint], Codec],
        prefix: str = "",
    ) -> None:
        """Find the checkpoint and settle everything that decides an output; no weights are read.

        Args:
            options: from the config.
            recipe: raised whenever this code would make other outputs than before.
            architecture: "module:Class" of the model.
            codec: makes the codec when it is first needed.
            prefix: put before every text.

        Raises:
            HarnessError: the checkpoint cannot be had, or is not this family's.
        """
        self._options, self._codec_of, self._architecture, self._prefix = options, codec, architecture, prefix
        self._checkpoint = options.locate()
        options.check_type(self._checkpoint)
        self._files = checkpoints.weight_files(self._checkpoint, options.pickle)
        self._config = self._checkpoint.json("config.json")
        self._device = hardware.device(options.device)
        self._dtype = hardware.dtype(options.dtype, self._device)
        self._decoding = options.decoding_of(self._checkpoint)
        self._limit = options.limit_of(self._checkpoint)
        self._recipe = recipe
        self._codec: Codec | None = None
        self._engine: Engine | None = None

    def identity(self) -> Mapping[str, Any]:
        """Return all that decides an output."""
        checkpoint = self._checkpoint
        if checkpoint.commit is None:
            place = {"digest": checkpoints.digest(checkpoint, self._options.FILES, self._files)}
        else:
            place = {"name": checkpoint.name, "commit": checkpoint.commit, "weights": self._files[0]}
        decoding = {key: value for key, value in asdict(self._decoding).items() if value != {}}
        return {
            "family": self._options.family,
            "recipe": self._recipe,
            "checkpoint": place,
            "decoding": decoding,
            "max_input_tokens": self._limit,
            "long": self._options.long,
            "prefix": self._prefix,
            "dtype": self._dtype,
            "engine": f"{self._options.engine} {_release(self._options.engine)}",
        }

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield the outputs of each source; those that need one pass come first, each as soon as its batch is done."""
        codec = self._ready()
        # Each start is looked up before the weights are read: a language that the checkpoint lacks is known at once.
        for target in dict.fromkeys(source.target for source in sources):
            codec.start(target)
        short, long = [], []
        for source in sources:
            ids = self._encode(source.text)
            if len(ids) <= self._room or self._options.long == "truncate" or len(source.sentences) < 2:
                short.append(self._whole(source, ids))
            else:
                long.append(source)
        yield from self._finish(short)
        if long:
            yield from self._finish(self._condense(long))

    def close(self) -> None:
        """Free the weights."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    @property
    def _room(self) -> int:
        """Tokens of text in one input."""
        return self._limit - self._ready().added

    def _ready(self) -> Codec:
        if self._codec is None:
            codec = self._codec_of(self._checkpoint)
            rows = self._config.get("vocab_size")
            if isinstance(rows, int) and not 0 <= rows - codec.size <= _MAX_SPARE_ROWS:
                raise ModelError(
                    f"{self._checkpoint.label}: its tokenizer has {codec.size:,} tokens and its embedding {rows:,} "
                    "rows; they are not one model's"
                )
            self._codec = codec
        return self._codec

    def _loaded(self) -> Engine:
        if self._engine is None:
            folder = checkpoints.fetch(self._checkpoint, self._files)
            weights = Weights(
                folder=folder,
                files=self._files,
                pickled=self._files[0] in checkpoints.PICKLES,
                architecture=self._architecture,
            )
            settings = Settings(
                device=self._device,
                dtype=self._dtype,
                threads=self._options.threads,
                batch_tokens=self._options.batch_tokens,
            )
            self._engine = engines.get(self._options.engine).load(weights, settings)
        return self._engine

    def _encode(self, text: str) -> list[int]:
        return self._ready().encode(self._prefix + " ".join(text.split()))

    def _whole(self, source: Source, ids: Sequence[int]) -> _Input:
        """Return a source as one input, cut where it is too long."""
        kept = tuple(ids[: self._room])
        return _Input(source, kept, len(kept), len(ids) - len(kept), self._unknown(kept))

    def _unknown(self, ids: Sequence[int]) -> int:
        return list(ids).count(self._ready().unknown)

    def _request(self, ids: Sequence[int], target: str, key: str) -> Request:
        codec = self._ready()
        return Request(codec.wrap(ids), codec.start(target), key)

    def _finish(self, inputs: Sequence[_Input]) -> Iterator[Generation]:
        """Yield the outputs of inputs."""
        if not inputs:
            return
        requests = [self._request(each.ids, each.source.target, each.source.id) for each in inputs]
        for batch in self._loaded().decode(requests, self._decoding):
            for output in batch:
                yield self._generation(inputs[output.request], output)

    def _generation(self, given: _Input, output: Output) -> Generation:
        return Generation(
            id=given.source.id,
            text=self._ready().decode(output.ids),
            input_tokens=given.read,
            output_tokens=len(output.ids),
            truncated=given.cut > 0 or given.overfull,
            finish=output.finish,
            seconds=round(output.seconds, 4),
            cut_tokens=given.cut,
            unknown_tokens=given.unknown,
            sections=given.sections,
            sample=output.sample,
        )

    def _condense(self, sources: Sequence[Source]) -> list[_Input]:
        """Return long sources as inputs that fit: their windows' outputs, joined, and again while that is too long."""
        inputs: dict[str, _Input] = {}
        texts = {source.id: list(source.sentences) for source in sources}
        by_id = {source.id: source for source in sources}
        turn = 0
        recut: set[str] = set()  # sources of which a later turn read only part
        while texts:
            turn += 1
            parts = {name: self._windows(sentences) for name, sentences in texts.items()}
            requests, owners = [], []
            for name, windows in parts.items():
                for number, ids in enumerate(windows):
                    requests.append(self._request(ids[: self._room], by_id[name].target, f"{name}|{turn}|{number}"))
                    owners.append((name, number))
                if turn > 1 and any(len(ids) > self._room for ids in windows):
                    recut.add(name)
                if turn == 1:
                    read = [ids[: self._room] for ids in windows]
                    inputs[name] = _Input(
                        source=by_id[name],
                        ids=(),
                        read=sum(map(len, read)),
                        cut=sum(map(len, windows)) - sum(map(len, read)),
                        unknown=sum(map(self._unknown, read)),
                        sections=len(windows),
                    )
            made: dict[str, dict[int, str]] = {}
            for batch in self._loaded().decode(requests, replace(self._decoding, samples=1)):
                for output in batch:
                    name, number = owners[output.request]
                    made.setdefault(name, {})[number] = self._ready().decode(output.ids).strip()
            for name, windows in parts.items():
                joined = [made[name][number] for number in range(len(windows))]
                ids = self._encode(" ".join(joined))
                if len(ids) <= self._room or len(windows) == len(texts[name]):
                    # Each sentence had a window to itself: another turn could make it no shorter.
                    overfull = name in recut or len(ids) > self._room
                    inputs[name] = replace(inputs[name], ids=tuple(ids[: self._room]), overfull=overfull)
                    del texts[name]
                else:
                    texts[name] = joined
        return [inputs[source.id] for source in sources]

    def _windows(self, sentences: Sequence[str]) -> list[list[int]]:
        """Return the token ids of windows of sentences that fit one input (a single longer sentence does not)."""
        # The prefix is in every sentence's count, so that a window comes out a little short rather than too long.
        lengths = [len(self._encode(sentence)) for sentence in sentences]
        found = _sections.windows(lengths, self._room)
        return [self._encode(" ".join(sentences[window])) for window in found]


def _stored_limit(checkpoint: Checkpoint) -> int | None:
    """Return the longest input that the checkpoint itself names; tokenizers without a limit store a huge number."""
    stored = checkpoint.json("tokenizer_config.json").get("model_max_length")
    return int(stored) if isinstance(stored, int | float) and 0 < stored < 1_000_000 else None


def _told(decoding: Decoding) -> str:
    """Return a decoding in words: what differs from greedy decoding without limits."""
    plain = asdict(Decoding(max_new_tokens=0))
    return ", ".join(f"{key} {value}" for key, value in asdict(decoding).items() if value != plain[key])


def _release(library: str) -> str:
    """Return the release of an engine's library: its patches are not expected to change an output."""
    found = re.match(r"\d+\.\d+", version(library))
    return found.group() if found else version(library)
