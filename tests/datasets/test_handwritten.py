"""A sound hand-written dataset loads; any other gives every finding, each with file and line.

Each test copies the committed dataset, breaks one thing, and reads the findings.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import datasets
from harness.core import files, jsonl
from harness.core.errors import FileError, InputError, ProblemsError
from harness.core.records import Dataset
from harness.datasets import FolderOptions, handwritten
from tests.paths import DATASET

COMMITTED = DATASET
ARTICLE = "article.hin_Deva.txt"

Row = dict[str, Any]
Break = Callable[[Path], object]


def load(folder: Path) -> Dataset:
    return handwritten.load(FolderOptions(path=folder))


@pytest.fixture
def dataset(tmp_path) -> Path:
    return Path(shutil.copytree(COMMITTED, tmp_path / "india-japan"))


def read(file: Path) -> list[Row]:
    return [row for _, row in jsonl.read(file)[0]]


def write(file: Path, rows: list[Row]) -> None:
    file.write_text("".join(files.dumps(row) + "\n" for row in rows), encoding="utf-8")


def findings(folder: Path) -> list[str]:
    """Return the problems, with the folder's own path left out."""
    return [str(problem).replace(f"{folder}/", "").replace(str(folder), "india-japan") for problem in _check(folder)]


def warnings(folder: Path) -> list[str]:
    """Return the warnings of a sound dataset, without the folder's own path."""
    return [str(warning).replace(f"{folder}/", "") for warning in load(folder).warnings]


def _check(folder: Path) -> list:
    try:
        load(folder)
    except ProblemsError as error:
        return list(error.problems)
    except FileError as error:
        return [error]
    return []


def change(file: str, line: int, **values: Any) -> Break:
    """Change keys of one line; None removes the key."""

    def apply(folder: Path) -> None:
        rows = read(folder / file)
        row = rows[line - 1] | values
        rows[line - 1] = {key: value for key, value in row.items() if value is not None}
        write(folder / file, rows)

    return apply


def drop(file: str, line: int) -> Break:
    return lambda folder: write(folder / file, [r for n, r in enumerate(read(folder / file), start=1) if n != line])


def repeat(file: str, line: int) -> Break:
    return lambda folder: write(folder / file, [*read(folder / file), read(folder / file)[line - 1]])


def raw_line(file: str, line: int, content: str | bytes) -> Break:
    def apply(folder: Path) -> None:
        lines = (folder / file).read_bytes().split(b"\n")
        lines[line - 1] = content if isinstance(content, bytes) else content.encode()
        (folder / file).write_bytes(b"\n".join(lines))

    return apply


def article(edit: Callable[[str], str]) -> Break:
    def apply(folder: Path) -> None:
        raw = (folder / ARTICLE).read_bytes().decode()
        (folder / ARTICLE).write_bytes(edit(raw).encode())

    return apply


def remove(file: str) -> Break:
    return lambda folder: (folder / file).unlink()


def folder_for(file: str) -> Break:
    def apply(folder: Path) -> None:
        (folder / file).unlink()
        (folder / file).mkdir()

    return apply


def put(file: str, content: bytes) -> Break:
    return lambda folder: (folder / file).write_bytes(content)


SOUND_SENTENCE = "विदेश सचिव ने जापान के उप विदेश मंत्री से नई दिल्ली में बात की।"

