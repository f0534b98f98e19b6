"""Score a run and write its tables, unless the stored scores are up to date.

The key of the scores is the digest of everything that they depend on, and is stored with them. Scores are up to date
if the key is the same.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from typing import Any

from harness import datasets, reporting
from harness.config.plan import Plan
from harness.config.schema import Statistics
from harness.core import files
from harness.core.errors import FileError
from harness.core.records import Dataset, Generation
from harness.core.scores import TaskScores
from harness.core.text import caches
from harness.models import SystemOptions
from harness.reporting import overview
from harness.reporting.json import document, to_json
from harness.reporting.table import systems_table
from harness.runs import licences, pieces, provenance, testset, usage
from harness.runs.generate import Result, Sources
from harness.runs.pieces import Reading
from harness.runs.store import Run
from harness.scoring import Resampling, TestSet, analysis, networks, serialisation, slices
from harness.scoring.published import Figure, beside
from harness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreInputs:
    """Everything that scores depend on, except the outputs."""

    digest: str  # of the config
    datasets: tuple[Dataset, ...]
    tasks: tuple[Task, ...]
    sources: Sources
    notes: Mapping[str, str | None]  # of the config on each system, by name, in the order of the table's rows
    bounds: tuple[str, ...]
    statistics: Statistics
    published: tuple[Figure, ...] = ()  # figures to show beside the scores
    columns: tuple[str, ...] = ()  # diagnostics to show beside them
    without_probabilities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # see `Plan`
    # The currency of each system whose usage is shown below the tables, by name; empty if it has no prices.
    currencies: Mapping[str, str] = field(default_factory=dict)
    # By the task's label, then system: how it reads longer units than the task's.
    readings: Mapping[str, Mapping[str, Reading]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, sources: Sources, published: tuple[Figure, ...] = ()) -> ScoreInputs:
        """Return the inputs that a plan gives, with the published figures if it asks for them."""
        return cls(
            digest=plan.digest,
            datasets=plan.parts,
            tasks=plan.tasks,
            sources=sources,
            notes={system.name: _note(system.options, with_licences=plan.licences) for system in plan.systems},
            bounds=plan.bounds,
            statistics=plan.statistics,
            published=published,
            columns=plan.columns,
            without_probabilities={task.label: plan.without_probabilities(task) for task in plan.tasks},
            currencies={
                system.name: getattr(getattr(system.options, "prices", None), "currency", "")
                for system in plan.systems
                if plan.usage and system.family.endpoint
            },
            readings={task.label: pieces.readings(plan, task) for task in plan.tasks},
        )


def _note(options: SystemOptions, *, with_licences: bool) -> str | None:
    """Return the config's note on a system, with that on its licences if the config asks for it."""
    notes = (options.note, licences.note(options) if with_licences else None)
    return "; ".join(note for note in notes if note) or None


def _with_conversions(
    notes: Mapping[str, str | None], generated: Mapping[tuple[str, str], Result]
) -> dict[str, str | None]:
    """Return the notes with one on each system whose weights were converted: that can change its outputs."""
    converted = {name: on for (_, name), result in generated.items() if (on := _on_conversion(result))}
    return {name: "; ".join(filter(None, (note, converted.get(name)))) or None for name, note in notes.items()}


def _on_conversion(result: Result) -> str | None:
    """Return in words how converted weights agree with the original; None if nothing was converted."""
    if (agreement := result.conversion) is None:
        return None
    engine, kind = result.identity["engine"], result.identity["dtype"]
    return (
        f"computed by {engine} in {kind}: on random ids {agreement['identical']} of {agreement['outputs']} outputs are "
        f"the original's, and a token's log-probability differs by {agreement['log_probability']:.2g} on average"
    )


def _with_usage(inputs: ScoreInputs, of_task: Mapping[str, Result]) -> Mapping[str, str | None]:
    """Return the notes on systems, with what they used if the config asks for it."""
    used = {
        name: usage.note(of_task[name], currency) for name, currency in inputs.currencies.items() if name in of_task
    }
    return {
        name: "; ".join(each for each in (note, used.get(name)) if each) or None for name, note in inputs.notes.items()
    }


