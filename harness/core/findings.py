"""Collect the findings about files of many lines, and show one cause as one line.

A mistake in a file usually repeats in every line of it. Findings of one file that have one cause become one problem
that names the first line and counts the others, and a reader sees at most ten problems of one dataset.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import Problem

_SHOWN = 10  # problems; the others are counted


@dataclass(frozen=True, slots=True)
class Place:
    """A file, and a line in it if the finding is about one line."""

    file: str
    line: int | None = None  # from 1
    unit: str = "line"  # "row" or "item" in a file that has no lines

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file} {self.unit} {self.line}"


class Findings:
    """The findings of one dataset, in the order in which they were added."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], list[tuple[Place, str]]] = {}  # by file and cause

    def __bool__(self) -> bool:
        return bool(self._groups)

    def add(self, place: Place | Path, message: str, *, cause: str | None = None) -> None:
        """Add a finding.

        Args:
            place: where it is.
            message: what was found and what was expected.
            cause: the same for all findings that one mistake explains; the message, if it is None.
        """
        if isinstance(place, Path):
            place = Place(str(place))
        self._groups.setdefault((place.file, message if cause is None else cause), []).append((place, message))

    def concern(self, file: Path) -> bool:
        """Return whether a finding is in this file."""
        return any(name == str(file) for name, _ in self._groups)

    def problems(self, where: Path) -> list[Problem]:
        """Return one problem for each cause in each file; after ten of them only a count, whose place is `where`."""
        problems = [Problem(f"{group[0][0]}{_others(len(group) - 1)}", group[0][1]) for group in self._groups.values()]
        if len(problems) <= _SHOWN:
            return problems
        rest = f"{len(problems) - _SHOWN:,} more findings are not shown; mend those above first"
        return [*problems[:_SHOWN], Problem(str(where), rest)]


def _others(count: int) -> str:
    return f" and {count:,} more" if count else ""
