"""Choose which files of a dataset's repository make a split of a config, from the names of the files; pure.

The header of the repository's README.md says so (`configs:`); else the names do, as for the library `datasets`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from harness.core import registry
from harness.core.errors import InputError
from harness.datasets import _tables

_SHARD = re.compile(r"(?P<split>.+)-\d{5}-of-(?P<count>\d{5})")
# Words in the path of a file that name its split; the first of each line is its name.
_SPLITS = (("train", "training"), ("validation", "valid", "val", "dev"), ("test", "testing", "eval", "evaluation"),
           ("devtest",))  # fmt: skip
# Names of files that are not data.
_NOT_DATA = ("dataset_info.json", "dataset_infos.json", "state.json", "dataset_dict.json", "cache-*.arrow", ".*")
# Forms of files. If a split is in several of them, the first one here is read.
_FORMS = (".parquet", ".arrow", ".jsonl", ".ndjson", ".json", ".csv", ".tsv")


@dataclass(frozen=True, slots=True)
class SplitChoice:
    """The split of a config that is read as one table."""

    split: str  # `a|b`: the first of them that the repository has
    config: str | None = None
    files: tuple[str, ...] = ()  # patterns of names, instead of what the repository says

    def __str__(self) -> str:
        return f"split {self.split!r}" + (f" of config {self.config!r}" if self.config else "")


class ScriptError(InputError):
    """The repository has a script that would write the data, and no data."""


@dataclass(frozen=True, slots=True)
class RepositoryFiles:
    """The names of a repository's files, and what its README.md says of them."""

    repository: str  # the name on the hub, or the folder
    names: Collection[str]
    card: Mapping[str, Any]  # the header of README.md

    def choose(self, choice: SplitChoice) -> list[str]:
        """Return the files of a config and split.

        Raises:
            InputError: the repository has no such config, split or files, or only a script that would write them.
        """
        return self._matching(choice) if choice.files else self._of_split(choice)

    def _matching(self, choice: SplitChoice) -> list[str]:
        for split in choice.split.split("|"):
            patterns = [each.replace("{split}", split.strip()) for each in choice.files]
            if matching := [file for file in self.names if any(fnmatchcase(file, pattern) for pattern in patterns)]:
                return sorted(matching)
        some = ", ".join(list(self._data())[:8]) or "none"
        raise InputError(
            f"no file matches {' or '.join(choice.files)} for {choice} (files: {some})", where=self.repository
        )

    def _of_split(self, choice: SplitChoice) -> list[str]:
        self._refuse_script()
        splits = self._described(choice) or self._inferred(choice)
        for split in choice.split.split("|"):
            for name, files in splits.items():
                if _canonical(split.strip()) == _canonical(name):
                    return files
        hint = "; for a part of a split, use sample or limit" if "[" in choice.split else ""
        raise InputError(registry.unknown("split", choice.split, splits) + hint, where=self.repository)

    def _described(self, choice: SplitChoice) -> dict[str, list[str]] | None:
        """Return the files of each split as README.md says, None if it says nothing."""
        configs = self.card.get("configs")
        described = [each for each in configs if isinstance(each, dict)] if isinstance(configs, list) else []
        by_name = {str(each.get("config_name", "default")): each.get("data_files") for each in described}
        if not any(by_name.values()):
            return None
        name = choice.config or ("default" if "default" in by_name or len(by_name) > 1 else next(iter(by_name)))
        if name not in by_name:
            if choice.config is None:
                raise InputError(f"name one of its configs: {', '.join(sorted(by_name))}", where=self.repository)
            raise InputError(registry.unknown("config", name, by_name), where=self.repository)
        splits: dict[str, list[str]] = {}
        for split, pattern in _patterns(by_name[name]):
            splits.setdefault(split, []).extend(sorted(file for file in self.names if _fits(file, pattern)))
        return {split: files for split, files in splits.items() if files}

    def _inferred(self, choice: SplitChoice) -> dict[str, list[str]]:
        """Return the files of each split by their names."""
        files = list(self._data())
        if choice.config is not None:
            of_config = [file for file in files if _is_of_config(file, choice.config)]
            if not of_config:
                folders = {part for file in files for part in file.split("/")[:-1]}
                raise InputError(registry.unknown("config", choice.config, folders), where=self.repository)
            files = of_config
        form = next((form for form in _FORMS if any(_tables.suffix(Path(file)) == form for file in files)), None)
        splits: dict[str, list[str]] = {}
        for file in files:
            if _tables.suffix(Path(file)) == form:
                splits.setdefault(_split_of(file), []).append(file)
        return {split: sorted(of_split) for split, of_split in splits.items()}

    def _data(self) -> Iterator[str]:
        for file in self.names:
            name = Path(file).name
            if _tables.suffix(Path(file)) in _FORMS and not any(fnmatchcase(name, pattern) for pattern in _NOT_DATA):
                yield file

    def _refuse_script(self) -> None:
        script = f"{self.repository.rpartition('/')[2]}.py"
        if script in self.names and not any(self._data()):
            raise ScriptError(
                f"a script repository: {script} would have to run, and the harness runs nobody's scripts (nor does "
                "datasets >= 4)", where=self.repository,
            )  # fmt: skip


def shards(file: str) -> int | None:
    """Return in how many files a split is stored, if the name of one of them says so."""
    shard = _SHARD.fullmatch(Path(file).name.partition(".")[0])
    return int(shard["count"]) if shard else None


def _patterns(data_files: Any) -> Iterator[tuple[str, str]]:
    """Yield (split, pattern) for the `data_files` of a config; without splits, all of them are `train`."""
    for each in data_files if isinstance(data_files, list) else [data_files]:
        if isinstance(each, str):
            yield "train", each
        elif isinstance(each, dict):
            paths = each.get("path")
            for path in paths if isinstance(paths, list) else [paths]:
                if isinstance(path, str):
                    yield str(each.get("split", "train")), path


def _fits(file: str, pattern: str) -> bool:
    """Return whether a file's name fits a pattern of README.md, in which `*` stays in one folder and `**` does not."""
    translated = re.escape(pattern.removeprefix("./"))
    translated = translated.replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.fullmatch(translated.replace(r"\?", "[^/]"), file) is not None


def _is_of_config(file: str, config: str) -> bool:
    """Return whether a file is in a folder named like a config, or its name begins with the config as a word."""
    *folders, name = file.split("/")
    words = "|".join(word for names in _SPLITS for word in names)
    return config in folders or re.match(rf"{re.escape(config)}(?:[.-]|_(?:{words})\b)", name) is not None


def _split_of(file: str) -> str:
    """Return the split that a file's name tells: that of a shard, else the last word for one; `train` without any."""
    shard = _SHARD.fullmatch(Path(file).name.partition(".")[0])
    if shard and shard["split"] != "data":  # as in a folder that the library saved
        return shard["split"]
    words = [word for word in re.split(r"[/._-]", file.lower()) if any(word in names for names in _SPLITS)]
    return _canonical(words[-1]) if words else "train"


def _canonical(split: str) -> str:
    return next((names[0] for names in _SPLITS if split.lower() in names), split)
