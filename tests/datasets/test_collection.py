"""A sound collection of short articles loads; any other gives every finding with its place.

Each test writes a small collection, breaks one thing, and reads the findings of `load`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import tasks
from harness.core import files, jsonl
from harness.core.errors import FileError, ProblemsError
from harness.core.records import ENGLISH, HINDI, Dataset
from harness.datasets import FolderOptions, collection

ARTICLES = f"articles.{HINDI}.jsonl"

Row = dict[str, Any]
Break = Callable[[Path], object]


def load(folder: Path) -> Dataset:
    return collection.load(FolderOptions(path=folder))


def segment(article: str, number: int, paragraph: int, kind: str, text: str) -> Row:
    return {"id": f"small/{article}#s{number:02d}", "paragraph": f"small/{article}#p{paragraph:02d}", "kind": kind, "text": text}  # fmt: skip # noqa: E501


SEGMENTS = [
    segment("rain", 1, 1, "title", "तटीय जिलों में तीन दिन बारिश"),
    segment("rain", 2, 2, "body", "विभाग ने मछुआरों को समुद्र में न जाने को कहा है।"),
    segment("rain", 3, 2, "body", "स्कूल खुले रहेंगे।"),
    segment("rain", 4, 3, "body", "गुरुवार से मौसम साफ होगा।"),
    segment("chess", 1, 1, "title", "शतरंज में शाला की जीत"),
    segment("chess", 2, 2, "body", "शाला ने अंतिम बाजी चालीस चालों में जीती।"),
]
ENGLISH_TEXTS = [
    "Three days of rain in coastal districts",
    "The department has told fishermen not to go to sea.",
    "Schools will stay open.",
    "The weather will clear from Thursday.",
    "A win for the school at chess",
    "The school won the last game in forty moves.",
]
SUMMARIES = ["तट पर तीन दिन बारिश होगी और स्कूल खुले रहेंगे।", "शाला ने शतरंज की अंतिम बाजी जीती।"]


def reference(name: str, language: str, text: str) -> Row:
    return {"id": name, "version": "a", "language": language, "text": text}


@pytest.fixture
def dataset(tmp_path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    write(folder / ARTICLES, SEGMENTS)
    pairs = zip(SEGMENTS, ENGLISH_TEXTS, strict=True)
    write(folder / "translations.jsonl", [reference(row["id"], ENGLISH, text) for row, text in pairs])
    named = zip(("small/rain", "small/chess"), SUMMARIES, strict=True)
    write(folder / "summaries.jsonl", [reference(name, HINDI, text) for name, text in named])
    return folder


def write(file: Path, rows: list[Row]) -> None:
    file.write_text("".join(files.dumps(row) + "\n" for row in rows), encoding="utf-8")


def findings(folder: Path) -> list[str]:
    """Return the problems, with the folder's own path left out."""
    try:
        load(folder)
    except ProblemsError as error:
        return [str(problem).replace(f"{folder}/", "").replace(str(folder), "small") for problem in error.problems]
    except FileError as error:
        return [str(error).replace(f"{folder}/", "").replace(str(folder), "small")]
    return []


def edit(file: str, change: Callable[[list[Row]], list[Row]]) -> Break:
    return lambda folder: write(folder / file, change([row for _, row in jsonl.read(folder / file)[0]]))


def change(file: str, line: int, **values: Any) -> Break:
    return edit(file, lambda rows: [row | values if n == line else row for n, row in enumerate(rows, start=1)])


def drop(file: str, line: int) -> Break:
    return edit(file, lambda rows: rows[: line - 1] + rows[line:])


def fact(name: str, segments: list[str], **more: Any) -> Row:
    forms = {HINDI: [["बारिश", "वर्षा"]], ENGLISH: [["rain"]]}
    return {"id": name, "weight": "vital", "statement": "It rained", "segments": segments} | forms | more


