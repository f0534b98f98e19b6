"""Public sets: each loads through its own YAML from files of its schema, made here and served by the fake hub."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sacrebleu.dataset import DATASETS

from harness import datasets
from harness.config import load as config
from harness.core import document
from harness.core import hub as core_hub
from harness.core.errors import HarnessError, ProblemsError
from harness.core.records import Dataset
from harness.datasets import _public
from tests.conftest import Cli
from tests.datasets.test_tabular import written
from tests.fake_hub import Hub
from tests.paths import ROOT

HINDI = ["पहला वाक्य यह है।", "दूसरा वाक्य यह है।", "तीसरा वाक्य यह है।"]
ENGLISH = ["This is the first sentence.", "This is the second sentence.", "This is the third sentence."]
ARTICLE = "पहला वाक्य यह है। दूसरा वाक्य यह है।\nनया अनुच्छेद यहाँ है।"
PAIRS = list(zip(HINDI, ENGLISH, strict=True))

Rows = Sequence[Mapping[str, Any]]


def flores(texts: Sequence[str]) -> Rows:
    return [{"id": n, "text": text, "domain": "wikinews", "topic": "x"} for n, text in enumerate(texts, start=1)]


def wmt24pp() -> Rows:
    common = {"lp": "en-hi_IN", "original_target": "x"}
    canary = {**common, "source": "canary", "target": "canary", "document_id": "canary", "segment_id": 1,
              "is_bad_source": True, "domain": "canary"}  # fmt: skip
    return [canary, *(
        {**common, "source": english, "target": hindi, "document_id": f"d{n // 2}", "segment_id": n + 2,
         "is_bad_source": False, "domain": "news"}
        for n, (hindi, english) in enumerate(PAIRS)
    )]  # fmt: skip


# By set: its files on the hub, their rows, and the header of the repository's README.md. A file ending in .json has its
# rows in `examples`, as in IndicGenBench.
FILES: dict[str, dict[str, Rows]] = {
    "xlsum-hindi": {
        "hindi/xlsum-test.parquet": [
            {"id": str(n), "url": f"https://x/{n}", "title": "शीर्षक", "summary": "सार यह है।", "text": ARTICLE}
            for n in range(3)
        ]
    },
    "crosssum-hi-en": {
        "hindi-english/test/0000.parquet": [
            {"source_url": f"https://h/{n}", "target_url": f"https://e/{n}", "summary": english, "text": ARTICLE}
            for n, english in enumerate(ENGLISH)
        ]
    },
    "flores-plus-hin-eng": {
        "devtest/hin_Deva.parquet": flores(HINDI),
        "devtest/eng_Latn.parquet": flores(ENGLISH)[::-1],
        "dev/hin_Deva.parquet": flores(HINDI[:1]),
        "dev/eng_Latn.parquet": flores(ENGLISH[:1]),
    },
    "in22-gen": {"data/train-00000-of-00001.parquet": [{"hin_Deva": hi, "eng_Latn": en} for hi, en in PAIRS]},
    "in22-conv": {
        "data/test-00000-of-00001.parquet": [
            {"doc_id": f"c{n // 2}", "sentence_hin_Deva": hi, "sentence_eng_Latn": en}
            for n, (hi, en) in enumerate(PAIRS)
        ]
    },
    "indicgenbench-flores": {
        "flores_hi_en_test.json": [{"source": hi, "target": en, "lang": "hi"} for hi, en in PAIRS]
    },
    "indicgenbench-crosssum": {
        "crosssum_english-hi_test.json": [{"lang": "hi", "text": " ".join(ENGLISH), "summary": hi} for hi in HINDI]
    },
    "wmt24pp-en-hi": {"en-hi_IN.jsonl": wmt24pp()},
    "bouquet": {
        "hin_Deva/test.parquet": [
            {"src_text": hi, "tgt_text": en, "domain": "x", "par_id": f"p{n // 2}"} for n, (hi, en) in enumerate(PAIRS)
        ]
    },
    "ntrex-hin-eng": {"test.parquet": [{"eng_Latn": en, "hin_Deva": hi, "deu_Latn": "x"} for hi, en in PAIRS]},
    "indic-headlines-hi": {
        "hi/test.parquet": [
            {"id": str(n), "input": ARTICLE, "target": hi, "url": f"https://x/{n}"} for n, hi in enumerate(HINDI)
        ]
    },
}
CARDS = {
    "wmt24pp-en-hi": {
        "configs": [{"config_name": "en-hi_IN", "data_files": [{"split": "train", "path": "en-hi_IN.jsonl"}]}]
    },
    "flores-plus-hin-eng": {
        "configs": [
            {"config_name": name, "data_files": [
                {"split": split, "path": f"{split}/{name}.parquet"} for split in ("dev", "devtest")
            ]}
            for name in ("hin_Deva", "eng_Latn")
        ]
    },
}  # fmt: skip
DOCUMENTS = {"wmt24pp-en-hi": 2, "in22-conv": 2, "bouquet": 2, "newstest2014-hi-en": 2}


@pytest.fixture
def serve(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Put the files of a set where it looks for them, and return its keys with the revision that they have here."""

    def serve(name: str, **settings: Any) -> dict[str, Any]:
        if name == "newstest2014-hi-en":
            monkeypatch.setattr(DATASETS["wmt14"], "_outdir", str(tmp_path))
            for field, lines in (("src", HINDI), ("ref", ENGLISH), ("docid", ["a", "a", "b"])):
                content = "".join(f"{line}\n" for line in lines)
                (tmp_path / f"wmt14.hi-en.{field}").write_text(content, encoding="utf-8")
            return {"public": name}
        folder = tmp_path / name
        card = CARDS.get(name, {})
        for file, rows in FILES[name].items():
            path = folder / file
            if path.suffix == ".json":
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps({"canary": "x", "examples": rows}), encoding="utf-8")
            else:
                written(path, [dict(row) for row in rows])
        if card:
            (folder / "README.md").write_text(f"---\n{document.dump(card)}---\n", encoding="utf-8")
        options = _public.get(name).dataset
        pinned = options.get("revision", "main")  # a commit cannot be made here, a branch or tag can
        commit = hub.push(
            options["hub"], folder, dataset=True, branch=pinned if len(pinned) < 40 else "main", card=card, **settings
        )
        return {"public": name, "revision": commit}

    return serve


