"""Weights are converted once, verified before they are used, and made again if they are damaged."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ctranslate2", reason="the extra ctranslate2 is not installed")

from harness import engines
from harness.core.errors import ModelError
from harness.engines import Converts, Decoding, EngineSettings, Request, Weights
from harness.engines._ctranslate2 import conversion, networks, verification
from tests.models import tiny_mt5
from tests.paths import DATA, ROOT, TESTS

CPU = EngineSettings(device="cpu", dtype="float32", threads=1)
FOLDER = TESTS / "models" / "tiny-mt5"
MT5 = Weights(
    folder=FOLDER, files=("model.safetensors",), pickled=False, key="tiny mT5",
    architecture="transformers:MT5ForConditionalGeneration",
)  # fmt: skip
INDICTRANS2 = Weights(
    folder=DATA / "indictrans2" / "dist200m-like", files=("model.safetensors",), pickled=False, key="tiny IndicTrans2",
    architecture="harness.models.indictrans2.network:IndicTransForConditionalGeneration",
)  # fmt: skip
GREEDY = Decoding(max_new_tokens=8)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a real conversion."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE", str(tmp_path_factory.mktemp("template")))
        load()
        return conversion.place(MT5.key, "float32")


@pytest.fixture
def conversions(template: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Take the place of conversions by copying one; return the types that were converted to from here on."""
    made: list[str] = []

    def copied(folder: Path, weights: Weights, settings: EngineSettings) -> None:
        made.append(settings.dtype)
        shutil.copytree(template, folder, dirs_exist_ok=True)

    monkeypatch.setattr(conversion, "_convert", copied)
    return made


def load(weights: Weights = MT5, **settings: Any) -> Any:
    return engines.get("ctranslate2").load(weights, replace(CPU, **settings))


def output(engine: Any) -> tuple[int, ...]:
    ((made,),) = engine.decode([Request((40, 41, 42, 1))], GREEDY)
    return tuple(made.ids)


def left(cache: Path) -> list[str]:
    """Return what the cache contains of conversions, without their locks."""
    return sorted(
        path.name for folder in cache.glob("ctranslate2/*") for path in folder.iterdir() if path.suffix != ".lock"
    )


class TestOnce:
    def test_a_second_engine_reads_the_conversion(self, cache, conversions):
        one, other = load(), load()
        assert conversions == ["float32"]
        assert output(one) == output(other)

    def test_each_compute_type_and_each_key_has_its_own(self, cache, conversions):
        for weights in (MT5, replace(MT5, key="another revision")):
            for kind in ("float32", "int8"):
                load(weights, dtype=kind)
                load(weights, dtype=kind)
        assert conversions == ["float32", "int8"] * 2
        assert left(cache) == ["float32", "float32", "int8", "int8"]

    def test_weights_without_a_key_are_known_by_their_content(self, cache, conversions, tmp_path):
        built = tiny_mt5.build(tmp_path / "one", decoding={})
        moved = built.rename(tmp_path / "two")
        unnamed = replace(MT5, key="")
        load(replace(unnamed, folder=moved))
        load(replace(unnamed, folder=moved.rename(tmp_path / "three")))
        load(replace(unnamed, folder=tiny_mt5.build(tmp_path / "other", seed=5, decoding={})))
        assert len(conversions) == 2

    def test_int8_is_smaller_and_says_how_it_agrees_with_the_original(self, cache):
        loader = engines.get("ctranslate2")
        assert isinstance(loader, Converts)
        assert loader.agreement(MT5.key, "int8") is None
        load(dtype="float32")
        load(dtype="int8")
        exact, rounded = (loader.agreement(MT5.key, kind) for kind in ("float32", "int8"))
        assert exact is not None
        assert rounded is not None
        assert rounded.size < exact.size / 2
        assert (exact.outputs, exact.identical) == (16, 16)
        assert 0 < rounded.identical <= 16
        assert exact.log_probability < 1e-5 < rounded.log_probability < 1


def scaled(spec: Any) -> None:
    spec.decoder.scale_outputs = 2.0


def without_a_norm(spec: Any) -> None:
    norm = spec.encoder.layer[0].ffn.layer_norm
    norm.gamma = norm.gamma.numpy() * 0


def small_embeddings(spec: Any) -> None:
    spec.encoder.scale_embeddings = 1.0


def other_activation(spec: Any) -> None:
    spec.decoder.activation = spec.decoder.activation.numpy() * 0


def short_output(spec: Any) -> None:
    spec.decoder.projection.weight = spec.decoder.projection.weight.numpy()[:-9]


