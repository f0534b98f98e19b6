"""The families that a config shows how to ask: seq2seq (any architecture of transformers) and indicbart."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness import models
from harness.core.errors import ModelError
from harness.core.records import ENGLISH, HINDI, Generation, Source
from harness.models import Model
from tests.models import tiny_translators
from tests.models.tiny_translators import HINDI_TEXTS

ARCHITECTURES = ("bart", "pegasus", "t5", "mt5", "umt5")
# How a fine-tune of each translation family is asked through seq2seq, and what its tokenizer calls Hindi.
FINE_TUNES: dict[str, dict[str, Any]] = {
    "mbart50": {"codes": {HINDI: "hi_IN", ENGLISH: "en_XX"}, "forced": "{target}"},
    "nllb": {"codes": {HINDI: HINDI, ENGLISH: ENGLISH}, "forced": "{target}"},
    "m2m100": {"codes": {HINDI: "hi", ENGLISH: "en"}, "forced": "{target}"},
    "marian": {},
}
ARTICLE = " ".join(HINDI_TEXTS)
Build = Callable[..., Path]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Return a checkpoint; no test changes it."""
    built: dict[str, Path] = {}

    def call(kind: str) -> Path:
        if kind not in built:
            folder = tmp_path_factory.mktemp(kind) / "tiny"
            if kind in ARCHITECTURES:
                built[kind] = tiny_translators.generic(folder, kind)
            elif kind == "indicbart":
                built[kind] = tiny_translators.indicbart(folder)
            else:
                built[kind] = tiny_translators.BUILDERS[kind](folder)
        return built[kind]

    return call


def options(family: str, checkpoint: Path, **keys: Any) -> Any:
    given = {"name": "x", "family": family, "checkpoint": checkpoint, "device": "cpu", **keys}
    return models.get(family).options.model_validate(given)


def load(family: str, checkpoint: Path, **keys: Any) -> Model:
    return models.get(family).load(options(family, checkpoint, **keys))


def source(text: str, *, name: str = "a", target: str = HINDI, sentences: Sequence[str] = ()) -> Source:
    return Source(name, "a", "summarise", text, tuple(sentences) or (text,), HINDI, target)


def read(family: str, checkpoint: Path, *sources: Source, **keys: Any) -> list[Generation]:
    made = {generation.id: generation for generation in load(family, checkpoint, **keys).generate(sources)}
    return [made[each.id] for each in sources]


def generated(checkpoint: Path, inputs: Sequence[Sequence[int]], **settings: Any) -> list[list[int]]:
    """Return the ids that transformers' `generate` writes for one input after another."""
    import torch
    from transformers import AutoModelForSeq2SeqLM

    model = AutoModelForSeq2SeqLM.from_pretrained(checkpoint).eval()
    return [model.generate(torch.tensor([list(ids)]), **settings)[0].tolist() for ids in inputs]


class TestAnyArchitecture:
    @pytest.mark.parametrize("kind", ARCHITECTURES)
    def test_outputs_are_those_of_transformers_one_by_one_and_batched(self, build, kind):
        from transformers import AutoTokenizer

        checkpoint = build(kind)
        tokenizer = AutoTokenizer.from_pretrained(checkpoint)
        texts = [f"summarize: {text}" for text in HINDI_TEXTS[:4]]
        rows = generated(checkpoint, [tokenizer(text).input_ids for text in texts])
        expected = [tokenizer.decode(row, skip_special_tokens=True).strip() for row in rows]
        sources = [source(text, name=str(number)) for number, text in enumerate(HINDI_TEXTS[:4])]
        for budget in (None, 1):
            made = read("seq2seq", checkpoint, *sources, prefix="summarize: ", batch_tokens=budget)
            assert [generation.text for generation in made] == expected
        assert len(set(expected)) > 1

    def test_every_architecture_that_is_offered_is_tested(self):
        tested = {*ARCHITECTURES, "m2m_100", "marian", "mbart"}
        assert set(models.get("seq2seq").options.MODEL_TYPES) == tested  # type: ignore[attr-defined]

    def test_a_long_article_is_cut_and_counted(self, build):
        (made,) = read("seq2seq", build("bart"), source(ARTICLE), max_input_tokens=60)
        assert (made.truncated, made.input_tokens) == (True, 59)


