"""The contract of a task: one file here with one declarative object, `TASK = Task(...)`.

A task says which parts of an article make a source, which kind of reference it reads, and how outputs are scored. The
functions below do the rest in the same way for every task. A task's label ("translate", "translate-paragraph",
"summarise-sentence-eng_Latn") names it in tables and results.

A task may offer choices of its own: `options=` names a subclass of `_options.TaskOptions`. It adds keys to the task's
entry in a config, and decides by them which versions of the references the task reads.

A model family declares the kinds of task that it does, never the names of tasks. So a new task of a known kind is one
file here, and no family changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, cast

from harness.core import registry
from harness.core.errors import InputError
from harness.core.records import Article, Dataset, Entity, Fact, RankingSource, Segment, SegmentKind, Source
from harness.core.text import mentions, statements

if TYPE_CHECKING:
    from harness.tasks._options import TaskOptions as TaskOptions

Unit = Literal["sentence", "paragraph", "article"]
TaskKind = Literal["translation", "summarisation", "ranking"]

_LONGER: tuple[Unit, ...] = ("sentence", "paragraph", "article")  # each contains those before it
_SINGULAR = {
    "translations": "translation",
    "summaries": "summary",
    "headlines": "headline",
    "gists": "gist",
    "contrasts": "contrast",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The outputs that a model must produce, and how they are scored."""

    name: str
    kind: TaskKind  # families declare the kinds that they do; those that translate may rank translations
    source: str  # language of the articles
    targets: tuple[str, ...]  # languages that a config can ask for; the first is the default
    units: tuple[Unit, ...]  # what one output stands for; the first is the default
    parts: tuple[SegmentKind, ...]  # the segments of an article that a model is given
    reference_kind: str  # the references that it reads (see `harness.datasets`)
    reference_unit: Unit  # the unit that one such reference stands for
    metrics: tuple[str, ...]
    primary: str  # the metric that ranks systems; the others are secondary
    # Of a ranking: the kind of references that a system puts in order by their probability.
    candidates: str | None = None
    compares: bool = True  # outputs are compared with references, so the rows of references and extracts mean something
    options: type[TaskOptions] | None = None  # the keys of its entry in a config, if it adds some
    chosen: TaskOptions | None = None  # the entry of a config; None: the defaults
    # By name, the options of metrics that a config gives and whose names do not contain them (`metrics.choose`).
    metric_options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Language of the wanted outputs."""
        return self.targets[0]

    @property
    def unit(self) -> Unit:
        """What one output stands for."""
        return self.units[0]

    @property
    def longer_units(self) -> tuple[Unit, ...]:
        """The units of the task that contain several of the unit that one output stands for now."""
        every = get(self.name).units
        return tuple(unit for unit in every if _LONGER.index(unit) > _LONGER.index(self.unit))

    @property
    def label(self) -> str:
        """Name of this form of the task in tables and results. Every choice other than the default is added."""
        default = get(self.name)
        choices = [self.unit] * (self.unit != default.unit) + [self.target] * (self.target != default.target)
        return "-".join([self.name, *map(str, self.changed_options.values()), *choices])

    @property
    def own_options(self) -> dict[str, Any]:
        """The values of the task's own options, by key."""
        return {} if self.options is None else (self.chosen or self.options(name=self.name)).own()

    @property
    def changed_options(self) -> dict[str, Any]:
        """The task's own options that have another value than the default, by key."""
        defaults = replace(self, chosen=None).own_options
        return {key: value for key, value in self.own_options.items() if value != defaults[key]}

    def reads(self, version: str) -> bool:
        """Whether outputs are compared with references of this version."""
        return self.options is None or (self.chosen or self.options(name=self.name)).reads(version)

    def choose(self, *, unit: str | None = None, target: str | None = None, options: TaskOptions | None = None) -> Task:
        """Return this task with another unit, target language or options of its own.

        `options` is an instance of the task's class of options; only the keys that the task adds are used.

        A translation into the source's language is the other direction: it reads the default target's language.

        Raises:
            InputError: the task does not offer the unit or the language.
        """
        chosen = self if options is None else replace(self, chosen=options)
        if unit is not None:
            if unit not in self.units:
                raise InputError(registry.unknown(f"unit of {self.name}", unit, self.units))
            chosen = replace(chosen, units=(unit,))
        if target is not None:
            if target not in self.targets:
                raise InputError(registry.unknown(f"target language of {self.name}", target, self.targets))
            other_way = self.kind == "translation" and target == self.source
            chosen = replace(chosen, targets=(target,), source=self.target if other_way else self.source)
        return chosen


def get(name: str) -> Task:
    """Return the task of that name.

    Raises:
        InputError: no such task.
    """
    expected = "TASK, a harness.tasks.Task with the name of the entry point"
    return cast(
        "Task", registry.contract("tasks", name, "TASK", lambda it: isinstance(it, Task) and it.name == name, expected)
    )


