"""Choose segments to look at: the worst, the best, those on which two systems differ most, one id; pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.core import registry
from harness.core.errors import InputError
from harness.core.segments import OutputView, SegmentView, TaskView
from harness.reporting import numbers
from harness.scoring import diagnostics

DEFAULT_LIMIT = 10
# Stands for all flags of text that is no part of an answer: special tokens, a preamble, line numbers, ...
RESIDUE = "residue"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentChoice:
    """Which segments a user asks to see. Without any value: the worst of each task."""

    worst: int | None = None
    best: int | None = None
    differ: tuple[str, str] | None = None  # two systems
    ids: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()  # only segments with an output that has one of these
    tasks: tuple[str, ...] = ()  # labels
    systems: tuple[str, ...] = ()  # show and rank by these only
    metric: str | None = None  # None: the primary metric of each task
    limit: int | None = None  # of segments per task; None: DEFAULT_LIMIT


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen segments of one task."""

    view: TaskView
    metric: str
    order: str  # "the 10 worst of 19 segments, by the mean chrf++ of 3 systems"
    systems: tuple[str, ...]  # to show
    segments: tuple[SegmentView, ...]

    def outputs(self, segment: SegmentView) -> list[OutputView]:
        """Return the outputs to show of one of the segments."""
        return [output for output in segment.outputs if output.system in self.systems]


def choose(views: Sequence[TaskView], wanted: SegmentChoice) -> list[Choice]:
    """Return the chosen segments of each task that has what is asked for.

    Raises:
        InputError: a task, system, metric, flag or id is unknown, or two questions exclude each other.
    """
    _check_questions(wanted)
    chosen = _of_tasks(views, wanted.tasks)
    systems = (*wanted.systems, *(wanted.differ or ()))
    chosen = _having("system", systems, {id(view): view.systems for view in chosen}, chosen)
    metrics = [wanted.metric] if wanted.metric else []
    chosen = _having("metric", metrics, {id(view): view.metrics for view in chosen}, chosen)
    flags = _flags(wanted.flags)
    if wanted.ids:
        return _by_id(chosen, wanted)
    return [_of_view(view, wanted, flags) for view in chosen]


def _check_questions(wanted: SegmentChoice) -> None:
    questions = {"--worst": wanted.worst, "--best": wanted.best, "--differ": wanted.differ, "--id": wanted.ids}
    asked = [option for option, value in questions.items() if value]
    if len(asked) > 1:
        raise InputError(f"{' and '.join(asked)} choose different segments; give one of them")
    if wanted.limit is not None and (wanted.worst or wanted.best or wanted.ids):
        raise InputError(f"--limit is for --differ and --flag; {asked[0]} says itself how many segments it shows")
    if wanted.ids and wanted.flags:
        raise InputError("--id names the segments to show, so --flag has nothing to choose; give one of them")
    if wanted.differ and wanted.differ[0] == wanted.differ[1]:
        raise InputError(f"--differ needs two systems, found {wanted.differ[0]!r} twice")


def _of_tasks(views: Sequence[TaskView], tasks: Sequence[str]) -> list[TaskView]:
    """Return the views of these tasks, named by task or label; all without a name."""
    for name in tasks:
        if not any(name in (view.task, view.label) for view in views):
            raise InputError(registry.unknown("task of this run", name, {view.label for view in views}))
    return [view for view in views if not tasks or view.task in tasks or view.label in tasks]


def _having(
    what: str, names: Sequence[str], known: Mapping[int, Collection[str]], views: Sequence[TaskView]
) -> list[TaskView]:
    """Return the views that have all of these names; `known` has those of each view."""
    everything = dict.fromkeys(name for view in views for name in known[id(view)])
    for name in names:
        if name not in everything:
            raise InputError(registry.unknown(f"{what} of this run", name, everything))
    having = [view for view in views if set(names) <= set(known[id(view)])]
    if not having:
        raise InputError(f"no task of this run has {' and '.join(names)} together; name them one at a time")
    return having


