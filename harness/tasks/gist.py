"""One Hindi sentence for each paragraph: the standfirst and the body's."""

from __future__ import annotations

from harness.core.records import HINDI
from harness.tasks import Task

TASK = Task(
    name="gist",
    kind="summarisation",
    source=HINDI,
    targets=(HINDI,),
    units=("paragraph",),
    parts=("standfirst", "body"),
    reference_kind="gists",
    reference_unit="paragraph",
    metrics=("rougeL", "rouge1", "rouge2"),
    primary="rougeL",
)
