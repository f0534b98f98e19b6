"""The challenge set from the command line, in both ways, with the config of the repository and with small sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.core import rankings
from tests.conftest import Answer, Cli
from tests.datasets import test_challenge as items
from tests.paths import ROOT

# Items whose sentences are of similar length, so that they can be ranked.
FED = items.FED
HAD_FED = items.HAD_FED | {"wrong": ["The mother fed the child with the nanny."]}
TWELVE = items.TWELVE | {"correct": ["12 people came."]}
TINY = ROOT / "tests" / "models" / "tiny-indictrans2"


def write(
    folder: Path, *chosen: dict[str, Any], systems: str = "", tasks: str = "challenge, challenge-contrastive"
) -> Path:
    """Write a small challenge set and a config that runs it in both ways, and return the config's path."""
    data = folder / "small"
    data.mkdir(exist_ok=True)
    lines = "".join(f"{json.dumps(item, ensure_ascii=False)}\n" for item in chosen or (FED, HAD_FED, TWELVE))
    (data / "items.jsonl").write_text(lines, encoding="utf-8")
    (data / "dataset.yaml").write_text('version: "3"\n', encoding="utf-8")
    config = folder / "try.yaml"
    tiny = f"{{name: tiny, family: indictrans2, checkpoint: {TINY}, decoding: {{num_beams: 1, max_length: 30}}}}"
    config.write_text(
        f"datasets: [{{path: small, format: challenge}}]\ntasks: [{tasks}]\n"
        f"systems:\n  - {systems or tiny}\n  - {{name: copy, family: copy-source}}\n",
        encoding="utf-8",
    )
    return config


def run(run_cli: Cli, config: Path, *more: str) -> tuple[Answer, list[dict[str, Any]]]:
    answer = run_cli("run", config, "--results", config.parent / "results", "--format", "json", *more)
    assert answer.code == 0, answer.err
    return answer, json.loads(answer.out)["tasks"]


def system(task: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in task["systems"] if each["name"] == name)


@pytest.fixture
def stored(tmp_path: Path) -> str:
    """Return a system whose outputs are given: it passes one item of the pair, and the item without one."""
    outputs = tmp_path / "outputs.jsonl"
    fed = "The mother fed the child."
    texts = {"causatives-1": fed, "causatives-2": fed, "digits-1": "12 came."}
    rows = [{"id": f"small#{name}", "text": text} for name, text in texts.items()]
    outputs.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return "{name: stored, family: replay, path: outputs.jsonl}"


class TestGeneration:
    def test_the_table_has_every_verdict_and_credits_whole_pairs_only(
        self, tmp_path: Path, run_cli: Cli, stored: str
    ) -> None:
        _, (challenge,) = run(run_cli, write(tmp_path, systems=stored, tasks="challenge"))
        values = {name: round(each["value"], 1) for name, each in system(challenge, "stored")["metrics"].items()}
        assert values == {"pairs-passed": 50.0, "items-passed": 66.7, "items-failed": 33.3, "items-undecided": 0.0}
        assert challenge["primary"] == "pairs-passed"

    def test_slices_by_group_and_phenomenon_are_counts(self, tmp_path: Path, run_cli: Cli, stored: str) -> None:
        _, (challenge,) = run(run_cli, write(tmp_path, systems=stored, tasks="challenge"))
        counts = {
            (part["facet"], part["value"]): part["counts"]["stored"]
            for part in challenge["slices"]
            if part["facet"] in ("group", "phenomenon")
        }
        assert counts["phenomenon", "causatives"] == {
            "pairs-passed": [0, 1], "items-passed": [1, 2], "items-failed": [1, 2], "items-undecided": [0, 2],
        }  # fmt: skip
        assert counts["group", "numbers-and-time"]["pairs-passed"] == [1, 1]

    def test_the_version_of_the_items_is_in_every_result(self, tmp_path: Path, run_cli: Cli, stored: str) -> None:
        _, tasks = run(run_cli, write(tmp_path, systems=stored, tasks="challenge"))
        assert all("version 3 of the items of small" in task["notes"] for task in tasks)
        (manifest,) = (tmp_path / "results").glob("*/manifest.json")
        assert json.loads(manifest.read_text(encoding="utf-8"))["dataset"]["origins"] == [
            {"dataset": "small", "version": "3"}
        ]

    def test_the_text_table_shows_groups_without_being_asked(self, tmp_path: Path, run_cli: Cli, stored: str) -> None:
        answer = run_cli("run", write(tmp_path, systems=stored, tasks="challenge"), "--results", tmp_path / "r")
        assert "challenge: pairs-passed by group" in answer.out
        assert "challenge: pairs-passed by phenomenon" in answer.out


