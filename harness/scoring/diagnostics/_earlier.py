"""Read the counts of results and baselines that were stored before diagnostics had names of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.core.scores import Count, Diagnostics


def from_health(raw: Mapping[str, Any]) -> Diagnostics:
    """Return the `health` object of a baseline of schema 1.

    Raises:
        KeyError, TypeError: it is something else.
    """
    counts = {
        "empty": Count(raw["empty"], raw["outputs"]),
        "stopped": Count(raw["stopped"], raw["outputs"]),
        "repetition": Count(raw["repetition"], raw["phrased"]),
        "wrong_script": Count(raw["wrong_script"], raw["lettered"]),
        "spacing": Count(raw["apart"], raw["outputs"]),
        "speed": Count(raw["timed_tokens"], raw["seconds"]),
    }
    if raw["reading"] is not None:
        counts |= from_reading(raw["reading"]).counts
    return Diagnostics(raw["outputs"], counts)


def from_reading(raw: Mapping[str, Any]) -> Diagnostics:
    """Return the `reading` object of a stored row of scores, which counts what a system read of its sources.

    Raises:
        KeyError, TypeError: it is something else.
    """
    counts = {
        "cut": Count(raw["cut_sources"], raw["sources"]),
        "unread": Count(raw["cut_tokens"], raw["tokens"] + raw["cut_tokens"]),
        "unknown": Count(raw["unknown_tokens"], raw["tokens"]),
    }
    return Diagnostics(raw["sources"], counts)
