"""Turn the outputs of a run's systems on a task into a test set and the rows of its table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness import metrics
from harness import tasks as task_contract
from harness.core import text
from harness.core.errors import InputError
from harness.core.records import Dataset, Generation, Source
from harness.metrics import Examples
from harness.reporting.visible import visible
from harness.runs import pieces
from harness.runs.generate import Result
from harness.runs.pieces import Divided, InPieces, Reading
from harness.scoring import SystemStatistics, TestSet, UnitLabels, bounds, diagnostics, networks, noise, systems
from harness.tasks import Task, Unit

# Characters of an output as it was written that a note shows.
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Built:
    """A table before its scores are computed."""

    test_set: TestSet  # without the metrics that failed
    rows: list[SystemStatistics]
    notes: tuple[str, ...]
    failed_metrics: dict[str, str]  # by name: why
    outputs: Mapping[str, Sequence[Sequence[str]]]  # [samples, ids] of each system that did not fail
    divided: tuple[Divided, ...] = ()  # the outputs that were divided into pieces


def build(
    task: Task,
    of_task: Mapping[str, Result],
    *,
    dataset: Dataset,
    sources: Sequence[Source],
    notes: Mapping[str, str | None],
    bounds: Collection[str],
    without_probabilities: Sequence[str] = (),
    is_one_of_several: bool = False,
    readings: Mapping[str, Reading] | None = None,
    seed: int = 0,
) -> Built:
    """Return a task's test set on one dataset, the rows of the wanted bounds and of every system, and notes.

    Args:
        task: the task, which decides on references, metrics and the target language.
        of_task: the results of the task, by system. They may contain outputs for sources of other datasets.
        dataset: the dataset of the table.
        sources: the sources that are scored; each has a reference of some version.
        notes: the config's note on each system, in the order of the rows. A failed system's row has its error.
        bounds: which bounds have rows: `reference`, `oracle`.
        without_probabilities: the systems that cannot do the task because they give no probabilities.
        seed: of the measurement of noise.
        is_one_of_several: the run has other datasets, so that the test set and the notes must name this one.
        readings: how systems read longer units than the task's, by name.

    Raises:
        ModelError: every metric failed.
    """
    ids = [source.id for source in sources]
    in_pieces, of_task = _in_pieces(task, of_task, readings or {}, dataset, ids)
    references = task_contract.references(task, dataset)
    task, without = _with_annotations(task, dataset, ids)
    test_set = _test_set(task, dataset, sources, references, is_named=is_one_of_several)
    outputs = _outputs(test_set, of_task)
    wanted = bounds if task.compares else ()
    test_set, failed = networks.prepare(test_set, outputs, reference_row="reference" in wanted)
    scored = {
        row.name: _with_noise(row, test_set, of_task[row.name], seed)
        for row in _score(test_set, outputs, of_task, notes, in_pieces, readings or {}, task.unit)
    }
    rows, notes_on_bounds = _bounds(wanted, task, test_set)
    for name in notes:
        if name in scored:
            rows.append(scored[name])
        elif name in of_task:
            rows.append(SystemStatistics(name, "system", {}, {}, of_task[name].error))
    left_out = task_contract.without_reference(task, dataset)
    missing = [f"{left_out}: not in this table"] if left_out else []
    if without_probabilities:
        missing.append(f"n/a for {', '.join(without_probabilities)}: no probabilities")
    gaps = task_contract.gaps(references, ids) if task.compares else ()
    table_notes = (*notes_on_bounds, *missing, *without, *gaps, *dataset.notes)
    if is_one_of_several:
        table_notes = tuple(f"{dataset.name}: {note}" for note in table_notes)
    divided = tuple(each for of_system in in_pieces.values() for each in of_system.divided)
    return Built(test_set, rows, table_notes, failed, outputs, divided)


def _in_pieces(
    task: Task, of_task: Mapping[str, Result], readings: Mapping[str, Reading], dataset: Dataset, ids: Sequence[str]
) -> tuple[dict[str, InPieces], dict[str, Result]]:
    """Return the divided outputs of the systems that read longer units, and the result of each system for the ids.

    A system that failed on another dataset only has a score on this one.
    """
    divided: dict[str, InPieces] = {}
    results: dict[str, Result] = {}
    for name, result in of_task.items():
        reading = readings.get(name)
        if reading is None:
            results[name] = result.of(ids)
            continue
        results[name] = result.of(pieces.units(task, reading, dataset, ids))
        if results[name].error is None:
            divided[name] = pieces.divide(task, reading, name, results[name], dataset=dataset, ids=ids)
            results[name] = divided[name].result
    return divided, results


def _with_annotations(task: Task, dataset: Dataset, ids: Sequence[str]) -> tuple[Task, tuple[str, ...]]:
    """Return the task without the metrics that no unit is annotated for, and a note on them.

    Raises:
        InputError: no metric is left.
    """
    absent = not_annotated(task, dataset, ids)
    if not absent:
        return task, ()
    left = tuple(name for name in task.metrics if name not in absent)
    names = ", ".join(absent)
    if not left:
        message = f"no {task.label} unit has annotations for {names}; add another metric, or write facts.jsonl"
        raise InputError(f"{message} and entities.jsonl", where=f"dataset {dataset.name}")
    note = f"{names}: n/a, because no unit of this table has such annotations"
    return replace(task, metrics=left, primary=task.primary if task.primary in left else left[0]), (note,)


def not_annotated(task: Task, dataset: Dataset, ids: Sequence[str]) -> list[str]:
    """Return the metrics of a task that no unit is annotated for."""
    needing = [name for name in task.metrics if "annotations" in metrics.get(name, task.target).needs]
    if not needing:
        return []
    of_units = annotations_of(task, dataset, ids)
    blank = [""] * len(ids)
    return [
        name
        for name in needing
        if not (metric := metrics.get(name, task.target))
        .applies(metric.statistics(Examples(blank, [blank], annotations=of_units, articles=ids)))
        .any()
    ]


def annotations_of(task: Task, dataset: Dataset, ids: Sequence[str]) -> tuple[tuple[object, ...], ...]:
    """Return the annotations of each unit; empty if no metric of the task reads them."""
    if not any("annotations" in metrics.get(name, task.target).needs for name in task.metrics):
        return ()
    given = task_contract.annotated(task, dataset)
    return tuple(given.get(name, ()) for name in ids)


def _test_set(
    task: Task,
    dataset: Dataset,
    sources: Sequence[Source],
    references: Mapping[str, Mapping[str, str]],
    *,
    is_named: bool,
) -> TestSet:
    """Return the test set of a task's sources; with `is_named`, it has the dataset's name."""
    ids = [source.id for source in sources]
    return TestSet(
        task=task.label,
        kind=task.kind,
        target=task.target,
        primary=task.primary,
        metrics=task.metrics,
        options=task.metric_options,
        ids=tuple(ids),
        articles=tuple(source.article for source in sources) if dataset.knows_articles else (),
        references={version: tuple(by_id.get(name) for name in ids) for version, by_id in references.items()},
        sources=tuple(source.text for source in sources),
        annotations=annotations_of(task, dataset, ids),
        sentences=tuple(source.sentences for source in sources),
        lengths=tuple(text.word_count(source.text) for source in sources),
        kinds=_kinds(dataset, ids),
        labels={
            name: UnitLabels(tuple(labels.by_segment[unit] for unit in ids), labels.has_intervals)
            for name, labels in dataset.annotations.labels.items()
            if all(unit in labels.by_segment for unit in ids)
        },
        dataset=dataset.name if is_named else "",
    )


def _outputs(test_set: TestSet, of_task: Mapping[str, Result]) -> dict[str, list[tuple[str, ...]]]:
    """Return the texts [samples, ids] of each system that did not fail; the stored generations are [ids, samples]."""
    return {
        name: list(zip(*([each.text for each in result.generations[unit]] for unit in test_set.ids), strict=True))
        for name, result in of_task.items()
        if result.error is None
    }


def _score(
    test_set: TestSet,
    outputs: Mapping[str, Sequence[Sequence[str]]],
    of_task: Mapping[str, Result],
    notes: Mapping[str, str | None],
    in_pieces: Mapping[str, InPieces],
    readings: Mapping[str, Reading],
    unit: Unit,
) -> list[SystemStatistics]:
    """Return the row of each system that did not fail, with its diagnostics and the notes on it.

    `unit` is that of the task.
    """
    measured, remarks = {}, {}
    for name in outputs:
        generations = [of_task[name].generations[unit] for unit in test_set.ids]
        divided = in_pieces.get(name)
        seen = diagnostics.Outputs(
            generations, test_set.target, test_set.sources,
            kind=test_set.kind, division=divided.division if divided else None,
        )  # fmt: skip
        measured[name] = diagnostics.measure(seen)
        on_pieces = divided.note if divided else None
        remarks[name] = tuple(note for note in (on_pieces, notes[name]) if note) + _remarks(seen.each)
    rows = systems.score_systems(test_set, outputs, notes=remarks, diagnostics=measured)
    longer = {name: reading.unit for name, reading in readings.items() if reading.unit != unit}
    return [replace(row, unit=longer.get(row.name, "")) for row in rows]


def _with_noise(row: SystemStatistics, test_set: TestSet, result: Result, seed: int) -> SystemStatistics:
    """Return a row with its noise, if some of the system's segments were answered again."""
    places = [index for index, name in enumerate(test_set.ids) if name in result.repeats]
    if len(places) < 2 or row.error is not None:
        return row
    names = [test_set.ids[index] for index in places]
    answers = [(result.generations[name][0].text, *(each.text for each in result.repeats[name])) for name in names]
    by_answer = list(zip(*answers, strict=True))
    measured = noise.measure(test_set.take(places), by_answer, len(test_set.ids), seed)
    return replace(row, noise=measured.floors)


