"""Scores that need not be computed again: all that they follow from, as one digest, and they themselves as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from harness import jsonio
from harness.errors import FileError
from harness.records import Generation, TaskScores


def outputs_digest(generations: Iterable[Generation]) -> str:
    """Return what tells outputs from others: their texts, and the counts that tables show."""
    return jsonio.digest_json([asdict(generation) for generation in generations])


def key(
    *, plan: str, notes: Mapping[str, str | None], outputs: Mapping[str, str], code: str, versions: Mapping[str, str]
) -> str:
    """Return the digest of all that a run's scores and tables follow from.

    Args:
        plan: digest of the config: data, tasks, metrics, bounds, statistics, systems.
        notes: what the config has said below the tables, by system.
        outputs: by "task: system", what `outputs_digest` gives, or the error that stands in its place.
        code: digest of the harness's own files.
        versions: of Python and the libraries. With the code and the plan, they decide every metric's signature.
    """
    return jsonio.digest_json({
        "plan": plan,
        "notes": dict(notes),
        "outputs": dict(outputs),
        "code": code,
        "versions": dict(versions),
    })


def to_json(scores: Sequence[TaskScores]) -> list[dict[str, Any]]:
    """Return scores as JSON, whole."""
    return [asdict(each) for each in scores]


def from_json(raw: object) -> tuple[TaskScores, ...]:
    """Return what `to_json` was given.

    Raises:
        FileError: it is something else.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(tuple[TaskScores, ...]).validate_python(raw)
    except ValidationError as error:
        raise FileError(f"expected a run's scores: {error}") from None
