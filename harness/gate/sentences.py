"""Say a verdict and its findings in words; no tables."""

from __future__ import annotations

from collections.abc import Iterator

from harness import metrics
from harness.gate import Finding, Reason, Verdict
from harness.reporting import numbers
from harness.scoring import diagnostics
from harness.scoring.no_worse import MIN_CHANGED

_UNITS = {"points": "", "count": "", "percent": "%", "mean": "", "ratio": "", "tokens/s": "/s"}
_UNITS_OF_CHANGES = {**_UNITS, "percent": " pp"}  # percentage points


def headline(verdict: Verdict) -> str:
    """Return the verdict in a few words."""
    statuses = [finding.status for finding in verdict.findings]
    regressions, not_shown = statuses.count("regressed") + statuses.count("missing"), statuses.count("not_shown")
    unclear, better = statuses.count("unclear"), statuses.count("improved")
    parts = [
        "passed" if verdict.passed else "failed",
        numbers.count(regressions, "regression") if regressions else "",
        f"{numbers.count(not_shown, 'score')} not shown to be no worse" if not_shown else "",
        f"{unclear} unclear" if unclear else "",
        numbers.count(better, "improvement") if better else "",
    ]
    return ", ".join(part for part in parts if part)


def sentence(finding: Finding) -> str:
    """Return a finding in one line without a full stop: its name, before and now, and the reason for its status."""
    start = f"{finding.task}: {finding.system}: {label(finding)}"
    remark = finding.remark.rstrip(".")
    if "absent" in finding.reasons or "failed" in finding.reasons:
        return f"{start}: {numbers.fine(finding.now)}; {remark}"
    text = f"{start}: {value(finding, finding.before)} in the baseline, {value(finding, finding.now)} now"
    if details := list(_details(finding)):
        text += f" ({'; '.join(details)})"
    reasons = ", and ".join(filter(None, (_reason(finding, reason) for reason in finding.reasons)))
    return "; ".join(part for part in (f"{text}: {reasons}" if reasons else text, remark) if part)


def _details(finding: Finding) -> Iterator[str]:
    """Yield the numbers that a finding's verdict rests on."""
    if finding.delta is not None:
        yield delta(finding, finding.delta)
        if finding.allowed is not None:
            yield f"allowed {allowed(finding)}"
    # Not of an improvement: readers take p for evidence that the score fell.
    if finding.p is not None and finding.status != "improved":
        if finding.p != finding.p_adjusted:
            yield _p_value("p", finding.p)
        yield _p_value("p (Holm)", finding.p_adjusted)
    if finding.again is not None:
        yield f"made again: {value(finding, finding.again)}"
    if finding.upper is not None and finding.changed:
        bound = f"worse by at most {numbers.fine(finding.upper, _decimals(finding))}"
        yield bound if finding.upper > 0 else f"better by at least {numbers.fine(-finding.upper, _decimals(finding))}"
    if finding.changed is not None:
        yield f"{finding.changed:,} of {numbers.count(finding.units or 0, finding.unit_kind or 'unit')} changed"


def _p_value(symbol: str, value: float | None) -> str:
    text = numbers.p_value(value)
    return f"{symbol} < {text[1:]}" if text.startswith("<") else f"{symbol} = {text}"


def label(finding: Finding) -> str:
    """Return the name of a finding's metric, or its check in words."""
    return label_of(finding.name)


def is_check(name: str) -> bool:
    """Whether a finding of that name is about a check, not a metric."""
    return name == "missing" or name in diagnostics.every()


def label_of(name: str) -> str:
    """Return the name of a metric, or a check in words."""
    if not is_check(name):
        return name
    return "missing segments" if name == "missing" else diagnostics.every()[name].label


def _decimals(finding: Finding) -> int:
    """Return the decimals of a finding's values: one more than tables have."""
    return metrics.class_of(finding.name).decimals + 1 if finding.kind == "metric" else 2


def value(finding: Finding, value: float | None) -> str:
    """Return a value of a finding with its unit."""
    text = numbers.fine(value, _decimals(finding))
    return text if value is None else f"{text}{_UNITS[finding.unit]}"


def delta(finding: Finding, change: float | None) -> str:
    """Return a change of a finding's value with its sign and its unit; 0 has neither."""
    text = numbers.fine_delta(change, _decimals(finding))
    return f"{text}{_UNITS_OF_CHANGES[finding.unit]}" if change else text


def allowed(finding: Finding) -> str:
    """Return the largest change that is allowed, with its sign and its unit."""
    if finding.allowed is None:
        return numbers.MISSING
    return delta(finding, -finding.allowed if finding.higher_is_better else finding.allowed)


def _reason(finding: Finding, reason: Reason) -> str:
    way = "gain" if finding.status == "improved" else "drop"
    return {
        "tolerance": f"the {way} is more than the tolerance",
        "likely": f"the {way} is more than the tolerance and unlikely by chance alone",
        "chance": f"the drop is more than the tolerance but may be chance; {_remedy(finding)}",
        "test": f"the paired test shows a {way}",
        "margin": "the drop may be more than the margin",
        "few": f"fewer than {MIN_CHANGED} changed, which is too few to show that it is no worse",
        "unconfirmed": "it failed, and passed when it was made again",
        "slack": "it is worse by more than is allowed" if way == "drop" else "",
        "ratio": "it is slower than is allowed" if way == "drop" else "",
        "failed": "the system failed",
        "absent": "the run does not have it",
    }[reason]


def _remedy(finding: Finding) -> str:
    """Return how many units an unclear drop has, and how many would decide."""
    units = numbers.count(finding.units or 0, finding.unit_kind or "unit")
    if finding.decides_at is None:
        return f"n = {units}, and more than 1,000,000 would be needed to tell"
    return f"n = {units}, about {finding.decides_at:,} would decide"
