"""The commands that score: `harness score` reads files, `harness compare` reads runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

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
from harness.core.errors import InputError


def score(
    hypothesis: Annotated[
        list[str],
        typer.Option("--hypothesis", metavar="NAME=FILE", help="A system's outputs, or a folder of them; repeatable."),
    ],
    task: Annotated[str, typer.Option("--task", metavar="NAME", help="What the systems were asked.")],
    reference: Annotated[
        list[Path] | None,
        typer.Option("--reference", metavar="FILE", help="References; repeatable. Without any, no score is made."),
    ] = None,
    source: Annotated[Path | None, typer.Option("--source", metavar="FILE", help="The sources.")] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="LANG", help="Output language, where the task has several.")
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
    """Score files that any system produced; needs no config and no model.

    A file has one segment a line, or is JSONL with "id" and "text". Without references it is told what can be said
    without: length, script, repetition, and what was copied from the source.
    """
    from harness.cli import printing
    from harness.core import files as core_files
    from harness.scoring import Resampling, textfiles
    from harness.scoring import slices as slices_module
    from harness.scoring.analysis import assess
    from harness.scoring.diagnostics import measure_texts

    references = reference or []
    suffix = references[0].suffix if references else None
    besides = [*references, *([source] if source else [])]
    hypotheses = textfiles.parse_hypotheses(hypothesis, besides=besides, suffix=suffix)
    textfiles.check_written(segments, [*besides, *hypotheses.values()])
    files = textfiles.read(task=task, target=target, source=source, references=references, hypotheses=hypotheses)
    if not references:
        given = {"--metric": metric, "--baseline": baseline, "--slice": slices, "--segments": segments}
        if unusable := next((option for option, value in given.items() if value), None):
            raise InputError(f"{unusable} needs --reference; without one there is no score")
        label, target = files.task.label, files.task.target
        found = {name: measure_texts([texts], target, files.sources) for name, texts in files.outputs.items()}
        printing.diagnostics(label, target, found, files.notes, output.value)
        return
    textfiles.check_baseline(baseline, list(files.outputs))
    test_set, rows = textfiles.score_rows(files, metric or ())
    scores = assess(test_set, rows, Resampling(resamples, seed, 0.95), notes=files.notes, baseline=baseline)
    if segments is not None:
        core_files.write_text(segments, slices_module.to_jsonl(test_set, rows))
    if output is Format.JSON:
        from harness.reporting.json import to_json

        printing.json(to_json(scores))
    else:
        printing.scores([scores], output.value, pairs=True, intervals=intervals, facets=facets(slices))
    if any(system.error for system in scores.systems):
        raise typer.Exit(3)


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
    """Put the systems of several runs into one table, with paired tests; needs the results folder alone."""
    from harness.cli import printing
    from harness.runs import differences as differences_module
    from harness.runs import store
    from harness.scoring import Resampling, comparison, textfiles

    found = store.find_all(results, runs)
    stored = {name: [task.get("statistics", {}) for task in run.read_scores()] for name, run in found.items()}
    scores = comparison.compare(stored, Resampling(resamples, seed, 0.95), baseline=baseline, mixed=mixed)
    textfiles.check_baseline(baseline, [row.name for task in scores for row in task.systems if row.role == "system"])
    differences = differences_module.differences({name: run.read_manifest() for name, run in found.items()})
    if output is Format.JSON:
        from harness.reporting.json import to_json

        told = {each.key: dict(each.values) for each in differences}
        printing.json({"run": list(stored), "tasks": [to_json(task) for task in scores], "differences": told})
    else:
        printing.scores(scores, output.value, pairs=True, intervals=intervals, facets=facets(slices))
        sys.stderr.write("".join(f"differs: {each}\n" for each in differences))
    if any(system.error for task in scores for system in task.systems):
        raise typer.Exit(3)
