"""Read, check and score output files of any system. Needs no config and no model.

`read.py` reads one file in any of the forms that it lists; `contents.py` finds and decompresses it, and `objects.py`,
`tables.py`, `markup.py` and `structure.py` know the forms. `records.py` chooses the field that is the text.
`alignment.py` brings files into one order of segments, and `checks.py` looks for mistakes. `assembly.py` does all of
this for the files of one call, and `arguments.py` reads the arguments of `harness score`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness import metrics as metric_contract
from harness.core import text
from harness.core.errors import InputError
from harness.core.scores import Diagnostics, TaskScores
from harness.scoring import (
    Resampling,
    SystemStatistics,
    TestSet,
    analysis,
    bounds,
    networks,
    sentence_ends,
    systems,
    used_metrics,
)
from harness.scoring.diagnostics import measure_texts
from harness.scoring.questions import Questions, answered
from harness.scoring.textfiles.arguments import check_written, parse_hypotheses, parse_metrics
from harness.scoring.textfiles.assembly import Files, in_memory, read, read_arguments
from harness.scoring.textfiles.read import EmptyReference

# A metric's name, or a mapping of its name to its options.
MetricChoice = str | Mapping[str, Any]

__all__ = [
    "EmptyReference",
    "Files",
    "check_written",
    "diagnose",
    "in_memory",
    "parse_hypotheses",
    "parse_metrics",
    "read",
    "read_arguments",
    "refuse_without_references",
    "score",
    "score_files",
    "score_rows",
]


def score(
    *,
    task: str,
    references: Sequence[Path | str],
    hypotheses: Mapping[str, Path | str],
    source: Path | str | None = None,
    target: str | None = None,
    metrics: Sequence[MetricChoice] = (),
    settings: Resampling | None = None,
    baseline: str | None = None,
    empty_reference: EmptyReference = "text",
    text_column: str | None = None,
    limit: int | None = None,
    questions: Questions | None = None,
    reference_row: bool = False,
) -> TaskScores:
    """Return the scores of the systems (name to file) against the references, as `harness score` computes them.

    A file may be "FILE:COLUMN"; `text_column` is the column of files that name none. `limit` scores only the first
    segments. Without a target language or metrics, the task's first language and own metrics are used. `settings` are
    `harness.scoring.Resampling`, by default 1,000 resamples, seed 0 and 95%. With `empty_reference="none"`, a segment
    whose line in a reference is empty has no reference in that file. With `reference_row`, each reference is scored
    against the others, and every score of a system leaves one reference out in turn too (`harness.scoring.footing`).
    `questions` are those of `harness.scoring.questions`; their answers are in the scores.

    Raises:
        FileError: a file cannot be read.
        InputError: line counts differ, a file is given twice or is in another language, a name is unknown, or no
            segment has the two references that a reference row needs.
    """
    for what, given in (("references", references), ("metrics", metrics)):
        if isinstance(given, str | Path):
            raise InputError(f"expected a list of {what}, found {str(given)!r} alone; put it into a list")
    if not references:
        raise InputError("no --reference given; expected at least one file of references")
    files = read(
        task=task,
        target=target,
        source=None if source is None else Path(source),
        references=[Path(path) for path in references],
        hypotheses={name: Path(path) for name, path in hypotheses.items()},
        empty_reference=empty_reference,
        text_column=text_column,
        limit=limit,
    )
    return score_files(
        files, metrics, settings or Resampling(), baseline, questions or Questions(), reference_row=reference_row
    )[0]


def score_files(
    files: Files,
    metrics: Sequence[MetricChoice],
    settings: Resampling,
    baseline: str | None,
    questions: Questions,
    *,
    reference_row: bool = False,
) -> tuple[TaskScores, TestSet, list[SystemStatistics]]:
    """Return the scores of every system, with the test set and the statistics that they come from.

    Raises:
        InputError: a metric or the baseline is unknown, a metric needs sources and there are none, a question needs a
            baseline, or no segment has the two references that a reference row needs.
    """
    analysis.check_baseline(baseline, list(files.outputs))
    questions.check(baseline)
    test_set, rows, failed = score_rows(files, metrics, reference_row=reference_row)
    scores = analysis.assess(test_set, rows, settings, notes=files.notes, baseline=baseline)
    scores = replace(scores, failed_metrics=failed)
    return answered(scores, test_set, rows, settings, questions), test_set, rows


def score_rows(
    files: Files, metrics: Sequence[MetricChoice], *, reference_row: bool = False
) -> tuple[TestSet, list[SystemStatistics], dict[str, str]]:
    """Return the statistics of every system, after those of the reference row if it is wanted.

    Last come the metrics that failed, each with the reason: a checkpoint is missing, or its network cannot run.

    Raises:
        InputError: a metric is unknown, or needs sources and there are none; or no segment has the two references that
            a reference row needs.
        ModelError: every metric failed.
    """
    chosen = metric_contract.choose(list(metrics) or files.task.metrics)
    names = tuple(chosen)
    first_references = [
        next(content for content in of_segment if content is not None)
        for of_segment in zip(*files.references.values(), strict=True)
    ]
    test_set = TestSet(
        task=files.task.label,
        kind=files.task.kind,
        target=files.task.target,
        primary=files.task.primary if files.task.primary in names else names[0],
        metrics=names,
        ids=files.ids,
        articles=files.articles,
        references=files.references,
        sources=files.sources,
        lengths=tuple(map(text.word_count, files.sources or first_references)),
        kinds=files.kinds,
        options={name: options for name, options in chosen.items() if options is not None},
    )
    for metric in used_metrics(test_set):
        if "sources" in metric.needs and not files.sources:
            raise InputError(f"metric {metric.name} reads the sources too; give them with --source")
        if "annotations" in metric.needs:
            raise InputError(f"metric {metric.name} reads annotations of a dataset, which files cannot have")
        if "articles" in metric.needs and not files.articles:
            raise InputError(f"metric {metric.name} reads the article of each segment, which these files do not name")
    outputs = {name: [texts] for name, texts in files.outputs.items()}
    test_set, failed = networks.prepare(test_set, outputs, reference_row=reference_row)
    rows = systems.score_systems(test_set, outputs, notes={})
    if not reference_row:
        return test_set, rows, failed
    reference = bounds.reference(test_set)
    if reference is None:
        raise InputError("--reference-row needs a segment with two references; give a second --reference")
    return test_set, [reference, *rows], failed


def diagnose(files: Files) -> tuple[dict[str, Diagnostics], list[str]]:
    """Return the diagnostics of each system's outputs, and notes on the files and the outputs; reads no references."""
    target = files.task.target
    measured = {
        name: measure_texts([texts], target, files.sources, kind=files.task.kind)
        for name, texts in files.outputs.items()
    }
    ends = {name: sentence_ends.marks(texts, target) for name, texts in files.outputs.items()}
    return measured, [*files.notes, *(f"{name}: {note}" for name, note in ends.items() if note)]


def refuse_without_references(options: Mapping[str, object]) -> None:
    """Raise InputError if one of these options, which need references, is given; by name, with its value."""
    if unusable := next((option for option, value in options.items() if value), None):
        raise InputError(f"{unusable} needs --reference; without one there is no score")
