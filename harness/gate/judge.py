"""Judge a run: is it worse than its baseline? A baseline and a snapshot in, a verdict out; pure.

Which change of a score fails is decided by the rule for its metric: see `harness.gate.rules`. Output checks (empty
outputs, truncated sources, ...) are in `harness.gate.output_checks`.

Many scores are tested at once, so p-values are adjusted by Holm's method over all systems, tasks and metrics: the tests
fail a run in which nothing dropped with a probability of at most 1 - confidence. A score is left out of the adjustment
if so few of its units changed that it could never reach that level (Tarone 1990). So an unchanged system takes no power
from the tests of a changed one. The rule `no_worse` needs no adjustment: the gate passes only if every score is shown
to be no worse, and the probability of passing wrongly is at most that of the worst score.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness import metrics
from harness.config.schema import Thresholds
from harness.core import registry
from harness.core.errors import InputError
from harness.gate import Change, Finding, Verdict, changes, output_checks, rules
from harness.gate.baseline import Baseline
from harness.gate.score_changes import AdjustedTests, compare
from harness.gate.snapshot import Snapshot
from harness.scoring import Resampling, significance


def judge(
    before: Baseline, now: Snapshot, thresholds: Thresholds, settings: Resampling, *, same_system: bool = False
) -> Verdict:
    """Return what is worse in `now` than in `before`, what is better, and which settings and versions changed.

    Systems are matched by name. A system that only `now` has is listed and not gated.

    Raises:
        InputError: the two runs are not comparable (other data, references or signatures); or, with `same_system`, the
            settings or versions of a system differ; or the thresholds name a metric that neither run has. The message
            names all differences.
    """
    _refuse_incomparable(before, now, thresholds)
    changed = changes.changes(before, now)
    if same_system and changed:
        raise _not_the_same(changed, now)
    if thresholds.confidence is not None:
        settings = replace(settings, confidence=thresholds.confidence)
    matched = [(task, old, new) for task, old, new in changes.matched(before, now) if new.error is None]
    together = sum(len(task.signatures) for task, _, _ in matched)
    flips = settings.flips or significance.default_flips(together, significance.level(settings.confidence))
    scores = {
        (task.task, old.name): [
            compare(task, old, new, metric, thresholds.of(metric, metrics.class_of(metric).point), settings, flips)
            for metric in task.signatures
        ]
        for task, old, new in matched
    }
    to_test = [score for of_system in scores.values() for score in of_system]
    tests = AdjustedTests.of(to_test, significance.level(settings.confidence))
    findings: list[Finding] = []
    for task in before.tasks:
        for old in task.systems:
            findings += [rules.finding(score, tests) for score in scores.get((task.task, old.name), ())]
            other = now.task(task.task)
            findings += output_checks.findings(task, old, other.system(old.name) if other else None, thresholds)
    return Verdict(
        run=now.run,
        baseline=before.run,
        blessing=before.blessed,
        findings=(*findings, *_new(before, now)),
        changes=changed,
        notes=tuple(_notes(tests, flips)),
        level=tests.level,
    )


def _refuse_incomparable(before: Snapshot, now: Snapshot, thresholds: Thresholds) -> None:
    obstacles = changes.obstacles(before, now)
    if obstacles:
        raise InputError(
            f"run {now.run} cannot be compared with the baseline of {before.run}: {'; '.join(obstacles)}; "
            "gate a run of the config that was blessed, or bless this one"
        )
    known = {metric for snapshot in (before, now) for task in snapshot.tasks for metric in task.signatures}
    for metric in thresholds.metrics:
        if metric not in known:
            raise InputError(registry.unknown("metric of the run", metric, known), where="gate.metrics")
    for task in now.tasks:
        for metric, signature in task.signatures.items():
            here = metrics.get(metric, task.target).current(signature)
            if here != signature:
                raise InputError(
                    f"run {now.run} was scored with {metric} {signature}, this harness has {here}; "
                    "run it again (stored outputs are reused)",
                    where=task.task,
                )


def _not_the_same(changed: Sequence[Change], now: Snapshot) -> InputError:
    """Return the error of --same-system, which names all settings and versions that changed."""
    listed = "; ".join(f"{change.key} was {change.before} and is {change.now}" for change in changed)
    return InputError(
        f"not the same systems as in the baseline: {listed}; undo that, or leave out --same-system",
        where=f"run {now.run}",
    )


def _notes(tests: AdjustedTests, flips: int) -> Iterator[str]:
    """Yield a note on each task with too few units for so many tests."""
    weak: dict[str, int] = {}
    for score in tests.tested:
        if len(tests.tested) * significance.smallest_p(score.units, flips) / 2 >= tests.level:
            weak[score.task] = score.units
    for task, units in weak.items():
        remedy = "a tolerance must guard it" if significance.is_exact(units) else "raise statistics.flips"
        yield (
            f"{task}: {len(tests.tested)} scores are tested together, too many for n = {units} and "
            f"{flips:,} random flips to show that one of them alone fell: {remedy}."
        )


# --- systems and metrics that only the run has ------------------------------------------------------------------------


def _new(before: Snapshot, now: Snapshot) -> Iterator[Finding]:
    for task in now.tasks:
        known = before.task(task.task)
        for system in task.systems:
            is_known = known is not None and known.system(system.name) is not None
            if system.error is not None and not is_known:
                yield output_checks.missing(task.task, system.name, len(system.missing), "new", (), system.error)
            for name, statistics in system.statistics.items():
                if is_known and known is not None and name in known.signatures:
                    continue
                metric = metrics.get(name, task.target)
                yield Finding(
                    task=task.task,
                    system=system.name,
                    kind="metric",
                    name=name,
                    status="new",
                    unit="points",
                    before=None,
                    now=significance.value(statistics, metric.score),
                    delta=None,
                    allowed=None,
                    higher_is_better=metric.higher_is_better,
                )
