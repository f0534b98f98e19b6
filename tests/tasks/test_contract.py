"""A task is one declarative object; what it says must hold for the dataset, and sources and references must align."""

import dataclasses
from itertools import product
from typing import get_args

import pytest
from pydantic import ValidationError

from harness import datasets, metrics, tasks
from harness.core import registry
from harness.core.errors import InputError
from harness.core.records import ENGLISH, HINDI, Article, Dataset, RankingSource, Reference, Segment, Source
from harness.datasets import FolderOptions, challenge, handwritten
from harness.tasks import Task
from tests.paths import DATASET, REFERENCES


def with_long(dataset: Dataset) -> Dataset:
    """Return a dataset with a long summary beside each brief: the brief twice."""
    summaries = dataset.references["summaries"]
    added = [
        dataclasses.replace(each, version=each.version.replace("brief", "long"), text=f"{each.text} {each.text}")
        for each in summaries
        if each.version.startswith("brief")
    ]
    return dataclasses.replace(dataset, references={**dataset.references, "summaries": (*summaries, *added)})


CHALLENGE = challenge.load(FolderOptions(path=REFERENCES / "challenge-set"))
INDIA_JAPAN = with_long(handwritten.load(FolderOptions(path=DATASET)))


def in_english(dataset: Dataset) -> Dataset:
    """Return the other direction of a dataset: its first translation as the articles, its articles as references."""
    translations = [each for each in dataset.references["translations"] if each.language == ENGLISH]
    texts = {each.id: each.text for each in translations if each.version == translations[0].version}
    articles = tuple(
        dataclasses.replace(
            article,
            language=ENGLISH,
            segments=tuple(dataclasses.replace(each, text=texts[each.id]) for each in article.segments),
        )
        for article in dataset.articles
    )
    hindi = [
        Reference(each.id, version, HINDI, each.text)
        for version in ("page", "copy")
        for article in dataset.articles
        for each in article.segments
    ]
    return dataclasses.replace(dataset, articles=articles, references={"translations": tuple(hindi)})


ENGLISH_ARTICLE = in_english(INDIA_JAPAN)

TASKS = [tasks.get(name) for name in registry.names("tasks")]


def choices(task: Task) -> list[dict[str, str]]:
    """Return every choice of a task's own options, each by key."""
    values = {key: get_args(tasks.options(task).model_fields[key].annotation) for key in task.own_options}
    return [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]


# Every form in which a config can ask for a task.
FORMS = [
    task.choose(unit=unit, target=target, options=tasks.options(task)(name=task.name, **chosen))
    for task in TASKS
    for unit in task.units
    for target in task.targets
    for chosen in choices(task)
]


def summarise(length: str, target: str = HINDI) -> Task:
    """Return the task with a length."""
    task = tasks.get("summarise")
    return task.choose(target=target, options=tasks.options(task)(name="summarise", length=length))


def material(form: Task) -> Dataset:
    """Return a dataset whose articles the form of a task reads."""
    if form.kind == "ranking":
        given = INDIA_JAPAN.references
        return dataclasses.replace(INDIA_JAPAN, references={**given, "contrasts": given["translations"]})
    return INDIA_JAPAN if form.source == HINDI else ENGLISH_ARTICLE


def small(*references: Reference, language: str = HINDI) -> Dataset:
    """Two articles of two paragraphs; the first has two sentences in its first paragraph."""

    def article(name: str, *cut: tuple[str, str, str]) -> Article:
        segments = [
            Segment(f"{name}#s{n:02d}", f"{name}#{paragraph}", kind, 0, 0, content)
            for n, (paragraph, kind, content) in enumerate(cut, start=1)
        ]
        return Article(name, language, tuple(segments))

    first = article(
        "one", ("p01", "title", "शीर्षक"), ("p02", "body", "एक।"), ("p02", "body", "दो।"), ("p03", "body", "तीन।")
    )
    second = article("two", ("p01", "title", "नाम"), ("p02", "body", "चार।"))
    return Dataset("small", "0", (first, second), {"translations": references})


ONE = ["one#s01", "one#s02", "one#s03", "one#s04"]
TWO = ["two#s01", "two#s02"]
TRANSLATIONS = tuple(Reference(name, "close", ENGLISH, f"<{name}>") for name in ONE + TWO)


