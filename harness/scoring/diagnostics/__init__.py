"""Measure a system's outputs without references: are they empty, cut, repetitive, copied, in another script?

A diagnostic is one file in this package. It defines

    DIAGNOSTIC = Diagnostic(...)    its rule, its column, its remark, its threshold in the gate

and its file name is its name: in a config (`gate.checks`), in JSON and CSV, and in a baseline. Nothing else has to know
it. The same rule serves `harness run`, `harness score` with and without references, and `harness gate`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from harness.core import registry
from harness.core.errors import InputError
from harness.core.scores import Count, Diagnostics
from harness.core.segments import Span
from harness.scoring.diagnostics._clean import Clean, cleaned_by, containing, count_changed, with_residue
from harness.scoring.diagnostics._earlier import from_health, from_reading
from harness.scoring.diagnostics._outputs import RUN, DivisionCounts, Outputs, runs_of_words
from harness.scoring.diagnostics._spans import AgainstSource, spans
from harness.tasks import TaskKind

__all__ = [
    "RUN", "AgainstSource", "Clean", "Column", "Diagnostic", "DivisionCounts", "Outputs", "Remark", "Span", "Threshold",
    "Unit", "cleaned_by", "containing", "count_changed", "every", "evidence", "flag_names", "flags", "from_health",
    "from_reading", "is_remarkable", "measure", "measure_texts", "rates", "remarks", "runs_of_words", "spans", "value",
]  # fmt: skip

# How a count becomes a value: its part; 100 * part / whole; or part / whole.
Unit = Literal["count", "percent", "mean", "ratio", "tokens/s"]


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
    # Where the faults of each output are, in the order of `Outputs.texts`; None if these outputs do not allow it. An
    # output is marked if it has some.
    spans: Callable[[Outputs], Sequence[tuple[Span, ...]] | None] | None = None

    @property
    def beside_scores(self) -> bool:
        """Whether it is measured with scores: a table of scores shows it in a column or a remark, or a gate checks it.

        A gate reads stored scores, which do not contain the sources.
        """
        is_shown = self.remark is not None or (self.column is not None and self.column.beside_scores)
        return is_shown or self.threshold is not None


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

    A ranking of given texts has no faults of its own, so nothing is counted in it.

    With `beside_scores`, count only what a table of scores shows: copying, for example, splits every source into words.
    """
    if outputs.kind == "ranking":
        return Diagnostics(len(outputs.texts), {})
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


def flags(
    outputs: Outputs,
    references: Sequence[Sequence[str | None]] = (),
    places: Sequence[Mapping[str, tuple[Span, ...]]] | None = None,
) -> list[tuple[str, ...]]:
    """Return the names of the diagnostics that mark each output, in the order of `Outputs.texts`.

    Args:
        outputs: the outputs.
        places: what `evidence` returned of them, if it is known, so that nothing is looked for twice.
        references: streams, one text for each source. Residue that a reference of the source has too is not marked: a
            headline may be a quotation.
    """
    marked: list[list[str]] = [[] for _ in outputs.texts]
    for name, diagnostic in every().items() if outputs.kind != "ranking" else ():
        marks: Sequence[bool] | None
        if diagnostic.spans is not None and places is not None:
            marks = [name in of_output for of_output in places]
        else:
            marks = diagnostic.marks(outputs) if diagnostic.marks else None
        if diagnostic.marks is None and diagnostic.clean is not None:
            marks = with_residue(outputs, references, diagnostic.clean)
        for index, is_marked in enumerate(marks or ()):
            if is_marked:
                marked[index].append(name)
    return [tuple(names) for names in marked]


def evidence(outputs: Outputs) -> list[dict[str, tuple[Span, ...]]]:
    """Return for each output, in the order of `Outputs.texts`, the places of its faults by diagnostic.

    Diagnostics that know no places, and those that find nothing in an output, are left out.
    """
    places: list[dict[str, tuple[Span, ...]]] = [{} for _ in outputs.texts]
    for name, diagnostic in every().items():
        for of_output, faults in zip(places, (diagnostic.spans and diagnostic.spans(outputs)) or (), strict=False):
            if faults:
                of_output[name] = faults
    return places


def flag_names() -> list[str]:
    """Return the names that `flags` can give, in the order of the diagnostics."""
    return [name for name, diagnostic in every().items() if diagnostic.marks or diagnostic.clean]


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
