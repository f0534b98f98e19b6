"""Options of metrics as users write them: `bleu:tokenize=intl`, or a mapping in a config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from harness.core import registry
from harness.core.errors import InputError

if TYPE_CHECKING:
    from harness.metrics import Metric


def split(item: str | Mapping[str, Any]) -> tuple[str, dict[str, Any] | None, str]:
    """Return the plain name of an item of `metrics.choose`, its options (None: none given), and its name in messages.

    Raises:
        InputError: the item does not have exactly one name, or its options are not pairs of a key and a value.
    """
    if isinstance(item, str):
        plain, colon, given = item.partition(":")
        where = f"metric {item}"
        return plain, pairs(given, where) if colon else None, where
    if len(item) != 1:
        raise InputError(f"expected one name with its options, found {', '.join(map(str, item)) or 'nothing'}")
    ((plain, values),) = item.items()
    return str(plain), dict(values or {}) or None, f"metric {plain}"


def pairs(given: str, where: str) -> dict[str, Any]:
    """Return the keys and values of a text "key=value,key=value".

    Raises:
        InputError: a part has no "=", or a key is given twice.
    """
    values: dict[str, Any] = {}
    for part in given.split(","):
        key, equals, value = part.partition("=")
        if not equals:
            raise InputError(f"expected key=value, found {part!r}", where=where)
        if key in values:
            raise InputError(f"option {key} is given twice; give it once", where=where)
        values[key] = value
    return values


def written(values: Mapping[str, Any]) -> str:
    """Return options as they are written in a metric's name."""
    return ",".join(
        f"{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in values.items()
    )


def checked(name: str, of: type[Metric.Options], values: Mapping[str, Any], where: str) -> Metric.Options:
    """Return an instance of a metric's options with these values, which may be texts.

    Raises:
        InputError: an option is unknown, or a value is wrong.
    """
    known = [field.name for field in fields(of)]
    for key in values:
        if not known:
            raise InputError(f"{name} has no options; write {name}", where=where)
        if key not in known:
            raise InputError(registry.unknown(f"option of {name}", key, known), where=where)
    # Imported here, because most commands use no options and start faster without it.
    from pydantic import TypeAdapter, ValidationError

    from harness.core.validation import expected_of

    try:
        return TypeAdapter(of).validate_python(dict(values))
    except ValidationError as error:
        fault = error.errors()[0]
        key = str(fault["loc"][0])
        raise InputError(f"{key}: expected {expected_of(fault)}, found {values[key]!r}", where=where) from None
