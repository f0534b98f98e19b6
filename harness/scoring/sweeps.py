"""Members of a sweep in a table, and by how much the best of them is likely to be overrated.

The score of the best of k settings is too high on the data that it was chosen on, because the choice also picks luck.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np

from harness.core.scores import Sweep
from harness.scoring import FloatArray

# "mt5[num_beams=4]"; `compare` may add a run or a label: "mt5[num_beams=4] (run)".
_MEMBER = re.compile(r"([^\s\[\]]+)\[[^\]]*=[^\]]*\]")


def members(systems: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """Return the members of each sweep with two or more, by (system that was swept, run).

    `systems` are (name, run). The same sweep of two runs is two sweeps: each run has its own best.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for name, run in systems:
        if member := _MEMBER.match(name):
            groups.setdefault((member[1], run), []).append(name)
    return {group: names for group, names in groups.items() if len(names) > 1}


def of(
    systems: Sequence[tuple[str, str]],
    values: Mapping[str, float],
    samples: Mapping[str, FloatArray],
    *,
    units: int,
    higher_is_better: bool,
) -> tuple[Sweep, ...]:
    """Return the sweeps among some systems, with the best member of each.

    Args:
        systems: (name, run) of each system that has a score.
        values: the score of each, by name.
        samples: its scores on resamples that are drawn once for all systems, [resamples]; none with too few units.
        units: how many units were resampled.
        higher_is_better: whether a higher score is better.
    """
    sign = 1 if higher_is_better else -1
    groups = []
    for (system, run), names in members(systems).items():
        best = max(names, key=lambda name: sign * values[name])
        likely = if_equal = None
        if all(name in samples for name in names):
            likely, if_equal = optimism(sign * np.array([samples[name] for name in names]), units)
        groups.append(Sweep(system, run, tuple(names), best, likely, if_equal))
    return tuple(groups)


def optimism(samples: FloatArray, units: int) -> tuple[float, float]:
    """Return by how many points the best of several systems is overrated: an estimate, and its value if all are equal.

    `samples` [systems, resamples] are oriented so that more is better, and each resample is drawn once for all systems.

    - *Estimate* (the bootstrap's estimate of optimism; Efron and Tibshirani 1993, "An Introduction to the Bootstrap",
      section 17.6). In each resample choose the system with the best score there, and take how far this score is above
      that system's own mean over all resamples; the mean of this over resamples. It is too low for systems that are
      nearly equal, because the observed scores already differ by chance: by about 30% for equal and independent ones.
    - *If all are equal* (the bootstrap of White 2000, "A Reality Check for Data Snooping", Econometrica 68(5)). The
      mean over resamples of the largest deviation of any system from its own mean: the expected maximum of the
      resampled scores minus their mean, if the systems had the same true score. It is never below the estimate.

    Both are multiplied by the square root of n / (n - 1), because resampled scores vary too little by that factor.
    """
    deviations = samples - samples.mean(axis=1, keepdims=True)
    chosen = samples.argmax(axis=0)
    factor = sqrt(units / (units - 1))
    estimate = float(deviations[chosen, np.arange(samples.shape[1])].mean()) * factor
    if_equal = float(deviations.max(axis=0).mean()) * factor
    # Neither is below 0, except for the rounding of equal scores.
    return max(0.0, round(estimate, 9)), max(0.0, round(if_equal, 9))