def score_run(
    folder: Run, generated: Mapping[tuple[str, str], Result], inputs: ScoreInputs
) -> tuple[tuple[TaskScores, ...], bool]:
    """Return the scores of each task that any system did, on each dataset, and whether they had to be computed."""
    inputs = replace(inputs, notes=_with_conversions(inputs.notes, generated))
    key = scores_key(
        plan=inputs.digest,
        notes={
            **inputs.notes,
            **_dataset_notes(inputs.datasets),
            **_published_notes(inputs.published),
            **{f"usage of {name}": currency for name, currency in inputs.currencies.items()},
            **_columns(inputs),
        },
        outputs={f"{task}: {name}": _digest(result) for (task, name), result in generated.items()},
        code=provenance.code(),
        versions={"python": platform.python_version(), **provenance.libraries()},
    )
    kept = folder.read_scored(key)
    if kept is not None:
        with suppress(FileError):
            return scores_from_json(kept), False
    all_scores = _score_tasks(folder, generated, inputs)
    if len(inputs.datasets) > 1:
        # The first versions wrote one table for all datasets of a run.
        folder.remove_tables([task.label for task in inputs.tasks])
    # After a failure the next command tries again.
    write_tables(folder, all_scores, None if any(scores.failed_metrics for scores in all_scores) else key)
    return tuple(all_scores), True


def _dataset_notes(parts: Sequence[Dataset]) -> dict[str, str]:
    """Return the notes of datasets, by a name that no system can have."""
    notes = [f"{part.name}: {note}" for part in parts for note in part.notes]
    return {"dataset notes": "\n".join(notes)} if notes else {}


def _published_notes(figures: Sequence[Figure]) -> dict[str, str]:
    """Return the digest of the published figures, by a name that no system can have."""
    return {"published figures": files.digest_json([each.model_dump() for each in figures])} if figures else {}


def _columns(inputs: ScoreInputs) -> dict[str, str]:
    """Return the diagnostics to show, by a name that no system can have."""
    return {"columns of diagnostics": ", ".join(inputs.columns)} if inputs.columns else {}


def _digest(result: Result) -> str:
    """Return the digest of a system's outputs; after a failure, with the error before it."""
    every = chain(result.generations.values(), result.repeats.values())  # not together in memory
    digest = outputs_digest(each for of_source in every for each in of_source)
    return f"{result.error}: {digest}" if result.error else digest


def _score_tasks(folder: Run, generated: Mapping[tuple[str, str], Result], inputs: ScoreInputs) -> list[TaskScores]:
    """Return the scores of each task that any system did, on each dataset, and store them with their statistics."""
    all_scores: list[TaskScores] = []

    def written() -> Iterator[dict[str, Any]]:
        for scores, statistics in _scored(folder, generated, inputs):
            all_scores.append(scores)
            yield {**to_json(scores), "statistics": statistics}

    folder.write_scores(written())
    return all_scores


def _scored(
    folder: Run, generated: Mapping[tuple[str, str], Result], inputs: ScoreInputs
) -> Iterator[tuple[TaskScores, dict[str, Any]]]:
    """Yield the scores of each task that any system did, on each dataset, with their statistics as JSON."""
    settings = Resampling(**inputs.statistics.model_dump())
    for task in inputs.tasks:
        of_task = {name: result for (label, name), result in generated.items() if label == task.label}
        for dataset, sources in datasets.split(inputs.sources[task.label], inputs.datasets) if of_task else ():
            built = testset.build(
                task, of_task, dataset=dataset, sources=sources, notes=_with_usage(inputs, of_task),
                bounds=inputs.bounds,
                without_probabilities=inputs.without_probabilities.get(task.label, ()),
                is_one_of_several=len(inputs.datasets) > 1, seed=inputs.statistics.seed,
                readings=inputs.readings.get(task.label),
            )  # fmt: skip
            test_set, rows = built.test_set, [replace(row, run=folder.name) for row in built.rows]
            scores = analysis.assess(test_set, rows, settings, notes=built.notes)
            scores = replace(scores, failed_metrics=built.failed_metrics, columns=inputs.columns)
            if inputs.published:
                scores = beside(scores, dataset.name, inputs.published)
            folder.write_table(test_set.label, "segments.jsonl", slices.to_jsonl(test_set, rows))
            write_errors(folder, test_set, built.outputs)
            if built.divided:
                folder.write_table(test_set.label, pieces.FILE, pieces.lines(built.divided))
            yield scores, serialisation.to_json(test_set, rows, dataset.digest)
            if len(inputs.datasets) > 1:
                caches.clear()


