"""Every score and every comparison as one line of CSV, unrounded: for spreadsheets and data frames.

One table in long form, because a command has one standard output: `row` says what a line is. In a line "comparison",
`system` is compared with `against`, and `value` is the difference.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any

from harness.core.scores import Comparison, Interval, PublishedScore, SystemScores, TaskScores
from harness.reporting import Table
from harness.reporting.without_references import csv_values
from harness.scoring import diagnostics

SUFFIX = "csv"

_COLUMNS = (
    "row", "run", "task", "system", "role", "unit", "against", "metric", "rank_best", "rank_worst", "value", "low",
    "high", "confidence", "value_all_references", "p", "p_adjusted", "significant", "segments", "articles",
    "references", "signature", "error", "notes",
)  # fmt: skip


def render(tables: Sequence[Table]) -> str:
    """Return the scores behind the tables, with a line per score and comparison; other tables add nothing."""
    stream = StringIO()
    writer = csv.DictWriter(stream, (*_COLUMNS, *diagnostics.every()), restval="", lineterminator="\n")
    writer.writeheader()
    for scores in [table.scores for table in tables if table.scores is not None]:
        for system in scores.systems:
            writer.writerows(_of_system(scores, system))
        writer.writerows(_of_published(scores, each) for each in scores.published)
        runs = {system.name: system.run for system in scores.systems}
        writer.writerows(_of_comparison(scores, each, runs[each.a]) for each in scores.comparisons)
    return stream.getvalue()


def _of_system(scores: TaskScores, system: SystemScores) -> Iterator[dict[str, Any]]:
    """Yield a line per score, or one line with the error."""
    # Mixed rows are on different data, so articles and references of the whole table would be wrong.
    mixed = bool(scores.mixed)
    common = {
        "run": system.run,
        "task": scores.label,
        "system": system.name,
        "role": system.role,
        "unit": system.unit,
        "notes": "; ".join(system.notes),
        **({} if mixed else {"articles": scores.articles, "references": len(scores.references)}),
        **dict(zip(diagnostics.every(), csv_values(system.diagnostics), strict=True)),
    }
    for name, score in system.metrics.items():
        yield common | {
            "row": "score",
            "metric": name,
            "rank_best": score.rank.best if score.rank and not mixed else "",
            "rank_worst": score.rank.worst if score.rank and not mixed else "",
            "value": score.value,
            "value_all_references": score.all_references.value if score.all_references else "",
            "segments": score.segments,
            "signature": score.signature,
            **_limits(score.interval),
        }
    if system.error:
        yield common | {"row": "error", "segments": "" if mixed else scores.segments, "error": system.error}


def _of_published(scores: TaskScores, figure: PublishedScore) -> dict[str, Any]:
    return {
        "row": "published",
        "task": scores.label,
        "system": figure.system,
        "role": "published",
        "metric": figure.metric,
        "value": figure.value,
        "segments": "" if figure.segments is None else figure.segments,
        "signature": figure.signature or "",
        "notes": figure.about,
    }


def _of_comparison(scores: TaskScores, comparison: Comparison, run: str) -> dict[str, Any]:
    return {
        "row": "comparison",
        "run": run,
        "task": scores.label,
        "system": comparison.a,
        "role": "system",
        "against": comparison.b,
        "metric": comparison.metric,
        "value": comparison.delta,
        "p": "" if comparison.p is None else comparison.p,
        "p_adjusted": "" if comparison.p_adjusted is None else comparison.p_adjusted,
        "significant": "" if comparison.p is None else str(comparison.significant).lower(),
        **_limits(comparison.interval),
    }


def _limits(interval: Interval | None) -> dict[str, float]:
    if interval is None:
        return {}
    return {"low": interval.low, "high": interval.high, "confidence": interval.confidence}
