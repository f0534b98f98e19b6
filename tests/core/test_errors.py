"""Errors: two fields, one printed form, and pickling between processes."""

from __future__ import annotations

import ast
import pickle
from pathlib import Path

import pytest

import harness
from harness.core import errors
from harness.core.errors import FileError, HarnessError, InputError, ModelError, Problem, ProblemsError, ScoringError

KINDS = [HarnessError, InputError, FileError, ScoringError, ModelError]
PROBLEMS = [Problem("a.yaml line 2", "unknown key 'x'"), Problem("b.jsonl line 7", "expected text: found 3")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("where", "message", "printed"),
    [
        ("a.txt line 3", "expected text", "a.txt line 3: expected text"),
        (Path("a: b.txt"), "no such file: gone", "a: b.txt: no such file: gone"),
        ("", "no --reference given", "no --reference given"),
    ],
)
def test_where_and_message_are_fields_and_are_printed_together(
    kind: type[HarnessError], where: object, message: str, printed: str
) -> None:
    error = kind(message, where=where)
    assert (error.where, error.message, str(error)) == (str(where), message, printed)
    assert error.problems == (Problem(str(where), message),)


def test_an_error_without_a_place_needs_none() -> None:
    assert (InputError("nothing to do").where, str(InputError("nothing to do"))) == ("", "nothing to do")


def test_several_problems_are_printed_one_per_line() -> None:
    error = ProblemsError(PROBLEMS)
    assert error.problems == tuple(PROBLEMS)
    assert str(error) == "a.yaml line 2: unknown key 'x'\nb.jsonl line 7: expected text: found 3"
    assert error.where == ""


@pytest.mark.parametrize("error", [*(kind("gone", where="a.txt") for kind in KINDS), ProblemsError(PROBLEMS)], ids=repr)
def test_an_error_of_a_worker_process_arrives_whole(error: HarnessError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.where, copy.message) == (type(error), error.where, error.message)
    assert (copy.problems, str(copy)) == (error.problems, str(error))


@pytest.mark.parametrize(
    ("kind", "code"), [(InputError, 2), (FileError, 2), (ScoringError, 2), (ProblemsError, 2), (ModelError, 3)]
)
def test_exit_codes(kind: type[HarnessError], code: int) -> None:
    assert kind.exit_code == code


def test_no_code_parses_a_message() -> None:
    """Nothing in the package splits a text at ": " or cuts a prefix with ": " off an error's text."""
    found = []
    for path in sorted(Path(harness.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            splits = node.func.attr in ("partition", "rpartition", "split", "rsplit")
            if splits and any(isinstance(each, ast.Constant) and each.value == ": " for each in node.args):
                found.append(f"{path.name} line {node.lineno}")
            if node.func.attr in ("removeprefix", "removesuffix") and ast.unparse(node.func.value) == "str(error)":
                found.append(f"{path.name} line {node.lineno}")
    assert found == []


def test_the_list_in_the_docstring_is_every_class() -> None:
    classes = [name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)]
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in classes)