# A breakage, the beginning of its finding, and a part of the rest. Lines are those of the committed files.
ONE_FINDING: dict[str, tuple[Break, str, str]] = {
    "segments.jsonl missing": (
        remove("segments.jsonl"), "india-japan:", "segments.jsonl is missing; `harness ingest india-japan` writes it",
    ),
    "translation twice": (
        repeat("translations.jsonl", 7), "translations.jsonl line 39:",
        "india-japan#s07 close eng_Latn stands on line 7 already",
    ),
    "summary twice": (repeat("summaries.jsonl", 1), "summaries.jsonl line 7:", "stands on line 1 already"),
    "fact twice": (repeat("facts.jsonl", 2), "facts.jsonl line 29:", "india-japan#f02 stands on line 2 already"),
    "entity twice": (repeat("entities.jsonl", 3), "entities.jsonl line 28:", "stands on line 3 already"),
    "version with a gap": (
        drop("translations.jsonl", 22), "translations.jsonl:",
        "version 'newsroom' (eng_Latn) has gaps: nothing for india-japan#s03",
    ),
    "gist missing": (
        drop("gists.jsonl", 8), "gists.jsonl:", "version 'b' (hin_Deva) has gaps: nothing for india-japan#p06",
    ),
    "Hindi where English belongs": (
        change("translations.jsonl", 5, text="जानें इस वार्ता के प्रमुख बिंदुओं और भविष्य के बारे में।"),
        "translations.jsonl line 5:", "expected eng_Latn, found only 0% of the letters in that script",
    ),
    "English where Hindi belongs": (
        change("headlines.jsonl", 2, text="India and Japan discuss new areas of cooperation"),
        "headlines.jsonl line 2:", "expected hin_Deva, found only 0% of the letters in that script",
    ),
    "empty text": (change("gists.jsonl", 2, text=" "), "gists.jsonl line 2:", "the text of india-japan#p02 is empty"),
    "bad JSON": (
        raw_line("entities.jsonl", 5, '{"id": "india-japan#e05", '), "entities.jsonl line 5:", "found bad JSON",
    ),
    "a list for an object": (raw_line("facts.jsonl", 5, "[]"), "facts.jsonl line 5:", "found list"),
    "not UTF-8": (raw_line("facts.jsonl", 5, b"\xff"), "facts.jsonl line 5:", "expected UTF-8, found byte 0xff"),
    "NUL bytes": (raw_line("entities.jsonl", 2, b"{\0}"), "entities.jsonl line 2:", "found a NUL byte"),
    "a folder for a file": (
        folder_for("facts.jsonl"), "facts.jsonl:", "expected a file, found a directory",
    ),
    "empty file": (put("facts.jsonl", b"\n"), "facts.jsonl:", "the file is empty"),
    "unknown key in a reference": (
        change("summaries.jsonl", 2, author="me"), "summaries.jsonl line 2:",
        "unknown key 'author' (known: id, language, text, version)",
    ),
    "a group without an alternative": (
        change("facts.jsonl", 2, eng_Latn=[["Misri"], []]), "facts.jsonl line 2:",
        "eng_Latn: group 2 is empty; expected at least one alternative",
    ),
    "groups beside an alternative": (
        change("facts.jsonl", 2, eng_Latn=[["Misri"], "met"]), "facts.jsonl line 2:",
        "a list of groups, each a list of alternatives, or a list of alternatives; found both: 'met'",
    ),
    "an alternative without words": (
        change("facts.jsonl", 2, hin_Deva=[["मिस्री ... ।"]]), "facts.jsonl line 2:",
        "hin_Deva: expected words beside the gap in 'मिस्री ... ।', found none",
    ),
    "= without a number": (
        change("facts.jsonl", 2, eng_Latn=[["Misri"], ["=many"]]), "facts.jsonl line 2:",
        "eng_Latn: expected a number after = in '=many', such as =35000000 or =2.5",
    ),
    "an alternative that is no text": (
        change("facts.jsonl", 2, eng_Latn=[["Misri"], [14]]), "facts.jsonl line 2:",
        "eng_Latn: expected text, found 14",
    ),
    "a fact marked as negative": (
        change("facts.jsonl", 5, negated=True), "facts.jsonl line 5:",
        "india-japan#f05: its hin_Deva and eng_Latn variants occur only without the negation; correct negated",
    ),
    "a value that is no number": (
        change("entities.jsonl", 18, value="14"), "entities.jsonl line 18:", "value",
    ),
    "a fact of another article": (
        change("facts.jsonl", 28, id="other#f28"), "facts.jsonl line 28:",
        "other#f28: expected an id that begins with its article's, india-japan#",
    ),
    "unknown key in a fact": (
        change("facts.jsonl", 2, note=["x"]), "facts.jsonl line 2:",
        "unknown key 'note' (known: id, negated, segments, statement, weight, and a language such as hin_Deva)",
    ),
    "unknown weight": (change("facts.jsonl", 1, weight="high"), "facts.jsonl line 1:", "weight: "),
    "unknown entity type": (change("entities.jsonl", 1, type="ship"), "entities.jsonl line 1:", "type: "),
    "fact without segments": (change("facts.jsonl", 1, segments=[]), "facts.jsonl line 1:", "segments is empty"),
    "fact without any surface form": (
        change("facts.jsonl", 1, hin_Deva=None, eng_Latn=None), "facts.jsonl line 1:", "expected surface forms",
    ),
    "empty surface form": (change("facts.jsonl", 1, eng_Latn=[""]), "facts.jsonl line 1:", "eng_Latn is empty"),
    "fact with a variant that occurs nowhere": (
        change("facts.jsonl", 9, eng_Latn=["warships"]), "facts.jsonl line 9:",
        "india-japan#f09: no eng_Latn variant occurs",
    ),
    "a variant only as part of a word": (
        change("facts.jsonl", 9, eng_Latn=["defen"]), "facts.jsonl line 9:", "no eng_Latn variant occurs",
    ),
    "fact with an unknown segment": (
        change("facts.jsonl", 1, segments=["india-japan#s02", "india-japan#s99"]), "facts.jsonl line 1:",
        "india-japan#f01: unknown segment 'india-japan#s99'",
    ),
    "entity with an unknown segment": (
        change("entities.jsonl", 1, segments=["india-japan#s02", "india-japan#s07", "india-japan#s99"]),
        "entities.jsonl line 1:", "unknown segment 'india-japan#s99'",
    ),
    "entity missing from a translation": (
        change("translations.jsonl", 37, text="The 14th annual summit brought the Prime Minister to India in 2022."),
        "entities.jsonl line 4:", "version 'newsroom' of india-japan#s18 lacks 'Kishida'",
    ),
    "entity that another segment states too": (
        change("entities.jsonl", 1, segments=["india-japan#s02"]), "entities.jsonl line 1:",
        "expected the segments that state it (india-japan#s02, india-japan#s07)",
    ),
    "segment's text differs from the article": (
        change("segments.jsonl", 6, text="भारत-जापान संबंधों की समीक्षा"), "segments.jsonl line 6:",
        "expected the article's characters 454-494",
    ),
    "text added at the article's end": (
        article(lambda raw: f"{raw}\nएक और वाक्य।"), "segments.jsonl:",
        "the article's end is in no segment: 'एक और वाक्य।'",
    ),
}  # fmt: skip


