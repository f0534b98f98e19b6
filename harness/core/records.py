"""The records that lead to outputs: datasets, the sources that models are given, and the outputs of models.

Frozen plain data, without behaviour except look-ups. The records that scoring returns are in `harness.core.scores`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

HINDI = "hin_Deva"
ENGLISH = "eng_Latn"

SegmentKind = Literal["title", "standfirst", "heading", "body"]
EntityType = Literal["person", "place", "organisation", "title", "name", "date", "time", "number", "money", "handle"]


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
    """A statement of an article that a good summary may repeat and a translation of its segments must."""

    id: str  # "india-japan#f01"
    weight: Literal["vital", "supporting"]
    statement: str  # in English, for the reader of a report
    segments: tuple[str, ...]  # ids of the segments that state it
    # By language: groups of wordings. A text states the fact if in one sentence every group has one of its wordings.
    forms: Mapping[str, tuple[tuple[str, ...], ...]]
    negated: bool = False  # a negative statement, whose groups do not contain the negation


@dataclass(frozen=True, slots=True)
class Entity:
    """A name, title, date, number or handle that a translation must carry over."""

    id: str  # "india-japan#e01"
    type: EntityType
    segments: tuple[str, ...]  # ids of the segments that contain it
    forms: Mapping[str, tuple[str, ...]]  # by language: accepted wordings
    value: float | None = None  # of a number or an amount of money


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that the text of an output must, or must not, contain."""

    kind: Literal["pattern", "value", "percent", "time", "date", "other_value"]
    arguments: tuple[str, ...]  # the regular expression, number, hour or date; for `other_value`, the right numbers


@dataclass(frozen=True, slots=True)
class Check:
    """The conditions that decide whether an output passes, fails, or is undecided (see `harness.core.checks`)."""

    must: tuple[tuple[Condition, ...], ...]  # every entry; of the alternatives in an entry, one is enough
    must_not: tuple[Condition, ...]  # none


@dataclass(frozen=True, slots=True)
class Labels:
    """A property of segments that a dataset states, by which results are shown apart."""

    by_segment: Mapping[str, str]  # by the segment's id
    has_intervals: bool  # each part has enough articles for an interval; else results are counts


@dataclass(frozen=True, slots=True)
class Annotations:
    """What belongs to articles and segments beside their references."""

    facts: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)  # by the id of the article
    entities: Mapping[str, tuple[Entity, ...]] = field(default_factory=dict)  # by the id of the segment
    checks: Mapping[str, Check] = field(default_factory=dict)  # by the id of the segment
    labels: Mapping[str, Labels] = field(default_factory=dict)  # by the name of the property: "phenomenon", ...


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
    knows_articles: bool = True  # False: rows do not name their document, so each is an article of its own here

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
class RankingSource(Source):
    """A source with texts that a model puts in order by their probability, instead of writing one of its own."""

    candidates: tuple[str, ...]  # in the target language; sorted by text, so that nothing tells the right ones


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
    # Whether the text, or what the model read, differs from what the authors' own rules give; None: not compared.
    departs: bool | None = None
    sample: int = 0  # from 0, if a system gives several outputs per source
    # What the model wrote, if the text is only part of it, and the names of the rules that removed the rest.
    raw: str | None = None
    rules: tuple[str, ...] = ()
    # Numbers and names that only chat models and endpoints know: thought_tokens, cached_tokens, served_model, outcome.
    facts: Mapping[str, int | float | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Turn the list that JSON has into a tuple."""
        if isinstance(self.rules, list):
            object.__setattr__(self, "rules", tuple(self.rules))
