"""Compute the rows of expensive metrics on a Ray cluster: actors score chunks of outputs, the driver keeps the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from harness import metrics
from harness.core import hub
from harness.core.errors import ModelError
from harness.metrics import Examples, FloatArray, Metric
from harness.runs.executors._pool import RemoteWorker
from harness.runs.isolation import ErrorText
from harness.scoring import compute

# So often a chunk is scored again elsewhere after its actor died.
_RETRIES = 3


class Scorer(RemoteWorker):
    """Scores with one metric in a process of its own. It gets references; a worker that generates never does."""

    def __init__(self, name: str, language: str, options: Any, *, offline: bool) -> None:
        """Take a metric by its name, the language of the outputs, and its options."""
        super().__init__(offline=offline)
        self._choice = (name, language, options)
        self._metric: Metric | None = None

    def rows(self, examples: Examples) -> list[FloatArray] | ErrorText:
        """Return the rows of a chunk, or why the metric cannot compute them."""
        with hub.without_network(self._offline):
            try:
                self._metric = self._metric or metrics.get(*self._choice)
                return compute.rows(self._metric, examples)
            except Exception as error:
                return ErrorText.of(error)


def rows(
    ray: Any,
    metric: Metric,
    chunks: Sequence[Examples],
    *,
    count: int,
    needs: Mapping[str, Any],
    offline: bool,
    check: Callable[[Mapping[str, Any]], None],
) -> Iterator[list[FloatArray]]:
    """Yield the rows of each chunk, in order.

    Args:
        ray: the module, connected to a cluster.
        metric: which every actor loads for itself.
        chunks: of outputs, with their references and sources.
        count: of actors.
        needs: of one actor, as arguments of Ray's `options`.
        offline: actors make no request to a hub.
        check: is given the facts of each actor; raises InputError if it must not score.

    Raises:
        InputError: an actor has other code than the driver.
        ModelError: the metric cannot be computed, or the actor of a chunk died four times.
    """
    actor = ray.remote(Scorer).options(**needs, max_restarts=_RETRIES, max_task_retries=_RETRIES)
    actors = [actor.remote(metric.name, metric.language, metric.options, offline=offline) for _ in range(count)]
    try:
        for facts in ray.get([each.facts.remote() for each in actors]):
            check(facts)
        pool: Any = ray.util.ActorPool(actors)
        for answer in pool.map(lambda each, chunk: each.rows.remote(chunk), chunks):
            if isinstance(answer, ErrorText):
                raise ModelError(answer.reason)
            yield answer
    except ray.exceptions.RayError as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"a worker that computes {metric.name} died: {reason}") from None
    finally:
        for each in actors:
            ray.kill(each, no_restart=True)