# A breakage of a rule of style, and the warning.
ONE_WARNING: dict[str, tuple[Break, str, str]] = {
    "a Devanagari word left in a translation": (
        change("translations.jsonl", 5, text="Learn about the key points of these वार्ता and the prospects."),
        "translations.jsonl line 5:", "expected eng_Latn",
    ),
    "summary sentence too short": (
        change("summaries.jsonl", 1, text=SOUND_SENTENCE),
        "summaries.jsonl line 1:", "expected 20 to 35 words, found 14",
    ),
    "a second version of one sentence, too short": (
        change("summaries.jsonl", 1, text=SOUND_SENTENCE, version="sentence-b"),
        "summaries.jsonl line 1:", "expected 20 to 35 words, found 14",
    ),
    "brief too long": (
        change("summaries.jsonl", 2, text=f"{' '.join(['रक्षा'] * 71)}।"),
        "summaries.jsonl line 2:", "expected 45 to 70 words, found 71",
    ),
    "English brief too short": (
        change("summaries.jsonl", 5, text=f"{' '.join(['trade'] * 44)}."),
        "summaries.jsonl line 5:", "expected 45 to 70 words, found 44",
    ),
    "headline of 16 words": (
        change("headlines.jsonl", 1, text=" ".join(["वार्ता"] * 16)),
        "headlines.jsonl line 1:", "expected 3 to 15 words, found 16",
    ),
    "two sentences in the one-sentence summary": (
        change("summaries.jsonl", 1, text=f"{' '.join(['रक्षा'] * 12)}। {' '.join(['व्यापार'] * 12)}।"),
        "summaries.jsonl line 1:", "expected one sentence, found 2",
    ),
    "two sentences in a gist": (
        change("gists.jsonl", 1, text=f"{SOUND_SENTENCE} {SOUND_SENTENCE}"),
        "gists.jsonl line 1:", "expected one sentence, found 2",
    ),
    "two sentences for one segment": (
        change("translations.jsonl", 22, text="The meeting took stock of ties. India and Japan saw fresh fields."),
        "translations.jsonl line 22:", "expected one sentence, found 2",
    ),
    "translation of something else": (
        change("translations.jsonl", 9, text="They exchanged views, according to the MEA."),
        "translations.jsonl line 9:", "is this the translation of india-japan#s09?",
    ),
    "headline copied from the article": (
        change("headlines.jsonl", 3, text="भारत और जापान के बीच द्विपक्षीय वार्ता में सहयोग के नए आयामों पर चर्चा"),
        "headlines.jsonl line 3:", "the headline is a copy of the article's own",
    ),
    "space around a text": (
        change("gists.jsonl", 2, text=f"{SOUND_SENTENCE} "), "gists.jsonl line 2:", "the text has space around it",
    ),
}  # fmt: skip


