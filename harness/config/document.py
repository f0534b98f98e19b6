"""A run's YAML file: read it, apply `--set`, and keep the line of every value, so that each error can say where."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from harness.core import files, registry
from harness.core.errors import InputError

Location = tuple[str | int, ...]  # ("systems", 0, "sentences")


@dataclass(frozen=True, slots=True)
class Document:
    """A config file's content, before anything is known to be right about it."""

    path: Path
    tree: dict[str, Any]
    overridden: Mapping[Location, str] = field(default_factory=dict)

    def where(self, location: Location) -> str:
        """Return the file and line (or the --set) that a location stands on; the nearest parent's when it is absent."""
        for length in range(len(location), 0, -1):
            if location[:length] in self.overridden:
                return f"--set {self.overridden[location[:length]]}"
        line = 1
        node: Any = self.tree
        for part in location:
            try:
                marks = node.lc  # where ruamel keeps line and column
                line = (marks.key(part) if isinstance(node, dict) else marks.item(part))[0] + 1
                node = node[part]
            except (KeyError, IndexError, TypeError, AttributeError):
                break
        return f"{self.path} line {line}"


def read(path: Path, overrides: Sequence[str] = ()) -> Document:
    """Return a config file with `KEY=VALUE` overrides applied (`statistics.seed=1`, `systems.lead-1.sentences=2`).

    Raises:
        FileError: the file cannot be read.
        InputError: it is not YAML, holds a key twice, or an override fits nothing.
    """
    content = files.read_text(path).removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        tree = YAML(typ="rt").load(StringIO(content))
        overridden = {_override(tree, text): text for text in overrides} if isinstance(tree, dict) else {}
        _refuse_odd_values(Document(path, tree, overridden), tree, ())
    except RecursionError:
        raise InputError("nested too deeply; expected the few levels that README.md shows", where=path) from None
    except DuplicateKeyError as error:
        key = re.search(r'duplicate key "(.*?)"', str(error))
        raise InputError(f"key {key and key.group(1)!r} stands twice; keep one", where=_marked(path, error)) from None
    except MarkedYAMLError as error:
        raise InputError(f"not YAML: {error.problem or error.context}", where=_marked(path, error)) from None
    except YAMLError as error:
        raise InputError(f"not YAML: {' '.join(str(error).split())}", where=path) from None
    if not isinstance(tree, dict):
        raise InputError(
            "expected keys such as name, datasets, tasks and systems; found no mapping", where=f"{path} line 1"
        )
    return Document(path, tree, overridden)


def _refuse_odd_values(document: Document, value: Any, location: Location) -> None:
    """Raise InputError for what YAML allows and JSON cannot hold: keys that are no text, halves of surrogate pairs."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                where = document.where((*location, key))
                raise InputError(f"expected text as a key, found {key!r}; quote it", where=where)
            _refuse_odd_values(document, item, (*location, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_odd_values(document, item, (*location, index))
    elif isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise InputError(f"expected text, found half of a surrogate pair in {value!r}", where=document.where(location))


def _override(tree: dict[str, Any], override: str) -> Location:
    """Set one value in the tree and return where; a list's item is named by its number or its `name`."""
    key, equals, value = override.partition("=")
    parts = key.split(".")
    if not equals or not all(parts):
        raise InputError("expected KEY=VALUE, for example statistics.seed=1", where=f"--set {override}")
    try:
        parsed = YAML(typ="safe").load(value) if value.strip() else None
    except YAMLError:
        raise InputError("the value is not YAML; quote it", where=f"--set {override}") from None
    node: Any = tree
    location: list[str | int] = []
    while True:
        part: str | int = parts.pop(0)
        if isinstance(node, list):
            # A system's name may hold dots, so the longest name that fits is taken.
            names = [item.get("name", item) if isinstance(item, dict) else item for item in node]
            for length in range(len(parts) + 1, 0, -1):
                candidate = ".".join([str(part), *parts[: length - 1]])
                if candidate in names:
                    part, parts = names.index(candidate), parts[length - 1 :]
                    break
            else:
                if not str(part).isdecimal() or int(part) >= len(node):
                    raise InputError(registry.unknown("item", str(part), map(str, names)), where=f"--set {override}")
                part = int(part)
        elif not isinstance(node, dict):
            raise InputError(f"{'.'.join(map(str, location))} has no keys below it", where=f"--set {override}")
        location.append(part)
        if not parts:
            node[part] = parsed
            return tuple(location)
        if isinstance(node, list) and isinstance(node[int(part)], str):
            # A bare name is short for a mapping with nothing but that name.
            node[int(part)] = {"path" if location[0] == "datasets" else "name": node[int(part)]}
        node = node.setdefault(part, {}) if isinstance(node, dict) else node[int(part)]


def _marked(path: Path, error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"{path} line {mark.line + 1}" if mark else str(path)


def dump(value: Mapping[str, Any]) -> str:
    """Return a plain mapping as YAML."""
    stream = StringIO()
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel's stub says None
    yaml.dump(dict(value), stream)
    return stream.getvalue()
