"""Terminals, redirects and locales that cannot take all that a command prints.

Each test is a process of its own: Python sets its streams up when it starts. Without `streams.prepare()` in
`cli.main`, 13 of them fail, most with a traceback and exit code 1.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.paths import ROOT

NAME = "परीक्षा"


def run(folder: Path, line: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of shell, in which $H is the command line of the harness."""
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "H": f"{sys.executable} -m harness", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("streams")
    lines = "\n".join(f"The minister spoke about number {number} today." for number in range(8))
    (folder / "ref.en").write_text(f"{lines}\n", encoding="utf-8")
    (folder / "a.en").write_text(lines.replace("minister", "farmer") + "\n", encoding="utf-8")
    (folder / "b.en").write_text(lines.replace("spoke", "spoke long") + "\n", encoding="utf-8")
    return folder


SCORE = f"$H score --task translate --hypothesis {NAME}=a.en --hypothesis b=b.en --reference ref.en"


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii:strict", "utf-8"])
def test_what_is_redirected_is_utf_8_whatever_the_environment_says(folder: Path, encoding: str) -> None:
    done = run(folder, SCORE, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    text = done.stdout.decode("utf-8")
    assert NAME in text and "─" in text


def test_a_name_in_hindi_in_json_survives_a_redirect_in_cp1252(folder: Path) -> None:
    done = run(folder, f"{SCORE} --format json", PYTHONIOENCODING="cp1252")
    assert NAME in json.dumps(json.loads(done.stdout), ensure_ascii=False)


@pytest.mark.parametrize(
    ("redirect", "code"),
    [
        (">&-", 0),
        ("2>&-", 0),
        (">&- 2>&- <&-", 0),
        ("2>/dev/full", 0),
        (">/dev/full", 2),
        (">/dev/full 2>/dev/full", 2),
        ("1</dev/null", 2),
    ],
)
def test_a_stream_that_cannot_be_written_is_no_crash(folder: Path, redirect: str, code: int) -> None:
    done = run(folder, f"{SCORE} {redirect}")
    assert done.returncode == code
    assert b"Traceback" not in done.stderr + done.stdout
    assert code == 0 or "2>" in redirect or done.stderr.startswith(b"harness: standard output: could not write (")


def test_an_error_is_still_2_if_nobody_can_read_it(folder: Path) -> None:
    assert run(folder, "$H score --task nonsense --hypothesis a=a.en 2>/dev/full").returncode == 2


def test_a_closed_standard_output_does_not_lend_its_number_to_a_file(folder: Path) -> None:
    assert run(folder, f"{SCORE} --segments segments.jsonl >&-").returncode == 0
    rows = [json.loads(line) for line in (folder / "segments.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 8


@pytest.fixture(scope="module")
def hindi(folder: Path) -> Path:
    """Return the folder with a config whose name and system are in Hindi."""
    (folder / "c.yaml").write_text(
        f"name: {NAME}\ndatasets: [{ROOT}/references/india-japan]\ntasks: [translate]\n"
        f"systems:\n  - {{name: {NAME}, family: copy-source}}\n  - {{name: b, family: transliterate}}\n",
        encoding="utf-8",
    )
    return folder


def test_run_compare_bless_and_gate_pass_in_cp1252(hindi: Path) -> None:
    done = run(
        hindi,
        f"$H run c.yaml && $H compare results/{NAME}* && $H bless results/{NAME}* --output b.json --reason r --by me"
        f" && $H gate results/{NAME}* --baseline b.json",
        PYTHONIOENCODING="cp1252",
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert f"results/{NAME}" in done.stderr.decode("utf-8")


def test_a_file_system_that_is_ascii_costs_one_line_that_says_what_to_set(hindi: Path) -> None:
    done = run(hindi, "$H run c.yaml --results other", LC_ALL="C", PYTHONUTF8="0")
    lines = done.stderr.decode("utf-8").splitlines()
    assert (done.returncode, len(lines)) == (2, 1), lines
    assert lines[0].startswith("harness: ") and lines[0].endswith("set PYTHONUTF8=1")


def test_a_terminal_in_another_encoding_shows_signs_of_the_same_width(folder: Path) -> None:
    """`script` gives the command a terminal."""
    done = run(folder, f'script -qec "{SCORE}" /dev/null', PYTHONIOENCODING="latin-1", COLUMNS="80")
    text = done.stdout.decode("latin-1")
    assert done.returncode == 0
    assert "----------" in text and "?" in text and "Traceback" not in text


def test_ctrl_c_is_130_and_no_failed_gate(folder: Path) -> None:
    program = (
        "from harness.cli import exits\nimport signal, typer, time, sys\n"
        # A process of a background job inherits that SIGINT is ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "one = typer.Typer(pretty_exceptions_enable=False)\n"
        "@one.command()\ndef wait():\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "sys.exit(exits.code(lambda: one(args=[])))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_a_pipe_gets_tables_of_any_width_unless_columns_says_how_wide_they_may_be(folder: Path) -> None:
    wide = run(folder, SCORE, COLUMNS="").stdout.decode()
    narrow = run(folder, SCORE, COLUMNS="60").stdout.decode()
    assert max(map(len, wide.splitlines())) > 80 and "Not shown" not in wide
    rules = [line for line in narrow.splitlines() if line.startswith("─")]
    assert rules and max(map(len, rules)) <= 60
    assert "Not shown in 60 columns: " in narrow
