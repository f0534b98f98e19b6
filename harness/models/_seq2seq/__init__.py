"""The common part of all families whose checkpoints an engine decodes: loading the weights, and the identity.

Such a family is one file with options (see `options.py`), a codec (which turns its text into token ids and back) and
its authors' decoding. One input is a whole document (`documents.py`; `mt5` is such a family), one sentence
(`sentences.py`; `indictrans2`), or what the config says (`units.py`; `seq2seq`). `translators.py` has the codec of
sentence models whose languages are tokens; `vocabularies.py` and `tokenizer_json.py` read the files of all tokenizers.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, Generic, Literal, Protocol, TypeVar

from harness import engines
from harness.core import checkpoints, rankings, registry
from harness.core.checkpoints import Checkpoint, adapters, download, headers
from harness.core.errors import ModelError
from harness.core.rankings import Ranked
from harness.core.records import Generation, RankingSource, Source
from harness.engines import Engine, EngineSettings, GivesProbabilities, Request, Weights
from harness.models import Model
from harness.models._seq2seq import engine_choice
from harness.models._seq2seq.options import CheckpointOptions, check_sizes


class Codec(Protocol):
    """Turns a family's text into token ids, and ids into text. Documents and sentences extend it."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many ids the tokenizer has, by the key of config.json that states the rows of their embedding."""

    @property
    def unknown(self) -> int:
        """The id that stands for text outside the vocabulary."""

    @property
    def added(self) -> int:
        """How many ids the model reads in addition to those of the text."""

    def write(self, text: str, target: str, values: Mapping[int, str]) -> list[int]:
        """Return the ids with which the model would write a text, without the end.

        Args:
            text: an output.
            target: FLORES code of its language.
            values: what the placeholders in the source stand for.
        """


CodecT = TypeVar("CodecT", bound=Codec)


