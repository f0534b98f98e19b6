"""The segments of a page as JSON for its script: columns instead of records, and every text once.

    {"texts": [...], "tasks": [{
        "label", "title", "language", "target", "primary",
        "footing",                              what a reader must know of these scores beside the table's; may be ""
        "metrics": [[name, lower is better, decimals, point]], "systems": [...], "versions": [...],
        "flags": [[name, what it counts]],
        "kinds", "datasets", "articles": [...],                          values that `kind`, `dataset`, `article` index
        "id", "article", "kind", "dataset", "words", "source": [segments]
        "references": [versions][segments],                              indices of texts; -1: there is none
        "base": [systems],      the system whose output an output is compared with; -1: the nearest reference
        "output", "nearest", "edits", "flagged", "tokens": [systems][segments]
        "about": [systems]          by segment, then by flag: the words that the flag is about, if they are known
        "scores": [metrics][systems][segments]                           null: not known
    }]}

`nearest` is the version of the reference that `edits` leads from; `edits` are "" if the two have too little in common.
`flagged` is a bit mask of `flags`. A large page has this JSON deflated, in base64.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core.segments import OutputView, SegmentView, TaskView
from harness.reporting import word_differences
from harness.reporting.flagged_words import flagged_words
from harness.reporting.word_differences import Edit
from harness.scoring import diagnostics

# Bytes of JSON above which it is deflated. A smaller page can be read by other programs as it is.
_LARGE = 2_000_000
# Share of the longer text that two texts must have in common for marks of their differences to help a reader.
_LEAST_COMMON = 0.15
# Characters that would end the script element, or a line of JavaScript; halves of surrogate pairs, which UTF-8 lacks;
# and those that would hide something from a reader of the file.
_UNSAFE = re.compile(
    "[<>&\u2028\u2029\ud800-\udfff\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


def script(content: Mapping[str, Any]) -> tuple[str, str]:
    """Return the page's data, safe inside a script element, and how it is encoded: "json" or "deflate"."""
    plain = _UNSAFE.sub(
        lambda match: f"\\u{ord(match[0]):04x}", json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    )
    data = plain.encode()
    if len(data) <= _LARGE:
        return plain, "json"
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(packer.compress(data) + packer.flush()).decode(), "deflate"


