"""What the wheel contains: every file of the package, because a missing one shows only outside the checkout."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch

from tests.paths import ROOT

PACKAGE = ROOT / "harness"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_file_that_is_no_python_is_declared_as_package_data() -> None:
    declared = PROJECT["tool"]["setuptools"]["package-data"]["harness"]
    files = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*") if path.is_file()]
    data = [path for path in files if path.suffix not in (".py", ".pyc")]
    assert [str(path) for path in data if not any(fnmatch(str(path), pattern) for pattern in declared)] == []
    assert [pattern for pattern in declared if not any(fnmatch(str(path), pattern) for path in data)] == []
    assert "py.typed" in declared


def test_every_folder_with_python_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []
    assert PROJECT["tool"]["setuptools"]["packages"]["find"]["include"] == ["harness*"]


def test_the_command_is_what_python_m_runs() -> None:
    assert PROJECT["project"]["scripts"] == {"harness": "harness.cli:main"}
    assert "from harness.cli import main" in (PACKAGE / "__main__.py").read_text(encoding="utf-8")