class TestFineTunes:
    @pytest.mark.parametrize("kind", FINE_TUNES)
    @pytest.mark.parametrize("unit", ["document", "sentence"])
    def test_outputs_are_those_of_the_family(self, build, kind, unit):
        checkpoint = build(kind)
        sources = [source(text, name=str(n), target=ENGLISH) for n, text in enumerate(HINDI_TEXTS[:3])]
        decoding = {"num_beams": 2}
        one = read("seq2seq", checkpoint, *sources, unit=unit, decoding=decoding, **FINE_TUNES[kind])
        other = read(kind, checkpoint, *sources, decoding=decoding)
        assert [made.text for made in one] == [made.text for made in other]

    def test_a_summary_of_an_mbart_begins_with_the_token_of_its_language(self, build):
        model: Any = load("seq2seq", build("mbart50"), **FINE_TUNES["mbart50"])
        request = model._request([5, 6], source("एक।"), "a")
        count = len(tiny_translators.scores((build("mbart50") / "sentencepiece.bpe.model").read_bytes()))
        assert request.first == count + 10
        assert request.ids == (count + 10, 5, 6, 2)

    @pytest.mark.parametrize(
        ("keys", "said"),
        [
            (
                {"codes": {HINDI: "hi_IN"}, "forced": "{target}"},
                "say under codes what eng_Latn is in it, as in codes: {hin_Deva: hi_IN}",
            ),
            ({"codes": {HINDI: "hi_XX", ENGLISH: "en_XX"}}, "its tokenizer has no token 'hi_XX'"),
            ({**FINE_TUNES["mbart50"], "forced": "<2en>"}, "its tokenizer has no token '<2en>'"),
            ({**FINE_TUNES["mbart50"], "start": "<2{target}>"}, "its tokenizer has no token '<2en_XX>'"),
        ],
        ids=["no code", "wrong code", "wrong forced", "wrong start"],
    )
    def test_a_token_that_the_tokenizer_lacks_is_an_error(self, build, keys, said):
        model: Any = load("seq2seq", build("mbart50"), **keys)
        with pytest.raises(ModelError) as raised:
            list(model.generate([source("एक।", target=ENGLISH)]))
        assert said in str(raised.value)
        assert model._engine is None

    @pytest.mark.parametrize("kind", ["bart", "mbart50"])
    def test_special_tokens_in_a_text_are_text(self, build, kind):
        model: Any = load("seq2seq", build(kind), **FINE_TUNES.get(kind, {}))
        plain, marked = (model._encode(text) for text in ("एक दो", "एक </s> <pad> दो"))
        ends = {0, 1} if kind == "bart" else {1, 2}
        assert not ends & {*plain, *marked}
        assert len(marked) > len(plain)

    def test_a_tokenizer_that_cannot_be_read_is_one_line(self, build, tmp_path):
        folder = Path(shutil.copytree(build("bart"), tmp_path / "copy"))
        (folder / "tokenizer.json").write_text("{", encoding="utf-8")
        with pytest.raises(ModelError) as raised:
            read("seq2seq", folder, source("एक।"))
        assert str(raised.value).startswith(f"{folder}: transformers could not read its tokenizer (")
        assert "\n" not in str(raised.value)

    @pytest.mark.parametrize("unit", ["document", "sentence"])
    def test_a_tokenizer_of_another_size_is_an_error_before_weights_are_read(self, build, tmp_path, unit):
        folder = Path(shutil.copytree(build("indicbart"), tmp_path / "copy"))
        tiny_translators.change(folder / "config.json", {"vocab_size": 50})
        model: Any = load("indicbart", folder, unit=unit)
        with pytest.raises(ModelError, match="vocab_size"):
            list(model.generate([source("एक।")]))
        assert model._engine is None

    def test_sections_and_sentences_exclude_each_other(self, build):
        faults = options("seq2seq", build("bart"), unit="sentence", long="sections").faults(["summarise"])
        assert faults == ["long: sections has no effect with unit: sentence; remove one of them"]

    @pytest.mark.parametrize("unit", ["document", "sentence"])
    def test_what_decides_an_output_is_in_the_identity(self, build, unit):
        plain = options("seq2seq", build("mbart50"), unit=unit, **FINE_TUNES["mbart50"])
        other = [{"prefix": "x "}, {"forced": None}, {"start": "</s>"}, {"codes": {HINDI: "mr_IN", ENGLISH: "en_XX"}}]
        changes = [{}, *other, {"unit": "document" if unit == "sentence" else "sentence"}]
        identities = [models.get("seq2seq").load(plain.model_copy(update=changed)).identity() for changed in changes]
        assert len({json.dumps(identity, sort_keys=True) for identity in identities}) == len(changes)
        assert identities[0]["unit"] == unit

    @pytest.mark.parametrize(
        ("keys", "said"),
        [
            ({}, "the rest is cut"),
            ({"long": "sections"}, "longer ones are read in sections"),
            ({"unit": "sentence"}, "longer sentences are divided at clauses"),
        ],
        ids=["document", "sections", "sentence"],
    )
    def test_a_limit_over_the_positions_is_an_error_that_says_what_happens_to_longer_inputs(self, build, keys, said):
        with pytest.raises(ModelError) as raised:
            load("indicbart", build("indicbart"), max_input_tokens=100_000, **keys)
        assert str(raised.value).endswith(f"remove it, or set it lower: {said}")


