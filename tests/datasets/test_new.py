"""`harness new dataset`: raw articles become a folder that loads, tells what is missing, and can be scored."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.records import HINDI
from harness.datasets import FolderOptions, collection
from tests.conftest import Answer, Cli
from tests.paths import ROOT

PAGE = "मेट्रो चली\n\nआज मेट्रो चली। लोग खुश हुए।\n\nकल फिर चलेगी।\n"


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that commands run in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "articles").mkdir()
    return tmp_path


def pages(folder: Path, count: int) -> list[Path]:
    """Write text files with one article each."""
    files = [folder / "articles" / f"{number:02d}.txt" for number in range(1, count + 1)]
    for file in files:
        file.write_text(PAGE, encoding="utf-8")
    return files


def rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def fill(file: Path, text: str, first: int, last: int | None = None) -> None:
    """Write a text into the rows from `first` up to `last`."""
    filled = [
        row | {"text": text} if number in range(*slice(first, last).indices(len(rows(file)))) else row
        for number, row in enumerate(rows(file))
    ]
    file.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in filled), encoding="utf-8")


def new(run_cli: Cli, *sources: object, name: str = "news") -> Answer:
    return run_cli("new", "dataset", name, "--from", *sources)


@pytest.mark.parametrize(("count", "said"), [(1, "1 article, 4 segments"), (50, "50 articles, 200 segments")])
def test_one_article_and_fifty_are_made_alike(run_cli: Cli, workplace: Path, count: int, said: str) -> None:
    answer = new(run_cli, *pages(workplace, count))
    assert answer.code == 0, answer.err
    assert answer.out.splitlines()[0] == f"references/news: {said} ({count} title, {3 * count} body)"
    assert answer.out.splitlines()[-1] == "  harness check configs/news.yaml"
    dataset = collection.load(FolderOptions(path=Path("references/news")))
    assert (len(dataset.articles), dataset.warnings) == (count, ())
    assert dataset.references == dict.fromkeys(("translations", "summaries", "headlines", "gists"), ())


def test_the_folder_has_segments_templates_and_questions(run_cli: Cli, workplace: Path) -> None:
    new(run_cli, *pages(workplace, 2))
    folder = workplace / "references" / "news"
    assert sorted(file.name for file in folder.iterdir()) == [
        "README.md", f"articles.{HINDI}.jsonl", "gists.jsonl", "headlines.jsonl", "summaries.jsonl",
        "translations.jsonl",
    ]  # fmt: skip
    assert [(row["id"], row["kind"]) for row in rows(folder / f"articles.{HINDI}.jsonl")][:3] == [
        ("news/01#s01", "title"), ("news/01#s02", "body"), ("news/01#s03", "body"),
    ]  # fmt: skip
    assert rows(folder / "summaries.jsonl") == [
        {"id": f"news/{name}", "version": "v1", "language": HINDI, "text": ""} for name in ("01", "02")
    ]
    assert [row["id"] for row in rows(folder / "gists.jsonl")][:2] == ["news/01#p02", "news/01#p03"]
    assert "Who wrote the references" in (folder / "README.md").read_text(encoding="utf-8")


TABLE = [
    {"id": "a", "title": "शीर्षक", "text": "पहला वाक्य, दूसरा भी।\nनया अनुच्छेद।", "summary": "सार है।", "url": "x"},
    {"id": "b", "title": "", "text": "यह दूसरा लेख है।", "summary": "", "url": "y"},
]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl"])
def test_a_table_gives_texts_titles_ids_and_summaries(run_cli: Cli, workplace: Path, suffix: str) -> None:
    if suffix == "jsonl":
        content = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in TABLE)
    else:
        sign = "," if suffix == "csv" else "\t"
        content = "\r\n".join(
            sign.join(f'"{cell}"' for cell in row) for row in (TABLE[0], *(r.values() for r in TABLE))
        )
    (workplace / f"t.{suffix}").write_bytes(b"\xef\xbb\xbf" + content.encode())
    answer = new(run_cli, f"t.{suffix}")
    assert answer.code == 0, answer.err
    assert "  columns that were not read: url" in answer.out.splitlines()
    assert re.search(r"summaries\.jsonl +1 text to write, 1 written", answer.out)
    dataset = collection.load(FolderOptions(path=Path("references/news")))
    assert [(segment.id, segment.kind) for article in dataset.articles for segment in article.segments] == [
        ("news/a#s01", "title"), ("news/a#s02", "body"), ("news/a#s03", "body"), ("news/b#s01", "body"),
    ]  # fmt: skip
    assert [reference.text for reference in dataset.references["summaries"]] == ["सार है।"]


QUOTED = {
    "only texts, of several lines": ('"id"\t"text"\n1\t"एक वाक्य।\n\nदूसरा वाक्य।"\n2\t"तीसरा।"\n', 3),
    "marks of the texts": ('id\ttext\n1\t"एक वाक्य।\n2\tदूसरा वाक्य।"\n', 2),
    "a mark at the beginning": ('id\ttext\n1\t"एक," उसने कहा।\n2\tदूसरा वाक्य।\n', 2),
}


@pytest.mark.parametrize(("content", "segments"), QUOTED.values(), ids=QUOTED)
def test_quotation_marks_of_tsv_never_join_two_articles(
    run_cli: Cli, workplace: Path, content: str, segments: int
) -> None:
    (workplace / "t.tsv").write_text(content, encoding="utf-8")
    answer = new(run_cli, "t.tsv")
    assert answer.code == 0, answer.err
    articles = collection.load(FolderOptions(path=Path("references/news"))).articles
    assert [article.id for article in articles] == ["news/1", "news/2"]
    assert sum(len(article.segments) for article in articles) == segments


def test_a_title_of_two_lines_is_one_title(run_cli: Cli, workplace: Path) -> None:
    row = {"title": "मेट्रो\nचली", "text": "लोग खुश हुए।"}
    (workplace / "t.jsonl").write_text(json.dumps(row), encoding="utf-8")
    assert "(1 title, 1 body)" in new(run_cli, "t.jsonl").out
    (article,) = collection.load(FolderOptions(path=Path("references/news"))).articles
    assert article.segments[0].text == "मेट्रो चली"


def test_a_text_without_a_title_has_none(run_cli: Cli, workplace: Path) -> None:
    (workplace / "one.txt").write_text("आज मेट्रो चली। लोग खुश हुए।\n", encoding="utf-8")
    assert "(2 body)" in new(run_cli, "one.txt").out


# What is given, and the beginning of the line that answers.
WRONG = {
    "nothing there": (["x.txt"], "harness: x.txt: no such file"),
    "pattern without files": (["x*.txt"], "harness: --from x*.txt: expected articles (.txt, .csv, .tsv or .jsonl)"),
    "spreadsheet": (["a.xlsx"], "harness: a.xlsx: expected a file that ends in .txt, .csv, .tsv, .jsonl; save it"),
    "English": (
        ["english.txt"],
        "harness: english.txt: expected hin_Deva, found only 0% of the letters in that script",
    ),
    "no letter": (["empty.txt"], "harness: empty.txt: expected an article, found no letter or digit"),
    "no column of texts": (
        ["bare.csv"],
        "harness: bare.csv: expected a column of articles named text, article, body or content; found id, texts; "
        "is it 'texts'? Rename it\n",
    ),
    "no column like texts": (
        ["odd.csv"],
        "harness: odd.csv: expected a column of articles named text, article, body or content; found id, x; "
        "rename one\n",
    ),
    "unnamed columns": (["unnamed.csv"], "harness: unnamed.csv line 1: the header has several columns without a name"),
    "uneven rows": (["uneven.csv"], "harness: uneven.csv line 2: expected 2 columns, as the first row has, found 3"),
    "number for a text": (["number.jsonl"], "harness: number.jsonl line 1: text: expected text, found int"),
    "two with one name": (["articles/01.txt", "other/01.txt"], "harness: other/01.txt: two articles would have the id"),
}


@pytest.mark.parametrize(("sources", "message"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_line_and_nothing_is_made(
    run_cli: Cli, workplace: Path, sources: list[str], message: str
) -> None:
    pages(workplace, 1)
    (workplace / "other").mkdir()
    contents = {
        "other/01.txt": PAGE, "a.xlsx": "x", "english.txt": "The metro ran.\n", "empty.txt": "***\n",
        "bare.csv": "id,texts\n1,x\n", "odd.csv": "id,x\n1,x\n", "unnamed.csv": ",text,\n1,x,2\n",
        "uneven.csv": "id,text\n1,अ,ब\n", "number.jsonl": '{"text": 7}\n',
    }  # fmt: skip
    for name, content in contents.items():
        (workplace / name).write_text(content, encoding="utf-8")
    answer = new(run_cli, *sources)
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert answer.err.startswith(message)
    assert not (workplace / "references").exists()


@pytest.mark.parametrize("name", ["a/b", "अ#ब", "..", ".x"])
def test_a_name_that_cannot_be_a_folder_is_refused(run_cli: Cli, workplace: Path, name: str) -> None:
    answer = new(run_cli, *pages(workplace, 1), name=name)
    assert answer.code == 2
    assert "expected a name of letters, digits, hyphens and dots" in answer.err


def test_an_existing_dataset_and_an_existing_config_are_not_changed(run_cli: Cli, workplace: Path) -> None:
    (workplace / "configs").mkdir()
    config = workplace / "configs" / "news.yaml"
    config.write_text("# mine\n", encoding="utf-8")
    assert "exists already, and was not changed" in new(run_cli, *pages(workplace, 1)).out
    assert config.read_text(encoding="utf-8") == "# mine\n"
    assert "exists already" in new(run_cli, *pages(workplace, 1)).err


class TestMissingReferences:
    def test_without_any_text_the_check_says_what_to_write(self, run_cli: Cli, workplace: Path) -> None:
        new(run_cli, *pages(workplace, 3))
        answer = run_cli("check", "configs/news.yaml")
        assert answer.code == 2
        assert "translations.jsonl has no text yet; translate needs one at least, so write some" in answer.err

    def test_what_has_references_is_scored_and_the_rest_is_said_in_counts(self, run_cli: Cli, workplace: Path) -> None:
        new(run_cli, *pages(workplace, 50))
        fill(workplace / "references" / "news" / "translations.jsonl", "The metro ran.", 0)
        fill(workplace / "references" / "news" / "summaries.jsonl", "मेट्रो चली।", 12)
        answer = run_cli("run", "configs/news.yaml", "--format", "json")
        assert answer.code == 0, answer.err
        assert "warning: dataset news: 12 of 50 articles have no summary: they are translated only\n" in answer.err
        tables = {table["task"]: table for table in json.loads(answer.out)["tasks"]}
        assert (tables["translate"]["segments"], tables["summarise"]["segments"]) == (200, 38)
        assert "12 of 50 articles have no summary: not in this table" in tables["summarise"]["notes"]

    def test_a_task_without_any_text_is_left_out(self, run_cli: Cli, workplace: Path) -> None:
        new(run_cli, *pages(workplace, 2))
        fill(workplace / "references" / "news" / "translations.jsonl", "The metro ran.", 1, 3)
        answer = run_cli("run", "configs/news.yaml", "--format", "json")
        assert answer.code == 0, answer.err
        assert [table["task"] for table in json.loads(answer.out)["tasks"]] == ["translate"]
        assert "6 of 8 segments have no translation: translate leaves them out" in answer.err
        assert "2 of 2 articles have no summary" in answer.err


def test_fifty_text_files_become_a_scored_run_with_the_five_commands_of_the_readme(workplace: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Your own articles, or a public test set\n")[2].partition("\n## ")[0]
    commands = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    assert len(commands) == 5
    pages(workplace, 50)
    tools = workplace / "tools"
    tools.mkdir()
    # The editor stands for a person who writes a summary into every line.
    scripts = {
        "harness": f'PYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m harness "$@"',
        "editor": """sed -i 's/"text": ""/"text": "मेट्रो आज चली।"/' "$@" """,
    }
    for name, script in scripts.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "EDITOR": "editor"}
    printed = [
        subprocess.run(
            ["sh", "-c", command], cwd=workplace, env=environment, text=True, check=True, capture_output=True
        )
        for command in commands
    ]
    assert "50 articles" in printed[0].stdout
    assert "n = 50 segments of 50 articles, 1 reference (v1)" in printed[3].stdout
    assert "lead-2" in printed[4].stdout
