"""`harness list`: the names that a config can use, and the runs in a folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import Kind, ResultsOption
from harness.core.errors import InputError

if TYPE_CHECKING:
    from harness.core.registry import Listed


def list_names(
    kind: Annotated[
        Kind,
        typer.Argument(
            metavar="KIND",
            help="datasets, diagnostics, engines, executors, metrics, models, prompts, tasks, or runs.",
        ),
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

    public: list[Listed] = []
    if kind is Kind.PROMPTS:
        from harness import models

        names = models.prompts()
    else:
        names = registry.listing(kind.value)
    if kind is Kind.DATASETS:
        from harness import datasets

        public = datasets.public_sets()
    widths = [max(len(getattr(listed, field)) for listed in (*names, *public)) for field in ("name", "origin")]
    sys.stdout.writelines(_lines(names, widths))
    if public:
        sys.stdout.write("\nPublic sets, named as `datasets: [NAME]`; `harness list datasets NAME` says more:\n\n")
        sys.stdout.writelines(_lines(public, widths))


def _lines(listing: Sequence[Listed], widths: Sequence[int]) -> Iterator[str]:
    """Yield a line per name: the name, where it comes from, what it is."""
    name_width, origin_width = widths
    for listed in listing:
        yield f"{listed.name:{name_width}}  {listed.origin:{origin_width}}  {listed.summary}\n"