class TestEveryTask:
    @pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
    def test_its_name_is_its_file_s(self, task):
        assert registry.get("tasks", task.name).TASK is task

    @pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
    def test_its_metrics_exist_and_the_primary_is_among_them(self, task):
        assert set(task.metrics) <= set(registry.names("metrics"))
        assert len(set(task.metrics)) == len(task.metrics)
        assert task.primary in task.metrics

    @pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
    def test_its_material_is_one_that_datasets_have(self, task):
        assert task.reference_kind in datasets.REFERENCE_KINDS
        assert task.source == HINDI

    def test_labels_name_one_form_each(self):
        labels = [form.label for form in FORMS]
        assert len(set(labels)) == len(labels)
        assert {task.label for task in TASKS} == {task.name for task in TASKS}

    @pytest.mark.parametrize("form", FORMS, ids=lambda form: form.label)
    def test_every_version_has_a_text_for_every_source_in_the_wanted_language(self, form):
        dataset = material(form)
        ids = [source.id for source in tasks.sources(form, dataset)]
        references = tasks.references(form, dataset)
        assert len(set(ids)) == len(ids) > 0
        assert len(references) >= (1 if form.label.startswith("summarise-sentence") else 2)
        for by_id in references.values():
            assert list(by_id) == ids
            assert all(content.strip() for content in by_id.values())

    @pytest.mark.parametrize("name", ["summarise", "headline", "gist"])
    def test_a_reference_is_the_text_as_it_was_written_once(self, name):
        """An article of several paragraphs has one summary, not one for each of them."""
        task = tasks.get(name)
        written = {
            (r.version, r.id): r.text
            for r in INDIA_JAPAN.references[task.reference_kind]
            if r.language == HINDI and task.reads(r.version)
        }
        found = tasks.references(task, INDIA_JAPAN)
        assert {(version, unit): text for version, by_id in found.items() for unit, text in by_id.items()} == written

    @pytest.mark.parametrize("form", FORMS, ids=lambda form: form.label)
    def test_its_metrics_can_read_its_target_language(self, form):
        for name in form.metrics:
            assert metrics.get(name, form.target).signature(2)

    @pytest.mark.parametrize("form", FORMS, ids=lambda form: form.label)
    def test_sources_are_the_article_s_own_words_and_no_reference_is_in_them(self, form):
        dataset = material(form)
        own = {segment.text for segment in dataset.articles[0].segments}
        texts = [reference.text for reference_kind in dataset.references.values() for reference in reference_kind]
        for source in tasks.sources(form, dataset):
            assert set(source.sentences) <= own
            assert " ".join(source.text.split("\n")) == " ".join(source.sentences)
            assert (source.task, source.language, source.target) == (form.label, form.source, form.target)
            assert [content for content in texts if content in source.text] == []

    def test_a_source_has_no_field_for_references(self):
        names = [field.name for field in dataclasses.fields(Source)]
        assert names == ["id", "article", "task", "text", "sentences", "language", "target"]

    def test_candidates_to_rank_are_in_an_order_that_does_not_tell_the_right_ones(self):
        for form in FORMS:
            for source in tasks.sources(form, CHALLENGE) if form.source == HINDI else ():
                assert isinstance(source, RankingSource) is (form.kind == "ranking")
                if isinstance(source, RankingSource):
                    assert source.candidates == tuple(sorted(set(source.candidates)))


