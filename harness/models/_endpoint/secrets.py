"""API keys: read one from the environment, recognise one where it must not be, and remove it from texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.core.errors import ModelError

# How the keys of well-known services begin, and a header of HTTP with a key in it.
_SHAPES = re.compile(
    r"""\b(?:sk|pk|rk)-(?=[\w-]*\d)[\w-]{16,} | \bhf_\w{16,} | \bgsk_\w{16,} | \bxai-\w{16,} | \bAIza[\w-]{30,}
    | \bgh[pousr]_\w{20,} | \beyJ[\w-]{10,}\.[\w-]{10,} | \b(?:bearer|basic)\s+(?=\S*\d)[\w+/=.-]{12,}""",
    re.IGNORECASE | re.VERBOSE,
)
# A long text without spaces that has both letters and digits, such as an identifier that was drawn at random.
_RANDOM = re.compile(r"(?=[^\d]*\d)(?=[^a-zA-Z]*[a-zA-Z])[\w+/=.-]{32,}")
_NAMES_OF_SECRETS = re.compile(r"(?i)auth|token|api[-_]?key|secret|password|cookie|signature|^key$|^sig$")
# Shorter keys are placeholders such as EMPTY, and removing them could change an answer.
_LONG_ENOUGH = 8


class ApiKey:
    """An API key. Neither `repr` nor a traceback shows it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "ApiKey(***)"

    def header(self) -> dict[str, str]:
        """Return the header that identifies the user to the server."""
        return {"Authorization": f"Bearer {self._value}"}

    def without(self, text: str) -> str:
        """Return a text with *** for the key."""
        return text.replace(self._value, "***") if len(self._value) >= _LONG_ENOUGH else text

    def without_bytes(self, content: bytes) -> bytes:
        """Return the content of a file or an answer with *** for the key."""
        return content.replace(self._value.encode(), b"***") if len(self._value) >= _LONG_ENOUGH else content


def read(variable: str | None, environment: Mapping[str, str]) -> ApiKey | None:
    """Return the key in a variable of the environment; None if the config names no variable.

    Raises:
        ModelError: the variable is not set, or cannot be sent in a header.
    """
    if variable is None:
        return None
    if fault := unusable(variable, environment):
        raise ModelError(fault)
    return ApiKey(environment[variable].strip())


def unusable(variable: str, environment: Mapping[str, str]) -> str:
    """Return in one line why a variable has no key that can be sent; empty if it has one."""
    value = environment.get(variable, "").strip()
    if not value:
        return (
            f"the environment variable {variable} is not set; set it to the key of the endpoint, or remove api_key_env "
            "if the server needs no key"
        )
    if not (value.isascii() and value.isprintable()) or " " in value:
        return (
            f"the environment variable {variable} contains a space or another character that no key has; set it again"
        )
    return ""


def is_key(text: str) -> bool:
    """Whether a text looks like the key of a well-known service."""
    return bool(_SHAPES.search(text))


def is_secret_header(name: str, value: str) -> bool:
    """Whether a header looks as if it contained a secret, by its name or its value."""
    return bool(_NAMES_OF_SECRETS.search(name)) or is_key(value) or bool(_RANDOM.fullmatch(value))


def is_secret_name(name: str) -> bool:
    """Whether a name, such as that of a parameter in an address, is that of a secret."""
    return bool(_NAMES_OF_SECRETS.search(name))


def without_keys(text: str, key: ApiKey | None) -> str:
    """Return a text with *** for the key, and for everything that looks like one."""
    return _SHAPES.sub("***", key.without(text) if key else text)


def texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text in a JSON value with the keys that lead to it: ("headers.X-Team", "mt")."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from texts(inner, f"{where}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner, where)
