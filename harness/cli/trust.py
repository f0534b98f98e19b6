"""`harness trust`: which metrics agree with human scores of outputs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import exits
from harness.cli.options import Format, FormatOption, IntervalMethod, IntervalMethodOption, SeedOption, format_of

FilesArgument = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="CSV, TSV, JSONL or JSON with a row per output, also gzipped."),
]
TaskOption = Annotated[
    str | None,
    typer.Option("--task", metavar="NAME", help="What the systems do, such as translate; for rows without a task."),
]
TargetOption = Annotated[
    str | None,
    typer.Option("--target", metavar="LANG", help="Language of the outputs, such as hin_Deva; for rows without one."),
]
MetricOption = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        "-m",
        metavar="NAME",
        help="Use this metric; repeatable, or NAME,NAME. [default: those of the task without a neural network]",
    ),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="ROLE=NAME",
        help="The column of a role: segment, system, document, task, source_language, target, source, output, "
        "reference (NAME,NAME for several) or score. [default: found by its name]; repeatable.",
    ),
]
PenaltyOption = Annotated[
    bool, typer.Option("--lower-is-better", help="Lower human scores are better: they count errors.")
]
ResamplesOption = Annotated[
    int, typer.Option("--resamples", metavar="N", min=100, max=20_000, help="Bootstrap resamples, for intervals.")
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


def trust(
    context: typer.Context,
    files: FilesArgument,
    task: TaskOption = None,
    target: TargetOption = None,
    metric: MetricOption = None,
    column: ColumnOption = None,
    lower_is_better: PenaltyOption = False,
    resamples: ResamplesOption = 1000,
    interval_method: IntervalMethodOption = IntervalMethod.T,
    seed: SeedOption = 0,
    output: OutputOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say which metrics agree with human scores of outputs.

    A row of FILE has an output, a reference and a human score, and if known segment, system, source and document.
    IndicMT-Eval's files can be given as they are. For each task and direction the command prints each metric's
    agreement with people, for segments and for systems, with intervals, and which metrics are shown to differ.
    """
    from harness.cli import printing
    from harness.reporting import meta_evaluation as report
    from harness.scoring import Resampling, meta_evaluation, networks, textfiles
    from harness.scoring.meta_evaluation import columns, human_scores

    metrics = textfiles.parse_metrics(metric or (), ())
    form = format_of(context, form, output)
    textfiles.check_written("--output", output, files)
    told = human_scores.Settings(columns.told(column or ()), task, target, lower_is_better)
    settings = Resampling(resamples, seed, interval=interval_method.value)
    groups = human_scores.read(files, told)
    with networks.progress():
        evaluations = [meta_evaluation.evaluate(group, metrics, settings) for group in groups]
    with printing.written_to(output):
        if form is Format.JSON:
            printing.json({"evaluations": [report.to_json(each) for each in evaluations]})
        elif form is Format.CSV:
            sys.stdout.write(report.to_csv(evaluations))
        else:
            printing.tables([table for each in evaluations for table in report.tables(each)], form.value)
    exits.end_if_left_out(each.failed for each in evaluations)
