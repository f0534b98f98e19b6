"""How fast the transformers engine decodes, as ratios to what most scripts do. Run by hand, on a quiet machine:

    python -m tests.benchmarks.decoding

A model of mT5-small's size with random weights, 16 articles of 100 to 500 tokens, 4 beams, 64 new tokens, on the CPU:

    loop               `generate` on one article after another, as model cards show it
    batches of 8, 16   `generate` on articles in the order in which they come, padded
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
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from time import perf_counter
from typing import Any

ARTICLES, BEAMS = 16, 4
TARGET, AIM, OVERHEAD = 2.8, 4.0, 0.03
MODES = ("loop", "batches of 8", "batches of 16", "engine", "without reuse of memory", "without shared cross-attention")


def checkpoint() -> Path:
    """Return a checkpoint of mT5-small's size, written once."""
    folder = Path(gettempdir()) / "harness-benchmark-mt5-small"
    if not (folder / "model.safetensors").exists():
        import torch
        from transformers import MT5Config, MT5ForConditionalGeneration

        torch.manual_seed(0)
        MT5ForConditionalGeneration(MT5Config(decoder_start_token_id=0)).save_pretrained(folder)
    return folder


def articles() -> list[tuple[int, ...]]:
    """Return token ids of articles in no order of length; which tokens they are changes no time."""
    import numpy as np

    generator = np.random.default_rng(0)
    lengths = generator.permutation(np.linspace(100, 500, ARTICLES, dtype=int))
    return [(*generator.integers(300, 250_000, length - 1).tolist(), 1) for length in lengths]


def measure(mode: str, tokens: int) -> float:
    """Return the seconds that one way takes for all articles, loading not counted."""
    from harness.engines import Decoding, Request, Settings, Weights, _allocator, transformers

    # Every output gets the same length, so that every way does the same work.
    common = {"num_beams": BEAMS, "no_repeat_ngram_size": 2, "length_penalty": 0.6}
    limits = {"max_new_tokens": tokens, "min_new_tokens": tokens}
    weights = Weights(
        folder=checkpoint(), files=("model.safetensors",), pickled=False,
        architecture="transformers:MT5ForConditionalGeneration",
    )  # fmt: skip
    engine = transformers.load(weights, Settings(device="cpu", dtype="float32"))
    given = articles()
    if mode == "loop" or mode.startswith("batches"):
        import torch
        from transformers import GenerationConfig

        size = 1 if mode == "loop" else int(mode.rpartition(" ")[2])
        configuration = GenerationConfig(
            **common, **limits, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0
        )  # fmt: skip
        started = perf_counter()
        for start in range(0, ARTICLES, size):
            rows = given[start : start + size]
            width = max(map(len, rows))
            ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows])
            with torch.inference_mode():
                engine._model.generate(input_ids=ids, attention_mask=(ids != 0).long(), generation_config=configuration)
        return perf_counter() - started
    if mode == "without reuse of memory":
        _allocator.reused = nullcontext
    if mode == "without shared cross-attention":
        transformers.Transformers._encoded = lambda *_: {}
    started = perf_counter()
    done = sum(len(batch) for batch in engine.decode([Request(ids) for ids in given], Decoding(**common, **limits)))
    assert done == ARTICLES
    return perf_counter() - started


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
    from harness import store
    from harness.datasets import handwritten
    from harness.models import mt5
    from harness.records import Source
    from tests.models import tiny_mt5

    text = [segment.text for segment in handwritten.load(tiny_mt5.REFERENCES).articles[0].segments]
    sources = []
    for number in range(ARTICLES):
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
        run = store.create(Path(folder), "run")
        with _timed(model._engine, inside):
            started = perf_counter()
            identity = str(model.identity())
            for generation in model.generate(sources):
                run.append_output("summarise", "x", identity, "source", generation)
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
    parser.add_argument("--tokens", type=int, default=64, help="new tokens for each article")
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many counts")
    parser.add_argument("--mode", choices=MODES, help="measure this alone and print its seconds")
    chosen = parser.parse_args(arguments)
    if chosen.mode:
        print(json.dumps(measure(chosen.mode, chosen.tokens)))
        return
    import torch
    import transformers

    cores = f"{_processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads"
    print(f"{cores}; torch {torch.__version__}, transformers {transformers.__version__}")
    sizes = f"{ARTICLES} articles of 100 to 500 tokens, {BEAMS} beams, {chosen.tokens} new tokens"
    print(f"{sizes}, mT5-small's size, float32")
    checkpoint()
    seconds = {mode: min(_apart(mode, chosen.tokens) for _ in range(chosen.rounds)) for mode in MODES}
    for mode in MODES:
        print(f"  {mode:30}{seconds[mode]:7.1f} s   {seconds['loop'] / seconds[mode]:5.2f}x the loop")
    ratio = seconds["loop"] / seconds["engine"]
    print(f"engine against the loop: {ratio:.2f}x")
    print(f"  target {TARGET}x: {_met(ratio >= TARGET)}; aim {AIM}x: {_met(ratio >= AIM)}")
    layer = output_layer()
    steps = {rows: f"{1000 * taken:.0f} ms for {rows} rows" for rows, taken in layer.items()}
    print(f"output layer, one step: {', '.join(steps.values())}")
    share = layer[64] * (chosen.tokens - 1) / seconds["engine"]
    alone = layer[4] * (chosen.tokens - 1) * ARTICLES / seconds["loop"]
    print(f"  so it takes about {share:.0%} of the engine's time and {alone:.0%} of the loop's")
    inside, whole = overhead()
    extra = whole / inside - 1
    print(f"text to stored outputs over the model alone: {whole:.2f} s over {inside:.2f} s, {extra:.1%} "
          f"(target {OVERHEAD:.0%}: {_met(extra <= OVERHEAD)})")  # fmt: skip


def _apart(mode: str, tokens: int) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.decoding", "--mode", mode, "--tokens", str(tokens)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def _met(yes: bool) -> str:
    return "met" if yes else "missed"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
