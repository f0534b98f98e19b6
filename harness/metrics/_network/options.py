"""The options of metrics with a checkpoint: which one, where it runs, and how references are combined."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from harness.core import checkpoints
from harness.core.errors import InputError
from harness.metrics import Metric
from harness.metrics._network.folder import digest

_RUNS_WHERE = ("device", "batch_tokens", "pickle")  # options that decide no score


@dataclass(frozen=True)
class NetworkOptions(Metric.Options):
    """The options of every metric with a checkpoint."""

    checkpoint: str | Path | None = None  # a folder, or a name on the Hugging Face hub; None: the published one
    revision: str | None = None  # branch, tag or commit on the hub; None: main
    encoder: str | Path | None = None  # whose configuration and tokenizer are read; None: the one that is named there
    pickle: str | None = None  # the file of weights to load although it is a pickle; not needed for published ones
    device: str = "auto"  # auto, cpu, cuda, cuda:1 or mps
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"  # auto: bfloat16 on a GPU that supports it
    references: Literal["best", "mean"] = "best"  # the score of a segment with several references
    batch_tokens: int | None = None  # tokens of a batch, padding included; None: as many as suit most machines

    def __post_init__(self) -> None:
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", self.device):
            raise InputError(f"device: expected auto, cpu, cuda, cuda:1 or mps, found {self.device!r}")
        if self.batch_tokens is not None and self.batch_tokens < 1:
            raise InputError(f"batch_tokens: expected 1 or more, found {self.batch_tokens}")

    def resolve(self, folder: Path) -> NetworkOptions:
        """Return the options; a checkpoint or encoder that is a folder has its path, relative to `folder`."""
        return replace(self, checkpoint=_path(self.checkpoint, folder), encoder=_path(self.encoder, folder))

    def label(self) -> str:
        """Return the last part of the checkpoint's name, and other options that decide a score."""
        changed = self._changed()
        name = Path(str(changed.pop("checkpoint", ""))).name
        others = (f"{key}={Path(str(value)).name}" for key, value in changed.items() if key not in _RUNS_WHERE)
        return ",".join(filter(None, (name, *others))) or "default"

    def changed(self, folder: Path) -> dict[str, Any]:
        """Return the options that are not the defaults as a config has them, with paths relative to `folder`."""
        return {
            key: _as_folder(os.path.relpath(value, folder)) if isinstance(value, Path) else value
            for key, value in self._changed().items()
        }

    def fingerprint(self) -> dict[str, Any]:
        """Return the options that decide a score; a folder by the content of its small files and its weights."""
        return {
            key: digest(value, self.pickle) if isinstance(value, Path) else value
            for key, value in self._changed().items()
            if key not in _RUNS_WHERE
        }

    def _changed(self) -> dict[str, Any]:
        values = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        return {name: value for name, (value, default) in values.items() if value != default}


def _path(name: str | Path | None, folder: Path) -> str | Path | None:
    """Return a name as a path, relative to `folder`, if it means a folder."""
    if not isinstance(name, str) or not checkpoints.is_folder(name, folder):
        return name
    return Path(os.path.normpath(folder / Path(name).expanduser()))


def _as_folder(path: str) -> str:
    """Return a relative path so that it cannot be taken for a name on the hub."""
    return path if path.startswith((".", "/")) else f"./{path}"
