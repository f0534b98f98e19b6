"""The network of IndicTrans2, compared with outputs of the authors' code (tests/data/indictrans2, see its README), with
transformers' own M2M100, and with a plain beam search in this file."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSeq2SeqLM, M2M100Config, M2M100ForConditionalGeneration

from harness.core.errors import ModelError
from harness.engines import _beam_stop
from harness.models.indictrans2.network import IndicTransConfig, IndicTransForConditionalGeneration
from tests.paths import DATA

GOLDEN = DATA / "indictrans2"
KINDS = ("dist200m-like", "1b-like")
PAD, END = 1, 2
HEAD, EMBEDDING = "lm_head.weight", "model.decoder.embed_tokens.weight"


def expected(kind: str) -> list[dict[str, Any]]:
    return list(json.loads((GOLDEN / kind / "expected.json").read_text(encoding="utf-8"))["examples"])


def batches(kind: str, size: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the examples in the batches of the golden file (size 4), or one by one."""
    examples = expected(kind)
    for start in range(0, len(examples), size):
        yield examples[start : start + size]


def inputs(batch: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """Return a batch's ids and mask, padded on the left to its own longest."""
    width = max(sum(example["attention_mask"]) for example in batch)
    return {name: torch.tensor([e[name][-width:] for e in batch]) for name in ("input_ids", "attention_mask")}


def plain(ids: list[int]) -> list[int]:
    return [token for token in ids if token != PAD]


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    """Return the golden checkpoints with the beam search of the authors' release."""
    search = _beam_stop.exhaustive(IndicTransForConditionalGeneration)
    return {kind: search.from_pretrained(GOLDEN / kind).eval() for kind in KINDS}


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """Copy a golden checkpoint with another configuration or other tensors."""

    def change(kind: str, tensors: Callable[[dict[str, torch.Tensor]], Any] | None = None, **config: Any) -> Path:
        folder = tmp_path / kind
        shutil.copytree(GOLDEN / kind, folder)
        stored = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps(stored | config), encoding="utf-8")
        if tensors is not None:
            held = load_file(folder / "model.safetensors")
            tensors(held)
            save_file(held, folder / "model.safetensors", metadata={"format": "pt"})
        return folder

    return change


def small(**config: Any) -> IndicTransConfig:
    return IndicTransConfig(**{
        "encoder_vocab_size": 50, "decoder_vocab_size": 40, "encoder_embed_dim": 24, "decoder_embed_dim": 24,
        "encoder_layers": 2, "decoder_layers": 3, "encoder_ffn_dim": 40, "decoder_ffn_dim": 56,
        "encoder_attention_heads": 4, "decoder_attention_heads": 6, "encoder_normalize_before": True,
        "decoder_normalize_before": True, "max_source_positions": 32, "max_target_positions": 32, **config,
    })  # fmt: skip


def random_model(seed: int = 0, **config: Any) -> IndicTransForConditionalGeneration:
    """Return a model whose outputs differ from source to source and end at different lengths."""
    torch.manual_seed(seed)
    model = IndicTransForConditionalGeneration(small(**config)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.6)
    return model


SOURCE = torch.tensor([[PAD, PAD, 7, 9, 30, END], [5, 8, 11, 4, 44, END], [PAD, 12, 13, 14, 15, END]])
MASK = (SOURCE != PAD).long()


