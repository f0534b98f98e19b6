"""What a run would do, for `harness check`: one line that says whether it can start, two tables, and remarks.

The first table has a row for each system with a checkpoint, the second one the outputs of each system for each task.
A remark that several systems share is one line with all their names. Rendering is pure: a `PlanDescription` has all
facts.

A narrow terminal leaves out columns of the first table in this order: those with the same value in every row, then
revision, device, dtype, limit, decoding, params, gated. Checkpoint, size, memory and cached stay. A column in which
nothing is known is left out. Licences, and how each system decodes with the source of every value, are lines below the
table, because they do not fit 80 columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args

from harness.core.descriptions import (
    CheckpointDescription,
    DatasetDescription,
    OfFamily,
    Origin,
    PlanDescription,
    SystemDescription,
)
from harness.reporting import Cell, Legend, Table, numbers

# Goes up if a key changes its meaning or disappears; a new key does not change it.
VERSION = 1

_UNKNOWN = "?"
_OF_FAMILY = "~"  # stands after a value
_CACHED = {"folder": "folder", "cache": "yes", "hub": "no", "unknown": _UNKNOWN}
_COMMIT = 7  # characters of a commit, as git shows it
_MOST_NAMES = 3  # of systems in the first line


def tables(plan: PlanDescription) -> list[Table]:
    """Return the table of checkpoints, if there are any, and the table of tasks; the first one has the verdict."""
    first, *others = [*_checkpoints(plan), _tasks(plan)]
    caption = _caption(plan) if others else f"{_caption(plan)}; {first.caption}"
    first = replace(
        first, title=plan.path, verdict=verdict(plan), caption=caption, notes=(*_remarks(plan), *first.notes)
    )
    return [first, *others]


def to_json(plans: Sequence[PlanDescription]) -> dict[str, Any]:
    """Return the object that `harness check --format json` prints; a value that is not known is null."""
    return {"version": VERSION, "plans": [{"can_start": plan.can_start, **asdict(plan)} for plan in plans]}


# --- the lines above the tables ---------------------------------------------------------------------------------------


def verdict(plan: PlanDescription) -> str:
    """Return whether a run can start, and what is missing or will be downloaded."""
    if plan.can_start:
        missing = [dataset.name for dataset in plan.datasets if dataset.missing]
        when = f" once the data of {', '.join(missing)} are downloaded" if missing else ""
        return f"can start{when}; {_downloads(plan, 'nothing else' if missing else 'nothing')}"
    kinds = _grouped((fault.kind, system.name) for system in plan.systems for fault in system.faults)
    return "cannot start: " + "; ".join(f"{kind} ({_counted(names, plan)})" for kind, names in kinds)


def _counted(names: Sequence[str], plan: PlanDescription) -> str:
    return ", ".join(names) if len(names) <= _MOST_NAMES else f"{len(names)} of {len(plan.systems)} systems"


def _downloads(plan: PlanDescription, nothing: str) -> str:
    """Return how much will be downloaded; a checkpoint of several systems counts once."""
    checkpoints = {
        (system.checkpoint.name, system.checkpoint.revision): system.checkpoint.download
        for system in plan.systems
        if system.checkpoint and system.checkpoint.place == "hub"
    }
    datasets = {dataset.name: dataset.download for dataset in plan.datasets if not (dataset.cached or dataset.missing)}
    sizes = [*checkpoints.values(), *datasets.values()]
    if not sizes:
        return f"{nothing} to download"
    known = [size for size in sizes if size is not None]
    at_least = "" if len(known) == len(sizes) else "at least "
    unknown = "weights" if checkpoints else "data"
    size = f"{at_least}{numbers.size(sum(known))}" if known else f"{unknown} of unknown size"
    counts = [numbers.count(len(each), name) for each, name in ((checkpoints, "checkpoint"), (datasets, "dataset"))
              if each]  # fmt: skip
    return f"downloads {size} first ({', '.join(counts)})"


def _caption(plan: PlanDescription) -> str:
    """Return the run's name and its data; several datasets have a line each among the remarks."""
    if plan.segments is None:
        # The run has no name yet either, because that depends on the data.
        absent = [dataset.name for dataset in plan.datasets if not dataset.cached] or [plan.dataset]
        each = "dataset" if len(absent) == 1 else "datasets"
        whose = "its" if len(absent) == 1 else "their"
        return f"{each} {', '.join(absent)}: not read yet, so {whose} numbers are {_UNKNOWN}"
    if len(plan.datasets) > 1:
        several = numbers.count(len(plan.datasets), "dataset")
        return f"run {plan.run}; {several} (below) with {numbers.count(plan.segments, 'segment')}"
    content = _content(plan.articles, plan.segments)
    return f"run {plan.run}; dataset {plan.dataset}: {content}; {_licence(plan.licence)}"


