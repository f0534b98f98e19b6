"""A run's YAML file, with the line of everything in it, so that each error can say where.

This module knows the shape of a config; what its names mean (families, tasks, files) is settled in `harness.plan`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from harness import jsonio, registry
from harness.errors import InputError, Problem
from harness.thresholds import Thresholds

ModelT = TypeVar("ModelT", bound=BaseModel)

Location = tuple[str | int, ...]  # ("systems", 0, "sentences")

# Keys that a user may expect and will not get, with the reason.
_REFUSED = {
    "trust_remote_code": "refused: it would run a stranger's program that nobody here has read, and such programs "
    "break, or go wrong unnoticed, with each release of transformers; the families here need none. Remove the key"
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Statistics(_Part):
    """How intervals and tests are computed."""

    resamples: int = Field(default=1000, ge=100, le=1_000_000)
    seed: int = Field(default=0, ge=0)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)


class TaskChoice(_Part):
    """A task as a config asks for it."""

    name: str
    unit: str | None = None
    target: str | None = None
    metrics: tuple[str, ...] | None = Field(default=None, min_length=1)
    primary: str | None = None


class DatasetChoice(_Part):
    """A dataset as a config asks for it."""

    path: str
    format: str = "handwritten"


class RunConfig(_Part):
    """The top level of a config."""

    name: str = Field(pattern=jsonio.FILE_NAME, max_length=80)
    datasets: tuple[DatasetChoice | str, ...] = Field(min_length=1)
    tasks: tuple[TaskChoice | str, ...] = Field(min_length=1)
    systems: tuple[dict[str, Any], ...] = Field(min_length=1)
    bounds: tuple[Literal["human", "oracle"], ...] = ("human", "oracle")
    statistics: Statistics = Statistics()
    limit: int | None = Field(default=None, ge=1, description="use the first so many sources of each task")
    gate: Thresholds = Thresholds()


class GateConfig(BaseModel):
    """The part of a config that `harness gate` reads: the data and models that the rest names need not be there."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    statistics: Statistics = Statistics()
    gate: Thresholds = Thresholds()


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
    content = jsonio.read_text(path).removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        tree = YAML(typ="rt").load(StringIO(content))
        overridden = {_override(tree, text): text for text in overrides} if isinstance(tree, dict) else {}
        _refuse_odd_values(Document(path, tree, overridden), tree, ())
    except RecursionError:
        raise InputError(f"{path}: nested too deeply; expected the few levels that README.md shows") from None
    except DuplicateKeyError as error:
        key = re.search(r'duplicate key "(.*?)"', str(error))
        raise InputError(f"{_marked(path, error)}: key {key and key.group(1)!r} stands twice; keep one") from None
    except MarkedYAMLError as error:
        raise InputError(f"{_marked(path, error)}: not YAML: {error.problem or error.context}") from None
    except YAMLError as error:
        raise InputError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(tree, dict):
        raise InputError(f"{path} line 1: expected keys such as name, datasets, tasks and systems; found no mapping")
    return Document(path, tree, overridden)