class TestUnitsAndLabels:
    @pytest.mark.parametrize(
        ("name", "choice", "label", "count"),
        [
            ("translate", {}, "translate", 19),
            ("translate", {"unit": "sentence"}, "translate", 19),
            ("translate", {"unit": "paragraph"}, "translate-paragraph", 6),
            ("translate", {"unit": "article"}, "translate-article", 1),
            ("summarise", {}, "summarise", 1),
            ("summarise", {"target": "hin_Deva"}, "summarise", 1),
            ("summarise", {"target": "eng_Latn"}, "summarise-eng_Latn", 1),
            ("headline", {}, "headline", 1),
            ("gist", {}, "gist", 4),
        ],
        ids=str,
    )
    def test_the_choice_that_is_not_the_default_is_in_the_label(self, name, choice, label, count):
        task = tasks.get(name).choose(**choice)
        assert task.label == label
        assert len(tasks.sources(task, INDIA_JAPAN)) == count

    def test_into_hindi_a_translation_reads_english(self):
        task = tasks.get("translate").choose(target=HINDI)
        assert (task.label, task.source, task.target) == ("translate-hin_Deva", ENGLISH, HINDI)
        with pytest.raises(InputError) as error:
            tasks.sources(task, INDIA_JAPAN)
        assert (
            str(error.value) == "dataset india-japan: translate-hin_Deva reads eng_Latn, found india-japan in hin_Deva"
        )

    def test_a_summary_in_hindi_still_reads_hindi(self):
        assert tasks.get("summarise").choose(target=HINDI).source == HINDI

    def test_english_summaries_have_english_references(self):
        hindi = tasks.references(tasks.get("summarise"), INDIA_JAPAN)
        english = tasks.references(tasks.get("summarise").choose(target=ENGLISH), INDIA_JAPAN)
        assert (list(hindi), list(english)) == (["brief-a", "brief-b"], ["brief-a", "brief-b"])
        assert "Vikram Misri" in english["brief-a"]["india-japan"]

    @pytest.mark.parametrize(
        ("length", "target", "label"),
        [
            ("brief", HINDI, "summarise"),
            ("sentence", HINDI, "summarise-sentence"),
            ("long", HINDI, "summarise-long"),
            ("brief", ENGLISH, "summarise-eng_Latn"),
            ("sentence", ENGLISH, "summarise-sentence-eng_Latn"),
        ],
    )
    def test_each_length_is_a_task_with_references_and_a_label_of_its_own(self, length, target, label):
        task = summarise(length, target)
        assert task.label == label
        versions = {"brief": ["brief-a", "brief-b"], "sentence": ["sentence"], "long": ["long-a", "long-b"]}
        assert list(tasks.references(task, INDIA_JAPAN)) == versions[length]
        assert {source.task for source in tasks.sources(task, INDIA_JAPAN)} == {label}

    @pytest.mark.parametrize(
        ("version", "length"),
        [
            ("sentence", "sentence"), ("sentence-b", "sentence"), ("sentence-", "sentence"),
            ("brief-a", "brief"), ("generated", "brief"), ("a", "brief"), ("sentences", "brief"),
            ("one-sentence", "brief"), ("Sentence", "brief"), ("long", "long"), ("long-b", "long"), ("longer", "brief"),
        ],
    )  # fmt: skip
    def test_the_name_of_a_version_tells_its_length(self, version, length):
        assert [name for name in ("brief", "sentence", "long") if summarise(name).reads(version)] == [length]

    def test_a_length_that_does_not_exist_is_refused(self):
        with pytest.raises(ValidationError):
            summarise("page")

    @pytest.mark.parametrize("name", ["summarise", "headline"])
    def test_title_and_standfirst_are_not_given_where_copying_them_would_pay(self, name):
        (source,) = tasks.sources(tasks.get(name), INDIA_JAPAN)
        kinds = {s.kind for s in INDIA_JAPAN.articles[0].segments if s.text in source.sentences}
        assert kinds == {"body"}
        assert len(source.sentences) == 13

    @pytest.mark.parametrize(
        ("choice", "message"),
        [
            ({"unit": "sentense"}, "unknown unit of translate 'sentense'; did you mean 'sentence'? (known: article, paragraph, sentence)"),  # noqa: E501
            ({"unit": ""}, "unknown unit of translate '' (known: article, paragraph, sentence)"),
            ({"target": "eng"}, "unknown target language of translate 'eng'"),
            ({"target": "eng_latn"}, "unknown target language of translate 'eng_latn'; did you mean 'eng_Latn'?"),
            ({"target": "tam_Taml"}, "unknown target language of translate 'tam_Taml'"),
        ],
        ids=str,
    )  # fmt: skip
    def test_a_choice_that_a_task_does_not_offer_is_answered_with_those_it_does(self, choice, message):
        with pytest.raises(InputError) as error:
            tasks.get("translate").choose(**choice)
        assert str(error.value).startswith(message)
        assert "(known: " in str(error.value)

    def test_an_unknown_task_is_answered_with_the_nearest(self):
        with pytest.raises(InputError, match="unknown task 'sumarise'; did you mean 'summarise'"):
            tasks.get("sumarise")