class TestParity:
    """The acceptance test: 31 sentences in the authors' batches and one by one."""

    @pytest.mark.parametrize("size", [4, 1], ids=["batches", "one by one"])
    @pytest.mark.parametrize("kind", KINDS)
    def test_encoder_output_and_logits(self, models, kind, size):
        for batch in batches(kind, size):
            given = inputs(batch)
            with torch.inference_mode():
                encoded = models[kind].get_encoder()(**given).last_hidden_state
                start = torch.tensor([[2, 5, 17, 33]] * len(batch))
                logits = models[kind](**given, decoder_input_ids=start).logits
            for row, example in enumerate(batch):
                # The logits of the last token, which is not padding.
                assert encoded[row, -1, :8].tolist() == pytest.approx(example["encoder_last_hidden_first8"], abs=1e-4)
                assert logits[row, -1, :12].tolist() == pytest.approx(example["logits_last_first12"], abs=1e-4)
                assert int(logits[row, -1].argmax()) == example["logits_last_argmax"]

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("size", "cache"), [(4, True), (1, False)], ids=["batches with cache", "one by one without cache"]
    )
    @pytest.mark.parametrize("kind", KINDS)
    def test_greedy_and_beam_search_give_the_same_tokens(self, models, kind, size, cache):
        every = 1 if cache else 3  # without a cache each token takes as long as all earlier ones
        for batch in islice(batches(kind, size), 0, None, every):
            settings = {**inputs(batch), "max_length": 40, "do_sample": False, "use_cache": cache}
            with torch.inference_mode():
                greedy = models[kind].generate(**settings, num_beams=1).tolist()
                beams = models[kind].generate(**settings, num_beams=5, min_length=0).tolist()
            assert [plain(ids) for ids in greedy] == [plain(example["greedy_ids"]) for example in batch]
            assert [plain(ids) for ids in beams] == [plain(example["beam5_ids"]) for example in batch]

    def test_the_golden_outputs_are_worth_comparing(self):
        for kind in KINDS:
            outputs = [tuple(plain(example["beam5_ids"])) for example in expected(kind)]
            assert len(set(outputs)) > 20
            assert len({len(ids) for ids in outputs}) > 3


class TestNetwork:
    @pytest.mark.parametrize("activation", ["relu", "gelu"])
    def test_with_one_vocabulary_it_is_transformers_m2m100(self, activation):
        ours = random_model(
            encoder_vocab_size=40, activation_function=activation, share_decoder_input_output_embed=True,
            decoder_attention_heads=4,
        )  # fmt: skip
        ours.model.encoder.embed_tokens.weight = ours.model.decoder.embed_tokens.weight
        config = M2M100Config(
            vocab_size=40, d_model=24, encoder_layers=2, decoder_layers=3, encoder_ffn_dim=40, decoder_ffn_dim=56,
            encoder_attention_heads=4, decoder_attention_heads=4, max_position_embeddings=32,
            activation_function=activation, scale_embedding=True,
        )  # fmt: skip
        theirs = M2M100ForConditionalGeneration(config).eval()
        stored = {**ours.state_dict(), "model.shared.weight": ours.model.encoder.embed_tokens.weight}
        theirs.load_state_dict(stored, strict=False)
        given = {"input_ids": SOURCE % 40, "attention_mask": MASK, "decoder_input_ids": torch.tensor([[2, 5, 9]] * 3)}
        with torch.inference_mode():
            assert torch.equal(ours(**given).logits, theirs(**given).logits)

    @pytest.mark.parametrize("normalised", [True, False])
    @pytest.mark.parametrize("scaled", [True, False])
    def test_embeddings_are_scaled_placed_and_normalised_in_this_order(self, normalised, scaled):
        model = random_model(layernorm_embedding=normalised, scale_embedding=scaled)
        seen: list[torch.Tensor] = []
        encoder = model.get_encoder()
        encoder.layers[0].register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
        with torch.inference_mode():
            encoder(SOURCE, MASK)
        row, place = 0, 3  # the second token of a row with two of padding: position 3, as the first is 2
        wanted = encoder.embed_tokens.weight[SOURCE[row, place]] * (math.sqrt(24) if scaled else 1)
        frequencies = [math.exp(-k * math.log(10000) / 11) for k in range(12)]
        sinusoid = [math.sin(3 * f) for f in frequencies] + [math.cos(3 * f) for f in frequencies]
        wanted = wanted + torch.tensor(sinusoid)
        if normalised:
            wanted = torch.nn.functional.layer_norm(wanted, (24,))
        assert seen[0][row, place].tolist() == pytest.approx(wanted.tolist(), abs=1e-5)

    def test_padding_on_the_left_changes_nothing(self):
        model = random_model(layernorm_embedding=True)
        alone = SOURCE[:1, 2:]
        start = torch.tensor([[2, 5]])
        with torch.inference_mode():
            padded = model(input_ids=SOURCE[:1], attention_mask=MASK[:1], decoder_input_ids=start).logits
            bare = model(input_ids=alone, attention_mask=torch.ones_like(alone), decoder_input_ids=start).logits
        assert torch.allclose(padded, bare, atol=1e-5)

    def test_texts_longer_than_the_table_of_positions_get_positions(self):
        model = random_model()
        long = torch.randint(4, 50, (1, 60), generator=torch.Generator().manual_seed(0))
        with torch.inference_mode():
            assert model.get_encoder()(long, torch.ones_like(long)).last_hidden_state.isfinite().all()

    def test_loss_is_over_the_target_s_vocabulary(self):
        model = random_model(share_decoder_input_output_embed=True)
        labels = torch.tensor([[39, 4, END]] * 3)
        loss = model(input_ids=SOURCE, attention_mask=MASK, labels=labels).loss
        loss.backward()
        assert loss.item() > 0
        assert model.model.encoder.embed_tokens.weight.grad.shape == (50, 24)

    @pytest.mark.parametrize(
        ("config", "message"),
        [
            ({"encoder_normalize_before": False}, "encoder_normalize_before and decoder_normalize_before must be true"),
            ({"decoder_normalize_before": False}, "encoder_normalize_before and decoder_normalize_before must be true"),
            ({"decoder_embed_dim": 32}, "encoder_embed_dim 24 and decoder_embed_dim 32 must be the same"),
        ],
    )
    def test_settings_that_no_published_checkpoint_has_are_refused(self, config, message):
        with pytest.raises(ModelError, match=message):
            small(**config)


