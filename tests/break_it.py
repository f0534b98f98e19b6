"""Try to break a run: kill it, start it several times at once, flip bits of its store; check that nothing is lost.

    python -m tests.break_it [--kills 300] [--flips 300] [--seed 0]

tests/runs/test_faults.py does the same with smaller numbers. The systems have no weights and are slowed down. Each
attempt is a process of its own, forked from one that has imported everything, so that hundreds take minutes.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

from harness import models
from harness.config import load
from harness.core.records import Generation
from harness.runs import merge as merge_module
from harness.runs import pipeline, shards
from harness.runs.progress import Plain

ROOT = Path(__file__).parent.parent

# Several systems and tasks on one article.
CONFIG = f"""
name: broken
datasets: [{ROOT / "references" / "india-japan"}]
tasks: [translate, {{name: translate, unit: paragraph}}, summarise]
statistics: {{resamples: 100}}
systems:
  - {{name: copy, family: copy-source}}
  - {{name: iso, family: transliterate, scheme: iso}}
  - {{name: itrans, family: transliterate, scheme: itrans}}
  - {{name: lead-1, family: lead}}
  - {{name: lead-2, family: lead, sentences: 2}}
  - {{name: random, family: random, seed: 3}}
"""
_EACH = 0.01  # seconds
OUTPUTS = 3 * 19 + 3 * 6 + 3 * 1


def slowed(seconds: float) -> Callable[[], None]:
    """Make each output take `seconds` from now on. Return a function that undoes it."""
    generate = models.PerSource.generate

    def slowly(self: models.PerSource, sources: Any) -> Iterator[Generation]:
        for generation in generate(self, sources):
            sleep(seconds)
            yield generation

    def restore() -> None:
        models.PerSource.generate = generate  # type: ignore[method-assign]

    models.PerSource.generate = slowly  # type: ignore[method-assign]
    return restore


def write_config(folder: Path, text: str = CONFIG) -> Path:
    """Write a config and return its path."""
    path = folder / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def run(config: Path, results: Path, **how: Any) -> pipeline.Outcome:
    """Run a config in this process without progress output."""
    return pipeline.run(load.load(config), results, Plain(StringIO()), **how)


def run_shard(config: Path, results: Path, shard: str) -> shards.ShardOutcome:
    """Generate a shard in this process without progress output."""
    return shards.run_shard(load.load(config), shards.Shard.parse(shard), results, Plain(StringIO()))


def merge(folder: Path, results: Path) -> pipeline.Outcome:
    """Join the shards in a folder in this process without progress output."""
    return merge_module.merge([folder], results, Plain(StringIO()))


def started(work: Callable[[], object]) -> int:
    """Start work in a new process and return its id. It exits with 0, or with 1 after an exception."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def ended(child: int) -> int:
    """Wait for a process and return its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def files_of(results: Path) -> dict[str, bytes]:
    """Return a run's files by name, without what differs between two equal runs (times, machine)."""
    (folder,) = results.glob("broken-*/")
    names = ["scores.json", *(str(path.relative_to(folder)) for path in folder.glob("*/**/*") if path.is_file())]
    # A process that dies while it writes a file leaves a temporary file, whose name begins with a dot.
    return {name: (folder / name).read_bytes() for name in sorted(names) if not Path(name).name.startswith(".")}


def check(results: Path, sound: dict[str, bytes]) -> None:
    """Check that a run is complete, equal to an undisturbed one, and that each output is stored once."""
    found = files_of(results)
    assert found.keys() == sound.keys(), found.keys() ^ sound.keys()
    different = [name for name in sound if found[name] != sound[name]]
    assert not different, different
    with sqlite3.connect(results / "store.sqlite") as connection:
        (rows,) = connection.execute("SELECT count(*) FROM generations").fetchone()
        (distinct,) = connection.execute(
            "SELECT count(*) FROM (SELECT DISTINCT identity, task, id, source, sample FROM generations NOT INDEXED)"
        ).fetchone()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert rows == distinct == OUTPUTS, (rows, distinct)


def undisturbed(folder: Path) -> tuple[dict[str, bytes], float]:
    """Return the files of an undisturbed run, and the seconds that it takes."""
    begun = perf_counter()
    assert not run(write_config(folder), folder / "sound").failed
    return files_of(folder / "sound"), perf_counter() - begun


