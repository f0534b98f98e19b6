"""Say in counts which articles the tasks of a config leave out, because a reference is missing."""

from __future__ import annotations

from collections.abc import Sequence

from harness import tasks
from harness.core.records import Dataset
from harness.tasks import Task


def missing_references(chosen: Sequence[Task], dataset: Dataset) -> list[str]:
    """Return a line for each task that leaves out sources without a reference: how many, and what reads them still."""
    lines = []
    for task in chosen:
        count = tasks.without_reference(task, dataset)
        if not count:
            continue
        still = ""
        if task.unit == "article":
            complete = _articles_scored(task, dataset)
            lacking = {article.id for article in dataset.articles} - complete
            others = [other for other in chosen if other is not task and lacking <= _articles_scored(other, dataset)]
            if others and all(other.kind == "translation" for other in others):
                still = ": it is translated only" if count.startswith("1 ") else ": they are translated only"
            elif others:
                names = ", ".join(other.label for other in others)
                still = f": they are read by {names} only"
        lines.append(f"dataset {dataset.name}: {count}{still or f': {task.label} leaves them out'}")
    return lines


def _articles_scored(task: Task, dataset: Dataset) -> set[str]:
    """Return the ids of the articles of which the task scores a part."""
    return set() if tasks.is_unwritten(task, dataset) else {each.article for each in tasks.scored(task, dataset)}
