"""Hindi to English, or English to Hindi; every segment of the article: title and headings too."""

from __future__ import annotations

from harness.core.records import ENGLISH, HINDI
from harness.tasks import Task

TASK = Task(
    name="translate",
    kind="translation",
    source=HINDI,
    targets=(ENGLISH, HINDI),
    units=("sentence", "paragraph", "article"),
    parts=("title", "standfirst", "heading", "body"),
    reference_kind="translations",
    reference_unit="sentence",
    metrics=("chrf++", "bleu"),
    primary="chrf++",
)