def _kinds(dataset: Dataset, ids: Sequence[str]) -> tuple[str, ...]:
    """Return the kind of each source; empty if sources are whole articles."""
    segments = [segment for article in dataset.articles for segment in article.segments]
    kinds: dict[str, str] = {name: segment.kind for segment in segments for name in (segment.paragraph, segment.id)}
    return tuple(kinds[name] for name in ids) if all(name in kinds for name in ids) else ()


def _bounds(wanted: Collection[str], task: Task, test_set: TestSet) -> tuple[list[SystemStatistics], tuple[str, ...]]:
    rows, notes = [], []
    if "reference" in wanted:
        # With the row, a table is over the segments that have two references (`harness.scoring.footing`).
        of_two, every = sum(count >= 2 for count in test_set.reference_counts), len(test_set.ids)
        row = bounds.reference(test_set) if 2 * of_two >= every else None
        if row is not None:
            rows.append(row)
        elif not of_two:
            notes.append("no reference row: no segment has two references to score against each other")
        else:
            notes.append(
                f"no reference row: {of_two} of {every} segments have two references to score against each other, "
                "and the table would be over these alone"
            )
    # An extract of the source is an output only if the output is in the source's language.
    if "oracle" in wanted and task.source == task.target:
        rows.append(bounds.oracle(test_set))
    return rows, tuple(notes)


