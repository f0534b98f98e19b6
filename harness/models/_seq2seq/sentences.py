"""Families that read one sentence at a time: translate a source sentence by sentence, and join the translations.

The dataset gives the sentences. A sentence that is too long is divided at further sentence ends, then at clauses (see
`harness.core.text.clauses`). If a part is still too long, its end is cut. Both are counted. Text without a letter or
digit is not given to the model and stays unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import regex

from harness.core.records import Generation, Source
from harness.core.text import clauses
from harness.engines import Output, Request
from harness.models._seq2seq import Codec, Seq2Seq
from harness.models._seq2seq.description import DescribedOptions

_WORDY = regex.compile(r"[\p{L}\p{N}]")


class SentenceOptions(DescribedOptions):
    """The keys of a system that reads sentences."""

    @property
    def longer(self) -> str:
        """What happens to longer inputs, in words."""
        return "longer sentences are divided at clauses"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or a part of one, as token ids."""

    ids: tuple[int, ...]  # without what `SentenceCodec.wrap` adds
    values: Mapping[int, str] = field(default_factory=dict)  # what the family needs to decode the translation
    departs: bool | None = None  # whether its authors' own rules give other ids or values; None: not compared


class SentenceCodec(Codec, Protocol):
    """Turns a family's sentences into token ids, and ids into text."""

    def encode(self, text: str, source: str, target: str) -> Sentence:
        """Return a sentence as ids.

        Raises:
            ModelError: the checkpoint does not know a language (FLORES codes).
        """

    def wrap(self, ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
        """Return what the model reads: the ids, with those that the family puts before and after them."""

    def start(self, target: str) -> tuple[int, ...]:
        """Return the ids that the decoder starts with for an output language; empty for the checkpoint's own."""

    def first(self, target: str) -> int | None:
        """Return the id that an output in this language begins with; None if any may."""

    def decode(self, ids: Sequence[int], target: str, sentence: Sentence) -> str:
        """Return the text of a sentence's translation."""


SentenceCodecT = TypeVar("SentenceCodecT", bound=SentenceCodec)


@dataclass(frozen=True, slots=True)
class _Part:
    """A sentence of a source, or a part of one."""

    gap: str  # the white space before it
    text: str
    sentence: Sentence | None  # None if the model does not get this part
    cut: int = 0  # tokens that were cut


@dataclass(slots=True)
class _Work:
    """One source, and the outputs of its parts so far."""

    source: Source
    parts: list[_Part]
    splits: int  # sentences that were divided
    missing: list[int]  # outputs that are not there yet, by sample
    outputs: dict[tuple[int, int], Output] = field(default_factory=dict)  # by sample and part


class Sentences(Seq2Seq[SentenceCodecT]):
    """A system of a family that reads sentences."""

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield the outputs of each source, as soon as all of its sentences are done."""
        works = [self._work(source) for source in sources]
        requests: list[Request] = []
        owners: list[tuple[_Work, int]] = []
        for work in works:
            for number, part in enumerate(work.parts):
                if part.sentence is not None:
                    requests.append(self._request(work.source, part.sentence, number))
                    owners.append((work, number))
            if not work.missing[0]:
                for sample in range(self._options.samples):
                    yield self._generation(work, sample)
        if not requests:
            return
        for batch in self._loaded().decode(requests, self._decoding):
            for output in batch:
                work, number = owners[output.request]
                work.outputs[output.sample, number] = output
                work.missing[output.sample] -= 1
                if not work.missing[output.sample]:
                    yield self._generation(work, output.sample)

    def _whole_input(self, source: Source) -> tuple[Request, Mapping[int, str]]:
        sentence = self._ready().encode(source.text, source.language, source.target)
        self._check_room(len(sentence.ids))
        return self._request(source, sentence, 0), sentence.values

    def _request(self, source: Source, sentence: Sentence, number: int) -> Request:
        codec = self._ready()
        ids = codec.wrap(sentence.ids, source.language, source.target)
        return Request(ids, codec.start(source.target), f"{source.id}|{number}", codec.first(source.target))

    def _work(self, source: Source) -> _Work:
        # Raise an error for an unknown language before the weights are read.
        self._ready().encode("", source.language, source.target)
        parts: list[_Part] = []
        splits = 0
        for gap, text in _with_gaps(source):
            of_sentence = list(self._parts(gap, text, source))
            splits += len(of_sentence) > 1
            parts += of_sentence
        count = sum(part.sentence is not None for part in parts)
        return _Work(source, parts, splits, [count] * self._options.samples)

    def _parts(self, gap: str, text: str, source: Source) -> Iterator[_Part]:
        """Yield a sentence, in several parts if it is too long."""
        if not _WORDY.search(text):
            yield _Part(gap, text, None)
            return

        encoded: dict[str, Sentence] = {}

        def fits(part: str) -> bool:
            encoded[part] = self._ready().encode(part, source.language, source.target)
            return len(encoded[part].ids) <= self._room

        for number, part in enumerate(clauses.split(text, fits)):
            before = gap if number == 0 else " "
            if not _WORDY.search(part):
                yield _Part(before, part, None)
                continue
            sentence = encoded[part]
            cut = max(0, len(sentence.ids) - self._room)
            yield _Part(before, part, replace(sentence, ids=sentence.ids[: self._room]), cut)

    def _departs(self, text: str, ids: Sequence[int], target: str, sentence: Sentence) -> bool | None:
        """Return whether the family's authors' own rules give another text for a sentence; None: not compared.

        Args:
            text: of the translation.
            ids: those that it was decoded from.
            target: FLORES code of its language.
            sentence: what the model read.
        """
        return sentence.departs

    def _generation(self, work: _Work, sample: int) -> Generation:
        codec, target = self._ready(), work.source.target
        outputs = [output for (of, _), output in work.outputs.items() if of == sample]
        texts = []
        departs: list[bool | None] = []
        for number, part in enumerate(work.parts):
            text = part.text
            if part.sentence is not None:
                ids = work.outputs[sample, number].ids
                text = codec.decode(ids, target, part.sentence)
                departs.append(self._departs(text, ids, target, part.sentence))
            texts.append(part.gap + text)
        read = [part.sentence.ids for part in work.parts if part.sentence is not None]
        cut = sum(part.cut for part in work.parts)
        return Generation(
            id=work.source.id,
            text="".join(texts),
            input_tokens=sum(map(len, read)),
            output_tokens=sum(len(output.ids) for output in outputs),
            truncated=cut > 0,
            finish="length" if any(output.finish == "length" for output in outputs) else "end",
            seconds=round(sum(output.seconds for output in outputs), 4),
            cut_tokens=cut,
            unknown_tokens=sum(ids.count(codec.unknown) for ids in read),
            split_sentences=work.splits,
            sample=sample,
            departs=None if None in departs else any(departs) if departs else None,
        )


def _with_gaps(source: Source) -> Iterator[tuple[str, str]]:
    """Yield (gap, sentence) for each sentence of a source; the gap is empty, a space or a line break.

    A source without words is one sentence. Words between the sentences of the dataset are sentences too.
    """
    if not _WORDY.search(source.text):
        yield "", source.text
        return
    spans: list[tuple[int, int]] = []
    end = 0
    for sentence in source.sentences:
        start = source.text.find(sentence, end)
        if start >= 0:
            spans += _uncovered(source.text, end, start)
            end = start + len(sentence)
            spans.append((start, end))
    spans += _uncovered(source.text, end, len(source.text))
    before = 0
    for number, (start, end) in enumerate(spans):
        yield ("" if number == 0 else "\n" if "\n" in source.text[before:start] else " "), source.text[start:end]
        before = end


def _uncovered(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the span between two places without the white space at its ends; no span if it has no word."""
    part = text[start:end]
    if not _WORDY.search(part):
        return []
    return [(start + len(part) - len(part.lstrip()), start + len(part.rstrip()))]