class TestLoading:
    def tied(self, folder: Path) -> Any:
        model = IndicTransForConditionalGeneration.from_pretrained(folder).eval()
        assert model.lm_head.weight is model.model.decoder.embed_tokens.weight
        return model

    def logits(self, model: Any) -> torch.Tensor:
        given = inputs(expected("dist200m-like")[:2])
        with torch.inference_mode():
            return model(**given, decoder_input_ids=torch.tensor([[2, 5, 17]] * 2)).logits

    @pytest.mark.parametrize("names", [{HEAD}, {EMBEDDING}, {HEAD, EMBEDDING}], ids=["head", "embedding", "both"])
    def test_a_shared_head_may_be_stored_under_either_name(self, models, changed, names):
        def store(held: dict[str, torch.Tensor]) -> None:
            shared = held.pop(EMBEDDING)
            held.update({name: shared.clone() for name in names})

        model = self.tied(changed("dist200m-like", store))
        assert torch.equal(self.logits(model), self.logits(models["dist200m-like"]))

    def test_two_different_heads_are_refused_if_they_must_be_one(self, changed):
        folder = changed("dist200m-like", lambda held: held.update({HEAD: held[EMBEDDING] + 1}))
        with pytest.raises(ModelError, match=r"lm_head\.weight is model\.decoder.embed_tokens.weight"):
            IndicTransForConditionalGeneration.from_pretrained(folder)

    @pytest.mark.parametrize("name", [HEAD, EMBEDDING, "model.encoder.layers.1.fc1.bias"])
    def test_a_weight_that_is_in_no_file_is_refused(self, changed, name):
        folder = changed("1b-like", lambda held: held.pop(name))
        with pytest.raises(ModelError, match=f"tensor {name} is in no file"):
            IndicTransForConditionalGeneration.from_pretrained(folder)

    @pytest.mark.parametrize("value", [math.nan, 7.0])
    def test_a_stored_table_of_positions_is_not_read(self, models, changed, value):
        def store(held: dict[str, torch.Tensor]) -> None:
            for stack in ("encoder", "decoder"):
                held[f"model.{stack}.embed_positions.weights"] = torch.full((258, 64), value)

        model = IndicTransForConditionalGeneration.from_pretrained(changed("dist200m-like", store)).eval()
        assert torch.equal(self.logits(model), self.logits(models["dist200m-like"]))

    def test_the_table_of_positions_is_computed_again_whatever_loading_left(self, models, monkeypatch):
        """Loading on the meta device leaves buffers with arbitrary values."""
        from transformers import PreTrainedModel

        load = PreTrainedModel.from_pretrained.__func__

        def spoil(cls: Any, *arguments: Any, **named: Any) -> Any:
            model, report = load(cls, *arguments, **named)
            for stack in (model.model.encoder, model.model.decoder):
                stack.position_table.weights.fill_(math.nan)
            return model, report

        monkeypatch.setattr(PreTrainedModel, "from_pretrained", classmethod(spoil))
        model = IndicTransForConditionalGeneration.from_pretrained(GOLDEN / "dist200m-like").eval()
        assert torch.equal(self.logits(model), self.logits(models["dist200m-like"]))

    @pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
    @pytest.mark.parametrize("kind", KINDS)
    def test_it_loads_and_generates_in_each_type(self, models, kind, dtype):
        model = IndicTransForConditionalGeneration.from_pretrained(GOLDEN / kind, dtype=dtype).eval()
        given = inputs(expected(kind)[:3])
        with torch.inference_mode():
            logits = model(**given, decoder_input_ids=torch.tensor([[2, 5]] * 3)).logits
            exact = models[kind](**given, decoder_input_ids=torch.tensor([[2, 5]] * 3)).logits
            made = model.generate(**given, num_beams=2, max_new_tokens=5)
        assert logits.dtype == model.model.encoder.position_table.weights.dtype == dtype
        # The 8 bits of bfloat16's significand make steps of 1/128 at 1; a few layers add up to more.
        assert torch.allclose(logits.float(), exact, atol=0.15 if dtype == torch.bfloat16 else 2e-2)
        assert made.shape[0] == 3

    @pytest.mark.parametrize("kind", KINDS)
    def test_saved_and_loaded_again_it_is_the_same(self, models, kind, tmp_path):
        models[kind].save_pretrained(tmp_path)
        stored = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
        assert (stored["model_type"], stored["architectures"]) == ("IndicTrans", ["IndicTransForConditionalGeneration"])
        assert (HEAD in load_file(tmp_path / "model.safetensors")) == (kind == "1b-like")
        again = IndicTransForConditionalGeneration.from_pretrained(tmp_path).eval()
        assert again.config.to_diff_dict() == models[kind].config.to_diff_dict()
        for (name, one), (_, other) in zip(models[kind].state_dict().items(), again.state_dict().items(), strict=True):
            assert torch.equal(one, other), name

    def test_it_is_found_by_its_configuration_without_remote_code(self):
        model = AutoModelForSeq2SeqLM.from_pretrained(GOLDEN / "1b-like")
        assert isinstance(model, IndicTransForConditionalGeneration)

    def test_other_keys_of_a_configuration_change_nothing(self, models, changed):
        """For example eager attention, which the hub's files request; the authors' code does not read these keys."""
        folder = changed("1b-like", tie_word_embeddings=True, num_hidden_layers=99, attn_implementation="eager")
        model = IndicTransForConditionalGeneration.from_pretrained(folder).eval()
        assert model.config._attn_implementation == "sdpa"
        assert (len(model.model.encoder.layers), len(model.model.decoder.layers)) == (4, 4)
        assert model.lm_head.weight is not model.model.decoder.embed_tokens.weight


