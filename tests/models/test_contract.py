"""Rules for every model family, and the behaviour of each family without weights."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import models, tasks
from harness.core import files, registry, text
from harness.core.errors import FileError, HarnessError, InputError, ModelError
from harness.core.records import ENGLISH, HINDI, Generation, Source
from harness.datasets import FolderOptions, handwritten
from harness.models import Family, Model, SystemOptions, textrank
from harness.models._seq2seq.options import CheckpointOptions
from harness.tasks import TaskKind
from tests.paths import DATASET

INDIA_JAPAN = handwritten.load(FolderOptions(path=DATASET))
FORMS = [
    task.choose(unit=unit, target=target)
    for task in map(tasks.get, registry.names("tasks"))
    for unit in task.units
    for target in task.targets
    if task.kind != "translation" or target != task.source  # the other direction reads English articles
]
FAMILIES = registry.names("models")
# Families with weights have tests of their own; these need no weights.
WITHOUT_WEIGHTS = ["copy-source", "lead", "random", "replay", "textrank", "transliterate"]
# For each option, another value than the default: the identity must change with it.
OTHER_VALUES: dict[str, dict[str, Any]] = {
    "copy-source": {},
    "lead": {"sentences": 2},
    "random": {"sentences": 2, "seed": 1},
    "textrank": {"sentences": 2},
    "transliterate": {"scheme": "iso"},
}
# Options that have no default.
REQUIRED = {
    "chat": {"checkpoint": "Qwen/Qwen3-8B"},
    "replay": {"path": "x"},
    "mt5": {"checkpoint": "google/mt5-small"},
    "indicbart": {"checkpoint": "ai4bharat/IndicBART-XLSum"},
    "indictrans2": {"checkpoint": "ai4bharat/indictrans2-indic-en-1B"},
    "m2m100": {"checkpoint": "facebook/m2m100_418M"},
    "madlad400": {"checkpoint": "google/madlad400-3b-mt"},
    "marian": {"checkpoint": "Helsinki-NLP/opus-mt-hi-en"},
    "mbart50": {"checkpoint": "facebook/mbart-large-50-many-to-many-mmt"},
    "nllb": {"checkpoint": "facebook/nllb-200-distilled-600M"},
    "openai": {"base_url": "http://localhost:8000/v1", "model": "Qwen/Qwen3-8B"},
    "seq2seq": {"checkpoint": "facebook/bart-base"},
}
# `chat` and `seq2seq` run checkpoints of any authors, and `openai` asks any server.
PUBLISHED = sorted(REQUIRED.keys() - {"chat", "openai", "replay", "seq2seq"})
DEVANAGARI = re.compile("[\u0900-\u097f\ua8e0-\ua8ff]")


def load(family: str, **options: Any) -> Model:
    found = models.get(family)
    return found.load(found.options(name="x", family=family, **options))


def output(model: Model, *sources: Source) -> dict[str, str]:
    return {generation.id: generation.text for generation in model.generate(sources)}


def source(*sentences: str, name: str = "a#s01", task: str = "summarise", target: str = HINDI) -> Source:
    return Source(name, name.partition("#")[0], task, " ".join(sentences), sentences, HINDI, target)


def to_translate(content: str) -> Source:
    return source(content, task="translate", target=ENGLISH)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_family_of_published_checkpoints_states_whom_to_cite_and_its_licence(name: str) -> None:
    model = models.get(name).options
    assert issubclass(model, CheckpointOptions)
    assert model.CITATION is not None
    assert re.match(r"\w+( Team| et al\.| and \w+) \(20\d\d\), \S", model.CITATION)
    line = registry.summaries("models")[name]
    assert re.search(r"20\d\d\b.*\b(MIT|Apache-2\.0|CC-BY-NC|licence not stated)", line)


@pytest.fixture
def any_model(request, tmp_path) -> Model:
    """Return the model of the family under test; replay gets a file with a text for every source."""
    if request.param != "replay":
        return load(request.param)
    for form in (form for form in FORMS if models.get("replay").does(form)):
        rows = [{"id": unit.id, "text": f"text of {unit.id}"} for unit in tasks.sources(form, INDIA_JAPAN)]
        lines = [files.dumps(row) + "\n" for row in rows]
        files.write_parts(tmp_path / f"{form.label}.jsonl", lines)
    return load("replay", path=tmp_path / "{task}.jsonl")


class TestEveryFamily:
    def test_every_registered_family_is_known_here(self):
        assert set(WITHOUT_WEIGHTS) <= set(FAMILIES)
        assert set(OTHER_VALUES) == {*WITHOUT_WEIGHTS} - {"replay"}

    @pytest.mark.parametrize("name", FAMILIES)
    def test_its_options_refuse_keys_that_they_do_not_have(self, name):
        options = models.get(name).options
        required = REQUIRED.get(name, {})
        assert options(name="x", family=name, **required)
        with pytest.raises(ValidationError, match="no_such_key"):
            options(name="x", family=name, no_such_key=1, **required)

    @pytest.mark.parametrize("name", FAMILIES)
    def test_its_options_are_described_and_cannot_be_changed_in_place(self, name):
        options = models.get(name).options
        assert options.model_config["extra"] == "forbid"
        assert options.model_config["frozen"]
        assert [key for key, field in options.model_fields.items() if not field.description] == []

    @pytest.mark.parametrize("name", FAMILIES)
    @pytest.mark.parametrize("system", ["", "a/b", "a b", "../x", "a\n", "x" * 81], ids=repr)
    def test_a_system_s_name_must_be_fit_for_a_file_s_name(self, name, system):
        required = REQUIRED.get(name, {})
        with pytest.raises(ValidationError, match="name"):
            models.get(name).options(name=system, family=name, **required)

    @pytest.mark.parametrize("name", FAMILIES)
    def test_it_does_at_least_one_task_of_each_kind_that_it_declares(self, name):
        family = models.get(name)
        assert set(family.kinds) <= set(get_args(TaskKind))
        for kind in family.kinds:
            assert [form for form in FORMS if form.kind == kind and family.does(form)]

    @pytest.mark.parametrize(
        ("languages", "same", "different", "abilities"),
        [
            ("same", True, False, "summarisation in the source's own language"),
            ("different", False, True, "summarisation into another language"),
            ("any", True, True, "summarisation"),
        ],
    )
    def test_its_tasks_follow_from_the_kind_of_task_and_the_languages(self, languages, same, different, abilities):
        family = Family(options=SystemOptions, load=lambda _: None, kinds=("summarisation",), languages=languages)
        assert family.does(tasks.get("summarise")) == same
        assert family.does(tasks.get("summarise").choose(target=ENGLISH)) == different
        assert not family.does(tasks.get("translate"))
        assert family.abilities() == abilities

    @pytest.mark.parametrize(
        ("name", "labels"),
        [
            ("lead", {"summarise", "headline", "gist"}),
            ("random", {"summarise", "headline", "gist"}),
            ("textrank", {"summarise", "headline", "gist"}),
            ("copy-source", {"challenge", "translate", "translate-paragraph", "translate-article"}),
            ("transliterate", {"challenge", "translate", "translate-paragraph", "translate-article"}),
            ("replay", {form.label for form in FORMS if form.kind != "ranking"}),
        ],
    )
    def test_each_family_does_the_tasks_that_make_sense_for_it(self, name, labels):
        family = models.get(name)
        assert {form.label for form in FORMS if family.does(form)} == labels

    @pytest.mark.parametrize("name", FAMILIES)
    def test_it_ranks_translations_if_it_translates_and_gives_probabilities(self, name):
        family = models.get(name)
        ranking = next(form for form in FORMS if form.kind == "ranking")
        translates = family.does(tasks.get("translate"))
        # The engine asks only encoder-decoder models for the probability of a text.
        assert family.options.RANKS is (issubclass(family.options, CheckpointOptions) and name != "chat")
        assert family.does(ranking) is (translates and family.options.RANKS)
        if translates:
            assert family.lacks_probabilities(ranking) is not family.options.RANKS

    @pytest.mark.parametrize("any_model", WITHOUT_WEIGHTS, indirect=True)
    def test_it_gives_one_text_for_each_source_of_the_article(self, any_model, request):
        family = models.get(request.node.callspec.params["any_model"])
        for form in FORMS:
            if family.does(form):
                sources = tasks.sources(form, INDIA_JAPAN)
                generations = list(any_model.generate(sources))
                assert sorted(g.id for g in generations) == sorted(s.id for s in sources), form.label
                assert all(isinstance(g, Generation) and g.text.strip() for g in generations), form.label

    @pytest.mark.parametrize("any_model", WITHOUT_WEIGHTS, indirect=True)
    def test_it_yields_each_text_as_soon_as_it_is_done(self, any_model, request):
        family = models.get(request.node.callspec.params["any_model"])
        form = next(form for form in FORMS if family.does(form))
        first = tasks.sources(form, INDIA_JAPAN)[0]
        assert next(iter(any_model.generate([first] * 2))).id == first.id

    @pytest.mark.parametrize("any_model", WITHOUT_WEIGHTS, indirect=True)
    def test_no_source_is_no_text(self, any_model):
        assert list(any_model.generate([])) == []

    @pytest.mark.parametrize("any_model", WITHOUT_WEIGHTS, indirect=True)
    def test_its_identity_is_json_and_names_family_and_recipe(self, any_model, request):
        identity = any_model.identity()
        assert json.loads(files.dumps(dict(identity))) == identity
        assert identity["family"] == request.node.callspec.params["any_model"]
        assert isinstance(identity["recipe"], int)

    @pytest.mark.parametrize(
        ("name", "option", "value"),
        [(name, option, value) for name, values in OTHER_VALUES.items() for option, value in values.items()],
    )
    def test_its_identity_changes_with_each_option(self, name, option, value):
        assert load(name).identity() != load(name, **{option: value}).identity()

    @pytest.mark.parametrize("name", OTHER_VALUES)
    def test_every_option_is_among_those_that_must_change_the_identity(self, name):
        own = set(models.get(name).options.model_fields) - set(SystemOptions.model_fields)
        assert own == set(OTHER_VALUES[name])

    @pytest.mark.parametrize("name", OTHER_VALUES)
    def test_its_name_and_its_tasks_are_no_part_of_the_identity(self, name):
        family = models.get(name)
        plain = family.load(family.options(name="x", family=name))
        renamed = family.load(family.options(name="y", family=name, tasks=("gist",)))
        assert plain.identity() == renamed.identity()

    @pytest.mark.parametrize("name", OTHER_VALUES)
    def test_it_is_the_same_again_when_loaded_again(self, name):
        family = models.get(name)
        for form in FORMS:
            if family.does(form):
                sources = tasks.sources(form, INDIA_JAPAN)
                assert output(load(name), *sources) == output(load(name), *sources)

    def test_an_unknown_family_is_answered_with_the_nearest(self):
        with pytest.raises(InputError, match="unknown model family 'textrnk'; did you mean 'textrank'"):
            models.get("textrnk")


class TestLead:
    @pytest.mark.parametrize(
        ("count", "expected"), [(1, "एक।"), (2, "एक। दो।"), (3, "एक। दो। तीन।"), (9, "एक। दो। तीन।")]
    )
    def test_it_takes_the_first_sentences_and_no_more_than_there_are(self, count, expected):
        assert output(load("lead", sentences=count), source("एक।", "दो।", "तीन।")) == {"a#s01": expected}

    @pytest.mark.parametrize("name", ["lead", "random", "textrank"])
    @pytest.mark.parametrize("count", [0, -1])
    def test_fewer_than_one_sentence_is_refused(self, name, count):
        with pytest.raises(ValidationError, match="greater than or equal to 1"):
            load(name, sentences=count)


class TestRandom:
    SENTENCES = tuple(f"वाक्य {number}।" for number in range(30))

    def test_it_draws_sentences_of_the_source_in_reading_order(self):
        drawn = output(load("random", sentences=5), source(*self.SENTENCES))["a#s01"]
        numbers = [int(number) for number in re.findall(r"\d+", drawn)]
        assert len(set(numbers)) == 5
        assert numbers == sorted(numbers)
        assert drawn == " ".join(self.SENTENCES[number] for number in numbers)

    def test_the_draw_does_not_depend_on_order_or_on_other_sources(self):
        sources = [source(*self.SENTENCES, name=f"a#s{number:02d}") for number in range(20)]
        together = output(load("random"), *sources)
        assert output(load("random"), *reversed(sources)) == together
        assert {s.id: output(load("random"), s)[s.id] for s in sources} == together

    def test_it_does_not_touch_the_global_generator(self):
        import random  # the standard library's

        random.seed(0)
        expected = random.random()
        random.seed(0)
        output(load("random"), source(*self.SENTENCES))
        assert random.random() == expected

    @pytest.mark.parametrize("seed", [0, 1, 7, 2**40])
    def test_sources_and_seeds_draw_differently(self, seed):
        sources = [source(*self.SENTENCES, name=f"a#s{number:02d}") for number in range(20)]
        here = output(load("random", seed=seed), *sources)
        there = output(load("random", seed=seed + 1), *sources)
        assert len(set(here.values())) > 5
        assert sum(here[s.id] != there[s.id] for s in sources) > 10

    def test_every_sentence_is_about_equally_likely(self):
        sources = [source("एक।", "दो।", "तीन।", name=f"a#s{number}") for number in range(600)]
        drawn = list(output(load("random"), *sources).values())
        # 200 expected of 600; 4 standard deviations are 46.
        assert all(abs(drawn.count(sentence) - 200) < 46 for sentence in ("एक।", "दो।", "तीन।"))

    def test_a_number_above_that_of_the_sentences_gives_all_of_them(self):
        assert output(load("random", sentences=9), source("एक।", "दो।")) == {"a#s01": "एक। दो।"}


class TestTextRank:
    def expected(self, sentences: list[list[str]]) -> np.ndarray:
        """PageRank as the solution of its linear system, r = (1 - d)/n + d T r, from the paper's formulas."""
        count = len(sentences)
        weight = np.zeros((count, count))
        for i, first in enumerate(sentences):
            for j, second in enumerate(sentences):
                if i != j and len(first) * len(second) > 1:
                    weight[i, j] = len({*first} & {*second}) / (np.log(len(first)) + np.log(len(second)))
        columns = [column / column.sum() if column.sum() else np.full(count, 1 / count) for column in weight.T]
        ranks = np.linalg.solve(np.eye(count) - 0.85 * np.array(columns).T, np.full(count, 0.15 / count))
        return np.asarray(ranks / ranks.sum())

    def test_the_article_is_ranked_as_an_independent_solution_ranks_it(self):
        (body,) = tasks.sources(tasks.get("summarise"), INDIA_JAPAN)
        sentences = [text.words(sentence) for sentence in body.sentences]
        ranks = self.expected(sentences)
        assert np.allclose(textrank.rank(sentences), ranks, atol=1e-8)
        best = sorted(np.argsort(-ranks)[:3])
        assert output(load("textrank", sentences=3), body)[body.id] == " ".join(body.sentences[i] for i in best)

    @given(st.lists(st.lists(st.sampled_from("कखगघचछ"), min_size=1, max_size=6), min_size=1, max_size=8))
    @settings(derandomize=True, max_examples=200, deadline=None)
    def test_ranks_are_pagerank_s_for_any_sentences(self, sentences):
        ranks = textrank.rank(sentences)
        assert np.allclose(ranks, self.expected(sentences), atol=1e-8)
        assert np.isclose(ranks.sum(), 1)
        assert (ranks > 0).all()

    def test_the_sentence_that_shares_words_with_all_others_is_first(self):
        sentences = ("सेब आम", "नदी पहाड़", "आम नदी चावल दाल", "चावल रोटी", "दाल सड़क")
        assert output(load("textrank"), source(*sentences)) == {"a#s01": "आम नदी चावल दाल"}

    def test_ties_go_to_the_earlier_sentence(self):
        assert output(load("textrank", sentences=2), source("क ख", "ग घ", "च छ")) == {"a#s01": "क ख ग घ"}

    def test_chosen_sentences_keep_the_order_of_the_source(self):
        sentences = ("नदी पहाड़", "क ख", "झील", "क ख नदी")  # the last is the best, the second is the next best
        assert textrank.rank([sentence.split() for sentence in sentences]).argsort()[::-1][:2].tolist() == [3, 1]
        assert output(load("textrank", sentences=2), source(*sentences)) == {"a#s01": "क ख क ख नदी"}

    @pytest.mark.parametrize(
        ("sentences", "expected"),
        [
            pytest.param(("एक।", "दो।"), "एक। दो।", id="more asked for than there are"),
            pytest.param(("केवल एक।",), "केवल एक।", id="one sentence"),
            pytest.param((), "", id="none"),
            pytest.param(("।", "!"), "। !", id="no words"),
            pytest.param(("क", "क"), "क क", id="one word each, where the paper's formula divides by log 1 + log 1"),
        ],
    )
    def test_short_sources_are_given_whole(self, sentences, expected):
        assert output(load("textrank", sentences=5), source(*sentences)) == {"a#s01": expected}

    def test_no_sentence_has_no_rank(self):
        assert textrank.rank([]).shape == (0,)


