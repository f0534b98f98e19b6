"""How fast CTranslate2 decodes, and in how much memory, as ratios to the engine `transformers`. Run on a quiet machine:

    python -m tests.benchmarks.ctranslate2                        a random mT5-small
    python -m tests.benchmarks.ctranslate2 --model indictrans2    a random model of IndicTrans2's 200M size

The models and inputs are those of `tests.benchmarks.decoding`, and every output gets the same length. Each way runs in
a process of its own, after the weights were converted. The time of loading is not counted; the memory is the peak of
the process, so that it includes torch in that of `transformers`. If other programs run, compare the seconds of the
processors: those of the clock count the programs' time too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir
from time import perf_counter, process_time

from tests.benchmarks.decoding import WORKLOADS, Workload

WAYS = (("transformers", "float32"), ("ctranslate2", "float32"), ("ctranslate2", "int8"))
# How many times as fast as the engine `transformers` int8 should be, and the share of its memory.
TARGETS, MEMORY = {"mt5": 4.0, "indictrans2": 2.0}, 0.5
CACHE = Path(gettempdir()) / "harness-bench-conversions"


def measure(engine: str, kind: str, workload: Workload, tokens: int) -> dict[str, float]:
    """Return the seconds of decoding, by the clock and of the processors, and the greatest memory in bytes."""
    from harness import engines
    from harness.engines import Decoding, EngineSettings, Request, Weights

    settings = {"max_new_tokens": tokens, "min_new_tokens": tokens, **workload.decoding}
    decoding = Decoding(**settings)
    if engine == "ctranslate2":
        decoding = replace(decoding, early_stopping=True, others={"renormalize_logits": True})
    weights = Weights(
        folder=workload.checkpoint(),
        files=("model.safetensors",),
        pickled=False,
        architecture=workload.architecture,
        key=workload.size,
    )
    loaded = engines.get(engine).load(weights, EngineSettings(device="cpu", dtype=kind, padding=workload.padding))
    requests = [Request(ids) for ids in workload.requests()]
    started = perf_counter(), process_time()
    outputs = [output for batch in loaded.decode(requests, decoding) for output in batch]
    seconds, processors = perf_counter() - started[0], process_time() - started[1]
    assert [len(output.ids) for output in outputs] == [tokens] * len(requests)
    return {"seconds": seconds, "processors": processors, "bytes": peak()}


def peak() -> int:
    """Return the greatest memory of this process in bytes; Linux only.

    `getrusage` would give that of the process that started it, if it was greater.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every way, or one of them in this process, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=WORKLOADS, default="mt5")
    parser.add_argument("--tokens", type=int, help="new tokens for each source")
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many counts")
    parser.add_argument("--way", help="ENGINE,TYPE: measure this alone and print its seconds")
    chosen = parser.parse_args(arguments)
    workload = WORKLOADS[chosen.model]
    tokens = chosen.tokens or workload.tokens
    if chosen.way:
        print(json.dumps(measure(*chosen.way.split(","), workload, tokens)))
        return
    workload.checkpoint()
    beams = workload.decoding["num_beams"]
    print(f"{workload.sources}, {beams} beams, {tokens} new tokens, {workload.size}'s size")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    first: dict[str, float] = {}
    for engine, kind in WAYS:
        if engine == "ctranslate2":
            _apart(engine, kind, chosen.model, 1)  # converts
        rounds = [_apart(engine, kind, chosen.model, tokens) for _ in range(chosen.rounds)]
        best = {name: min(each[name] for each in rounds) for name in rounds[0]}
        first = first or best
        times = [f"{best[key]:7.1f} s ({first[key] / best[key]:5.2f}x)" for key in ("seconds", "processors")]
        memory = f"{best['bytes'] / 1e9:.2f} GB ({best['bytes'] / first['bytes']:.0%})"
        print(f"  {f'{engine}, {kind}':22} clock {times[0]}   processors {times[1]}   {memory}", flush=True)
    print(f"targets of int8: {TARGETS[chosen.model]}x, {MEMORY:.0%} of the memory; load now {os.getloadavg()[0]:.1f}")


def _apart(engine: str, kind: str, model: str, tokens: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.ctranslate2", "--way", f"{engine},{kind}", "--model", model]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [*command, "--tokens", str(tokens)], cwd=root, capture_output=True, text=True, check=True,
        env={**os.environ, "HARNESS_CACHE": str(CACHE)},
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