def test_the_committed_dataset_is_sound(dataset):
    assert findings(dataset) == []
    assert findings(COMMITTED) == []
    assert warnings(dataset) == []


@pytest.mark.parametrize(("breakage", "start", "part"), ONE_FINDING.values(), ids=ONE_FINDING)
def test_one_breakage_is_one_finding_with_file_and_line(dataset, breakage, start, part):
    breakage(dataset)
    (finding,) = findings(dataset)
    assert finding.startswith(start)
    assert part in finding
    assert "\n" not in finding


@pytest.mark.parametrize(("breakage", "start", "part"), ONE_WARNING.values(), ids=ONE_WARNING)
def test_a_rule_of_style_is_a_warning_if_the_dataset_asks_for_it(dataset, breakage, start, part):
    breakage(dataset)
    assert [finding for finding in findings(dataset) if not finding.startswith("entities.jsonl")] == []
    entities = dataset / "entities.jsonl"
    entities.unlink()  # the changed texts lack names
    (warning,) = warnings(dataset)
    assert warning.startswith(start)
    assert part in warning
    remove("dataset.yaml")(dataset)
    assert warnings(dataset) == []


def test_a_text_that_is_not_written_yet_is_no_gap(dataset):
    change("translations.jsonl", 22, text="")(dataset)
    assert findings(dataset) == []
    assert len(load(dataset).references["translations"]) == 37


def test_a_misspelt_file_is_a_warning_with_the_name_that_was_meant(dataset):
    shutil.copy(dataset / "facts.jsonl", dataset / "fact.jsonl")
    (warning,) = [each for each in warnings(dataset) if "not read" in each]
    assert "did you mean facts.jsonl?" in warning


