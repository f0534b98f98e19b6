"""Answer what a user asks of a table beyond scores: no worse than, how many more, what to buy, where; pure.

All answers are on the primary metric. The units are articles if there are enough of them for a test, else segments,
which then speak only for their articles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from harness.core.errors import InputError
from harness.core.scores import Answers, Facet, NoWorseClaim, Purchase, SliceContrast, TaskScores, VarianceSplit
from harness.scoring import Resampling, SystemStatistics, TestSet, footing, power, sample_size, significance, slices
from harness.scoring._ranked_systems import RankedSystems
from harness.scoring.contrasts import contrasts
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
    ranked = RankedSystems.of(main.test_set, main.rows, settings, scores.primary, scores.baseline)
    of_difference = (questions.difference is not None or questions.observed) and bool(ranked.pairs)
    return replace(
        scores,
        answers=Answers(
            no_worse=_claims(ranked, questions.no_worse) if questions.no_worse is not None else (),
            sample_sizes=sample_size.plans(ranked, questions.difference, questions.looks or 1) if of_difference else (),
            variance=_variance(ranked, samples) if of_difference else None,
            contrasts=_contrasts(ranked, questions.facets, main.test_set) if questions.facets else (),
        ),
    )


def _claims(ranked: RankedSystems, margin: float) -> tuple[NoWorseClaim, ...]:
    """Return for each system whether it is shown to be no worse than the baseline."""
    return tuple(
        NoWorseClaim(
            system=ranked.systems[new].name,
            baseline=ranked.systems[old].name,
            margin=margin,
            shown=result.shown,
            upper=result.upper if isfinite(result.upper) else None,
            confidence=ranked.settings.confidence,
            changed=result.changed,
            units=result.units,
            unit=ranked.unit,
        )
        for pair in ranked.pairs
        for old, new in [sorted(pair, key=lambda place: ranked.systems[place].name != ranked.baseline)]
        for result in [
            no_worse(
                ranked.grouped(old), ranked.grouped(new), ranked.metric.score,
                higher_is_better=ranked.metric.higher_is_better, margin=margin, confidence=ranked.settings.confidence,
                resamples=ranked.settings.resamples, seed=ranked.settings.seed,
            )
        ]
    )  # fmt: skip


def _variance(ranked: RankedSystems, samples: Mapping[str, int]) -> VarianceSplit | None:
    """Return the variances of the leading pair's difference; None with one segment."""
    first, second = ranked.pairs[0]
    a, b = ranked.names((first, second))
    split = components(
        ranked.of_segments(first), ranked.of_segments(second), ranked.metric.score, ranked.articles,
        samples=(samples[a], samples[b]),
    )  # fmt: skip
    if split is None:
        return None
    return VarianceSplit(
        a, b, split.articles, split.segments, split.samples, split.error(), tuple(_purchases(split, ranked.articles))
    )


def _contrasts(ranked: RankedSystems, facets: Sequence[Facet], test_set: TestSet) -> tuple[SliceContrast, ...]:
    """Return the contrasts of all pairs on all slices of these facets, the least likely by chance first.

    If one of the facets is the article, segments are the units: an article has one unit of its own only.
    """
    parts = {(facet, value): at for facet in facets for value, at in slices.parts(test_set, facet).items()}
    by_key = {"\t".join(key): at for key, at in parts.items()}
    each = tuple(map(str, range(len(ranked.groups))))
    tested = contrasts(
        [ranked.of_segments(place) for place in range(len(ranked.systems))],
        by_key,
        ranked.metric.score,
        groups=each if "article" in facets else ranked.groups,
        pairs=ranked.pairs,
        resamples=ranked.settings.flips or ranked.settings.resamples,
        seed=ranked.settings.seed,
    )
    level = significance.level(ranked.settings.confidence)
    keys = {"\t".join(key): key for key in parts}
    return tuple(
        SliceContrast(
            *ranked.names(contrast.pair),
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
