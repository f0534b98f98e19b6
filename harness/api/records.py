"""Scores, comparisons and segments as flat records: lists of dicts that a data frame takes as they are; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from harness.core.scores import Comparison, Score, SystemScores, TaskScores
from harness.core.segments import TaskView

Record = dict[str, Any]


def scores(tables: Iterable[TaskScores]) -> Iterator[Record]:
    """Yield a record for each metric of each row of each table; a system that failed has one record, with its error."""
    for table in tables:
        for system in table.systems:
            if system.error:
                yield _of_row(table, system) | dict.fromkeys(_SCORE) | {"error": system.error}
            for metric, score in system.metrics.items():
                yield _of_row(table, system) | _of_score(metric, score, table) | {"error": None}


_SCORE = (
    "metric", "is_primary", "value", "low", "high", "confidence", "best_rank", "worst_rank", "all_references",
    "higher_is_better", "segments", "signature",
)  # fmt: skip


def _of_row(table: TaskScores, system: SystemScores) -> Record:
    return {
        "task": table.task,
        "dataset": table.dataset or None,
        "system": system.name,
        "role": system.role,
        "run": system.run or None,
    }


def _of_score(metric: str, score: Score, table: TaskScores) -> Record:
    interval, rank = score.interval, score.rank
    values = (
        metric,
        metric == table.primary,
        score.value,
        interval.low if interval else None,
        interval.high if interval else None,
        interval.confidence if interval else None,
        rank.best if rank else None,
        rank.worst if rank else None,
        score.all_references.value if score.all_references else None,
        score.higher_is_better,
        score.segments,
        score.signature,
    )
    return dict(zip(_SCORE, values, strict=True))


def comparisons(tables: Iterable[TaskScores]) -> Iterator[Record]:
    """Yield a record for each pair of systems on each metric: system `a` minus system `b`."""
    for table in tables:
        for pair in table.comparisons:
            yield {"task": table.task, "dataset": table.dataset or None, **_of_pair(pair, table)}


def _of_pair(pair: Comparison, table: TaskScores) -> Record:
    return {
        "metric": pair.metric,
        "is_primary": pair.metric == table.primary,
        "a": pair.a,
        "b": pair.b,
        "delta": pair.delta,
        "low": pair.interval.low if pair.interval else None,
        "high": pair.interval.high if pair.interval else None,
        "p": pair.p,
        "p_adjusted": pair.p_adjusted,
        "significant": pair.significant,
        "wins": pair.wins,
        "ties": pair.ties,
        "losses": pair.losses,
    }


def segments(views: Iterable[TaskView]) -> Iterator[Record]:
    """Yield a record for each output: its texts, and the score of this segment alone in a column of each metric.

    References are in columns of their own: "reference close" for the version `close`, "reference" for texts.
    """
    for view in views:
        for segment in view.segments:
            references = {
                version if version.startswith("reference") else f"reference {version}": text
                for version, text in segment.references.items()
            }
            for output in segment.outputs:
                yield {
                    "task": view.task,
                    "dataset": segment.dataset or None,
                    "id": segment.id,
                    "article": segment.article or None,
                    "kind": segment.kind or None,
                    "words": segment.words,
                    "system": output.system,
                    **output.scores,
                    "flags": ", ".join(output.flags),
                    "source": segment.source,
                    "output": output.text,
                    **references,
                    "output_tokens": output.output_tokens,
                    "seconds": output.seconds,
                }
