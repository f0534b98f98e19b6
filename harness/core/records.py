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
class Reading:
    """What a system read of a task's sources, in its own tokens."""

    sources: int
    cut_sources: int  # of which part was not read
    tokens: int  # that were read
    cut_tokens: int  # that were not
    unknown_tokens: int  # that were read as "unknown"


@dataclass(frozen=True, slots=True)
class Health:
    """What can be wrong with a system's outputs for a task whatever they score; counts, so that rates follow."""

    outputs: int
    empty: int  # that hold nothing but white space
    stopped: int  # that ended at the length limit
    lettered: int  # that hold a letter
    wrong_script: int  # of those: with less than half of the letters in the script of the task's language
    apart: int  # that have a sign apart from its word, as tokenisers leave it
    phrased: int  # that hold a run of four words
    repetition: float  # sum over those of the share, 0..1, of an output's runs of four words that stood in it before
    timed_tokens: int  # of the outputs whose time is known
    seconds: float  # that those took
    reading: Reading | None  # None for what has no tokens


@dataclass(frozen=True, slots=True)
class Measures:
    """What can be said of a system's outputs without a reference; shares in per cent, None where nothing counts."""

    outputs: int
    empty: int  # that hold nothing but white space
    doubled: int  # that another segment has too, the empty ones aside
    words: float  # mean of an output
    length_ratio: float | None  # words of all outputs for each of all sources
    script: float | None  # of the letters, in the script of the output language
    wrong_script: int  # outputs with less than half of their letters in it
    repetition: float | None  # of an output's runs of four words, that stood in it before; mean over outputs
    copied: float | None  # of all outputs' runs of four words, that stand in the source


@dataclass(frozen=True, slots=True)
class SystemScores:
    """One row of a table."""

    name: str
    role: Role
    metrics: Mapping[str, Score]
    error: str | None = None
    notes: tuple[str, ...] = ()
    reading: Reading | None = None  # None for what has no tokens


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
    mixed: str = ""  # why rows cannot be held against each other; empty where they can
    reference_counts: Mapping[int, int] = field(default_factory=dict)  # number of references -> segments with so many
