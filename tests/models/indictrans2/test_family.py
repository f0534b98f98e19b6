"""The family indictrans2: from articles to translations, against the golden files and with a scripted engine."""

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
from harness.engines import Decoding
from harness.models import Model
from harness.models.indictrans2 import processor
from harness.models.indictrans2.tokenizer import IndicTransTokenizer
from tests.conftest import Cli
from tests.models.conftest import Script
from tests.models.scripted import ScriptedEngine
from tests.paths import DATA

GOLDEN = DATA / "indictrans2"
KINDS = ("dist200m-like", "1b-like")
END = 2
Make = Callable[..., Path]


@pytest.fixture
def engine(script: Script) -> ScriptedEngine:
    """Return an engine without weights that answers with the first three ids of a sentence."""
    return script(answer=lambda request, sample: request.ids[2:5], vocabulary=363, seconds=0.25)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Copy a golden checkpoint: `make(config={...})` with other keys, `make(without=[...])` with files missing."""

    def call(kind: str = "dist200m-like", without: Sequence[str] = (), **files: dict[str, Any]) -> Path:
        folder = Path(shutil.copytree(GOLDEN / kind, tmp_path / kind))
        for name in without:
            (folder / name).unlink()
        for file, changes in files.items():
            path = folder / f"{file}.json"
            path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")
        return folder

    return call


def load(folder: Path | str = GOLDEN / "dist200m-like", **keys: Any) -> Model:
    given = {"name": "x", "family": "indictrans2", "checkpoint": folder, "device": "cpu", **keys}
    return models.get("indictrans2").load(models.get("indictrans2").options.model_validate(given))


def source(
    text: str, *, name: str = "a", sentences: Sequence[str] = (), language: str = HINDI, target: str = ENGLISH
) -> Source:
    return Source(name, "a", "translate", text, tuple(sentences) or (text,), language, target)


def read(*sources: Source, folder: Path = GOLDEN / "dist200m-like", **keys: Any) -> list[Generation]:
    return list(load(folder, **keys).generate(sources))


def tokens(text: str) -> list[int]:
    prepared = processor.preprocess(text, HINDI, ENGLISH)
    return IndicTransTokenizer(GOLDEN / "dist200m-like").encode(prepared.body)


class TestParity:
    @pytest.mark.slow
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize(
        "keys", [{}, {"batch_tokens": 200}, {"text_rules": "authors"}], ids=["as usual", "200 tokens", "text rules"]
    )
    def test_translations_are_those_of_the_authors_code(self, kind, keys):
        examples = json.loads((GOLDEN / kind / "expected.json").read_text(encoding="utf-8"))["examples"]
        sources = [source(example["raw"], name=str(number)) for number, example in enumerate(examples)]
        made = read(*sources, folder=GOLDEN / kind, decoding={"max_length": 40}, **keys)
        texts = {generation.id: generation.text for generation in made}
        assert texts == {str(number): example["beam5_postprocessed"] for number, example in enumerate(examples)}

    def test_the_authors_decoding_is_the_default(self, engine):
        read(source("एक"))
        assert engine.decodings[-1] == Decoding(max_new_tokens=255, num_beams=5, beam_stop="exhaustive")

    def test_sentences_are_padded_on_the_left_and_the_network_is_the_port(self, engine):
        read(source("एक"))
        assert engine.settings.padding == "left"
        assert engine.weights.architecture == "harness.models.indictrans2.network:IndicTransForConditionalGeneration"

    def test_the_model_reads_codes_tokens_and_an_end(self, engine):
        (made,) = read(source("वार्ता हुई।"))
        (asked,) = engine.asked
        assert asked.ids == (362, 361, *tokens("वार्ता हुई।"), END)  # hin_Deva, eng_Latn in dict.SRC.json
        assert asked.start == ()
        assert made.input_tokens == len(tokens("वार्ता हुई।"))


class TestArticles:
    TEXT = "पहला वाक्य। दूसरा वाक्य।\nतीसरा वाक्य।"
    SENTENCES = ("पहला वाक्य।", "दूसरा वाक्य।", "तीसरा वाक्य।")

    def test_each_sentence_is_translated_alone_and_paragraphs_are_kept(self, engine):
        words = {tuple(tokens(text)): number for number, text in enumerate(self.SENTENCES)}
        # Ids of the target's vocabulary: "▁t", "▁a", "▁in".
        engine.answer = lambda request, sample: ([21], [19], [20])[words[request.ids[2:-1]]]
        (made,) = read(source(self.TEXT, sentences=self.SENTENCES))
        vocabulary = json.loads((GOLDEN / "dist200m-like" / "dict.TGT.json").read_text(encoding="utf-8"))
        written = {number: piece.lstrip("▁") for piece, number in vocabulary.items()}
        assert len(engine.asked) == 3
        assert made.text == f"{written[21]} {written[19]}\n{written[20]}"

    @pytest.mark.parametrize("backwards", [False, True])
    def test_an_article_is_yielded_after_its_last_sentence(self, engine, backwards):
        engine.backwards = backwards
        engine.answer = lambda request, sample: [24]
        made = read(source(self.TEXT, name="long", sentences=self.SENTENCES), source("एक।", name="short"))
        assert [generation.id for generation in made] == (["short", "long"] if backwards else ["long", "short"])
        assert [generation.output_tokens for generation in made] == ([1, 3] if backwards else [3, 1])

    def test_seconds_and_tokens_are_summed_and_one_stopped_sentence_marks_the_output(self, engine):
        engine.finish = "length"
        (made,) = read(source(self.TEXT, sentences=self.SENTENCES))
        assert made.seconds == 0.75
        assert made.finish == "length"
        assert made.input_tokens == sum(len(tokens(sentence)) for sentence in self.SENTENCES)

    def test_every_sample_joins_its_own_sentences(self, engine):
        engine.answer = lambda request, sample: [24 + sample]
        made = read(
            source(self.TEXT, sentences=self.SENTENCES), decoding={"do_sample": True, "samples": 2, "num_beams": 1}
        )
        assert [generation.sample for generation in made] == [0, 1]
        assert made[0].text != made[1].text
        assert len({request.key for request in engine.asked}) == 3


class TestUntranslated:
    @pytest.mark.parametrize("text", ["", "   ", "***", "— — —", "।", "🙂", " \n ", "₹ %"])
    def test_a_text_without_a_word_is_unchanged_and_loads_no_weights(self, engine, text):
        (made,) = read(source(text))
        assert made.text == text
        assert (made.input_tokens, made.output_tokens, made.cut_tokens, made.truncated) == (0, 0, 0, False)
        assert engine.weights is None

    def test_also_inside_an_article(self, engine):
        engine.answer = lambda request, sample: [24]
        (made,) = read(source("एक।\n***\nदो।", sentences=("एक।", "***", "दो।")))
        assert made.text.split("\n")[1] == "***"
        assert len(engine.asked) == 2

    @pytest.mark.parametrize("text", ["2024", "२०२४", "x", "अ"])
    def test_a_digit_or_a_letter_is_something_to_translate(self, engine, text):
        read(source(text))
        assert len(engine.asked) == 1

    def test_samples_of_it_are_all_the_same(self, engine):
        made = read(source("***"), decoding={"do_sample": True, "samples": 3, "num_beams": 1})
        assert [(generation.sample, generation.text) for generation in made] == [(0, "***"), (1, "***"), (2, "***")]


class TestPlaceholders:
    def test_the_texts_of_placeholders_are_kept_with_their_sentence(self, engine):
        pieces = IndicTransTokenizer(GOLDEN / "dist200m-like")
        target = json.loads((GOLDEN / "dist200m-like" / "dict.TGT.json").read_text(encoding="utf-8"))
        # The target's vocabulary cannot spell a placeholder, so the tokenizer's answer is scripted.
        engine.answer = lambda request, sample: [target["on"]]
        text = "पता @VikramMisri। पता https://mea.gov.in/a?b=1 है।"
        model = load()
        codec = model._ready()
        codec._tokenizer.decode = lambda ids, authors: "See < ID1 > ."
        (made,) = model.generate([source(text, sentences=("पता @VikramMisri।", "पता https://mea.gov.in/a?b=1 है।"))])
        assert made.text == "See @VikramMisri. See https://mea.gov.in/a?b=1."
        assert pieces.unknown == 3


class TestLongSentences:
    LONG = "विदेश मंत्री ने कहा कि वार्ता सफल रही, और दोनों देशों ने समझौते पर हस्ताक्षर किए, लेकिन कई मुद्दे अब भी बाकी हैं।"

    def test_it_is_split_at_clauses_joined_again_and_counted(self, engine):
        engine.answer = lambda request, sample: [24]
        (made,) = read(source(self.LONG), max_input_tokens=60)
        assert len(engine.asked) > 1
        assert all(len(request.ids) <= 60 for request in engine.asked)
        assert made.split_sentences == 1
        assert (made.truncated, made.cut_tokens) == (False, 0)
        assert len(made.text.split()) == len(engine.asked)

    def test_the_limit_is_the_checkpoint_s(self, engine):
        sentence = " ".join([self.LONG] * 4)
        (made,) = read(source(sentence))
        assert len(engine.asked) > 1
        assert max(len(request.ids) for request in engine.asked) <= 256
        assert made.split_sentences == 1

    def test_one_that_fits_is_not_cut(self, engine):
        (made,) = read(source(self.LONG))
        assert len(engine.asked) == 1
        assert made.split_sentences == 0

    def test_a_word_without_end_is_cut_off_and_counted(self, engine):
        (made,) = read(source("क" * 400), max_input_tokens=60)
        assert made.truncated
        assert made.input_tokens == 57
        assert made.cut_tokens == len(tokens("क" * 400)) - 57

    @pytest.mark.parametrize(("limit", "said"), [(40, "1 sentence was"), (30, "3 sentences were")])
    def test_the_table_shows_the_number_of_split_sentences(
        self, engine, run_cli: Cli, write_config, tmp_path, limit, said
    ):
        system = f"{{name: it2, family: indictrans2, checkpoint: {GOLDEN / KINDS[0]}, max_input_tokens: {limit}}}"
        config = write_config(systems=f"[{system}]")
        answer = run_cli("run", config, "--results", tmp_path / "results", "--limit", 3)
        assert answer.code == 0
        assert f"it2: {said} too long for the model and read in parts that end at clauses" in answer.out


class TestRun:
    def test_a_config_with_a_checkpoint_fills_the_translate_table(self, run_cli: Cli, write_config, tmp_path):
        systems = ", ".join(
            f"{{name: {kind}, family: indictrans2, checkpoint: {GOLDEN / kind}, decoding: {{max_length: 12}}}}"
            for kind in KINDS
        )
        config = write_config(systems=f"[{systems}]")
        answer = run_cli("run", config, "--results", tmp_path / "results", "--format", "json")
        assert answer.code == 0
        (task,) = json.loads(answer.out)["tasks"]
        rows = {row["name"]: row for row in task["systems"]}
        assert set(KINDS) <= set(rows)
        for kind in KINDS:
            assert rows[kind]["metrics"]["chrf++"]["segments"] == 19

    def test_check_shows_how_it_would_run(self, run_cli: Cli, write_config):
        system = f"{{name: it2, family: indictrans2, checkpoint: {GOLDEN / '1b-like'}}}"
        answer = run_cli("check", write_config(systems=f"[{system}]"))
        assert answer.code == 0
        told = " ".join(answer.out.split())
        expected = "checkpoint: input_tokens 256; authors: num_beams 5, max_new_tokens 255, beam_stop exhaustive"
        assert f"it2: {expected}" in told
        assert "inputs over the limit: longer sentences are divided at clauses (it2)" in told

    @pytest.mark.parametrize("direction", [(ENGLISH, HINDI), (HINDI, "tam_Taml"), ("urd_Arab", "pan_Guru")])
    def test_other_directions_load_if_the_checkpoint_knows_the_codes(self, make, engine, direction):
        folder = make()
        path = folder / "dict.SRC.json"
        stored = json.loads(path.read_text(encoding="utf-8"))
        for code in {*direction} - set(stored):
            stored[code] = len(stored)
        path.write_text(json.dumps(stored), encoding="utf-8")
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps(config | {"encoder_vocab_size": len(stored)}), encoding="utf-8")
        read(source("Hello 12", language=direction[0], target=direction[1]), folder=folder)
        assert engine.asked[0].ids[:2] == (stored[direction[0]], stored[direction[1]])


class TestHub:
    NAME = "ai4bharat/indictrans2-indic-en-dist-200M"

    def test_a_gated_checkpoint_says_where_to_accept_the_terms_and_how_to_log_in(self, hub):
        hub.push(self.NAME, GOLDEN / "dist200m-like", gated=401)
        with pytest.raises(ModelError) as caught:
            load(self.NAME)
        message = str(caught.value)
        assert message.startswith(f"{self.NAME}: access is gated; accept its terms at {hub.url}/{self.NAME} ")
        assert "hf auth login (or set HF_TOKEN)" in message

    def test_a_checkpoint_from_the_hub_gives_the_outputs_of_its_folder(self, hub):
        commit = hub.push(self.NAME, GOLDEN / "dist200m-like")
        settings = {"decoding": {"max_length": 8}}
        text = "भारत और जापान के बीच वार्ता।"
        model = load(self.NAME, **settings)
        assert model.identity()["checkpoint"] == {
            "name": self.NAME, "commit": commit, "weights": "model.safetensors"
        }  # fmt: skip
        (made,) = model.generate([source(text)])
        assert made.text == read(source(text), **settings)[0].text

    def test_missing_files_on_the_hub_are_named(self, hub):
        hub.push(self.NAME, GOLDEN / "dist200m-like", without=["model.TGT"])
        with pytest.raises(ModelError, match=r"lacks model\.TGT: a checkpoint of indictrans2 has dict\.SRC"):
            load(self.NAME)


class TestRefusals:
    def message(self, run_cli: Cli, write_config: Any, folder: Path, **keys: Any) -> str:
        system = {"name": "it2", "family": "indictrans2", "checkpoint": str(folder), **keys}
        answer = run_cli("check", write_config(systems=json.dumps([system])))
        assert answer.code == 2
        (line,) = answer.err.splitlines()
        return line

    def test_missing_vocabulary_files_are_named(self, run_cli, write_config, make):
        folder = make(without=["dict.TGT.json", "model.SRC"])
        line = self.message(run_cli, write_config, folder)
        assert f"{folder} lacks dict.TGT.json, model.SRC" in line
        assert "is the copy complete?" in line

    @pytest.mark.parametrize("kind", ["RotaryIndicTrans", "rotary_indictrans"])
    def test_rotary_variants_are_refused(self, run_cli, write_config, make, kind):
        line = self.message(run_cli, write_config, make(config={"model_type": kind}))
        assert (
            f"model_type {kind} is IndicTrans2 with rotary positions, another network, which is not supported" in line
        )
        assert "ai4bharat/indictrans2-indic-en-dist-200M" in line

    def test_another_architecture_is_refused(self, run_cli, write_config, make):
        line = self.message(run_cli, write_config, make(config={"model_type": "m2m_100"}))
        assert "runs model_type IndicTrans, and its config.json has 'm2m_100'" in line

    def test_sections_are_for_families_that_read_documents(self, run_cli, write_config, make):
        assert "long" in self.message(run_cli, write_config, make(), long="sections")

    def test_more_than_its_positions_is_refused(self):
        with pytest.raises(ModelError, match="max_input_tokens 300 is over the 256 that it was trained to read"):
            load(max_input_tokens=300)

    @pytest.mark.parametrize("key", ["encoder_vocab_size", "decoder_vocab_size"])
    @pytest.mark.parametrize("rows", [100, 30_000])
    def test_a_vocabulary_that_does_not_fit_its_embedding_is_refused_before_weights_are_read(
        self, make, engine, key, rows
    ):
        size = {"encoder_vocab_size": 363, "decoder_vocab_size": 264}[key]
        with pytest.raises(ModelError, match=rf"has {size} tokens and its embedding {rows:,} rows \({key}"):
            read(source("एक"), folder=make(config={key: rows}))
        assert engine.weights is None

    @pytest.mark.parametrize(
        ("language", "target", "message"),
        [
            ("hin_Dev", ENGLISH, "unknown IndicTrans2 language 'hin_Dev'; did you mean 'hin_Deva'"),
            (HINDI, "eng_Lat", "unknown IndicTrans2 language 'eng_Lat'; did you mean 'eng_Latn'"),
            (HINDI, "tam_Taml", "does not know 'tam_Taml': .* is it one of another direction"),
        ],
    )
    def test_an_unknown_language_is_an_error_before_weights_are_read(self, engine, language, target, message):
        with pytest.raises(ModelError, match=message):
            read(source("एक", language=language, target=target))
        assert engine.weights is None

    def test_a_missing_head_is_named(self, make):
        from safetensors.torch import load_file, save_file

        folder = make("1b-like")
        tensors = load_file(folder / "model.safetensors")
        del tensors["lm_head.weight"]
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        with pytest.raises(ModelError, match=r"lm_head\.weight is in no file"):
            read(source("एक"), folder=folder)

    def test_a_head_that_differs_from_the_required_one_is_named(self, make):
        from safetensors.torch import load_file, save_file

        folder = make()
        tensors = load_file(folder / "model.safetensors")
        tensors["lm_head.weight"] = tensors["model.decoder.embed_tokens.weight"] * 2
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        with pytest.raises(ModelError, match=r"lm_head\.weight is model\.decoder\.embed_tokens\.weight"):
            read(source("एक"), folder=folder)

    def test_a_layer_of_another_kind_is_refused_in_one_line(self, make):
        with pytest.raises(ModelError, match="encoder_normalize_before and decoder_normalize_before must be true"):
            read(source("एक"), folder=make(config={"encoder_normalize_before": False}))

    @pytest.mark.parametrize("name", ["indictrans2-en-indic-dist-200M", "my-indictrans2-indic-indic-1B"])
    def test_a_checkpoint_of_another_direction_is_recognised_by_its_name(self, engine, tmp_path, name):
        folder = Path(shutil.copytree(GOLDEN / KINDS[0], tmp_path / name))
        with pytest.raises(ModelError, match="hin_Deva to eng_Latn was asked for; name its indic-en counterpart"):
            read(source("एक"), folder=folder)

    def test_a_limit_beyond_its_positions_is_reported_with_the_config(self, run_cli, write_config, make):
        assert "is over the 256" in self.message(run_cli, write_config, make(), max_input_tokens=9000)


class TestSentences:
    def test_words_that_are_in_no_sentence_are_sentences(self, engine):
        engine.answer = lambda request, sample: [24]
        text = "शुरू। एक। बीच\nदो। अंत"
        (made,) = read(source(text, sentences=("एक।", "दो।")))
        assert [request.ids[2:-1] for request in engine.asked] == [
            tuple(tokens(part)) for part in ("शुरू।", "एक।", "बीच", "दो।", "अंत")
        ]
        assert made.text.count("\n") == 1

    def test_without_sentences_the_text_is_one(self, engine):
        made = Source("a", "a", "translate", "भारत आया।", (), HINDI, ENGLISH)
        (made,) = read(made)
        assert len(engine.asked) == 1

    def test_a_part_without_words_is_not_translated_either(self, engine):
        read(source("क ख ग घ - च छ ज झ"), max_input_tokens=8)
        assert all(set(request.ids[2:-1]) - set(tokens("-")) for request in engine.asked)


class TestTextRules:
    PLAIN, TOUCHED = "वार्ता हुई।", "वार्ता हुई|फिर चाय आई।"

    def test_the_authors_rules_are_read_as_the_config_says(self, engine):
        read(source(self.TOUCHED), text_rules="authors")
        (asked,) = engine.asked
        body = processor.preprocess(self.TOUCHED, HINDI, ENGLISH, "authors").body
        assert asked.ids[2:-1] == tuple(IndicTransTokenizer(GOLDEN / KINDS[0]).encode(body))
        assert asked.ids[2:-1] != tuple(tokens(self.TOUCHED))

    def test_an_output_departs_if_the_model_read_another_text(self, engine):
        (plain, touched) = read(source(self.PLAIN, name="a"), source(self.TOUCHED, name="b"))
        assert (plain.departs, touched.departs) == (False, True)

    def test_an_output_departs_if_its_own_text_differs(self, engine):
        model = load()
        model._ready()._tokenizer.decode = lambda ids, authors: "the'new'plan" if authors else "the ' new ' plan"
        (made,) = model.generate([source(self.PLAIN)])
        assert (made.text, made.departs) == ("the 'new' plan", True)

    def test_one_sentence_makes_an_article_depart(self, engine):
        text = f"{self.PLAIN} {self.TOUCHED}"
        (made,) = read(source(text, sentences=(self.PLAIN, self.TOUCHED)))
        assert made.departs is True

    def test_an_output_of_the_authors_rules_does_not(self, engine):
        (made,) = read(source(self.TOUCHED), text_rules="authors")
        assert made.departs is False

    def test_nothing_to_compare_is_not_compared(self, engine):
        (made,) = read(source("***"))
        assert made.departs is None

    @pytest.mark.parametrize(("rules", "said"), [("corrected", True), ("authors", False)])
    def test_the_table_shows_how_many_outputs_a_deviation_touched(self, engine, run_cli: Cli, tmp_path, rules, said):
        articles = tmp_path / "news.tsv"
        articles.write_text(f"hindi\tenglish\n{self.PLAIN}\tTalks.\n{self.TOUCHED}\tTea.\n", encoding="utf-8")
        columns = "columns: {source: hindi, reference: english}"
        config = tmp_path / "config.yaml"
        config.write_text(
            f"datasets: [{{format: tabular, path: {articles}, {columns}}}]\ntasks: [translate]\n"
            f"systems: [{{name: it2, family: indictrans2, checkpoint: {GOLDEN / KINDS[0]}, text_rules: {rules}}}]\n",
            encoding="utf-8",
        )
        answer = run_cli("run", config, "--results", tmp_path / "results")
        assert answer.code == 0, answer.err
        note = "it2: text_rules: corrected changed 1 of 2 outputs, or what the model read for them"
        assert (note in " ".join(answer.out.split())) == said

    def test_the_default_changes_no_identity_and_no_digest_of_a_config(self):
        options = models.get("indictrans2").options
        given = {"name": "x", "family": "indictrans2", "checkpoint": GOLDEN / KINDS[0]}
        default, corrected, authors = (
            options.model_validate(given | keys)
            for keys in ({}, {"text_rules": "corrected"}, {"text_rules": "authors"})
        )
        assert "text_rules" not in default.fingerprint()
        assert default.fingerprint() == corrected.fingerprint() != authors.fingerprint()
        assert "text_rules" not in load().identity()
        assert load(text_rules="authors").identity() == {**load().identity(), "text_rules": "authors"}


class TestIdentity:
    def test_any_change_of_a_tokenizer_file_changes_the_identity(self, make):
        folder = make()
        before = load(folder).identity()
        path = folder / "dict.TGT.json"
        path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
        assert load(folder).identity()["checkpoint"] != before["checkpoint"]