def _content(articles: int | None, segments: int) -> str:
    """Return how much a dataset has; it may not be known which segments are of one article."""
    counts = [] if articles is None else [numbers.count(articles, "article")]
    return ", ".join([*counts, numbers.count(segments, "segment")])


def _licence(licence: str | None) -> str:
    """Return a licence, with what its name forbids; nothing is kept from running by that."""
    name = "; ".join((licence or "not stated").splitlines())
    return f"licence: {name}" + (", so no commercial use" if re.search(r"\bNC\b", name) else "")


# --- the table of checkpoints -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    cell: Callable[[SystemDescription, CheckpointDescription], str]
    yields: int = 0  # if the terminal is narrow, the lowest number goes first; 0: never


_COLUMNS = (
    _Column("system", lambda system, _: system.name),
    _Column("checkpoint", lambda _, checkpoint: checkpoint.name),
    _Column("revision", lambda _, checkpoint: (checkpoint.revision or numbers.MISSING)[:_COMMIT], 1),
    _Column("params", lambda _, checkpoint: _known(checkpoint.parameters, numbers.parameters), 6),
    _Column("size", lambda _, checkpoint: _known(checkpoint.size, numbers.size)),
    _Column("memory", lambda system, _: _known(system.memory, numbers.size)),
    _Column("cached", lambda _, checkpoint: _CACHED[checkpoint.place]),
    _Column("gated", lambda _, checkpoint: _stated("gated", checkpoint, lambda gated: "yes" if gated else "no"), 7),
    _Column("device", lambda system, _: system.device or _UNKNOWN, 2),
    _Column("dtype", lambda system, _: system.dtype or _UNKNOWN, 3),
    _Column("limit", lambda system, _: _known(system.input_tokens, str) + _OF_FAMILY * system.assumed, 4),
    _Column("decoding", lambda system, _: _search(system) + _OF_FAMILY * system.assumed, 5),
)


def _known(value: Any, shown: Callable[[Any], str]) -> str:
    return _UNKNOWN if value is None else shown(value)


def _stated(fact: OfFamily, checkpoint: CheckpointDescription, shown: Callable[[Any], str]) -> str:
    """Return a fact that a hub states, with a mark if it comes from the family; a folder has no hub."""
    value = getattr(checkpoint, fact)
    if value is None:
        return numbers.MISSING if checkpoint.place == "folder" else _UNKNOWN
    return shown(value) + _OF_FAMILY * (fact in checkpoint.from_family)


def _search(system: SystemDescription) -> str:
    """Return the kind of search in a word or two; the remarks have all settings."""
    if system.decoding.get("do_sample"):
        return "sampling"
    beams = system.decoding.get("num_beams", 1)
    return f"{beams} beams" if beams > 1 else "greedy"


def _checkpoints(plan: PlanDescription) -> Iterator[Table]:
    """Yield the table of the systems that have a checkpoint, if there are any."""
    pairs = [(system, system.checkpoint) for system in plan.systems if system.checkpoint]
    if not pairs:
        return
    cells = [[column.cell(*pair) for pair in pairs] for column in _COLUMNS]
    shown = [index for index, column in enumerate(cells) if {*column} != {_UNKNOWN}]
    rows = [tuple(Cell(cells[index][row]) for index in shown) for row in range(len(pairs))]
    unknown = [column.heading for index, column in enumerate(_COLUMNS) if index not in shown]
    yield Table(
        title="",
        caption="",
        columns=tuple(_COLUMNS[index].heading for index in shown),
        rows=tuple(rows),
        notes=(f"not known here: {', '.join(unknown)}",) if unknown else (),
        legend=Legend(marks=tuple(_marks(rows, has_memory=any(system.memory for system, _ in pairs)))),
        optional=_optional(rows, [_COLUMNS[index] for index in shown]),
        names=(0, 1),
    )


