"""The gate's verdict as a table, as sentences and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import takewhile
from typing import Any

from harness.gate import Change, Evidence, Finding, Moved, Verdict
from harness.gate.evidence import MOST
from harness.reporting import Cell, Legend, Table, numbers
from harness.scoring import diagnostics

# The first 12 digits identify a commit or a digest well enough in a table; the JSON has all.
_DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,}\b")
_UNITS = {"points": "", "count": "", "percent": "%", "mean": "", "ratio": "", "tokens/s": "/s"}
_WORDS = {"new": "new, not gated", "skipped": "not gated"}
# Characters of an output that are shown, and how many of them are before the first difference.
_LONGEST = 160
_CONTEXT = 40
_EFFECTS = (
    "where: under a score, the points that this segment alone adds or takes, compared with its output in the baseline; "
    "under a check, how many more are counted in this output."
)
_ORDER = ("missing", "regressed", "improved", "ok", "skipped", "new")


def tables(verdict: Verdict, *, title: str | None = None) -> list[Table]:
    """Return the verdict as one table: failures, then improvements, then all other scores and changed checks.

    A note counts the checks that did not change; the JSON and the JUnit file list every one.
    """
    shown = [finding for finding in verdict.findings if finding.kind == "metric" or _is_news(finding)]
    shown.sort(key=lambda finding: _ORDER.index(finding.status))
    table = Table(
        title=title or f"gate: {headline(verdict)}",
        caption=_caption(verdict),
        columns=("what", "baseline", "now", "change", "allowed", "p", "p (Holm)", "verdict"),
        rows=tuple(_row(finding) for finding in shown),
        notes=tuple(_notes(verdict, len(verdict.findings) - len(shown))),
        legend=Legend(methods=tuple(_methods(verdict))),
        optional=(5, 6, 4),  # p, p (Holm), allowed
    )
    return [table, *(_evidence_table(each) for each in verdict.evidence)]


def evidence_lines(verdict: Verdict, finding: Finding) -> Iterator[str]:
    """Yield what a failed finding's reader needs next: its segments with their texts, and what changed there."""
    for evidence in verdict.evidence:
        if (evidence.task, evidence.system) == (finding.task, finding.system):
            moved = [segment for segment in evidence.segments if finding.name in segment.effects]
            for segment in sorted(moved, key=lambda each: -abs(each.effects[finding.name])):
                yield f"{segment.id}: {_effect(finding.name, segment.effects[finding.name])}"
                yield from _text_lines(segment)
            if any(segment.before is None for segment in moved):
                yield f"No text before: {evidence.remark}."
    place = f"{finding.task}: {finding.system}"
    for change in verdict.changes:
        if place in change.where or "scoring" in change.where:
            yield _change(change)


def headline(verdict: Verdict) -> str:
    """Return the verdict in a few words."""
    failed = sum(finding.failed for finding in verdict.findings)
    better = sum(finding.status == "improved" for finding in verdict.findings)
    text = f"failed, {numbers.count(failed, 'regression')}" if failed else "passed"
    return f"{text}, {numbers.count(better, 'improvement')}" if better else text


def sentence(finding: Finding) -> str:
    """Return a finding in one line without a full stop: its name, before and now, and the reason for its status."""
    start = f"{finding.task}: {finding.system}: {label(finding)}"
    remark = finding.remark.rstrip(".")
    if "absent" in finding.reasons or "failed" in finding.reasons:
        return f"{start}: {numbers.fine(finding.now)}; {remark}"
    text = f"{start}: {_value(finding, finding.before)} in the baseline, {_value(finding, finding.now)} now"
    if finding.delta is not None:
        details = [numbers.fine_delta(finding.delta)]
        if finding.allowed is not None:
            details.append(f"allowed {_allowed(finding)}")
        # Not of an improvement: readers take p for evidence that the score fell.
        if finding.p_adjusted is not None and finding.status != "improved":
            details.append(f"p = {numbers.p_value(finding.p_adjusted)}")
        text += f" ({'; '.join(details)})"
    reasons = ", and ".join(_reason(finding, reason) for reason in finding.reasons)
    return "; ".join(part for part in (f"{text}: {reasons}" if reasons else text, remark) if part)


def label(finding: Finding) -> str:
    """Return the name of a finding's metric, or its check in words."""
    return _name(finding.name)


def _is_check(name: str) -> bool:
    return name == "missing" or name in diagnostics.every()


def _name(name: str) -> str:
    """Return the name of a metric, or a check in words."""
    if not _is_check(name):
        return name
    return "missing segments" if name == "missing" else diagnostics.every()[name].label


def to_json(verdict: Verdict, *, baseline: str) -> dict[str, Any]:
    """Return the verdict's object: numbers unrounded, None as null; `baseline` is the file's path."""
    findings = []
    for finding in verdict.findings:
        row = asdict(finding)
        row["reasons"] = list(finding.reasons)
        findings.append({"baseline" if key == "before" else key: value for key, value in row.items()})
    return {
        "run": verdict.run,
        "baseline": {"file": baseline, "run": verdict.baseline, "blessed": asdict(verdict.blessing)},
        "passed": verdict.passed,
        "findings": findings,
        "changes": [
            {"key": change.key, "baseline": change.before, "now": change.now, "where": list(change.where)}
            for change in verdict.changes
        ],
        "notes": list(verdict.notes),
        "evidence": [
            {
                "task": evidence.task,
                "system": evidence.system,
                "segments": [
                    {"id": each.id, "effects": dict(each.effects), "baseline": each.before, "now": each.now}
                    for each in evidence.segments
                ],
                "remark": evidence.remark,
            }
            for evidence in verdict.evidence
        ],
    }


