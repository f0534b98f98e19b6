"""Recall of names, titles, dates and numbers: which entities of the source an output mentions, by accepted forms.

`entities` reads the entities that a dataset lists (`entities.jsonl`) and no reference. An accepted form counts if it is
of the output's language or in Latin letters, in folded spelling, and a number in any way to write its value: see
`harness.core.text.mentions`. A name that an English output leaves in Devanagari does not count. A summary is compared
with all entities of the segments that it summarises, so it cannot reach 100.

`entities:type=person` counts the entities of one type alone. `explain` names each entity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from harness.core.records import Entity, EntityType
from harness.core.text import mentions
from harness.metrics import Batch, FloatArray, Metric
from harness.metrics._annotated import Annotated

TYPES: tuple[str, ...] = get_args(EntityType)
# Version of the rules by which a text mentions an entity. Raise it when they change a verdict.
VERSION = 1


class Entities(Annotated[Entity]):
    """Statistics: for each type, how many entities a segment has, and how many of them are mentioned."""

    citation = (
        "The harness's own. Recall of entities by lists of forms is as in Nan et al. (2021), Entity-level Factual "
        "Consistency of Abstractive Text Summarization, https://aclanthology.org/2021.eacl-main.235"
    )

    VERDICTS = ("missing", "mentioned")

    @dataclass(frozen=True)
    class Options(Metric.Options):
        """The type that is counted."""

        type: EntityType | None = None  # None: every type

    def __init__(self, name: str, language: str, options: Options | None = None) -> None:
        options = options or self.Options()
        super().__init__(name, language, options)
        self._type = options.type

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the share of the entities that are mentioned; 0 if there is no entity."""
        expected, mentioned = self._counts(statistics)
        return np.asarray(100.0 * mentioned / np.where(expected > 0, expected, 1.0))

    def applies(self, statistics: FloatArray) -> npt.NDArray[np.bool_]:
        """Return whether there is an entity of the metric's type."""
        return np.asarray(self._counts(statistics)[0] > 0)

    def relevant(self, annotations: Sequence[object]) -> tuple[Entity, ...]:
        """Return the entities with forms in the metric's language."""
        return tuple(each for each in annotations if isinstance(each, Entity) and self.language in each.forms)

    def _judge(self, sentence: str, relevant: Sequence[Entity], annotations: Sequence[object]) -> list[int]:
        entries = {
            str(number): mentions.Entry(self._forms(entity), entity.value) for number, entity in enumerate(relevant)
        }
        mentioned = mentions.find(sentence, entries)
        return [int(number in mentioned) for number in entries]

    def _forms(self, entity: Entity) -> tuple[str, ...]:
        """Return the forms that count: those of the language, and those in Latin letters."""
        return tuple(
            form
            for language, forms in entity.forms.items()
            if language == self.language or language.endswith("_Latn")
            for form in forms
        )

    def _counts(self, statistics: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return how many entities of the metric's type there are, and how many are mentioned."""
        by_type = statistics.reshape(*statistics.shape[:-1], len(TYPES), 2)
        chosen = by_type[..., [TYPES.index(self._type)] if self._type else slice(None), :].sum(axis=-2)
        return chosen[..., 0], chosen[..., 1]

    def _statistics(self, batch: Batch) -> FloatArray:
        rows = np.zeros((len(batch.hypotheses), len(TYPES), 2))
        for row, hypothesis, of_segment in zip(rows, batch.hypotheses, batch.annotations, strict=True):
            entities, levels = self._levels(hypothesis, of_segment)
            for entity, level in zip(entities, levels, strict=True):
                row[TYPES.index(entity.type)] += (1, level)
        return rows.reshape(len(rows), -1)

    def _signature(self, references: int | None) -> str:
        number = "var" if references is None else references
        return f"nrefs:{number}|type:{self._type or 'all'}|lang:{self.language.partition('_')[0]}|version:{VERSION}"


METRICS = {"entities": Entities}
