"""The source itself as the output: the score of a system that does nothing. Numbers and Latin names still match."""

from __future__ import annotations

from harness.models import Family, Model, PerSource, SystemOptions


def load(options: SystemOptions) -> Model:
    """Return the model."""
    return PerSource(lambda source: source.text, {"family": "copy-source", "recipe": 1})


FAMILY = Family(options=SystemOptions, load=load, kinds=("translation",), languages="different")
