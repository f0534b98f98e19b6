"""Bless a run: write what the gate needs of it into a file, the baseline for later runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core import document
from harness.core.errors import InputError
from harness.gate import Blessing, Verdict, baseline, judge
from harness.gate.baseline import Baseline
from harness.gate.check import limits
from harness.gate.snapshot import Snapshot, TaskSnapshot, again, snapshot
from harness.runs import provenance
from harness.runs.store import Run


@dataclass(frozen=True, slots=True)
class Blessed:
    """The result of blessing a run."""

    baseline: Baseline
    left_out: tuple[str, ...]  # "translate: mine: out of memory", with --partial
    against: Verdict | None  # the new baseline against the old one; None if there is none, or it is not comparable
    incomparable: str | None  # why the old baseline is not comparable

    def summary(self, path: Path) -> Iterator[str]:
        """Yield lines for a person: what was written, replaced and left out."""
        blessing, tasks = self.baseline.blessed, self.baseline.tasks
        systems = {system.name for task in tasks for system in task.systems}
        if self.incomparable:
            yield f"replaces a baseline of something else: {self.incomparable}"
        for each in self.left_out:
            yield f"left out: {each}"
        yield f"{path}: {self.baseline.run}: {', '.join(sorted(systems))} on {', '.join(task.task for task in tasks)}"
        yield f"blessed by {blessing.by} at {blessing.when}: {blessing.reason}"


def bless(run: Run, output: Path, *, reason: str, by: str | None = None, partial: bool = False) -> Blessed:
    """Write a run as the baseline to `output`, and replace a baseline that the file contains.

    Args:
        run: the run to bless.
        output: the file.
        reason: why; it is kept in the file.
        by: who blesses the run; without it, git's user or the login's name.
        partial: leave out systems that failed or were not run, instead of refusing.

    Raises:
        InputError: the reason is empty; nobody can be named; the run is not complete and `partial` is not set; the file
            exists and is not a baseline, or cannot be written.
    """
    if not reason.strip():
        raise InputError("expected why this run is to be the baseline, found nothing", where="--reason")
    old = baseline.read(output) if output.exists() else None
    now = snapshot(run)
    unfit = _unfit(run, now)
    if unfit and not partial:
        raise InputError(
            f"not complete: {'; '.join(unfit)}; finish it ({again(run)}), or bless the rest with --partial",
            where=f"run {now.run}",
        )
    folder = _existing(output.absolute().parent)
    who = by or provenance.user(folder)
    if by is not None and not by.strip():
        raise InputError("expected a name, found nothing", where="--by")
    if not who or not who.strip():
        raise InputError("neither git nor the system knows who you are; name yourself with --by")
    tasks = [_scored(task) for task in now.tasks]
    if not any(task.systems for task in tasks):
        raise InputError("no system has scores, so there is nothing to bless", where=f"run {now.run}")
    blessed = Baseline(
        run=now.run,
        dataset=now.dataset,
        commit=now.commit,
        versions=now.versions,
        tasks=tuple(task for task in tasks if task.systems),
        blessed=Blessing(who.strip(), provenance.now(), " ".join(reason.split()), provenance.commit(folder)),
    )
    verdict, incomparable = _against(old, blessed, run)
    baseline.write(output, blessed)
    return Blessed(blessed, tuple(unfit), verdict, incomparable)


def _against(old: Baseline | None, new: Baseline, run: Run) -> tuple[Verdict | None, str | None]:
    if old is None:
        return None, None
    try:
        return judge.judge(old, new, *limits(run.path / "config.yaml")), None
    except InputError as error:
        return None, str(error)


def _existing(folder: Path) -> Path:
    """Return the folder if it exists, else its nearest parent that does."""
    return next((parent for parent in (folder, *folder.parents) if parent.is_dir()), Path.cwd())


def _scored(task: TaskSnapshot) -> TaskSnapshot:
    return replace(task, systems=tuple(system for system in task.systems if system.error is None))


def _unfit(run: Run, now: Snapshot) -> list[str]:
    """Return what the config asks for and the run lacks: scores of failed systems, and systems that were not run."""
    unfit = [
        f"{task.task}: {s.name} failed: {s.error}" for task in now.tasks for s in task.systems if s.error is not None
    ]
    for system in document.read(run.path / "config.yaml").tree.get("systems", ()):
        for label in system.get("tasks") or ():
            of_task = [task for task in now.tasks if task.generated_as == label]
            if not of_task or any(task.system(system["name"]) is None for task in of_task):
                unfit.append(f"{label}: {system['name']} was not run")
    return unfit
