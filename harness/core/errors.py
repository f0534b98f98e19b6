"""The errors that the harness raises on purpose.

    HarnessError              anything below; the command line prints it without a traceback
    ├── InputError            the user's input is wrong (exit 2)
    │   ├── FileError         a file cannot be read or written as it must be
    │   └── ProblemsError     several findings at once: a config's or a dataset's
    ├── ScoringError          texts and references that no number can be computed from (exit 2)
    └── ModelError            one system failed; the others go on (exit 3)

Every message is meant for the person at the terminal: where, what was expected, what was found, what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class HarnessError(Exception):
    """Base of all errors that are not bugs."""

    exit_code = 2


class InputError(HarnessError):
    """The user's input is wrong."""


class FileError(InputError):
    """A file cannot be read or written as it must be."""


class ScoringError(HarnessError):
    """Hypotheses and references from which no score can be computed."""


class ModelError(HarnessError):
    """A system could not be loaded or could not generate."""

    exit_code = 3


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding in a config or a dataset."""

    where: str  # "configs/x.yaml line 12", or another name that the user can find
    message: str  # what was expected, what was found, what to do

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class ProblemsError(InputError):
    """Several findings, one line each, in the order in which they are given."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