@cache
def next_tokens(seed: int, source: tuple[int, ...], written: tuple[int, ...]) -> list[float]:
    """Return the log-probability of each next token, by `ending_model(seed)`; that of padding is minus infinity."""
    with torch.inference_mode():
        given = {"input_ids": torch.tensor([source]), "decoder_input_ids": torch.tensor([written])}
        values = torch.log_softmax(ending_model(seed)(**given).logits[0, -1].float(), -1)
    values[PAD] = -math.inf
    return list(values.tolist())


def beam_search(
    seed: int, source: torch.Tensor, *, beams: int, length: int, penalty: float, early: bool | str
) -> list[int]:
    """Search as transformers 4.49 describes it, one source and one hypothesis at a time.

    A source is done when it has `beams` finished hypotheses, and the best candidate of the step would not be better
    than the worst of them.
    """
    finished: list[tuple[float, list[int]]] = []
    running = [(0.0, [END])]
    done = False

    def keep(score: float, ids: list[int]) -> None:
        finished.append((score, ids))
        finished.sort(key=lambda each: -each[0])
        del finished[beams:]

    while not done and len(running[0][1]) < length:
        candidates = []
        for total, ids in running:
            values = next_tokens(seed, tuple(source.tolist()), tuple(ids))
            best = torch.tensor(values).topk(2 * beams)
            candidates += [
                (total + value, [*ids, token])
                for value, token in zip(best.values.tolist(), best.indices.tolist(), strict=True)
            ]
        candidates = sorted(candidates, key=lambda each: -each[0])[: 2 * beams]
        made = len(running[0][1])  # tokens with this step's, less the start
        running = []
        for rank, (total, ids) in enumerate(candidates):
            if ids[-1] != END:
                running.append((total, ids))
            elif rank < beams:
                keep(total / made**penalty, ids)
            if len(running) == beams:
                break
        if len(finished) == beams:
            far = length - 1 if early == "never" and penalty > 0 else made
            done = early is True or finished[-1][0] >= candidates[0][0] / far**penalty
    if not done:
        for total, ids in running:
            keep(total / (len(ids) - 1) ** penalty, ids)
    return finished[0][1]


