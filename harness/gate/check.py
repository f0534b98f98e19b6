"""From a run's folder and a baseline file to a verdict."""

from __future__ import annotations

import os
from pathlib import Path

from harness import reporting
from harness.config import schema
from harness.config.schema import Thresholds
from harness.core import document as document_module
from harness.core import files, validation
from harness.core.errors import InputError, ProblemsError
from harness.gate import Verdict, baseline, judge, junit
from harness.gate.report import tables
from harness.gate.snapshot import snapshot
from harness.runs.store import Run
from harness.scoring import Resampling

# Where GitHub's runner says which file a job's summary is appended to.
_SUMMARY = "GITHUB_STEP_SUMMARY"


def check(
    run: Run,
    baseline_file: Path,
    *,
    config_file: Path | None = None,
    same_system: bool = False,
    junit_file: Path | None,
) -> tuple[Verdict, str | None]:
    """Return the verdict on a run, and a warning where GitHub's summary could not be written.

    What is allowed stands in the config that the run keeps, unless another is given; of that one only the sections
    `gate` and `statistics` are read. The verdict is written to `junit_file`, and to the summary of a job on GitHub.

    Raises:
        InputError: a file cannot be read, is not what it should be, or does not fit the others.
    """
    if junit_file is not None and junit_file.is_dir():
        raise InputError("expected a file's name, found a folder", where=f"--junit {junit_file}")
    before = baseline.read(baseline_file)
    thresholds, settings = _limits(config_file or run.path / "config.yaml")
    verdict = judge.judge(before, snapshot(run), thresholds, settings, same_system=same_system)
    if junit_file is not None:
        files.write_text(junit_file, junit.render(verdict))
    return verdict, _append_summary(verdict)


def _limits(path: Path) -> tuple[Thresholds, Resampling]:
    document = document_module.read(path)
    limits, problems = validation.parse(schema.GateConfig, document.tree, document, ())
    if limits is None:
        raise ProblemsError(problems)
    return limits.gate, Resampling(**limits.statistics.model_dump())


def _append_summary(verdict: Verdict) -> str | None:
    path = os.environ.get(_SUMMARY)
    if not path:
        return None
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(reporting.get("markdown").render(tables(verdict)) + "\n")
    except OSError as error:
        return f"{_SUMMARY}: {path}: could not write ({error.strerror}); the verdict is not in the job's summary"
    return None