def options(task: Task | None = None) -> type[TaskOptions]:
    """Return the class of a task's entry in a config; without a task, the class with the keys that every task has."""
    # It needs pydantic, which takes longer to import than a small file takes to score.
    from harness.tasks._options import TaskOptions

    return TaskOptions if task is None or task.options is None else task.options


def sources(task: Task, dataset: Dataset) -> list[Source]:
    """Return the inputs of a model for the task, in reading order. They contain no reference.

    Raises:
        InputError: an article is not in the source language of the task, or the dataset has no texts to rank.
    """
    for article in dataset.articles:
        if article.language != task.source:
            raise InputError(
                f"{task.label} reads {task.source}, found {article.id} in {article.language}",
                where=f"dataset {dataset.name}",
            )
    units: list[Source] = []
    candidates = _candidates(task, dataset)
    for article in dataset.articles:
        for unit, segments in _grouped(task.unit, task.parts, article):
            source = Source(
                id=unit,
                article=article.id,
                task=task.label,
                text=_joined([(segment.paragraph, segment.text) for segment in segments]),
                sentences=tuple(segment.text for segment in segments),
                language=article.language,
                target=task.target,
            )
            if task.candidates is not None:
                own = {field.name: getattr(source, field.name) for field in fields(source)}
                source = RankingSource(**own, candidates=tuple(sorted(candidates.get(unit, ()))))
            units.append(source)
    return units


@dataclass(frozen=True, slots=True)
class SourcePiece:
    """One unit of a task, as a part of a longer unit."""

    id: str
    sentences: int  # of the source, as its dataset cuts it


def parts(task: Task, unit: Unit, dataset: Dataset) -> dict[str, tuple[SourcePiece, ...]]:
    """Return the units of a task in each longer unit of the dataset, in reading order, by the longer unit's id."""
    by_unit: dict[str, tuple[SourcePiece, ...]] = {}
    for article in dataset.articles:
        for name, segments in _grouped(unit, task.parts, article):
            counts = Counter(_reference_id(task.unit, segment, article) for segment in segments)
            by_unit[name] = tuple(SourcePiece(part, count) for part, count in counts.items())
    return by_unit


def _candidates(task: Task, dataset: Dataset) -> dict[str, set[str]]:
    """Return the texts that a system puts in order, by the id of the source; none if the task is no ranking.

    Raises:
        InputError: the dataset has no such texts.
    """
    texts: dict[str, set[str]] = {}
    for reference in dataset.references.get(task.candidates or "", ()):
        if reference.language == task.target:
            texts.setdefault(reference.id, set()).add(reference.text)
    if task.candidates is not None and dataset.articles and not texts:
        raise InputError(
            f"no {task.candidates} in {task.target}; task {task.label} needs a challenge set (format: challenge)",
            where=f"dataset {dataset.name}",
        )
    return texts


def scored(task: Task, dataset: Dataset) -> list[Source]:
    """Return the inputs of a model for the task that can be scored: those with a reference, and with texts to rank.

    Raises:
        InputError: as `sources` and `references`.
    """
    everything = sources(task, dataset)
    texts = references(task, dataset) if everything else {}
    referenced = [source for source in everything if any(source.id in by_id for by_id in texts.values())]
    return [source for source in referenced if not isinstance(source, RankingSource) or source.candidates]


def is_unwritten(task: Task, dataset: Dataset) -> bool:
    """Return whether the dataset has the file of references that the task reads, and no text in it yet."""
    return dataset.references.get(task.reference_kind) == ()


def without_reference(task: Task, dataset: Dataset) -> str:
    """Return how many sources have no reference: "12 of 50 articles have no summary"; empty if all have one.

    Raises:
        InputError: an article is not in the source language of the task.
    """
    everything = sources(task, dataset)
    lacking = len(everything) - (0 if is_unwritten(task, dataset) else len(scored(task, dataset)))
    unit = "segment" if task.unit == "sentence" else task.unit
    have = "has" if lacking == 1 else "have"
    units = unit if len(everything) == 1 else f"{unit}s"
    what = _SINGULAR[task.candidates or task.reference_kind]
    return f"{lacking} of {len(everything)} {units} {have} no {what}" if lacking else ""


