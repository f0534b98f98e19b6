"""The outputs of one system for one task, and the words of texts, as the rules of diagnostics read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from harness.core import text
from harness.core.records import Generation
from harness.core.text import names
from harness.core.text.pieces import PieceTokenizer
from harness.tasks import TaskKind

# Fluent text seldom repeats four words in a row.
RUN = 4
# For a median of lengths. With fewer outputs, use that of the references of newstest2014 hi-en.
_LEAST_OUTPUTS = 20
_ENGLISH_FOR_HINDI = 1.0
_WORDS = PieceTokenizer(lambda pieces: map(text.words, pieces))


@dataclass(frozen=True, slots=True)
class DivisionCounts:
    """What outputs for whole articles did with the units that they were divided into."""

    outputs: int  # that were divided
    units: int  # outputs of the table; every sample of a source is one
    omitted: int  # units without text
    added: int  # sentences that belong to no unit
    merged: int  # ends of units inside a sentence of the output
    split: int  # sentences beyond those of the references
    swapped: int  # units that stand before the one that precedes them


@dataclass(frozen=True)
class Outputs:
    """The outputs of one system for one task, as a rule sees them."""

    generations: Sequence[tuple[Generation, ...]]  # one tuple for each source, with one generation for each sample
    target: str  # the task's output language
    sources: Sequence[str] = ()  # text of each source; empty if it is not known
    only_texts: Sequence[Sequence[str]] = ()  # [samples][sources]; instead of generations, if nothing else is known
    kind: TaskKind = "translation"  # of the task
    division: DivisionCounts | None = None  # None: the system gave one output for each source

    @cached_property
    def each(self) -> list[Generation]:
        """Every output, with how the system produced it; every sample of a source is one. Empty for `only_texts`."""
        return [generation for of_source in self.generations for generation in of_source]

    @cached_property
    def by_source(self) -> list[tuple[str, ...]]:
        """The texts of each source: one for each sample."""
        if self.only_texts:
            return list(zip(*self.only_texts, strict=True))
        return [tuple(generation.text for generation in of_source) for of_source in self.generations]

    @cached_property
    def texts(self) -> list[str]:
        """The text of every output."""
        return [content for of_source in self.by_source for content in of_source]

    @cached_property
    def samples(self) -> Sequence[Sequence[str]]:
        """The texts of each sample, in the order of the sources."""
        return self.only_texts or list(zip(*self.by_source, strict=False))

    @property
    def words(self) -> Iterator[list[int]]:
        """The words of every output, as ROUGE compares them, by number; equal numbers are equal words."""
        return _WORDS.units(self.texts)[0].by_text()

    @property
    def words_with_source(self) -> Iterator[tuple[list[int], list[int]]]:
        """The words of every output, and of its source."""
        outputs, sources = _WORDS.units(self.texts, self.source_of_each)
        return zip(outputs.by_text(), sources.by_text(), strict=True)

    @cached_property
    def source_of_each(self) -> list[str]:
        """The source of every output; empty if sources are not known."""
        return [
            source
            for source, of_source in zip(self.sources, self.by_source, strict=bool(self.sources))
            for _ in of_source
        ]

    @cached_property
    def pieces(self) -> frozenset[str]:
        """Everything between white space in the outputs, each piece once."""
        return frozenset(piece for content in self.texts for piece in content.split())

    @cached_property
    def hindi_names(self) -> frozenset[str]:
        """Hindi words of the sources that the outputs usually render as a name."""
        return names.known_from(zip(self.source_of_each, self.texts, strict=True))

    @cached_property
    def usual_length(self) -> float:
        """Characters of an output for each one of its source: the median. Few outputs have that of English news."""
        pairs = zip(self.source_of_each, self.texts, strict=True)
        ratios = [len(content) / len(source) for source, content in pairs if source and not text.is_blank(content)]
        return median(ratios) if len(ratios) >= _LEAST_OUTPUTS else _ENGLISH_FOR_HINDI

    @cached_property
    def letters(self) -> list[tuple[int, int]]:
        """Letters and marks of every output: those in the script of the output language, and all."""
        return [text.script_counts(content, self.target.rpartition("_")[2]) for content in self.texts]

    @cached_property
    def read(self) -> list[Generation]:
        """One generation of each source that the system read as tokens; empty for a system without tokens."""
        return [of_source[0] for of_source in self.generations if of_source[0].input_tokens is not None]


def runs_of_words(words: Sequence[int]) -> list[tuple[int, ...]]:
    """Return all runs of four words, in order; overlapping."""
    return [*zip(*(words[start:] for start in range(RUN)), strict=False)]
