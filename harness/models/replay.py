"""Outputs from a file: those of another tool, or of a fake model in tests of the whole pipeline.

The file is JSONL with `id` and `text` on each line, like the files in `results/<run>/outputs/`. Other keys are ignored.
`{task}` in the path stands for the task's label, so that one system can replay several tasks.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from harness.core import files
from harness.core import files as core_files
from harness.core.errors import InputError, ModelError, Problem, ProblemsError
from harness.core.records import Generation, Source
from harness.models import Family, Model, SystemOptions


class Options(SystemOptions):
    """Where the outputs are."""

    path: Path = Field(description="JSONL with id and text on each line; {task} stands for the task's label")

    def resolve(self, folder: Path) -> Options:
        """Return the options with the path made relative to the config's folder."""
        return self.model_copy(update={"path": folder / self.path})

    def faults(self, tasks: Sequence[str]) -> list[str]:
        """Return a line for each file that is not there or cannot be replayed."""
        files = dict.fromkeys(self.file(task) for task in tasks)
        return [f"path: {fault}" for file in files if (fault := _fault(file))]

    def fingerprint(self) -> dict[str, Any]:
        """Return the options with the files' digests in place of their path."""
        return {**self.model_dump(mode="json", exclude={"tasks", "note", "path"}), "files": self.digests()}

    def file(self, task: str) -> Path:
        """Return the file for one task."""
        return Path(str(self.path).replace("{task}", task))

    def digests(self) -> list[str] | dict[str, str]:
        """Return the digests of all files that the path can stand for. So an edited file is another system.

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
        return {str(file.relative_to(shared)): core_files.digest_file(file) for file in sorted(files) if _is_readable(file)}


@dataclass(frozen=True, slots=True)
class Replay:
    """A model that reads its outputs from a file."""

    options: Options

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield the stored text of each source.

        Raises:
            ModelError: the file has no text for a source.
        """
        texts: dict[str, dict[str, str]] = {}
        for source in sources:
            if source.task not in texts:
                texts[source.task] = _read(self.options.file(source.task))
            if source.id not in texts[source.task]:
                raise ModelError(f"{self.options.file(source.task)}: has no text for {source.id}")
            yield Generation(source.id, texts[source.task][source.id])

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
    """Return what is wrong with a file of outputs, in one line; None if nothing is."""
    try:
        if not path.exists():
            return f"expected a JSONL file, found nothing at {path}"
        if not path.is_file():
            return f"expected a JSONL file, found {'a folder' if path.is_dir() else 'no regular file'} at {path}"
        _read(path)
    except OSError as error:
        return f"could not read {path} ({error.strerror})"
    except InputError as error:
        first, *others = error.problems
        return f"{first}{f' (and {len(others):,} more lines like this)' * bool(others)}"
    return None


def _read(path: Path) -> dict[str, str]:
    rows, problems = files.read_jsonl(path)
    texts: dict[str, str] = {}
    for number, row in rows:
        identifier, content = row.get("id"), row.get("text")
        if not isinstance(identifier, str) or not isinstance(content, str):
            problems.append(Problem(f"{path} line {number}", 'expected {"id": "...", "text": "..."}'))
        elif identifier in texts:
            problems.append(Problem(f"{path} line {number}", f"segment id {identifier!r} stands twice"))
        else:
            texts[identifier] = content
    if problems:
        raise ProblemsError(problems)
    return texts


FAMILY = Family(options=Options, load=load, kinds=("translation", "summarisation"), languages="any")
