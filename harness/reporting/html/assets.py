"""The style and the script of a page, as single texts, and the policy that allows nothing but these two."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

# In the order of the page; the files of the script share one scope.
_STYLES = ("base.css", "tables.css", "segments.css", "modes.css")
_SCRIPTS = ("text.js", "data.js", "state.js", "list.js", "detail.js", "copy.js", "main.js")

# Languages whose usual script needs no subtag, with their two-letter codes, which browsers know best.
_SHORT = {"hin_Deva": "hi", "eng_Latn": "en"}


@cache
def style() -> str:
    """Return the style sheet."""
    return "".join(_read(name) for name in _STYLES)


@cache
def script() -> str:
    """Return the script: its files in one function, so that they define no global name."""
    return f'(function () {{\n"use strict";\n{"".join(_read(name) for name in _SCRIPTS)}}})();\n'


def _read(name: str) -> str:
    return (files("harness.reporting.html") / "static" / name).read_text(encoding="utf-8")


def policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy: this style and this script, and no request of any kind."""
    return "; ".join([
        "default-src 'none'",
        f"script-src '{_digest(script)}'",
        f"style-src '{_digest(style)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ])


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def markup(text: str) -> Markup:
    """Return a text that stands in the page as it is. It must come from this package, never from a run."""
    from markupsafe import Markup

    return Markup(text)


def bcp47(code: str) -> str:
    """Return a FLORES code as the value of a `lang` attribute: hi, or ben-Beng."""
    return _SHORT.get(code, code.replace("_", "-"))