class TestIndicBart:
    def test_the_input_ends_with_an_end_and_the_code_of_its_language(self, build):
        model: Any = load("indicbart", build("indicbart"))
        tokenizer = tiny_translators.albert(build("indicbart"))
        for text in [*HINDI_TEXTS[:10], "''एक'' ``दो``"]:
            ids = model._request(model._encode(text), source(text), "a").ids
            assert list(ids) == tokenizer.encode(f"{text}</s><2hi>", add_special_tokens=False)

    @pytest.mark.parametrize("target", [HINDI, ENGLISH])
    def test_outputs_are_those_of_the_card(self, build, target):
        checkpoint = build("indicbart")
        tokenizer = tiny_translators.albert(checkpoint)
        texts = HINDI_TEXTS[:4]
        inputs = [tokenizer.encode(f"{text}</s><2hi>", add_special_tokens=False) for text in texts]
        start = tokenizer.convert_tokens_to_ids({HINDI: "<2hi>", ENGLISH: "<2en>"}[target])
        rows = generated(checkpoint, inputs, num_beams=4, early_stopping=True, decoder_start_token_id=start)
        vocabulary = load("indicbart", checkpoint)._ready()._vocabulary  # type: ignore[attr-defined]
        end = tokenizer.convert_tokens_to_ids("</s>")
        expected = [vocabulary.decode(row[: row.index(end)] if end in row else row) for row in rows]
        sources = [source(text, name=str(n), target=target) for n, text in enumerate(texts)]
        for budget in (None, 1):
            made = read("indicbart", checkpoint, *sources, batch_tokens=budget)
            assert [generation.text for generation in made] == expected
        assert not any("<2" in text for text in expected)

    def test_a_sentence_model_reads_an_article_sentence_by_sentence(self, build):
        checkpoint = build("indicbart")
        alone = read("indicbart", checkpoint, *(source(text, name=text, target=ENGLISH) for text in HINDI_TEXTS[:2]))
        (whole,) = read(
            "indicbart", checkpoint, source(" ".join(HINDI_TEXTS[:2]), target=ENGLISH, sentences=HINDI_TEXTS[:2]),
            unit="sentence",
        )  # fmt: skip
        assert whole.text == " ".join(made.text for made in alone)

    @pytest.mark.parametrize("unit", ["document", "sentence"])
    def test_tokens_outside_the_vocabulary_are_counted(self, build, unit):
        plain, other = read(
            "indicbart",
            build("indicbart"),
            source("एक दो।", name="plain"),
            source("एक 🎉 दो।", name="other"),
            unit=unit,
        )
        assert (plain.unknown_tokens, other.unknown_tokens) == (0, 1)

    @pytest.mark.parametrize("unit", ["document", "sentence"])
    def test_the_end_and_the_code_count_for_the_limit(self, build, unit):
        model: Any = load("indicbart", build("indicbart"), unit=unit, max_input_tokens=60)
        assert model._room == 58

    def test_a_tokenizer_that_strips_vowel_signs_is_refused_before_anything_is_read(self, build, tmp_path):
        folder = Path(shutil.copytree(build("indicbart"), tmp_path / "copy"))
        tiny_translators.albert(folder, keep_accents=False).save_pretrained(folder)
        (folder / "spiece.model").unlink()
        faults = options("indicbart", folder).faults(["summarise"])
        assert len(faults) == 1
        assert "its tokenizer strips vowel signs: हिन्दी में कौन becomes" in faults[0]
        assert "keep_accents=True" in faults[0]

    def test_one_that_keeps_them_is_as_good_as_sentencepiece(self, build, tmp_path):
        folder = Path(shutil.copytree(build("indicbart"), tmp_path / "copy"))
        tiny_translators.albert(folder).save_pretrained(folder)
        (folder / "spiece.model").unlink()
        texts = [source(text, name=str(n)) for n, text in enumerate([*HINDI_TEXTS[:3], "एक </s> दो"])]
        one, other = (read("indicbart", each, *texts) for each in (folder, build("indicbart")))
        assert [made.text for made in one] == [made.text for made in other]

    def test_transformers_strips_vowel_signs_by_default(self, build):
        """If this fails, transformers was repaired: then change the docstring of indicbart.py."""
        tokenizer = tiny_translators.albert(build("indicbart"), keep_accents=False)
        assert tokenizer.decode(tokenizer.encode("हिन्दी में", add_special_tokens=False)) == "हनद म"

    def test_other_scripts_are_refused(self, build):
        with pytest.raises(ModelError, match="IndicBART language in Devanagari 'tam_Taml'"):
            read("indicbart", build("indicbart"), source("एक।", target="tam_Taml"))

    def test_an_end_that_is_not_the_vocabulary_s_is_refused(self, build, tmp_path):
        folder = Path(shutil.copytree(build("indicbart"), tmp_path / "copy"))
        for name in ("config.json", "generation_config.json"):
            tiny_translators.change(folder / name, {"eos_token_id": 2})
        with pytest.raises(ModelError, match=r"ends outputs with token 2, and </s> is \d+ in its vocabulary"):
            read("indicbart", folder, source("एक।"))

    def test_null_in_generation_config_leaves_the_end_to_config_json_as_for_the_engine(self, build, tmp_path):
        folder = Path(shutil.copytree(build("indicbart"), tmp_path / "copy"))
        path = folder / "generation_config.json"
        stored = json.loads(path.read_text(encoding="utf-8"))
        tiny_translators.change(folder / "config.json", {"eos_token_id": stored["eos_token_id"]})
        path.write_text(json.dumps({**stored, "eos_token_id": None}), encoding="utf-8")
        one, other = (read("indicbart", each, source("एक।")) for each in (folder, build("indicbart")))
        assert [made.text for made in one] == [made.text for made in other]

    def test_the_first_line_names_authors_and_licence(self):
        from harness.core import registry

        assert registry.summaries("models")["indicbart"].startswith("IndicBART (Dabre et al., 2022; MIT): ")
