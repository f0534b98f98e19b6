"""Output checks: are more outputs missing, empty or truncated than in the baseline? Pure.

A check counts what happened; it is no sample, so it needs no test. It fails if it is worse by more than its slack. The
slack of a share is at least `slack_outputs` outputs: without that, one output more fails a run of fewer than 100.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.config.schema import Thresholds
from harness.core.scores import Count
from harness.gate import Finding, Reason, Status
from harness.gate.snapshot import SystemSnapshot, TaskSnapshot
from harness.scoring import diagnostics
from harness.scoring.diagnostics import Unit

# Differences below this come from the order of additions.
EQUAL = 1e-9


def findings(
    task: TaskSnapshot, old: SystemSnapshot, new: SystemSnapshot | None, thresholds: Thresholds
) -> Iterator[Finding]:
    """Yield a finding for each check of one system: first missing outputs, then, if there are any outputs, the rest."""
    if new is None:
        remark = "the run has no scores of this system; was it removed from the config, or not run?"
        yield missing(task.task, old.name, len(task.ids), "missing", ("absent",), remark)
        return
    if new.error is not None:
        # If every output is there, the scores of all segments are missing, and the other checks may show why.
        yield missing(task.task, old.name, len(new.missing or task.ids), "missing", ("failed",), new.error)
        if new.missing or not new.diagnostics.outputs:
            return
    else:
        yield missing(task.task, old.name, len(new.missing), "regressed" if new.missing else "ok", ("slack",), "")
    was, is_ = diagnostics.rates(old.diagnostics), diagnostics.rates(new.diagnostics)
    for name, points in thresholds.checks:
        threshold = diagnostics.every()[name].threshold
        if points is None and threshold is not None and threshold.default is None:
            continue  # nobody asked for it
        unit = diagnostics.every()[name].unit
        slack = _slack(points, unit, new.diagnostics.counts.get(name), thresholds.slack_outputs)
        yield from _check(task, old, name, unit, was[name], is_[name], slack)
    if thresholds.speed is not None:
        allowed = None if was["speed"] is None else was["speed"] * (1 - thresholds.speed)
        yield from _check(task, old, "speed", "tokens/s", was["speed"], is_["speed"], allowed, asked=True)


def _slack(points: float | None, unit: Unit, count: Count | None, outputs: int) -> float | None:
    """Return by how much a check may be worse: the points of the config, or the share that `outputs` outputs are."""
    if points is None or unit != "percent" or count is None or not count.whole:
        return points
    return max(points, 100 * outputs / count.whole)


def _check(
    task: TaskSnapshot,
    system: SystemSnapshot,
    name: str,
    unit: Unit,
    before: float | None,
    now: float | None,
    slack: float | None,
    *,
    asked: bool = False,
) -> Iterator[Finding]:
    """Yield the finding about one check; nothing if neither side can count, unless the user asked for it."""
    if before is None and now is None and not asked:
        return
    faster = unit == "tokens/s"
    delta = None if before is None or now is None else now - before
    status: Status = "skipped"
    reason: Reason = "ratio" if faster else "slack"
    remark = ""
    if delta is None:
        sides = [where for where, value in (("the baseline", before), ("the run", now)) if value is None]
        remark = f"not checked, because {' and '.join(sides)} cannot count it"
    elif slack is None:
        remark = "switched off in the config"
    else:
        worse = -delta if faster else delta
        status = "regressed" if worse > slack + EQUAL else "improved" if -worse > slack + EQUAL else "ok"
    yield Finding(
        task=task.task,
        system=system.name,
        kind="check",
        name=name,
        status=status,
        unit=unit,
        before=before,
        now=now,
        delta=delta,
        allowed=slack,
        higher_is_better=faster,
        reasons=(reason,) if status in ("regressed", "improved") else (),
        remark=remark,
    )


def missing(task: str, system: str, count: int, status: Status, reasons: tuple[Reason, ...], remark: str) -> Finding:
    """Return the finding that `count` outputs of a system are missing; none is missing in a baseline."""
    return Finding(
        task=task,
        system=system,
        kind="check",
        name="missing",
        status=status,
        unit="count",
        before=0,
        now=count,
        delta=count,
        allowed=0,
        higher_is_better=False,
        reasons=reasons if status != "ok" else (),
        remark=remark,
    )
