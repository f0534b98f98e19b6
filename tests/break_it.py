"""Try to break a run: kill processes, fill disks, drop connections, flip bits; check that nothing is lost.

    python -m tests.break_it [--rounds 200] [--seed 0] [--only kill|shards|race|flip|disk|endpoint|ray]

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
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

from harness import models
from harness.config import load
from harness.core.errors import FileError
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
    check_store(results, OUTPUTS)


def check_store(results: Path, outputs: int) -> None:
    """Check that a store is sound and contains so many outputs, each once."""
    with sqlite3.connect(results / "store.sqlite") as connection:
        (rows,) = connection.execute("SELECT count(*) FROM generations").fetchone()
        (distinct,) = connection.execute(
            "SELECT count(*) FROM (SELECT DISTINCT identity, task, id, source, sample FROM generations NOT INDEXED)"
        ).fetchone()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert rows == distinct == outputs, (rows, distinct)


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


def kill_shards(folder: Path, *, rounds: int, seed: int, of: int = 3) -> tuple[int, int]:
    """Kill processes that generate or join the shards of a run. Return how many of each kind were killed at work.

    At any moment each file of the joined run is absent or as in an undisturbed run.
    """
    config, parts, results, draw = write_config(folder), folder / "parts", folder / "results", random.Random(seed)
    restore = slowed(_EACH)

    def every_shard() -> None:
        for number in range(1, of + 1):
            assert not run_shard(config, parts, f"{number}/{of}").failed

    try:
        sound, seconds = undisturbed(folder)
        killed = {"shard": 0, "merge": 0}
        merging = seconds - OUTPUTS * _EACH  # about as long as scoring takes
        for number in range(rounds):
            kind = "shard" if number < rounds / 2 else "merge"
            if number == rounds // 2 + rounds % 2:
                every_shard()
            shard = f"{draw.randint(1, of)}/{of}"
            work = partial(merge, parts, results) if kind == "merge" else partial(run_shard, config, parts, shard)
            child = started(work)
            usual = 1.2 * merging if kind == "merge" else 1.5 * OUTPUTS / of * _EACH
            sleep(draw.uniform(0, usual if killed[kind] else usual / 20))  # the first one surely at work
            os.kill(child, signal.SIGKILL)
            at_work = ended(child) == -signal.SIGKILL
            killed[kind] += at_work
            for name, content in (files_of(results) if list(results.glob("broken-*/scores.json")) else {}).items():
                assert sound[name] == content, name
            if not at_work or draw.random() < 0.3:  # so that the next processes have work again
                shutil.rmtree(results if kind == "merge" else parts, ignore_errors=True)
        every_shard()
        for _ in range(2):
            assert not merge(parts, results).failed
            check(results, sound)
    finally:
        restore()
    return killed["shard"], killed["merge"]


@contextmanager
def small_disk(place: Path) -> Iterator[Callable[[int], None] | None]:
    """Mount a file system of its own; yield a function that sets its size in kB, or None if this is not allowed.

    The size must not be less than what its files take, and each of them takes whole pages of 4 kB.
    """
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        yield None
        return

    def resize(kilobytes: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(place)], check=True)

    try:
        yield resize
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill_disk(folder: Path, *, rounds: int, seed: int) -> tuple[int, int] | None:
    """Run, or generate and join shards, on a disk that becomes full. Return how often it was full, and how often not.

    None if this process may not mount a file system.
    """
    config, draw = write_config(folder), random.Random(seed)
    sound, _ = undisturbed(folder)
    full = 0
    with small_disk(folder / "disk") as resize:
        if resize is None:
            return None
        results = folder / "disk" / "results"
        for number in range(rounds):
            if number % 5 == 0:
                shutil.rmtree(results, ignore_errors=True)
            used = sum(-(-path.stat().st_size // 4096) * 4 for path in results.rglob("*"))
            resize(used + draw.randint(30, 700))
            work = draw.choice([_run_alone, _run_as_shards])
            try:
                work(config, results)
            except FileError as error:
                assert "No space left on device" in str(error), error
                full += 1
            resize(8_000)
            work(config, results)
            check(results, sound)
            assert not list(results.rglob("*.damaged*"))
    return full, rounds - full


def _run_alone(config: Path, results: Path) -> None:
    assert not run(config, results).failed


def _run_as_shards(config: Path, results: Path) -> None:
    for number in (1, 2):
        assert not run_shard(config, results, f"{number}/2").failed
    assert not merge(results, results).failed


def main() -> None:
    """Do everything with larger numbers than the tests, and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--processes", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=ATTACKS, action="append", help="these alone; repeatable")
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {chosen.rounds} rounds, seed {chosen.seed}")
    for name in chosen.only or ATTACKS:
        begun = perf_counter()
        with TemporaryDirectory() as folder:
            told = ATTACKS[name](Path(folder), chosen)
        print(f"{name}: {told} ({perf_counter() - begun:.0f} s)", flush=True)


def _kill(folder: Path, chosen: argparse.Namespace) -> str:
    early, late = kill_at_random(folder, kills=chosen.rounds, seed=chosen.seed)
    return f"killed {early} times while outputs were missing and {late} times after: nothing lost, nothing doubled"


def _kill_shards(folder: Path, chosen: argparse.Namespace) -> str:
    of_shards, of_merges = kill_shards(folder, rounds=chosen.rounds, seed=chosen.seed)
    return f"killed {of_shards} shards and {of_merges} merges at work: nothing lost, nothing doubled"


def _race(folder: Path, chosen: argparse.Namespace) -> str:
    run_at_once(folder, processes=chosen.processes)
    return f"{chosen.processes + 1} runs at once on one store: nothing lost, nothing doubled"


def _flip(folder: Path, chosen: argparse.Namespace) -> str:
    noticed, unnoticed = flip_bits(folder, flips=chosen.rounds, seed=chosen.seed)
    return f"a bit flipped {chosen.rounds} times: {noticed} times noticed, {unnoticed} in unused bytes; nothing lost"


def _fill(folder: Path, chosen: argparse.Namespace) -> str:
    counts = fill_disk(folder, rounds=chosen.rounds, seed=chosen.seed)
    if counts is None:
        return "skipped: this process may not mount a file system"
    return f"the disk was full {counts[0]} times, and large enough {counts[1]} times: nothing lost, nothing doubled"


def _ray(folder: Path, chosen: argparse.Namespace) -> str:
    if find_spec("ray") is None:
        return "skipped: ray is not installed"
    from tests import break_ray

    killed = break_ray.kill_on_a_cluster(folder, rounds=chosen.rounds, seed=chosen.seed)
    counts = ", ".join(f"{number} {kind}s" for kind, number in killed.items())
    return f"killed {counts}: nothing lost, nothing doubled"


def _endpoint(folder: Path, chosen: argparse.Namespace) -> str:
    if find_spec("openai") is None:
        return "skipped: openai is not installed"
    from tests import break_endpoint

    dropped, again = break_endpoint.drop_connections(folder, rounds=chosen.rounds, seed=chosen.seed)
    return f"{dropped} connections dropped, {again} runs started again: nothing lost, nothing doubled"


ATTACKS: dict[str, Callable[[Path, argparse.Namespace], str]] = {
    "kill": _kill, "shards": _kill_shards, "race": _race, "flip": _flip, "disk": _fill, "endpoint": _endpoint,
    "ray": _ray,
}  # fmt: skip


if __name__ == "__main__":
    main()
