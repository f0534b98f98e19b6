"""What the executor ray costs, and how many outputs a second the driver stores. By hand, on a quiet machine:

    python -m tests.benchmarks.ray                   about 60 s of work on two workers, and the throughput
    python -m tests.benchmarks.ray --seconds 20

The models sleep and compute nothing, so all that is measured beyond their sleep is overhead. `local` does the same work
in one process; half of its time is what two workers without any overhead would take.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from harness.runs.executors import _pool
from tests.kill_actors import cluster, run

_SYSTEMS, _SEGMENTS, _FAST = 4, 200, 20_000


def write(folder: Path, name: str, *, segments: int, systems: int, seconds: float) -> Path:
    """Write a test set and a config with systems that take so long for each segment; return the config."""
    rows = [{"source": f"वाक्य {each} यहाँ है।", "reference": f"Sentence {each} is here."} for each in range(segments)]
    data = folder / f"{name}.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    config = {
        "name": name,
        "datasets": [
            {"format": "tabular", "path": str(data), "columns": {"source": "source", "reference": "reference"}}
        ],
        "tasks": [{"name": "translate", "metrics": ["bleu"]}],
        "statistics": {"resamples": 100},
        "systems": [
            {"name": f"s{each}", "family": "slow", "seconds": seconds, "fails": [f"nobody-{each}"]}
            for each in range(systems)
        ],
    }
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def generating(results: Path) -> dict[str, Any]:
    """Return from the manifest of the only run in a folder what was measured of each system."""
    (path,) = results.glob("*/manifest.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    return {name: tasks["translate"]["made"][0] for name, tasks in content["systems"].items()}


@contextmanager
def _first_request() -> Iterator[dict[str, float]]:
    """Yield the times at which this block began and at which a worker was first asked for outputs."""
    times, ask = {"began": perf_counter()}, _pool.RayPool.ask

    def timed(pool: _pool.RayPool, *request: Any) -> None:
        times.setdefault("asked", perf_counter())
        ask(pool, *request)

    _pool.RayPool.ask = timed  # type: ignore[method-assign, assignment]
    try:
        yield times
    finally:
        _pool.RayPool.ask = ask  # type: ignore[method-assign]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="of sleep on each of two workers")
    chosen = parser.parse_args(arguments)
    print(f"load before: {os.getloadavg()[0]:.1f}")
    with TemporaryDirectory() as name, cluster(Path(name)):
        folder = Path(name)
        each = chosen.seconds * 2 / (_SYSTEMS * _SEGMENTS)
        config = write(folder, "slow", segments=_SEGMENTS, systems=_SYSTEMS, seconds=each)
        began = perf_counter()
        run(config, folder / "local")
        local = perf_counter() - began
        with _first_request() as first:
            run(config, folder / "ray", name="ray", workers=2)
            ended = perf_counter()
        with_start, without = ended - first["began"], ended - first["asked"]
        print(f"local {local:.1f} s, half of it {local / 2:.1f} s")
        print(f"ray on two workers {with_start:.1f} s, overhead {with_start / (local / 2) - 1:.1%}")
        print(f"from the first request to a worker on {without:.1f} s, overhead {without / (local / 2) - 1:.1%}")
        config = write(folder, "fast", segments=_FAST, systems=1, seconds=0.0)
        run(config, folder / "fast", name="ray", workers=2)
        (fast,) = generating(folder / "fast").values()
        print(f"throughput: {_FAST} outputs in {fast['seconds']:.2f} s, {_FAST / fast['seconds']:,.0f} a second")
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
