"""Rules for every dataset: ids that exist, no gaps, no empty text, the right language. Pure.

Findings against these stop a run. `_guidelines.py` has the rules of style, which give warnings only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal

import regex
from pydantic import ConfigDict, Field, model_validator

from harness.core import text
from harness.core.findings import Findings, Place
from harness.core.records import HINDI, Article, Dataset, Entity, Fact, Reference
from harness.datasets import _files, _guidelines, _language

_NAMED = 8  # units without a text that an error names

_QUOTES = regex.compile(r"""(?<!\w)['"]|['"](?!\w)""")


class _AnnotationRow(_files.Row):
    """A row with the segments that state something, and its surface forms by FLORES code."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    __pydantic_extra__: dict[str, list[str]] = Field(init=False)
    other_keys: ClassVar[str | None] = "a language such as hin_Deva"

    id: str
    segments: list[str] = Field(min_length=1)

    @classmethod
    def accepts(cls, key: str) -> bool:
        """Return whether a row may have this key: a field, or a language."""
        return super().accepts(key) or text.is_language(key)

    @model_validator(mode="after")
    def _languages(self) -> _AnnotationRow:
        for name, forms in self.forms.items():
            if not forms or any(map(text.is_blank, forms)):
                raise ValueError(f"{name} is empty; expected at least one surface form")
        if not self.forms:
            raise ValueError("expected surface forms in at least one language, found none")
        return self

    @property
    def forms(self) -> dict[str, tuple[str, ...]]:
        """Surface forms by language."""
        return {language: tuple(forms) for language, forms in self.__pydantic_extra__.items()}


class FactRow(_AnnotationRow):
    """A line of `facts.jsonl`."""

    weight: Literal["vital", "supporting"]
    statement: str = Field(min_length=1)

    def record(self) -> Fact:
        """Return the row as a record."""
        return Fact(self.id, self.weight, self.statement, tuple(self.segments), self.forms)


class EntityRow(_AnnotationRow):
    """A line of `entities.jsonl`."""

    type: Literal["person", "place", "organisation", "name", "date", "number", "handle"]

    def record(self) -> Entity:
        """Return the row as a record."""
        return Entity(self.id, self.type, tuple(self.segments), self.forms)


def check_references(
    dataset: Dataset,
    places: Mapping[tuple[str, Reference], Place],
    description: _files.Description,
    errors: Findings,
    warnings: Findings,
    *,
    ids: bool,
) -> None:
    """Add a finding for each reference of an unknown unit, without text, or in the wrong language.

    Args:
        dataset: with the references.
        places: file and line of each reference, by its kind.
        description: what `dataset.yaml` says.
        errors: receives the findings that stop a run.
        warnings: receives the others.
        ids: whether the ids of units are known: False if segments could not be read.
    """
    for reference_kind, references in dataset.references.items():
        known = units(dataset, reference_kind)
        by_language: dict[str, list[_language.Text]] = {}
        for reference in references:
            place = places[reference_kind, reference]
            if ids and reference.id not in known:
                some = ", ".join(list(known)[:3])
                message = f"unknown id {reference.id!r}; ids here are {some}, ..."
                errors.add(place, message, cause="unknown id")
            if text.is_blank(reference.text):
                errors.add(place, f"the text of {reference.id} is empty", cause="empty")
            else:
                content = _language.Text(place, reference.id, reference.text)
                by_language.setdefault(reference.language, []).append(content)
        for language, texts in by_language.items():
            _language.check(texts, language, description.other_scripts, errors, warnings)


def check_guidelines(
    dataset: Dataset,
    places: Mapping[tuple[str, Reference], Place],
    description: _files.Description,
    shapes: _guidelines.Shapes,
    warnings: Findings,
) -> None:
    """Add a warning for each rule of style that a reference breaks, if the dataset asks for them."""
    if description.guidelines == "strict":
        by_kind = {reference_kind: units(dataset, reference_kind) for reference_kind in dataset.references}
        _guidelines.check(dataset, places, by_kind, shapes, warnings)


def check_articles(
    articles: Sequence[tuple[Place, Article]], description: _files.Description, errors: Findings, warnings: Findings
) -> None:
    """Add a finding for each article that is not in the script of its language; each comes with its place."""
    by_language: dict[str, list[_language.Text]] = {}
    for place, article in articles:
        content = "\n".join(segment.text for segment in article.segments)
        by_language.setdefault(article.language, []).append(_language.Text(place, article.id, content))
    for language, texts in by_language.items():
        _language.check(texts, language, description.other_scripts, errors, warnings)


def check_gaps(
    dataset: Dataset, path: Path, reference_kinds: Iterable[str], unwritten: _files.Unwritten, errors: Findings
) -> None:
    """Add a finding for each version of these references that lacks a row for some unit.

    A row whose text is not written yet is no gap.
    """
    for reference_kind in reference_kinds:
        known = units(dataset, reference_kind)
        references = [reference for reference in dataset.references[reference_kind] if reference.id in known]
        templates = {tuple(row) for kind, *row in unwritten if kind == reference_kind}
        for message in _gaps(known, references, templates):
            errors.add(path / f"{reference_kind}.jsonl", message)


def units(dataset: Dataset, reference_kind: str) -> dict[str, str]:
    """Return the source text of each unit that a reference kind stands for, by id."""
    segments = [segment for article in dataset.articles for segment in article.segments]
    if reference_kind == "translations":
        return {segment.id: segment.text for segment in segments}
    if reference_kind == "gists":
        paragraphs: dict[str, str] = {}
        for segment in segments:
            if segment.kind in ("standfirst", "body"):
                paragraphs[segment.paragraph] = f"{paragraphs.get(segment.paragraph, '')} {segment.text}".strip()
        return paragraphs
    # For headlines, the article's own title, which they should not repeat.
    return {
        article.id: next((s.text for s in article.segments if s.kind == "title"), "") for article in dataset.articles
    }


def _gaps(
    known: Mapping[str, str], references: Sequence[Reference], templates: Collection[tuple[str, ...]]
) -> Iterator[str]:
    """Yield a message for each version that lacks units; `templates` are (version, language, id)."""
    for version, language in dict.fromkeys((reference.version, reference.language) for reference in references):
        present = {r.id for r in references if (r.version, r.language) == (version, language)}
        missing = [unit for unit in known if unit not in present and (version, language, unit) not in templates]
        if missing:
            named = ", ".join(missing[:_NAMED])
            rest = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
            yield f"version {version!r} ({language}) has gaps: nothing for {named}{rest}"


def check_annotations(
    dataset: Dataset,
    facts: Sequence[tuple[Place, FactRow]],
    entities: Sequence[tuple[Place, EntityRow]],
    errors: Findings,
) -> None:
    """Add a finding for each fact and entity with an unknown segment, or with wordings that occur nowhere."""
    _check_facts(dataset, facts, errors)
    _check_entities(dataset, entities, errors)


def _check_facts(dataset: Dataset, facts: Sequence[tuple[Place, FactRow]], errors: Findings) -> None:
    sources = {segment.id: segment.text for article in dataset.articles for segment in article.segments}
    references = [reference for reference_kind in dataset.references.values() for reference in reference_kind]
    for place, fact in facts:
        _check_segments(place, fact, sources, errors)
        for language, forms in fact.forms.items():
            texts = [reference.text for reference in references if reference.language == language]
            texts += [sources.get(segment, "") for segment in fact.segments if language == dataset.articles[0].language]
            if not any(occurs(form, content) for form in forms for content in texts):
                errors.add(place, f"{fact.id}: no {language} variant occurs in a reference or in its segments")
        everything = [(reference.language, reference.text) for reference in references]
        if not any(occurs(form, t) for lang, t in everything for form in fact.forms.get(lang, ())):
            errors.add(place, f"{fact.id}: none of its variants occurs in any reference")


def _check_entities(dataset: Dataset, entities: Sequence[tuple[Place, EntityRow]], errors: Findings) -> None:
    language = dataset.articles[0].language
    sources = {segment.id: segment.text for article in dataset.articles for segment in article.segments}
    translations = dataset.references.get("translations", ())
    in_sources = {name: stated(content, _forms(entities, language)) for name, content in sources.items()}
    in_references = {r: stated(r.text, _forms(entities, r.language)) for r in translations}
    for place, entity in entities:
        _check_segments(place, entity, sources, errors)
        stating = [name for name, stated_here in in_sources.items() if entity.id in stated_here]
        if set(stating) != set(entity.segments) & set(sources):
            actual = ", ".join(stating) or "no segment"
            errors.add(place, f"{entity.id}: expected the segments that state it ({actual})")
        for reference in translations:
            accepted = entity.forms.get(reference.language)
            if reference.id in entity.segments and accepted and entity.id not in in_references[reference]:
                wanted = " or ".join(repr(form) for form in accepted)
                message = f"{entity.id}: version {reference.version!r} of {reference.id} lacks {wanted}"
                errors.add(place, message)


def _forms(entities: Sequence[tuple[Place, EntityRow]], language: str) -> dict[str, tuple[str, ...]]:
    return {entity.id: entity.forms.get(language, ()) for _, entity in entities}


def stated(content: str, forms: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the keys whose forms occur in a text. A name inside a longer name does not count."""
    occurring: set[str] = set()
    rest = _fold(content)
    keys: dict[str, list[str]] = {}  # by form: "Indo-Japan" states India and Japan
    for key, accepted in forms.items():
        for form in accepted:
            keys.setdefault(form, []).append(key)
    for form in sorted(keys, key=len, reverse=True):
        rest, count = regex.subn(_pattern(form), "\0", rest)
        if count:
            occurring.update(keys[form])
    return occurring


def _check_segments(place: Place, unit: _AnnotationRow, known: Iterable[str], errors: Findings) -> None:
    for segment in unit.segments:
        if segment not in known:
            errors.add(place, f"{unit.id}: unknown segment {segment!r}")


def occurs(form: str, content: str) -> bool:
    """Return whether a surface form occurs in a text as whole words, after Hindi normalisation and in any case."""
    return regex.search(_pattern(form), _fold(content)) is not None


def _pattern(form: str) -> str:
    return rf"(?<![\w@]){regex.escape(_fold(form))}(?!\w)"


def _fold(content: str) -> str:
    """Merge accepted spellings (ढाँचे ढांचे, नये नए) and drop quotation marks; the apostrophe of "Japan's" stays."""
    return _QUOTES.sub("", text.fold(text.normalise(content, HINDI))).casefold()
