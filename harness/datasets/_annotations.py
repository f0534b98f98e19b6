"""Read the facts and entities of a dataset, and check that the texts which they name contain their wordings.

Findings stop a run. `harness.core.text` has the rules by which wordings are compared.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import ConfigDict, Field, model_validator

from harness.core import text
from harness.core.findings import Findings, Place
from harness.core.records import Annotations, Article, Dataset, Entity, EntityType, Fact, Reference
from harness.core.text import inflection, mentions, statements, wordings
from harness.datasets import _files

RowT = TypeVar("RowT", bound="_AnnotationRow")

# Types of entities that are numbers, wholly or in part.
_QUANTITIES = ("number", "money", "date", "time")


class _AnnotationRow(_files.Row):
    """A row with the segments that state something, and its surface forms by FLORES code."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    __pydantic_extra__: dict[str, list[Any]] = Field(init=False)
    other_keys: ClassVar[str | None] = "a language such as hin_Deva"

    id: str
    segments: list[str] = Field(min_length=1)

    @classmethod
    def accepts(cls, key: str) -> bool:
        """Return whether a row may have this key: a field, or a language."""
        return super().accepts(key) or text.is_language(key)

    @model_validator(mode="after")
    def _languages(self) -> _AnnotationRow:
        if not self.__pydantic_extra__:
            raise ValueError("expected surface forms in at least one language, found none")
        for language, forms in self.__pydantic_extra__.items():
            self._check_forms(language, forms)
        return self

    def _check_forms(self, language: str, forms: list[Any]) -> None:
        """Raise ValueError unless these are wordings of a language."""
        if not forms or any(isinstance(form, str) and text.is_blank(form) for form in forms):
            raise ValueError(f"{language} is empty; expected at least one surface form")
        for form in forms:
            if not isinstance(form, str):
                raise ValueError(f"{language}: expected text, found {form!r}")
            try:
                self._parse(form)
            except ValueError as error:
                raise ValueError(f"{language}: {error}") from None

    def _parse(self, form: str) -> None:
        """Raise ValueError if a wording cannot be searched for."""
        wordings.parse(form)


class FactRow(_AnnotationRow):
    """A line of `facts.jsonl`."""

    weight: Literal["vital", "supporting"]
    statement: str = Field(min_length=1)
    negated: bool = False

    def _check_forms(self, language: str, forms: list[Any]) -> None:
        if not any(isinstance(group, list) for group in forms):
            return super()._check_forms(language, forms)
        for number, group in enumerate(forms, start=1):
            if not isinstance(group, list):
                message = "expected a list of groups, each a list of alternatives, or a list of alternatives"
                raise ValueError(f"{language}: {message}; found both: {group!r}")
            if not group:
                raise ValueError(f"{language}: group {number} is empty; expected at least one alternative")
            super()._check_forms(language, group)
        return None

    @property
    def groups(self) -> dict[str, statements.Groups]:
        """Groups of alternatives by language; a flat list of alternatives is one group."""
        return {
            language: tuple(map(tuple, forms)) if isinstance(forms[0], list) else (tuple(forms),)
            for language, forms in self.__pydantic_extra__.items()
        }

    def record(self) -> Fact:
        """Return the row as a record."""
        return Fact(self.id, self.weight, self.statement, tuple(self.segments), self.groups, self.negated)


class EntityRow(_AnnotationRow):
    """A line of `entities.jsonl`."""

    type: EntityType
    value: int | float | None = None

    def _parse(self, form: str) -> None:
        wordings.parse(form, inflection.noun_keys)

    @property
    def forms(self) -> dict[str, tuple[str, ...]]:
        """Accepted wordings by language."""
        return {language: tuple(forms) for language, forms in self.__pydantic_extra__.items()}

    def record(self) -> Entity:
        """Return the row as a record."""
        return Entity(self.id, self.type, tuple(self.segments), self.forms, self.value)


def read(path: Path, errors: Findings) -> tuple[list[tuple[Place, FactRow]], list[tuple[Place, EntityRow]]]:
    """Return the facts and the entities in a folder, none if it has no such files; add a finding for each mistake."""
    facts, entities = (path / name for name in _files.ANNOTATION_FILES)
    return _files.rows_if_any(facts, FactRow, errors), _files.rows_if_any(entities, EntityRow, errors)


def records(facts: Sequence[tuple[Place, FactRow]], entities: Sequence[tuple[Place, EntityRow]]) -> Annotations:
    """Return facts by the article, and entities by each segment that states them."""
    by_segment: dict[str, list[Entity]] = {}
    for _, row in entities:
        entity = row.record()
        for segment in entity.segments:
            by_segment.setdefault(segment, []).append(entity)
    return Annotations(
        {article: tuple(row.record() for _, row in of_article) for article, of_article in _by_article(facts).items()},
        {segment: tuple(of_segment) for segment, of_segment in by_segment.items()},
    )


