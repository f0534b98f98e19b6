"""The families that translate sentence by sentence, compared with transformers' own tokenizers and `generate`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from harness import models
from harness.core import rankings
from harness.core.errors import ModelError
from harness.core.rankings import Ranked
from harness.core.records import ENGLISH, HINDI, Generation, RankingSource, Source
from harness.models import Model, Ranks
from tests.conftest import Cli
from tests.models import tiny_translators
from tests.models.conftest import Script
from tests.models.scripted import ScriptedEngine
from tests.models.tiny_translators import BUILDERS, ENGLISH_TEXTS, HINDI_TEXTS

FAMILIES = tuple(BUILDERS)
# How transformers' tokenizer names Hindi and English; MADLAD's does not take languages.
NAMES = {
    "nllb": {HINDI: HINDI, ENGLISH: ENGLISH},
    "m2m100": {HINDI: "hi", ENGLISH: "en"},
    "mbart50": {HINDI: "hi_IN", ENGLISH: "en_XX"},
}
FORCED = ("nllb", "m2m100", "mbart50")  # an output begins with the token of its language
DIRECTIONS = [(HINDI, ENGLISH), (ENGLISH, HINDI)]
Folder = Callable[[str], Path]
Make = Callable[..., Path]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Return the checkpoint of a family; no test changes it."""
    built: dict[str, Path] = {}

    def call(family: str) -> Path:
        if family not in built:
            built[family] = BUILDERS[family](tmp_path_factory.mktemp(family) / "tiny")
        return built[family]

    return call


@pytest.fixture
def copy(folder: Folder, tmp_path: Path) -> Make:
    """Copy a family's checkpoint: `copy("nllb", config={...}, without=["tokenizer.json"])`."""

    def call(family: str, without: Sequence[str] = (), **files: dict[str, Any]) -> Path:
        into = Path(shutil.copytree(folder(family), tmp_path / family))
        for name in without:
            (into / name).unlink()
        for name, keys in files.items():
            tiny_translators.change(into / f"{name}.json", keys)
        return into

    return call


@pytest.fixture
def engine(script: Script) -> ScriptedEngine:
    """Return an engine without weights that answers with a few ids of a request."""
    return script(answer=lambda request, sample: request.ids[1:4], vocabulary=10_000)


def load(family: str, checkpoint: Path | str, **keys: Any) -> Model:
    given = {"name": "x", "family": family, "checkpoint": checkpoint, "device": "cpu", **keys}
    return models.get(family).load(models.get(family).options.model_validate(given))


def source(
    text: str, direction: tuple[str, str] = (HINDI, ENGLISH), *, name: str = "a", sentences: Sequence[str] = ()
) -> Source:
    return Source(name, "a", "translate", text, tuple(sentences) or (text,), *direction)


def read(family: str, checkpoint: Path, *sources: Source, **keys: Any) -> dict[str, Generation]:
    model = load(family, checkpoint, **keys)
    try:
        return {generation.id: generation for generation in model.generate(sources)}
    finally:
        model.close()


def encode(family: str, checkpoint: Path, text: str, direction: tuple[str, str] = (HINDI, ENGLISH)) -> list[int]:
    """Return the ids that the family gives to the model."""
    codec: Any = load(family, checkpoint)._ready()  # type: ignore[attr-defined]
    return list(codec.wrap(codec.encode(text, *direction).ids, *direction))


def reference_ids(family: str, checkpoint: Path, text: str, direction: tuple[str, str]) -> list[int]:
    """Return the ids of transformers' own tokenizer."""
    from transformers import AutoTokenizer

    names = NAMES.get(family)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint, **({"src_lang": names[direction[0]]} if names else {}))
    prefix = {HINDI: "<2hi> ", ENGLISH: "<2en> "}[direction[1]] if family == "madlad400" else ""
    return list(tokenizer(prefix + text).input_ids)


