"""How often slice contrasts claim something of twins, and how often they see a difference that is there.

Three systems are compared on slices by length. Twins are equally good on every segment, with noise. In the setting
"shifted", one is better by three points everywhere, which is no contrast either. In "sparse", twins differ on 10% of
the segments only. In "one slice", one is better by eight points on segments of 21 to 40 items: then the claims on its
pairs are right, and the figure "seen" says how often that slice is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, pairwise
from typing import Literal

import numpy as np

from harness.scoring import FloatArray
from harness.scoring.contrasts import contrasts
from tests.simulations import ratio

Setting = Literal["twins", "shifted", "sparse", "one slice"]
SETTINGS: tuple[Setting, ...] = ("twins", "shifted", "sparse", "one slice")
SYSTEMS = 3
SEGMENTS = (100, 500)
LEVEL = 0.05
_ENDS = (0, 10, 20, 40, 1_000_000)
_PAIRS = [*combinations(range(SYSTEMS), 2)]


def figures(replications: int = 400) -> dict[str, float]:
    """Return the share of tables with a false claim (95% confidence), and of those that see the difference."""
    measured: dict[str, float] = {}
    for setting in SETTINGS:
        for segments in SEGMENTS:
            of_tables = [claims(setting, segments, seed) for seed in range(replications)]
            name = f"{setting}, {segments} segments"
            measured[f"{name}: false claims"] = float(np.mean([false for false, _ in of_tables]))
            if setting == "one slice":
                measured[f"{name}: seen"] = float(np.mean([seen for _, seen in of_tables]))
    for name, options in {
        "500 segments in 50 articles": {"in_articles_of": 10},
        "500 segments in 50 slices of 10": {"in_slices_of": 10},
    }.items():
        of_tables = [claims("twins", 500, seed, **options) for seed in range(replications)]
        measured[f"twins, {name}: false claims"] = float(np.mean([false for false, _ in of_tables]))
    return measured


def claims(
    setting: Setting, segments: int, seed: int, *, in_articles_of: int = 1, in_slices_of: int | None = None
) -> tuple[bool, bool]:
    """Return whether a table makes a false claim, and whether it sees the slice that one system is better on."""
    generator = np.random.default_rng([seed, segments, SETTINGS.index(setting), in_articles_of])
    lengths = ratio.lengths(generator, segments)
    articles = np.arange(segments) // in_articles_of
    found = contrasts(
        _systems(setting, generator, lengths, articles),
        _by_length(lengths) if in_slices_of is None else _blocks(segments, in_slices_of),
        ratio.score,
        groups=[*map(str, articles)],
        pairs=_PAIRS,
        resamples=500,
        seed=seed,
    )
    shown = {(contrast.part, contrast.pair) for contrast in found if contrast.p < LEVEL}
    # If a system is better on one slice, it is worse on the others than elsewhere: these claims are right as well.
    right = {(part, pair) for part, pair in shown if setting == "one slice" and 0 in pair}
    return bool(shown - right), any(part == "21-40" for part, _ in right)


def _by_length(lengths: FloatArray) -> Mapping[str, list[int]]:
    return {
        f"{start + 1}-{end}": np.flatnonzero((lengths > start) & (lengths <= end)).tolist()
        for start, end in pairwise(_ENDS)
    }


def _blocks(segments: int, size: int) -> Mapping[str, list[int]]:
    return {str(start): list(range(start, start + size)) for start in range(0, segments, size)}


def _systems(
    setting: Setting, generator: np.random.Generator, lengths: FloatArray, articles: np.ndarray
) -> list[FloatArray]:
    hardness = generator.normal(50, 12, len(lengths))
    systems = []
    for number in range(SYSTEMS):
        # Short segments vary more; articles suit one system or another.
        noise = generator.laplace(0, 9, len(lengths)) * np.sqrt(20 / lengths)
        if articles[-1] + 1 < len(lengths):
            noise += generator.normal(0, 4, articles[-1] + 1)[articles]
        if setting == "sparse":
            noise *= generator.random(len(lengths)) < 0.1
        points = hardness + noise
        if number == 0 and setting == "shifted":
            points += 3
        if number == 0 and setting == "one slice":
            points += 8 * ((lengths > 20) & (lengths <= 40))
        systems.append(ratio.statistics(points, lengths))
    return systems
