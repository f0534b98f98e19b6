"""The command line: arguments in, exit code out; nothing else.

One file per group of commands. Each command imports the heavy modules that it needs, so that
help answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from harness.cli import data, exits, gate, new, reproduce, run, score, streams

app = typer.Typer(
    name="harness",
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


app.command()(run.run)
app.command()(run.check)
# `score` reads arguments without an option itself: `-m bleu chrf` is meant as two metrics.
app.command(context_settings={"allow_extra_args": True})(score.score)
app.command()(score.compare)
app.command()(reproduce.reproduce)
app.command()(gate.gate)
app.command()(gate.bless)
app.command(name="list")(data.list_names)
app.add_typer(new.app, name="new")
app.command()(new.ingest)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    streams.prepare()
    sys.exit(exits.code(lambda: app(args=arguments, prog_name="harness")))
