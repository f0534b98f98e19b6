"""Attempts to break a run: signals, kills, full and read-only disks, damage, memory, the network.

tests/break_it.py does the random ones with larger numbers. Everything runs on models without weights.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NoReturn

import pytest

from harness import models
from harness.core.records import Generation, Source
from tests import break_it
from tests.conftest import Answer, Cli
from tests.paths import ROOT

WriteConfig = Callable[..., Path]
# Seconds per output of a run that is stopped: on a busy machine too, it has stored an output and not yet the last.
SLOW = 0.5
# Seconds that a process may take on a busy machine.
PATIENCE = 120
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


def outputs(results: Path, system: str = "copy") -> list[dict[str, Any]]:
    (path,) = results.glob(f"*/outputs/translate/{system}.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def answered(done: subprocess.CompletedProcess[str]) -> Answer:
    return Answer(done.returncode, done.stdout, done.stderr)


def harness(*arguments: object, **how: Any) -> Answer:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-c", "from harness.cli import main; main()", *map(str, arguments)]
    return answered(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **how))


# --- killed, and several at once --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_run_that_is_killed_at_random_moments_reaches_the_same_results(tmp_path: Path) -> None:
    early, late = break_it.kill_at_random(tmp_path, kills=20, seed=1)
    assert early and late


@pytest.mark.slow
def test_shards_and_merges_that_are_killed_reach_the_same_results(tmp_path: Path) -> None:
    of_shards, of_merges = break_it.kill_shards(tmp_path, rounds=8, seed=3)
    assert of_shards and of_merges


@pytest.mark.slow
def test_a_disk_that_becomes_full_at_any_moment_loses_no_output(tmp_path: Path) -> None:
    counts = break_it.fill_disk(tmp_path, rounds=4, seed=3)
    if counts is None:
        pytest.skip("a file system can be mounted by root only, and not in every container")
    assert counts[0]


@pytest.mark.slow
def test_dropped_connections_to_an_endpoint_lose_no_answer_and_ask_none_twice(tmp_path: Path) -> None:
    pytest.importorskip("openai", reason="needs the extra endpoints")
    from tests import break_endpoint

    dropped, again = break_endpoint.drop_connections(tmp_path, rounds=4, seed=2)
    assert dropped and again


@pytest.mark.slow
def test_parallel_runs_on_one_store_lose_no_output_and_store_none_twice(tmp_path: Path) -> None:
    break_it.run_at_once(tmp_path, processes=3)


@pytest.mark.slow
def test_a_flipped_bit_in_the_store_changes_no_result(tmp_path: Path) -> None:
    noticed, _ = break_it.flip_bits(tmp_path, flips=10, seed=1)
    assert noticed


# --- asked to stop ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_after_a_signal_the_run_reports_saved_outputs_and_can_be_resumed(
    run_cli: Cli, write_config: WriteConfig, results: Path, number: int, code: int
) -> None:
    config = write_config()
    process = started(config, results, SLOW)
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert out == ""
    assert "Traceback" not in err
    line = err.splitlines()[-1]
    found = re.fullmatch(
        rf"interrupted: (\d+) outputs made now are saved in {re.escape(str(results))}/store\.sqlite, with those "
        r"made before; the same command goes on from there",
        line,
    )
    assert found, line
    assert 1 <= int(found[1]) == len(outputs(results)) < 19
    again = run_cli("run", config, "--results", results)
    assert again.code == 0
    assert f"{19}/19" in again.err
    assert len(outputs(results)) == 19


@pytest.mark.slow
def test_a_second_ctrl_c_stops_at_once_and_loses_no_committed_output(
    run_cli: Cli, write_config: WriteConfig, results: Path
) -> None:
    config = write_config()
    process = started(config, results, SLOW, stuck=True)
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None and process.stdout.readline() == "closing\n"
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGINT  # a shell shows it as 130
    before = break_it._stored(results)
    assert 1 <= before < 19
    again = run_cli("run", config, "--results", results)
    assert again.code == 0
    made = json.loads(next(results.glob("*/manifest.json")).read_text(encoding="utf-8"))["systems"]["copy"]["translate"]
    assert [session["outputs"] for session in made["made"]] == [before, 19 - before]


def started(config: Path, results: Path, seconds: float, *, stuck: bool = False) -> subprocess.Popen[str]:
    """Start a slow run and return when it has stored its first output; a stuck one never ends closing its model."""
    code = "from harness import models\nfrom tests.break_it import slowed\n"
    code += f"slowed({seconds})\n"
    if stuck:
        code += "import time\n"
        code += f"models.PerSource.close = lambda self: (print('closing', flush=True), time.sleep({10 * PATIENCE}))\n"
    code += "from harness.cli import main\nmain()\n"
    command = [sys.executable, "-c", code, "run", str(config), "--results", str(results)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = monotonic() + PATIENCE
    while break_it._stored(results) < 1:
        assert monotonic() < deadline and process.poll() is None, process.communicate()
        sleep(0.01)
    return process


# --- the disk ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room; skipped if this process may not mount one."""
    with break_it.small_disk(tmp_path / "disk") as resize:
        if resize is None:
            pytest.skip("a file system can be mounted by root only, and not in every container")
        yield tmp_path / "disk"