def language_id(family: str, checkpoint: Path, language: str) -> int | None:
    """Return the token that transformers' tokenizer has for a language that outputs begin with."""
    from transformers import AutoTokenizer

    if family not in FORCED:
        return None
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    name = NAMES[family][language]
    return int(tokenizer.get_lang_id(name) if family == "m2m100" else tokenizer.convert_tokens_to_ids(name))


def decoded(model: Any, sources: Sequence[Source]) -> list[tuple[int, ...]]:
    """Return the ids of the outputs of a family, in the order of the sources."""
    codec = model._ready()
    works = [codec.encode(each.text, each.language, each.target) for each in sources]
    requests = [model._request(each, work, 0) for each, work in zip(sources, works, strict=True)]
    outputs = {
        output.request: output.ids for batch in model._loaded().decode(requests, model._decoding) for output in batch
    }
    return [outputs[number] for number in range(len(sources))]


def generated(family: str, checkpoint: Path, sources: Sequence[Source], **settings: Any) -> list[tuple[int, ...]]:
    """Return the ids that transformers' `generate` gives for one sentence after another."""
    import torch
    from transformers import AutoModelForSeq2SeqLM

    model = AutoModelForSeq2SeqLM.from_pretrained(checkpoint).eval()
    outputs = []
    for each in sources:
        ids = torch.tensor([reference_ids(family, checkpoint, each.text, (each.language, each.target))])
        forced = language_id(family, checkpoint, each.target)
        row = model.generate(ids, **settings, **({} if forced is None else {"forced_bos_token_id": forced}))[0]
        end = model.generation_config.eos_token_id
        written = row.tolist()[1:]
        outputs.append(tuple(written[: written.index(end)] if end in written else written))
    return outputs


BOTH = [source(text, name=f"hi{number}") for number, text in enumerate(HINDI_TEXTS[:4])] + [
    source(text, (ENGLISH, HINDI), name=f"en{number}") for number, text in enumerate(ENGLISH_TEXTS[:2])
]


def texts_of(family: str) -> list[Source]:
    """Return sources in both directions, or in the one that the family's checkpoint has."""
    return [each for each in BOTH if family != "marian" or each.language == HINDI]


