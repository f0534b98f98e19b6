"""Read texts with their sources: translations and summaries of a dataset folder, or two plain files."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.records import ENGLISH, HINDI
from harness.tasks import TaskKind


@dataclass(frozen=True)
class Texts:
    """References of one kind, with the source of each."""

    kind: TaskKind
    target: str
    sources: list[str]
    texts: list[str]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _segments(folder: Path) -> dict[str, str]:
    """Return the text of each segment by its id."""
    files = [folder / "segments.jsonl", folder / "articles.hin_Deva.jsonl"]
    return {row["id"]: row["text"] for path in files for row in _rows(path)}


def translations(folder: Path) -> Texts:
    """Return the English translations of a dataset's segments."""
    segments = _segments(folder)
    rows = [row for row in _rows(folder / "translations.jsonl") if row["language"] == ENGLISH and row["id"] in segments]
    return Texts("translation", ENGLISH, [segments[row["id"]] for row in rows], [row["text"] for row in rows])


def summaries(folder: Path) -> Texts:
    """Return the Hindi summaries of a dataset's articles."""
    articles: dict[str, list[str]] = defaultdict(list)
    for name, text in _segments(folder).items():
        articles[name.partition("#")[0]].append(text)
    rows = [
        row
        for row in _rows(folder / "summaries.jsonl")
        if row["language"] == HINDI and row["id"].split("#")[0] in articles
    ]
    sources = ["\n".join(articles[row["id"].split("#")[0]]) for row in rows]
    return Texts("summarisation", HINDI, sources, [row["text"] for row in rows])


def plain(sources: Path, references: Path) -> Texts:
    """Return two files with one segment per line; segments without a source are left out."""
    lines = [path.read_text(encoding="utf-8").split("\n") for path in (sources, references)]
    pairs = [(source, text) for source, text in zip(*lines, strict=True) if source.strip() and text.strip()]
    return Texts("translation", ENGLISH, [source for source, _ in pairs], [text for _, text in pairs])


def joined(several: list[Texts]) -> Texts:
    """Return texts of one kind from several datasets as one."""
    first = several[0]
    sources = [source for each in several for source in each.sources]
    return Texts(first.kind, first.target, sources, [text for each in several for text in each.texts])
