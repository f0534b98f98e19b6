"""What `OMP_WAIT_POLICY=PASSIVE` saves, which the command line sets. Run by hand, on a quiet machine:

    python -m tests.benchmarks.waiting                       the 212M IndicTrans2 of `tests.benchmarks.decoding`
    python -m tests.benchmarks.waiting --model mt5

The engine decodes in processes of its own, with the variable and without in turns: alone, then beside processes that
keep one core each busy.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median

from tests.benchmarks.decoding import WORKLOADS
from tests.paths import ROOT

POLICIES = {"default": None, "PASSIVE": "PASSIVE"}


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep so many cores busy within this."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def seconds(model: str, tokens: int, policy: str | None) -> float:
    """Return the seconds that the engine takes with a value of the variable, or without it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    if policy:
        environment["OMP_WAIT_POLICY"] = policy
    command = [sys.executable, "-m", "tests.benchmarks.decoding", "--mode", "engine", "--model", model]
    done = subprocess.run(
        [*command, "--tokens", str(tokens)], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=WORKLOADS, default="indictrans2")
    parser.add_argument("--tokens", type=int, default=16, help="new tokens for each source")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many counts")
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 2], help="other processes")
    chosen = parser.parse_args(arguments)
    WORKLOADS[chosen.model].checkpoint()
    for processes in chosen.busy:
        times: dict[str, list[float]] = {name: [] for name in POLICIES}
        with busy(processes):
            for _ in range(chosen.rounds):
                for name, policy in POLICIES.items():
                    times[name].append(seconds(chosen.model, chosen.tokens, policy))
        default, passive = (median(each) for each in times.values())
        print(f"{processes} other busy processes: {default:.1f} s by default, {passive:.1f} s with PASSIVE, "
              f"{default / passive:.2f}x", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
