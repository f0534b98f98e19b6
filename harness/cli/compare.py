"""`harness compare`: systems of several runs in one table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

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
    MixedOption,
    NoWorseOption,
    PublishedOption,
    ResamplesOption,
    ResultsOption,
    RunsArgument,
    SeedOption,
    TestedSlicesOption,
    facets,
    find_runs,
)

if TYPE_CHECKING:
    from harness.runs.compare import ComparedRuns
    from harness.scoring.questions import Questions


def compare(
    runs: RunsArgument,
    results: ResultsOption = Path("results"),
    baseline: BaselineOption = None,
    mixed: MixedOption = False,
    intervals: IntervalsOption = False,
    slices: TestedSlicesOption = None,
    no_worse: NoWorseOption = None,
    difference: DifferenceOption = None,
    looks: LooksOption = None,
    resamples: ResamplesOption = 1000,
    flips: FlipsOption = None,
    interval_method: IntervalMethodOption = IntervalMethod.T,
    seed: SeedOption = 0,
    published: PublishedOption = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Put systems of several runs into one table, with paired tests.

    Needs the results folder only: no config, no model.
    """
    from harness.cli import printing
    from harness.reporting import overview
    from harness.runs import compare as compare_module
    from harness.scoring import Resampling
    from harness.scoring import published as published_module
    from harness.scoring.questions import Questions

    questions = Questions(no_worse, difference, looks, tuple(facets(slices)))
    by_name = find_runs(runs, results)
    compared = compare_module.compare(
        by_name, Resampling(resamples, seed, flips=flips, interval=interval_method.value), questions,
        baseline=baseline, mixed=mixed, published_in=published_module.folder(results) if published else None,
    )  # fmt: skip
    printing.scores(
        compared.scores, form.value, pairs=True, intervals=intervals, facets=facets(slices),
        overviews=overview.groups(compared.scores), runs=compared.runs, differences=compared.differences,
    )  # fmt: skip
    if form is not Format.JSON:
        _print_remarks(compared, questions)
    exits.end_if_failed(compared.scores)


def _print_remarks(compared: ComparedRuns, questions: Questions) -> None:
    """Print on stderr which questions have no answer, and the differences between the runs."""
    if not questions.is_empty and any(task.mixed for task in compared.scores):
        sys.stderr.write("harness: mixed rows are not tested: no answers to --no-worse, --difference and --slice\n")
    sys.stderr.write("".join(f"differs: {each}\n" for each in compared.differences))
