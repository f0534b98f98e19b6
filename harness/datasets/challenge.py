"""A challenge set: single sentences with one difficulty each, and the conditions that decide whether an output passes.

    items.jsonl     one item per line (see `ItemRow`)
    dataset.yaml    the version of the items, licence, citation, and notes that are printed with every score
    README.md       authors, rules and licence

An item has a source, correct and wrong translations of it, and conditions on an output: `must` (every entry) and
`must_not` (none). A condition is a regular expression, searched in the output in lower case, or a value:
`{"value": 35000000}`, `{"percent": 25}`, `{"time": "12:30"}`, `{"date": "2025-04-05"}`. In `must_not`,
`{"other_value": [37]}` is a number that is none of these. An entry of `must` may be a list of conditions, of which one
is enough. `harness.core.checks` compares.

Two items with the same `pair` differ in one feature of the source and need different translations. A pair is an article
of its own, and so is an item without a pair: results count pairs, and resampling draws pairs.

`contrasts` are the sentences that a model which gives probabilities must put in order: those correct and wrong ones
whose lengths differ by at most 20%. An item without such sentences is for generation only, and so is its pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from harness.core.errors import ProblemsError
from harness.core.findings import Findings, Place
from harness.core.records import (
    ENGLISH,
    HINDI,
    Annotations,
    Article,
    Dataset,
    Labels,
    Reference,
    Segment,
)
from harness.datasets import DatasetFormat, FolderOptions, _files, _rules
from harness.datasets._challenge_items import Item, ItemRow, contrasts, read

ITEMS = "items.jsonl"


class ChallengeDescription(_files.Description):
    """The keys of the `dataset.yaml` of a challenge set."""

    version: str | None = Field(default=None, min_length=1, description="of the items; printed with every score")


def load(options: FolderOptions) -> Dataset:
    """Return the challenge set in a folder.

    Raises:
        ProblemsError: something is wrong with it; all findings together.
        FileError: the folder cannot be found.
    """
    path = options.path
    _files.expect_folder(path, ITEMS)
    errors, warnings = Findings(), Findings()
    description = _files.describe_as(ChallengeDescription, path, errors)
    items = read([path / ITEMS], errors)
    name = path.resolve().name
    articles = list(_articles(name, items))
    _rules.check_articles(articles, description, errors, warnings)
    _files.warn_of_unread(path, [ITEMS], warnings)
    if errors:
        raise ProblemsError(errors.problems(path))
    version = description.version
    return Dataset(
        name=name,
        digest=_files.digest(path, [ITEMS]),
        articles=tuple(article for _, article in articles),
        references=_references(name, items),
        annotations=_annotations(name, items),
        licence=description.licence,
        citation=description.citation,
        notes=((f"version {version} of the items of {name}",) if version else ()) + description.notes,
        warnings=tuple(map(str, warnings.problems(path))),
        origins=({"dataset": name, "version": version},) if version else (),
    )


def _segment(name: str, item: ItemRow) -> str:
    return f"{name}#{item.id}"


def _articles(name: str, items: Sequence[Item]) -> Iterator[tuple[Place, Article]]:
    """Yield each pair, and each item without one, as an article, with the place of its first item."""
    units: dict[str, list[Item]] = {}
    for place, item in items:
        units.setdefault(item.unit, []).append((place, item))
    for unit, of_unit in units.items():
        segments: list[Segment] = []
        for _, item in of_unit:
            start = segments[-1].end + 1 if segments else 0
            unit_id = _segment(name, item)
            segments.append(Segment(unit_id, unit_id, "body", start, start + len(item.source), item.source))
        yield of_unit[0][0], Article(f"{name}/{unit}", HINDI, tuple(segments))


def _references(name: str, items: Sequence[Item]) -> dict[str, tuple[Reference, ...]]:
    unfit = {item.unit for _, item in items if not contrasts(item)}  # a pair counts only if both items do
    return {
        kind: tuple(
            Reference(_segment(name, item), f"{version}-{number}", ENGLISH, sentence)
            for _, item in items
            for number, sentence in enumerate(sentences(item), start=1)
        )
        for kind, version, sentences in (
            ("translations", "correct", lambda item: item.correct),
            ("contrasts", "contrast", lambda item: () if item.unit in unfit else contrasts(item)),
        )
    }


def _annotations(name: str, items: Sequence[Item]) -> Annotations:
    by_id = {_segment(name, item): item for _, item in items}
    return Annotations(
        checks={segment: item.check() for segment, item in by_id.items()},
        labels={
            "group": Labels({segment: item.group for segment, item in by_id.items()}, has_intervals=True),
            "phenomenon": Labels({segment: item.phenomenon for segment, item in by_id.items()}, has_intervals=False),
        },
    )


FORMAT = DatasetFormat(options=FolderOptions, load=load, pattern="items.jsonl")
