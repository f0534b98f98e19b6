"""Answer what a user asks of a table beyond scores: no worse than, how many more, what to buy, where; pure.

All answers are on the primary metric. The units are articles if there are enough of them for a test, else segments,
which then speak only for their articles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import isfinite
from typing import Literal

from harness.core.errors import InputError
from harness.core.scores import (
    Answers,
    Facet,
    NoWorseClaim,
    Purchase,
    SampleSizePlan,
    SliceContrast,
    TaskScores,
    VarianceSplit,
)
from harness.metrics import Metric
from harness.scoring import (
    FloatArray,
    Resampling,
    SystemStatistics,
    TestSet,
    footing,
    influence,
    metric_of,
    power,
    significance,
    slices,
)
from harness.scoring.contrasts import contrasts
from harness.scoring.footing import Footing
from harness.scoring.no_worse import no_worse
from harness.scoring.variance import Components, components

# What `VarianceSplit` offers: so many more segments, in so many new articles.
_MORE_SEGMENTS = 100
_MORE_ARTICLES = (1, 10, 100)


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions that are asked beyond scores.

    Raises:
        InputError: a value is out of range, or one lacks another.
    """

    no_worse: float | None = None  # margin in points, from 0; needs a baseline
    difference: float | None = None  # the true difference that a plan should show, in points
    looks: int | None = None  # how often the data will be tested as they come in; needs a difference
    facets: tuple[Facet, ...] = ()  # by which segments are sliced, to test where systems differ
    observed: bool = False  # plan for the observed difference of each pair, if `difference` is not given

    def __post_init__(self) -> None:
        if self.no_worse is not None and not (isfinite(self.no_worse) and self.no_worse >= 0):
            raise InputError(f"expected a margin in points from 0, found {self.no_worse}", where="--no-worse")
        if self.difference is not None and not (isfinite(self.difference) and self.difference > 0):
            raise InputError(f"expected a difference in points above 0, found {self.difference}", where="--difference")
        if self.looks is not None and not 1 <= self.looks <= power.MAX_LOOKS:
            raise InputError(f"expected a number from 1 to {power.MAX_LOOKS}, found {self.looks}", where="--looks")
        if self.looks is not None and self.difference is None:
            raise InputError(
                "expected --difference POINTS too, the difference that the looks should show", where="--looks"
            )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return self == Questions()

    def check(self, baseline: str | None) -> None:
        """Raise InputError if a question needs a baseline and there is none."""
        if self.no_worse is not None and baseline is None:
            raise InputError(
                "expected --baseline NAME too, the system that the others are compared with", where="--no-worse"
            )


def answered(
    scores: TaskScores,
    test_set: TestSet,
    rows: Sequence[SystemStatistics],
    settings: Resampling,
    questions: Questions,
) -> TaskScores:
    """Return a table's scores with the answers to the questions; the rows are those that the scores come from."""
    main = footing.of(test_set, rows)
    samples = {row.name: len(row.statistics[scores.primary]) for row in rows if scores.primary in row.statistics}
    table = _Table.of(main.test_set, main.rows, samples, settings, scores.primary, scores.baseline)
    of_difference = (questions.difference is not None or questions.observed) and bool(table.pairs)
    return replace(
        scores,
        answers=Answers(
            no_worse=table.claims(questions.no_worse) if questions.no_worse is not None else (),
            sample_sizes=table.plans(questions.difference, questions.looks or 1) if of_difference else (),
            variance=table.variance() if of_difference else None,
            contrasts=table.contrasts(questions.facets, main.test_set) if questions.facets else (),
        ),
    )


def more_data(scores: TaskScores, main: Footing, settings: Resampling) -> SampleSizePlan | None:
    """Return how many units would show the observed difference of the two best systems.

    None is returned if a test shows it already, if the two are not compared, or if there is nothing to estimate it
    from: one unit, or no difference.
    """
    table = _Table.of(main.test_set, main.rows, {}, settings, scores.primary, scores.baseline)
    best = (0, 1)
    if best not in table.pairs:
        return None
    names = set(table.names(best))
    tested = next(each for each in scores.comparisons if (each.metric, {each.a, each.b}) == (scores.primary, names))
    plan = table.plan(best, None, 1)
    return None if tested.significant or plan.needed is None else plan


def curve(
    test_set: TestSet, rows: Sequence[SystemStatistics], settings: Resampling, metric: str, difference: float | None
) -> Curve | str:
    """Return how power grows with the number of units, for the two best systems on a metric; or why there is no curve.

    Without a difference, the curve is for the observed one. The reason names the condition that is not met: two
    systems, two units, a unit on which the systems differ, and a difference to plan for.
    """
    main = footing.of(test_set, rows)
    table = _Table.of(main.test_set, main.rows, {}, settings, metric, None)
    return table.curve(difference)


