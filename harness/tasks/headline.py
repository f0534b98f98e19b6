"""A Hindi headline of at most 15 words for the article's body; the article's own title is not given."""

from __future__ import annotations

from harness.core.records import HINDI
from harness.tasks import Task

TASK = Task(
    name="headline",
    kind="summarisation",
    source=HINDI,
    targets=(HINDI,),
    units=("article",),
    parts=("body",),
    reference_kind="headlines",
    reference_unit="article",
    metrics=("rougeL", "rouge1", "rouge2"),
    primary="rougeL",
)
