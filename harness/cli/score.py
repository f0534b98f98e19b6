"""The commands `harness score`, which reads files, and `harness compare`, which reads runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import (
    BaselineOption,
    Format,
    FormatOption,
    IntervalsOption,
    ResamplesOption,
    ResultsOption,
    SeedOption,
    SegmentsOption,
    SlicesOption,
    facets,
)

if TYPE_CHECKING:
    from harness.core.records import TaskScores


class EmptyReference(StrEnum):
    """What an empty line of a reference file means."""

    TEXT = "text"
    NONE = "none"


def score(
    hypothesis: Annotated[
        list[str],
        typer.Option("--hypothesis", metavar="NAME=FILE", help="A system's outputs, or a folder of them; repeatable."),
    ],
    task: Annotated[str, typer.Option("--task", metavar="NAME", help="The task of the systems.")],
    reference: Annotated[
        list[Path] | None,
        typer.Option("--reference", metavar="FILE", help="References; repeatable. Without any, nothing is scored."),
    ] = None,
    empty_reference: Annotated[
        EmptyReference,
        typer.Option(
            "--empty-reference",
            help="What an empty reference line means. text: a reference without words. none: no reference in this "
            "file; the segment is scored with its other references.",
        ),
    ] = EmptyReference.TEXT,
    source: Annotated[Path | None, typer.Option("--source", metavar="FILE", help="The sources.")] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="LANG", help="Output language, if the task has several.")
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", metavar="NAME", help="Instead of the task's metrics; repeatable.")
    ] = None,
    baseline: BaselineOption = None,
    intervals: IntervalsOption = False,
    slices: SlicesOption = None,
    segments: SegmentsOption = None,
    resamples: ResamplesOption = 1000,
    seed: SeedOption = 0,
    output: FormatOption = Format.TABLE,
) -> None:
    """Score output files of any system; needs no config and no model.

    A file has one segment per line, or is JSONL with "id" and "text". JSONL references may lack ids that other
    references have. Without references the command reports length, script, repetition, and how much of the source was
    copied.
    """
    from harness.cli import printing
    from harness.core import files as core_files
    from harness.scoring import Resampling, textfiles
    from harness.scoring import slices as slices_module
    from harness.scoring.diagnostics import measure_texts

    files = textfiles.read_arguments(
        task=task,
        target=target,
        source=source,
        references=reference or [],
        hypotheses=hypothesis,
        empty_reference=empty_reference.value,
        written=segments,
    )
    if not files.references:
        textfiles.refuse_without_references({
            "--metric": metric,
            "--baseline": baseline,
            "--slice": slices,
            "--segments": segments,
            "--empty-reference": empty_reference is EmptyReference.NONE,
        })
        label, target = files.task.label, files.task.target
        found = {name: measure_texts([texts], target, files.sources) for name, texts in files.outputs.items()}
        printing.diagnostics(label, target, found, files.notes, output.value)
        return
    scores, test_set, rows = textfiles.score_files(files, metric or (), Resampling(resamples, seed), baseline)
    if segments is not None:
        core_files.write_text(segments, slices_module.to_jsonl(test_set, rows))
    if output is Format.JSON:
        from harness.reporting.json import to_json

        printing.json(to_json(scores))
    else:
        printing.scores([scores], output.value, pairs=True, intervals=intervals, facets=facets(slices))
    _exit_if_failed([scores])


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Folders or names of runs.")],
    results: ResultsOption = Path("results"),
    baseline: BaselineOption = None,
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Show runs on different data or metric signatures side by side, untested.")
    ] = False,
    intervals: IntervalsOption = False,
    slices: SlicesOption = None,
    resamples: ResamplesOption = 1000,
    seed: SeedOption = 0,
    output: FormatOption = Format.TABLE,
) -> None:
    """Put the systems of several runs into one table, with paired tests; needs only the results folder."""
    from harness.cli import printing
    from harness.runs import differences as differences_module
    from harness.runs import lookup
    from harness.scoring import Resampling, comparison

    by_name, notes = lookup.find_all(results, runs)
    sys.stderr.write("".join(f"harness: {note}\n" for note in notes))
    stored = {name: [task.get("statistics", {}) for task in run.read_scores()] for name, run in by_name.items()}
    manifests = {name: run.read_manifest() for name, run in by_name.items()}
    scores = comparison.compare(
        stored, Resampling(resamples, seed),
        baseline=baseline, mixed=mixed, labels=differences_module.labels(manifests),
    )  # fmt: skip
    differences = differences_module.differences(manifests)
    if output is Format.JSON:
        from harness.reporting.json import to_json

        told = {each.key: dict(each.values) for each in differences}
        printing.json({"run": list(stored), "tasks": [to_json(task) for task in scores], "differences": told})
    else:
        printing.scores(scores, output.value, pairs=True, intervals=intervals, facets=facets(slices))
        sys.stderr.write("".join(f"differs: {each}\n" for each in differences))
    _exit_if_failed(scores)


def _exit_if_failed(scores: Sequence[TaskScores]) -> None:
    """End with code 3 if a system could not be scored."""
    if any(system.error for task in scores for system in task.systems):
        raise typer.Exit(3)