@pytest.mark.parametrize("family", FAMILIES)
class TestParity:
    def test_the_ids_of_an_input_are_those_of_transformers(self, folder, family):
        checkpoint = folder(family)
        for direction in DIRECTIONS[: 1 if family == "marian" else 2]:
            texts = HINDI_TEXTS if direction[0] == HINDI else ENGLISH_TEXTS
            for text in texts[:10]:
                assert encode(family, checkpoint, text, direction) == reference_ids(family, checkpoint, text, direction)

    @pytest.mark.parametrize("beams", [None, 1], ids=["the checkpoint's beams", "greedy"])
    def test_the_ids_of_outputs_are_those_of_generate(self, folder, family, beams):
        checkpoint, sources = folder(family), texts_of(family)
        authors = models.get(family).options.AUTHORS["num_beams"]  # type: ignore[attr-defined]
        expected = generated(family, checkpoint, sources, num_beams=beams or authors)
        decoding = {"num_beams": 1} if beams else {}
        one_by_one = load(family, checkpoint, batch_tokens=1, decoding=decoding)
        batched = load(family, checkpoint, decoding=decoding)
        assert decoded(one_by_one, sources) == expected
        assert decoded(batched, sources) == expected
        assert len(set(expected)) == len(sources)

    def test_the_logits_are_those_of_transformers(self, folder, family):
        import torch
        from transformers import AutoModelForSeq2SeqLM

        checkpoint = folder(family)
        ids = torch.tensor([reference_ids(family, checkpoint, HINDI_TEXTS[0], (HINDI, ENGLISH))])
        written = torch.tensor([[2, 5, 7, 9]])
        reference = AutoModelForSeq2SeqLM.from_pretrained(checkpoint).eval()
        ours = load(family, checkpoint)._loaded()._model  # type: ignore[attr-defined]
        with torch.inference_mode():
            one = reference(input_ids=ids, decoder_input_ids=written).logits
            other = ours(input_ids=ids, decoder_input_ids=written).logits
        assert torch.allclose(one, other, atol=1e-5)
        assert one.std() > 0.1

    def test_a_pickle_gives_the_same_outputs(self, folder, family, tmp_path):
        pickled = BUILDERS[family](tmp_path / "pickled", weights="pickle")
        sources = texts_of(family)[:2]
        expected = decoded(load(family, folder(family)), sources)
        assert decoded(load(family, pickled, pickle="pytorch_model.bin"), sources) == expected

    def test_an_article_is_translated_sentence_by_sentence(self, folder, family):
        checkpoint = folder(family)
        alone = read(family, checkpoint, *(source(text, name=text) for text in HINDI_TEXTS[:3]))
        article = "\n".join([" ".join(HINDI_TEXTS[:2]), HINDI_TEXTS[2]])
        (whole,) = read(family, checkpoint, source(article, sentences=HINDI_TEXTS[:3])).values()
        first, second, third = (alone[text].text for text in HINDI_TEXTS[:3])
        assert whole.text == f"{first} {second}\n{third}"
        assert whole.output_tokens == sum(generation.output_tokens for generation in alone.values())

    def test_an_unknown_language_is_an_error_before_weights_are_read(self, folder, family, engine):
        for direction in ((HINDI, "xyz_Latn"), ("xyz_Latn", ENGLISH)):
            if family == "madlad400" and direction[1] == ENGLISH:
                continue  # its input does not name the source's language
            with pytest.raises(ModelError, match="xyz_Latn"):
                read(family, folder(family), source("एक।", direction))
        assert engine.weights is None

    def test_special_tokens_in_a_text_are_text(self, folder, family):
        plain, marked = (encode(family, folder(family), text) for text in ("एक दो", "एक </s> <pad> दो"))
        assert len(marked) > len(plain)
        assert marked.count(plain[-1]) == 1

    def test_a_long_sentence_is_divided(self, folder, family, engine):
        text = f"{HINDI_TEXTS[0].rstrip('।')}, और {HINDI_TEXTS[1]}"
        (made,) = read(family, folder(family), source(text), max_input_tokens=40).values()
        assert len(engine.asked) > 1
        assert all(len(request.ids) <= 40 for request in engine.asked)
        assert made.split_sentences == 1

    def test_another_architecture_is_refused(self, copy, family):
        with pytest.raises(ModelError, match=f"family '{family}' runs model_type"):
            load(family, copy(family, config={"model_type": "bart"}))

    def test_the_first_line_names_authors_and_licence(self, family):
        from harness.core import registry

        summary = registry.summaries("models")[family]
        licences = set(models.get(family).options.LICENCES.values())  # type: ignore[attr-defined]
        assert " et al., " in summary or "Team, " in summary
        assert all(licence in summary for licence in licences or {"licence not stated"})


class TestFirstToken:
    @pytest.mark.parametrize("family", FORCED)
    def test_every_output_begins_with_the_token_of_its_language(self, folder, family):
        outputs = decoded(load(family, folder(family)), BOTH)
        assert [ids[0] for ids in outputs] == [language_id(family, folder(family), each.target) for each in BOTH]

    @pytest.mark.parametrize("family", FORCED)
    def test_the_token_is_not_in_the_text(self, folder, family):
        for made in read(family, folder(family), *BOTH).values():
            assert not any(name in made.text for name in ("__en__", "__hi__", "en_XX", "hi_IN", HINDI, ENGLISH))

    @pytest.mark.parametrize("family", FORCED)
    def test_a_checkpoint_with_one_output_language_refuses_others(self, copy, family, engine):
        checkpoint = copy(family)
        english = language_id(family, checkpoint, ENGLISH)
        tiny_translators.change(checkpoint / "config.json", {"forced_bos_token_id": english})
        read(family, checkpoint, source("एक।"))
        with pytest.raises(
            ModelError, match=rf"it writes eng_Latn only \(forced_bos_token_id {english}\), and hin_Deva"
        ):
            read(family, checkpoint, source("One.", (ENGLISH, HINDI)))

    @pytest.mark.parametrize("family", [*FORCED, "marian"])
    def test_without_a_start_in_the_files_the_decoder_starts_as_the_authors_did(self, folder, copy, family):
        nothing = {"decoder_start_token_id": None}
        checkpoint = copy(family, config=nothing, generation_config=nothing)
        sources = texts_of(family)[:2]
        assert decoded(load(family, checkpoint), sources) == decoded(load(family, folder(family)), sources)


