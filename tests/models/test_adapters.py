"""LoRA adapters: merged weights equal those of peft and transformers; what does not fit is refused in one line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import engines, models
from harness.core.checkpoints import adapters
from harness.core.errors import HarnessError, ModelError
from harness.core.records import ENGLISH, HINDI, Source
from harness.engines import EngineSettings, Weights
from harness.models import Model
from tests.conftest import Cli
from tests.models import tiny_mt5
from tests.models.conftest import Script
from tests.paths import DATA

peft = pytest.importorskip("peft", reason="peft is not installed (pip install 'hindi-eval-harness[adapters]')")

# peft uses names that transformers calls deprecated, and warns of the shared layers that a test is about.
pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing", "ignore::UserWarning")

INDICTRANS2 = DATA / "indictrans2"
MT5 = "transformers:MT5ForConditionalGeneration"
PORT = "harness.models.indictrans2.network:IndicTransForConditionalGeneration"
TEXT = "भारत और जापान के बीच वार्ता हुई।"
Make = Callable[..., Path]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that no test changes."""
    return tiny_mt5.build(tmp_path_factory.mktemp("base") / "tiny", size=tiny_mt5.Size(num_layers=1))


def architecture(name: str) -> Any:
    import importlib

    module, _, cls = name.partition(":")
    return getattr(importlib.import_module(module), cls)


def train(base: Path, folder: Path, *, of: str = MT5, safe: bool = True, seed: int = 1, **keys: Any) -> Path:
    """Write an adapter with random numbers in place of trained ones, as peft saves it."""
    import torch

    torch.manual_seed(seed)
    given = {"r": 4, "lora_alpha": 16, "target_modules": ["q", "v"], "task_type": "SEQ_2_SEQ_LM"} | keys
    model = architecture(of).from_pretrained(base)
    adapted = peft.get_peft_model(model, peft.LoraConfig(**given, init_lora_weights=False))
    adapted.save_pretrained(folder, safe_serialization=safe, save_embedding_layers=False)
    return folder


@pytest.fixture
def make(base: Path, tmp_path: Path) -> Make:
    """Train an adapter of the tiny mT5: `make(safe=False, target_modules=[...])`; `config` changes its JSON."""

    def call(name: str = "lora", config: dict[str, Any] | None = None, **keys: Any) -> Path:
        folder = train(base, tmp_path / name, **keys)
        path = folder / "adapter_config.json"
        stored = json.loads(path.read_text(encoding="utf-8")) | (config or {})
        path.write_text(json.dumps(stored), encoding="utf-8")
        return folder

    return call


def load(folder: Path | str, **keys: Any) -> Model:
    given = {"name": "x", "family": "mt5", "checkpoint": folder, "device": "cpu", **keys}
    return models.get("mt5").load(models.get("mt5").options.model_validate(given))


def text_of(folder: Path | str, **keys: Any) -> str:
    source = Source("a", "a", "summarise", TEXT, (TEXT,), HINDI, HINDI)
    model = load(folder, **keys)
    (made,) = model.generate([source])
    model.close()
    return made.text


def engine(folder: Path, of: str, adapter: Path | None, dtype: str = "float32") -> Any:
    weights = Weights(folder=folder, files=("model.safetensors",), pickled=False, architecture=of, adapter=adapter)
    return engines.get("transformers").load(weights, EngineSettings(device="cpu", dtype=dtype))


def logits(model: Any) -> Any:
    import torch

    ids = torch.tensor([[5, 9, 17, 33, 12, 1]])
    with torch.inference_mode():
        return model(input_ids=ids, decoder_input_ids=torch.tensor([[2, 5, 17]])).logits


# Name of a checkpoint, its class, and what the adapter changes.
LAYERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "mt5": ("mt5", MT5, {}),
    "mt5, all kinds of layers": ("mt5", MT5, {"target_modules": "all-linear"}),
    "mt5, rank-stabilised DoRA": ("mt5", MT5, {"use_rslora": True, "use_dora": True}),
    "mt5, a head of its own": ("mt5", MT5, {"modules_to_save": ["lm_head"]}),
    "indictrans2, 200M": ("dist200m-like", PORT, {"target_modules": ["q_proj", "v_proj", "fc1"]}),
    "indictrans2, 1B": ("1b-like", PORT, {"target_modules": ["q_proj", "out_proj", "lm_head"]}),
}