def load(given: dict[str, Any]) -> Dataset:
    options = datasets.expand(given)
    form = datasets.get(options["format"])
    return form.load(form.options.model_validate(options))


NAMES = [listed.name for listed in datasets.public_sets()]


def test_every_public_set_has_files_of_its_schema_here() -> None:
    assert {*FILES, "newstest2014-hi-en"} == {*NAMES}


@pytest.mark.parametrize("name", NAMES)
class TestEachSet:
    def test_it_loads_through_its_own_yaml(self, name: str, serve: Callable[..., dict[str, Any]]) -> None:
        dataset = load(serve(name) | {"name": name})
        assert len(dataset.articles) == DOCUMENTS.get(name, 3)
        assert all(article.id.startswith(f"{name}/") for article in dataset.articles)
        assert sum(map(len, dataset.references.values())) in {3, 6}
        assert not [note for note in dataset.notes if "left out" in note]
        assert dataset.warnings == ()

    def test_it_has_its_own_name_by_which_published_figures_are_found(
        self, name: str, serve: Callable[..., dict[str, Any]]
    ) -> None:
        assert load(serve(name)).name == name
        assert datasets.expand({"public": name, "split": "other"})["name"] == f"{name}-other"

    def test_sources_and_references_belong_together(self, name: str, serve: Callable[..., dict[str, Any]]) -> None:
        dataset = load(serve(name))
        texts = {each.id: each.text for article in dataset.articles for each in article.segments}
        pairs = [(texts[each.id], each.text) for each in dataset.references.get("translations", ())]
        assert pairs in ([], PAIRS)

    def test_it_states_what_it_is(self, name: str, serve: Callable[..., dict[str, Any]]) -> None:
        public = _public.get(name)
        assert all((public.summary, public.size, public.direction.endswith("."), public.published))
        dataset = load(serve(name))
        assert dataset.notes
        assert dataset.citation
        assert dataset.licence or name in {"bouquet", "newstest2014-hi-en"}

    def test_what_is_read_again_from_the_cache_is_the_same(
        self, name: str, serve: Callable[..., dict[str, Any]]
    ) -> None:
        given = serve(name)
        before = load(given)
        with core_hub.without_network():
            assert load(given) == before