def content(
    tasks: Sequence[TaskView],
    titles: Sequence[str],
    before: Mapping[str, str] | None = None,
    footings: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the data of a page.

    Args:
        tasks: the segments of each task.
        titles: the name of each task for a reader.
        before: by name of a system, the system whose outputs its own are compared with, instead of references.
        footings: by label of a task, what a reader must know of its segments' scores beside those of its table.
    """
    texts = _Texts()
    return {
        "tasks": [
            _task(task, title, before or {}, texts) | {"footing": (footings or {}).get(task.label, "")}
            for task, title in zip(tasks, titles, strict=True)
        ],
        "texts": list(texts.numbers),
    }


class _Texts:
    """Number texts, equal ones alike."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, content: str | None) -> int:
        return -1 if content is None else self.numbers.setdefault(content, len(self.numbers))


def _task(task: TaskView, title: str, before: Mapping[str, str], texts: _Texts) -> dict[str, Any]:
    segments = task.segments
    versions = list(dict.fromkeys(version for segment in segments for version in segment.references))
    kinds, datasets, articles = (
        list(dict.fromkeys(getattr(segment, name) for segment in segments)) for name in ("kind", "dataset", "article")
    )
    flags = [
        name for name in diagnostics.every()
        if any(name in output.flags for segment in segments for output in segment.outputs)
    ]  # fmt: skip
    places = [{name: place for place, name in enumerate(names)} for names in (kinds, datasets, articles)]
    columns: dict[str, list[list[Any]]] = {
        name: [[] for _ in task.systems] for name in ("output", "nearest", "edits", "flagged", "tokens")
    }
    about: list[dict[int, dict[int, str]]] = [{} for _ in task.systems]
    values: list[list[list[float | None]]] = [[[] for _ in task.systems] for _ in task.metrics]
    for number, segment in enumerate(segments):
        outputs = {output.system: output for output in segment.outputs}
        compared = compare(segment, task, before)
        for place, system in enumerate(task.systems):
            output = outputs.get(system)
            comparison = compared.get(system, _NOTHING)
            columns["output"][place].append(texts.number(output.text if output else None))
            columns["nearest"][place].append(-1 if comparison.version is None else versions.index(comparison.version))
            columns["edits"][place].append(packed(comparison.edits))
            columns["flagged"][place].append(_bits(output, flags))
            columns["tokens"][place].append(output.output_tokens if output else None)
            if words := _words(output, flags):
                about[place][number] = words
            for metric, of_metric in zip(task.metrics, values, strict=True):
                of_metric[place].append(_rounded(output, metric, task.decimals.get(metric, 1)))
    return {
        "label": task.label,
        "title": title,
        "language": task.language,
        "target": task.target,
        "primary": task.primary,
        "metrics": [
            [name, name in task.lower_is_better, task.decimals.get(name, 1), task.points.get(name, 1)]
            for name in task.metrics
        ],
        "systems": list(task.systems),
        "versions": versions,
        "flags": [[flag_name(name), diagnostics.every()[name].label] for name in flags],
        "kinds": kinds,
        "datasets": datasets,
        "articles": articles,
        "id": [segment.id for segment in segments],
        "kind": [places[0][segment.kind] for segment in segments],
        "dataset": [places[1][segment.dataset] for segment in segments],
        "article": [places[2][segment.article] for segment in segments],
        "words": [segment.words for segment in segments],
        "source": [texts.number(segment.source) for segment in segments],
        "references": [[texts.number(segment.references.get(version)) for segment in segments] for version in versions],
        "base": [task.systems.index(before[name]) if name in before else -1 for name in task.systems],
        "about": about,
        "scores": values,
        **columns,
    }


@dataclass(frozen=True, slots=True)
class Compared:
    """An output beside the text that it is compared with."""

    version: str | None  # of the nearest reference; None: there is none, or it is compared with another output
    edits: tuple[Edit, ...]  # empty if there is nothing to compare with, or too little in common


_NOTHING = Compared(None, ())


def compare(segment: SegmentView, task: TaskView, before: Mapping[str, str]) -> dict[str, Compared]:
    """Return how each output differs from the nearest reference, by system.

    An output of a system in `before` is compared with that of the other system instead.
    """
    outputs = {output.system: output.text for output in segment.outputs}
    references = {version: text for version, text in segment.references.items() if text is not None}
    known: dict[str, Compared] = {}  # copying systems have the same output
    compared: dict[str, Compared] = {}
    for system, output in outputs.items():
        if before.get(system) in outputs:
            compared[system] = Compared(None, _edits(outputs[before[system]], output, task.target))
            continue
        if output not in known:
            known[output] = _from_nearest(references, output, task.target)
        compared[system] = known[output]
    return compared


def _from_nearest(references: Mapping[str, str], output: str, language: str) -> Compared:
    if not references:
        return _NOTHING
    version = list(references)[word_differences.nearest(list(references.values()), output, language=language)]
    return Compared(version, _edits(references[version], output, language))


def _edits(reference: str, output: str, language: str) -> tuple[Edit, ...]:
    """Return the edits, or nothing if the texts have so little in common that marks only hide the output."""
    edits = word_differences.differences(reference, output, language=language)
    common = sum(len(edit.output) for edit in edits if edit.kind in ("equal", "move"))
    return edits if common >= _LEAST_COMMON * max(len(reference), len(output)) else ()


def flag_name(name: str) -> str:
    """Return the name of a flag as a reader sees it."""
    return name.replace("_", " ")


def flag_title(output: OutputView, flag: str) -> str:
    """Return what a flag counts, and the words of this output that it is about."""
    return ": ".join(filter(None, [diagnostics.every()[flag].label, flagged_words(output, flag)]))


# How an edit is packed: a sign, the length of its text in the reference, and that in the output. Equal texts have one.
_SIGNS = {"change": "*", "delete": "-", "insert": "+", "equal": "~"}


def packed(edits: Iterable[Edit]) -> str:
    """Return edits as the lengths of their texts, in the units of JavaScript's strings: "=12*3.4+5<6>6"."""
    parts = []
    for edit in edits:
        theirs, ours = _length(edit.reference), _length(edit.output)
        if edit.kind == "move":
            parts.append(f"<{theirs}" if edit.reference else f">{ours}")
        elif edit.kind == "equal" and edit.reference == edit.output:
            parts.append(f"={ours}")
        elif edit.kind in ("change", "equal"):
            parts.append(f"{_SIGNS[edit.kind]}{theirs}.{ours}")
        else:
            parts.append(f"{_SIGNS[edit.kind]}{theirs or ours}")
    return "".join(parts)


def _length(content: str) -> int:
    """Return the length in UTF-16 code units."""
    if content.isascii():
        return len(content)
    return len(content) + sum(character > "\uffff" for character in content)


def _bits(output: OutputView | None, flags: Sequence[str]) -> int:
    return sum(1 << place for place, name in enumerate(flags) if output is not None and name in output.flags)


def _words(output: OutputView | None, flags: Sequence[str]) -> dict[int, str]:
    """Return the words that each flag of an output is about, by the flag's place in `flags`."""
    if output is None:
        return {}
    words = ((place, flagged_words(output, name)) for place, name in enumerate(flags) if name in output.flags)
    return {place: of_flag for place, of_flag in words if of_flag}


def _rounded(output: OutputView | None, metric: str, decimals: int) -> float | None:
    """Return a score with one decimal more than tables have."""
    value = output.scores.get(metric) if output is not None else None
    return None if value is None or value != value else round(value, decimals + 1)
