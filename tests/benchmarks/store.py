"""How long a store with many outputs takes to open, to resume from, and to export, and with how much memory.

    python -m tests.benchmarks.store [--rows 200000] [--place FOLDER]

Memory is the greatest resident size of the process over what it was before, by the kernel's count.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.core.records import Generation
from harness.runs import store
from harness.runs.measure import Measured
from harness.runs.store import export_lines
from harness.runs.store.outputs import Generations
from harness.runs.store.tables import Export, Key, identity_digest

IDENTITY = identity_digest({"family": "benchmark"})
# About what a sentence and its translation come to: 200 letters of three bytes.
TEXT = "विदेश सचिव ने नई दिल्ली में द्विपक्षीय वार्ता की। " * 4


def key(number: int) -> Key:
    """Return the key of one of one system's outputs."""
    return Key(f"article{number // 20:05d}#s{number % 20:02d}", f"{number:016x}", 0)


def rows(first: int, count: int) -> Iterator[tuple[str, str, Generation]]:
    """Yield outputs."""
    for name, source, _ in map(key, range(first, first + count)):
        yield IDENTITY, source, Generation(name, f"{name} {TEXT}", 60, 50, seconds=0.2, cut_tokens=0)


def measured(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what some work returns, its seconds, and by how many MB the process grew at most."""
    with Measured(own_process=True) as taken:
        before = taken.result(0)["peak_memory"]
        value = work()
        found = taken.result(0)
    return value, found["seconds"], (found["peak_memory"] - before) / 1e6


def measure(folder: Path, count: int) -> None:
    """Make a store of that many rows and print what each use of it takes."""
    path = folder / "store.sqlite"

    def fill() -> None:
        Generations(path, lambda: iter([Export("translate", None, None, rows(0, count))])).close()

    def show(what: str, seconds: float, memory: float) -> None:
        print(f"{count:>9,}  {what:<42} {seconds:7.2f} s  {memory:7.1f} MB")

    _, seconds, memory = measured(fill)
    show(f"take up from an export ({path.stat().st_size / 1e6:.0f} MB)", seconds, memory)
    found, seconds, memory = measured(lambda: store.generations(folder))
    show("open", seconds, memory)
    with found as generations:

        def missing(of: Sequence[Key]) -> int:
            return sum(each is None for each in generations.read(IDENTITY, "translate", of))

        # A run has its keys, as it has its sources, before it asks the store.
        more = tuple(map(key, range(count + count // 10)))
        present = more[:count]
        number, seconds, memory = measured(lambda: missing(present))
        assert number == 0
        show("resume: what is missing? nothing", seconds, memory)
        number, seconds, memory = measured(lambda: missing(more))
        assert number == count // 10
        show("resume: what is missing? a tenth", seconds, memory)
        run = store.create(folder, "run-12345678")

        def lines() -> Iterator[str]:
            outputs = zip(present, generations.read(IDENTITY, "translate", present), strict=True)
            return (export_lines.output_line(IDENTITY, key, output) for key, output in outputs if output)

        _, seconds, memory = measured(lambda: run.write_outputs("translate", "x", lines))
        show("export", seconds, memory)
        _, seconds, memory = measured(lambda: run.write_outputs("translate", "x", lines))
        show("export again: it is there already", seconds, memory)

        def add() -> None:
            for _, source, generation in rows(count, 2000):
                generations.add(IDENTITY, "translate", source, generation, origin="o")

        _, seconds, memory = measured(add)
        show(f"add one, commit ({seconds / 2000 * 1e6:.0f} us each), 2,000 times", seconds, memory)


def main() -> None:
    """Measure a tenth of the rows, then all of them: times may grow tenfold, memory should not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--place", type=Path, help="where to make the stores; default: the temporary folder")
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for count in (chosen.rows // 10, chosen.rows):
        with TemporaryDirectory(dir=chosen.place) as folder:
            measure(Path(folder), count)


if __name__ == "__main__":
    main()