class TestInAConfig:
    def write(self, folder: Path, written: str, tasks: str = "[translate]", family: str = "copy-source") -> Path:
        path = folder / "config.yaml"
        content = f"datasets: {written}\ntasks: {tasks}\nsystems: [{{name: floor, family: {family}}}]\n"
        path.write_text(f"{content}statistics: {{resamples: 100}}\n", encoding="utf-8")
        return path

    def test_a_bare_name_is_a_public_set_and_the_commit_is_in_the_manifest(
        self, tmp_path: Path, serve: Callable[..., dict[str, Any]], run_cli: Cli
    ) -> None:
        commit = serve("flores-plus-hin-eng")["revision"]
        path = self.write(tmp_path, "[flores-plus-hin-eng]")
        answer = run_cli("run", path, "--results", tmp_path / "results", "--format", "json")
        assert answer.code == 0, answer.err
        (table,) = json.loads(answer.out)["tasks"]
        assert table["segments"] == 3
        assert any("translated from English" in note for note in table["notes"])
        (manifest,) = (tmp_path / "results").glob("*/manifest.json")
        (origin,) = json.loads(manifest.read_text(encoding="utf-8"))["dataset"]["origins"]
        assert (origin["huggingface"], origin["revision"]) == ("openlanguagedata/flores_plus", commit)
        assert origin["branch"] == "4.3"  # not pinned

    def test_the_manifest_has_licence_citation_and_notes(
        self, tmp_path: Path, serve: Callable[..., dict[str, Any]], run_cli: Cli
    ) -> None:
        serve("flores-plus-hin-eng")
        assert (
            run_cli("run", self.write(tmp_path, "[flores-plus-hin-eng]"), "--results", tmp_path / "results").code == 0
        )
        (manifest,) = (tmp_path / "results").glob("*/manifest.json")
        (dataset,) = json.loads(manifest.read_text(encoding="utf-8"))["datasets"]
        assert (dataset["name"], dataset["segments"], dataset["licence"]) == ("flores-plus-hin-eng", 3, "CC-BY-SA-4.0")
        assert dataset["citation"].startswith("NLLB Team 2024")
        assert any("translated from English" in note for note in dataset["notes"])

    def test_rows_that_name_no_document_are_segments_and_no_articles(
        self, tmp_path: Path, serve: Callable[..., dict[str, Any]], run_cli: Cli
    ) -> None:
        serve("flores-plus-hin-eng")
        path = self.write(tmp_path, "[flores-plus-hin-eng]", family="copy-source}, {name: latin, family: transliterate")
        answer = run_cli("run", path, "--results", tmp_path / "results")
        assert answer.code == 0, answer.err
        assert "n = 3 segments, 1 reference" in answer.out
        assert "articles are not known, so segments count as independent" in " ".join(answer.out.split())
        answer = run_cli("run", path, "--results", tmp_path / "results", "--format", "json")
        (table,) = json.loads(answer.out)["tasks"]
        assert (table["articles"], table["intervals"]["unit"]) == (0, "segment")
        assert run_cli("check", path, "--offline", "--format", "json").code == 0
        (printed,) = json.loads(run_cli("check", path, "--offline", "--format", "json").out)["plans"]
        assert (printed["articles"], printed["segments"]) == (None, 3)
        (run,) = (manifest.parent for manifest in (tmp_path / "results").glob("*/manifest.json"))
        baseline = tmp_path / "baseline.json"
        blessing = ("--output", baseline, "--reason", "it is good", "--by", "Asha")
        assert run_cli("bless", run, *blessing).code == 0
        assert run_cli("gate", run, "--baseline", baseline).code == 0
        assert run_cli("compare", run, "--results", tmp_path / "results", "--slice", "length").code == 0

    def test_the_config_that_a_run_stores_is_the_same_run(
        self, tmp_path: Path, serve: Callable[..., dict[str, Any]]
    ) -> None:
        serve("flores-plus-hin-eng")
        plan = config.load(self.write(tmp_path, "[{public: flores-plus-hin-eng, split: dev, sample: {n: 1}}]"))
        stored = tmp_path / "results" / "x" / "config.yaml"
        stored.parent.mkdir(parents=True)
        stored.write_text(plan.runnable(stored.parent), encoding="utf-8")
        assert config.load(stored).digest == plan.digest

    def test_documents_are_resampled_and_the_table_says_how_many(
        self, tmp_path: Path, serve: Callable[..., dict[str, Any]], run_cli: Cli
    ) -> None:
        serve("wmt24pp-en-hi")
        path = self.write(tmp_path, "[{public: wmt24pp-en-hi}]")
        answer = run_cli("run", path, "--results", tmp_path / "results")
        assert answer.code == 0, answer.err
        assert "3 segments of 2 articles" in answer.out
        assert "reversed" in answer.out

    def test_a_set_of_articles_is_summarised_and_its_titles_are_headlines(
        self, tmp_path: Path, serve: Callable[..., dict[str, Any]], run_cli: Cli
    ) -> None:
        given = serve("xlsum-hindi")
        path = self.write(tmp_path, f"[{json.dumps(given)}]", "[summarise, headline]", "lead")
        answer = run_cli("run", path, "--results", tmp_path / "results", "--format", "json")
        assert answer.code == 0, answer.err
        assert [table["segments"] for table in json.loads(answer.out)["tasks"]] == [3, 3]

    @pytest.mark.parametrize(
        ("written", "message"),
        [
            ("[{public: xlsum-hindhi}]", "unknown public set 'xlsum-hindhi'; did you mean 'xlsum-hindi'?"),
            ("[{public: xlsum-hindi, splitt: test}]", "unknown key 'splitt'; did you mean 'split'?"),
            ("[{public: xlsum-hindi, sample: {n: 0}}]", "sample.n: expected greater than or equal to 1, found 0"),
            ("[{public: 7}]", "unknown public set '7'"),
        ],
    )
    def test_what_is_wrong_with_its_keys_is_named_with_the_line(
        self, tmp_path: Path, written: str, message: str
    ) -> None:
        with pytest.raises(ProblemsError) as error:
            config.load(self.write(tmp_path, written), fetch=False)
        assert any(message in problem.message for problem in error.value.problems), error.value
        assert all(problem.where.endswith("line 1") for problem in error.value.problems)

    def test_check_downloads_nothing_and_says_what_a_run_would(
        self, tmp_path: Path, serve: Callable[..., dict[str, Any]], hub: Hub
    ) -> None:
        serve("flores-plus-hin-eng", gated=403)
        plan = config.load(self.write(tmp_path, "[flores-plus-hin-eng]"), fetch=False)
        (description,) = plan.descriptions
        assert (description.cached, description.gated, description.licence) == (False, True, "CC-BY-SA-4.0")
        assert description.download
        assert hub.downloads() == []

    def test_check_of_what_is_cached_reads_it(self, tmp_path: Path, serve: Callable[..., dict[str, Any]]) -> None:
        serve("flores-plus-hin-eng")
        path = self.write(tmp_path, "[flores-plus-hin-eng]")
        config.load(path)
        plan = config.load(path, fetch=False)
        assert (plan.descriptions[0].cached, len(plan.dataset.articles)) == (True, 3)

    def test_a_gated_set_is_one_line_and_exit_code_two(
        self, tmp_path: Path, serve: Callable[..., dict[str, Any]], run_cli: Cli
    ) -> None:
        serve("flores-plus-hin-eng", gated=403)
        answer = run_cli("run", self.write(tmp_path, "[flores-plus-hin-eng]"), "--results", tmp_path / "results")
        assert answer.code == 2
        assert "access is gated; accept its terms at" in answer.err
        assert "/datasets/openlanguagedata/flores_plus while logged in" in answer.err

    def test_a_copy_in_a_folder_needs_no_hub(
        self, tmp_path: Path, serve: Callable[..., dict[str, Any]], hub: Hub
    ) -> None:
        serve("flores-plus-hin-eng")
        asked = len(hub.requests)
        plan = config.load(self.write(tmp_path, "[{public: flores-plus-hin-eng, path: flores-plus-hin-eng}]"))
        assert (len(plan.dataset.articles), len(hub.requests)) == (3, asked)


