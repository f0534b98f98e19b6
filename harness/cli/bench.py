"""`harness bench`: how fast systems decode on this machine, and with how much memory."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import GateFormat, OfflineOption, forbid_network

if TYPE_CHECKING:
    from harness.config.plan import Plan
    from harness.core.benchmarks import Bench
    from harness.runs.bench.settings import Changes, Wanted
    from harness.runs.bench.subjects import BenchSubject

ConfigArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[CONFIG]", help="A YAML file; not needed with --random-weights.", readable=False),
]
SystemOption = Annotated[
    list[str] | None, typer.Option("--system", metavar="NAME", help="Measure this system only; repeatable.")
]
SizesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--random-weights",
        metavar="SIZE",
        help="Instead of systems, measure a model of a published size with random weights, without a download: "
        "mt5-small, mt5-base, mt5-large, indictrans2-200m, indictrans2-1b, nllb-600m, nllb-1.3b, qwen3-0.6b or "
        "gemma-3-1b; repeatable, or SIZE,SIZE.",
    ),
]
EngineOption = Annotated[
    list[str] | None, typer.Option("--engine", metavar="NAME", help="Measure this engine; repeatable, or NAME,NAME.")
]
TypeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--compute-type",
        metavar="TYPE",
        help="Compute in this type, such as bfloat16 or int8; repeatable, or TYPE,TYPE.",
    ),
]
BatchOption = Annotated[
    list[str] | None,
    typer.Option("--batch-tokens", metavar="N", help="Put so many input tokens into a batch; repeatable, or N,N."),
]
ThreadsOption = Annotated[
    list[str] | None, typer.Option("--threads", metavar="N", help="Use so many CPU threads; repeatable, or N,N.")
]
RepeatsOption = Annotated[
    int, typer.Option("--repeats", metavar="N", min=1, max=100, help="Passes over the sources of each row.")
]
SourcesOption = Annotated[
    int | None,
    typer.Option(
        "--sources", metavar="N", min=1, help="Sources in a pass. [default: as many as the time allows, at most 256]"
    ),
]
BudgetOption = Annotated[
    int, typer.Option("--budget", metavar="SECONDS", min=1, max=86_400, help="About how long everything may take.")
]


def bench(
    config: ConfigArgument = None,
    system: SystemOption = None,
    random_weights: SizesOption = None,
    engine: EngineOption = None,
    compute_type: TypeOption = None,
    batch_tokens: BatchOption = None,
    threads: ThreadsOption = None,
    repeats: RepeatsOption = 3,
    sources: SourcesOption = None,
    budget: BudgetOption = 180,
    offline: OfflineOption = False,
    form: Annotated[GateFormat, typer.Option("--format", help="How to print the rows.")] = GateFormat.TABLE,
) -> None:
    """Measure the speed and memory of systems on this machine.

    Each system is measured as its config has it, and with other engines, types, batches and threads: those that the
    options name, in all combinations, or else a few. Prints tokens per second, seconds per article, memory and loading
    time, and the lines to paste into the config if a setting is shown to be faster.

    Downloads nothing. Weights that an engine converts stay in the user's cache.

    Exits with 3 if a system could not be measured as configured.
    """
    from harness.runs import bench as bench_module
    from harness.runs import interrupts

    forbid_network(offline)
    wanted = _wanted(engine, compute_type, batch_tokens, threads)
    sizes = _split(random_weights)
    plan = _plan(config, system, sizes)
    with TemporaryDirectory(prefix="harness-bench-") as folder:
        subjects, notes = _subjects(plan, system or (), sizes, Path(folder), wanted)
        measuring = bench_module.Measuring(
            subjects, budget=budget, repeats=repeats, sources=sources,
            say=_say,
        )  # fmt: skip
        stopped = None
        try:
            with interrupts.raised():
                measuring.run()
        except interrupts.Interrupted as interrupt:
            stopped = interrupt.exit_code
            notes = [*notes, "Interrupted: the rows that were not finished are missing."]
        result = measuring.result(notes)
    _print(result, form)
    if stopped is not None:
        sys.stderr.write("harness: interrupted\n")
        raise typer.Exit(stopped)
    if any(not system.rows[0].passes for system in result.systems):
        raise typer.Exit(3)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _print(result: Bench, form: GateFormat) -> None:
    from harness.cli import printing
    from harness.reporting import bench as report

    if form is GateFormat.JSON:
        printing.json(report.to_json(result))
        return
    if result.systems:
        printing.tables(report.tables(result), form.value)
    if lines := report.config_lines(result):
        fence = "```" if form is GateFormat.MARKDOWN else ""
        sys.stdout.write(f"\n{fence}{'yaml' * bool(fence)}\n{lines}\n{fence}\n" if fence else f"\n{lines}\n")


def _plan(config: Path | None, systems: Sequence[str] | None, sizes: Sequence[str]) -> Plan | None:
    """Return the plan of the config; None without one.

    Raises:
        InputError: there is neither a config nor a size, or a system is named with sizes.
    """
    from harness.config import load
    from harness.core.errors import InputError

    if sizes and systems:
        raise InputError("--system: with --random-weights no system of a config is measured; remove one of the two")
    if config is None:
        return None if sizes else load.load(load.default())
    return load.load(config)


def _subjects(
    plan: Plan | None, systems: Sequence[str], sizes: Sequence[str], folder: Path, wanted: Wanted
) -> tuple[list[tuple[BenchSubject, list[Changes]]], list[str]]:
    """Return what to measure in which settings, and notes on what is left out.

    Raises:
        InputError: a name is unknown, or nothing is left to measure.
    """
    from harness.core import registry
    from harness.core.errors import InputError
    from harness.runs.bench import subjects

    notes: list[str] = []
    measured: list[BenchSubject]
    if sizes:
        measured = [*subjects.of_sizes(sizes, folder, plan)]
    else:
        assert plan is not None
        known = [each.name for each in plan.systems]
        for name in systems:
            if name not in known:
                raise InputError(registry.unknown("system of this config", name, known), where="--system")
        of_plan, left_out = subjects.of_plan(plan, systems)
        if not of_plan:
            raise InputError(
                "no engine decodes its systems, so there is nothing to measure; --random-weights measures published "
                "sizes without a download",
                where=plan.path,
            )
        if left_out:
            notes.append(f"Not measured, because no engine decodes them: {', '.join(left_out)}.")
        measured = [*of_plan]
    installed = registry.names("engines")
    for name in wanted.engines:
        if not registry.is_known("engines", name):
            raise InputError(registry.unknown_name("engines", name), where="--engine")
    return [(each, _settings(each, wanted, installed)) for each in measured], notes


def _settings(subject: BenchSubject, wanted: Wanted, engines: Sequence[str]) -> list[Changes]:
    from harness.runs.bench import machine, settings

    return settings.chosen(
        wanted, subject.own, dtype=subject.dtype, installed=engines, device=subject.device, cpus=machine.cpus()
    )


def _wanted(
    engines: Sequence[str] | None,
    types: Sequence[str] | None,
    batches: Sequence[str] | None,
    threads: Sequence[str] | None,
) -> Wanted:
    from harness.runs.bench.settings import Wanted

    return Wanted(
        engines=_split(engines),
        compute_types=_split(types),
        batch_tokens=_numbers("--batch-tokens", batches),
        threads=_numbers("--threads", threads),
    )


def _split(values: Sequence[str] | None) -> list[str]:
    """Return the values of an option that is repeated or has commas, each once."""
    return list(dict.fromkeys(part.strip() for value in values or () for part in value.split(",") if part.strip()))


def _numbers(option: str, values: Sequence[str] | None) -> list[int]:
    """Return whole numbers over 0.

    Raises:
        InputError: a value is none.
    """
    from harness.core.errors import InputError

    for value in _split(values):
        if not value.isdecimal() or not int(value):
            raise InputError(f"{option} {value}: expected a whole number over 0")
    return [int(value) for value in _split(values)]
