"""The rules of the gate: which change of a score fails, which is unclear, which is an improvement. Pure.

    likely      A score fails if the paired test shows a drop (as by the rule `test`), or if the drop is larger than
                `tolerance` points and p, not adjusted, is below twice the test's level: below 0.1 by default. A drop
                that is larger than the tolerance with a higher p is unclear: it is shown, and it does not fail. This is
                the default.
    test        A score fails if the paired test shows a drop that is larger than `ignore_below` points. The test is the
                one-sided sign-flip permutation test on per-segment statistics. It finds a drop that is real for texts
                like these, however small; a large drop on few segments passes if it may be chance.
    tolerance   A score fails if it drops by more than `tolerance` points. Large noise fails, and a small real drop
                passes.
    either      A score fails by the rule `test` or by the rule `tolerance`.
    no_worse    A score fails unless it is shown to be no worse than before by the margin `tolerance`. See
                `harness.scoring.no_worse`. A score of which no unit changed passes.

The units of the tests are articles if there are several, else segments. With fewer than six units a paired test can
show nothing. Then the tolerance alone decides by the first four rules, and the finding says so.

All tests are one-sided. An improvement by the first four rules is reported too.
"""

from __future__ import annotations

from math import ceil, floor, log2
from statistics import NormalDist

from harness.gate import Finding, Reason, Status, likely_level, output_checks
from harness.gate.score_changes import AdjustedTests, ScoreChange
from harness.scoring.no_worse import MIN_CHANGED

# A larger number of units is not worth a statement.
_MOST_UNITS = 1_000_000


def finding(score: ScoreChange, tests: AdjustedTests) -> Finding:
    """Return the finding about a score, by the rule in its limits."""
    return _no_worse(score) if score.limits.rule == "no_worse" else _tested(score, tests)


def _tested(score: ScoreChange, tests: AdjustedTests) -> Finding:
    """Return the finding by one of the rules that look for a drop."""
    limits = score.limits
    adjusted = tests.adjusted.get(score.key)
    p_drop, p_gain = score.p or (None, None)
    drop = _reasons(score, score.worse, p_drop, adjusted[0] if adjusted else None, tests.level)
    gain = _reasons(score, -score.worse, p_gain, adjusted[1] if adjusted else None, tests.level)
    status: Status = "ok"
    reasons: tuple[Reason, ...] = ()
    if drop == ("chance",):
        status, reasons = "unclear", drop
    elif drop:
        status, reasons = "regressed", drop
    elif gain and gain != ("chance",):
        status, reasons = "improved", gain
    decides_at = None
    if status == "unclear":
        decides_at = deciding_units(score.units, score.worse, score.error(), score.changed, likely_level(tests.level))
    remark = ""
    if limits.rule != "tolerance" and adjusted is None:
        plural = "" if score.units == 1 else "s"
        remark = f"n = {score.units} {score.unit_kind}{plural}: too few for a test, so the tolerance decides alone"
    side = 1 if status == "improved" else 0
    return _finding(
        score, status, reasons, changed=score.changed, remark=remark, decides_at=decides_at,
        allowed=limits.tolerance if limits.rule != "test" or adjusted is None else None,
        # The p-value of the direction that the status reports; without a change, of a drop.
        p=score.p[side] if score.p else None,
        p_adjusted=adjusted[side] if adjusted else None,
    )  # fmt: skip


def _reasons(
    score: ScoreChange, points: float, p: float | None, adjusted: float | None, level: float
) -> tuple[Reason, ...]:
    """Return why a change by so many points counts by the score's rule; empty if it does not count."""
    rule, tolerance, ignore_below = score.limits
    reasons: list[Reason] = []
    if points > tolerance + output_checks.EQUAL:
        if p is None or rule in ("tolerance", "either"):
            reasons.append("tolerance")
        elif rule == "likely" and p < likely_level(level):
            reasons.append("likely")
    if adjusted is not None and adjusted < level and points > ignore_below:
        reasons.append("test")
    if not reasons and rule == "likely" and points > tolerance + output_checks.EQUAL:
        reasons.append("chance")
    return tuple(reasons)


def _no_worse(score: ScoreChange) -> Finding:
    """Return the finding by the rule `no_worse`."""
    bound = score.bound
    assert bound is not None, "`compare` computes a bound for this rule"
    reasons: list[Reason] = []
    if bound.changed and not bound.shown:
        if bound.upper >= score.limits.tolerance:
            reasons.append("margin")
        if bound.changed < MIN_CHANGED:
            reasons.append("few")
    upper = bound.upper if bound.upper < float("inf") else None
    status: Status = "not_shown" if reasons else "ok"
    return _finding(score, status, tuple(reasons), changed=bound.changed, allowed=score.limits.tolerance, upper=upper)


def _finding(
    score: ScoreChange,
    status: Status,
    reasons: tuple[Reason, ...],
    *,
    changed: int,
    allowed: float | None,
    p: float | None = None,
    p_adjusted: float | None = None,
    remark: str = "",
    decides_at: int | None = None,
    upper: float | None = None,
) -> Finding:
    return Finding(
        task=score.task,
        system=score.system,
        kind="metric",
        name=score.metric,
        status=status,
        unit="points",
        before=score.before,
        now=score.now,
        delta=score.now - score.before,
        allowed=allowed,
        higher_is_better=score.higher_is_better,
        p=p,
        p_adjusted=p_adjusted,
        reasons=reasons,
        remark=remark,
        units=score.units,
        unit_kind=score.unit_kind,
        changed=changed,
        decides_at=decides_at,
        upper=upper,
    )


def deciding_units(units: int, drop: float, error: float, changed: int, level: float) -> int | None:
    """Return with about how many units the same drop would have a one-sided p-value below `level`.

    The number is n * (needed / observed)**2: a drop must be z(1 - level) standard errors large, and the standard error
    falls with the square root of n. It is also at least n * k / changed, for the same share of changed units: a
    sign-flip test of k changed units has no p-value below 0.5**k, so k must be large enough for the level.

    Args:
        units: n now.
        drop: the observed drop in points, above 0.
        error: its standard error with n units.
        changed: how many of the units changed, from 1.
        level: the level of the p-value, not adjusted.

    Return None for more than a million.
    """
    needed = NormalDist().inv_cdf(1 - level) * error
    must_change = floor(-log2(level)) + 1
    most = max(units * (needed / drop) ** 2, units * must_change / changed, units + 1)
    return ceil(most) if most <= _MOST_UNITS else None
