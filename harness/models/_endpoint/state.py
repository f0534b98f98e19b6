"""What has to be known of an endpoint in the next run: the model that answered, what was spent, and its open batches.

It is one small JSON file beside the store, because all runs of a results folder share their outputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.core import files
from harness.core.errors import FileError

_VERSION = 1
# What may be spent before the file says so, as a part of max_cost. A killed run is charged with it.
_STEP = 0.01


@dataclass(slots=True)
class State:
    """The facts about one endpoint; without a file they are forgotten when the process ends."""

    path: Path | None = None
    served_model: str | None = None  # the name that the server gives to its model
    spent: float = 0.0
    batches: dict[str, Any] = field(default_factory=dict)  # by the batch's id: what was asked in it
    _written: float = 0.0  # what the file says was spent

    @classmethod
    def read(cls, path: Path) -> State:
        """Return what a file says; of a file that is absent or damaged, nothing."""
        try:
            content = files.read_json(path) if path.exists() else {}
            if content.get("version") != _VERSION:
                return cls(path)
            spent, batches = float(content["spent"]), dict(content["batches"])
            name = content["served_model"]
            return cls(path, name if isinstance(name, str) else None, spent, batches, spent)
        except (FileError, AttributeError, KeyError, TypeError, ValueError):
            return cls(path)

    def write(self) -> None:
        """Write the file.

        Raises:
            FileError: it cannot be written.
        """
        self._write(self.spent)

    def allow(self, spent: float, limit: float) -> None:
        """Make sure that the file says at least `spent`, before it is spent: a killed process cannot write it later.

        Raises:
            FileError: it cannot be written.
        """
        if self.path is not None and spent > self._written:
            self._write(min(spent + limit * _STEP, max(limit, spent)))

    def _write(self, spent: float) -> None:
        self._written = spent
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content: Mapping[str, Any] = {
            "version": _VERSION,
            "served_model": self.served_model,
            "spent": round(spent, 9),
            "batches": self.batches,
        }
        files.write_text(self.path, files.dumps(content, indent=2) + "\n")