def remount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True)


BOTH = "[{name: copy, family: copy-source}, {name: latin, family: transliterate}]"


def test_a_full_disk_ends_the_run_in_one_line_and_the_run_continues_with_more_room(
    run_cli: Cli, write_config: WriteConfig, small_disk: Path
) -> None:
    config, results = write_config(systems=BOTH), small_disk / "results"
    seen = []
    for room in range(150, 1200, 50):
        remount(small_disk, f"size={room}k")
        answer = run_cli("run", config, "--results", results)
        if answer.code == 0:
            break
        assert answer.code == 2, answer.err
        assert "Traceback" not in answer.err
        line = answer.err.splitlines()[-1]
        assert (
            line.startswith("harness: ") and "(No space left on device); what was saved before is intact; free " in line
        )
        assert "run the same command again" in line
        seen.append(break_it._stored(results))
    assert answer.code == 0
    assert seen and seen == sorted(seen)  # stored outputs stayed
    assert len(outputs(results)) == len(outputs(results, "latin")) == 19
    assert not list(results.glob("*.damaged*"))


def test_a_file_that_may_not_grow_is_one_line_and_loses_no_output(
    run_cli: Cli, write_config: WriteConfig, results: Path
) -> None:
    """A quota has the same effect; the test needs no rights."""
    config = write_config(systems=BOTH)
    run_cli("run", config, "--results", results, "--system", "copy")
    size = (results / "store.sqlite").stat().st_size

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, size + 4096))

    answer = harness("run", config, "--results", results, preexec_fn=limited)
    assert answer.code == 2
    assert answer.err.splitlines()[-1].startswith("harness: ")
    assert "could not write" in answer.err.splitlines()[-1]
    assert "Traceback" not in answer.err
    assert run_cli("run", config, "--results", results).code == 0
    assert len(outputs(results)) == len(outputs(results, "latin")) == 19
    assert not list(results.glob("*.damaged*"))


def test_a_folder_that_has_become_read_only_is_one_line_and_nothing_is_set_aside(
    run_cli: Cli, write_config: WriteConfig, small_disk: Path
) -> None:
    remount(small_disk, "size=10m")
    config, results = write_config(), small_disk / "results"
    assert run_cli("run", config, "--results", results).code == 0
    remount(small_disk, "ro")
    for arguments in ((), ("--limit", 7), ("--fresh",)):
        answer = run_cli("run", config, "--results", results, *arguments)
        assert answer.code == 2
        (line,) = answer.err.splitlines()
        assert "could not write (Read-only file system); what was saved before is intact" in line
    remount(small_disk, "rw")
    assert run_cli("run", config, "--results", results).code == 0
    assert not list(results.glob("*.damaged*"))


