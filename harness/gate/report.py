"""The gate's verdict as a table and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import takewhile
from typing import Any

from harness.gate import Change, Evidence, Finding, Moved, Verdict
from harness.gate.sentences import allowed, delta, headline, is_check, label, label_of, sentence, value
from harness.reporting import Cell, Legend, Table, numbers
from harness.scoring.no_worse import MIN_CHANGED

# The first 12 digits identify a commit or a digest well enough in a table; the JSON has all.
_DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,}\b")
_WORDS = {"new": "new, not gated", "skipped": "not gated", "not_shown": "not shown"}
# Characters of an output that are shown, and how many of them are before the first difference.
_LONGEST = 160
_CONTEXT = 40
_EFFECTS = (
    "worst segments: under a score, the points that the change of this output alone adds to it or takes from it; under "
    "a check, how many more are counted in this output than in the baseline's."
)
_ORDER = ("missing", "regressed", "not_shown", "unclear", "improved", "ok", "skipped", "new")
# The word before the sentence of a finding in the notes.
_LEADS = {
    "missing": "worse",
    "regressed": "worse",
    "not_shown": "not shown to be no worse",
    "unclear": "unclear",
    "improved": "better",
}


def tables(verdict: Verdict, *, title: str | None = None) -> list[Table]:
    """Return the verdict as one table: failures, what is unclear, improvements, then other scores and changed checks.

    A note counts the checks that did not change; the JSON and the JUnit file list every one.
    """
    shown = [finding for finding in verdict.findings if finding.kind == "metric" or _is_news(finding)]
    shown.sort(key=lambda finding: _ORDER.index(finding.status))
    unchanged = sum(each.kind == "check" and each.status == "ok" and not each.delta for each in verdict.findings)
    # `harness bless` gives its own title: there, the run is the baseline already.
    remedy = [] if verdict.passed or title else [_remedy(verdict)]
    table = Table(
        title=title or f"gate: {headline(verdict)}",
        caption=_caption(verdict),
        columns=("what", "baseline", "now", "change", "allowed", "p", "p (Holm)", "verdict"),
        rows=tuple(_row(finding) for finding in shown),
        notes=(*_notes(verdict, unchanged), *remedy),
        legend=Legend(methods=tuple(_methods(verdict, shown))),
        optional=(5, 6, 4),  # p, p (Holm), allowed
    )
    return [table, *(_evidence_table(each) for each in verdict.evidence)]


def evidence_lines(verdict: Verdict, finding: Finding) -> Iterator[str]:
    """Yield what a failed finding's reader needs next: its segments with their texts, and what changed there."""
    for evidence in verdict.evidence:
        if (evidence.task, evidence.system) == (finding.task, finding.system):
            moved = [segment for segment in evidence.segments if finding.name in segment.effects]
            for segment in sorted(moved, key=lambda each: -abs(each.effects[finding.name])):
                yield f"{segment.id}: {effect(finding.name, segment.effects[finding.name])}"
                yield from _text_lines(segment)
            if moved:
                yield f"Shown: {_shown_of_all(evidence, finding.name)} that made it worse."
            if any(segment.before is None for segment in moved):
                yield f"No text before: {evidence.remark}."
    place = f"{finding.task}: {finding.system}"
    for change in verdict.changes:
        if place in change.where or "scoring" in change.where:
            yield _change(change)


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
        "level": verdict.level,
        "second_run": verdict.second_run,
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
                "counts": dict(evidence.counts),
                "remark": evidence.remark,
            }
            for evidence in verdict.evidence
        ],
    }


def _evidence_table(evidence: Evidence) -> Table:
    """Return the segments of one system by the failed scores and checks that they moved, with both texts below."""
    names = list(evidence.counts)
    shown = ", ".join(f"{_shown_of_all(evidence, name)} for {label_of(name)}" for name in names)
    texts = [f"{segment.id} {line}" for segment in evidence.segments for line in _text_lines(segment)]
    return Table(
        title=f"worst segments: {evidence.task}: {evidence.system}",
        caption=f"those that made a failed score or check worse, in the order of the test set: {shown}",
        columns=("segment", *map(label_of, names)),
        rows=tuple(
            (Cell(segment.id), *(Cell(effect(name, segment.effects.get(name))) for name in names))
            for segment in evidence.segments
        ),
        notes=(*texts, *([f"No text before: {evidence.remark}."] if evidence.remark else [])),
        legend=Legend(methods=(_EFFECTS,)),
    )


def _shown_of_all(evidence: Evidence, name: str) -> str:
    """Return how many of the segments that made a score or check worse are shown: "5 of 7"."""
    shown = sum(name in segment.effects for segment in evidence.segments)
    return f"{shown} of {evidence.counts[name]:,}"


def effect(name: str, effect: float | None) -> str:
    """Return an effect with its sign: points of a score, or a count."""
    return numbers.fine_delta(int(effect) if effect is not None and is_check(name) else effect)


