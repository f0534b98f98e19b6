"""The executor ray, on a real cluster of two nodes.

The files of a run are those of a local run, whatever happens to workers.
"""

from __future__ import annotations

import json
import logging
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from harness.config import load
from harness.core.errors import InputError
from harness.core.records import Generation
from harness.runs import interrupts, pipeline, provenance
from harness.runs.executors import _schedule
from harness.runs.progress import Plain
from tests import kill_actors
from tests.kill_actors import files_of, run, shuffled_chunks, stored
from tests.paths import DATASET, ROOT

pytest.importorskip("ray", reason="needs the extra ray")

TINY = ROOT / "tests" / "models"
MODELS = f"""
  - {{name: mt5, family: mt5, checkpoint: {TINY / "tiny-mt5"}, decoding: {{num_beams: 2, max_new_tokens: 12}}}}
  - name: it2
    family: indictrans2
    checkpoint: {TINY / "tiny-indictrans2"}
    device: cpu
    decoding: {{max_new_tokens: 12}}
"""


@pytest.fixture(scope="module", autouse=True)
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with kill_actors.cluster(tmp_path_factory.mktemp("cluster")):
        yield


def config(folder: Path, systems: str, *, tasks: str = "[translate]", name: str = "small") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(
        f"name: small\ndatasets: [{DATASET}]\ntasks: {tasks}\nstatistics: {{resamples: 100}}\nsystems:{systems}\n",
        encoding="utf-8",
    )
    return path


def manifest_of(results: Path) -> dict[str, Any]:
    (path,) = results.glob("*/manifest.json")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def untimed(files: dict[str, bytes]) -> dict[str, Any]:
    """Return the outputs and scores of a run without the times that a model measured; of tables, only the names."""

    def without_speed(content: Any) -> Any:
        if isinstance(content, dict):
            return {key: without_speed(value) for key, value in content.items() if key not in ("speed", "seconds")}
        return [without_speed(value) for value in content] if isinstance(content, list) else content

    kept: dict[str, Any] = {}
    for name, content in files.items():
        lines = content.decode().splitlines() if name.startswith("outputs") or name == "scores.json" else ()
        kept[name] = [without_speed(json.loads(line)) for line in lines]
    return kept


def errors(outcome: pipeline.Outcome) -> dict[str, str | None]:
    return {system.name: system.error for scores in outcome.scores for system in scores.systems}


def test_a_run_on_two_nodes_has_the_files_of_a_local_run_and_its_manifest_names_the_nodes(tmp_path: Path) -> None:
    """With real checkpoints in float32 and chunks of random sizes.

    One system asks for a GPU, so a worker says what its identity is; the other asks for memory.
    """
    path = config(tmp_path, MODELS, tasks="[translate, summarise]")
    run(path, tmp_path / "local")
    with shuffled_chunks(random.Random(1)):
        run(path, tmp_path / "ray", name="ray", workers=2)
    assert untimed(files_of(tmp_path / "ray")) == untimed(files_of(tmp_path / "local"))
    assert stored(tmp_path / "ray") == stored(tmp_path / "local")
    manifest = manifest_of(tmp_path / "ray")
    nodes = manifest["executor"]["nodes"]
    assert manifest["executor"]["name"] == "ray"
    assert 1 <= len({node["node"] for node in nodes}) == len(nodes) <= 2
    for node in nodes:
        assert (node["code"], node["libraries"]) == (provenance.code(), provenance.libraries())
        assert node["cpu"] and node["cpus"] and node["python"] and node["host"]
    (made,) = manifest["systems"]["it2"]["translate"]["made"]
    assert made["workers"] >= 1
    assert {node["node"] for node in made["nodes"]} <= {node["node"] for node in nodes}
    assert made["peak_memory"] > 0
    assert made["tokens"] > 0


def test_killed_workers_lose_and_double_nothing(tmp_path: Path) -> None:
    assert kill_actors.rounds(tmp_path, count=2, seed=1, most_workers=2) == 2


def test_errors_of_a_model_are_isolated_and_reported_as_in_a_local_run(tmp_path: Path) -> None:
    path = config(
        tmp_path,
        f"""
  - {{name: some, family: slow, fails: ["{DATASET.name}#s03", "{DATASET.name}#s12"]}}
  - {{name: none, family: slow, fails: {json.dumps([f"{DATASET.name}#s{number:02}" for number in range(30)])}}}
  - {{name: gone, family: replay, path: {tmp_path}/gone.jsonl}}
  - {{name: copy, family: copy-source}}""",
    )
    (tmp_path / "gone.jsonl").write_text('{"id": "nobody", "text": "x"}\n', encoding="utf-8")
    local = errors(run(path, tmp_path / "local"))
    assert errors(run(path, tmp_path / "ray", name="ray", workers=2)) == local
    assert local["some"] is not None and local["some"].startswith("2 of 19 segments failed: india-japan#s03: cannot do")
    # Which five sources show that a model is broken depends on the order in which workers try them.
    broken = ("outputs/translate/none.jsonl", "outputs/translate/gone.jsonl")
    found, sound = files_of(tmp_path / "ray"), files_of(tmp_path / "local")
    assert {name: found[name] for name in found if name not in broken} == {
        name: sound[name] for name in sound if name not in broken
    }


