"""Systems whose config asks for CTranslate2: what is refused, what `check` and a table say, and golden outputs."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ctranslate2", reason="the extra ctranslate2 is not installed")

from harness import models
from harness.config import load as load_module
from harness.core.errors import ModelError, ProblemsError
from harness.core.records import ENGLISH, HINDI, Source
from harness.engines import Decoding, Request
from harness.models import HasConversion, Model
from harness.runs import pipeline
from harness.runs.progress import Plain
from tests.conftest import Cli
from tests.paths import DATA, DATASET, TESTS

GOLDEN = DATA / "indictrans2"
MT5, INDICTRANS2 = (TESTS / "models" / f"tiny-{name}" for name in ("mt5", "indictrans2"))
TWICE = {"num_beams": 2, "no_repeat_ngram_size": 2}
XLSUM = {**TWICE, "renormalize_logits": True}
PAD, END = 1, 2
Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def cached(conversions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(conversions))


def system(family: str, checkpoint: Path, name: str = "x", **keys: Any) -> dict[str, Any]:
    given = {"name": name, "family": family, "checkpoint": str(checkpoint), "device": "cpu", "engine": "ctranslate2"}
    return {**given, **keys}


def load(family: str, checkpoint: Path, **keys: Any) -> Model:
    options = models.get(family).options
    return models.get(family).load(options.model_validate(system(family, checkpoint, **keys)).resolve(Path()))


def faults(write_config: Write, family: str, checkpoint: Path, **keys: Any) -> list[str]:
    tasks = "[translate]" if family == "indictrans2" else "[summarise]"
    config = write_config(tasks=tasks, systems=json.dumps([system(family, checkpoint, **keys)]))
    with pytest.raises(ProblemsError) as raised:
        load_module.load(config)
    return [problem.message for problem in raised.value.problems]


class TestRefused:
    @pytest.mark.parametrize(
        ("keys", "said"),
        [
            ({"engine": "transformers", "compute_type": "int8"}, "compute_type: engine transformers takes dtype"),
            ({"dtype": "bfloat16", "decoding": XLSUM}, "dtype: engine ctranslate2 takes compute_type instead;"),
            ({"compute_type": "float16", "decoding": XLSUM}, "compute_type: float16 is refused: mT5 overflows in it"),
            ({"compute_type": "int4", "decoding": XLSUM}, "compute_type: expected"),
            ({"decoding": TWICE}, "no_repeat_ngram_size without renormalising: set renormalize_logits: true"),
            ({"decoding": {**XLSUM, "repetition_penalty": 1.5}}, "repetition_penalty 1.5: set it to 1.0"),
            ({"decoding": {"num_beams": 1, "do_sample": True}}, "do_sample: its random numbers depend on the batch"),
            ({"decoding": {"num_beams": 1, "renormalize_logits": True}}, "renormalize_logits has no effect"),
        ],
        ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
    )  # fmt: skip
    def test_a_config_is_refused_with_the_reason(self, write_config, keys, said):
        (fault,) = faults(write_config, "mt5", MT5, **keys)
        assert said in fault

    def test_a_missing_library_is_one_line(self, write_config, monkeypatch):
        monkeypatch.setattr("harness.engines.ctranslate2.find_spec", lambda _: None)
        (fault,) = faults(write_config, "mt5", MT5, decoding=XLSUM)
        assert fault == (
            "engine: ctranslate2 needs ctranslate2, which is not installed; pip install "
            "'hindi-eval-harness[ctranslate2]'"
        )

    def test_a_system_that_is_loaded_anyway_is_refused_before_its_weights_are_read(self):
        with pytest.raises(ModelError, match="no_repeat_ngram_size without renormalising"):
            load("mt5", MT5, decoding=TWICE)


class TestIdentity:
    def test_engine_and_compute_type_are_part_of_it(self):
        found = [
            load("indictrans2", INDICTRANS2, **keys).identity()
            for keys in ({"engine": "transformers"}, {}, {"compute_type": "int8"})
        ]
        engines = [(each["engine"].partition(" ")[0], each["dtype"]) for each in found]
        assert engines == [("transformers", "float32"), ("ctranslate2", "float32"), ("ctranslate2", "int8")]
        assert len({json.dumps(each, sort_keys=True) for each in found}) == 3

    def test_auto_is_float32_on_a_cpu(self):
        one, other = (load("indictrans2", INDICTRANS2, **keys) for keys in ({}, {"compute_type": "auto"}))
        assert one.identity() == other.identity()


@pytest.mark.parametrize("kind", ["dist200m-like", "1b-like"])
class TestGolden:
    """The outputs of IndicTrans2's own code, see tests/data/indictrans2."""

    def examples(self, kind: str) -> list[dict[str, Any]]:
        return list(json.loads((GOLDEN / kind / "expected.json").read_text(encoding="utf-8"))["examples"])

    @pytest.mark.parametrize(
        ("key", "decoding"),
        [
            ("greedy_ids", Decoding(max_new_tokens=39)),
            ("beam5_ids", Decoding(max_new_tokens=39, num_beams=5, beam_stop="exhaustive")),
        ],
        ids=["greedy", "beams"],
    )
    def test_ids(self, kind, key, decoding):
        engine = load("indictrans2", GOLDEN / kind)._loaded()  # type: ignore[attr-defined]
        examples = self.examples(kind)
        requests = [
            Request(tuple(each["input_ids"][len(each["input_ids"]) - sum(each["attention_mask"]) :]))
            for each in examples
        ]
        made = {each.request: each for batch in engine.decode(requests, decoding) for each in batch}
        found = [[*made[n].ids, *([END] if made[n].finish == "end" else [])] for n in range(len(requests))]
        assert found == [[token for token in each[key][1:] if token != PAD] for each in examples]

    def test_texts(self, kind):
        examples = self.examples(kind)
        sources = [
            Source(str(number), "a", "translate", each["raw"], (each["raw"],), HINDI, ENGLISH)
            for number, each in enumerate(examples)
        ]
        made = load("indictrans2", GOLDEN / kind, decoding={"max_length": 40}).generate(sources)
        texts = {each.id: each.text for each in made}
        assert texts == {str(number): each["beam5_postprocessed"] for number, each in enumerate(examples)}


