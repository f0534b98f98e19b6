"""The options that several commands share, and the values that they accept."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from harness.core.scores import Facet
    from harness.runs.store import Run


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"
    LATEX = "latex"


# The format of a file that --output names, by suffix.
_SUFFIXES = {
    "": Format.TABLE,
    ".txt": Format.TABLE,
    ".json": Format.JSON,
    ".md": Format.MARKDOWN,
    ".csv": Format.CSV,
    ".tex": Format.LATEX,
}


class SliceBy(StrEnum):
    """What segments can be grouped by."""

    LENGTH = "length"
    KIND = "kind"
    ARTICLE = "article"


class IntervalMethod(StrEnum):
    """How intervals are computed from resamples."""

    T = "t"
    PERCENTILE = "percentile"


class GateFormat(StrEnum):
    """How a verdict or a plan is printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


class Kind(StrEnum):
    """The kinds of names that can be listed: of plugins, of prompt contracts, and of runs."""

    DATASETS = "datasets"
    DIAGNOSTICS = "diagnostics"
    ENGINES = "engines"
    EXECUTORS = "executors"
    METRICS = "metrics"
    MODELS = "models"
    PROMPTS = "prompts"
    RUNS = "runs"
    TASKS = "tasks"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print the results.")]
BaselineOption = Annotated[
    str | None, typer.Option("--baseline", metavar="NAME", help="Compare each system with this one only.")
]
ResamplesOption = Annotated[
    int, typer.Option("--resamples", metavar="N", min=100, max=1_000_000, help="Bootstrap resamples, for intervals.")
]
FlipsOption = Annotated[
    int | None,
    typer.Option(
        "--flips",
        metavar="N",
        min=100,
        max=10_000_000,
        help="Random swaps per paired test. [default: enough for the number of pairs]",
    ),
]
IntervalMethodOption = Annotated[
    IntervalMethod, typer.Option("--interval-method", help="percentile: as sacreBLEU; too narrow for few segments.")
]
SeedOption = Annotated[
    int, typer.Option("--seed", metavar="N", min=0, help="Seed of the random numbers for intervals and tests.")
]
IntervalsOption = Annotated[bool, typer.Option("--intervals", help="Show the interval of every metric.")]
SlicesOption = Annotated[
    list[SliceBy] | None,
    typer.Option("--slice", help="Also show the primary score for each length, kind or article; repeatable."),
]
TestedSlicesOption = Annotated[
    list[SliceBy] | None,
    typer.Option(
        "--slice",
        help="Also show the primary score for each length, kind or article, and test whether systems differ "
        "more on some of them; repeatable.",
    ),
]
NoWorseOption = Annotated[
    float | None,
    typer.Option(
        "--no-worse",
        metavar="POINTS",
        help="Say which systems are shown to score less than POINTS below the baseline; needs --baseline.",
    ),
]
DifferenceOption = Annotated[
    float | None,
    typer.Option(
        "--difference",
        metavar="POINTS",
        help="Say how many segments or articles are needed to show a difference of POINTS, and what more data "
        "would give.",
    ),
]
LooksOption = Annotated[
    int | None,
    typer.Option(
        "--looks",
        metavar="N",
        help="With --difference: plan for N tests, made while the data come in (Pocock's correction).",
    ),
]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Never touch the network.")]
ResultsOption = Annotated[Path, typer.Option("--results", metavar="DIR", help="The folder of all runs.")]
RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's folder or name, or a config's name for its latest run.")
]
RunsArgument = Annotated[list[str], typer.Argument(metavar="RUN...", help="Folders or names of runs.")]
MixedOption = Annotated[
    bool, typer.Option("--mixed", help="Show runs on different data or metric signatures side by side, untested.")
]
PublishedOption = Annotated[
    bool, typer.Option("--published", help="Show figures that others published on the same test set.")
]


def forbid_network(wanted: bool) -> None:
    """Keep this process off the network, if that is wanted; huggingface_hub reads the variable when it is imported."""
    if wanted:
        from harness.core.hub import OFFLINE

        os.environ[OFFLINE] = "1"


def find_run(run: str, results: Path) -> Run:
    """Return the run that RUN names, and print on stderr why it was chosen if several fit.

    Raises:
        InputError: as `lookup.find`.
    """
    from harness.runs import lookup

    match = lookup.find(results, run)
    _print_notes([match.note] if match.note else [])
    return match.run


def find_runs(runs: Sequence[str], results: Path) -> dict[str, Run]:
    """Return the runs that RUN... names, by name, and print on stderr why each was chosen if several fit.

    Raises:
        InputError: as `lookup.find_all`.
    """
    from harness.runs import lookup

    by_name, notes = lookup.find_all(results, runs)
    _print_notes(notes)
    return by_name


def _print_notes(notes: Sequence[str]) -> None:
    sys.stderr.writelines(f"harness: {note}\n" for note in notes)


def format_of(context: typer.Context, form: Format, output: Path | None) -> Format:
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


def facets(slices: Sequence[SliceBy] | None) -> list[Facet]:
    """Return the wanted facets under the names that reports use."""
    return [each.value for each in slices or ()]