class TestLoading:
    def test_articles_paragraphs_and_references_are_those_of_the_files(self, dataset):
        loaded = load(dataset)
        assert (loaded.name, [article.id for article in loaded.articles]) == ("small", ["small/rain", "small/chess"])
        assert {article.language for article in loaded.articles} == {HINDI}
        assert [s.text for article in loaded.articles for s in article.segments] == [row["text"] for row in SEGMENTS]
        assert {reference_kind: len(texts) for reference_kind, texts in loaded.references.items()} == {
            "translations": 6,
            "summaries": 2,
        }

    def test_offsets_are_those_in_the_text_that_a_model_gets_for_the_whole_article(self, dataset):
        loaded = load(dataset)
        whole = tasks.sources(tasks.get("translate").choose(unit="article"), loaded)
        for article, source in zip(loaded.articles, whole, strict=True):
            assert [source.text[s.start : s.end] for s in article.segments] == [s.text for s in article.segments]
            assert article.segments[-1].end == len(source.text)

    def test_a_version_may_lack_a_segment_if_another_version_has_it(self, dataset):
        pairs = zip(SEGMENTS, ENGLISH_TEXTS, strict=True)
        more = [{**reference(row["id"], ENGLISH, text), "version": "b"} for row, text in pairs]
        edit("translations.jsonl", lambda rows: [*rows[:3], *rows[4:], *more[2:5]])(dataset)
        texts = tasks.references(tasks.get("translate"), load(dataset))
        assert {version: len(by_id) for version, by_id in texts.items()} == {"a": 5, "b": 3}
        assert "small/rain#s04" not in texts["a"]
        assert texts["b"]["small/rain#s04"] == ENGLISH_TEXTS[3]

    def test_every_reference_is_tied_to_its_own_article(self, dataset):
        found = tasks.references(tasks.get("summarise"), load(dataset))
        assert found == {"a": dict(zip(("small/rain", "small/chess"), SUMMARIES, strict=True))}

    @pytest.mark.parametrize("file", [ARTICLES, "translations.jsonl", "summaries.jsonl"])
    def test_the_digest_changes_with_every_file_that_can_change_a_score(self, dataset, file):
        before = load(dataset).digest
        with (dataset / file).open("a", encoding="utf-8") as opened:
            opened.write("\n")
        assert load(dataset).digest != before

    def test_other_files_do_not_change_the_digest(self, dataset):
        before = load(dataset).digest
        (dataset / "README.md").write_text("x", encoding="utf-8")
        assert load(dataset).digest == before


# A breakage, the beginning of its finding, and a part of the rest.
ONE_FINDING: dict[str, tuple[Break, str, str]] = {
    "segment twice": (
        edit(ARTICLES, lambda rows: [*rows, rows[5]]), f"{ARTICLES} line 7:", "stands on line 6 already",
    ),
    "id of another dataset": (
        change(ARTICLES, 3, paragraph="large/rain#p02"), f"{ARTICLES} line 3:",
        "expected ids small/<article>#s.. and the same article's #p.., found small/rain#s03, large/rain#p02",
    ),
    "paragraph of another article": (
        change(ARTICLES, 6, paragraph="small/rain#p09"), f"{ARTICLES} line 6:", "the same article's #p..",
    ),
    "second title": (
        change(ARTICLES, 4, kind="title"), f"{ARTICLES} line 4:", "an article has one title, at its beginning",
    ),
    "paragraph taken up again": (
        edit(ARTICLES, lambda rows: [rows[0], rows[1], rows[3], rows[2], *rows[4:]]), f"{ARTICLES} line 4:",
        "small/rain#s03 continues paragraph small/rain#p02, but another stands between",
    ),
    "article taken up again": (
        edit(ARTICLES, lambda rows: [*rows[:3], *rows[4:], rows[3]]), f"{ARTICLES} line 6:",
        "small/rain#s04 continues article small/rain, but another stands between",
    ),
    "unknown kind": (change(ARTICLES, 2, kind="lead"), f"{ARTICLES} line 2:", "kind: "),
    "offsets, which nothing could check": (change(ARTICLES, 2, start=0), f"{ARTICLES} line 2:", "unknown key 'start'"),
    "line break in a segment": (
        change(ARTICLES, 2, text="मछुआरे समुद्र में\nन जाएं, यह सलाह दी गई है।"), f"{ARTICLES} line 2:", "a line break in it",
    ),
    "line separator in a segment": (
        change(ARTICLES, 2, text="मछुआरे समुद्र में\u2028न जाएं।"), f"{ARTICLES} line 2:", "a line break in it",
    ),
    "title in a paragraph of text": (
        change(ARTICLES, 2, paragraph="small/rain#p01"), f"{ARTICLES} line 2:",
        "a paragraph has segments of one kind, and a title is one of its own; found body after title",
    ),
    "segment without anything to see": (
        change(ARTICLES, 3, text="\u200b\ufeff"), f"{ARTICLES} line 3:", "the text of small/rain#s03 is empty",
    ),
    "an article in English": (
        edit(ARTICLES, lambda rows: [*rows[:4], *({**row, "text": "A win for the school."} for row in rows[4:])]),
        f"{ARTICLES} line 5:",
        "expected hin_Deva, found only 0% of the letters in that script (100% are Latn); correct it, or list it under "
        "other_scripts in dataset.yaml (other_scripts: ['small/chess'])",
    ),
    "Hindi where English belongs": (
        change("translations.jsonl", 3, text="स्कूल खुले रहेंगे।"), "translations.jsonl line 3:", "expected eng_Latn",
    ),
    "no FLORES code": (
        change("translations.jsonl", 3, language="english"), "translations.jsonl line 3:", "such as eng_Latn",
    ),
    "Urdu where Hindi belongs": (
        change("summaries.jsonl", 2, text="اسکول نے جیت لی"), "summaries.jsonl line 2:", "(100% are Arab)",
    ),
    "a script that does not exist": (
        change("translations.jsonl", 3, language="eng_Xxxx"), "translations.jsonl line 3:", "such as eng_Latn",
    ),
    "invisible summary": (
        change("summaries.jsonl", 2, text="\u200d"), "summaries.jsonl line 2:", "the text of small/chess is empty",
    ),
    "file of references with invisible characters only": (
        lambda folder: (folder / "summaries.jsonl").write_text("\ufeff\u200b\n", encoding="utf-8"), "summaries.jsonl:",
        "the file is empty",
    ),
    "summary of a space": (
        change("summaries.jsonl", 2, text=" "), "summaries.jsonl line 2:", "the text of small/chess is empty",
    ),
    "file of references that is empty": (
        lambda folder: (folder / "summaries.jsonl").write_text("\n", encoding="utf-8"), "summaries.jsonl:",
        "the file is empty",
    ),
    "no folder": (lambda folder: folder.rename(folder.parent / "x"), "small: expected a folder", "found nothing there"),
    "no articles": (
        lambda folder: (folder / ARTICLES).unlink(), "small: expected one file articles.<language>.jsonl", "found none",
    ),
    "two languages": (
        lambda folder: (folder / "articles.mar_Deva.jsonl").touch(), "small: expected one file",
        "found articles.hin_Deva.jsonl, articles.mar_Deva.jsonl",
    ),
    "a language that is no code": (
        lambda folder: (folder / ARTICLES).rename(folder / "articles.hindi.jsonl"), "articles.hindi.jsonl:",
        "found 'hindi'",
    ),
}  # fmt: skip


