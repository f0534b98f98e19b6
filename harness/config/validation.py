"""Check a config's values against the schema, and say in plain words what is wrong and on which line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from harness.config.document import Document, Location
from harness.config.schema import RunConfig
from harness.core import registry
from harness.core.errors import Problem

ModelT = TypeVar("ModelT", bound=BaseModel)

# Keys that a user may expect and will not get, with the reason.
_REFUSED = {
    "trust_remote_code": "refused: it would run a stranger's program that nobody here has read, and such programs "
    "break, or go wrong unnoticed, with each release of transformers; the families here need none. Remove the key"
}


# Values of earlier versions, with what to write now.
_RENAMED = {"human": 'the row "human" is called "reference" now, because no person wrote the references; write that'}


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
            message = f"{'.'.join(map(str, standing))}: expected {expected}, found {shown(details[0]['input'])}"
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


def shown(value: Any) -> str:
    """Return a value as JSON, cut at 60 characters."""
    found = json.dumps(value, ensure_ascii=False)
    return found if len(found) <= 60 else f"{found[:57]}..."


def _message(model: type[BaseModel], detail: dict[str, Any], place: Location) -> str:
    """Return what was expected and found, in a person's words."""
    name = ".".join(str(part) for part in place)
    found = shown(detail["input"])
    if detail["type"] == "literal_error" and detail["input"] in _RENAMED:
        return f"{name}: {_RENAMED[detail['input']]}"
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