@pytest.mark.skipif(not AS_ROOT, reason="only root can become somebody who may not write")
def test_a_folder_that_turns_read_only_while_a_run_writes_to_it(write_config: WriteConfig) -> None:
    place = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    place.chmod(0o777)
    config, said = break_it.write_config(place), place / "said"
    results = place / "results"

    def work() -> None:
        break_it.run(config, place / "first")  # imports every module that it needs
        os.setuid(65534)
        break_it.slowed(0.02)
        try:
            break_it.run(config, results)
        except Exception as error:
            said.write_text(f"{type(error).__name__}: {error}", encoding="utf-8")

    try:
        child = break_it.started(work)
        while break_it._stored(results) < 3:
            assert not said.exists(), said.read_text(encoding="utf-8")
            sleep(0.01)
        (folder,) = results.glob("broken-*/")
        folder.chmod(0o555)
        folder.chmod(0o555)
        os.chown(folder, 0, 0)
        assert break_it.ended(child) == 0
        told = said.read_text(encoding="utf-8")
        assert re.match(r"FileError: .*could not write \(Permission denied\); what was saved before is intact", told)
        assert re.search(r"\(\d+ outputs made now are saved in .*store\.sqlite\)$", told)
        os.chown(folder, 65534, 65534)
        folder.chmod(0o755)
        sound, _ = break_it.undisturbed(place)
        break_it.run(config, results)
        break_it.check(results, sound)
    finally:
        shutil.rmtree(place)


# --- what is there is damaged -----------------------------------------------------------------------------------------


def test_without_a_store_a_cut_line_and_a_cut_manifest_lose_one_output(
    run_cli: Cli, write_config: WriteConfig, results: Path
) -> None:
    config = write_config()
    whole = run_cli("run", config, "--results", results)
    (path,) = results.glob("*/outputs/translate/copy.jsonl")
    complete = path.read_bytes()
    path.write_bytes(complete[:-20])
    (manifest,) = results.glob("*/manifest.json")
    manifest.write_bytes(manifest.read_bytes()[:100])
    (results / "store.sqlite").unlink()
    again = run_cli("run", config, "--results", results)
    assert (again.code, again.out) == (0, whole.out)
    assert path.read_bytes() == complete
    (made,) = json.loads(manifest.read_text(encoding="utf-8"))["systems"]["copy"]["translate"]["made"]
    assert (made["made"], made["outputs"]) == (1, 1)  # the origin of the others is now unknown


SPOILT: tuple[dict[str, Any], ...] = (
    {"sample": 10**30}, {"sample": -1}, {"sample": True}, {"sections": "two"}, {"input_tokens": "7"}, {"seconds": [1]},
    {"output_tokens": {}}, {"split_sentences": None}, {"truncated": "no"}, {"finish": "lunch"}, {"text": None},
    {"text": "\ud800"}, {"id": 7}, {"unheard_of": 1}, {"departs": 1},
    {"raw": 1}, {"rules": "thought"}, {"facts": {"cost": None}},
)  # fmt: skip


def test_damaged_lines_are_skipped_and_their_outputs_generated_again(
    run_cli: Cli, write_config: WriteConfig, results: Path
) -> None:
    config = write_config()
    whole = run_cli("run", config, "--results", results)
    (path,) = results.glob("*/outputs/translate/copy.jsonl")
    complete = path.read_bytes()
    lines = complete.decode().splitlines()
    spoilt = [json.dumps(json.loads(line) | field) for line, field in zip(lines, SPOILT, strict=False)]
    path.write_text("\n".join([*spoilt, *lines[len(SPOILT) :], ""]), encoding="utf-8")
    (results / "store.sqlite").unlink()
    again = run_cli("run", config, "--results", results)
    assert (again.code, again.out) == (0, whole.out)
    assert path.read_text(encoding="utf-8").splitlines() == lines
    assert path.read_bytes() == complete
    (manifest,) = results.glob("*/manifest.json")
    made = json.loads(manifest.read_text(encoding="utf-8"))["systems"]["copy"]["translate"]["made"]
    assert {(session["made"], session["outputs"]) for session in made} == {(19, 1), (18, 18)}


