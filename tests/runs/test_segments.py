"""Segments of runs with their texts: what is read, and what is said if something is not at hand."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import FileError, InputError
from harness.core.segments import SegmentView, TaskView
from harness.runs import segments
from harness.runs.store import Run
from tests.conftest import Cli
from tests.paths import DATA

RUN = "first-594087d0"


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """Return a results folder with one run, which has a dataset and a `replay` system beside it."""
    shutil.copytree(DATA / "run-v1", tmp_path / "v1")
    return tmp_path / "v1" / "results"


def load(*folders: Path) -> tuple[TaskView, ...]:
    return segments.load({folder.name: Run(folder) for folder in folders})


def scores_in_tables(folder: Path, label: str) -> dict[str, dict[str, dict[str, float]]]:
    """Return the scores of each segment in the run's own file: by id, then system, then metric."""
    lines = (folder / "tables" / f"{label}.segments.jsonl").read_text(encoding="utf-8").splitlines()
    rows = map(json.loads, lines)
    return {row["id"]: row.get("all_references") or row["scores"] for row in rows}


class TestLoad:
    def test_a_view_has_everything_that_was_scored(self, earlier: Path) -> None:
        translate, summarise = load(earlier / RUN)
        assert (translate.label, translate.dataset, translate.language, translate.target) == (
            "translate", "news", "hin_Deva", "eng_Latn",
        )  # fmt: skip
        assert (translate.metrics, translate.primary) == (("chrf++", "bleu"), "chrf++")
        assert (translate.systems, summarise.systems) == (("copy-source", "stored"), ("lead-1", "random-1"))
        assert (len(translate.segments), len(summarise.segments)) == (35, 8)
        assert translate.notes == summarise.notes == ()
        first = translate.segments[0]
        assert (first.article, first.kind, first.words) == ("news/01", "title", 11)
        assert first.source and first.source.startswith("देवांश बहुगुणा")
        assert first.references == {
            "generated": "Devansh Bahuguna and Ritesh Gokhale discuss water conservation",
            "second": "Bahuguna Devansh and Ritesh Gokhale discuss water conservation",
        }
        assert summarise.segments[0].kind == ""

    def test_scores_are_those_of_the_runs_own_file_of_segments(
        self, run_cli: Cli, write_config: Callable[..., Path], tmp_path: Path
    ) -> None:
        config = write_config(
            tasks="[{name: translate, metrics: [chrf++, ter]}, {name: summarise, metrics: [rougeL, rouge1]}]",
            systems="[{name: copy, family: copy-source}, {name: lead, family: lead, sentences: 1}]",
        )
        assert run_cli("run", config, "--results", tmp_path / "results").code == 0
        (folder,) = tmp_path.glob("results/small-*")
        views = load(folder)
        assert [view.label for view in views] == ["translate", "summarise"]
        for view in views:
            expected = scores_in_tables(folder, view.label)
            for segment in view.segments:
                for output in segment.outputs:
                    assert output.scores == pytest.approx(expected[segment.id][output.system])

    def test_flags_are_the_names_of_diagnostics(self, earlier: Path) -> None:
        translate, _ = load(earlier / RUN)
        copy, stored = translate.segments[0].outputs
        assert copy.flags == ("copied", "wrong_script")
        assert stored.flags == ()

    def test_no_network_library_is_loaded(self, earlier: Path) -> None:
        assert "torch" not in sys.modules or load(earlier / RUN)


