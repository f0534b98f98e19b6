"""The commands that read a config: `harness run` and `harness check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import (
    Format,
    FormatOption,
    IntervalsOption,
    OfflineOption,
    ResultsOption,
    SlicesOption,
    facets,
    forbid_network,
)
from harness.core.errors import ProblemsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.runs.pipeline import Outcome


def run(
    configs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="CONFIG...", help="YAML files.  [default: configs/quickstart.yaml]", readable=False),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key: statistics.seed=1, systems.NAME.KEY=VALUE."),
    ] = None,
    results: ResultsOption = Path("results"),
    system: Annotated[
        list[str] | None, typer.Option("--system", metavar="NAME", help="Generate with this system only; repeatable.")
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option("--task", metavar="NAME", help="Do this task only; repeatable.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Use the first N sources of each task.")
    ] = None,
    offline: OfflineOption = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Make stored outputs again, and replace them.")] = False,
    intervals: IntervalsOption = False,
    slices: SlicesOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Generate, score, and print the tables; stored outputs are reused."""
    from harness.cli import printing
    from harness.config import load
    from harness.runs import interrupts, pipeline, progress

    forbid_network(offline)
    plans, problems = load.load_all(configs or [load.default()], overrides or (), limit=limit)
    if problems:
        raise ProblemsError(problems)
    try:
        with interrupts.raised(), progress.to_stderr() as shown:
            outcomes = pipeline.run_all(
                plans, results, shown,
                systems=system or (), tasks=task or (), fresh=fresh,
                command=["harness", *sys.argv[1:]], own_process=True,
            )  # fmt: skip
    except interrupts.Interrupted as interrupt:
        sys.stderr.write(f"\ninterrupted: {interrupt.saved}; the same command goes on from there\n")
        raise typer.Exit(interrupt.exit_code) from None
    if output is Format.JSON:
        printing.json(_to_json(outcomes))
    else:
        scores = [scores for outcome in outcomes for scores in outcome.scores]
        printing.scores(scores, output.value, intervals=intervals, facets=facets(slices))
    for outcome in outcomes:
        for name, trace in outcome.traces.items():
            sys.stderr.write(f"\n{name}: an error that nobody foresaw:\n{trace}")
        sys.stderr.write(f"\nresults: {outcome.run.path}\n")
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(3)


def _to_json(outcomes: Sequence[Outcome]) -> object:
    """Return the object of the only run, or one with the objects of all."""
    from harness.reporting.json import to_json

    runs = [{"run": outcome.run.name, "tasks": [to_json(scores) for scores in outcome.scores]} for outcome in outcomes]
    return runs[0] if len(runs) == 1 else {"runs": runs}


def check(
    configs: Annotated[list[Path], typer.Argument(metavar="CONFIG...", help="YAML files.", readable=False)],
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in run.")
    ] = None,
    offline: OfflineOption = False,
) -> None:
    """Validate configs and their datasets, and show what a run would do, fetch and need; runs nothing."""
    from harness.config import load

    forbid_network(offline)
    plans, problems = load.load_all(configs, overrides or ())
    for plan in plans:
        sys.stdout.write(plan.describe())
    if problems:
        raise ProblemsError(problems)
