"""Put the texts, scores and flags of scored segments together; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan

import numpy as np

from harness.core.records import Generation
from harness.core.segments import OutputView, SegmentView, TaskView
from harness.scoring import SystemStatistics, TestSet, diagnostics, used_metrics


@dataclass(frozen=True, slots=True)
class SegmentTexts:
    """The sources and references of a test set, by the ids of segments; empty if they are not at hand."""

    dataset: str  # name; empty if the texts are from no dataset
    language: str = ""  # of the sources; empty if unknown
    sources: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by version
    notes: tuple[str, ...] = ()  # why some are missing


@dataclass(frozen=True, slots=True)
class SystemOutputs:
    """One system of a view: its statistics and its outputs."""

    name: str
    row: SystemStatistics
    generations: Mapping[str, Generation]  # the first sample of each segment; an output that is lost is absent


def view(
    test_set: TestSet,
    texts: SegmentTexts,
    systems: Sequence[SystemOutputs],
    *,
    runs: Sequence[str],
    notes: Sequence[str],
) -> TaskView:
    """Return the view of a test set.

    Args:
        test_set: the test set; its own texts are not used.
        texts: its sources and references.
        systems: the systems that were scored, in the order of the view.
        runs: names of the runs that the outputs are from.
        notes: remarks on outputs; those on sources and references are in `texts`.
    """
    columns = [_column(system, test_set, texts) for system in systems]
    return TaskView(
        task=test_set.task,
        dataset=texts.dataset,
        language=texts.language,
        target=test_set.target,
        metrics=test_set.metrics,
        primary=test_set.primary,
        systems=tuple(system.name for system in systems),
        segments=tuple(_segments(test_set, texts, columns)),
        is_one_of_several=bool(test_set.dataset),
        lower_is_better=frozenset(each.name for each in used_metrics(test_set) if not each.higher_is_better),
        runs=tuple(runs),
        notes=(*texts.notes, *notes),
        decimals={each.name: each.decimals for each in used_metrics(test_set) if each.decimals != 1},
        points={each.name: each.point for each in used_metrics(test_set) if each.point != 1},
    )


def _segments(
    test_set: TestSet, texts: SegmentTexts, columns: Sequence[Mapping[str, OutputView]]
) -> Iterator[SegmentView]:
    for index, name in enumerate(test_set.ids):
        yield SegmentView(
            id=name,
            article=test_set.articles[index] if test_set.articles else "",
            kind=test_set.kinds[index] if test_set.kinds else "",
            dataset=texts.dataset,
            source=texts.sources.get(name),
            references={version: texts.references.get(version, {}).get(name) for version in test_set.references},
            outputs=tuple(column[name] for column in columns if name in column),
            words=test_set.lengths[index] if test_set.lengths else 0,
        )


def _column(system: SystemOutputs, test_set: TestSet, texts: SegmentTexts) -> dict[str, OutputView]:
    """Return a system's outputs with their scores and flags, by the segment's id."""
    present = [index for index, name in enumerate(test_set.ids) if name in system.generations]
    ids = [test_set.ids[index] for index in present]
    generations = [system.generations[name] for name in ids]
    # [segments, metrics]; the first view has the scores of the first sample
    scores = np.column_stack([
        metric.segment_scores(system.row.statistics[metric.name][0]) for metric in used_metrics(test_set)
    ])
    outputs = diagnostics.Outputs(
        [(generation,) for generation in generations],
        test_set.target,
        [texts.sources[name] for name in ids] if all(name in texts.sources for name in ids) else (),
        kind=test_set.kind,
    )
    places = diagnostics.evidence(outputs)
    references = [[by_id.get(name) for name in ids] for by_id in texts.references.values()]
    flags = diagnostics.flags(outputs, references, places)
    return {
        generation.id: OutputView(
            system=system.name,
            text=generation.text,
            scores={name: value for name, value in zip(test_set.metrics, values, strict=True) if not isnan(value)},
            flags=of_output,
            output_tokens=generation.output_tokens,
            seconds=generation.seconds,
            places=of_places,
        )
        for generation, values, of_output, of_places in zip(
            generations, scores[present].tolist(), flags, places, strict=True
        )
    }
