"""The source in Latin letters, by indic-transliteration: names match now and then, nothing else does.

Schemes are the library's: `iso` is ISO 15919, `iast` its scholarly cousin, `itrans` and `optitrans` plain ASCII.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.models import Family, Model, PerSource, SystemOptions
from harness.records import Source


class Options(SystemOptions):
    """Which romanisation."""

    scheme: Literal["iso", "iast", "itrans", "optitrans"] = Field(default="optitrans", description="the romanisation")


def load(options: Options) -> Model:
    """Return the model."""
    from importlib.metadata import version

    from indic_transliteration import sanscript

    def romanise(source: Source) -> str:
        return str(sanscript.transliterate(source.text, sanscript.DEVANAGARI, options.scheme)).replace("।", ".")

    library = f"indic-transliteration {version('indic-transliteration')}"
    return PerSource(romanise, {"family": "transliterate", "recipe": 1, "scheme": options.scheme, "library": library})


FAMILY = Family(options=Options, load=load, tasks=("translate",), languages="different")
