"""What a run knows of its stored outputs: all keys, and a window of the outputs themselves."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.errors import FileError
from harness.core.records import Generation, Source
from harness.runs import store
from harness.runs.assignment import Assignment, source_digest
from harness.runs.store.outputs import Generations

COUNT = 1_500
SAMPLES = 2
IDENTITY = {"family": "lead"}
SOURCES = [
    Source(f"a#s{number:04d}", "a", "gist", f"पाठ {number}", (), "hin_Deva", "eng_Latn") for number in range(COUNT)
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder in which every output is stored but both samples of s0007, and the second of s1499."""
    folder = tmp_path_factory.mktemp("results")
    with store.generations(folder) as generations:
        digest = generations.remember(IDENTITY)
        rows = [
            (source_digest(source), Generation(source.id, f"{sample}{source.id}" * 20, sample=sample), None)
            for source in SOURCES
            for sample in range(SAMPLES)
            if source.id != "a#s0007" and (source.id, sample) != ("a#s1499", 1)
        ]
        generations.replace(digest, "gist", rows.__iter__)
    return folder


@pytest.fixture
def generations(results: Path) -> Iterator[Generations]:
    with store.generations(results) as opened:
        yield opened


def assignment(generations: Generations, results: Path) -> Assignment:
    return Assignment.of(
        store.Run(results / "none"), generations,
        task="gist", system="x", identity=IDENTITY, sources=SOURCES, samples=SAMPLES,
    )  # fmt: skip


def test_outputs_are_a_mapping_in_the_order_of_the_sources(generations: Generations, results: Path) -> None:
    inventory = assignment(generations, results).inventory()
    outputs = inventory.generations
    assert {(key.id, key.sample) for key in inventory.missing} == {("a#s0007", 0), ("a#s0007", 1), ("a#s1499", 1)}
    assert len(outputs) == COUNT - 1
    assert list(outputs) == [source.id for source in SOURCES if source.id != "a#s0007"]
    assert [each.text for each in outputs["a#s0010"]] == ["0a#s0010" * 20, "1a#s0010" * 20]
    assert [each.sample for each in outputs["a#s1499"]] == [0]
    assert "a#s0007" not in outputs and "b" not in outputs and 7 not in outputs
    for name in ("a#s0007", "b"):
        with pytest.raises(KeyError):
            outputs[name]
    assert [of_source[0].id for of_source in outputs.values()] == list(outputs)


def test_memory_does_not_grow_with_the_outputs(generations: Generations, results: Path) -> None:
    inventory = assignment(generations, results).inventory()
    tracemalloc.start()
    for _ in range(2):
        assert sum(len(of_source) for of_source in inventory.generations.values()) == COUNT * SAMPLES - 3
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000  # all outputs together take twice as much


def test_systems_of_one_run_share_their_keys(generations: Generations, results: Path) -> None:
    assert assignment(generations, results).keys is assignment(generations, results).keys


def test_an_output_that_vanishes_during_the_run_is_one_line(tmp_path: Path) -> None:
    with store.generations(tmp_path) as opened:
        digest = opened.remember(IDENTITY)
        rows = [(source_digest(each), Generation(each.id, "x", sample=n), None) for each in SOURCES[:3] for n in (0, 1)]
        opened.replace(digest, "gist", rows.__iter__)
        inventory = Assignment.of(
            store.Run(tmp_path / "none"), opened,
            task="gist", system="x", identity=IDENTITY, sources=SOURCES[:3], samples=SAMPLES,
        ).inventory()  # fmt: skip
        with sqlite3.connect(tmp_path / "store.sqlite") as other:
            other.execute("DELETE FROM generations WHERE id = 'a#s0001'")
        other.close()
        with pytest.raises(FileError, match=r"stored outputs were removed or damaged during the run; run again"):
            inventory.generations["a#s0000"]


def test_a_store_that_is_opened_alone_has_no_shared_memory(tmp_path: Path) -> None:
    with store.generations(tmp_path, alone=True) as opened:
        opened.remember(IDENTITY)
        assert not (tmp_path / "store.sqlite-shm").exists()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            sqlite3.connect(tmp_path / "store.sqlite", timeout=0).execute("SELECT * FROM identities")
    with store.generations(tmp_path) as opened:
        assert opened.identity(opened.remember(IDENTITY)) == IDENTITY