def test_a_source_with_which_every_worker_dies_fails_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    deadly = config(tmp_path, f' [{{name: deadly, family: slow, kills: ["{DATASET.name}#s02"]}}]\nlimit: 2')
    with caplog.at_level(logging.WARNING):
        found = errors(run(deadly, tmp_path / "ray", name="ray", workers=1))
    assert found["deadly"] == (
        "1 of 2 segments failed: india-japan#s02: its worker died 3 times: its process was killed or crashed"
    )
    assert stored(tmp_path / "ray") == (1, 1)
    assert any("(its process was killed or crashed); " in record.getMessage() for record in caplog.records)


def test_a_worker_with_other_code_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The driver is another version here: to the workers it is the same."""
    monkeypatch.setattr(provenance, "code", lambda: "another")
    with pytest.raises(InputError, match="is refused, because it has the harness's code ") as caught:
        run(config(tmp_path, " [{name: copy, family: copy-source}]"), tmp_path / "r", name="ray", workers=2)
    assert "\n" not in str(caught.value)
    assert sum("is refused" in record.getMessage() for record in caplog.records) == 1, (
        "once, as both nodes are one host"
    )


def test_an_interrupt_keeps_outputs_and_ends_workers_and_the_same_command_goes_on(tmp_path: Path) -> None:
    path = config(tmp_path, " [{name: slow, family: slow, seconds: 0.1}]")
    pids: list[int] = []
    seen = 0

    class Stopping(Plain):
        def begin(self, *given: Any, **named: Any) -> Any:
            meter = super().begin(*given, **named)
            advance = meter.advance

            def stop(generation: Generation) -> None:
                nonlocal seen
                advance(generation)
                seen += 1
                if seen == 3:
                    raise interrupts.Interrupted

            meter.advance = stop  # type: ignore[method-assign]
            return meter

    welcome = _schedule.Schedule._welcome
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            _schedule.Schedule, "_welcome",
            lambda schedule, hand, facts: (pids.append(facts["pid"]), welcome(schedule, hand, facts)),
        )  # fmt: skip
        plan = load.load(path, ['executor={"name": "ray", "workers": 2}'])
        with pytest.raises(interrupts.Interrupted) as caught:
            pipeline.run(plan, tmp_path / "r", Stopping(StringIO()))
    assert caught.value.saved.startswith("3 outputs made now are saved in ")
    assert stored(tmp_path / "r") == (3, 3)
    assert (next((tmp_path / "r").glob("*/outputs/translate/slow.jsonl")).read_text("utf-8").count("\n")) == 3
    assert pids and all(_ends(pid) for pid in pids)
    assert not run(path, tmp_path / "r", name="ray", workers=1).failed
    assert stored(tmp_path / "r") == (19, 19)
    made = manifest_of(tmp_path / "r")["systems"]["slow"]["translate"]["made"]
    assert sorted(each["outputs"] for each in made) == [3, 16]


def _ends(pid: int) -> bool:
    """Return whether a process ends within some seconds."""
    from time import monotonic, sleep

    until = monotonic() + 10
    while monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        sleep(0.05)
    return False


def test_fresh_outputs_replace_stored_ones_and_a_finished_run_needs_no_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config(tmp_path, " [{name: copy, family: copy-source}]")
    run(path, tmp_path / "r")
    plan = load.load(path, ['executor={"name": "ray", "workers": 1}'])
    assert not pipeline.run(plan, tmp_path / "r", Plain(StringIO()), fresh=True).failed
    assert "executor" in manifest_of(tmp_path / "r")
    monkeypatch.setattr("harness.runs.executors._pool.RayPool.start", None)
    assert not pipeline.run(plan, tmp_path / "r", Plain(StringIO())).failed


def test_a_service_is_asked_from_the_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import slow_family

    monkeypatch.setattr(slow_family, "FAMILY", replace(slow_family.FAMILY, endpoint=True))
    path = config(tmp_path, " [{name: a, family: slow}, {name: b, family: copy-source}]")
    assert not run(path, tmp_path / "r", name="ray", workers=1).failed
    made = manifest_of(tmp_path / "r")["systems"]
    assert "nodes" not in made["a"]["translate"]["made"][0]
    assert len(made["b"]["translate"]["made"][0]["nodes"]) == 1


@pytest.mark.parametrize(
    ("executor", "message"),
    [
        ({"resources": {"num_cpus": 64}}, "a worker needs CPU: 64, and no node of the cluster has more than 2"),
        ({"resources": {"tpu": 1}}, "a worker needs tpu: 1, and no node of the cluster has more than 0"),
    ],
)
def test_resources_that_no_node_has_are_one_line(tmp_path: Path, executor: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run(config(tmp_path, " [{name: copy, family: copy-source}]"), tmp_path / "r", name="ray", **executor)
