"""From a run's folder and a file to a verdict, and from a run's folder to that file: the gate's reading and writing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness import baseline, comparing, config, gate, health, jsonio, provenance, reporting
from harness.assessing import Settings
from harness.baseline import Baseline, DatasetIdentity, Snapshot, SystemSnapshot, TaskSnapshot
from harness.errors import FileError, InputError, ProblemsError
from harness.records import Blessing, Generation, Verdict
from harness.reporting import junit
from harness.reporting.gate import tables
from harness.scoring import Row
from harness.store import Run
from harness.thresholds import Thresholds

# Where GitHub's runner says which file a job's summary is appended to.
_SUMMARY = "GITHUB_STEP_SUMMARY"


def check(
    run: Run,
    baseline_file: Path,
    *,
    config_file: Path | None = None,
    same_system: bool = False,
    junit_file: Path | None,
) -> tuple[Verdict, str | None]:
    """Return the verdict on a run, and a warning where GitHub's summary could not be written.

    What is allowed stands in the config that the run keeps, unless another is given; of that one only the sections
    `gate` and `statistics` are read. The verdict is written to `junit_file`, and to the summary of a job on GitHub.

    Raises:
        InputError: a file cannot be read, is not what it should be, or does not fit the others.
    """
    if junit_file is not None and junit_file.is_dir():
        raise InputError(f"--junit {junit_file}: expected a file's name, found a folder")
    before = baseline.read(baseline_file)
    thresholds, settings = _limits(config_file or run.path / "config.yaml")
    verdict = gate.judge(before, snapshot(run), thresholds, settings, same_system=same_system)
    if junit_file is not None:
        jsonio.write_text(junit_file, junit.render(verdict))
    return verdict, _append_summary(verdict)


def _limits(path: Path) -> tuple[Thresholds, Settings]:
    document = config.read(path)
    limits, problems = config.parse(config.GateConfig, document.tree, document, ())
    if limits is None:
        raise ProblemsError(problems)
    return limits.gate, Settings(**limits.statistics.model_dump())


def _append_summary(verdict: Verdict) -> str | None:
    path = os.environ.get(_SUMMARY)
    if not path:
        return None
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(reporting.get("markdown").render(tables(verdict)) + "\n")
    except OSError as error:
        return f"{_SUMMARY}: {path}: could not write ({error.strerror}); the verdict is not in the job's summary"
    return None


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
        raise InputError("--reason: expected why this run is to be the baseline, found nothing")
    old = baseline.read(output) if output.exists() else None
    now = snapshot(run)
    unfit = _unfit(run, now)
    if unfit and not partial:
        raise InputError(
            f"run {now.run} is not complete: {'; '.join(unfit)}; finish it ({_again(run)}) or "
            "bless what there is with --partial"
        )
    folder = _existing(output.absolute().parent)
    who = by or provenance.user(folder)
    if by is not None and not by.strip():
        raise InputError("--by: expected a name, found nothing")
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
        return gate.judge(old, new, *_limits(run.path / "config.yaml")), None
    except InputError as error:
        return None, str(error)


def _again(run: Run) -> str:
    """Return the command that completes a run where it is."""
    return f"harness run {run.path / 'config.yaml'} --results {run.path.parent}"


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
    for system in config.read(run.path / "config.yaml").tree.get("systems", ()):
        for label in system.get("tasks") or ():
            task = now.task(label)
            if task is None or task.system(system["name"]) is None:
                found.append(f"{label}: {system['name']} was not run")
    return found


# --- a run's folder ---------------------------------------------------------------------------------------------------


def snapshot(run: Run) -> Snapshot:
    """Return what a run came to, from its folder alone.

    Raises:
        FileError: a file in it is missing or damaged, or outputs are not those that were scored.
        InputError: its scores are damaged, or of a newer harness.
    """
    stored = [comparing.from_json(run.name, task.get("statistics", {})) for task in run.read_scores()]
    manifest = run.read_manifest()
    try:
        dataset = str(manifest["dataset"]["name"])
        tasks = tuple(_task(run, each, manifest["systems"]) for each in stored)
        commit = (manifest.get("git") or {}).get("commit")
        versions = _versions(manifest)
    except (KeyError, TypeError, AttributeError) as error:
        raise FileError(
            f"{run.path / 'manifest.json'}: expected what made the run, found no {error}; "
            f"run it again (stored outputs are reused): {_again(run)}"
        ) from None
    if not tasks:
        raise FileError(f"{run.path / 'scores.json'}: it has no scores of any task; finish the run with harness run")
    return Snapshot(
        run=run.name,
        dataset=DatasetIdentity(dataset, str(stored[0].shared["dataset"])),
        commit=commit,
        versions=versions,
        tasks=tasks,
    )


def _task(run: Run, stored: comparing.Stored, systems: Mapping[str, Any]) -> TaskSnapshot:
    trial = stored.trial
    return TaskSnapshot(
        task=trial.task,
        target=trial.target,
        references=tuple(trial.references),
        signatures=dict(stored.shared["signatures"]),
        ids=trial.ids,
        articles=trial.articles,
        systems=tuple(
            _system(run, stored, row, systems[row.name][trial.task]) for row in stored.rows if row.role == "system"
        ),
    )


def _system(run: Run, stored: comparing.Stored, row: Row, entry: Mapping[str, Any]) -> SystemSnapshot:
    trial = stored.trial
    outputs = _outputs(run, trial.task, row.name, entry, trial.ids)
    made = entry["made"]
    return SystemSnapshot(
        name=row.name,
        identity=entry["identity"],
        versions=_versions(made[-1]) if made else {},
        health=health.measure(list(outputs.values()), trial.target),
        statistics=row.statistics,
        missing=tuple(name for name in trial.ids if name not in outputs),
        error=row.error,
    )


def _outputs(
    run: Run, task: str, system: str, entry: Mapping[str, Any], ids: tuple[str, ...]
) -> dict[str, tuple[Generation, ...]]:
    """Return the outputs that were scored, by id in the order of the ids, each source's in the order of samples."""
    identity = jsonio.digest_json(entry["identity"])[:16]
    # A source's text is in the run's name, so that of an output for each text there is only one; the last one stands.
    by_sample = {(name, sample): g for (name, _, sample), g in run.read_outputs(task, system, identity).items()}
    samples = range(1 + max((sample for _, sample in by_sample), default=0))
    found = {
        name: of_source
        for name in ids
        if (of_source := tuple(by_sample[key] for sample in samples if (key := (name, sample)) in by_sample))
    }
    texts = sorted([name, output.text] for name, of_source in found.items() for output in of_source)
    if jsonio.digest_json(texts) != entry["digest"]:
        raise FileError(
            f"{run.outputs_path(task, system)}: expected the outputs that were scored, found others (see the digest in "
            f"manifest.json); run it again: {_again(run)}"
        )
    return found


def _versions(made: Mapping[str, Any]) -> dict[str, str]:
    return {"python": str(made["python"]), **{name: str(version) for name, version in made["libraries"].items()}}