class TestSeveralFindings:
    """Breakages with several findings."""

    def test_an_unknown_id_is_named_and_leaves_a_gap(self, dataset):
        change("translations.jsonl", 3, id="india-japan#s33")(dataset)
        unknown, gap = findings(dataset)
        assert unknown.startswith(
            "translations.jsonl line 3: unknown id 'india-japan#s33'; ids here are india-japan#s01"
        )
        assert gap == "translations.jsonl: version 'close' (eng_Latn) has gaps: nothing for india-japan#s03"

    def test_a_version_with_many_gaps_names_some_and_counts_the_rest(self, dataset):
        write(dataset / "translations.jsonl", read(dataset / "translations.jsonl")[:20])
        (gap,) = findings(dataset)
        assert gap.startswith(
            "translations.jsonl: version 'newsroom' (eng_Latn) has gaps: nothing for india-japan#s02,"
        )
        assert gap.endswith("india-japan#s08, india-japan#s09 and 10 more")

    def test_a_misspelt_version_is_two_versions_with_gaps(self, dataset):
        change("translations.jsonl", 3, version="closed")(dataset)
        assert [finding.split(":")[1][:17] for finding in findings(dataset)] == [
            " version 'close' ",
            " version 'closed'",
        ]

    @pytest.mark.parametrize("language", ["en", "english", "", "eng", "eng-Latn", "eng_Latn ", "ENG_LATN"])
    def test_a_language_that_is_no_flores_code_is_named(self, dataset, language):
        change("translations.jsonl", 3, language=language)(dataset)
        named = [finding for finding in findings(dataset) if finding.startswith("translations.jsonl line 3:")]
        assert named
        assert "eng_Latn" in named[0]

    def test_an_edited_article_is_one_finding_with_the_next_step(self, dataset):
        article(lambda raw: raw.replace("किशिदा", "श्री किशिदा"))(dataset)
        (finding,) = findings(dataset)
        assert finding.startswith("segments.jsonl line 18 and 2 more: expected the article's characters")
        assert "if the article was edited, undo that, or delete segments.jsonl, run `harness ingest" in finding

    def test_a_lost_segment_is_shown_by_its_text_and_hides_findings_that_follow_from_it(self, dataset):
        drop("segments.jsonl", 10)(dataset)
        (finding,) = findings(dataset)
        assert finding.startswith(
            "segments.jsonl line 10: the article's text before india-japan#s11 is in no segment: 'इसके अलावा"
        )

    def test_the_last_segment_can_be_lost_too(self, dataset):
        drop("segments.jsonl", 19)(dataset)
        assert findings(dataset)[0].startswith("segments.jsonl: the article's end is in no segment: 'दोनों पक्षों")

    def test_segments_out_of_order_are_named(self, dataset):
        rows = read(dataset / "segments.jsonl")
        write(dataset / "segments.jsonl", [*rows[:6], rows[7], rows[6], *rows[8:]])
        assert "segments.jsonl line 8: india-japan#s07 starts before the segment above it ends" in findings(dataset)

    def test_a_segment_id_twice_is_named(self, dataset):
        repeat("segments.jsonl", 4)(dataset)
        assert "segments.jsonl line 20: india-japan#s04 stands on line 4 already" in findings(dataset)

    def test_segments_of_another_article_are_named(self, dataset):
        change("segments.jsonl", 4, id="china-japan#s04")(dataset)
        assert "segments.jsonl line 4: expected ids india-japan#s.. and india-japan#p.., found china-japan#s04, india-japan#p02" in findings(dataset)  # fmt: skip # noqa: E501

    def test_a_fact_that_no_reference_repeats_is_named(self, dataset):
        change("facts.jsonl", 9, hin_Deva=["युद्धपोत"], eng_Latn=["warships"])(dataset)
        assert findings(dataset) == [
            "facts.jsonl line 9: india-japan#f09: no hin_Deva variant occurs in a reference or in its segments",
            "facts.jsonl line 9: india-japan#f09: no eng_Latn variant occurs in a reference or in its segments",
            "facts.jsonl line 9: india-japan#f09: none of its variants occurs in any reference",
        ]

    def test_a_text_in_two_files_is_reported_only_for_the_file_in_which_it_is_wrong(self, dataset):
        """A headline that is also among the summaries is too short as a summary only."""
        headline = read(dataset / "headlines.jsonl")[0]
        write(dataset / "summaries.jsonl", [*read(dataset / "summaries.jsonl"), headline])
        assert warnings(dataset) == ["summaries.jsonl line 7: expected 45 to 70 words, found 14"]

    def test_missing_keys_are_all_named(self, dataset):
        change("headlines.jsonl", 1, version=None, text=None)(dataset)
        assert findings(dataset) == [
            "headlines.jsonl line 1: key 'version' is missing",
            "headlines.jsonl line 1: key 'text' is missing",
        ]

    def test_breakages_in_every_file_are_reported_together(self, dataset):
        for breakage in (
            raw_line("gists.jsonl", 3, "{bad"),
            change("translations.jsonl", 3, text="हिंदी"),
            change("summaries.jsonl", 1, text="\u200b"),
            change("headlines.jsonl", 1, txt="वार्ता"),
            raw_line("facts.jsonl", 5, b"\xff"),
            change("entities.jsonl", 1, type="ship"),
        ):
            breakage(dataset)
        found = findings(dataset)
        for where in (
            "gists.jsonl line 3:",
            "translations.jsonl line 3:",
            "summaries.jsonl line 1:",
            "headlines.jsonl line 1:",
            "facts.jsonl line 5:",
            "entities.jsonl line 1:",
        ):
            assert [finding for finding in found if finding.startswith(where)], where
        with pytest.raises(ProblemsError) as error:
            load(dataset)
        assert len(str(error.value).splitlines()) == len(found)

    @pytest.mark.parametrize("file", ["segments.jsonl", "translations.jsonl", "gists.jsonl"])
    def test_a_folder_for_a_file_is_named(self, dataset, file):
        folder_for(file)(dataset)
        assert f"{file}: expected a file, found a directory" in findings(dataset)

    def test_no_reference_at_all_is_a_finding(self, dataset):
        for reference_kind in datasets.REFERENCE_KINDS:
            remove(f"{reference_kind}.jsonl")(dataset)
        assert any("expected at least one file of references" in finding for finding in findings(dataset))


