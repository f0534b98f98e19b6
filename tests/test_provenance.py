"""What a manifest says of where a run came from."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness import provenance

from .conftest import ROOT


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.invalid")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def found_from(folder: Path) -> dict[str, object] | None:
    """Return the git part of the manifest of the copy of the harness in `folder`."""
    code = "import json; from harness import provenance; print(json.dumps(provenance.collect(['x'])['git']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    found: dict[str, object] | None = json.loads(done.stdout)
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a copy of the package in it that git does not know yet."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "somebody else's work")
    shutil.copytree(ROOT / "harness", tmp_path / "harness", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_commit_is_that_of_the_harness_and_a_change_makes_it_dirty(repository: Path) -> None:
    git(repository, "add", "harness")
    git(repository, "commit", "-q", "-m", "the harness")
    assert found_from(repository) == {"commit": git(repository, "rev-parse", "HEAD"), "dirty": False}
    changed = repository / "harness" / "errors.py"
    changed.write_text(changed.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert found_from(repository) == {"commit": git(repository, "rev-parse", "HEAD"), "dirty": True}


def test_a_copy_inside_somebody_elses_repository_claims_no_commit(repository: Path) -> None:
    assert found_from(repository) is None


def test_versions_and_machine_are_recorded() -> None:
    found = provenance.collect(["harness", "run"])
    assert found["command"] == ["harness", "run"]
    assert found["libraries"]["sacrebleu"].count(".") >= 1
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["cpus"] >= 1
