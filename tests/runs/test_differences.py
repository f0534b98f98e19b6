"""Differences between runs and between configs, in words."""

from __future__ import annotations

from typing import Any

import pytest

from harness.runs import differences


def manifest(**changes: Any) -> dict[str, Any]:
    """Return a manifest as a run writes it, with one system on one task."""
    made = {
        "started": "2026-03-01T09:00:00+00:00", "git": {"commit": "a" * 40, "dirty": False}, "code": "c" * 64,
        "python": "3.11.7", "libraries": {"torch": "2.13.0", "numpy": "2.1"}, "cpu": "AMD EPYC", "gpus": [],
        "threads": 2, "seconds": 12.5, "outputs": 19,
    }  # fmt: skip
    identity = {"family": "mt5", "recipe": 1, "dtype": "float32", "decoding": {"num_beams": 4}}
    found = {
        "started": "2026-03-01T09:00:00+00:00",
        "command": ["harness", "run"],
        **{key: made[key] for key in ("git", "code", "python", "libraries", "cpu", "gpus")},
        "platform": "Linux",
        "dataset": {"name": "india-japan", "digest": "d" * 64},
        "config": {"path": "x.yaml", "digest": "e" * 64},
        "seed": 0,
        "systems": {"mt5": {"summarise": {"identity": identity, "digest": "f" * 64, "made": [made]}}},
    }
    for path, value in changes.items():
        *folders, last = path.split("__")
        place: Any = found
        for key in folders:
            place = place[int(key)] if isinstance(place, list) else place[key]
        place[last] = value
    return found


def told(**changes: Any) -> list[str]:
    return [str(each) for each in differences.differences({"one": manifest(), "two": manifest(**changes)})]


def test_time_and_duration_are_not_differences_of_runs() -> None:
    assert told() == []
    assert told(started="2027-01-01", command=["x"], systems__mt5__summarise__made__0__seconds=99) == []


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"libraries__torch": "2.14.0"}, ["libraries.torch: 2.13.0 in one; 2.14.0 in two"]),
        ({"seed": 1}, ["seed: 0 in one; 1 in two"]),
        ({"git": {"commit": "b" * 40, "dirty": False}}, [f"git.commit: {'a' * 12} in one; {'b' * 12} in two"]),
        ({"git": None}, ["git.commit: aaaaaaaaaaaa in one; none in two", "git.dirty: no in one; none in two"]),
        ({"git__dirty": True}, ["git.dirty: no in one; yes in two"]),
        ({"config__digest": "1" * 64}, ["config.digest: eeeeeeeeeeee in one; 111111111111 in two"]),
        (
            {"gpus": [{"name": "H100", "driver": "550.1"}]},
            ["gpus.H100.name: none in one; H100 in two", "gpus.H100.driver: none in one; 550.1 in two"],
        ),
        (
            {"systems__mt5__summarise__identity__decoding__num_beams": 5},
            ["systems.mt5.summarise.identity.decoding.num_beams: 4 in one; 5 in two"],
        ),
        (
            {"systems__mt5__summarise__made__0__threads": 8},
            ["systems.mt5.summarise.made.threads: 2 in one; 8 in two"],
        ),
        # Another version both generated and scored the outputs: it is listed once.
        (
            {"python": "3.12.1", "systems__mt5__summarise__made__0__python": "3.12.1"},
            ["python: 3.11.7 in one; 3.12.1 in two"],
        ),
        # Another version generated the outputs only: they are from an earlier run.
        (
            {"systems__mt5__summarise__made__0__python": "3.12.1"},
            ["systems.mt5.summarise.made.python: 3.11.7 in one; 3.12.1 in two"],
        ),
        ({"systems": {}}, []),  # no system that both have
        ({"systems": {"other": {"summarise": {}}}}, []),
    ],
)
def test_each_difference_is_one_line_with_the_values_and_the_runs(changes: dict[str, Any], lines: list[str]) -> None:
    assert told(**changes) == lines


def test_runs_with_equal_values_are_listed_together() -> None:
    three = {"one": manifest(), "two": manifest(seed=1), "three": manifest(seed=1)}
    assert [str(each) for each in differences.differences(three)] == ["seed: 0 in one; 1 in two, three"]


@pytest.mark.parametrize("damaged", [{}, {"systems": 3}, {"systems": {"mt5": 3}}, {"git": 3}, {"libraries": [1]}])
def test_a_damaged_manifest_raises_no_error(damaged: dict[str, Any]) -> None:
    found = differences.differences({"one": manifest(), "two": damaged})
    assert [each.key for each in found][:1] == (["manifest"] if not damaged else ["dataset.name"])


