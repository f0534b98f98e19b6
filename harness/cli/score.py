"""`harness score`: the scores of output files of any system, or their diagnostics if there are no references."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli import exits, usage
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
    TestedSlicesOption,
    facets,
    find_run,
    format_of,
)
from harness.core.errors import InputError


class EmptyReference(StrEnum):
    """The meaning of an empty line in a reference file."""

    TEXT = "text"
    NONE = "none"


HypothesisOption = Annotated[
    list[str],
    typer.Option(
        "--hypothesis",
        metavar="[NAME=]FILE",
        help="A system's outputs, or a folder of them; repeatable. FILE can be FILE:COLUMN, and - is standard input; "
        "also for the options below.",
    ),
]
TaskOption = Annotated[
    str,
    typer.Option(
        "--task", metavar="NAME", help="What the systems do, such as translate or summarise; see harness list tasks."
    ),
]
ReferenceOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--reference",
        metavar="FILE",
        help="A reference file; repeatable. Without one, the outputs are described, not scored.",
    ),
]
EmptyReferenceOption = Annotated[
    EmptyReference,
    typer.Option(
        "--empty-reference",
        help="What an empty reference line means. text: a reference without words. none: no reference in this file; "
        "the segment is scored with its other references.",
    ),
]
ReferenceRowOption = Annotated[
    bool,
    typer.Option(
        "--reference-row",
        help="Add a row for the references, each scored against the others; systems then leave one out in turn too.",
    ),
]
SourceOption = Annotated[Path | None, typer.Option("--source", metavar="FILE", help="The source file.")]
TextColumnOption = Annotated[
    str | None,
    typer.Option(
        "--text-column",
        metavar="COLUMN",
        help="The column of the text, by name or number, in files with columns; FILE:COLUMN overrides it.",
    ),
]
TargetOption = Annotated[
    str | None, typer.Option("--target", metavar="LANG", help="Output language, if the task has several.")
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="Score only the first N segments.")
]
MetricOption = Annotated[
    list[str] | None,
    typer.Option(
        "--metric", "-m", metavar="NAME", help="Use this metric, not those of the task; repeatable, or NAME,NAME."
    ),
]
SegmentsOption = Annotated[
    Path | None, typer.Option("--segments", metavar="FILE", help="Write each segment's scores there, as JSONL.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Write the results to FILE. Its suffix sets the format: .txt, .md, .csv, .tex or .json; --format "
        "overrides it.",
    ),
]


AddMetricOption = Annotated[
    list[str] | None,
    typer.Option(
        "--add-metric",
        metavar="NAME",
        help="Add this metric to the tables of a finished run: harness score RUN --add-metric comet; repeatable.",
    ),
]


class ScoreCommand(usage.Command):
    """The command; --add-metric is about a run, so it needs no files and no task."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments of the command.

        Raises:
            InputError: as those of every command.
        """
        is_of_files = not any(argument.partition("=")[0] == "--add-metric" for argument in args)
        for parameter in self.params:
            if parameter.name in ("hypothesis", "task"):
                parameter.required = is_of_files
        return super().parse_args(ctx, args)


def score(
    context: typer.Context,
    hypothesis: HypothesisOption,
    task: TaskOption,
    reference: ReferenceOption = None,
    empty_reference: EmptyReferenceOption = EmptyReference.TEXT,
    reference_row: ReferenceRowOption = False,
    source: SourceOption = None,
    text_column: TextColumnOption = None,
    target: TargetOption = None,
    limit: LimitOption = None,
    metric: MetricOption = None,
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
    output: OutputOption = None,
    add_metric: AddMetricOption = None,
    results: ResultsOption = Path("results"),
    form: FormatOption = Format.TABLE,
) -> None:
    """Score output files of any system; needs no config and no model.

    A file has one segment per line, or is JSONL, JSON, CSV, TSV, SGM or XML, as its suffix says; it can be gzipped.
    Files with ids can be in any order, and references may lack ids that other references have. Without references the
    command reports length, script, repetition, and how much of the source was copied.
    """
    from harness.cli import printing
    from harness.core import files as core_files
    from harness.scoring import Resampling, networks, textfiles
    from harness.scoring import slices as slices_module
    from harness.scoring.questions import Questions

    if add_metric:
        _add_to_run(context, add_metric, results, output, format_of(context, form, output))
        return
    questions = Questions(no_worse, difference, looks, tuple(facets(slices)))
    metrics = textfiles.parse_metrics(metric or (), context.args)
    form = format_of(context, form, output)
    files = textfiles.read_arguments(
        task=task, target=target, source=source, references=reference or [], hypotheses=hypothesis,
        empty_reference=empty_reference.value, text_column=text_column, limit=limit,
        written={"--segments": segments, "--output": output},
    )  # fmt: skip
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
        systems, notes = textfiles.diagnose(files)
        with printing.written_to(output):
            printing.diagnostics(files.task.label, files.task.target, systems, notes, form.value)
        return
    settings = Resampling(resamples, seed, flips=flips, interval=interval_method.value)
    with networks.progress():
        scores, test_set, rows = textfiles.score_files(
            files, metrics, settings, baseline, questions, reference_row=reference_row
        )
    if segments is not None:
        core_files.write_text(segments, slices_module.to_jsonl(test_set, rows))
    with printing.written_to(output):
        printing.scores([scores], form.value, pairs=True, intervals=intervals, facets=facets(slices))
    exits.end_if_failed([scores])


def _add_to_run(context: typer.Context, names: list[str], results: Path, output: Path | None, form: Format) -> None:
    """Add metrics to a run and print its tables.

    Raises:
        InputError: not exactly one run is named, or other options are given.
    """
    from harness.cli import printing
    from harness.reporting import overview
    from harness.runs import added_metrics
    from harness.scoring import networks, textfiles

    usable = ("add_metric", "results", "output", "form")
    given = [name for name in context.params if name not in usable and _is_given(context, name)]
    if len(context.args) != 1 or given:
        raise InputError(
            "--add-metric: expected harness score RUN --add-metric NAME, with --results, --output and --format at most"
        )
    run = find_run(context.args[0], results)
    with networks.progress():
        scores = added_metrics.add(run, textfiles.parse_metrics(names))
    overviews = overview.groups(scores)
    with printing.written_to(output):
        printing.scores(scores, form.value, pairs="best", overviews=overviews, runs=[run.name])


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
