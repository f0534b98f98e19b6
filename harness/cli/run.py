"""The commands that read a config: `harness run` and `harness check`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import exits
from harness.cli.options import (
    Format,
    FormatOption,
    GateFormat,
    IntervalsOption,
    OfflineOption,
    ResultsOption,
    SliceBy,
    SlicesOption,
    facets,
    forbid_network,
)
from harness.core.errors import InputError, ProblemsError

if TYPE_CHECKING:
    from harness.config.plan import Plan
    from harness.runs.pipeline import Outcome


ConfigsArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="CONFIG...", help="YAML files.  [default: configs/quickstart.yaml]", readable=False),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key: statistics.seed=1, systems.NAME.KEY=VALUE."),
]
SystemOption = Annotated[
    list[str] | None, typer.Option("--system", metavar="NAME", help="Generate with this system only; repeatable.")
]
TaskOption = Annotated[list[str] | None, typer.Option("--task", metavar="NAME", help="Do this task only; repeatable.")]
LimitOption = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, help="Use the first N sources of each task and dataset."),
]
ExecutorOption = Annotated[
    str | None,
    typer.Option("--executor", metavar="NAME", help="Where systems generate: local (in this process), or ray."),
]
AddressOption = Annotated[
    str | None,
    typer.Option(
        "--address", metavar="ADDRESS", help="Of the Ray cluster; auto: the one that this machine is part of."
    ),
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", metavar="N", min=1, help="At most so many processes of the executor.")
]
ResourcesOption = Annotated[
    str | None,
    typer.Option("--resources", metavar="JSON", help="""Of each worker, by Ray's names: '{"num_gpus": 1}'."""),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Generate only part I of N of each task's sources (1/8 to 8/8), and score nothing; the sources are cut "
        "in the order of their digests into parts of equal length. harness merge joins the parts.",
    ),
]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Generate stored outputs again, and replace them.")]


def run(
    configs: ConfigsArgument = None,
    overrides: SetOption = None,
    results: ResultsOption = Path("results"),
    system: SystemOption = None,
    task: TaskOption = None,
    limit: LimitOption = None,
    offline: OfflineOption = False,
    fresh: FreshOption = False,
    executor: ExecutorOption = None,
    address: AddressOption = None,
    workers: WorkersOption = None,
    resources: ResourcesOption = None,
    shard: ShardOption = None,
    intervals: IntervalsOption = False,
    slices: SlicesOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Generate, score and print tables; reuses stored outputs."""
    from harness.cli import printing, shards
    from harness.config import load

    forbid_network(offline)
    if shard is not None:
        shards.refuse({"--system": system, "--task": task, "--intervals": intervals, "--slice": slices}, form)
    plans, problems = load.load_all(configs or [load.default()], overrides or (), limit=limit)
    if problems:
        raise ProblemsError(problems)
    named = {"name": executor, "address": address, "workers": workers, "resources": _amounts(resources)}
    plans = [replace(plan, executor=plan.executor.changed(**named)) for plan in plans]
    printing.warnings(plans)
    if shard is not None:
        shards.run(plans, shard, results, fresh=fresh, form=form)
        return
    outcomes = finished(plans, results, systems=system or (), tasks=task or (), fresh=fresh)
    print_outcomes(outcomes, form, intervals=intervals, slices=slices)


def print_outcomes(
    outcomes: Sequence[Outcome], form: Format, *, intervals: bool, slices: Sequence[SliceBy] | None
) -> None:
    """Print the tables of runs, and where their results are; exit with 3 if a system failed."""
    from harness.cli import printing
    from harness.reporting import overview

    overviews = [group for outcome in outcomes for group in overview.groups(outcome.scores)]
    printing.scores(
        [scores for outcome in outcomes for scores in outcome.scores], form.value, pairs="best", intervals=intervals,
        facets=facets(slices), overviews=overviews, runs=[outcome.run.name for outcome in outcomes],
    )  # fmt: skip
    for outcome in outcomes:
        for name, trace in outcome.traces.items():
            sys.stderr.write(f"\n{name}: an unforeseen error:\n{trace}")
        sys.stderr.write(f"\nresults: {outcome.run.path}\n")
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(3)


def _amounts(resources: str | None) -> Any:
    """Return the value of --resources.

    Raises:
        InputError: it is not JSON.
    """
    try:
        return None if resources is None else json.loads(resources)
    except ValueError as error:
        raise InputError(
            f"expected JSON such as '{{\"num_gpus\": 1}}', found {resources!r} ({error})", where="--resources"
        ) from None


def finished(
    plans: Sequence[Plan],
    results: Path,
    *,
    systems: Sequence[str] = (),
    tasks: Sequence[str] = (),
    fresh: bool = False,
) -> list[Outcome]:
    """Run plans with progress on stderr; if the user or the system stops them, say what is saved, and exit."""
    from harness.runs import interrupts, pipeline, progress
    from harness.scoring import networks

    advice = "the same command goes on from there"
    with (
        exits.if_interrupted(advice), interrupts.raised(), progress.to_stderr() as shown, networks.progress(shown.say)
    ):  # fmt: skip
        return pipeline.run_all(
            plans, results, shown,
            systems=systems, tasks=tasks, fresh=fresh, command=["harness", *sys.argv[1:]], own_process=True,
        )  # fmt: skip


def check(
    configs: Annotated[
        list[Path], typer.Argument(metavar="CONFIG...", help="YAML files, or folders of datasets.", readable=False)
    ],
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in run.")
    ] = None,
    offline: OfflineOption = False,
    form: Annotated[GateFormat, typer.Option("--format", help="How to print the plan.")] = GateFormat.TABLE,
) -> None:
    """Validate configs, and say whether a run can start.

    Also shows what the run would do and download; runs nothing. The folder of a dataset is validated alone.

    Exits with 2 if a config is wrong, or if a run on this machine would fail for one of its systems, and with 3 if a
    run would leave out a metric because its checkpoint cannot be had.
    """
    from harness.cli import printing
    from harness.config import load

    forbid_network(offline)
    folders = [path for path in configs if path.is_dir()]
    printing.folders(folders)
    configs = [path for path in configs if path not in folders]
    plans, problems = load.load_all(configs, overrides or (), fetch=False) if configs else ([], [])
    descriptions = [plan.describe() for plan in plans]
    if descriptions:
        printing.plans(descriptions, form.value)
    printing.warnings(plans)
    if problems:
        raise ProblemsError(problems)
    if not all(description.can_start for description in descriptions):
        raise typer.Exit(2)
    if not all(description.scores_all for description in descriptions):
        raise typer.Exit(3)