class TestMerging:
    @pytest.mark.parametrize(("name", "of", "keys"), LAYERS.values(), ids=LAYERS)
    def test_the_model_is_the_one_that_peft_merges(
        self, base: Path, tmp_path: Path, name: str, of: str, keys: dict[str, Any]
    ) -> None:
        import torch

        folder = base if name == "mt5" else INDICTRANS2 / name
        adapter = train(folder, tmp_path / "lora", of=of, **keys)
        plain = architecture(of).from_pretrained(folder).eval()
        before = logits(plain)
        expected = logits(peft.PeftModel.from_pretrained(plain, adapter).merge_and_unload().eval())
        merged = engine(folder, of, adapter)
        assert torch.equal(logits(merged._model), expected)
        assert not torch.allclose(logits(merged._model), before)
        assert torch.equal(logits(engine(folder, of, None)._model), before)

    def test_nothing_of_the_adapter_s_own_layers_is_left(self, base: Path, make: Make) -> None:
        merged = engine(base, MT5, make())._model
        assert type(merged).__name__ == "MT5ForConditionalGeneration"
        assert not [name for name, _ in merged.named_parameters() if "lora" in name or "base_layer" in name]

    def test_the_type_is_the_one_asked_for(self, base: Path, make: Make) -> None:
        import torch

        merged = engine(base, MT5, make(modules_to_save=["lm_head"]), dtype="bfloat16")._model
        assert {parameter.dtype for parameter in merged.parameters()} == {torch.bfloat16}

    def test_outputs_are_those_of_the_merged_checkpoint(self, base: Path, make: Make, tmp_path: Path) -> None:
        adapter = make()
        by_hand = Path(shutil.copytree(base, tmp_path / "by hand"))
        plain = architecture(MT5).from_pretrained(base)
        peft.PeftModel.from_pretrained(plain, adapter).merge_and_unload().save_pretrained(by_hand)
        shutil.copy(base / "config.json", by_hand)  # transformers moves the decoding settings to another file
        settings = {"decoding": {"max_length": 12}}
        assert text_of(base, adapter=adapter, **settings) == text_of(by_hand, **settings)
        assert text_of(base, adapter=adapter, **settings) != text_of(base, **settings)

    def test_a_pickle_that_the_config_names_is_merged_too(self, base: Path, make: Make) -> None:
        settings = {"decoding": {"max_length": 12}}
        pickled, safe = make("pickled", safe=False), make("safe")
        assert (pickled / "adapter_model.bin").exists()
        assert text_of(base, adapter=pickled, adapter_pickle="adapter_model.bin", **settings) == text_of(
            base, adapter=safe, **settings
        )


