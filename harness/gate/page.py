"""The gate's verdict as an HTML page: the segments that moved it on top, then all that a report on the run has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.gate import Evidence, Verdict
from harness.gate.report import effect, tables
from harness.gate.sentences import headline, label_of
from harness.reporting.html import ChangedSegment, Page
from harness.runs import report
from harness.runs.store import Run
from harness.scoring import Resampling


def page(verdict: Verdict, run: Run) -> Page:
    """Return the page on a verdict and its run.

    Raises:
        FileError: the run's scores are missing or damaged.
        InputError: as `report.of_runs`.
    """
    of_run = report.of_runs({run.name: run}, Resampling())
    remarks = dict.fromkeys(evidence.remark for evidence in verdict.evidence if evidence.remark)
    return replace(
        of_run,
        title=f"Gate: {verdict.run} against {verdict.baseline}",
        lead=[f"The gate {headline(verdict)}."],
        lead_tables=tables(verdict)[:1],
        changed=[changed for evidence in verdict.evidence for changed in _changed(evidence)],
        changed_note=" ".join([
            "The segments that made a failed score or check worse most.",
            *(f"{remark}." for remark in remarks),
        ]),
    )


def _changed(evidence: Evidence) -> Iterator[ChangedSegment]:
    """Yield the segments of one system, the largest effect on any score or check first."""
    for moved in sorted(evidence.segments, key=lambda each: -max(map(abs, each.effects.values()))):
        effects = {label_of(name): effect(name, value) for name, value in moved.effects.items()}
        yield ChangedSegment(evidence.task, evidence.system, moved.id, effects, moved.before, moved.now)
