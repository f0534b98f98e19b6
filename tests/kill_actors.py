"""Kill workers of a Ray cluster while they generate; check that nothing is lost and nothing is stored twice.

    python -m tests.kill_actors [--rounds 20] [--seed 0]

Each round is a run with a random number of workers and random sizes of chunks, in which a random worker gets SIGKILL
after a random number of outputs. Its files must be those of a run with `local`, byte by byte. tests/runs/executors does
a few rounds.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import harness
from harness.config import load
from harness.core import plugins, registry
from harness.runs import pipeline, provenance
from harness.runs.executors import _schedule, ray
from harness.runs.progress import Plain
from tests.runs.executors import slow_family

ROOT = Path(__file__).parent.parent
CONFIG = f"""
name: killed
datasets: [{ROOT / "references" / "india-japan"}]
tasks: [translate, {{name: translate, unit: paragraph}}, summarise]
statistics: {{resamples: 100}}
systems:
  - {{name: copy, family: copy-source}}
  - {{name: iso, family: transliterate, scheme: iso}}
  - {{name: lead-1, family: lead}}
  - {{name: random, family: random, seed: 3}}
  - {{name: slow, family: slow, seconds: 0.02}}
  - {{name: slower, family: slow, seconds: 0.03}}
  - {{name: faulty, family: slow, seconds: 0.02, fails: ["india-japan#s07", "india-japan#s11"]}}
"""
# Ray starts a process for each worker on a machine with few cores: leave some room.
CPUS_OF_NODE = 2


@contextmanager
def cluster(folder: Path) -> Iterator[Any]:
    """Start a cluster of two nodes on this machine, connect to it, and yield it. Its workers know the family `slow`."""
    place = str(slow_family.install(folder / "packages"))
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", "RAY_USAGE_STATS_ENABLED")}
    path = [place, str(Path(harness.__file__).parent.parent), *filter(None, [before["PYTHONPATH"]])]
    os.environ.update(PYTHONPATH=os.pathsep.join(path), RAY_USAGE_STATS_ENABLED="0")
    sys.path.insert(0, place)
    _forget_packages()
    import ray as ray_module
    from ray.cluster_utils import Cluster

    # Ray believes what it is told: systems with weights ask for one of these GPUs, and run on the CPU.
    node = {"num_cpus": CPUS_OF_NODE, "num_gpus": 1, "object_store_memory": 80 * 2**20}
    found = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        found.add_node(**node)
        ray_module.init(address=found.address, log_to_driver=False, configure_logging=False)
        yield found
    finally:
        ray_module.shutdown()
        found.shutdown()
        sys.path.remove(place)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        _forget_packages()


def _forget_packages() -> None:
    for cached in (plugins.installed, registry._foreign, provenance.code, provenance.libraries):
        cached.cache_clear()


def run(config: Path, results: Path, **executor: Any) -> pipeline.Outcome:
    """Run a config in this process, with the keys of `executor` if there are any, without progress output."""
    overrides = [f"executor={executor}".replace("'", '"')] if executor else []
    return pipeline.run(load.load(config, overrides), results, Plain(StringIO()))


def files_of(results: Path) -> dict[str, bytes]:
    """Return the files of the only run in a folder by name, without those that differ between two equal runs."""
    (folder,) = (path.parent for path in results.glob("*/scores.json"))
    names = [path for path in folder.rglob("*") if path.is_file() and path.name not in ("manifest.json", "scored.json")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(names)}


def stored(results: Path) -> tuple[int, int]:
    """Return how many outputs the store has, and how many different ones."""
    with sqlite3.connect(results / "store.sqlite") as connection:
        (rows,) = connection.execute("SELECT count(*) FROM generations").fetchone()
        (distinct,) = connection.execute(
            "SELECT count(*) FROM (SELECT DISTINCT identity, task, id, source, sample FROM generations NOT INDEXED)"
        ).fetchone()
    connection.close()
    return rows, distinct


@contextmanager
def shuffled_chunks(draw: random.Random) -> Iterator[None]:
    """Let chunks have random sizes within this block."""
    before = ray.chunk
    ray.chunk = lambda untried, left, seconds_each, workers: draw.choice((1, 1, 2, 3, 5, 8))  # type: ignore[assignment]
    try:
        yield
    finally:
        ray.chunk = before


class Killer:
    """Kills a worker that is at work, after the driver has received so many messages with outputs."""

    def __init__(self, draw: random.Random, *, after: int) -> None:
        self._draw, self._left = draw, after
        self.killed = 0

    def __enter__(self) -> Killer:
        self._receive = _schedule.Schedule._receive

        def receive(schedule: Any, hand: Any, event: Any) -> None:
            self._receive(schedule, hand, event)
            self._left -= isinstance(event, list)
            busy = [each.facts["pid"] for each in schedule._hands.values() if each.task is not None and each.facts]
            if self._left <= 0 and not self.killed and busy:
                self.killed += 1
                os.kill(self._draw.choice(busy), signal.SIGKILL)

        _schedule.Schedule._receive = receive  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        _schedule.Schedule._receive = self._receive  # type: ignore[method-assign]


def rounds(folder: Path, *, count: int, seed: int, most_workers: int = 4) -> int:
    """Do so many rounds, and return in how many of them a worker was killed."""
    draw = random.Random(seed)
    config = folder / "killed.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    assert run(config, folder / "local").failed, "the system `faulty` fails on two sources"
    sound, outputs = files_of(folder / "local"), stored(folder / "local")
    killed = 0
    for number in range(count):
        results, workers = folder / f"round-{number}", draw.randint(1, most_workers)
        began = perf_counter()
        with Killer(draw, after=draw.randint(1, 40)) as killer, shuffled_chunks(draw):
            run(config, results, name="ray", workers=workers)
        killed += killer.killed
        found = files_of(results)
        different = [name for name in sound.keys() | found.keys() if found.get(name) != sound.get(name)]
        assert not different, different
        assert stored(results) == outputs, (stored(results), outputs)
        if count > 3:
            print(f"{number}: {workers} workers, {killer.killed} killed, {perf_counter() - began:.1f} s", flush=True)
    return killed


def main() -> None:
    """Do the rounds that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    with TemporaryDirectory() as name, cluster(Path(name)):
        killed = rounds(Path(name), count=wanted.rounds, seed=wanted.seed)
    print(f"{wanted.rounds} rounds, {killed} workers killed; every file as with local, nothing lost, nothing doubled")


if __name__ == "__main__":
    main()
