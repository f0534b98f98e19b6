"""`harness reproduce`: run the config of a published figure, and say whether the figure comes out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import GateFormat, OfflineOption, ResultsOption, forbid_network


def reproduce(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A config of configs/reproduce, by name; or a path.")],
    results: ResultsOption = Path("results"),
    configs: Annotated[Path, typer.Option("--configs", metavar="DIR", help="The folder of these configs.")] = Path(
        "configs/reproduce"
    ),
    offline: OfflineOption = False,
    form: Annotated[GateFormat, typer.Option("--format", help="How to print the result.")] = GateFormat.TABLE,
) -> None:
    """Run the config of a published figure; exits with 1 if missed."""
    from harness.cli import printing
    from harness.cli.run import finished
    from harness.config import load
    from harness.reporting import reproduction as report
    from harness.runs import reproduce as reproduce_module

    forbid_network(offline)
    plan = load.load(reproduce_module.find(name, configs))
    printing.warnings([plan])
    compared, outcome = reproduce_module.reproduce(plan, results, lambda each: finished([each], results)[0])
    if form is GateFormat.JSON:
        printing.json(report.to_json(compared, outcome.run.name))
    else:
        printing.tables([report.table(each) for each in compared], form.value)
    sys.stderr.write(f"\nresults: {outcome.run.path}\n")
    if any(each.error for each in compared):
        raise typer.Exit(3)
    if not all(each.is_within for each in compared):
        raise typer.Exit(1)
