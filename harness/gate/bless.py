"""From a run's folder and a file to a verdict, and from a run's folder to that file: the gate's reading and writing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core import document
from harness.core.errors import InputError
from harness.gate import Blessing, Verdict, baseline, judge
from harness.gate.baseline import Baseline
from harness.gate.check import _limits
from harness.gate.snapshot import Snapshot, TaskSnapshot, again, snapshot
from harness.runs import provenance
from harness.runs.store import Run

# --- blessing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Blessed:
    """What blessing a run came to."""

    baseline: Baseline
    left_out: tuple[str, ...]  # "translate: mine: out of memory", with --partial
    against: Verdict | None  # what the new baseline changes; None without an old one, or one of other data
    incomparable: str | None  # why there is no such verdict although there was a baseline

    def summary(self, path: Path) -> Iterator[str]:
        """Yield what was written, in lines for a person."""
        made, blessing = self.baseline, self.baseline.blessed
        systems = {system.name for task in made.tasks for system in task.systems}
        if self.incomparable:
            yield f"replaces a baseline of something else: {self.incomparable}"
        for each in self.left_out:
            yield f"left out: {each}"
        yield f"{path}: {made.run}: {', '.join(sorted(systems))} on {', '.join(task.task for task in made.tasks)}"
        yield f"blessed by {blessing.by} at {blessing.when}: {blessing.reason}"


def bless(run: Run, output: Path, *, reason: str, by: str | None = None, partial: bool = False) -> Blessed:
    """Make a run the baseline that `output` keeps; a baseline that is there already is replaced.

    Raises:
        InputError: there is no reason or nobody to name; a system failed or has no scores and `partial` is not set; the
            file is there and is no baseline, or cannot be written.
    """
    if not reason.strip():
        raise InputError("expected why this run is to be the baseline, found nothing", where="--reason")
    old = baseline.read(output) if output.exists() else None
    now = snapshot(run)
    unfit = _unfit(run, now)
    if unfit and not partial:
        raise InputError(
            f"run {now.run} is not complete: {'; '.join(unfit)}; finish it ({again(run)}) or "
            "bless what there is with --partial"
        )
    folder = _existing(output.absolute().parent)
    who = by or provenance.user(folder)
    if by is not None and not by.strip():
        raise InputError("expected a name, found nothing", where="--by")
    if not who or not who.strip():
        raise InputError("neither git nor the system knows who you are; name yourself with --by")
    kept = [_scored(task) for task in now.tasks]
    if not any(task.systems for task in kept):
        raise InputError(f"run {now.run} has no system with scores; there is nothing to bless")
    blessed = Baseline(
        run=now.run,
        dataset=now.dataset,
        commit=now.commit,
        versions=now.versions,
        tasks=tuple(task for task in kept if task.systems),
        blessed=Blessing(who.strip(), provenance.now(), " ".join(reason.split()), provenance.commit(folder)),
    )
    verdict, incomparable = _against(old, blessed, run)
    baseline.write(output, blessed)
    return Blessed(blessed, tuple(unfit), verdict, incomparable)


def _against(old: Baseline | None, new: Baseline, run: Run) -> tuple[Verdict | None, str | None]:
    if old is None:
        return None, None
    try:
        return judge.judge(old, new, *_limits(run.path / "config.yaml")), None
    except InputError as error:
        return None, str(error)


def _existing(folder: Path) -> Path:
    """Return the nearest folder on the way up that is there."""
    return next((parent for parent in (folder, *folder.parents) if parent.is_dir()), Path.cwd())


def _scored(task: TaskSnapshot) -> TaskSnapshot:
    return replace(task, systems=tuple(system for system in task.systems if system.error is None))


def _unfit(run: Run, now: Snapshot) -> list[str]:
    """Return what the config asked for and has no scores: failed systems, and those that were not run."""
    found = [
        f"{task.task}: {s.name} failed: {s.error}" for task in now.tasks for s in task.systems if s.error is not None
    ]
    for system in document.read(run.path / "config.yaml").tree.get("systems", ()):
        for label in system.get("tasks") or ():
            task = now.task(label)
            if task is None or task.system(system["name"]) is None:
                found.append(f"{label}: {system['name']} was not run")
    return found