@pytest.fixture(scope="module")
def folder(conversions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of the same weights by both engines, and in int8."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE", str(conversions))
        into = tmp_path_factory.mktemp("run")
        systems = [
            system("indictrans2", INDICTRANS2, name, decoding={"max_length": 40}, **keys)
            for name, keys in {
                "torch": {"engine": "transformers"}, "exact": {}, "int8": {"compute_type": "int8"},
            }.items()
        ]  # fmt: skip
        config = into / "config.yaml"
        config.write_text(
            f"name: small\ndatasets: [{DATASET}]\ntasks: [translate]\nsystems: {json.dumps(systems)}\n"
            "statistics: {resamples: 100}\n",
            encoding="utf-8",
        )
        return Path(pipeline.run(load_module.load(config), into / "results", Plain(StringIO())).run.path)


class TestRun:
    def test_in_float32_the_outputs_are_those_of_the_engine_transformers(self, folder):
        texts = {}
        for name in ("torch", "exact"):
            lines = (folder / "outputs" / "translate" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
            texts[name] = [json.loads(line)["text"] for line in lines]
        assert texts["torch"] == texts["exact"]
        assert len({*texts["exact"]}) > 10

    def test_the_manifest_says_how_the_weights_agree(self, folder):
        stored = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["systems"]
        assert "conversion" not in stored["torch"]["translate"]
        exact, rounded = (stored[name]["translate"]["conversion"] for name in ("exact", "int8"))
        assert set(exact) == {"size", "outputs", "identical", "log_probability"}
        assert exact["identical"] == exact["outputs"] == 16
        assert rounded["size"] < exact["size"] / 2
        assert exact["log_probability"] < rounded["log_probability"]

    def test_a_table_notes_engine_and_type_and_how_they_agree(self, folder):
        (table,) = folder.glob("tables/translate*.md")
        text = " ".join(table.read_text(encoding="utf-8").split())
        assert (
            "exact: computed by ctranslate2 4.8 in float32: on random ids 16 of 16 outputs are the original's" in text
        )
        assert "int8: computed by ctranslate2 4.8 in int8: on random ids" in text
        assert "torch: computed" not in text


def test_check_says_how_large_the_conversion_is(run_cli: Cli, write_config, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    config = write_config(systems=json.dumps([system("indictrans2", INDICTRANS2, compute_type="int8")]))
    before = run_cli("check", config)
    assert "x: the first run converts its weights to int8, which takes about 1.4 MB of the cache" in before.out
    model: Any = load("indictrans2", INDICTRANS2, compute_type="int8")
    assert model.conversion() is None
    model._loaded()
    assert isinstance(model, HasConversion)
    assert model.conversion() is not None
    assert "x: its weights in int8 take 2.0 MB of the cache" in run_cli("check", config).out
