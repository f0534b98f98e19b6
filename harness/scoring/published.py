"""Figures that others published: read `results/published/*.json`, and show them beside the scores of a table.

A published figure is never ranked or tested: nothing is known of its segments, and most have no signature. Its rows
stand beside a table only if the test set, the task and the number of segments are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import harness
from harness.core import files, registry, validation
from harness.core.errors import FileError, InputError, Problem, ProblemsError
from harness.core.scores import PublishedScore, TaskScores

FOLDER = "published"  # below the folder of results
SCHEMA = 1


class Figure(BaseModel):
    """One entry of a file of published figures."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    system: str = Field(min_length=1, description="as its publisher names it")
    test_set: str = Field(min_length=1, description="the dataset's name in a config")
    task: str = Field(min_length=1, description="label of the task")
    metric: str = Field(description="as in a config")
    value: float = Field(description="on the metric's scale")
    segments: int | None = Field(default=None, ge=1, description="how many were scored; null: not known")
    signature: str | None = Field(default=None, description="of the metric; null: none is published")
    known: str | None = Field(default=None, description="what is known of the metric's settings without a signature")
    decoding: dict[str, bool | int | float | str] | None = Field(
        default=None, description="settings of the published outputs; null: not known"
    )
    source: str = Field(min_length=1, description="where the figure stands")
    certainty: Literal["read at the source", "secondary source", "from memory"] = Field(
        description="how the figure is known"
    )
    retrieved: str = Field(min_length=1, description="when it was read")
    note: str | None = Field(default=None, description="what else a reader must know")

    def score(self) -> PublishedScore:
        """Return the figure as a table shows it."""
        about = [f"{self.source}; {self.certainty}; {self.retrieved}"]
        if self.signature is None:
            about.append(self.known if self.known and "signature" in self.known else "no signature")
        about += [self.note] if self.note else []
        return PublishedScore(self.system, self.metric, self.value, self.segments, self.signature, "; ".join(about))


def folder(results: Path) -> Path:
    """Return the folder of published figures: below `results`, else the one of the harness's own checkout."""
    own = results / FOLDER
    return own if own.is_dir() else Path(harness.__file__).parent.parent / "results" / FOLDER


def read(path: Path) -> tuple[Figure, ...]:
    """Return the figures in all files of a folder.

    Raises:
        FileError: there is no such folder, it has no file, or a file is not JSON.
        ProblemsError: entries are wrong; all findings together.
    """
    paths = sorted(path.glob("*.json"))
    if not paths:
        raise FileError("expected files with published figures (*.json), found none", where=path)
    figures: list[Figure] = []
    problems: list[Problem] = []
    for file in paths:
        for number, raw in enumerate(_entries(file), start=1):
            try:
                figure = Figure.model_validate(raw)
            except ValidationError as error:
                where = f"{file} figure {number}"
                problems += [Problem(where, message) for _, message in validation.faults(Figure, raw, error)]
                continue
            if not registry.is_known("metrics", figure.metric):
                message = registry.unknown_name("metrics", figure.metric)
                problems.append(Problem(f"{file} figure {number}", message))
            figures.append(figure)
    if problems:
        raise ProblemsError(problems)
    return tuple(figures)


def _entries(file: Path) -> list[dict[str, Any]]:
    content = files.read_json(file, remedy="restore the file")
    entries = content.get("figures") if isinstance(content, dict) and content.get("schema") == SCHEMA else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise FileError(f'expected {{"schema": {SCHEMA}, "figures": [{{...}}, ...]}}', where=file)
    return entries


def beside(scores: TaskScores, test_set: str, figures: Sequence[Figure]) -> TaskScores:
    """Return a table's scores with the published figures on the same test set, or with a note on why there are none."""
    if scores.mixed:
        return replace(scores, notes=(*scores.notes, "no published figures: the rows are not on one test set"))
    fitting = [figure for figure in figures if (figure.test_set, figure.task) == (test_set, scores.task)]
    same = [figure for figure in fitting if figure.segments in (None, scores.segments)]
    shown = {name for system in scores.systems for name in system.metrics}
    published = tuple(figure.score() for figure in same if figure.metric in shown)
    if published and scores.leaves_one_out:
        note = "published figures are not shown: they are against all references, this table leaves one out in turn"
        return replace(scores, notes=(*scores.notes, f"{note}; `bounds: []` in the config scores against all"))
    if published:
        return replace(scores, published=published)
    return replace(scores, notes=(*scores.notes, _why_none(scores, test_set, fitting, same)))


def of(figures: Sequence[Figure], system: str, test_set: str) -> tuple[Figure, ...]:
    """Return the figures of one published system on one test set.

    Raises:
        InputError: there is none; the message names those on the test set, else the test sets.
    """
    matching = tuple(figure for figure in figures if (figure.system, figure.test_set) == (system, test_set))
    if not matching:
        systems = {figure.system for figure in figures if figure.test_set == test_set}
        if systems:
            raise InputError(registry.unknown(f"published system on {test_set}", system, systems))
        raise InputError(registry.unknown("test set of published figures", test_set, {f.test_set for f in figures}))
    return matching


def _why_none(scores: TaskScores, test_set: str, fitting: Sequence[Figure], same: Sequence[Figure]) -> str:
    if same:
        return f"no published figures: those known have {', '.join(dict.fromkeys(each.metric for each in same))}"
    if fitting:
        counts = ", ".join(dict.fromkeys(f"{each.segments:,}" for each in fitting))
        return f"published figures are not shown: they are over {counts} segments, this table over {scores.segments:,}"
    return f"no published figures are known for {scores.task} on {test_set}"