def test_the_small_collection_is_sound(dataset):
    assert findings(dataset) == []


@pytest.mark.parametrize(("breakage", "start", "part"), ONE_FINDING.values(), ids=ONE_FINDING)
def test_one_breakage_is_named_with_file_and_line(dataset, breakage, start, part):
    breakage(dataset)
    found = [finding for finding in findings(dataset) if finding.startswith(start)]
    assert len(found) == 1
    assert part in found[0]
    assert "\n" not in found[0]


ANNOTATED = ["small/rain#s01"]


class TestAnnotations:
    def test_facts_belong_to_the_article_of_their_segments_and_entities_to_each_segment(self, dataset):
        write(dataset / "facts.jsonl", [fact("small/rain#f01", ANNOTATED)])
        forms = {HINDI: ["तीन दिन", "3 दिन"], ENGLISH: ["three days"]}
        entity = {"id": "small/rain#e01", "type": "number", "segments": ANNOTATED, "value": 3, **forms}
        write(dataset / "entities.jsonl", [entity])
        annotations = load(dataset).annotations
        (rained,) = annotations.facts["small/rain"]
        assert (rained.id, rained.negated, rained.forms[HINDI]) == ("small/rain#f01", False, (("बारिश", "वर्षा"),))
        assert {name: [each.value for each in of] for name, of in annotations.entities.items()} == {ANNOTATED[0]: [3]}
        assert load(dataset).warnings == ()

    def test_a_flat_list_of_alternatives_is_one_group(self, dataset):
        write(dataset / "facts.jsonl", [fact("small/rain#f01", ANNOTATED, eng_Latn=["rain", "showers"])])
        (rained,) = load(dataset).annotations.facts["small/rain"]
        assert rained.forms[ENGLISH] == (("rain", "showers"),)

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            (
                fact("small/rain#f01", ["small/rain#s01", "small/chess#s01"]),
                "several articles (small/rain, small/chess)",
            ),
            (fact("small/chess#f01", ANNOTATED), "expected an id that begins with its article's, small/rain#"),
            (fact("small/rain#f01", ["small/rain#s09"]), "unknown segment 'small/rain#s09'"),
            (fact("small/rain#f01", ANNOTATED, eng_Latn=["snow"]), "no eng_Latn variant occurs in a reference"),
            (fact("small/rain#f01", ANNOTATED, negated=True), "variants occur only without the negation"),
            (fact("small/rain#f01", ["small/rain#s02"], eng_Latn=[["fishermen"], ["go to sea"]]), "with a negation"),
        ],
        ids=["two articles", "other id", "unknown segment", "not in English", "not negative", "negative"],
    )
    def test_a_mistake_is_named_with_its_line(self, dataset, row, message):
        write(dataset / "facts.jsonl", [row])
        (finding,) = findings(dataset)
        assert finding.startswith("facts.jsonl line 1: ") and message in finding

    def test_a_translation_without_an_accepted_form_is_named(self, dataset):
        forms = {HINDI: ["शाला"], ENGLISH: ["Shala"]}
        segments = ["small/chess#s01", "small/chess#s02"]
        write(dataset / "entities.jsonl", [{"id": "small/chess#e01", "type": "name", "segments": segments, **forms}])
        assert [finding.partition(": ")[2] for finding in findings(dataset)] == [
            f"small/chess#e01: version 'a' of {name} lacks 'Shala'" for name in segments
        ]

    def test_both_files_change_the_digest(self, dataset):
        digests = [load(dataset).digest]
        write(dataset / "facts.jsonl", [fact("small/rain#f01", ANNOTATED)])
        digests.append(load(dataset).digest)
        forms = {HINDI: ["बारिश"], ENGLISH: ["rain"]}
        write(dataset / "entities.jsonl", [{"id": "small/rain#e01", "type": "name", "segments": ANNOTATED, **forms}])
        digests.append(load(dataset).digest)
        assert len(set(digests)) == 3


