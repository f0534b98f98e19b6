"""An installation that is incomplete, damaged or of wrong versions: one line with the package and what to run.

Each command is a process of its own, in which one package cannot be imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import exits
from harness.core import installation
from tests.paths import DATASET, ROOT, TESTS

# Makes a module look as if it were not installed.
HIDE = """\
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {module!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hidden())
from harness.cli import main
main(sys.argv[1:])
"""
SCORE = ("score", "--task", "translate", "--hypothesis", "a.en", "--reference", "b.en")


def harness(folder: Path, *arguments: str, hidden: str = "", **packages: str) -> subprocess.CompletedProcess[str]:
    """Run `harness` without a module, or with a package of our own (its code by its name) before the real one."""
    (folder / "a.en").write_text("one two three\n", encoding="utf-8")
    (folder / "b.en").write_text("one two four\n", encoding="utf-8")
    for name, code in packages.items():
        (folder / "packages" / name).mkdir(parents=True)
        (folder / "packages" / name / "__init__.py").write_text(code, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-c", HIDE.format(module=hidden), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "packages"), str(ROOT)])},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("module", ["sacrebleu", "numpy", "regex", "typer", "_sqlite3"])
def test_a_missing_package_is_one_line_and_2(tmp_path: Path, module: str) -> None:
    # Only the statistics of TER are kept in a file of SQLite.
    done = harness(tmp_path, *SCORE, "--metric", "ter", hidden=module)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    if module == "_sqlite3":
        assert done.stderr.startswith("harness: Python's own module _sqlite3 cannot be imported (")
    else:
        assert done.stderr.startswith(f"harness: the package {module} is not installed; run `pip install ")
        assert f"install '{module}" in done.stderr or done.stderr.endswith(f"install {module}`\n")


@pytest.mark.parametrize("module", ["ruamel", "pydantic"])
def test_a_package_that_reads_configs_is_named_as_pip_knows_it(tmp_path: Path, module: str) -> None:
    done = harness(tmp_path, "check", "c.yaml", hidden=module)
    package = {"ruamel": "ruamel.yaml"}.get(module, module)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert done.stderr.startswith(f"harness: the package {package} is not installed; run `pip install ")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("", "No module named 'sacrebleu.metrics'"),  # an old version, without what the harness imports
        ("raise ImportError('sacrebleu needs portalocker>=9, found 2')", "ImportError: sacrebleu needs portalocker>=9"),
        ("raise OSError('libgomp.so.1: cannot open shared object file')", "OSError: libgomp.so.1: cannot open"),
        ("import os\nos.nothing", "AttributeError: module 'os' has no attribute 'nothing'"),
        ("raise ImportError('numpy.core.multiarray failed to import')", "ImportError: numpy.core.multiarray"),
    ],
)
def test_a_package_that_cannot_be_imported_is_one_line_and_2(tmp_path: Path, code: str, told: str) -> None:
    done = harness(tmp_path, *SCORE, sacrebleu=code)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert done.stderr.startswith("harness: the package sacrebleu cannot be imported (")
    assert told in done.stderr and "; it may be damaged or too old; run `pip install --force-reinstall " in done.stderr


@pytest.mark.parametrize(
    ("code", "told"),
    [(None, "is not installed"), ("raise OSError('libcudart.so.12: cannot open')", "OSError: libcudart.so.12")],
)
def test_without_torch_a_model_fails_with_one_line_and_the_others_are_scored(
    tmp_path: Path, code: str | None, told: str
) -> None:
    (tmp_path / "c.yaml").write_text(
        f"name: c\ndatasets: [{DATASET}]\ntasks: [summarise]\nsystems:\n  - {{name: l, family: lead}}\n"
        f"  - {{name: m, family: mt5, checkpoint: {TESTS / 'models' / 'tiny-mt5'}}}\n",
        encoding="utf-8",
    )
    packages = {} if code is None else {"torch": code}
    done = harness(tmp_path, "run", "c.yaml", hidden="" if packages else "torch", **packages)
    assert done.returncode == 3, done.stderr
    assert "the package torch " in done.stdout and told in done.stdout and "pip install" in done.stdout
    assert "Traceback" not in done.stderr and "rougeL" in done.stdout


def test_a_module_of_the_harness_that_is_missing_is_a_bug() -> None:
    assert installation.problem(ModuleNotFoundError("No module", name="harness.core.nothing")) == ""
    assert installation.problem(ImportError("cannot import name 'x'", name="harness.core")) == ""
    assert installation.problem(AttributeError("module 'numpy' has no attribute 'x'")) == ""


def test_a_bug_names_packages_of_versions_that_are_not_supported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["numpy<1", "regex>=1", "not-installed>=2", "sacrebleu<1; python_version < '3'", "torch<1; extra == 'x'"]
    monkeypatch.setattr(installation, "requires", lambda _: lines)
    (line,) = installation.wrong_versions()
    assert line.startswith("numpy ") and line.endswith(" is installed; run `pip install 'numpy<1'`")

    def crash() -> None:
        raise ZeroDivisionError

    assert exits.code(crash) == 70
    assert capsys.readouterr().err.endswith(f"harness: before you report it: {line}\n")
