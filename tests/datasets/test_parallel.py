"""Aligned text files: which line belongs to which, documents, several references."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import HarnessError
from harness.core.records import Dataset
from harness.datasets import parallel

HINDI = ["पहला वाक्य।", "दूसरा वाक्य।", "तीसरा वाक्य।"]
ENGLISH = ["The first sentence.", "The second sentence.", "The third sentence."]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "newstest2019-ref.hin.txt", HINDI)
    write(tmp_path / "newstest2019-src.eng.txt", ENGLISH)
    write(tmp_path / "DOCUMENT_IDS.tsv", ["bbc.1", "bbc.1", "rt.com.2"])
    return tmp_path


def write(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def load(folder: Path, **options: Any) -> Dataset:
    given = {"path": folder, "source": "newstest2019-ref.hin.txt", "references": ["newstest2019-src.eng.txt"]}
    return parallel.load(parallel.Options.model_validate({**given, **options}))


def fails(folder: Path, **options: Any) -> str:
    with pytest.raises(HarnessError) as error:
        load(folder, **options)
    return str(error.value)


def test_lines_of_a_document_are_an_article(folder: Path) -> None:
    dataset = load(folder, documents="DOCUMENT_IDS.tsv", name="ntrex")
    assert [(article.id, len(article.segments)) for article in dataset.articles] == [
        ("ntrex/bbc.1", 2),
        ("ntrex/rt.com.2", 1),
    ]
    assert [each.text for each in dataset.references["translations"]] == ENGLISH


def test_without_documents_a_line_is_an_article(folder: Path) -> None:
    assert [article.id for article in load(folder).articles] == [f"newstest2019-ref.hin/{n}" for n in (1, 2, 3)]


def test_lines_of_a_document_need_not_follow_each_other(folder: Path) -> None:
    write(folder / "DOCUMENT_IDS.tsv", ["a", "b", "a"])
    dataset = load(folder, documents="DOCUMENT_IDS.tsv", name="x")
    assert list(dataset.documents) == ["x/a#s01", "x/a#s02", "x/b#s01"]
    assert dataset.references["translations"][1].id == "x/b#s01"


def test_each_reference_is_a_version_named_like_its_file(folder: Path) -> None:
    write(folder / "second.en", [line.upper() for line in ENGLISH])
    dataset = load(folder, references=["newstest2019-src.eng.txt", "second.en"])
    versions = dict.fromkeys(each.version for each in dataset.references["translations"])
    assert list(versions) == ["newstest2019-src.eng", "second.en"]


def test_files_may_be_gzipped(folder: Path) -> None:
    (folder / "a.en.gz").write_bytes(gzip.compress((folder / "newstest2019-src.eng.txt").read_bytes()))
    assert load(folder, references=["a.en.gz"]).references["translations"][0].version == "a.en"


def test_a_line_separator_of_unicode_ends_no_line(folder: Path) -> None:
    write(folder / "newstest2019-src.eng.txt", ["The\u2028first.", *ENGLISH[1:]])
    assert load(folder).references["translations"][0].text == "The\u2028first."


def test_an_empty_line_is_left_out_and_counted(folder: Path) -> None:
    write(folder / "newstest2019-src.eng.txt", ["", *ENGLISH[1:]])
    dataset = load(folder, documents="DOCUMENT_IDS.tsv", name="x")
    assert list(dataset.documents) == ["x/bbc.1#s02", "x/rt.com.2#s01"]  # ids are those of the whole set
    assert dataset.notes == ("left out of 3 rows: 1 with no reference",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"references": ["short.en"]}, "short.en: expected 3 lines, as {0}/newstest2019-ref.hin.txt has, found 2; are"),
        ({"documents": "short.en"}, "short.en: expected 3 lines"),
        ({"references": ["none.en"]}, "none.en: no such file"),
        ({"source": "none.hi"}, "none.hi: no such file"),
        ({"references": ["newstest2019-src.eng.txt"] * 2}, "references with different names, found the same twice"),
        (
            {"source": "newstest2019-src.eng.txt", "references": ["newstest2019-ref.hin.txt"]},
            "column 'the source': expected hin_Deva, found only 0% of the letters in that script (100% are Latn)",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_file(folder: Path, options: dict[str, Any], message: str) -> None:
    write(folder / "short.en", ENGLISH[:2])
    assert message.format(folder) in fails(folder, **options)
