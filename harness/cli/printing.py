"""Print results on standard output, in the format that the user asked for."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from harness import reporting
from harness.core import files
from harness.core.scores import Diagnostics, Facet, TaskScores
from harness.reporting import Table, answers, numbers, overview, without_references
from harness.reporting.details import own_facets, pairs_table, slices_table
from harness.reporting.table import systems_table

if TYPE_CHECKING:
    from harness.config.plan import Plan
    from harness.core.descriptions import PlanDescription
    from harness.runs.differences import Difference

_COLUMNS = 120  # of prose in a file or a pipe
_LEAST_COLUMNS = 40


def scores(
    tasks: Sequence[TaskScores],
    form: str,
    *,
    pairs: bool | Literal["best"] = False,
    intervals: bool = False,
    facets: Sequence[Facet] = (),
    overviews: Sequence[Sequence[TaskScores]] = (),
    runs: Sequence[str] = (),
    differences: Sequence[Difference] = (),
) -> None:
    """Print the scores of each task in any format.

    JSON has everything. For the other formats, see `_score_tables`; they name neither runs nor their differences.
    """
    if form == "json":
        from harness.reporting.json import document, to_json

        values = {each.key: dict(each.values) for each in differences}
        groups = [overview.to_json(group) for group in overviews]
        json(document([to_json(task) for task in tasks], runs=runs, differences=values, overviews=groups))
    else:
        tables(_score_tables(tasks, form, pairs, intervals, facets, overviews), form)


def _score_tables(
    tasks: Sequence[TaskScores],
    form: str,
    pairs: bool | Literal["best"],
    intervals: bool,
    facets: Sequence[Facet],
    overviews: Sequence[Sequence[TaskScores]],
) -> list[Table]:
    """Return the table of each task, and after it those of its pairs, slices and answers.

    With `pairs="best"`, return only the pairs of the best system. `overviews` are groups of these tables, each on the
    datasets of one task: an overview of each group comes after all tables. CSV has the first kind of table only.
    """
    printed: list[Table] = []
    if form == "csv" and facets:
        sys.stderr.write("harness: csv has no slices; --format json has them\n")
    if form == "csv" and any(task.answers.no_worse or task.answers.sample_sizes for task in tasks):
        sys.stderr.write("harness: csv has one table, without --no-worse and --difference; --format json has them\n")
    for task in tasks:
        printed.append(systems_table(task, intervals=intervals))
        # CSV is one table, for a data frame; JSON has the rest.
        if form == "csv":
            continue
        if pairs and (table := pairs_table(task, of_best=pairs == "best")):
            printed.append(table)
        for facet in dict.fromkeys([*own_facets(task), *facets]):
            if table := slices_table(task, facet):
                printed.append(table)
            else:
                why = f"the {facet} of the segments is not known, or they all have the same"
                sys.stderr.write(f"harness: {task.label}: no slices by {facet}: {why}\n")
        printed.extend(answers.tables(task))
    # CSV has the same scores, a line each.
    return printed + [overview.table(group) for group in overviews if form != "csv"]


def diagnostics(task: str, target: str, systems: Mapping[str, Diagnostics], notes: Sequence[str], form: str) -> None:
    """Print the diagnostics of systems whose outputs have no reference, in any format."""
    if form == "json":
        from harness.reporting.json import document

        json(document([without_references.to_json(task, target, systems, notes)]))
    elif form == "csv":
        sys.stdout.write(without_references.to_csv(task, systems))
    else:
        tables([without_references.table(task, target, systems, notes)], form)


def plans(descriptions: Sequence[PlanDescription], form: str) -> None:
    """Print what runs would do, as tables or JSON."""
    from harness.reporting import plan

    if form == "json":
        json(plan.to_json(descriptions))
    else:
        tables([table for description in descriptions for table in plan.tables(description)], form)


def tables(printed: Sequence[Table], form: str) -> None:
    """Print tables in any format but JSON; on a terminal, in its width and style.

    A file or a pipe gets tables of any width, unless COLUMNS says how many columns there are.
    """
    if form == "table":
        from harness.reporting import terminal

        is_terminal = sys.stdout.isatty()
        sys.stdout.write(
            terminal.render(printed, columns=text_columns(), styled=is_terminal, fit=is_terminal or _has_width())
        )
    else:
        sys.stdout.write(reporting.get(form).render(printed))


def text_columns() -> int:
    """Return how many columns prose may take: those of the terminal, or of COLUMNS; else those of a file."""
    if sys.stdout.isatty() or _has_width():
        return max(shutil.get_terminal_size((_COLUMNS, 24)).columns, _LEAST_COLUMNS)
    return _COLUMNS


def _has_width() -> bool:
    return os.environ.get("COLUMNS", "0").strip("0").isdigit()


@contextmanager
def written_to(file: Path | None) -> Iterator[None]:
    """Write everything that is printed within this block to a file; without a file, print it."""
    if file is None:
        yield
        return
    printed = StringIO()
    with redirect_stdout(printed):
        yield
    files.write_text(file, printed.getvalue())


def warnings(plans: Sequence[Plan]) -> None:
    """Print the warnings of the datasets of these plans on stderr, each once."""
    unique = dict.fromkeys(warning for plan in plans for warning in plan.dataset.warnings)
    sys.stderr.writelines(f"warning: {warning}\n" for warning in unique)


def json(value: object) -> None:
    """Print one JSON value."""
    sys.stdout.write(files.dumps(value, indent=2) + "\n")


def folders(paths: Sequence[Path]) -> None:
    """Print what the dataset in each folder has, and its warnings to stderr.

    Raises:
        HarnessError: something is wrong with a dataset.
    """
    from harness import datasets

    for path in paths:
        dataset = datasets.load_folder(path)
        known = datasets.describe(dataset)
        versions: dict[str, set[str]] = {}
        for kind, references in dataset.references.items():
            versions[kind] = {f"{each.version} ({each.language})" for each in references}
        annotations = dataset.annotations
        counts = {
            "facts": sum(map(len, annotations.facts.values())),
            "entities": len({each.id for of_segment in annotations.entities.values() for each in of_segment}),
        }
        lines = [
            f"{path}: no mistakes; {numbers.count(known.articles or 0, 'article')}, "
            f"{numbers.count(known.segments or 0, 'segment')}; licence: {known.licence}",
            *(f"  {kind}: {', '.join(sorted(names))}" for kind, names in versions.items()),
            *(f"  {name}: {count:,}" for name, count in counts.items() if count),
        ]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stderr.writelines(f"warning: {warning}\n" for warning in dataset.warnings)
