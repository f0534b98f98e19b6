"""A run that replays a damaged file: what cannot be used costs its own output and no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Cli
from tests.paths import DATASET


def test_one_bad_text_costs_one_output_and_unused_keys_cost_none(
    run_cli: Cli, write_config: Callable[..., Path], tmp_path: Path
) -> None:
    lines = (Path(DATASET) / "translations.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["version"] == "close"]
    damaged = [
        json.dumps({"id": row["id"], "text": row["text"]})[:-1] + ', "score": NaN, "x": 1, "x": 2}' for row in rows
    ]
    damaged[4] = json.dumps({"id": rows[4]["id"], "text": None})
    (tmp_path / "damaged.jsonl").write_text("\n".join(damaged), encoding="utf-8")
    config = write_config(systems="[{name: damaged, family: replay, path: damaged.jsonl}]")
    answer = run_cli("run", config, "--results", tmp_path / "results")
    assert answer.code == 3
    assert "1 of 19 segments failed: india-japan#s05: " in answer.err
    assert 'damaged.jsonl line 5: expected {"id": "...", "text": "..."}, found text NoneType' in answer.err
    (outputs,) = (tmp_path / "results").glob("*/outputs/translate/damaged.jsonl")
    stored = [json.loads(line) for line in outputs.read_text(encoding="utf-8").splitlines()]
    assert {row["id"]: row["text"] for row in stored if "text" in row} == {
        row["id"]: row["text"] for row in rows if row is not rows[4]
    }
