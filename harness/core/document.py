"""Read a YAML file, and keep the line of every value so that each error can name it.

This module knows nothing about keys: `validation` checks a document against a pydantic model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from harness.core import files
from harness.core.errors import InputError

Location = tuple[str | int, ...]  # the keys and list positions that lead to a value: ("systems", 0, "sentences")


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a YAML file, a mapping whose keys are not checked yet."""

    path: Path
    tree: dict[str, Any]
    overridden: Mapping[Location, str] = field(default_factory=dict)  # values set on the command line, as typed

    def where(self, location: Location) -> str:
        """Return the file and line of a value, or the `--set` that gave it.

        If the value does not exist, return the line of its nearest parent.
        """
        for length in range(len(location), 0, -1):
            if location[:length] in self.overridden:
                return f"--set {self.overridden[location[:length]]}"
        line = 1
        node: Any = self.tree
        for part in location:
            try:
                marks = node.lc  # ruamel keeps line and column here
                line = (marks.key(part) if isinstance(node, dict) else marks.item(part))[0] + 1
                node = node[part]
            except (KeyError, IndexError, TypeError, AttributeError):
                break
        return f"{self.path} line {line}"

    def refuse_odd_values(self) -> None:
        """Raise InputError for values that YAML allows and JSON does not: keys that are not text, lone surrogates."""
        self._refuse_odd_values(self.tree, ())

    def _refuse_odd_values(self, value: Any, location: Location) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if not isinstance(key, str):
                    where = self.where((*location, key))
                    raise InputError(f"expected text as a key, found {key!r}; quote it", where=where)
                self._refuse_odd_values(item, (*location, key))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self._refuse_odd_values(item, (*location, index))
        elif isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            message = f"expected text, found half of a surrogate pair in {value!r}"
            raise InputError(message, where=self.where(location))


def read(path: Path, *, expected: str = "name, datasets, tasks and systems") -> Document:
    """Return a YAML file whose top level is a mapping; `expected` names its keys in an error.

    Raises:
        FileError: the file cannot be read.
        InputError: the file is not YAML, or contains a key twice or a value that JSON cannot represent.
    """
    content = files.read_text(path).removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        tree = YAML(typ="rt").load(StringIO(content))
        if isinstance(tree, dict):
            document = Document(path, tree)
            document.refuse_odd_values()
            return document
    except RecursionError:
        raise InputError("nested too deeply; expected a few levels of keys", where=path) from None
    except DuplicateKeyError as error:
        key = re.search(r'duplicate key "(.*?)"', str(error))
        raise InputError(f"key {key and key.group(1)!r} stands twice; keep one", where=_mark(path, error)) from None
    except MarkedYAMLError as error:
        raise InputError(f"not YAML: {error.problem or error.context}", where=_mark(path, error)) from None
    except YAMLError as error:
        raise InputError(f"not YAML: {' '.join(str(error).split())}", where=path) from None
    raise InputError(f"expected keys such as {expected}; found no mapping", where=f"{path} line 1")


def _mark(path: Path, error: MarkedYAMLError) -> str:
    """Return the file, and the line of the error if it is known."""
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
