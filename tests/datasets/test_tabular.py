"""Files with named columns: which column is what, what is said of it, and what is refused."""

from __future__ import annotations

import gzip
import json
import random
import tracemalloc
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from harness.core import files, plain_text
from harness.core.errors import HarnessError
from harness.core.records import Dataset
from harness.datasets import _tables, tabular

ROWS = [
    {"id": "1", "source": "भारत और जापान की बातचीत हुई।", "reference": "India and Japan held talks.", "document": "a"},
    {"id": "2", "source": "दोनों देश सहमत हुए।", "reference": "Both countries agreed.", "document": "a"},
    {"id": "3", "source": "बैठक मंगलवार को हुई।", "reference": "The meeting was on Tuesday.", "document": "b"},
]
ARTICLES = [
    {
        "id": f"n{number}",
        "title": "शीर्षक",
        "text": "पहला वाक्य। दूसरा वाक्य।\n\nनया अनुच्छेद",
        "summary": "यह सार है।",
        "url": f"https://x/{number}",
    }
    for number in (1, 2)
]


def written(path: Path, rows: Sequence[dict[str, Any]], delimiter: str = ",") -> Path:
    """Write rows in the form that the file's name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path)
        return path
    if path.suffix == ".json":
        content = json.dumps(rows, ensure_ascii=False)
    elif path.suffix == ".jsonl":
        content = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    else:
        content = "".join(f"{delimiter.join(map(str, row))}\n" for row in [rows[0], *(row.values() for row in rows)])
    path.write_text(content, encoding="utf-8")
    return path


def load(path: Path, **options: Any) -> Dataset:
    return tabular.load(tabular.Options.model_validate({"path": path, **options}))


def fails(path: Path, **options: Any) -> str:
    with pytest.raises(HarnessError) as error:
        load(path, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


Write = Callable[..., Path]
WORDS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, rows: Sequence[dict[str, Any]] | str, **options: Any) -> Path:
        if isinstance(rows, str):
            (tmp_path / name).write_text(rows, encoding="utf-8")
            return tmp_path / name
        return written(tmp_path / name, rows, **options)

    return write


@pytest.mark.parametrize(
    ("name", "delimiter"),
    [
        ("news.csv", ","), ("news.csv", ";"), ("news.csv", "|"), ("news.tsv", "\t"),
        ("news.jsonl", ""), ("news.json", ""), ("news.parquet", ""),
    ],
)  # fmt: skip
class TestOneTableInEveryForm:
    def test_its_articles_segments_and_references_are_the_same(self, write: Write, name: str, delimiter: str) -> None:
        dataset = load(write(name, ROWS, delimiter=delimiter))
        assert [(article.id, [s.id for s in article.segments]) for article in dataset.articles] == [
            ("news/a", ["news/a#s01", "news/a#s02"]),
            ("news/b", ["news/b#s01"]),
        ]
        assert [(each.id, each.version, each.text) for each in dataset.references["translations"]] == [
            ("news/a#s01", "reference", "India and Japan held talks."),
            ("news/a#s02", "reference", "Both countries agreed."),
            ("news/b#s01", "reference", "The meeting was on Tuesday."),
        ]

    def test_its_digest_is_the_same(self, write: Write, name: str, delimiter: str) -> None:
        assert load(write(name, ROWS, delimiter=delimiter)).digest == load(write("news.jsonl", ROWS)).digest

    def test_what_was_detected_is_said(self, write: Write, name: str, delimiter: str) -> None:
        said = " ".join(load(write(name, ROWS, delimiter=delimiter)).warnings)
        assert "columns found by their names: id 'id', document 'document', source 'source'" in said
        assert ("delimiter" in said) == (delimiter in {";", "|"})

    def test_what_was_told_is_not_said(self, write: Write, name: str, delimiter: str) -> None:
        told = {"columns": {"source": "source", "reference": "reference"}}
        dataset = load(write(name, ROWS, delimiter=delimiter), delimiter=WORDS.get(delimiter), **told)
        assert dataset.warnings == ()
        assert [article.id for article in dataset.articles] == ["news/1", "news/2", "news/3"]


class TestColumns:
    def test_an_article_with_a_summary_is_cut_into_sentences_and_its_title_is_apart(self, write: Write) -> None:
        dataset = load(write("xlsum.jsonl", ARTICLES), columns={"title": "title", "summary": "summary"})
        first = dataset.articles[0]
        assert first.id == "xlsum/1"  # `id` is not among the columns that are told
        assert [(each.kind, each.paragraph[-3:], each.text) for each in first.segments] == [
            ("title", "p01", "शीर्षक"),
            ("body", "p02", "पहला वाक्य।"),
            ("body", "p02", "दूसरा वाक्य।"),
            ("body", "p03", "नया अनुच्छेद"),
        ]
        assert [each.id for each in dataset.references["summaries"]] == ["xlsum/1", "xlsum/2"]

    def test_one_column_can_have_two_roles_if_both_are_told(self, write: Write) -> None:
        told = {"id": "id", "title": "title", "headline": "title", "summary": "summary"}
        dataset = load(write("xlsum.jsonl", ARTICLES), columns=told)
        assert sorted(dataset.references) == ["headlines", "summaries"]
        assert dataset.articles[1].id == "xlsum/n2"

    def test_a_column_that_is_told_for_one_role_is_not_detected_for_another(self, write: Write) -> None:
        rows = [{"text": "This is one.", "article": "यह एक है।"}]
        dataset = load(write("a.jsonl", rows), columns={"reference": "text"})
        assert dataset.articles[0].segments[0].text == "यह एक है।"
        assert dataset.references["translations"][0].text == "This is one."

    def test_several_references_are_versions_named_like_their_columns(self, write: Write) -> None:
        rows = [{"hi": "यह एक है।", "ref1": "This is one.", "ref_2": "It is one."}]
        for told in ({}, {"columns": {"source": "hi", "reference": ["ref1", "ref_2"]}}):
            references = load(write("a.jsonl", rows), **told).references["translations"]
            assert [each.version for each in references] == ["ref1", "ref_2"]

    def test_a_path_leads_into_a_nested_record(self, write: Write) -> None:
        rows = [{"translation": {"hi": "यह एक है।", "en": "This is one."}}]
        told = {"source": "translation.hi", "reference": "translation.en"}
        for name in ("a.jsonl", "a.parquet"):
            assert load(write(name, rows), columns=told).references["translations"][0].text == "This is one."

    def test_of_two_names_with_a_bar_the_first_that_exists_is_taken(self, write: Write) -> None:
        rows = [{"sentence_hin_Deva": "यह एक है।", "sentence_eng_Latn": "This is one."}]
        told = {"source": "hin_Deva | sentence_hin_Deva", "reference": "eng_Latn|sentence_eng_Latn"}
        assert load(write("a.jsonl", rows), columns=told).articles[0].segments[0].text == "यह एक है।"

    def test_a_file_without_a_header_has_numbers(self, write: Write) -> None:
        path = write("a.tsv", "यह एक है।\tThis is one.\n")
        dataset = load(path, header=False, columns={"source": "1", "reference": "2"})
        assert dataset.references["translations"][0].text == "This is one."

    def test_na_is_a_text_and_an_id_keeps_its_zeros(self, write: Write) -> None:
        dataset = load(write("a.csv", "id,hi,en\n001,ना,NA\n002,शून्य,null\n003,हाँ,Yes\n"))
        assert [each.text for each in dataset.references["translations"]] == ["NA", "null", "Yes"]
        assert [article.id for article in dataset.articles] == ["a/001", "a/002", "a/003"]

    def test_the_field_of_a_json_file_is_its_list(self, write: Write) -> None:
        path = write("a.json", json.dumps({"canary": "x", "examples": ROWS}))
        assert len(load(path, field="examples").articles) == 2
        assert "say field: KEY (keys with a list: examples)" in fails(path)
        assert "'example' is not a key of it" in fails(path, field="example")

    def test_a_gzipped_file_is_read(self, write: Write) -> None:
        path = write("a.jsonl", ROWS)
        packed = path.with_name("b.jsonl.gz")
        packed.write_bytes(gzip.compress(path.read_bytes()))
        assert len(load(packed).articles) == 2


class TestFilter:
    def test_rows_with_another_value_are_dropped(self, write: Write) -> None:
        rows = [{**row, "is_bad_source": row["id"] == "2"} for row in ROWS]
        for name in ("a.jsonl", "a.parquet", "a.csv"):
            dataset = load(write(name, rows), filter={"is_bad_source": False})
            assert [s.id for article in dataset.articles for s in article.segments] == ["a/a#s01", "a/b#s01"]

    def test_the_filter_can_be_a_text_or_a_number(self, write: Write) -> None:
        rows = [{**row, "level": int(row["id"]), "kind": f"k{row['id']}"} for row in ROWS]
        assert len(load(write("a.jsonl", rows), filter={"level": 2}).articles) == 1
        assert len(load(write("a.jsonl", rows), filter={"kind": "k3"}).articles) == 1

    def test_a_filter_that_keeps_nothing_is_an_error(self, write: Write) -> None:
        assert "the filter keeps none of 3 rows" in fails(write("a.jsonl", ROWS), filter={"id": "9"})

    def test_its_column_must_exist(self, write: Write) -> None:
        message = fails(write("a.jsonl", ROWS), filter={"sorce": "x"})
        assert "unknown column 'sorce'; did you mean 'source'?" in message


class TestSample:
    ROWS = tuple(
        {"id": str(number), "hi": f"वाक्य {number}", "en": f"Sentence {number}", "doc": f"d{number // 5}"}
        for number in range(100)
    )

    def drawn(self, path: Path, **sample: Any) -> list[str]:
        dataset = load(path, sample=sample)
        return [each.text for article in dataset.articles for each in article.segments]

    def test_it_depends_on_the_seed_and_not_on_the_order_of_the_rows(self, write: Write) -> None:
        path, other = write("a.jsonl", self.ROWS), write("b/../c.jsonl", self.ROWS[::-1])
        first = self.drawn(path, n=10, seed=0)
        assert first == self.drawn(path, n=10, seed=0) == self.drawn(path, n=10)
        assert sorted(first) == sorted(self.drawn(other, n=10, seed=0))
        assert first != self.drawn(path, n=10, seed=1)

    def test_a_smaller_sample_is_part_of_a_larger_one(self, write: Write) -> None:
        path = write("a.jsonl", self.ROWS)
        assert set(self.drawn(path, n=10)) < set(self.drawn(path, n=30))

    def test_a_document_is_drawn_as_a_whole(self, write: Write) -> None:
        dataset = load(write("a.jsonl", self.ROWS), sample={"n": 3, "by": "document"})
        assert [len(article.segments) for article in dataset.articles] == [5, 5, 5]
        assert dataset.notes == ("a sample of 3 of 20 documents (seed 0)",)

    def test_ids_are_those_of_the_whole_set(self, write: Write) -> None:
        path = write("a.jsonl", self.ROWS)
        whole = {each.id: each.text for article in load(path).articles for each in article.segments}
        part = {each.id: each.text for article in load(path, sample={"n": 10}).articles for each in article.segments}
        assert len(part) == 10
        assert part.items() < whole.items()

    def test_it_is_part_of_the_digest(self, write: Write) -> None:
        path = write("a.jsonl", self.ROWS)
        digests = {load(path, sample=sample).digest for sample in (None, {"n": 100}, {"n": 99}, {"n": 99, "seed": 1})}
        assert len(digests) == 4

    def test_a_sample_as_large_as_the_set_is_the_set(self, write: Write) -> None:
        dataset = load(write("a.jsonl", self.ROWS), sample={"n": 100})
        assert (len(dataset.articles), dataset.notes) == (20, ())

    def test_documents_cannot_be_drawn_without_a_column_of_documents(self, write: Write) -> None:
        rows = [{"hi": "यह", "en": "this"}]
        assert "say columns: {document: COLUMN}" in fails(write("a.jsonl", rows), sample={"n": 1, "by": "document"})


class TestRowsThatCannotBeScored:
    @pytest.mark.parametrize("missing", [None, "", "  ", "\u200b"])
    def test_a_row_without_source_or_reference_is_left_out_and_counted(self, write: Write, missing: str | None) -> None:
        rows = [*ROWS, {**ROWS[0], "id": "4", "source": missing}, {**ROWS[0], "id": "5", "reference": missing}]
        dataset = load(write("a.jsonl", rows))
        assert len(dataset.documents) == 3
        assert dataset.notes == ("left out of 5 rows: 1 with no source text, 1 with no reference",)

    def test_one_of_two_references_is_enough(self, write: Write) -> None:
        rows = [{"hi": "यह एक है।", "ref1": "This is one.", "ref2": None}]
        dataset = load(write("a.jsonl", rows))
        assert len(dataset.references["translations"]) == 1

    def test_the_sample_is_drawn_from_the_others(self, write: Write) -> None:
        rows = [{"hi": None if number % 2 else "यह", "en": "this"} for number in range(20)]
        dataset = load(write("a.jsonl", rows), sample={"n": 10})
        assert len(dataset.articles) == 10


class TestBadRows:
    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("a.jsonl", [*ROWS, ROWS[1]], "line 4: id '2' stands at line 2 already; one row has all references of it"),
            ("a.parquet", [*ROWS, ROWS[1]], "row 4: id '2' stands at row 2 already"),
            ("a.json", [*ROWS, ROWS[1]], "item 4: id '2' stands at item 2 already"),
            ("a.jsonl", [{"source": 7, "reference": "x"}], "line 1: expected text in 'source', found 7"),
            ("a.jsonl", '{"source": "\\ud800", "reference": "x"}\n', "expected text in 'source', found '\\ud800'"),
            ("a.jsonl", '{"source": NaN, "reference": "x"}\n', "found NaN, which is not JSON"),
            ("a.jsonl", [{"id": True, "source": "यह", "reference": "x"}], "expected an id in 'id', found True"),
            ("a.jsonl", '{"source": "यह"\n', "line 1: expected one JSON object, found bad JSON"),
            ("a.json", "[1, 2]", "expected a list of objects, one per row"),
            ("a.json", "[{]", "a.json line 1: expected JSON, found bad JSON"),
            ("a.csv", "source,reference\na,b,c\n", "line 2: expected 2 columns, as the first row has, found 3"),
            ("a.csv", "source,reference\n\"a,b\n", "bad CSV"),
            ("a.csv", "source,source\na,b\n", "the header has the column 'source' twice; rename one"),
            ("a.csv", ",,source\n1,2,a\n", "a.csv line 1: the header has several columns without a name; name them"),
            ("a.csv", "source,reference\n", "expected a row per text, found none; is the split empty?"),
            ("a.csv", "", "the file is empty"),
            ("a.csv", '""\n', "expected a row with the names of the columns, found only empty cells"),
            ("a.csv", "PK\x03\x04", "a ZIP archive (.zip, .xlsx or .docx); unpack it, or save the sheet as CSV"),
            ("a.xlsx", "PK\x03\x04", "expected a text file or Parquet, found a spreadsheet; export it as CSV"),
            ("a.txt", "यह\n", "expected a name that ends in .csv, .tsv"),
            ("a.parquet", "PAR1 and no more", "expected Parquet, found a damaged file"),
            ("a.csv", "a,b\n1,2\n", "known to be the source (columns: a, b); say columns: {source: COLUMN}"),
            ("a.csv", "source,src\n1,2\n", "the source? It could be source, src; say columns: {source: source}"),
            ("a.csv", "hi,en\nThis is.,This\n", "column 'hi': expected hin_Deva, found only 0% of the letters"),
        ],
    )  # fmt: skip
    def test_each_is_one_line_that_says_where(self, write: Write, name: str, content: Any, message: str) -> None:
        assert message in fails(write(name, content))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"columns": {"source": "sorce"}}, "unknown column 'sorce'; did you mean 'source'? (known: document, id,"),
            ({"columns": {"source": "source", "summary": "reference"}, "rows": "segment"}, "is of an article"),
            ({"rows": "article"}, "a reference translates a segment; say rows: segment, or leave it out"),
        ],
    )  # fmt: skip
    def test_options_that_do_not_fit_the_file_are_named(
        self, write: Write, options: dict[str, Any], message: str
    ) -> None:
        assert message in fails(write("a.jsonl", ROWS), **options)

    @pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path, name: str) -> None:
        assert fails(tmp_path / name) == f"{tmp_path / name}: no such file"

    def test_an_empty_parquet_file_has_columns_and_no_rows(self, tmp_path: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        schema = pyarrow.schema([("source", pyarrow.string()), ("reference", pyarrow.string())])
        parquet.write_table(schema.empty_table(), tmp_path / "a.parquet")
        assert "expected a row per text, found none; is the split empty?" in fails(tmp_path / "a.parquet")

    @pytest.mark.parametrize("seed", range(20))
    def test_flipped_bits_of_a_parquet_file_are_one_line_or_other_texts(self, write: Write, seed: int) -> None:
        path = write("a.parquet", ROWS)
        data = bytearray(path.read_bytes())
        chance = random.Random(seed)
        for _ in range(3):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        with suppress(HarnessError):
            load(path)

    def test_a_repeated_mistake_is_counted(self, write: Write) -> None:
        assert "line 1 and 2 more: expected text" in fails(write("a.jsonl", [{"source": 1, "reference": "x"}] * 3))


class TestMemory:
    """A table is read row by row, so that memory does not grow with what is not used."""

    MANY = 4000

    @pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv", "a.jsonl.gz"])
    def test_a_sample_of_a_large_file_needs_a_small_part_of_its_size(self, tmp_path: Path, name: str) -> None:
        rows = [{"id": f"{n}", "text": f"वाक्य {n}। " * 100, "summary": "यह सार है।"} for n in range(self.MANY)]
        path = written(tmp_path / name.removesuffix(".gz"), rows, delimiter="\t" if name == "a.tsv" else ",")
        size = path.stat().st_size
        if name.endswith(".gz"):
            (tmp_path / name).write_bytes(gzip.compress(path.read_bytes()))
        del rows
        load(tmp_path / name, sample={"n": 5})  # imports the libraries
        tracemalloc.start()
        dataset = load(tmp_path / name, sample={"n": 5})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(dataset.articles) == 5
        assert peak < size / 4

    @pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv"])
    def test_no_text_is_kept_beside_the_dataset(self, write: Write, name: str) -> None:
        path = write(name, ROWS)
        table = _tables.read(path)
        first, second = (list(table.rows(table.columns)) for _ in range(2))
        assert first == second  # read again
        assert all(one.fields is not other.fields for one, other in zip(first, second, strict=True))


class TestLines:
    """Lines are those of `files.split_lines`, whether a file is read as a whole or row by row."""

    @pytest.mark.parametrize(
        "content",
        [
            "hi,en\nक,a\n", "\ufeffhi,en\r\nक,a\r\n", "hi,en\rक,a\r", "hi,en\nक,\"a\r\nb\"\n", "hi,en\n\nक,a\n\n\n",
            "hi,en\nक\u2028ख,a\x85b\n", "hi,en\nक,a",
        ],
    )  # fmt: skip
    def test_row_by_row_a_file_has_the_lines_that_it_has_as_a_whole(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(content.encode())
        whole = files.split_lines(plain_text.decode(path.read_bytes(), "a.csv"))
        assert list(plain_text.lines(path)) == whole
        (tmp_path / "a.csv.gz").write_bytes(gzip.compress(content.encode()))
        assert list(plain_text.lines(tmp_path / "a.csv.gz")) == whole

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"hi,en\n\xe0\xa4\x95,a\n\xff,b\n", "a.csv line 3: expected UTF-8, found byte 0xff"),
            (b"hi,en\n\xe0\xa4\x95,a\n\0,b\n", "a.csv line 3: expected text, found a NUL byte"),
            (b"hi,en\n" + b"x" * 10_000_001, "a.csv line 2: expected lines of at most 10,000,000 bytes"),
            (b"\xef\xbb\xbf\n \n", "a.csv: the file is empty"),
            (b"\x1f\x8bxx", "a.csv: damaged gzip"),
            (gzip.compress(b"hi,en\n" * 99)[:30], "a.csv: damaged gzip"),
            (gzip.compress(gzip.compress(b"hi,en\n")), "a.csv: expected text, found a gzip file in a gzip file"),
        ],
        ids=["not UTF-8", "NUL byte", "long line", "no text", "no gzip", "half a gzip", "gzip in gzip"],
    )  # fmt: skip
    def test_a_fault_is_named_with_its_line(self, tmp_path: Path, content: bytes, message: str) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(content)
        with pytest.raises(HarnessError) as error:
            list(plain_text.lines(path))
        assert message in str(error.value)

    def test_all_lines_of_json_that_are_no_objects_are_counted(self, write: Write) -> None:
        path = write("a.jsonl", '{"source": "यह", "reference": "x"}\n[]\n{"source"\n\n7\n')
        message = "a.jsonl line 2: expected one JSON object {...}, found list (and 2 more lines)"
        assert message in fails(path)