class TestSeveralRuns:
    def test_runs_on_the_same_data_are_one_view_with_the_names_of_compare(self, earlier: Path) -> None:
        shutil.copytree(earlier / RUN, earlier / "again-00000000")
        translate, _ = load(earlier / RUN, earlier / "again-00000000")
        assert translate.systems == (
            f"copy-source ({RUN})", f"stored ({RUN})", "copy-source (again-00000000)", "stored (again-00000000)",
        )  # fmt: skip
        assert translate.runs == (RUN, "again-00000000")
        assert [output.system for output in translate.segments[0].outputs] == list(translate.systems)

    def test_runs_on_other_data_have_views_of_their_own(self, earlier: Path) -> None:
        other = earlier / "other-00000000"
        shutil.copytree(earlier / RUN, other)
        scores = json.loads((other / "scores.json").read_text(encoding="utf-8"))
        for task in scores["tasks"]:
            task["statistics"]["dataset"] = "another digest"
        (other / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
        assert [(view.task, view.runs) for view in load(earlier / RUN, other)] == [
            ("translate", (RUN,)), ("translate", (other.name,)), ("summarise", (RUN,)), ("summarise", (other.name,)),
        ]  # fmt: skip


def without(segment: SegmentView) -> SegmentView:
    """Return a segment without its texts, and without flags and their places, which depend on the source."""
    outputs = tuple(replace(output, flags=(), places={}) for output in segment.outputs)
    return replace(segment, source=None, references=dict.fromkeys(segment.references), outputs=outputs)


class TestWhatIsNotAtHand:
    def test_without_the_dataset_outputs_and_scores_are_shown(self, earlier: Path) -> None:
        complete, _ = load(earlier / RUN)
        shutil.rmtree(earlier.parent / "news")
        translate, _ = load(earlier / RUN)
        (note,) = translate.notes
        assert note.startswith("sources and references are not shown, because the dataset could not be read: ")
        assert "news" in note
        assert [without(segment) for segment in translate.segments] == [without(each) for each in complete.segments]

    def test_without_the_config_too(self, earlier: Path) -> None:
        (earlier / RUN / "config.yaml").unlink()
        translate, _ = load(earlier / RUN)
        assert "config.yaml" in translate.notes[0]
        assert translate.segments[0].outputs[1].text == "Devansh and Ritesh Gokhale discuss water"

    def test_a_model_that_is_not_on_this_machine_does_not_matter(self, earlier: Path) -> None:
        (earlier.parent / "outputs.jsonl").unlink()  # what the system `stored` replays
        assert load(earlier / RUN)[0].notes == ()

    def test_a_dataset_that_has_changed_is_named(self, earlier: Path) -> None:
        file = earlier.parent / "news" / "translations.jsonl"
        file.write_text(file.read_text(encoding="utf-8").replace("discuss water", "debate water"), encoding="utf-8")
        assert "news has changed since the run" in load(earlier / RUN)[0].notes[0]

    def test_outputs_that_are_lost_are_counted(self, earlier: Path) -> None:
        file = earlier / RUN / "outputs" / "translate" / "stored.jsonl"
        file.write_text("".join(file.read_text(encoding="utf-8").splitlines(keepends=True)[3:]), encoding="utf-8")
        translate, _ = load(earlier / RUN)
        assert translate.notes == (
            f"stored: 3 of 35 outputs are not in {file}; run it again (stored outputs are reused)",
        )
        assert [output.system for output in translate.segments[0].outputs] == ["copy-source"]
        complete = scores_in_tables(earlier / RUN, "translate")
        last = translate.segments[-1]
        assert last.outputs[1].scores == pytest.approx(complete[last.id]["stored"])

    def test_without_a_manifest_outputs_are_not_guessed(self, earlier: Path) -> None:
        (earlier / RUN / "manifest.json").unlink()
        translate, _ = load(earlier / RUN)
        assert translate.segments[0].outputs == ()
        assert "stored: manifest.json does not tell which outputs were scored" in " ".join(translate.notes)

    @pytest.mark.parametrize(
        ("content", "error", "message"),
        [
            (None, FileError, "finish the run first"),
            ('{"schema": 1, "tasks": [{}]}', InputError, "scores.json is damaged"),
            ('{"schema": 9, "tasks": []}', InputError, "update the harness"),
        ],
    )
    def test_a_run_without_scores_is_refused(
        self, earlier: Path, content: str | None, error: type[Exception], message: str
    ) -> None:
        file = earlier / RUN / "scores.json"
        file.unlink() if content is None else file.write_text(content, encoding="utf-8")
        with pytest.raises(error, match=message):
            load(earlier / RUN)
