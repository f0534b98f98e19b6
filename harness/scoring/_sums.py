"""Sum the statistics of systems over weighted units: exactly, and in blocks that fit the memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# Resamples times units that are handled at a time. It limits the memory (32 MB of numbers) for any number of resamples.
_CELLS = 4_000_000


class Sums:
    """The statistics of several systems as one matrix, for weighted sums over units."""

    def __init__(self, systems: Sequence[FloatArray]) -> None:
        self.totals = [statistics.sum(axis=1)[:, None] for statistics in systems]
        self.units = systems[0].shape[1]
        self._shapes = [(len(statistics), statistics.shape[2]) for statistics in systems]
        self.columns = max(sum(views * columns for views, columns in self._shapes), 1)
        # Sums of whole numbers below 2**24 are exact in single precision, which takes half the time.
        largest = max(float(np.abs(statistics).max(initial=0.0)) for statistics in systems)
        whole = all(np.array_equal(statistics, np.rint(statistics)) for statistics in systems)
        self.dtype = np.float32 if whole and largest * self.units < 2**24 else np.float64
        self._rows = np.concatenate([
            statistics.transpose(0, 2, 1).reshape(-1, self.units).astype(self.dtype) for statistics in systems
        ])
        ends = np.cumsum([views * columns for views, columns in self._shapes])
        self._places = [np.arange(end - views * d, end) for end, (views, d) in zip(ends, self._shapes, strict=True)]

    def weighted(self, weights: npt.NDArray[np.floating], chosen: Sequence[int]) -> list[FloatArray]:
        """Return the sums of each chosen system, weighted by [resamples, units] whole numbers: [views, resamples, d].

        The weights of a resample must not exceed the number of units in total.
        """
        rows = self._rows
        if len(chosen) < len(self._shapes):
            rows = rows[np.concatenate([self._places[index] for index in chosen])]
        product = rows @ weights.T
        sums, start = [], 0
        for index in chosen:
            views, columns = self._shapes[index]
            part = product[start : start + views * columns].astype(np.float64)
            sums.append(part.reshape(views, columns, -1).transpose(0, 2, 1))
            start += views * columns
        return sums


def blocks(summed: Sequence[Sums], resamples: int, most: int) -> Iterator[int]:
    """Yield how many resamples to handle at a time: at most `most`, and as many as the memory allows."""
    size = max(1, min(most, _CELLS // max(max(sums.units, sums.columns) for sums in summed)))
    for start in range(0, resamples, size):
        yield min(size, resamples - start)


class WeightBuffer:
    """Memory for the weights of `Sums.weighted`, used again because new memory takes more time than the copying."""

    def __init__(self, summed: Sequence[Sums]) -> None:
        """Choose a precision that is exact for all these sums."""
        self._buffer = np.empty((0, summed[0].units), np.result_type(*(sums.dtype for sums in summed)))

    def of(self, counts: npt.NDArray[np.integer]) -> npt.NDArray[np.floating]:
        """Return counts [resamples, units] as weights. The next call overwrites what this one returned."""
        if len(counts) > len(self._buffer):
            self._buffer = np.empty(counts.shape, self._buffer.dtype)
        weights = self._buffer[: len(counts)]
        weights[...] = counts
        return weights
