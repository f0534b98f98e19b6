"""`harness plan-size`: how many segments or articles show a difference."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import GateFormat, ResultsOption, RunArgument, find_run

PointsOption = Annotated[
    float | None,
    typer.Option(
        "--difference", metavar="POINTS", help="The true difference to show. [default: the one of the two best systems]"
    ),
]
MetricOption = Annotated[
    str | None, typer.Option("--metric", metavar="NAME", help="Plan for this metric. [default: the primary one]")
]
TaskOption = Annotated[
    list[str] | None, typer.Option("--task", metavar="NAME", help="Plan for this task only; repeatable.")
]
CurveFormatOption = Annotated[GateFormat, typer.Option("--format", help="How to print the curve.")]


def plan_size(
    run: RunArgument,
    results: ResultsOption = Path("results"),
    difference: PointsOption = None,
    metric: MetricOption = None,
    task: TaskOption = None,
    form: CurveFormatOption = GateFormat.TABLE,
) -> None:
    """Say how many segments or articles would show a difference.

    A curve for the two best systems of each task: numbers of segments or articles, how likely so many show the
    difference, and the smallest difference that they show. The variance is that of the run. Needs the results folder
    only: no config, no model.
    """
    from harness.cli import printing
    from harness.reporting import power_curve
    from harness.runs import plan_size as plan_size_module

    planned = find_run(run, results)
    curves = plan_size_module.curves(planned, difference, tasks=tuple(task or ()), metric=metric)
    for label, curve in curves.items():
        if isinstance(curve, str):
            sys.stderr.write(f"harness: {label}: no curve: {curve}\n")
    known = {label: curve for label, curve in curves.items() if not isinstance(curve, str)}
    if form is GateFormat.JSON:
        tasks = [power_curve.to_json(label, curve) for label, curve in known.items()]
        printing.json({"run": planned.name, "tasks": tasks})
    elif known:
        printing.tables([power_curve.table(label, curve) for label, curve in known.items()], form.value)
