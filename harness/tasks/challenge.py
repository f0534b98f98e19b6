"""Translate the items of a challenge set, sentences with one difficulty each; conditions decide, not references.

Outputs pass, fail or stay undecided. The score is the share of pairs of which both items pass.
"""

from __future__ import annotations

from harness.core.records import ENGLISH, HINDI
from harness.tasks import Task

TASK = Task(
    name="challenge",
    kind="translation",
    source=HINDI,
    targets=(ENGLISH,),
    units=("sentence",),
    parts=("body",),
    reference_kind="translations",
    reference_unit="sentence",
    metrics=("pairs-passed", "items-passed", "items-failed", "items-undecided"),
    primary="pairs-passed",
    compares=False,
)