def _evidence_table(evidence: Evidence) -> Table:
    """Return the segments of one system by the failed scores and checks that they moved, with both texts below."""
    names = list(dict.fromkeys(name for segment in evidence.segments for name in segment.effects))
    texts = [f"{segment.id} {line}" for segment in evidence.segments for line in _text_lines(segment)]
    return Table(
        title=f"where: {evidence.task}: {evidence.system}",
        caption=f"the segments that moved each failed score or check most, at most {MOST} for each",
        columns=("segment", *map(_name, names)),
        rows=tuple(
            (Cell(segment.id), *(Cell(_effect(name, segment.effects.get(name))) for name in names))
            for segment in evidence.segments
        ),
        notes=(*texts, *([f"No text before: {evidence.remark}."] if evidence.remark else [])),
        legend=Legend(methods=(_EFFECTS,)),
    )


def _effect(name: str, effect: float | None) -> str:
    """Return an effect with its sign: points of a score, or a count."""
    return numbers.fine_delta(int(effect) if effect is not None and _is_check(name) else effect)


def _text_lines(segment: Moved) -> Iterator[str]:
    """Yield the output before and now, each cut to the part around the first difference."""
    before, now = segment.before, segment.now
    start = 0
    if before is not None and now is not None:
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, now, strict=False)))
        start = before.rfind(" ", 0, max(0, same - _CONTEXT)) + 1
    if before is not None:
        yield f"before: {_excerpt(before, start)}"
    yield f"now: {'no output' if now is None else _excerpt(now, start)}"


def _excerpt(text: str, start: int) -> str:
    """Return part of a text in one line; an empty text, in words."""
    if not text.strip():
        return "an empty output"
    part = " ".join(text[start : start + _LONGEST].split())
    return f"{'... ' if start else ''}{part}{' ...' if len(text) > start + _LONGEST else ''}"


def _change(change: Change) -> str:
    before, now = (_DIGEST.sub(r"\1...", text) for text in (change.before, change.now))
    return f"changed: {change.key} was {before}, is {now} ({_places(change.where)})."


def _is_news(finding: Finding) -> bool:
    return finding.status not in ("ok", "skipped") or bool(finding.delta)


def _row(finding: Finding) -> tuple[Cell, ...]:
    return (
        Cell(f"{finding.task}: {finding.system}: {label(finding)}"),
        Cell(_value(finding, finding.before)),
        Cell(_value(finding, finding.now)),
        Cell(numbers.fine_delta(finding.delta)),
        Cell(_allowed(finding)),
        Cell(numbers.p_value(finding.p)),
        Cell(numbers.p_value(finding.p_adjusted)),
        Cell(_WORDS.get(finding.status, finding.status), bold=finding.failed),
    )


def _value(finding: Finding, value: float | None) -> str:
    text = numbers.fine(value)
    return text if value is None else f"{text}{_UNITS[finding.unit]}"


def _allowed(finding: Finding) -> str:
    """Return the largest change that is allowed, with its sign."""
    if finding.allowed is None:
        return numbers.MISSING
    return numbers.fine_delta(-finding.allowed if finding.higher_is_better else finding.allowed)


def _reason(finding: Finding, reason: str) -> str:
    way = "drop" if finding.failed else "gain"
    return {
        "tolerance": f"the {way} is more than the tolerance",
        "test": f"the paired test shows that the {way} is real",
        "slack": "it is worse by more than is allowed" if finding.failed else "",
        "ratio": "it is slower than is allowed" if finding.failed else "",
    }[reason]


def _caption(verdict: Verdict) -> str:
    blessing = verdict.blessing
    return (
        f"{verdict.run} against {verdict.baseline}, blessed by {blessing.by} on {blessing.when[:10]}: {blessing.reason}"
    )


def _notes(verdict: Verdict, unchanged: int) -> Iterator[str]:
    for status in ("missing", "regressed", "improved"):
        for finding in verdict.findings:
            if finding.status == status:
                yield f"{'better' if status == 'improved' else 'worse'}: {sentence(finding)}."
    for change in verdict.changes:
        yield _change(change)
    new = dict.fromkeys(f"{finding.task}: {finding.system}" for finding in verdict.findings if finding.status == "new")
    if new:
        yield f"not in the baseline, so not gated: {', '.join(new)}. To gate it, bless this run."
    remarks: dict[str, list[str]] = {}
    for finding in verdict.findings:
        if finding.remark and not finding.failed and finding.status != "new":
            # The number of units depends on the task, not on the system.
            place = finding.task if finding.kind == "metric" else f"{finding.task}: {finding.system}: {label(finding)}"
            remarks.setdefault(finding.remark, []).append(place)
    for remark, where in remarks.items():
        yield f"{remark} ({_places(list(dict.fromkeys(where)))})."
    yield from verdict.notes
    if unchanged:
        yield f"Not shown: {numbers.count(unchanged, 'check')} that are as in the baseline."


def _methods(verdict: Verdict) -> Iterator[str]:
    if any(finding.p is not None for finding in verdict.findings):
        yield (
            "p: paired sign-flip permutation test, one-sided: is the score worse than in the baseline? In rows marked "
            "improved: is it better? p (Holm): corrected for all scores that were tested and could have changed."
        )
    if any(finding.kind == "metric" for finding in verdict.findings):
        yield "Scores are against all references, also of a run whose tables leave one reference out."


def _places(where: Sequence[str]) -> str:
    if len(where) <= 3:
        return ", ".join(where)
    return f"{', '.join(where[:2])} and {len(where) - 2} more"