class TestNumbers:
    """The ids of languages on the hub, as distances from the number of pieces (NLLB has 256,000, mBART-50 250,000)."""

    @pytest.mark.parametrize(
        ("family", "language", "distance"),
        [("nllb", ENGLISH, 47), ("nllb", HINDI, 68), ("mbart50", ENGLISH, 4), ("mbart50", HINDI, 10)],
    )
    def test_languages_come_after_the_pieces(self, folder, family, language, distance):
        checkpoint = folder(family)
        count = len(tiny_translators.scores((checkpoint / "sentencepiece.bpe.model").read_bytes()))
        direction = (language, ENGLISH if language == HINDI else HINDI)
        assert encode(family, checkpoint, "", direction)[0] == count + distance

    @pytest.mark.parametrize(("language", "number"), [(ENGLISH, 128022), (HINDI, 128036)])
    def test_those_of_m2m100_come_after_its_vocabulary_of_128_004(self, language, number):
        from harness.models.m2m100 import LANGUAGES

        assert 128_004 + LANGUAGES.index({ENGLISH: "en", HINDI: "hi"}[language]) == number


class TestTokenizerJson:
    @pytest.mark.parametrize("family", ["nllb", "mbart50"])
    def test_a_checkpoint_may_have_nothing_else(self, folder, copy, family):
        bare = copy(family, without=["sentencepiece.bpe.model"])
        for text in [*HINDI_TEXTS[:10], "एक </s> दो", "hin_Deva hi_IN एक"]:
            assert encode(family, bare, text) == encode(family, folder(family), text)
        sources = texts_of(family)[:2]
        one, other = read(family, bare, *sources), read(family, folder(family), *sources)
        assert [made.text for made in one.values()] == [made.text for made in other.values()]

    @pytest.mark.parametrize("family", ["nllb", "mbart50"])
    def test_without_any_tokenizer_there_is_one_line(self, copy, family):
        bare = copy(family, without=["sentencepiece.bpe.model", "tokenizer.json"])
        with pytest.raises(ModelError) as raised:
            read(family, bare, source("एक।"))
        assert str(raised.value) == f"{bare}: no tokenizer: expected sentencepiece.bpe.model or tokenizer.json in it"


class TestNllb:
    def test_the_end_comes_first_where_the_checkpoint_says_so(self, copy):
        checkpoint = copy("nllb", tokenizer_config={"legacy_behaviour": True})
        ids = encode("nllb", checkpoint, HINDI_TEXTS[0])
        assert ids == reference_ids("nllb", checkpoint, HINDI_TEXTS[0], (HINDI, ENGLISH))
        assert ids[-2:] == [2, language_id("nllb", checkpoint, HINDI)]

    def test_transformers_takes_an_unknown_code_for_unknown_text(self, folder):
        """If this fails, transformers was repaired: then change the docstring of nllb.py."""
        from transformers import AutoTokenizer

        assert AutoTokenizer.from_pretrained(folder("nllb")).convert_tokens_to_ids("xyz_Latn") == 3


