"""Confirm a failed gate: make the outputs of the failed systems again, judge again, and keep what failed both times.

The second run gets a folder of its own, `confirm/` in the results folder, so the first run stays as it was. This helps
if outputs differ from run to run: sampling without a fixed seed, an endpoint, a GPU. A system that gives the same
outputs again fails again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from harness.config import load
from harness.core.errors import InputError
from harness.core.scores import task_and_dataset
from harness.gate import Finding, Verdict
from harness.gate.snapshot import Snapshot
from harness.runs import pipeline
from harness.runs.generate import Progress
from harness.runs.store import Run

# In the results folder: the folder of second runs.
FOLDER = "confirm"

ShowProgress = Callable[[], AbstractContextManager[Progress]]
# A system on a test set: (label, system name).
Place = tuple[str, str]


def repeatable(verdict: Verdict) -> set[Place]:
    """Return where something failed that another run could mend: not systems that the run does not have."""
    return {_place(finding) for finding in verdict.findings if finding.failed and "absent" not in finding.reasons}


def run_again(run: Run, places: set[Place], show_progress: ShowProgress) -> Run:
    """Make the outputs of systems on tasks again, and score them; return the new run.

    Raises:
        InputError: the run's config is wrong, or its data changed since the run was made.
        FileError: the results folder cannot be written.
        Interrupted: the user or the system stopped it.
    """
    plan = load.load(run.path / "config.yaml")
    if plan.run_name != run.name:
        raise InputError(
            "gate.confirm cannot make this run again: its config, data or checkpoints changed since; "
            f"run it (harness run {run.path / 'config.yaml'}) and gate the new run",
            where=f"run {run.name}",
        )
    systems = {system for _, system in places}
    tasks = {task_and_dataset(label)[0] for label, _ in places}
    with show_progress() as progress:
        outcome = pipeline.run(
            plan,
            run.path.parent / FOLDER,
            progress,
            systems=sorted(systems),
            tasks=sorted(tasks),
            fresh=True,
            command=["harness", "gate", str(run.path)],
        )
    return outcome.run


def merged(first: Snapshot, second: Snapshot, places: set[Place]) -> Snapshot:
    """Return the first run's snapshot with the systems of the second in `places`."""
    tasks = []
    for task in first.tasks:
        again = second.task(task.task)
        systems = tuple(
            (again.system(system.name) if again and (task.task, system.name) in places else None) or system
            for system in task.systems
        )
        tasks.append(replace(task, systems=systems))
    return replace(first, tasks=tuple(tasks))


def combined(first: Verdict, second: Verdict) -> Verdict:
    """Return the first verdict, in which only those findings fail that fail in both.

    If a system failed to run the first time and not the second time, its findings of the second verdict stand for it.
    """
    again = {place: list(of_place) for place, of_place in _by_place(second.findings)}
    findings: list[Finding] = []
    for place, of_place in _by_place(first.findings):
        findings += _confirmed(of_place, again.get(place, []))
    return replace(first, findings=tuple(findings))


def _confirmed(first: Sequence[Finding], second: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the findings about one system on one task."""
    if any(finding.status == "missing" for finding in second):
        yield from first
        return
    if any("failed" in finding.reasons for finding in first):
        for finding in second:
            if finding.name == "missing" and not finding.failed:
                yield _unconfirmed(next(each for each in first if each.name == "missing"), finding)
            else:
                yield finding
        return
    by_name = {finding.name: finding for finding in second}
    for finding in first:
        twin = by_name.get(finding.name)
        if not finding.failed or twin is None:
            yield finding
        elif twin.failed:
            yield replace(finding, again=twin.now)
        else:
            yield _unconfirmed(finding, twin)


def _unconfirmed(finding: Finding, again: Finding) -> Finding:
    """Return a finding that failed and then passed, as unclear."""
    if "failed" in finding.reasons:
        return replace(again, status="unclear", reasons=("unconfirmed",), remark=f"the first time: {finding.remark}")
    return replace(finding, status="unclear", reasons=(*finding.reasons, "unconfirmed"), again=again.now)


def _by_place(findings: Sequence[Finding]) -> Iterator[tuple[Place, list[Finding]]]:
    """Yield the findings of each system on each task, in their order."""
    places = list(dict.fromkeys(map(_place, findings)))
    for place in places:
        yield place, [finding for finding in findings if _place(finding) == place]


def _place(finding: Finding) -> Place:
    return finding.task, finding.system
