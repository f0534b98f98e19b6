"""Rows that are kept come back bit for bit or not at all, and nothing that happens to the file is an error."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from harness.scoring import cache

ONE, TWO = cache.key("one"), cache.key("two")
ROW = np.array([3.0, -0.0, 1e-300, 0.1])


@pytest.fixture(autouse=True)
def said(caplog, monkeypatch):
    """What was warned about, from a process that has warned about nothing."""
    monkeypatch.setattr(cache, "_warned", set())
    return caplog


def database():
    return closing(sqlite3.connect(cache.path(), isolation_level=None))


def test_a_row_comes_back_bit_for_bit():
    cache.write({ONE: ROW, TWO: np.array([1.0])})
    found = cache.read([ONE, TWO, cache.key("three")])
    assert found.keys() == {ONE, TWO}
    assert found[ONE].tobytes() == ROW.tobytes()
    assert found[TWO].tolist() == [1]


def test_nothing_is_made_on_disk_until_there_is_something_to_keep():
    assert cache.read([ONE]) == {}
    cache.write({})
    assert not cache.path().parent.exists()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_row_that_is_not_finite_is_not_kept(value):
    cache.write({ONE: np.array([1.0, value]), TWO: ROW})
    assert cache.read([ONE, TWO]).keys() == {TWO}


def test_keys_tell_apart_all_that_goes_into_them():
    keys = [
        cache.key("ter", 1, "ab", ("c",)),
        cache.key("ter", 1, "a", ("bc",)),
        cache.key("ter", 1, "ab", ("c", "")),
        cache.key("ter", 2, "ab", ("c",)),
        cache.key("ter", "1", "ab", ("c",)),
        cache.key("ter", 1, "ab,", ("c",)),
        cache.key("ter", 1, "अब", ("c",)),
        cache.key("ter", 1, "\ud800", ("c",)),  # half a surrogate pair, which cannot be encoded
    ]
    assert len(set(keys)) == len(keys)


# --- where it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({"HARNESS_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, "/a/statistics.sqlite", id="own-variable"),
        pytest.param({"XDG_CACHE_HOME": "/b"}, "/b/harness/statistics.sqlite", id="xdg"),
        pytest.param({"HARNESS_CACHE": "", "XDG_CACHE_HOME": "/b"}, "/b/harness/statistics.sqlite", id="own-is-empty"),
        pytest.param({"XDG_CACHE_HOME": "b"}, "/users/x/.cache/harness/statistics.sqlite", id="xdg-is-relative"),
        pytest.param({}, "/users/x/.cache/harness/statistics.sqlite", id="home"),
    ],
)
def test_the_folder(monkeypatch, environment, expected):
    for name in ("HARNESS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/users/x", **environment}.items():
        monkeypatch.setenv(name, value)
    assert cache.path() == Path(expected)


# --- damage -----------------------------------------------------------------------------------------------------------


def garbage():
    cache.path().write_bytes(b"no database, but long enough to be taken for one" * 100)


def cut_off():
    cache.write({cache.key(number): ROW for number in range(200)})
    cache.path().write_bytes(cache.path().read_bytes()[:6000])


def overwritten():
    cache.write({cache.key(number): ROW for number in range(200)})
    data = bytearray(cache.path().read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    cache.path().write_bytes(data)


def other_layout():
    with database() as connection:
        connection.execute("PRAGMA user_version = 99")


def other_tables():
    with database() as connection:
        connection.execute("DROP TABLE rows")
        connection.execute("CREATE TABLE rows (word TEXT)")


@pytest.mark.parametrize("damage", [garbage, cut_off, overwritten, other_layout, other_tables])
@pytest.mark.parametrize("first", ["read", "write"])
def test_a_damaged_file_is_begun_anew_with_one_warning(said, damage, first):
    cache.write({ONE: ROW})
    damage()
    if first == "read":
        assert cache.read([ONE]) == {}
    cache.write({TWO: ROW})
    assert cache.read([ONE, TWO]).keys() == {TWO}
    assert len(said.messages) == 1
    assert said.messages[0].startswith(f"{cache.path()}: damaged (") and said.messages[0].endswith("); begun anew")


def test_an_empty_file_is_a_new_one(said):
    cache.path().parent.mkdir(parents=True)
    cache.path().touch()
    assert cache.read([ONE]) == {}
    cache.write({ONE: ROW})
    assert cache.read([ONE]).keys() == {ONE}
    assert said.messages == []


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("UPDATE rows SET value = (SELECT value FROM rows WHERE key = :two) WHERE key = :one", id="other"),
        pytest.param("UPDATE rows SET value = zeroblob(40) WHERE key = :one", id="zeros"),
        pytest.param("UPDATE rows SET value = substr(value, 1, 32) WHERE key = :one", id="without-its-digest"),
        pytest.param("UPDATE rows SET value = substr(value, 1, 39) WHERE key = :one", id="short"),
        pytest.param("UPDATE rows SET value = x'' WHERE key = :one", id="empty"),
        pytest.param("UPDATE rows SET value = NULL WHERE key = :one", id="null"),
        pytest.param("UPDATE rows SET value = 'words' WHERE key = :one", id="text"),
    ],
)  # fmt: skip
def test_a_row_that_was_changed_is_not_kept_and_the_others_are(said, value):
    cache.write({ONE: ROW, TWO: ROW + 1})
    with database() as connection:
        assert connection.execute(value, {"one": ONE, "two": TWO}).rowcount == 1
    assert cache.read([ONE, TWO]).keys() == {TWO}
    cache.write({ONE: ROW})
    assert cache.read([ONE]).keys() == {ONE}
    assert said.messages == []


# --- a place that cannot be used --------------------------------------------------------------------------------------


def file_for_folder(folder):
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file", encoding="utf-8")


def folder_for_file(folder):
    (folder / "statistics.sqlite").mkdir(parents=True)


@pytest.mark.parametrize("obstacle", [file_for_folder, folder_for_file])
def test_a_place_that_cannot_be_used_is_done_without_with_one_warning(said, obstacle):
    obstacle(cache.path().parent)
    cache.write({ONE: ROW})
    assert cache.read([ONE]) == {}
    cache.write({TWO: ROW})
    assert len(said.messages) == 1
    assert said.messages[0].startswith(f"{cache.path()}: could not use it (")


def test_without_a_home_it_is_done_without(said, monkeypatch):
    monkeypatch.delenv("HARNESS_CACHE")
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_, **__: "~/.cache/harness")
    cache.write({ONE: ROW})
    assert cache.read([ONE]) == {}
    assert len(said.messages) == 1


@pytest.mark.parametrize("code", ["SQLITE_READONLY", "SQLITE_FULL", "SQLITE_IOERR"])
def test_a_sound_file_in_a_bad_place_is_never_deleted(said, monkeypatch, code):
    cache.write({ONE: ROW})
    before = cache.path().read_bytes()
    error = sqlite3.OperationalError("refused")
    error.sqlite_errorcode = getattr(sqlite3, code) | (7 << 8)  # an extended code

    def refuse(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", refuse)
        cache.write({TWO: ROW})
        assert cache.read([ONE]) == {}
    assert cache.path().read_bytes() == before
    assert len(said.messages) == 1


def test_a_file_that_another_process_holds_is_done_without(said, monkeypatch):
    cache.write({ONE: ROW})
    monkeypatch.setattr(cache, "_PATIENCE", 0.05)
    with database() as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert cache.read([ONE]) == {}
        cache.write({TWO: ROW})
        connection.execute("ROLLBACK")
    assert cache.read([ONE, TWO]).keys() == {ONE}
    assert len(said.messages) == 1


def test_several_processes_write_at_once():
    script = (
        "import sys, numpy as np\nfrom harness.scoring import cache\n"
        "for i in range(20):\n"
        "    cache.write({cache.key(sys.argv[1], i, str(k)): np.array([i, k]) for k in range(5)})\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", script, name], stderr=subprocess.PIPE) for name in "abc"]
    assert [process.communicate()[1] for process in processes] == [b""] * 3
    keys = {cache.key(name, i, str(k)): [i, k] for name in "abc" for i in range(20) for k in range(5)}
    assert {name: row.tolist() for name, row in cache.read(keys).items()} == keys


# --- size -------------------------------------------------------------------------------------------------------------


def test_what_has_not_been_used_for_longest_is_dropped(monkeypatch):
    monkeypatch.setattr(cache, "MAX_BYTES", 100_000)
    day = 24 * 60 * 60
    for today in range(20):
        monkeypatch.setattr(cache, "_now", lambda now=today * day: now)
        cache.write({cache.key(today, number): ROW for number in range(100)})
        assert cache.read([cache.key(0, 0)])  # in use every day
    # A transaction may need a page or two for its index.
    assert cache.path().stat().st_size < 130_000
    left = [len(cache.read([cache.key(today, number) for number in range(100)])) for today in range(20)]
    assert left[0] < 100 and left[1] == 0 and left[-1] == 100
    assert left[1:] == sorted(left[1:])


def test_a_row_too_large_for_all_is_dropped_and_no_error(monkeypatch):
    monkeypatch.setattr(cache, "MAX_BYTES", 20_000)
    cache.write({ONE: np.ones(10_000)})
    assert cache.read([ONE]) == {}


def test_reading_notes_a_use_once_a_day(monkeypatch):
    cache.write({ONE: ROW})
    written = cache.path().read_bytes()
    cache.read([ONE])
    assert cache.path().read_bytes() == written
    now = cache._now()
    monkeypatch.setattr(cache, "_now", lambda: now + 100_000)
    cache.read([ONE])
    with database() as connection:
        assert connection.execute("SELECT used FROM rows").fetchall() == [(now + 100_000,)]
