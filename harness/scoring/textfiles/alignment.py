"""Put files of texts into one order of segments; pure.

Files without ids need equal numbers of texts. Files with ids can be in any order. Their order is that of the first
reference, followed by the ids that only later references have; without references it is that of the source or the first
hypothesis. A reference may lack ids that another reference has. Sources and hypotheses need a text for every segment.

Files with and without ids can be mixed if their numbers of texts agree and all files with ids have one order, because
then the order is the only possible one. SGM and XML number segments in their own way. If other files have other ids,
those numbers are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.core.errors import InputError
from harness.scoring.textfiles.read import Texts


@dataclass(frozen=True, slots=True)
class Aligned:
    """Files in one order of segments."""

    ids: tuple[str, ...]  # line numbers if the files have no ids
    references: Mapping[str, Texts]  # by name
    source: Texts | None
    outputs: Mapping[str, Texts]  # by system
    articles: tuple[str, ...]  # of each segment; empty if the files do not say
    kinds: tuple[str, ...]  # of each segment; empty if the files do not say


def align(references: Mapping[str, Texts], source: Texts | None, outputs: Mapping[str, Texts]) -> Aligned:
    """Return files in one order of segments.

    Raises:
        InputError: a file has too few or too many segments, a segment has no reference, or the order of the segments
            is not clear.
    """
    streams = [
        *(("reference", texts) for texts in references.values()),
        *([("source", source)] if source else []),
        *(("hypothesis", texts) for texts in outputs.values()),
    ]
    plan = _Plan.of(streams)
    references = {name: plan.labelled(texts) for name, texts in references.items()}
    outputs = {name: plan.labelled(texts) for name, texts in outputs.items()}
    source = source and plan.labelled(source)
    first = next(iter([*references.values(), *([source] if source else []), *outputs.values()]))
    if first.ids is None:
        ids = tuple(str(number) for number in range(1, len(first.texts) + 1))
        in_order = dict(references)
    else:
        listed = [reference.ids or () for reference in references.values()] or [first.ids]
        ids = tuple(dict.fromkeys(name for of_file in listed for name in of_file))
        in_order = {name: _ordered(texts, ids) for name, texts in references.items()}
        whole = str(first) if len(ids) == len(first.ids) else "the references together"
        if source:
            _check_ids("source", source, ids, whole)
            source = _ordered(source, ids)
        for texts in outputs.values():
            _check_ids("hypothesis", texts, ids, whole)
        outputs = {name: _ordered(texts, ids) for name, texts in outputs.items()}
    _check_covered(in_order, ids, numbered=first.ids is None)
    described = [source] if source else []
    described += [*in_order.values()] if references else [first] if not source else []
    return Aligned(
        ids=ids,
        references=in_order,
        source=source,
        outputs=outputs,
        articles=_said([texts.articles for texts in described]),
        kinds=_said([texts.kinds for texts in described]),
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """The way in which files with and without ids are brought together."""

    ids: tuple[str, ...] | None  # of the texts of files without ids; None: no file has ids
    drop_weak: bool  # ignore the ids of SGM and XML

    @classmethod
    def of(cls, streams: Sequence[tuple[str, Texts]]) -> _Plan:
        """Return how to bring files, each with its label, together.

        Raises:
            InputError: numbers of texts differ between files without ids, or with and without; or the order of files
                with ids is not clear.
        """
        strong = [texts for _, texts in streams if texts.ids is not None and not texts.weak_ids]
        weak = [texts for _, texts in streams if texts.ids is not None and texts.weak_ids]
        known = {name for texts in strong for name in texts.ids or ()}
        drop_weak = bool(strong) and any(not known.issuperset(texts.ids or ()) for texts in weak)
        with_ids = strong if drop_weak else [texts for _, texts in streams if texts.ids is not None]
        without = [(label, texts) for label, texts in streams if texts not in with_ids]
        if not without:
            return cls(None, drop_weak)
        first = with_ids[0] if with_ids else without[0][1]
        for label, texts in without:
            _check_count(label, texts, first)
        for texts in with_ids:
            _check_order(texts, first, without[0][1])
        return cls(first.ids if with_ids else None, drop_weak)

    def labelled(self, texts: Texts) -> Texts:
        """Return a file with the ids that this plan gives it."""
        if texts.ids is None or (texts.weak_ids and self.drop_weak):
            return replace(texts, ids=self.ids)
        return texts


def _check_count(label: str, given: Texts, first: Texts) -> None:
    """Raise InputError unless two files have equal numbers of texts."""
    if len(given.texts) != len(first.texts):
        unit = "" if first.ids is None else " ids"
        raise InputError(
            f"{given}: the {label} has {len(given.texts)} lines, {first} has {len(first.texts)}{unit}; "
            "expected one line per segment in both"
        )


def _check_order(given: Texts, first: Texts, plain: Texts) -> None:
    """Raise InputError if a file with ids leaves the order of the lines of a file without ids open."""
    if given.ids != first.ids:
        raise InputError(
            f"{plain}: the lines have no ids, and {first} and {given} have different ids or orders; "
            "give this file with ids too"
        )
    numbers = [int(name) for name in given.ids or () if name.isascii() and name.isdigit() and len(name) < 10]
    if len(numbers) == len(given.texts) and numbers != sorted(numbers):
        raise InputError(
            f"{given}: the ids are numbers out of order, and the lines of {plain} have no ids; "
            "sort the file by id, or give all files with ids"
        )


def _check_ids(label: str, given: Texts, ids: Sequence[str], whole: str) -> None:
    """Raise InputError unless a file has exactly these ids; `whole` names where they are from."""
    own = given.ids or ()
    known, expected = set(own), set(ids)
    missing = [name for name in ids if name not in known]
    if missing or len(own) != len(ids):
        other = next((name for name in own if name not in expected), None)
        what = f"nothing for {missing[0]}" if missing else f"{other}, which is not there"
        verb = "have" if whole.startswith("the references") else "has"
        raise InputError(
            f"{given}: the {label} has {len(own)} ids, {whole} {verb} {len(ids)}; "
            f"it has {what}; expected the same ids in both"
        )


def _check_covered(references: Mapping[str, Texts], ids: Sequence[str], *, numbered: bool) -> None:
    """Raise InputError if a segment has no reference in any file."""
    if not references:
        return
    bare = [
        name
        for name, texts in zip(ids, zip(*(r.texts for r in references.values()), strict=True), strict=True)
        if all(content is None for content in texts)
    ]
    if bare:
        what = "lines" if numbered else "ids"
        more = f" and {len(bare) - 5} more" if len(bare) > 5 else ""
        raise InputError(
            f"{', '.join(map(str, references.values()))}: {len(bare)} of {len(ids)} segments have no reference "
            f"({what} {', '.join(bare[:5])}{more}); write one for each, or remove these segments from all files"
        )


def _ordered(given: Texts, ids: Sequence[str]) -> Texts:
    """Return a file's texts in the order of `ids`, None for those that it lacks."""
    place = {name: index for index, name in enumerate(given.ids or ())}
    texts, articles, kinds = (
        tuple(values[place[name]] if name in place else None for name in ids) if values else ()
        for values in (given.texts, given.articles, given.kinds)
    )
    return replace(given, ids=tuple(ids), texts=texts, articles=articles, kinds=kinds)


def _said(columns: Sequence[tuple[str | None, ...]]) -> tuple[str, ...]:
    """Return for each segment the first value that a file says; empty unless some file says one for every segment."""
    values = [
        next((value for value in of_segment if value is not None), None)
        for of_segment in zip(*filter(None, columns), strict=True)
    ]
    return tuple(value for value in values if value is not None) if None not in values else ()
