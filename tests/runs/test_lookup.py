"""Find runs by the names that users type, and refuse names without a run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from harness.core.errors import InputError
from harness.runs import lookup
from harness.runs.store import Run

ONE, TWO, OTHER = "ci-11111111", "ci-22222222", "quick-33333333"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return two runs of ci, the second being the latest, and one of another config."""
    folder = tmp_path / "results"
    for hour, name in enumerate((ONE, TWO, OTHER)):
        (folder / name).mkdir(parents=True)
        (folder / name / "config.yaml").touch()
        manifest = {"config": {"path": f"configs/{name[:-9]}.yaml"}}
        (folder / name / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        os.utime(folder / name, (hour * 3600, hour * 3600))
    (folder / "baselines").mkdir()
    return folder


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (ONE, ONE), (TWO, TWO), ("ci", TWO), ("c", TWO), ("ci-1", ONE), ("quick", OTHER), ("qui", OTHER),
        ("quick-33", OTHER),
    ],
)  # fmt: skip
def test_a_run_is_found_by_its_name_by_its_configs_name_and_by_the_beginning_of_either(
    results: Path, given: str, name: str
) -> None:
    assert lookup.find(results, given).run.name == name
    assert lookup.find(Path("elsewhere"), str(results / name)).run.path == results / name


@pytest.mark.parametrize("given", ["ci", "c", "ci-"])
def test_the_latest_of_several_runs_of_a_config_is_taken_and_the_note_says_so(results: Path, given: str) -> None:
    found = lookup.find(results, given)
    assert found.note == f"{given}: {TWO} is the latest of 2 runs; the others: {ONE}"
    os.utime(results / ONE)  # as harness run does
    assert lookup.find(results, given).run.name == ONE


@pytest.mark.parametrize("given", [ONE, "ci-2", "quick"])
def test_a_name_that_fits_one_run_needs_no_note(results: Path, given: str) -> None:
    assert lookup.find(results, given).note == ""


def test_a_configs_whole_name_comes_before_longer_names(results: Path) -> None:
    (results / "ci-long-44444444").mkdir()
    (results / "ci-long-44444444" / "config.yaml").touch()
    assert lookup.find(results, "ci").run.name == TWO


def _delete_config(results: Path) -> None:
    (results / OTHER / "config.yaml").unlink()


def _delete_all_but_scores(results: Path) -> None:
    for name in ("config.yaml", "manifest.json"):
        (results / OTHER / name).unlink()
    (results / OTHER / "scores.json").touch()


def _delete_everything(results: Path) -> None:
    for path in (results / OTHER).iterdir():
        path.unlink()


def _another_config_with_that_beginning(results: Path) -> None:
    (results / "cite-44444444").mkdir()
    (results / "cite-44444444" / "config.yaml").touch()


def _many(results: Path) -> None:
    for number in range(20):
        (results / f"m-{number:08x}").mkdir()
        (results / f"m-{number:08x}" / "config.yaml").touch()


def _no_folder(results: Path) -> None:
    results.rename(results.with_name("moved"))


def _a_config(results: Path) -> None:
    (results / "x.yaml").touch()


@pytest.mark.parametrize(
    ("change", "given", "message"),
    [
        (
            _delete_config, "quick",
            "{results}/quick-33333333: config.yaml is missing; "
            "run `harness run configs/quick.yaml --results {results}` to restore it",
        ),
        (
            _delete_config, "{results}/quick-33333333",
            "{results}/quick-33333333: config.yaml is missing; "
            "run `harness run configs/quick.yaml --results {results}` to restore it",
        ),
        (
            _delete_all_but_scores, "quick",
            "{results}/quick-33333333: config.yaml is missing; "
            "run `harness run CONFIG --results {results}` to restore it",
        ),
        (
            _delete_everything, "quick-33333333",
            "{results}/quick-33333333: this folder is no run: it has no config.yaml and no scores",
        ),
        (
            _delete_everything, "quick",
            "no run 'quick' in {results} (runs there: ci-22222222, ci-11111111)",
        ),
        (
            _another_config_with_that_beginning, "c",
            "'c' fits several runs: ci-11111111, ci-22222222, cite-44444444; give more of the name",
        ),
        (_no_folder, "ci", "{results}: no such folder; name the folder of your runs with --results"),
        (_many, "gone", "and 13 more)"),
        (
            _a_config, "{results}/x.yaml",
            "{results}/x.yaml: expected the name of a run, found a config; try x (runs in {results}: "
            "quick-33333333, ci-22222222, ci-11111111)",
        ),
    ],
)  # fmt: skip
def test_a_name_without_a_run_is_refused_in_one_line_with_the_next_step(
    results: Path, change: object, given: str, message: str
) -> None:
    change(results)  # type: ignore[operator]
    with pytest.raises(InputError) as raised:
        lookup.find(results, given.format(results=results))
    text = str(raised.value)
    assert text.endswith(message.format(results=results))
    assert "\n" not in text


def test_several_runs_are_returned_by_name_with_their_notes_and_none_is_accepted_twice(results: Path) -> None:
    by_name, notes = lookup.find_all(results, ["ci", ONE])
    assert list(by_name) == [TWO, ONE]
    assert len(notes) == 1
    with pytest.raises(InputError, match="run 'ci' is given twice"):
        lookup.find_all(results, [TWO, "ci"])


def test_the_latest_run_but_one_is_found_for_a_config(results: Path) -> None:
    assert lookup.latest(results, "ci", but=Run(results / TWO)) == Run(results / ONE)
    assert lookup.latest(results, "quick", but=Run(results / OTHER)) is None
