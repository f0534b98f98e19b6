"""The gate of this project's own CI can fail: each break of the pipeline is noticed, and what is no break is not.

The run of configs/ci.yaml is held against the committed baseline. To break something, code is replaced, the outputs of
the system concerned are made again, and the run is scored as always. A break of what follows decoding is tried on the
tokens that the sound run decoded.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from harness.config import load
from harness.core.records import Generation, Source
from harness.engines import Decoding, Output, Request
from harness.engines import transformers as engine
from harness.gate import Verdict, check
from harness.models._seq2seq.documents import Documents
from harness.models._seq2seq.sentences import Sentences
from harness.models.indictrans2 import normalisation, placeholders, processor
from harness.models.indictrans2.tokenizer import IndicTransTokenizer
from harness.runs import pipeline
from harness.runs.progress import Plain
from harness.runs.store import Run
from tests.conftest import Cli
from tests.paths import ROOT

CONFIG = ROOT / "configs" / "ci.yaml"
BASELINE = ROOT / "results" / "baselines" / "ci.json"
TRANSLATES, SUMMARISES = ("translate", "tiny-indictrans2"), ("summarise", "tiny-mt5")
Break = Callable[[pytest.MonkeyPatch], None]

pytestmark = pytest.mark.slow


def run(results: Path, *overrides: str) -> Run:
    pipeline.run(load.load(CONFIG, overrides), results, Plain(StringIO()))
    (folder,) = results.glob("*/")
    return Run(folder)


def judged(folder: Run) -> Verdict:
    verdict, warning = check.check(folder, BASELINE, junit_file=None)
    assert warning is None
    return verdict


def worse(verdict: Verdict) -> set[tuple[str, str, str]]:
    return {(f.task, f.system, f.name) for f in verdict.findings if f.status in ("regressed", "missing")}


@dataclass(frozen=True)
class Decoded:
    """One call of the engine and its outputs, batch by batch."""

    requests: Sequence[Request]
    decoding: Decoding
    batches: Sequence[list[Output]]


@dataclass(frozen=True)
class Sound:
    """A run that nothing was done to, and what its models decoded."""

    run: Run
    decoded: Sequence[Decoded]

    def replay(self, model: object, requests: Sequence[Request], decoding: Decoding) -> Iterator[list[Output]]:
        """Yield the outputs of the same call in the sound run, in place of `Transformers.decode`."""
        same = [call for call in self.decoded if (call.requests, call.decoding) == (requests, decoding)]
        assert same, "this break changes what is decoded, so the models have to decode again"
        yield from same[0].batches


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    decoded = []
    decode = engine.Transformers.decode

    def recorded(self: Any, requests: Sequence[Request], decoding: Decoding) -> Iterator[list[Output]]:
        call = Decoded(requests, decoding, [])
        decoded.append(call)
        for batch in decode(self, requests, decoding):
            call.batches.append(batch)
            yield batch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.Transformers, "decode", recorded)
        return Sound(run(tmp_path_factory.mktemp("ci") / "results"), decoded)


@pytest.fixture
def again(sound: Sound, tmp_path: Path) -> Callable[..., Run]:
    """Make the outputs of both tiny models, or of one of them, once more."""

    def call(*concerned: tuple[str, str]) -> Run:
        folder = tmp_path / "results"
        # Without the store, which is then made from what the folder has.
        copy = shutil.copytree(sound.run.path, folder / sound.run.name)
        for task, system in concerned or (TRANSLATES, SUMMARISES):
            Run(copy).outputs_path(task, system).unlink()
        return run(folder)

    return call


class TestGreen:
    def test_the_committed_baseline_is_of_this_run(self, sound: Sound) -> None:
        verdict = judged(sound.run)
        assert verdict.passed
        blessed = json.loads(BASELINE.read_text(encoding="utf-8"))
        assert blessed["dataset"]["name"] == "generated-news"
        assert {task["task"] for task in blessed["tasks"]} == {"translate", "summarise"}

    @pytest.mark.parametrize("keys", [["batch_tokens=2000"], ["batch_tokens=20000", "threads=2"]], ids=" and ".join)
    def test_another_batch_or_thread_count_passes(self, tmp_path: Path, keys: list[str]) -> None:
        overrides = [f"systems.{system}.{key}" for _, system in (TRANSLATES, SUMMARISES) for key in keys]
        assert judged(run(tmp_path / "results", *overrides)).passed

    def test_a_shuffled_order_passes(self, again: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        for family in (Sentences, Documents):
            generate = family.generate

            def shuffled(self: Any, sources: Sequence[Source], generate: Any = generate) -> Iterator[Generation]:
                yield from generate(self, random.Random(0).sample(list(sources), len(sources)))

            monkeypatch.setattr(family, "generate", shuffled)
        assert judged(again()).passed

    def test_the_models_make_sense(self, sound: Sound) -> None:
        scores = {
            task["task"]: task["systems"] for task in json.loads((sound.run.path / "scores.json").read_text())["tasks"]
        }
        values = {
            (task, row["name"]): row["metrics"] for task, rows in scores.items() for row in rows if row["metrics"]
        }
        assert values[TRANSLATES]["chrf++"]["value"] >= 60
        assert values[SUMMARISES]["rougeL"]["value"] >= 60


# --- ways to break it -------------------------------------------------------------------------------------------------


def drop_language_tags(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(IndicTransTokenizer, "wrap", lambda self, source, target, tokens: (*tokens, self.end))


def ignore_the_attention_mask(patch: pytest.MonkeyPatch) -> None:
    padded = engine._padded

    def unmasked(*arguments: Any) -> Any:
        inputs = padded(*arguments)
        return inputs | {"attention_mask": inputs["attention_mask"].fill_(1)}

    patch.setattr(engine, "_padded", unmasked)


def restore_no_placeholders(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(placeholders, "restore", lambda text, values, put=None: text)


def put_no_words_together(patch: pytest.MonkeyPatch) -> None:
    normaliser, tokenizer, _ = processor._moses()

    class Plainly:
        def detokenize(self, tokens: Sequence[str]) -> str:
            return " ".join(tokens)

    patch.setattr(processor, "_moses", lambda: (normaliser, tokenizer, Plainly()))


def cut_outputs_at_8_tokens(patch: pytest.MonkeyPatch) -> None:
    decode = engine.Transformers.decode
    patch.setattr(
        engine.Transformers,
        "decode",
        lambda self, requests, decoding: decode(self, requests, replace(decoding, max_new_tokens=8)),
    )


def swap_the_target_vocabulary(patch: pytest.MonkeyPatch) -> None:
    construct = IndicTransTokenizer.__init__

    def swapped(self: IndicTransTokenizer, folder: Path) -> None:
        construct(self, folder)
        self._written = {number: piece for piece, number in self._source.items() if number > 3}

    patch.setattr(IndicTransTokenizer, "__init__", swapped)


def zero_a_layer(patch: pytest.MonkeyPatch) -> None:
    construct = engine.Transformers.__init__

    def zeroed(self: Any, model: Any, settings: Any) -> None:
        import torch

        with torch.no_grad():
            decoder = model.get_decoder()
            layer = decoder.layers[1] if hasattr(decoder, "layers") else decoder.block[1]
            for parameter in layer.parameters():
                parameter.zero_()
        construct(self, model, settings)

    patch.setattr(engine.Transformers, "__init__", zeroed)


def normalise_no_hindi(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(normalisation, "normalise", lambda text, script: text)
    patch.setattr(processor, "_PUNCTUATION", dict.fromkeys(processor._PUNCTUATION, ()))
    patch.setattr(processor, "_DIGITS", {})


def shift_by_one(patch: pytest.MonkeyPatch) -> None:
    for family in (Sentences, Documents):
        generate = family.generate

        def shifted(self: Any, sources: Sequence[Source], generate: Any = generate) -> Iterator[Generation]:
            made = {generation.id: generation for generation in generate(self, sources)}
            for source, before in zip(sources, [sources[-1], *sources], strict=False):
                yield replace(made[source.id], text=made[before.id].text)

        patch.setattr(family, "generate", shifted)


def empty_every_tenth(patch: pytest.MonkeyPatch) -> None:
    for family in (Sentences, Documents):
        generate = family.generate

        def emptied(self: Any, sources: Sequence[Source], generate: Any = generate) -> Iterator[Generation]:
            tenths = {source.id for source in sources[::10]}
            for generation in generate(self, sources):
                yield replace(generation, text="") if generation.id in tenths else generation

        patch.setattr(family, "generate", emptied)


# These change neither what the models are given nor how they decode.
AFTER_DECODING = (
    restore_no_placeholders, put_no_words_together, swap_the_target_vocabulary, shift_by_one, empty_every_tenth,
)  # fmt: skip


@pytest.mark.parametrize(
    ("breaks", "concerned", "named"),
    [
        # The model says nothing without them (see its card), and a system without a word is a failed one.
        (drop_language_tags, [TRANSLATES], ["missing", "empty"]),
        (ignore_the_attention_mask, [TRANSLATES], ["chrf++", "bleu"]),
        (restore_no_placeholders, [TRANSLATES], ["chrf++", "bleu"]),
        (put_no_words_together, [TRANSLATES], ["spacing"]),
        (cut_outputs_at_8_tokens, [TRANSLATES, SUMMARISES], ["chrf++", "rougeL", "stopped"]),
        (swap_the_target_vocabulary, [TRANSLATES], ["chrf++", "wrong_script"]),
        (zero_a_layer, [TRANSLATES, SUMMARISES], ["chrf++", "bleu", "rougeL", "rouge2"]),
        (normalise_no_hindi, [TRANSLATES], ["chrf++", "unknown"]),
        (shift_by_one, [TRANSLATES, SUMMARISES], ["chrf++", "bleu", "rougeL"]),
        (empty_every_tenth, [TRANSLATES, SUMMARISES], ["empty", "chrf++", "rougeL"]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_break_is_noticed_and_named(
    again: Any,
    sound: Sound,
    run_cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
    breaks: Break,
    concerned: list[tuple[str, str]],
    named: list[str],
) -> None:
    with monkeypatch.context() as patch:
        if breaks in AFTER_DECODING:
            patch.setattr(engine.Transformers, "decode", lambda *call: sound.replay(*call))
        breaks(patch)
        broken = again(*concerned)
    found = worse(judged(broken))
    assert set(named) <= {name for _, _, name in found}
    # Of the systems that were broken, and of no other.
    assert {(task, system) for task, system, _ in found} == set(concerned)
    answer = run_cli("gate", broken.path, "--baseline", BASELINE)
    assert answer.code == 1
    if breaks is drop_language_tags:
        assert "none of its 246 outputs contains a word" in " ".join(answer.out.split())
