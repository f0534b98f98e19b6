"""The commands `harness score`, which reads files, and `harness compare`, which reads runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import (
    BaselineOption,
    DifferenceOption,
    FlipsOption,
    Format,
    FormatOption,
    IntervalMethod,
    IntervalMethodOption,
    IntervalsOption,
    LooksOption,
    NoWorseOption,
    ResamplesOption,
    ResultsOption,
    SeedOption,
    SegmentsOption,
    TestedSlicesOption,
    facets,
)

if TYPE_CHECKING:
    from harness.core.scores import TaskScores
    from harness.scoring.textfiles import Files


# The format of a file that --output names, by suffix.
_SUFFIXES = {
    "": Format.TABLE,
    ".txt": Format.TABLE,
    ".json": Format.JSON,
    ".md": Format.MARKDOWN,
    ".csv": Format.CSV,
    ".tex": Format.LATEX,
}


class EmptyReference(StrEnum):
    """The meaning of an empty line in a reference file."""

    TEXT = "text"
    NONE = "none"


def score(
    context: typer.Context,
    hypothesis: Annotated[
        list[str],
        typer.Option(
            "--hypothesis",
            metavar="[NAME=]FILE",
            help="A system's outputs, or a folder of them; repeatable. FILE can be FILE:COLUMN, and - is standard "
            "input; also for the options below.",
        ),
    ],
    task: Annotated[
        str,
        typer.Option(
            "--task",
            metavar="NAME",
            help="What the systems do, such as translate or summarise; see harness list tasks.",
        ),
    ],
    reference: Annotated[
        list[Path] | None,
        typer.Option(
            "--reference",
            metavar="FILE",
            help="A reference file; repeatable. Without one, the outputs are described, not scored.",
        ),
    ] = None,
    empty_reference: Annotated[
        EmptyReference,
        typer.Option(
            "--empty-reference",
            help="What an empty reference line means. text: a reference without words. none: no reference in this "
            "file; the segment is scored with its other references.",
        ),
    ] = EmptyReference.TEXT,
    reference_row: Annotated[
        bool,
        typer.Option(
            "--reference-row",
            help="Add a row for the references, each scored against the others; systems then leave one out in "
            "turn too.",
        ),
    ] = False,
    source: Annotated[Path | None, typer.Option("--source", metavar="FILE", help="The source file.")] = None,
    text_column: Annotated[
        str | None,
        typer.Option(
            "--text-column",
            metavar="COLUMN",
            help="The column of the text, by name or number, in files with columns; FILE:COLUMN overrides it.",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="LANG", help="Output language, if the task has several.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="N", help="Score only the first N segments.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric", "-m", metavar="NAME", help="Use this metric, not those of the task; repeatable, or NAME,NAME."
        ),
    ] = None,
    baseline: BaselineOption = None,
    intervals: IntervalsOption = False,
    slices: TestedSlicesOption = None,
    no_worse: NoWorseOption = None,
    difference: DifferenceOption = None,
    looks: LooksOption = None,
    segments: SegmentsOption = None,
    resamples: ResamplesOption = 1000,
    flips: FlipsOption = None,
    interval_method: IntervalMethodOption = IntervalMethod.T,
    seed: SeedOption = 0,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="Write the results to FILE. Its suffix sets the format: .txt, .md, .csv, .tex or .json; --format "
            "overrides it.",
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Score output files of any system; needs no config and no model.

    A file has one segment per line, or is JSONL, JSON, CSV, TSV, SGM or XML, as its suffix says; it can be gzipped.
    Files with ids can be in any order, and references may lack ids that other references have. Without references the
    command reports length, script, repetition, and how much of the source was copied.
    """
    from harness.cli import printing
    from harness.core import files as core_files
    from harness.core.errors import InputError
    from harness.scoring import Resampling, textfiles
    from harness.scoring import slices as slices_module
    from harness.scoring.questions import Questions

    questions = Questions(no_worse, difference, looks, tuple(facets(slices)))
    metrics = _metrics(metric or (), context.args)
    form = _format(context, form, output)
    if output is not None and output == segments:
        raise InputError(f"--output {output}: --segments writes this file; choose another name")
    files = textfiles.read_arguments(
        task=task,
        target=target,
        source=source,
        references=reference or [],
        hypotheses=hypothesis,
        empty_reference=empty_reference.value,
        text_column=text_column,
        limit=limit,
        written={"--segments": segments, "--output": output},
    )
    if not files.references:
        textfiles.refuse_without_references({
            "--metric": metric,
            "--baseline": baseline,
            "--slice": slices,
            "--no-worse": no_worse is not None,
            "--difference": difference is not None,
            "--segments": segments,
            "--empty-reference": empty_reference is EmptyReference.NONE,
            "--reference-row": reference_row,
        })
        _print_diagnostics(files, form, output)
        return
    settings = Resampling(resamples, seed, flips=flips, interval=interval_method.value)
    scores, test_set, rows = textfiles.score_files(
        files, metrics, settings, baseline, questions, reference_row=reference_row
    )
    if segments is not None:
        core_files.write_text(segments, slices_module.to_jsonl(test_set, rows))
    with _written_to(output):
        if form is Format.JSON:
            from harness.reporting.json import document, to_json

            printing.json(document([to_json(scores)]))
        else:
            printing.scores([scores], form.value, pairs=True, intervals=intervals, facets=facets(slices))
    _exit_if_failed([scores])


