"""`harness list`: the names that a config can use, and the runs in a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import Kind, ResultsOption


def list_names(
    kind: Annotated[
        Kind, typer.Argument(metavar="KIND", help="datasets, diagnostics, engines, metrics, models, tasks, or runs.")
    ],
    results: ResultsOption = Path("results"),
) -> None:
    """List the names that a config can use, or the runs in a folder."""
    if kind is Kind.RUNS:
        from harness.runs import listing

        sys.stdout.writelines(f"{line}\n" for line in listing.lines(results))
        return
    from harness.core import registry

    names = registry.summaries(kind.value)
    public = {}
    if kind is Kind.DATASETS:
        from harness import datasets

        public = datasets.public_sets()
    width = max(map(len, [*names, *public]))
    sys.stdout.writelines(f"{name:{width}}  {summary}\n" for name, summary in names.items())
    if public:
        sys.stdout.write("\nPublic sets, named as `datasets: [NAME]`:\n\n")
        sys.stdout.writelines(f"{name:{width}}  {summary}\n" for name, summary in public.items())