class TestJoining:
    @pytest.mark.parametrize(
        ("unit", "texts", "references"),
        [
            (
                "sentence",
                dict(zip(ONE + TWO, ["शीर्षक", "एक।", "दो।", "तीन।", "नाम", "चार।"], strict=True)),
                {name: f"<{name}>" for name in ONE + TWO},
            ),
            (
                "paragraph",
                {"one#p01": "शीर्षक", "one#p02": "एक। दो।", "one#p03": "तीन।", "two#p01": "नाम", "two#p02": "चार।"},
                {
                    "one#p01": "<one#s01>",
                    "one#p02": "<one#s02> <one#s03>",
                    "one#p03": "<one#s04>",
                    "two#p01": "<two#s01>",
                    "two#p02": "<two#s02>",
                },
            ),
            (
                "article",
                {"one": "शीर्षक\nएक। दो।\nतीन।", "two": "नाम\nचार।"},
                {"one": "<one#s01>\n<one#s02> <one#s03>\n<one#s04>", "two": "<two#s01>\n<two#s02>"},
            ),
        ],
        ids=["sentence", "paragraph", "article"],
    )
    def test_sentences_join_by_a_space_and_paragraphs_by_a_line_break_on_both_sides(self, unit, texts, references):
        task = tasks.get("translate").choose(unit=unit)
        dataset = small(*TRANSLATIONS)
        assert {source.id: source.text for source in tasks.sources(task, dataset)} == texts
        assert tasks.references(task, dataset) == {"close": references}

    def test_references_follow_the_sources_whatever_their_order_in_the_file(self):
        task = tasks.get("translate").choose(unit="paragraph")
        assert tasks.references(task, small(*reversed(TRANSLATIONS))) == tasks.references(task, small(*TRANSLATIONS))

    def test_sources_keep_the_sentences_of_the_dataset(self):
        sources = tasks.sources(tasks.get("translate").choose(unit="article"), small())
        assert [source.sentences for source in sources] == [("शीर्षक", "एक।", "दो।", "तीन।"), ("नाम", "चार।")]
        assert [source.article for source in sources] == ["one", "two"]


class TestVersionsWithGaps:
    """Segments may differ in how many references they have."""

    @pytest.mark.parametrize(
        ("unit", "gap", "without"),
        [
            ("sentence", 2, "one#s03"),
            ("paragraph", 2, "one#p02"),  # a paragraph of two sentences, one of which is missing
            ("paragraph", 3, "one#p03"),
            ("article", 2, "one"),
        ],
    )
    def test_a_version_has_the_units_for_which_all_of_its_texts_are_there(self, unit, gap, without):
        task = tasks.get("translate").choose(unit=unit)
        newsroom = [dataclasses.replace(reference, version="newsroom") for reference in TRANSLATIONS]
        del newsroom[gap]
        texts = tasks.references(task, small(*TRANSLATIONS, *newsroom))
        ids = [source.id for source in tasks.sources(task, small())]
        assert list(texts["close"]) == ids
        assert list(texts["newsroom"]) == [name for name in ids if name != without]

    def test_datasets_with_different_versions_merge(self):
        versions = [("close", TRANSLATIONS[:4]), ("generated", TRANSLATIONS[4:])]
        references = [dataclasses.replace(each, version=version) for version, part in versions for each in part]
        texts = tasks.references(tasks.get("translate"), small(*references))
        assert {version: list(by_id) for version, by_id in texts.items()} == {"close": ONE, "generated": TWO}

    def test_a_version_without_any_whole_unit_is_left_out(self):
        newsroom = dataclasses.replace(TRANSLATIONS[0], version="newsroom")
        texts = tasks.references(tasks.get("translate").choose(unit="article"), small(*TRANSLATIONS, newsroom))
        assert list(texts) == ["close"]

    @pytest.mark.parametrize(
        ("texts", "remarks"),
        [
            ({"a": {"1": "x", "2": "x"}}, ()),
            ({"a": {"1": "x", "2": "x"}, "b": {"1": "y", "2": "y"}}, ()),
            (
                {"a": {"1": "x", "2": "x"}, "b": {"2": "y"}},
                ("references with gaps: b lacks 1 of 2 texts",),
            ),
            (
                {"a": {"1": "x"}, "b": {"2": "y", "3": "y"}},
                ("references with gaps: a lacks 2 of 3 texts, b lacks 1 of 3 texts",),
            ),
        ],
    )
    def test_the_table_says_which_versions_have_gaps(self, texts, remarks):
        ids = sorted({name for by_id in texts.values() for name in by_id})
        assert tasks.gaps(texts, ids) == remarks


