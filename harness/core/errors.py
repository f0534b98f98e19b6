"""The errors that the harness raises on purpose.

    HarnessError              base class; the command line prints it without a traceback
    ├── InputError            the user's input is wrong (exit 2)
    │   ├── FileError         a file cannot be read or written
    │   └── ProblemsError     several findings at once, of a config or a dataset
    ├── ScoringError          no score can be computed from these texts and references (exit 2)
    └── ModelError            one system failed; the other systems go on (exit 3)
        ├── SourcesFailed     some of its sources failed, each for a reason of its own; nothing is to be tried again
        └── SystemStopped     no other source can succeed now, so that none is tried

Every error has two fields: `where` (a file and line, an option, a system) and `message` (what was expected, what was
found, what to do). Code reads the fields; only the terminal reads `str(error)`, which is "where: message".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding in a config or a dataset."""

    where: str  # "configs/x.yaml line 12", or another name that the user can find; empty if there is no such place
    message: str  # what was expected, what was found, what to do

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class HarnessError(Exception):
    """Base of all errors that are not bugs."""

    exit_code = 2

    def __init__(self, message: str, *, where: object = "") -> None:
        """Keep the message, and as text the place that it is about: a path, an option or any other name."""
        super().__init__(message)
        self.message = message
        self.where = str(where)

    def __str__(self) -> str:
        return str(Problem(self.where, self.message))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The findings in this error, one or more."""
        return (Problem(self.where, self.message),)


class InputError(HarnessError):
    """The user's input is wrong."""


class FileError(InputError):
    """A file cannot be read or written."""


class ScoringError(HarnessError):
    """No score can be computed from these hypotheses and references."""


class ModelError(HarnessError):
    """A system could not be loaded or could not generate."""

    exit_code = 3


class SourcesFailed(ModelError):  # noqa: N818
    """Some sources failed, each for a reason of its own. The model has tried them enough, and did the others."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        """Keep the reason of each failed source, by its id."""
        (first, reason), count = next(iter(reasons.items())), len(reasons)
        super().__init__(f"{first}: {reason}{f' (and {count - 1} more)' if count > 1 else ''}")
        self.reasons = dict(reasons)


class SystemStopped(ModelError):  # noqa: N818
    """No other source of the system can succeed now: no access, no credit, or the server is gone."""


class ProblemsError(InputError):
    """Several findings, printed one per line in the given order; `where` is empty because each finding has its own."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self._problems = tuple(problems)
        self.args = (self._problems,)  # pickle calls the class with them

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The findings, in the given order."""
        return self._problems
