"""How long a set of XL-Sum's size takes to load, against the library `datasets`, and how much memory a run of it needs.

    python -m tests.benchmarks.datasets [--articles 9000] [--place FOLDER]

Loading is compared with what the library alone takes for the same rows, plus our cutting of the same texts into
sentences. The articles of both are kept; processor time is counted, the least of several rounds. The run uses the
systems `lead` and `random`, ROUGE and all tables; then its page is written. Both are in one process of their own, and
memory is the greatest resident size of that process until then.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

TARGET = 1.2
ROUNDS = 5
WORDS = "विदेश सचिव ने नई दिल्ली में द्विपक्षीय वार्ता की और दोनों देश व्यापार पर सहमत हुए सरकार का बयान आज आया".split()
CONFIG = """\
name: articles
datasets: [{{format: huggingface, path: {folder}, columns: {{source: text, summary: summary, title: title, id: id}}}}]
tasks: [summarise]
bounds: [reference]  # the best extract would take far longer than all the rest
systems: [{{name: lead-1, family: lead}}, {{name: random-1, family: random}}]
"""


def write(folder: Path, articles: int) -> None:
    """Write articles of about 500 words in sentences of 20, with summaries of 25, in one row group."""
    import pyarrow
    from pyarrow import parquet

    chance = random.Random(0)

    def text(sentences: int, words: int) -> str:
        return " ".join(" ".join(chance.choices(WORDS, k=words)) + "।" for _ in range(sentences))

    rows = [
        {"id": f"a{n}", "url": f"https://x/{n}", "title": text(1, 8), "summary": text(1, 25), "text": text(25, 20)}
        for n in range(articles)
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "test.parquet")


def load(folder: Path) -> None:
    """Print the processor time of our loading, and of the library with our segmentation."""
    import datasets

    from harness.datasets import _segmentation, huggingface

    datasets.disable_progress_bars()
    columns = {"source": "text", "summary": "summary", "title": "title", "id": "id"}
    options = huggingface.Options.model_validate({"path": folder, "columns": columns})
    ours, theirs, cutting = [], [], []
    for number in range(ROUNDS):
        start = process_time()
        huggingface.load(options)
        ours.append(process_time() - start)
        start = process_time()
        with TemporaryDirectory() as cache:
            rows = datasets.load_dataset("parquet", data_files=[str(folder / "test.parquet")], split="train",
                                         cache_dir=cache)  # fmt: skip
            articles = [dict(row) for row in rows]
        theirs.append(process_time() - start)
        start = process_time()
        kept = [_segmentation.plain(row["text"], article=row["id"], language="hin_Deva", title=row["title"])
                for row in articles]  # fmt: skip
        cutting.append(process_time() - start)
        del articles, kept
        print(
            f"round {number + 1}: load {ours[-1]:.1f} s; datasets {theirs[-1]:.1f} s, segmentation {cutting[-1]:.1f} s"
        )
    # The least of each: a busy machine only adds to a time. The first round imports the libraries.
    ratio = min(ours) / (min(theirs) + min(cutting))
    print(f"least of {ROUNDS} rounds: {ratio:.2f}x; target {TARGET:.1f}x: {'met' if ratio <= TARGET else 'missed'}")


def run(config: Path, results: Path) -> None:
    """Run a config and write its report in this process, and print its greatest resident size after each."""
    from harness.cli import main

    page = results / "report.html"
    commands = {
        "run": ["run", str(config)],
        "report": ["report", "articles", "--output", str(page)],
    }
    for name, arguments in commands.items():
        start, code = perf_counter(), None
        try:
            main([*arguments, "--results", str(results)])
        except SystemExit as end:
            code = end.code
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{name}: exit code {code}, {perf_counter() - start:.0f} s, greatest resident size {megabytes:,.0f} MB")
    print(f"the page has {page.stat().st_size / 1e6:.0f} MB")


def main() -> None:
    """Write the articles, load them, and run a config on them in another process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=9000)
    parser.add_argument("--place", type=Path, help="a folder for the files; default: a temporary one")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run(arguments.run / "config.yaml", arguments.run / "results")
        return
    with TemporaryDirectory(dir=arguments.place) as place:
        folder = Path(place)
        (folder / "set").mkdir()
        write(folder / "set", arguments.articles)
        (folder / "config.yaml").write_text(CONFIG.format(folder="set"), encoding="utf-8")
        load(folder / "set")
        subprocess.run([sys.executable, "-m", "tests.benchmarks.datasets", "--run", str(folder)], check=True)


if __name__ == "__main__":
    main()
