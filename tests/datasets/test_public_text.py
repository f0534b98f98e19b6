"""Data of other authors: style stops no run, wrong data does, and one mistake is one line.

The segments are made up after public test sets of news, speech and headlines (NTREX-128, IndicMT-Eval and others).
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.core import files, jsonl
from harness.core.errors import HarnessError, ProblemsError
from harness.core.records import ENGLISH, HINDI
from harness.datasets import FolderOptions, collection, handwritten
from tests.conftest import Cli

Row = dict[str, Any]

# Hindi, English.
PAIRS = [
    ("अदालत ने रो बनाम वेड का हवाला दिया।", "The court cited Roe v. Wade in its ruling."),
    ("जासूस डेनिस ने बयान दिया।", "Det. Dennis gave a statement."),
    ("अमेरिकी सचिव ने कल बात की।", "US. Secretary spoke yesterday."),
    ("सीनेटर जॉन और राव वहाँ थे।", "Sens. John and Rao were there."),
    ("क्या।", "Uh, uh, what."),
    ("धन्यवाद।", "Thank you very much."),
    ("2024", "2024"),
    ("₹500", "₹500"),
    ("10:30", "10:30"),
    ("50%", "50%"),
    ("α और β कण मिले।", "The α and β particles were found: αβγδ, αβγδ, αβγδ, αβγδ."),
    ("उसने नमस्ते कहा।", "He said namaste (नमस्ते)."),
    ("उन्होंने पूछा। फिर वे गए।", "They asked. Then they left. Nobody answered."),
    ("...", "..."),
    ("♪♪", "♪♪"),
    (" जगह के साथ ", " With space around it "),
    ("RCB vs CSK LIVE Score", "RCB vs CSK LIVE Score"),
    ("वह गया है |", "He has gone."),
]


def write(file: Path, rows: list[Row]) -> None:
    file.write_text("".join(files.dumps(row) + "\n" for row in rows), encoding="utf-8")


def make(folder: Path, pairs: list[tuple[str, str]], **more: list[Row]) -> Path:
    """Write a collection with one article of body text, in which no segment is a title."""
    folder.mkdir()
    name = folder.name
    unit = [f"{name}/doc#s{number:04d}" for number in range(1, len(pairs) + 1)]
    segments = [
        {"id": each, "paragraph": f"{name}/doc#p{number:04d}", "kind": "body", "text": hindi}
        for number, (each, (hindi, _)) in enumerate(zip(unit, pairs, strict=True), start=1)
    ]
    write(folder / f"articles.{HINDI}.jsonl", segments)
    texts = [
        {"id": each, "version": "ref", "language": ENGLISH, "text": english}
        for each, (_, english) in zip(unit, pairs, strict=True)
    ]
    write(folder / "translations.jsonl", texts)
    for kind, rows in more.items():
        write(
            folder / f"{kind}.jsonl", [{"id": f"{name}/doc", "version": "a", "language": HINDI, **row} for row in rows]
        )
    return folder


def change_all(file: Path, change: Callable[[Row], Row]) -> None:
    write(file, [change(row) for _, row in jsonl.read(file)[0]])


def problems(folder: Path) -> list[str]:
    try:
        collection.load(FolderOptions(path=folder))
    except HarnessError as error:
        return [str(problem).replace(f"{folder}/", "").replace(str(folder), folder.name) for problem in error.problems]
    return []


def warnings(folder: Path) -> list[str]:
    return [str(each).replace(f"{folder}/", "") for each in collection.load(FolderOptions(path=folder)).warnings]


def add_config(folder: Path, tasks: str = "[translate]") -> Path:
    config = folder.parent / "c.yaml"
    config.write_text(
        f"datasets: [{{path: {folder.name}, format: collection}}]\ntasks: {tasks}\n"
        "systems: [{name: copy, family: copy-source}]\n",
        encoding="utf-8",
    )
    return config


class TestStyle:
    def test_text_of_a_public_test_set_gives_no_error_and_no_warning_of_style(self, tmp_path):
        assert warnings(make(tmp_path / "ntrex", PAIRS)) == []

    def test_check_and_run_print_warnings_on_stderr_and_succeed(self, tmp_path, run_cli: Cli):
        folder = make(tmp_path / "ntrex", PAIRS, headlines=[{"text": "RCB vs CSK LIVE Score"}])
        for command in (["check"], ["run", "--results", tmp_path / "results"]):
            answer = run_cli(*command, add_config(folder, "[translate]"))
            assert answer.code == 0
            found = [line for line in answer.err.splitlines() if line.startswith("warning: ")]
            assert len(found) == 1
            assert "headlines.jsonl line 1: expected hin_Deva, found Latin names only" in found[0]
            assert "warning" not in answer.out

    def test_a_dataset_that_asks_for_the_guidelines_gets_warnings_grouped_by_rule(self, tmp_path):
        folder = make(tmp_path / "ntrex", PAIRS * 30)
        (folder / "dataset.yaml").write_text("guidelines: strict\n", encoding="utf-8")
        assert warnings(folder) == [
            "translations.jsonl line 11 and 59 more: expected eng_Latn, found only 57% of the letters in that script",
            "translations.jsonl line 13 and 29 more: expected one sentence, found 3",
            "translations.jsonl line 16 and 29 more: the text has space around it or a line break in it",
        ]

    @pytest.mark.parametrize("text", ["2024", "₹500", "10:30", "50%", "...", "😀"])
    def test_a_text_without_letters_is_in_every_language(self, tmp_path, text):
        folder = make(tmp_path / "x", [(text, text)] * 9)
        (folder / "dataset.yaml").write_text("guidelines: strict\n", encoding="utf-8")
        assert warnings(folder) == []


class TestLanguage:
    HEADLINE = "RCB vs CSK LIVE Score"

    def test_latin_names_among_hindi_headlines_warn(self, tmp_path):
        (warning,) = warnings(make(tmp_path / "x", PAIRS[:3], headlines=[{"text": self.HEADLINE}]))
        assert warning == (
            "headlines.jsonl line 1: expected hin_Deva, found Latin names only; correct it, or list it under "
            "other_scripts in dataset.yaml (other_scripts: ['x/doc'])"
        )

    @pytest.mark.parametrize("value", ["all", "['x/doc']"])
    def test_other_scripts_excepts_a_text_by_its_id_or_all(self, tmp_path, value):
        headlines = [
            {"text": self.HEADLINE},
            {"version": "b", "text": "India and Japan discuss new areas of cooperation"},
        ]
        folder = make(tmp_path / "x", PAIRS[:3], headlines=headlines)
        assert problems(folder)
        (folder / "dataset.yaml").write_text(f"other_scripts: {value}\n", encoding="utf-8")
        assert warnings(folder) == []

    def test_an_english_sentence_among_hindi_headlines_is_an_error(self, tmp_path):
        folder = make(
            tmp_path / "x", PAIRS[:3], headlines=[{"text": "India and Japan discuss new areas of cooperation"}]
        )
        assert [each.partition(";")[0] for each in problems(folder)] == [
            "headlines.jsonl line 1: expected hin_Deva, found only 0% of the letters in that script (100% are Latn)"
        ]

    def test_a_file_whose_texts_are_mostly_latin_names_is_an_error(self, tmp_path):
        headlines = [{"version": str(number), "text": "Bharat ne match jeeta"} for number in range(6)]
        assert "headlines.jsonl line 1 and 5 more: expected hin_Deva" in problems(make(tmp_path / "x", PAIRS, headlines=headlines))[0]  # fmt: skip # noqa: E501

    def test_swapped_columns_are_two_lines(self, tmp_path):
        swapped = [(english, hindi) for hindi, english in PAIRS[:4] * 50]
        assert [re.sub("(script).*", r"\1", each) for each in problems(make(tmp_path / "x", swapped))] == [
            "translations.jsonl line 1 and 199 more: expected eng_Latn, found only 0% of the letters in that script",
            "articles.hin_Deva.jsonl line 1: expected hin_Deva, found only 0% of the letters in that script",
        ][::-1]


ARTICLE = "Title of the page\n\nThe talks were held in Delhi. They went well.\n"


class TestIngest:
    def folder(self, tmp_path: Path, content: str, **description: Any) -> Path:
        folder = tmp_path / "news"
        folder.mkdir()
        (folder / f"article.{HINDI}.txt").write_bytes(content.encode())
        if description:
            (folder / "dataset.yaml").write_text(json.dumps(description), encoding="utf-8")
        return folder

    @pytest.mark.parametrize("content", [ARTICLE, "Title\u2028Two men left.\n", "Talks\n\nDelhi meeting\n"], ids=ascii)
    def test_an_english_article_is_refused_with_the_share_found(self, tmp_path, run_cli: Cli, content):
        answer = run_cli("ingest", self.folder(tmp_path, content))
        assert answer.code == 2
        assert "article.hin_Deva.txt: expected hin_Deva, found only 0% of the letters in that script (100% are Latn)" in answer.err  # fmt: skip # noqa: E501
        assert "other_scripts: ['news']" in answer.err
        assert not (tmp_path / "news/segments.jsonl").exists()

    def test_other_scripts_lets_it_through(self, tmp_path, run_cli: Cli):
        folder = self.folder(tmp_path, ARTICLE, other_scripts=["news"])
        assert run_cli("ingest", folder).code == 0

    def test_check_refuses_it_too(self, tmp_path):
        folder = self.folder(tmp_path, ARTICLE, other_scripts=["news"])
        handwritten.write_segments(folder)
        (folder / "dataset.yaml").unlink()
        write(folder / "summaries.jsonl", [{"id": "news", "version": "a", "language": HINDI, "text": "वार्ता हुई।"}])
        with pytest.raises(ProblemsError) as error:
            handwritten.load(FolderOptions(path=folder))
        (problem,) = error.value.problems
        assert problem.message.startswith("expected hin_Deva, found only 0%")

    @pytest.mark.parametrize("end", ["\u2028", "\u2029", "\u0085", "\v", "\f", "\r", "\r\n", "\n"], ids=ascii)
    def test_every_line_end_separates_blocks(self, tmp_path, end):
        folder = self.folder(tmp_path, end.join(["शीर्षक", "वार्ता हुई है। सब आए थे।", "वे गए।"]))
        rows = jsonl.read(handwritten.write_segments(folder))[0]
        assert [(row["kind"], row["text"]) for _, row in rows] == [
            ("title", "शीर्षक"),
            ("body", "वार्ता हुई है।"),
            ("body", "सब आए थे।"),
            ("body", "वे गए।"),
        ]

    @pytest.mark.parametrize("mark", [" |", "|", " ।", "।"])
    def test_a_pipe_typed_for_a_danda_ends_a_sentence(self, tmp_path, mark):
        folder = self.folder(tmp_path, f"शीर्षक\nवार्ता हुई है{mark} सब आए{mark} वे गए थे{mark}\n")
        rows = jsonl.read(handwritten.write_segments(folder))[0]
        assert [row["text"] for _, row in rows[1:]] == [f"वार्ता हुई है{mark}", f"सब आए{mark}", f"वे गए थे{mark}"]

    @pytest.mark.parametrize("content", ["", "\n\n", " \u00a0\n", "\ufeff\n", "\u200b\u200d\n\u2028"], ids=ascii)
    def test_a_blank_article_is_empty(self, tmp_path, content, run_cli: Cli):
        answer = run_cli("ingest", self.folder(tmp_path, content))
        assert answer.code == 2
        assert "the file is empty" in answer.err


# A change in every row of a file of 244, and the only line of output.
IN_EVERY_ROW: dict[str, tuple[str, Callable[[Row], Row], str]] = {
    "an extra column": (
        "translations", lambda row: {**row, "score": 1},
        "translations.jsonl line 1 and 243 more: unknown key 'score' (known: id, language, text, version)",
    ),
    "a misspelt key of references": (
        "translations", lambda row: {"lang" if key == "language" else key: value for key, value in row.items()},
        "translations.jsonl line 1 and 243 more: unknown key 'lang'; did you mean 'language'? "
        "(known: id, language, text, version)",
    ),
    "a misspelt key of segments": (
        "articles.hin_Deva", lambda row: {"txt" if key == "text" else key: value for key, value in row.items()},
        "articles.hin_Deva.jsonl line 1 and 243 more: unknown key 'txt'; did you mean 'text'? "
        "(known: id, kind, paragraph, text)",
    ),
    "a key that is missing": (
        "translations", lambda row: {key: value for key, value in row.items() if key != "version"},
        "translations.jsonl line 1 and 243 more: key 'version' is missing",
    ),
    "a number for a text": (
        "translations", lambda row: {**row, "text": 5},
        "translations.jsonl line 1 and 243 more: text: expected text, found 5; quote it",
    ),
    "an empty version": (
        "translations", lambda row: {**row, "version": ""},
        "translations.jsonl line 1 and 243 more: version is empty; expected text",
    ),
    "another kind in each row": (
        "articles.hin_Deva", lambda row: {**row, "kind": f"lead {row['id']}"},
        "articles.hin_Deva.jsonl line 1 and 243 more: kind: expected 'title', 'standfirst', 'heading' or 'body', "
        "found \"lead x/doc#s0001\"",
    ),
    "languages that are no codes": (
        "translations", lambda row: {**row, "language": f"en{row['id']}"},
        "translations.jsonl line 1 and 243 more: language: expected a FLORES code such as eng_Latn, "
        "found 'enx/doc#s0001'",
    ),
    "ids without the article": (
        "translations", lambda row: {**row, "id": row["id"].partition("#")[2]},
        "translations.jsonl line 1 and 243 more: unknown id 's0001'; ids here are x/doc#s0001, x/doc#s0002, "
        "x/doc#s0003, ...",
    ),
    "ids without the dataset": (
        "articles.hin_Deva", lambda row: {**row, "id": row["id"].removeprefix("x/")},
        "articles.hin_Deva.jsonl line 1 and 243 more: expected ids x/<article>#s.. and the same article's #p.., "
        "found doc#s0001, x/doc#p0001",
    ),
    "one id in all rows": (
        "translations", lambda row: {**row, "id": "x/doc#s0001"},
        "translations.jsonl line 2 and 242 more: x/doc#s0001 ref eng_Latn stands on line 1 already",
    ),
    "empty texts": (
        "translations", lambda row: {**row, "text": "\u200b"},
        "translations.jsonl line 1 and 243 more: the text of x/doc#s0001 is empty",
    ),
}  # fmt: skip

LIBRARY_WORDS = re.compile("(?i)value error|input should|field required|extra inputs|valid string|validation error")


@pytest.mark.parametrize(("file", "change", "expected"), IN_EVERY_ROW.values(), ids=IN_EVERY_ROW)
def test_a_mistake_in_every_row_is_one_line(tmp_path, file, change, expected):
    folder = make(tmp_path / "x", (PAIRS[:4] * 61))
    change_all(folder / f"{file}.jsonl", change)
    assert problems(folder) == [expected]


@pytest.mark.parametrize("value", [None, 1, 1.5, True, "", [], {}, [1], "x" * 99, -1], ids=str)
@pytest.mark.parametrize("key", ["id", "paragraph", "kind", "text", "start", "end", "segments", "weight", "hin_Deva"])
@pytest.mark.parametrize("file", ["segments", "translations", "facts", "entities"])
def test_no_message_has_the_words_of_a_validation_library(tmp_path, file, key, value):
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / f"article.{HINDI}.txt").write_text("शीर्षक\n", encoding="utf-8")
    handwritten.write_segments(folder)
    write(folder / "translations.jsonl", [{"id": "x#s01", "version": "a", "language": ENGLISH, "text": "Title"}])
    write(folder / "facts.jsonl", [{"id": "x#f01", "weight": "vital", "statement": "x", "segments": ["x#s01"], ENGLISH: ["Title"]}])  # fmt: skip # noqa: E501
    write(folder / "entities.jsonl", [{"id": "x#e01", "type": "name", "segments": ["x#s01"], HINDI: ["शीर्षक"]}])
    change_all(folder / f"{file}.jsonl", lambda row: {**row, key: value})
    try:
        handwritten.load(FolderOptions(path=folder))
    except HarnessError as error:
        assert LIBRARY_WORDS.search(str(error)) is None