class TestWithoutAnArticle:
    """If the article cannot be read, nothing else is checked: `load` raises one finding."""

    def only(self, folder: Path) -> str:
        (finding,) = findings(folder)
        with pytest.raises(FileError):
            load(folder)
        return finding

    @pytest.mark.parametrize(
        ("breakage", "start", "part"),
        [
            pytest.param(
                remove(ARTICLE), "india-japan:", "expected one file article.<language>.txt", id="no article",
            ),
            pytest.param(
                put("article.eng_Latn.txt", b"Title"), "india-japan:",
                "found article.eng_Latn.txt, article.hin_Deva.txt", id="two articles",
            ),
            pytest.param(
                lambda folder: (folder / ARTICLE).rename(folder / "article.hindi.txt"), "article.hindi.txt:",
                "expected a FLORES code such as hin_Deva in the name, found 'hindi'", id="no FLORES code",
            ),
            pytest.param(raw_line(ARTICLE, 7, b"\xff"), f"{ARTICLE} line 7:", "expected UTF-8", id="not UTF-8"),
            pytest.param(put(ARTICLE, b""), f"{ARTICLE}:", "the file is empty", id="empty article"),
            pytest.param(put(ARTICLE, b"a\n\0"), f"{ARTICLE} line 2:", "found a NUL byte", id="NUL byte"),
        ],
    )  # fmt: skip
    def test_the_article_is_named(self, dataset, breakage, start, part):
        breakage(dataset)
        finding = self.only(dataset)
        assert finding.startswith(start)
        assert part in finding

    def test_a_missing_folder_is_named(self, tmp_path):
        assert self.only(tmp_path / "absent") == "india-japan: expected a folder with an article and its references, found nothing there"  # fmt: skip # noqa: E501

    def test_a_file_for_a_folder_is_named(self, tmp_path):
        (tmp_path / "file").write_text("x", encoding="utf-8")
        assert self.only(tmp_path / "file").endswith("found a file")


