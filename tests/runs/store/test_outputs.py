"""The store of outputs: keys, damage and repair, and several processes at once."""

from __future__ import annotations

import json
import multiprocessing
import random
import re
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.core.errors import FileError, InputError
from harness.core.records import Generation
from harness.runs.store import database, migrations, tables
from harness.runs.store.outputs import Generations
from harness.runs.store.tables import Export, Failure, Key, identity_digest

IDENTITY = {"family": "lead", "recipe": 1, "sentences": 2}
DIGEST = identity_digest(IDENTITY)
OTHER = identity_digest({"family": "lead", "recipe": 1, "sentences": 3})


def no_exports() -> Iterator[Export]:
    yield from ()


def key(number: int, *, source: str = "d1", sample: int = 0) -> Key:
    return Key(f"a#s{number:03d}", source, sample)


def fill(
    store: Generations, count: int, *, identity: str = DIGEST, task: str = "gist", origin: str = "o1"
) -> list[Key]:
    keys = [key(number) for number in range(count)]
    for each in keys:
        store.add(identity, task, [(each.source, Generation(each.id, f"पाठ {each.id} " * 20))], origin="o1")
    return keys


def texts(store: Generations, keys: list[Key], *, identity: str = DIGEST, task: str = "gist") -> list[str | None]:
    return [found and found.generation.text for found in store.read(identity, task, keys)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Generations]:
    with Generations(path, no_exports) as opened:
        yield opened


class TestKeys:
    def test_stored_outputs_are_returned_whole_in_the_order_of_the_keys(self, store: Generations) -> None:
        full = Generation("a#s001", "भारत 🙂", 7, 5, True, "length", 0.25, 3, 1, 2, 1, 0)
        store.add(DIGEST, "gist", [("d1", full)], origin=None)
        store.add(DIGEST, "gist", [("d1", Generation("a#s000", "x"))], origin="o1")
        first, none, last = store.read(DIGEST, "gist", [key(1), key(2), key(0)])
        assert first is not None and first.generation == full and first.origin is None
        assert none is None
        assert last is not None and (last.generation.text, last.origin) == ("x", "o1")

    def test_what_a_chat_model_wrote_is_kept_and_other_outputs_are_stored_as_before(self, store: Generations) -> None:
        facts = {"thought_tokens": 3, "cost": 0.5, "served_model": "m"}
        asked = Generation("a#s001", "India.", raw='"India."', rules=("quotes",), facts=facts)
        store.add(DIGEST, "gist", [("d1", asked), ("d1", Generation("a#s000", "x"))], origin=None)
        first, other = store.read(DIGEST, "gist", [key(1), key(0)])
        assert first is not None and first.generation == asked
        assert other is not None and not {"raw", "rules", "facts"} & json.loads(other.content).keys()

    @pytest.mark.parametrize(
        ("identity", "task", "wanted"),
        [
            (OTHER, "gist", key(1)),
            (DIGEST, "headline", key(1)),
            (DIGEST, "gist", key(2)),
            (DIGEST, "gist", key(1, source="d2")),
            (DIGEST, "gist", key(1, sample=1)),
        ],
        ids=["another system", "another task", "another source", "another text of the source", "another sample"],
    )
    def test_no_output_is_returned_for_a_key_that_differs_in_any_part(
        self, store: Generations, identity: str, task: str, wanted: Key
    ) -> None:
        store.add(DIGEST, "gist", [("d1", Generation("a#s001", "x"))], origin=None)
        assert texts(store, [key(1)]) == ["x"]
        assert texts(store, [wanted], identity=identity, task=task) == [None]

    def test_a_stored_output_stays_unless_it_is_replaced(self, store: Generations) -> None:
        for text, replace in (("first", False), ("second", False), ("third", True), ("fourth", False)):
            store.add(DIGEST, "gist", [("d1", Generation("a#s001", text))], origin=text, replace=replace)
        (found,) = store.read(DIGEST, "gist", [key(1)])
        assert found is not None and (found.generation.text, found.origin) == ("third", "third")

    def test_identities_and_origins_explain_rows(self, store: Generations) -> None:
        assert store.remember(IDENTITY) == DIGEST
        assert store.identity(DIGEST) == IDENTITY
        assert store.identity(OTHER) is None
        store.explain("o1", {"python": "3.11"})
        store.explain("o1", {"python": "3.11", "seconds": 2.0})
        assert store.origins(["o1", "o2"]) == {"o1": {"python": "3.11", "seconds": 2.0}}

    def test_a_failure_is_kept_until_its_source_has_an_output(self, store: Generations) -> None:
        store.fail(DIGEST, "gist", [Failure("a#s001", "d1", "too long"), Failure("a#s002", "d1", "too short")])
        store.fail(DIGEST, "gist", [Failure("a#s002", "d1", "much too short")])
        assert store.failures(DIGEST, "gist") == {("a#s001", "d1"): "too long", ("a#s002", "d1"): "much too short"}
        assert store.failures(DIGEST, "headline") == store.failures(OTHER, "gist") == {}
        store.add(DIGEST, "gist", [("d1", Generation("a#s001", "x"))], origin=None)
        assert store.failures(DIGEST, "gist") == {("a#s002", "d1"): "much too short"}