CONFIG: dict[str, Any] = {
    "name": "small",
    "tasks": [{"name": "gist", "metrics": ["rougeL"]}],
    "statistics": {"seed": 0, "resamples": 1000},
    "systems": [{"name": "lead", "family": "lead", "sentences": 1}, {"name": "copy", "family": "copy-source"}],
    "limit": None,
}


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, []),
        ({"statistics": {"seed": 1, "resamples": 1000}}, ["statistics.seed: 0, now 1"]),
        ({"limit": 7}, ["limit: none, now 7"]),
        (
            {"tasks": [{"name": "gist", "metrics": ["rougeL", "chrf"]}]},
            ["tasks.gist.metrics: [rougeL], now [rougeL, chrf]"],
        ),
        ({"systems": CONFIG["systems"][:1]}, ["systems.copy: removed"]),
        ({"systems": [*CONFIG["systems"], {"name": "new"}]}, ["systems.new: added"]),
        (
            {"systems": [{"name": "lead", "family": "lead", "sentences": 2}, CONFIG["systems"][1]]},
            ["systems.lead.sentences: 1, now 2"],
        ),
        # Systems in another order are the same systems.
        ({"systems": CONFIG["systems"][::-1]}, []),
    ],
)
def test_changes_of_a_config_are_listed_by_name(changes: dict[str, Any], lines: list[str]) -> None:
    assert differences.changes(CONFIG, CONFIG | changes) == lines


def test_long_values_are_shown_where_they_differ() -> None:
    before, after = ({"tasks": ["same " * 30 + end]} for end in ("one", "two"))
    (line,) = differences.changes(before, after)
    was, now = line.split(", now ")
    assert was.startswith("tasks: ...") and "one" in was and "two" in now


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({}, {}),
        ({"identity__decoding__num_beams": 1}, {"one": "num_beams=4", "two": "num_beams=1"}),
        ({"identity__dtype": "bfloat16"}, {"one": "dtype=float32", "two": "dtype=bfloat16"}),
        (
            {"identity__dtype": "bfloat16", "identity__decoding__num_beams": 1},
            {"one": "dtype=float32, num_beams=4", "two": "dtype=bfloat16, num_beams=1"},
        ),
        ({"identity__decoding": {}}, {"one": "num_beams=4", "two": "num_beams=none"}),
        ({"identity__prompt": "p" * 99}, {"one": "prompt=none", "two": f"prompt={'p' * 21}..."}),
        ({"identity__files": ["9" * 64]}, {}),  # a digest is no label
        ({"identity": None}, {}),
        (
            {"identity": {"family": "nllb", "recipe": 2, "dtype": "float16", "decoding": {"num_beams": 1}}},
            {"one": "family=mt5, recipe=1, dtype=float32, ...", "two": "family=nllb, recipe=2, dtype=float16, ..."},
        ),
    ],
)
def test_a_system_of_two_runs_is_labelled_by_the_differences(changes: dict[str, Any], labels: dict[str, str]) -> None:
    other = manifest(**{f"systems__mt5__summarise__{key}": value for key, value in changes.items()})
    found = differences.labels({"one": manifest(), "two": other})
    assert found == {("summarise", run, "mt5"): label for run, label in labels.items()}


def test_keys_that_end_alike_are_written_out_in_a_label() -> None:
    other = manifest(systems__mt5__summarise__identity__dtype="float16")
    for each, number in ((first := manifest(), 1), (other, 2)):
        each["systems"]["mt5"]["summarise"]["identity"] |= {"a": {"size": number}, "b": {"size": number}}
    found = differences.labels({"one": first, "two": other})
    assert found["summarise", "two", "mt5"] == "dtype=float16, a.size=2, b.size=2"


def test_equal_systems_of_three_runs_have_no_label() -> None:
    other = manifest(systems__mt5__summarise__identity__dtype="float16")
    assert differences.labels({"one": manifest(), "two": other, "three": manifest()}) == {
        ("summarise", "two", "mt5"): "dtype=float16"
    }


@pytest.mark.parametrize("damaged", [{}, {"systems": None}, {"systems": {"mt5": None}}, {"systems": {"mt5": {"t": 1}}}])
def test_a_damaged_manifest_gives_no_label(damaged: dict[str, Any]) -> None:
    assert differences.labels({"one": manifest(), "two": damaged}) == {}
