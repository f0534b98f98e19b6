"""Rules for references, facts and entities that go beyond well-formed files: the authors' guidelines in code. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import regex
from pydantic import BaseModel, ConfigDict, Field, model_validator

from harness.core import text
from harness.core.errors import Problem
from harness.core.records import HINDI, Dataset, Entity, Fact, Reference
from harness.core.text import sentences


class Shape(NamedTuple):
    """The length and form that a text must have."""

    words: tuple[int, int] | None  # least and greatest number of words
    one_sentence: bool


# By reference kind and then version; None stands for every other version.
Shapes = Mapping[str, Mapping[str | None, Shape]]
_SHAPES: Shapes = {
    "translations": {None: Shape(None, one_sentence=True)},
    "summaries": {
        "sentence": Shape((20, 35), one_sentence=True),
        None: Shape((45, 70), one_sentence=False),
    },
    "headlines": {None: Shape((3, 15), one_sentence=False)},
    "gists": {None: Shape((8, 45), one_sentence=True)},
}
# Words of a translation per word of the source. In news, English takes 0.7 to 1.5 words for one of Hindi.
_TRANSLATION_RATIO = (0.4, 2.5)
# Least share of letters in the script of the language. A Hindi text may contain a Latin handle, but an English text
# nothing in Devanagari.
_SCRIPT_SHARE = {"Deva": 0.7, "Latn": 0.99}

_NAMED = 8  # units without a text that an error names

_QUOTES = regex.compile(r"""(?<!\w)['"]|['"](?!\w)""")


