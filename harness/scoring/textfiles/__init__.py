"""Files that any systems produced, read and checked: one segment a line, or JSONL with ids; no config, no model.

A JSONL line has `id` and `text`; a source's or the first reference's may also say its `article` and `kind`, a
reference's its `version` (one file then holds several references). Ids put the files into one order: that of the first
reference, or of the source.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import tasks
from harness.core import text
from harness.core.errors import FileError, InputError
from harness.core.records import TaskScores
from harness.core.registry import unknown
from harness.scoring import Resampling, SystemStatistics, TestSet, bounds, systems
from harness.scoring.analysis import assess
from harness.scoring.textfiles import checks
from harness.scoring.textfiles import read as read_module
from harness.scoring.textfiles.checks import Texts
from harness.tasks import Task

_BOUNDS = ("reference", "oracle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What the files hold, in one order of segments."""

    task: Task
    ids: tuple[str, ...]  # line numbers, where the files have no ids
    articles: tuple[str, ...]  # of each segment; empty where the files do not say
    kinds: tuple[str, ...]  # of each segment; empty where the files do not say
    sources: tuple[str, ...]  # empty without a source file
    references: Mapping[str, tuple[str, ...]]  # by name
    outputs: Mapping[str, tuple[str, ...]]  # by system
    notes: tuple[str, ...]  # what is odd about the files, and no mistake


def score(
    *,
    task: str,
    references: Sequence[Path | str],
    hypotheses: Mapping[str, Path | str],
    source: Path | str | None = None,
    target: str | None = None,
    metrics: Sequence[str] = (),
    settings: Resampling | None = None,
    baseline: str | None = None,
) -> TaskScores:
    """Return the scores of the systems (name to file) against the references, as `harness score` makes them.

    Without a target language or metrics they are the task's first and its own; `settings` are
    `harness.scoring.Resampling`, by default 1,000 resamples, seed 0 and 95%.

    Raises:
        FileError: a file cannot be read.
        InputError: line counts differ, a file is given twice or is in another language, or a name is unknown.
    """
    for what, given in (("references", references), ("metrics", metrics)):
        if isinstance(given, str | Path):
            raise InputError(f"expected a list of {what}, found {str(given)!r} alone; put it into a list")
    if not references:
        raise InputError("no --reference given; expected at least one file of references")
    files = read(
        task=task,
        target=target,
        source=None if source is None else Path(source),
        references=[Path(path) for path in references],
        hypotheses={name: Path(path) for name, path in hypotheses.items()},
    )
    check_baseline(baseline, list(files.outputs))
    test_set, rows = score_rows(files, metrics)
    return assess(test_set, rows, settings or Resampling(), notes=files.notes, baseline=baseline)


def score_rows(files: Files, metrics: Sequence[str]) -> tuple[TestSet, list[SystemStatistics]]:
    """Return the statistics of the reference row, where there are several references, and of every system.

    Raises:
        InputError: a metric is unknown.
    """
    used = tuple(dict.fromkeys(metrics)) or files.task.metrics
    test_set = TestSet(
        task=files.task.label,
        target=files.task.target,
        primary=files.task.primary if files.task.primary in used else used[0],
        metrics=used,
        ids=files.ids,
        articles=files.articles,
        references=files.references,
        lengths=tuple(map(text.word_count, files.sources or next(iter(files.references.values())))),
        kinds=files.kinds,
    )
    rows = systems.score_systems(test_set, {name: [texts] for name, texts in files.outputs.items()}, notes={})
    reference = bounds.reference(test_set)
    return test_set, [*([reference] if reference else []), *rows]


def read(
    *,
    task: str,
    target: str | None,
    source: Path | None,
    references: Sequence[Path],
    hypotheses: Mapping[str, Path],
) -> Files:
    """Return what the files hold, checked and in one order.

    Raises:
        FileError: a file cannot be read.
        InputError: line counts or ids differ, a file is given twice or is in another language, or a name is unknown.
    """
    chosen = tasks.get(task).choose(target=target)
    if not hypotheses:
        raise InputError("no --hypothesis given; expected at least one NAME=FILE, or a folder of files")
    _refuse_twice([*references, *([source] if source else []), *hypotheses.values()])
    streams = read_module.read_references(references, chosen.target)
    origin = None if source is None else read_module.read("source", source)
    first = next(iter(streams.values()), origin)
    outputs: dict[str, Texts] = {}
    for name, path in hypotheses.items():
        if name in _BOUNDS:
            raise InputError(f"--hypothesis {name}=...: {name!r} is the name of a bound's row; choose another")
        if not (name.strip() and name.isprintable()):
            raise InputError(f"--hypothesis {name!r}: expected a name of visible characters for {path}")
        outputs[name] = read_module.read("hypothesis", path)
        first = first or outputs[name]
    assert first is not None
    streams = {name: _aligned("reference", stream, first) for name, stream in streams.items()}
    outputs = {name: _aligned("hypothesis", output, first) for name, output in outputs.items()}
    origin = None if origin is None else _aligned("source", origin, first)
    for stream in streams.values():
        checks.check_script("references", stream, chosen.target)
    for output in outputs.values():
        checks.check_script("outputs", output, chosen.target)
    checks.refuse_same_text(streams, outputs, origin)
    return Files(
        task=chosen,
        ids=first.ids or tuple(str(number) for number in range(1, len(first.texts) + 1)),
        articles=(origin.articles if origin else ()) or first.articles,
        kinds=(origin.kinds if origin else ()) or first.kinds,
        sources=origin.texts if origin else (),
        references={name: stream.texts for name, stream in streams.items()},
        outputs={name: output.texts for name, output in outputs.items()},
        notes=tuple(checks.oddities(streams, outputs, origin)),
    )