class TestContrastive:
    def test_outputs_are_rankings_of_the_given_sentences_and_are_made_once(self, tmp_path: Path, run_cli: Cli) -> None:
        config = write(tmp_path)
        _, (_, contrastive) = run(run_cli, config)
        (file,) = (tmp_path / "results").glob("*/outputs/challenge-contrastive/tiny.jsonl")
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        assert [row["id"] for row in rows] == ["small#causatives-1", "small#causatives-2", "small#digits-1"]
        for row, item in zip(rows, (FED, HAD_FED, TWELVE), strict=True):
            ranked = rankings.read(row["text"])
            assert {each.text for each in ranked} <= {*item["correct"], *item["wrong"]}
            assert [each.mean for each in ranked] == sorted((each.mean for each in ranked), reverse=True)
        before = file.read_bytes()
        answer, (_, again) = run(run_cli, config)
        assert "challenge-contrastive: tiny: 3/3, all stored before" in answer.err
        assert file.read_bytes() == before
        assert again == contrastive

    def test_another_wrong_sentence_is_ranked_anew_and_the_other_items_are_not(
        self, tmp_path: Path, run_cli: Cli
    ) -> None:
        def rows() -> list[str]:
            name = json.loads(run(run_cli, config)[0].out)["runs"][0]
            file = tmp_path / "results" / name / "outputs" / "challenge-contrastive" / "tiny.jsonl"
            return file.read_text(encoding="utf-8").splitlines()

        config = write(tmp_path)
        before = rows()
        config = write(tmp_path, FED, HAD_FED, TWELVE | {"wrong": ["13 people came."]})
        after = rows()
        assert after[:2] == before[:2]  # with the seconds of the first run
        assert "13 people came." in after[2]

    def test_a_family_without_probabilities_is_named_in_one_line(self, tmp_path: Path, run_cli: Cli) -> None:
        _, (challenge, contrastive) = run(run_cli, write(tmp_path))
        assert [each["name"] for each in challenge["systems"]] == ["tiny", "copy"]
        assert [each["name"] for each in contrastive["systems"]] == ["tiny"]
        assert "n/a for copy: no probabilities" in contrastive["notes"]

    def test_asked_for_by_name_it_is_an_error(self, tmp_path: Path, run_cli: Cli) -> None:
        config = write(tmp_path, systems="{name: x, family: copy-source, tasks: [challenge-contrastive]}")
        answer = run_cli("check", config)
        assert answer.code == 2
        assert "family 'copy-source' does not do 'challenge-contrastive': it gives no probabilities" in answer.err

    def test_diagnostics_do_not_count_in_rankings(self, tmp_path: Path, run_cli: Cli) -> None:
        _, (_, contrastive) = run(run_cli, write(tmp_path))
        assert not any("other ones than their source" in str(each) for each in contrastive["systems"])

    def test_another_dataset_has_no_sentences_to_rank(self, tmp_path: Path, run_cli: Cli) -> None:
        config = tmp_path / "other.yaml"
        config.write_text(
            f"datasets: [{ROOT / 'references' / 'india-japan'}]\ntasks: [challenge-contrastive]\n"
            f"systems: [{{name: tiny, family: indictrans2, checkpoint: {TINY}}}]\n",
            encoding="utf-8",
        )
        answer = run_cli("check", config)
        assert answer.code == 2
        assert "no contrasts in eng_Latn; task challenge-contrastive needs a challenge set" in answer.err


def test_the_gate_sees_a_worse_system_in_both_ways_and_the_page_shows_both(tmp_path: Path, run_cli: Cli) -> None:
    config = write(tmp_path)
    run(run_cli, config)
    baseline, results = tmp_path / "baseline.json", tmp_path / "results"
    blessed = run_cli("bless", "try", "--results", results, "--output", baseline, "--reason", "first")
    assert blessed.code == 0, blessed.err
    answer = run_cli("gate", "try", "--results", results, "--baseline", baseline)
    assert answer.code == 0, answer.err
    assert "challenge-contrastive: tiny: pairs-preferred" in answer.out + answer.err
    page = tmp_path / "page.html"
    answer = run_cli("report", "try", "--results", results, "--output", page)
    assert answer.code == 0, answer.err
    html = page.read_text(encoding="utf-8")
    for title in ("challenge: pairs-passed by group", "challenge-contrastive: pairs-preferred by phenomenon"):
        assert title in html


def test_the_config_of_the_repository_can_start(run_cli: Cli) -> None:
    answer = run_cli("check", ROOT / "configs" / "challenge.yaml")
    assert answer.code == 0, answer.err
    assert "can start; nothing to download" in answer.out


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("challenge", "metric pairs-passed reads annotations of a dataset, which files cannot have"),
        (
            "challenge-contrastive",
            "metric pairs-preferred reads the article of each segment, which these files do not name",
        ),
    ],
)
def test_plain_files_have_no_conditions_and_no_pairs(tmp_path: Path, run_cli: Cli, task: str, message: str) -> None:
    hypothesis, reference = tmp_path / "system.en", tmp_path / "reference.en"
    hypothesis.write_text("A mother fed a child.\n", encoding="utf-8")
    reference.write_text("The mother fed the child.\n", encoding="utf-8")
    answer = run_cli("score", "--task", task, "--hypothesis", hypothesis, "--reference", reference)
    assert (answer.code, answer.err) == (2, f"harness: {message}\n")