class TestLimits:
    @pytest.mark.parametrize(("family", "limit"), [("nllb", 512), ("m2m100", 250)])
    def test_a_model_of_sentences_reads_no_more_than_it_was_trained_on(self, copy, family, limit):
        for stated, expected in ((1024, limit), (100, 100)):
            checkpoint = copy(family, tokenizer_config={"model_max_length": stated})
            assert load(family, checkpoint)._limit == expected  # type: ignore[attr-defined]
            shutil.rmtree(checkpoint)

    @pytest.mark.parametrize(("family", "positions"), [("mbart50", 256), ("marian", 128)])
    def test_a_limit_over_the_positions_is_an_error_before_weights_are_read(self, folder, family, positions):
        assert load(family, folder(family))._limit == positions  # type: ignore[attr-defined]
        with pytest.raises(ModelError) as raised:
            load(family, folder(family), max_input_tokens=positions + 1)
        assert str(raised.value) == (
            f"{folder(family)}: max_input_tokens {positions + 1} is over the {positions} that it was trained to read; "
            "remove it, or set it lower: longer sentences are divided at clauses"
        )

    @pytest.mark.parametrize(("family", "positions"), [("mbart50", 256), ("marian", 128)])
    def test_outputs_longer_than_the_positions_are_an_error_before_weights_are_read(self, folder, family, positions):
        with pytest.raises(ModelError) as raised:
            load(family, folder(family), decoding={"max_new_tokens": positions + 1})
        assert str(raised.value) == (
            f"{folder(family)}: max_new_tokens {positions + 1} is over the {positions} positions of the model; set it "
            "lower under decoding"
        )
        load(family, folder(family), decoding={"max_new_tokens": positions})


class TestOldPickles:
    @pytest.mark.parametrize("name", ["model.encoder.embed_positions.weights", "model.decoder.embed_positions.weights"])
    def test_stored_sinusoidal_positions_are_ignored(self, folder, copy, name):
        import torch

        pickled = BUILDERS["m2m100"](copy("m2m100").parent / "pickled", weights="pickle")
        path = pickled / "pytorch_model.bin"
        torch.save({**torch.load(path), name: torch.zeros(66, 16)}, path)
        sources = texts_of("m2m100")[:2]
        expected = decoded(load("m2m100", folder("m2m100")), sources)
        assert decoded(load("m2m100", pickled, pickle="pytorch_model.bin"), sources) == expected


class TestOtherModels:
    @pytest.mark.parametrize(("family", "other"), [("nllb", "m2m100"), ("m2m100", "nllb")])
    def test_a_model_of_the_same_architecture_is_refused(self, folder, family, other):
        options = models.get(family).options.model_validate({
            "name": "x",
            "family": family,
            "checkpoint": folder(other),
            "device": "cpu",
        })
        assert len(options.faults(["translate"])) == 1

    def test_mbart_of_25_languages_with_its_code_at_the_end_is_refused(self, copy):
        checkpoint = copy("mbart50", without=["tokenizer.json"])
        rows = len(tiny_translators.scores((checkpoint / "sentencepiece.bpe.model").read_bytes())) + 27
        tiny_translators.change(checkpoint / "config.json", {"vocab_size": rows})
        with pytest.raises(ModelError, match="they are not one model's"):
            read("mbart50", checkpoint, source("एक।"))


