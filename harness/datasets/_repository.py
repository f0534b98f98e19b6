"""A dataset's repository: on the Hugging Face hub, in its cache, or a local folder. Which of its files make a split.

The files are chosen as the repository's README.md says (`configs:` in its header), else by their names, as the library
`datasets` does. Only the files of one config and split are downloaded.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from harness.core import document, hub, registry
from harness.core.errors import FileError, InputError, ModelError
from harness.core.hub import NoNetworkError
from harness.datasets import _tables

_LOG = logging.getLogger(__name__)

_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHARD = re.compile(r"(?P<split>.+)-\d{5}-of-(?P<count>\d{5})")
# Words in the path of a file that name its split; the first of each line is its name.
_SPLITS = (("train", "training"), ("validation", "valid", "val", "dev"), ("test", "testing", "eval", "evaluation"),
           ("devtest",))  # fmt: skip
# Files with such an ending that are no data.
_NOT_DATA = ("dataset_info.json", "dataset_infos.json", "state.json", "dataset_dict.json", "cache-*.arrow", ".*")
# The first form that a split has is taken.
_FORMS = (".parquet", ".arrow", ".jsonl", ".ndjson", ".json", ".csv", ".tsv")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The part of a repository that is a table."""

    split: str  # `a|b` is the first that exists
    config: str | None = None
    files: tuple[str, ...] = ()  # patterns of names, instead of what the repository says

    def __str__(self) -> str:
        return f"split {self.split!r}" + (f" of config {self.config!r}" if self.config else "")


@dataclass(frozen=True, slots=True)
class Repository:
    """What is known of a repository at one revision."""

    name: str  # on the hub, or the folder
    folder: Path  # where its files are, or will be after they are downloaded
    files: Mapping[str, int | None]  # names with sizes in bytes
    commit: str | None = None  # None: a local folder
    only_cached: bool = False  # `files` are those in the cache, and the repository may have others
    gated: bool | None = None
    card: Mapping[str, Any] = field(default_factory=dict)  # the header of README.md

    @property
    def licence(self) -> str | None:
        """The licence that the repository states."""
        stated = self.card.get("license")
        return ", ".join(map(str, stated)) if isinstance(stated, list) else stated and str(stated)

    def absent(self, files: Sequence[str]) -> list[str]:
        """Return the files that are not on this machine."""
        return [file for file in files if not (self.folder / file).is_file()]

    def choose(self, wanted: Wanted) -> list[str]:
        """Return the files of a config and split.

        Raises:
            InputError: the repository has no such config, split or files, or only a script that would write them.
        """
        files = self._matching(wanted) if wanted.files else self._of_split(wanted)
        for file in files:
            shard = _SHARD.fullmatch(Path(file).name.partition(".")[0])
            if self.only_cached and shard and len(files) != int(shard["count"]):
                raise InputError(
                    f"{len(files)} of {int(shard['count'])} files of {wanted} are in the cache", where=self.name
                )
        return files

    def _matching(self, wanted: Wanted) -> list[str]:
        for split in wanted.split.split("|"):
            patterns = [each.replace("{split}", split.strip()) for each in wanted.files]
            if matching := [file for file in self.files if any(fnmatchcase(file, pattern) for pattern in patterns)]:
                return sorted(matching)
        some = ", ".join(list(self._data())[:8]) or "none"
        raise InputError(f"no file matches {' or '.join(wanted.files)} for {wanted} (files: {some})", where=self.name)

    def _of_split(self, wanted: Wanted) -> list[str]:
        self._refuse_script()
        splits = self._described(wanted) or self._inferred(wanted)
        for split in wanted.split.split("|"):
            for name, files in splits.items():
                if _canonical(split.strip()) == _canonical(name):
                    return files
        hint = "; for a part of a split, use sample or limit" if "[" in wanted.split else ""
        raise InputError(registry.unknown("split", wanted.split, splits) + hint, where=self.name)

    def _described(self, wanted: Wanted) -> dict[str, list[str]] | None:
        """Return the files of each split as README.md says, None if it says nothing."""
        configs = self.card.get("configs")
        described = [each for each in configs if isinstance(each, dict)] if isinstance(configs, list) else []
        by_name = {str(each.get("config_name", "default")): each.get("data_files") for each in described}
        if not any(by_name.values()):
            return None
        name = wanted.config or ("default" if "default" in by_name or len(by_name) > 1 else next(iter(by_name)))
        if name not in by_name:
            if wanted.config is None:
                raise InputError(f"name one of its configs: {', '.join(sorted(by_name))}", where=self.name)
            raise InputError(registry.unknown("config", name, by_name), where=self.name)
        splits: dict[str, list[str]] = {}
        for split, pattern in _patterns(by_name[name]):
            splits.setdefault(split, []).extend(sorted(file for file in self.files if _fits(file, pattern)))
        return {split: files for split, files in splits.items() if files}

    def _inferred(self, wanted: Wanted) -> dict[str, list[str]]:
        """Return the files of each split by their names."""
        files = list(self._data())
        if wanted.config is not None:
            of_config = [file for file in files if _is_of_config(file, wanted.config)]
            if not of_config:
                folders = {part for file in files for part in file.split("/")[:-1]}
                raise InputError(registry.unknown("config", wanted.config, folders), where=self.name)
            files = of_config
        form = next((form for form in _FORMS if any(_tables.suffix(Path(file)) == form for file in files)), None)
        splits: dict[str, list[str]] = {}
        for file in files:
            if _tables.suffix(Path(file)) == form:
                splits.setdefault(_split_of(file), []).append(file)
        return {split: sorted(of_split) for split, of_split in splits.items()}

    def _data(self) -> Iterator[str]:
        for file in self.files:
            name = Path(file).name
            if _tables.suffix(Path(file)) in _FORMS and not any(fnmatchcase(name, pattern) for pattern in _NOT_DATA):
                yield file

    def _refuse_script(self) -> None:
        script = f"{self.name.rpartition('/')[2]}.py"
        if script in self.files and not any(self._data()):
            raise ScriptError(
                f"a script repository: {script} would have to run, and the harness runs nobody's scripts (nor does "
                "datasets >= 4)", where=self.name,
            )  # fmt: skip