def _optional(rows: Sequence[Sequence[Cell]], columns: Sequence[_Column]) -> tuple[int, ...]:
    """Return the places of the columns that a narrow terminal leaves out, in order: first those with only one value."""
    varied = [len(rows) == 1 or len({row[index].text for row in rows}) > 1 for index in range(len(columns))]
    places = [index for index, column in enumerate(columns) if column.yields]
    return tuple(sorted(places, key=lambda index: (varied[index], columns[index].yields)))


def _marks(rows: Sequence[Sequence[Cell]], *, has_memory: bool) -> Iterator[str]:
    """Yield a line for each mark in the table and its notes."""
    texts = [cell.text for row in rows for cell in row[2:]]
    if any(text.endswith(_OF_FAMILY) for text in texts):
        yield f"{_OF_FAMILY}: stated by the family's file in harness/models; checkpoint or hub may say otherwise."
    if has_memory:
        yield "memory: estimated peak of a full batch of longest inputs and outputs; less for fewer or shorter ones."
    if _UNKNOWN in texts:
        yield f"{_UNKNOWN}: not known here."


# --- the table of tasks -----------------------------------------------------------------------------------------------


def _tasks(plan: PlanDescription) -> Table:
    """Return systems by tasks: how many outputs each generates; above them what each task asks for."""
    facts = [("language", [task.target for task in plan.tasks]), *_references(plan)]
    systems = [
        (
            system.name,
            system.family,
            [
                _outputs(task.sources, system.samples) if system.name in task.systems else numbers.MISSING
                for task in plan.tasks
            ],
        )
        for system in plan.systems
    ]
    rows = [(name, "", values) for name, values in facts] + systems
    metrics = _grouped(
        (", ".join([f"{task.primary} (primary)", *(name for name in task.metrics if name != task.primary)]), task.label)
        for task in plan.tasks
    )
    return Table(
        title="tasks",
        caption="outputs to generate for each task; "
        + "; ".join(f"metrics of {', '.join(labels)}: {text}" for text, labels in metrics),
        columns=("system", "family", *(task.label for task in plan.tasks)),
        rows=tuple((Cell(name), Cell(family), *map(Cell, values)) for name, family, values in rows),
        notes=(),
        rule_after=len(facts),
        optional=(1,),
        names=(0, 1),
    )


def _references(plan: PlanDescription) -> Iterator[tuple[str, list[str]]]:
    """Yield how many versions of references each task reads, for each dataset if there are several."""
    names = list(dict.fromkeys(name for task in plan.tasks for name in task.references_of))
    for name in names:
        yield f"references, {name}", [str(task.references_of.get(name, 0)) for task in plan.tasks]
    if not names:
        counts = [_UNKNOWN if task.sources is None else str(len(task.references)) for task in plan.tasks]
        yield "references", counts


def _outputs(sources: int | None, samples: int) -> str:
    return _UNKNOWN if sources is None else f"{sources * samples:,}"


# --- remarks ----------------------------------------------------------------------------------------------------------


def _remarks(plan: PlanDescription) -> Iterator[str]:
    """Yield each remark once, after the names of the systems that it is about: first what keeps them from running."""
    systems = plan.systems
    yield from (line for dataset in plan.datasets for line in _of_dataset(dataset, is_alone=len(plan.datasets) == 1))
    yield from _named(((fault.message, system.name) for system in systems for fault in system.faults), plan)
    yield from _named(((remark, system.name) for system in systems for remark in system.remarks), plan)
    pairs = [(system, system.checkpoint) for system in systems if system.checkpoint]
    if pairs:
        licences = _grouped((_licence_of(checkpoint), system.name) for system, checkpoint in pairs)
        yield "licences: " + "; ".join(f"{licence} ({', '.join(names)})" for licence, names in licences)
        yield from _named(((_settings(system), system.name) for system, _ in pairs), plan)
        yield _defaults([system for system, _ in pairs])
        longer = _grouped((system.longer, system.name) for system, _ in pairs)
        yield "inputs over the limit: " + "; ".join(f"{what} ({_counted(names, plan)})" for what, names in longer)
    works = [work for system in systems if system.citation for work in system.citation.split("; ")]
    if works:
        # Authors and year only, because a config may have checkpoints of many families.
        short = dict.fromkeys(work.partition("), ")[0] + ")" for work in works)
        yield f"cite {', '.join(short)} (titles: --format json)"


