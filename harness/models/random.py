"""n sentences drawn at random, in reading order: the score of a system that understands nothing.

The draw depends only on the seed and the id of the source. Batches, order and other sources never change it.
"""

from __future__ import annotations

from random import Random

from pydantic import Field

from harness.core.records import Source
from harness.models import Family, Model, PerSource, SystemOptions


class Options(SystemOptions):
    """How many sentences are drawn, and with which seed."""

    sentences: int = Field(default=1, ge=1, description="number of sentences")
    seed: int = Field(default=0, ge=0, description="the same seed draws the same sentences")


def load(options: Options) -> Model:
    """Return the model."""

    def draw(source: Source) -> str:
        generator = Random(f"{options.seed} {source.id}")  # a string seed is hashed with SHA-512, the same everywhere
        count = min(options.sentences, len(source.sentences))
        chosen = generator.sample(range(len(source.sentences)), count)
        return " ".join(source.sentences[index] for index in sorted(chosen))

    identity = {"family": "random", "recipe": 1, "sentences": options.sentences, "seed": options.seed}
    return PerSource(draw, identity)


FAMILY = Family(options=Options, load=load, kinds=("summarisation",), languages="same")
