"""How long the HTML report takes to build and to open. Run by hand, on a quiet machine:

    python -m tests.benchmarks.report [--data FOLDER] [--large 50000] [--command]

The texts are newstest2014 hi-en and six systems, which are not part of this project: `source.hi`, `reference.en`, and a
`.en` file of each system, in FOLDER or in the shared data. Each system's segment scores are made up.

    small    2,507 segments and 6 systems: target 5 s
    large    the texts repeated, 4 systems: target 60 s, 1.5 GB and a page of at most 40 MB

Only the building of the page is measured. With --command, both sizes are run and scored instead, in a minute or two,
and then the whole command `harness report` is measured, in a process of its own.

Without a chromium, only the building is measured.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from harness.core import files, text
from harness.core.segments import OutputView, SegmentView, TaskView
from harness.datasets import tabular
from harness.reporting import html
from harness.reporting.html import Page
from tests.paths import wmt14

FILES = ("google", "microsoft", "nllb", "bergamot-tiny", "argos", "opusmt")
_HARNESS = (sys.executable, "-m", "harness")


def view(folder: Path, systems: Sequence[str], count: int) -> TaskView:
    """Return the texts as a view; after the first pass, every text has a word for the pass at its end."""
    names = ("source.hi", "reference.en", *(f"{name}.en" for name in systems))
    columns = [(folder / name).read_text(encoding="utf-8").splitlines() for name in names]
    segments = []
    for place in range(count):
        turn, at = divmod(place, len(columns[0]))
        source, reference, *outputs = (f"{column[at]}{_word(turn)}" for column in columns)
        views = [
            OutputView(name, output, {"chrf++": place * 7919 % 1000 / 10, "bleu": 50.0}, (), len(output) // 4, 0.1)
            for name, output in zip(systems, outputs, strict=True)
        ]
        words = text.word_count(source)
        segments.append(
            SegmentView(f"n#{place}", str(place), "body", "n", source, {"r": reference}, tuple(views), words)
        )
    return TaskView(
        "translate", "n", "hin_Deva", "eng_Latn", ("chrf++", "bleu"), "chrf++", tuple(systems), tuple(segments),
        is_one_of_several=False, lower_is_better=frozenset(), runs=("n",), notes=(),
    )  # fmt: skip


def _word(turn: int) -> str:
    """Return a word of letters for a turn; none for the first. A number would put a quantity into each segment."""
    return " " + "".join(chr(ord("a") + int(digit)) for digit in str(turn)) if turn else ""


def opened(path: Path) -> str:
    """Return how long the page takes to paint, to be usable and to search, in a browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return "no chromium"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(120_000)
        started = perf_counter()
        page.goto(path.as_uri(), wait_until="commit")
        page.wait_for_selector("#list .row")
        usable = perf_counter() - started
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        page.wait_for_timeout(8_000)  # texts are prepared for the search while nothing else happens
        searches = [
            page.evaluate(
                """query => new Promise(done => {
                    const box = document.getElementById("c-q"), started = performance.now();
                    box.value = query;
                    box.dispatchEvent(new Event("input"));
                    requestAnimationFrame(() => done(performance.now() - started));
                })""",
                query,
            )
            for query in ("minister", "भारत", "no such words")
        ]
        browser.close()
    return f"first paint {paint / 1000:.2f} s, usable {usable:.2f} s, searches {max(searches):.0f} ms at most"


def measure(folder: Path, systems: Sequence[str], count: int) -> None:
    """Build a page, open it, and print what both took."""
    made = view(folder, systems, count)
    started, wall = process_time(), perf_counter()
    page = html.page(Page("benchmark", [], [made]))
    took = f"{process_time() - started:.1f} s of processor time, {perf_counter() - wall:.1f} s"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "page.html"
        path.write_text(page, encoding="utf-8")
        size = path.stat().st_size / 1e6
        print(f"{count:,} segments x {len(systems)} systems: {took}, {size:.1f} MB, peak {peak:.2f} GB", flush=True)
        print(f"    {opened(path)}", flush=True)


def measure_command(folder: Path, systems: Sequence[str], count: int) -> None:
    """Run a config on these texts, and print what `harness report` on the run takes."""
    made = view(folder, systems, count)
    with TemporaryDirectory() as temporary:
        place = Path(temporary)
        _write(place, made)
        page = place / "page.html"
        results = ("--results", str(place / "results"))
        subprocess.run([*_HARNESS, "run", str(place / "big.yaml"), *results], check=True, capture_output=True)
        started = perf_counter()
        process = subprocess.Popen([*_HARNESS, "report", "big", *results, "--output", str(page)])
        _, status, used = os.wait4(process.pid, 0)
        wall = perf_counter() - started
        if status:
            sys.exit("harness report failed")
        print(
            f"harness report, {count:,} segments x {len(systems)} systems: {used.ru_utime + used.ru_stime:.1f} s of "
            f"processor time, {wall:.1f} s, {page.stat().st_size / 1e6:.1f} MB, peak {used.ru_maxrss / 1e6:.2f} GB",
            flush=True,
        )
        print(f"    {opened(page)}", flush=True)


def _write(place: Path, made: TaskView) -> None:
    """Write the texts as a dataset of articles with 25 segments each, outputs to replay, and a config."""
    rows = [
        {"id": each.id, "document": f"d{number // 25}", "source": each.source, "reference": each.references["r"]}
        for number, each in enumerate(made.segments)
    ]
    _write_lines(place / "set.jsonl", rows)
    columns = "{id: id, document: document, source: source, reference: reference}"
    options = tabular.Options.model_validate({
        "path": place / "set.jsonl", "columns": {name: name for name in ("id", "document", "source", "reference")}
    })  # fmt: skip
    dataset = tabular.load(options)
    ids = [segment.id for article in dataset.articles for segment in article.segments]
    for number, system in enumerate(made.systems):
        outputs = (each.outputs[number].text for each in made.segments)
        _write_lines(
            place / f"{system}.jsonl", [{"id": name, "text": text} for name, text in zip(ids, outputs, strict=True)]
        )
    systems = "".join(f"  - {{name: {name}, family: replay, path: {name}.jsonl}}\n" for name in made.systems)
    config = f"datasets: [{{format: tabular, path: set.jsonl, columns: {columns}}}]\ntasks: [translate]\nsystems:\n"
    (place / "big.yaml").write_text(config + systems, encoding="utf-8")


def _write_lines(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    files.write_parts(path, (files.dumps(row) + "\n" for row in rows))


def main() -> None:
    """Measure both sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=wmt14())
    parser.add_argument("--large", type=int, default=50_000)
    parser.add_argument("--command", action="store_true")
    arguments = parser.parse_args()
    if arguments.data is None:
        sys.exit("newstest2014 is not here: name its folder with --data")
    of_size = measure_command if arguments.command else measure
    of_size(arguments.data, FILES, 2_507)
    of_size(arguments.data, FILES[:4], arguments.large)


if __name__ == "__main__":
    main()
