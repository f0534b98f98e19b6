"""Make what shows quickstart: the example under results/quickstart (its tables and its report), and README.md's table.

    python -m tests.example

Needs the extra `plots`, so that the report has its plots, and a chromium for the picture of its first screen.
`tests/test_example.py` compares all but the picture with a new run.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.config import load
from harness.runs import pipeline, progress, report
from harness.runs.store import Run
from harness.scoring import Resampling
from tests.paths import ROOT

EXAMPLE = ROOT / "results" / "quickstart"
README = ROOT / "README.md"
MARKS = re.compile("(<!-- (?:table: .*?|end of table) -->)")
_CONFIG = "configs/quickstart.yaml"


def make(folder: Path) -> None:
    """Run quickstart, and write its tables as Markdown and its report to a folder."""
    # The manifest names the config as it is given here, so the page has no path of this machine.
    with TemporaryDirectory() as results, contextlib.chdir(ROOT), progress.to_stderr() as shown:
        plans, problems = load.load_all([Path(_CONFIG)], ())
        assert not problems, problems
        [outcome] = pipeline.run_all(plans, Path(results), shown, command=["harness", "run", _CONFIG])
        write(outcome.run, folder)


def write(run: Run, folder: Path) -> None:
    """Write the tables of a run as Markdown, and its report, to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in folder.glob("*.md"):
        table.unlink()
    for table in sorted(run.path.glob("tables/*.md")):
        shutil.copy(table, folder)
    report.write(report.of_runs({run.name: run}, Resampling()), folder / "report.html")


def printed(results: Path) -> str:
    """Return what `harness run configs/quickstart.yaml` prints as Markdown."""
    command = [sys.executable, "-m", "harness", "run", _CONFIG, "--results", str(results), "--format", "markdown"]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout


def translate_table(markdown: str) -> str:
    """Return a table of printed results, from its heading to its last row, without the notes below it."""
    lines = markdown[markdown.index("### translate: hindi-mini") :].splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("|"))
    last = next(number for number, line in enumerate(lines) if number > first and not line.startswith("|"))
    return "\n".join(lines[:last])


def write_readme() -> None:
    """Write the table of README.md anew."""
    parts = MARKS.split(README.read_text(encoding="utf-8"))
    with TemporaryDirectory() as results:
        parts[2] = f"\n\n{translate_table(printed(Path(results)))}\n\n"
    README.write_text("".join(parts), encoding="utf-8")


def photograph(folder: Path) -> None:
    """Write a picture of the first screen of the report, for the README."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1080}, color_scheme="light")
        page.goto((folder / "report.html").as_uri())
        page.screenshot(path=folder / "report.png")
        browser.close()


def tables(folder: Path) -> dict[str, str]:
    """Return the tables of an example by the names of their files."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}


def sentences(folder: Path) -> str:
    """Return what the page says at a glance, as markup."""
    found = re.search(r'<dl class="glance">.*?</dl>', _page(folder), re.DOTALL)
    assert found, "the page has no sentences"
    return found[0]


def data(folder: Path) -> dict[str, Any]:
    """Return the segments of the page. They have no times; those are in the part on how the page was made."""
    found = re.search(r'id="data" data-encoding="(\w+)">([^<]*)<', _page(folder))
    assert found, "the page has no data"
    packed = found[2]
    if found[1] == "deflate":
        packed = zlib.decompress(base64.b64decode(packed), -zlib.MAX_WBITS).decode()
    content: dict[str, Any] = json.loads(packed)
    return content


def _page(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


if __name__ == "__main__":
    make(EXAMPLE)
    photograph(EXAMPLE)
    write_readme()
    sys.stdout.write(f"{EXAMPLE.relative_to(ROOT)}: {', '.join(path.name for path in sorted(EXAMPLE.iterdir()))}\n")
