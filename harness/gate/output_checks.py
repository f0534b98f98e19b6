"""Output checks: are more outputs missing, empty or truncated than in the baseline? Pure.

A check counts what happened; it is no sample, so it needs no test. It fails if it is worse by more than its slack.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from harness.config.schema import Thresholds
from harness.gate import Finding, Reason, Status
from harness.gate.snapshot import SystemSnapshot, TaskSnapshot
from harness.scoring import diagnostics

# Differences below this come from the order of additions.
EQUAL = 1e-9

_Unit = Literal["count", "percent", "tokens/s"]


def findings(
    task: TaskSnapshot, old: SystemSnapshot, new: SystemSnapshot | None, thresholds: Thresholds
) -> Iterator[Finding]:
    """Yield a finding for each check of one system; first for what is missing, and then nothing else if all is."""
    if new is None:
        remark = "the run has no scores of it; was it taken out of the config, or not run?"
        yield missing(task.task, old.name, len(task.ids), "missing", ("absent",), remark)
        return
    if new.error is not None:
        # With every output there, it is the scores of all segments that are missing, and the outputs may tell why.
        yield missing(task.task, old.name, len(new.missing or task.ids), "missing", ("failed",), new.error)
        if new.missing or not new.health.outputs:
            return
    else:
        yield missing(task.task, old.name, len(new.missing), "regressed" if new.missing else "ok", ("slack",), "")
    was, is_ = diagnostics.rates(old.health), diagnostics.rates(new.health)
    for name, slack in thresholds.checks:
        unit: _Unit = "count" if name == "empty" else "percent"
        yield from _check(task, old, name, unit, was[name], is_[name], slack)
    if thresholds.speed is not None:
        allowed = None if was["speed"] is None else was["speed"] * (1 - thresholds.speed)
        yield from _check(task, old, "speed", "tokens/s", was["speed"], is_["speed"], allowed, asked=True)


def _check(
    task: TaskSnapshot,
    system: SystemSnapshot,
    name: str,
    unit: _Unit,
    before: float | None,
    now: float | None,
    slack: float | None,
    *,
    asked: bool = False,
) -> Iterator[Finding]:
    """Yield the finding about one check; nothing where neither side has anything to count, unless it was asked for."""
    if before is None and now is None and not asked:
        return
    faster = unit == "tokens/s"
    delta = None if before is None or now is None else now - before
    status: Status = "skipped"
    reason: Reason = "ratio" if faster else "slack"
    remark = ""
    if delta is None:
        sides = [where for where, value in (("the baseline", before), ("the run", now)) if value is None]
        remark = f"there is nothing to count in {' and '.join(sides)}"
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
    """Return the finding that `count` outputs of a system are missing; the baseline misses none."""
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
