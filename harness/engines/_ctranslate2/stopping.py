"""End a beam search as transformers does without `early_stopping`, although CTranslate2 cannot.

Both libraries keep the same beams from step to step; only the step at which they stop differs. So CTranslate2 is told
to search on to a fixed length, and returns every output that was complete by then. `SearchReplay` goes through them
step by step and applies the rule of transformers, or that of `beam_stop: exhaustive` (see `_beam_stop`): a search ends
when `num_beams` outputs are complete, and the best score that an open beam could still get is not above the worst of
them.

The score of the best open beam is known at the last step. At earlier steps it is needed only if outputs that were
completed later would be the best. Then it is at least the score that such an output had at that step; if that does not
show that the search went on, a search to exactly that step tells.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from harness.engines import Request
from harness.engines._ctranslate2.search import Hypothesis, Limit

# The length of the first search: tokens more than the longest input, and at most so many. It is doubled as needed.
_MORE, _FIRST = 10, 64


@dataclass(slots=True)
class Scores:
    """What is known of the best open beam of a request, by the step: sums of log-probabilities."""

    exact: dict[int, float] = field(default_factory=dict)
    at_least: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchEnd:
    """The output of a request, or what must be known first."""

    best: Hypothesis | None  # None: the search must be longer
    unsure: int | None = None  # the output is `best` only if the search went on after this step


class SearchReplay:
    """The rule that ends the search of one decoding."""

    def __init__(self, limit: Limit, ends: Sequence[int]) -> None:
        """Take the decoding and its limit."""
        self._limit, self._ends = limit, ends
        self._beams, self._penalty = limit.decoding.num_beams, limit.decoding.length_penalty

    def verdict(self, found: Sequence[Hypothesis], length: int, scores: Scores) -> SearchEnd:
        """Return the output of a request.

        Args:
            found: all outputs that a search to `length` has completed, and those that it cut, without length penalty.
            length: at most the greatest one.
            scores: what is known of the best open beam.
        """
        is_last = length == self._limit.tokens
        cut = [each for each in found if self._limit.is_open(each, self._ends)]
        kept: list[tuple[float, Hypothesis]] = []
        doubts: list[tuple[int, Hypothesis]] = []
        for step in range(1, length + 1):
            ended = [each for each in found if len(each.ids) == step and not self._limit.is_open(each, self._ends)]
            complete = ended if step < length or not is_last or self._limit.forced is not None else [*ended, *cut]
            kept = self._best([*kept, *((each.score / step**self._penalty, each) for each in complete)])
            if len(kept) < self._beams:
                continue
            exact = self.top(found, step) if step == length else scores.exact.get(step)
            least = max(scores.at_least.get(step, -math.inf), self._top_ended(ended))
            if self._attainable(least if exact is None else exact, step) > kept[-1][0]:
                continue
            if exact is not None:
                return self._decided(kept[0][1], doubts)
            doubts.append((step, kept[0][1]))
        if not is_last:
            return SearchEnd(None)
        if self._limit.forced is not None:
            most = self._limit.decoding.max_new_tokens
            ends = [Hypothesis((*each.ids, self._limit.forced), each.score) for each in cut]
            kept = self._best([*kept, *((each.score / most**self._penalty, each) for each in ends)])
        return self._decided(kept[0][1], doubts)

    def top(self, found: Sequence[Hypothesis], length: int) -> float:
        """Return the score that the rule looks at, at the last step of a search to `length`.

        It is that of the best open beam; with `exhaustive`, of the best candidate, which may have ended.
        """
        last = [each for each in found if len(each.ids) == length]
        cut = [each.score for each in last if self._limit.is_open(each, self._ends)]
        if self._is_exhaustive or not cut:
            # If all candidates ended, the best open beam is worse than they are.
            return (max if self._is_exhaustive else min)(each.score for each in last)
        return max(cut)

    @property
    def _is_exhaustive(self) -> bool:
        return self._limit.decoding.beam_stop == "exhaustive"

    def _top_ended(self, ended: Sequence[Hypothesis]) -> float:
        return max((each.score for each in ended), default=-math.inf) if self._is_exhaustive else -math.inf

    def _attainable(self, score: float, step: int) -> float:
        """Return the best normalised score that a beam with this sum of log-probabilities could get."""
        longest = self._limit.decoding.early_stopping == "never"
        return float(score / (self._limit.decoding.max_new_tokens if longest else step) ** self._penalty)

    def _best(self, kept: Sequence[tuple[float, Hypothesis]]) -> list[tuple[float, Hypothesis]]:
        return sorted(kept, key=lambda pair: -pair[0])[: self._beams]

    def _decided(self, best: Hypothesis, doubts: Sequence[tuple[int, Hypothesis]]) -> SearchEnd:
        """Return the verdict: a doubt matters only if the output would have been another one."""
        return SearchEnd(best, next((step for step, other in doubts if other.ids != best.ids), None))


def outputs(
    batch: Sequence[Request],
    limit: Limit,
    ends: Sequence[int],
    search: Callable[[Sequence[int], int], list[list[Hypothesis]]],
    score: Callable[[int, Sequence[int]], list[float]],
) -> list[Hypothesis]:
    """Return the output of each request.

    Args:
        batch: the requests.
        limit: the decoding, with its greatest length.
        ends: the tokens that end an output.
        search: returns all outputs of searches to a length, for places in the batch; without length penalty.
        score: returns the log-probabilities of the tokens of an output, for a place in the batch.
    """
    replay = SearchReplay(limit, ends)
    best: dict[int, Hypothesis] = {}
    pending = list(range(len(batch)))
    length = min(limit.tokens, _FIRST, _MORE + max(len(request.ids) for request in batch))
    while pending:
        longer = []
        for place, found in zip(pending, search(pending, length), strict=True):
            chosen = _sure(replay, found, length, partial(_one, search, place), partial(score, place))
            if chosen is None:
                longer.append(place)
            else:
                best[place] = chosen
        pending, length = longer, min(limit.tokens, 2 * length)
    return [best[place] for place in range(len(batch))]


def _one(search: Callable[[Sequence[int], int], list[list[Hypothesis]]], place: int, length: int) -> list[Hypothesis]:
    return search([place], length)[0]


def _sure(
    replay: SearchReplay,
    found: Sequence[Hypothesis],
    length: int,
    search: Callable[[int], list[Hypothesis]],
    score: Callable[[Sequence[int]], list[float]],
) -> Hypothesis | None:
    """Return the output of one request, None if its search must be longer; remove every doubt."""
    scores = Scores()
    verdict = replay.verdict(found, length, scores)
    while verdict.best is not None and verdict.unsure is not None:
        step = verdict.unsure
        if step in scores.at_least:
            scores.exact[step] = replay.top(search(step), step)
        else:
            # The output was an open beam at each step before its last.
            sums = 0.0
            for number, value in enumerate(score(verdict.best.ids)[: len(verdict.best.ids) - 1], start=1):
                sums += value
                scores.at_least[number] = max(sums, scores.at_least.get(number, -math.inf))
            scores.at_least.setdefault(step, -math.inf)
        verdict = replay.verdict(found, length, scores)
    return verdict.best
