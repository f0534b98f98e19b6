"""The source in Latin letters: names match now and then, nothing else does.

`iso` is ISO 15919, `iast` its scholarly cousin, `itrans` and `optitrans` are plain ASCII.
"""

from __future__ import annotations

from pydantic import Field

from harness.core.records import HINDI
from harness.models import Family, Model, PerSource, SystemOptions
from harness.models._romanisation import Scheme, romanise


class Options(SystemOptions):
    """Which romanisation."""

    scheme: Scheme = Field(default="optitrans", description="the romanisation")


def load(options: Options) -> Model:
    """Return the model."""
    scheme = options.scheme
    identity = {"family": "transliterate", "recipe": 2, "scheme": scheme}
    return PerSource(lambda source: romanise(source.text, scheme), identity)


FAMILY = Family(options=Options, load=load, kinds=("translation",), languages="different", reads=(HINDI,))
