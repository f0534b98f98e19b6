"""Views of segments made by hand, for tests of what shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.core.segments import OutputView, SegmentView, TaskView


def output(system: str, text: str, score: float, *flags: str, **scores: float) -> OutputView:
    return OutputView(system, text, {"chrf++": score, **scores}, flags, None, None)


def segment(name: str, outputs: Sequence[OutputView], references: Mapping[str, str | None] | None = None,
            source: str | None = "वे मिले।") -> SegmentView:  # fmt: skip
    article = name.partition("#")[0]
    return SegmentView(
        name, article, "body", "news", source, references or {"close": "They met."}, tuple(outputs), words=2
    )


def task(*segments: SegmentView, **changes: Any) -> TaskView:
    known = {
        "task": "translate",
        "dataset": "news",
        "language": "hin_Deva",
        "target": "eng_Latn",
        "metrics": tuple(segments[0].outputs[0].scores) if segments else ("chrf++",),
        "primary": "chrf++",
        "systems": tuple(dict.fromkeys(each.system for of in segments for each in of.outputs)),
        "is_one_of_several": False,
        "lower_is_better": frozenset({"ter"}),
        "runs": ("small-1",),
        "notes": (),
    }
    return TaskView(segments=segments, **{**known, **changes})
