"""Find runs in a results folder: by folder, by name, and the latest of a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import InputError
from harness.runs.store import Run

# A run's folder has these files; a folder without any of them is no run.
_FILES = ("config.yaml", "manifest.json", "scores.json")
_DIGEST = re.compile("-[0-9a-f]{8}$")
# Number of names that a message lists; the others are counted.
_MOST = 10


@dataclass(frozen=True, slots=True)
class Match:
    """A run that fits a name."""

    run: Run
    note: str  # why this run was chosen, if the name fits several; else empty


def every(results: Path) -> list[Run]:
    """Return all runs of a results folder, the latest first.

    Raises:
        InputError: there is no such folder.
    """
    if not results.is_dir():
        raise InputError("no such folder; name the folder of your runs with --results", where=results)
    return sorted(map(Run, filter(_is_run, results.iterdir())), key=_used, reverse=True)


def _used(run: Run) -> tuple[int, str]:
    """Return the time of the last command in a run's folder: `harness run` creates a file there each time."""
    return run.path.stat().st_mtime_ns, run.name


def latest(results: Path, name: str, *, but: Run) -> Run | None:
    """Return the latest run of a config's name, other than `but`."""
    return next((run for run in every(results) if config_name(run) == name and run.path != but.path), None)


def config_name(run: Run) -> str:
    """Return the name of the config that a run's folder is named after."""
    return _DIGEST.sub("", run.name)


def find(results: Path, name: str) -> Match:
    """Return a run by its folder, or by its name in `results`.

    A name is the folder's whole name, the name of a config, or the beginning of a name. If several runs of one config
    fit, the latest is returned, and the note says so.

    Raises:
        InputError: no run fits, runs of several configs fit, or the run lacks its config.yaml.
    """
    given = Path(name)
    if _is_run(given):
        return Match(_checked(Run(given)), "")
    runs = every(results)
    for fitting in (
        [run for run in runs if run.name == name],
        [run for run in runs if config_name(run) == name],
        [run for run in runs if name and run.name.startswith(name)],
    ):
        if fitting:
            return _latest_of(name, fitting)
    for folder in (given, results / name):
        if folder.is_dir():
            raise InputError("this folder is no run: it has no config.yaml and no scores", where=folder)
    known = _listed([run.name for run in runs]) or "none"
    if given.suffix in (".yaml", ".yml") and given.exists():
        raise InputError(
            f"expected the name of a run, found a config; try {given.stem} (runs in {results}: {known})", where=given
        )
    raise InputError(f"no run {name!r} in {results} (runs there: {known})")


def find_all(results: Path, names: Sequence[str]) -> tuple[dict[str, Run], list[str]]:
    """Return several runs (see `find`) by name, or by path if their folders have one name; and the notes on them.

    Raises:
        InputError: a run does not exist, or is given twice.
    """
    matches = [find(results, name) for name in names]
    run_names = [each.run.name for each in matches]
    paths = set()
    for given, each in zip(names, matches, strict=True):
        if each.run.path.resolve() in paths:
            raise InputError(f"run {given!r} is given twice; name each run once")
        paths.add(each.run.path.resolve())
    runs = [each.run for each in matches]
    by_name = {run.name if run_names.count(run.name) == 1 else str(run.path): run for run in runs}
    return by_name, [each.note for each in matches if each.note]


def _is_run(folder: Path) -> bool:
    return any((folder / name).exists() for name in _FILES)


def _latest_of(name: str, runs: Sequence[Run]) -> Match:
    """Return the first of these runs, which come latest first."""
    if len({config_name(run) for run in runs}) > 1:
        raise InputError(
            f"{name!r} fits several runs: {_listed(sorted(run.name for run in runs))}; give more of the name"
        )
    run, *others = runs
    note = ""
    if others:
        names = _listed([each.name for each in others])
        note = f"{name}: {run.name} is the latest of {len(runs)} runs; the others: {names}"
    return Match(_checked(run), note)


def _checked(run: Run) -> Run:
    if run.is_new:
        raise InputError(f"config.yaml is missing; run `{_restoring(run)}` to restore it", where=run.path)
    return run


def _restoring(run: Run) -> str:
    """Return the command that restores a run."""
    config = run.read_manifest().get("config")
    path = config.get("path", "CONFIG") if isinstance(config, dict) else "CONFIG"
    return f"harness run {path} --results {run.path.parent}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
