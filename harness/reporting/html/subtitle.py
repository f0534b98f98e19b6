"""Say in one line what a page is about: languages, data, dates and version; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.core.records import ENGLISH, HINDI
from harness.core.segments import TaskView
from harness.reporting import numbers
from harness.reporting.html.origin import PACKAGE

_LANGUAGES = {HINDI: "Hindi", ENGLISH: "English"}


def subtitle(views: Sequence[TaskView], manifests: Sequence[Mapping[str, Any]], version: str) -> str:
    """Return the line; what is not known is left out.

    Args:
        views: the segments of the page.
        manifests: of its runs.
        version: of the harness that makes the page, if no manifest states the one that made the outputs.
    """
    versions = dict.fromkeys(str(each.get("libraries", {}).get(PACKAGE) or "") for each in manifests)
    stated = ", ".join(filter(None, versions)) or version
    parts = [_directions(views), ", ".join(_datasets(manifests)), _dates(manifests), stated and f"harness {stated}"]
    return " · ".join(filter(None, parts))


def _directions(views: Sequence[TaskView]) -> str:
    """Return the languages of sources and outputs; several directions name their tasks."""
    tasks: dict[str, dict[str, None]] = {}
    for view in views:
        if view.language:
            tasks.setdefault(f"{_name(view.language)} to {_name(view.target)}", {})[view.task] = None
    if len(tasks) < 2:
        return "".join(tasks)
    return ", ".join(f"{direction} ({', '.join(names)})" for direction, names in tasks.items())


def _name(language: str) -> str:
    return _LANGUAGES.get(language, language)


def _datasets(manifests: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield each dataset with its number of articles, once."""
    lines = (
        f"{dataset['name']}: {numbers.count(dataset['articles'], 'article')}"
        if dataset.get("articles") else str(dataset["name"])
        for manifest in manifests
        for dataset in manifest.get("datasets") or [manifest.get("dataset") or {}]
        if dataset.get("name")
    )  # fmt: skip
    yield from dict.fromkeys(lines)


def _dates(manifests: Sequence[Mapping[str, Any]]) -> str:
    """Return the days on which runs ended, in UTC."""
    days = sorted({str(each["finished"])[:10] for each in manifests if each.get("finished")})
    if not days:
        return ""
    return f"run of {days[0]}" if len(days) == 1 else f"runs of {days[0]} to {days[-1]}"
