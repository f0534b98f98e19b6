"""The last n sentences of an article (example of a family; public domain): a baseline that should lose."""

from __future__ import annotations

from pydantic import Field

from harness.models import Family, Model, PerSource, SystemOptions


class Options(SystemOptions):
    """How many sentences are taken."""

    sentences: int = Field(default=1, ge=1, description="number of sentences")


def load(options: Options) -> Model:
    """Return the model. Increase `recipe` when a change of this file changes outputs."""
    identity = {"family": "last-sentence", "recipe": 1, "sentences": options.sentences}
    return PerSource(lambda source: " ".join(source.sentences[-options.sentences :]), identity)


FAMILY = Family(options=Options, load=load, kinds=("summarisation",), languages="same")
