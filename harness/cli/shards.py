"""`harness run --shard`: generate one shard of each config, and print what it did."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from harness.cli.options import Format
from harness.core.errors import InputError

if TYPE_CHECKING:
    from harness.config.plan import Plan
    from harness.runs.shards import ShardOutcome


def refuse(options: Mapping[str, object], form: Format) -> None:
    """Raise InputError if an option does not go with --shard; `options` are the values given, by option."""
    for name, value in options.items():
        if value:
            why = (
                "a shard has no scores; give this option to harness merge"
                if name in ("--intervals", "--slice")
                else "a shard is of all systems and tasks; leave this option out"
            )
            raise InputError(f"--shard: {why}", where=name)
    if form not in (Format.TABLE, Format.JSON):
        raise InputError("a shard has no table; expected table or json with --shard", where="--format")


def run(plans: Sequence[Plan], text: str, results: Path, *, fresh: bool, form: Format) -> None:
    """Generate the shard of each config that `text` names, and print what was done; exit with 3 if a system failed."""
    from harness.cli import exits, printing
    from harness.runs import interrupts, progress, shards

    shard = shards.Shard.parse(text)
    for plan in plans:  # before hours are spent on the first one
        shards.check(plan)
    with (
        exits.if_interrupted("the same command goes on from there"),
        interrupts.raised(),
        progress.to_stderr() as shown,
    ):
        outcomes = [
            shards.run_shard(
                plan, shard, results, shown, fresh=fresh, command=["harness", *sys.argv[1:]], own_process=True
            )
            for plan in plans
        ]
    if form is Format.JSON:
        printing.json({"shard": str(shard), "runs": [outcome.to_json() for outcome in outcomes]})
    else:
        sys.stdout.write("\n\n".join(_text(outcome) for outcome in outcomes) + "\n")
        sys.stdout.write(f"\nA shard has no scores. When all {shard.of} are done: harness merge {results}\n")
    for outcome in outcomes:
        for name, trace in outcome.traces.items():
            sys.stderr.write(f"\n{name}: an unforeseen error:\n{trace}")
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(3)


def _text(outcome: ShardOutcome) -> str:
    """Return a line for each system and task of a shard."""
    lines = [f"shard {outcome.shard} of {outcome.run.name}: {outcome.run.path}"]
    lines += [
        f"  {row.task}: {row.system}: {row.outputs} outputs of {row.sources} sources, {row.new_outputs} made now"
        + (f"; {row.error}" if row.error else "")
        for row in outcome.rows
    ]
    return "\n".join(lines if outcome.rows else [*lines, "  no source is in this shard"])