class TestCopySource:
    def test_the_source_comes_back_unchanged(self):
        content = "\u00a0विदेश  सचिव @VikramMisri,\n'14वें' × "
        assert output(load("copy-source"), to_translate(content)) == {"a#s01": content}


class TestTransliterate:
    SCHEMES = ("iso", "iast", "itrans", "optitrans")

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_the_article_comes_out_in_latin_letters_with_its_handle_and_digits(self, scheme):
        sources = tasks.sources(tasks.get("translate"), INDIA_JAPAN)
        found = output(load("transliterate", scheme=scheme), *sources)
        for unit in sources:
            assert not DEVANAGARI.search(found[unit.id])
            assert re.findall(r"\d+", found[unit.id]) == re.findall(r"\d+", unit.text)
            assert text.script_share(found[unit.id], "Latn") == 1
        assert " X " in found["india-japan#s12"]
        assert "@VikramMisri" in found["india-japan#s12"]

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_a_danda_becomes_a_full_stop(self, scheme):
        (found,) = output(load("transliterate", scheme=scheme), to_translate("यह है।")).values()
        assert found.endswith(".")
        assert "|" not in found

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            pytest.param("भारत", "bhArata", id="word"),
            pytest.param("१४ मार्च २०२२", "14 mArcha 2022", id="Devanagari digits"),
            pytest.param("", "", id="empty"),
            pytest.param("Tokyo 12:30", "Tokyo 12:30", id="Latin stays"),
        ],
    )
    def test_plain_ascii_is_the_default(self, content, expected):
        assert output(load("transliterate"), to_translate(content)) == {"a#s01": expected}

    @pytest.mark.parametrize("scheme", SCHEMES)
    @pytest.mark.parametrize(
        "content",
        [
            "ज़रूरत",
            "ज\u093cरूरत",
            "ऑफ़िस",
            "बैंक",
            "बॅंक",
            "सड़क पढ़ाई",
            "ऩ ऱ ऴ",
            "१२.५॥",
            "मा॰",
            "क्\u200dष",
            "ॐ",
            "ॲप",
            "दुःख",
            "चाँद",
        ],
    )
    def test_no_letter_of_hindi_stays_in_devanagari(self, scheme, content):
        (found,) = output(load("transliterate", scheme=scheme), to_translate(content)).values()
        assert not DEVANAGARI.search(found)
        assert "{" not in found

    def test_it_does_not_read_english(self):
        into_hindi = tasks.get("translate").choose(target=HINDI)
        family = models.get("transliterate")
        assert family.does(tasks.get("translate")) and not family.does(into_hindi)
        assert family.abilities() == "translation from hin_Deva into another language"
        assert models.get("copy-source").does(into_hindi)

    def test_an_unknown_scheme_is_refused(self):
        with pytest.raises(ValidationError, match="scheme"):
            load("transliterate", scheme="hunterian")