class TestIdentity:
    def test_an_adapter_is_part_of_it_and_of_the_config_s_digest(self, base: Path, make: Make) -> None:
        one, two = make("one"), make("two", seed=2)
        options = models.get("mt5").options
        given = {"name": "x", "family": "mt5", "checkpoint": base}
        plain, with_one, with_two = (
            options.model_validate(given | keys).fingerprint() for keys in ({}, {"adapter": one}, {"adapter": two})
        )
        assert not [key for key in plain if "adapter" in key]
        assert with_one == {**plain, "adapter": with_one["adapter"]}
        assert with_one != with_two
        assert "adapter" not in load(base).identity()
        identity = load(base, adapter=one).identity()
        assert identity == {**load(base).identity(), "adapter": {"digest": with_one["adapter"]}}

    def test_a_path_is_relative_to_the_config(self, base: Path, make: Make, tmp_path: Path) -> None:
        make("lora")
        given = {"name": "x", "family": "mt5", "checkpoint": base, "adapter": "./lora"}
        options = models.get("mt5").options.model_validate(given).resolve(tmp_path)
        assert options.model_dump()["adapter"] == tmp_path / "lora"

    def test_a_copy_of_the_folder_is_the_same_adapter(self, base: Path, make: Make, tmp_path: Path) -> None:
        adapter = make()
        copy = Path(shutil.copytree(adapter, tmp_path / "copy"))
        assert load(base, adapter=adapter).identity() == load(base, adapter=copy).identity()

    def test_weights_are_not_shared_with_a_system_without_it(self, base: Path, make: Make, script: Script) -> None:
        scripted = script(answer=lambda request, sample: request.ids[:3], vocabulary=848)
        plain, same, adapted = load(base), load(base), load(base, adapter=make())
        list(plain.generate([Source("a", "a", "summarise", TEXT, (TEXT,), HINDI, HINDI)]))
        adapted.take_weights(plain)
        assert adapted._engine is None
        same.take_weights(plain)
        assert same._engine is scripted

    def test_the_manifest_and_the_check_name_it(
        self, base: Path, make: Make, run_cli: Cli, write_config: Any, tmp_path: Path
    ) -> None:
        adapter = make()
        system = {
            "name": "m", "family": "mt5", "checkpoint": str(base), "adapter": str(adapter),
            "decoding": {"max_length": 4, "num_beams": 1},
        }  # fmt: skip
        config = write_config(tasks="[headline]", systems=json.dumps([system]))
        checked = run_cli("check", config)
        assert checked.code == 0
        said = (
            f"m: adapter {adapter} (LoRA, rank 4), adapter_model.safetensors, is merged into the checkpoint's weights"
        )
        assert said in " ".join(checked.out.split())
        assert run_cli("run", config, "--results", tmp_path / "results").code == 0
        (manifest,) = (tmp_path / "results").glob("*/manifest.json")
        stored = json.loads(manifest.read_text(encoding="utf-8"))
        digest = load(base, adapter=adapter).identity()["adapter"]["digest"]
        assert digest in json.dumps(stored["systems"])


class TestHub:
    NAME = "someone/tiny-mt5-lora"

    def test_it_comes_from_the_hub_at_a_commit(self, base: Path, make: Make, hub: Any) -> None:
        adapter = make()
        commit = hub.push(self.NAME, adapter)
        settings = {"decoding": {"max_length": 12}}
        model = load(base, adapter=self.NAME)
        assert model.identity()["adapter"] == {
            "name": self.NAME, "commit": commit, "weights": "adapter_model.safetensors",
        }  # fmt: skip
        assert text_of(base, adapter=self.NAME, adapter_revision=commit, **settings) == text_of(
            base, adapter=adapter, **settings
        )

    def test_an_adapter_that_is_not_cached_is_a_reason_not_to_start(
        self, base: Path, hub: Any, run_cli: Cli, write_config: Any
    ) -> None:
        system = {"name": "m", "family": "mt5", "checkpoint": str(base), "adapter": self.NAME}
        answer = run_cli("check", write_config(tasks="[headline]", systems=json.dumps([system])), "--offline")
        assert answer.code == 2
        assert "cannot start: not cached (m)" in answer.out
        assert f"m: {self.NAME}: revision main is not in the cache" in " ".join(answer.out.split())

    def test_a_repository_without_an_adapter_is_said(self, base: Path, hub: Any) -> None:
        hub.push(self.NAME, base)
        with pytest.raises(ModelError, match=r"not an adapter: the repository has no adapter_config\.json at"):
            load(base, adapter=self.NAME)

    def test_an_adapter_of_another_checkpoint_is_said_before_weights_are_read(
        self, base: Path, make: Make, hub: Any
    ) -> None:
        hub.push("someone/base", base)
        adapter = make(config={"base_model_name_or_path": "google/mt5-small"})
        with pytest.raises(
            ModelError, match="was trained on google/mt5-small, and the checkpoint is someone/base; set"
        ):
            load("someone/base", adapter=adapter)


