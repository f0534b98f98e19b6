"""A dataset's repository: on the Hugging Face hub, in its cache, or a local folder.

Only the files of one config and split are downloaded; `_split_files.py` chooses them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.core import document, hub
from harness.core.errors import FileError, InputError, ModelError
from harness.core.hub import NoNetworkError
from harness.datasets._split_files import RepositoryFiles, SplitChoice, shards

_LOG = logging.getLogger(__name__)

_COMMIT = re.compile(r"[0-9a-f]{40}")


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

    def choose(self, choice: SplitChoice) -> list[str]:
        """Return the files of a config and split.

        Raises:
            InputError: the repository has no such config, split or files, or only a script that would write them.
        """
        files = RepositoryFiles(self.name, self.files, self.card).choose(choice)
        for count in map(shards, files):
            if self.only_cached and count is not None and len(files) != count:
                raise InputError(f"{len(files)} of {count} files of {choice} are in the cache", where=self.name)
        return files


def is_commit(revision: str) -> bool:
    """Return whether a revision is a commit, which always has the same files, and no branch or tag."""
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


def on_hub(name: str, revision: str | None, choices: Sequence[SplitChoice]) -> Repository:
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
    if cached and (hub.offline() or is_commit(revision)) and _has(cached, choices):
        return cached
    if hub.offline():
        raise UnavailableError(
            f"{_listed(choices)} at revision {revision[:12]} is not in the cache (HF_HOME), and --offline or "
            "HF_HUB_OFFLINE forbids downloads; run once without it, or add path: FOLDER to the dataset in "
            "the config if you have a copy of the repository",
            where=name,
        )
    try:
        info = hub.look_up(name, revision, "dataset")
    except NoNetworkError as error:
        if cached is None or not _has(cached, choices):
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


def _listed(choices: Sequence[SplitChoice]) -> str:
    """Return splits in words; configs of one split together."""
    splits = dict.fromkeys(each.split for each in choices)
    configs = [each.config for each in choices if each.config]
    if len(splits) > 1 or len(configs) < 2:
        return " and ".join(map(str, choices))
    return f"split {next(iter(splits))!r} of configs {' and '.join(map(repr, configs))}"


def _has(repository: Repository, choices: Sequence[SplitChoice]) -> bool:
    """Return whether the files of all these splits are in the cache."""
    try:
        return all(repository.choose(each) for each in choices)
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
