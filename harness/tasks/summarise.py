"""A summary of the article's body, in Hindi or (cross-lingual) in English.

A summary of one sentence, a brief of several and a long summary are different tasks: `length` chooses. The name of a
version of the references says which of them it is.

As in XL-Sum, title and standfirst are not given to the model: the standfirst is the publisher's own summary, and a
system that copies it would be scored for copying.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.core.records import ENGLISH, HINDI
from harness.tasks import Task
from harness.tasks._options import TaskOptions


class SummaryOptions(TaskOptions):
    """The keys of `summarise`."""

    length: Literal["brief", "sentence", "long"] = Field(
        default="brief",
        description="which references are read: `sentence`: versions named `sentence` or `sentence-...`; `long`: "
        "versions named `long` or `long-...`; `brief`: all others",
    )

    def reads(self, version: str) -> bool:
        """Whether a version has summaries of the chosen length."""
        first = version.partition("-")[0]
        return self.length == (first if first in ("sentence", "long") else "brief")


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
    options=SummaryOptions,
)
