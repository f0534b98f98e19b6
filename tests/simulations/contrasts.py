"""How often slice contrasts claim something of twins, and how often they see a difference that is there.

Twins are systems that are equally good on every segment, with noise. In the setting "shifted", one is better by three
points everywhere, which is no contrast either. In "sparse", twins differ on 10% of the segments only. In "one slice",
the first is better by eight points on the slice of 20 to 40 items only: then a claim on this slice and pair is right.
"""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np

from harness.scoring import FloatArray
from harness.scoring.contrasts import contrasts
from tests.simulations import ratio

Setting = Literal["twins", "shifted", "sparse", "one slice"]
SETTINGS: tuple[Setting, ...] = ("twins", "shifted", "sparse", "one slice")
SYSTEMS = 3
SEGMENTS = (100, 500)
ENDS = (10, 20, 40, 1_000_000)
_GAIN = 8.0


def figures(replications: int = 400) -> dict[str, float]:
    """Return the share of tables with a false claim (95% confidence), and of those that see the difference."""
    measured: dict[str, float] = {}
    for setting in SETTINGS:
        for segments in SEGMENTS:
            seen = [_claims(setting, segments, "segment", seed) for seed in range(replications)]
            _record(measured, f"{setting}, {segments} segments", setting, seen)
    seen = [_claims("twins", 500, "article", seed) for seed in range(replications)]
    _record(measured, "twins, 500 segments in 50 articles", "twins", seen)
    return measured


def _record(measured: dict[str, float], name: str, setting: Setting, seen: list[tuple[bool, bool]]) -> None:
    measured[f"{name}: false claims"] = float(np.mean([false for false, _ in seen]))
    if setting == "one slice":
        measured[f"{name}: seen"] = float(np.mean([right for _, right in seen]))


def _claims(setting: Setting, segments: int, unit: str, seed: int) -> tuple[bool, bool]:
    """Return whether a table makes a false claim, and whether it makes the right one."""
    generator = np.random.default_rng([seed, segments, SETTINGS.index(setting), len(unit)])
    lengths = ratio.lengths(generator, segments)
    parts = {
        str(end): np.flatnonzero((lengths <= end) & (lengths > start))
        for start, end in zip((0, *ENDS), ENDS, strict=False)
    }
    articles = np.arange(segments) // 10 if unit == "article" else np.arange(segments)
    systems = _systems(setting, generator, lengths, articles)
    pairs = [*combinations(range(SYSTEMS), 2)]
    found = contrasts(
        systems,
        parts,
        ratio.score,
        groups=[*map(str, articles)],
        pairs=pairs,
        resamples=500,
        seed=seed,
    )
    claims = {(contrast.part, contrast.pair) for contrast in found if contrast.p < 0.05}
    right = {("40", pair) for pair in pairs if 0 in pair}
    # If one slice is better, the others are worse than the rest: such claims are right as well.
    false = {claim for claim in claims if setting != "one slice" or 0 not in claim[1]}
    return bool(false), bool(claims & right)


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
            points += _GAIN * ((lengths > 20) & (lengths <= 40))
        systems.append(ratio.statistics(points, lengths))
    return systems
