"""The commands for continuous integration: `harness gate` and `harness bless`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import pages
from harness.cli.options import GateFormat, ResultsOption, RunArgument


def gate(
    run: RunArgument,
    baseline: Annotated[
        Path, typer.Option("--baseline", metavar="FILE", help="A file that harness bless wrote for an earlier run.")
    ],
    results: ResultsOption = Path("results"),
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="FILE", help="Take the keys gate and statistics from this config, not from the run's."
        ),
    ] = None,
    same_system: Annotated[
        bool,
        typer.Option(
            "--same-system", help="Exit with 2 if a system's checkpoint, decoding, engine or library versions changed."
        ),
    ] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Also write the verdict to FILE, as JUnit XML.")
    ] = None,
    page_file: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Also write an HTML page, with the segments that moved a score."),
    ] = None,
    form: Annotated[GateFormat, typer.Option("--format", help="How to print the verdict.")] = GateFormat.TABLE,
) -> None:
    """Compare a run with a baseline; exits with 1 if it is worse."""
    from harness.cli import printing
    from harness.core.errors import HarnessError
    from harness.gate import check, report
    from harness.runs import interrupts, lookup, progress

    @contextmanager
    def show_progress() -> Iterator[progress.Terminal | progress.Plain]:
        sys.stderr.write("harness: the gate failed; its systems run again to confirm that (gate.confirm)\n")
        with interrupts.raised(), progress.to_stderr() as shown:
            yield shown

    _refuse_overwriting(junit)
    if page_file is not None:
        pages.refuse_overwriting(page_file, "--report")
    try:
        match = lookup.find(results, run)
        if match.note:
            sys.stderr.write(f"harness: {match.note}\n")
        verdict, warning = check.check(
            match.run, baseline, config_file=config, same_system=same_system, junit_file=junit,
            show_progress=show_progress,
        )  # fmt: skip
    except interrupts.Interrupted as interrupt:
        sys.stderr.write(f"\ninterrupted: {interrupt.saved}; there is no verdict\n")
        raise typer.Exit(interrupt.exit_code) from None
    except HarnessError as error:
        if warning := check.report_error(run, error, junit):
            sys.stderr.write(f"harness: warning: {warning}\n")
        raise
    if form is GateFormat.JSON:
        printing.json(report.to_json(verdict, baseline=str(baseline)))
    else:
        printing.tables(report.tables(verdict), form.value)
    if warning:
        sys.stderr.write(f"harness: warning: {warning}\n")
    if page_file is not None:
        from harness.gate import page
        from harness.runs.report import write

        write(page.page(verdict, match.run), page_file)
    if not verdict.passed:
        raise typer.Exit(1)


def _refuse_overwriting(junit: Path | None) -> None:
    """Keep --junit from replacing a file that is no report, such as the baseline.

    Raises:
        InputError: the file exists and is no XML.
    """
    if junit is None or not junit.is_file():
        return
    from harness.core import files
    from harness.core.errors import InputError

    if not files.read_bytes(junit).lstrip().startswith((b"<", b"\xef\xbb\xbf<")) and junit.stat().st_size:
        raise InputError("expected a new file or an old report in XML; choose another name", where=f"--junit {junit}")


def bless(
    run: RunArgument,
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="The baseline's file; an old baseline is replaced.")
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; stored in the file.")],
    by: Annotated[
        str | None, typer.Option("--by", metavar="WHO", help="Who blesses it.  [default: git's user.name]")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave out systems that failed or were not run, instead of refusing.")
    ] = False,
    results: ResultsOption = Path("results"),
) -> None:
    """Make a run the baseline of later runs; shows what that changes."""
    from harness.gate import bless as bless_module
    from harness.runs import lookup

    match = lookup.find(results, run)
    if match.note:
        sys.stderr.write(f"harness: {match.note}\n")
    blessed = bless_module.bless(match.run, output, reason=reason, by=by, partial=partial)
    if blessed.against is not None:
        from harness.cli import printing
        from harness.gate.report import tables

        printing.tables(tables(blessed.against, title="what this changes"), "table")
        sys.stdout.write("\n")
    for line in blessed.summary(output):
        sys.stdout.write(f"{line}\n")
