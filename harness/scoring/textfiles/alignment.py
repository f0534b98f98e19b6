"""Put files of texts into one order of segments; pure.

Plain files have one line per segment, so they need equal numbers of lines. Files with ids can be in any order. Their
order is that of the first reference, followed by the ids that only later references have; without references it is that
of the source or the first hypothesis. A reference may lack ids that another reference has. Sources and hypotheses need
a text for every segment.
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
        InputError: files with and without ids are mixed, a file has too few or too many segments, or a segment has no
            reference.
    """
    first = next(iter([*references.values(), *([source] if source else []), *outputs.values()]))
    labelled = [
        *(("reference", texts) for texts in references.values()),
        *([("source", source)] if source else []),
        *(("hypothesis", texts) for texts in outputs.values()),
    ]
    for label, texts in labelled:
        _check_form(label, texts, first)
    if first.ids is None:
        ids = tuple(str(number) for number in range(1, len(first.texts) + 1))
        in_order = dict(references)
    else:
        listed = [reference.ids or () for reference in references.values()] or [first.ids]
        ids = tuple(dict.fromkeys(name for of_file in listed for name in of_file))
        in_order = {name: _ordered(texts, ids) for name, texts in references.items()}
        whole = str(first) if len(ids) == len(first.ids) else "the references together"
        for label, texts in labelled:
            if label != "reference":
                _check_ids(label, texts, ids, whole)
        source = source and _ordered(source, ids)
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


def _check_form(label: str, given: Texts, first: Texts) -> None:
    """Raise InputError unless a file has ids as the first one has or, without ids, as many lines."""
    if (given.ids is None) != (first.ids is None):
        plain, with_ids = (given, first) if given.ids is None else (first, given)
        raise InputError(
            f"{plain}: expected JSONL with ids, as {with_ids} is, found plain lines; "
            "give all files in one of the two forms"
        )
    if given.ids is None and len(given.texts) != len(first.texts):
        raise InputError(
            f"{given}: the {label} has {len(given.texts)} lines, {first} has {len(first.texts)}; "
            "expected one line per segment in both"
        )


def _check_ids(label: str, given: Texts, ids: Sequence[str], whole: str) -> None:
    """Raise InputError unless a file has exactly these ids; `whole` names where they are from."""
    own = given.ids or ()
    missing = [name for name in ids if name not in set(own)]
    if missing or len(own) != len(ids):
        other = next((name for name in own if name not in set(ids)), None)
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
