"""The table of tasks: how many outputs each system generates for each."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.descriptions import PlanDescription
from harness.reporting import Cell, Table, numbers
from harness.reporting.plan._phrases import UNKNOWN, grouped


def table(plan: PlanDescription) -> Table:
    """Return systems by tasks: how many outputs each generates; above them what each task asks for."""
    facts = [("language", [task.target for task in plan.tasks]), *_references(plan)]
    systems = [
        (
            system.name,
            system.family,
            [
                _outputs(task.sources, system.samples) if system.name in task.systems else numbers.MISSING
                for task in plan.tasks
            ],
        )
        for system in plan.systems
    ]
    rows = [(name, "", values) for name, values in facts] + systems
    metrics = grouped(
        (", ".join([f"{task.primary} (primary)", *(name for name in task.metrics if name != task.primary)]), task.label)
        for task in plan.tasks
    )
    return Table(
        title="tasks",
        caption="outputs to generate for each task; "
        + "; ".join(f"metrics of {', '.join(labels)}: {text}" for text, labels in metrics),
        columns=("system", "family", *(task.label for task in plan.tasks)),
        rows=tuple((Cell(name), Cell(family), *map(Cell, values)) for name, family, values in rows),
        notes=(),
        rule_after=len(facts),
        optional=(1,),
        names=(0, 1),
    )


def _references(plan: PlanDescription) -> Iterator[tuple[str, list[str]]]:
    """Yield how many versions of references each task reads, for each dataset if there are several."""
    names = list(dict.fromkeys(name for task in plan.tasks for name in task.references_of))
    for name in names:
        yield f"references, {name}", [str(task.references_of.get(name, 0)) for task in plan.tasks]
    if not names:
        counts = [UNKNOWN if task.sources is None else str(len(task.references)) for task in plan.tasks]
        yield "references", counts


def _outputs(sources: int | None, samples: int) -> str:
    return UNKNOWN if sources is None else f"{sources * samples:,}"
