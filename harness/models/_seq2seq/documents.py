"""Families that read a whole document as one input. A longer source is cut, or read in sections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from pydantic import Field

from harness.core.checkpoints import Checkpoint
from harness.core.records import Generation, Source
from harness.engines import Output, Request
from harness.models._seq2seq import Codec, Seq2Seq
from harness.models._seq2seq import windows as windows_module
from harness.models._seq2seq.description import DescribedOptions


class DocumentOptions(DescribedOptions):
    """The keys of a system that reads documents."""

    long: Literal["truncate", "sections"] = Field(
        default="truncate", description="longer sources: cut them, or summarise sections and then the summaries"
    )

    @property
    def longer(self) -> str:
        """What happens to longer inputs, in words."""
        return super().longer if self.long == "truncate" else "longer ones are read in sections"


class DocumentCodec(Codec, Protocol):
    """Turns a family's documents into token ids, and ids into text."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, without those that `wrap` adds."""

    def wrap(self, ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
        """Return what the model reads: the ids, with those that the family puts before and after them.

        Raises:
            ModelError: the checkpoint does not know a language (FLORES codes).
        """

    def start(self, target: str) -> tuple[int, ...]:
        """Return the ids that the decoder starts with for an output language (FLORES code).

        Empty stands for the checkpoint's own start.

        Raises:
            ModelError: the checkpoint does not know the language.
        """

    def first(self, target: str) -> int | None:
        """Return the id that an output in this language begins with; None if any may.

        Raises:
            ModelError: the checkpoint does not know the language.
        """

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of an output."""


@dataclass(frozen=True, slots=True)
class _Input:
    """One source as the engine gets it, with counts of the tokens that were read and cut."""

    source: Source
    ids: tuple[int, ...]  # without those that `DocumentCodec.wrap` adds
    read: int  # tokens of the source's text and its prefix that the model read
    cut: int  # tokens of them that it did not read
    unknown: int  # tokens read that are outside the vocabulary
    sections: int = 1
    overfull: bool = False  # the summaries of its sections were cut in turn
    seconds: float = 0.0  # for its sections


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
        """Take the arguments of `Seq2Seq`, and a prefix for every text."""
        super().__init__(options, recipe=recipe, architecture=architecture, codec=codec)
        self._long, self._prefix = options.long, prefix

    def identity(self) -> Mapping[str, Any]:
        """Return everything that decides an output."""
        return {**super().identity(), "long": self._long, "prefix": self._prefix}

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield the outputs of each source as soon as its batch is done. Sources that need one pass come first."""
        codec = self._ready()
        # Raise an error for an unknown language before the weights are read.
        for language, target in dict.fromkeys((source.language, source.target) for source in sources):
            codec.wrap((), language, target)
            codec.start(target)
            codec.first(target)
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

    def _whole_input(self, source: Source) -> tuple[Request, Mapping[int, str]]:
        ids = self._encode(source.text)
        self._check_room(len(ids))
        return self._request(ids, source, source.id), {}

    def _encode(self, text: str) -> list[int]:
        return self._ready().encode(self._prefix + " ".join(text.split()))

    def _whole(self, source: Source, ids: Sequence[int]) -> _Input:
        """Return a source as one input, cut if it is too long."""
        kept = tuple(ids[: self._room])
        return _Input(source, kept, len(kept), len(ids) - len(kept), self._unknown(kept))

    def _unknown(self, ids: Sequence[int]) -> int:
        return list(ids).count(self._ready().unknown)

    def _request(self, ids: Sequence[int], source: Source, key: str) -> Request:
        codec, target = self._ready(), source.target
        return Request(codec.wrap(ids, source.language, target), codec.start(target), key, codec.first(target))

    def _finish(self, inputs: Sequence[_Input]) -> Iterator[Generation]:
        """Decode inputs and yield their outputs."""
        if not inputs:
            return
        requests = [self._request(each.ids, each.source, each.source.id) for each in inputs]
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
        """Return long sources as inputs that fit the model.

        Replace the text of a source by the joined outputs of its windows, and repeat that until the text fits.
        """
        texts = {source.id: list(source.sentences) for source in sources}
        first = {name: self._windows(sentences) for name, sentences in texts.items()}
        inputs = {source.id: self._sectioned(source, first[source.id]) for source in sources}
        turn = 0
        while texts:
            turn += 1
            parts = first if turn == 1 else {name: self._windows(sentences) for name, sentences in texts.items()}
            outputs = self._each_window(parts, inputs, turn)
            for name, windows in parts.items():
                joined = [text for text, _ in outputs[name]]
                ids = self._encode(" ".join(joined))
                # `_sectioned` has counted what the first turn cut from the source. Later turns cut from summaries.
                overfull = inputs[name].overfull or (turn > 1 and any(len(each) > self._room for each in windows))
                seconds = inputs[name].seconds + sum(seconds for _, seconds in outputs[name])
                inputs[name] = replace(inputs[name], overfull=overfull, seconds=seconds)
                if len(ids) <= self._room or len(windows) == len(texts[name]):
                    # Every sentence had its own window, so another turn would not shorten the text.
                    overfull = overfull or len(ids) > self._room
                    inputs[name] = replace(inputs[name], ids=tuple(ids[: self._room]), overfull=overfull)
                    del texts[name]
                else:
                    texts[name] = joined
        return [inputs[source.id] for source in sources]

    def _sectioned(self, source: Source, windows: Sequence[Sequence[int]]) -> _Input:
        """Return a source that is read in windows. Its ids are empty until the windows have outputs."""
        read = [ids[: self._room] for ids in windows]
        count = sum(map(len, read))
        unknown = sum(map(self._unknown, read))
        return _Input(source, (), count, sum(map(len, windows)) - count, unknown, sections=len(windows))

    def _each_window(
        self, parts: Mapping[str, Sequence[Sequence[int]]], inputs: Mapping[str, _Input], turn: int
    ) -> dict[str, list[tuple[str, float]]]:
        """Return (output, seconds) of each window, by source."""
        requests, owners = [], []
        for name, windows in parts.items():
            for number, ids in enumerate(windows):
                requests.append(self._request(ids[: self._room], inputs[name].source, f"{name}|{turn}|{number}"))
                owners.append((name, number))
        outputs = {name: [("", 0.0)] * len(windows) for name, windows in parts.items()}
        for batch in self._loaded().decode(requests, replace(self._decoding, samples=1)):
            for output in batch:
                name, number = owners[output.request]
                outputs[name][number] = self._ready().decode(output.ids).strip(), output.seconds
        return outputs

    def _windows(self, sentences: Sequence[str]) -> list[list[int]]:
        """Return the token ids of windows of sentences. Each fits one input, unless it is a single longer sentence."""
        # Count every sentence with the prefix: a window may be shorter than the limit, but not longer.
        lengths = [len(self._encode(sentence)) for sentence in sentences]
        spans = windows_module.windows(lengths, self._room)
        return [self._encode(" ".join(sentences[span])) for span in spans]
