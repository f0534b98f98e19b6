"""Check items of the challenge set and the paraphrases that try their patterns, for whoever writes them.

    python -m tests.challenge                            the committed items and paraphrases
    python -m tests.challenge ITEMS.jsonl PARA.jsonl     new ones as well, together with the committed ones

A file of paraphrases has rows `{"item", "text", "verdict": "pass"|"fail"}`; every other file is one of items. The
command prints a line for each mistake, and then what is still missing. Exit code 1: there are mistakes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from harness.core import checks
from harness.core.findings import Findings, Place
from harness.datasets import _challenge_items, _files, challenge
from harness.datasets._challenge_items import Item, ItemRow
from tests.paths import DATA, REFERENCES

ITEMS = REFERENCES / "challenge-set" / challenge.ITEMS
PARAPHRASES = DATA / "challenge-set" / "paraphrases.jsonl"

# So many paraphrases of each item are tried.
LEAST = {"pass": 6, "fail": 4}


class ParaphraseRow(_files.Row):
    """A translation that somebody else could write, and the verdict that it must get."""

    item: str
    text: str
    verdict: Literal["pass", "fail"]


Paraphrase = tuple[Place, ParaphraseRow]


class Every(Findings):
    """Findings of which none is merged with another."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def add(self, place: Place | Path, message: str, *, cause: str | None = None) -> None:
        """Add a finding."""
        super().add(place, message, cause=cause)
        self.lines.append(f"{place}: {message}")


def read(files: Sequence[Path], errors: Findings) -> list[Paraphrase]:
    """Return the paraphrases in some files, each with its place; add a finding for each line that is none."""
    return [row for file in files for row in _files.rows(file, ParaphraseRow, errors)]


def wrong(items: Sequence[Item], paraphrases: Sequence[Paraphrase]) -> Iterator[tuple[Place, str]]:
    """Yield each paraphrase that gets another verdict than it must, that repeats a sentence, or has no item."""
    by_id = {item.id: item for _, item in items}
    seen: dict[tuple[str, str], Place] = {}
    for place, row in paraphrases:
        item = by_id.get(row.item)
        if item is None:
            yield place, f"unknown item {row.item!r}"
            continue
        key = row.item, checks.fold(row.text).rstrip(".!")
        if key in seen:
            yield place, f"{row.item}: {row.text!r} repeats {seen[key]}; write another"
        elif row.text in (*item.correct, *item.wrong):
            yield place, f"{row.item}: {row.text!r} is a sentence of the item itself; write another"
        seen.setdefault(key, place)
        verdict = checks.verdict(item.check(), row.text)
        if verdict != row.verdict:
            yield place, f"{row.item}: expected {row.verdict} for {row.text!r}, found {verdict}"


def lacking(items: Sequence[Item], paraphrases: Sequence[Paraphrase]) -> dict[str, dict[str, int]]:
    """Return how many paraphrases each item lacks, by its id and verdict; items that have enough are left out."""
    found = [(row.item, row.verdict) for _, row in paraphrases]
    missing = {
        item.id: {
            verdict: least - count
            for verdict, least in LEAST.items()
            if (count := found.count((item.id, verdict))) < least
        }
        for _, item in items
    }
    return {name: of_item for name, of_item in missing.items() if of_item}


def main(arguments: Sequence[str]) -> int:
    """Check the committed files, and those that are named."""
    named = [Path(argument) for argument in arguments]
    given = [path for path in named if path.resolve() not in (ITEMS.resolve(), PARAPHRASES.resolve())]
    of_paraphrases = [path for path in given if _has_paraphrases(path)]
    item_files = [ITEMS, *(path for path in given if path not in of_paraphrases)]
    errors = Every()
    items = _challenge_items.read(item_files, errors)
    paraphrases = read([PARAPHRASES, *of_paraphrases], errors)
    for place, message in wrong(items, paraphrases):
        errors.add(place, message)
    _print(*errors.lines)
    for name, missing in lacking(items, paraphrases).items():
        _print(f"{name}: still to write: {', '.join(f'{count} that {verdict}' for verdict, count in missing.items())}")
    _print(_summary([item for _, item in items], len(paraphrases), len(errors.lines)))
    return bool(errors.lines)


def _has_paraphrases(path: Path) -> bool:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    try:
        return bool(lines) and "verdict" in json.loads(lines[0])
    except ValueError:
        return False


def _summary(items: Sequence[ItemRow], paraphrases: int, mistakes: int) -> str:
    pairs = {item.pair for item in items if item.pair is not None}
    only = [item.id for item in items if not _challenge_items.contrasts(item)]
    return (
        f"{len(items)} items of {len({item.phenomenon for item in items})} phenomena, {len(pairs)} pairs, "
        f"{paraphrases} paraphrases, {mistakes} mistakes; for generation only, because no correct sentence is within "
        f"20% of the length of a wrong one: {', '.join(only) or 'none'}"
    )


def _print(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
