"""Test where systems differ: the difference on a slice of the segments against that on the others; pure.

One correction covers all slices and all pairs of systems, so that slices can be looked through without false claims.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.scoring import FloatArray, significance
from harness.scoring.significance import ScoreFunction

# A slice with fewer units, or with fewer beside it, is not tested: no sign-flip test can show anything there.
MIN_UNITS = significance.MIN_UNITS
# Numbers that are handled at a time, so that memory stays small for any number of resamples.
_CELLS = 4_000_000
# Statistics that differ by less count as equal, because sums in another order differ in their last bits.
_EQUAL = 1e-9
# Relative step of the numerical derivative of a score.
_STEP = 1e-4


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference between two systems on a slice, and that on the other segments."""

    pair: tuple[int, int]  # indices of the systems: first minus second
    part: str  # the slice
    inside: float  # the difference on the slice
    outside: float  # the difference on the other segments
    p: float  # two-sided, that the two are equal; corrected for all slices and pairs


def contrasts(
    systems: Sequence[FloatArray],
    parts: Mapping[str, Collection[int]],
    score: ScoreFunction,
    *,
    groups: Sequence[str],
    pairs: Sequence[tuple[int, int]],
    resamples: int,
    seed: int,
) -> list[Contrast]:
    """Return the contrast of each pair on each slice; none on slices of fewer than six units.

    `systems` are statistics [views, segments, d], and `pairs` are indices of two of them. `parts` are the indices of
    the segments of each slice. `groups` is the unit that each segment belongs to; units are independent of each other.

    The test flips signs at random, as `significance.sign_flips` does: a flip swaps the outputs of a unit between the
    systems of each pair. The statistic is the contrast, linear in the units (`_effects`), divided by its standard
    deviation over flips. p compares it with the largest statistic of any slice and pair in each resample (Westfall and
    Young 1993, single step), and counts the observed one too. A statistic can hardly exceed the square root of the
    number of units in the slice, so that slices of fewer than about ten units are hardly ever shown.
    """
    splits = {name: _Split.of(indices, groups) for name, indices in parts.items()}
    splits = {name: split for name, split in splits.items() if split.is_testable}
    if not (splits and pairs):
        return []
    effects = [_scaled(_effects(systems[i], systems[j], [*splits.values()], score)) for i, j in pairs]
    highest = np.concatenate([
        np.max([np.abs(signs @ each).max(axis=1) for each in effects], axis=0)
        for signs in _signs(len(set(groups)), len(splits), resamples, seed)
    ])
    tested = []
    for (i, j), of_pair in zip(pairs, effects, strict=True):
        observed = np.abs(of_pair.sum(axis=0))
        for number, (name, split) in enumerate(splits.items()):
            inside, outside = (
                significance.value(systems[i][:, half], score) - significance.value(systems[j][:, half], score)
                for half in split.halves
            )
            p = (int((highest >= observed[number] - _EQUAL).sum()) + 1) / (resamples + 1)
            tested.append(Contrast((i, j), name, inside, outside, p))
    return tested


@dataclass(frozen=True, slots=True)
class _Split:
    """The segments of a slice and the others, each with the units that they belong to."""

    units: int  # of the whole test set
    halves: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]  # indices of the segments inside and outside
    unit_of: npt.NDArray[np.intp]  # of each segment

    @classmethod
    def of(cls, indices: Collection[int], groups: Sequence[str]) -> _Split:
        numbers = {name: number for number, name in enumerate(dict.fromkeys(groups))}
        is_inside = np.zeros(len(groups), dtype=bool)
        is_inside[list(indices)] = True
        unit_of = np.array([numbers[group] for group in groups], dtype=np.intp)
        return cls(len(numbers), (np.flatnonzero(is_inside), np.flatnonzero(~is_inside)), unit_of)

    @property
    def is_testable(self) -> bool:
        return all(len(np.unique(self.unit_of[half])) >= MIN_UNITS for half in self.halves)


def _effects(a: FloatArray, b: FloatArray, splits: Sequence[_Split], score: ScoreFunction) -> FloatArray:
    """Return what each unit adds to the contrast of two systems on each split: [units, splits].

    The difference of a half is made linear at the mean of the two systems' sums. This mean stays the same if outputs
    are swapped, so that a swap changes the sign of an effect and nothing else, whatever the metric.

    The difference on all segments is subtracted, shared out by size within each half. The contrast stays as it is, and
    flips do not take a difference that all segments share for noise.
    """
    of_a, of_b = a.mean(axis=0), b.mean(axis=0)
    differences, middle = of_a - of_b, (of_a + of_b) / 2
    overall = float(differences.sum(axis=0) @ _gradient(score, middle.sum(axis=0)))
    sizes = np.abs(middle).sum(axis=1)  # of counts, so that it grows with the length of a segment
    effects = np.zeros((splits[0].units, len(splits)))
    for number, split in enumerate(splits):
        for half, sign in zip(split.halves, (1, -1), strict=True):
            of_segments = differences[half] @ _gradient(score, middle[half].sum(axis=0))
            of_segments -= overall * sizes[half] / max(float(sizes[half].sum()), _EQUAL)
            effects[:, number] += sign * np.bincount(split.unit_of[half], of_segments, split.units)
    return effects


def _scaled(effects: FloatArray) -> FloatArray:
    """Return effects [units, splits] in standard deviations of their sum over random signs; 0 if they are all 0."""
    deviations = np.sqrt((effects**2).sum(axis=0))
    return np.asarray(np.divide(effects, deviations, out=np.zeros_like(effects), where=deviations > _EQUAL))


def _gradient(score: ScoreFunction, sums: FloatArray) -> FloatArray:
    """Return the derivative [d] of a score at summed statistics [d], by differences.

    Counts cannot be negative, so that a sum of 0 is moved up only.
    """
    up = np.where(sums == 0, _STEP, _STEP * np.abs(sums))
    down = np.where(sums == 0, 0, up)
    return np.asarray((score(sums + np.diag(up)) - score(sums - np.diag(down))) / (up + down))


def _signs(units: int, parts: int, resamples: int, seed: int) -> Iterator[FloatArray]:
    """Yield chunks [resamples, units] of random signs."""
    generator = np.random.default_rng(seed)
    size = max(1, _CELLS // max(units, parts))
    for start in range(0, resamples, size):
        yield generator.choice([-1.0, 1.0], size=(min(size, resamples - start), units))