def _text_lines(segment: Moved) -> Iterator[str]:
    """Yield the output before and now, each cut to the part around the first difference."""
    before, now = segment.before, segment.now
    start = 0
    if before is not None and now is not None:
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, now, strict=False)))
        start = before.rfind(" ", 0, max(0, same - _CONTEXT)) + 1
    if before is not None:
        yield f"before: {_excerpt(before, start)}"
    yield f"now: {'(no output)' if now is None else _excerpt(now, start)}"


def _excerpt(text: str, start: int) -> str:
    """Return part of a text in one line; an empty text, in words."""
    if not text.strip():
        return "(empty output)"
    part = " ".join(text[start : start + _LONGEST].split())
    return f"{'... ' if start else ''}{part}{' ...' if len(text) > start + _LONGEST else ''}"


def _change(change: Change) -> str:
    return f"changed: {_was_and_is(change)} ({_places(change.where)})."


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    """Yield a line for each group of changes in the same places: another model changes many settings at once."""
    by_place: dict[tuple[str, ...], list[str]] = {}
    for change in changes:
        by_place.setdefault(change.where, []).append(_was_and_is(change))
    for where, texts in by_place.items():
        yield f"changed in {_places(where)}: {'; '.join(texts)}"


def _was_and_is(change: Change) -> str:
    before, now = (_DIGEST.sub(r"\1...", text) or '""' for text in (change.before, change.now))
    return f"{change.key} was {before}, is {now}"


def _is_news(finding: Finding) -> bool:
    return finding.status not in ("ok", "skipped") or bool(finding.delta)


def _row(finding: Finding) -> tuple[Cell, ...]:
    return (
        Cell(f"{finding.task}: {finding.system}: {label(finding)}"),
        Cell(value(finding, finding.before)),
        Cell(value(finding, finding.now)),
        Cell(delta(finding, finding.delta)),
        Cell(allowed(finding)),
        Cell(numbers.p_value(finding.p)),
        Cell(numbers.p_value(finding.p_adjusted)),
        Cell(_WORDS.get(finding.status, finding.status), bold=finding.failed),
    )


def _caption(verdict: Verdict) -> str:
    blessing = verdict.blessing
    return (
        f"{verdict.run} against {verdict.baseline}, blessed by {blessing.by} on {blessing.when[:10]}: {blessing.reason}"
    )


def _notes(verdict: Verdict, unchanged: int) -> Iterator[str]:
    for status, lead in _LEADS.items():
        for finding in verdict.findings:
            if finding.status == status:
                yield f"{lead}: {sentence(finding)}."
    for finding in verdict.findings:
        if finding.status == "ok" and finding.upper is not None:
            yield f"no worse: {sentence(finding)}."
    if verdict.second_run is not None:
        yield f"made again to confirm what failed: {verdict.second_run}. Only what fails both times fails."
    yield from _changes(verdict.changes)
    new = dict.fromkeys(f"{finding.task}: {finding.system}" for finding in verdict.findings if finding.status == "new")
    if new:
        yield f"not in the baseline, so not gated: {', '.join(new)}. To gate it, bless this run."
    remarks: dict[str, list[str]] = {}
    for finding in verdict.findings:
        if finding.remark and not finding.failed and finding.status not in ("new", "unclear"):
            # The number of units depends on the task, not on the system.
            place = finding.task if finding.kind == "metric" else f"{finding.task}: {finding.system}: {label(finding)}"
            remarks.setdefault(finding.remark, []).append(place)
    for remark, where in remarks.items():
        yield f"{remark} ({_places(list(dict.fromkeys(where)))})."
    yield from verdict.notes
    if unchanged:
        yield f"Not shown: {numbers.count(unchanged, 'check')} that are as in the baseline."


def _remedy(verdict: Verdict) -> str:
    return (
        "If what is worse is intended, make this run the baseline: "
        f'harness bless {verdict.run} --output BASELINE --reason "..." (BASELINE: the file of the old one).'
    )


def _methods(verdict: Verdict, shown: Sequence[Finding]) -> Iterator[str]:
    if any(finding.p is not None for finding in verdict.findings):
        yield (
            "p is from a paired sign-flip permutation test, one-sided: is the score worse than in the baseline? In "
            "rows marked improved: is it better? p (Holm): corrected for all scores that were tested and could have "
            f"changed; below {verdict.level:g} it shows a change."
        )
    if any("chance" in finding.reasons for finding in verdict.findings):
        yield (
            f"unclear: the drop is more than the tolerance, but p is not below {verdict.likely_level:g}, so it may be "
            "chance. It does not fail. The n that would decide assumes that the same drop is measured again."
        )
    if any(finding.upper is not None or finding.status == "not_shown" for finding in verdict.findings):
        yield (
            f"no worse: shown if the one-sided {100 * (1 - verdict.level):g}% bound of the drop is below the margin "
            f"(allowed), and at least {MIN_CHANGED} segments or articles changed. If none changed, it passes."
        )
    if any(finding.unit == "percent" for finding in shown):
        yield "pp: percentage points."
    if any(finding.kind == "metric" for finding in verdict.findings):
        yield "Scores use all references, even if the tables of the run leave one reference out."


def _places(where: Sequence[str]) -> str:
    if len(where) <= 3:
        return ", ".join(where)
    return f"{', '.join(where[:2])} and {len(where) - 2} more"
