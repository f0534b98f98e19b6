"""Text files, one segment a line, that any systems produced: scored without a config and without a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness import jsonio, scoring, tasks, text
from harness.errors import InputError
from harness.records import TaskScores
from harness.registry import unknown
from harness.scoring import Settings, Trial

# A file in the wrong language has next to nothing in the right script; names and loans never come near this.
_MIN_SCRIPT_SHARE = 0.3


def score(
    *,
    task: str,
    target: str | None,
    source: Path | None,
    references: Sequence[Path],
    hypotheses: Mapping[str, Path],
    metrics: Sequence[str],
    settings: Settings,
) -> TaskScores:
    """Return the scores of the systems (name to file) against the references.

    Raises:
        FileError: a file cannot be read.
        InputError: line counts differ, a file is given twice, or a name is unknown.
    """
    chosen = tasks.get(task).choose(target=target)
    if not references:
        raise InputError("no --reference given; expected at least one file of references")
    if not hypotheses:
        raise InputError("no --hypothesis given; expected at least one NAME=FILE")
    _refuse_twice([*references, *hypotheses.values()])
    streams = _read_references(references, chosen.target)
    wanted = len(next(iter(streams.values())))
    if source is not None:
        _read_lines("source", source, references[0], wanted)
    outputs = {}
    for name, path in hypotheses.items():
        if name in ("human", "oracle"):
            raise InputError(f"--hypothesis {name}=...: {name!r} is the name of a bound's row; choose another")
        outputs[name] = _read_lines("hypothesis", path, references[0], wanted)
    used = tuple(dict.fromkeys(metrics)) or chosen.metrics
    primary = chosen.primary if chosen.primary in used else used[0]
    trial = Trial(
        task=chosen.label,
        target=chosen.target,
        primary=primary,
        metrics=used,
        ids=tuple(str(number) for number in range(1, wanted + 1)),
        articles=(),
        references=streams,
    )
    rows = scoring.score_systems(trial, {name: [texts] for name, texts in outputs.items()}, notes={})
    human = scoring.human(trial)
    return scoring.assess(trial, [*([human] if human else []), *rows], settings)


def parse_hypotheses(given: Sequence[str]) -> dict[str, Path]:
    """Return NAME=FILE arguments as a mapping.

    Raises:
        InputError: an argument is not of that form, or a name stands twice.
    """
    found: dict[str, Path] = {}
    for argument in given:
        name, equals, path = argument.partition("=")
        if not (name and equals and path):
            raise InputError(f"--hypothesis {argument}: expected NAME=FILE, for example --hypothesis nllb=nllb.en")
        if not name.isprintable():
            raise InputError(f"--hypothesis {argument!r}: expected a name of visible characters, found {name!r}")
        if name in found:
            raise InputError(f"--hypothesis {argument}: the name {name!r} stands twice; give each system its own")
        found[name] = Path(path)
    return found


def check_baseline(baseline: str | None, names: Sequence[str]) -> None:
    """Raise InputError unless the baseline is one of the systems."""
    if baseline is not None and baseline not in names:
        raise InputError(unknown("--baseline", baseline, names))


def _read_references(paths: Sequence[Path], target: str) -> dict[str, tuple[str, ...]]:
    """Return the reference streams by file name, or by path where two files share a name."""
    names = Counter(path.name for path in paths)
    streams: dict[str, tuple[str, ...]] = {}
    wanted: int | None = None
    for path in paths:
        lines = _read_lines("reference", path, paths[0], wanted)
        wanted = len(lines)
        script = target.rpartition("_")[2]
        share = text.script_share("\n".join(lines), script)
        if share < _MIN_SCRIPT_SHARE:
            raise InputError(
                f"{path}: expected references in {target}, but only {share:.0%} of the letters are in that script; "
                "is this the source, or another task's file?"
            )
        empty = [number for number, line in enumerate(lines, start=1) if not line.strip()]
        if empty:
            raise InputError(f"{path} line {empty[0]}: the reference is empty; nothing can be scored against it")
        streams[path.name if names[path.name] == 1 else str(path)] = tuple(lines)
    return streams


def _read_lines(label: str, path: Path, against: Path, wanted: int | None) -> list[str]:
    lines = jsonio.read_lines(path)
    if wanted is not None and len(lines) != wanted:
        raise InputError(
            f"{path}: the {label} has {len(lines)} lines, the reference {against} has {wanted}; "
            "expected one line for each segment in both"
        )
    return lines


def _refuse_twice(paths: Sequence[Path]) -> None:
    seen: dict[Path, Path] = {}
    for path in paths:
        real = path.resolve()
        if real in seen:
            raise InputError(f"{path}: the file is given twice; a text cannot be scored against itself")
        seen[real] = path
