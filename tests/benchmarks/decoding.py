"""How fast the transformers engine decodes, as ratios to what most scripts do. Run by hand, on a quiet machine:

    python -m tests.benchmarks.decoding                        mT5
    python -m tests.benchmarks.decoding --model indictrans2

With random weights, on the CPU: a model of mT5-small's size on 16 articles of 100 to 500 tokens with 4 beams and 64
new tokens; or one of indictrans2-indic-en-dist-200M's size on the 19 sentences of the India-Japan article with 5 beams
and 32 new tokens.

    loop               `generate` on one source after another, as model cards show it
    batches of 8, 16   `generate` on sources in the order in which they come, padded
    engine             the engine with its defaults
    without ...        the engine without one of the things that it adds, to see what that is worth

Each runs in a process of its own, because memory that one has used is there for the next. Then, in one process: what
the output layer costs, and how much time of a run through the family and the store is not spent in the model. Ratios
of one run on one machine mean something; its seconds mean little elsewhere.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from time import perf_counter
from typing import Any, Literal

from harness.runs.bench.sizes import SIZES, PublishedSize
from tests.paths import REFERENCES

ARTICLE = REFERENCES / "india-japan"

TARGETS = {"mt5": 2.8, "indictrans2": 2.5}
AIM, OVERHEAD = 4.0, 0.03
MODES = ("loop", "batches of 8", "batches of 16", "engine", "without reuse of memory", "without shared cross-attention")


@dataclass(frozen=True)
class Workload:
    """A model and what it is given."""

    size: str
    sources: str
    architecture: str
    decoding: Mapping[str, Any]  # by which every output gets the same length, so that every way does the same work
    tokens: int  # new ones for each source
    special: Mapping[str, int]
    padding: Literal["left", "right"]
    published: PublishedSize
    requests: Callable[[], list[tuple[int, ...]]]  # token ids; which tokens they are changes no time

    def checkpoint(self) -> Path:
        """Return the checkpoint's folder, written once."""
        folder = Path(gettempdir()) / f"harness-bench-{self.size}"
        if not (folder / "config.json").exists():  # it is written last
            self.published.write(folder)
        return folder


def _articles() -> list[tuple[int, ...]]:
    import numpy as np

    generator = np.random.default_rng(0)
    lengths = generator.permutation(np.linspace(100, 500, 16, dtype=int))
    return [(*generator.integers(300, 250_000, length - 1).tolist(), 1) for length in lengths]


def _sentences() -> list[tuple[int, ...]]:
    import numpy as np

    from harness.datasets import FolderOptions, handwritten

    generator = np.random.default_rng(0)
    texts = [segment.text for segment in handwritten.load(FolderOptions(path=ARTICLE)).articles[0].segments]
    # Hindi words are 1.3 pieces in a vocabulary of that size, and codes and end come on top.
    lengths = [round(1.3 * len(text.split())) + 3 for text in texts]
    return [(*generator.integers(300, 122_000, length - 1).tolist(), 2) for length in lengths]