def references(task: Task, dataset: Dataset) -> dict[str, dict[str, str]]:
    """Return the reference texts by version and then source id.

    A version has the sources for which the dataset has all its texts. Versions without any such source are left out,
    and so are those that the task does not read. A source may have no reference.

    Raises:
        InputError: the dataset has no such references.
    """
    where = f"dataset {dataset.name}"
    written: dict[str, dict[str, str]] = {}
    for reference in dataset.references.get(task.reference_kind, ()):
        if reference.language == task.target:
            written.setdefault(reference.version, {})[reference.id] = reference.text
    if not written:
        raise InputError(f"no {task.reference_kind} in {task.target}; task {task.label} needs them", where=where)
    read = {version: by_id for version, by_id in written.items() if task.reads(version)}
    if not read:
        options = ", ".join(f"{key}: {value}" for key, value in task.own_options.items())
        raise InputError(
            f"no {task.reference_kind} in {task.target} for {task.name} with {options}; found only the versions "
            f"{', '.join(written)}; write one, or choose another {' or '.join(task.own_options)} in the config",
            where=where,
        )
    texts: dict[str, dict[str, str]] = {version: {} for version in read}
    for article in dataset.articles:
        for unit, segments in _grouped(task.unit, task.parts, article):
            paragraphs: dict[str, str] = {}  # by the id of each text: the paragraph in which it begins
            for segment in segments:
                paragraphs.setdefault(_reference_id(task.reference_unit, segment, article), segment.paragraph)
            for version, by_id in read.items():
                if paragraphs.keys() <= by_id.keys():
                    texts[version][unit] = _joined([(paragraph, by_id[name]) for name, paragraph in paragraphs.items()])
    if not any(texts.values()):
        lacking = f"no version has all texts of any {task.unit} that {task.label} reads"
        raise InputError(f"{task.reference_kind} in {task.target}: {lacking}", where=where)
    return {version: by_id for version, by_id in texts.items() if by_id}


def annotated(task: Task, dataset: Dataset) -> dict[str, tuple[object, ...]]:
    """Return what a dataset says of the outputs of the task beside references, by source id: facts, entities, checks.

    A source has a fact if one of its segments is listed with the fact and states it by the fact's own wordings: an
    output owes nothing that its source only alludes to. In the same way it has the entities of its segments, unless a
    segment mentions them within a longer name only. Facts and entities without wordings in the target language are left
    out. A challenge set has the check of each segment.
    """
    by_source: dict[str, tuple[object, ...]] = {}
    for article in dataset.articles:
        facts = [fact for fact in dataset.annotations.facts.get(article.id, ()) if task.target in fact.forms]
        for unit, segments in _grouped(task.unit, task.parts, article):
            entities = {
                entity.id: entity
                for segment in segments
                for entity in _mentioned(segment, dataset.annotations.entities.get(segment.id, ()), article.language)
                if task.target in entity.forms
            }
            stated = [fact for fact in facts if any(_states(segment, fact, article.language) for segment in segments)]
            checks = [dataset.annotations.checks[each.id] for each in segments if each.id in dataset.annotations.checks]
            by_source[unit] = (*stated, *entities.values(), *checks)
    return by_source


def _mentioned(segment: Segment, entities: Sequence[Entity], language: str) -> list[Entity]:
    """Return the entities that a segment mentions, and those without forms in its language."""
    entries = {each.id: mentions.Entry(each.forms.get(language, ()), each.value) for each in entities}
    mentioned = mentions.find(segment.text, entries)
    return [each for each in entities if each.id in mentioned or language not in each.forms]


def _states(segment: Segment, fact: Fact, language: str) -> bool:
    if segment.id not in fact.segments:
        return False
    groups = fact.forms.get(language)
    return groups is None or statements.judge(groups, statements.split(segment.text), negated=fact.negated) == "stated"


def gaps(texts: Mapping[str, Mapping[str, str]], ids: Sequence[str]) -> tuple[str, ...]:
    """Return a remark on the versions that lack a text for some scored units; none if no version does.

    Args:
        texts: as `references` returns them.
        ids: of the scored units.
    """
    missing = {version: sum(name not in by_id for name in ids) for version, by_id in texts.items()}
    lacking = [f"{version} lacks {count} of {len(ids)} texts" for version, count in missing.items() if count]
    return (f"references with gaps: {', '.join(lacking)}",) if lacking else ()


def _reference_id(unit: Unit, segment: Segment, article: Article) -> str:
    return {"sentence": segment.id, "paragraph": segment.paragraph, "article": article.id}[unit]


def _grouped(unit: Unit, parts: tuple[SegmentKind, ...], article: Article) -> Iterator[tuple[str, list[Segment]]]:
    """Yield (unit id, its segments) for the segments of an article that a task reads."""
    chosen = [segment for segment in article.segments if segment.kind in parts]
    for name, group in groupby(chosen, key=lambda segment: _reference_id(unit, segment, article)):
        yield name, list(group)


def _joined(parts: list[tuple[str, str]]) -> str:
    """Join (paragraph, text) pairs: a space between the sentences of a paragraph, a line break between paragraphs."""
    paragraphs = groupby(parts, key=lambda part: part[0])
    return "\n".join(" ".join(content for _, content in group) for _, group in paragraphs)
