"""The source itself: what a system scores that does nothing (numbers, Latin names and punctuation still match)."""

from __future__ import annotations

from harness.models import Family, Model, PerSource, SystemOptions


def load(options: SystemOptions) -> Model:
    """Return the model."""
    return PerSource(lambda source: source.text, {"family": "copy-source", "recipe": 1})


FAMILY = Family(options=SystemOptions, load=load, kinds=("translation",), languages="different")
