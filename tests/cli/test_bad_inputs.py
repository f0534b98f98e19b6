"""Every bad input of the table gives its exit code and one line, without a traceback, within 5 seconds."""

from __future__ import annotations

import io
import shlex
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli import bad_inputs
from tests.cli.bad_inputs import BadInput
from tests.config import test_bad_configs
from tests.conftest import Cli
from tests.paths import DATA


@pytest.mark.parametrize("row", bad_inputs.ALL, ids=lambda row: row.name)
def test_a_bad_input_gives_one_line(
    row: BadInput, run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if row.with_run:
        shutil.copytree(DATA / "run-v1", tmp_path, dirs_exist_ok=True)
    for name, content in row.files.items():
        folder = tmp_path / name if name.endswith("/") else (tmp_path / name).parent
        folder.mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(row.stdin)))
    start = time.process_time()
    answer = run_cli(*shlex.split(row.arguments))
    assert time.process_time() - start < 5
    assert row.expected in answer.err
    assert (answer.code, answer.out, len(answer.err.splitlines())) == (row.code, "", 1)
    assert (
        "Traceback" not in answer.err and len(answer.err) < 700
    )  # a line with the names of all metrics is the longest


def test_every_row_has_a_name_of_its_own() -> None:
    names = [row.name for row in bad_inputs.ALL]
    assert len(names) == len(set(names))


def test_there_are_at_least_300_rows_here_and_in_the_table_of_configs() -> None:
    assert len(bad_inputs.ALL) >= 300
    assert len(bad_inputs.ALL) + len(test_bad_configs.ROWS) >= 400
