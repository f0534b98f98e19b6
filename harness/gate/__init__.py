"""The gate: is a run worse than its baseline? These are the records of its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.scoring.diagnostics import Unit

# Only "regressed", "missing" and "not_shown" fail the gate.
#   unclear     the score dropped by more than the tolerance, but that may be chance; or it failed in one of two runs
#   not_shown   the rule `no_worse` could not show that the score is no worse
Status = Literal["ok", "improved", "unclear", "regressed", "not_shown", "missing", "new", "skipped"]
# Why a finding is not "ok":
#   tolerance    the score changed by more than the tolerance
#   likely       the same, and the change is unlikely by chance alone
#   chance       the same, but the change may be chance
#   test         the paired test shows that the score changed
#   margin       the drop may be larger than the margin
#   few          too few units changed to show that the score is no worse
#   unconfirmed  the run failed, and passed when it was made again
#   slack        an output check is worse by more than its slack
#   ratio        the speed is below the allowed ratio
#   failed       the system failed
#   absent       the run has no such system or task
# "tolerance", "likely", "test", "slack" and "ratio" also explain an improvement.
Reason = Literal[
    "tolerance", "likely", "chance", "test", "margin", "few", "unconfirmed", "slack", "ratio", "failed", "absent"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One score, or one output check, of one system compared with the baseline."""

    task: str
    system: str
    kind: Literal["metric", "check"]
    name: str  # of the metric or the check
    status: Status
    unit: Literal["points"] | Unit
    before: float | None  # in the baseline
    now: float | None
    delta: float | None  # now - before
    allowed: float | None  # by how much it may be worse; None if no such number decides
    higher_is_better: bool
    p: float | None = None  # of the one-sided paired test that it is worse; None without a test
    p_adjusted: float | None = None  # by Holm's method, over all scores that are tested together
    reasons: tuple[Reason, ...] = ()
    remark: str = ""  # an error message, or why there is no test
    units: int | None = None  # n of the comparison; None for a check
    unit_kind: Literal["segment", "article"] | None = None  # what the units are; None for a check
    changed: int | None = None  # units whose statistics changed; None for a check
    # With about how many units the same drop would not be unclear; None if it is not unclear, or if that is unknown.
    decides_at: int | None = None
    # By the rule `no_worse`: the upper bound of the drop in points, at the gate's confidence; None without a bound.
    upper: float | None = None
    again: float | None = None  # in the second run, if that was made to confirm a failure

    @property
    def failed(self) -> bool:
        """Whether the gate fails because of this finding."""
        return self.status in ("regressed", "not_shown", "missing")


@dataclass(frozen=True, slots=True)
class Change:
    """A setting of a system, or a version of a library, that differs from the baseline."""

    where: tuple[str, ...]  # "translate: mine", ...
    key: str  # "checkpoint.revision", "torch", ...
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A segment that moved a failed score or check."""

    id: str
    # By name of the failed metric or check. Of a metric: the points that the score would have more (or less) if this
    # segment had its statistics of the baseline, as now - before. Of a check: how many more are counted here.
    effects: Mapping[str, float]
    before: str | None  # the output in the blessed run; None if it is not available
    now: str | None  # None if the run has no output for this segment


@dataclass(frozen=True, slots=True)
class Evidence:
    """The segments that moved the failed scores and checks of one system most."""

    task: str
    system: str
    segments: tuple[Moved, ...]
    counts: Mapping[str, int]  # by name of the failed metric or check: all segments that made it worse
    remark: str  # why texts of the baseline are not shown; empty if they are


@dataclass(frozen=True, slots=True)
class Blessing:
    """Who made the run the baseline, when and why."""

    by: str
    when: str  # UTC, ISO 8601
    reason: str
    commit: str | None  # of the repository that contains the baseline's file; None outside a repository


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's verdict on a run."""

    run: str
    baseline: str  # name of the blessed run
    blessing: Blessing
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    level: float  # below which an adjusted p-value shows a change; 1 minus it is the confidence of bounds
    evidence: tuple[Evidence, ...] = ()  # for each system with a failed score or check whose segments are known
    second_run: str | None = None  # folder of the run that was made to confirm failures; None if there was none

    @property
    def likely_level(self) -> float:
        """Below which an unadjusted p-value makes a drop beyond the tolerance fail."""
        return likely_level(self.level)

    @property
    def passed(self) -> bool:
        """Whether nothing is worse than allowed."""
        return not any(finding.failed for finding in self.findings)


def likely_level(level: float) -> float:
    """Return the level of unadjusted p-values that goes with a level of adjusted ones: 0.1 with 0.05."""
    return round(2 * level, 12)