class TestReplay:
    def write(self, path: Path, *rows: dict[str, Any] | str) -> Path:
        lines = [row if isinstance(row, str) else files.dumps(row) for row in rows]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    def test_it_returns_the_text_of_the_file_for_each_source_in_any_order(self, tmp_path):
        path = self.write(tmp_path / "x.jsonl", {"id": "b", "text": "दो"}, {"id": "a", "text": "एक", "seconds": 3})
        found = output(load("replay", path=path), source("?", name="a"), source("?", name="b"))
        assert found == {"a": "एक", "b": "दो"}

    def test_an_empty_text_is_a_text(self, tmp_path):
        path = self.write(tmp_path / "x.jsonl", {"id": "a", "text": ""})
        assert output(load("replay", path=path), source("?", name="a")) == {"a": ""}

    def test_task_in_the_path_stands_for_the_task_s_name(self, tmp_path):
        for task in ("gist", "headline"):
            (tmp_path / task).mkdir()
            self.write(tmp_path / task / f"{task}.jsonl", {"id": "a", "text": f"for {task}"})
        model = load("replay", path=tmp_path / "{task}" / "{task}.jsonl")
        for task in ("gist", "headline"):
            assert output(model, source("?", name="a", task=task)) == {"a": f"for {task}"}

    def test_a_relative_path_is_relative_to_the_config(self, tmp_path):
        options = models.get("replay").options(name="x", family="replay", path="outputs/x.jsonl")
        assert options.resolve(tmp_path).path == tmp_path / "outputs" / "x.jsonl"
        absolute = models.get("replay").options(name="x", family="replay", path=tmp_path / "x.jsonl")
        assert absolute.resolve(Path("configs")).path == tmp_path / "x.jsonl"

    def test_a_source_without_a_text_is_named(self, tmp_path):
        path = self.write(tmp_path / "x.jsonl", {"id": "a", "text": "एक"})
        with pytest.raises(ModelError) as error:
            output(load("replay", path=path), source("?", name="a"), source("?", name="b"))
        assert str(error.value) == f"{path}: has no text for b"

    @pytest.mark.parametrize(
        ("row", "found"),
        [
            pytest.param(
                '{"id": "bad", "text": "1"}\n{"id": "bad", "text": "2"}', "the id 'bad' occurs twice", id="id twice"
            ),
            pytest.param('{"id": "bad"}', "found text NoneType", id="no text"),
            pytest.param('{"id": "bad", "text": null}', "found text NoneType", id="text is null"),
            pytest.param('{"id": "bad", "text": 7}', "found text int", id="text is a number"),
            pytest.param('{"id": "bad", "text": NaN}', "found text NaN, which is not JSON", id="text is NaN"),
            pytest.param(
                '{"id": "bad", "text": "1", "text": "2"}', "found text a key that stands twice", id="two texts"
            ),
            pytest.param(r'{"id": "bad", "text": "\ud83d"}', "half of a surrogate pair", id="half a character"),
            pytest.param('{"id": "bad", "text": ' + "9" * 5000 + "}", "a number of 5,000 digits", id="a long number"),
            pytest.param('{"id": "bad", "text"', "has no text for bad; ", id="bad JSON"),
            pytest.param('["bad"]', "has no text for bad; ", id="no object"),
            pytest.param('{"id": true, "text": "1"}', "has no text for bad; ", id="id is no name"),
            pytest.param('{"id": "\\ud83d", "text": "1"}', "found no id that can be used", id="id is half a character"),
            pytest.param('{"id": NaN, "text": "1"}\n{\n[]', "(and 2 more lines)", id="several"),
        ],
    )
    def test_a_bad_line_costs_its_own_output_only_and_is_named(self, tmp_path, row, found):
        path = self.write(tmp_path / "x.jsonl", {"id": "a", "text": "1"}, row, {"id": "c", "text": "3"})
        model = load("replay", path=path)
        assert output(model, source("?", name="a"), source("?", name="c")) == {"a": "1", "c": "3"}
        with pytest.raises(ModelError) as error:
            output(model, source("?", name="bad"))
        message = str(error.value)
        assert found in message and str(path) in message and " line " in message and "\n" not in message

    @pytest.mark.parametrize(
        "unused",
        ['"score": NaN', '"score": -Infinity', f'"n": {"9" * 5000}', '"x": 1, "x": 2', r'"x": "\ud83d"', r'"\ud83d": 1',
         '"deep": {"a": [NaN], "a": 1}'],
        ids=["NaN", "-Infinity", "5,000 digits", "doubled key", "half a character", "key", "further in"],
    )  # fmt: skip
    def test_a_key_that_it_does_not_read_costs_nothing(self, tmp_path, unused):
        path = self.write(tmp_path / "x.jsonl", f'{{"id": "a", {unused}, "text": "1"}}')
        assert output(load("replay", path=path), source("?", name="a")) == {"a": "1"}

    def test_an_id_may_be_a_number(self, tmp_path):
        path = self.write(tmp_path / "x.jsonl", {"id": 7, "text": "1"})
        assert output(load("replay", path=path), source("?", name="7")) == {"7": "1"}

    @pytest.mark.parametrize(
        ("content", "found"),
        [(b"", "the file is empty"), (b"\xff", "line 1: expected UTF-8"), (b"\0", "NUL byte"), (None, "no such file")],
        ids=["empty", "not UTF-8", "NUL", "missing"],
    )
    def test_a_file_that_is_no_text_is_named(self, tmp_path, content, found):
        path = tmp_path / "x.jsonl"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(FileError, match=re.escape(found)):
            output(load("replay", path=path), source("?", name="a"))

    def test_a_folder_for_a_file_is_named(self, tmp_path):
        with pytest.raises(HarnessError, match="found a directory"):
            output(load("replay", path=tmp_path), source("?", name="a"))

    def test_an_edited_file_is_another_system_and_a_moved_file_the_same(self, tmp_path):
        first = self.write(tmp_path / "first.jsonl", {"id": "a", "text": "एक"})
        moved = self.write(tmp_path / "moved.jsonl", {"id": "a", "text": "एक"})
        edited = self.write(tmp_path / "edited.jsonl", {"id": "a", "text": "दो"})
        model = load("replay", path=first)
        assert model.identity() == load("replay", path=moved).identity()
        assert model.identity() != load("replay", path=edited).identity()
        before = dict(model.identity())
        self.write(first, {"id": "a", "text": "तीन"})
        assert model.identity() != before

    def test_files_that_change_places_between_tasks_are_another_system(self, tmp_path):
        def identity(gist: str, headline: str) -> Any:
            self.write(tmp_path / "gist.jsonl", {"id": "a", "text": gist})
            self.write(tmp_path / "headline.jsonl", {"id": "a", "text": headline})
            return load("replay", path=tmp_path / "{task}.jsonl").identity()

        assert identity("एक", "दो") != identity("दो", "एक")
        assert identity("एक", "दो") == identity("एक", "दो")

    def test_its_fingerprint_depends_on_the_content_of_the_files_and_not_on_their_paths(self, tmp_path):
        for folder, content in [("one", "एक"), ("two", "एक"), ("three", "दो")]:
            (tmp_path / folder).mkdir()
            self.write(tmp_path / folder / "gist.jsonl", {"id": "a", "text": content})
        options = models.get("replay").options
        prints = [
            options(name="x", family="replay", path=tmp_path / folder / "{task}.jsonl").fingerprint()
            for folder in ("one", "two", "three")
        ]
        assert prints[0] == prints[1] != prints[2]
        assert str(tmp_path) not in files.dumps(prints)


def test_a_model_gets_sources_and_nothing_else():
    """`Source` is frozen and has no field for references, so a family cannot reach them."""
    assert not {field.name for field in dataclasses.fields(Source)} & {"reference", "references", "label", "gold"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        source("एक।").text = "दो।"  # type: ignore[misc]


def test_a_note_stands_below_the_table_and_makes_no_other_run(run_cli, write_config, tmp_path: Path) -> None:
    def run(systems: str) -> Any:
        config = write_config(tasks="[translate]", systems=systems)
        answer = run_cli("run", config, "--results", tmp_path / "results", "--limit", 2)
        assert answer.code == 0
        return answer

    run("[{name: a, family: copy-source}]")
    noted = run("[{name: a, family: copy-source, note: only to look}]")
    assert "a: only to look" in noted.out
    assert len(list((tmp_path / "results").glob("*/"))) == 1
