"""Read the arguments of `harness score`: NAME=FILE, FILE, folders, files to write, and names of metrics.

A FILE may be `FILE:COLUMN`, and `-` is standard input (see `contents.py`).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core import registry
from harness.core.errors import FileError, InputError
from harness.scoring.textfiles import contents

_BOUNDS = ("reference", "oracle")


def parse_hypotheses(
    given: Sequence[str], *, besides: Sequence[Path] = (), suffix: str | None = None
) -> dict[str, Path]:
    """Return NAME=FILE arguments as a mapping.

    A FILE alone is named as the file without its suffix. A folder stands for every file in it, with such names. Hidden
    files, Markdown files, the files `besides`, and files without the `suffix` are ignored there.

    Raises:
        InputError: an argument has another form, a name is given twice, or a folder contains no such file.
    """
    paths: dict[str, Path] = {}
    for argument in given:
        if argument and _is_folder(argument):
            entries = {contents.stem(path): path for path in _in_folder(argument, besides, suffix)}
        else:
            name, path = _name_and_file(argument)
            if _is_folder(path):
                raise InputError(f"--hypothesis {argument}: expected a file, found a folder; give it without a name")
            entries = {name: Path(path)}
        for name, file in entries.items():
            if name in paths:
                raise InputError(
                    f"--hypothesis {argument}: the name {name!r} is given twice; give each system its own name"
                )
            paths[name] = file
    return paths


def _name_and_file(argument: str) -> tuple[str, str]:
    name, equals, path = argument.partition("=")
    file, _ = contents.locate(Path(argument))
    if argument and (not equals or (_is_file(file) and not _is_file(contents.locate(Path(path))[0]))):
        return "stdin" if file == contents.STANDARD_INPUT else contents.stem(file), argument
    if not (name and path):
        raise InputError(
            f"--hypothesis {argument}: expected NAME=FILE, for example --hypothesis nllb=nllb.en, a file, or a folder"
        )
    return name, path


def check_names(hypotheses: Mapping[str, Path]) -> None:
    """Raise InputError unless there is a system, and each has a name that can be a row of its own."""
    if not hypotheses:
        raise InputError("no --hypothesis given; expected at least one NAME=FILE, or a folder of files")
    for name, path in hypotheses.items():
        if name in _BOUNDS:
            raise InputError(f"--hypothesis {name}=...: {name!r} is the name of a bound's row; choose another")
        if not (name.strip() and name.isprintable()):
            raise InputError(f"--hypothesis {name!r}: expected a name of visible characters for {path}")


def refuse_twice(paths: Sequence[Path]) -> None:
    """Raise InputError if a file is given twice, also under another path."""
    seen: set[Path] = set()
    for path in paths:
        real = _real(path)
        if real in seen:
            raise InputError(
                f"{path}: the file is given twice, and a text cannot be scored against itself; give each once"
            )
        seen.add(real)


def parse_metrics(given: Sequence[str], extra: Sequence[str] = ()) -> list[str]:
    """Return the metrics of `-m a -m b`, `-m a,b` and `-m a b`; `extra` are arguments without an option.

    Raises:
        InputError: an argument without an option is no metric, or no metric stands before it.
    """
    metrics: list[str] = []
    for part in (part.strip() for names in given for part in names.split(",")):
        # "chrf++:char_order=4,lowercase=true" is one metric.
        if metrics and ":" in metrics[-1] and re.match(r"\w+=", part):
            metrics[-1] += f",{part}"
        elif part:
            metrics.append(part)
    known = registry.names("metrics") if extra else []
    for argument in extra:
        if not given or argument.strip(",") not in known:
            way_out = "give each file its own --hypothesis or --reference, and metrics as --metric NAME,NAME"
            raise InputError(f"{argument}: expected an option before it; {way_out}")
        metrics.append(argument.strip(","))
    if given and not metrics:
        raise InputError(f"--metric {' '.join(given)}: expected a name, for example --metric bleu,chrf++")
    return metrics


def refuse_same_written(written: Mapping[str, Path | None]) -> None:
    """Raise InputError if two options name one file to write."""
    options: dict[Path, str] = {}
    for option, path in written.items():
        if path in options:
            raise InputError(f"{option} {path}: {options[path]} writes this file; choose another name")
        if path is not None:
            options[path] = option


def check_written(option: str, path: Path | None, inputs: Sequence[Path]) -> None:
    """Raise InputError if writing a file would replace one of the inputs, or something that is not a plain file."""
    if path is None:
        return
    if _real(path) in (_real(contents.locate(given)[0]) for given in inputs):
        raise InputError(f"{option} {path}: this is a file to score, and would be replaced; choose another name")
    if os.path.lexists(path) and not path.is_file():
        raise InputError(f"{option} {path}: expected the name of a file to write, found no plain file there")


def _in_folder(folder: str, besides: Sequence[Path], suffix: str | None) -> list[Path]:
    ignored = {_real(contents.locate(path)[0]) for path in besides}
    try:
        files = [path for path in sorted(Path(folder).iterdir()) if path.is_file() and not path.name.startswith(".")]
    except OSError as error:
        raise FileError(f"{folder}: could not read the folder ({error.strerror}); check its permissions") from None
    chosen = [
        path
        for path in files
        if _real(path) not in ignored
        and contents.suffix(path) != ".md"
        and suffix in (None, contents.suffix(path), path.suffix)
    ]
    if not chosen:
        wanted = f"files named *{suffix}, as the reference is" if suffix else "a file for each system"
        raise InputError(f"--hypothesis {folder}: expected {wanted}, found none; give NAME=FILE for each instead")
    stems = Counter(map(contents.stem, chosen))
    for path in chosen:
        if stems[contents.stem(path)] > 1:
            raise InputError(f"--hypothesis {folder}: {path.name} differs from another in its suffix only; rename it")
    return chosen


def _is_file(path: Path) -> bool:
    """Whether there is a plain file of that name; False if the system refuses the name."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(name: str) -> bool:
    """Whether there is a folder of that name; False if the system refuses the name, because reading it says why."""
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


def _real(path: Path) -> Path:
    """Return the path without links; unchanged if the system refuses it, because reading it says why."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # RuntimeError: a circle of links
        return path
