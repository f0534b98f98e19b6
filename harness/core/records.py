"""The frozen records that pass between stages; plain data, no behaviour beyond looking itself up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

HINDI = "hin_Deva"
ENGLISH = "eng_Latn"

SegmentKind = Literal["title", "standfirst", "heading", "body"]
Role = Literal["system", "reference", "oracle"]
Facet = Literal["length", "kind", "article"]  # by which segments are sliced


@dataclass(frozen=True, slots=True)
class Segment:
    """One scored unit of an article: a sentence, the title, or a heading."""

    id: str  # "india-japan#s07"
    paragraph: str  # "india-japan#p04"; the title and each heading count as paragraphs of their own
    kind: SegmentKind
    start: int  # offset in characters of the raw article file
    end: int  # offset after the last character
    text: str  # raw[start:end]


@dataclass(frozen=True, slots=True)
class Article:
    """One article, cut into segments in reading order."""

    id: str
    language: str  # FLORES code
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """One hand-written text for one unit of an article."""

    id: str  # of the segment, the paragraph or the article that it renders
    version: str  # "close", "newsroom", ...: one style, complete over the dataset
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Articles with everything that people wrote for them."""

    name: str
    digest: str  # of every file that can change a score
    articles: tuple[Article, ...]
    references: Mapping[str, tuple[Reference, ...]]  # by reference_kind: translations, summaries, headlines, gists


@dataclass(frozen=True, slots=True)
class Source:
    """All that a model is given; it has no field for references."""

    id: str  # the unit's id: segment, paragraph or article
    article: str
    task: str  # the task's label, for families that do several
    text: str
    sentences: tuple[str, ...]  # the same text in sentences, as the dataset cuts it
    language: str  # of the text
    target: str  # language of the wanted output


@dataclass(frozen=True, slots=True)
class Generation:
    """What a model made of one source. Counts are None where a family has no tokens."""

    id: str
    text: str
    input_tokens: int | None = None  # of the source's text that were read
    output_tokens: int | None = None
    truncated: bool = False  # part of the source was not read
    finish: Literal["end", "length"] = "end"  # "length": it was stopped
    seconds: float | None = None  # an equal share of its batch's time
    cut_tokens: int | None = None  # of the source's text that were not read
    unknown_tokens: int | None = None  # among those read: the model does not see what stood there
    sections: int = 1  # in which the source was read; more than one for a long article that was not cut
    split_sentences: int = 0  # too long for a model that reads sentences, which read them in parts
    sample: int = 0  # number, where a system gives several outputs for a source


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval on the 0-100 scale, never without how it was made."""

    low: float
    high: float
    confidence: float  # 0.95
    method: str  # "percentile bootstrap"
    resamples: int
    seed: int
    units: int  # what was resampled, how many of them
    unit: Literal["segment", "article"]


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one system."""

    value: float
    signature: str
    segments: int
    interval: Interval | None  # None where the data cannot give one (n = 1)
    leave_one_out: float | None  # the value with one reference fewer, averaged over which: the reference row's footing
    higher_is_better: bool = True
    cluster: int | None = None  # rank cluster, from 1; None for bounds, and where nothing can be claimed


@dataclass(frozen=True, slots=True)
class Count:
    """A part of a whole: 2 of 19 outputs, 31 of 511 tokens, 2,000 tokens in 8.5 seconds."""

    part: int | float
    whole: int | float


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """What can be said of a system's outputs for a task without a reference; counts, so that rates follow."""

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


@dataclass(frozen=True, slots=True)
class Comparison:
    """System `a` minus system `b` on one metric."""

    metric: str
    a: str
    b: str
    delta: float
    interval: Interval | None
    p: float | None  # None where n is too small for any claim
    p_adjusted: float | None  # Holm, over all pairs of this task and metric (with a baseline: over those with it)
    significant: bool  # p_adjusted is below the level, and the interval does not hold 0
    p_bootstrap: float | None = None  # of the paired bootstrap test, as sacreBLEU has it; no verdict rests on it
    wins: int = 0  # segments on which `a` scores better
    ties: int = 0
    losses: int = 0
    detectable: float | None = None  # the true difference that these data would show in four of five samples like it


@dataclass(frozen=True, slots=True)
class Slice:
    """The scores on a part of the segments; no claim is made from them."""

    facet: Facet
    value: str  # "11-20 words", "title", the article's id
    segments: int
    scores: Mapping[str, Mapping[str, float]]  # by row of the table, then metric


@dataclass(frozen=True, slots=True)
class TaskScores:
    """Everything that one table shows."""

    task: str  # the task's label: "translate", "summarise-eng_Latn", ...
    primary: str  # the metric that ranks; the others are secondary
    segments: int  # scored units
    articles: int  # 0 where nobody knows
    references: tuple[str, ...]  # versions
    target: str
    systems: tuple[SystemScores, ...]
    comparisons: tuple[Comparison, ...] = ()
    notes: tuple[str, ...] = field(default=())
    slices: tuple[Slice, ...] = ()
    baseline: str | None = None  # the system that all others are compared with, instead of all pairs
    mixed: str = ""  # why rows cannot be compared with each other; empty if they can
    # number of references -> segments that have so many; empty if all have the same
    reference_counts: Mapping[int, int] = field(default_factory=dict)
