"""`harness list`: the names that a config can use, and the runs in a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import Kind, ResultsOption
from harness.core.errors import InputError


def list_names(
    kind: Annotated[
        Kind, typer.Argument(metavar="KIND", help="datasets, diagnostics, engines, metrics, models, tasks, or runs.")
    ],
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A public dataset, to read all that is known of it.")
    ] = None,
    results: ResultsOption = Path("results"),
) -> None:
    """List the names that a config can use, or the runs in a folder."""
    if name is not None:
        if kind is not Kind.DATASETS:
            raise InputError(f"expected no name after {kind.value}, found {name!r}; only datasets have one")
        from harness import datasets

        sys.stdout.writelines(f"{line}\n" for line in datasets.public_set(name))
        return
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
        sys.stdout.write("\nPublic sets, named as `datasets: [NAME]`; `harness list datasets NAME` says more:\n\n")
        sys.stdout.writelines(f"{name:{width}}  {summary}\n" for name, summary in public.items())
