"""Outputs from a file: those of another tool, or of a fake model in tests of the whole pipeline.

The file is JSONL with `id` and `text` on each line, like the files in `results/<run>/outputs/`. An id may be a whole
number. Other keys are ignored, whatever their values are. If a line cannot be used, only its own output is missing.
`{task}` in the path stands for the task's label, so that one system can replay several tasks.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from harness.core import files as core_files
from harness.core import jsonl, lenient_json
from harness.core.errors import InputError, ModelError
from harness.core.records import Generation, Source
from harness.core.text.marks import Marks
from harness.models import Family, Model, SystemOptions
from harness.tasks import Task


class Options(SystemOptions):
    """Where the outputs are."""

    path: Path = Field(description="JSONL with id and text on each line; {task} stands for the task's label")
    unit: Literal["paragraph", "article"] | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="the outputs of a translation are of whole paragraphs or articles (see Whole articles)",
    )
    marks: Marks = Field(
        default="none",
        exclude_if=lambda value: value == "none",
        description="marks that outputs of several segments have: lines: a line per segment; ids: numbers in brackets",
    )

    def resolve(self, folder: Path) -> Options:
        """Return the options with the path made relative to the config's folder."""
        return self.model_copy(update={"path": folder / self.path})

    def faults(self, tasks: Sequence[str]) -> list[str]:
        """Return a line for each file that is not there or has no output."""
        files = dict.fromkeys(self.file(task) for task in tasks)
        return [f"path: {fault}" for file in files if (fault := _fault(file))]

    def asked_marks(self, task: Task) -> Marks:
        """Return the marks that outputs have."""
        return self.marks

    def fingerprint(self) -> dict[str, Any]:
        """Return the options with the files' digests in place of their path."""
        return {**self.model_dump(mode="json", exclude={"tasks", "note", "path"}), "files": self.digests()}

    def file(self, task: str) -> Path:
        """Return the file for one task."""
        return Path(str(self.path).replace("{task}", task))

    def digests(self) -> list[str] | dict[str, str]:
        """Return the digests of all files that fit the path, so that an edited file makes another system.

        If the path contains `{task}`, return each digest by the file's name below the folder that they share, because
        the task of a file decides the outputs too.
        """
        before, wild, _ = str(self.path).partition("{task}")
        if not wild:
            return [core_files.digest_file(self.path)] if _is_readable(self.path) else []
        shared = Path(f"{before}x").parent
        # Only {task} is a wild card. A bracket in a folder's name stands for itself.
        parts = str(self.path.relative_to(shared)).split("{task}")
        files = shared.glob("*".join(glob.escape(part) for part in parts))
        return {
            str(file.relative_to(shared)): core_files.digest_file(file) for file in sorted(files) if _is_readable(file)
        }


@dataclass(frozen=True, slots=True)
class Replay:
    """A model that reads its outputs from a file."""

    options: Options

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield the stored text of each source.

        Raises:
            ModelError: the file has no text for a source, or none that can be used.
        """
        stored: dict[str, _Stored] = {}
        for source in sources:
            if source.task not in stored:
                stored[source.task] = _read(self.options.file(source.task))
            yield Generation(source.id, stored[source.task].text(source.id))

    def identity(self) -> Mapping[str, Any]:
        """Return the digests of the files."""
        return {"family": "replay", "recipe": 1, "files": self.options.digests()}

    def close(self) -> None:
        """Do nothing: there is nothing to free."""


def load(options: Options) -> Model:
    """Return the model."""
    return Replay(options)


def _is_readable(path: Path) -> bool:
    """Return whether a file can be digested; `Options.faults` reports one that cannot."""
    try:
        return path.is_file() and os.access(path, os.R_OK)
    except OSError:
        return False


def _fault(path: Path) -> str | None:
    """Return in one line why nothing in a file can be replayed; None if something can."""
    try:
        if not path.exists():
            return f"expected a JSONL file, found nothing at {path}"
        if not path.is_file():
            return f"expected a JSONL file, found {'a folder' if path.is_dir() else 'no regular file'} at {path}"
        stored = _read(path)
    except OSError as error:
        return f"could not read {path} ({error.strerror})"
    except InputError as error:
        return str(error)
    lines = [*stored.unreadable, *stored.faults.values()]
    if stored.texts or not lines:
        return None
    return f"{lines[0]}{f' (and {len(lines) - 1:,} more lines)' * (len(lines) > 1)}"


@dataclass(frozen=True, slots=True)
class _Stored:
    """The texts of one file by id, and why other lines cannot be used."""

    path: Path
    texts: Mapping[str, str]
    faults: Mapping[str, str]  # by id; each names its line
    unreadable: Sequence[str]  # lines without an id that can be read

    def text(self, name: str) -> str:
        """Return the text for an id.

        Raises:
            ModelError: there is none that can be used; if lines cannot be read, one of them may have the id.
        """
        if name in self.faults:
            raise ModelError(self.faults[name])
        if name not in self.texts:
            first = f"; {self.unreadable[0]}" if self.unreadable else ""
            more = f" (and {len(self.unreadable) - 1} more lines)" if len(self.unreadable) > 1 else ""
            raise ModelError(f"{self.path}: has no text for {name}{first}{more}")
        return self.texts[name]


def _read(path: Path) -> _Stored:
    rows, problems = jsonl.read(path, tolerant=True)
    unreadable = list(map(str, problems))
    texts: dict[str, str] = {}
    faults: dict[str, str] = {}
    for number, row in rows:
        where, content = f"{path} line {number}", row.get("text")
        if (name := _id(row.get("id"))) is None:
            unreadable.append(f'{where}: expected {{"id": "...", "text": "..."}}, found no id that can be used')
        elif name in texts or name in faults:
            faults.setdefault(name, f"{where}: the id {name!r} occurs twice; expected one line per id")
        elif isinstance(content, str) and lenient_json.is_unicode(content):
            texts[name] = content
        else:
            faults[name] = f'{where}: expected {{"id": "...", "text": "..."}}, found text {_described(content)}'
    return _Stored(path, texts, faults, unreadable)


def _id(value: object) -> str | None:
    """Return an id as a string; None if the value cannot be one."""
    if isinstance(value, str):
        return value if lenient_json.is_unicode(value) else None
    return str(value) if type(value) is int else None


def _described(value: object) -> str:
    if isinstance(value, lenient_json.Unusable):
        return value.reason
    return "with half of a surrogate pair" if isinstance(value, str) else f"{type(value).__name__}"


FAMILY = Family(options=Options, load=load, kinds=("translation", "summarisation"), languages="any")
