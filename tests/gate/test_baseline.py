"""The baseline file: what it keeps, how it reads, and what is refused as none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.config.schema import Thresholds
from harness.core.errors import FileError, InputError
from harness.core.records import HINDI
from harness.gate import baseline, changes, judge
from harness.scoring import Resampling
from tests.snapshots import baseline as made_of
from tests.snapshots import run, system, task

VALUES = {"rougeL": [31.25, 1 / 3, 100.0], "rouge1": [0.1, 0.2, 1e-17]}
MADE = made_of(task(system("x", VALUES), system("y", VALUES)), task(system("x", {"rougeL": [50.0]}), label="headline"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "baselines" / "ci.json"


def test_what_is_written_is_read_again_to_the_last_bit(path: Path) -> None:
    baseline.write(path, MADE)
    found = baseline.read(path)
    for old, new in zip(MADE.tasks, found.tasks, strict=True):
        for one, other in zip(old.systems, new.systems, strict=True):
            for metric, statistics in one.statistics.items():
                np.testing.assert_array_equal(statistics, other.statistics[metric])
            assert replace(one, statistics={}) == replace(other, statistics={})
        assert replace(old, systems=()) == replace(new, systems=())
    assert replace(found, tasks=()) == replace(MADE, tasks=())
    verdict = judge.judge(found, run(*MADE.tasks), Thresholds(), Resampling(100, 0, 0.95))
    assert {finding.delta for finding in verdict.findings} == {0}


def test_the_file_is_stable_and_has_one_line_for_each_segment(path: Path) -> None:
    baseline.write(path, MADE)
    first = path.read_text(encoding="utf-8")
    baseline.write(path, baseline.read(path))
    assert path.read_text(encoding="utf-8") == first
    assert "[31.25, 1],\n" in first  # a whole number is written as one
    assert list(json.loads(first)) == ["kind", "schema", "blessed", "run", "dataset", "commit", "versions", "tasks"]


def test_a_failed_write_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    baseline.write(path, MADE)
    before = path.read_bytes()

    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(FileError, match="No space left on device"):
        baseline.write(path, replace(MADE, run="another"))
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def of(*keys: Any, value: Any) -> Callable[[Any], None]:
    """Return what sets one value in the file's tree."""

    def change(tree: Any) -> None:
        for key in keys[:-1]:
            tree = tree[key]
        tree[keys[-1]] = value

    return change


SYSTEM = ("tasks", 0, "systems", 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(of("schema", value=99), "schema 99, this harness reads 2; update the harness", id="newer"),
        pytest.param(of("kind", value="x"), "expected a baseline that harness bless wrote", id="another kind"),
        pytest.param(of("tasks", value=None), r"damaged \(tasks: ", id="no tasks"),
        pytest.param(of("blessed", "when", value=3), r"damaged \(blessed.when: ", id="a number for a time"),
        pytest.param(
            of(*SYSTEM, "diagnostics", "counts", "empty", "part", value="1"), "counts.empty.part", id="text for a count"
        ),
        pytest.param(of(*SYSTEM, "diagnostics", value={}), r"diagnostics.outputs: expected a value", id="no counts"),
        pytest.param(
            lambda tree: tree.update(schema=1), r"damaged \(KeyError: 'health'\)", id="schema 1 without health"
        ),
        pytest.param(
            of(*SYSTEM, "statistics", "rougeL", value=[[[1, 1], [2, 1]]]), "rougeL of 2 segments, not 3", id="short"
        ),
        pytest.param(
            of(*SYSTEM, "statistics", "rougeL", value=[[[1, 1], [2], [3, 1]]]), "statistics.rougeL: ", id="ragged"
        ),
        pytest.param(of(*SYSTEM, "statistics", "rougeL", value=[[]]), "expected numbers as", id="empty"),
        pytest.param(of(*SYSTEM, "statistics", "rougeL", value={"a": 1}), "statistics.rougeL: ", id="an object"),
        pytest.param(
            of(*SYSTEM, "statistics", "rougeL", value=[[[10**400, 1]]]), "statistics.rougeL: ", id="too large a number"
        ),
        pytest.param(of(*SYSTEM, "statistics", value={}), "x has statistics of no metric", id="no statistics"),
        pytest.param(of(*SYSTEM, "name", value="y"), "gist: system y stands twice", id="a system twice"),
        pytest.param(of("tasks", 1, "task", value="gist"), "task gist stands twice", id="a task twice"),
        pytest.param(of("tasks", 0, "ids", value=["a", "a", "b"]), "or an id stands twice", id="an id twice"),
        pytest.param(of("tasks", 0, "articles", value=["a"]), "not equally many", id="too few articles"),
        pytest.param(lambda tree: tree.update(tasks=[]), "any run would pass", id="no system"),
    ],
)
def test_a_damaged_baseline_is_one_line_that_says_what_is_wrong(
    path: Path, change: Callable[[Any], None], message: str
) -> None:
    baseline.write(path, MADE)
    tree = json.loads(path.read_text(encoding="utf-8"))
    change(tree)
    path.write_text(json.dumps(tree), encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        baseline.read(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "the file is empty", id="empty"),
        pytest.param("[]", "expected a baseline that harness bless wrote", id="a list"),
        pytest.param('{"schema": 1, "run": "x", "tasks": []}', "expected a baseline", id="a run's scores.json"),
        pytest.param("<<<<<<< HEAD\n{}\n", "expected JSON", id="a merge conflict"),
        pytest.param("[" * 100_000, "expected JSON", id="nested without end"),
    ],
)
def test_another_file_is_no_baseline(path: Path, content: str, message: str) -> None:
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        baseline.read(path)


def test_nan_is_no_statistic(path: Path) -> None:
    baseline.write(path, MADE)
    path.write_text(path.read_text(encoding="utf-8").replace("[31.25, 1]", "[NaN, 1]"), encoding="utf-8")
    with pytest.raises(FileError, match=r"damaged \(a number in it is NaN or infinite\); restore it"):
        baseline.read(path)


def test_a_missing_file_is_named(path: Path) -> None:
    with pytest.raises(FileError, match=r"ci\.json: no such file"):
        baseline.read(path)


def test_one_change_in_many_places_is_one_change() -> None:
    old = task(*(system(name, {"rougeL": [1.0]}, versions={"torch": "2.1"}) for name in "xyz"), target=HINDI)
    new = replace(old, systems=tuple(replace(each, versions={"torch": "2.2"}) for each in old.systems))
    (change,) = changes.changes(made_of(old), run(new))
    assert (change.key, change.where) == ("torch", ("gist: x", "gist: y", "gist: z"))
