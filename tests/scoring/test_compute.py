"""Rows of an expensive metric are those that the metric computes, and each is computed once."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness import metrics
from harness.core.errors import ScoringError
from harness.core.records import ENGLISH, HINDI
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

    def count(self, hypotheses, references):
        seen.extend(hypotheses)
        return original(self, hypotheses, references)

    monkeypatch.setattr(Ter, "_statistics", count)
    return seen


def expected(hypotheses, *streams, language=ENGLISH):
    return metrics.get("ter", language).statistics(hypotheses, list(streams))


def rows(hypotheses, *streams, language=ENGLISH):
    return compute.statistics(metrics.get("ter", language), hypotheses, list(streams))


@pytest.mark.parametrize("name", ["ter", "bleu"])
@pytest.mark.parametrize("language", [HINDI, ENGLISH])
def test_rows_are_those_of_the_metric_the_first_time_and_later(name, language):
    metric = metrics.get(name, language)
    wanted = metric.statistics(HYPOTHESES, [FIRST, SECOND])
    for _ in range(2):
        found = compute.statistics(metric, HYPOTHESES, [FIRST, SECOND])
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


def test_a_metric_that_is_not_expensive_keeps_nothing():
    compute.statistics(metrics.get("chrf", ENGLISH), HYPOTHESES, [FIRST])
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
        metric.statistics(hypotheses, streams)
    with pytest.raises(ScoringError, match=f"^{re.escape(str(refused.value))}$"):
        compute.statistics(metric, hypotheses, streams)


def test_a_text_that_cannot_be_encoded_is_scored(computed):
    assert rows(["\ud800 a"], ["\ud800 b"]).tolist() == [[1, 2]]
    rows(["\ud800 a"], ["\ud800 b"])
    assert len(computed) == 1


def test_what_was_computed_before_an_interruption_is_kept(monkeypatch, computed):
    original = compute._alone

    def interrupted(metric, pairs):
        if len(computed) >= 64:
            raise KeyboardInterrupt
        return original(metric, pairs)

    with monkeypatch.context() as patch:
        patch.setattr(compute, "_alone", interrupted)
        with pytest.raises(KeyboardInterrupt):
            rows(HYPOTHESES, FIRST)
    rows(HYPOTHESES, FIRST)
    assert computed == HYPOTHESES


# --- several processes ------------------------------------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch):
    """The processes that were started; three are at once."""
    monkeypatch.setattr(compute, "_WORTHWHILE", 0.0)
    monkeypatch.setattr(compute, "_processors", lambda: 3)
    found = []
    original = subprocess.Popen

    def start(*arguments, **options):
        found.append(original(*arguments, **options))
        return found[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return found


@pytest.mark.parametrize("language", [HINDI, ENGLISH])
def test_three_processes_compute_what_one_does(started, computed, language):
    wanted = expected(HYPOTHESES, FIRST, SECOND, language=language)
    computed.clear()
    np.testing.assert_array_equal(rows(HYPOTHESES, FIRST, SECOND, language=language), wanted)
    assert [process.poll() for process in started] == [0, 0]
    # The first 32 tell how long it takes; of the other 58 this process has every third.
    assert len(computed) == 32 + 20
    rows(HYPOTHESES, FIRST, SECOND, language=language)
    assert len(started) == 2


def test_little_work_starts_no_process(started, monkeypatch):
    monkeypatch.setattr(compute, "_WORTHWHILE", 60.0)
    rows(HYPOTHESES, FIRST)
    assert started == []


def test_one_processor_starts_no_process(started, monkeypatch, computed):
    monkeypatch.setattr(compute, "_processors", lambda: 1)
    rows(HYPOTHESES, FIRST)
    assert started == []
    assert computed == HYPOTHESES


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("#!/bin/sh\nexit 1\n", id="fails"),
        pytest.param("#!/bin/sh\nkill -9 $$\n", id="is-killed"),
        pytest.param("#!/bin/sh\necho hello\n", id="answers-no-json"),
        pytest.param("#!/bin/sh\necho '[[1, 2]]'\n", id="answers-too-little"),
        pytest.param("#!/bin/sh\necho '[[1, 2], [1]]'\n", id="answers-rows-of-different-lengths"),
        pytest.param("#!/bin/sh\n", id="answers-nothing"),
        pytest.param(None, id="cannot-be-started"),
    ],
)
def test_what_a_process_does_not_bring_is_computed_here(tmp_path, monkeypatch, started, computed, body):
    python = tmp_path / "python"
    if body:
        python.write_text(body, encoding="utf-8")
        python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    np.testing.assert_array_equal(rows(HYPOTHESES, FIRST), expected(HYPOTHESES, FIRST))
    assert sorted(computed[:90]) == sorted(HYPOTHESES)
    assert len(started) == (2 if body else 0)


def test_a_process_that_has_another_metric_is_not_listened_to(monkeypatch, started, computed):
    monkeypatch.setattr(Ter, "recipe", 99)  # in this process only
    rows(HYPOTHESES, FIRST)
    assert [process.returncode for process in started] == [1, 1]
    assert sorted(computed) == sorted(HYPOTHESES)


def test_processes_import_what_this_one_does_and_nothing_from_the_current_folder(monkeypatch, tmp_path, started):
    (tmp_path / "json.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    rows(HYPOTHESES, FIRST)
    assert [process.returncode for process in started] == [0, 0]


def test_processes_end_when_somebody_presses_ctrl_c(monkeypatch, tmp_path, started):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    original = compute._alone

    def interrupted(metric, pairs):
        if started:
            raise KeyboardInterrupt
        return original(metric, pairs)

    monkeypatch.setattr(compute, "_alone", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rows(HYPOTHESES, FIRST)
    assert [process.returncode for process in started] == [-9, -9]


def test_it_works_from_a_script_that_has_no_guard_and_from_none(tmp_path):
    # multiprocessing would run the script again in each process that it starts.
    code = (
        "print('started')\n"
        "from harness import metrics\nfrom harness.scoring import compute\n"
        "compute._WORTHWHILE, compute._processors = 0.0, lambda: 2\n"
        "seen = []\nalone = compute._alone\n"
        "compute._alone = lambda metric, pairs: (seen.extend(pairs), alone(metric, pairs))[1]\n"
        "texts = [f'a b {n}' for n in range(96)]\n"
        "compute.statistics(metrics.get('ter', 'eng_Latn'), texts, [texts])\n"
        "print(len(seen))\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code, encoding="utf-8")
    for arguments in ([str(script)], ["-c", code]):
        command = [sys.executable, "-W", "error", *arguments]
        environment = {**compute.os.environ, "PYTHONPATH": str(Path(compute.__file__).parents[2])}
        environment["HARNESS_CACHE"] = str(tmp_path / f"cache-{len(arguments)}")
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, encoding="utf-8")
        assert (done.stdout, done.stderr) == ("started\n64\n", "")
