"""Stop `harness run` at many points with a signal, and run it again: nothing that is stored is asked twice.

Run it with `python -m tests.models.endpoint_kill`: 20 points with SIGKILL and 20 with SIGINT. The suite tries a few.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.models.endpoint_server import Act, Request, Server, completion, serving

SEGMENTS = 60
COMMAND = [sys.executable, "-m", "harness", "run"]


def text(number: int) -> str:
    return f"यह वाक्य क्रमांक {number} है।"


def config(folder: Path, url: str, options: str = "", more: str = "") -> Path:
    """Write a dataset of `SEGMENTS` lines and a config with one endpoint; return the config."""
    (folder / "data").mkdir(exist_ok=True)
    numbers = range(SEGMENTS)
    (folder / "data" / "source.txt").write_text("".join(f"{text(n)}\n" for n in numbers), encoding="utf-8")
    lines = "".join(f"This is sentence number {n}.\n" for n in numbers)
    (folder / "data" / "reference.txt").write_text(lines, encoding="utf-8")
    path = folder / "run.yaml"
    path.write_text(
        "name: kill\n"
        "datasets: [{format: parallel, path: data, source: source.txt, references: [reference.txt]}]\n"
        "tasks: [{name: translate, metrics: [chrf++]}]\n"
        "bounds: []\n"
        "systems:\n"
        f'  - {{name: gpt, family: openai, base_url: "{url}", model: tiny, max_concurrency: 4{options}}}\n'
        f"{more}",
        encoding="utf-8",
    )
    return path


def answer(request: Request) -> Act:
    return Act(body=completion(f"This is a sentence. {request.text}"), wait=0.03)


def start(path: Path, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, str(path), "--results", str(path.parent / "results")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **environment},
    )  # fmt: skip


def stored(folder: Path) -> set[str]:
    """Return the texts of the sources whose outputs are in the store."""
    path = folder / "results" / "store.sqlite"
    if not path.exists():
        return set()
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT id FROM generations").fetchall()
    connection.close()
    return {text(int(str(name).partition("/")[2].partition("#")[0]) - 1) for (name,) in rows}


def wait_for(server: Server, answers: int, process: subprocess.Popen[bytes]) -> None:
    while sum(server.answered.values()) < answers and process.poll() is None:
        time.sleep(0.002)


def stop_and_resume(folder: Path, answers: int, number: signal.Signals) -> dict[str, int]:
    """Stop a run after so many answers, run it again, and return counts.

    Raises:
        AssertionError: something stored was asked again, an answer was lost, or an answer to SIGINT was not stored.
    """
    with serving(answer) as server:
        path = config(folder, server.url)
        process = start(path)
        # Before the first answer, Python may not have the handler of SIGINT yet.
        wait_for(server, max(answers, number == signal.SIGINT), process)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        before = stored(folder)
        first = server.asked
        if number == signal.SIGINT and len(before) < SEGMENTS:
            assert process.returncode == 130, err.decode()
            assert server.answered.keys() == before, "an answer under way was not stored"
        again = start(path)
        again.communicate(timeout=120)
        assert again.returncode == 0
        second = server.asked - first
    assert not before & second.keys(), "a stored segment was asked again"
    assert stored(folder) == {text(each) for each in range(SEGMENTS)}, "a segment was lost"
    assert max(Counter(second).values(), default=0) <= 1
    return {"stored at the stop": len(before), "asked": sum(first.values()), "asked again": sum(second.values())}


def main() -> None:
    chosen = [signal.Signals[name] for name in sys.argv[1:]] or [signal.SIGKILL, signal.SIGINT]
    for number in chosen:
        for point in range(20):
            with tempfile.TemporaryDirectory() as folder:
                counts = stop_and_resume(Path(folder), point * 3, number)
                sys.stdout.write(f"{number.name} after {point * 3} answers: {counts}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
