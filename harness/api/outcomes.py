"""Make `Results` of a run that has ended or of texts that were scored, and show how far a run is."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, TypeVar

from harness.api.results import Results
from harness.core.records import Generation

if TYPE_CHECKING:
    from harness.core.scores import TaskScores
    from harness.core.segments import TaskView
    from harness.runs.generate import Meter, Progress
    from harness.runs.pipeline import Outcome
    from harness.runs.store import Run
    from harness.scoring import Resampling, SystemStatistics, TestSet
    from harness.scoring.textfiles import Files

_OfTask = TypeVar("_OfTask", "TaskScores", "TaskView")


class _Silent:
    """A `Progress` that shows nothing."""

    def begin(self, system: str, task: str, total: int, stored: int) -> Meter:
        return _SilentMeter()


class _SilentMeter:
    """A `Meter` that shows nothing."""

    def advance(self, generation: Generation) -> None: ...

    def end(self, error: str | None, note: str = "") -> None: ...


def progress(*, shown: bool) -> AbstractContextManager[Progress]:
    """Within this block, show on stderr how far a run is, or show nothing."""
    from harness.runs import progress as progress_module

    return progress_module.to_stderr() if shown else nullcontext(_Silent())


def results(outcome: Outcome) -> Results:
    """Return the scores and segments of a run that has just ended."""
    return Results(
        lambda: outcome.scores,
        lambda: _of_tasks(views(outcome.run), outcome.scores),
        run=outcome.run,
        answered=lambda: _of_tasks(scores(outcome.run), outcome.scores),
    )


def views(run: Run) -> tuple[TaskView, ...]:
    """Return the segments of a run, by task."""
    from harness.runs import segments

    return segments.load({run.name: run})


def _of_tasks(every: Sequence[_OfTask], tables: Sequence[TaskScores]) -> list[_OfTask]:
    """Return the views or scores of the tasks that were selected."""
    labels = [table.label for table in tables]
    return [each for each in every if each.label in labels]


def scores(run: Run) -> list[TaskScores]:
    """Return the scores of a run as `harness report` computes them, with the settings of its config."""
    from harness.runs import compare
    from harness.scoring.questions import Questions

    return compare.compare({run.name: run}, _settings(run), Questions(observed=True)).scores


def _settings(run: Run) -> Resampling:
    """Return how the run's config computes intervals and tests; the defaults if it cannot be read."""
    from harness.scoring import Resampling

    stored = run.read_config().get("statistics")
    known = {name: value for name, value in dict(stored or {}).items() if name in Resampling.__dataclass_fields__}
    return Resampling(**known)


def view(files: Files, test_set: TestSet, rows: Sequence[SystemStatistics]) -> TaskView:
    """Return the segments of texts that were scored."""
    from harness.scoring import segments

    ids = files.ids
    texts = segments.SegmentTexts(
        dataset="",
        language=files.task.source,
        sources=dict(zip(ids, files.sources, strict=True)) if files.sources else {},
        references={
            version: {name: content for name, content in zip(ids, stream, strict=True) if content is not None}
            for version, stream in files.references.items()
        },
    )
    systems = [
        segments.SystemOutputs(
            row.name,
            row,
            {name: Generation(name, content) for name, content in zip(ids, files.outputs[row.name], strict=True)},
        )
        for row in rows
        if row.role == "system" and row.error is None
    ]
    return segments.view(test_set, texts, systems, runs=(), notes=())
