"""The commands for continuous integration: `harness gate` and `harness bless`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import exits, overwriting
from harness.cli.options import GateFormat, ResultsOption, RunArgument, find_run
from harness.core.errors import HarnessError

if TYPE_CHECKING:
    from harness.runs import progress


BaselineFileOption = Annotated[
    Path, typer.Option("--baseline", metavar="FILE", help="A file that harness bless wrote for an earlier run.")
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="Take the keys gate and statistics from this config, not from the run's."
    ),
]
SameSystemOption = Annotated[
    bool,
    typer.Option(
        "--same-system", help="Exit with 2 if a system's checkpoint, decoding, engine or library versions changed."
    ),
]
JunitOption = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Also write the verdict to FILE, as JUnit XML.")
]
PageOption = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Also write an HTML page, with the segments that moved a score."),
]
VerdictFormatOption = Annotated[GateFormat, typer.Option("--format", help="How to print the verdict.")]
OutputOption = Annotated[
    Path, typer.Option("--output", metavar="FILE", help="The baseline's file; an old baseline is replaced.")
]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; stored in the file.")]
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="WHO", help="Who blesses it.  [default: git's user.name]")
]
PartialOption = Annotated[
    bool, typer.Option("--partial", help="Leave out systems that failed or were not run, instead of refusing.")
]


def gate(
    run: RunArgument,
    baseline: BaselineFileOption,
    results: ResultsOption = Path("results"),
    config: ConfigOption = None,
    same_system: SameSystemOption = False,
    junit: JunitOption = None,
    page_file: PageOption = None,
    form: VerdictFormatOption = GateFormat.TABLE,
) -> None:
    """Compare a run with a baseline; exits with 1 if it is worse."""
    from harness.cli import printing
    from harness.gate import check, report
    from harness.scoring.textfiles.arguments import refuse_same_written

    refuse_same_written({"--junit": junit, "--report": page_file})
    overwriting.refuse(junit, "--junit", "xml")
    overwriting.refuse(page_file, "--report", "html")
    with exits.if_interrupted("there is no verdict"), _errors_reported(run, junit):
        checked = find_run(run, results)
        verdict, warning = check.check(
            checked, baseline, config_file=config, same_system=same_system, junit_file=junit,
            show_progress=_show_progress,
        )  # fmt: skip
    if form is GateFormat.JSON:
        printing.json(report.to_json(verdict, baseline=str(baseline)))
    else:
        printing.tables(report.tables(verdict), form.value)
    _warn(warning)
    if page_file is not None:
        from harness.gate import page
        from harness.runs.report import write

        write(page.page(verdict, checked), page_file)
    if not verdict.passed:
        raise typer.Exit(1)


@contextmanager
def _errors_reported(run: str, junit: Path | None) -> Iterator[None]:
    """If there is no verdict because of an error, write it to the files that the verdict would be written to."""
    from harness.gate import check

    try:
        yield
    except HarnessError as error:
        _warn(check.report_error(run, error, junit))
        raise


@contextmanager
def _show_progress() -> Iterator[progress.Terminal | progress.Plain]:
    """Say on stderr that systems run again, and show how far they are."""
    from harness.runs import interrupts, progress

    sys.stderr.write("harness: the gate failed; its systems run again to confirm that (gate.confirm)\n")
    with interrupts.raised(), progress.to_stderr() as shown:
        yield shown


def _warn(warning: str | None) -> None:
    if warning:
        sys.stderr.write(f"harness: warning: {warning}\n")


def bless(
    run: RunArgument,
    output: OutputOption,
    reason: ReasonOption,
    by: ByOption = None,
    partial: PartialOption = False,
    results: ResultsOption = Path("results"),
) -> None:
    """Make a run the baseline of later runs; shows what that changes."""
    from harness.gate import bless as bless_module

    blessed = bless_module.bless(find_run(run, results), output, reason=reason, by=by, partial=partial)
    if blessed.against is not None:
        from harness.cli import printing
        from harness.gate.report import tables

        printing.tables(tables(blessed.against, title="what this changes"), "table")
        sys.stdout.write("\n")
    for line in blessed.summary(output):
        sys.stdout.write(f"{line}\n")
