"""How much time the engine gains because finished sources leave their batch. Run by hand:

    python -m tests.benchmarks.leaving                         mT5
    python -m tests.benchmarks.leaving --model indictrans2

The models and sources are those of `tests.benchmarks.decoding`, with all sources in one batch. Random weights end no
output, so each source is made to end after 10 to 60 tokens, spread evenly: the score of the end token is the worst
before that step, and the best from then on. (With a length penalty an output can gain by a few more tokens.)

The engine decodes with leaving and without in turns, in this process, and must give the same outputs. Seconds are those
of the processor, in all threads: on a busy machine they are steadier.

A step costs about the same for each source, so the ratio of the time spent in steps is at best that of the numbers of
steps of sources, which is printed beside it. The encoder takes the same time in both.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import process_time
from typing import TYPE_CHECKING, Any

from tests.benchmarks.decoding import WORKLOADS, Workload

if TYPE_CHECKING:
    import torch

TARGET = 1.3
SHORTEST, LONGEST = 10, 60
# When finished sources leave (see `harness.engines._search`).
WAYS = {"without leaving": 0, "with leaving": 8, "with leaving at once": 10**9}


def ends_of(sources: int) -> list[int]:
    """Return the number of tokens after which each source ends."""
    spread = [SHORTEST + round((LONGEST - SHORTEST) * place / max(1, sources - 1)) for place in range(sources)]
    random.Random(0).shuffle(spread)
    return spread


class Ends:
    """A logits processor that makes every row end after its number of tokens."""

    def __init__(self, ends: Sequence[int], token: int) -> None:
        """Take the number of tokens of each row, and the token that ends an output."""
        self._ends = list(ends)
        self._token = token

    def keep(self, rows: Sequence[int]) -> None:
        """Keep these rows, in this order, and drop all others."""
        self._ends = [self._ends[row] for row in rows]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Change the score of the end token."""
        done = input_ids.shape[1] - 1
        for row, end in enumerate(self._ends):
            scores[row, self._token] = 0.0 if done >= end else -1e4
        return scores


@contextmanager
def ending(engine: Any, workload: Workload, ends: Mapping[tuple[int, ...], int]) -> Iterator[list[float]]:
    """Make the outputs of each request (by its ids) end within this; yield the seconds of the encoder's calls."""
    model, generate, encoded = engine._model, engine._model.generate, engine._encoded
    pad, end, beams = workload.special["pad_token_id"], workload.special["eos_token_id"], workload.decoding["num_beams"]
    seconds: list[float] = []

    def ended(**options: Any) -> Any:
        requests = [tuple(token for token in row if token != pad) for row in options["input_ids"].tolist()]
        options["logits_processor"].append(Ends([ends[ids] for ids in requests for _ in range(beams)], end))
        return generate(**options)

    def timed(*arguments: Any) -> Any:
        started = process_time()
        result = encoded(*arguments)
        seconds.append(process_time() - started)
        return result

    model.generate, engine._encoded = ended, timed
    try:
        yield seconds
    finally:
        model.generate, engine._encoded = generate, encoded


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    from harness.engines import Decoding, EngineSettings, Request, Weights, _batches, _search, transformers

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=WORKLOADS, default="mt5")
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many counts")
    chosen = parser.parse_args(arguments)
    workload = WORKLOADS[chosen.model]
    weights = Weights(
        folder=workload.checkpoint(), files=("model.safetensors",), pickled=False, architecture=workload.architecture
    )
    engine = transformers.load(weights, EngineSettings(device="cpu", dtype="float32", padding=workload.padding))
    requests = [Request(ids) for ids in workload.requests()]
    spread = ends_of(len(requests))
    decoding = Decoding(**workload.decoding, max_new_tokens=LONGEST + 5)
    # One batch, however slow the machine is.
    _batches.Watch.affordable = lambda _, step, sources: sources  # type: ignore[method-assign]
    times: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    outputs: dict[str, list[tuple[int, tuple[int, ...]]]] = {}
    for _ in range(chosen.rounds):
        for way, one_in in WAYS.items():
            _search._ONE_IN = one_in
            ends = {request.ids: end for request, end in zip(requests, spread, strict=True)}
            with ending(engine, workload, ends) as encoder:
                started = process_time()
                batches = list(engine.decode(requests, decoding))
                times[way].append((process_time() - started, sum(encoder)))
            assert len(batches) == 1
            outputs[way] = sorted((each.request, each.ids) for each in batches[0])
    assert all(each == outputs["without leaving"] for each in outputs.values())
    lengths = [len(ids) + 1 for _, ids in outputs["with leaving"]]  # with the end
    steps, fewest = len(lengths) * max(lengths), sum(lengths)
    beams = workload.decoding["num_beams"]
    print(f"{workload.sources}, {beams} beams, {SHORTEST} to {LONGEST} tokens, {workload.size}'s size")
    whole, encoder_alone = min(times["without leaving"])
    for way, measured in times.items():
        seconds, _ = min(measured)
        print(f"  {way:22}{seconds:7.1f} s   {whole / seconds:.2f}x")
    print(f"the encoder takes {encoder_alone:.1f} s of each")
    print(f"steps of sources: {steps} without leaving and {fewest} with leaving at once, {steps / fewest:.2f}x")
    ratio = whole / min(times["with leaving"])[0]
    print(f"with leaving: {ratio:.2f}x (target {TARGET}x: {'met' if ratio >= TARGET else 'missed'})")


if __name__ == "__main__":
    main()
