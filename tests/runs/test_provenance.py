"""The origin of a run in its manifest: code, versions, machine, command line and user."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.runs import provenance
from tests.paths import ROOT


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.invalid")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def found_from(folder: Path) -> dict[str, object] | None:
    """Return the git part of the manifest of the copy of the harness in `folder`."""
    code = "import json; from harness.runs import provenance; print(json.dumps(provenance.collect(['x'])['git']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    found: dict[str, object] | None = json.loads(done.stdout)
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with a copy of the package that git does not track yet."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "somebody else's work")
    shutil.copytree(ROOT / "harness", tmp_path / "harness", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_commit_is_that_of_the_harness_and_a_change_makes_it_dirty(repository: Path) -> None:
    # As in the harness's own repository: importing it writes bytecode, unless Python is told not to.
    (repository / ".gitignore").write_text("__pycache__/\n", encoding="utf-8")
    git(repository, "add", "harness", ".gitignore")
    git(repository, "commit", "-q", "-m", "the harness")
    assert found_from(repository) == {"commit": git(repository, "rev-parse", "HEAD"), "dirty": False}
    changed = repository / "harness" / "core" / "errors.py"
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
    assert found["cpu"]
    assert isinstance(found["gpus"], list)
    assert found["code"] == provenance.code()


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345", "***"),
        ("systems.mt5.token=hf_AbCdEfGhIj", "systems.mt5.token=***"),
        ("systems.x.api_key=s3cret", "systems.x.api_key=***"),
        ("db.PASSWORD=a b c", "db.PASSWORD=***"),
        ("--hub-token=abc", "--hub-token=***"),
        ("https://asha:geheim@example.org/models", "https://***@example.org/models"),
        ("proxy=http://asha@example.org", "proxy=http://***@example.org"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("note=Bearer abc.def", "note=Bearer ***"),
        # Values that are not secrets stay.
        ("systems.mt5.batch_tokens=8192", "systems.mt5.batch_tokens=8192"),
        ("systems.mt5.decoding.max_new_tokens=84", "systems.mt5.decoding.max_new_tokens=84"),
        ("configs/quickstart.yaml", "configs/quickstart.yaml"),
        ("statistics.seed=1", "statistics.seed=1"),
        ("checkpoint=ai4bharat/indictrans2-indic-en-1B", "checkpoint=ai4bharat/indictrans2-indic-en-1B"),
        ("", ""),
    ],
)
def test_secrets_on_the_command_line_are_not_kept(argument: str, shown: str) -> None:
    assert provenance.without_secrets(["harness", "run", "--set", argument]) == ["harness", "run", "--set", shown]


def test_the_value_of_an_option_named_like_a_secret_is_hidden() -> None:
    command = ["harness", "run", "--token", "abc", "--password", "def", "--token", "--offline"]
    assert provenance.without_secrets(command) == [
        "harness", "run", "--token", "***", "--password", "***", "--token", "--offline",
    ]  # fmt: skip


def test_any_change_of_the_harness_s_code_changes_its_digest(repository: Path) -> None:
    def digest() -> str:
        code = "from harness.runs import provenance; print(provenance.code())"
        return subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True).stdout

    before = digest()
    assert len(before.strip()) == 64
    metric = repository / "harness" / "metrics" / "bleu.py"
    metric.write_text(metric.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert digest() != before


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("[user]\n\tname = Asha Rao\n\temail = asha@example.org\n", "Asha Rao <asha@example.org>"),
        ("[user]\n\tname = Asha Rao\n", "Asha Rao"),
        ("[user]\n\temail = asha@example.org\n", "asha@example.org"),
        ("", "the-login"),
    ],
)
def test_the_user_is_git_s_name_and_address_else_the_login_s_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, expected: str
) -> None:
    (tmp_path / "gitconfig").write_text(config, encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.setenv("LOGNAME", "the-login")
    assert provenance.user(tmp_path) == expected


def test_an_account_without_a_name_gives_no_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr(provenance.getpass, "getuser", fail)
    monkeypatch.setattr(provenance, "_ask_git", lambda *_: None)
    assert provenance.user(tmp_path) is None


def test_the_commit_of_a_folder_is_that_of_the_repository_around_it(repository: Path, tmp_path: Path) -> None:
    assert provenance.commit(repository / "harness") == git(repository, "rev-parse", "HEAD")
    assert provenance.commit(Path("/")) is None
