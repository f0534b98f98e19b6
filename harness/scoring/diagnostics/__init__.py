"""What can be said of a system's outputs without a reference: empty, cut, repetitive, copied, in another script.

A diagnostic is one file in this package. It defines

    DIAGNOSTIC = Diagnostic(...)    its rule, its column, its remark, its threshold in the gate

and its file name is its name: in a config (`gate.checks`), in JSON and CSV, and in a baseline. Nothing else has to know
it. The same rule serves `harness run`, `harness score` with and without references, and `harness gate`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from typing import Any, Literal, cast

from harness.core import registry, text
from harness.core.errors import InputError
from harness.core.records import Generation
from harness.core.scores import Count, Diagnostics
from harness.core.text.pieces import PieceTokenizer
from harness.scoring.diagnostics._earlier import from_health, from_reading
from harness.tasks import TaskKind

__all__ = [
    "RUN", "Clean", "Column", "Diagnostic", "Outputs", "Remark", "Threshold", "Unit", "cleaned_by", "containing",
    "count_changed", "every", "flag_names", "flags", "from_health", "from_reading", "is_remarkable", "measure",
    "measure_texts", "rates", "remarks", "runs_of_words", "value",
]  # fmt: skip

# How a count becomes a value: its part; 100 * part / whole; or part / whole.
Unit = Literal["count", "percent", "mean", "ratio", "tokens/s"]

# Return the outputs of one sample, in the order of their sources, without a fault. An output without it stays as it is.
Clean = Callable[[Sequence[str]], list[str]]

# Fluent text seldom repeats four words in a row.
RUN = 4
_WORDS = PieceTokenizer(lambda pieces: map(text.words, pieces))


@dataclass(frozen=True)
class Outputs:
    """The outputs of one system for one task, as a rule sees them."""

    generations: Sequence[tuple[Generation, ...]]  # one tuple for each source, with one generation for each sample
    target: str  # the task's output language
    sources: Sequence[str] = ()  # text of each source; empty if it is not known
    only_texts: Sequence[Sequence[str]] = ()  # [samples][sources]; instead of generations, if nothing else is known
    kind: TaskKind = "translation"  # of the task

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
    def letters(self) -> list[tuple[int, int]]:
        """Letters and marks of every output: those in the script of the output language, and all."""
        return [text.script_counts(content, self.target.rpartition("_")[2]) for content in self.texts]

    @cached_property
    def read(self) -> list[Generation]:
        """One generation of each source that the system read as tokens; empty for a system without tokens."""
        return [of_source[0] for of_source in self.generations if of_source[0].input_tokens is not None]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table that `harness score` prints without references."""

    heading: str  # {script} stands for the script of the output language
    note: str  # what the column shows; one phrase
    fraction: bool = False  # show 1/19, not 5.3%
    always: bool = True  # show the column also if it is 0 for every system
    beside_scores: bool = False  # show it in tables of scores too, unless it is 0 for every system


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about one system, below a table of scores."""

    text: str  # {part}, {whole} and {percent} stand for numbers
    from_percent: float = 0.0  # say nothing below this rate; 0: any that is not 0


@dataclass(frozen=True, slots=True)
class Threshold:
    """A key of `gate.checks`: by how much the value may be higher than in the baseline."""

    default: float | None  # None: it is gated only if a config says by how much
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One diagnostic; a higher value is worse, if it has a threshold."""

    place: int  # columns, findings and config keys come in this order
    label: str  # what is counted, in the gate's words
    unit: Unit
    count: Callable[[Outputs], Count | None]  # None if these outputs do not allow it, for example without sources
    column: Column | None = None
    remark: Remark | None = None
    threshold: Threshold | None = None  # units "count" and "percent" only
    clean: Clean | None = None  # removes residue, so that the remark can say what it costs (`harness.scoring.residue`)
    # Which outputs have the fault, in the order of `Outputs.texts`; None if these outputs do not allow it. Without a
    # function, `flags` marks the outputs that `clean` changes.
    marks: Callable[[Outputs], Sequence[bool] | None] | None = None

    @property
    def beside_scores(self) -> bool:
        """Whether a table of scores shows it: in a column or a remark."""
        return self.remark is not None or (self.column is not None and self.column.beside_scores)