def check(
    dataset: Dataset,
    facts: Sequence[tuple[Place, FactRow]],
    entities: Sequence[tuple[Place, EntityRow]],
    errors: Findings,
) -> None:
    """Add a finding for each fact and entity with an unknown segment, or with wordings that occur nowhere."""
    known = {segment.id for article in dataset.articles for segment in article.segments}
    for place, row in (*facts, *entities):
        _check_segments(place, row, known, errors)
    articles = {article.id: article for article in dataset.articles}
    references: dict[str, list[tuple[str, Reference]]] = {}  # with their kind, by article
    for reference_kind, of_kind in dataset.references.items():
        for reference in of_kind:
            references.setdefault(_article(reference.id), []).append((reference_kind, reference))
    for name, of_article in _by_article(facts).items():
        if name in articles:
            _check_facts(articles[name], of_article, [each for _, each in references.get(name, ())], errors)
    for name, entities_of_article in _by_article(entities).items():
        if name in articles:
            translations = [each for kind, each in references.get(name, ()) if kind == "translations"]
            _check_entities(articles[name], entities_of_article, translations, errors)


def _article(unit: str) -> str:
    return unit.partition("#")[0]


def _by_article(rows: Sequence[tuple[Place, RowT]]) -> dict[str, list[tuple[Place, RowT]]]:
    by_article: dict[str, list[tuple[Place, RowT]]] = {}
    for place, row in rows:
        by_article.setdefault(_article(row.segments[0]), []).append((place, row))
    return by_article


def _check_segments(place: Place, row: _AnnotationRow, known: Collection[str], errors: Findings) -> None:
    """Add a finding for an id that is not of its segments' article, and for each segment that does not exist."""
    articles = dict.fromkeys(map(_article, row.segments))
    if len(articles) > 1:
        errors.add(place, f"{row.id}: its segments are of several articles ({', '.join(articles)}); expected one")
    elif not row.id.startswith(f"{(article := next(iter(articles)))}#") and row.segments[0] in known:
        errors.add(place, f"{row.id}: expected an id that begins with its article's, {article}#")
    for segment in row.segments:
        if segment not in known:
            errors.add(place, f"{row.id}: unknown segment {segment!r}")


def _check_facts(
    article: Article, facts: Sequence[tuple[Place, FactRow]], references: Sequence[Reference], errors: Findings
) -> None:
    sources = {segment.id: statements.split(segment.text) for segment in article.segments}
    texts: dict[str, list[str]] = {}  # sentences of the references, by language
    for reference in references:
        texts.setdefault(reference.language, []).extend(statements.split(reference.text))
    for place, fact in facts:
        in_references = []
        opposite = []  # languages
        for language, groups in fact.groups.items():
            verdict = statements.judge(groups, texts.get(language, ()), negated=fact.negated)
            in_references.append(verdict)
            if verdict == "stated":
                continue
            own = [each for name in fact.segments for each in sources.get(name, ()) if language == article.language]
            of_sources = statements.judge(groups, own, negated=fact.negated)
            if "reversed" in (verdict, of_sources) and of_sources != "stated":
                opposite.append(language)
            elif of_sources == "missing":
                errors.add(place, f"{fact.id}: no {language} variant occurs in a reference or in its segments")
        if opposite:
            fault = "without the negation" if fact.negated else "with a negation"
            variants = " and ".join(opposite)
            errors.add(place, f"{fact.id}: its {variants} variants occur only {fault}; correct negated, or them")
        if set(in_references) == {"missing"}:
            errors.add(place, f"{fact.id}: none of its variants occurs in any reference")


def _check_entities(
    article: Article,
    entities: Sequence[tuple[Place, EntityRow]],
    translations: Sequence[Reference],
    errors: Findings,
) -> None:
    sources = {segment.id: segment.text for segment in article.segments}
    in_sources = {name: _stated(content, entities, article.language) for name, content in sources.items()}
    within = {name: _stated(content, entities, article.language, nested=True) for name, content in sources.items()}
    in_references = {each: _stated(each.text, entities, each.language) for each in translations}
    for place, entity in entities:
        stating = [name for name, stated in in_sources.items() if entity.id in stated]
        listed = set(entity.segments) & set(sources)
        lacking = [name for name in listed if entity.id not in within[name]]
        # A number can occur by chance in a segment that does not speak of the same thing.
        if lacking or (entity.type not in _QUANTITIES and not set(stating) <= listed):
            allowed = [name for name in sources if name in stating or (name in listed and name not in lacking)]
            actual = ", ".join(allowed) or "no segment"
            errors.add(place, f"{entity.id}: expected the segments that state it ({actual})")
        for reference in translations:
            accepted = entity.forms.get(reference.language)
            if reference.id in listed.intersection(stating) and accepted and entity.id not in in_references[reference]:
                wanted = " or ".join(repr(form) for form in accepted)
                message = f"{entity.id}: version {reference.version!r} of {reference.id} lacks {wanted}"
                errors.add(place, message)


def _stated(
    content: str, entities: Sequence[tuple[Place, EntityRow]], language: str, *, nested: bool = False
) -> set[str]:
    """Return the ids of the entities that a text of a language mentions; with `nested`, also those inside others."""
    entries = {entity.id: mentions.Entry(entity.forms.get(language, ()), entity.value) for _, entity in entities}
    return mentions.find(content, entries, nested=nested)
