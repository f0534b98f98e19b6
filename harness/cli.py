"""The command line: arguments in, exit code out; nothing else.

Everything heavier than this file is imported by the command that needs it, so that help answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from harness import exits
from harness.errors import HarnessError, InputError
from harness.options import (
    BaselineOption,
    Format,
    FormatOption,
    GateFormat,
    IntervalsOption,
    Kind,
    OfflineOption,
    ResamplesOption,
    ResultsOption,
    RunArgument,
    SeedOption,
    SegmentsOption,
    Slice,
    SlicesOption,
)

if TYPE_CHECKING:
    from harness.records import Facet

_DEFAULT_CONFIG = Path("configs/quickstart.yaml")

app = typer.Typer(
    name="harness",
    help="Which open model summarises and translates Hindi better, and is the difference real?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command()
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
    from harness import benchmark, interrupts, plan, printing, progress

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
        printing.json(runs[0] if len(runs) == 1 else {"runs": runs})
    else:
        scored = [scores for outcome in outcomes for scores in outcome.scores]
        printing.scores(scored, output.value, intervals=intervals, facets=_facets(slices))
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
    offline: OfflineOption = False,
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
        list[str],
        typer.Option("--hypothesis", metavar="NAME=FILE", help="A system's outputs, or a folder of them; repeatable."),
    ],
    task: Annotated[str, typer.Option("--task", metavar="NAME", help="What the systems were asked.")],
    reference: Annotated[
        list[Path] | None,
        typer.Option("--reference", metavar="FILE", help="References; repeatable. Without any, no score is made."),
    ] = None,
    source: Annotated[Path | None, typer.Option("--source", metavar="FILE", help="The sources.")] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="LANG", help="Output language, where the task has several.")
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", metavar="NAME", help="Instead of the task's metrics; repeatable.")
    ] = None,
    baseline: BaselineOption = None,
    intervals: IntervalsOption = False,
    slices: SlicesOption = None,
    segments: SegmentsOption = None,
    resamples: ResamplesOption = 1000,
    seed: SeedOption = 0,
    output: FormatOption = Format.TABLE,
) -> None:
    """Score files that any system produced; needs no config and no model.

    A file has one segment a line, or is JSONL with "id" and "text". Without references it is told what can be said
    without: length, script, repetition, and what was copied from the source.
    """
    from harness import breakdown, jsonio, printing, textfiles
    from harness.assessing import Settings, assess
    from harness.describing import describe

    references = reference or []
    suffix = references[0].suffix if references else None
    besides = [*references, *([source] if source else [])]
    hypotheses = textfiles.parse_hypotheses(hypothesis, besides=besides, suffix=suffix)
    textfiles.check_written(segments, [*besides, *hypotheses.values()])
    files = textfiles.read(task=task, target=target, source=source, references=references, hypotheses=hypotheses)
    if not references:
        given = {"--metric": metric, "--baseline": baseline, "--slice": slices, "--segments": segments}
        if unusable := next((option for option, value in given.items() if value), None):
            raise InputError(f"{unusable} needs --reference; without one there is no score")
        label, target = files.task.label, files.task.target
        found = {name: describe(texts, target, files.sources) for name, texts in files.outputs.items()}
        printing.measures(label, target, found, files.notes, output.value)
        return
    textfiles.check_baseline(baseline, list(files.outputs))
    trial, rows = textfiles.score_rows(files, metric or ())
    scores = assess(trial, rows, Settings(resamples, seed, 0.95), notes=files.notes, baseline=baseline)
    if segments is not None:
        jsonio.write_text(segments, breakdown.to_jsonl(trial, rows))
    if output is Format.JSON:
        from harness.reporting.json import to_json

        printing.json(to_json(scores))
    else:
        printing.scores([scores], output.value, pairs=True, intervals=intervals, facets=_facets(slices))
    if any(system.error for system in scores.systems):
        raise typer.Exit(3)


def _facets(slices: Sequence[Slice] | None) -> list[Facet]:
    return [each.value for each in slices or ()]


@app.command()
def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Folders or names of runs.")],
    results: ResultsOption = Path("results"),
    baseline: BaselineOption = None,
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Show runs on different data or metric signatures side by side, untested.")
    ] = False,
    intervals: IntervalsOption = False,
    slices: SlicesOption = None,
    resamples: ResamplesOption = 1000,
    seed: SeedOption = 0,
    output: FormatOption = Format.TABLE,
) -> None:
    """Put the systems of several runs into one table, with paired tests; needs the results folder alone."""
    from harness import comparing, explaining, printing, store, textfiles
    from harness.assessing import Settings

    found = store.find_all(results, runs)
    stored = {name: [task.get("statistics", {}) for task in run.read_scores()] for name, run in found.items()}
    scores = comparing.compare(stored, Settings(resamples, seed, 0.95), baseline=baseline, mixed=mixed)
    textfiles.check_baseline(baseline, [row.name for task in scores for row in task.systems if row.role == "system"])
    differences = explaining.differences({name: run.read_manifest() for name, run in found.items()})
    if output is Format.JSON:
        from harness.reporting.json import to_json

        told = {each.key: dict(each.values) for each in differences}
        printing.json({"run": list(stored), "tasks": [to_json(task) for task in scores], "differences": told})
    else:
        printing.scores(scores, output.value, pairs=True, intervals=intervals, facets=_facets(slices))
        sys.stderr.write("".join(f"differs: {each}\n" for each in differences))
    if any(system.error for task in scores for system in task.systems):
        raise typer.Exit(3)


@app.command()
def gate(
    run: RunArgument,
    baseline: Annotated[
        Path, typer.Option("--baseline", metavar="FILE", help="What harness bless wrote for an earlier run.")
    ],
    results: ResultsOption = Path("results"),
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
    from harness import gating, printing, store
    from harness.reporting import gate as report

    found = store.find(results, run)
    verdict, warning = gating.check(found, baseline, config_file=config, same_system=same_system, junit_file=junit)
    if output is GateFormat.JSON:
        printing.json(report.to_json(verdict, baseline=str(baseline)))
    else:
        printing.tables(report.tables(verdict), output.value)
    if warning:
        sys.stderr.write(f"harness: warning: {warning}\n")
    if not verdict.passed:
        raise typer.Exit(1)


@app.command()
def bless(
    run: RunArgument,
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
    results: ResultsOption = Path("results"),
) -> None:
    """Make a run the baseline for later ones, and show what that changes."""
    from harness import gating, store

    blessed = gating.bless(store.find(results, run), output, reason=reason, by=by, partial=partial)
    if blessed.against is not None:
        from harness import printing
        from harness.reporting.gate import tables

        printing.tables(tables(blessed.against, title="what this changes"), "table")
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
    sys.exit(exits.code(lambda: app(args=arguments, prog_name="harness")))
