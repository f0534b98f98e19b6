"""The command line: arguments in, exit code out; nothing else.

Everything heavier than this file is imported by the command that needs it, so that help answers at once.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from harness.errors import HarnessError, InputError

if TYPE_CHECKING:
    from harness.records import TaskScores
    from harness.reporting.table import Table

_DEFAULT_CONFIG = Path("configs/quickstart.yaml")

app = typer.Typer(
    name="harness",
    help="Which open model summarises and translates Hindi better, and is the difference real?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"
    LATEX = "latex"


class GateFormat(StrEnum):
    """How a verdict is printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


class Kind(StrEnum):
    """What can be listed."""

    DATASETS = "datasets"
    ENGINES = "engines"
    METRICS = "metrics"
    MODELS = "models"
    TASKS = "tasks"


_Format = Annotated[Format, typer.Option("--format", help="How to print the results.")]
_Baseline = Annotated[
    str | None, typer.Option("--baseline", metavar="NAME", help="Compare every system with this one only.")
]
_Resamples = Annotated[int, typer.Option("--resamples", min=100, help="For intervals and tests.")]
_Seed = Annotated[int, typer.Option("--seed", min=0, help="For intervals and tests.")]
_Offline = Annotated[bool, typer.Option("--offline", help="Never touch the network.")]
_Results = Annotated[Path, typer.Option("--results", metavar="DIR", help="Where runs are kept.")]


@app.command()
def run(
    configs: Annotated[
        list[Path] | None, typer.Argument(metavar="CONFIG...", help=f"YAML files.  [default: {_DEFAULT_CONFIG}]")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key: statistics.seed=1, systems.NAME.KEY=VALUE."),
    ] = None,
    results: _Results = Path("results"),
    system: Annotated[
        list[str] | None, typer.Option("--system", metavar="NAME", help="Generate with this system only; repeatable.")
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option("--task", metavar="NAME", help="Do this task only; repeatable.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Use the first N sources of each task.")
    ] = None,
    offline: _Offline = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Make again what is stored already.")] = False,
    output: _Format = Format.TABLE,
) -> None:
    """Generate, score, and print the tables; what is stored already is not made again."""
    from harness import benchmark, interrupts, plan, progress

    paths = configs or [_DEFAULT_CONFIG]
    if not configs and not _DEFAULT_CONFIG.exists():
        raise InputError(f"no config given, and no {_DEFAULT_CONFIG} here; name one: harness run CONFIG")
    plans = [plan.load(path, overrides or (), limit=limit) for path in paths]
    for each in plans:
        benchmark.check_selection(each, system or (), task or ())
    outcomes = []
    for each in plans:
        try:
            with interrupts.raised(), progress.to_stderr() as told:
                outcome = benchmark.run(
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
        _write_json(runs[0] if len(runs) == 1 else {"runs": runs})
    else:
        _write_tables([scores for outcome in outcomes for scores in outcome.scores], output)
    for outcome in outcomes:
        for name, trace in outcome.traces.items():
            sys.stderr.write(f"\n{name}: an error that nobody foresaw:\n{trace}")
        sys.stderr.write(f"\nresults: {outcome.run.path}\n")
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(3)


@app.command()
def check(
    configs: Annotated[list[Path], typer.Argument(metavar="CONFIG...", help="YAML files.")],
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in run.")
    ] = None,
    offline: _Offline = False,
) -> None:
    """Validate configs and their datasets, and show what a run would do, fetch and need; runs nothing."""
    from harness import benchmark, plan
    from harness.errors import Problem, ProblemsError

    benchmark.go_offline(offline)
    problems: list[Problem] = []
    plans = []
    for path in configs:
        try:
            plans.append(plan.load(path, overrides or ()))
        except ProblemsError as error:
            problems += error.problems
        except HarnessError as error:
            where, _, message = str(error).partition(": ")
            problems.append(Problem(where, message))
    for each in plans:
        sys.stdout.write(each.describe())
    if problems:
        raise ProblemsError(list(dict.fromkeys(problems)))


@app.command()
def score(
    hypothesis: Annotated[
        list[str], typer.Option("--hypothesis", metavar="NAME=FILE", help="A system's outputs; repeatable.")
    ],
    reference: Annotated[
        list[Path], typer.Option("--reference", metavar="FILE", help="References, one a line; repeatable.")
    ],
    task: Annotated[str, typer.Option("--task", metavar="NAME", help="What the systems were asked.")],
    source: Annotated[Path | None, typer.Option("--source", metavar="FILE", help="The sources, one a line.")] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="LANG", help="Output language, where the task has several.")
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", metavar="NAME", help="Instead of the task's metrics; repeatable.")
    ] = None,
    baseline: _Baseline = None,
    resamples: _Resamples = 1000,
    seed: _Seed = 0,
    output: _Format = Format.TABLE,
) -> None:
    """Score text files that any system produced, one segment a line; needs no config and no model."""
    from harness import textfiles
    from harness.scoring import Settings

    hypotheses = textfiles.parse_hypotheses(hypothesis)
    textfiles.check_baseline(baseline, list(hypotheses))
    scores = textfiles.score(
        task=task, target=target, source=source, references=reference, hypotheses=hypotheses, metrics=metric or (),
        settings=Settings(resamples, seed, 0.95),
    )  # fmt: skip
    if output is Format.JSON:
        from harness.reporting.json import to_json

        _write_json(to_json(scores))
    else:
        _write_tables([scores], output, pairs=True, baseline=baseline)
    if any(system.error for system in scores.systems):
        raise typer.Exit(3)


