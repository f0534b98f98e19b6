"""Scores of no real system, for tests of tables."""

from dataclasses import replace

from harness.core.scores import (
    AllReferences,
    Answers,
    Comparison,
    Count,
    Diagnostics,
    Interval,
    NoWorseClaim,
    Purchase,
    Rank,
    SampleSizePlan,
    Score,
    Slice,
    SliceContrast,
    SystemScores,
    TaskScores,
    Testing,
    VarianceSplit,
)


def interval(low, high, units=16, unit="segment"):
    return Interval(low, high, 0.95, "t, bootstrap standard error", 1000, 0, units, unit)


def score(value, half=None, of_all=None, units=16, signature="nrefs:1|v:1", rank=None, lower=False):
    limits = None if half is None else interval(value - half, value + half, units)
    against_all = None if of_all is None else AllReferences(of_all, "nrefs:2|v:1", units)
    return Score(value, signature, units, limits, against_all, not lower, rank and Rank(*rank))


def pair(metric, a, b, delta, limits, p, adjusted, significant, bootstrap=None, counts=(0, 0, 0), detectable=None):
    return Comparison(metric, a, b, delta, limits, p, adjusted, significant, bootstrap, *counts, detectable)


def how_tested(pairs, units=16, unit="segment", flips=1000, lowest=0.003, enough=7):
    return Testing(unit, units, pairs, 0.05, flips, 0, lowest, enough, 1000)