WORKLOADS = {
    "mt5": Workload(
        size="mt5-small",
        sources="16 articles of 100 to 500 tokens",
        architecture="transformers:MT5ForConditionalGeneration",
        decoding={"num_beams": 4, "no_repeat_ngram_size": 2, "length_penalty": 0.6},
        tokens=64,
        special={"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0},
        padding="right",
        published=SIZES["mt5-small"],
        requests=_articles,
    ),
    "indictrans2": Workload(
        size="indictrans2-dist-200M",
        sources="the 19 sentences of the India-Japan article",
        architecture="harness.models.indictrans2.network:IndicTransForConditionalGeneration",
        decoding={"num_beams": 5},
        tokens=32,
        special={"pad_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 2},
        padding="left",
        published=SIZES["indictrans2-200m"],
        requests=_sentences,
    ),
}


def measure(mode: str, workload: Workload, tokens: int) -> dict[str, float]:
    """Return the seconds that one way takes for all sources, loading not counted, and the greatest memory in bytes."""
    from harness.engines import Decoding, EngineSettings, Request, Weights, _allocator, transformers

    limits = {"max_new_tokens": tokens, "min_new_tokens": tokens}
    weights = Weights(
        folder=workload.checkpoint(), files=("model.safetensors",), pickled=False, architecture=workload.architecture
    )
    engine = transformers.load(weights, EngineSettings(device="cpu", dtype="float32", padding=workload.padding))
    given = workload.requests()
    if mode == "without reuse of memory":
        _allocator.reused = nullcontext
    if mode == "without shared cross-attention":
        transformers.Transformers._encoded = lambda *_: {}
    started = perf_counter()
    if mode == "loop" or mode.startswith("batches"):
        size = 1 if mode == "loop" else int(mode.rpartition(" ")[2])
        for start in range(0, len(given), size):
            _generate(engine._model, workload, given[start : start + size], limits)
    else:
        decoding = Decoding(**workload.decoding, **limits)
        done = sum(len(batch) for batch in engine.decode([Request(ids) for ids in given], decoding))
        assert done == len(given)
    return {"seconds": perf_counter() - started, "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def _generate(model: Any, workload: Workload, rows: Sequence[Sequence[int]], limits: Mapping[str, int]) -> None:
    import torch
    from transformers import GenerationConfig

    width, pad = max(map(len, rows)), workload.special["pad_token_id"]
    fill = [[pad] * (width - len(row)) for row in rows]
    left = workload.padding == "left"
    ids = torch.tensor([[*pads, *row] if left else [*row, *pads] for row, pads in zip(rows, fill, strict=True)])
    with torch.inference_mode():
        model.generate(
            input_ids=ids,
            attention_mask=(ids != pad).long(),
            generation_config=GenerationConfig(**workload.decoding, **limits, **workload.special),
        )


def output_layer() -> dict[int, float]:
    """Return the seconds of one step's multiplication by the 250,112 x 512 output layer, by rows (articles x beams)."""
    import torch

    layer = torch.nn.Linear(512, 250_112, bias=False)
    found = {}
    with torch.inference_mode():
        for rows in (4, 32, 64):
            states = torch.randn(rows, 512)
            layer(states)
            started = perf_counter()
            for _ in range(5):
                layer(states)
            found[rows] = (perf_counter() - started) / 5
    return found


def overhead() -> tuple[float, float]:
    """Return the seconds in the model, and those of the whole way from text to stored outputs.

    The model has mT5-small's layers and a small vocabulary, for which there is a tokenizer: with the real one
    `generate` takes longer, and the rest does not.
    """
    from harness.core.records import Source
    from harness.datasets import FolderOptions, handwritten
    from harness.models import mt5
    from harness.runs import store
    from tests.models import tiny_mt5

    text = [segment.text for segment in handwritten.load(FolderOptions(path=ARTICLE)).articles[0].segments]
    sources = []
    for number in range(16):
        sentences = tuple((text * 2)[number : number + 3 + number % 8])
        sources.append(Source(f"a#{number}", "a", "summarise", " ".join(sentences), sentences, "hin_Deva", "hin_Deva"))
    with TemporaryDirectory() as folder:
        size = tiny_mt5.Size(d_model=512, d_kv=64, d_ff=1024, num_layers=8, num_heads=6)
        tiny_mt5.build(Path(folder) / "model", size=size)
        options = mt5.Options(
            name="x",
            family="mt5",
            checkpoint=Path(folder) / "model",
            decoding={"max_new_tokens": 64, "min_new_tokens": 64},
        )
        model = mt5.load(options)
        list(model.generate(sources[:1]))  # reads the weights
        inside = [0.0]
        with store.generations(Path(folder)) as generations, _timed(model._engine, inside):
            started = perf_counter()
            identity = generations.remember(model.identity())
            for generation in model.generate(sources):
                generations.add(identity, "summarise", [("source", generation)], origin=None)
            whole = perf_counter() - started
    return inside[0], whole


@contextmanager
def _timed(engine: Any, inside: list[float]) -> Iterator[None]:
    """Within this, add up the seconds that the model takes: its encoder, and `generate` with the decoder."""
    encoded, generate = engine._encoded, engine._model.generate

    def timed(call: Any) -> Any:
        def run(*arguments: Any, **named: Any) -> Any:
            started = perf_counter()
            try:
                return call(*arguments, **named)
            finally:
                inside[0] += perf_counter() - started

        return run

    engine._encoded, engine._model.generate = timed(encoded), timed(generate)
    try:
        yield
    finally:
        engine._encoded, engine._model.generate = encoded, generate


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything, or one thing in this process, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=WORKLOADS, default="mt5")
    parser.add_argument("--tokens", type=int, help="new tokens for each source")
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many counts")
    parser.add_argument("--mode", choices=MODES, help="measure this alone and print its seconds")
    chosen = parser.parse_args(arguments)
    workload = WORKLOADS[chosen.model]
    tokens = chosen.tokens or workload.tokens
    if chosen.mode:
        print(json.dumps(measure(chosen.mode, workload, tokens)))
        return
    import torch
    import transformers

    cores = f"{_processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads"
    print(f"{cores}; torch {torch.__version__}, transformers {transformers.__version__}")
    beams = workload.decoding["num_beams"]
    print(f"{workload.sources}, {beams} beams, {tokens} new tokens, {workload.size}'s size, float32")
    workload.checkpoint()
    found = {mode: [_apart(mode, chosen.model, tokens) for _ in range(chosen.rounds)] for mode in MODES}
    seconds = {mode: min(each["seconds"] for each in of_mode) for mode, of_mode in found.items()}
    for mode in MODES:
        memory = max(each["bytes"] for each in found[mode]) / 1e9
        print(f"  {mode:30}{seconds[mode]:7.1f} s   {seconds['loop'] / seconds[mode]:5.2f}x the loop   {memory:.1f} GB")
    ratio, target = seconds["loop"] / seconds["engine"], TARGETS[chosen.model]
    print(f"engine against the loop: {ratio:.2f}x")
    print(f"  target {target}x: {_met(ratio >= target)}; aim {AIM}x: {_met(ratio >= AIM)}")
    if chosen.model == "mt5":
        _shares(seconds, tokens)


def _shares(seconds: Mapping[str, float], tokens: int) -> None:
    layer = output_layer()
    steps = {rows: f"{1000 * taken:.0f} ms for {rows} rows" for rows, taken in layer.items()}
    print(f"output layer, one step: {', '.join(steps.values())}")
    share = layer[64] * (tokens - 1) / seconds["engine"]
    alone = layer[4] * (tokens - 1) * 16 / seconds["loop"]
    print(f"  so it takes about {share:.0%} of the engine's time and {alone:.0%} of the loop's")
    inside, whole = overhead()
    extra = whole / inside - 1
    print(f"text to stored outputs over the model alone: {whole:.2f} s over {inside:.2f} s, {extra:.1%} "
          f"(target {OVERHEAD:.0%}: {_met(extra <= OVERHEAD)})")  # fmt: skip


def _apart(mode: str, model: str, tokens: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.decoding", "--mode", mode, "--model", model]
    root = Path(__file__).parents[2]
    done = subprocess.run([*command, "--tokens", str(tokens)], cwd=root, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _met(yes: bool) -> str:
    return "met" if yes else "missed"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