class TestMadlad:
    @pytest.mark.parametrize("name", ["shared.weight", "decoder.embed_tokens.weight", "encoder.embed_tokens.weight"])
    def test_an_embedding_stored_once_under_any_name_gives_the_same_outputs(self, folder, copy, name):
        from safetensors.torch import load_file, save_file

        checkpoint = copy("madlad400")
        path = checkpoint / "model.safetensors"
        tensors = load_file(path)
        embedding = tensors["shared.weight"]
        kept = {key: tensor for key, tensor in tensors.items() if "embed_tokens" not in key and key != "shared.weight"}
        assert "lm_head.weight" in kept
        save_file({**kept, name: embedding.clone()}, path, metadata={"format": "pt"})
        expected = decoded(load("madlad400", folder("madlad400")), BOTH)
        assert decoded(load("madlad400", checkpoint), BOTH) == expected

    def test_a_lost_output_layer_is_an_error(self, copy):
        from safetensors.torch import load_file, save_file

        checkpoint = copy("madlad400")
        path = checkpoint / "model.safetensors"
        tensors = load_file(path)
        del tensors["lm_head.weight"]
        save_file(tensors, path, metadata={"format": "pt"})
        with pytest.raises(ModelError, match=r"lm_head\.weight"):
            read("madlad400", checkpoint, source("एक।"))

    def test_a_fine_tune_that_transformers_5_saved_gives_the_same_outputs(self, folder, tmp_path):
        from transformers import AutoModelForSeq2SeqLM

        saved = Path(shutil.copytree(folder("madlad400"), tmp_path / "saved"))
        AutoModelForSeq2SeqLM.from_pretrained(saved).save_pretrained(saved)
        assert decoded(load("madlad400", saved), BOTH) == decoded(load("madlad400", folder("madlad400")), BOTH)

    def test_a_code_that_is_not_a_piece_is_an_error(self, folder, engine):
        with pytest.raises(ModelError, match="its vocabulary has no piece '<2ta>' for tam_Taml"):
            read("madlad400", folder("madlad400"), source("एक।", (HINDI, "tam_Taml")))
        assert engine.weights is None

    def test_transformers_reads_a_rare_character_as_the_end(self, folder):
        """If this fails, transformers was repaired: then change the docstring of madlad400.py."""
        assert 2 in reference_ids("madlad400", folder("madlad400"), "एक 😀 दो", (HINDI, ENGLISH))[:-1]
        assert 2 not in encode("madlad400", folder("madlad400"), "एक 😀 दो")[:-1]

    def test_float16_is_refused(self, folder):
        options = models.get("madlad400").options.model_validate({
            "name": "x",
            "family": "madlad400",
            "checkpoint": folder("madlad400"),
            "dtype": "float16",
        })
        assert options.faults(["translate"])[0].startswith("dtype: float16 is refused")


class TestMarian:
    def test_the_padding_token_is_never_written(self, folder, copy, tmp_path):
        from safetensors.torch import load_file, save_file
        from transformers import AutoTokenizer

        checkpoint = folder("marian")
        pad = AutoTokenizer.from_pretrained(checkpoint).pad_token_id
        assert load("marian", checkpoint)._decoding.others["bad_words_ids"] == [[pad]]  # type: ignore[attr-defined]
        sources = texts_of("marian")
        # A model that would write nothing else.
        eager, without = copy("marian"), tmp_path / "without"
        path = eager / "model.safetensors"
        tensors = load_file(path)
        tensors["final_logits_bias"][0, pad] = 1000.0
        save_file(tensors, path, metadata={"format": "pt"})
        shutil.copytree(eager, without)
        tiny_translators.change(without / "generation_config.json", {"bad_words_ids": None})
        assert not any(pad in ids for ids in decoded(load("marian", eager), sources))
        assert all(pad in ids for ids in decoded(load("marian", without), sources))

    @pytest.mark.parametrize(
        ("direction", "said"),
        [
            ((ENGLISH, HINDI), r"it translates from 'hi' \(tokenizer_config.json\), and eng_Latn was asked for"),
            ((HINDI, "tam_Taml"), r"it translates into 'en' \(tokenizer_config.json\), and tam_Taml was asked for"),
        ],
    )
    def test_another_direction_is_refused(self, folder, engine, direction, said):
        with pytest.raises(ModelError, match=said):
            read("marian", folder("marian"), source("एक।", direction))
        assert engine.weights is None

    def test_a_checkpoint_of_several_output_languages_reads_the_one_that_is_asked_for(self, tmp_path, engine):
        checkpoint = tiny_translators.marian(tmp_path / "mul", languages=[">>eng<<", ">>mar<<"])
        read("marian", checkpoint, source("एक।"), source("एक।", (HINDI, "mar_Deva"), name="b"))
        assert [request.ids[0] for request in engine.asked] == [2, 3]
        with pytest.raises(
            ModelError, match="its vocabulary has no token for tam_Taml; its output languages are eng, mar"
        ):
            read("marian", checkpoint, source("एक।", (HINDI, "tam_Taml")))

    def test_a_vocabulary_for_each_side_is_refused(self, copy):
        with pytest.raises(ModelError, match="share_encoder_decoder_embeddings: false"):
            load("marian", copy("marian", config={"share_encoder_decoder_embeddings": False}))