class TestWhatCannotBeScored:
    @pytest.mark.parametrize(
        ("unit", "gap", "missing"),
        [
            ("sentence", 0, "one#s01"),
            ("sentence", 5, "two#s02"),
            ("paragraph", 2, "one#p02"),
            ("paragraph", 5, "two#p02"),
            ("article", 0, "one"),
            ("article", 4, "two"),
        ],
    )
    def test_a_unit_without_any_reference_is_left_out_and_counted(self, unit, gap, missing):
        task = tasks.get("translate").choose(unit=unit)
        dataset = small(*(reference for number, reference in enumerate(TRANSLATIONS) if number != gap))
        everything = [source.id for source in tasks.sources(task, dataset)]
        assert [source.id for source in tasks.scored(task, dataset)] == [id_ for id_ in everything if id_ != missing]
        units = {"sentence": "segments", "paragraph": "paragraphs", "article": "articles"}[unit]
        count = f"1 of {len(everything)} {units} has no translation"
        assert tasks.without_reference(task, dataset) == count

    def test_nothing_is_said_if_every_unit_has_one(self):
        assert tasks.without_reference(tasks.get("translate"), small(*TRANSLATIONS)) == ""

    def test_a_dataset_without_articles_has_nothing_to_score(self):
        empty = dataclasses.replace(small(), articles=(), references={})
        assert tasks.scored(tasks.get("translate"), empty) == []
        assert tasks.without_reference(tasks.get("translate"), empty) == ""

    def test_a_version_that_completes_no_unit_is_an_error(self):
        task = tasks.get("translate").choose(unit="article")
        with pytest.raises(InputError, match="no version has all texts of any article that translate-article reads"):
            tasks.references(task, small(TRANSLATIONS[0]))

    def test_a_file_without_texts_is_told_from_no_file(self):
        dataset = dataclasses.replace(small(), references={"summaries": ()})
        assert tasks.is_unwritten(tasks.get("summarise"), dataset)
        assert not tasks.is_unwritten(tasks.get("translate"), dataset)
        assert tasks.without_reference(tasks.get("summarise"), dataset) == "2 of 2 articles have no summary"

    @pytest.mark.parametrize(
        ("task", "message"),
        [
            (tasks.get("summarise"), "dataset small: no summaries in hin_Deva; task summarise needs them"),
            (
                tasks.get("summarise").choose(target=ENGLISH),
                "dataset small: no summaries in eng_Latn; task summarise-eng_Latn needs them",
            ),
        ],
        ids=["no such reference_kind", "not in that language"],
    )
    def test_a_dataset_without_the_references_is_named(self, task, message):
        dataset = small()
        with pytest.raises(InputError) as error:
            tasks.references(task, dataset)
        assert str(error.value) == message

    @pytest.mark.parametrize(
        ("length", "versions", "message"),
        [
            (
                "sentence", ["brief-a", "brief-b"],
                "dataset small: no summaries in hin_Deva for summarise with length: sentence; found only the versions "
                "brief-a, brief-b; write one, or choose another length in the config",
            ),
            (
                "brief", ["sentence"],
                "dataset small: no summaries in hin_Deva for summarise with length: brief; found only the versions "
                "sentence; write one, or choose another length in the config",
            ),
        ],
    )  # fmt: skip
    def test_a_dataset_without_summaries_of_that_length_is_named_with_those_it_has(self, length, versions, message):
        written = tuple(Reference(name, version, HINDI, "सार।") for version in versions for name in ("one", "two"))
        dataset = dataclasses.replace(small(), references={"summaries": written})
        with pytest.raises(InputError) as error:
            tasks.references(summarise(length), dataset)
        assert str(error.value) == message

    def test_references_in_another_language_do_not_count(self):
        hindi = [dataclasses.replace(reference, language=HINDI) for reference in TRANSLATIONS]
        with pytest.raises(InputError, match="no translations in eng_Latn"):
            tasks.references(tasks.get("translate"), small(*hindi))

    @pytest.mark.parametrize("name", registry.names("tasks"))
    def test_an_article_in_another_language_is_named(self, name):
        with pytest.raises(InputError, match=f"dataset small: {name} reads hin_Deva, found one in eng_Latn"):
            tasks.sources(tasks.get(name), small(language=ENGLISH))

    def test_a_task_cannot_be_changed_in_place(self):
        task: Task = tasks.get("translate")
        with pytest.raises(dataclasses.FrozenInstanceError):
            task.primary = "bleu"  # type: ignore[misc]
