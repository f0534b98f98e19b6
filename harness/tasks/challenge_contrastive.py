"""Rank the correct and wrong translations of the items of a challenge set by their probability.

It needs a system that gives probabilities. It says what a model knows, and `challenge` what it does; the two scores are
never averaged.
"""

from __future__ import annotations

from harness.core.records import ENGLISH, HINDI
from harness.tasks import Task

TASK = Task(
    name="challenge-contrastive",
    kind="ranking",
    source=HINDI,
    targets=(ENGLISH,),
    units=("sentence",),
    parts=("body",),
    reference_kind="translations",
    reference_unit="sentence",
    candidates="contrasts",
    metrics=("pairs-preferred", "items-preferred"),
    primary="pairs-preferred",
    compares=False,
)
