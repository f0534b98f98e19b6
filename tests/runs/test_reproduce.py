"""`harness reproduce`: a tiny model on a tiny set, with published figures that this test writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.config import load
from harness.core.hub import without_network
from harness.core.scores import AllReferences, Score, SystemScores, TaskScores
from harness.runs import reproduce
from harness.scoring import reproduction
from harness.scoring.published import Figure
from harness.scoring.reproduction import Reproduction
from tests.conftest import Cli
from tests.paths import DATASET, ROOT, TESTS

FIGURE = {
    "system": "theirs", "test_set": "india-japan", "task": "summarise", "metric": "rougeL", "value": 30.0,
    "source": "a test", "certainty": "read at the source", "retrieved": "today",
}  # fmt: skip
DECODING = {"num_beams": 4, "max_new_tokens": 83, "do_sample": False}


def compare(value: float = 30.0, here: int = 10, tolerance: float = 0.2, **changes: Any) -> Reproduction:
    """Compare a score over `here` segments with a figure; `changes` are to the figure."""
    figure = Figure.model_validate(FIGURE | changes)
    row = SystemScores("ours", "system", {"rougeL": Score(value, "nrefs:1|v:1", here, None, None)})
    table = TaskScores("summarise", "rougeL", here, 1, ("a",), "hin_Deva", (row,))
    return reproduction.compare([figure], [table], "ours", tolerance=tolerance, decoding=DECODING)


class TestTolerance:
    @pytest.mark.parametrize(
        ("value", "within"), [(30.0, True), (30.2, True), (29.8, True), (30.21, False), (29.7, False), (0.0, False)]
    )
    def test_a_score_as_close_as_the_tolerance_is_within(self, value: float, within: bool) -> None:
        assert compare(value).is_within == within

    def test_a_tolerance_of_0_wants_the_same_number(self) -> None:
        assert compare(30.0, tolerance=0).is_within
        assert not compare(30.01, tolerance=0).is_within

    def test_a_score_over_other_segments_is_not_within(self) -> None:
        assert not compare(here=9, segments=10).is_within
        assert compare(here=10, segments=10).is_within

    def test_published_figures_are_compared_with_scores_against_all_references(self) -> None:
        score = Score(20.0, "nrefs:1|v:1", 8, None, AllReferences(30.0, "nrefs:2|v:1", 10))
        table = TaskScores(
            "summarise", "rougeL", 8, 1, ("a", "b"), "hin_Deva", (SystemScores("ours", "system", {"rougeL": score}),)
        )
        figure = Figure.model_validate(FIGURE | {"segments": 10, "signature": "nrefs:2|v:1", "decoding": {}})
        result = reproduction.compare([figure], [table], "ours", tolerance=0, decoding={})
        assert (result.is_within, result.departures) == (True, ())

    def test_a_metric_without_a_score_is_not_within_and_is_said(self) -> None:
        result = compare(metric="rouge1")
        assert not result.is_within
        assert result.departures == ("rouge1: no score here; is it in the metrics of task summarise?",)


class TestWhereTheRunDiffers:
    @pytest.mark.parametrize(
        ("changes", "departure"),
        [
            ({"signature": "nrefs:1|v:2"}, "rougeL: signature nrefs:1|v:2 published, nrefs:1|v:1 here"),
            ({"decoding": {"num_beams": 5}}, "decoding: num_beams 5 published, 4 here"),
            ({"decoding": {"max_length": 80}}, "decoding: max_length 80 published, 84 here"),
            ({"decoding": {"do_sample": True}}, "decoding: do_sample true published, false here"),
            ({"decoding": {"top_k": 5}}, "decoding: top_k 5 published, not set here"),
        ],
    )
    def test_a_known_difference_is_named(self, changes: dict[str, Any], departure: str) -> None:
        assert compare(**changes).departures == (departure,)

    def test_another_number_of_segments_is_named(self) -> None:
        assert compare(here=9, segments=10).departures == ("segments: 10 published, 9 here",)

    def test_the_same_settings_are_no_difference(self) -> None:
        decoding = {"num_beams": 4, "max_length": 84, "do_sample": False}
        result = compare(signature="nrefs:1|v:1", decoding=decoding)
        assert (result.departures, result.unknown) == ((), ("segments: the published number is not known; 10 here",))

    def test_what_is_not_published_is_named_as_unknown(self) -> None:
        assert compare(known="13a").unknown == (
            "segments: the published number is not known; 10 here",
            "rougeL: no signature is published (13a); here nrefs:1|v:1",
            "decoding: the published settings are not known; here num_beams 4, max_new_tokens 83, do_sample false",
        )


class TestCommand:
    @pytest.fixture
    def workplace(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Return a folder with a config in configs/reproduce and a published figure that is off by much."""
        monkeypatch.chdir(tmp_path)
        self.publish(tmp_path, 0.0)
        self.configure(tmp_path, "reproduces: {system: theirs}")
        return tmp_path

    @staticmethod
    def publish(folder: Path, value: float) -> None:
        path = folder / "results" / "published" / "test.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        figure = FIGURE | {"value": value, "segments": 1, "decoding": {"num_beams": 4}}
        path.write_text(json.dumps({"schema": 1, "figures": [figure]}), encoding="utf-8")

    @staticmethod
    def configure(folder: Path, reproduces: str) -> None:
        path = folder / "configs" / "reproduce" / "tiny.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        checkpoint = TESTS / "models" / "tiny-mt5"
        path.write_text(
            f"datasets: [{DATASET}]\ntasks: [{{name: summarise, metrics: [rougeL]}}]\n"
            f"systems: [{{name: tiny, family: mt5, checkpoint: {checkpoint}}}]\n{reproduces}\n",
            encoding="utf-8",
        )

    def test_it_runs_the_config_and_says_within_or_not(self, run_cli: Cli, workplace: Path) -> None:
        first = run_cli("reproduce", "tiny", "--format", "json")
        assert first.code == 1, first.err
        answer = json.loads(first.out)
        assert (answer["reproduced"], answer["departures"]) == (False, [])
        self.publish(workplace, round(answer["figures"][0]["value"], 1))
        second = run_cli("reproduce", "tiny")
        assert second.code == 0, second.err
        assert "theirs on india-japan: reproduced: within the tolerance" in second.out
        assert "no signature is published" in " ".join(second.out.split())
        assert "Source: a test" in second.out

    @pytest.mark.parametrize(
        ("name", "reproduces", "message"),
        [
            ("tinny", "", "configs/reproduce: unknown config of a published figure 'tinny'; did you mean 'tiny'?"),
            ("tiny", "", "configs/reproduce/tiny.yaml: the config names no published system to reproduce; add"),
            ("tiny", "reproduces: {system: their}", "unknown published system on india-japan 'their'; did you mean"),
            ("tiny", "reproduces: {system: theirs, row: tony}", "unknown system of this config 'tony'; did you mean"),
            ("tiny", "reproduces: {}", "key 'reproduces.system' is missing"),
        ],
    )
    def test_a_mistake_is_one_line_and_nothing_runs(
        self, run_cli: Cli, workplace: Path, name: str, reproduces: str, message: str
    ) -> None:
        self.configure(workplace, reproduces)
        answer = run_cli("reproduce", name)
        assert (answer.code, len(answer.err.splitlines())) == (2, 1)
        assert message in answer.err
        assert [path.name for path in (workplace / "results").iterdir()] == ["published"]

    def test_several_datasets_have_a_table_each_and_one_answer(
        self, run_cli: Cli, workplace: Path, tmp_path: Path
    ) -> None:
        """The second dataset is a copy of the first under another name, without facts and entities."""
        copy = tmp_path / "again"
        copy.mkdir()
        for file in DATASET.iterdir():
            if file.suffix == ".txt" or file.name in ("segments.jsonl", "summaries.jsonl"):
                content = file.read_text(encoding="utf-8")
                (copy / file.name).write_text(content.replace("india-japan#", "again#").replace(
                    '"india-japan"', '"again"'), encoding="utf-8")  # fmt: skip
        config = workplace / "configs" / "reproduce" / "tiny.yaml"
        config.write_text(
            config.read_text(encoding="utf-8").replace(f"[{DATASET}]", f"[{DATASET}, {copy}]"), encoding="utf-8"
        )
        answer = run_cli("reproduce", "tiny")
        assert answer.code == 2
        assert "tiny.yaml: unknown test set of published figures 'again'" in answer.err
        path = workplace / "results" / "published" / "test.json"
        (figure,) = json.loads(path.read_text(encoding="utf-8"))["figures"]
        both = [figure, figure | {"test_set": "again"}]
        path.write_text(json.dumps({"schema": 1, "figures": both}), encoding="utf-8")
        answer = run_cli("reproduce", "tiny", "--format", "json")
        assert answer.code == 1, answer.err
        printed = json.loads(answer.out)
        assert [(each["test_set"], each["reproduced"]) for each in printed["datasets"]] == [
            ("india-japan", False), ("again", False),
        ]  # fmt: skip
        values = [each["figures"][0]["value"] for each in printed["datasets"]]
        both = [each | {"value": round(value, 1)} for each, value in zip(both, values, strict=True)]
        path.write_text(json.dumps({"schema": 1, "figures": both}), encoding="utf-8")
        answer = run_cli("reproduce", "tiny")
        assert answer.code == 0, answer.err
        assert "theirs on india-japan: reproduced" in answer.out
        assert "theirs on again: reproduced" in answer.out

    def test_without_any_config_it_says_so(self, run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        answer = run_cli("reproduce", "x")
        assert answer.code == 2
        assert "no config x.yaml, and none at all" in answer.err


@pytest.mark.parametrize("path", sorted((ROOT / "configs" / "reproduce").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_committed_config_scores_what_is_published_with_all_references_and_all_segments(path: Path) -> None:
    with without_network(True):
        plan = load.load(path, fetch=False)
    settings, figures = reproduce.wanted(plan, ROOT / "results")
    assert settings.row in {system.name for system in plan.systems}
    metrics = {(task.label, metric) for task in plan.tasks for metric in task.metrics}
    assert {(figure.task, figure.metric) for figure in figures} == metrics
    assert (plan.bounds, plan.limit) == ((), None)