class _AnnotationRow(BaseModel):
    """A row with the segments that state something, and its surface forms by FLORES code."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    __pydantic_extra__: dict[str, list[str]] = Field(init=False)

    id: str
    segments: list[str] = Field(min_length=1)

    @model_validator(mode="after")
    def _languages(self) -> _AnnotationRow:
        for name, forms in self.forms.items():
            if not text.is_language(name):
                raise ValueError(f"unknown key {name!r}; expected a language such as hin_Deva")
            if not forms or not all(form.strip() for form in forms):
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


def check_content(
    dataset: Dataset,
    lines: Mapping[tuple[str, Reference], str],
    facts: Sequence[tuple[str, FactRow]],
    entities: Sequence[tuple[str, EntityRow]],
    path: Path,
) -> list[Problem]:
    """Return the problems in the content of a dataset; `lines` has the file and line of each reference."""
    problems = check_references(dataset, lines)
    problems += _check_gaps(dataset, path)
    problems += _check_facts(dataset, facts)
    problems += _check_entities(dataset, entities)
    return problems


def check_references(
    dataset: Dataset, lines: Mapping[tuple[str, Reference], str], shapes: Shapes = _SHAPES
) -> list[Problem]:
    """Return the problems of references: unknown ids, and texts of a wrong length, script or form."""
    problems: list[Problem] = []
    for reference_kind, references in dataset.references.items():
        units = _units(dataset, reference_kind)
        for reference in references:
            where = lines[reference_kind, reference]
            if reference.id in units:
                shape = shapes[reference_kind].get(reference.version, shapes[reference_kind][None])
                faults = _faults(reference_kind, reference, units[reference.id], shape)
                problems += [Problem(where, fault) for fault in faults]
            else:
                some = ", ".join(list(units)[:3])
                problems.append(Problem(where, f"unknown id {reference.id!r}; ids here are {some}, ..."))
    return problems


def _check_gaps(dataset: Dataset, path: Path) -> Iterator[Problem]:
    """Yield a problem for each version of the references that lacks a text for some unit."""
    for reference_kind, references in dataset.references.items():
        units = _units(dataset, reference_kind)
        known = [reference for reference in references if reference.id in units]
        yield from _gaps(path / f"{reference_kind}.jsonl", units, known)


def _units(dataset: Dataset, reference_kind: str) -> dict[str, str]:
    """Return the source text of each unit that a reference kind stands for, by id."""
    segments = [segment for article in dataset.articles for segment in article.segments]
    if reference_kind == "translations":
        return {segment.id: segment.text for segment in segments}
    if reference_kind == "gists":
        units: dict[str, str] = {}
        for segment in segments:
            if segment.kind in ("standfirst", "body"):
                units[segment.paragraph] = f"{units.get(segment.paragraph, '')} {segment.text}".strip()
        return units
    # For headlines, the article's own title, which they must not repeat.
    return {
        article.id: next((s.text for s in article.segments if s.kind == "title"), "") for article in dataset.articles
    }


def _gaps(file: Path, units: Mapping[str, str], references: Sequence[Reference]) -> Iterator[Problem]:
    """Yield a problem for each version that lacks units."""
    for version, language in dict.fromkeys((reference.version, reference.language) for reference in references):
        present = {r.id for r in references if (r.version, r.language) == (version, language)}
        missing = [unit for unit in units if unit not in present]
        if missing:
            named = ", ".join(missing[:_NAMED]) + (
                f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
            )
            yield Problem(str(file), f"version {version!r} ({language}) has gaps: nothing for {named}")


def _faults(reference_kind: str, reference: Reference, source: str, shape: Shape) -> Iterator[str]:
    content = reference.text
    if not content.strip():
        yield f"the text of {reference.id} is empty"
        return
    if content != content.strip() or "\n" in content:
        yield "the text has space around it or a line break in it"
    script = reference.language.rpartition("_")[2]
    share = text.script_share(content, script)
    if share < _SCRIPT_SHARE.get(script, 0.7):
        yield f"expected {reference.language}, found only {share:.0%} of the letters in that script"
    count = text.word_count(content)
    if shape.words and not shape.words[0] <= count <= shape.words[1]:
        yield f"expected {shape.words[0]} to {shape.words[1]} words, found {count}"
    if shape.one_sentence and len(sentences.split(content)) != 1:
        yield f"expected one sentence, found {len(sentences.split(content))}"
    if reference_kind == "translations":
        wanted = max(1, text.word_count(source))
        if not _TRANSLATION_RATIO[0] <= count / wanted <= _TRANSLATION_RATIO[1]:
            yield f"{count} words for {wanted} of the source: is this the translation of {reference.id}?"
    if reference_kind == "headlines" and _fold(content) == _fold(source):
        yield "the headline is a copy of the article's own; write another"


def _check_facts(dataset: Dataset, facts: Sequence[tuple[str, FactRow]]) -> Iterator[Problem]:
    sources = {segment.id: segment.text for article in dataset.articles for segment in article.segments}
    references = [reference for reference_kind in dataset.references.values() for reference in reference_kind]
    for where, fact in facts:
        yield from _unknown_segments(where, fact, sources)
        for language, forms in fact.forms.items():
            texts = [reference.text for reference in references if reference.language == language]
            texts += [sources.get(segment, "") for segment in fact.segments if language == dataset.articles[0].language]
            if not any(occurs(form, content) for form in forms for content in texts):
                yield Problem(where, f"{fact.id}: no {language} variant occurs in a reference or in its segments")
        everything = [(reference.language, reference.text) for reference in references]
        if not any(occurs(form, t) for lang, t in everything for form in fact.forms.get(lang, ())):
            yield Problem(where, f"{fact.id}: none of its variants occurs in any reference")


def _check_entities(dataset: Dataset, entities: Sequence[tuple[str, EntityRow]]) -> Iterator[Problem]:
    language = dataset.articles[0].language
    sources = {segment.id: segment.text for article in dataset.articles for segment in article.segments}
    translations = dataset.references.get("translations", ())
    in_sources = {name: stated(content, _forms(entities, language)) for name, content in sources.items()}
    in_references = {r: stated(r.text, _forms(entities, r.language)) for r in translations}
    for where, entity in entities:
        yield from _unknown_segments(where, entity, sources)
        stating = [name for name, stated_here in in_sources.items() if entity.id in stated_here]
        if set(stating) != set(entity.segments) & set(sources):
            found = ", ".join(stating) or "no segment"
            yield Problem(where, f"{entity.id}: expected the segments that state it ({found})")
        for reference in translations:
            accepted = entity.forms.get(reference.language)
            if reference.id in entity.segments and accepted and entity.id not in in_references[reference]:
                wanted = " or ".join(repr(form) for form in accepted)
                yield Problem(where, f"{entity.id}: version {reference.version!r} of {reference.id} lacks {wanted}")


def _forms(entities: Sequence[tuple[str, EntityRow]], language: str) -> dict[str, tuple[str, ...]]:
    return {entity.id: entity.forms.get(language, ()) for _, entity in entities}


def stated(content: str, forms: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the keys whose forms occur in a text. A name inside a longer name does not count."""
    found: set[str] = set()
    rest = _fold(content)
    keys: dict[str, list[str]] = {}  # by form: "Indo-Japan" states India and Japan
    for key, accepted in forms.items():
        for form in accepted:
            keys.setdefault(form, []).append(key)
    for form in sorted(keys, key=len, reverse=True):
        rest, count = regex.subn(_pattern(form), "\0", rest)
        if count:
            found.update(keys[form])
    return found


def _unknown_segments(where: str, unit: _AnnotationRow, known: Iterable[str]) -> Iterator[Problem]:
    for segment in unit.segments:
        if segment not in known:
            yield Problem(where, f"{unit.id}: unknown segment {segment!r}")


def occurs(form: str, content: str) -> bool:
    """Whether a surface form occurs in a text as whole words, after Hindi normalisation and in any case."""
    return regex.search(_pattern(form), _fold(content)) is not None


def _pattern(form: str) -> str:
    return rf"(?<![\w@]){regex.escape(_fold(form))}(?!\w)"


def _fold(content: str) -> str:
    """Merge accepted spellings (ढाँचे ढांचे, नये नए) and drop quotation marks; the apostrophe of "Japan's" stays."""
    return _QUOTES.sub("", text.fold(text.normalise(content, HINDI))).casefold()