def spoil_weights(folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "adapter_model.safetensors"
    save_file(change(load_file(path)), path, metadata={"format": "pt"})


class TestRefusals:
    def message(self, run_cli: Cli, write_config: Any, **keys: Any) -> str:
        system = {"name": "m", "family": "mt5", **{key: str(value) for key, value in keys.items()}}
        answer = run_cli("check", write_config(tasks="[headline]", systems=json.dumps([system])))
        assert answer.code == 2
        (line,) = answer.err.splitlines()
        return line

    def test_a_missing_library_is_one_line_with_the_command(
        self, base: Path, make: Make, run_cli: Cli, write_config: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        adapter = make()
        monkeypatch.setattr(adapters, "find_spec", lambda name: None)
        line = self.message(run_cli, write_config, checkpoint=base, adapter=adapter)
        assert "adapter: needs peft, which is not installed; pip install 'hindi-eval-harness[adapters]'" in line
        with pytest.raises(HarnessError, match="needs peft"):
            load(base, adapter=adapter)

    def test_a_pickle_must_be_named(self, base: Path, make: Make, run_cli: Cli, write_config: Any) -> None:
        line = self.message(run_cli, write_config, checkpoint=base, adapter=make(safe=False))
        assert "weights are a pickle only (adapter_model.bin)" in line
        assert "allow it by name with adapter_pickle: adapter_model.bin" in line

    def test_a_pickle_that_hides_a_program_is_refused(self, base: Path, make: Make) -> None:
        import torch

        folder = make(safe=False)
        torch.save({"x": Path("a program")}, folder / "adapter_model.bin")
        with pytest.raises(ModelError, match="contains more than tensors, which can be a program; nothing of it was"):
            text_of(base, adapter=folder, adapter_pickle="adapter_model.bin")

    @pytest.mark.parametrize(
        ("keys", "expected"),
        [
            ({"adapter": "no/such/folder"}, "expected an adapter's folder, found none"),
            ({"adapter_revision": "main"}, "adapter_revision: has no effect without adapter"),
            ({"adapter_pickle": "x.bin"}, "adapter_pickle: has no effect without adapter"),
            ({"adapter": "a name"}, "adapter: expected a folder, or a name on the hub"),
        ],
    )
    def test_keys(self, base: Path, run_cli: Cli, write_config: Any, keys: dict[str, str], expected: str) -> None:
        assert expected in self.message(run_cli, write_config, checkpoint=base, **keys)

    def test_a_folder_without_an_adapter(self, base: Path, run_cli: Cli, write_config: Any) -> None:
        line = self.message(run_cli, write_config, checkpoint=base, adapter=base)
        assert "not an adapter: no adapter_config.json in it" in line

    def test_another_kind_of_adapter(self, base: Path, make: Make, run_cli: Cli, write_config: Any) -> None:
        line = self.message(run_cli, write_config, checkpoint=base, adapter=make(config={"peft_type": "IA3"}))
        assert "expected an adapter of peft_type LORA, found 'IA3'" in line

    def test_weights_cut_short(self, base: Path, make: Make, run_cli: Cli, write_config: Any) -> None:
        folder = make()
        path = folder / "adapter_model.safetensors"
        path.write_bytes(path.read_bytes()[:100])
        assert "not a whole safetensors file" in self.message(run_cli, write_config, checkpoint=base, adapter=folder)

    @pytest.mark.parametrize("safe", [True, False], ids=["safetensors", "pickle"])
    @pytest.mark.parametrize("size", [0, 5, 100, -10])
    def test_weights_that_the_engine_finds_cut_short(self, base: Path, make: Make, safe: bool, size: int) -> None:
        """The header of a safetensors file is looked at before, and nothing of a pickle."""
        folder = make(safe=safe)
        path = folder / ("adapter_model.safetensors" if safe else "adapter_model.bin")
        path.write_bytes(path.read_bytes()[:size])
        with pytest.raises(ModelError, match=r"could not read the adapter's weights \(\w+Error.*\); fetch it again$"):
            engine(base, MT5, folder)

    @pytest.mark.parametrize(
        ("config", "error"),
        [
            ({"r": 0}, "ValueError: `r` should be a positive"),
            ({"target_modules": 7}, "TypeError: 'int' object"),
            ({"trainable_token_indices": [1]}, "KeyError: .*trainable_tokens_delta"),
            ({"bias": "weird"}, "NotImplementedError: Requested bias: weird"),
        ],
    )
    def test_a_configuration_that_peft_refuses(
        self, base: Path, make: Make, config: dict[str, Any], error: str
    ) -> None:
        with pytest.raises(ModelError, match=rf"the adapter does not fit this checkpoint \({error}"):
            engine(base, MT5, make(config=config))

    def test_a_merge_that_runs_out_of_memory(self, base: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any, **named: Any) -> None:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

        monkeypatch.setattr("peft.tuners.lora.LoraModel.merge_and_unload", fail)
        with pytest.raises(ModelError, match=r"the adapter does not fit the memory \(RuntimeError: Default"):
            engine(base, MT5, make())

    def test_an_error_in_the_harness_itself_is_not_said_to_be_the_adapter_s(
        self, base: Path, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any) -> None:
            raise KeyError("a bug")

        monkeypatch.setattr("harness.engines._adapters._check", fail)
        with pytest.raises(KeyError, match="a bug"):
            engine(base, MT5, make())

    def test_an_adapter_in_the_place_of_a_checkpoint(self, make: Make, run_cli: Cli, write_config: Any) -> None:
        line = self.message(run_cli, write_config, checkpoint=make())
        assert "an adapter, not a whole model; set checkpoint to its base model" in line

    def test_a_checkpoint_with_an_adapter_in_its_folder(
        self, base: Path, make: Make, run_cli: Cli, write_config: Any, tmp_path: Path
    ) -> None:
        # transformers merges it if peft is installed, and ignores it if not.
        both = Path(shutil.copytree(base, tmp_path / "both"))
        shutil.copytree(make(), both, dirs_exist_ok=True)
        assert "a whole model and an adapter in one folder" in self.message(run_cli, write_config, checkpoint=both)

    def test_an_adapter_of_another_shape(self, base: Path, tmp_path: Path) -> None:
        wide = tiny_mt5.build(tmp_path / "wide", size=tiny_mt5.Size(num_layers=1, d_model=64))
        adapter = train(wide, tmp_path / "lora")
        with pytest.raises(ModelError, match=r"does not fit this checkpoint \(RuntimeError: .*size mismatch") as caught:
            text_of(base, adapter=adapter)
        assert "\n" not in str(caught.value)

    def test_an_adapter_of_another_architecture(self, base: Path, tmp_path: Path) -> None:
        adapter = train(INDICTRANS2 / "1b-like", tmp_path / "lora", of=PORT, target_modules=["q_proj"])
        with pytest.raises(ModelError, match=r"does not fit this checkpoint \(\w+: Target modules .*not found"):
            text_of(base, adapter=adapter)

    def test_an_adapter_of_more_layers(self, base: Path, tmp_path: Path) -> None:
        deep = tiny_mt5.build(tmp_path / "deep", size=tiny_mt5.Size(num_layers=2))
        adapter = train(deep, tmp_path / "lora")
        with pytest.raises(ModelError, match=r"tensor base_model\..*block\.1\..* has no place in this checkpoint"):
            text_of(base, adapter=adapter)

    def test_an_adapter_that_lacks_a_tensor(self, base: Path, make: Make) -> None:
        folder = make()
        spoil_weights(folder, lambda tensors: dict(list(tensors.items())[1:]))
        with pytest.raises(ModelError, match=r"the adapter lacks tensor base_model\..*lora_A"):
            text_of(base, adapter=folder)

    def test_numbers_that_are_not_finite(self, base: Path, make: Make) -> None:
        folder = make()
        spoil_weights(folder, lambda tensors: {name: tensor * float("inf") for name, tensor in tensors.items()})
        with pytest.raises(ModelError, match=r"does not fit this checkpoint \(ValueError: NaNs detected"):
            text_of(base, adapter=folder)

    def test_a_layer_that_is_shared_with_the_embedding(self, tmp_path: Path) -> None:
        # peft would change the embedding too.
        folder = INDICTRANS2 / "dist200m-like"
        adapter = train(folder, tmp_path / "lora", of=PORT, target_modules=["q_proj", "lm_head"])
        given = {"name": "x", "family": "indictrans2", "checkpoint": folder, "device": "cpu", "adapter": adapter}
        model = models.get("indictrans2").load(models.get("indictrans2").options.model_validate(given))
        with pytest.raises(ModelError, match=r"lm_head\.base_layer\.weight, which the checkpoint shares"):
            list(model.generate([Source("a", "a", "translate", TEXT, (TEXT,), HINDI, ENGLISH)]))
