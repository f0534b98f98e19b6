"""Scores and segments of no real system, for tests of plots."""

import math
import random
from dataclasses import replace

from harness.core.scores import Comparison, Count, Diagnostics, SystemScores, TaskScores
from harness.core.segments import OutputView, SegmentView, TaskView
from tests.reporting.scores import interval, score

NAMES = [
    "google", "IndicTrans2 1B", "NLLB-200 3.3B", "nllb-200-distilled-600M", "mBART-50", "अनुवाद मॉडल", "m2m100",
    "madlad400-3b-mt", "facebook/nllb-200-distilled-1.3B beam 5", "transliterate", "copy-source", "opus-mt-hi-en",
]  # fmt: skip
NAMES += [
    f'system <{place}> & "long" name that goes on until it has eighty characters or so, {place:02d}'
    for place in range(18)
]


def view(names, segments, seed=0, task="translate", fixed=None, dataset=""):
    """Return segments whose scores fall with the length of the source; `fixed`: all scores are this."""
    draw = random.Random(seed)
    made = []
    for number in range(segments):
        words, hard = max(1, int(draw.lognormvariate(2.8, 0.6))), draw.gauss(0, 12)
        values = [
            fixed if fixed is not None else min(100, max(0, 60 - 2 * place + hard - words / 6 + draw.gauss(0, 8)))
            for place in range(len(names))
        ]
        outputs = tuple(
            OutputView(name, "text", {"chrf++": value}, (), words, 0.05 * 1.6 ** (place * 7 % 11))
            for place, (name, value) in enumerate(zip(names, values, strict=True))
        )
        made.append(SegmentView(f"a#s{number:02d}", "a", "body", dataset or "wmt14", "source", {}, outputs, words))
    return TaskView(
        task, dataset or "wmt14", "hin_Deva", "eng_Latn", ("chrf++",), "chrf++", tuple(names), tuple(made),
        is_one_of_several=bool(dataset), lower_is_better=frozenset(), runs=("r1",), notes=(),
    )  # fmt: skip


def table(names, segments=100, *, half=2.0, shown=5.0, bounds=True, failed=True, values=None):
    """Return a table in which each system is 3 points below the one before, and differences of `shown` are shown."""
    values = values or [60.0 - 3 * place for place in range(len(names))]
    rows = [
        SystemScores(
            name, "system", {"chrf++": score(value, half, rank=(1, 1)), "bleu": score(value / 2, half)},
            diagnostics=Diagnostics(segments, {
                "empty": Count(place % 3, segments), "cut": Count(place % 5, segments), "repetition": Count(place, 900),
                "speed": Count(2000, 3 + place),
            }),
        )
        for place, (name, value) in enumerate(zip(names, values, strict=True))
    ]  # fmt: skip
    comparisons = []
    for a, first in enumerate(names):
        for b in range(a + 1, len(names)):
            delta = values[a] - values[b]
            p = 0.0004 if abs(delta) > 2 * shown else 0.02 if abs(delta) >= shown else 0.3
            limits = interval(delta - 4, delta + 4)
            pair = Comparison("chrf++", first, names[b], delta, limits, p, p, abs(delta) >= shown)
            turned = replace(pair, a=pair.b, b=pair.a, delta=-delta, interval=interval(-delta - 4, -delta + 4))
            comparisons.append(pair if (a + b) % 2 else turned)
    if bounds:
        rows += [SystemScores("reference", "reference", {"chrf++": score(72.0, 3)}),
                 SystemScores("oracle", "oracle", {"chrf++": score(68.0, 2.5)})]  # fmt: skip
    if failed:
        rows.append(SystemScores("broken", "system", {}, "out of memory"))
    return TaskScores(
        task="translate", primary="chrf++", segments=segments, articles=3, references=("close", "newsroom"),
        target="eng_Latn", systems=tuple(rows), comparisons=tuple(comparisons),
    )  # fmt: skip


def on_scale_of_one(scores, segments):
    """Return a table and its segments with all scores divided by 100, and shown with three decimals."""

    def shrunk(limits):
        return limits and replace(limits, low=limits.low / 100, high=limits.high / 100)

    rows = tuple(
        replace(row, metrics={
            metric: replace(of, value=of.value / 100, interval=shrunk(of.interval), decimals=3)
            for metric, of in row.metrics.items()
        }) for row in scores.systems
    )  # fmt: skip
    pairs = tuple(replace(pair, delta=pair.delta / 100, interval=shrunk(pair.interval)) for pair in scores.comparisons)
    of_segments = tuple(
        replace(segment, outputs=tuple(
            replace(output, scores={metric: value / 100 for metric, value in output.scores.items()})
            for output in segment.outputs
        )) for segment in segments.segments
    )  # fmt: skip
    return replace(scores, systems=rows, comparisons=pairs), replace(segments, segments=of_segments)


def with_value(scores, name, value):
    """Return a table in which one system has this score, and the interval is as unknown as the score."""
    bad = not math.isfinite(value)
    return replace(scores, systems=tuple(
        replace(row, metrics={
            metric: replace(found, value=value, interval=interval(value, value) if bad else found.interval)
            for metric, found in row.metrics.items()
        }) if row.name == name else row
        for row in scores.systems
    ))  # fmt: skip
