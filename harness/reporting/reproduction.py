"""What `harness reproduce` prints: published figures beside the scores of a run, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.reporting import Cell, Table, numbers
from harness.scoring.reproduction import Reproduction


def table(reproduction: Reproduction) -> Table:
    """Return one row for each published figure."""
    rows = []
    for line in reproduction.lines:
        score, difference = line.score, line.difference
        rows.append((
            Cell(line.figure.metric),
            Cell(f"{line.figure.value:.2f}"),
            Cell(numbers.MISSING if score is None else f"{score.value:.2f}"),
            Cell(numbers.MISSING if difference is None else f"{difference:+.2f}".replace("-", "−")),
            Cell("within" if line.is_within(reproduction.tolerance) else "not within"),
        ))
    return Table(
        title=f"{reproduction.published} on {reproduction.test_set}",
        verdict=verdict(reproduction),
        caption=f"published, and as {reproduction.system} here; tolerance {reproduction.tolerance:g} points",
        columns=("metric", "published", "here", "difference", "tolerance"),
        rows=tuple(rows),
        notes=notes(reproduction),
    )


def verdict(reproduction: Reproduction) -> str:
    """Return whether the figures are reproduced, in a line."""
    if reproduction.error:
        return f"not reproduced: {reproduction.system} failed"
    if reproduction.is_within:
        return "reproduced: within the tolerance"
    return "not reproduced"


def notes(reproduction: Reproduction) -> tuple[str, ...]:
    """Return where the run left the road, what cannot be compared, and the sources of the figures."""
    figures = [line.figure for line in reproduction.lines]
    sources = dict.fromkeys(f"Source: {each.source}; {each.certainty}; {each.retrieved}." for each in figures)
    return (
        *((f"{reproduction.system}: failed: {reproduction.error}",) if reproduction.error else ()),
        *(f"Differs from what was published: {each}." for each in reproduction.departures),
        *(f"Cannot be compared: {each}." for each in reproduction.unknown),
        *dict.fromkeys(f"Note on the published figure: {each.note}." for each in figures if each.note),
        *sources,
    )


def to_json(reproductions: Sequence[Reproduction], run: str) -> dict[str, Any]:
    """Return one object: numbers unrounded, what is not known as null.

    The keys of a reproduction on a single dataset are those of the object. With several, each is in `datasets`.
    """
    if len(reproductions) == 1:
        return {"run": run, **_to_json(reproductions[0])}
    return {
        "run": run,
        "reproduced": all(each.is_within for each in reproductions),
        "datasets": [_to_json(each) for each in reproductions],
    }


def _to_json(reproduction: Reproduction) -> dict[str, Any]:
    return {
        "system": reproduction.system,
        "published": reproduction.published,
        "test_set": reproduction.test_set,
        "tolerance": reproduction.tolerance,
        "reproduced": reproduction.is_within,
        "figures": [
            {
                "metric": line.figure.metric,
                "published": line.figure.value,
                "value": line.score.value if line.score else None,
                "difference": line.difference,
                "within": line.is_within(reproduction.tolerance),
                "segments": line.score.segments if line.score else None,
                "signature": line.score.signature if line.score else None,
                "figure": line.figure.model_dump(mode="json"),
            }
            for line in reproduction.lines
        ],
        "departures": list(reproduction.departures),
        "unknown": list(reproduction.unknown),
        "error": reproduction.error,
    }
