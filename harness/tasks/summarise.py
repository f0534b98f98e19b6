"""A summary of the article's body, in Hindi or (cross-lingual) in English.

As in XL-Sum, title and standfirst are not given to the model: the standfirst is the publisher's own summary, and a
system that copies it would be scored for copying.
"""

from __future__ import annotations

from harness.core.records import ENGLISH, HINDI
from harness.tasks import Task

TASK = Task(
    name="summarise",
    kind="summarisation",
    source=HINDI,
    targets=(HINDI, ENGLISH),
    units=("article",),
    parts=("body",),
    reference_kind="summaries",
    reference_unit="article",
    metrics=("rougeL", "rouge1", "rouge2"),
    primary="rougeL",
)
