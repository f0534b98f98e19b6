"""The records that scoring returns, for reporting and the gate: scores, diagnostics, comparisons and answers.

Frozen plain data, without behaviour except look-ups. `TaskScores` contains all that one table shows. The records of
datasets and outputs are in `harness.core.records`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

Role = Literal["system", "reference", "oracle", "published"]
Severity = Literal["minor", "major", "critical"]  # of an error, as in MQM
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
# A property by which segments are sliced: length, kind or article, or one that their dataset states.
Facet = str
FACETS: tuple[Facet, ...] = ("length", "kind", "article")  # those of every dataset

# Between the label of a task and the name of a dataset, in the label of a test set. No task's label contains it.
_OF_DATASET = "@"


def test_set_label(task: str, dataset: str) -> str:
    """Return the label of a test set: the task's, and the dataset's name if its run has several datasets."""
    return f"{task}{_OF_DATASET}{dataset}" if dataset else task


def task_and_dataset(label: str) -> tuple[str, str]:
    """Return the task and the dataset of a test set's label; the dataset is empty if the run has one only."""
    task, _, dataset = label.partition(_OF_DATASET)
    return task, dataset


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval of a score or a difference, with its method."""

    low: float
    high: float
    confidence: float  # 0.95
    method: str  # "t, bootstrap standard error", "percentile bootstrap", ...
    resamples: int
    seed: int
    units: int  # the number of resampled segments or articles
    unit: Literal["segment", "article"]


@dataclass(frozen=True, slots=True)
class Rank:
    """The ranks that a system may have, from 1, by the pairs that are shown to differ."""

    best: int  # 1 + the number of systems that are shown better
    worst: int  # the number of systems - those that are shown worse


@dataclass(frozen=True, slots=True)
class AllReferences:
    """The score of a row against all references, if the table's scores leave one reference out."""

    value: float
    signature: str
    segments: int


@dataclass(frozen=True, slots=True)
class ErrorSpan:
    """An error that a metric marks in an output."""

    start: int  # offset in characters of the output
    end: int  # offset after the last character
    severity: Severity
    confidence: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one row of a table, on the table's footing (see `TaskScores.leaves_one_out`)."""

    value: float
    signature: str
    segments: int
    interval: Interval | None  # None if there are too few units
    all_references: AllReferences | None  # None if `value` is that score, and for the reference row
    higher_is_better: bool = True
    rank: Rank | None = None  # None for bounds, with a baseline, and if no difference can be shown
    decimals: int = 1  # with which the metric's scores are shown
    noise: float | None = None  # points by which it changes if the system is asked again (95%); None: not measured


@dataclass(frozen=True, slots=True)
class Count:
    """A part of a whole: 2 of 19 outputs, 31 of 511 tokens, 2,000 tokens in 8.5 seconds."""

    part: int | float
    whole: int | float


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Counts that describe a system's outputs for a task without a reference; rates follow from them."""

    outputs: int  # every sample of a source counts as one
    counts: Mapping[str, Count]  # by diagnostic; a diagnostic that cannot count here is absent


@dataclass(frozen=True, slots=True)
class SystemScores:
    """One row of a table."""

    name: str
    role: Role
    metrics: Mapping[str, Score]
    error: str | None = None
    notes: tuple[str, ...] = ()
    diagnostics: Diagnostics | None = None  # None for bounds and for systems that failed
    run: str = ""  # the run whose outputs these are; empty for files
    unit: str = ""  # of its outputs ("article"), if they were divided into the units of the table; else empty


@dataclass(frozen=True, slots=True)
class Comparison:
    """System `a` minus system `b` on one metric."""

    metric: str
    a: str
    b: str
    delta: float
    interval: Interval | None  # corrected for all pairs of the metric, unless the method is percentile bootstrap
    p: float | None  # None if n is too small for any claim
    p_adjusted: float | None  # Holm, over all pairs of this task and metric (with a baseline: over those with it)
    significant: bool  # p_adjusted is below the level, the interval does not contain 0, and `delta` is above the noise
    p_bootstrap: float | None = None  # of sacreBLEU's paired bootstrap test: anti-conservative, for comparison only
    wins: int = 0  # segments on which `a` scores better
    ties: int = 0
    losses: int = 0
    detectable: float | None = None  # the true difference that these data would show in four of five samples like it
    interval_single: Interval | None = None  # of this pair alone, not corrected for the others
    interval_articles: Interval | None = None  # of this pair alone, over articles, if the test is over segments of few
    flips: int | None = None  # random swaps that p is computed from; None: all swaps were tried, or there is no test
    noise: float | None = None  # of `delta`, in points: that of both scores together; None: not measured


@dataclass(frozen=True, slots=True)
class Testing:
    """How the pairs of a table are tested, and what the tests could show at best."""

    __test__: ClassVar[bool] = False  # pytest collects classes whose name begins with Test

    unit: Literal["segment", "article"]
    units: int
    pairs: int  # of each metric
    level: float  # an adjusted p-value below it shows a difference
    flips: int | None  # random swaps per pair at most; None: all swaps are tried
    seed: int  # of the random swaps
    lowest_p: float | None  # no adjusted p-value can be lower; None: too few units for any test
    enough_units: int  # so many units could show a difference in one pair of these
    enough_flips: int  # so many random swaps could

    @property
    def can_show(self) -> bool:
        """Whether any data with so many units could show a difference."""
        return self.lowest_p is not None and self.lowest_p < self.level