class TestExports:
    def export(self, *rows: tuple[str, str, Generation | Failure]) -> Export:
        return Export("gist", IDENTITY, {"python": "3.11"}, rows)

    def test_a_new_store_reads_the_exports_of_runs(self, path: Path) -> None:
        rows = [(DIGEST, "d1", Generation("a#s001", "x")), (DIGEST, "d1", Failure("a#s002", "d1", "too long"))]
        with Generations(path, lambda: iter([self.export(*rows)])) as store:
            (found,) = store.read(DIGEST, "gist", [key(1)])
            assert found is not None and found.generation.text == "x"
            assert found.origin is not None and store.origins([found.origin]) == {found.origin: {"python": "3.11"}}
            assert store.failures(DIGEST, "gist") == {("a#s002", "d1"): "too long"}
            assert store.identity(DIGEST) == IDENTITY
        with Generations(path, lambda: iter([self.export((DIGEST, "d1", Generation("a#s003", "y")))])) as store:
            assert texts(store, [key(3)]) == [None]  # the store is not new any more

    def test_stored_outputs_have_precedence_over_exported_ones(self, store: Generations) -> None:
        store.add(DIGEST, "gist", [("d1", Generation("a#s001", "mine"))], origin=None)
        store.take(self.export((DIGEST, "d1", Generation("a#s001", "x")), (DIGEST, "d1", Generation("a#s002", "y"))))
        assert texts(store, [key(1), key(2)]) == ["mine", "y"]

    def test_a_store_whose_filling_was_interrupted_is_filled_at_the_next_opening(self, path: Path) -> None:
        def broken() -> Iterator[Export]:
            yield self.export((DIGEST, "d1", Generation("a#s001", "x")))
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Generations(path, broken)
        with Generations(path, lambda: iter([self.export((DIGEST, "d1", Generation("a#s002", "y")))])) as store:
            assert texts(store, [key(1), key(2)]) == [None, "y"]


