"""Run a worker with a deadline, and turn what it reported into a row."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core.benchmarks import BenchRow, TimedPass
from harness.runs.bench.worker import BenchJob

_TAIL = 300  # characters of stderr in a message


@dataclass(frozen=True, slots=True)
class Ended:
    """How a worker ended."""

    events: Sequence[Mapping[str, Any]]
    code: int  # its exit code; negative: the signal that killed it
    stderr: str
    late: bool = False  # killed, because it took longer than the deadline


def run(job: BenchJob, deadline: float) -> Ended:
    """Run a job in a process of its own, and kill it after so many seconds. It dies with this one's interrupt too."""
    # The worker must find the same packages, wherever this process has them from.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with tempfile.TemporaryFile() as said:
        worker = subprocess.Popen(
            [sys.executable, "-m", "harness.runs.bench.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env=environment,
        )  # fmt: skip
        late = False
        try:
            out, _ = worker.communicate(pickle.dumps(job), timeout=deadline)
        except subprocess.TimeoutExpired:
            late = True
            worker.kill()
            out, _ = worker.communicate()
        finally:
            if worker.poll() is None:
                worker.kill()
                worker.wait()
        said.seek(0)
        stderr = said.read().decode("utf-8", "replace")
    return Ended(_events(out), worker.returncode, stderr, late)


def _events(out: bytes) -> list[Mapping[str, Any]]:
    """Return the whole lines of a worker's output; a killed worker may have left a part of one."""
    lines = out.decode("utf-8", "replace").split("\n")[:-1]
    return [json.loads(line) for line in lines]


def row(changes: Mapping[str, Any], ended: Ended, deadline: float) -> BenchRow:
    """Return the row of a worker; with an error if it did not end well."""
    by_name: dict[str, Mapping[str, Any]] = {str(event["event"]): event for event in ended.events}
    sources, memory = by_name.get("sources", {}), by_name.get("memory", {})
    return BenchRow(
        changes=changes,
        sources=sources.get("sources", 0),
        articles=sources.get("articles", 0.0),
        passes=tuple(
            TimedPass(event["seconds"], event["tokens"], event["others"])
            for event in ended.events
            if event["event"] == "pass"
        ),
        load_seconds=by_name.get("loaded", {}).get("seconds"),
        memory=memory.get("peak_memory"),
        gpu_memory=memory.get("peak_gpu_memory"),
        threads=memory.get("threads"),
        warnings=tuple(memory.get("warnings", ())),
        error=fault(ended, deadline),
    )


def fault(ended: Ended, deadline: float) -> str:
    """Return in a line why a worker did not end well; empty if it did."""
    message = next((str(event["message"]) for event in ended.events if event["event"] == "error"), "")
    if message:
        return message
    happened = {event["event"] for event in ended.events}
    if ended.late and "pass" not in happened:
        doing = "in its first pass" if "sources" in happened else "warming up" if "loaded" in happened else "loading"
        return f"stopped after {deadline:.0f} s, still {doing}; give it more time with --budget"
    if ended.late or not ended.code:
        return ""
    if ended.code < 0:
        name = signal.Signals(-ended.code).name
        why = ", most likely because memory ran out" if name == "SIGKILL" else ""
        return f"its process was killed by {name}{why}"
    last = next((line.strip() for line in reversed(ended.stderr.splitlines()) if line.strip()), "no message")
    return f"its process ended with code {ended.code}: {last[:_TAIL]}"