@dataclass(frozen=True, slots=True)
class Slice:
    """The scores on a part of the segments; no claim is made from them."""

    facet: Facet
    value: str  # "11-20 words", "title", the article's id
    segments: int
    scores: Mapping[str, Mapping[str, float]]  # by row of the table, then metric
    counts: Mapping[str, Mapping[str, Count]] = field(default_factory=dict)  # likewise, of metrics that are shares
    intervals: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)  # likewise, if the dataset wants them


@dataclass(frozen=True, slots=True)
class Sweep:
    """Systems that differ in a few settings only, and the best of them on the primary metric."""

    system: str  # whose settings were swept: "mt5"
    run: str  # empty for files
    members: tuple[str, ...]
    best: str  # of the members
    optimism: float | None  # points by which the best is estimated to be overrated; None with one unit
    optimism_if_equal: float | None  # the same if all members had the same true score


@dataclass(frozen=True, slots=True)
class PublishedScore:
    """A figure that others published on the test set of a table. It is never ranked or tested."""

    system: str  # as its publisher names it
    metric: str
    value: float
    segments: int | None  # None: not known
    signature: str | None  # None: none is published
    about: str  # source, certainty, when it was read, and what is known without a signature


@dataclass(frozen=True, slots=True)
class NoWorseClaim:
    """Whether a system is shown to be no worse than the baseline by a margin, on the primary metric."""

    system: str
    baseline: str
    margin: float  # in points
    shown: bool  # the bound is below the margin, and enough units changed
    upper: float | None  # one-sided upper confidence bound of the drop; negative: a gain; None with one unit
    confidence: float  # of the bound
    changed: int  # units whose statistics differ from the baseline's
    units: int
    unit: Literal["segment", "article"]


@dataclass(frozen=True, slots=True)
class SampleSizePlan:
    """How many units would show a difference of this size between two systems, on the primary metric."""

    a: str  # the better system of the two
    b: str
    delta: float  # the observed difference
    difference: float  # the true difference to show, in points
    units: int  # that there are now
    unit: Literal["segment", "article"]
    segments: int  # that there are now
    needed: int | None  # units in total; with several looks, at the last one; None: nothing to estimate it from
    low: int | None  # confidence interval of `needed`
    high: int | None
    confidence: float  # of this interval
    level: float  # of the test at each look, corrected for all pairs
    looks: int
    power: float


@dataclass(frozen=True, slots=True)
class Purchase:
    """The standard error of a difference with more data."""

    what: str  # "100 segments in 10 new articles"
    error: float


@dataclass(frozen=True, slots=True)
class VarianceSplit:
    """The variances of the difference between two systems on one segment, on the primary metric."""

    a: str
    b: str
    articles: float | None  # between articles; None: there is one, they are unknown, or each has one segment
    segments: float  # between segments of an article
    samples: float | None  # between samples of the outputs; None: one sample each, so that it is part of `segments`
    error: float  # the standard error of the difference now
    purchases: tuple[Purchase, ...]


@dataclass(frozen=True, slots=True)
class SliceContrast:
    """System `a` minus system `b` on a slice and on the other segments, on the primary metric."""

    a: str
    b: str
    facet: Facet
    value: str
    segments: int
    inside: float  # the difference on the slice
    outside: float  # the difference on the other segments
    p: float  # that the two differences are equal; corrected for all slices and pairs
    significant: bool  # p is below the level


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to questions that a command asks beyond scores; empty if it does not."""

    no_worse: tuple[NoWorseClaim, ...] = ()
    sample_sizes: tuple[SampleSizePlan, ...] = ()  # the first is that of the best system and the next
    variance: VarianceSplit | None = None  # of the same two
    contrasts: tuple[SliceContrast, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskScores:
    """Everything that one table shows."""

    task: str  # the task's label: "translate", "summarise-sentence", ...
    primary: str  # the metric that ranks; the others are secondary
    segments: int  # scored units
    articles: int  # 0 if unknown
    references: tuple[str, ...]  # versions
    target: str
    systems: tuple[SystemScores, ...]
    comparisons: tuple[Comparison, ...] = ()
    notes: tuple[str, ...] = field(default=())
    slices: tuple[Slice, ...] = ()
    baseline: str | None = None  # the system that all others are compared with, instead of all pairs
    mixed: str = ""  # why rows cannot be compared with each other; empty if they can
    # number of references -> segments that have so many, scored or not; empty if all have the same
    reference_counts: Mapping[int, int] = field(default_factory=dict)
    published: tuple[PublishedScore, ...] = ()  # figures of others, beside the rows of this table
    testing: Testing | None = None  # None without a pair of systems, and in a mixed table, whose pairs differ in it
    answers: Answers = field(default_factory=Answers)
    # How many units would show the observed difference of the two best systems; None: the test shows it, or not known.
    more_data: SampleSizePlan | None = None
    # Every score leaves one reference out in turn, as the reference row does; else scores are against all references.
    leaves_one_out: bool = False
    sweeps: tuple[Sweep, ...] = ()
    dataset: str = ""  # the name of the table's dataset, if its run has several; else empty
    failed_metrics: Mapping[str, str] = field(default_factory=dict)  # by name: why a metric has no scores
    columns: tuple[str, ...] = ()  # diagnostics to show beside the scores, whatever they come to

    @property
    def label(self) -> str:
        """Name of the test set in file names, the gate and CSV: "translate", "translate@in22-gen"."""
        return test_set_label(self.task, self.dataset)

    @property
    def title(self) -> str:
        """Name of the test set for a reader: "translate", "translate: in22-gen"."""
        return f"{self.task}: {self.dataset}" if self.dataset else self.task