class TestVerified:
    """A wrong conversion is an error that says what differs, and nothing of it is kept."""

    @pytest.fixture
    def wrong(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], None]], None]:
        """Change the specification of a network before it is written."""
        specification = networks.specification

        def call(change: Callable[[Any], None]) -> None:
            def changed(*arguments: Any) -> Any:
                spec = specification(*arguments)
                change(spec)
                spec.validate()
                return spec

            monkeypatch.setattr(networks, "specification", changed)

        return call

    @pytest.mark.parametrize(
        ("weights", "kind", "change"),
        [
            pytest.param(MT5, "float32", scaled, id="the output is scaled"),
            pytest.param(MT5, "int8", scaled, id="the same, for int8"),
            pytest.param(MT5, "float32", without_a_norm, id="a norm is 0"),
            pytest.param(INDICTRANS2, "float32", small_embeddings, id="the embeddings are not scaled"),
            pytest.param(INDICTRANS2, "float32", other_activation, id="another activation"),
            pytest.param(INDICTRANS2, "float32", short_output, id="an output layer without its last rows"),
        ],
    )
    def test_a_wrong_conversion_is_caught_and_removed(self, cache, wrong, weights, kind, change):
        wrong(change)
        with pytest.raises(ModelError, match=r"its conversion (gives other probabilities|cannot be used)") as error:
            load(weights, dtype=kind)
        assert str(error.value).endswith("nothing was kept. Use engine: transformers, and report the checkpoint")
        assert left(cache) == []

    def test_so_is_one_that_differs_in_an_output_only(self, cache, monkeypatch):
        ask = verification.ask
        asked: list[Any] = []

        def other(engine: Any, questions: Any) -> Any:
            answers = ask(engine, questions)
            asked.append(engine)
            if len(asked) == 2:
                first, *others = answers.outputs["beam"]
                answers.outputs["beam"] = [replace(first, ids=(5, *first.ids[1:])), *others]
            return answers

        monkeypatch.setattr(verification, "ask", other)
        with pytest.raises(ModelError, match="its conversion gives another beam output than the original: "):
            load()
        assert left(cache) == []

    def test_outputs_that_are_equally_good_may_change_places(self, cache):
        network = engines.get("transformers").load(MT5, CPU)
        request = Request((40, 41, 42, 1), (0,))
        ((made,),) = network.decode([request], GREEDY)
        worse = replace(made, ids=(*made.ids[:-1], 5))
        assert verification._equally_good(network, request, "beam", made, replace(made))
        for way in ("greedy", "beam"):
            assert not verification._equally_good(network, request, way, made, worse)


class TestDamage:
    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda folder: (folder / "model.bin").write_bytes(b"cut"), id="weights cut"),
            pytest.param(lambda folder: (folder / "config.json").unlink(), id="a file is gone"),
            pytest.param(lambda folder: (folder / "conversion.json").write_text("{", encoding="utf-8"), id="record"),
            pytest.param(lambda folder: (folder / "conversion.json").unlink(), id="no record"),
            pytest.param(
                lambda folder: (folder / "conversion.json").write_text('{"sizes": 1}', encoding="utf-8"),
                id="other record",
            ),
        ],
    )
    def test_a_damaged_conversion_is_set_aside_and_made_again(self, cache, conversions, caplog, damage):
        expected = output(load())
        (folder,) = cache.glob("ctranslate2/*/float32")
        damage(folder)
        assert output(load()) == expected
        assert len(conversions) == 2
        assert left(cache) == ["float32", "float32.damaged"]
        (line,) = caplog.messages
        assert line.startswith(f"{folder}: a damaged conversion (")
        assert line.endswith("); it is set aside as float32.damaged and made again")

    def test_one_that_cannot_be_kept_is_one_line(self, cache):
        cache.write_text("a file", encoding="utf-8")
        with pytest.raises(ModelError, match="could not keep its conversion"):
            load()


SCRIPT = f"""
import os, signal, sys
from pathlib import Path
from harness import engines
from harness.engines import EngineSettings, Weights
from harness.engines._ctranslate2 import conversion
write = conversion._write
def dying(*arguments):
    write(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
if "die" in sys.argv:
    conversion._write = dying
weights = Weights(folder=Path({str(FOLDER)!r}), files=("model.safetensors",), pickled=False, key="tiny mT5",
                  architecture="transformers:MT5ForConditionalGeneration")
print("begins", flush=True)
engines.get("ctranslate2").load(weights, EngineSettings(device="cpu", dtype="float32", threads=1))
print("loaded", flush=True)
"""


def started(*arguments: str) -> subprocess.Popen[str]:
    """Start a process that loads the weights with the cache of this test, and wait until it begins."""
    command = [sys.executable, "-c", SCRIPT, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    return process


@pytest.mark.slow
def test_a_killed_process_leaves_nothing_that_is_used_and_two_at_once_convert_once(cache) -> None:
    assert started("die").communicate()[0] == ""
    assert left(cache) == [".float32.unfinished"]
    loader = engines.get("ctranslate2")
    assert isinstance(loader, Converts)
    assert loader.agreement(MT5.key, "float32") is None
    beside = started()
    load()
    assert beside.communicate()[0] == "loaded\n"
    assert left(cache) == ["float32"]
    (record,) = cache.glob("ctranslate2/*/float32/conversion.json")
    made = record.stat().st_mtime_ns
    load()
    assert record.stat().st_mtime_ns == made


def test_a_record_has_what_a_reader_needs(template) -> None:
    stored = json.loads((template / "conversion.json").read_text(encoding="utf-8"))
    assert set(stored) == {"ctranslate2", "sizes", "agreement", "files"}
    assert set(stored["files"]) == {"config.json", "model.bin", "shared_vocabulary.json"}


def test_a_network_that_is_not_converted_is_one_line() -> None:
    loader = engines.get("ctranslate2")
    assert isinstance(loader, Converts)
    (line,) = loader.refusals({"model_type": "llama"}, GREEDY)
    assert line.startswith("engine ctranslate2 does not convert model_type 'llama'; it converts IndicTrans, bart, ")
    assert line.endswith("Use engine: transformers")