def parse_hypotheses(
    given: Sequence[str], *, besides: Sequence[Path] = (), suffix: str | None = None
) -> dict[str, Path]:
    """Return NAME=FILE arguments as a mapping; a folder stands for every file in it, named as the file without suffix.

    Of a folder, hidden files, Markdown and the files `besides` are left out, and so is what has not that `suffix`.

    Raises:
        InputError: an argument is not of that form, a name stands twice, or a folder holds no such file.
    """
    found: dict[str, Path] = {}
    for argument in given:
        if argument and _is_folder(argument):
            entries = {path.name.removesuffix(path.suffix): path for path in _of_folder(argument, besides, suffix)}
        else:
            name, equals, path = argument.partition("=")
            if not (name and equals and path):
                raise InputError(
                    f"--hypothesis {argument}: expected NAME=FILE, for example --hypothesis nllb=nllb.en, or a folder"
                )
            if _is_folder(path):
                raise InputError(f"--hypothesis {argument}: expected a file, found a folder; give it without a name")
            entries = {name: Path(path)}
        for name, file in entries.items():
            if name in found:
                raise InputError(f"--hypothesis {argument}: the name {name!r} stands twice; give each system its own")
            found[name] = file
    return found


def _of_folder(folder: str, besides: Sequence[Path], suffix: str | None) -> list[Path]:
    left_out = {_real(path) for path in besides}
    try:
        files = [path for path in sorted(Path(folder).iterdir()) if path.is_file() and not path.name.startswith(".")]
    except OSError as error:
        raise FileError(f"{folder}: could not read the folder ({error.strerror}); check its permissions") from None
    chosen = [
        path for path in files if _real(path) not in left_out and path.suffix != ".md" and suffix in (None, path.suffix)
    ]
    if not chosen:
        wanted = f"files named *{suffix}, as the reference is" if suffix else "a file for each system"
        raise InputError(f"--hypothesis {folder}: expected {wanted}, found none; give NAME=FILE for each instead")
    stems = Counter(path.name.removesuffix(path.suffix) for path in chosen)
    for path in chosen:
        if stems[path.name.removesuffix(path.suffix)] > 1:
            raise InputError(f"--hypothesis {folder}: {path.name} differs from another in its suffix only; rename it")
    return chosen


def _is_folder(name: str) -> bool:
    """Whether there is a folder of that name; of one that the system refuses, reading it tells what is wrong."""
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


def _real(path: Path) -> Path:
    """Return the path without links; as it is where the system refuses it, and reading it tells why."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # RuntimeError: links in a circle
        return path


def check_baseline(baseline: str | None, names: Sequence[str]) -> None:
    """Raise InputError unless the baseline is one of the systems."""
    if baseline is not None and baseline not in names:
        raise InputError(unknown("--baseline", baseline, list(dict.fromkeys(names))))


def check_written(path: Path | None, inputs: Sequence[Path]) -> None:
    """Raise InputError where writing a file would replace one of the inputs, or what is no plain file."""
    if path is None:
        return
    if _real(path) in map(_real, inputs):
        raise InputError(f"--segments {path}: this is a file to score, and would be replaced; choose another name")
    if os.path.lexists(path) and not path.is_file():
        raise InputError(f"--segments {path}: expected the name of a file to write, found no plain file there")


# --- checks -----------------------------------------------------------------------------------------------------------


def _aligned(label: str, given: Texts, first: Texts) -> Texts:
    """Return a file's texts in the order of the first file."""
    if (given.ids is None) != (first.ids is None):
        plain, with_ids = (given, first) if given.ids is None else (first, given)
        raise InputError(
            f"{plain}: expected JSONL with ids, as {with_ids} is, found plain lines; "
            "give all files in one of the two forms"
        )
    if given.ids is None or first.ids is None:
        if len(given.texts) != len(first.texts):
            raise InputError(
                f"{given}: the {label} has {len(given.texts)} lines, {first} has {len(first.texts)}; "
                "expected one line for each segment in both"
            )
        return given
    place = {name: index for index, name in enumerate(given.ids)}
    missing = [name for name in first.ids if name not in place]
    if missing or len(given.ids) != len(first.ids):
        other = next((name for name in given.ids if name not in set(first.ids)), None)
        what = f"nothing for {missing[0]}" if missing else f"{other}, which is not there"
        raise InputError(
            f"{given}: the {label} has {len(given.ids)} ids, {first} has {len(first.ids)}; "
            f"it has {what}; expected the same ids in both"
        )
    order = [place[name] for name in first.ids]
    texts, articles, kinds = (
        tuple(values[index] for index in order) if values else ()
        for values in (given.texts, given.articles, given.kinds)
    )
    return replace(given, ids=first.ids, texts=texts, articles=articles, kinds=kinds)


def _refuse_twice(paths: Sequence[Path]) -> None:
    seen: dict[Path, Path] = {}
    for path in paths:
        real = _real(path)
        if real in seen:
            raise InputError(
                f"{path}: the file is given twice, and a text cannot be scored against itself; give each once"
            )
        seen[real] = path
