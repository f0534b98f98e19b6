"""`harness score`: the scores of output files of any system, or their diagnostics if there are no references."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import exits
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
    SeedOption,
    TestedSlicesOption,
    facets,
    format_of,
)


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
    form: FormatOption = Format.TABLE,
) -> None:
    """Score output files of any system; needs no config and no model.

    A file has one segment per line, or is JSONL, JSON, CSV, TSV, SGM or XML, as its suffix says; it can be gzipped.
    Files with ids can be in any order, and references may lack ids that other references have. Without references the
    command reports length, script, repetition, and how much of the source was copied.
    """
    from harness.cli import printing
    from harness.core import files as core_files
    from harness.scoring import Resampling, textfiles
    from harness.scoring import slices as slices_module
    from harness.scoring.questions import Questions

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
    scores, test_set, rows = textfiles.score_files(
        files, metrics, settings, baseline, questions, reference_row=reference_row
    )
    if segments is not None:
        core_files.write_text(segments, slices_module.to_jsonl(test_set, rows))
    with printing.written_to(output):
        printing.scores([scores], form.value, pairs=True, intervals=intervals, facets=facets(slices))
    exits.end_if_failed([scores])
