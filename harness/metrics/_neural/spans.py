"""XCOMET's error spans: labels of tokens, the spans that they form, and the score that follows from them.

Guerreiro et al. (2024), xCOMET: Transparent Machine Translation Evaluation through Fine-grained Error Detection. The
oddities are those of the official code: a span that is open at the last token is lost, and the severity of a span is
that of its first token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from harness.core.scores import ErrorSpan, Severity

if TYPE_CHECKING:
    from torch import Tensor

# The weights of the passes mt src, mt ref and mt src ref in the probability of a label.
_PASSES = (0.1667, 0.3333, 0.5)
# The weights of their scores and of the score of the spans; without a reference: mt src and the spans.
_SCORES, _WITHOUT_REFERENCE = (0.12, 0.33, 0.33, 0.22), (0.78, 0.22)
# Points of an error in MQM, and the most that a segment can lose.
_POINTS: Mapping[Severity, float] = {"minor": 1.0, "major": 5.0, "critical": 10.0}
_MOST = 25.0


def combined(passes: Sequence[Tensor]) -> Tensor:
    """Return the probabilities of labels [tokens, labels], weighted over the passes; one pass stands for itself."""
    import torch

    if len(passes) == 1:
        return passes[0]
    shortest = min(len(each) for each in passes)  # a sequence that was cut within the hypothesis has fewer tokens
    return torch.stack([each[:shortest] * weight for each, weight in zip(passes, _PASSES, strict=True)]).sum(dim=0)


def find(
    probabilities: Tensor, offsets: Sequence[tuple[int, int]], labels: Sequence[Severity]
) -> tuple[ErrorSpan, ...]:
    """Return the error spans of a hypothesis; the confidence of a span is the mean probability of its tokens' labels.

    Args:
        probabilities: of the labels of each token, [tokens, labels]; label 0 is "no error".
        offsets: of each token in the hypothesis, in characters.
        labels: names of the labels 1, 2, ...
    """
    best = probabilities.max(dim=-1)
    winners, values = best.indices.tolist(), best.values.tolist()
    spans = []
    first: int | None = None
    for index, label in enumerate(winners):
        if label:
            first = index if first is None else first
        elif first is not None:
            spans.append(
                ErrorSpan(
                    start=offsets[first][0],
                    end=offsets[index - 1][1],
                    severity=labels[winners[first] - 1],
                    confidence=sum(values[first:index]) / (index - first),
                )
            )
            first = None
    return tuple(spans)


def mqm(spans: Sequence[ErrorSpan]) -> float:
    """Return the score of spans: 1 without an error, 0 if they lose 25 points or more."""
    return (_MOST - min(_MOST, sum(_POINTS[span.severity] for span in spans))) / _MOST


def score(passes: Sequence[float], of_spans: float) -> float:
    """Return XCOMET's score of a segment from the scores of its passes, each at most 1, and of its spans."""
    weights = _WITHOUT_REFERENCE if len(passes) == 1 else _SCORES
    values = [min(1.0, each) for each in passes]
    return sum(weight * value for weight, value in zip(weights, (*values, of_spans), strict=True))
