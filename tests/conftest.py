"""What several test files share: the command line run in this process, and small configs."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from secrets import token_hex

import pytest

from harness import cli
from harness.core import hub as hub_module
from tests import paths
from tests.fake_hub import Hub
from tests.paths import DATASET


@dataclass(frozen=True)
class Answer:
    """What a command came to."""

    code: int
    out: str
    err: str


Cli = Callable[..., Answer]

# torch reads these when it is imported, in this process and in those that tests start. The models of the tests are too
# small for a second thread: two threads mostly wait for each other, and on a busy machine they take ten times as long.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
# A worker of pytest-xdist imports torch and transformers: about 1 GB.
MOST_WORKERS = 8
# The width of the developer's terminal. The tests expect the width that the harness takes without one.
os.environ.pop("COLUMNS", None)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run single files in this process, and folders in one process per core: a process takes seconds to start."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # pytest-xdist reads it
    if not any(Path(argument.partition("::")[0]).is_dir() for argument in config.args):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_WORKERS) if cores > 1 else 0


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the files with slow tests to the processes first, so that all processes finish at about the same time."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Exclude the thousands of collected tests from garbage collection: an engine collects whenever it is closed."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_job_on_github(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no verdict of a test stand in the summary of the job that runs the tests."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let no test find what another one, or the user, has computed."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path_factory.getbasetemp() / "cache" / token_hex(8)))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of shared data; skip the test if this machine does not have it."""
    folder = paths.shared()
    if folder is None:
        pytest.skip("needs shared data: expected a folder `shared` beside the repository, or $HARNESS_SHARED")
    return folder


@pytest.fixture(scope="session")
def wmt14(shared: Path) -> Callable[[str], list[str]]:
    """Return a function from a name (a system, or "reference") to its lines of newstest2014 hi-en; skip without it."""
    folder = paths.wmt14()
    if folder is None:
        pytest.skip(f"needs newstest2014 hi-en: expected the folder data/wmt14-hi-en in {shared}")

    @cache
    def lines(name: str) -> list[str]:
        return (folder / f"{name}.en").read_text(encoding="utf-8").split("\n")[:-1]

    return lines


@pytest.fixture
def run_cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `harness ARGUMENTS...` and return its exit code and what it printed."""

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Answer(int(exit_.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture
def write_config(tmp_path: Path) -> Callable[..., Path]:
    """Write a config of the india-japan dataset: tasks and systems as YAML, one string each."""

    def write(*, tasks: str = "[translate]", systems: str = "[{name: copy, family: copy-source}]") -> Path:
        path = tmp_path / "config.yaml"
        path.write_text(
            f"name: small\ndatasets: [{DATASET}]\ntasks: {tasks}\nsystems: {systems}\nstatistics: {{resamples: 100}}\n",
            encoding="utf-8",
        )
        return path

    return write


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """The only hub that this process knows, with an empty cache."""
    from huggingface_hub import close_session

    with Hub() as found:
        found.use(monkeypatch, tmp_path / "home")
        hub_module._down.clear()
        yield found
        hub_module._down.clear()
        close_session()
