"""Check on a GPU what a CPU cannot show. Run by hand, on a quiet machine:

    python -m tests.device                         everything on the first GPU, in about 6 minutes
    python -m tests.device --only types --only halving
    python -m tests.device --device cpu --tiny     the dry run that the tests do: nothing is judged by time or memory

    types        bfloat16 and float16 of every family, against float32 on the CPU
    estimate     the memory of a full batch, against the estimate of `harness check`
    free-memory  the `batch_tokens` that `harness check` names for little memory does not run out
    halving      memory runs out for real, and every output is there
    leaks        two systems one after the other give their memory back
    speed        the engine against plain `generate`, on mT5-base's and IndicTrans2-1B's sizes
    int8         int8 with CTranslate2

Weights are random, so nothing is downloaded. Exits with 1 if a check failed or there was no time for it, and with 2 if
there is no GPU.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.device.machine import Machine, Result

CHECKS = ("types", "halving", "leaks", "free-memory", "estimate", "int8", "speed")
_MARKS = {True: "ok", False: "FAILED", None: "not judged"}


def _checks() -> Mapping[str, Callable[[Machine], Iterator[Result]]]:
    from tests.device import memory, speed, types

    return {
        "types": types.check,
        "halving": memory.halving,
        "leaks": memory.leaks,
        "free-memory": memory.free_memory,
        "estimate": memory.estimate,
        "int8": speed.int8,
        "speed": speed.against_generate,
    }


def results(machine: Machine, names: Sequence[str], seconds: float) -> Iterator[Result]:
    """Yield the results of each check; a check that fails in another way is one failed result."""
    begun, checks = perf_counter(), _checks()
    for name in names:
        if perf_counter() - begun > seconds:
            yield Result(name, "no time left", f"within {seconds:.0f} s", passed=False)
            continue
        try:
            yield from checks[name](machine)
        except Exception as error:  # the other checks say something too
            text = " ".join(str(error).split())[:160]
            yield Result(name, f"{type(error).__name__}: {text}", "no error", passed=False)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks, print a line for each, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1 or cpu")
    parser.add_argument("--tiny", action="store_true", help="use tiny models")
    parser.add_argument("--only", action="append", choices=CHECKS, help="this check only; may be repeated")
    parser.add_argument("--seconds", type=float, default=400, help="begin no check after so many seconds")
    chosen = parser.parse_args(arguments)
    import torch

    if chosen.device.startswith("cuda") and not torch.cuda.is_available():
        _say("no GPU: torch sees none, so nothing was checked; --device cpu --tiny is a dry run")
        return 2
    name = torch.cuda.get_device_name(chosen.device) if chosen.device.startswith("cuda") else "CPU"
    _say(f"{name}, torch {torch.__version__}, {'tiny' if chosen.tiny else 'real'} sizes")
    counts = dict.fromkeys(_MARKS, 0)
    begun = perf_counter()
    with TemporaryDirectory(prefix="harness-device-") as folder:
        os.environ["HARNESS_CACHE"] = str(Path(folder) / "cache")  # conversions are of no use afterwards
        machine = Machine(chosen.device, chosen.tiny, Path(folder))
        for result in results(machine, chosen.only or CHECKS, chosen.seconds):
            counts[result.passed] += 1
            wanted = f"  (wanted: {result.wanted})" if result.wanted else ""
            _say(f"{_MARKS[result.passed]:10}  {result.check}: {result.found}{wanted}")
    _say(f"{counts[True]} ok, {counts[False]} failed, {counts[None]} not judged in {perf_counter() - begun:.0f} s")
    return 1 if counts[False] else 0


def _quiet() -> None:
    """Keep transformers' progress bars and remarks out of the table."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()


if __name__ == "__main__":
    _quiet()
    sys.exit(main())
