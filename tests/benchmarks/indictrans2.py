"""IndicTrans2 with its real vocabularies, which are not part of this project. Run by hand:

    python -m tests.benchmarks.indictrans2 make VOCABULARY CHECKPOINT
    python -m tests.benchmarks.indictrans2 article CHECKPOINT
    python -m tests.benchmarks.indictrans2 survive VOCABULARY FILE

VOCABULARY is a folder with dict.SRC.json, dict.TGT.json, model.SRC and model.TGT of the direction indic-en, such as a
downloaded checkpoint's.

    make       writes a checkpoint of indic-en-dist-200M's size with these vocabularies and random weights
    article    translates the India-Japan article with it, in a process of its own, and prints time and memory
    survive    sends each line of an English text through preparation, ids, decoding and postprocessing, and counts the
               lines that come back unchanged, and the kinds of change in the others

Random weights seldom end an output, so `article` gives every sentence the same number of new tokens (`--tokens`).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import regex

from harness.core.records import ENGLISH, HINDI
from harness.models.indictrans2 import processor
from harness.models.indictrans2.processor import TextRules
from harness.models.indictrans2.tokenizer import FILES, IndicTransTokenizer
from tests.paths import REFERENCES, ROOT

ARTICLE = REFERENCES / "india-japan"
SECONDS, GIGABYTES = 30, 2.2
# The sizes of indic-en-dist-200M, 212 million parameters with the real vocabularies.
DIST_200M: Mapping[str, Any] = {
    "encoder_layers": 18, "decoder_layers": 18, "encoder_embed_dim": 512, "decoder_embed_dim": 512,
    "encoder_ffn_dim": 2048, "decoder_ffn_dim": 2048, "encoder_attention_heads": 8, "decoder_attention_heads": 8,
    "layernorm_embedding": True, "share_decoder_input_output_embed": True,
}  # fmt: skip


# --- a checkpoint -----------------------------------------------------------------------------------------------------


def make(vocabulary: Path, checkpoint: Path, sizes: Mapping[str, Any] = DIST_200M) -> Path:
    """Write a checkpoint in the hub's layout, with the vocabularies of a folder and random weights.

    Args:
        vocabulary: the folder with the four files.
        checkpoint: the folder to write.
        sizes: keys of config.json.
    """
    import torch

    from harness.models.indictrans2.network import IndicTransConfig, IndicTransForConditionalGeneration

    tokenizer = IndicTransTokenizer(vocabulary)
    config = IndicTransConfig(
        encoder_vocab_size=tokenizer.source_size, decoder_vocab_size=tokenizer.target_size,
        activation_function="gelu", max_source_positions=256, max_target_positions=256, **sizes,
    )  # fmt: skip
    torch.manual_seed(0)
    checkpoint.mkdir(parents=True, exist_ok=True)
    IndicTransForConditionalGeneration(config).save_pretrained(checkpoint)
    for name in FILES:
        shutil.copy(vocabulary / name, checkpoint / name)
    (checkpoint / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 256}), encoding="utf-8")
    return checkpoint


def translate(checkpoint: Path, tokens: int) -> dict[str, float]:
    """Return what loading a checkpoint and translating the article took in this process.

    Keys: seconds, cpu (seconds of all cores), bytes (the greatest memory), sentences.
    """
    from harness import models
    from harness.core.records import Source
    from harness.datasets import FolderOptions, handwritten

    (article,) = handwritten.load(FolderOptions(path=ARTICLE)).articles
    texts = tuple(segment.text for segment in article.segments)
    decoding = {"max_new_tokens": tokens, "min_new_tokens": tokens}
    options = models.get("indictrans2").options.model_validate({
        "name": "x", "family": "indictrans2", "checkpoint": checkpoint, "device": "cpu", "decoding": decoding,
    })  # fmt: skip
    started = perf_counter()
    sources = [
        Source(str(number), "a", "translate", text, (text,), HINDI, ENGLISH) for number, text in enumerate(texts)
    ]
    done = sum(1 for _ in models.get("indictrans2").load(options).generate(sources))
    assert done == len(texts)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": perf_counter() - started,
        "cpu": used.ru_utime + used.ru_stime,
        "bytes": used.ru_maxrss * 1024,
        "sentences": done,
    }


def article(checkpoint: Path, tokens: int) -> None:
    """Translate the article in a process of its own and print what it took."""
    command = [sys.executable, "-m", "tests.benchmarks.indictrans2", "translate", str(checkpoint.resolve())]
    environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}
    done = subprocess.run(
        [*command, "--tokens", str(tokens)], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    took = json.loads(done.stdout.splitlines()[-1])
    print(f"{took['sentences']:.0f} sentences, {tokens} new tokens each, load of this machine {os.getloadavg()[0]:.1f}")
    print(f"  {took['seconds']:.1f} s, {took['cpu']:.1f} s of CPU (target {SECONDS} s on two quiet cores)")
    print(f"  {took['bytes'] / 1e9:.2f} GB (target {GIGABYTES} GB)")


# --- English there and back -------------------------------------------------------------------------------------------


class RoundTrip:
    """Sends English through preparation, ids, decoding and postprocessing, as an output of the direction indic-en."""

    def __init__(self, vocabulary: Path, rules: TextRules = "corrected") -> None:
        """Read the vocabularies."""
        from sentencepiece import SentencePieceProcessor

        self._tokenizer, self._rules = IndicTransTokenizer(vocabulary), rules
        self._pieces = SentencePieceProcessor(model_file=str(vocabulary / "model.TGT"))
        self._numbers = json.loads((vocabulary / "dict.TGT.json").read_text(encoding="utf-8"))

    def __call__(self, text: str) -> str:
        """Return the text after the round trip."""
        prepared = processor.preprocess(text, ENGLISH, HINDI, self._rules)
        unknown = self._numbers["<unk>"]
        ids = [self._numbers.get(piece, unknown) for piece in self._pieces.encode(prepared.body, out_type=str)]
        decoded = self._tokenizer.decode(ids, authors=self._rules == "authors")
        return processor.postprocess(decoded, ENGLISH, prepared.values, self._rules)


def _without(pattern: str, by: str = "") -> Callable[[str], str]:
    compiled = regex.compile(pattern)
    return lambda text: compiled.sub(by, text)


# Each kind of change, with a function that removes it from a text.
KINDS: Mapping[str, Callable[[str], str]] = {
    "curly quotes become straight": lambda text: text.translate(
        dict(zip(map(ord, "“”„«»‘’‚`´"), "\"\"\"\"\"'''''", strict=True))
    ),
    "dashes become hyphens": _without("[–—]", "-"),
    "a full stop or comma moves before a closing quote": _without(r'"([,.]+)', r'\1"'),
    "spaces beside a double quote": _without(r' *" *', '"'),
    "spaces beside a single quote": _without(r" *' *", "'"),
    "spaces around a slash": _without(r" */ *", "/"),
    "a space in a time, after the colon": _without(r"(?<=\d): (?=\d)", ":"),
    "spaces around other colons and semicolons": _without(r" *([:;]) *(?!\d)", r"\1"),
    "a space before a dollar sign": _without(r"(?<=[A-Z]) \$", "$"),
    "a space before an ellipsis": _without(r" *\.\.\.", "..."),
    "spaces around a bracket": _without(r" *([][()]) *", r"\1"),
    "a space between a number or address and letters": _without(r"(?<=[A-Za-z]) (?=\d)|(?<=\d) (?=[A-Za-z])"),
    "a missing space after a comma is added": _without(r", ?(?=\S)", ", "),
}


def kinds(text: str, after: str) -> list[str]:
    """Return the kinds of change between a text and what came back: those without which the two would differ."""

    def same(left_out: str | None) -> bool:
        one, other = text, after
        for name, remove in KINDS.items():
            if name != left_out:
                one, other = remove(one), remove(other)
        return " ".join(one.split()) == " ".join(other.split())

    if not same(None):
        return ["another"]
    return [name for name in KINDS if not same(name)] or ["several spaces or overlapping kinds"]


def survival(trip: Callable[[str], str], lines: Iterable[str]) -> tuple[int, Counter[str], dict[str, tuple[str, str]]]:
    """Return how many lines come back unchanged, how many have each kind of change, and an example of each kind."""
    unchanged = 0
    counts: Counter[str] = Counter()
    examples: dict[str, tuple[str, str]] = {}
    for line in lines:
        after = trip(line)
        unchanged += after == line
        for kind in kinds(line, after) if after != line else ():
            counts[kind] += 1
            examples.setdefault(kind, (line, after))
    return unchanged, counts, examples


def survive(vocabulary: Path, file: Path) -> None:
    """Print how much of an English text survives, for both kinds of rules."""
    lines = [" ".join(line.split()) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    rules: TextRules
    for rules in ("corrected", "authors"):
        unchanged, counts, examples = survival(RoundTrip(vocabulary, rules), lines)
        print(f"text_rules: {rules}: {unchanged} of {len(lines)} lines come back unchanged")
        for kind, count in counts.most_common():
            before, after = examples[kind]
            print(f"  {count:4} {kind}\n         < {before}\n         > {after}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("make", "article", "survive", "translate"))
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--tokens", type=int, default=40, help="new tokens of each sentence")
    chosen = parser.parse_args(arguments)
    if chosen.what == "make":
        print(make(*chosen.folders))
    elif chosen.what == "article":
        article(chosen.folders[0], chosen.tokens)
    elif chosen.what == "survive":
        survive(*chosen.folders)
    else:
        print(json.dumps(translate(chosen.folders[0], chosen.tokens)))


if __name__ == "__main__":
    main()
