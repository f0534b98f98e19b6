"""Shares of the items of a challenge set, by the verdict on each output.

`items-passed`, `items-failed` and `items-undecided` are the shares of the three verdicts of an item's conditions (see
`harness.core.checks`). They add up to 100 and are never merged. `pairs-passed` counts a pair of items only if both
pass, so a system that always takes the likelier reading of a pair scores 0. An item without a pair counts like a pair.

`items-preferred` and `pairs-preferred` are the same for rankings of given texts (`harness.core.rankings`). An item is
passed if each correct text has a higher log-probability per token than each wrong one. Only texts whose lengths differ
by at most 20% are compared. The references are the correct texts; the other texts of a ranking are wrong ones.

A pair is an article (`harness.datasets.challenge`). The statistics of a segment therefore depend on the other segments
of its article: the credit for a pair is shared out evenly over its items.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from harness.core import checks, rankings
from harness.core.records import Check
from harness.metrics import Batch, Examples, Extra, FloatArray, Metric

PROVIDES = {
    "pairs-passed": "Share of minimal pairs of which both items pass their conditions; the score of a challenge set.",
    "items-passed": "Share of challenge items whose output passes.",
    "items-failed": "Share of challenge items whose output fails, lower is better.",
    "items-undecided": "Share of challenge items whose output neither passes nor fails: a person must look.",
    "pairs-preferred": "Share of minimal pairs of which both items have each correct text ranked above each wrong one.",
    "items-preferred": "Share of challenge items with each correct text ranked above each wrong one.",
}

# Version of the verdicts; raise it if the same output could get another one.
_VERSION = 1


class _Share(Metric):
    """The share of items, or of pairs, with one verdict; the statistics are part, whole, and the item's own verdict."""

    is_share = True
    citation = (
        "Isabelle et al. (2017), A Challenge Set Approach to Evaluating Machine Translation, "
        "https://aclanthology.org/D17-1263"
    )
    verdict: ClassVar[checks.Verdict] = "pass"

    def __init__(self, name: str, language: str, options: Metric.Options | None = None) -> None:
        super().__init__(name, language, options)
        self.normalises = False

    def statistics(self, examples: Examples) -> FloatArray:
        """Return one row per segment; the rows of a pair depend on both of its outputs.

        Raises:
            ScoringError: as `Metric.statistics`.
        """
        has_verdict, is_item = super().statistics(examples).T
        return self._shared(has_verdict, is_item, examples.articles)

    def _shared(self, has_verdict: FloatArray, is_item: FloatArray, articles: Sequence[str]) -> FloatArray:
        """Return the statistics of segments from whether each has the verdict, and whether it is an item at all."""
        return np.stack([has_verdict, is_item, has_verdict], axis=1)

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return 100 times part by whole."""
        part, whole = statistics[..., 0], statistics[..., 1]
        return 100.0 * part / np.where(whole > 0, whole, 1.0)

    def applies(self, statistics: FloatArray) -> npt.NDArray[np.bool_]:
        """Return whether there is any item."""
        return np.asarray(statistics[..., 1] > 0)

    def segment_scores(self, statistics: FloatArray) -> FloatArray:
        """Return 100 for each item that has the verdict, whatever the other item of its pair has."""
        return 100.0 * statistics[..., 2]

    def _statistics(self, batch: Batch) -> FloatArray:
        verdicts = [self._verdict(batch, index) for index in range(len(batch.hypotheses))]
        return np.array([[float(verdict == self.verdict), float(verdict is not None)] for verdict in verdicts])

    @abstractmethod
    def _verdict(self, batch: Batch, index: int) -> checks.Verdict | None:
        """Return the verdict on an output; None if the segment is no item of a challenge set."""

    def _signature(self, references: int | None) -> str:
        return f"{self._over}|verdict:{self.verdict}|{self._rule}|version:{_VERSION}"

    _over = "items"
    _rule = ""


class _OfPairs(_Share):
    """Credit for a pair, shared out over its items."""

    needs: ClassVar[tuple[Extra, ...]] = ("articles",)
    _over = "pairs"

    def _shared(self, has_verdict: FloatArray, is_item: FloatArray, articles: Sequence[str]) -> FloatArray:
        sizes = Counter(articles)
        having = Counter(article for article, value in zip(articles, has_verdict, strict=True) if value)
        whole = np.array([1 / sizes[article] for article in articles])
        complete = np.array([float(having[article] == sizes[article]) for article in articles])
        return np.stack([whole * complete, whole * is_item, has_verdict], axis=1)


class _Checked(_Share):
    """Verdicts by an item's conditions."""

    needs: ClassVar[tuple[Extra, ...]] = ("annotations",)
    _rule = "by:conditions"

    def _verdict(self, batch: Batch, index: int) -> checks.Verdict | None:
        check = next((each for each in batch.annotations[index] if isinstance(each, Check)), None)
        return None if check is None else checks.verdict(check, batch.hypotheses[index])


class _Ranked(_Share):
    """Verdicts by a ranking."""

    _rule = "by:ranking|longer:20%"

    def _verdict(self, batch: Batch, index: int) -> checks.Verdict:
        try:
            ranked = {each.text: each.mean for each in rankings.read(batch.hypotheses[index])}
        except ValueError:
            return "undecided"
        references = {stream[index] for stream in batch.references}
        right, wrong = ([text for text in ranked if (text in references) is is_right] for is_right in (True, False))
        compared = list(rankings.comparable(right, wrong))
        if not compared:
            return "undecided"
        return "pass" if all(ranked[one] > ranked[other] for one, other in compared) else "fail"


class _ItemsPassed(_Checked):
    pass


class _ItemsFailed(_Checked):
    verdict: ClassVar[checks.Verdict] = "fail"
    higher_is_better = False


class _ItemsUndecided(_Checked):
    verdict: ClassVar[checks.Verdict] = "undecided"
    higher_is_better = False


class _PairsPassed(_OfPairs, _Checked):
    needs: ClassVar[tuple[Extra, ...]] = ("annotations", "articles")


class _ItemsPreferred(_Ranked):
    pass


class _PairsPreferred(_OfPairs, _Ranked):
    needs: ClassVar[tuple[Extra, ...]] = ("articles",)


METRICS: dict[str, type[Metric]] = {
    "pairs-passed": _PairsPassed,
    "items-passed": _ItemsPassed,
    "items-failed": _ItemsFailed,
    "items-undecided": _ItemsUndecided,
    "pairs-preferred": _PairsPreferred,
    "items-preferred": _ItemsPreferred,
}
