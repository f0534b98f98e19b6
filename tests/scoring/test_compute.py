"""Statistics of a metric that is `kept` are those that the metric computes, and each row is computed once."""

import re

import numpy as np
import pytest

from harness import metrics
from harness.core.errors import ScoringError
from harness.core.records import ENGLISH, HINDI
from harness.metrics import Examples
from harness.metrics.ter import Ter
from harness.scoring import cache, compute

HYPOTHESES = [f"a hypothesis with the numbers {n} and {n * n % 7} in the middle of it" for n in range(90)]
FIRST = [f"in the middle of a reference are numbers {n % 8} and {n}" for n in range(90)]
SECOND = [f"numbers {n} stand with the numbers {n % 5}" for n in range(90)]


@pytest.fixture
def computed(monkeypatch):
    """The hypotheses of which this process computes rows of TER, in order."""
    seen = []
    original = Ter._statistics

    def count(self, batch):
        seen.extend(batch.hypotheses)
        return original(self, batch)

    monkeypatch.setattr(Ter, "_statistics", count)
    return seen


def expected(hypotheses, *streams, language=ENGLISH):
    return metrics.get("ter", language).statistics(Examples(hypotheses, streams))


def rows(hypotheses, *streams, language=ENGLISH):
    return compute.statistics(metrics.get("ter", language), Examples(hypotheses, streams))


@pytest.mark.parametrize("name", ["ter", "bleu"])
@pytest.mark.parametrize("language", [HINDI, ENGLISH])
def test_rows_are_those_of_the_metric_the_first_time_and_later(name, language):
    metric = metrics.get(name, language)
    wanted = metric.statistics(Examples(HYPOTHESES, [FIRST, SECOND]))
    for _ in range(2):
        found = compute.statistics(metric, Examples(HYPOTHESES, [FIRST, SECOND]))
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, wanted)


def test_a_second_time_nothing_is_computed(computed):
    rows(HYPOTHESES, FIRST)
    assert computed == HYPOTHESES
    rows(HYPOTHESES, FIRST)
    assert computed == HYPOTHESES


def test_of_what_has_changed_only_that_is_computed(computed):
    rows(HYPOTHESES, FIRST)
    computed.clear()
    changed = [*HYPOTHESES[:5], "something else", *HYPOTHESES[6:]]
    found = rows(changed, FIRST)
    assert computed == ["something else"]
    np.testing.assert_array_equal(found, expected(changed, FIRST))


def test_a_pair_that_occurs_often_is_computed_once_and_stands_in_each_place(computed):
    found = rows(["a b", "c d", "a b", "a b"], ["a x", "c d", "a x", "a b"])
    assert computed == ["a b", "c d", "a b"]
    assert found.tolist() == [[1, 2], [0, 2], [1, 2], [0, 2]]


def test_with_a_reference_left_out_each_choice_is_kept_by_itself(computed):
    for streams in ([FIRST, SECOND], [FIRST], [SECOND]):
        for _ in range(2):
            np.testing.assert_array_equal(rows(HYPOTHESES, *streams), expected(HYPOTHESES, *streams))
    assert len(computed) == 3 * 90 + 6 * 90  # ours, and those of `expected`


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        pytest.param(Ter, "_signature", lambda *_: "version:next", id="signature"),
        pytest.param(Ter, "recipe", 2, id="recipe"),
        pytest.param(compute.unicodedata, "unidata_version", "99.0", id="unicode"),
    ],
)
def test_under_another_signature_nothing_is_found(monkeypatch, computed, owner, name, value):
    rows(HYPOTHESES, FIRST)
    monkeypatch.setattr(owner, name, value)
    rows(HYPOTHESES, FIRST)
    assert computed == HYPOTHESES * 2


def test_in_another_language_nothing_is_found(computed):
    rows(["a b"], ["a b।"], language=ENGLISH)
    assert rows(["a b"], ["a b।"], language=HINDI).tolist() == [[1, 3]]
    assert computed == ["a b"] * 2


def test_kept_rows_of_different_lengths_are_not_trusted(monkeypatch, computed):
    rows(HYPOTHESES, FIRST)
    original = cache.read

    def read(keys):
        found = original(keys)
        found[next(iter(found))] = np.zeros(3)
        return found

    monkeypatch.setattr(cache, "read", read)
    np.testing.assert_array_equal(rows(HYPOTHESES, FIRST), expected(HYPOTHESES, FIRST))
    assert computed == HYPOTHESES * 3


def test_a_metric_that_is_not_kept_writes_nothing():
    compute.statistics(metrics.get("chrf", ENGLISH), Examples(HYPOTHESES, [FIRST]))
    assert not cache.path().exists()


@pytest.mark.parametrize(
    ("hypotheses", "streams"),
    [
        pytest.param([], [[]], id="no-segments"),
        pytest.param(["a", "b"], [["a"]], id="too-few"),
        pytest.param(["a", "b"], [["a"], ["b"]], id="transposed"),
        pytest.param(["a", "b"], ["ab"], id="bare-string"),
        pytest.param(["a", None], [["a", "b"]], id="none"),
        pytest.param(["a"], [], id="no-references"),
    ],
)
def test_wrong_shapes_are_refused_as_the_metric_refuses_them(hypotheses, streams):
    metric = metrics.get("ter", ENGLISH)
    with pytest.raises(ScoringError) as refused:
        metric.statistics(Examples(hypotheses, streams))
    with pytest.raises(ScoringError, match=f"^{re.escape(str(refused.value))}$"):
        compute.statistics(metric, Examples(hypotheses, streams))


def test_a_text_that_cannot_be_encoded_is_scored(computed):
    assert rows(["\ud800 a"], ["\ud800 b"]).tolist() == [[1, 2]]
    rows(["\ud800 a"], ["\ud800 b"])
    assert len(computed) == 1


def test_what_was_computed_before_an_interruption_is_kept(monkeypatch, computed):
    count = Ter._statistics

    def interrupted(self, batch):
        if len(computed) >= 64:
            raise KeyboardInterrupt
        return count(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(Ter, "_statistics", interrupted)
        with pytest.raises(KeyboardInterrupt):
            rows(HYPOTHESES, FIRST)
    rows(HYPOTHESES, FIRST)
    assert computed == HYPOTHESES


def test_a_row_is_known_by_the_references_that_the_segment_has_in_whichever_stream(computed):
    wanted = expected(["a b", "c d"], ["a x", "c y"])
    computed.clear()
    np.testing.assert_array_equal(rows(["a b", "c d"], ["a x", None], [None, "c y"]), wanted)
    np.testing.assert_array_equal(rows(["a b", "c d"], ["a x", "c y"]), wanted)
    assert computed == ["a b", "c d"]