# Values of no real system; `a_b|c%d&e` needs escaping in every format, `near` cannot be told from it.
ORDINARY = TaskScores(
    task="translate", primary="chrf++", segments=16, articles=1, references=("close", "newsroom"), target="eng_Latn",
    systems=(
        SystemScores("far", "system", {
            "bleu": score(0.04, 0.03, 0.05, rank=(3, 3)), "chrf++": score(20.25, 3, 21.5, rank=(3, 3)),
            "ter": score(130.2, 9, rank=(3, 3), lower=True),
        }),
        SystemScores("a_b|c%d&e", "system", {
            "bleu": score(31.9, 4, rank=(2, 2)), "chrf++": score(60.0, 2.5, 62.5, rank=(1, 2)),
            "ter": score(41.5, 3, rank=(1, 2), lower=True),
        }),
        SystemScores(
            "near", "system", {
                "bleu": score(33.1, 4, rank=(1, 1)), "chrf++": score(59.2, 2.5, 62.4, rank=(1, 2)),
                "ter": score(42.5, 3, rank=(1, 2), lower=True),
            },
            notes=("2 of 16 outputs are empty",),
        ),
        SystemScores(
            "reference", "reference", {
                n: score(v, 3, lower=n == "ter")
                for n, v in (("bleu", 40), ("chrf++", 65), ("ter", 38))
            },
        ),
    ),
    comparisons=(
        pair("chrf++", "far", "a_b|c%d&e", -39.75, interval(-43, -36), 0.0005, 0.0015, True, 0.001, (0, 0, 16), 5.1),
        pair("chrf++", "far", "near", -38.95, interval(-42, -35), 0.001, 0.002, True, 0.001, (1, 0, 15), 5.4),
        pair("chrf++", "a_b|c%d&e", "near", 0.8, interval(-0.96, 2.4), 0.41, 0.41, False, 0.2, (8, 2, 6), 2.9),
        pair("bleu", "far", "a_b|c%d&e", -31.86, interval(-36, -28), 0.001, 0.003, True, 0.001, (0, 1, 15), 6),
        pair("bleu", "far", "near", -33.06, interval(-37, -29), 0.001, 0.003, True, 0.001, (0, 1, 15), 6),
        pair("bleu", "a_b|c%d&e", "near", -1.2, interval(-2.0, -0.3), 0.02, 0.02, True, 0.01, (4, 2, 10), 1.3),
        pair("ter", "far", "a_b|c%d&e", 88.7, interval(80, 97), 0.001, 0.003, True, 0.001, (0, 0, 16), 11.5),
        pair("ter", "far", "near", 87.7, interval(79, 96), 0.001, 0.003, True, 0.001, (0, 0, 16), 11.6),
        pair("ter", "a_b|c%d&e", "near", -1.0, interval(-3.1, 1.1), 0.3, 0.3, False, 0.15, (9, 1, 6), 2.9),
    ),
    testing=how_tested(3),
    slices=(
        Slice("kind", "title", 1, {"far": {"chrf++": 0.02}, "a_b|c%d&e": {"chrf++": 71}, "reference": {"chrf++": 80}}),
        Slice("kind", "body", 15, {"far": {"chrf++": 21}, "a_b|c%d&e": {"chrf++": 59}, "near": {"chrf++": 60.1}}),
    ),
    notes=("a note of the run",),
    leaves_one_out=True,
)  # fmt: skip
ONE = TaskScores(
    task="summarise", primary="rougeL", segments=1, articles=1, references=("close",), target="hin_Deva",
    systems=(
        SystemScores("oracle", "oracle", {"rougeL": score(48.6, units=1, signature="nrefs:1")}),
        SystemScores(
            "mt5", "system", {"rougeL": score(30.04, units=1, signature="nrefs:1")}, notes=("stopped",),
            diagnostics=Diagnostics(
                1, {"cut": Count(1, 1), "unread": Count(423, 934), "unknown": Count(3, 511), "stopped": Count(1, 1)}
            ),
        ),
        SystemScores("lead", "system", {"rougeL": score(30.06, units=1, signature="nrefs:1")}),
    ),
    comparisons=(Comparison("rougeL", "mt5", "lead", -0.02, None, None, None, False),),
    testing=how_tested(1, units=1, flips=None, lowest=None, enough=6),
)  # fmt: skip
FAILED = TaskScores(
    task="gist", primary="rougeL", segments=5, articles=0, references=("close",), target="hin_Deva",
    systems=(
        SystemScores("broken", "system", {}, "out of memory; use a smaller batch_size"),
        SystemScores("lead", "system", {"rougeL": score(25, 5, units=5, signature="nrefs:1")}),
    ),
)  # fmt: skip
BASELINE = replace(
    ORDINARY,
    systems=tuple(
        replace(system, metrics={name: replace(found, rank=None) for name, found in system.metrics.items()})
        for system in ORDINARY.systems
    ),
    comparisons=(
        pair("chrf++", "a_b|c%d&e", "far", 39.75, interval(36, 43), 0.0005, 0.001, True, 0.001, (16, 0, 0), 5.0),
        pair("chrf++", "near", "far", 38.95, interval(35, 42), 0.001, 0.001, True, 0.001, (15, 0, 1), 5.2),
        pair("bleu", "a_b|c%d&e", "far", 31.86, interval(-1, 60), 0.06, 0.12, False, 0.03, (15, 1, 0), 40.0),
    ),
    baseline="far",
    testing=how_tested(2, lowest=0.002, enough=7),
)
MIXED = replace(
    ORDINARY, comparisons=(), testing=None,
    mixed="Warning: mixed. runs r1 and r2: their references differ (close and newsroom).",
    systems=(
        *ORDINARY.systems[:2],
        SystemScores(
            "near (r2)", "system", {
                "chrf++": Score(70, "nrefs:3|v:1", 120, interval(67.5, 72.5, 60, "article"), None, True, Rank(1, 1)),
            },
        ),
        SystemScores("bleu only", "system", {"bleu": score(12.0)}),
    ),
)  # fmt: skip

# One answer to each question that a command can ask.
ANSWERS = Answers(
    no_worse=(NoWorseClaim("far", "near", 0.5, False, 0.81, 0.95, 12, 16, "segment"),),
    sample_sizes=(
        SampleSizePlan("a_b|c%d&e", "near", 0.8, 2.0, 16, "segment", 16, 1240, 900, 1800, 0.95, 0.0158, 5, 0.8),
    ),
    variance=VarianceSplit(
        "a_b|c%d&e", "near", 10.0, 80.0, 10.0, 0.414, (Purchase("100 more segments in 1 new article", 0.391),)
    ),
    contrasts=(SliceContrast("a_b|c%d&e", "near", "kind", "body", 15, 1.4, -2.0, 0.2, False),),
)