def test_a_damaged_store_is_set_aside_and_rebuilt_from_the_folders(
    run_cli: Cli, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config()
    whole = run_cli("run", config, "--results", results)
    (results / "store.sqlite").write_bytes(b"no database at all\n" * 1000)

    def refuse(self: models.PerSource, sources: object) -> NoReturn:
        raise AssertionError("generated again")

    monkeypatch.setattr(models.PerSource, "generate", refuse)
    again = run_cli("run", config, "--results", results)
    assert (again.code, again.out) == (0, whole.out)
    (aside,) = results.glob("store.sqlite.damaged-*")
    assert f"store.sqlite is damaged (file is not a database); it was set aside as {aside.name}" in again.err
    assert "is damaged" not in run_cli("run", config, "--results", results).err


def test_a_database_of_another_program_is_left_as_it_is(run_cli: Cli, write_config: WriteConfig, results: Path) -> None:
    import sqlite3

    results.mkdir()
    path = results / "store.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE customers (name)")
    connection.close()
    before = path.read_bytes()
    answer = run_cli("run", write_config(), "--results", results)
    assert (answer.code, path.read_bytes()) == (2, before)
    assert answer.err.startswith(f"harness: {path}: another program's database (tables: customers); move it, or ")
    assert [each.name for each in results.glob("store*")] == ["store.sqlite"]


def test_a_store_of_a_newer_harness_is_one_line(run_cli: Cli, write_config: WriteConfig, results: Path) -> None:
    import sqlite3

    config = write_config()
    run_cli("run", config, "--results", results)
    connection = sqlite3.connect(results / "store.sqlite")
    connection.executescript("UPDATE about SET schema = 99; PRAGMA user_version = 99;")
    connection.close()
    answer = run_cli("run", config, "--results", results)
    assert answer.code == 2
    assert answer.err.startswith(f"harness: {results / 'store.sqlite'}: schema 99, this harness reads 1; update the ")
    assert len(answer.err.splitlines()) == 1


# --- models that fail -------------------------------------------------------------------------------------------------


