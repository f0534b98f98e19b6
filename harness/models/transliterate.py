"""The source in Latin letters, by indic-transliteration: names match now and then, nothing else does.

Schemes are the library's: `iso` is ISO 15919, `iast` its scholarly cousin, `itrans` and `optitrans` plain ASCII.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

from pydantic import Field

from harness.core.records import Source
from harness.models import Family, Model, PerSource, SystemOptions

# The library leaves these as they are, or writes its own signs for them.
_PLAIN = str.maketrans({"।": ".", "॥": ".", "॰": ".", "\u200c": None, "\u200d": None, "ॲ": "ऍ"})
# iast and itrans have no letters for the vowels of English loans: the nearest Hindi ones stand in.
_WITHOUT_CANDRA = str.maketrans("ऑऍऎऒॉॅॆॊ", "ओएएओोेेो")


class Options(SystemOptions):
    """Which romanisation."""

    scheme: Literal["iso", "iast", "itrans", "optitrans"] = Field(default="optitrans", description="the romanisation")


def load(options: Options) -> Model:
    """Return the model."""
    from importlib.metadata import version

    def romanise(source: Source) -> str:
        from indic_transliteration import sanscript  # takes 0.1 s, which a finished run has no need to spend

        plain = unicodedata.normalize("NFD", source.text).translate(_PLAIN)
        if options.scheme in ("iast", "itrans"):
            plain = plain.translate(_WITHOUT_CANDRA)
        return str(sanscript.transliterate(plain, sanscript.DEVANAGARI, options.scheme)).replace("\u093c", "")

    library = f"indic-transliteration {version('indic-transliteration')}"
    return PerSource(romanise, {"family": "transliterate", "recipe": 1, "scheme": options.scheme, "library": library})


FAMILY = Family(options=Options, load=load, kinds=("translation",), languages="different")
