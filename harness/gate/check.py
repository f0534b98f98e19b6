"""Check a run: read its folder, the baseline and the limits, and return the verdict."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness import reporting
from harness.config import schema
from harness.config.schema import Thresholds
from harness.core import document as document_module
from harness.core import files, validation
from harness.core.errors import HarnessError, InputError, ProblemsError
from harness.gate import Evidence, Verdict, baseline, confirm, judge, junit, texts
from harness.gate.baseline import Baseline
from harness.gate.evidence import evidence
from harness.gate.report import tables
from harness.gate.snapshot import Snapshot, snapshot
from harness.reporting import Table
from harness.runs import progress
from harness.runs.store import Run
from harness.scoring import Resampling

# In this variable GitHub's runner names the file to which a job appends its summary.
_SUMMARY = "GITHUB_STEP_SUMMARY"


def check(
    run: Run,
    baseline_file: Path,
    *,
    config_file: Path | None = None,
    same_system: bool = False,
    junit_file: Path | None,
    show_progress: confirm.ShowProgress = progress.to_stderr,
) -> tuple[Verdict, str | None]:
    """Return the verdict on a run, and a warning if GitHub's summary could not be written.

    The verdict is also written to `junit_file`, and to the summary of a job on GitHub.

    Args:
        run: the run to check.
        baseline_file: written by `harness bless`.
        config_file: the config with the limits; only its sections `gate` and `statistics` are read. Without it, the
            config in the run's folder.
        same_system: refuse a run whose systems or library versions differ from the baseline's.
        junit_file: a file to write, or None.
        show_progress: shows how far a second run is, if the config asks for one (`gate.confirm`).

    Raises:
        InputError: a file cannot be read, has another content than expected, or does not fit the others.
    """
    if junit_file is not None and junit_file.is_dir():
        raise InputError("expected a file's name, found a folder", where=f"--junit {junit_file}")
    before = baseline.read(baseline_file)
    thresholds, settings = limits(config_file or run.path / "config.yaml")
    now = snapshot(run)
    verdict = judge.judge(before, now, thresholds, settings, same_system=same_system)
    attempts = [_Attempt(run, now)]
    if thresholds.confirm == "rerun" and (places := confirm.repeatable(verdict)):
        second = confirm.run_again(run, places, show_progress)
        again = confirm.merged(now, snapshot(second), places)
        verdict = confirm.combined(verdict, judge.judge(before, again, thresholds, settings))
        verdict = replace(verdict, second_run=str(second.path))
        attempts.append(_Attempt(second, again))
    verdict = replace(verdict, evidence=tuple(_evidence(verdict, before, attempts, run.path.parent)))
    if junit_file is not None:
        files.write_text(junit_file, junit.render(verdict))
    return verdict, _append_summary(reporting.get("markdown").render(tables(verdict)))


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A run and its snapshot: of the run that is checked, or of the second run that confirms it."""

    run: Run
    now: Snapshot

    def has(self, task: str, system: str) -> bool:
        """Whether the system did not fail in this attempt."""
        of_task = self.now.task(task)
        scored = of_task.system(system) if of_task else None
        return scored is not None and scored.error is None


def _evidence(verdict: Verdict, before: Baseline, attempts: Sequence[_Attempt], results: Path) -> Iterator[Evidence]:
    """Yield the evidence for each system with a failure, from the first attempt in which the system did not fail."""
    failed = {(finding.task, finding.system) for finding in verdict.findings if finding.failed}
    for attempt in attempts:
        chosen = {place for place in failed if attempt.has(*place)} if attempt is not attempts[-1] else failed
        failed = failed - chosen
        if chosen:
            findings = [finding for finding in verdict.findings if (finding.task, finding.system) in chosen]
            segments = texts.read(attempt.run, before, attempt.now, chosen, results=results)
            yield from evidence(findings, before, attempt.now, segments)


def report_error(run: str, error: HarnessError, junit_file: Path | None) -> str | None:
    """Write why there is no verdict to `junit_file` and to the summary of a job on GitHub.

    Return a warning if the summary could not be written. If the JUnit file cannot be written, the error itself is all
    that the user sees.
    """
    if junit_file is not None:
        with suppress(HarnessError):
            files.write_text(junit_file, junit.render_error(run, str(error)))
    table = Table(title="gate: no verdict", caption=f"{run}: {error}", columns=(), rows=(), notes=())
    return _append_summary(reporting.get("markdown").render([table]))


def limits(config_file: Path) -> tuple[Thresholds, Resampling]:
    """Return a config's thresholds and its settings for tests.

    Raises:
        InputError: the file cannot be read, or one of the two sections is wrong.
    """
    document = document_module.read(config_file)
    config, problems = validation.parse(schema.GateConfig, document.tree, document, ())
    if config is None:
        raise ProblemsError(problems)
    return config.gate, Resampling(**config.statistics.model_dump())


def _append_summary(markdown: str) -> str | None:
    path = os.environ.get(_SUMMARY)
    if not path:
        return None
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{markdown}\n")
    except OSError as error:
        return f"{_SUMMARY}: {path}: could not write ({error.strerror}); the verdict is not in the job's summary"
    return None
