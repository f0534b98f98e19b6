"""Recall of the facts of an article: which of its content units an output states, by their wordings.

`facts` reads the facts that a dataset lists (`facts.jsonl`) and no reference. A summary is compared with all facts of
its article, a translation with the facts of its segment. `harness.core.text.statements` says when a text states a
fact or reverses it. A reversed fact ("did not win") is an error: it earns nothing, and `explain` names it.

The unit is that of Pyramid (Nenkova and Passonneau 2004), but the score differs from it: one annotator lists the units
and gives each a weight of two levels, where Pyramid weights a unit by the number of reference summaries that have it;
wordings decide, not a reader; and the score is recall over all units, not the share of the best sum of weights that so
many units could have. A summary is shorter than its article, so it cannot reach 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from harness.core.errors import InputError
from harness.core.records import Entity, Fact
from harness.core.text import bindings, statements
from harness.core.text.statements import Verdict
from harness.metrics import Batch, FloatArray, Metric
from harness.metrics._annotated import Annotated

PROVIDES = {
    "facts": "Recall of the dataset's facts, by wordings; vital facts count twice.",
    "facts-vital": "Recall of the vital facts alone.",
    "facts-supporting": "Recall of the supporting facts alone.",
}
# Version of the rules by which a text states a fact. Raise it when they change a verdict.
VERSION = 2
_RIVALS = ("person", "number", "money")
_WEIGHTS = ("vital", "supporting")
_COLUMNS = ("expected", "stated", "reversed")  # of each weight


def rivals(annotations: Iterable[object], language: str) -> bindings.Names:
    """Return the persons, numbers and amounts of which a fact may have the wrong one."""
    return bindings.names(
        (each.type, each.forms[language] if each.value is None else (*each.forms[language], f"={each.value}"))
        for each in annotations
        if isinstance(each, Entity) and each.type in _RIVALS and language in each.forms
    )


class FactRecall(Annotated[Fact]):
    """Statistics: for vital and then for supporting facts, how many a segment has, states and reverses."""

    citation = (
        "After Nenkova and Passonneau (2004), Evaluating Content Selection in Summarization: The Pyramid Method, "
        "https://aclanthology.org/N04-1019; weights and matching are the harness's own"
    )

    VERDICTS: ClassVar[tuple[Verdict, ...]] = ("missing", "reversed", "stated")

    @dataclass(frozen=True)
    class Options(Metric.Options):
        """The weight of a vital fact; that of a supporting fact is 1."""

        vital: float = 2.0  # above 0

    def __init__(self, name: str, language: str, options: Options | None = None) -> None:
        options = options or self.Options()
        super().__init__(name, language, options)
        if not options.vital > 0:
            raise InputError(f"metric {name}: expected vital above 0")
        only = self.plain_name.partition("-")[2]
        self._weights = np.array([
            0.0 if only not in ("", weight) else options.vital if weight == "vital" else 1.0 for weight in _WEIGHTS
        ])
        self._vital = options.vital

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the share of the weight of all facts that is stated; 0 if there is no fact."""
        by_weight = statistics.reshape(*statistics.shape[:-1], len(_WEIGHTS), len(_COLUMNS))
        expected, stated = ((by_weight[..., column] * self._weights).sum(axis=-1) for column in range(2))
        return np.asarray(100.0 * stated / np.where(expected > 0, expected, 1.0))

    def applies(self, statistics: FloatArray) -> npt.NDArray[np.bool_]:
        """Return whether there is a fact of the metric's weights."""
        by_weight = statistics.reshape(*statistics.shape[:-1], len(_WEIGHTS), len(_COLUMNS))
        return np.asarray((by_weight[..., 0] * self._weights).sum(axis=-1) > 0)

    def relevant(self, annotations: Sequence[object]) -> tuple[Fact, ...]:
        """Return the facts with wordings in the metric's language."""
        return tuple(each for each in annotations if isinstance(each, Fact) and self.language in each.forms)

    def _judge(self, sentence: str, relevant: Sequence[Fact], annotations: Sequence[object]) -> list[int]:
        names = rivals(annotations, self.language)
        verdicts = (
            statements.judge(fact.forms[self.language], (sentence,), negated=fact.negated, names=names)
            for fact in relevant
        )
        return [self.VERDICTS.index(verdict) for verdict in verdicts]

    def _statistics(self, batch: Batch) -> FloatArray:
        rows = np.zeros((len(batch.hypotheses), len(_WEIGHTS), len(_COLUMNS)))
        for row, hypothesis, of_segment in zip(rows, batch.hypotheses, batch.annotations, strict=True):
            facts, levels = self._levels(hypothesis, of_segment)
            for fact, level in zip(facts, levels, strict=True):
                counts = row[_WEIGHTS.index(fact.weight)]
                counts[0] += 1
                if level:
                    counts[_COLUMNS.index(self.VERDICTS[level])] += 1
        return rows.reshape(len(rows), -1)

    def _signature(self, references: int | None) -> str:
        only = self.plain_name.partition("-")[2]
        weights = only or f"vital*{self._vital:g}+supporting"
        number = "var" if references is None else references
        return f"nrefs:{number}|facts:{weights}|lang:{self.language.partition('_')[0]}|version:{VERSION}"


METRICS = dict.fromkeys(PROVIDES, FactRecall)
