"""Every bad input of the table gives its exit code and one line, without a traceback, within 5 seconds."""

from __future__ import annotations

import io
import shlex
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli import bad_inputs
from tests.cli.bad_inputs import BadInput
from tests.conftest import Cli


@pytest.mark.parametrize("row", bad_inputs.ALL, ids=lambda row: row.name)
def test_a_bad_input_gives_one_line(
    row: BadInput, run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in row.files.items():
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(row.stdin)))
    start = time.monotonic()
    answer = run_cli(*shlex.split(row.arguments))
    assert time.monotonic() - start < 5
    assert row.expected in answer.err
    assert (answer.code, answer.out, len(answer.err.splitlines())) == (row.code, "", 1)
    assert "Traceback" not in answer.err and len(answer.err) < 600


def test_every_row_has_a_name_of_its_own() -> None:
    names = [row.name for row in bad_inputs.ALL]
    assert len(names) == len(set(names))