@cache
def every() -> dict[str, Diagnostic]:
    """Return all diagnostics by name, in their order, without those of other packages that cannot be used."""
    by_name = {}
    for name in registry.names("diagnostics"):
        try:
            by_name[name] = cast("Diagnostic", registry.contract("diagnostics", name, "DIAGNOSTIC", _is_one, _EXPECTED))
        except InputError as error:
            if registry.origin("diagnostics", name) is None:
                raise
            registry.warn(f"{error}; it is ignored")
    return dict(sorted(by_name.items(), key=lambda item: item[1].place))


_EXPECTED = "DIAGNOSTIC, a harness.scoring.diagnostics.Diagnostic"


def _is_one(diagnostic: Any) -> bool:
    return isinstance(diagnostic, Diagnostic)


def measure(outputs: Outputs, *, beside_scores: bool = False) -> Diagnostics:
    """Return the counts of every diagnostic that can count something in these outputs.

    With `beside_scores`, count only what a table of scores shows: copying, for example, splits every source into words.
    """
    counts = {
        name: _count(name, diagnostic, outputs)
        for name, diagnostic in every().items()
        if diagnostic.beside_scores or not beside_scores
    }
    return Diagnostics(len(outputs.texts), {name: count for name, count in counts.items() if count is not None})


def _count(name: str, diagnostic: Diagnostic, outputs: Outputs) -> Count | None:
    """Return what a diagnostic counts; None if it is of another package and fails, with a warning."""
    try:
        return diagnostic.count(outputs)
    except Exception as error:
        package = registry.origin("diagnostics", name)
        if package is None:
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        registry.warn(f"diagnostic {name!r} of {package} failed and is ignored ({reason}); tell its authors")
        return None


def measure_texts(
    samples: Sequence[Sequence[str]],
    target: str,
    sources: Sequence[str] = (),
    *,
    kind: TaskKind = "translation",
    beside_scores: bool = False,
) -> Diagnostics:
    """Return `measure` of texts [samples][sources] of which nothing else is known."""
    outputs = Outputs((), target, sources, only_texts=samples, kind=kind)
    return measure(outputs, beside_scores=beside_scores)


def flags(outputs: Outputs, references: Sequence[Sequence[str | None]] = ()) -> list[tuple[str, ...]]:
    """Return the names of the diagnostics that mark each output, in the order of `Outputs.texts`.

    Args:
        outputs: the outputs.
        references: streams, one text for each source. Residue that a reference of the source has too is not marked: a
            headline may be a quotation.
    """
    marked: list[list[str]] = [[] for _ in outputs.texts]
    for name, diagnostic in every().items():
        marks = diagnostic.marks(outputs) if diagnostic.marks else None
        if diagnostic.marks is None and diagnostic.clean is not None:
            marks = _with_residue(outputs, references, diagnostic.clean)
        for index, is_marked in enumerate(marks or ()):
            if is_marked:
                marked[index].append(name)
    return [tuple(names) for names in marked]


def flag_names() -> list[str]:
    """Return the names that `flags` can give, in the order of the diagnostics."""
    return [name for name, diagnostic in every().items() if diagnostic.marks or diagnostic.clean]


def _with_residue(outputs: Outputs, references: Sequence[Sequence[str | None]], clean: Clean) -> list[bool]:
    """Return which outputs `clean` changes, unless it changes a reference of their source too."""
    changed = [
        [before != after for before, after in zip(texts, clean(texts), strict=True)] for texts in outputs.samples
    ]
    if not any(map(any, changed)):
        return []
    excused = [False] * len(outputs.by_source)
    for stream in references:
        texts = [content or "" for content in stream]
        for index, (before, after) in enumerate(zip(texts, clean(texts), strict=True)):
            excused[index] |= before != after
    return [
        is_changed and not is_excused
        for of_source, is_excused in zip(zip(*changed, strict=True), excused, strict=True)
        for is_changed in of_source
    ]


