"""Datasets on the hub and in local copies: which files are read, what is recorded, and how it can fail."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.core import hub as core_hub
from harness.core.descriptions import DatasetDescription
from harness.core.errors import HarnessError
from harness.core.records import Dataset
from harness.datasets import huggingface
from tests.datasets.test_tabular import written
from tests.fake_hub import Hub

NAME = "org/set"
PAIRS = [{"id": n, "hin_Deva": f"वाक्य {n} है।", "eng_Latn": f"This is sentence {n}."} for n in range(1, 6)]


def load(**options: Any) -> Dataset:
    return huggingface.load(huggingface.Options.model_validate(options))


def describe(**options: Any) -> DatasetDescription:
    return huggingface.describe(huggingface.Options.model_validate(options))


def fails(**options: Any) -> str:
    with pytest.raises(HarnessError) as error:
        load(**options)
    assert "\n" not in str(error.value)
    return str(error.value)


def texts(dataset: Dataset) -> list[str]:
    return [each.text for each in dataset.references["translations"]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    written(folder / "data" / "test-00000-of-00001.parquet", PAIRS)
    written(folder / "data" / "train-00000-of-00001.parquet", PAIRS[:1])
    return folder


@pytest.fixture
def push(hub: Hub, folder: Path) -> Callable[..., str]:
    def push(name: str = NAME, **settings: Any) -> str:
        return hub.push(name, settings.pop("folder", folder), dataset=True, **settings)

    return push


Push = Callable[..., str]


class TestOnTheHub:
    def test_a_branch_is_resolved_to_its_commit_which_is_recorded(self, push: Push) -> None:
        commit = push()
        dataset = load(hub=NAME)
        assert texts(dataset) == [pair["eng_Latn"] for pair in PAIRS]
        assert dataset.origins == (
            {"dataset": "set-test", "huggingface": NAME, "revision": commit, "branch": "main", "split": "test"},
        )

    def test_a_pinned_commit_has_no_branch(self, push: Push) -> None:
        commit = push()
        (origin,) = load(hub=NAME, revision=commit).origins
        assert (origin["revision"], "branch" in origin) == (commit, False)
        assert (describe(hub=NAME, revision=commit).branch, describe(hub=NAME).branch) == (None, "main")

    def test_only_the_files_of_the_split_are_downloaded(self, hub: Hub, push: Push) -> None:
        push()
        load(hub=NAME, split="train")
        assert dict.fromkeys(hub.downloads()) == dict.fromkeys(["data/train-00000-of-00001.parquet"])

    def test_an_older_commit_can_be_named(self, push: Push, folder: Path) -> None:
        old = push()
        written(folder / "data" / "test-00000-of-00001.parquet", PAIRS[:2])
        push()
        assert (len(texts(load(hub=NAME, revision=old))), len(texts(load(hub=NAME)))) == (5, 2)

    def test_what_is_in_the_cache_is_not_asked_for(self, hub: Hub, push: Push) -> None:
        commit = push()
        load(hub=NAME, revision=commit)
        asked = len(hub.requests)
        load(hub=NAME, revision=commit)
        assert len(hub.requests) == asked

    def test_without_a_network_the_cache_is_used(self, hub: Hub, push: Push) -> None:
        push()
        before = load(hub=NAME)
        asked = len(hub.requests)
        with core_hub.without_network():
            assert load(hub=NAME) == before
        assert len(hub.requests) == asked

    def test_a_hub_that_cannot_be_reached_is_a_warning_if_the_data_are_cached(
        self, hub: Hub, push: Push, caplog: pytest.LogCaptureFixture
    ) -> None:
        push()
        before = load(hub=NAME)
        hub.stop()
        with caplog.at_level(logging.WARNING):
            assert load(hub=NAME) == before
        assert "no network" in caplog.text

    def test_a_damaged_file_in_the_cache_is_one_line_and_fetched_again_after_it_is_deleted(self, push: Push) -> None:
        push()
        load(hub=NAME)
        (cached,) = (core_hub.cached(NAME, "main", "dataset") or Path()).rglob("test-*.parquet")
        cached.resolve().write_bytes(cached.read_bytes()[:-40])
        message = fails(hub=NAME)
        assert message.startswith(f"{cached.resolve()}: expected Parquet, found a damaged file (")
        assert message.endswith("; delete it and fetch it again")
        cached.resolve().unlink()
        assert len(texts(load(hub=NAME))) == 5

    def test_nothing_of_the_library_is_printed_or_left(
        self, push: Push, capfd: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        import datasets

        push()
        level = datasets.logging.get_verbosity()
        load(hub=NAME)
        assert capfd.readouterr() == ("", "")
        assert datasets.logging.get_verbosity() == level
        assert not datasets.are_progress_bars_disabled()
        assert sorted(path.name for path in (tmp_path / "home").iterdir()) == ["hub"]


class TestWhatCannotBeHad:
    @pytest.mark.parametrize("status", [401, 403])
    def test_a_gated_set_is_one_line_with_the_page_and_the_command(self, hub: Hub, push: Push, status: int) -> None:
        push(gated=status)
        message = fails(hub=NAME)
        assert message.startswith(f"{NAME}: access is gated; accept its terms at {hub.url}/datasets/{NAME} while")
        assert "hf auth login" in message

    def test_an_unknown_repository(self, hub: Hub) -> None:
        assert fails(hub="org/none").startswith(f"org/none: no such dataset on {hub.url}, or it is private")

    def test_an_unknown_revision(self, hub: Hub, push: Push) -> None:
        push()
        expected = f"{NAME}: no revision 'v9'; see {hub.url}/datasets/{NAME}/tree/main for its branches"
        assert fails(hub=NAME, revision="v9").startswith(expected)

    def test_offline_without_it_in_the_cache(self, push: Push) -> None:
        push()
        with core_hub.without_network():
            message = fails(hub=NAME)
        assert (
            "split 'test' at revision main is not in the cache (HF_HOME), and --offline or HF_HUB_OFFLINE " in message
        )

    def test_offline_with_another_split_in_the_cache(self, push: Push) -> None:
        push()
        load(hub=NAME, split="train")
        with core_hub.without_network():
            assert "split 'test' at revision main is not in the cache" in fails(hub=NAME)

    def test_offline_with_one_of_two_files_in_the_cache(self, push: Push, folder: Path) -> None:
        written(folder / "data" / "test-00000-of-00002.parquet", PAIRS[:2])
        written(folder / "data" / "test-00001-of-00002.parquet", PAIRS[2:])
        (folder / "data" / "test-00000-of-00001.parquet").unlink()
        push()
        assert len(texts(load(hub=NAME))) == 5
        (cached,) = (core_hub.cached(NAME, "main", "dataset") or Path()).rglob("test-00001*")
        cached.unlink()
        with core_hub.without_network():
            assert "is not in the cache" in fails(hub=NAME)

    def test_a_script_repository_is_refused_with_the_way_out(self, push: Push, tmp_path: Path) -> None:
        for name, way_out in (
            (NAME, "look for its data at revision refs/convert/parquet"),
            (
                "csebuetnlp/xlsum",
                "its Parquet files are at revision 20ecb50cf178c6ac6cbfbacd05e9839dda186e6a: use {public: xlsum-hindi}",
            ),
        ):
            script = tmp_path / name.replace("/", "-") / f"{name.partition('/')[2]}.py"
            script.parent.mkdir()
            script.write_text("raise SystemExit", encoding="utf-8")
            push(name, folder=script.parent)
            message = fails(hub=name)
            assert message.startswith(f"{name}: a script repository: {script.name} would have to run")
            assert message.endswith(way_out)


class TestConfigsAndSplits:
    CARD: ClassVar[dict[str, Any]] = {
        "license": "cc-by-sa-4.0",
        "configs": [
            {"config_name": "hin_Deva", "data_files": [
                {"split": "dev", "path": "hin/dev.jsonl"}, {"split": "devtest", "path": ["hin/devtest*.jsonl"]},
            ]},
            {"config_name": "all", "data_files": "**/*.jsonl"},
        ],
    }  # fmt: skip

    @pytest.fixture
    def flores(self, tmp_path: Path) -> Path:
        folder = tmp_path / "flores"
        written(folder / "hin" / "dev.jsonl", PAIRS[:2])
        written(folder / "hin" / "devtest.jsonl", PAIRS)
        return folder

    @pytest.mark.parametrize(
        ("options", "count"),
        [
            ({"config": "hin_Deva", "split": "devtest"}, 5),
            ({"config": "hin_Deva", "split": "dev"}, 2),
            ({"config": "hin_Deva", "split": "none|validation"}, 2),
            ({"files": "hin/{split}.jsonl", "split": "dev"}, 2),
        ],
    )
    def test_the_card_says_which_files_are_a_split(
        self, push: Push, flores: Path, options: dict[str, Any], count: int
    ) -> None:
        push(folder=flores, card=self.CARD)
        dataset = load(hub=NAME, **options)
        assert len(texts(dataset)) == count
        assert dataset.licence == "cc-by-sa-4.0"

    def test_the_card_in_the_cache_says_it_without_a_network(self, push: Push, flores: Path) -> None:
        from harness.core.document import dump

        (flores / "README.md").write_text(f"---\n{dump(self.CARD)}---\n# A set\n", encoding="utf-8")
        push(folder=flores, card=self.CARD)
        before = load(hub=NAME, config="hin_Deva", split="devtest")
        with core_hub.without_network():
            assert load(hub=NAME, config="hin_Deva", split="devtest") == before

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"config": "hin_Dev", "split": "dev"}, "unknown config 'hin_Dev'; did you mean 'hin_Deva'? (known: all,"),
            ({"split": "dev"}, "name one of its configs: all, hin_Deva"),
            ({"config": "hin_Deva", "split": "test"}, "unknown split 'test'; did you mean 'devtest'? (known: dev, "),
            ({"config": "all", "split": "train[:10]"}, "for a part of a split, use sample or limit"),
            ({"files": "hin/*.parquet"}, "no file matches hin/*.parquet for split 'test' (files: hin/dev.jsonl, "),
        ],
    )  # fmt: skip
    def test_what_does_not_exist_is_named_with_what_does(
        self, push: Push, flores: Path, options: dict[str, Any], message: str
    ) -> None:
        push(folder=flores, card=self.CARD)
        assert message in fails(hub=NAME, **options)

    @pytest.mark.parametrize(
        ("file", "options"),
        [
            ("test.csv", {}),
            ("test.jsonl", {}),
            ("data/test-00000-of-00001.parquet", {}),
            ("hindi/xlsum-test.parquet", {"config": "hindi"}),
            ("hindi-english/test/0000.parquet", {"config": "hindi-english"}),
            ("hindi/validation.jsonl", {"config": "hindi", "split": "dev"}),
            ("set/eval.json", {"split": "test"}),
            ("lines.jsonl", {"split": "train"}),
        ],
    )
    def test_without_a_card_names_of_files_say_it(self, tmp_path: Path, file: str, options: dict[str, Any]) -> None:
        folder = tmp_path / "copy"
        written(folder / file, PAIRS)
        (folder / "dataset_info.json").write_text("{}", encoding="utf-8")
        assert len(texts(load(path=folder, **options))) == 5

    def test_an_unknown_config_without_a_card(self, folder: Path) -> None:
        assert "unknown config 'hindi' (known: data)" in fails(path=folder, config="hindi")

    def test_a_folder_that_the_library_saved_is_read(self, tmp_path: Path) -> None:
        import datasets

        datasets.DatasetDict({"test": datasets.Dataset.from_list(PAIRS)}).save_to_disk(tmp_path / "saved")
        assert len(texts(load(path=tmp_path / "saved"))) == 5

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"path": "none"}, "none: expected a folder with the files of a dataset, found nothing there"),
            ({}, "name the repository with hub, or a folder with path, and not both"),
            ({"path": "x", "hub": NAME}, "and not both"),
        ],
    )
    def test_a_dataset_has_one_place(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises((HarnessError, ValueError), match=message):
            load(**options)


class TestJoin:
    """Two configs whose rows are in different orders, as FLORES+ and IndicGenBench have them."""

    @pytest.fixture
    def parts(self, tmp_path: Path) -> Path:
        folder = tmp_path / "parts"
        hindi = [{"id": pair["id"], "text": pair["hin_Deva"], "en": pair["eng_Latn"]} for pair in PAIRS]
        english = [{"id": pair["id"], "text": pair["eng_Latn"]} for pair in PAIRS]
        written(folder / "hin_Deva" / "test.parquet", hindi)
        written(folder / "eng_Latn" / "test.parquet", english[::-1])
        return folder

    ID: ClassVar[dict[str, Any]] = {"name": "eng", "config": "eng_Latn", "on": "id"}
    COLUMNS: ClassVar[dict[str, Any]] = {"source": "text", "reference": "eng.text", "id": "id"}

    def load(self, folder: Path, join: dict[str, Any] = ID, columns: dict[str, Any] = COLUMNS) -> Dataset:
        return load(path=folder, config="hin_Deva", join=join, columns=columns)

    @pytest.mark.parametrize("join", [ID, {**ID, "on": "en", "theirs": "text"}])
    def test_rows_belong_together_by_id_or_text_and_not_by_order(self, parts: Path, join: dict[str, Any]) -> None:
        dataset = self.load(parts, join)
        sources = [article.segments[0].text for article in dataset.articles]
        assert list(zip(sources, texts(dataset), strict=True)) == [(p["hin_Deva"], p["eng_Latn"]) for p in PAIRS]

    def test_a_row_without_a_partner_is_left_out_and_counted(self, parts: Path) -> None:
        written(parts / "eng_Latn" / "test.parquet", [{"id": 2, "text": "Two."}, {"id": 99, "text": "No one's."}])
        dataset = self.load(parts)
        assert texts(dataset) == ["Two."]
        assert dataset.notes == ("left out of 5 rows: 4 with no reference",)

    def test_two_references_for_one_id_are_refused(self, parts: Path) -> None:
        rows = [{"id": 1, "text": "One."}, {"id": 2, "text": "Two."}, {"id": 1, "text": "Uno."}]
        written(parts / "eng_Latn" / "test.parquet", rows)
        with pytest.raises(HarnessError, match=r"row 3: two references for one id: 1 stands at .* row 1 too"):
            self.load(parts)

    @pytest.mark.parametrize(
        ("join", "columns", "message"),
        [
            ({**ID, "on": "idx"}, COLUMNS, "unknown column 'idx'; did you mean 'id'?"),
            ({**ID, "theirs": "ids"}, COLUMNS, "unknown column 'ids'; did you mean 'id'?"),
            (ID, {**COLUMNS, "reference": "eng.txt"}, "unknown column 'txt'; did you mean 'text'?"),
            ({**ID, "config": "eng_latn"}, COLUMNS, "unknown config 'eng_latn'; did you mean 'eng_Latn'?"),
        ],
    )
    def test_what_does_not_exist_is_named(
        self, parts: Path, join: dict[str, Any], columns: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(HarnessError) as error:
            self.load(parts, join, columns)
        assert message in str(error.value)


class TestRows:
    def written(self, folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
        shutil.rmtree(folder)
        written(folder / "test.parquet", rows)
        return folder

    def test_records_in_a_field_of_a_file_are_read(self, tmp_path: Path) -> None:
        file = tmp_path / "copy" / "flores_hi_en_test.json"
        file.parent.mkdir()
        file.write_text(json.dumps({"canary": "x", "examples": PAIRS}), encoding="utf-8")
        columns = {"source": "hin_Deva", "reference": "eng_Latn"}
        assert (
            len(texts(load(path=file.parent, field="examples", files="flores_hi_en_{split}.json", columns=columns)))
            == 5
        )

    def test_a_null_text_is_left_out_and_counted(self, folder: Path) -> None:
        self.written(folder, [*PAIRS, {"id": 9, "hin_Deva": None, "eng_Latn": "x"}])
        assert load(path=folder).notes == ("left out of 6 rows: 1 with no source text",)

    def test_an_id_that_stands_twice_is_refused(self, folder: Path) -> None:
        self.written(folder, [*PAIRS, PAIRS[0]])
        assert "test.parquet row 6: id '1' stands at row 1 already" in fails(path=folder)

    def test_a_renamed_column_is_named_with_those_that_exist(self, folder: Path) -> None:
        message = fails(path=folder, columns={"source": "hin_Dev", "reference": "eng_Latn"})
        assert "unknown column 'hin_Dev'; did you mean 'hin_Deva'? (known: eng_Latn, hin_Deva, id)" in message

    def test_files_of_one_split_must_have_one_schema(self, folder: Path) -> None:
        written(folder / "data" / "test-00000-of-00002.parquet", PAIRS)
        written(folder / "data" / "test-00001-of-00002.parquet", [{"hi": "x"}])
        (folder / "data" / "test-00000-of-00001.parquet").unlink()
        assert "these differ: eng_Latn, hi, hin_Deva, id" in fails(path=folder)

    def test_a_sample_of_twenty_thousand_rows_keeps_two_hundred(self, folder: Path) -> None:
        rows = [{"id": n, "hin_Deva": f"वाक्य {n} है।", "eng_Latn": f"Sentence {n}."} for n in range(20_000)]
        self.written(folder, rows)
        dataset = load(path=folder, sample={"n": 200, "seed": 0})
        assert len(texts(dataset)) == 200
        assert dataset.notes == ("a sample of 200 of 20,000 rows (seed 0)",)


class TestDescription:
    def test_before_the_download_it_has_size_licence_and_commit(self, push: Push, folder: Path, hub: Hub) -> None:
        commit = push(card={"license": "cc-by-4.0"})
        description = describe(hub=NAME)
        size = (folder / "data" / "test-00000-of-00001.parquet").stat().st_size
        assert description == DatasetDescription(
            name=NAME, hub=NAME, revision=commit, branch="main", licence="cc-by-4.0", gated=False,
            page=f"{hub.url}/datasets/{NAME}", cached=False, download=size,
        )  # fmt: skip
        assert hub.downloads() == []

    def test_after_it_nothing_is_left_to_download(self, push: Push) -> None:
        push()
        load(hub=NAME)
        assert (describe(hub=NAME).cached, describe(hub=NAME).download) == (True, 0)

    def test_a_gated_set_can_be_described(self, push: Push) -> None:
        push(gated=403)
        assert describe(hub=NAME).gated

    def test_offline_it_says_what_is_missing(self, push: Push) -> None:
        push()
        with core_hub.without_network():
            description = describe(hub=NAME, licence="CC0")
        assert (description.cached, description.download, description.licence) == (False, None, "CC0")
        assert "is not in the cache (HF_HOME), and --offline or HF_HUB_OFFLINE forbids downloads" in description.missing

    def test_without_a_network_too(self, hub: Hub) -> None:
        hub.stop()
        assert describe(hub=NAME).missing.startswith(f"no network: {hub.url} cannot be reached")
