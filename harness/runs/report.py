"""Collect what the HTML page on runs shows: scores, segments, manifests; writes one file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import harness
from harness.core import files, registry
from harness.core.scores import TaskScores, test_set_label
from harness.core.segments import TaskView
from harness.reporting import html, plots
from harness.reporting.html import Page
from harness.reporting.plots import Plot
from harness.runs import compare, lookup, segments
from harness.runs.store import Run
from harness.scoring import Resampling
from harness.scoring.questions import Questions


def of_runs(
    runs: Mapping[str, Run],
    settings: Resampling,
    *,
    title: str | None = None,
    baseline: str | None = None,
    mixed: bool = False,
    published_in: Path | None = None,
) -> Page:
    """Return the page on runs, which are given by name (see `lookup.find_all`).

    Args:
        runs: the runs by name.
        settings: of intervals and tests.
        title: of the page; None: the names of the runs.
        baseline: compare each system with this one only.
        mixed: put runs on different data or metric signatures into one table too, untested.
        published_in: the folder of published figures to show beside the scores; None: show none.

    Raises:
        FileError: a run's scores are missing or damaged.
        InputError: as `compare.compare`.
    """
    compared = compare.compare(
        runs, settings, Questions(observed=not mixed), baseline=baseline, mixed=mixed, published_in=published_in
    )
    page = of_scores(compared.scores, segments.load(runs), runs, title=title)
    return replace(page, differences={each.key: each.values for each in compared.differences})


def of_scores(
    scores: Sequence[TaskScores], views: Sequence[TaskView], runs: Mapping[str, Run], *, title: str | None = None
) -> Page:
    """Return the page on scores and segments that were read already; the other arguments are those of `of_runs`.

    Raises:
        FileError: a run's scores are missing or damaged.
    """
    scores = _with_notes(scores, runs)
    manifests = {name: run.read_manifest() for name, run in runs.items()}
    parameters = _parameters(scores, manifests)
    drawn, no_plots = _plots(scores, views, parameters)
    return Page(
        title=title or ", ".join(dict.fromkeys(lookup.config_name(run) for run in runs.values())),
        scores=scores,
        views=views,
        plots=drawn,
        no_plots=no_plots,
        manifests=manifests,
        about_tasks=_about_tasks(scores),
        about_systems=_about_systems(manifests.values()),
        notes=_notes_on_systems(runs.values()),
        parameters=parameters,
        version=harness.__version__,
    )


def _with_notes(scores: Sequence[TaskScores], runs: Mapping[str, Run]) -> list[TaskScores]:
    """Return tables with the notes that their runs printed on the data: no comparison stores these."""
    notes: dict[str, dict[str, None]] = {}
    for run in runs.values():
        for raw in run.read_scores():
            label = test_set_label(str(raw.get("task")), str(raw.get("dataset", "")))
            notes.setdefault(label, {}).update(dict.fromkeys(map(str, raw.get("notes", ()))))
    return [
        replace(table, notes=tuple(dict.fromkeys((*table.notes, *notes.get(table.label, ()))))) for table in scores
    ]  # fmt: skip


def _about_tasks(scores: Sequence[TaskScores]) -> dict[str, str]:
    """Return a line on each task, by its label, which begins with the task's name."""
    lines = registry.summaries("tasks")
    return {
        label: lines[max(names, key=len)]
        for label in dict.fromkeys(table.task for table in scores)
        if (names := [name for name in lines if f"{label}-".startswith(f"{name}-")])
    }


def _about_systems(manifests: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return a line on each system of a family that has no checkpoint: the built-in baselines."""
    lines = registry.summaries("models")
    identities = {
        name: entry["identity"]
        for manifest in manifests
        for name, tasks in manifest.get("systems", {}).items()
        for entry in tasks.values()
        if isinstance(entry.get("identity"), Mapping)
    }
    return {
        name: lines[identity["family"]]
        for name, identity in identities.items()
        if "checkpoint" not in identity and identity.get("family") in lines
    }


def _notes_on_systems(runs: Iterable[Run]) -> dict[str, str]:
    """Return the notes that the configs of runs have on systems, by system."""
    entries = (entry for run in runs for entry in run.read_config().get("systems") or ())
    return {entry["name"]: str(entry["note"]) for entry in entries if entry.get("note")}


def _parameters(scores: Sequence[TaskScores], manifests: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Return the parameters of each row that its run's manifest states, unless rows of one name have different ones."""
    counts: dict[str, set[int]] = {}
    for table in scores:
        for row in table.systems:
            for name, tasks in manifests.get(row.run, {}).get("systems", {}).items():
                # A name that several runs have is followed by the run's, or by what differs.
                is_row = row.name == name or row.name.startswith((f"{name} (", f"{name} ["))
                stated = tasks.get(table.task, {}).get("parameters") if is_row else None
                if isinstance(stated, int):
                    counts.setdefault(row.name, set()).add(stated)
    return {name: of_name.pop() for name, of_name in counts.items() if len(of_name) == 1}


def _plots(
    scores: Sequence[TaskScores], views: Sequence[TaskView], parameters: Mapping[str, int]
) -> tuple[list[Plot], str]:
    """Return the plots of these tables, or none and why."""
    reason = plots.missing()
    return ([], reason) if reason else (list(plots.svgs(scores, views, parameters).values()), "")


def write(page: Page, path: Path) -> None:
    """Write a page.

    Raises:
        FileError: the file cannot be written.
    """
    files.write_text(path, html.page(page))


def write_plots(page: Page, folder: Path) -> list[Path]:
    """Write every plot of a page to a folder, as SVG, PNG and PDF for a paper, and return the paths.

    Raises:
        FileError: a file cannot be written.
        InputError: the extra `plots` is not installed.
    """
    return plots.write(folder, page.scores, page.views, page.parameters)
