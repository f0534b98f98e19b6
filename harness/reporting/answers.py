"""The tables of questions beyond scores: no worse than, how many more, what to buy, where systems differ."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.scores import Answers, SampleSizePlan, SliceContrast, TaskScores, VarianceSplit
from harness.reporting import Cell, Legend, Table, numbers, order
from harness.reporting.table import caption
from harness.scoring import no_worse

# Contrasts that are listed if none is shown.
_MOST_NOT_SHOWN = 3


def tables(scores: TaskScores) -> Iterator[Table]:
    """Yield the tables of the answers that there are, in the order of their questions."""
    if scores.answers.no_worse:
        yield _no_worse(scores)
    if scores.answers.sample_sizes:
        yield _sample_sizes(scores)
    if scores.answers.variance:
        yield _purchases(scores, scores.answers.variance)
    if scores.answers.contrasts:
        yield _contrasts(scores)


def _no_worse(scores: TaskScores) -> Table:
    first = scores.answers.no_worse[0]
    margin = numbers.given(first.margin)
    rows = tuple(
        (
            Cell(claim.system),
            Cell(numbers.delta(claim.upper, order.decimals(scores, scores.primary))),
            Cell(f"{claim.changed:,}/{claim.units:,}"),
            Cell(f"shown no worse by {margin}" if claim.shown else "not shown", bold=claim.shown),
        )
        for claim in scores.answers.no_worse
    )
    legend = (
        f"largest drop: {first.confidence:.0%} upper bound of how much lower the system scores than {first.baseline}, "
        f"one-sided (t, bootstrap standard error, over {first.unit}s); negative: a gain.",
        f"shown no worse by {margin}: the bound is below {margin}, and at least {no_worse.MIN_CHANGED} {first.unit}s "
        "changed; with fewer, such a claim is wrong too often. Not corrected for several systems.",
    )
    return Table(
        title=f"{scores.title}: no worse than {first.baseline} by {margin} in {order.heading(scores, scores.primary)}",
        caption=caption(scores),
        columns=("system", "largest drop", f"{first.unit}s changed", "verdict"),
        rows=rows,
        notes=(),
        legend=Legend(methods=legend),
    )


def _sample_sizes(scores: TaskScores) -> Table:
    plans = scores.answers.sample_sizes
    shown = plans if scores.baseline is not None else plans[:1]
    first = plans[0]
    difference = numbers.given(first.difference)
    with_segments = first.unit == "article"
    rows = []
    for plan in shown:
        interval = numbers.MISSING if plan.low is None or plan.high is None else f"[{plan.low:,}, {plan.high:,}]"
        more = numbers.MISSING if plan.needed is None else f"{max(0, plan.needed - plan.units):,}"
        cells = [
            Cell(f"{plan.a} − {plan.b}"),
            Cell(numbers.delta(plan.delta, order.decimals(scores, scores.primary))),
            Cell(f"{plan.units:,}"),
            Cell(_count(plan.needed)),
            Cell(interval),
            Cell(more),
        ]
        rows.append((*cells, Cell(_count(_segments(plan)))) if with_segments else tuple(cells))
    columns = ("pair", "difference", f"{first.unit}s now", "needed", "interval", "more")
    return Table(
        title=f"{scores.title}: {first.unit}s that show a difference of {difference} in "
        f"{order.heading(scores, scores.primary)}",
        caption=caption(scores),
        columns=(*columns, "segments") if with_segments else columns,
        rows=tuple(rows),
        notes=(),
        legend=Legend(methods=tuple(_on_plans(scores, first, len(plans)))),
    )


def _count(value: int | None) -> str:
    return numbers.MISSING if value is None else f"{value:,}"


def _segments(plan: SampleSizePlan) -> int | None:
    """Return the segments in so many articles as are needed, if they are as long as those at hand."""
    return None if plan.needed is None else round(plan.needed * plan.segments / plan.units)


def _on_plans(scores: TaskScores, first: SampleSizePlan, pairs: int) -> Iterator[str]:
    level = numbers.level(first.level)
    corrected = f", corrected for {pairs} pairs" if pairs > 1 else ""
    yield (
        f"needed: {first.unit}s in total with which a true difference of {numbers.given(first.difference)} would "
        f"be shown by {first.power:.0%} of samples (level {level}{corrected}); interval: {first.confidence:.0%}, of "
        "needed, because the variance is estimated."
    )
    if first.looks > 1:
        yield (
            f"With {first.looks} looks at equal steps, needed is for the last one, and a look shows a difference only "
            f"if p, not p (Holm), is below {level} (Pocock's level)."
        )
    if first.unit == "article":
        yield "segments: in so many articles, if they are as long as these."
    elif scores.articles:
        yield "More segments of the same articles speak for these articles only."
    if pairs > 1 and scores.baseline is None:
        yield "The two best systems are planned for; --format json has all pairs."


def _purchases(scores: TaskScores, split: VarianceSplit) -> Table:
    decimals = order.fine_decimals(scores, scores.primary)
    rows = [("now", split.error), *((purchase.what, purchase.error) for purchase in split.purchases)]
    return Table(
        title=f"{scores.title}: what more data would give, for {split.a} − {split.b} in "
        f"{order.heading(scores, scores.primary)}",
        caption=caption(scores),
        columns=("data", "standard error"),
        rows=tuple((Cell(what), Cell(numbers.fine(error, decimals))) for what, error in rows),
        notes=tuple(_on_variance(split)),
        legend=Legend(
            methods=(
                "Variance by ANOVA for unequal numbers of segments, of jackknife pseudo-values; a negative component "
                "counts as 0.",
            )
        ),
    )


def _on_variance(split: VarianceSplit) -> Iterator[str]:
    named = {
        "between articles": split.articles,
        "between segments" if split.articles is None else "between segments of an article": split.segments,
        "between samples": split.samples,
    }
    known = {name: value for name, value in named.items() if value is not None}
    total = sum(known.values())
    if total:
        yield f"Variance of the difference: {', '.join(f'{numbers.share(v, total)} {k}' for k, v in known.items())}."
    if split.articles is None:
        yield "The variance between articles is not known: that needs several articles of several segments."
    if split.samples is None:
        yield "Each system has one sample of its outputs, so that decoding is part of the variance between segments."


def _contrasts(scores: TaskScores) -> Table:
    answers = scores.answers
    shown = [contrast for contrast in answers.contrasts if contrast.significant]
    decimals = order.decimals(scores, scores.primary)
    return Table(
        title=f"{scores.title}: where differences in {order.heading(scores, scores.primary)} differ",
        caption=caption(scores),
        columns=("pair", "slice", "n", "there", "elsewhere", "p", "verdict"),
        rows=tuple(_contrast(contrast, decimals) for contrast in shown or answers.contrasts[:_MOST_NOT_SHOWN]),
        notes=(_on_contrasts(answers, len(shown)),),
        legend=Legend(
            methods=(
                "there, elsewhere: the difference of the pair on the slice, and on all other segments; p: sign-flip "
                "permutation test that the two are equal, corrected for all slices and pairs (largest statistic).",
            )
        ),
        optional=(2,),
    )


def _on_contrasts(answers: Answers, shown: int) -> str:
    tested = numbers.count(len(answers.contrasts), "contrast")
    if shown:
        return f"{shown} of {tested} (slices by pairs) shown."
    return f"No slice is shown to differ from the rest; of {tested} (slices by pairs), these have the lowest p."


def _contrast(contrast: SliceContrast, decimals: int) -> tuple[Cell, ...]:
    return (
        Cell(f"{contrast.a} − {contrast.b}"),
        Cell(f"{contrast.facet} {contrast.value}"),
        Cell(f"{contrast.segments:,}"),
        Cell(numbers.delta(contrast.inside, decimals), bold=contrast.significant),
        Cell(numbers.delta(contrast.outside, decimals)),
        Cell(numbers.p_value(contrast.p)),
        Cell("shown" if contrast.significant else "not shown"),
    )
