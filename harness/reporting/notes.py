"""The lines below a table of systems: notes on its rows, and the legend that other tables may share.

One function per note; each yields nothing if the table does not need it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.core.scores import Comparison, Interval, TaskScores
from harness.reporting import Legend, numbers, order
from harness.scoring import intervals

# How formats show the best score; plain text cannot have bold letters.
BEST = "Bold, or between asterisks: the best system."
# Beside a score that is not shown to differ from the best one.
TIE = "≈"
# Beside a difference from the baseline that the paired test shows.
SHOWN = " shown"
BEST_OF_SWEEP = "¶"
MARKS = {"system": "", "reference": "†", "oracle": "‡", "published": "§"}


def notes(scores: TaskScores) -> tuple[str, ...]:
    """Return the notes on the rows of a table: the most urgent first."""
    on_rows = (_mixed, more_data, _failures, _noise, _sweeps, _remarks, _reference_counts, _published)
    each = (*on_rows, _on_the_data, _intervals_of_mixed_rows)
    return tuple(note for function in each for note in function(scores))


def primary_marks(tables: Iterable[TaskScores]) -> tuple[str, ...]:
    """Return the lines of the legend on the marks beside primary scores, each once."""
    lines = (line for scores in tables for line in (*_marks_of_best(scores, [scores.primary]), *_difference(scores)))
    return tuple(dict.fromkeys(lines))


def legend(scores: TaskScores, diagnostics: Iterable[str]) -> Legend:
    """Return the fine print of a table; `diagnostics` are the lines on the columns of diagnostics."""
    of_systems = (_best, _best_of_sweep, _unit, _rank, _difference, _secondary)
    marks = (*of_systems, _reference_row, _oracle_row, _published_rows, _arrow)
    methods = (_footing, _intervals, _one_article, _few_articles, _unknown_articles, _few_units)
    return Legend(
        marks=(*(line for function in marks for line in function(scores)), *diagnostics),
        methods=() if scores.mixed else tuple(line for function in methods for line in function(scores)),
        signatures=tuple(_signatures(scores)),
    )


# --- notes on the rows ------------------------------------------------------------------------------------------------


def _mixed(scores: TaskScores) -> Iterator[str]:
    if scores.mixed:
        yield scores.mixed


def more_data(scores: TaskScores) -> Iterator[str]:
    """Say how many units would show the difference of the two best systems, if the test does not show it."""
    plan = scores.more_data
    if plan is None or plan.needed is None or plan.low is None or plan.high is None:
        return
    points = numbers.fine(plan.difference, order.fine_decimals(scores, scores.primary))
    difference = f"{plan.a} is ahead of {plan.b} by {points} {scores.primary}"
    if plan.needed <= plan.units:
        few = numbers.count(plan.units, plan.unit)
        yield f"{difference}: {few} are about as many as show such a difference, so that a few more may show it."
        return
    yield (
        f"{difference}: about {numbers.about(plan.needed)} {plan.unit}s like these {plan.units:,} would show such a "
        f"difference, if it is real ({plan.confidence:.0%} interval {numbers.about(plan.low)} to "
        f"{numbers.about(plan.high)}; power {plan.power:.0%})."
    )


def _failures(scores: TaskScores) -> Iterator[str]:
    for system in scores.systems:
        if system.error:
            yield f"{system.name}: failed: {system.error}"
    for metric, reason in scores.failed_metrics.items():
        yield f"no {metric}: {reason}"


def _noise(scores: TaskScores) -> Iterator[str]:
    """Say how much scores change if systems are asked the same again; smaller differences count for nothing."""
    metric, decimals = scores.primary, order.fine_decimals(scores, scores.primary)
    measured = {
        system.name: system.metrics[metric].noise
        for system in scores.systems
        if metric in system.metrics and system.metrics[metric].noise is not None
    }
    if not measured:
        return
    each = ", ".join(f"{name} by {numbers.fine(floor or 0.0, decimals)}" for name, floor in measured.items())
    text = f"Noise: asked again, the {metric} of a system changes (95% of the times, at most): {each}"
    lost = [f"{pair.a} and {pair.b}" for pair in scores.comparisons if pair.metric == metric and _is_noise(pair)]
    if lost:
        text += f". Within it, so neither ranked nor bold: {', '.join(lost)}"
    yield f"{text}."


def _is_noise(pair: Comparison) -> bool:
    return pair.noise is not None and abs(pair.delta) <= pair.noise


def _sweeps(scores: TaskScores) -> Iterator[str]:
    """Warn that the best of several settings is overrated on the data that it was chosen on."""
    for sweep in scores.sweeps:
        text = (
            f"Warning: {sweep.best} is the best of {len(sweep.members)} settings of {sweep.system} on this test set, "
            "so its score is optimistic"
        )
        if sweep.optimism is not None and sweep.optimism_if_equal is not None:
            decimals = order.fine_decimals(scores, scores.primary)
            text += (
                f": by about {numbers.fine(sweep.optimism, decimals)} points of {scores.primary} (bootstrap), or "
                f"{numbers.fine(sweep.optimism_if_equal, decimals)} if all settings are equally good"
            )
        yield f"{text}. Choose settings on other data."


def _remarks(scores: TaskScores) -> Iterator[str]:
    for system in scores.systems:
        for remark in system.notes:
            yield f"{system.name}: {remark}"


def _reference_counts(scores: TaskScores) -> Iterator[str]:
    if scores.reference_counts:
        parts = [
            f"{numbers.count(segments, 'segment')} with {numbers.count(count, 'reference') if count else 'none'}"
            for count, segments in sorted(scores.reference_counts.items(), reverse=True)
        ]
        yield f"References: {', '.join(parts)}."


def _published(scores: TaskScores) -> Iterator[str]:
    """Say of each published row where it is from; rows from one source share a line."""
    names: dict[str, dict[str, None]] = {}
    for figure in scores.published:
        names.setdefault(figure.about, {})[figure.system] = None
    for about, of_source in names.items():
        yield f"{MARKS['published']} {', '.join(of_source)}: {about}."


def _on_the_data(scores: TaskScores) -> Iterator[str]:
    yield from scores.notes


def _intervals_of_mixed_rows(scores: TaskScores) -> Iterator[str]:
    """Say of each row what its scores and intervals are over: rows of a mixed table differ in that."""
    if not scores.mixed:
        return
    groups: dict[tuple[int, str, bool], tuple[Interval | None, list[str]]] = {}
    for system in scores.systems:
        if system.metrics:
            interval = next((score.interval for score in system.metrics.values() if score.interval), None)
            over = (interval.units, str(interval.unit)) if interval else (1, "")
            groups.setdefault((*over, order.leaves_one_out(system)), (interval, []))[1].append(system.name)
    for (_, _, leaves_one_out), (interval, names) in groups.items():
        left_out = "; one reference left out at a time" if leaves_one_out else ""
        if interval is None:
            yield f"{', '.join(names)}: no interval{left_out}."
        else:
            # Runs know their articles, so segments are resampled only if there is one article.
            only = ", which are of one article: they do not speak for others" if interval.unit == "segment" else ""
            over_units = numbers.count(interval.units, interval.unit)
            yield f"{', '.join(names)}: {_method(interval)} over {over_units}{only}{left_out}."


# --- the legend: marks and columns ------------------------------------------------------------------------------------


def _best(scores: TaskScores) -> Iterator[str]:
    yield from _marks_of_best(scores, order.metrics(scores))


def _marks_of_best(scores: TaskScores, names: Sequence[str]) -> Iterator[str]:
    """Explain the marks that the columns of these metrics have."""
    if any(order.best(scores, name) is not None for name in names):
        yield BEST
    if any(order.is_tie(scores, system, name) for system in scores.systems for name in names):
        yield (
            f"{TIE}: not shown to differ from the best (corrected paired test, or the interval of the difference "
            "contains 0)."
        )


def _best_of_sweep(scores: TaskScores) -> Iterator[str]:
    if scores.sweeps:
        yield (
            f"{BEST_OF_SWEEP} the best member of a sweep on {scores.primary}; the other members stand below it, "
            "whatever their scores."
        )


def _unit(scores: TaskScores) -> Iterator[str]:
    """Say what the column of units means, if there is one."""
    if units := dict.fromkeys(system.unit for system in scores.systems if system.unit):
        longer = " and ".join(f"{unit}s" for unit in units)
        yield (
            f"unit: what one output stood for. Outputs for whole {longer} were divided before scoring: all scores here "
            f"are of the same shorter units, and none is of whole {longer}."
        )


def _rank(scores: TaskScores) -> Iterator[str]:
    if order.has_ranks(scores):
        text = f"rank: the best and the worst that a system may have on {scores.primary}, by the pairs shown to differ."
        if order.group_ends(scores):
            text += " Between lines, every system above is shown to be better than every one below."
        yield text


def _difference(scores: TaskScores) -> Iterator[str]:
    """Say what the brackets beside a score contain, if the table has a baseline."""
    if scores.baseline is None or not scores.comparisons:
        return
    text = f"(+1.0): difference from {scores.baseline}"
    if any(comparison.significant for comparison in scores.comparisons):
        text += f";{SHOWN}: by the paired test, corrected for all comparisons with {scores.baseline}"
    elif any(comparison.p is not None for comparison in scores.comparisons):
        text += "; the paired test shows none of these differences"
    else:
        text += "; not tested"
    yield f"{text}."


def _secondary(scores: TaskScores) -> Iterator[str]:
    """Say that only the primary metric makes claims, if another column has a mark of one."""
    others = [name for name in order.metrics(scores) if name != scores.primary]
    is_marked = any(order.is_tie(scores, system, name) for system in scores.systems for name in others) or any(
        pair.significant and pair.metric != scores.primary for pair in scores.comparisons
    )
    if is_marked and not scores.mixed:
        yield "Claims rest on the primary metric; marks in other columns are not corrected across metrics."


def _reference_row(scores: TaskScores) -> Iterator[str]:
    if any(system.role == "reference" for system in scores.systems):
        yield f"{MARKS['reference']} not a system: each reference scored against the others (leave one out)."


def _oracle_row(scores: TaskScores) -> Iterator[str]:
    if any(system.role == "oracle" for system in scores.systems):
        yield (
            f"{MARKS['oracle']} not a system: for each metric, the sentences of the source with the highest score "
            "found, selected with the references in view."
        )


def _published_rows(scores: TaskScores) -> Iterator[str]:
    if scores.published:
        yield f"{MARKS['published']} published by others, not computed here: never ranked or tested."


def _arrow(scores: TaskScores) -> Iterator[str]:
    if not all(order.higher_is_better(scores, name) for name in order.metrics(scores)):
        yield f"{order.LOWER}: lower is better."


# --- the legend: methods and signatures -------------------------------------------------------------------------------


def _interval(scores: TaskScores) -> Interval | None:
    """Return one interval of a table; all are over the same units."""
    return next((s.interval for system in scores.systems for s in system.metrics.values() if s.interval), None)


def _method(interval: Interval) -> str:
    return (
        f"{interval.confidence:.0%} interval, {interval.method} ({interval.resamples:,} resamples, seed "
        f"{interval.seed})"
    )


def _footing(scores: TaskScores) -> Iterator[str]:
    """Say that all rows have the same number of references, and what belongs to these scores."""
    if scores.leaves_one_out:
        yield (
            "Leave one out: like the reference row, every row leaves one reference out in turn, and averages. "
            "Intervals, tests, ranks and the verdict use these scores. A column with refs in its heading uses all "
            "references, as published scores do."
        )


def _intervals(scores: TaskScores) -> Iterator[str]:
    interval = _interval(scores)
    if interval is not None:
        yield f"[low, high]: {_method(interval)} over {interval.unit}s."
    elif any(system.metrics for system in scores.systems):
        units, unit = (scores.articles, "article") if scores.articles > 1 else (scores.segments, "segment")
        yield f"{numbers.count(units, unit)} cannot give an interval; {intervals.MIN_UNITS} could."


def _one_article(scores: TaskScores) -> Iterator[str]:
    if _interval(scores) is not None and scores.articles == 1:
        yield "Intervals and tests speak for this one article, not for others."


def _few_articles(scores: TaskScores) -> Iterator[str]:
    """Say what the tests speak for, if they are over the segments of several articles."""
    if scores.testing is not None and scores.testing.unit == "segment" and scores.articles > 1:
        yield (
            "Tests and intervals of differences are over segments: they speak for these "
            f"{scores.articles} articles, not for others."
        )


def _unknown_articles(scores: TaskScores) -> Iterator[str]:
    if _interval(scores) is not None and not scores.articles:
        yield "The articles are not known, so segments count as independent of each other."


def _few_units(scores: TaskScores) -> Iterator[str]:
    interval = _interval(scores)
    if interval is not None and interval.units < intervals.FEW_UNITS:
        narrow = "intervals are too narrow and " if interval.method.startswith("percentile") else ""
        few = f"fewer than {intervals.FEW_UNITS} {interval.unit}s"
        yield f"Warning: with {few}, {narrow}only large differences can be shown."


def _signatures(scores: TaskScores) -> Iterator[str]:
    """Yield each signature with the metrics that have it, and that of the scores against all references."""
    names: dict[str, dict[str, None]] = {}
    for name in order.metrics(scores):
        for system in scores.systems:
            if name in system.metrics:
                names.setdefault(system.metrics[name].signature, {})[name] = None
    for signature, of_signature in names.items():
        yield f"{', '.join(of_signature)}: {signature}"
    if heading := order.all_references(scores):
        primary_scores = (
            system.metrics[scores.primary] for system in scores.systems if scores.primary in system.metrics
        )
        signatures = (score.all_references.signature for score in primary_scores if score.all_references)
        yield from (f"{heading}: {signature}" for signature in dict.fromkeys(signatures))
