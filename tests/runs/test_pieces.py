"""Systems that read whole articles, in a table of segments: their outputs are divided, and nothing of it is hidden."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness import models, tasks
from harness.config import load
from harness.core.errors import FileError
from harness.gate import snapshot
from harness.runs import pieces, store
from harness.runs import segments as segments_module
from tests.conftest import Cli
from tests.paths import DATASET, REFERENCES, TESTS

ARTICLE = "india-japan"
MINI = REFERENCES / "hindi-mini"
ADDED = "Heavy rain is expected along the western coast on Sunday."


def translations(version: str = "close") -> list[str]:
    rows = [json.loads(line) for line in (DATASET / "translations.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row["text"] for row in rows if row["version"] == version]


@pytest.fixture
def run(run_cli: Cli, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that runs systems on the article, and returns the folder of the run."""

    def run(systems: Sequence[dict[str, Any]], *arguments: str, tasks: str = "[translate]") -> Path:
        config = tmp_path / "whole.yaml"
        config.write_text(
            f"name: whole\ndatasets: [{DATASET}]\ntasks: {tasks}\nbounds: []\nsystems: {json.dumps(list(systems))}\n",
            encoding="utf-8",
        )
        done = run_cli("run", config, "--results", tmp_path / "results", *arguments)
        assert done.code == 0, done.err
        return tmp_path / "results" / load.load(config).run_name

    return run