def _licence_of(checkpoint: CheckpointDescription) -> str:
    unstated = "not known" if checkpoint.place in ("unknown", "hub") else "not stated"
    return _stated("licence", checkpoint, str) if checkpoint.licence else unstated


def _of_dataset(dataset: DatasetDescription, *, is_alone: bool) -> Iterator[str]:
    """Yield what a dataset has and where it is, its terms, and why it cannot be read now.

    The caption says the numbers and the licence of a dataset that is alone.
    """
    if not dataset.cached:
        content = [dataset.summary] if dataset.summary else []
    else:
        content = [] if is_alone or dataset.segments is None else [_content(dataset.articles, dataset.segments)]
    licence = [] if dataset.cached and is_alone else [_licence(dataset.licence)]
    if facts := [*content, *_place(dataset), *licence]:
        yield f"{dataset.name}: {'; '.join(facts)}"
    if dataset.gated and not dataset.cached:
        yield (
            f"{dataset.name}: gated, so you must accept its terms once: open that page, log in and accept them there; "
            "then log in on this machine: hf auth login"
        )
    if dataset.missing:
        yield f"{dataset.name}: {dataset.missing}"


def _place(dataset: DatasetDescription) -> Iterator[str]:
    """Yield where a dataset is, or how much is to be downloaded, and which revision is read; a folder has no place."""
    if not dataset.cached:
        absent = "not on this machine, and its size is not known"
        yield absent if dataset.download is None else f"{numbers.size(dataset.download)} to download"
    elif dataset.hub:
        yield "in the cache"
    if dataset.page is None:
        return
    commit = None if dataset.revision in (None, dataset.branch) else str(dataset.revision)[:_COMMIT]
    if dataset.branch is None:
        yield f"{dataset.page} at commit {commit}"
    elif commit is None:
        yield (
            f"{dataset.page} at revision {dataset.branch} (not pinned: resolved to a commit at first use, and recorded "
            "in the manifest)"
        )
    else:
        yield (
            f"{dataset.page} at revision {dataset.branch} (not pinned: resolved to commit {commit}, and recorded in "
            "the manifest)"
        )


def _settings(system: SystemDescription) -> str:
    """Return the settings of a system that are no defaults, each after the place where its value is from."""
    values = {**system.decoding, "input_tokens": system.input_tokens}
    groups = []
    for origin in get_args(Origin)[:-1]:
        told = [f"{key} {_as_in_config(value)}" for key, value in values.items() if system.origins.get(key) == origin]
        # The checkpoint was not read, and may have another value.
        mark = _OF_FAMILY * (system.assumed and origin != "config")
        groups += [f"{origin}{mark}: {', '.join(told)}"] * bool(told)
    return "; ".join(groups)


def _defaults(systems: Sequence[SystemDescription]) -> str:
    """Return the settings that are defaults for some system."""
    told = dict.fromkeys(
        f"{key} {_as_in_config(value)}"
        for system in systems
        for key, value in system.decoding.items()
        if system.origins.get(key, "default") == "default"
    )
    return f"default, unless a line above has another value: {', '.join(told)}" if told else "no setting is a default"


def _as_in_config(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _named(pairs: Iterable[tuple[str, str]], plan: PlanDescription) -> Iterator[str]:
    """Yield each text after the names that go with it; many names that are all there can be are a count."""
    with_checkpoint = [system.name for system in plan.systems if system.checkpoint]
    for text, names in _grouped(pairs):
        if len(names) > _MOST_NAMES and names == with_checkpoint:
            yield f"all {len(names)} systems with a checkpoint: {text}"
        else:
            yield f"{', '.join(names)}: {text}"


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Return each text with the names that go with it, both in the order in which they come first."""
    groups: dict[str, dict[str, None]] = {}
    for text, name in pairs:
        groups.setdefault(text, {})[name] = None
    return [(text, list(names)) for text, names in groups.items()]
