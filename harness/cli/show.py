"""`harness show`: segments of a run with their texts, in the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import ResultsOption, RunArgument, find_run

if TYPE_CHECKING:
    from harness.reporting.segment_choice import Choice


class ShowFormat(StrEnum):
    """How segments are printed."""

    TEXT = "text"
    JSON = "json"


WorstOption = Annotated[
    int | None, typer.Option("--worst", metavar="N", min=1, help="The N worst segments of each task. [default: 10]")
]
BestOption = Annotated[int | None, typer.Option("--best", metavar="N", min=1, help="The N best segments.")]
DifferOption = Annotated[
    tuple[str, str] | None,
    typer.Option("--differ", metavar="A B", help="The segments on which systems A and B differ most."),
]
IdOption = Annotated[
    list[str] | None, typer.Option("--id", metavar="ID", help="This segment: india-japan#s07; repeatable.")
]
FlagOption = Annotated[
    list[str] | None,
    typer.Option(
        "--flag",
        metavar="NAME",
        help="Only segments with an output that has this flag: quantities (other numbers or dates), units, names, "
        "negation, omission, empty, cut, wrong-script, ...; repeatable. A wrong name lists all.",
    ),
]
TaskOption = Annotated[
    list[str] | None, typer.Option("--task", metavar="NAME", help="Show this task only; repeatable.")
]
SystemOption = Annotated[
    list[str] | None,
    typer.Option("--system", metavar="NAME", help="Show this system only, and rank by it; repeatable."),
]
MetricOption = Annotated[
    str | None, typer.Option("--metric", metavar="NAME", help="Rank by this metric. [default: the primary one]")
]
LimitOption = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, help="With --differ or --flag: at most N segments. [default: 10]"),
]
ShowFormatOption = Annotated[ShowFormat, typer.Option("--format", help="How to print the segments.")]


def show(
    run: RunArgument,
    results: ResultsOption = Path("results"),
    worst: WorstOption = None,
    best: BestOption = None,
    differ: DifferOption = None,
    ids: IdOption = None,
    flags: FlagOption = None,
    task: TaskOption = None,
    system: SystemOption = None,
    metric: MetricOption = None,
    limit: LimitOption = None,
    form: ShowFormatOption = ShowFormat.TEXT,
) -> None:
    """Show segments of a run: texts, differences, scores and flags.

    Without options, the worst segments of each task by the mean of all systems. Words that differ from the nearest
    reference are coloured in a terminal, and marked elsewhere: [-only in the reference-] {+only in the output+}
    [~moved away~] {~moved here~}.
    """
    from harness.reporting import segment_choice, segment_text
    from harness.runs import segments

    wanted = segment_choice.SegmentChoice(
        worst=worst, best=best, differ=differ, ids=tuple(dict.fromkeys(ids or ())), flags=tuple(flags or ()),
        tasks=tuple(task or ()), systems=tuple(dict.fromkeys(system or ())), metric=metric, limit=limit,
    )  # fmt: skip
    shown = find_run(run, results)
    choices = segment_choice.choose(segments.load({shown.name: shown}), wanted)
    if form is ShowFormat.JSON:
        from harness.core import files
        from harness.reporting.visible import escaped

        content = {"run": shown.name, "tasks": segment_text.to_json(choices)}
        sys.stdout.write(escaped(files.dumps(content, indent=2)) + "\n")
    else:
        _page(choices)


def _page(choices: Sequence[Choice]) -> None:
    """Print segments; on a terminal in colours, and through the user's pager if they do not fit on one screen."""
    from harness.cli import pager
    from harness.cli.printing import text_columns
    from harness.reporting import segment_text

    styled = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    pager.show([f"{line}\n" for line in segment_text.render(choices, columns=text_columns(), styled=styled)])
