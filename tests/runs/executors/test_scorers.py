"""Expensive metrics on a real Ray cluster: rows, failures and files are those of scoring in this process."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import metrics
from harness.config.schema import ExecutorOptions
from harness.core.errors import InputError, ModelError
from harness.core.records import ENGLISH
from harness.metrics import Examples, _network
from harness.runs.executors import ray as executor_ray
from harness.scoring import compute
from tests import kill_actors
from tests.metrics import neural
from tests.paths import DATASET

pytest.importorskip("ray", reason="needs the extra ray")

CHUNKS = [Examples([f"a b c {number}", "x"], [[f"a c b {number}", "y"]], ["क", "ख"], []) for number in range(5)]


@pytest.fixture(scope="module", autouse=True)
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with kill_actors.cluster(tmp_path_factory.mktemp("cluster")):
        yield


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch) -> Iterator[executor_ray.RayExecutor]:
    monkeypatch.setattr(executor_ray, "_WORTH_OTHERS", 1)
    monkeypatch.setattr(executor_ray, "_WORTH_NETWORK", 1)
    one = executor_ray.load(ExecutorOptions(name="ray", workers=2))
    yield one
    one.close()


def listed(rows: Any) -> list[list[list[float]]]:
    return [[list(row) for row in of_chunk] for of_chunk in rows]


def test_rows_are_those_computed_here_in_the_order_of_the_chunks(executor: executor_ray.RayExecutor) -> None:
    ter = metrics.get("ter", ENGLISH)
    assert listed(executor.rows(ter, CHUNKS)) == listed(compute.rows(ter, chunk) for chunk in CHUNKS)
    assert len(executor.facts()["executor"]["nodes"]) >= 1


def test_an_actor_that_dies_is_started_again(executor: executor_ray.RayExecutor) -> None:
    ter = metrics.get("ter", ENGLISH)
    rows = executor.rows(ter, CHUNKS)
    assert rows is not None
    first = [next(rows)]
    for facts in executor._machines.values():
        os.kill(facts["pid"], signal.SIGKILL)
    assert listed([*first, *rows]) == listed(compute.rows(ter, chunk) for chunk in CHUNKS)


def test_other_code_is_refused(executor: executor_ray.RayExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.runs.provenance.code", lambda: "0" * 64)
    rows = executor.rows(metrics.get("ter", ENGLISH), CHUNKS)
    assert rows is not None
    with pytest.raises(InputError, match=r"is refused, because it has the harness's code .* \(here 00000000\)"):
        next(rows)


def test_a_metric_that_cannot_be_loaded_there_is_an_error_of_the_metric(
    executor: executor_ray.RayExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    rows = executor.rows(metrics.get("comet", ENGLISH), CHUNKS)
    assert rows is not None
    with pytest.raises(ModelError, match="Unbabel/wmt22-comet-da"):
        next(rows)


def test_a_few_segments_are_scored_in_this_process() -> None:
    one = executor_ray.load(ExecutorOptions(name="ray"))
    assert one.rows(metrics.get("ter", ENGLISH), CHUNKS) is None
    assert one.rows(metrics.get("comet", ENGLISH), CHUNKS[:1]) is None
    one.close()


def test_a_run_with_a_network_has_the_files_of_a_local_run(
    executor: executor_ray.RayExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run, on the cluster, leaves nothing to the second: each has a cache of its own."""
    checkpoints = neural.assemble(tmp_path / "checkpoints")
    comet = {
        "checkpoint": str(checkpoints / "comet-da"), "encoder": str(checkpoints / "encoders/tiny-xlmr"),
        "pickle": "checkpoints/model.ckpt",
    }  # fmt: skip
    path = tmp_path / "config.yaml"
    path.write_text(
        json.dumps({
            "name": "small",
            "datasets": [str(DATASET)],
            "tasks": [{"name": "translate", "metrics": ["chrf++", "ter", {"comet": comet}]}],
            "systems": [{"name": "copy", "family": "copy-source"}, {"name": "iso", "family": "transliterate"}],
            "statistics": {"resamples": 100},
        }),
        encoding="utf-8",
    )
    here: list[str] = []
    rows = compute._rows

    def counted(metric: metrics.Metric, *arguments: Any) -> Any:
        here.append(metric.plain_name)
        return rows(metric, *arguments)

    monkeypatch.setattr(compute, "_rows", counted)
    for name, options in (("ray", {"name": "ray", "workers": 1}), ("local", {})):
        monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / f"cache-{name}"))
        monkeypatch.setattr(_network, "_memory", _network._Memory())
        monkeypatch.setattr(compute, "_rows_in_memory", {})
        here.clear()
        assert not kill_actors.run(path, tmp_path / name, **options).failed
        assert set(here) == (set() if name == "ray" else {"ter", "comet"})
    assert kill_actors.files_of(tmp_path / "ray") == kill_actors.files_of(tmp_path / "local")
