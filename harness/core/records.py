"""The frozen records that pass between stages; plain data, without behaviour except look-ups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

HINDI = "hin_Deva"
ENGLISH = "eng_Latn"

SegmentKind = Literal["title", "standfirst", "heading", "body"]
Role = Literal["system", "reference", "oracle"]
Facet = Literal["length", "kind", "article"]  # a property by which segments are sliced


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
    """One text to compare outputs with, for one unit of an article."""

    id: str  # of the segment, the paragraph or the article that the text stands for
    version: str  # "close", "newsroom", ...: one style or one author; it may lack some units
    language: str  # FLORES code
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement of an article that a good summary may repeat."""

    id: str  # "india-japan#f01"
    weight: Literal["vital", "supporting"]
    statement: str  # in English, for the reader of a report
    segments: tuple[str, ...]  # ids of the segments that state it
    forms: Mapping[str, tuple[str, ...]]  # by language: wordings, one of which a text with the fact contains


@dataclass(frozen=True, slots=True)
class Entity:
    """A name, date, number or handle that a translation must carry over."""

    id: str  # "india-japan#e01"
    type: Literal["person", "place", "organisation", "name", "date", "number", "handle"]
    segments: tuple[str, ...]  # ids of the segments that contain it
    forms: Mapping[str, tuple[str, ...]]  # by language: accepted wordings


@dataclass(frozen=True, slots=True)
class Annotations:
    """Facts and entities of articles, beside their references."""

    facts: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)  # by the id of the article
    entities: Mapping[str, tuple[Entity, ...]] = field(default_factory=dict)  # by the id of the segment


@dataclass(frozen=True, slots=True)
class Dataset:
    """Articles, and the references and annotations that belong to them."""

    name: str
    digest: str  # of every file that can change a score
    articles: tuple[Article, ...]  # the documents: each contains its segments
    references: Mapping[str, tuple[Reference, ...]]  # by kind: translations, summaries, headlines, gists
    annotations: Annotations = field(default_factory=Annotations)
    licence: str | None = None  # of the references; None: not stated
    citation: str | None = None  # BibTeX, or a sentence
    notes: tuple[str, ...] = ()  # printed with every score on this dataset
    warnings: tuple[str, ...] = ()  # findings that stop no run; `check` and `run` print them on stderr
    origins: tuple[Mapping[str, str], ...] = ()  # where each dataset is from: the repository and its commit, ...

    @property
    def documents(self) -> dict[str, str]:
        """The id of the article of each segment, by the segment's id."""
        return {segment.id: article.id for article in self.articles for segment in article.segments}


@dataclass(frozen=True, slots=True)
class Source:
    """Everything that a model is given. It has no field for references."""

    id: str  # of the segment, paragraph or article
    article: str  # id
    task: str  # the task's label, for families that do several tasks
    text: str
    sentences: tuple[str, ...]  # the same text, cut into sentences by the dataset
    language: str  # of the text
    target: str  # language of the output


@dataclass(frozen=True, slots=True)
class Generation:
    """One output of a model for one source. Counts are None if the family has no tokens."""

    id: str  # of the source
    text: str
    input_tokens: int | None = None  # tokens of the source that the model read
    output_tokens: int | None = None
    truncated: bool = False  # the model did not read all of the source
    finish: Literal["end", "length"] = "end"  # "length": stopped at the length limit
    seconds: float | None = None  # an equal share of the batch's time
    cut_tokens: int | None = None  # tokens of the source that the model did not read
    unknown_tokens: int | None = None  # tokens read that the vocabulary does not have
    sections: int = 1  # parts in which the model read a long article instead of cutting it
    split_sentences: int = 0  # sentences too long for a sentence model, which read them in parts
    sample: int = 0  # from 0, if a system gives several outputs per source


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval on the 0-100 scale, with its method."""

    low: float
    high: float
    confidence: float  # 0.95
    method: str  # "percentile bootstrap"
    resamples: int
    seed: int
    units: int  # the number of resampled segments or articles
    unit: Literal["segment", "article"]


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one system."""

    value: float
    signature: str
    segments: int
    interval: Interval | None  # None if the data cannot give one (n = 1)
    leave_one_out: float | None  # mean of the values with one reference left out; comparable with the reference row
    higher_is_better: bool = True
    cluster: int | None = None  # rank cluster, from 1; None for bounds, and if no claim is possible


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


@dataclass(frozen=True, slots=True)
class Comparison:
    """System `a` minus system `b` on one metric."""

    metric: str
    a: str
    b: str
    delta: float
    interval: Interval | None
    p: float | None  # None if n is too small for any claim
    p_adjusted: float | None  # Holm, over all pairs of this task and metric (with a baseline: over those with it)
    significant: bool  # p_adjusted is below the level, and the interval does not contain 0
    p_bootstrap: float | None = None  # of sacreBLEU's paired bootstrap test; for information, no verdict uses it
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
    articles: int  # 0 if unknown
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
