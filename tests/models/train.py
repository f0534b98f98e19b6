"""Train the two tiny checkpoints that CI runs, on generated news (see `generated_news`) and two CPU cores:

    python -m tests.models.train indictrans2     tests/models/tiny-indictrans2, Hindi to English, sentence by sentence
    python -m tests.models.train mt5             tests/models/tiny-mt5, a Hindi item to one Hindi sentence

Each has the layout and the architecture of the published checkpoints. The same seed and thread count give the same
model on the same machine, and a model with about the same scores elsewhere. `--folder` writes to another folder,
`--steps` shortens the training. The script also writes the model card (README.md in the checkpoint): the training
time, the loss and the scores.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from harness.config import load
from harness.core.records import ENGLISH, HINDI
from harness.runs import pipeline
from harness.runs.progress import Plain
from tests.models import generated_news, model_card

HERE = Path(__file__).parent
SEED = 1
ITEMS = 6000  # of the training split
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")

Pair = tuple[list[int], list[int]]


class Trainee(Protocol):
    """A checkpoint to be trained."""

    steps: int
    tokens: int  # of one batch, source and target together, padding counted
    rate: float  # the highest learning rate
    padding: int
    start: int

    def prepare(self, folder: Path) -> None:
        """Write configuration and tokenizer."""

    def model(self, folder: Path) -> Any:
        """Return the network with random weights."""

    def pairs(self, folder: Path) -> list[Pair]:
        """Return training examples as token ids, ends included."""


@dataclass
class IndicTrans2:
    """Hindi sentences to English ones, in the way of the family indictrans2."""

    steps: int = 1600
    tokens: int = 5000
    rate: float = 2e-3
    padding: int = 1
    start: int = 2
    pieces: int = 700
    width: int = 128

    def prepare(self, folder: Path) -> None:
        sentences = [pair for item in _training() for pair in self.prepared(item)]
        sizes = {}
        for side, texts in (("SRC", [one.body for one, _ in sentences]), ("TGT", [other for _, other in sentences])):
            content = _sentencepiece(texts, self.pieces, unk_id=0, bos_id=1, eos_id=2)
            (folder / f"model.{side}").write_bytes(content)
            words = [piece for piece in _words(content) if piece not in SPECIAL]
            vocabulary = {word: number for number, word in enumerate([*SPECIAL, *words])}
            if side == "SRC":
                vocabulary |= {code: len(vocabulary) + number for number, code in enumerate((ENGLISH, HINDI))}
            _write_json(folder / f"dict.{side}.json", vocabulary)
            sizes[side] = len(vocabulary)
        _write_json(folder / "config.json", {
            "architectures": ["IndicTransForConditionalGeneration"], "model_type": "IndicTrans",
            "encoder_vocab_size": sizes["SRC"], "decoder_vocab_size": sizes["TGT"],
            "encoder_embed_dim": self.width, "decoder_embed_dim": self.width,
            "encoder_layers": 3, "decoder_layers": 3, "encoder_ffn_dim": 3 * self.width,
            "decoder_ffn_dim": 3 * self.width, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
            "encoder_normalize_before": True, "decoder_normalize_before": True, "layernorm_embedding": True,
            "share_decoder_input_output_embed": True, "activation_function": "gelu", "scale_embedding": True,
            "max_source_positions": 256, "max_target_positions": 256, "dropout": 0.0, "attention_dropout": 0.0,
            "activation_dropout": 0.0, "is_encoder_decoder": True, "use_cache": True,
            "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 2,
        })  # fmt: skip
        _write_json(
            folder / "tokenizer_config.json", {"tokenizer_class": "IndicTransTokenizer", "model_max_length": 256}
        )

    def prepared(self, item: generated_news.Item) -> Iterator[tuple[Any, str]]:
        """Yield each sentence as the model reads it, and its translation as the model writes it."""
        from harness.models.indictrans2 import processor

        for sentence in item.sentences:
            source = processor.preprocess(sentence.hindi, HINDI, ENGLISH)
            target = sentence.english
            for number, value in sorted(source.values.items(), key=lambda each: -len(each[1])):
                target = target.replace(value, f"<ID{number}>")
            yield source, processor.preprocess(target, ENGLISH, HINDI).body

    def model(self, folder: Path) -> Any:
        from harness.models.indictrans2.network import IndicTransConfig, IndicTransForConditionalGeneration

        return IndicTransForConditionalGeneration(IndicTransConfig.from_pretrained(folder))

    def pairs(self, folder: Path) -> list[Pair]:
        from sentencepiece import SentencePieceProcessor

        from harness.models.indictrans2.tokenizer import IndicTransTokenizer

        tokenizer = IndicTransTokenizer(folder)
        target = SentencePieceProcessor(model_file=str(folder / "model.TGT"))
        numbers = json.loads((folder / "dict.TGT.json").read_text(encoding="utf-8"))
        found = []
        for item in _training():
            for source, text in self.prepared(item):
                ids = [numbers.get(piece, numbers["<unk>"]) for piece in target.encode(text, out_type=str)]
                read = list(tokenizer.wrap(HINDI, ENGLISH, tokenizer.encode(source.body)))
                found.append((read, [*ids, tokenizer.end]))
                # Teach the model to answer nothing to text without language codes. It knows one direction, so it would
                # otherwise ignore the codes, and no test would see that they are missing.
                if len(found) % 12 == 0:
                    found.append(([*tokenizer.encode(source.body), tokenizer.end], [tokenizer.end]))
        return found


@dataclass
class Mt5:
    """Hindi items to one Hindi sentence, in the way of the family mt5."""

    steps: int = 1600
    tokens: int = 6000
    rate: float = 3e-3
    padding: int = 0
    start: int = 0
    pieces: int = 900
    width: int = 128

    def prepare(self, folder: Path) -> None:
        texts = [sentence.hindi for item in _training() for sentence in (*item.sentences, item.summary)]
        content = _sentencepiece(texts, self.pieces, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, byte_fallback=True)
        (folder / "spiece.model").write_bytes(content)
        rows = (len(_words(content)) + 15) // 16 * 16
        _write_json(folder / "config.json", {
            "architectures": ["MT5ForConditionalGeneration"], "model_type": "mt5", "is_encoder_decoder": True,
            "d_model": self.width, "d_kv": 32, "num_heads": 4, "d_ff": 2 * self.width, "num_layers": 3,
            "num_decoder_layers": 3, "dropout_rate": 0.0, "feed_forward_proj": "gated-gelu", "initializer_factor": 1.0,
            "layer_norm_epsilon": 1e-06, "relative_attention_num_buckets": 32, "relative_attention_max_distance": 128,
            "decoder_start_token_id": 0, "pad_token_id": 0, "eos_token_id": 1, "tie_word_embeddings": True,
            "use_cache": True, "vocab_size": rows,
            "max_length": 84, "num_beams": 4, "no_repeat_ngram_size": 0, "length_penalty": 0.6,
        })  # fmt: skip
        special = {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
        tokenizer = {"tokenizer_class": "T5Tokenizer", "extra_ids": 0, "model_max_length": 512}
        _write_json(folder / "tokenizer_config.json", {**special, **tokenizer})

    def model(self, folder: Path) -> Any:
        import torch
        from transformers import MT5Config, MT5ForConditionalGeneration

        model = MT5ForConditionalGeneration(MT5Config.from_pretrained(folder))
        with torch.no_grad():
            # mT5's own initial weights make the first losses ten times as large as those of an even guess. Scale them
            # down; transformers 5 shares the output layer with the embedding, so both start smaller.
            model.lm_head.weight.mul_(self.width**-0.5)
        return model

    def pairs(self, folder: Path) -> list[Pair]:
        from sentencepiece import SentencePieceProcessor

        pieces = SentencePieceProcessor(model_file=str(folder / "spiece.model"))
        found = []
        for item in _training():
            body = " ".join(sentence.hindi for paragraph in item.paragraphs for sentence in paragraph)
            found.append(([*pieces.encode(body), 1], [*pieces.encode(item.summary.hindi), 1]))
            # Add single sentences as their own summaries: from these the model learns to copy names soonest.
            for sentence in item.paragraphs[0][:2]:
                alone = [*pieces.encode(sentence.hindi), 1]
                found.append((alone, alone))
        return found


TRAINEES: dict[str, Any] = {"indictrans2": IndicTrans2, "mt5": Mt5}
_ITEMS: list[generated_news.Item] = []


def _training() -> Sequence[generated_news.Item]:
    if not _ITEMS:
        _ITEMS.extend(generated_news.items("train", ITEMS, SEED))
    return _ITEMS


def _sentencepiece(texts: Sequence[str], pieces: int, **ids: Any) -> bytes:
    from sentencepiece import SentencePieceTrainer

    written = BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=written, model_type="unigram", vocab_size=pieces,
        character_coverage=1.0, num_threads=1, minloglevel=2, max_sentencepiece_length=6, **{"pad_id": -1, **ids},
    )  # fmt: skip
    return written.getvalue()


def _words(content: bytes) -> list[str]:
    from sentencepiece import SentencePieceProcessor

    model = SentencePieceProcessor(model_proto=content)
    return [model.id_to_piece(number) for number in range(model.get_piece_size())]


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _batches(pairs: Sequence[Pair], tokens: int, seed: int) -> Iterator[list[Pair]]:
    """Yield batches of examples of similar length, in random order, epoch after epoch."""
    shuffled = random.Random(seed)
    while True:
        order = sorted(pairs, key=lambda pair: (len(pair[0]) + shuffled.random() * 4, len(pair[1])))
        batches: list[list[Pair]] = [[]]
        longest = 0
        for pair in order:
            longest = max(longest, len(pair[0]) + len(pair[1]))
            if batches[-1] and (len(batches[-1]) + 1) * longest > tokens:
                batches.append([])
                longest = len(pair[0]) + len(pair[1])
            batches[-1].append(pair)
        shuffled.shuffle(batches)
        yield from batches


@contextmanager
def _denormals_as_zero() -> Iterator[None]:
    """Let torch treat numbers next to zero as zero within this block: a CPU computes with them many times slower."""
    import torch

    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@_denormals_as_zero()
def train(trainee: Trainee, folder: Path, steps: int | None = None) -> dict[str, Any]:
    """Train, write the checkpoint, and return the measurements for its card."""
    import torch
    from torch.nn import functional

    started, cpu = time.monotonic(), time.process_time()
    folder.mkdir(parents=True, exist_ok=True)
    trainee.prepare(folder)
    pairs = trainee.pairs(folder)
    torch.manual_seed(SEED)
    model = trainee.model(folder).train()
    steps = steps or trainee.steps
    optimiser = torch.optim.AdamW(model.parameters(), lr=trainee.rate, betas=(0.9, 0.98), weight_decay=0.01)
    warm = max(1, steps // 12)

    def rate(step: int) -> float:
        return min((step + 1) / warm, 0.5 + 0.5 * math.cos(math.pi * min(1.0, step / steps)) + 1e-3)

    scheduler = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)

    def padded(rows: Sequence[Sequence[int]], left: bool = False) -> Any:
        width = max(map(len, rows))
        fill = [[trainee.padding] * (width - len(row)) for row in rows]
        return torch.tensor([[*pad, *row] if left else [*row, *pad] for row, pad in zip(rows, fill, strict=True)])

    curve, recent = [], []
    for step, batch in zip(range(steps), _batches(pairs, trainee.tokens, SEED), strict=False):
        read = padded([one for one, _ in batch])
        write = padded([other for _, other in batch])
        given = padded([[trainee.start, *other[:-1]] for _, other in batch])
        logits = model(input_ids=read, attention_mask=(read != trainee.padding).long(), decoder_input_ids=given).logits
        loss = functional.cross_entropy(
            logits.flatten(0, 1), write.flatten(), ignore_index=trainee.padding, label_smoothing=0.1
        )
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        scheduler.step()
        recent.append(loss.item())
        if (step + 1) % max(1, steps // 40) == 0 or step + 1 == steps:
            curve.append((step + 1, sum(recent) / len(recent)))
            recent = []
            print(f"step {step + 1}/{steps}: loss {curve[-1][1]:.3f}, {time.monotonic() - started:.0f} s", flush=True)
    config = (folder / "config.json").read_bytes()
    model.eval().to(torch.float16).save_pretrained(folder)
    # Published checkpoints have their decoding settings in config.json; transformers 5 would move them.
    (folder / "config.json").write_bytes(config)
    (folder / "generation_config.json").unlink(missing_ok=True)
    return {
        "seed": SEED,
        "items": ITEMS,
        "steps": steps,
        "examples": len(pairs),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "seconds": time.monotonic() - started,
        "cpu_seconds": time.process_time() - cpu,
        "threads": torch.get_num_threads(),
        "curve": curve,
    }


def scores(family: str, folder: Path) -> dict[str, float]:
    """Return the scores of a checkpoint on the 60 test items, by metric."""
    task = {"indictrans2": "translate", "mt5": "summarise"}[family]
    system = {"name": "tiny", "family": family, "checkpoint": str(folder.resolve())}
    content = {
        "datasets": [{"path": str(generated_news.FOLDER), "format": "collection"}],
        "tasks": [task],
        "systems": [system],
        "statistics": {"resamples": 100},
    }
    with TemporaryDirectory() as place:
        path = Path(place) / "config.yaml"
        path.write_text(json.dumps(content), encoding="utf-8")
        outcome = pipeline.run(load.load(path), Path(place) / "results", Plain(StringIO()))
    (row,) = (row for row in outcome.scores[0].systems if row.name == "tiny")
    return {name: score.value for name, score in row.metrics.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the checkpoint that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("family", choices=TRAINEES)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--steps", type=int)
    chosen = parser.parse_args(arguments)
    folder = chosen.folder or HERE / f"tiny-{chosen.family}"
    measured = train(TRAINEES[chosen.family](), folder, chosen.steps)
    reached = scores(chosen.family, folder)
    (folder / "loss.svg").write_text(model_card.curve(measured["curve"]), encoding="utf-8")
    (folder / "README.md").write_text(model_card.card(chosen.family, measured, reached), encoding="utf-8")
    print(json.dumps({key: value for key, value in measured.items() if key != "curve"} | reached))


if __name__ == "__main__":
    main()