def _remarks(generations: Collection[Generation]) -> tuple[str, ...]:
    remarks = []
    samples = 1 + max((generation.sample for generation in generations), default=0)
    if samples > 1:
        remarks.append(f"scores are averaged over {samples} samples of each source")
    if parts := {generation.id: generation.sections for generation in generations if generation.sections > 1}:
        remarks.append(
            f"{len(parts)} of {len(generations) // samples} sources were read in {_range(parts.values())} sections"
        )
    if splits := sum(generation.split_sentences for generation in generations if generation.sample == 0):
        long = "1 sentence was" if splits == 1 else f"{splits} sentences were"
        remarks.append(f"{long} too long for the model and read in parts that end at clauses")
    if refused := sum(generation.facts.get("outcome") == "refused" for generation in generations):
        remarks.append(f"the server's filter refused {refused} of {len(generations)} outputs, which are empty")
    if thinking := [each for each in generations if _has_thought(each)]:
        counts = [count for each in thinking if isinstance(count := each.facts.get("thought_tokens"), int)]
        tokens = f": {sum(counts):,} tokens" if sum(counts) else ""
        remarks.append(f"{len(thinking)} of {len(generations)} outputs have reasoning before them{tokens}")
    if others := {str(each.facts["served_model"]) for each in generations if "served_model" in each.facts}:
        count = sum("served_model" in each.facts for each in generations)
        remarks.append(f"{count} of {len(generations)} outputs are of another model: {', '.join(sorted(others))}")
    remarks += _unwrapped(generations)
    compared = [generation.departs for generation in generations if generation.departs is not None]
    if departures := sum(compared):
        remarks.append(
            f"text_rules: corrected changed {departures} of {len(compared)} outputs, or what the model read for them "
            "(text_rules: authors gives the authors' own)"
        )
    return tuple(remarks)


def _unwrapped(generations: Collection[Generation]) -> Iterator[str]:
    """Yield how many outputs each rule of a prompt took out of something, with the first of them."""
    by_rule: dict[str, list[Generation]] = {}
    for generation in generations:
        for rule in generation.rules:
            by_rule.setdefault(rule, []).append(generation)
    for rule, changed in by_rule.items():
        first = changed[0]
        written = " ".join((first.raw or "").split())
        shown = visible(written if len(written) <= _SHOWN else f"{written[:_SHOWN]}...")
        yield (
            f"rule {rule} removed text around {len(changed)} of {len(generations)} outputs (answers: raw keeps it), "
            f"the first at {first.id}: {shown}"
        )


def _has_thought(generation: Generation) -> bool:
    """Whether a model reasoned before its answer: thought was counted, returned or removed."""
    counted = (generation.facts.get(name) for name in ("thought_tokens", "thought_characters"))
    return any(counted) or "thought" in generation.rules


def _range(numbers: Collection[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"
