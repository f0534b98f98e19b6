"""Diagnostics of what chat models write around their answers, or in their place."""

from __future__ import annotations

from harness.core.records import ENGLISH, Generation
from harness.scoring import diagnostics
from harness.scoring.diagnostics import Outputs

WRAPPED = Generation("a#s1", "India said.", raw='"India said."', rules=("quotes",), facts={"thought_tokens": 0})
THOUGHT = Generation("a#s2", "", raw="<think>hm", rules=("thought",), facts={"thought_tokens": 2})
# An endpoint reports tokens of reasoning without their text.
HIDDEN = Generation("a#s3", "", facts={"thought_tokens": 900})
EMPTY = Generation("a#s4", "", facts={"thought_tokens": 0})
PLAIN = Generation("a#s5", "Japan said.")
OUTPUTS = Outputs([(each,) for each in (WRAPPED, THOUGHT, HIDDEN, EMPTY, PLAIN)], ENGLISH)


def test_outputs_that_rules_unwrapped_are_counted_and_marked() -> None:
    measured = diagnostics.measure(OUTPUTS)
    assert (measured.counts["unwrapped"].part, measured.counts["unwrapped"].whole) == (2, 5)
    assert ["unwrapped" in flags for flags in diagnostics.flags(OUTPUTS)] == [True, True, False, False, False]


def test_outputs_of_thought_alone_are_counted_and_said() -> None:
    measured = diagnostics.measure(OUTPUTS)
    assert (measured.counts["only_thought"].part, measured.counts["only_thought"].whole) == (2, 5)
    assert ["only_thought" in flags for flags in diagnostics.flags(OUTPUTS)] == [False, True, True, False, False]
    assert any("the model wrote its reasoning and no answer" in remark for remark in diagnostics.remarks(measured))
