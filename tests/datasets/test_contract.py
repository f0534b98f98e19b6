"""Rules for every dataset format: its options, its licence and notes, and the merging of datasets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import sacrebleu
from pydantic import ValidationError
from sacrebleu.dataset import DATASETS

from harness import datasets, metrics, tasks
from harness.config import load as config
from harness.core import registry
from harness.core.errors import FileError, ProblemsError
from harness.core.records import Dataset
from harness.datasets import DatasetOptions, FolderOptions
from tests.conftest import Cli
from tests.paths import REFERENCES

# The formats with one folder per dataset and a dataset.yaml: a dataset of each.
FOLDERS = {"handwritten": "india-japan", "collection": "generated-news", "challenge": "challenge-set"}

SOURCES = ["भारत और जापान की बातचीत हुई।", "दोनों देश सहमत हुए।", "बैठक मंगलवार को हुई।"]
TRANSLATIONS = ["India and Japan held talks.", "Both countries agreed.", "The meeting was on Tuesday."]
OUTPUTS = ["India and Japan talked.", "Both countries agreed.", "They met on a Tuesday."]
DOCUMENTS = ["a", "a", "b"]


def tabular(folder: Path) -> dict[str, Any]:
    rows = zip(SOURCES, TRANSLATIONS, DOCUMENTS, strict=True)
    content = "".join(f"{source},{reference},{document}\n" for source, reference, document in rows)
    (folder / "talks.csv").write_text(f"source,reference,document\n{content}", encoding="utf-8")
    return {"path": folder / "talks.csv"}


def parallel(folder: Path) -> dict[str, Any]:
    for name, lines in (("talks.hi", SOURCES), ("talks.en", TRANSLATIONS), ("documents.tsv", DOCUMENTS)):
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return {"path": folder, "source": "talks.hi", "references": ["talks.en"], "documents": "documents.tsv"}


def of_sacrebleu(folder: Path) -> dict[str, Any]:
    for field, lines in (("src", SOURCES), ("ref", TRANSLATIONS), ("docid", DOCUMENTS)):
        path = folder / f"wmt14.hi-en.{field}"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return {"test_set": "wmt14", "pair": "hi-en"}


def huggingface(folder: Path) -> dict[str, Any]:
    rows = zip(SOURCES, TRANSLATIONS, DOCUMENTS, strict=True)
    content = [{"src": source, "tgt": reference, "doc": document} for source, reference, document in rows]
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in content)
    (folder / "test.jsonl").write_text(lines, encoding="utf-8")
    return {"path": folder}


# The other formats: a function that writes the same three segments of two documents and returns the options of them.
WRITTEN: dict[str, Callable[[Path], dict[str, Any]]] = {
    "tabular": tabular,
    "parallel": parallel,
    "sacrebleu": of_sacrebleu,
    "huggingface": huggingface,
}


def both_scores(dataset: Dataset, outputs: list[str], metric: str) -> tuple[float, float]:
    """Return the corpus score of translations of all segments: ours, and that of sacreBLEU's Python API."""
    task = tasks.get("translate")
    ids = [source.id for source in tasks.sources(task, dataset)]
    references = [[by_id.get(each) for each in ids] for by_id in tasks.references(task, dataset).values()]
    theirs = {"bleu": sacrebleu.metrics.BLEU(), "chrf++": sacrebleu.metrics.CHRF(word_order=2)}[metric]
    ours = metrics.get(metric, task.target)
    statistics = ours.statistics(metrics.Examples(outputs, references))
    return float(ours.score(statistics.sum(axis=0))), theirs.corpus_score(outputs, references).score


# Options with which a format reads the same texts without their documents.
WITHOUT_DOCUMENTS: dict[str, dict[str, Any]] = {
    "tabular": {"columns": {"source": "source", "reference": "reference"}},
    "parallel": {"documents": None},
    "sacrebleu": {},
}

DESCRIPTION = """\
licence: CC BY 4.0
citation: "@misc{example, title = {An example}}"
notes:
  - sources are translated back from English
  - one author wrote all references
"""