@cache
def ending_model(seed: int) -> Any:
    """Return a model that has few tokens to choose from, so that some outputs end soon and some never."""
    model = random_model(seed, decoder_vocab_size=10)
    model.__class__ = _beam_stop.exhaustive(IndicTransForConditionalGeneration)
    with torch.no_grad():
        model.lm_head.weight.mul_(0.25)
    return model


SEEDS = (0, 3, 7, 32)  # outputs of these end after 2 to 8 tokens, or not at all


class TestBeamSearch:
    @pytest.mark.parametrize("penalty", [1.0, 0.0, 2.0, -0.5])
    @pytest.mark.parametrize("early", [False, True, "never"])
    @pytest.mark.parametrize("seed", SEEDS)
    def test_it_ends_as_a_plain_search_does(self, seed, early, penalty):
        settings = {"beams": 3, "length": 9, "penalty": penalty, "early": early}
        with torch.inference_mode():
            wanted = [beam_search(seed, row[row != PAD], **settings) for row in SOURCE]
            made = ending_model(seed).generate(
                input_ids=SOURCE, attention_mask=MASK, num_beams=3, max_length=9, length_penalty=penalty,
                early_stopping=early, do_sample=False, suppress_tokens=[PAD],
            )  # fmt: skip
        assert [plain(ids) for ids in made.tolist()] == wanted

    def test_the_cases_above_end_in_different_ways(self):
        lengths = set()
        for seed in SEEDS:
            for row in SOURCE:
                ids = beam_search(seed, row[row != PAD], beams=3, length=9, penalty=1.0, early=False)
                lengths.add((len(ids), ids[-1] == END))
        assert len(lengths) >= 3
        assert {ended for _, ended in lengths} == {True, False}

    def test_end_tokens_and_stopping_criteria_of_the_call_are_used(self):
        from transformers import StoppingCriteriaList

        model = ending_model(0)
        given = {"input_ids": SOURCE, "attention_mask": MASK, "num_beams": 3, "max_length": 9, "do_sample": False}
        with torch.inference_mode():
            other = model.generate(**given, eos_token_id=[END, 4], suppress_tokens=[PAD]).tolist()
            stopped = model.generate(
                **given, suppress_tokens=[PAD, END],
                stopping_criteria=StoppingCriteriaList([lambda ids, _: torch.full((len(ids),), ids.shape[1] >= 5)]),
            ).tolist()  # fmt: skip
        for ids in other:
            inner = plain(ids)[1:-1]
            assert 4 not in inner and END not in inner
        assert [len(plain(ids)) for ids in stopped] == [5, 5, 5]

    def test_the_search_of_transformers_ends_in_other_outputs(self, models):
        """The reason for `ExhaustiveBeamSearch`: if this fails, transformers has changed and the class can go."""
        model = IndicTransForConditionalGeneration.from_pretrained(GOLDEN / "1b-like").eval()
        different = 0
        for batch in batches("1b-like", 4):
            with torch.inference_mode():
                made = model.generate(**inputs(batch), num_beams=5, max_length=40, do_sample=False).tolist()
            different += sum(plain(ids) != plain(e["beam5_ids"]) for ids, e in zip(made, batch, strict=True))
        assert different == 6