def _refuse_odd_values(document: Document, value: Any, location: Location) -> None:
    """Raise InputError for what YAML allows and JSON cannot hold: keys that are no text, halves of surrogate pairs."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                where = document.where((*location, key))
                raise InputError(f"{where}: expected text as a key, found {key!r}; quote it")
            _refuse_odd_values(document, item, (*location, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_odd_values(document, item, (*location, index))
    elif isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise InputError(f"{document.where(location)}: expected text, found half of a surrogate pair in {value!r}")


def validate(document: Document) -> tuple[RunConfig | None, list[Problem]]:
    """Return the config and no problem, or None and what is wrong with its shape."""
    tree = {"name": document.path.stem, **document.tree}
    return parse(RunConfig, tree, document, ())


def parse(
    model: type[ModelT], value: Any, document: Document, location: Location
) -> tuple[ModelT | None, list[Problem]]:
    """Return `value`, which stands at `location`, as a `model`, or None and its problems."""
    try:
        # Through JSON, because pydantic's strict mode then takes lists for tuples but still no "3" for 3.
        return model.model_validate_json(json.dumps(value, default=str), strict=True), []
    except ValidationError as error:
        problems: dict[Problem, None] = {}
        readings: dict[Location, list[dict[str, Any]]] = {}
        for detail in error.errors():
            place = detail["loc"]
            if place[:1] in (("tasks",), ("datasets",)) and len(place) > 2:
                # "Text, or keys and values": pydantic reports both readings, and only the one that was meant helps.
                if (place[2] == "str") != isinstance(_at(value, place[:2]), str | int | float | None):
                    continue
                place = place[:2] + place[3:]
            standing = _standing(value, place)
            if standing == place or detail["type"] == "missing":
                problems[Problem(document.where((*location, *place)), _message(model, dict(detail), place))] = None
            else:
                readings.setdefault(standing, []).append(dict(detail))
        for standing, details in readings.items():
            # A value that may be one thing or another: what it is not is said once.
            expected = " or ".join(dict.fromkeys(_expected(detail) for detail in details))
            message = f"{'.'.join(map(str, standing))}: expected {expected}, found {_shown(details[0]['input'])}"
            problems[Problem(document.where((*location, *standing)), message)] = None
        return None, list(problems)


def _at(value: Any, place: Location) -> Any:
    for part in place:
        value = value[part]
    return value


def _standing(value: Any, place: Location) -> Location:
    """Return the part of a place that is in the config; pydantic adds which reading of a value it tried."""
    node: Any = value
    for depth, part in enumerate(place):
        if not isinstance(node, dict | list):
            return place[:depth]
        try:
            node = _at(node, (part,))
        except (KeyError, IndexError, TypeError):
            return place  # a key that is missing, or in one reading only
    return place


def _shown(value: Any) -> str:
    found = json.dumps(value, ensure_ascii=False)
    return found if len(found) <= 60 else f"{found[:57]}..."


def _message(model: type[BaseModel], detail: dict[str, Any], place: Location) -> str:
    """Return what was expected and found, in a person's words."""
    name = ".".join(str(part) for part in place)
    found = _shown(detail["input"])
    if detail["type"] == "extra_forbidden" and place[-1] in _REFUSED:
        return f"{name}: {_REFUSED[str(place[-1])]}"
    if detail["type"] == "value_error":
        return f"{name}: {detail['ctx']['error']}".removeprefix(": ")
    if detail["type"] == "extra_forbidden":
        return registry.unknown("key", str(place[-1]), _fields(model, place[:-1]))
    if detail["type"] == "missing":
        return f"key {name!r} is missing"
    if detail["type"] == "too_short":
        return f"{name} is empty; expected at least {detail['ctx']['min_length']}"
    if detail["type"] == "string_pattern_mismatch":
        return f"{name}: expected letters, digits and . _ + @ - only, found {found}"
    return f"{name}: expected {_expected(detail)}, found {found}"


def _expected(detail: Mapping[str, Any]) -> str:
    """Return what pydantic wanted, in a person's words."""
    words = {
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "string_type": "text",
        "bool_type": "true or false",
        "tuple_type": "a list",
        "dict_type": "keys and values",
        "model_type": "keys and values",
        "path_type": "text",
        "is_instance_of": "text",
    }
    return words.get(detail["type"]) or str(detail["msg"]).removeprefix("Input should be ")


def _fields(model: type[BaseModel], place: Location) -> list[str]:
    """Return the keys that there are at a place: those of the innermost model on the way to it."""
    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            model = _inner(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _inner(annotation: Any) -> type[BaseModel] | None:
    """Return the model in an annotation such as `tuple[TaskChoice | str, ...]`, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part))), None)


def _override(tree: dict[str, Any], override: str) -> Location:
    """Set one value in the tree and return where; a list's item is named by its number or its `name`."""
    key, equals, value = override.partition("=")
    parts = key.split(".")
    if not equals or not all(parts):
        raise InputError(f"--set {override}: expected KEY=VALUE, for example statistics.seed=1")
    try:
        parsed = YAML(typ="safe").load(value) if value.strip() else None
    except YAMLError:
        raise InputError(f"--set {override}: the value is not YAML; quote it") from None
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
                    raise InputError(f"--set {override}: {registry.unknown('item', str(part), map(str, names))}")
                part = int(part)
        elif not isinstance(node, dict):
            raise InputError(f"--set {override}: {'.'.join(map(str, location))} has no keys below it")
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