@app.command()
def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Folders or names of runs.")],
    results: _Results = Path("results"),
    baseline: _Baseline = None,
    resamples: _Resamples = 1000,
    seed: _Seed = 0,
    output: _Format = Format.TABLE,
) -> None:
    """Put the systems of several runs into one table, with paired tests; needs the results folder alone."""
    from harness import comparing, explaining, store, textfiles
    from harness.scoring import Settings

    found = store.find_all(results, runs)
    stored = {name: [task.get("statistics", {}) for task in run.read_scores()] for name, run in found.items()}
    scores = comparing.compare(stored, Settings(resamples, seed, 0.95))
    textfiles.check_baseline(baseline, [row.name for task in scores for row in task.systems if row.role == "system"])
    differences = explaining.differences({name: run.read_manifest() for name, run in found.items()})
    if output is Format.JSON:
        from harness.reporting.json import to_json

        told = {each.key: dict(each.values) for each in differences}
        _write_json({"run": list(stored), "tasks": [to_json(task) for task in scores], "differences": told})
    else:
        _write_tables(scores, output, pairs=True, baseline=baseline)
        sys.stderr.write("".join(f"differs: {each}\n" for each in differences))
    if any(system.error for task in scores for system in task.systems):
        raise typer.Exit(3)


_Run = Annotated[str, typer.Argument(metavar="RUN", help="Folder or name of a run.")]


@app.command()
def gate(
    run: _Run,
    baseline: Annotated[
        Path, typer.Option("--baseline", metavar="FILE", help="What harness bless wrote for an earlier run.")
    ],
    results: _Results = Path("results"),
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Take gate and statistics from here, not from the run's config."),
    ] = None,
    same_system: Annotated[
        bool, typer.Option("--same-system", help="Refuse other checkpoints, decoding, engines or library versions.")
    ] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the verdict as JUnit XML too.")
    ] = None,
    output: Annotated[GateFormat, typer.Option("--format", help="How to print the verdict.")] = GateFormat.TABLE,
) -> None:
    """Hold a run against a baseline; exits with 1 when it is worse."""
    from harness import gating, store

    found = store.find(results, run)
    verdict, warning = gating.check(found, baseline, config_file=config, same_system=same_system, junit_file=junit)
    if output is GateFormat.JSON:
        from harness.reporting.gate import to_json

        _write_json(to_json(verdict, baseline=str(baseline)))
    else:
        from harness.reporting.gate import tables

        _set(tables(verdict), Format(output.value))
    if warning:
        sys.stderr.write(f"harness: warning: {warning}\n")
    if not verdict.passed:
        raise typer.Exit(1)


@app.command()
def bless(
    run: _Run,
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="The baseline; one that is there is replaced.")
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept in the file.")],
    by: Annotated[
        str | None, typer.Option("--by", metavar="WHO", help="Who blesses it.  [default: git's user.name]")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave out systems that failed or were not run, instead of refusing.")
    ] = False,
    results: _Results = Path("results"),
) -> None:
    """Make a run the baseline for later ones, and show what that changes."""
    from harness import gating, store

    blessed = gating.bless(store.find(results, run), output, reason=reason, by=by, partial=partial)
    if blessed.against is not None:
        from harness.reporting.gate import tables

        _set(tables(blessed.against, title="what this changes"), Format.TABLE)
        sys.stdout.write("\n")
    for line in blessed.summary(output):
        sys.stdout.write(f"{line}\n")


@app.command(name="list")
def list_names(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="datasets, engines, metrics, models or tasks.")],
) -> None:
    """List what a config can name, each with a line on what it is."""
    from harness import registry

    names = registry.summaries(kind.value)
    width = max(map(len, names))
    sys.stdout.writelines(f"{name:{width}}  {summary}\n" for name, summary in names.items())


@app.command()
def ingest(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder under references/ with an article.<language>.txt.")
    ],
) -> None:
    """Cut a new article into segments with stable ids, and write its segments.jsonl."""
    from harness.datasets import handwritten

    sys.stdout.write(f"{handwritten.write_segments(folder)}\n")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    sys.exit(_exit_code(lambda: app(args=arguments, prog_name="harness")))


def _exit_code(command: Callable[[], object]) -> int | str | None:
    code: int | str | None = 0
    try:
        try:
            command()
        except SystemExit as error:
            if isinstance(error.__context__, BrokenPipeError):  # typer makes this an exit with 1: a failed gate's
                raise error.__context__ from None
            code = error.code
        sys.stdout.flush()
    except HarnessError as error:
        sys.stderr.write(f"harness: {error}\n" if "\n" not in str(error) else f"{error}\n")
        return error.exit_code
    except BrokenPipeError:
        _discard_stdout()  # the reader (head, less) has seen enough
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _discard_stdout()
        sys.stderr.write(f"harness: standard output: could not write ({error.strerror}); free space and run again\n")
        return 2
    return code


def _discard_stdout() -> None:
    """Keep Python from failing once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_tables(
    scores: Sequence[TaskScores], form: Format, *, pairs: bool = False, baseline: str | None = None
) -> None:
    from harness.reporting.table import pairs_table, systems_table

    tables = []
    for task in scores:
        tables.append(systems_table(task))
        # CSV is one table for a data frame; the pairs are in JSON.
        if pairs and form is not Format.CSV and (table := pairs_table(task, baseline=baseline)):
            tables.append(table)
    _set(tables, form)


def _set(tables: Sequence[Table], form: Format) -> None:
    from harness import reporting

    if form is Format.TABLE:
        from rich.console import Console

        from harness.reporting import terminal

        console = Console()
        width = max(console.width, 80) if console.is_terminal else 120
        sys.stdout.write(terminal.render(tables, width=width, styled=console.is_terminal))
    else:
        sys.stdout.write(reporting.get(form.value).render(tables))


def _write_json(value: object) -> None:
    from harness import jsonio

    sys.stdout.write(jsonio.dumps(value, indent=2) + "\n")
