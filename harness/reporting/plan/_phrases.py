"""Words and signs that the tables and the remarks on a plan share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from harness.core.descriptions import CheckpointDescription, OfFamily, PlanDescription
from harness.reporting import numbers

UNKNOWN = "?"
OF_FAMILY = "~"  # stands after a value
COMMIT = 7  # characters of a commit, as git shows it
MOST_NAMES = 3  # of systems in a line; more are counted


def counted(names: Sequence[str], plan: PlanDescription) -> str:
    """Return the names of systems, or how many they are if they do not fit into a line."""
    return ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} of {len(plan.systems)} systems"


def dataset_size(articles: int | None, segments: int) -> str:
    """Return how much a dataset has; it may not be known which segments are of one article."""
    counts = [] if articles is None else [numbers.count(articles, "article")]
    return ", ".join([*counts, numbers.count(segments, "segment")])


def licence_with_terms(licence: str | None) -> str:
    """Return a licence, with what its name forbids; the harness runs with any licence."""
    name = "; ".join((licence or "not stated").splitlines())
    return f"licence: {name}" + (", so no commercial use" if re.search(r"\bNC\b", name) else "")


def known(value: Any, shown: Callable[[Any], str]) -> str:
    """Return a value as text, or the sign of an unknown one for None."""
    return UNKNOWN if value is None else shown(value)


def stated(fact: OfFamily, checkpoint: CheckpointDescription, shown: Callable[[Any], str]) -> str:
    """Return a fact that a hub states, with a mark if it comes from the family; a folder has no hub."""
    value = getattr(checkpoint, fact)
    if value is None:
        return numbers.MISSING if checkpoint.place == "folder" else UNKNOWN
    return shown(value) + OF_FAMILY * (fact in checkpoint.from_family)


def grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Return each text with the names that go with it, both in the order in which they come first."""
    groups: dict[str, dict[str, None]] = {}
    for text, name in pairs:
        groups.setdefault(text, {})[name] = None
    return [(text, list(names)) for text, names in groups.items()]
