"""Run the config that belongs to a published figure, and compare the scores with the figure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.config.plan import Plan
from harness.config.schema import Reproduces
from harness.core import registry
from harness.core.errors import InputError
from harness.runs.pipeline import Outcome
from harness.scoring import published, reproduction
from harness.scoring.published import Figure
from harness.scoring.reproduction import Reproduction

_SUFFIX = ".yaml"  # of configs


def find(name: str, folder: Path) -> Path:
    """Return the config of that name: a file in `folder`, or the path of a config.

    Raises:
        InputError: there is none; the message lists those of the folder.
    """
    for path in (folder / f"{name}{_SUFFIX}", Path(name)):
        if path.is_file():
            return path
    known = [path.stem for path in folder.glob(f"*{_SUFFIX}")]
    if not known:
        raise InputError(f"no config {name}{_SUFFIX}, and none at all; name a config as harness run does", where=folder)
    raise InputError(registry.unknown("config of a published figure", name, known), where=folder)


def wanted(plan: Plan, results: Path) -> tuple[Reproduces, tuple[Figure, ...]]:
    """Return what a config says of the published figures that it is meant to reproduce, and these figures.

    Each dataset of the config has at least one of them.

    Raises:
        InputError: the config names none, or none is known on one of its datasets.
        ProblemsError: the files of published figures are wrong.
    """
    if plan.reproduces is None:
        keys = "reproduces: {system: NAME, tolerance: 0.2}"
        raise InputError(f"the config names no published system to reproduce; add {keys}", where=plan.path)
    known = published.read(published.folder(results))
    names = [each.name for each in plan.parts or plan.descriptions]
    try:
        figures = [figure for name in names for figure in published.of(known, plan.reproduces.system, name)]
    except InputError as error:
        raise InputError(error.message, where=plan.path) from None
    return plan.reproduces, tuple(figures)


def reproduce(plan: Plan, results: Path, run: Callable[[Plan], Outcome]) -> tuple[tuple[Reproduction, ...], Outcome]:
    """Run a config and compare its scores with the published figures, dataset by dataset.

    Raises:
        InputError: as `wanted`, before anything runs; or as `pipeline.run`.
    """
    settings, figures = wanted(plan, results)
    system = settings.row or plan.systems[0].name
    outcome = run(plan)
    compared = tuple(
        reproduction.compare(
            [figure for figure in figures if figure.test_set == test_set],
            # A table names its dataset only if the run has several.
            [table for table in outcome.scores if table.dataset in ("", test_set)],
            system, tolerance=settings.tolerance, decoding=_decoding(outcome, system),
        )
        for test_set in dict.fromkeys(figure.test_set for figure in figures)
    )  # fmt: skip
    return compared, outcome


def _decoding(outcome: Outcome, system: str) -> dict[str, Any]:
    """Return how a system decoded, from the manifest of its run; empty if it has no such settings."""
    tasks = outcome.run.read_manifest().get("systems", {}).get(system, {})
    return next((dict(entry["identity"].get("decoding", {})) for entry in tasks.values()), {})