class ScriptError(InputError):
    """The repository has a script instead of data."""


def is_commit(revision: str) -> bool:
    """Whether a revision is a commit, which always has the same files, and no branch or tag."""
    return _COMMIT.fullmatch(revision) is not None


def of_folder(path: Path) -> Repository:
    """Return a local folder as a repository.

    Raises:
        FileError: there is no such folder.
    """
    if not path.is_dir():
        content = "a file" if path.exists() else "nothing there"
        raise FileError(f"expected a folder with the files of a dataset, found {content}", where=path)
    return Repository(str(path), path, _sizes(path), card=_card(path))


def on_hub(name: str, revision: str | None, wanted: Sequence[Wanted]) -> Repository:
    """Return a repository on the hub, whose data are not downloaded by this.

    A commit whose files are all in the cache needs no network. A branch is looked up; if the hub cannot be reached, the
    commit that it had last is used, with a warning.

    Raises:
        InputError: there is no such repository or revision, this user may not read it, or it is neither cached nor
            reachable.
    """
    revision = revision or "main"
    folder = hub.cached(name, revision, "dataset")
    cached = None
    if folder is not None:
        cached = Repository(name, folder, _sizes(folder), folder.name, only_cached=True, card=_card(folder))
    if cached and (hub.offline() or is_commit(revision)) and _has(cached, wanted):
        return cached
    if hub.offline():
        raise UnavailableError(
            f"{_listed(wanted)} at revision {revision[:12]} is not in the cache (HF_HOME), and --offline or "
            "HF_HUB_OFFLINE forbids downloads; run once without it, or add path: FOLDER to the dataset in "
            "the config if you have a copy of the repository",
            where=name,
        )
    try:
        info = hub.look_up(name, revision, "dataset")
    except NoNetworkError as error:
        if cached is None or not _has(cached, wanted):
            raise UnavailableError(error.message, where=error.where) from None
        _LOG.warning("%s; going on with %s from the cache", error, cached.commit)
        return cached
    except ModelError as error:
        raise InputError(error.message, where=error.where) from None
    commit = str(info.sha)
    files = {entry.rfilename: entry.size for entry in info.siblings or ()}
    folder = hub.folder_of(name, commit, "dataset")
    if not is_commit(revision):
        hub.remember(folder, revision)
    card = info.card_data.to_dict() if info.card_data else {}
    return Repository(name, folder, files, commit, gated=bool(info.gated), card=card)


def fetch(repository: Repository, files: Sequence[str]) -> list[Path]:
    """Return the paths of files, downloading those that are not on this machine.

    Raises:
        InputError: a file cannot be downloaded.
    """
    if repository.commit is not None:
        absent = repository.absent(files)
        # The header of README.md tells which files are a config's when there is no network.
        readme = [file for file in ("README.md",) if absent and file in repository.files]
        try:
            hub.download(repository.name, repository.commit, [*repository.absent(readme), *absent], "dataset")
        except ModelError as error:
            raise InputError(error.message, where=error.where) from None
    return [repository.folder / file for file in files]


class UnavailableError(InputError):
    """The data are not on this machine, and the network is forbidden or the hub cannot be reached."""


def _listed(wanted: Sequence[Wanted]) -> str:
    """Return the parts of a repository in words; configs of one split together."""
    splits = dict.fromkeys(each.split for each in wanted)
    configs = [each.config for each in wanted if each.config]
    if len(splits) > 1 or len(configs) < 2:
        return " and ".join(map(str, wanted))
    return f"split {next(iter(splits))!r} of configs {' and '.join(map(repr, configs))}"


def _has(repository: Repository, wanted: Sequence[Wanted]) -> bool:
    """Whether all that is wanted is in the cache."""
    try:
        return all(repository.choose(each) for each in wanted)
    except InputError:
        return False


def _sizes(folder: Path) -> dict[str, int | None]:
    """Return the sizes of the files in a folder. An interrupted download leaves a link to nothing, which is no file."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}


def _card(folder: Path) -> dict[str, Any]:
    """Return the header of README.md; nothing if there is none, or if it is not YAML."""
    try:
        text = (folder / "README.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    header = re.match(r"---\r?\n(.*?)\n---", text, re.DOTALL)
    try:
        content = document.parse_value(header[1], "README.md") if header else {}
    except InputError:
        return {}
    return content if isinstance(content, dict) else {}


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
    """Whether a file's name fits a pattern of README.md, in which `*` stays in one folder and `**` does not."""
    translated = re.escape(pattern.removeprefix("./"))
    translated = translated.replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.fullmatch(translated.replace(r"\?", "[^/]"), file) is not None


def _is_of_config(file: str, config: str) -> bool:
    """Whether a file is in a folder named like a config, or its own name begins with the config as a word."""
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