def value(unit: Unit, count: Count) -> float | None:
    """Return what a count comes to in its unit; None for a share of nothing."""
    if unit == "count":
        return int(count.part)
    if not count.whole:
        return None
    return 100 * count.part / count.whole if unit == "percent" else count.part / count.whole


def rates(diagnostics: Diagnostics) -> dict[str, float | None]:
    """Return the value of every diagnostic, by name; None if there was nothing to count."""
    counts = diagnostics.counts
    return {name: value(each.unit, counts[name]) if name in counts else None for name, each in every().items()}


def remarks(
    diagnostics: Diagnostics, costs: Mapping[str, str] | None = None, skip: Collection[str] = ()
) -> tuple[str, ...]:
    """Return a sentence for each diagnostic that a reader of the scores should know about.

    `costs` has, by diagnostic, the end of its sentence; `skip` has the diagnostics that need none.
    """
    sentences = []
    for name, diagnostic in every().items():
        remark = diagnostic.remark
        if remark is not None and name not in skip and is_remarkable(name, diagnostics):
            count = diagnostics.counts[name]
            percent = 100 * count.part / count.whole
            sentence = remark.text.format(part=count.part, whole=count.whole, percent=f"{percent:.0f}%")
            sentences.append("; ".join(filter(None, (sentence, (costs or {}).get(name)))))
    return tuple(sentences)


def is_remarkable(name: str, diagnostics: Diagnostics) -> bool:
    """Whether `remarks` has a sentence on that diagnostic."""
    count, remark = diagnostics.counts.get(name), every()[name].remark
    if remark is None or count is None or not count.part:
        return False
    return 100 * count.part / count.whole >= remark.from_percent


def count_changed(clean: Clean) -> Callable[[Outputs], Count]:
    """Return the rule that counts the outputs which `clean` changes."""

    def count(outputs: Outputs) -> Count:
        changed = sum(
            before != after for texts in outputs.samples for before, after in zip(texts, clean(texts), strict=True)
        )
        return Count(changed, len(outputs.texts))

    return count


def cleaned_by(clean: Callable[[str], str], marks: Collection[str]) -> Clean:
    """Return the function that cleans each output by itself.

    Args:
        clean: changes an output only if one of `marks` is in it.
        marks: strings in lower case. Looking for them costs far less than a regular expression over every output.
    """

    def cleaned(texts: Sequence[str]) -> list[str]:
        result = list(texts)
        for index in containing(marks, texts):
            result[index] = clean(texts[index])
        return result

    return cleaned


def containing(marks: Collection[str], texts: Sequence[str]) -> list[int]:
    """Return the index of each text that contains one of these strings, upper and lower case alike."""
    everything, ends = _together(tuple(texts))
    indices = set()
    for mark in marks:
        place = everything.find(mark)
        while place >= 0:
            index = bisect_right(ends, place)
            indices.add(index)
            place = everything.find(mark, ends[index])
    return sorted(indices)


@lru_cache(maxsize=2)
def _together(texts: tuple[str, ...]) -> tuple[str, list[int]]:
    """Return all texts in one string, in lower case, and where each ends. Kept, because each diagnostic needs it.

    A line end, which is in no mark, is between texts. One search in this string costs less than one in each text.
    """
    lowered = [content.lower() for content in texts]
    return "\n".join(lowered), [*accumulate(len(content) + 1 for content in lowered)]


def runs_of_words(words: Sequence[int]) -> list[tuple[int, ...]]:
    """Return all runs of four words, in order; overlapping."""
    return [*zip(*(words[start:] for start in range(RUN)), strict=False)]