class TestSeveralFindings:
    def test_a_renamed_folder_is_one_finding(self, dataset):
        renamed = dataset.rename(dataset.parent / "other")
        assert [finding.partition(": ")[2] for finding in findings(renamed)] == [
            "expected ids that begin with the folder's name, other/, found small/rain#s01 and the like; "
            "rename the folder to 'small', or change the ids in all files"
        ]

    def test_a_file_without_a_valid_line_names_the_missing_keys(self, dataset):
        (dataset / ARTICLES).write_text("{}\n[]\n{}\n", encoding="utf-8")
        assert findings(dataset) == [
            f"{ARTICLES} line 2: expected one JSON object {{...}}, found list",
            *(f"{ARTICLES} line 1 and 1 more: key {key!r} is missing" for key in ("id", "paragraph", "kind", "text")),
        ]

    def test_a_collection_without_references_says_which_files_it_could_have(self, dataset):
        for name in ("translations", "summaries"):
            (dataset / f"{name}.jsonl").unlink()
        assert findings(dataset) == [
            "small: expected at least one file of references "
            "(translations.jsonl, summaries.jsonl, headlines.jsonl, gists.jsonl), found none"
        ]


class TestTextsThatAreNotWritten:
    def test_an_empty_text_is_no_reference_and_no_mistake(self, dataset):
        change("summaries.jsonl", 2, text="")(dataset)
        assert [reference.id for reference in load(dataset).references["summaries"]] == ["small/rain"]

    def test_a_file_with_empty_texts_only_is_there_without_references(self, dataset):
        edit("summaries.jsonl", lambda rows: [row | {"text": ""} for row in rows])(dataset)
        loaded = load(dataset)
        assert loaded.references["summaries"] == ()
        assert len(loaded.references["translations"]) == 6


class TestFilesThatAreNotRead:
    def test_a_misspelt_file_is_a_warning_with_the_name_that_was_meant(self, dataset):
        (dataset / "translation.jsonl").write_text("{}", encoding="utf-8")
        assert [warning.replace(str(dataset), "small") for warning in load(dataset).warnings] == [
            "small: translation.jsonl is not read, because no file of a dataset has this name; "
            "did you mean translations.jsonl? Rename it"
        ]

    def test_it_is_named_in_the_error_if_no_references_are_left(self, dataset):
        (dataset / "summaries.jsonl").unlink()
        (dataset / "translations.jsonl").rename(dataset / "translation.jsonl")
        (finding,) = findings(dataset)
        assert "found none; translation.jsonl is not read" in finding

    @pytest.mark.parametrize("name", ["README.md", "LICENSE", ".hidden.jsonl", "notes.md"])
    def test_files_for_people_are_not_mentioned(self, dataset, name):
        (dataset / name).write_text("x", encoding="utf-8")
        assert load(dataset).warnings == ()

    def test_another_file_is_mentioned_without_a_guess(self, dataset):
        (dataset / "zzz.csv").write_text("x", encoding="utf-8")
        assert load(dataset).warnings[0].endswith("zzz.csv is not read, because no file of a dataset has this name")
