"""Check values of a YAML document against a pydantic model, and report each mistake in plain words with its line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.core import registry
from harness.core.document import Document, Location
from harness.core.errors import Problem

ModelT = TypeVar("ModelT", bound=BaseModel)

# Keys that a user may expect and that are refused, with the reason.
_REFUSED = {
    "trust_remote_code": "refused: it would run unchecked code from the hub, and such code breaks, or gives wrong "
    "outputs silently, with new releases of transformers; no family needs it. Remove the key"
}

# The whole message for a type of pydantic's errors. `name`, `value` and the keys of the error's context are filled in.
_MESSAGES = {
    "missing": "key '{name}' is missing",
    "string_too_short": "{name} is empty; expected text",
    "string_pattern_mismatch": "{name}: expected letters, digits and . _ + @ - only, found {value}",
    "string_too_long": "{name}: expected at most {max_length} characters, found {value}",
    "too_short": "{name} is empty; expected at least {min_length}",
}

# For the other types: what pydantic expected. For types in neither table, the message is pydantic's.
_EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "keys and values",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "is_instance_of": "text",
    "list_type": "a list",
    "missing": "a value",
    "model_type": "keys and values",
    "path_type": "text",
    "string_type": "text",
    "tuple_type": "a list",
}

_LONGEST = 60  # characters of a value that a message shows


def parse(
    model: type[ModelT], value: Any, document: Document, location: Location
) -> tuple[ModelT | None, list[Problem]]:
    """Return `value`, which is at `location` in the document, as a `model`; or None and all its problems."""
    try:
        # Go through JSON: its strict mode accepts a list for a tuple, and still refuses "3" for 3.
        return model.model_validate_json(json.dumps(value, default=str), strict=True), []
    except ValidationError as error:
        return None, [
            Problem(document.where((*location, *place)), _message(model, details, place))
            for place, details in _by_place(value, error).items()
        ]


def faults(model: type[BaseModel], value: Any, error: ValidationError) -> list[tuple[str, str]]:
    """Return (cause, message) for each place in `value` that does not fit the model; a cause contains no value."""
    return [
        (
            f"{details[0]['type']} {'.'.join(part for part in place if isinstance(part, str))}",
            _message(model, details, place),
        )
        for place, details in _by_place(value, error).items()
    ]


def _by_place(value: Any, error: ValidationError) -> dict[Location, list[Mapping[str, Any]]]:
    """Return the details of an error by the place in `value`; several if the value may have one of several types."""
    by_place: dict[Location, list[Mapping[str, Any]]] = {}
    for detail in _causes(error):
        by_place.setdefault(_place(value, detail["loc"], detail["type"]), []).append(dict(detail))
    return by_place


def _causes(error: ValidationError) -> list[ErrorDetails]:
    """Return the details of an error without those that follow from others.

    pydantic counts only valid items. It therefore reports a list with invalid items as too short, too.
    """
    details = error.errors()
    places = [detail["loc"] for detail in details]
    return [
        detail
        for detail in details
        if detail["type"] != "too_short"
        or not any(len(place) > len(detail["loc"]) and place[: len(detail["loc"])] == detail["loc"] for place in places)
    ]


def _place(value: Any, place: Location, error: str) -> Location:
    """Return the keys of an error's place that are in the document.

    If a value may have one of several types, pydantic reports one error per type, and adds the type to the place. The
    place without the type is the same for all of them.
    """
    if error == "missing":
        return place  # the key is not in the document, so keep the whole place
    node: Any = value
    for depth, part in enumerate(place):
        if not isinstance(node, dict | list):
            return place[:depth]
        try:
            node = node[part]  # type: ignore[index]  # a list's part is its position
        except (KeyError, IndexError, TypeError):
            return place
    return place


def _message(model: type[BaseModel], details: Sequence[Mapping[str, Any]], place: Location) -> str:
    """Return what was expected at a place and what was found there; one detail per type that the value may have."""
    detail = details[0]
    kind, name, value = detail["type"], ".".join(map(str, place)), shown(detail["input"])
    if kind == "extra_forbidden":
        key, inner = str(place[-1]), _model_at(model, place[:-1])
        if key in _REFUSED:
            return f"{name}: {_REFUSED[key]}"
        belongs = getattr(inner, "MISPLACED", {}).get(key)
        return f"unknown key {key!r}; {belongs}" if belongs else registry.unknown("key", key, inner.model_fields)
    if kind == "value_error":  # raised by our own validators, which word the message
        return f"{name}: {detail['ctx']['error']}".removeprefix(": ")
    if kind in _MESSAGES:
        hint = "; it must not begin with a dot" if kind == "string_pattern_mismatch" and value.startswith('".') else ""
        return _MESSAGES[kind].format(name=name, value=value, **detail.get("ctx", {})) + hint
    expected = " or ".join(dict.fromkeys(map(expected_of, details)))
    hint = "; quote it" if expected == "text" and isinstance(detail["input"], int | float) else ""
    return f"{name}: expected {expected}, found {value}{hint}"


def expected_of(detail: Mapping[str, Any]) -> str:
    """Return what was expected at the place of one of pydantic's errors."""
    return _EXPECTED.get(detail["type"]) or str(detail["msg"]).removeprefix("Input should be ")


def shown(value: Any) -> str:
    """Return a value as JSON, cut at 60 characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _model_at(model: type[BaseModel], place: Location) -> type[BaseModel]:
    """Return the innermost model on the way to a place; its fields are the keys that may stand there.

    A model can say in `MISPLACED` where a key belongs that users write in it by mistake.
    """
    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            model = _inner(model.model_fields[part].annotation) or model
    return model


def _inner(annotation: Any) -> type[BaseModel] | None:
    """Return the model in an annotation such as `dict[str, MetricThresholds]`, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _inner(part))), None)
