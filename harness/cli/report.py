"""`harness report`: one self-contained HTML page on runs."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import overwriting
from harness.cli.options import (
    BaselineOption,
    FlipsOption,
    IntervalMethod,
    IntervalMethodOption,
    MixedOption,
    PublishedOption,
    ResamplesOption,
    ResultsOption,
    RunsArgument,
    SeedOption,
    find_runs,
)

OutputOption = Annotated[Path, typer.Option("--output", metavar="FILE", help="The page; an old page is replaced.")]
DiffOption = Annotated[
    bool, typer.Option("--diff", help="Show what changed from the first run to the second, segment by segment.")
]
PlotsOption = Annotated[
    Path | None,
    typer.Option("--plots", metavar="DIR", help="Also write each plot to DIR for a paper: SVG, PNG and PDF."),
]
TitleOption = Annotated[
    str | None, typer.Option("--title", metavar="TEXT", help="Heading of the page.  [default: the runs' names]")
]


def report(
    runs: RunsArgument,
    output: OutputOption = Path("report.html"),
    results: ResultsOption = Path("results"),
    baseline: BaselineOption = None,
    mixed: MixedOption = False,
    diff: DiffOption = False,
    plots: PlotsOption = None,
    title: TitleOption = None,
    resamples: ResamplesOption = 1000,
    flips: FlipsOption = None,
    interval_method: IntervalMethodOption = IntervalMethod.T,
    seed: SeedOption = 0,
    published: PublishedOption = False,
) -> None:
    """Write an HTML page: tables, and every segment side by side.

    One file to look at and to send; it also says how the outputs were made. Needs the results folder, and the dataset
    for sources and references; no model. The page makes no request.
    """
    from harness.runs import change
    from harness.runs import report as report_module
    from harness.scoring import Resampling
    from harness.scoring import published as published_module

    overwriting.refuse(output, "--output", "html")
    by_name = find_runs(runs, results)
    settings = Resampling(resamples, seed, flips=flips, interval=interval_method.value)
    with _without_collection():
        if diff:
            page = change.of_change(by_name, settings, title=title)
        else:
            page = report_module.of_runs(
                by_name, settings, title=title, baseline=baseline, mixed=mixed,
                published_in=published_module.folder(results) if published else None,
            )  # fmt: skip
        report_module.write(page, output)
    sys.stdout.write(f"{output}\n")
    if plots is not None:
        written = report_module.write_plots(page, plots)
        sys.stdout.write(f"{plots}: {len(written)} files\n")


@contextmanager
def _without_collection() -> Iterator[None]:
    """Search no cycles of objects: nearly all objects of a large page live until it is written.

    It saves a sixth of the time of a page of 50,000 segments, and no memory is needed for it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