def write_errors(
    folder: Run, test_set: TestSet, outputs: Mapping[str, Sequence[Sequence[str]]], before: str = ""
) -> None:
    """Write the errors that metrics mark in outputs, [samples, ids] of each system, one line per output with some.

    `before` are the lines of other metrics.
    """
    lines = [f"{files.dumps(each)}\n" for each in networks.marked(test_set, outputs)]
    if lines:
        folder.write_table(test_set.label, "errors.jsonl", before + "".join(lines))


def write_tables(folder: Run, all_scores: Sequence[TaskScores], key: str | None) -> None:
    """Write the tables of a run in every format, and their numbers under a key; without a key, only the tables."""
    for scores in all_scores:
        _write_table(folder, scores)
    _write_overviews(folder, all_scores)
    if key is not None:
        folder.write_scored(key, scores_to_json(all_scores))


def _write_table(folder: Run, scores: TaskScores) -> None:
    table = systems_table(scores)
    for name in reporting.FORMATS:
        if name == "json":
            folder.write_table(
                scores.label, "json", files.dumps(document([to_json(scores)], runs=[folder.name]), indent=2) + "\n"
            )
        else:
            form = reporting.get(name)
            folder.write_table(scores.label, form.SUFFIX, form.render([table]))


def _write_overviews(folder: Run, all_scores: Sequence[TaskScores]) -> None:
    """Write the overviews of systems by datasets, if there are several; the CSV of each table has the same scores."""
    groups = overview.groups(all_scores)
    if not groups:
        return
    for name in reporting.FORMATS:
        if name == "json":
            content = document([], runs=[folder.name], overviews=[overview.to_json(group) for group in groups])
            folder.write_table("overview", "json", files.dumps(content, indent=2) + "\n")
        elif name != "csv":
            form = reporting.get(name)
            folder.write_table("overview", form.SUFFIX, form.render([overview.table(group) for group in groups]))


def outputs_digest(generations: Iterable[Generation]) -> str:
    """Return a digest of outputs: of their texts and of the counts that tables show."""
    return files.digest_items(map(asdict, generations))


def scores_key(
    *, plan: str, notes: Mapping[str, str | None], outputs: Mapping[str, str], code: str, versions: Mapping[str, str]
) -> str:
    """Return the digest of everything that a run's scores and tables depend on.

    Args:
        plan: digest of the config: data, tasks, metrics, bounds, statistics, systems.
        notes: the config's note on each system, which is printed below the tables.
        outputs: by "task: system", the digest of the outputs, after the error if the system failed.
        code: digest of the harness's own files.
        versions: of Python and the libraries. With the code and the plan, they decide every metric's signature.
    """
    return files.digest_json({
        "plan": plan,
        "notes": dict(notes),
        "outputs": dict(outputs),
        "code": code,
        "versions": dict(versions),
    })


def scores_to_json(scores: Iterable[TaskScores]) -> Iterator[dict[str, Any]]:
    """Yield scores as JSON, with every field."""
    return map(asdict, scores)


def scores_from_json(raw: object) -> tuple[TaskScores, ...]:
    """Return the scores that `scores_to_json` was given.

    Raises:
        FileError: the JSON is something else.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(tuple[TaskScores, ...]).validate_python(raw)
    except ValidationError as error:
        raise FileError(f"expected a run's scores: {error}") from None
