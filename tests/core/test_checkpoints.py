"""Checkpoints on a hub, in its cache or in a folder; every fault is one line with the next step.

The hub is a fake one on 127.0.0.1 (see `fake_hub.py`); its checkpoints are tiny mT5s.
"""

import json
import logging
import math
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.core import checkpoints
from harness.core import hub as core_hub
from harness.core.checkpoints import Checkpoint, download, hardware, headers
from harness.core.errors import HarnessError, InputError, ModelError
from harness.core.hub import without_network
from harness.models.mt5 import Options
from tests.fake_hub import Hub
from tests.models import tiny_mt5

NAME = "org/tiny"
WANTED = Options.FILES
SMALL = {"config.json", "spiece.model", "tokenizer_config.json"}  # the wanted files that the checkpoints have
SINGLE = ("model.safetensors",)
INDEX = ("model.safetensors.index.json",)
SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Checkpoints in every form; a test that changes one takes a copy."""
    root = tmp_path_factory.mktemp("checkpoints")
    return {
        "single": tiny_mt5.build(root / "single"),
        "other": tiny_mt5.build(root / "other", seed=1),
        "sharded": tiny_mt5.build(root / "sharded", shards=2),
        "pickle": tiny_mt5.build(root / "pickle", weights="pickle"),
    }


@pytest.fixture
def single(made: dict[str, Path], tmp_path: Path) -> Path:
    """A folder with a whole checkpoint, to be damaged."""
    return Path(shutil.copytree(made["single"], tmp_path / "single"))


@pytest.fixture
def sharded(made: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made["sharded"], tmp_path / "sharded"))


@pytest.fixture
def later(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Act like a new process: huggingface_hub has just been imported, and no request has been counted."""

    def start() -> None:
        hub.restart(monkeypatch)
        core_hub._down.clear()
        hub.requests.clear()

    return start


def locate(name: str = NAME, revision: str | None = None) -> Checkpoint:
    return download.locate(name, revision, WANTED)


def here(checkpoint: Checkpoint) -> set[str]:
    return {path.name for path in checkpoint.folder.iterdir()}


def refused(call: Callable[[], object], kind: type[HarnessError] = HarnessError) -> str:
    """Return the one-line error of a call."""
    with pytest.raises(kind) as error:
        call()
    message = str(error.value)
    assert "\n" not in message
    return message


def bring(name: str = NAME, revision: str | None = None, files: tuple[str, ...] = SINGLE) -> Checkpoint:
    """Download a checkpoint with its weights, as a run does."""
    found = locate(name, revision)
    download.fetch(found, files)
    return found


