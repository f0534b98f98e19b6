"""A row is a process of its own: how it ends, and what is left of it."""

from __future__ import annotations

import re
import time

import pytest

from harness.core.benchmarks import BenchRow
from harness.runs.bench import process, worker
from harness.runs.bench.process import Ended
from harness.runs.bench.worker import BenchJob
from tests.runs.bench.works import Fails, Large, Steady

DEADLINE = 30.0


def row(
    work: Steady, *, seconds: float = 20, repeats: int = 2, sources: int | None = 4, deadline: float = DEADLINE
) -> BenchRow:
    job = BenchJob(work=work, seconds=seconds, repeats=repeats, sources=sources)
    return process.row({}, process.run(job, deadline), deadline)


def test_a_row_has_all_its_passes_and_what_they_took() -> None:
    measured = row(Steady(seconds=0.02, loading=0.2))
    assert measured.error == ""
    assert (measured.sources, measured.articles) == (4, 2.0)
    assert [each.tokens for each in measured.passes] == [40, 40]
    assert all(each.seconds >= 0.08 for each in measured.passes)
    assert measured.load_seconds is not None and measured.load_seconds > 0
    assert measured.memory is not None and measured.memory > 5_000_000


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("model error", "tiny: out of memory on cpu with a single source"),
        ("bug", "ValueError: no such layer"),
        ("killed", "its process was killed by SIGKILL, most likely because memory ran out"),
        ("exits", "its process ended with code 7: the library gave up"),
    ],
)
def test_a_worker_that_ends_badly_is_a_row_with_the_reason(how: str, error: str) -> None:
    assert row(Fails(how=how)).error == error


def test_passes_before_a_crash_are_kept() -> None:
    measured = row(Fails(how="killed", after=4))
    assert len(measured.passes) == 1 and "SIGKILL" in measured.error


def test_a_worker_that_hangs_is_stopped_at_the_deadline() -> None:
    measured = row(Fails(how="hangs"), deadline=3)
    assert measured.passes == ()
    assert re.fullmatch(r"stopped after 3 s, still .+; give it more time with --budget", measured.error)


@pytest.mark.parametrize(
    ("events", "doing"), [([], "loading"), (["loaded"], "warming up"), (["loaded", "sources"], "in its first pass")]
)
def test_a_row_without_a_pass_says_how_far_it_came(events: list[str], doing: str) -> None:
    ended = Ended([{"event": each} for each in events], -9, "", late=True)
    assert process.fault(ended, 65.2) == f"stopped after 65 s, still {doing}; give it more time with --budget"


def test_what_a_library_prints_breaks_no_event() -> None:
    measured = row(Fails(how="prints"))
    assert (measured.error, len(measured.passes)) == ("", 2)


def test_each_row_has_a_peak_of_memory_of_its_own() -> None:
    large, small = row(Large(bytes=200_000_000)), row(Large(bytes=0))
    assert large.memory is not None and small.memory is not None
    assert 150_000_000 < large.memory - small.memory < 250_000_000


class TestWorker:
    """The worker in this process, with a clock that only the work moves."""

    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [0.0]

        def sleep(seconds: float) -> None:
            now[0] += seconds

        monkeypatch.setattr(time, "sleep", sleep)
        monkeypatch.setattr(worker, "perf_counter", lambda: now[0])

    @staticmethod
    def events(
        work: Steady, *, seconds: float, repeats: int = 3, sources: int | None = None
    ) -> dict[str, list[dict[str, object]]]:
        by_name: dict[str, list[dict[str, object]]] = {}
        job = BenchJob(work=work, seconds=seconds, repeats=repeats, sources=sources)
        worker.measure(job, lambda event, **values: by_name.setdefault(event, []).append(values))
        return by_name

    def test_the_first_row_takes_as_many_sources_as_leave_time_for_all_passes(self) -> None:
        events = self.events(Steady(size=1000, seconds=0.002), seconds=1.0)
        sources = events["sources"][0]["sources"]
        assert isinstance(sources, int) and 50 < sources < 120
        assert len(events["pass"]) == 3

    def test_a_fast_system_takes_all_sources(self) -> None:
        assert self.events(Steady(size=50), seconds=5)["sources"] == [{"sources": 50, "articles": 25.0}]

    def test_passes_stop_when_the_time_is_up_but_one_is_always_done(self) -> None:
        assert len(self.events(Steady(seconds=0.2), seconds=0.5, sources=2, repeats=50)["pass"]) < 4
        assert len(self.events(Steady(seconds=0.2), seconds=0.01, sources=2)["pass"]) == 1

    def test_slow_loading_leaves_half_of_the_time_for_passes(self) -> None:
        assert len(self.events(Steady(seconds=0.01, loading=0.6), seconds=0.6, sources=2)["pass"]) == 3

    def test_more_sources_than_there_are_is_all_of_them(self) -> None:
        assert self.events(Steady(size=3), seconds=1, sources=100)["sources"][0]["sources"] == 3
