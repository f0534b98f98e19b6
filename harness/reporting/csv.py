"""Every score as one line of CSV, unrounded: for spreadsheets and data frames."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from harness.reporting import Table
from harness.reporting.diagnostics import csv_values
from harness.scoring import diagnostics

SUFFIX = "csv"

_COLUMNS = (
    "task", "system", "role", "metric", "value", "low", "high", "confidence", "value_one_reference_fewer",
    "segments", "articles", "references", "signature", "error", "notes",
)  # fmt: skip


def render(tables: Sequence[Table]) -> str:
    """Return the scores behind the tables as one table with a line per score; other tables add nothing."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow((*_COLUMNS, *diagnostics.every()))
    for scores in [table.scores for table in tables if table.scores is not None]:
        # Mixed rows are on different data, so articles and references of the whole table would be wrong.
        mixed = bool(scores.mixed)
        about = ("", "") if mixed else (scores.articles, len(scores.references))
        for system in scores.systems:
            remarks = ("; ".join(system.notes), *csv_values(system.diagnostics))
            for name, score in system.metrics.items():
                interval = score.interval
                limits = (interval.low, interval.high, interval.confidence) if interval else ("", "", "")
                fewer = "" if score.leave_one_out is None else score.leave_one_out
                row = (scores.task, system.name, system.role, name, score.value, *limits, fewer, score.segments, *about)
                writer.writerow((*row, score.signature, "", *remarks))
            if system.error:
                blank = ("",) * 6
                segments = "" if mixed else scores.segments
                row = (scores.task, system.name, system.role, *blank, segments, *about, "", system.error, *remarks)
                writer.writerow(row)
    return stream.getvalue()