def parameters_of(folder: Path) -> int:
    """Return how many numbers the safetensors files of a folder contain, read from their bytes."""
    total = 0
    for path in folder.glob("*.safetensors"):
        content = path.read_bytes()
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        total += sum(math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
    return total


def folder_of(files: dict[str, int | None], **fields: Any) -> Checkpoint:
    return Checkpoint(name="x", commit=None, folder=Path("x"), files=files, **fields)


class TestLocate:
    def test_locating_downloads_the_small_files_and_no_weights(self, hub, made):
        commit = hub.push(NAME, made["single"])
        found = locate()
        assert (found.name, found.commit, found.only_cached) == (NAME, commit, False)
        assert here(found) == SMALL
        assert set(hub.downloads()) == SMALL
        assert found.json("config.json")["model_type"] == "mt5"

    def test_a_file_that_is_not_wanted_is_not_downloaded(self, hub, made):
        hub.push(NAME, made["single"])
        assert here(download.locate(NAME, None, ["config.json", "vocab.json"])) == {"config.json"}

    def test_all_files_are_known_with_the_sizes_that_the_hub_says(self, hub, made):
        hub.push(NAME, made["single"], sizes={"model.safetensors": 2_329_638_768})
        found = locate()
        assert set(found.files) == {path.name for path in made["single"].iterdir()}
        assert found.files["model.safetensors"] == 2_329_638_768
        assert checkpoints.missing(found, SINGLE) == [*SINGLE]

    def test_a_branch_is_resolved_to_its_newest_commit(self, hub, made):
        first = hub.push(NAME, made["single"])
        assert locate().commit == first
        second = hub.push(NAME, made["other"])
        assert second != first
        assert locate().commit == second
        assert locate(revision="main").commit == second

    def test_a_commit_and_another_branch_can_be_named(self, hub, made):
        first = hub.push(NAME, made["single"])
        second = hub.push(NAME, made["other"], branch="refs/pr/1")
        assert locate(revision=first).commit == first
        assert locate(revision="refs/pr/1").commit == second

    def test_the_label_names_the_commit(self, hub, made):
        commit = hub.push(NAME, made["single"])
        assert locate().label == f"{NAME} @ {commit[:12]}"


class TestFetch:
    def test_one_file_of_weights(self, hub, made):
        hub.push(NAME, made["single"])
        found = locate()
        hub.requests.clear()
        folder = download.fetch(found, checkpoints.weight_files(found, None))
        assert hub.downloads() == [*SINGLE]
        assert here(found) == SMALL | {*SINGLE}
        assert (folder / "model.safetensors").read_bytes() == (made["single"] / "model.safetensors").read_bytes()
        assert checkpoints.missing(found, SINGLE) == []

    def test_for_an_index_only_the_files_that_it_names_are_downloaded(self, hub, sharded):
        (sharded / "model-00003-of-00003.safetensors").write_bytes(b"of an older upload")
        hub.push(NAME, sharded)
        found = locate()
        files = checkpoints.weight_files(found, None)
        assert files == INDEX
        assert here(found) == SMALL
        hub.requests.clear()
        download.fetch(found, files)
        assert hub.downloads() == [*INDEX, *SHARDS]
        assert here(found) == SMALL | {*INDEX, *SHARDS}
        assert checkpoints.missing(found, files) == []

    def test_each_missing_part_is_listed(self, hub, made):
        hub.push(NAME, made["sharded"])
        found = bring(files=INDEX)
        (found.folder / SHARDS[1]).unlink()
        assert checkpoints.missing(found, INDEX) == SHARDS[1:]

    def test_a_second_time_nothing_is_downloaded(self, hub, made):
        hub.push(NAME, made["sharded"])
        bring(files=INDEX)
        hub.requests.clear()
        bring(files=INDEX)
        assert hub.downloads() == []

    def test_a_file_that_has_vanished_from_the_cache_is_fetched_again(self, hub, made):
        hub.push(NAME, made["single"])
        found = bring()
        (found.folder / "model.safetensors").unlink()
        bring()
        assert checkpoints.missing(found, SINGLE) == []

    def test_weights_that_the_hub_has_damaged_are_refused(self, hub, single):
        (single / "model.safetensors").write_bytes(b"x" * 1000)
        hub.push(NAME, single)
        assert "model.safetensors: not a whole safetensors file (1,000 bytes;" in refused(bring, ModelError)

    def test_a_part_that_the_hub_does_not_have_is_named(self, hub, sharded):
        hub.push(NAME, sharded, without=[SHARDS[1]])
        message = refused(lambda: bring(files=INDEX), ModelError)
        assert SHARDS[1] in message
        assert "try again later" not in message

    def test_a_folder_needs_no_download(self, hub, single):
        assert download.fetch(checkpoints.in_folder(single), SINGLE) == single
        assert hub.requests == []


class TestTheCache:
    """Cached files need no network; a new process uses the files that another downloaded."""

    def test_a_cached_commit_needs_no_request(self, hub, made, later):
        commit = hub.push(NAME, made["single"])
        bring()
        later()
        found = bring(revision=commit)
        assert hub.requests == []
        assert found.commit == commit
        assert checkpoints.weight_files(found, None) == SINGLE

    @pytest.mark.parametrize(("form", "files"), [("single", SINGLE), ("sharded", INDEX)])
    def test_missing_weights_of_a_cached_commit_are_downloaded(self, hub, made, later, form, files):
        # `harness check` downloads the small files, `harness run` the rest.
        commit = hub.push(NAME, made[form])
        locate(revision=commit)
        later()
        found = locate(revision=commit)
        assert checkpoints.weight_files(found, None) == files
        download.fetch(found, files)
        assert checkpoints.missing(found, files) == []

    def test_a_small_file_of_a_cached_commit_is_downloaded_if_it_is_missing(self, hub, made, later):
        # This is the state after Ctrl-C between two of them.
        commit = hub.push(NAME, made["single"])
        (locate(revision=commit).folder / "spiece.model").unlink()
        later()
        assert here(locate(revision=commit)) == SMALL

    def test_a_missing_part_of_cached_weights_is_downloaded(self, hub, made, later):
        commit = hub.push(NAME, made["sharded"])
        (bring(revision=commit, files=INDEX).folder / SHARDS[1]).unlink()
        later()
        assert checkpoints.missing(bring(revision=commit, files=INDEX), INDEX) == []

    @pytest.mark.parametrize("switch", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
    def test_offline_a_branch_is_at_the_commit_of_its_last_look_up(self, hub, made, later, monkeypatch, switch):
        commit = hub.push(NAME, made["single"])
        bring()
        hub.push(NAME, made["other"])
        later()
        monkeypatch.setenv(switch, "1")
        found = bring()
        assert found.commit == commit
        assert checkpoints.weight_files(found, None) == SINGLE
        assert hub.requests == []

    def test_offline_a_branch_that_moved_is_at_its_new_commit(self, hub, made, later, monkeypatch):
        hub.push(NAME, made["single"])
        bring()
        second = hub.push(NAME, made["other"])
        bring()
        later()
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        assert locate().commit == second

    @pytest.mark.parametrize(
        ("value", "expected"),
        [*((value, True) for value in ("1", "true", "YES", "on")), *((value, False) for value in ("", "0", "no"))],
    )
    def test_offline_accepts_the_values_of_huggingface_hub(self, monkeypatch, value, expected):
        monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
        monkeypatch.setenv("HF_HUB_OFFLINE", value)
        assert download.offline() is expected

    @pytest.mark.parametrize("revision", [None, "v2", "0" * 40])
    def test_offline_without_a_cache(self, hub, made, monkeypatch, revision):
        hub.push(NAME, made["single"])
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        message = refused(lambda: locate(revision=revision), ModelError)
        assert message == (
            f"{NAME}: revision {revision or 'main'} is not in the cache, and the network is forbidden "
            "(HF_HUB_OFFLINE or --offline); run once with a network, or name a local folder"
        )
        assert hub.requests == []

    def test_offline_without_its_weights(self, hub, made, later, monkeypatch):
        commit = hub.push(NAME, made["single"])
        locate()
        later()
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        found = locate(revision=commit)
        message = refused(lambda: checkpoints.weight_files(found, None))
        assert message == f"{NAME} @ {commit[:12]}: its weights are not in the cache; run once with a network"
        assert "is not complete in the cache" in refused(lambda: download.fetch(found, SINGLE), ModelError)
        assert hub.requests == []


# Seconds. The tests wait 0.3 s for a hub, huggingface_hub would wait 10 s; a busy machine takes some itself.
SOON = 9


class TestNoNetwork:
    """Without a network and without --offline: use the cache with a warning; without a cache, soon give one line."""

    @pytest.fixture(autouse=True)
    def soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Wait for a hub that does not answer for a shorter time than users do."""
        assert core_hub.TIMEOUT <= 5
        monkeypatch.setattr(core_hub, "TIMEOUT", 0.3)

    @pytest.fixture(params=["refused", "silent"])
    def down(self, request: pytest.FixtureRequest, hub: Hub, later: Callable[[], None]) -> Callable[[], None]:
        def go() -> None:
            later()
            if request.param == "refused":
                hub.stop()
            else:
                hub.silent = True

        return go

    def test_a_cached_branch_goes_on_with_a_warning(self, hub, made, down, caplog):
        commit = hub.push(NAME, made["single"])
        bring()
        down()
        with caplog.at_level(logging.WARNING):
            found = bring()
        assert found.commit == commit
        assert checkpoints.weight_files(found, None) == SINGLE
        (record,) = [record for record in caplog.records if record.name.startswith("harness")]
        assert record.levelno == logging.WARNING
        assert record.getMessage().startswith(f"{NAME}: no network: {hub.url} cannot be reached (")
        assert record.getMessage().endswith(f"; going on with {NAME} @ {commit[:12]} from the cache")

    def test_a_name_server_that_hangs_is_waited_for_no_longer_than_a_hub(self, hub, monkeypatch):
        released = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(10 * SOON))
        started = time.perf_counter()
        with pytest.raises(ModelError, match=r"no network: .* \(its name was not resolved within") as error:
            bring()
        released.set()
        assert time.perf_counter() - started < SOON
        assert "\n" not in str(error.value)

    def test_a_proxy_looks_names_up_itself(self, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("asked"))
        core_hub.resolve("http://hub.example")

    def test_a_cached_commit_does_not_need_the_network(self, hub, made, down, caplog):
        commit = hub.push(NAME, made["single"])
        bring()
        down()
        hub.requests.clear()
        bring(revision=commit)
        assert hub.requests == []
        assert caplog.records == []

    @pytest.mark.parametrize("revision", [None, "0" * 40])
    def test_without_a_cache_it_is_one_line_soon_after_the_time_limit(self, hub, made, down, revision):
        hub.push(NAME, made["single"])
        down()
        started = time.perf_counter()
        message = refused(lambda: locate(revision=revision), ModelError)
        assert time.perf_counter() - started < SOON
        assert message.startswith(f"{NAME}: no network: {hub.url} cannot be reached (")
        assert "connect, set HF_HUB_OFFLINE=1 to use what is in the cache, or name a local folder" in message

    def test_a_hub_that_is_down_is_waited_for_once(self, hub, made, down):
        hub.push(NAME, made["single"])
        down()
        first = refused(locate, ModelError)
        hub.requests.clear()
        second = refused(lambda: locate("org/second"), ModelError)
        assert hub.requests == []
        assert second == first.replace(NAME, "org/second")

    def test_the_cached_commit_of_one_branch_is_not_used_for_another(self, hub, made, later):
        hub.push(NAME, made["single"])
        bring()
        later()
        hub.stop()
        assert "no network" in refused(lambda: locate(revision="v2"), ModelError)

    def test_a_network_that_fails_between_two_files_is_one_line(self, hub, made, monkeypatch):
        hub.push(NAME, made["single"])
        found = locate()
        hub.stop()
        # The library tries again five times.
        monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
        assert "is not complete in the cache" in refused(lambda: download.fetch(found, SINGLE), ModelError)


class TestErrorsOfTheHub:
    @pytest.mark.parametrize("status", [401, 403], ids=["nobody is logged in", "the terms are not accepted"])
    def test_gated(self, hub, made, status):
        hub.push(NAME, made["single"], gated=status)
        message = refused(locate, ModelError)
        assert message.startswith(f"{NAME}: access is gated; accept its terms at {hub.url}/{NAME} ")
        assert "hf auth login" in message
        assert "HF_TOKEN" in message

    def test_unknown(self, hub, made):
        hub.push(NAME, made["single"])
        message = refused(lambda: locate("org/typo"), ModelError)
        assert message.startswith(f"org/typo: no such checkpoint on {hub.url}, or it is private; check the name")
        assert "./" in message

    @pytest.mark.parametrize("revision", ["v2", "refs/pr/7", "0" * 40])
    def test_unknown_revision(self, hub, made, revision):
        hub.push(NAME, made["single"])
        message = refused(lambda: locate(revision=revision), ModelError)
        assert message.startswith(f"{NAME}: no revision '{revision}'; see {hub.url}/{NAME}/tree/main")

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_server_error(self, hub, made, status):
        hub.push(NAME, made["single"])
        hub.status = status
        assert refused(locate, ModelError) == f"{NAME}: {hub.url} answered with an error ({status}); try again later"

    def test_a_login_that_has_expired(self, hub, made):
        hub.push(NAME, made["single"])
        hub.status, hub.message = 401, "Invalid credentials in Authorization header"
        message = refused(locate, ModelError)
        assert "hf auth login" in message
        assert "later" not in message

    def test_a_server_that_is_not_a_hub(self, hub, made):
        hub.push(NAME, made["single"])
        hub.page = b"<html>Welcome to our hotel</html>"
        assert hub.url in refused(locate, ModelError)

    def test_no_config(self, hub, made):
        hub.push(NAME, made["single"], without=["config.json"])
        message = refused(locate, ModelError)
        assert message == f"{NAME}: not a checkpoint: the repository has no config.json at revision main"
        assert hub.downloads() == []

    def test_a_name_that_no_hub_accepts(self, hub):
        assert refused(lambda: locate("org/a--b"), ModelError).startswith("org/a--b: Cannot have -- or ..")
        assert hub.requests == []

    def test_a_config_that_is_no_json(self, hub, single):
        (single / "config.json").write_text("{", encoding="utf-8")
        hub.push(NAME, single)
        assert "config.json" in refused(lambda: locate().json("config.json"), ModelError)

    def test_a_cache_that_cannot_be_written(self, hub, made, tmp_path):
        hub.push(NAME, made["single"])
        (tmp_path / "home").write_text("a file where the cache's folder should be", encoding="utf-8")
        message = refused(locate, ModelError)
        assert str(tmp_path / "home") in message
        assert "HF_HOME" in message
        assert "no network" not in message

    def test_a_disk_that_is_full(self, hub, made, monkeypatch):
        hub.push(NAME, made["single"])

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("huggingface_hub.file_download._chmod_and_move", full)
        assert refused(locate, ModelError) == (
            f"{NAME}: no space left for the download; free some, or set HF_HOME to a larger disk"
        )


class TestDescription:
    """The lines of `harness check` about a checkpoint."""

    @pytest.mark.parametrize(("form", "files"), [("single", SINGLE), ("sharded", INDEX)])
    def test_the_size_is_that_of_the_weights_before_and_after_they_are_fetched(self, hub, made, form, files):
        commit = hub.push(
            NAME, made[form], sizes={"model.safetensors": 15_000_000_000} | dict.fromkeys(SHARDS, 7_500_000_000)
        )
        options = Options(name="x", family="mt5", checkpoint=NAME, device="cpu")
        before = options.describe().checkpoint
        assert (before.revision, before.place, before.parameters) == (commit, "hub", None)
        assert 15_000_000_000 <= before.download == before.size < 15_000_100_000  # with the index
        bring(files=files)
        after = options.describe().checkpoint
        assert (after.revision, after.place, after.download) == (commit, "cache", 0)
        assert 15_000_000_000 <= after.size <= before.size
        assert after.parameters == parameters_of(made[form])

    def test_a_tensor_that_a_tied_layer_shares_counts_once_and_a_pickle_does_not_count(self, made):
        for form, files in {"single": SINGLE, "sharded": INDEX}.items():
            checkpoint = checkpoints.in_folder(made[form])
            assert headers.parameters(checkpoint, files) == parameters_of(made[form])
        assert headers.parameters(checkpoints.in_folder(made["pickle"]), ("pytorch_model.bin",)) is None

    def test_the_hub_states_parameters_gate_and_licence(self, hub, made):
        states = {"tags": ["mt5", "license:mit"], "safetensors": {"parameters": {"F32": 7}, "total": 7}}
        hub.push(NAME, made["single"], states=states)
        checkpoint = Options(name="x", family="mt5", checkpoint=NAME).describe().checkpoint
        assert (checkpoint.parameters, checkpoint.gated, checkpoint.licence) == (7, False, "mit")
        assert checkpoint.from_family == ()

    def test_what_the_hub_does_not_state_is_unknown_unless_the_family_states_it(self, hub, made):
        hub.push(NAME, made["single"])
        plain = Options(name="x", family="mt5", checkpoint=NAME).describe().checkpoint
        assert (plain.parameters, plain.licence, plain.from_family) == (None, None, ())
        name = "csebuetnlp/mT5_multilingual_XLSum"
        hub.push(name, made["single"])
        stated = Options(name="x", family="mt5", checkpoint=name).describe().checkpoint
        assert (stated.licence, stated.from_family) == ("CC-BY-NC-SA", ("licence",))

    def test_a_gated_checkpoint_without_access_is_shown_as_gated(self, hub, made):
        hub.push(NAME, made["single"], gated=403)
        described = Options(name="x", family="mt5", checkpoint=NAME, device="cpu").describe()
        assert [fault.kind for fault in described.faults] == ["no access"]
        assert described.faults[0].message.startswith("access is gated; accept its terms at ")
        assert (described.checkpoint.gated, described.checkpoint.place) == (True, "hub")
        assert described.assumed

    def test_weights_that_are_not_cached_cannot_be_had_without_a_network(self, hub, made):
        hub.push(NAME, made["single"])
        options = Options(name="x", family="mt5", checkpoint=NAME, device="cpu")
        with without_network():
            assert [fault.kind for fault in options.describe().faults] == ["not cached"]
        locate()  # brings the small files
        with without_network():
            described = options.describe()
        assert [fault.kind for fault in described.faults] == ["not cached"]
        assert described.checkpoint.place == "hub"
        bring(files=SINGLE)
        with without_network():
            described = options.describe()
        assert (described.faults, described.checkpoint.place) == ((), "cache")

    def test_each_fault_of_a_checkpoint_has_its_kind(self, hub, single):
        (single / "config.json").write_text(
            json.dumps({**json.loads((single / "config.json").read_text(encoding="utf-8")), "vocab_size": 3}),
            encoding="utf-8",
        )
        hub.push(NAME, single)
        options = Options(name="x", family="mt5", checkpoint=NAME, device="cpu")
        (fault,) = options.describe().faults
        assert fault.kind == "wrong tokenizer"
        assert "they are not one model's" in fault.message
        kinds = {fault.kind for fault in options.model_copy(update={"checkpoint": "org/typo"}).describe().faults}
        assert kinds == {"no checkpoint"}


class TestWhichWeights:
    @pytest.mark.parametrize(
        ("files", "found"),
        [
            (["model.safetensors"], "model.safetensors"),
            (["model.safetensors.index.json", *SHARDS], "model.safetensors.index.json"),
            (["pytorch_model.bin", "model.safetensors"], "model.safetensors"),
            (["pytorch_model.bin", "model.safetensors.index.json"], "model.safetensors.index.json"),
            (["model.safetensors.index.json", "model.safetensors"], "model.safetensors"),
        ],
    )
    def test_safetensors_come_before_pickles_and_one_file_before_many(self, files, found):
        files = dict.fromkeys(files, 1)
        assert checkpoints.weight_files(folder_of(files), None) == (found,)
        assert checkpoints.weight_files(folder_of(files), "pytorch_model.bin") == (found,)

    @pytest.mark.parametrize("file", ["pytorch_model.bin", "pytorch_model.bin.index.json"])
    def test_a_pickle_is_refused_unless_it_is_allowed_by_name(self, file):
        pickled = folder_of({"config.json": 1, file: 1})
        for allowed in (None, "pytorch_model.safetensors", "other.bin"):
            message = refused(lambda allowed=allowed: checkpoints.weight_files(pickled, allowed), InputError)
            assert f"are a pickle only ({file})" in message
            assert message.endswith(f"allow it by name with pickle: {file}")
        assert checkpoints.weight_files(pickled, file) == (file,)

    def test_a_pickle_on_the_hub_is_not_even_downloaded(self, hub, made):
        hub.push(NAME, made["pickle"])
        assert "pickle: pytorch_model.bin" in refused(lambda: checkpoints.weight_files(locate(), None), InputError)
        assert "pytorch_model.bin" not in hub.downloads()
        download.fetch(locate(), checkpoints.weight_files(locate(), "pytorch_model.bin"))
        assert "pytorch_model.bin" in hub.downloads()

    @pytest.mark.parametrize("file", ["tf_model.h5", "flax_model.msgpack", "model.ckpt", "adapter_model.bin"])
    def test_other_formats_are_named(self, file):
        message = refused(lambda: checkpoints.weight_files(folder_of({"config.json": 1, file: 1}), None), InputError)
        assert message == f"x: no weights that can be loaded: expected model.safetensors, found {file}"

    def test_none_at_all(self):
        message = refused(lambda: checkpoints.weight_files(folder_of({"config.json": 1}), None), InputError)
        assert message == "x: no weights that can be loaded: expected model.safetensors"


class TestFolders:
    """Faults of a folder that can be detected before anything is loaded."""

    def test_a_whole_one_has_no_faults(self, made):
        for form, files in {"single": SINGLE, "sharded": INDEX}.items():
            found = checkpoints.in_folder(made[form])
            assert checkpoints.weight_files(found, None) == files
            assert list(checkpoints.weight_faults(found, files)) == []
            assert (found.commit, found.label) == (None, str(made[form]))

    def test_it_is_missing(self, tmp_path):
        message = refused(lambda: checkpoints.in_folder(tmp_path / "x"), InputError)
        assert message == f"{tmp_path / 'x'}: expected a checkpoint's folder, found none"

    def test_it_has_no_config(self, single, tmp_path):
        (single / "config.json").unlink()
        message = refused(lambda: checkpoints.in_folder(single), InputError)
        assert message.startswith(f"{single}: not a checkpoint: no config.json in it (it contains ")
        assert "model.safetensors" in message
        (tmp_path / "empty").mkdir()
        assert refused(lambda: checkpoints.in_folder(tmp_path / "empty")).endswith("(it contains nothing)")

    def test_a_pointer_is_no_weights(self, single):
        pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 2329638768\n"
        (single / "model.safetensors").write_text(pointer, encoding="utf-8")
        assert self.fault(single) == (
            f"{single / 'model.safetensors'}: a Git LFS pointer, not the weights; run git lfs pull in its folder"
        )

    def test_a_pointer_is_no_pickle(self, made, tmp_path):
        folder = Path(shutil.copytree(made["pickle"], tmp_path / "pickle"))
        (folder / "pytorch_model.bin").write_text("version https://git-lfs.github.com/spec/v1\n", encoding="utf-8")
        assert "a Git LFS pointer" in self.fault(folder, ("pytorch_model.bin",))

    def test_a_copy_that_was_cut_off(self, single):
        path = single / "model.safetensors"
        content = path.read_bytes()
        for size in (len(content) - 1, len(content) // 2, 100, 8, 7, 1, 0):
            path.write_bytes(content[:size])
            assert self.fault(single).startswith(f"{path}: not a whole safetensors file ({size:,} bytes; ")
            assert self.fault(single).endswith("); fetch it again")

    @pytest.mark.parametrize("content", [b"\xff" * 5000, b"<html>Not found</html>", b"\0" * 100, b"{}"])
    def test_garbage(self, single, content):
        (single / "model.safetensors").write_bytes(content)
        assert "model.safetensors: not a whole safetensors file (" in self.fault(single)

    def test_a_part_is_missing(self, sharded):
        (sharded / SHARDS[1]).unlink()
        assert self.fault(sharded, INDEX) == (
            f"{sharded / SHARDS[1]}: no such file, and the index of the weights names it; is the copy complete?"
        )
        assert "no such file" in refused(lambda: download.fetch(checkpoints.in_folder(sharded), INDEX), ModelError)

    def test_a_part_is_cut(self, sharded):
        (sharded / SHARDS[0]).write_bytes((sharded / SHARDS[0]).read_bytes()[:-1])
        assert SHARDS[0] in self.fault(sharded, INDEX)

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"weight_map": []}', b'{"weight_map": {"a": 1}}',
         b'{"weight_map": {"a": null}}', b'{"weight_map": {"a": ["x"]}}', b'{"weight_map": {}}'],
    )  # fmt: skip
    def test_a_damaged_index(self, sharded, content):
        path = sharded / "model.safetensors.index.json"
        path.write_bytes(content)
        for call in (download.fetch, checkpoints.missing, lambda *given: list(checkpoints.weight_faults(*given))):
            message = refused(lambda call=call: call(checkpoints.in_folder(sharded), INDEX), ModelError)
            assert message == f"{path}: expected an index of weights (a weight_map); fetch the file again"

    @pytest.mark.parametrize(("content", "found"), [("[1]", "found list"), ("{", "line 1"), ("", "empty")])
    def test_a_config_that_is_no_json_object(self, single, content, found):
        (single / "config.json").write_text(content, encoding="utf-8")
        message = refused(lambda: checkpoints.in_folder(single).json("config.json"), ModelError)
        assert str(single / "config.json") in message
        assert found in message

    def test_a_json_file_that_it_does_not_have_is_empty(self, made):
        assert checkpoints.in_folder(made["single"]).json("generation_config.json") == {}

    def test_other_formats_only(self, single):
        (single / "model.safetensors").rename(single / "tf_model.h5")
        found = checkpoints.in_folder(single)
        assert refused(lambda: checkpoints.weight_files(found, None), InputError).endswith("found tf_model.h5")

    @staticmethod
    def fault(folder: Path, files: tuple[str, ...] = SINGLE) -> str:
        (found,) = map(str, checkpoints.weight_faults(checkpoints.in_folder(folder), files))
        assert "\n" not in found
        return found


class TestNames:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("./mt5", True), ("../models/mt5", True), ("/srv/mt5", True), ("~/mt5", True), (".", True),
            ("google/mt5-small", False), ("gpt2", False),
            ("here", True), ("org/here", True), ("org/gone", True), ("a-file", True),
            ("checkpoint-500", True), ("out/checkpoint-500", True), ("a/b/c", True), ("gpt2\0", False),
            ("a" * 1000, False), ("a/" * 1000 + "a", True),
        ],
    )  # fmt: skip
    def test_a_folder_looks_like_a_path_or_is_one(self, tmp_path, name, expected):
        (tmp_path / "here").mkdir()
        (tmp_path / "org" / "here").mkdir(parents=True)
        (tmp_path / "a-file").touch()
        assert checkpoints.is_folder(name, tmp_path) is expected

    @pytest.mark.parametrize("name", ["google/mt5-small", "gpt2", "csebuetnlp/mT5_multilingual_XLSum", "a.b/c_d-e"])
    def test_names_on_the_hub(self, name):
        assert checkpoints.name_fault(name) is None

    @pytest.mark.parametrize(
        "name",
        [
            "",
            " ",
            "a b",
            "a/b/c",
            "a/",
            "/a",
            "a//b",
            "org/model\n",
            "org/model@main",
            "https://huggingface.co/a/b",
            "a:b",
        ],
    )
    def test_other_names(self, name):
        fault = checkpoints.name_fault(name)
        assert fault is not None
        assert repr(name) in fault
        assert "\n" not in fault


class TestDigest:
    """The digest of a folder depends on its content, not on its path."""

    @staticmethod
    def digest(folder: Path, files: tuple[str, ...] = SINGLE) -> str:
        return checkpoints.digest(checkpoints.in_folder(folder), WANTED, files)

    def test_another_folder_has_the_same_digest(self, made, single):
        assert self.digest(single) == self.digest(made["single"])
        moved = single.rename(single.with_name("moved"))
        assert self.digest(moved) == self.digest(made["single"])

    def test_other_times_of_modification_have_the_same_digest(self, made, single):
        for path in single.iterdir():
            os.utime(path, (1, 1))
        assert self.digest(single) == self.digest(made["single"])

    @pytest.mark.parametrize("file", sorted(SMALL | {*SINGLE}))
    def test_a_changed_byte_changes_the_digest(self, single, file):
        before = self.digest(single)
        content = (single / file).read_bytes()
        (single / file).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        os.utime(single / file, (1, 1))  # the times of files have a coarse resolution
        assert self.digest(single) != before

    def test_adding_or_removing_a_wanted_file_changes_the_digest(self, single):
        before = self.digest(single)
        (single / "generation_config.json").write_text("{}", encoding="utf-8")
        more = self.digest(single)
        (single / "generation_config.json").unlink()
        (single / "tokenizer_config.json").unlink()
        assert len({before, more, self.digest(single)}) == 3

    def test_a_file_that_is_not_read_does_not_change_the_digest(self, made, single):
        (single / "README.md").write_text("a card\n", encoding="utf-8")
        assert self.digest(single) == self.digest(made["single"])

    def test_a_part_of_the_weights_changes_the_digest(self, sharded):
        before = self.digest(sharded, INDEX)
        content = (sharded / SHARDS[1]).read_bytes()
        (sharded / SHARDS[1]).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        os.utime(sharded / SHARDS[1], (1, 1))
        assert self.digest(sharded, INDEX) != before

    def test_other_weights_have_another_digest(self, made):
        assert self.digest(made["single"]) != self.digest(made["other"])


class TestHardware:
    @pytest.fixture(autouse=True)
    def forget(self) -> Iterator[None]:
        hardware._devices.cache_clear()
        yield
        hardware._devices.cache_clear()

    @pytest.fixture
    def machine(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """Let torch report GPUs that this machine lacks."""
        import torch

        def build(*, gpus: int = 0, bf16: bool = False, mps: bool = False) -> None:
            monkeypatch.setattr(hardware, "_DRIVERS", ("/",))
            monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
            monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
            # A GPU without the type emulates it.
            monkeypatch.setattr(
                torch.cuda, "is_bf16_supported", lambda including_emulation=True: bf16 or including_emulation
            )
            monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

        return build

    @pytest.mark.skipif(sys.platform != "linux", reason="drivers are files on Linux only")
    def test_without_a_driver_auto_is_the_cpu_and_torch_is_not_imported(self):
        code = (
            "import sys; from harness.core.checkpoints import hardware; hardware._DRIVERS = ('/no/such/driver',)\n"
            "device = hardware.device('auto')\n"
            "print(device, hardware.dtype('auto', device), 'torch' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["cpu", "float32", "False"]

    @pytest.mark.parametrize(
        ("seen", "device", "dtype"),
        [
            ({}, "cpu", "float32"),
            ({"gpus": 1, "bf16": True}, "cuda", "bfloat16"),
            ({"gpus": 2, "bf16": False}, "cuda", "float32"),
            ({"mps": True}, "mps", "float32"),
            ({"gpus": 1, "bf16": True, "mps": True}, "cuda", "bfloat16"),
        ],
        ids=["no GPU", "a GPU with bfloat16", "GPUs without", "MPS", "both"],
    )
    def test_auto(self, machine, seen, device, dtype):
        machine(**seen)
        assert hardware.device("auto") == device
        assert hardware.dtype("auto", device) == dtype

    def test_the_cpu_gets_float32_on_any_machine_and_an_explicit_type_is_kept(self, machine):
        machine(gpus=2, bf16=True)
        assert hardware.device("cpu") == "cpu"
        assert hardware.dtype("auto", "cpu") == "float32"
        assert hardware.device("cuda:1") == "cuda:1"
        assert hardware.dtype("auto", "cuda:1") == "bfloat16"
        assert hardware.dtype("float16", "cuda") == "float16"
        assert hardware.dtype("bfloat16", "cpu") == "bfloat16"

    @pytest.mark.parametrize(
        ("wanted", "seen", "there"),
        [
            ("cuda", {}, "cpu"),
            ("cuda:2", {"gpus": 2}, "cuda, cuda:0, cuda:1, cpu"),
            ("mps", {"gpus": 1}, "cuda, cuda:0, cpu"),
            ("cuda", {"mps": True}, "mps, cpu"),
        ],
    )
    def test_a_missing_device_is_refused_with_the_existing_ones(self, machine, wanted, seen, there):
        machine(**seen)
        message = refused(lambda: hardware.device(wanted), ModelError)
        assert message == (f"device {wanted}: torch sees {there} here; choose one of these, or leave device: auto")


class TestTheCommandLine:
    """`harness check` and `harness run` in processes of their own, with the fake hub as the only one."""

    Command = Callable[..., subprocess.CompletedProcess[str]]

    @pytest.fixture
    def served(self) -> Iterator[Hub]:
        with Hub() as found:
            yield found

    @pytest.fixture
    def harness(self, served: Hub, tmp_path: Path, write_config: Callable[..., Path]) -> Command:
        def call(command: str, *arguments: str, more: str = "") -> subprocess.CompletedProcess[str]:
            system = f"{{name: tiny, family: mt5, checkpoint: {NAME}, device: cpu, decoding: {{max_length: 4}}{more}}}"
            config = write_config(tasks="[headline]", systems=f"[{{name: lead, family: lead}}, {system}]")
            if command == "run":
                arguments += ("--results", str(tmp_path / "results"))
            return subprocess.run(
                [sys.executable, "-c", "from harness.cli import main; main()", command, str(config), *arguments],
                env=served.environment(tmp_path / "home"),
                cwd=tmp_path,
                capture_output=True,
                text=True,
                encoding="utf-8",
                check=False,
            )

        return call

    def test_check_shows_the_size_of_the_download(self, served, made, harness):
        commit = served.push(NAME, made["single"], sizes={"model.safetensors": 2_329_638_768})
        done = harness("check")
        assert done.returncode == 0, done.stderr
        assert "config.yaml: can start; downloads 2.3 GB first (1 checkpoint) run small-" in " ".join(
            done.stdout.split()
        )
        # A column in which nothing is known (parameters) is left out.
        assert re.search(rf"^tiny  +{NAME}  +{commit[:7]}  .*2\.3 GB  .*no  ", done.stdout, re.MULTILINE), done.stdout
        assert set(served.downloads()) == SMALL

    def test_check_shows_why_a_checkpoint_is_not_available(self, served, made, harness):
        served.push(NAME, made["single"], gated=401)
        done = harness("check")
        assert done.returncode == 2
        assert "config.yaml: cannot start: no access (tiny) run small-" in " ".join(done.stdout.split())
        assert f"tiny: access is gated; accept its terms at {served.url}/{NAME} " in " ".join(done.stdout.split())
        assert "Traceback" not in done.stdout + done.stderr

    def test_a_system_without_its_checkpoint_does_not_stop_the_others(self, served, harness):
        done = harness("run")
        assert done.returncode == 3
        assert "lead" in done.stdout
        assert f"{NAME}: no such checkpoint on {served.url}" in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr

    @pytest.mark.slow
    def test_after_one_run_check_resume_and_a_fresh_run_work_without_the_hub(self, served, made, harness, tmp_path):
        commit = served.push(NAME, made["single"])
        pinned = f", revision: {commit}"
        assert "downloads" in harness("check").stdout
        first = harness("run")
        assert first.returncode == 0, first.stderr
        assert "model.safetensors" in served.downloads()
        outputs = self.outputs(tmp_path)
        assert outputs
        served.requests.clear()
        for more in ("", pinned):
            assert "nothing to download" in " ".join(harness("check", "--offline", more=more).stdout.split())
        second = harness("run", "--offline")
        assert second.returncode == 0, second.stderr
        assert self.outputs(tmp_path) == outputs
        # Without stored outputs, the weights are loaded from the cache.
        shutil.rmtree(tmp_path / "results")
        third = harness("run", "--offline", more=pinned)
        assert third.returncode == 0, third.stderr
        anew = self.outputs(tmp_path)
        assert {key: row["text"] for key, row in anew.items()} == {key: row["text"] for key, row in outputs.items()}
        assert served.requests == []

    @staticmethod
    def outputs(folder: Path) -> dict[str, dict[str, Any]]:
        """Return the stored outputs of the system, with their seconds: a resumed run generates none again."""
        (path,) = (folder / "results").glob("*/**/*tiny*.jsonl")
        rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        return {row["id"]: row for row in rows if "id" in row}