class TestHub:
    def test_check_shows_the_family_s_licence_if_the_hub_states_none(self, hub, folder, run_cli: Cli, write_config):
        hub.push("facebook/nllb-200-distilled-600M", folder("nllb"))
        system = "{name: nllb, family: nllb, checkpoint: facebook/nllb-200-distilled-600M, device: cpu}"
        answer = run_cli("check", write_config(systems=f"[{system}]"), "--format", "json")
        assert answer.code == 0
        assert '"licence": "CC-BY-NC-4.0"' in answer.out

    def test_a_config_fills_the_translate_table(self, folder, run_cli: Cli, write_config, tmp_path):
        systems = ", ".join(
            f"{{name: {family}, family: {family}, checkpoint: {folder(family)}, decoding: {{max_new_tokens: 6}}}}"
            for family in FAMILIES
        )
        config = write_config(systems=f"[{systems}]")
        answer = run_cli("run", config, "--results", tmp_path / "results", "--limit", 3)
        assert answer.code == 0
        assert all(family in answer.out for family in FAMILIES)


class TestIntoHindi:
    @pytest.fixture
    def config(self, folder: Folder, tmp_path: Path) -> Path:
        """A config that translates three English sentences with every family that can."""
        dataset = tmp_path / "three"
        dataset.mkdir()
        (dataset / "dataset.yaml").write_text('licence: "CC BY 4.0"\ncitation: "three sentences"\n', encoding="utf-8")
        rows: dict[str, list[dict[str, str]]] = {"articles.eng_Latn": [], "translations": []}
        for number, text in enumerate(ENGLISH_TEXTS[:3], start=1):
            place = {"id": f"three/01#s{number:02d}", "paragraph": "three/01#p01", "kind": "body"}
            rows["articles.eng_Latn"].append({**place, "text": text})
            rows["translations"].append({
                "id": place["id"],
                "version": "close",
                "language": HINDI,
                "text": HINDI_TEXTS[number - 1],
            })
        for name, lines in rows.items():
            content = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in lines)
            (dataset / f"{name}.jsonl").write_text(content, encoding="utf-8")
        families = [family for family in FAMILIES if family != "marian"]
        systems = [
            {"name": family, "family": family, "checkpoint": str(folder(family)), "decoding": {"max_new_tokens": 6}}
            for family in families
        ]
        path = tmp_path / "config.yaml"
        path.write_text(
            f"name: hindi\ndatasets: [{{format: collection, path: {dataset}}}]\n"
            "tasks: [{name: translate, target: hin_Deva}]\n"
            f"systems: {json.dumps(systems)}\nstatistics: {{resamples: 100}}\n",
            encoding="utf-8",
        )
        return path

    def test_every_family_translates_english_articles_and_hindi_metrics_score_them(self, config, run_cli, tmp_path):
        answer = run_cli("run", config, "--results", tmp_path / "results", "--format", "json")
        assert answer.code == 0, answer.err
        (task,) = json.loads(answer.out)["tasks"]
        rows = {row["name"]: row for row in task["systems"]}
        assert task["task"] == "translate-hin_Deva"
        for family in FAMILIES:
            if family != "marian":
                assert rows[family]["metrics"]["chrf++"]["segments"] == 3
                assert "tok:intl" in rows[family]["metrics"]["bleu"]["signature"]


def with_candidates(each: Source, candidates: Sequence[str]) -> RankingSource:
    own = {field.name: getattr(each, field.name) for field in fields(each)}
    return RankingSource(**own, candidates=tuple(sorted(candidates)))


def target_ids(family: str, checkpoint: Path, text: str, target: str) -> list[int]:
    """Return the ids of an output by transformers' own tokenizer, with the end and without a language."""
    from transformers import AutoTokenizer

    names = NAMES.get(family)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint, **({"tgt_lang": names[target]} if names else {}))
    ids = list(tokenizer(text_target=text).input_ids)
    return [token for token in ids if token != language_id(family, checkpoint, target)]


