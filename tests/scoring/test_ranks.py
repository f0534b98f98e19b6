"""Rank intervals: which ranks the pairs that are shown to differ leave a system."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.scores import Rank
from harness.scoring import ranks
from tests.texts import bounded


@pytest.mark.parametrize(
    ("names", "better", "expected"),
    [
        pytest.param("", [], {}, id="none"),
        pytest.param("a", [], {"a": (1, 1)}, id="one"),
        pytest.param("abc", [], {"a": (1, 3), "b": (1, 3), "c": (1, 3)}, id="nothing-shown"),
        pytest.param("abc", ["ab", "ac", "bc"], {"a": (1, 1), "b": (2, 2), "c": (3, 3)}, id="all-shown"),
        pytest.param("abc", ["ac"], {"a": (1, 2), "b": (1, 3), "c": (2, 3)}, id="the-middle-may-be-anything"),
        pytest.param(
            "abcd", ["ab", "ad"], {"a": (1, 2), "b": (2, 4), "c": (1, 4), "d": (2, 4)}, id="one-too-noisy-to-place"
        ),
        pytest.param(
            "abcd", ["ac", "ad", "bd"], {"a": (1, 2), "b": (1, 3), "c": (2, 4), "d": (3, 4)}, id="overlapping"
        ),
    ],
)
def test_a_rank_lies_between_those_shown_better_and_those_shown_worse(names, better, expected):
    assert ranks.intervals(list(names), [tuple(pair) for pair in better]) == {
        name: Rank(*places) for name, places in expected.items()
    }


@bounded
@given(st.permutations("abcdef"), st.sets(st.sampled_from(list(combinations(range(6), 2)))))
def test_if_no_pair_is_wrong_every_true_rank_is_in_its_interval(truth, shown):
    better = [(truth[i], truth[j]) for i, j in shown]
    found = ranks.intervals(sorted(truth), better)
    assert all(found[name].best <= place <= found[name].worst for place, name in enumerate(truth, start=1))


@pytest.mark.parametrize(
    ("order", "better", "ends"),
    [
        pytest.param("abc", ["ab", "ac", "bc"], (1, 2), id="all-shown"),
        pytest.param("abc", ["ac", "bc"], (2,), id="two-and-one"),
        pytest.param("abc", ["ab", "ac"], (1,), id="one-and-two"),
        pytest.param("abc", ["ac"], (), id="one-pair-across-is-not-shown"),
        pytest.param("abcd", ["ac", "ad", "bc", "bd"], (2,), id="two-and-two"),
        pytest.param("abcd", ["ac", "ad", "bd"], (), id="overlapping-groups-have-no-line"),
        pytest.param("a", [], (), id="one"),
    ],
)
def test_a_line_needs_every_pair_across_it(order, better, ends):
    assert ranks.group_ends(list(order), [tuple(pair) for pair in better]) == ends