class TestLoading:
    def test_the_dataset_has_the_content_of_the_files(self, dataset):
        loaded = load(dataset)
        assert loaded.name == "india-japan"
        assert [segment.id for segment in loaded.articles[0].segments][::18] == ["india-japan#s01", "india-japan#s19"]
        assert {reference_kind: len(texts) for reference_kind, texts in loaded.references.items()} == {
            "translations": 38,
            "summaries": 6,
            "headlines": 3,
            "gists": 8,
        }
        first = loaded.references["headlines"][0]
        row = read(dataset / "headlines.jsonl")[0]
        assert (first.id, first.version, first.language, first.text) == tuple(row.values())

    def test_a_reference_kind_without_a_file_is_absent(self, dataset):
        remove("gists.jsonl")(dataset)
        assert "gists" not in load(dataset).references

    def test_facts_and_entities_are_optional(self, dataset):
        remove("facts.jsonl")(dataset)
        remove("entities.jsonl")(dataset)
        assert findings(dataset) == []

    def test_a_path_with_a_slash_or_through_a_parent_has_the_same_name(self, dataset, monkeypatch):
        monkeypatch.chdir(dataset)
        assert load(Path()).name == load(Path("../india-japan/")).name == "india-japan"

    @pytest.mark.parametrize("edit", [b"\xef\xbb\xbf%s", b"CRLF"], ids=["byte order mark", "CRLF"])
    def test_reference_files_from_windows_are_read(self, dataset, edit):
        before = load(dataset).references
        for reference_kind in datasets.REFERENCE_KINDS:
            file = dataset / f"{reference_kind}.jsonl"
            data = file.read_bytes()
            file.write_bytes(data.replace(b"\n", b"\r\n") if edit == b"CRLF" else edit % data)
        assert load(dataset).references == before

    def test_an_unknown_format_is_answered_with_the_existing_ones(self):
        with pytest.raises(InputError, match="unknown dataset format 'handwriten'; did you mean 'handwritten'"):
            datasets.get("handwriten")


class TestDigest:
    @pytest.mark.parametrize(
        "breakage",
        [
            change(
                "translations.jsonl", 14, text="India and Japan share a 'Special Strategic and Global Partnership' now."
            ),
            change("headlines.jsonl", 3, text="नई दिल्ली में भारत-जापान वार्ता, सहयोग के नए क्षेत्रों पर चर्चा"),
            remove("gists.jsonl"),
            article(lambda raw: raw + "\n"),
            drop("facts.jsonl", 20),
            remove("facts.jsonl"),
            drop("entities.jsonl", 22),
        ],
        ids=["translation", "headline", "reference_kind removed", "article", "fact", "no facts", "entity"],
    )
    def test_everything_that_can_change_a_score_changes_the_digest(self, dataset, breakage):
        before = load(dataset).digest
        breakage(dataset)
        assert load(dataset).digest != before

    @pytest.mark.parametrize(
        "breakage",
        [
            put("README.md", b"# Changed"),
            put("notes.txt", b"x"),
        ],
        ids=["README.md", "another file"],
    )
    def test_changes_that_cannot_change_a_score_keep_the_digest(self, dataset, breakage):
        before = load(dataset).digest
        breakage(dataset)
        assert load(dataset).digest == before

    def test_the_digest_does_not_depend_on_the_path_of_the_folder(self, dataset):
        assert load(dataset).digest == load(COMMITTED).digest


class TestWritingSegments:
    def test_the_committed_segments_are_those_of_ingestion(self, dataset):
        remove("segments.jsonl")(dataset)
        assert handwritten.write_segments(dataset) == dataset / "segments.jsonl"
        assert (dataset / "segments.jsonl").read_bytes() == (COMMITTED / "segments.jsonl").read_bytes()

    def test_segments_with_references_are_never_overwritten(self, dataset):
        (dataset / "segments.jsonl").write_text(json.dumps({"id": "x"}), encoding="utf-8")
        with pytest.raises(FileError, match="exists already"):
            handwritten.write_segments(dataset)
        assert read(dataset / "segments.jsonl") == [{"id": "x"}]

    def test_a_page_of_debris_is_not_an_article(self, tmp_path):
        (tmp_path / ARTICLE).write_text("×\n--\n", encoding="utf-8")
        with pytest.raises(FileError, match="expected an article, found no letter or digit"):
            handwritten.write_segments(tmp_path)
        assert not (tmp_path / "segments.jsonl").exists()
