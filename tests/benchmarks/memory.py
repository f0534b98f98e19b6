"""How much memory the transformers engine needs, against the estimate of `harness check`. Run by hand:

    python -m tests.benchmarks.memory                  every model
    python -m tests.benchmarks.memory --model nllb     one

Random models of mT5-small's, NLLB-600M's and indictrans2-indic-en-dist-200M's size decode one full batch of the longest
inputs on the CPU, in float32, as their authors decode; every output reaches its limit. Each runs in a process of its
own, and the measurement is the most memory that the process ever had. How busy the machine is does not matter, but one
full batch takes minutes: a run of the harness comes to it only if the model is fast.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.runs.bench.sizes import SIZES
from tests.benchmarks import decoding
from tests.benchmarks.decoding import WORKLOADS, Workload

AIM = 0.25  # of the measurement


@dataclass(frozen=True)
class Case:
    """A model, and the batch that it decodes."""

    workload: Workload
    config: Mapping[str, Any]  # of its authors' decoding
    new_tokens: int
    input_tokens: int


NLLB = Workload(
    size="nllb-200-distilled-600M",
    sources="",
    architecture="transformers:M2M100ForConditionalGeneration",
    decoding={"num_beams": 4},
    tokens=199,
    special={"pad_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 2},
    padding="right",
    published=SIZES["nllb-600m"],
    requests=list,
)
CASES = {
    "mt5": Case(WORKLOADS["mt5"], WORKLOADS["mt5"].decoding, 83, 512),
    "indictrans2": Case(
        WORKLOADS["indictrans2"], {**WORKLOADS["indictrans2"].decoding, "beam_stop": "exhaustive"}, 255, 256
    ),
    "nllb": Case(NLLB, NLLB.decoding, 199, 512),
}


def measure(name: str) -> dict[str, int]:
    """Decode the batch in this process; return the estimate, the measurement and the sources of the batch."""
    import numpy as np

    from harness.core import checkpoints
    from harness.core.checkpoints import headers
    from harness.core.descriptions import CheckpointDescription
    from harness.engines import Decoding, EngineSettings, Request, Weights, _batches, _memory, transformers
    from harness.models._seq2seq import memory

    case = CASES[name]
    folder, files = case.workload.checkpoint(), ("model.safetensors",)
    checkpoint = checkpoints.in_folder(folder)
    parameters = headers.parameters(checkpoint, files)
    sizes = memory.network(checkpoint, CheckpointDescription(name=name, place="folder", parameters=parameters))
    assert sizes is not None
    settings = EngineSettings(device="cpu", dtype="float32", padding=case.workload.padding)
    wanted = Decoding(**case.config, max_new_tokens=case.new_tokens, min_new_tokens=case.new_tokens)
    estimate = transformers.memory(sizes, settings, wanted, case.input_tokens)
    tokens, scores = transformers._BATCH_TOKENS["cpu"], transformers._BATCH_SCORES["cpu"]
    sources = _memory.rows(sizes, wanted, tokens, scores, case.input_tokens)

    architecture = case.workload.architecture
    engine = transformers.load(Weights(folder=folder, files=files, pickled=False, architecture=architecture), settings)
    # The engine begins with a small batch, lets batches grow while they are fast, and puts back what takes too long.
    engine._budget._first = _batches.BatchLimits(tokens, tokens)
    _batches.Watch.affordable = lambda _watch, _step, sources: sources  # type: ignore[method-assign]
    generator, end = np.random.default_rng(0), case.workload.special["eos_token_id"]
    rows = generator.integers(300, 30_000, (sources, case.input_tokens - 1)).tolist()
    assert sum(map(len, engine.decode([Request((*row, end)) for row in rows], wanted))) == sources
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"estimate": estimate, "measured": peak, "sources": sources}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the models, each in a process of its own, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=CASES, action="append", help="only this one; may be repeated")
    parser.add_argument("--here", choices=CASES, help="measure this one in this process, and print JSON")
    chosen = parser.parse_args(arguments)
    if chosen.here:
        print(json.dumps(measure(chosen.here)))
        return
    print("| model | batch | estimate | measured | difference |\n|---|---|---:|---:|---:|")
    for name in chosen.model or CASES:
        case, taken = CASES[name], _apart(name)
        beams, size = case.config["num_beams"], case.workload.size
        off = taken["estimate"] / taken["measured"] - 1
        batch = f"{taken['sources']} inputs of {case.input_tokens} tokens, {beams} beams, {case.new_tokens} new tokens"
        gigabytes = f"{taken['estimate'] / 1e9:.2f} GB | {taken['measured'] / 1e9:.2f} GB"
        print(f"| {size} | {batch} | {gigabytes} | {off:+.0%}{'' if abs(off) <= AIM else ', missed'} |", flush=True)


def _apart(name: str) -> dict[str, int]:
    # The checkpoint is written before, because building a model takes more memory than running it.
    code = f"from tests.benchmarks import memory; memory.CASES[{name!r}].workload.checkpoint()"
    root = Path(decoding.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True)
    command = [sys.executable, "-m", "tests.benchmarks.memory", "--here", name]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
