"""A summary of the article's body, in Hindi or (cross-lingual) in English.

A brief of several sentences and a summary of one sentence are different tasks: `length` chooses. The name of a version
of the references says which of them it is.

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

    length: Literal["brief", "sentence"] = Field(
        default="brief",
        description="which references are read: `sentence`: versions named `sentence` or `sentence-...`; `brief`: all "
        "others",
    )

    def reads(self, version: str) -> bool:
        """Whether a version has summaries of the chosen length."""
        return (version.partition("-")[0] == "sentence") == (self.length == "sentence")


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
