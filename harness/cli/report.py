"""`harness report`: one self-contained HTML page on runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import pages
from harness.cli.options import (
    BaselineOption,
    FlipsOption,
    IntervalMethod,
    IntervalMethodOption,
    ResamplesOption,
    ResultsOption,
    SeedOption,
)


def report(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Folders or names of runs.")],
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="The page; an old page is replaced.")] = Path(
        "report.html"
    ),
    results: ResultsOption = Path("results"),
    baseline: BaselineOption = None,
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Show runs on different data or metric signatures side by side, untested.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what changed from the first run to the second, segment by segment.")
    ] = False,
    plots: Annotated[
        Path | None,
        typer.Option("--plots", metavar="DIR", help="Also write each plot to DIR for a paper: SVG, PNG and PDF."),
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="Heading of the page.  [default: the runs' names]")
    ] = None,
    resamples: ResamplesOption = 1000,
    flips: FlipsOption = None,
    interval_method: IntervalMethodOption = IntervalMethod.T,
    seed: SeedOption = 0,
    published: Annotated[
        bool, typer.Option("--published", help="Show figures that others published on the same test set.")
    ] = False,
) -> None:
    """Write an HTML page: tables, and every segment side by side.

    One file to look at and to send; it also says how the outputs were made. Needs the results folder, and the dataset
    for sources and references; no model. The page makes no request.
    """
    from harness.runs import change, lookup
    from harness.runs import report as report_module
    from harness.scoring import Resampling
    from harness.scoring import published as published_module

    pages.refuse_overwriting(output, "--output")
    by_name, notes = lookup.find_all(results, runs)
    sys.stderr.write("".join(f"harness: {note}\n" for note in notes))
    settings = Resampling(resamples, seed, flips=flips, interval=interval_method.value)
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
