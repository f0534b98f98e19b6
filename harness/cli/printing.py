"""Results on standard output, in the format that was asked for."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from harness import reporting
from harness.core import files
from harness.core.records import Facet, Measures, TaskScores
from harness.reporting import diagnostics as describing
from harness.reporting.details import pairs_table, slices_table
from harness.reporting.table import Table, systems_table

if TYPE_CHECKING:
    from harness.config.plan import Plan


def scores(
    tasks: Sequence[TaskScores],
    form: str,
    *,
    pairs: bool = False,
    intervals: bool = False,
    facets: Sequence[Facet] = (),
) -> None:
    """Print the table of each task, and below it those of its pairs and slices, in any format but JSON."""
    found: list[Table] = []
    if form == "csv" and facets:
        sys.stderr.write("harness: csv has no slices; --format json has them\n")
    for task in tasks:
        found.append(systems_table(task, intervals=intervals))
        # CSV is one table for a data frame; the rest is in JSON.
        if form == "csv":
            continue
        if pairs and (table := pairs_table(task)):
            found.append(table)
        for facet in facets:
            if table := slices_table(task, facet):
                found.append(table)
            else:
                why = "it is not known, or all segments are alike"
                sys.stderr.write(f"harness: {task.task}: no slices by {facet}: {why}\n")
    tables(found, form)


def measures(task: str, target: str, found: Mapping[str, Measures], notes: Sequence[str], form: str) -> None:
    """Print what is said of systems without a reference, in any format."""
    if form == "json":
        json(describing.to_json(task, target, found, notes))
    elif form == "csv":
        sys.stdout.write(describing.to_csv(task, found))
    else:
        tables([describing.table(task, target, found, notes)], form)


def tables(found: Sequence[Table], form: str) -> None:
    """Print tables in any format but JSON; a terminal gets them in its width and style."""
    if form == "table":
        from rich.console import Console

        from harness.reporting import terminal

        console = Console()
        width = max(console.width, 80) if console.is_terminal else 120
        sys.stdout.write(terminal.render(found, width=width, styled=console.is_terminal))
    else:
        sys.stdout.write(reporting.get(form).render(found))


def warnings(plans: Sequence[Plan]) -> None:
    """Print on stderr what the datasets of these plans warn of, each warning once."""
    found = dict.fromkeys(warning for plan in plans for warning in plan.dataset.warnings)
    sys.stderr.writelines(f"warning: {warning}\n" for warning in found)


def json(value: object) -> None:
    """Print one JSON value."""
    sys.stdout.write(files.dumps(value, indent=2) + "\n")
