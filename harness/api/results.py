"""The object that `harness.run`, `harness.score` and `harness.load_run` return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.api import records

if TYPE_CHECKING:
    from harness.core.scores import TaskScores
    from harness.core.segments import TaskView
    from harness.reporting import Table
    from harness.reporting.html import Page
    from harness.runs.store import Run


class Results:
    """Scores of systems, their comparisons, and the segments that they come from.

    In a notebook it shows itself as tables; `print` writes them as text. `name` and `path` are those of a run, and are
    empty for texts.

    Example:
        >>> import harness
        >>> texts = {"a": ["They met in Tokyo.", "A pact was signed."], "b": ["They meet Tokyo.", "It signed."]}
        >>> results = harness.score(texts, ["They met in Tokyo today.", "The pact was signed."])
        >>> [(row["system"], round(row["value"], 1)) for row in results.scores() if row["is_primary"]]
        [('a', 75.5), ('b', 34.9)]
        >>> [(row["id"], row["system"], row["output"]) for row in results.segments()][0]
        ('1', 'a', 'They met in Tokyo.')
        >>> [(row["a"], row["b"], row["wins"]) for row in results.comparisons() if row["is_primary"]]
        [('a', 'b', 2)]
    """

    def __init__(
        self,
        tables: Callable[[], Sequence[TaskScores]],
        views: Callable[[], Sequence[TaskView]],
        *,
        run: Run | None = None,
        answered: Callable[[], Sequence[TaskScores]] | None = None,
    ) -> None:
        """Take functions that read the scores and the segments when they are first needed, and the run if any.

        `answered` reads the scores with the sample sizes that the page shows; without it, `tables` has these.
        """
        self.name = run.name if run else ""
        self.path = str(run.path) if run else ""
        self._run = run
        self._read_tables = tables
        self._read_views = views
        self._read_answered = answered

    @cached_property
    def _tables(self) -> tuple[TaskScores, ...]:
        return tuple(self._read_tables())

    @cached_property
    def _views(self) -> tuple[TaskView, ...]:
        return tuple(self._read_views())

    def scores(self) -> list[dict[str, Any]]:
        """Return a record for each system and metric: value, interval, ranks, signature.

        The keys are task, dataset (None if there is one only), system, role ("system", "reference", "oracle"), run,
        metric, is_primary, value, low, high, confidence, best_rank, worst_rank, all_references, higher_is_better,
        segments, signature and error. What is not known is None. A system that failed has one record, with its error.
        """
        return list(records.scores(self._tables))

    def comparisons(self) -> list[dict[str, Any]]:
        """Return a record for each pair of systems and each metric; the difference is that of `a` minus `b`.

        The keys are task, dataset, metric, is_primary, a, b, delta, low, high, p, p_adjusted (Holm), significant, wins,
        ties and losses. `low` and `high` are an interval for all pairs at once.
        """
        return list(records.comparisons(self._tables))

    def segments(self) -> list[dict[str, Any]]:
        """Return a record for each output, with its source, references, scores and flags.

        The keys are task, dataset, id, article, kind, words (of the source), system, a key for each metric (the score
        of this segment alone, against all of its references), flags ("empty, stopped"), source, output, a key for each
        version of the references ("reference close"), output_tokens and seconds.
        """
        return list(records.segments(self._views))

    def _page(self, title: str | None) -> Page:
        """Return the page on these results; that on a run also says how its outputs were made."""
        from harness.runs import report

        tables = self._read_answered() if self._read_answered else self._tables
        if self._run is None:
            return report.of_scores(tables, self._views, {}, title=title or "Scores")
        return report.of_scores(tables, self._views, {self._run.name: self._run}, title=title)

    def notes(self) -> list[str]:
        """Return the notes on the scores and on texts that are missing, each once."""
        notes = [note for table in self._tables for note in table.notes]
        return list(dict.fromkeys([*notes, *(note for view in self._views for note in view.notes)]))

    def report(self, path: str | Path, *, title: str | None = None) -> str:
        """Write the page that `harness report` writes, and return its path; an old file is replaced.

        It has plots if the extra `plots` is installed.

        Args:
            path: the HTML file.
            title: of the page; None: the name of the run's config.

        Raises:
            HarnessError: the file cannot be written.
        """
        from harness.runs import report

        report.write(self._page(title), Path(path))
        return str(path)

    def _rendered(self) -> list[Table]:
        from harness.reporting.table import systems_table

        return [systems_table(table) for table in self._tables]

    def _repr_html_(self) -> str:
        from harness.reporting import notebook

        return notebook.render(self._rendered())

    def __str__(self) -> str:
        from harness.reporting import terminal

        return terminal.render(self._rendered()).rstrip("\n")

    def __repr__(self) -> str:
        tasks = ", ".join(
            f"{table.title} ({', '.join(row.name for row in table.systems if row.role == 'system')})"
            for table in self._tables
        )
        return f"<harness.Results {f'of {self.name}' if self.name else 'of texts'}: {tasks}>"
