"""Find the segments that moved a failed score or check most; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness import metrics
from harness.core.records import Generation
from harness.gate import Evidence, Finding, Moved, changes, output_checks
from harness.gate.snapshot import Snapshot, SystemSnapshot, TaskSnapshot
from harness.scoring import diagnostics

# Segments that are named for each failed score or check.
MOST = 5

# The outputs of systems, by (task, system): by id, one for each sample.
Outputs = Mapping[tuple[str, str], Mapping[str, Sequence[Generation]]]


@dataclass(frozen=True, slots=True)
class OutputPairs:
    """The outputs of the blessed run and of the run that is checked."""

    before: Outputs  # as far as they are available
    now: Outputs
    source: str  # the run whose outputs `before` has


def evidence(findings: Sequence[Finding], before: Snapshot, now: Snapshot, texts: OutputPairs) -> tuple[Evidence, ...]:
    """Return the evidence for each system with a failed score or check, in the order of the baseline."""
    return tuple(
        of_system
        for task, old, new in changes.matched(before, now)
        if (failed := [each for each in findings if each.failed and (each.task, each.system) == (task.task, old.name)])
        and (of_system := _of_system(failed, task, old, new, texts))
    )


def _of_system(
    failed: Sequence[Finding], task: TaskSnapshot, old: SystemSnapshot, new: SystemSnapshot, texts: OutputPairs
) -> Evidence | None:
    key = task.task, old.name
    was, is_ = texts.before.get(key, {}), texts.now.get(key, {})
    effects: dict[str, dict[str, float]] = {}
    counts: dict[str, int] = {}
    for finding in failed:
        worse = _worse(_effects(finding, task, old, new, was, is_), finding)
        if worse:
            counts[finding.name] = len(worse)
        for name, effect in worse[:MOST]:
            effects.setdefault(name, {})[finding.name] = effect
    if not effects:
        return None
    segments = tuple(_moved(name, effects[name], was.get(name), is_.get(name)) for name in task.ids if name in effects)
    unknown = sum(segment.before is None for segment in segments)
    remark = (
        f"a baseline's file has no texts; to see them, use a results folder that has {texts.source}" if unknown else ""
    )
    if 0 < unknown < len(segments):
        remark = f"--results lacks {unknown} of these outputs of {texts.source}, and a baseline's file has no texts"
    return Evidence(*key, segments, counts, remark)


def _moved(
    name: str, effects: Mapping[str, float], was: Sequence[Generation] | None, is_: Sequence[Generation] | None
) -> Moved:
    before, now = (outputs[0].text if outputs else None for outputs in (was, is_))
    # Outputs that were made again under one identity replace those that were blessed.
    return Moved(name, effects, None if before == now else before, now)


def _worse(effects: Mapping[str, float], finding: Finding) -> list[tuple[str, float]]:
    """Return the segments that made it worse, those with the largest effect first."""
    sign = -1 if finding.higher_is_better else 1
    worse = [(name, effect) for name, effect in effects.items() if sign * effect > output_checks.EQUAL]
    return sorted(worse, key=lambda item: -abs(item[1]))


def _effects(
    finding: Finding,
    task: TaskSnapshot,
    old: SystemSnapshot,
    new: SystemSnapshot,
    was: Mapping[str, Sequence[Generation]],
    is_: Mapping[str, Sequence[Generation]],
) -> Mapping[str, float]:
    if finding.kind == "metric":
        return dict(zip(task.ids, _shifts(finding.name, task, old, new), strict=True))
    if finding.name == "missing":
        return dict.fromkeys(new.missing, 1.0)
    return dict(_counted(finding.name, task, was, is_))


def _shifts(name: str, task: TaskSnapshot, old: SystemSnapshot, new: SystemSnapshot) -> list[float]:
    """Return the score now minus the score with one segment as before, for each segment."""
    # [segments, d]; if a system has several samples, their mean stands for them.
    before, now = (system.statistics[name].mean(axis=0) for system in (old, new))
    total = now.sum(axis=0)
    score = metrics.get(name, task.target).score
    shifts = np.atleast_1d(score(total[None])) - score(total[None] - now + before)
    return [float(shift) for shift in shifts]


def _counted(
    name: str,
    task: TaskSnapshot,
    was: Mapping[str, Sequence[Generation]],
    is_: Mapping[str, Sequence[Generation]],
) -> Iterator[tuple[str, float]]:
    """Yield how many more a diagnostic counts in each segment; from 0 if the output before is not available."""
    if diagnostics.every()[name].unit == "tokens/s":  # the speed is not that of a segment
        return
    for segment in task.ids:
        before, now = (
            diagnostics.measure(diagnostics.Outputs([tuple(outputs[segment])], task.target)).counts.get(name)
            if segment in outputs
            else None
            for outputs in (was, is_)
        )
        if now is not None:
            yield segment, now.part - (before.part if before is not None else 0)