@dataclass(frozen=True, slots=True)
class Curve:
    """A plan with the power and the detectable difference for several numbers of units, in order."""

    metric: str
    plan: SampleSizePlan
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What so many units would show."""

    units: int
    power: float  # how likely they show the planned difference, if it is the true one
    detectable: float | None  # the true difference that they show with the plan's power; None: they can show none


@dataclass(frozen=True, slots=True)
class _Table:
    """The systems of a table on one metric, best first."""

    metric: Metric
    systems: tuple[SystemStatistics, ...]
    pairs: tuple[tuple[int, int], ...]  # places of the better and the worse system; the leading pair is the first
    baseline: str | None
    unit: Literal["segment", "article"]
    groups: tuple[str, ...]  # the unit of each segment
    articles: tuple[str, ...]  # of each segment; empty if unknown
    samples: Mapping[str, int]  # how many outputs each system gives for a source
    settings: Resampling

    @classmethod
    def of(
        cls,
        test_set: TestSet,
        rows: Sequence[SystemStatistics],
        samples: Mapping[str, int],
        settings: Resampling,
        primary: str,
        baseline: str | None,
    ) -> _Table:
        metric = metric_of(test_set, primary)
        sign = -1 if metric.higher_is_better else 1
        systems = sorted(
            (row for row in rows if row.role == "system" and row.error is None),
            key=lambda row: sign * significance.value(row.statistics[primary], metric.score),
        )
        pairs = [
            pair for pair in combinations(range(len(systems)), 2)
            if baseline is None or baseline in [systems[place].name for place in pair]
        ]  # fmt: skip
        several = len(set(test_set.articles)) >= significance.MIN_UNITS
        groups = test_set.articles if several else tuple(map(str, range(len(test_set.ids))))
        unit: Literal["segment", "article"] = "article" if several else "segment"
        return cls(metric, tuple(systems), tuple(pairs), baseline, unit, groups, test_set.articles, samples, settings)

    @property
    def units(self) -> int:
        return len(set(self.groups))

    def grouped(self, place: int) -> FloatArray:
        """Return the statistics of a system summed over each unit."""
        return significance.by_group(self.of_segments(place), self.groups)

    def of_segments(self, place: int) -> FloatArray:
        return self.systems[place].statistics[self.metric.name]

    def names(self, pair: tuple[int, int]) -> tuple[str, str]:
        return self.systems[pair[0]].name, self.systems[pair[1]].name

    def delta(self, pair: tuple[int, int]) -> float:
        first, second = (significance.value(self.of_segments(place), self.metric.score) for place in pair)
        return first - second

    def claims(self, margin: float) -> tuple[NoWorseClaim, ...]:
        """Return of each system whether it is shown to be no worse than the baseline."""
        return tuple(
            NoWorseClaim(
                system=self.systems[new].name,
                baseline=self.systems[old].name,
                margin=margin,
                shown=result.shown,
                upper=result.upper if isfinite(result.upper) else None,
                confidence=self.settings.confidence,
                changed=result.changed,
                units=result.units,
                unit=self.unit,
            )
            for pair in self.pairs
            for old, new in [sorted(pair, key=lambda place: self.systems[place].name != self.baseline)]
            for result in [
                no_worse(
                    self.grouped(old), self.grouped(new), self.metric.score,
                    higher_is_better=self.metric.higher_is_better, margin=margin, confidence=self.settings.confidence,
                    resamples=self.settings.resamples, seed=self.settings.seed,
                )
            ]
        )  # fmt: skip

    def plans(self, difference: float | None, looks: int) -> tuple[SampleSizePlan, ...]:
        """Return a plan for each pair; see `plan`."""
        return tuple(self.plan(pair, difference, looks) for pair in self.pairs)

    @property
    def level(self) -> float:
        """The strictest level of the correction for all pairs, which `detectable` has too."""
        return significance.level(self.settings.confidence) / len(self.pairs)

    def influences(self, pair: tuple[int, int]) -> FloatArray:
        """Return the influence [units] of each unit on the difference of a pair."""
        return influence.of_difference(self.grouped(pair[0]), self.grouped(pair[1]), self.metric.score)

    def plan(self, pair: tuple[int, int], difference: float | None, looks: int) -> SampleSizePlan:
        """Return the plan for a pair; without a difference, for the one that was observed."""
        a, b = self.names(pair)
        delta = self.delta(pair)
        to_show = abs(delta) if difference is None else difference
        size = power.sample_size(
            self.influences(pair), to_show, level=self.level, confidence=self.settings.confidence, looks=looks
        )
        return SampleSizePlan(
            a=a,
            b=b,
            delta=delta,
            difference=to_show,
            units=self.units,
            unit=self.unit,
            segments=len(self.groups),
            needed=size.needed if size else None,
            low=size.low if size else None,
            high=size.high if size else None,
            confidence=self.settings.confidence,
            level=power.pocock_level(self.level, looks),
            looks=looks,
            power=power.POWER,
        )

    def curve(self, difference: float | None) -> Curve | str:
        """Return the plan for the two best systems, with points around the units now and the units needed.

        If there is nothing to estimate it from, the reason is returned in words.
        """
        if not self.pairs:
            return f"it needs two systems with scores, found {len(self.systems)}"
        if self.units < 2:
            return f"it needs at least two segments, found {self.units}"
        best = self.pairs[0]
        plan = self.plan(best, difference, 1)
        a, b = self.names(best)
        of_units = power.PowerCurve.of(self.influences(best), level=self.level)
        if of_units is None:
            return f"{a} and {b} differ in {self.metric.name} on no {self.unit}, so no number can be planned"
        if plan.needed is None:
            return f"{a} and {b} have the same {self.metric.name}; give the difference to show: --difference POINTS"
        points = (
            CurvePoint(units, of_units.power(units, plan.difference), of_units.detectable(units))
            for units in _steps(plan.units, plan.needed)
        )
        return Curve(self.metric.name, plan, tuple(points))

    def variance(self) -> VarianceSplit | None:
        """Return the variances of the leading pair's difference; None with one segment."""
        first, second = self.pairs[0]
        a, b = self.names((first, second))
        split = components(
            self.of_segments(first), self.of_segments(second), self.metric.score, self.articles,
            samples=(self.samples[a], self.samples[b]),
        )  # fmt: skip
        if split is None:
            return None
        return VarianceSplit(
            a, b, split.articles, split.segments, split.samples, split.error(), tuple(_purchases(split, self.articles))
        )

    def contrasts(self, facets: Sequence[Facet], test_set: TestSet) -> tuple[SliceContrast, ...]:
        """Return the contrasts of all pairs on all slices of these facets, the least likely by chance first.

        If one of the facets is the article, segments are the units: an article has one unit of its own only.
        """
        parts = {(facet, value): at for facet in facets for value, at in slices.parts(test_set, facet).items()}
        by_key = {"\t".join(key): at for key, at in parts.items()}
        each = tuple(map(str, range(len(self.groups))))
        tested = contrasts(
            [self.of_segments(place) for place in range(len(self.systems))],
            by_key,
            self.metric.score,
            groups=each if "article" in facets else self.groups,
            pairs=self.pairs,
            resamples=self.settings.flips or self.settings.resamples,
            seed=self.settings.seed,
        )
        level = significance.level(self.settings.confidence)
        keys = {"\t".join(key): key for key in parts}
        return tuple(
            SliceContrast(
                *self.names(contrast.pair),
                facet=keys[contrast.part][0],
                value=keys[contrast.part][1],
                segments=len(by_key[contrast.part]),
                inside=contrast.inside,
                outside=contrast.outside,
                p=contrast.p,
                significant=contrast.p < level,
            )
            for contrast in sorted(tested, key=lambda contrast: contrast.p)
        )


