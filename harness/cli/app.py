"""The commands as one typer application; each command's code is in the file of its group."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from harness.cli import (
    bench,
    compare,
    data,
    gate,
    merge,
    new,
    plan_size,
    report,
    reproduce,
    run,
    score,
    show,
    trust,
    usage,
)

app = typer.Typer(
    name="harness",
    cls=usage.Commands,
    help="Which open model summarises and translates Hindi better, and is the difference real?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        import harness

        sys.stdout.write(f"harness {harness.__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """The options of the command line as a whole."""


app.command(cls=usage.Command)(run.run)
app.command(cls=usage.Command)(run.check)
app.command(cls=usage.Command)(merge.merge)
# `score` reads arguments without an option itself: `-m bleu chrf` is meant as two metrics.
app.command(cls=score.ScoreCommand, context_settings={"allow_extra_args": True})(score.score)
app.command(cls=usage.Command)(compare.compare)
app.command(cls=usage.Command)(plan_size.plan_size)
app.command(cls=usage.Command)(trust.trust)
app.command(cls=usage.Command)(show.show)
app.command(cls=usage.Command)(report.report)
app.command(cls=usage.Command)(reproduce.reproduce)
app.command(cls=usage.Command)(gate.gate)
app.command(cls=usage.Command)(gate.bless)
app.command(cls=usage.Command)(bench.bench)
app.command(cls=usage.Command, name="list")(data.list_names)
app.add_typer(new.app, name="new")
app.command(cls=usage.Command)(new.ingest)