@pytest.fixture
def replay(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Return a function that writes an output for the whole article, and returns the system that replays it."""

    def replay(text: str, name: str = "whole", **options: Any) -> dict[str, Any]:
        file = tmp_path / f"{name}.jsonl"
        file.write_text(json.dumps({"id": ARTICLE, "text": text}) + "\n", encoding="utf-8")
        return {"name": name, "family": "replay", "path": str(file), "unit": "article", **options}

    return replay


def row(folder: Path, name: str = "whole", table: str = "translate") -> dict[str, Any]:
    tables = json.loads((folder / "tables" / f"{table}.json").read_text(encoding="utf-8"))["tasks"]
    return next(system for system in tables[0]["systems"] if system["name"] == name)


def texts(folder: Path, name: str = "whole") -> list[str]:
    (view,) = segments_module.load({folder.name: store.Run(folder)})
    return [output.text for segment in view.segments for output in segment.outputs if output.system == name]


class TestTheTable:
    def test_pieces_are_scored_as_if_each_segment_had_been_translated_for_itself(self, run, replay):
        folder = run([replay("\n".join(translations()))])
        assert texts(folder) == translations()
        assert row(folder)["metrics"]["chrf++"]["value"] == pytest.approx(100)
        assert row(folder)["metrics"]["chrf++"]["segments"] == 19

    def test_it_says_which_systems_read_whole_articles(self, run, replay):
        folder = run([replay("\n".join(translations())), {"name": "latin", "family": "transliterate"}])
        table = (folder / "tables" / "translate.txt").read_text(encoding="utf-8")
        assert "unit: what one output stood for. Outputs for whole articles were divided before scoring" in table
        assert row(folder)["unit"] == "article"
        assert "unit" not in row(folder, "latin")
        lines = [line.split() for line in table.splitlines()]
        assert ["system", "unit"] in [words[:2] for words in lines]
        assert ["whole", "article"] in [words[:2] for words in lines]
        assert ["latin", "segment"] in [words[:2] for words in lines]

    def test_a_table_without_such_systems_has_no_column_of_units(self, run):
        table = (run([{"name": "latin", "family": "transliterate"}]) / "tables" / "translate.txt").read_text("utf-8")
        assert "unit" not in next(line for line in table.splitlines() if line.startswith("system"))

    def test_omissions_additions_and_merges_are_counted_below_it(self, run, replay):
        parts = translations()
        merged = f"{parts[6].rstrip('.')}, and {parts[7][0].lower()}{parts[7][1:]}"
        folder = run([replay("\n".join([*parts[:3], ADDED, parts[3], *parts[5:6], merged, *parts[8:]]))])
        assert row(folder)["notes"][0] == (
            "reads whole articles: 1 output for 19 segments divided by similarity to the references (chrF); 1 segment "
            "omitted, 1 sentence added, 1 segment merged with the next one"
        )
        counts = {name: value["part"] for name, value in row(folder)["diagnostics"].items()}
        assert (counts["omitted_segments"], counts["added_sentences"], counts["merged_segments"]) == (1, 1, 1)
        assert counts["empty"] == 1

    def test_an_omitted_segment_is_an_empty_output_of_the_table(self, run, replay):
        parts = translations()
        folder = run([replay("\n".join(parts[:4] + parts[5:]))])
        assert texts(folder)[4] == ""
        assert row(folder)["metrics"]["chrf++"]["segments"] == 19
        assert row(folder)["metrics"]["chrf++"]["value"] < 99

    def test_scores_of_whole_articles_are_in_a_table_of_their_own(self, run, replay):
        folder = run([replay("\n".join(translations()))], tasks="[translate, {name: translate, unit: article}]")
        assert row(folder)["metrics"]["chrf++"]["segments"] == 19
        whole = row(folder, table="translate-article")
        assert whole["metrics"]["chrf++"]["segments"] == 1
        assert "unit" not in whole
        assert not any("divided" in note for note in whole.get("notes", []))

    def test_paragraphs_are_read_whole_too(self, run, tmp_path):
        rows = [json.loads(line) for line in (DATASET / "segments.jsonl").read_text(encoding="utf-8").splitlines()]
        by_paragraph: dict[str, list[str]] = {}
        for segment, text in zip(rows, translations(), strict=True):
            by_paragraph.setdefault(segment["paragraph"], []).append(text)
        lines = [json.dumps({"id": name, "text": " ".join(of)}) for name, of in by_paragraph.items()]
        (tmp_path / "p.jsonl").write_text("\n".join(lines), encoding="utf-8")
        system = {"name": "whole", "family": "replay", "path": str(tmp_path / "p.jsonl"), "unit": "paragraph"}
        folder = run([system])
        assert texts(folder) == translations()
        assert f"{len(by_paragraph)} outputs for 19 segments" in row(folder)["notes"][0]

    def test_articles_are_divided_into_paragraphs_too(self, run, replay):
        folder = run([replay("\n".join(translations()))], tasks="[{name: translate, unit: paragraph}]")
        assert row(folder, table="translate-paragraph")["metrics"]["chrf++"]["value"] == pytest.approx(100)


class TestMarks:
    def numbered(self, skip: int = 0) -> str:
        return "\n".join(f"[{n}] {text}" for n, text in enumerate(translations(), start=1) if n != skip)

    def test_numbers_that_were_kept_divide_exactly(self, run, replay):
        folder = run([replay(self.numbered(), marks="ids")])
        assert texts(folder) == translations()
        assert "1 output for 19 segments divided by the numbers that it keeps" in row(folder)["notes"][0]

    def test_without_one_of_them_the_output_is_aligned_and_the_note_says_so(self, run, replay):
        folder = run([replay(self.numbered(skip=5), marks="ids")])
        assert texts(folder) == [*translations()[:4], "", *translations()[5:]]
        assert "0 by the numbers that were asked for, and 1 without them by similarity" in row(folder)["notes"][0]

    def test_align_chrf_ignores_them(self, run, replay):
        folder = run([replay(self.numbered(), marks="ids", align="chrf")])
        assert texts(folder) == translations()
        assert "divided by similarity to the references" in row(folder)["notes"][0]

    def test_numbers_are_no_part_of_an_output_that_is_scored_whole(self, run, replay):
        tasks = "[{name: translate, unit: article}]"
        folder = run([replay(self.numbered(), marks="ids"), replay("\n".join(translations()), "plain")], tasks=tasks)
        scores = [row(folder, name, "translate-article")["metrics"]["bleu"]["value"] for name in ("whole", "plain")]
        assert scores[0] == scores[1]
        assert texts(folder)[0] == " ".join(translations())
        assert any("numbers" in note for note in row(folder, table="translate-article")["notes"])

    def test_lines_that_were_kept_divide_exactly(self, run, replay):
        shuffled = translations()[::-1]
        folder = run([replay("\n".join(shuffled), marks="lines")])
        assert texts(folder) == shuffled

    def test_marks_of_sentences_are_read_in_paragraphs(self, run, replay):
        folder = run([replay(self.numbered(), marks="ids")], tasks="[{name: translate, unit: paragraph}]")
        assert row(folder, table="translate-paragraph")["metrics"]["chrf++"]["value"] == pytest.approx(100)


class TestTheRun:
    def test_the_store_has_the_output_as_it_was_written(self, run, replay):
        text = "\n".join(translations())
        lines = (run([replay(text)]) / "outputs" / "translate" / "whole.jsonl").read_text("utf-8").splitlines()
        assert [(json.loads(line)["id"], json.loads(line)["text"]) for line in lines] == [(ARTICLE, text)]

    def test_another_alignment_is_another_run_and_no_new_output(self, run, replay):
        text = "\n".join(translations())
        first, second = run([replay(text)]), run([replay(text, align="chrf")])
        manifests = [json.loads((each / "manifest.json").read_text("utf-8")) for each in (first, second)]
        identities = [each["systems"]["whole"]["translate"]["identity"] for each in manifests]
        assert first != second
        assert identities[0] == identities[1]
        assert manifests[1]["systems"]["whole"]["translate"]["made"][0]["run"] == first.name

    def test_the_usual_alignment_is_not_in_the_digest(self, run):
        system = {"name": "latin", "family": "transliterate"}
        assert run([system]) == run([{**system, "align": "marks"}])

    def test_a_limit_of_segments_still_gives_the_system_its_whole_article(self, run, replay):
        folder = run([replay("\n".join(translations()))], "--limit", "3")
        (folder,) = folder.parent.glob("*/scores.json")
        assert texts(folder.parent) == translations()[:3]

    def test_shards_share_its_articles_and_the_merged_run_is_the_same(self, run_cli, tmp_path):
        rows = [json.loads(line) for line in (MINI / "translations.jsonl").read_text(encoding="utf-8").splitlines()]
        by_article: dict[str, list[str]] = {}
        for each in rows:
            if each["version"] == "close":
                by_article.setdefault(each["id"].partition("#")[0], []).append(each["text"])
        lines = [json.dumps({"id": name, "text": " ".join(of_article)}) for name, of_article in by_article.items()]
        (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
        system = {"name": "whole", "family": "replay", "path": str(tmp_path / "a.jsonl"), "unit": "article"}
        config = tmp_path / "mini.yaml"
        config.write_text(
            f"name: mini\ndatasets: [{{path: {MINI}, format: collection}}]\ntasks: [translate]\nbounds: []\n"
            f"statistics: {{resamples: 100}}\nsystems: [{json.dumps(system)}]\n",
            encoding="utf-8",
        )
        for number in (1, 2):
            assert run_cli("run", config, "--results", tmp_path / "r", "--shard", f"{number}/2").code == 0
        exports = list((tmp_path / "r").rglob("outputs/translate/whole.jsonl"))
        shares = [[json.loads(line)["id"] for line in file.read_text("utf-8").splitlines()] for file in exports]
        assert sorted(name for share in shares for name in share) == sorted(by_article)
        merged = run_cli("merge", *(tmp_path / "r").glob("shards/*"), "--results", tmp_path / "m")
        assert merged.code == 0, merged.err
        whole = run_cli("run", config, "--results", tmp_path / "w")
        assert whole.code == 0, whole.err
        (one,), (other,) = (list((tmp_path / name).glob("mini-*")) for name in ("m", "w"))
        assert row(one)["metrics"] == row(other)["metrics"]

    def test_metrics_are_added_to_its_pieces(self, run, replay, run_cli):
        folder = run([replay("\n".join(translations()))])
        assert run_cli("score", folder, "--add-metric", "ter").code == 0
        assert row(folder)["metrics"]["ter"]["value"] == pytest.approx(0)

    def test_the_gate_reads_its_pieces(self, run, replay):
        parts = translations()
        folder = run([replay("\n".join(parts[:4] + parts[5:]))])
        (task,) = snapshot.snapshot(store.Run(folder)).tasks
        assert task.systems[0].missing == ()
        assert task.systems[0].diagnostics.counts["empty"].part == 1
        assert task.systems[0].diagnostics.counts["omitted_segments"].part == 1

    def test_damaged_pieces_are_an_error_that_says_what_to_do(self, run, replay):
        folder = store.Run(run([replay("\n".join(translations()))]))
        folder.table_path("translate", pieces.FILE).write_text('{"system": "whole"}\n', encoding="utf-8")
        with pytest.raises(FileError, match="line 1: expected the pieces of an output; run the config again"):
            pieces.read(folder, "translate", "whole")


class TestPrompts:
    """Chat models and endpoints say by their prompt which marks they are asked to keep."""

    @pytest.mark.parametrize(
        ("prompt", "marks"), [("chat", "none"), ("chat-ids", "ids"), ("chat-lines", "lines"), ("gemma3", "none")]
    )
    def test_the_marks_are_those_of_the_prompt_for_whole_articles(self, prompt, marks):
        family = models.get("chat")
        options = family.options(name="a", family="chat", checkpoint="x/y", unit="article", prompt=prompt)
        given = options.given_task(tasks.get("translate"))
        assert given.label == "translate-article"
        assert options.asked_marks(given) == marks

    def test_check_shows_the_prompt_for_whole_articles(self, run_cli, tmp_path):
        system = {"name": "a", "family": "chat", "checkpoint": "x/y", "unit": "article", "prompt": "chat-ids"}
        config = tmp_path / "c.yaml"
        config.write_text(f"datasets: [{DATASET}]\ntasks: [translate]\nsystems: [{json.dumps(system)}]", "utf-8")
        assert "[19] " in run_cli("check", config, "--offline").out


@pytest.mark.slow
def test_a_model_that_reads_documents_stands_beside_one_that_reads_sentences(run):
    pytest.importorskip("torch")
    folders = TESTS / "models"
    folder = run([
        {
            "name": "whole", "family": "seq2seq", "checkpoint": str(folders / "tiny-mt5"), "unit": "article",
            "decoding": {"max_length": 20, "num_beams": 1},
        },
        {
            "name": "sentences", "family": "indictrans2", "checkpoint": str(folders / "tiny-indictrans2"),
            "decoding": {"max_length": 20, "num_beams": 1},
        },
    ])  # fmt: skip
    assert row(folder)["unit"] == "article"
    assert row(folder, "sentences")["metrics"]["chrf++"]["segments"] == 19
    assert len(texts(folder)) == 19