def _print_diagnostics(files: Files, form: Format, output: Path | None) -> None:
    """Print the diagnostics of outputs without references."""
    from harness.cli import printing
    from harness.scoring import sentence_ends
    from harness.scoring.diagnostics import measure_texts

    label, target = files.task.label, files.task.target
    measured = {name: measure_texts([texts], target, files.sources) for name, texts in files.outputs.items()}
    ends = {name: sentence_ends.marks(texts, target) for name, texts in files.outputs.items()}
    notes = [*files.notes, *(f"{name}: {note}" for name, note in ends.items() if note)]
    with _written_to(output):
        printing.diagnostics(label, target, measured, notes, form.value)


def _metrics(given: Sequence[str], extra: Sequence[str]) -> list[str]:
    """Return the metrics of `-m a -m b`, `-m a,b` and `-m a b`; `extra` are arguments without an option.

    Raises:
        InputError: an argument without an option is no metric, or no metric stands before it.
    """
    from harness.core import registry
    from harness.core.errors import InputError

    metrics = [name.strip() for names in given for name in names.split(",") if name.strip()]
    known = registry.names("metrics") if extra else []
    for argument in extra:
        if not given or argument.strip(",") not in known:
            way_out = "give each file its own --hypothesis or --reference, and metrics as --metric NAME,NAME"
            raise InputError(f"{argument}: expected an option before it; {way_out}")
        metrics.append(argument.strip(","))
    if given and not metrics:
        raise InputError(f"--metric {' '.join(given)}: expected a name, for example --metric bleu,chrf++")
    return metrics


def _format(context: typer.Context, form: Format, output: Path | None) -> Format:
    """Return the format of the results: that of --format if it was given, else of the suffix of --output.

    Raises:
        InputError: the suffix is not that of a format.
    """
    from harness.core.errors import InputError

    source = context.get_parameter_source("form")
    if output is None or (source is not None and source.name == "COMMANDLINE"):
        return form
    if output.suffix.lower() not in _SUFFIXES:
        known = ", ".join(suffix for suffix in _SUFFIXES if suffix)
        raise InputError(f"--output {output}: expected a name that ends in {known}; or give --format")
    return _SUFFIXES[output.suffix.lower()]


@contextmanager
def _written_to(output: Path | None) -> Iterator[None]:
    """Write everything that is printed within this block to a file; without a file, print it."""
    if output is None:
        yield
        return
    from harness.core import files as core_files

    printed = StringIO()
    with redirect_stdout(printed):
        yield
    core_files.write_text(output, printed.getvalue())


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Folders or names of runs.")],
    results: ResultsOption = Path("results"),
    baseline: BaselineOption = None,
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Show runs on different data or metric signatures side by side, untested.")
    ] = False,
    intervals: IntervalsOption = False,
    slices: TestedSlicesOption = None,
    no_worse: NoWorseOption = None,
    difference: DifferenceOption = None,
    looks: LooksOption = None,
    resamples: ResamplesOption = 1000,
    flips: FlipsOption = None,
    interval_method: IntervalMethodOption = IntervalMethod.T,
    seed: SeedOption = 0,
    published: Annotated[
        bool, typer.Option("--published", help="Show figures that others published on the same test set.")
    ] = False,
    output: FormatOption = Format.TABLE,
) -> None:
    """Put systems of several runs into one table, with paired tests.

    Needs the results folder only: no config, no model.
    """
    from harness.cli import printing
    from harness.reporting import overview
    from harness.runs import differences as differences_module
    from harness.runs import lookup
    from harness.scoring import Resampling, comparison
    from harness.scoring.questions import Questions

    questions = Questions(no_worse, difference, looks, tuple(facets(slices)))
    by_name, notes = lookup.find_all(results, runs)
    sys.stderr.write("".join(f"harness: {note}\n" for note in notes))
    stored = {name: [task.get("statistics", {}) for task in run.read_scores()] for name, run in by_name.items()}
    manifests = {name: run.read_manifest() for name, run in by_name.items()}
    scores = comparison.compare(
        stored, Resampling(resamples, seed, flips=flips, interval=interval_method.value),
        baseline=baseline, mixed=mixed, labels=differences_module.labels(manifests), questions=questions,
    )  # fmt: skip
    if published:
        from harness.scoring import published as published_module

        figures = published_module.read(published_module.folder(results))
        names = dict.fromkeys(str(manifest.get("dataset", {}).get("name")) for manifest in manifests.values())
        scores = [published_module.beside(task, task.dataset or "+".join(names), figures) for task in scores]
    differences = differences_module.differences(manifests)
    overviews = overview.groups(scores)
    if output is Format.JSON:
        from harness.reporting.json import document, to_json

        told = {each.key: dict(each.values) for each in differences}
        printing.json(
            document(
                [to_json(task) for task in scores], runs=list(stored), differences=told,
                overviews=[overview.to_json(group) for group in overviews],
            )
        )  # fmt: skip
    else:
        printing.scores(
            scores, output.value, pairs=True, intervals=intervals, facets=facets(slices), overviews=overviews
        )
        if any(task.mixed for task in scores) and questions != Questions():
            sys.stderr.write("harness: mixed rows are not tested: no answers to --no-worse, --difference and --slice\n")
        sys.stderr.write("".join(f"differs: {each}\n" for each in differences))
    _exit_if_failed(scores)


def _exit_if_failed(scores: Sequence[TaskScores]) -> None:
    """End with code 3 if a system could not be scored."""
    if any(system.error for task in scores for system in task.systems):
        raise typer.Exit(3)