def _steps(now: int, needed: int) -> list[int]:
    """Return the units now and the units needed, among round numbers from half the smaller to twice the larger."""
    low, high = max(2, min(now, needed) // 2), 2 * max(now, needed)
    round_numbers = (digit * 10**power for power in range(len(str(high))) for digit in (1, 2, 3, 5, 7))
    return sorted({now, needed, *(number for number in round_numbers if low <= number <= high)})


def _purchases(split: Components, articles: Sequence[str]) -> list[Purchase]:
    """Return what more data would give: segments in new articles, or of the same kind, and samples."""
    more = f"{_MORE_SEGMENTS} more segments"
    if split.articles is not None:
        bought = [
            Purchase(
                f"{more} in {count} new article{'s' if count > 1 else ''}", split.error_with(_MORE_SEGMENTS, count)
            )
            for count in _MORE_ARTICLES
        ]
    elif len(set(articles)) > 1:
        bought = [Purchase(f"{more}, each a new article", split.error_with(_MORE_SEGMENTS, _MORE_SEGMENTS))]
    else:
        of_same = "of the same article" if articles else "like these"
        bought = [Purchase(f"{more} {of_same}", split.error((sum(split.sizes) + _MORE_SEGMENTS,)))]
    if split.samples is not None:
        bought.append(Purchase("twice as many samples of each system", split.error(samples_factor=2)))
    return bought