class TestModels:
    @pytest.fixture
    def model(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """Make the system `copy` raise: on some sources, or when it is asked for more than a few together."""
        generate = models.PerSource.generate

        def call(error: Exception, *, on: tuple[str, ...] = (), over: int = 1000) -> None:
            def raising(self: models.PerSource, sources: list[Source]) -> Iterator[Generation]:
                if self.description["family"] == "copy-source":
                    for number, source in enumerate(sources):
                        if source.id.endswith(on or ("nothing",)) or (number >= over and len(sources) > over):
                            raise error
                        yield Generation(source.id, source.text)
                else:
                    yield from generate(self, sources)

            monkeypatch.setattr(models.PerSource, "generate", raising)

        return call

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (ValueError("a word too many"), "ValueError: a word too many"),
            (MemoryError(), "MemoryError: "),
            (
                RuntimeError("CUDA out of memory. Tried to allocate"),
                "RuntimeError: CUDA out of memory. Tried to allocate",
            ),
        ],
        ids=["a bug", "out of memory", "out of memory on a GPU"],
    )
    def test_a_source_on_which_it_raises_is_recorded_and_the_others_are_kept(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, model: Any, error: Exception, reason: str
    ) -> None:
        model(error, on=("s07", "s11"))
        config = write_config(systems=BOTH)
        answer = run_cli("run", config, "--results", results, "--format", "json")
        assert answer.code == 3
        rows = {row["name"]: row for row in json.loads(answer.out)["tasks"][0]["systems"]}
        assert rows["copy"]["error"] == (
            f"2 of 19 segments failed: india-japan#s07: {reason} (and 1 more; their reasons are in the outputs)"
        )
        assert rows["latin"]["metrics"]
        lines = outputs(results)
        assert [line["id"][-3:] for line in lines if "error" in line] == ["s07", "s11"]
        assert {line["error"] for line in lines if "error" in line} == {reason}
        assert sum("text" in line for line in lines) == 17
        # The next run tries only those two again.
        asked: list[str] = []

        def watched(self: models.PerSource, sources: list[Source]) -> Iterator[Generation]:
            asked.extend(source.id[-3:] for source in sources)
            yield from (Generation(source.id, source.text) for source in sources)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(models.PerSource, "generate", watched)
            assert run_cli("run", config, "--results", results).code == 0
        assert asked == ["s07", "s11"]
        assert not any("error" in line for line in outputs(results))

    def test_sources_that_fit_in_memory_in_smaller_parts_are_done_and_logged(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, model: Any
    ) -> None:
        model(MemoryError("19 are too many"), over=3)
        answer = run_cli("run", write_config(systems=BOTH), "--results", results)
        assert answer.code == 0
        said = "an error with several sources together, and none with fewer: MemoryError: 19 are too many"
        assert f"translate: copy: {said}" in answer.err
        (manifest,) = results.glob("*/manifest.json")
        systems = json.loads(manifest.read_text(encoding="utf-8"))["systems"]
        assert systems["copy"]["translate"]["made"][0]["warnings"] == [said]
        assert systems["latin"]["translate"]["made"][0]["warnings"] == []

    def test_a_model_that_always_raises_fails_with_its_reason_and_the_others_continue(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, model: Any
    ) -> None:
        model(ValueError("no vocabulary"), on=("",))
        answer = run_cli("run", write_config(systems=BOTH), "--results", results, "--format", "json")
        rows = {row["name"]: row for row in json.loads(answer.out)["tasks"][0]["systems"]}
        assert (answer.code, rows["copy"]["error"]) == (3, "ValueError: no vocabulary")
        assert rows["latin"]["metrics"]

    def test_sources_that_always_fail_do_not_delay_the_others(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, model: Any
    ) -> None:
        """The first ten always fail: each run stops after five, and begins with sources that were not tried before."""
        model(ValueError("too long"), on=tuple(f"s{number:02d}" for number in range(1, 11)))
        config = write_config()
        for made in (0, 0, 9, 9):
            assert run_cli("run", config, "--results", results).code == 3
            assert sum("text" in line for line in outputs(results)) == made

    def test_an_output_with_half_a_surrogate_pair_is_a_failure_of_its_source(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def odd(self: models.PerSource, sources: list[Source]) -> Iterator[Generation]:
            yield from (Generation(s.id, "\ud800" if s.id.endswith("s02") else s.text) for s in sources)

        monkeypatch.setattr(models.PerSource, "generate", odd)
        answer = run_cli("run", write_config(), "--results", results)
        assert answer.code == 3
        assert "1 of 19 segments failed: india-japan#s02: its output is not valid Unicode text" in " ".join(
            answer.out.split()
        )


# --- the network ------------------------------------------------------------------------------------------------------


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note every attempt to reach something over the network, and refuse it."""
    tried: list[str] = []

    def refuse(*arguments: object, **_: object) -> NoReturn:
        tried.append(str(arguments))
        raise OSError("the network is forbidden in this test")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    return tried


HUB = "[{name: copy, family: copy-source}, {name: it2, family: indictrans2, checkpoint: someone/not-in-any-cache}]"


class TestOffline:
    def test_no_command_opens_a_connection(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, no_sockets: list[str],
        monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    ) -> None:  # fmt: skip
        monkeypatch.setenv("HF_HUB_OFFLINE", "")
        monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
        config = write_config(systems=HUB)
        answer = run_cli("run", config, "--results", results, "--offline")
        assert answer.code == 3
        assert "it2: failed: someone/not-in-any-cache: revision main is not in the cache" in " ".join(
            answer.out.split()
        )
        assert no_sockets == []
        assert len(outputs(results)) == 19

    def test_without_offline_the_hub_is_asked(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, no_sockets: list[str],
        monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    ) -> None:  # fmt: skip
        """Show that the test above can fail."""
        from harness.core import hub

        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
        monkeypatch.setattr(hub, "_down", {})
        assert run_cli("run", write_config(systems=HUB), "--results", results).code == 3
        assert no_sockets
