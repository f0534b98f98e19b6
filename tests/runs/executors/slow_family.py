"""A model family for tests of executors, as another package would add it: slow, and with sources that it fails on.

`install` makes the package. Worker processes find it as long as its folder is on their path.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import sleep
from typing import Any

from harness.core.errors import ModelError
from harness.core.records import Generation, Source
from harness.models import Family, SystemOptions


class Options(SystemOptions):
    seconds: float = 0.0  # per source
    fails: tuple[str, ...] = ()  # ids of sources
    kills: tuple[str, ...] = ()  # ids of sources with which the process dies
    endpoint: bool = False
    folder: Path | None = None

    def fingerprint(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"tasks", "note", "seconds", "folder"})


class Slow:
    def __init__(self, options: Options) -> None:
        self._options = options

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        for source in sources:
            sleep(self._options.seconds)
            if source.id in self._options.kills:
                os.kill(os.getpid(), signal.SIGKILL)
            if source.id in self._options.fails:
                raise ModelError(f"cannot do {source.id}")
            yield Generation(source.id, source.text[::-1], output_tokens=len(source.text))

    def identity(self) -> Mapping[str, Any]:
        return {"family": "slow", "fails": list(self._options.fails)}

    def close(self) -> None:
        pass


FAMILY = Family(options=Options, load=Slow, kinds=("translation", "summarisation"), languages="any")


def install(folder: Path) -> Path:
    """Write the package into a folder, which is to be put on the path, and return it."""
    about = folder / "slow_family-1.0.dist-info"
    about.mkdir(parents=True)
    shutil.copy(__file__, folder / "slow_family.py")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: slow-family\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text("[harness.models]\nslow = slow_family\n", encoding="utf-8")
    return folder
