"""The commands that read a config: `harness run` and `harness check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import (
    Format,
    FormatOption,
    IntervalsOption,
    OfflineOption,
    ResultsOption,
    SlicesOption,
    facets,
)
from harness.core.errors import HarnessError, InputError

_DEFAULT_CONFIG = Path("configs/quickstart.yaml")


def run(
    configs: Annotated[
        list[Path] | None, typer.Argument(metavar="CONFIG...", help=f"YAML files.  [default: {_DEFAULT_CONFIG}]")
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
    fresh: Annotated[bool, typer.Option("--fresh", help="Make again what is stored already.")] = False,
    intervals: IntervalsOption = False,
    slices: SlicesOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Generate, score, and print the tables; what is stored already is not made again."""
    from harness.cli import printing
    from harness.config import load
    from harness.runs import interrupts, pipeline, progress

    paths = configs or [_DEFAULT_CONFIG]
    if not configs and not _DEFAULT_CONFIG.exists():
        raise InputError(f"no config given, and no {_DEFAULT_CONFIG} here; name one: harness run CONFIG")
    plans = [load.load(path, overrides or (), limit=limit) for path in paths]
    printing.warnings(plans)
    for each in plans:
        pipeline.check_selection(each, system or (), task or ())
    outcomes = []
    for each in plans:
        try:
            with interrupts.raised(), progress.to_stderr() as told:
                outcome = pipeline.run(
                    each, results, told, systems=system or (), tasks=task or (), offline=offline, fresh=fresh,
                    command=["harness", *sys.argv[1:]],
                )  # fmt: skip
        except interrupts.Interrupted as interrupt:
            sys.stderr.write(f"\ninterrupted: {interrupt.saved}; the same command goes on from there\n")
            raise typer.Exit(interrupt.exit_code) from None
        outcomes.append(outcome)
    if output is Format.JSON:
        from harness.reporting.json import to_json

        runs = [{"run": done.run.name, "tasks": [to_json(scores) for scores in done.scores]} for done in outcomes]
        printing.json(runs[0] if len(runs) == 1 else {"runs": runs})
    else:
        scored = [scores for outcome in outcomes for scores in outcome.scores]
        printing.scores(scored, output.value, intervals=intervals, facets=facets(slices))
    for outcome in outcomes:
        for name, trace in outcome.traces.items():
            sys.stderr.write(f"\n{name}: an error that nobody foresaw:\n{trace}")
        sys.stderr.write(f"\nresults: {outcome.run.path}\n")
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(3)


def check(
    configs: Annotated[list[Path], typer.Argument(metavar="CONFIG...", help="YAML files.")],
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in run.")
    ] = None,
    offline: OfflineOption = False,
) -> None:
    """Validate configs and their datasets, and show what a run would do, fetch and need; runs nothing."""
    from harness.cli import printing
    from harness.config import load
    from harness.core import hub
    from harness.core.errors import Problem, ProblemsError

    hub.go_offline(offline)
    problems: list[Problem] = []
    plans = []
    for path in configs:
        try:
            plans.append(load.load(path, overrides or ()))
        except HarnessError as error:
            problems += error.problems
    for each in plans:
        sys.stdout.write(each.describe())
    printing.warnings(plans)
    if problems:
        raise ProblemsError(list(dict.fromkeys(problems)))
