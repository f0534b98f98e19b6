"""Hindi titles to English, scored by exact match too (example of a task)."""

from __future__ import annotations

from harness.core.records import ENGLISH, HINDI
from harness.tasks import Task

TASK = Task(
    name="title-translation",
    kind="translation",
    source=HINDI,
    targets=(ENGLISH,),
    units=("sentence",),
    parts=("title",),
    reference_kind="translations",
    reference_unit="sentence",
    metrics=("chrf++", "exact-match"),
    primary="chrf++",
)
