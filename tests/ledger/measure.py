"""Count what a diagnostic marks in references, before and after corruptions."""

from __future__ import annotations

import random
from dataclasses import dataclass

from harness.scoring import diagnostics
from harness.scoring.diagnostics import Outputs
from tests.ledger.corruptions import Case, Corrupt
from tests.ledger.data import Texts

# Only every fifth text is corrupted at a time, so that what is usual of all outputs stays.
_PARTS = 5


@dataclass(frozen=True)
class Rate:
    """How many of some texts a diagnostic marks."""

    marked: int
    texts: int

    @property
    def share(self) -> float:
        """The marked share; 0 of no texts."""
        return self.marked / self.texts if self.texts else 0.0

    def __str__(self) -> str:
        return f"{self.marked}/{self.texts} = {self.share:.3f}" if self.texts else "-"


def _marks(name: str, texts: Texts, contents: list[str]) -> list[bool]:
    outputs = Outputs((), texts.target, texts.sources, only_texts=[contents], kind=texts.kind)
    marks = diagnostics.every()[name].marks
    assert marks is not None
    return list(marks(outputs) or ())


def false_alarms(name: str, texts: Texts) -> Rate:
    """Return how many texts a diagnostic marks as they are, of those that it could mark."""
    measured = diagnostics.measure_texts([texts.texts], texts.target, texts.sources, kind=texts.kind)
    whole = measured.counts[name].whole
    marked = sum(_marks(name, texts, texts.texts))
    return Rate(marked, len(texts.texts) if name == "copied_span" else int(whole))


def detection(name: str, corrupt: Corrupt, texts: Texts, seed: int = 0) -> Rate:
    """Return how many corrupted texts a diagnostic marks, of those that it does not mark before."""
    rng = random.Random(seed)
    before = _marks(name, texts, texts.texts)
    others = [*texts.texts[len(texts.texts) // 2 :], *texts.texts[: len(texts.texts) // 2]]
    changed = [
        None if is_marked else corrupt(Case(source, text, other), rng)
        for source, text, other, is_marked in zip(texts.sources, texts.texts, others, before, strict=True)
    ]
    marked = total = 0
    for part in range(_PARTS):
        in_part = [
            place % _PARTS == part and content not in (None, texts.texts[place])
            for place, content in enumerate(changed)
        ]
        contents = [
            content if content is not None and is_in else text
            for content, is_in, text in zip(changed, in_part, texts.texts, strict=True)
        ]
        marks = _marks(name, texts, contents)
        total += sum(in_part)
        marked += sum(mark for mark, is_in in zip(marks, in_part, strict=True) if is_in)
    return Rate(marked, total)
