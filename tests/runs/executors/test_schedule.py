"""What a worker is told, how large its chunks are, and which worker can do what; no cluster is needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import models
from harness.config.plan import System
from harness.core.records import Source
from harness.runs import provenance
from harness.runs.executors import ray
from harness.runs.executors._measurements import Measurements
from harness.runs.executors._systems import Needs, chunk
from harness.runs.executors._worker import Order, PartEnd, Worker, _system
from tests.paths import ROOT

TINY = ROOT / "tests" / "models"


def system(family: str, **keys: Any) -> System:
    known = models.get(family)
    options = known.options.model_validate({"name": "x", "family": family, **keys})
    return System(options.resolve(Path()), known, ())


def sources(*lengths: int) -> list[Source]:
    return [
        Source(f"a#{number}", "a", "gist", "x" * length, (), "hin_Deva", "eng_Latn")
        for number, length in enumerate(lengths)
    ]


class TestOrder:
    @pytest.mark.parametrize(
        ("family", "keys"),
        [
            ("copy-source", {}),
            ("lead", {"sentences": 3}),
            ("mt5", {"checkpoint": str(TINY / "tiny-mt5"), "decoding": {"num_beams": 2}, "note": "x"}),
            ("indictrans2", {"checkpoint": str(TINY / "tiny-indictrans2"), "dtype": "float32", "threads": 2}),
            ("nllb", {"checkpoint": "facebook/nllb-200-distilled-600M", "revision": "main"}),
        ],
    )
    def test_a_worker_has_the_options_that_the_driver_has(self, family: str, keys: dict[str, Any]) -> None:
        of_driver = system(family, **keys)
        assert _system(Order.of(of_driver, None)).options == of_driver.options

    def test_a_path_is_absolute_on_its_way(self) -> None:
        order = Order.of(system("mt5", checkpoint="tests/models/tiny-mt5"), None)
        assert order.paths == {"checkpoint": str(TINY / "tiny-mt5")}

    def test_a_path_that_a_worker_does_not_see_is_one_line(self) -> None:
        order = Order.of(system("mt5", checkpoint=str(TINY / "tiny-mt5")), None)
        far = replace(order, paths={"checkpoint": "/not/on/the/node"})
        *_, end = Worker().generate(far, sources(3))
        assert isinstance(end, PartEnd)
        assert end.fault is not None
        assert end.fault.reason.startswith("checkpoint /not/on/the/node is not on ")
        assert "\n" not in end.fault.reason

    def test_a_system_with_another_identity_is_refused_by_the_worker(self) -> None:
        *_, end = Worker().generate(Order.of(system("copy-source"), "0" * 16), sources(3))
        assert isinstance(end, PartEnd)
        assert end.fault is not None
        assert end.fault.reason.startswith("it is another system on ")


class TestChunks:
    @pytest.mark.parametrize(
        ("lengths", "seconds_each", "workers", "count"),
        [
            ([100] * 1000, None, 1, 40),  # 4,000 characters
            ([100] * 10, None, 1, 5),  # half of the work, as another worker may come
            ([100] * 10, None, 5, 4),  # at least 400 characters
            ([100] * 10_000, 0.001, 1, 150),  # 15 seconds
            ([100] * 10_000, 0.001, 50, 100),  # a share of what is left
            ([100] * 20, 0.001, 4, 10),  # at least a second
            ([9000], None, 1, 1),
            ([0, 0, 0], None, 1, 3),
        ],
    )
    def test_their_size(self, lengths: list[int], seconds_each: float | None, workers: int, count: int) -> None:
        assert chunk(sources(*lengths), sum(lengths), seconds_each, workers) == count


@pytest.mark.parametrize(
    ("of_worker", "of_system", "serves"),
    [
        (Needs(), Needs(), True),
        (Needs(memory=2), Needs(memory=1), True),
        (Needs(memory=1), Needs(memory=2), False),
        (Needs(gpus=1), Needs(), False),
        (Needs(), Needs(gpus=1), False),
        (Needs(others={"fast": 1}), Needs(others={"fast": 1}), True),
    ],
)
def test_a_worker_takes_a_system_that_needs_no_more_and_wastes_no_gpu(
    of_worker: Needs, of_system: Needs, serves: bool
) -> None:
    assert of_worker.serve(of_system) == serves


def test_a_worker_like_the_driver_is_no_different() -> None:
    facts = {**Worker().facts(), "host": "node-1"}
    assert ray.difference(facts) == ""
    assert ray.difference({**facts, "code": "0" * 64}) == (
        f"the worker on node-1 is refused, because it has the harness's code 00000000 (here {provenance.code()[:8]}); "
        "install the same versions on every node"
    )
    libraries = {**provenance.libraries(), "numpy": "1.0"} | {"extra": "2"}
    assert ray.difference({**facts, "libraries": libraries}) == (
        "the worker on node-1 is refused, because it has extra 2 (here missing), numpy 1.0 (here "
        f"{provenance.libraries()['numpy']}); install the same versions on every node"
    )


def test_measurements_of_workers_add_up() -> None:
    measured = Measurements()
    facts = {**Worker().facts(), "host": "a", "node": "1"}
    measured.begin()
    measured.add({"seconds": 2.0, "peak_memory": 10, "warnings": ["w"]}, 1, facts)
    measured.add({"seconds": 3.0, "peak_memory": 7, "warnings": ["w", "v"]}, 2, {**facts, "node": "2", "cpus": 96})
    content = measured.content(tokens=0)
    assert (content["busy_seconds"], content["peak_memory"], content["warnings"]) == (5.0, 10, ["w", "v"])
    assert [(node["node"], node["cpus"]) for node in content["nodes"]] == [("1", facts["cpus"]), ("2", 96)]
    assert "cpus" not in content, "two kinds of machine"
    assert measured.note == "2 workers on 2 nodes"