@pytest.mark.parametrize("name", NAMES)
def test_harness_list_datasets_with_a_name_says_all_that_is_known(name: str, run_cli: Cli) -> None:
    answer = run_cli("list", "datasets", name)
    assert answer.code == 0
    first, *lines = answer.out.splitlines()
    keys = [line[2:].partition("  ")[0] for line in lines]
    assert first == name
    assert dict.fromkeys(key for key in keys if key not in ("gated", "note")) == dict.fromkeys([
        "texts",
        "direction",
        "from",
        "licence",
        "published",
        "cite",
        "in a config",
        "a part of it",
    ])
    assert all(note in answer.out for note in _public.get(name).dataset["notes"])


@pytest.mark.parametrize(
    ("name", "cite"),
    [
        ("wmt24pp-en-hi", "Deutsch et al. 2025, WMT24++: "),
        ("newstest2014-hi-en", "as sacreBLEU says: sacrebleu -t wmt14 --cite"),
    ],
)
def test_a_set_says_how_to_cite_it_or_which_command_says_so(name: str, cite: str, run_cli: Cli) -> None:
    answer = run_cli("list", "datasets", name)
    (line,) = (line for line in answer.out.splitlines() if line.startswith("  cite "))
    assert line.removeprefix("  cite ").strip().startswith(cite)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("datasets", "xlsum-hindhi"), "unknown public set 'xlsum-hindhi'; did you mean 'xlsum-hindi'?"),
        (("models", "mt5"), "expected no name after models, found 'mt5'; only datasets have one"),
    ],
)
def test_another_name_is_refused(arguments: tuple[str, str], message: str, run_cli: Cli) -> None:
    answer = run_cli("list", *arguments)
    assert (answer.code, message in answer.err) == (2, True)


