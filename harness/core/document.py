"""Read a YAML file, and keep the line of every value so that each error can name it.

This module knows nothing about keys: `validation` checks a document against a pydantic model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from harness.core import files
from harness.core.errors import InputError

Location = tuple[str | int, ...]  # the keys and list positions that lead to a value: ("systems", 0, "sentences")

# The tags that YAML gives to values without one.
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("bool float int map merge null seq str timestamp value".split())}
# With aliases, a file of a hundred bytes can stand for more values than fit in memory.
_MAX_ALIASED = 100_000
_SHOWN = 40  # characters of a value in a message


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a YAML file, or of a mapping that takes its place; its keys are not checked yet."""

    path: Path  # of a mapping: the file that it stands for, which need not exist
    tree: dict[str, Any]
    overridden: Mapping[Location, str] = field(default_factory=dict)  # values set on the command line, as typed
    is_file: bool = True

    def where(self, location: Location) -> str:
        """Return the file and line of a value, or the `--set` that gave it.

        If the value does not exist, return the line of its nearest parent.
        """
        for length in range(len(location), 0, -1):
            if location[:length] in self.overridden:
                return f"--set {self.overridden[location[:length]]}"
        if not self.is_file:
            return f"{self.path.stem} {'.'.join(map(str, location))}".rstrip()
        line = 1
        node: Any = self.tree
        for depth, part in enumerate(location, start=1):
            try:
                marks = node.lc  # ruamel keeps line and column here
                line = (marks.key(part) if isinstance(node, dict) else marks.item(part))[0] + 1
                node = node[part]
            except (KeyError, IndexError, TypeError, AttributeError):
                # The file does not have it. It may be a key that an override added together with one below it.
                added = (typed for place, typed in self.overridden.items() if place[:depth] == location[:depth])
                return next((f"--set {typed}" for typed in added), f"{self.path} line {line}")
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
        tree = _load(content, path, YAML(typ="rt"))
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
        raise InputError(_syntax_error(error), where=_mark(path, error)) from None
    except YAMLError as error:
        raise InputError(f"not YAML: {' '.join(str(error).split())}", where=path) from None
    raise InputError(f"expected keys such as {expected}; found {_kind(tree)}", where=f"{path} line 1")


def given(content: Mapping[str, Any], *, stem: str) -> Document:
    """Return a mapping from Python as a document that stands for a file of that stem in the current folder.

    Raises:
        InputError: it contains a key or a value that JSON cannot represent.
    """
    document = Document(
        Path(f"{stem}.yaml"), {str(key): _plain(value) for key, value in content.items()}, is_file=False
    )
    document.refuse_odd_values()
    return document


def _plain(value: Any) -> Any:
    """Return a value as a YAML file would give it: paths as text, any sequence as a list."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def parse_value(text: str, where: str) -> Any:
    """Return the value of a YAML text; `where` names the option that the text was given to.

    Raises:
        InputError: the text is not YAML.
    """
    try:
        return _load(text, where, YAML(typ="safe", pure=True))
    except (YAMLError, RecursionError):
        raise InputError("the value is not YAML; quote it", where=where) from None


def _load(content: str, where: Path | str, yaml: YAML) -> Any:
    """Return the value of a YAML text; refuse dangerous content before any value is built."""
    root = yaml.compose(StringIO(content))
    if root is None:
        return None
    nodes = _check_nodes(root, where)
    try:
        return yaml.constructor.construct_document(root)
    except (ValueError, LookupError, ArithmeticError):
        # For example month 13, or a number of 5,000 digits: ruamel does not say in which line.
        for node in nodes:
            if isinstance(node, ScalarNode) and not _can_be_built(node):
                message = f"{_short(repr(node.value))} is read as a number or a date, and is not one; quote it"
                raise InputError(message, where=_line(where, node)) from None
        raise


def _check_nodes(root: Node, where: Path | str) -> list[Node]:
    """Return the nodes of a YAML graph, each once.

    Raises:
        InputError: an anchor contains itself, aliases stand for very many values, or a tag is not plain YAML; each of
            these is within what YAML allows, and no config needs it.
    """
    sizes: dict[int, int] = {}  # by node: number of values after its aliases are replaced
    unfinished: set[int] = set()
    nodes: list[Node] = []

    def measure(node: Node) -> int:
        if id(node) in unfinished:
            raise InputError(f"the anchor &{node.anchor} contains itself (*{node.anchor})", where=_line(where, node))
        if id(node) not in sizes:
            if str(node.tag) not in _TAGS:
                tag = str(node.tag).replace("tag:yaml.org,2002:", "!!")
                raise InputError(f"expected a value without a tag, found {tag}; remove it", where=_line(where, node))
            nodes.append(node)
            unfinished.add(id(node))
            sizes[id(node)] = 1 + sum(map(measure, _children(node)))
            unfinished.remove(id(node))
        return sizes[id(node)]

    size = measure(root)
    if size - len(nodes) > _MAX_ALIASED:
        raise InputError(
            f"its aliases (*name) stand for {size - len(nodes):.3g} values, expected at most {_MAX_ALIASED:,}; "
            "write out what is needed",
            where=where,
        )
    return nodes


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, MappingNode):
        for pair in node.value:
            yield from pair
    elif isinstance(node, SequenceNode):
        yield from node.value


def _can_be_built(node: ScalarNode) -> bool:
    try:
        YAML(typ="rt").constructor.construct_object(node)
    except (ValueError, LookupError, ArithmeticError):
        return False
    return True


def _line(where: Path | str, node: Node) -> str:
    """Return the file and the line of a node; an option of the command line has no lines."""
    return f"{where} line {node.start_mark.line + 1}" if isinstance(where, Path) else where


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _kind(tree: Any) -> str:
    """Describe the top level of a file that is not a mapping."""
    if tree is None:
        return "only comments or nothing"
    return "a list" if isinstance(tree, list) else f"only {_short(repr(str(tree)))}"


def _syntax_error(error: MarkedYAMLError) -> str:
    """Return the message for a file that is not YAML; frequent mistakes have messages of their own."""
    problem = str(error.problem or error.context)
    if "character '\\t'" in problem:
        return "not YAML: found a tab; indent with spaces"
    if "another document" in problem:
        return "expected one document, found a second one after ---; keep one"
    return f"not YAML: {problem}"


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
