"""How often people agree that the system with the better score is the better one, from published curves.

A paired test says whether a difference is real; it does not say whether readers would notice it. Kocmi et al. (2024)
compared pairs of systems with human judgements, and fitted for each metric the share of pairs in which the annotators
agree with a difference of its size:

    share = a / (1 + exp(-b * difference))

The coefficients are those of mt-thresholds 1.0.4, rounded to five digits. They were fitted on pairs of systems of other
language pairs than Hindi and English, and on scores of whole test sets. chrF++, MetricX-24 and
BERTScore with our encoders have no curve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["SOURCE", "share"]

SOURCE = (
    "Kocmi et al. (2024), Navigating the Metrics Maze, https://aclanthology.org/2024.acl-long.110; fitted on other "
    "language pairs"
)


@dataclass(frozen=True, slots=True)
class _Curve:
    most: float  # percent: the share for a very large difference
    slope: float  # per point
    points: float = 1.0  # points of the curve's scale in one of the metric's
    checkpoint: str = ""  # a metric with a network: the only checkpoint that the curve is of


# By the metric's name in its standard settings.
_CURVES = {
    "bleu": _Curve(88.333, 0.96639),
    "chrf": _Curve(93.0, 1.1143),
    "comet": _Curve(96.224, 2.8359, 100, "Unbabel/wmt22-comet-da"),
    "cometkiwi": _Curve(98.881, 2.7193, 100, "Unbabel/wmt22-cometkiwi-da"),
    "xcomet": _Curve(96.567, 1.4536, 100, "Unbabel/XCOMET-XL"),
}


def share(metric: str, difference: float, signature: str) -> float | None:
    """Return the share of pairs of systems, 0 to 1, in which people agree with a difference of this size.

    Args:
        metric: the name, without options: another checkpoint or tokenization has another curve.
        difference: of the scores of two systems on a test set, on the metric's scale; its sign does not matter.
        signature: of the metric, which names its checkpoint.

    Returns:
        None if no curve was published for the metric. A share below 0.5 is impossible, so 0.5 is the least: that is a
        difference of 0, which says nothing.
    """
    curve = _CURVES.get(metric)
    if curve is None or (
        curve.checkpoint and f"checkpoint:{curve.checkpoint}" not in signature.replace("@", "|").split("|")
    ):
        return None
    return max(0.5, curve.most / 100 / (1 + math.exp(-curve.slope * curve.points * abs(difference))))
