"""How fast metrics with a network score several systems. Run by hand, on a quiet machine:

    python -m tests.benchmarks.neural [--segments N] [--systems N]

Weights are random: a COMET of the size of XLM-R-base (12 layers, 768 wide, 250,002 rows) and a MetricX of the size of
mT5-small. Texts are generated; their lengths are spread as those of news sentences.

    comet     all systems at once, as `harness score` does, against each system alone in plain batches of 8 segments
    memory    the peak of the process that does the former
    second    the same command again: every row is read from disk
    metricx   batches of similar lengths against one segment at a time
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.metrics.neural import GOLDEN

TARGET_COMET, TARGET_METRICX, MEMORY, SECOND = 1.8, 2.0, 3.0, 2.0
_MEASURED = """
import json, resource, sys
from time import perf_counter
from harness import cli
started = perf_counter()
try:
    cli.main()
except SystemExit as done:
    assert not done.code, done.code
seconds = perf_counter() - started
sys.stderr.write("\\n" + json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6]))
"""


def encoder(folder: Path) -> Path:
    """Write the configuration of an encoder of the size of XLM-R-base, with the tokenizer of the tests."""
    shutil.copytree(GOLDEN / "tokenizer", folder)
    config = json.loads((GOLDEN / "encoders/tiny-xlmr/config.json").read_text(encoding="utf-8"))
    config |= {
        "hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12, "num_hidden_layers": 12,
        "max_position_embeddings": 514, "vocab_size": 250_002,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def comet(folder: Path, of: Path) -> Path:
    """Write a COMET with random weights for an encoder."""
    import torch
    from transformers import AutoConfig, XLMRobertaModel

    torch.manual_seed(0)
    network = XLMRobertaModel(AutoConfig.from_pretrained(of), add_pooling_layer=False)
    state = {f"encoder.model.{name}": tensor for name, tensor in network.state_dict().items()}
    state |= {f"layerwise_attention.scalar_parameters.{index}": torch.randn(1) for index in range(13)}
    state["layerwise_attention.gamma"] = torch.ones(1)
    sizes = (6 * 768, 2048, 1024, 1)
    for index, (size, following) in enumerate(pairwise(sizes)):
        state |= {
            f"estimator.ff.{3 * index}.weight": torch.randn(following, size) / size**0.5,
            f"estimator.ff.{3 * index}.bias": torch.zeros(following),
        }
    (folder / "checkpoints").mkdir(parents=True)
    torch.save({"state_dict": state}, folder / "checkpoints/model.ckpt")
    hyperparameters = (GOLDEN / "comet-da/hparams.yaml").read_text(encoding="utf-8")
    changed = hyperparameters.replace("- 96\n- 32", "- 2048\n- 1024").replace("sparsemax", "softmax")
    (folder / "hparams.yaml").write_text(changed, encoding="utf-8")
    return folder


def metricx(folder: Path) -> Path:
    """Write a MetricX of the size of mT5-small with random weights."""
    import torch
    from safetensors.torch import save_file
    from transformers import MT5Config, MT5Model

    shutil.copytree(GOLDEN / "metricx24", folder, ignore=shutil.ignore_patterns("expected.json", "cut.safetensors"))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"d_ff": 1024, "d_kv": 64, "d_model": 512, "num_heads": 6, "num_layers": 8, "num_decoder_layers": 8}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    torch.manual_seed(0)
    network = MT5Model(MT5Config.from_pretrained(folder))
    tensors = {name: tensor.clone() for name, tensor in network.state_dict().items() if "embed_tokens" not in name}
    save_file(tensors | {"lm_head.weight": torch.randn(250_112, 512)}, folder / "model.safetensors")
    return folder


def texts(count: int, seed: int, words: Sequence[str]) -> list[str]:
    """Return texts of random words, those of one segment of similar length whatever the seed.

    The logarithms of lengths are normal, with a median of 25 words; those of a segment's texts spread by 0.15.
    """
    of_segment, generator = random.Random(0), random.Random(seed)
    lengths = [of_segment.lognormvariate(3.2, 0.55) * generator.lognormvariate(0, 0.15) for _ in range(count)]
    return [" ".join(generator.choices(words, k=min(120, max(3, round(length))))) for length in lengths]


def plain(folder: Path, of: Path, sources: list[str], systems: list[list[str]], references: list[str]) -> int:
    """Score each system alone, eight segments at a time in the order of the file; return how many tokens were read."""
    from harness.metrics._neural import loading
    from harness.metrics._neural.regression import Regression

    network = loading.load(folder, loading.Hyperparameters.read(folder / "hparams.yaml"), of)
    tokens = 0
    for system in systems:
        for start in range(0, len(sources), 8):
            part = slice(start, start + 8)
            for of_side in (sources[part], system[part], references[part]):
                alone = Regression(network)
                alone.read([*of_side])
                tokens += sum(len(each.ids) for each in network.tokenizer.encode(of_side))
    return tokens


def harness(arguments: Sequence[str], cache: Path) -> tuple[float, float]:
    """Return the seconds and the peak in GB of a process that runs `harness` with these arguments."""
    command = [sys.executable, "-c", _MEASURED, *arguments]
    environment = {**os.environ, "HARNESS_CACHE": str(cache)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        sys.exit(done.stderr)
    seconds, peak = json.loads(done.stderr.rpartition("\n")[2])
    return seconds, peak


def timed(function: Callable[[], object]) -> tuple[float, object]:
    """Return the seconds that a function takes, and what it returns."""
    started = perf_counter()
    value = function()
    return perf_counter() - started, value


def of_comet(folder: Path, segments: int, systems: int) -> None:
    """Print the ratio, the memory, and the time of the second run."""
    of = encoder(folder / "encoder")
    checkpoint = comet(folder / "comet", of)
    words = one_token_words()
    sources, references = texts(segments, 1, words), texts(segments, 2, words)
    outputs = [texts(segments, 10 + number, words) for number in range(systems)]
    files = {"source": sources, "reference": references, **{f"s{n}": each for n, each in enumerate(outputs)}}
    for name, lines in files.items():
        (folder / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    options = f"checkpoint={checkpoint},encoder={of},pickle=checkpoints/model.ckpt"
    arguments = ["score", "--task", "translate", "--metric", f"comet:{options}", "--resamples", "100"]
    arguments += ["--source", f"{folder}/source.txt", "--reference", f"{folder}/reference.txt"]
    arguments += [argument for number in range(systems) for argument in ("--hypothesis", f"{folder}/s{number}.txt")]
    ours, peak = harness(arguments, folder / "cache")
    second, _ = harness(arguments, folder / "cache")
    theirs, tokens = timed(lambda: plain(checkpoint, of, sources, outputs, references))
    assert isinstance(tokens, int)
    distinct = tokens * (2 + systems) / (3 * systems)
    print(f"comet    {segments} segments, {systems} systems: {ours:.1f} s, {distinct / ours:,.0f} distinct tokens/s;")
    print(f"         each system alone in batches of 8: {theirs:.1f} s, {tokens / theirs:,.0f} tokens/s")
    print(f"         ratio {theirs / ours:.2f} (target {TARGET_COMET}); memory {peak:.2f} GB (target {MEMORY})")
    print(f"         second run {second:.2f} s (target {SECOND})")


def of_metricx(folder: Path, segments: int) -> None:
    """Print the ratio of batches to one segment at a time."""
    from harness.metrics._neural.metricx import MetricX, input_of

    checkpoint = metricx(folder / "metricx")
    words = one_token_words()
    sides = [texts(segments, seed, words) for seed in (1, 2, 3)]
    inputs = [input_of(*each) for each in zip(*sides, strict=True)]
    network = MetricX(checkpoint, checkpoint)
    tokens = sum(len(ids) for ids, _ in network.encode(inputs))
    network.raw(inputs[:4])
    ours, _ = timed(lambda: network.raw(inputs))
    theirs, _ = timed(lambda: [network.raw([each]) for each in inputs])
    print(f"metricx  {segments} segments: {ours:.1f} s, {tokens / ours:,.0f} tokens/s; one by one {theirs:.1f} s")
    print(f"         ratio {theirs / ours:.2f} (target {TARGET_METRICX})")


def one_token_words() -> list[str]:
    """Return the words that the tokenizer of the tests reads as one token each."""
    vocabulary = json.loads((GOLDEN / "tokenizer/tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return [piece[1:] for piece, _ in vocabulary if piece.startswith("▁") and piece[1:].isalpha()]


def main() -> None:
    """Measure, and print the machine's load beside it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=1000)
    parser.add_argument("--systems", type=int, default=4)
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with TemporaryDirectory() as folder:
        of_comet(Path(folder), given.segments, given.systems)
        of_metricx(Path(folder), min(given.segments, 300))
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