@pytest.mark.parametrize("family", FAMILIES)
class TestRankings:
    TEXTS = (ENGLISH_TEXTS[0], ENGLISH_TEXTS[1], " ".join(reversed(ENGLISH_TEXTS[0].split())))

    def ranked(self, family: str, checkpoint: Path, *sources: RankingSource, **keys: Any) -> dict[str, list[Ranked]]:
        model = load(family, checkpoint, **keys)
        assert isinstance(model, Ranks)
        try:
            return {each.id: rankings.read(each.text) for each in model.rank(sources)}
        finally:
            model.close()

    def test_the_ids_of_a_target_are_those_of_transformers_and_give_the_text_back(self, folder, family):
        codec: Any = load(family, folder(family))._ready()  # type: ignore[attr-defined]
        for text in self.TEXTS:
            ids = codec.write(text, ENGLISH, {})
            assert [*ids, target_ids(family, folder(family), text, ENGLISH)[-1]] == target_ids(
                family, folder(family), text, ENGLISH
            )
            if codec.unknown not in ids:
                assert codec.decode(ids, ENGLISH, codec.encode("", HINDI, ENGLISH)) == text

    def test_the_probabilities_are_those_of_the_labels_of_transformers(self, folder, family):
        import torch
        from transformers import AutoModelForSeq2SeqLM

        checkpoint = folder(family)
        model = AutoModelForSeq2SeqLM.from_pretrained(checkpoint).eval()
        read = with_candidates(source(HINDI_TEXTS[0]), self.TEXTS)
        (found,) = self.ranked(family, checkpoint, read).values()
        ids = torch.tensor([reference_ids(family, checkpoint, HINDI_TEXTS[0], (HINDI, ENGLISH))])
        forced = language_id(family, checkpoint, ENGLISH)
        for each in found:
            target = target_ids(family, checkpoint, each.text, ENGLISH)
            labels = torch.tensor([[*([] if forced is None else [forced]), *target]])
            with torch.inference_mode():
                logits = model(input_ids=ids, labels=labels).logits.log_softmax(-1)
            tokens = logits[0].gather(-1, labels[0][:, None])[:, 0][-len(target) :]
            assert each.tokens == len(target)
            assert each.log_probability == pytest.approx(float(tokens.sum()), rel=1e-4)

    def test_a_ranking_has_every_candidate_and_does_not_depend_on_the_batch(self, folder, family):
        sources = [with_candidates(source(text, name=text), self.TEXTS[number:]) for number, text in enumerate(HINDI_TEXTS[:3])]  # fmt: skip # noqa: E501
        together = self.ranked(family, folder(family), *sources)
        assert {name: {each.text for each in of} for name, of in together.items()} == {
            each.id: set(each.candidates) for each in sources
        }
        for each in sources:
            ((name, alone),) = self.ranked(family, folder(family), each, batch_tokens=1).items()
            assert [one.text for one in alone] == [one.text for one in together[name]]
            assert [one.mean for one in alone] == pytest.approx([one.mean for one in together[name]], rel=1e-4)

    def test_every_sample_has_the_same_ranking(self, folder, family):
        model = load(family, folder(family), decoding={"samples": 2, "do_sample": True})
        assert isinstance(model, Ranks)
        one, other = model.rank([with_candidates(source(HINDI_TEXTS[0]), self.TEXTS)])
        assert (one.sample, other.sample, one.text) == (0, 1, other.text)

    def test_a_source_that_is_too_long_is_an_error(self, folder, family):
        read = with_candidates(source(" ".join(HINDI_TEXTS)), self.TEXTS)
        with pytest.raises(ModelError, match="tokens is too long to rank texts for it; the limit is"):
            self.ranked(family, folder(family), read, max_input_tokens=64)

    def test_an_engine_without_probabilities_is_an_error(self, folder, family, engine):
        with pytest.raises(ModelError, match="gives no probabilities; choose engine: transformers"):
            self.ranked(family, folder(family), with_candidates(source(HINDI_TEXTS[0]), self.TEXTS))
