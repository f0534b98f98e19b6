"""How much `decoding: {beam_stop: ...}` changes on random models of real size. Run by hand:

    python -m tests.benchmarks.beam_stop                         mT5
    python -m tests.benchmarks.beam_stop --model indictrans2

The models are those of `tests.benchmarks.decoding`, the decoding is their authors' and the sources are random tokens.
Random weights give all tokens almost the same probability, and no output ends. So the output layer is scaled until the
likeliest token has the given probability on average, and the end token gets a larger scale and a bias, by which it is
the likeliest token in one step of 40 of the beams of a search without ends. IndicTrans2's other layers are scaled too,
because its first random weights give nearly the same states for all beginnings of an output.

The less sure a model is, the closer to each other are its beams, and the more the rule can matter.

A score is what a beam search maximises: the sum of log probabilities divided by (tokens) ** length_penalty.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tests.benchmarks.decoding import WORKLOADS, Workload

if TYPE_CHECKING:
    import torch

SURE = (0.3, 0.6)
ENDING, SPREAD = 1 / 40, 4.0
GAINS = {"mt5": 1.0, "indictrans2": 4.0}
# New tokens of an output.
LIMITS = {"max_new_tokens": 60, "min_new_tokens": 5}


class Layer:
    """The output layer of a model with random weights, made as sure as a trained one."""

    def __init__(self, model: Any, workload: Workload) -> None:
        """Take the layer from the model."""
        self._layer = model.get_output_embeddings()
        self._original = self._layer.weight.detach().clone()
        self._end = workload.special["eos_token_id"]

    def seen(self, decode: Callable[[], object]) -> torch.Tensor:
        """Return the scores that the layer gives while this decodes, [rows of all steps, vocabulary]."""
        import torch

        found: list[torch.Tensor] = []
        hook = self._layer.register_forward_hook(lambda _, given, result: found.append(result[:, -1].clone()))
        decode()
        hook.remove()
        return torch.cat(found)

    def scale(self, scores: torch.Tensor, sure: float) -> None:
        """Scale the layer that gave these scores, until the likeliest token has this probability on average."""
        import torch

        def average(scale: float) -> float:
            return float(torch.softmax(scores * scale, dim=-1).max(dim=-1).values.mean())

        scale = bisect(average, sure, 0.0, 100.0)
        weight = self._original * scale
        weight[self._end] *= SPREAD
        self._layer.weight = torch.nn.Parameter(weight, requires_grad=False)
        self._layer.bias = None

    def end(self, scores: torch.Tensor) -> None:
        """Add a bias to the layer that gave these scores, by which the end token is the likeliest in enough of them."""
        import torch

        others = scores.clone()
        others[:, self._end] = -torch.inf
        missing = others.max(dim=-1).values - scores[:, self._end]
        bias = torch.zeros(len(self._layer.weight))
        bias[self._end] = torch.quantile(missing, ENDING)
        self._layer.bias = torch.nn.Parameter(bias, requires_grad=False)


def bisect(function: Callable[[float], float], value: float, low: float, high: float) -> float:
    """Return where a rising function has this value."""
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < value else (low, middle)
    return low


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""

    from harness.engines import Decoding, EngineSettings, Request, Weights, _batches, _search, transformers

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=WORKLOADS, default="mt5")
    parser.add_argument("--sources", type=int, default=50)
    parser.add_argument("--sure", type=float, nargs="+", default=SURE, help="probabilities of the likeliest token")
    chosen = parser.parse_args(arguments)
    workload = WORKLOADS[chosen.model]
    weights = Weights(
        folder=workload.checkpoint(), files=("model.safetensors",), pickled=False, architecture=workload.architecture
    )
    engine = transformers.load(weights, EngineSettings(device="cpu", dtype="float32", padding=workload.padding))
    _batches.Watch.affordable = lambda _, step, sources: sources  # type: ignore[method-assign]
    scores: list[float] = []

    class Recorded(_search.BeamSearch):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self._places = list(range(len(self._scores)))
            self._first = len(scores)
            scores.extend([0.0] * len(self._places))

        def keep(self, sources: Any) -> None:
            for place, score in zip(self._places, self._scores[:, 0].tolist(), strict=True):
                scores[self._first + place] = score
            self._places = [self._places[source] for source in sources.tolist()]
            super().keep(sources)

    _search.BeamSearch = Recorded  # type: ignore[misc]
    generator = random.Random(0)
    end = workload.special["eos_token_id"]
    requests = [Request((*generator.choices(range(300, 32_000), k=20), end)) for _ in range(chosen.sources)]
    for name, weight in engine._model.named_parameters():
        if ".layers." in name and weight.dim() == 2:
            weight.requires_grad_(False).mul_(GAINS[chosen.model])
    layer = Layer(engine._model, workload)
    sampling = Decoding(max_new_tokens=10, min_new_tokens=10, do_sample=True)
    first = layer.seen(lambda: list(engine.decode(requests[:4], sampling)))
    print(f"{workload.size}'s size, {len(requests)} sources, {dict(workload.decoding)}, {LIMITS}")
    for sure in chosen.sure:
        layer.scale(first, sure)
        endless = Decoding(**workload.decoding, max_new_tokens=30, min_new_tokens=30)
        layer.end(layer.seen(lambda: list(engine.decode(requests[:4], endless))))  # noqa: B023
        ids, means, lengths = [], [], []
        for rule in ("transformers", "exhaustive"):
            decoding = Decoding(**workload.decoding, **LIMITS, beam_stop=rule)
            scores.clear()
            outputs = [output for batch in engine.decode(requests, decoding) for output in batch]
            ids.append([output.ids for output in outputs])
            means.append(sum(scores) / len(scores))
            lengths.append(sum(len(output.ids) for output in outputs) / len(outputs))
        differing = sum(one != other for one, other in zip(*ids, strict=True))
        print(f"  the likeliest token {sure:.0%}: {differing} of {len(requests)} outputs differ; mean score "
              f"{means[0]:.4f} with transformers, {means[1] - means[0]:+.4f} with exhaustive; "
              f"{lengths[0]:.1f} and {lengths[1]:.1f} tokens", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
