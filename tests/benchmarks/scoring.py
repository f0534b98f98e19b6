"""How fast `harness score` is, as ratios to sacreBLEU's command on the same files. Run by hand, on a quiet machine:

    python -m tests.benchmarks.scoring [--data FOLDER]

Six systems on the 2,507 segments of newstest2014 hi-en, which are not part of this project: `reference.en` and one
`.en` file per system, in FOLDER or in the shared data. Each way is a process of its own, from start to printed table:

    sacrebleu      BLEU and chrF++ with `--paired-bs`: intervals, and five tests, of each system with the first
    harness        BLEU and chrF++: intervals, and the tests of all fifteen pairs by sign flips and by bootstrap
    without tests  the same with as few resamples and flips as can be asked for, to see what they cost

Then the same six systems repeated to 100,000 segments, for the memory, with as many and with five times as many
resamples.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.paths import wmt14

LARGE = 100_000
TARGET, AIM, MEMORY = 1.0, 0.5, 2.0
_MEASURED = """
import json, resource, sys
try:
    {call}
except SystemExit as done:
    assert not done.code, done.code
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
heavy = [name for name in ("torch", "transformers", "datasets") if name in sys.modules]
sys.stderr.write("\\n" + json.dumps([peak, heavy]))
"""


def measured(call: str, arguments: Sequence[str]) -> tuple[float, float, list[str]]:
    """Return seconds and GB of a process that runs `call` with these arguments, and which libraries it imported."""
    command = [sys.executable, "-c", _MEASURED.format(call=call), *arguments]
    started = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"})
    seconds = perf_counter() - started
    if done.returncode:
        sys.exit(done.stderr)
    peak, heavy = json.loads(done.stderr.rpartition("\n")[2])
    return seconds, peak / 1e6, heavy


def harness(folder: Path, names: Sequence[str], *more: str) -> tuple[float, float, list[str]]:
    """Return what `harness score` takes on the systems of a folder."""
    systems = [argument for name in names for argument in ("--hypothesis", f"{name}={folder / name}.en")]
    call = "from harness.cli import main; main(sys.argv[1:])"
    reference = ["--reference", str(folder / "reference.en")]
    return measured(call, ["score", "--task", "translate", *reference, *systems, *more])


def sacrebleu(folder: Path, names: Sequence[str]) -> tuple[float, float, list[str]]:
    """Return what sacreBLEU's command takes on the same."""
    call = "from sacrebleu.sacrebleu import main; main()"
    files = [str(folder / f"{name}.en") for name in names]
    options = ["-m", "bleu", "chrf", "--chrf-word-order", "2", "--paired-bs", "-f", "text"]
    return measured(call, [str(folder / "reference.en"), "-i", *files, *options])


def enlarged(folder: Path, names: Sequence[str], into: Path) -> None:
    """Write the files with their lines repeated until they have 100,000."""
    for name in (*names, "reference"):
        lines = (folder / f"{name}.en").read_text(encoding="utf-8").split("\n")[:-1]
        many = (lines * (LARGE // len(lines) + 1))[:LARGE]
        # No line is another's copy, so that nothing can be saved by remembering lines.
        (into / f"{name}.en").write_text(
            "".join(f"{line} {number}\n" for number, line in enumerate(many)), encoding="utf-8"
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=wmt14(), help="the folder of newstest2014 hi-en")
    parser.add_argument("--repeat", type=int, default=3, help="the best of so many runs of each way, taken in turn")
    given = parser.parse_args()
    if given.data is None:
        parser.error("no shared data here: name the folder of newstest2014 hi-en with --data")
    names = sorted(path.stem for path in given.data.glob("*.en") if path.stem != "reference")
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"sacrebleu {version('sacrebleu')}, numpy {version('numpy')}; {len(names)} systems, "
        f"{len((given.data / 'reference.en').read_text(encoding='utf-8').splitlines())} segments"
    )
    ways = {
        "sacrebleu": lambda: sacrebleu(given.data, names),
        "harness": lambda: harness(given.data, names),
        "without tests": lambda: harness(given.data, names, "--resamples", "100", "--flips", "100"),
    }
    best = {way: (float("inf"), 0.0, [""]) for way in ways}
    for _ in range(given.repeat):
        for way, run in ways.items():
            best[way] = min(best[way], run())
    for way, (seconds, memory, heavy) in best.items():
        ratio = f"{seconds / best['sacrebleu'][0]:.2f} of sacrebleu's time"
        print(f"{way:14} {seconds:6.2f} s, {ratio}, {memory:.2f} GB, imported of torch and its like: {heavy}")
    print(f"target: at most {TARGET:.2f}, aim: {AIM:.2f}")
    with TemporaryDirectory() as folder:
        enlarged(given.data, names, Path(folder))
        for resamples in (1000, 5000):
            seconds, memory, _ = harness(Path(folder), names, "--resamples", str(resamples), "--flips", str(resamples))
            spent = f"{memory:.2f} GB (limit {MEMORY:.0f}), {seconds:.0f} s"
            print(f"{LARGE:,} segments, {resamples:,} resamples and flips: {spent}")


if __name__ == "__main__":
    main()
