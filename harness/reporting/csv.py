"""Every score as one line of CSV, unrounded: for spreadsheets and data frames."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from harness.reporting.table import Table

SUFFIX = "csv"

_COLUMNS = (
    "task", "system", "role", "metric", "value", "low", "high", "confidence", "value_one_reference_fewer",
    "segments", "articles", "references", "signature", "error", "cut_sources", "read_tokens", "cut_tokens",
    "unknown_tokens", "notes",
)  # fmt: skip


def render(tables: Sequence[Table]) -> str:
    """Return the scores that tables were made from, in long form, as one table; a table of none adds nothing."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for scores in [table.scores for table in tables if table.scores is not None]:
        # Of mixed rows each has data of its own; what is known of them is in the row.
        mixed = bool(scores.mixed)
        about = ("", "") if mixed else (scores.articles, len(scores.references))
        for system in scores.systems:
            read = system.reading
            tokens = (read.cut_sources, read.tokens, read.cut_tokens, read.unknown_tokens) if read else ("",) * 4
            remarks = (*tokens, "; ".join(system.notes))
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