def kill_at_random(folder: Path, *, kills: int, seed: int) -> tuple[int, int]:
    """Kill a run `kills` times at random moments. Return how often outputs were missing then, and how often not."""
    config, results, draw = write_config(folder), folder / "results", random.Random(seed)
    restore = slowed(_EACH)
    try:
        sound, seconds = undisturbed(folder)
        early = late = 0
        for number in range(kills):
            child = started(lambda: run(config, results))
            # Every other time while it generates, else at any time.
            sleep(draw.uniform(0, OUTPUTS * _EACH / 2 if number % 2 else seconds / 2))
            os.kill(child, signal.SIGKILL)
            ended(child)
            if _stored(results) < OUTPUTS:
                early += 1
            else:  # it died while it scored, wrote or was done: delete something, so that the next has work again
                late += 1
                _forget_some(results, draw)
        assert not run(config, results).failed
        check(results, sound)
    finally:
        restore()
    return early, late


def _stored(results: Path) -> int:
    if not (results / "store.sqlite").exists():
        return 0
    connection = sqlite3.connect(results / "store.sqlite")
    try:
        return int(connection.execute("SELECT count(*) FROM generations").fetchone()[0])
    except sqlite3.Error:
        return 0
    finally:
        connection.close()


def _forget_some(results: Path, draw: random.Random) -> None:
    """Delete tables, exports, the store, some of its rows with the exports, or everything."""
    (folder,) = results.glob("broken-*/")
    what = draw.choice(["tables", "outputs", "store", "rows", "rows", "all", "all"])
    if what in ("tables", "outputs"):
        shutil.rmtree(folder / what, ignore_errors=True)
    elif what == "rows":
        connection = sqlite3.connect(results / "store.sqlite", isolation_level=None)
        connection.execute("DELETE FROM generations WHERE number % 3 = ?", (draw.randrange(3),))
        connection.close()
        shutil.rmtree(folder / "outputs", ignore_errors=True)
    elif what == "all":
        shutil.rmtree(results)
    elif len(list(folder.glob("outputs/*/*.jsonl"))) == 9:  # the exports are complete: they alone must do
        for path in results.glob("store.sqlite*"):
            path.unlink()


def run_at_once(folder: Path, *, processes: int) -> None:
    """Start the same run, and one of another config on the same store, in several processes at once."""
    config, results = write_config(folder), folder / "results"
    other = folder / "other.yaml"
    other.write_text(CONFIG.replace("name: broken", "name: other").replace("resamples: 100", "resamples: 200"))
    restore = slowed(0.002)
    try:
        sound, _ = undisturbed(folder)
        children = [started(lambda: run(config, results)) for _ in range(processes)]
        children.append(started(lambda: run(other, results)))
        assert [ended(child) for child in children] == [0] * len(children)
    finally:
        restore()
    check(results, sound)


def flip_bits(folder: Path, *, flips: int, seed: int) -> tuple[int, int]:
    """Flip a bit of a sound store `flips` times. Return how often a run noticed it, and how often not.

    In half of the cases the run's folder is there too, so that a damaged store can be rebuilt from it.
    """
    config, results, draw = write_config(folder), folder / "results", random.Random(seed)
    sound, _ = undisturbed(folder)
    run(config, results)
    whole = (results / "store.sqlite").read_bytes()
    noticed = 0
    for number in range(flips):
        for path in results.glob("store.sqlite*"):
            path.unlink()
        data = bytearray(whole)
        place = draw.randrange(100) if number % 10 == 0 else draw.randrange(len(data))
        data[place] ^= 1 << draw.randrange(8)
        (results / "store.sqlite").write_bytes(data)
        if number % 2:
            shutil.rmtree(next(results.glob("broken-*/")))
        said = StringIO()
        with Plain(said) as progress:
            assert not pipeline.run(load.load(config), results, progress).failed, place
        check(results, sound)
        noticed += "damaged" in said.getvalue()
    return noticed, flips - noticed


def main() -> None:
    """Do everything with larger numbers than the tests, and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--flips", type=int, default=300)
    parser.add_argument("--processes", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        early, late = kill_at_random(Path(folder), kills=chosen.kills, seed=chosen.seed)
    print(f"killed {early} times while outputs were missing and {late} times after: nothing lost, nothing doubled")
    with TemporaryDirectory() as folder:
        run_at_once(Path(folder), processes=chosen.processes)
    print(f"{chosen.processes + 1} runs at once on one store: nothing lost, nothing doubled")
    with TemporaryDirectory() as folder:
        noticed, not_noticed = flip_bits(Path(folder), flips=chosen.flips, seed=chosen.seed)
    print(f"a bit flipped {chosen.flips} times: {noticed} times noticed, {not_noticed} in unused bytes; nothing lost")


if __name__ == "__main__":
    main()