class TestSchema:
    def test_an_older_store_is_migrated_with_its_rows(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with Generations(path, no_exports) as store:
            keys = fill(store, 3)
        newer = (*tables.MIGRATIONS, ("ALTER TABLE generations ADD COLUMN judged TEXT", "DROP TABLE failures"))
        monkeypatch.setattr(tables, "MIGRATIONS", newer)
        for _ in range(2):
            with Generations(path, no_exports) as store:
                assert None not in texts(store, keys)
        with sqlite3.connect(path) as connection:
            assert "judged" in {row[1] for row in connection.execute("PRAGMA table_info(generations)")}
            assert connection.execute("PRAGMA user_version").fetchone() == (2,)

    def test_a_migration_that_fails_leaves_the_store_as_it_was(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Generations(path, no_exports) as store:
            keys = fill(store, 3)
        with monkeypatch.context() as patch:

            def stop(*_: object) -> None:
                raise KeyboardInterrupt

            patch.setattr(migrations, "_migrate", stop)
            patch.setattr(tables, "MIGRATIONS", (*tables.MIGRATIONS, ("DROP TABLE generations",)))
            with pytest.raises(KeyboardInterrupt):
                Generations(path, no_exports)
        with Generations(path, no_exports) as store:
            assert None not in texts(store, keys)

    def test_a_newer_store_is_refused_in_one_line_and_stays_unchanged(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(tables, "MIGRATIONS", (*tables.MIGRATIONS, ("CREATE TABLE x (y)",)))
            with Generations(path, no_exports) as store:
                fill(store, 1)
        before = path.read_bytes()
        with pytest.raises(InputError, match=r"store\.sqlite: schema 2, this harness reads 1; update the harness, or "):
            Generations(path, no_exports)
        assert path.read_bytes() == before
        assert len(list(path.parent.iterdir())) == 1


def test_an_export_explains_outputs_of_its_own_identity_only(path: Path) -> None:
    made = [(DIGEST, "d1", Generation("a", "eins")), (OTHER, "d1", Generation("a", "zwei"))]
    with Generations(path, lambda: iter([Export("gist", IDENTITY, {"run": "r"}, made)])) as store:
        (own,) = store.read(DIGEST, "gist", [Key("a", "d1", 0)])
        (other,) = store.read(OTHER, "gist", [Key("a", "d1", 0)])
        assert own and other
        assert store.origins([own.origin or ""]) == {own.origin: {"run": "r"}}
        assert other.origin is None


# --- damage -----------------------------------------------------------------------------------------------------------


def aside(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.glob("store.sqlite.damaged-*"))


class TestDamage:
    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda data: b"this is no database\n" * 10, id="another file"),
            pytest.param(lambda data: data[:70], id="cut within the header"),
            pytest.param(lambda data: data[: len(data) // 2], id="cut in half"),
            pytest.param(lambda data: data[:-1000], id="cut at the end"),
            pytest.param(lambda data: bytes(4096) + data[4096:], id="first page empty"),
            pytest.param(lambda data: data[:8192] + bytes(4096) + data[12288:], id="an empty page"),
        ],
    )
    def test_a_damaged_store_is_set_aside_and_rebuilt_from_its_readable_rows_and_the_exports(
        self, path: Path, damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
    ) -> None:
        with Generations(path, no_exports) as store:
            keys = fill(store, 40)
            sound = texts(store, keys)
        path.write_bytes(damage(path.read_bytes()))
        exported = Export("gist", None, None, [(DIGEST, "d1", Generation("a#s001", sound[1] or ""))])
        with Generations(path, lambda: iter([exported])) as store:
            found = texts(store, keys)
            fill(store, 40)
            assert texts(store, keys) == sound
        assert found[1] == sound[1]
        assert all(text in (None, whole) for text, whole in zip(found, sound, strict=True))
        assert len(aside(path)) == 1
        (message,) = [record.getMessage() for record in caplog.records]
        assert "store.sqlite is damaged (" in message and f"it was set aside as {aside(path)[0]}" in message

    def test_readable_rows_of_a_damaged_store_are_kept_without_any_export(self, path: Path) -> None:
        with Generations(path, no_exports) as store:
            keys = fill(store, 200)
        data = bytearray(path.read_bytes())
        middle = len(data) // 2 // 4096 * 4096
        data[middle : middle + 4096] = bytes(4096)
        path.write_bytes(data)
        with Generations(path, no_exports) as store:
            found = texts(store, keys)
        assert aside(path)
        assert found[0] and found[-1]  # from both ends
        assert 150 < sum(text is not None for text in found) < 200

    def test_a_flipped_bit_anywhere_never_changes_a_text_and_never_stops_a_run(
        self, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Flip bits in every byte of the header, and in bytes all over the file."""
        with Generations(path, no_exports) as store:
            store.remember(IDENTITY)
            keys = fill(store, 30)
            sound = texts(store, keys)
        whole = path.read_bytes()
        draw = random.Random(7)
        places = [*range(100), *draw.sample(range(100, len(whole)), 100)]
        noticed = 0
        for place in places:
            data = bytearray(whole)
            data[place] ^= 1 << draw.randrange(8)
            for old in path.parent.iterdir():
                old.unlink()
            path.write_bytes(data)
            with Generations(path, no_exports) as store:
                found = texts(store, keys)
                assert all(text in (None, right) for text, right in zip(found, sound, strict=True)), place
                assert store.identity(DIGEST) in (None, IDENTITY)
                store.failures(DIGEST, "gist")
                fill(store, 30)
                assert texts(store, keys) == sound, place
            noticed += bool(caplog.records)
            caplog.clear()
        assert noticed > len(places) // 4

    def test_a_bit_flipped_in_a_text_loses_only_that_output(self, path: Path, caplog: pytest.LogCaptureFixture) -> None:
        with Generations(path, no_exports) as store:
            keys = fill(store, 5)
        data = bytearray(path.read_bytes())
        data[data.index("a#s002 पाठ".encode()) + 9] ^= 4  # within a letter
        path.write_bytes(data)
        with Generations(path, no_exports) as store:
            assert [text is None for text in texts(store, keys)] == [False, False, True, False, False]
            fill(store, 5)
            assert None not in texts(store, keys)
        assert [record.getMessage() for record in caplog.records] == [
            "gist, a#s002: the stored output was damaged, and is made again"
        ]
        assert not aside(path)

    def test_damage_to_an_open_store_is_repaired_too(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(migrations, "_MAX_CHECKED", 0)  # the file is not checked when it is opened
        with Generations(path, no_exports) as store:
            keys = fill(store, 40)
            sound = texts(store, keys)
        data = bytearray(path.read_bytes())
        data[8192:] = b"\xff" * (len(data) - 8192)
        path.write_bytes(data)
        with Generations(path, no_exports) as store:
            fill(store, 40)
            assert texts(store, keys) == sound
        assert aside(path)

    def test_a_wrong_index_in_a_file_too_large_to_be_checked_is_rebuilt(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Generations(path, no_exports) as store:
            keys = fill(store, 30)
            sound = texts(store, keys)
        # After its key, a row has its content, and an entry of the index has the number of the row.
        entry = f"{DIGEST}gista#s015d1".encode()
        path.write_bytes(re.sub(entry + rb"(?!\{)", entry.replace(b"s015", b"s999"), path.read_bytes()))
        monkeypatch.setattr(migrations, "_MAX_CHECKED", 0)
        with Generations(path, no_exports) as store:
            assert texts(store, keys) == sound
        assert aside(path)

    def test_mending_a_store_rebuilds_it_from_its_rows(self, path: Path) -> None:
        with Generations(path, no_exports) as store:
            keys = fill(store, 30)
            sound = texts(store, keys)
            store.mend()
            assert texts(store, keys) == sound
            assert len(aside(path)) == 1

    def test_two_stores_damaged_in_the_same_second_get_two_names(self, path: Path) -> None:
        for _ in range(2):
            path.write_bytes(b"no database" * 100)
            Generations(path, no_exports).close()
        first, second = aside(path)
        assert second == f"{first}-2" or first[:-3] <= second  # or the second has passed

    def test_a_store_that_is_deleted_or_moved_during_a_run_is_rebuilt_with_the_run_s_outputs(self, path: Path) -> None:
        with Generations(path, no_exports) as store:
            keys = fill(store, 5)
            path.rename(path.with_name("elsewhere"))
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink()
            store.add(DIGEST, "gist", [("d1", Generation("a#s900", "after"))], origin=None)
            assert None not in texts(store, [*keys, key(900)])
        with Generations(path, no_exports) as store:
            assert None not in texts(store, [*keys, key(900)])


class TestRefusals:
    def full(self, monkeypatch: pytest.MonkeyPatch, pages: int) -> None:
        connect = database.connect

        def small(path: Path, patience: float, *, alone: bool = False) -> sqlite3.Connection:
            connection = connect(path, patience, alone=alone)
            connection.execute(f"PRAGMA max_page_count = {pages}")
            return connection

        monkeypatch.setattr(database, "connect", small)

    def test_a_full_disk_is_one_line_and_loses_no_output(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            self.full(patch, 40)
            with Generations(path, no_exports) as store:
                with pytest.raises(FileError) as error:
                    fill(store, 1000)
                assert str(error.value).startswith(
                    f"{path}: could not write (No space left on device); what was saved "
                )
                kept = [text for text in texts(store, [key(number) for number in range(1000)]) if text]
                assert len(kept) > 20
        with Generations(path, no_exports) as store:
            fill(store, 1000)
            assert None not in texts(store, [key(number) for number in range(1000)])
        assert not aside(path)

    def test_a_folder_in_its_place_or_a_missing_parent_is_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "store.sqlite").mkdir()
        for place in (tmp_path / "store.sqlite", tmp_path / "none" / "store.sqlite"):
            with pytest.raises(FileError) as error:
                Generations(place, no_exports)
            assert str(error.value).startswith(f"{place}: could not write (unable to open database file); what was ")
            assert "\n" not in str(error.value)

    def test_a_lock_of_another_process_is_waited_for_and_then_reported(
        self, path: Path, store: Generations, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(database, "_PATIENCE", 0.1)
        with Generations(path, no_exports) as impatient:
            holder = sqlite3.connect(path, isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            with pytest.raises(FileError, match="another process has kept it locked for 0 s"):
                fill(impatient, 1)
            holder.execute("COMMIT")
            holder.close()
            assert None not in texts(impatient, fill(impatient, 1))


# --- several processes ------------------------------------------------------------------------------------------------


def write_some(path: Path, first: int, count: int) -> None:
    with Generations(path, no_exports) as store:
        for number in range(first, first + count):
            store.add(DIGEST, "gist", [("d1", Generation(f"a#s{number:03d}", f"text {number}"))], origin=None)


def test_parallel_processes_on_a_new_store_lose_no_output_and_store_none_twice(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    # Each shares half of its keys with the next.
    workers = [context.Process(target=write_some, args=(path, 50 * number, 100)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    with Generations(path, no_exports) as store:
        assert texts(store, [key(number) for number in range(250)]) == [f"text {number}" for number in range(250)]
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM generations").fetchone() == (250,)
    assert not aside(path)


# --- many rows --------------------------------------------------------------------------------------------------------


def test_each_output_is_looked_up_by_its_key(path: Path, store: Generations) -> None:
    asked: list[str] = []
    store._database._connection.set_trace_callback(asked.append)
    texts(store, [key(1), key(2)])
    store._database._connection.set_trace_callback(None)
    (query,) = [statement for statement in asked if "generations" in statement]
    with sqlite3.connect(path) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert any("SEARCH g USING INDEX one_of_each" in step for step in plan)
    assert not any("SCAN g" in step for step in plan)


def test_memory_does_not_grow_with_the_number_of_rows_read(path: Path) -> None:
    count = 6000
    rows = ((DIGEST, "d1", Generation(f"a#s{number}", "पाठ " * 100)) for number in range(count))
    with Generations(path, lambda: iter([Export("gist", None, None, rows)])) as store:

        def peak(number: int) -> int:
            tracemalloc.start()
            read = store.read(DIGEST, "gist", (Key(f"a#s{each}", "d1", 0) for each in range(number)))
            assert sum(found is not None for found in read) == number
            highest = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return highest

        peak(1000)
        assert peak(count) < 1.2 * peak(1000) < 4e6


def test_a_commit_waits_for_the_disk_only_if_waiting_takes_a_small_share_of_the_time(
    store: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    def synchronous() -> int:
        return int(store._database._connection.execute("PRAGMA synchronous").fetchone()[0])

    store._database._waited = 0.0
    fill(store, 1)
    assert synchronous() == 2  # FULL
    store._database._waited = 1000.0
    fill(store, 2)
    assert synchronous() == 1  # NORMAL