def load(name: str, folder: Path) -> Dataset:
    form = datasets.get(name)
    return form.load(form.options(format=name, path=folder))  # type: ignore[call-arg]  # both formats have a path


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[str], Path]:
    """Copy the dataset of a format, without its dataset.yaml."""

    def copied(name: str) -> Path:
        folder = Path(shutil.copytree(REFERENCES / FOLDERS[name], tmp_path / FOLDERS[name]))
        (folder / "dataset.yaml").unlink(missing_ok=True)
        return folder

    return copied


def test_every_format_is_tested_here() -> None:
    assert {*FOLDERS, *WRITTEN} == set(registry.names("datasets"))


@pytest.mark.parametrize("name", registry.names("datasets"))
def test_a_path_in_a_config_is_relative_to_the_config(name: str) -> None:
    model = datasets.get(name).options
    has_path = "path" in model.model_fields
    options = model.model_construct(**({"path": Path("../data/x")} if has_path else {}))
    resolved: Any = options.resolve(Path("home/configs"))
    assert type(resolved) is model
    assert getattr(resolved, "path", None) == (Path("home/data/x") if has_path else None)


class TestFolders:
    """A folder is recognised by the file that only its format has: users easily forget `format` in a config."""

    def test_every_format_of_folders_is_tried(self) -> None:
        assert {name for name in registry.names("datasets") if datasets.get(name).pattern} == set(FOLDERS)

    @pytest.mark.parametrize("folder", FOLDERS.values())
    def test_the_format_need_not_be_named(self, folder: str) -> None:
        assert datasets.load_folder(REFERENCES / folder).name == folder

    @pytest.mark.parametrize(("name", "other"), [*permutations(FOLDERS, 2)])
    def test_each_format_names_that_of_a_folder_of_another(self, name: str, other: str) -> None:
        with pytest.raises(FileError, match=rf"found none; a folder with \S+ is format: {other}$"):
            datasets.get(name).load(FolderOptions(path=REFERENCES / FOLDERS[other]))

    def test_a_format_of_another_package_that_cannot_be_used_is_ignored_with_a_warning(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(registry, "names", lambda kind: ["broken", "challenge"])
        monkeypatch.setattr(registry, "origin", lambda kind, name: "a-package 1.0" if name == "broken" else None)
        with pytest.raises(FileError, match=r"expected a dataset's folder, with items.jsonl; found none of them"):
            datasets.load_folder(tmp_path)
        assert "unknown dataset format 'broken'" in caplog.text
        assert caplog.text.rstrip().endswith("; it is ignored")


@pytest.mark.parametrize("name", [*FOLDERS, *WRITTEN])
class TestOptions:
    def test_they_are_described_and_cannot_be_changed_in_place(self, name: str) -> None:
        options = datasets.get(name).options
        assert issubclass(options, DatasetOptions)
        assert (options.model_config["extra"], options.model_config["frozen"]) == ("forbid", True)
        assert [key for key, field in options.model_fields.items() if not field.description] == []

    def test_they_refuse_a_key_that_they_do_not_have(self, name: str) -> None:
        with pytest.raises(ValidationError, match="no_such_key"):
            datasets.get(name).options(path=Path(), no_such_key=1)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", WRITTEN)
class TestTexts:
    """Rules of the formats whose data other people wrote."""

    @pytest.fixture
    def read(self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Dataset]:
        monkeypatch.setattr(DATASETS["wmt14"], "_outdir", str(tmp_path))
        written = WRITTEN[name](tmp_path)

        def read(**options: Any) -> Dataset:
            form = datasets.get(name)
            return form.load(form.options.model_validate({"format": name, **written, **options}))

        return read

    def test_ids_begin_with_the_name_of_the_dataset(self, name: str, read: Callable[..., Dataset]) -> None:
        dataset = read(name="talks")
        assert dataset.name == "talks"
        assert [article.id for article in dataset.articles] == ["talks/a", "talks/b"]
        assert list(dataset.documents) == ["talks/a#s01", "talks/a#s02", "talks/b#s01"]

    def test_offsets_of_segments_do_not_overlap(self, name: str, read: Callable[..., Dataset]) -> None:
        first, second = read().articles[0].segments
        assert (first.end, second.end - second.start) == (len(first.text), len(second.text))
        assert second.start > first.end

    def test_the_digest_is_that_of_the_texts(self, name: str, read: Callable[..., Dataset]) -> None:
        assert read(name="talks").digest == read(name="talks", notes=["a note"], licence="x").digest
        assert read(name="talks").digest != read(name="talks", reference_language="fra_Latn").digest

    def test_licence_citation_and_notes_are_those_of_the_config(self, name: str, read: Callable[..., Dataset]) -> None:
        dataset = read(licence="CC BY 4.0", citation="Somebody 2026", notes=["translated from English"])
        assert (dataset.licence, dataset.citation) == ("CC BY 4.0", "Somebody 2026")
        assert dataset.notes == ("translated from English",)

    def test_a_sample_is_drawn_of_rows_or_of_documents(self, name: str, read: Callable[..., Dataset]) -> None:
        rows, whole = read(sample={"n": 2}), read(sample={"n": 1, "by": "document", "seed": 3})
        assert (len(rows.documents), len(whole.articles)) == (2, 1)
        assert rows.notes == ("a sample of 2 of 3 rows (seed 0)",)
        assert whole.notes == ("a sample of 1 of 2 documents (seed 3)",)
        assert rows.documents.items() < read().documents.items()

    def test_articles_are_known_if_rows_name_their_documents(
        self, name: str, read: Callable[..., Dataset], tmp_path: Path
    ) -> None:
        assert read().knows_articles
        if name == "sacrebleu":
            (tmp_path / "wmt14.hi-en.docid").unlink()
        dataset = read(**WITHOUT_DOCUMENTS.get(name, {"columns": {"source": "src", "reference": "tgt"}}))
        assert not dataset.knows_articles
        assert [len(article.segments) for article in dataset.articles] == [1, 1, 1]

    @pytest.mark.parametrize("metric", ["bleu", "chrf++"])
    def test_the_corpus_score_is_that_of_sacrebleu(self, name: str, read: Callable[..., Dataset], metric: str) -> None:
        ours, theirs = both_scores(read(), OUTPUTS, metric)
        assert ours == pytest.approx(theirs, abs=1e-9)

    def test_a_wrong_language_code_is_refused(self, name: str, read: Callable[..., Dataset]) -> None:
        with pytest.raises(ValidationError, match="expected a FLORES code such as hin_Deva, found 'hindi'"):
            read(language="hindi")

    def test_it_merges_with_another_dataset(self, name: str, read: Callable[..., Dataset]) -> None:
        merged = datasets.merge([read(name="one"), replace(read(name="two"), origins=({"dataset": "two"},))])
        assert len(merged.articles) == 4
        assert {"dataset": "two"} in merged.origins


@pytest.mark.parametrize("metric", ["bleu", "chrf++"])
@pytest.mark.parametrize("name", FOLDERS)
def test_the_corpus_score_on_a_folder_is_that_of_sacrebleu(name: str, metric: str) -> None:
    dataset = load(name, REFERENCES / FOLDERS[name])
    outputs = [source.text for source in tasks.sources(tasks.get("translate"), dataset)]
    outputs = [f"{text} and then the two sides agreed" for text in outputs]
    ours, theirs = both_scores(dataset, outputs, metric)
    assert ours == pytest.approx(theirs, abs=1e-9)
    assert ours > 0


@pytest.mark.parametrize("name", FOLDERS)
class TestDescription:
    def test_a_dataset_states_its_licence_citation_and_notes(self, name: str, copy: Callable[[str], Path]) -> None:
        folder = copy(name)
        (folder / "dataset.yaml").write_text(DESCRIPTION, encoding="utf-8")
        dataset = load(name, folder)
        assert dataset.licence == "CC BY 4.0"
        assert dataset.citation == "@misc{example, title = {An example}}"
        assert dataset.notes == ("sources are translated back from English", "one author wrote all references")

    def test_without_the_file_nothing_is_stated(self, name: str, copy: Callable[[str], Path]) -> None:
        dataset = load(name, copy(name))
        assert (dataset.licence, dataset.citation, dataset.notes) == (None, None, ())

    def test_the_file_is_not_part_of_the_digest(self, name: str, copy: Callable[[str], Path]) -> None:
        folder = copy(name)
        before = load(name, folder).digest
        (folder / "dataset.yaml").write_text(DESCRIPTION, encoding="utf-8")
        assert load(name, folder).digest == before

    @pytest.mark.parametrize(
        ("content", "line", "message"),
        [
            ("licence: x\nlicense: y\n", 2, "unknown key 'license'; did you mean 'licence'?"),
            ("licence: x\nnotes: one note\n", 2, 'notes: expected a list, found "one note"'),
            ("notes: [1]\n", 1, "notes.0: expected text, found 1"),
            ("- licence\n", 1, "expected keys such as licence, citation and notes; found a list"),
            ("licence: [\n", 2, "not YAML"),
            ("licence: x\nlicence: y\n", 2, "key 'licence' stands twice; keep one"),
        ],
    )
    def test_a_mistake_in_it_is_named_with_its_line(
        self, name: str, copy: Callable[[str], Path], content: str, line: int, message: str
    ) -> None:
        folder = copy(name)
        (folder / "dataset.yaml").write_text(content, encoding="utf-8")
        with pytest.raises(ProblemsError) as error:
            load(name, folder)
        (problem,) = error.value.problems
        assert problem.where == f"{folder / 'dataset.yaml'} line {line}"
        assert problem.message.startswith(message)


class TestAnnotations:
    def test_facts_are_kept_by_article_and_entities_by_segment(self) -> None:
        annotations = load("handwritten", REFERENCES / "india-japan").annotations
        assert list(annotations.facts) == ["india-japan"]
        first = annotations.facts["india-japan"][0]
        assert (len(annotations.facts["india-japan"]), first.id, first.weight) == (28, "india-japan#f01", "vital")
        assert first.segments == ("india-japan#s02", "india-japan#s07", "india-japan#s12")
        assert first.forms["eng_Latn"][0] == ("Misri", "Foreign Secretary")
        (spokesman, *_) = annotations.entities["india-japan#s12"]
        assert (spokesman.id, spokesman.type) == ("india-japan#e03", "person")
        assert spokesman.forms == {"hin_Deva": ("रणधीर जायसवाल",), "eng_Latn": ("Randhir Jaiswal",)}

    def test_an_entity_is_kept_with_each_segment_that_states_it(self) -> None:
        entities = load("handwritten", REFERENCES / "india-japan").annotations.entities
        stating = {segment for segment, stated in entities.items() if "india-japan#e01" in {each.id for each in stated}}
        assert stating == {"india-japan#s02", "india-japan#s07"}

    def test_a_dataset_without_them_has_none(self) -> None:
        annotations = load("collection", REFERENCES / "generated-news").annotations
        assert (annotations.facts, annotations.entities) == ({}, {})


class TestMerging:
    @pytest.fixture
    def parts(self, copy: Callable[[str], Path]) -> list[Dataset]:
        folder = copy("handwritten")
        (folder / "dataset.yaml").write_text(DESCRIPTION, encoding="utf-8")
        return [load("handwritten", folder), load("collection", copy("collection"))]

    def test_one_dataset_is_itself(self) -> None:
        dataset = load("collection", REFERENCES / "generated-news")
        assert datasets.merge([dataset]) is dataset

    def test_articles_references_and_annotations_follow_each_other(self, parts: list[Dataset]) -> None:
        merged = datasets.merge(parts)
        assert merged.name == "india-japan+generated-news"
        assert len(merged.articles) == 61
        assert len(merged.references["translations"]) == 38 + 246
        assert len(merged.references["gists"]) == 8
        assert list(merged.annotations.facts) == ["india-japan"]

    def test_each_note_and_licence_names_its_dataset(self, parts: list[Dataset]) -> None:
        merged = datasets.merge(parts)
        assert merged.notes[0] == "india-japan: sources are translated back from English"
        assert (merged.licence or "").startswith("india-japan: CC BY 4.0")

    def test_every_segment_belongs_to_an_article(self, parts: list[Dataset]) -> None:
        documents = datasets.merge(parts).documents
        assert documents["india-japan#s07"] == "india-japan"
        assert documents["generated-news/01#s01"] == "generated-news/01"
        assert len(documents) == 19 + 246


class TestInAConfig:
    CONFIG = "datasets: {}\ntasks: [translate]\nsystems: [{{name: copy, family: copy-source}}]\n"

    def write(self, folder: Path, datasets: str) -> Path:
        path = folder / "config.yaml"
        path.write_text(self.CONFIG.format(datasets), encoding="utf-8")
        return path

    @pytest.mark.parametrize("short", [True, False])
    def test_a_bare_path_is_short_for_a_handwritten_folder(
        self, tmp_path: Path, copy: Callable[[str], Path], short: bool
    ) -> None:
        copy("handwritten")
        written = "india-japan" if short else "{format: handwritten, path: india-japan}"
        plan = config.load(self.write(tmp_path, f"[{written}]"))
        assert plan.resolved(tmp_path / "results" / "x")["datasets"] == [
            {"path": "../../india-japan", "format": "handwritten"}
        ]

    @pytest.mark.parametrize(
        ("written", "message"),
        [
            ("{format: collection, pth: x}", "unknown key 'pth'; did you mean 'path'? (known: format, path)"),
            ("{format: collection}", "key 'path' is missing"),
            ("{format: colection, path: x}", "unknown dataset format 'colection'; did you mean 'collection'?"),
            ("{format: 7, path: x}", "format: expected text, found 7"),
            ("{path: 7}", "path: expected text, found 7"),
            ("7", "datasets.0: expected keys and values, found 7"),
        ],
    )
    def test_a_wrong_key_or_value_is_named(self, tmp_path: Path, written: str, message: str) -> None:
        with pytest.raises(ProblemsError) as error:
            config.load(self.write(tmp_path, f"[{written}]"))
        assert [problem.message for problem in error.value.problems if problem.message.startswith(message)], error.value

    def test_its_notes_stand_under_its_table_and_a_changed_note_replaces_the_old_one(
        self, tmp_path: Path, copy: Callable[[str], Path], run_cli: Cli
    ) -> None:
        file = copy("handwritten") / "dataset.yaml"
        path = self.write(tmp_path, "[india-japan]")
        for note in ("sources are translated back", "the sources are original"):
            file.write_text(f"notes: [{note}]\n", encoding="utf-8")
            answer = run_cli("run", path, "--results", tmp_path / "results", "--format", "json")
            assert answer.code == 0, answer.err
            assert note in json.loads(answer.out)["tasks"][0]["notes"]

    def test_datasets_with_different_versions_run_together_and_each_has_its_own_table(
        self, tmp_path: Path, copy: Callable[[str], Path], run_cli: Cli
    ) -> None:
        copy("handwritten")
        copy("collection")
        path = self.write(tmp_path, "[india-japan, {format: collection, path: generated-news}]")
        answer = run_cli("run", path, "--results", tmp_path / "results", "--format", "json")
        assert answer.code == 0, answer.err
        japan, news = json.loads(answer.out)["tasks"]
        assert [(table["task"], table["dataset"], table["references"]) for table in (japan, news)] == [
            ("translate", "india-japan", ["close", "newsroom"]),
            ("translate", "generated-news", ["generated"]),
        ]
        assert not [note for table in (japan, news) for note in table["notes"] if "references with gaps" in note]
        rows = {
            (table["dataset"], system["name"]): system["metrics"]["bleu"]["segments"]
            for table in (japan, news)
            for system in table["systems"]
        }
        assert rows == {("india-japan", "reference"): 19, ("india-japan", "copy"): 19, ("generated-news", "copy"): 246}
        assert any(note.startswith("generated-news: no reference row: no segment has two") for note in news["notes"])
