"""Families that read a whole document as one input; what is too long is cut, or read in sections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from pydantic import Field

from harness.core.records import Generation, Source
from harness.engines import Output, Request
from harness.models._checkpoints import Checkpoint
from harness.models._seq2seq import Codec, Seq2Seq
from harness.models._seq2seq import windows as windows_module
from harness.models._seq2seq.options import CheckpointOptions


class DocumentOptions(CheckpointOptions):
    """What a config may say of a system that reads documents."""

    long: Literal["truncate", "sections"] = Field(
        default="truncate", description="longer sources: cut them, or summarise sections and then the summaries"
    )

    def _longer(self) -> str:
        return super()._longer() if self.long == "truncate" else "longer ones in sections"


class DocumentCodec(Codec, Protocol):
    """How one family's documents become token ids, and ids text."""

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
    read: int  # tokens of the source's text (and its prefix) that some pass read
    cut: int  # and that none did
    unknown: int
    sections: int = 1
    overfull: bool = False  # what its sections were made into was cut in turn
    seconds: float = 0.0  # spent on its sections


class Documents(Seq2Seq[DocumentCodec]):
    """A system of a family that reads documents."""

    def __init__(
        self,
        options: DocumentOptions,
        *,
        recipe: int,
        architecture: str,
        codec: Callable[[Checkpoint], DocumentCodec],
        prefix: str = "",
    ) -> None:
        """See `Seq2Seq`; `prefix` is put before every text."""
        super().__init__(options, recipe=recipe, architecture=architecture, codec=codec)
        self._long, self._prefix = options.long, prefix

    def identity(self) -> Mapping[str, Any]:
        """Return all that decides an output."""
        return {**super().identity(), "long": self._long, "prefix": self._prefix}

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield the outputs of each source; those that need one pass come first, each as soon as its batch is done."""
        codec = self._ready()
        # Each start is looked up before the weights are read: a language that the checkpoint lacks is known at once.
        for target in dict.fromkeys(source.target for source in sources):
            codec.start(target)
        short, long = [], []
        for source in sources:
            ids = self._encode(source.text)
            if len(ids) <= self._room or self._long == "truncate" or len(source.sentences) < 2:
                short.append(self._whole(source, ids))
            else:
                long.append(source)
        yield from self._finish(short)
        if long:
            yield from self._finish(self._condense(long))

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
            seconds=round(given.seconds + output.seconds, 4),
            cut_tokens=given.cut,
            unknown_tokens=given.unknown,
            sections=given.sections,
            sample=output.sample,
        )

    def _condense(self, sources: Sequence[Source]) -> list[_Input]:
        """Return long sources as inputs that fit: their windows' outputs, joined, and again while that is too long."""
        texts = {source.id: list(source.sentences) for source in sources}
        first = {name: self._windows(sentences) for name, sentences in texts.items()}
        inputs = {source.id: self._sectioned(source, first[source.id]) for source in sources}
        turn = 0
        while texts:
            turn += 1
            parts = first if turn == 1 else {name: self._windows(sentences) for name, sentences in texts.items()}
            made = self._each_window(parts, inputs, turn)
            for name, windows in parts.items():
                joined = [text for text, _ in made[name]]
                ids = self._encode(" ".join(joined))
                # What the first turn cut was the source's, and is counted; from then on it is of its summaries.
                overfull = inputs[name].overfull or (turn > 1 and any(len(each) > self._room for each in windows))
                seconds = inputs[name].seconds + sum(seconds for _, seconds in made[name])
                inputs[name] = replace(inputs[name], overfull=overfull, seconds=seconds)
                if len(ids) <= self._room or len(windows) == len(texts[name]):
                    # Each sentence had a window to itself: another turn could make it no shorter.
                    overfull = overfull or len(ids) > self._room
                    inputs[name] = replace(inputs[name], ids=tuple(ids[: self._room]), overfull=overfull)
                    del texts[name]
                else:
                    texts[name] = joined
        return [inputs[source.id] for source in sources]

    def _sectioned(self, source: Source, windows: Sequence[Sequence[int]]) -> _Input:
        """Return a source that is read in windows, before there is anything to give to the engine."""
        read = [ids[: self._room] for ids in windows]
        count = sum(map(len, read))
        unknown = sum(map(self._unknown, read))
        return _Input(source, (), count, sum(map(len, windows)) - count, unknown, sections=len(windows))

    def _each_window(
        self, parts: Mapping[str, Sequence[Sequence[int]]], inputs: Mapping[str, _Input], turn: int
    ) -> dict[str, list[tuple[str, float]]]:
        """Return the output of each window, with its seconds, by source."""
        requests, owners = [], []
        for name, windows in parts.items():
            for number, ids in enumerate(windows):
                target = inputs[name].source.target
                requests.append(self._request(ids[: self._room], target, f"{name}|{turn}|{number}"))
                owners.append((name, number))
        made = {name: [("", 0.0)] * len(windows) for name, windows in parts.items()}
        for batch in self._loaded().decode(requests, replace(self._decoding, samples=1)):
            for output in batch:
                name, number = owners[output.request]
                made[name][number] = self._ready().decode(output.ids).strip(), output.seconds
        return made

    def _windows(self, sentences: Sequence[str]) -> list[list[int]]:
        """Return the token ids of windows of sentences that fit one input (a single longer sentence does not)."""
        # The prefix is in every sentence's count, so that a window comes out a little short rather than too long.
        lengths = [len(self._encode(sentence)) for sentence in sentences]
        found = windows_module.windows(lengths, self._room)
        return [self._encode(" ".join(sentences[window])) for window in found]
