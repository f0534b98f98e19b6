"""Rules that find faults in single outputs at known places, beside the source: one function serves count and marks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from harness.core.scores import Count
from harness.core.segments import Span
from harness.scoring.diagnostics._outputs import Outputs


class _Found(Protocol):
    """A place in a text: a quantity, a negation, a name."""

    @property
    def text(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def spans(in_source: Iterable[_Found] = (), in_output: Iterable[_Found] = ()) -> tuple[Span, ...]:
    """Return places in the source and places in the output as spans."""
    return (
        *(Span("source", each.text, each.start, each.end) for each in in_source),
        *(Span("output", each.text, each.start, each.end) for each in in_output),
    )


@dataclass(frozen=True, slots=True)
class AgainstSource:
    """A rule that compares each output with its source, as the `count`, `marks` and `spans` of a diagnostic.

    The part is the outputs in which `find` finds something; the whole is these and those that could fail.
    """

    find: Callable[[str, str, Outputs], tuple[Span, ...]]  # of a source and its output
    could_fail: Callable[[str, str, Outputs], bool]  # whether a right output of this source says something
    applies: Callable[[Outputs], bool] = lambda outputs: True  # for example only to some languages

    def spans(self, outputs: Outputs) -> list[tuple[Span, ...]] | None:
        """Return the faults of each output; None without sources."""
        if not outputs.sources or not self.applies(outputs):
            return None
        return [self.find(*pair, outputs) for pair in zip(outputs.source_of_each, outputs.texts, strict=True)]

    def marks(self, outputs: Outputs) -> list[bool] | None:
        """Return which outputs have a fault; None without sources."""
        faults = self.spans(outputs)
        return None if faults is None else [bool(of_output) for of_output in faults]

    def count(self, outputs: Outputs) -> Count | None:
        """Return the outputs that have a fault, of those that could have one; None without sources."""
        marks = self.marks(outputs)
        if marks is None:
            return None
        triples = zip(marks, outputs.source_of_each, outputs.texts, strict=True)
        could_fail = [mark or self.could_fail(source, content, outputs) for mark, source, content in triples]
        return Count(sum(marks), sum(could_fail))
