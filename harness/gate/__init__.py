"""Is a run worse than its baseline? The records that say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.scoring.diagnostics import Unit

Status = Literal["ok", "improved", "regressed", "missing", "new", "skipped"]
# Why a finding is not "ok": a fall past the tolerance, a fall that the paired test shows, more than a check's slack,
# below the ratio of speed, a system that failed, one that is not there. The first two also explain an improvement.
Reason = Literal["tolerance", "test", "slack", "ratio", "failed", "absent"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One score, or one count of what is no score, of one system against the baseline."""

    task: str
    system: str
    kind: Literal["metric", "check"]
    name: str  # of the metric or the check
    status: Status
    unit: Literal["points"] | Unit
    before: float | None  # in the baseline
    now: float | None
    delta: float | None  # now - before
    allowed: float | None  # by how much it may be worse; None where no such number decides
    higher_is_better: bool
    p: float | None = None  # one-sided, of the paired test that it is worse; None without one
    p_adjusted: float | None = None  # Holm, over all scores that are gated together
    reasons: tuple[Reason, ...] = ()
    remark: str = ""  # what else there is to know: an error, or why there is no test

    @property
    def failed(self) -> bool:
        """Whether the gate fails because of it."""
        return self.status in ("regressed", "missing")


@dataclass(frozen=True, slots=True)
class Change:
    """Something that decides an output, or the versions it was made with, that is not as in the baseline."""

    where: tuple[str, ...]  # "translate: mine", ...
    key: str  # "checkpoint.revision", "torch", ...
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Blessing:
    """Who made a run the baseline, when and why."""

    by: str
    when: str  # UTC, ISO 8601
    reason: str
    commit: str | None  # of the repository that the file lies in; None outside one


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a run."""

    run: str
    baseline: str  # the run that was blessed
    blessing: Blessing
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    notes: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing is worse than is allowed."""
        return not any(finding.failed for finding in self.findings)
