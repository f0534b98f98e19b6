"""Find the sources on which a model fails, and recognise a model that is broken."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence

import pytest

from harness.core.errors import ModelError, SourcesFailed, SystemStopped
from harness.core.records import Generation, Source
from harness.runs.isolation import MAX_FAILURES_IN_A_ROW, ErrorText, Isolation, SourceFailure, Stopped, isolated

SOURCES = [Source(f"a#{number:02d}", "a", "gist", "x", ("x",), "hin_Deva", "hin_Deva") for number in range(40)]
Generate = Callable[[Sequence[Source]], Iterator[Generation]]


class Counting:
    """A model that raises on some sources, after it has yielded the earlier ones of its batch of `batch`."""

    def __init__(self, poison: Collection[int], *, batch: int = 4, together: int | None = None) -> None:
        self._poison = {SOURCES[number].id for number in poison}
        self._batch, self._together = batch, together
        self.calls = 0

    def __call__(self, sources: Sequence[Source]) -> Iterator[Generation]:
        self.calls += 1
        for start in range(0, len(sources), self._batch):
            batch = sources[start : start + self._batch]
            if bad := [source.id for source in batch if source.id in self._poison]:
                raise ModelError(f"cannot do {bad[0]}")
            if self._together and len(batch) > self._together:
                raise MemoryError(f"{len(batch)} are too many")
            yield from (Generation(source.id, "done") for source in batch)


def outcome(
    generate: Generate, *, works: bool = False, count: int = len(SOURCES)
) -> tuple[set[str], list[str], list[Stopped]]:
    """Return the ids that were done, those that failed, and the reports of a broken model."""
    done: set[str] = set()
    failed: list[str] = []
    broken: list[Stopped] = []
    for item in isolated(generate, SOURCES[:count], lambda source: source.id in done, works=works):
        if isinstance(item, Generation):
            assert item.id not in done, "given twice"
            done.add(item.id)
        elif isinstance(item, SourceFailure):
            failed.append(item.source.id)
        else:
            broken.append(item)
    return done, failed, broken


@pytest.mark.parametrize(
    "poison", [[], [0], [39], [17], [0, 1], [3, 4, 20, 39], [*range(0, 40, 3)]], ids=lambda numbers: str(len(numbers))
)
def test_only_sources_that_fail_alone_fail(poison: list[int]) -> None:
    model = Counting(poison)
    done, failed, broken = outcome(model)
    assert sorted(failed) == [SOURCES[number].id for number in poison]
    assert done == {source.id for source in SOURCES} - set(failed)
    assert broken == []


def test_one_bad_source_takes_few_attempts() -> None:
    model = Counting([17])
    outcome(model)
    assert model.calls <= 12  # two for each halving of 40, at most


def test_a_model_that_always_raises_is_broken_and_its_first_error_is_the_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = Counting(range(40))
    done, failed, broken = outcome(model)
    assert (done, len(failed)) == (set(), MAX_FAILURES_IN_A_ROW)
    (found,) = broken
    assert found.fault is not None and found.fault.reason == "cannot do a#00"
    assert model.calls < 15
    assert not caplog.records


def test_a_single_failing_source_means_a_broken_model_unless_another_source_was_done() -> None:
    assert outcome(Counting([0]), count=1)[2] != []
    assert outcome(Counting([0]), count=1, works=True) == (set(), ["a#00"], [])


def test_a_model_that_worked_before_and_now_always_raises_reports_the_reason() -> None:
    """Such as a model whose weights have become unreadable."""
    done, failed, (found,) = outcome(Counting(range(40)), works=True)
    assert (done, len(failed)) == (set(), MAX_FAILURES_IN_A_ROW)
    assert found.fault is not None and found.fault.reason == "cannot do a#00"


def test_a_model_that_breaks_during_the_run_is_stopped_and_its_outputs_stay() -> None:
    done, failed, broken = outcome(Counting(range(10, 40)))
    assert done == {source.id for source in SOURCES[:10]}
    assert len(failed) == MAX_FAILURES_IN_A_ROW
    assert broken == [Stopped(None)]


def test_sources_that_fail_only_together_are_done_one_by_one_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        done, failed, broken = outcome(Counting([], batch=40, together=3))
    assert (len(done), failed, broken) == (40, [], [])
    assert [record.getMessage() for record in caplog.records] == [
        "an error with several sources together, and none with fewer: MemoryError: 40 are too many"
    ]


def test_an_unforeseen_error_keeps_its_traceback() -> None:
    def generate(sources: Sequence[Source]) -> Iterator[Generation]:
        raise ZeroDivisionError("a bug")

    _, _, (found,) = outcome(generate)
    assert found.fault is not None and found.fault.trace is not None
    assert found.fault.reason == "ZeroDivisionError: a bug"
    assert "in generate" in found.fault.trace


def test_an_error_of_the_consumer_is_not_a_failure_of_the_model() -> None:
    items = isolated(Counting([]), SOURCES, lambda source: False, works=False)
    next(items)
    with pytest.raises(RuntimeError, match="the disk"):
        items.throw(RuntimeError("the disk"))  # type: ignore[attr-defined]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_raised_and_not_treated_as_a_failure(error: type[BaseException]) -> None:
    def generate(sources: Sequence[Source]) -> Iterator[Generation]:
        raise error

    with pytest.raises(error):
        outcome(generate)


class TestSeveralPartsAtOnce:
    """As an executor with workers asks: it takes parts before others have ended."""

    def test_chunks_that_each_end_with_a_failure_are_not_a_broken_model(self) -> None:
        """The failing sources of all chunks are tried again one after another, without an output in between."""
        done: set[str] = set()
        isolation = Isolation(SOURCES, lambda source: source.id in done, works=False)
        chunks = [isolation.take(5) for _ in range(8)]
        fault = ErrorText("cannot", None)
        for chunk in chunks:
            assert chunk is not None
            done |= {source.id for source in chunk.sources[:4]}
            assert isolation.end(chunk, fault) is None
        failed = []
        while (part := isolation.take()) is not None:
            failed.append(isolation.end(part, fault))
        assert {failure.source.id for failure in failed if failure} == {source.id for source in SOURCES} - done
        assert isolation.verdict() is None

    def test_chunks_without_any_output_are_counted_together(self) -> None:
        isolation = Isolation(SOURCES, lambda source: False, works=True)
        fault = ErrorText("cannot", None)
        while (part := isolation.take(1)) is not None:
            isolation.end(part, fault)
        assert len(isolation.untried) == len(SOURCES) - MAX_FAILURES_IN_A_ROW
        assert isolation.verdict() == Stopped(fault)

    def test_a_part_whose_worker_died_is_asked_for_again_without_what_it_has_done(self) -> None:
        done: set[str] = set()
        isolation = Isolation(SOURCES[:4], lambda source: source.id in done, works=False)
        part = isolation.take()
        assert part is not None
        done |= {"a#00", "a#02"}
        assert isolation.died(part, "killed") is None
        again = isolation.take()
        assert again is not None and [source.id for source in again.sources] == ["a#01", "a#03"]
        done |= {"a#01", "a#03"}
        assert isolation.died(again, "killed") is None
        assert isolation.take() is None
        assert isolation.is_exhausted
        assert isolation.verdict() is None

    def test_a_source_with_which_every_worker_dies_is_found_and_the_others_are_done(self) -> None:
        done: set[str] = set()
        isolation = Isolation(SOURCES[:8], lambda source: source.id in done, works=False)
        failed, deaths = [], 0
        while (part := isolation.take()) is not None:
            fatal = [number for number, source in enumerate(part.sources) if source.id == "a#05"]
            done |= {source.id for source in part.sources[: fatal[0] if fatal else None]}
            deaths += bool(fatal)
            failure = isolation.died(part, "killed by signal 9") if fatal else isolation.end(part, None)
            failed += [failure] if failure else []
        assert [(failure.source.id, failure.fault.reason) for failure in failed] == [
            ("a#05", "its worker died 3 times: killed by signal 9")
        ]
        assert done == {source.id for source in SOURCES[:8]} - {"a#05"}
        assert deaths <= 8
        assert isolation.verdict() is None


def test_sources_that_a_model_gave_up_itself_fail_and_are_not_asked_again() -> None:
    calls = []

    def generate(sources: Sequence[Source]) -> Iterator[Generation]:
        calls.append(len(sources))
        yield from (Generation(source.id, "done") for source in sources[2:])
        raise SourcesFailed({source.id: "too long" for source in sources[:2]})

    done, failed, broken = outcome(generate)
    assert (len(done), failed, broken, calls) == (38, ["a#00", "a#01"], [], [40])


def test_a_system_that_cannot_go_on_is_stopped_at_once() -> None:
    calls = []

    def generate(sources: Sequence[Source]) -> Iterator[Generation]:
        calls.append(len(sources))
        yield Generation(sources[0].id, "done")
        raise SystemStopped("no access")

    done, failed, broken = outcome(generate, works=True)
    assert (len(done), failed, calls) == (1, [], [40])
    assert [stopped.fault.reason for stopped in broken if stopped.fault] == ["no access"]