def test_harness_list_datasets_shows_them_with_licence_and_direction(run_cli: Cli) -> None:
    answer = run_cli("list", "datasets")
    assert answer.code == 0
    (line,) = (line for line in answer.out.splitlines() if line.startswith("flores-plus-hin-eng "))
    assert "997 / 1,012 segments in dev / devtest; CC-BY-SA-4.0; gated" in line
    assert "English original" in line


@pytest.mark.parametrize(
    ("name", "sets"),
    [
        ("flores", ["flores-plus-hin-eng"]),
        ("in22", ["in22-gen", "in22-conv"]),
        ("newstest", ["newstest2014-hi-en"]),
        ("xlsum", ["xlsum-hindi"]),
    ],
)
class TestConfigsOfPublicSets:
    @pytest.fixture(autouse=True)
    def nothing_is_cached(self, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(DATASETS["wmt14"], "_outdir", str(tmp_path))

    def test_check_passes_offline_and_names_what_is_missing(
        self, name: str, sets: list[str], run_cli: Cli, hub: Hub
    ) -> None:
        answer = run_cli("check", ROOT / "configs" / f"{name}.yaml", "--offline")
        assert answer.code == 0, answer.err
        assert all(each in answer.out for each in sets)
        assert hub.requests == []

    def test_it_runs_without_weights_once_the_data_are_there(
        self, name: str, sets: list[str], run_cli: Cli, tmp_path: Path, serve: Callable[..., dict[str, Any]]
    ) -> None:
        revisions = [serve(each).get("revision") for each in sets]
        overrides = [f"datasets.{n}={{public: {each}, revision: {revision}}}" for n, (each, revision) in
                     enumerate(zip(sets, revisions, strict=True)) if revision]  # fmt: skip
        given = [argument for override in overrides for argument in ("--set", override)]
        path = ROOT / "configs" / f"{name}.yaml"
        answer = run_cli("run", path, "--results", tmp_path / "results", "--set", "statistics.resamples=100", *given)
        assert answer.code == 0, answer.err


def test_an_unknown_set_lists_all(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"unknown public set 'flores'.*\(known: bouquet, crosssum-hi-en, "):
        datasets.expand({"public": "flores"})