def _flags(names: Sequence[str]) -> frozenset[str]:
    """Return the flags that a user names, with hyphens or underscores."""
    known = diagnostics.flag_names()
    wanted: set[str] = set()
    for given in names:
        name = given.replace("-", "_")
        if name == RESIDUE:
            wanted |= {each for each in known if diagnostics.every()[each].clean}
        elif name in known:
            wanted.add(name)
        else:
            raise InputError(registry.unknown("flag", given, [RESIDUE, *(each.replace("_", "-") for each in known)]))
    return frozenset(wanted)


def _by_id(views: Sequence[TaskView], wanted: SegmentChoice) -> list[Choice]:
    by_view = [{segment.id: segment for segment in view.segments} for view in views]
    for name in wanted.ids:
        if not any(name in by_id for by_id in by_view):
            known = [each for by_id in by_view for each in by_id]
            near = registry.nearest(name, known)
            hint = f"did you mean {near!r}?" if near else f"the first is {known[0]!r}" if known else "there are none"
            raise InputError(f"unknown segment {name!r}; {hint} (--format json shows the ids of all)")
    choices = []
    for view, by_id in zip(views, by_view, strict=True):
        if segments := tuple(by_id[name] for name in wanted.ids if name in by_id):
            order = f"{len(segments):,} of {numbers.count(len(by_id), 'segment')}"
            choices.append(Choice(view, _metric(view, wanted), order, wanted.systems or view.systems, segments))
    return choices


def _of_view(view: TaskView, wanted: SegmentChoice, flags: frozenset[str]) -> Choice:
    """Return the segments of one task in the wanted order, as many as wanted."""
    metric = _metric(view, wanted)
    systems = tuple(dict.fromkeys((*(wanted.differ or ()), *wanted.systems))) or view.systems
    candidates = [segment for segment in view.segments if not flags or _is_flagged(segment, systems, flags)]
    ranked = _ranked(candidates, view, metric, wanted, systems)
    limit = wanted.worst or wanted.best or wanted.limit or DEFAULT_LIMIT
    segments = tuple(ranked[:limit])
    if not segments:
        return Choice(view, metric, "no segment with such a flag" if flags else "no segment", systems, ())
    of = f"{len(ranked):,} flagged" if flags else f"{len(ranked):,}"
    how = _how(wanted, metric, systems)
    order = f"{_superlative(wanted, len(segments))} of {of} {'segment' if len(ranked) == 1 else 'segments'}, by {how}"
    return Choice(view, metric, order, systems, segments)


def _is_flagged(segment: SegmentView, systems: Collection[str], flags: frozenset[str]) -> bool:
    return any(not flags.isdisjoint(output.flags) for output in segment.outputs if output.system in systems)


def _ranked(
    segments: Iterable[SegmentView], view: TaskView, metric: str, wanted: SegmentChoice, systems: Collection[str]
) -> list[SegmentView]:
    """Return the segments that can be ranked, the wanted ones first; equal ones in reading order."""
    keyed = []
    for segment in segments:
        scores = {
            output.system: output.scores[metric]
            for output in segment.outputs
            if output.system in systems and metric in output.scores
        }
        if wanted.differ:
            a, b = (scores.get(name, math.nan) for name in wanted.differ)
            key = -abs(a - b)
        else:
            key = math.fsum(scores.values()) / len(scores) if scores else math.nan
            if (metric in view.lower_is_better) != bool(wanted.best):
                key = -key
        if not math.isnan(key):
            keyed.append((key, segment))
    return [segment for _, segment in sorted(keyed, key=lambda pair: pair[0])]


def _metric(view: TaskView, wanted: SegmentChoice) -> str:
    return wanted.metric or view.primary


def _superlative(wanted: SegmentChoice, count: int) -> str:
    adjective = "most different" if wanted.differ else "best" if wanted.best else "worst"
    return f"the {adjective}" if count == 1 else f"the {count:,} {adjective}"


def _how(wanted: SegmentChoice, metric: str, systems: Sequence[str]) -> str:
    if wanted.differ:
        return f"{metric}, {wanted.differ[0]} against {wanted.differ[1]}"
    if len(systems) == 1:
        return f"{metric} of {systems[0]}"
    return f"the mean {metric} of {numbers.count(len(systems), 'system')}"
