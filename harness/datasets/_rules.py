"""Rules for the articles and references of every dataset: ids that exist, no gaps, no empty text, the right language.

Pure. Findings against these stop a run. `_annotations.py` has the rules for facts and entities, `_guidelines.py` those
of style, which give warnings only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.core import text
from harness.core.findings import Findings, Place
from harness.core.records import Article, Dataset, Reference
from harness.datasets import _files, _guidelines, _language

_NAMED = 8  # units without a text that an error names


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