class Seq2Seq(ABC, Generic[CodecT]):
    """A system whose checkpoint an engine decodes."""

    def __init__(
        self,
        options: CheckpointOptions,
        *,
        recipe: int,
        architecture: str,
        codec: Callable[[Checkpoint], CodecT],
        padding: Literal["left", "right"] = "right",
    ) -> None:
        """Find the checkpoint and determine everything that decides an output. No weights are read.

        Args:
            options: from the config.
            recipe: increased whenever a change of the code changes outputs.
            architecture: "module:Class" of the model.
            codec: creates the codec when it is first needed.
            padding: the side on which the authors pad.

        Raises:
            HarnessError: the checkpoint cannot be fetched or read, or is not one of this family.
        """
        self._options, self._codec_of, self._architecture, self._padding = options, codec, architecture, padding
        self._checkpoint = options.locate()
        options.check_type(self._checkpoint)
        self._files = checkpoints.weight_files(self._checkpoint, options.pickle)
        self._adapter = options.locate_adapter()
        self._device = engine_choice.device(options)
        self._dtype = engine_choice.number_type(options, self._device)
        self._decoding = options.decoding_of(self._checkpoint)
        engine_choice.check(options, self._checkpoint, self._decoding)
        self._limit = options.limit_of(self._checkpoint)
        self._recipe = recipe
        self._codec: CodecT | None = None
        self._engine: Engine | None = None
        self._unloadable: str | None = None

    def identity(self) -> Mapping[str, Any]:
        """Return everything that decides an output."""
        decoding = {key: value for key, value in asdict(self._decoding).items() if value not in ({}, ())}
        # The outputs of runs from before there was a choice stay valid.
        usual = self._options.AUTHORS.get("beam_stop", "transformers")
        if self._decoding.num_beams == 1 or self._decoding.beam_stop == usual:
            del decoding["beam_stop"]
        adapter = {"adapter": adapters.identity(*self._adapter)} if self._adapter else {}
        return {
            "family": self._options.family,
            "recipe": self._recipe,
            "checkpoint": self._options.place_of(self._checkpoint, self._files),
            **adapter,
            "decoding": decoding,
            "max_input_tokens": self._limit,
            "dtype": self._dtype,
            "device": self._device.partition(":")[0],  # another kind rounds differently
            "engine": _engine(self._options.engine),
        }

    def parameters(self) -> int | None:
        """Return how many numbers the checkpoint contains; None for a pickle. A merged adapter adds none."""
        return headers.parameters(self._checkpoint, self._files)

    def conversion(self) -> Mapping[str, Any] | None:
        """Return how the converted weights agree with the original (see `harness.models.HasConversion`)."""
        engine = engine_choice.converter(self._options)
        agreement = engine.agreement(self._key, self._dtype) if engine else None
        return asdict(agreement) if agreement else None

    @abstractmethod
    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield the outputs of each source, each as soon as its batch is done."""

    def rank(self, sources: Sequence[RankingSource]) -> Iterator[Generation]:
        """Yield the ranking of each source's candidates as soon as all of them are scored (see `harness.models.Ranks`).

        A source is one input, however many sentences it has.

        Raises:
            ModelError: a source is longer than the model's limit, or the engine gives no probabilities.
        """
        requests: list[Request] = []
        targets: list[list[int]] = []
        owners: list[tuple[RankingSource, str]] = []
        for source in sources:
            request, values = self._whole_input(source)
            for candidate in source.candidates:
                requests.append(request)
                targets.append(self._ready().write(candidate, source.target, values))
                owners.append((source, candidate))
        engine = self._loaded()
        if not isinstance(engine, GivesProbabilities):
            raise ModelError("it gives no probabilities; choose engine: transformers", where=self._options.engine)
        done: dict[str, list[tuple[Ranked, float]]] = {}
        for batch in engine.score(requests, targets):
            for scored in batch:
                source, candidate = owners[scored.request]
                of_source = done.setdefault(source.id, [])
                of_source.append((Ranked(candidate, scored.total, scored.tokens), scored.seconds))
                if len(of_source) == len(source.candidates):
                    yield from self._rankings(source, requests[scored.request], of_source)

    def _rankings(
        self, source: Source, request: Request, scored: Sequence[tuple[Ranked, float]]
    ) -> Iterator[Generation]:
        """Yield the ranking of a source's candidates once for each sample: no sample differs from another."""
        for sample in range(self._options.samples):
            yield Generation(
                id=source.id,
                text=rankings.write(ranked for ranked, _ in scored),
                input_tokens=len(request.ids) - self._ready().added,
                output_tokens=sum(ranked.tokens for ranked, _ in scored),
                seconds=round(sum(seconds for _, seconds in scored), 4),
                cut_tokens=0,
                unknown_tokens=request.ids.count(self._ready().unknown),
                sample=sample,
            )

    @abstractmethod
    def _whole_input(self, source: Source) -> tuple[Request, Mapping[int, str]]:
        """Return a source as one input, and what the placeholders in it stand for.

        Raises:
            ModelError: it is too long, or the checkpoint does not know a language.
        """

    def _check_room(self, tokens: int) -> None:
        """Raise ModelError if a source of so many tokens is too long to be read at once."""
        if tokens > self._room:
            raise ModelError(f"a source of {tokens} tokens is too long to rank texts for it; the limit is {self._room}")

    def close(self) -> None:
        """Free the weights."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def take_weights(self, other: Model) -> None:
        """Take the loaded weights of a system that would load the same ones in the same way (see `SharesWeights`)."""
        if self._engine is None and isinstance(other, Seq2Seq) and other._loads == self._loads:
            self._engine, other._engine = other._engine, None

    @property
    def _loads(self) -> tuple[object, ...]:
        """Everything that decides what `_load` returns."""
        checkpoint = self._checkpoint
        place = checkpoint.folder, checkpoint.name, checkpoint.commit
        adapter = adapters.identity(*self._adapter) if self._adapter else {}
        return *place, self._files, self._architecture, self._options.engine, self._settings, adapter

    @property
    def _settings(self) -> EngineSettings:
        return EngineSettings(
            device=self._device,
            dtype=self._dtype,
            threads=self._options.threads,
            batch_tokens=self._options.batch_tokens,
            padding=self._padding,
        )

    @property
    def _key(self) -> str:
        """What identifies the weights; computed when needed, because it reads those in a folder."""
        return self._options.weights_key(self._checkpoint, self._files, self._adapter)

    @property
    def _room(self) -> int:
        """Tokens of text in one input."""
        return self._limit - self._ready().added

    def _ready(self) -> CodecT:
        if self._codec is None:
            codec = self._codec_of(self._checkpoint)
            check_sizes(codec.sizes, self._checkpoint)
            self._codec = codec
        return self._codec

    def _loaded(self) -> Engine:
        if self._unloadable is not None:
            # To find the source that fails, the caller tries again and again, and loading can take minutes.
            raise ModelError(self._unloadable)
        if self._engine is None:
            try:
                self._engine = self._load()
            except Exception as error:
                self._unloadable = str(error)
                raise
        return self._engine

    def _load(self) -> Engine:
        folder = download.fetch(self._checkpoint, self._files)
        if (folder / adapters.CONFIG).exists():
            # transformers would merge it if peft is installed, and ignore it if not.
            raise ModelError(
                f"its folder also has an adapter; remove {adapters.CONFIG} there, or name a checkpoint without one",
                where=folder,
            )
        weights = Weights(
            folder=folder,
            files=self._files,
            pickled=self._files[0] in checkpoints.PICKLES,
            architecture=self._architecture,
            adapter=download.fetch(self._adapter[0], [self._adapter[1]]) if self._adapter else None,
            key=self._key,
        )
        return engines.get(self._options.engine).load(weights, self._settings)


def _engine(name: str) -> str:
    """Return an engine with the release of its library; one of another package with the package's version."""
    package = registry.origin("engines", name)
    return f"{name} of {package}" if package else f"{name} {_release(name)}"


def _release(library: str) -> str:
    """Return the release of an engine's library, without its patch number: patches should change no output."""
    release = re.match(r"\d+\.\d+", version(library))
    return release.group() if release else version(library)
