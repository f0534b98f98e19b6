"""Ask an endpoint one question: wait for the limits, send it, try again after a fault, count what it costs."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

from harness.core.errors import SystemStopped
from harness.core.records import Source
from harness.models._endpoint import replies
from harness.models._endpoint.conversation import SourceFailed
from harness.models._endpoint.costs import Prices, Purse, Usage
from harness.models._endpoint.faults import ContentFilter, SourceRefused, Temporary
from harness.models._endpoint.limits import RequestLimits
from harness.models._endpoint.replies import Reply
from harness.models._endpoint.retries import Backoff

CHAT = "/chat/completions"


@dataclass(frozen=True, slots=True)
class Question:
    """A request for one source."""

    source: Source
    body: Mapping[str, Any]
    tokens: int  # of the prompt and the answer, about; for the limit per minute
    most: float = 0.0  # that the request can cost


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its answer."""

    question: Question
    reply: Reply
    seconds: float | None  # from sending the request to its answer
    cost: float | None  # None if there are no prices, or the server does not count tokens


class Clock(Protocol):
    """Waits; `Conversation` does, and stops waiting if no new request is to begin."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class Post(Protocol):
    """Sends a JSON object; `Wire.post` does."""

    async def __call__(self, path: str, body: Mapping[str, Any]) -> bytes | ContentFilter:
        """Return the body of the answer."""


async def retried(
    tries: int, backoff: Backoff, clock: Clock, function: Callable[..., Awaitable[Any]], *arguments: Any
) -> Any:
    """Return what a function returns; call it again after each temporary fault, and raise the last one.

    tenacity counts the tries; `backoff` says how long to wait.
    """
    from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

    def wait(state: RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        return backoff.wait(state.attempt_number, fault, random.random())

    retrying = AsyncRetrying(
        stop=stop_after_attempt(tries),
        retry=retry_if_exception_type(Temporary),
        wait=wait,
        sleep=clock.sleep,
        reraise=True,
    )
    return await retrying(function, *arguments)


@dataclass(slots=True)
class Asker:
    """What all questions to one endpoint share."""

    limits: RequestLimits
    purse: Purse
    prices: Prices | None
    tries: int
    check: Callable[[Reply], None]  # raises SystemStopped if the answer must not be used
    backoff: Backoff

    async def ask(self, question: Question, post: Post, clock: Clock) -> Answered:
        """Return the answer.

        Raises:
            SourceFailed: there is none, after all tries.
            SystemStopped: no question can be answered now, or `max_cost` would be passed.
            Stopping: new requests are stopped.
        """
        try:
            answered: Answered = await retried(self.tries, self.backoff, clock, self._once, question, post, clock)
            return answered
        except Temporary as fault:
            tries = "1 try" if self.tries == 1 else f"{self.tries} tries"
            raise SourceFailed(question.source.id, f"{fault.reason}, after {tries}") from None
        except SourceRefused as fault:
            raise SourceFailed(question.source.id, fault.reason) from None

    async def _once(self, question: Question, post: Post, clock: Clock) -> Answered:
        await self._reserve_money(question, clock)
        cost: float | None = 0.0
        try:
            await self._wait_for_limits(question, clock)
            started = monotonic()
            cost = question.most  # of an answer that is lost, the price is not known
            content = await post(CHAT, question.body)
            reply = Reply("", "refused", Usage()) if isinstance(content, ContentFilter) else replies.read(content)
            self.check(reply)
            cost = reply.usage.cost(self.prices) if self.prices else None
            self.limits.tokens.give_back(question.tokens - _used(reply, question.tokens))
            return Answered(question, reply, monotonic() - started, cost)
        except Temporary as fault:
            cost = question.most if fault.charged else 0.0
            if fault.is_limit:
                self.limits.pause(2 * self.backoff.first if fault.pause is None else fault.pause, monotonic())
            raise
        except (SourceRefused, SystemStopped):
            cost = 0.0
            raise
        finally:
            self.purse.settle(question.most, question.most if cost is None else cost)

    async def _reserve_money(self, question: Question, clock: Clock) -> None:
        """Wait until the question can be paid within `max_cost`, whatever the requests under way will cost."""
        while not self.purse.reserve(question.most):
            if not self.purse.under_way:
                currency = self.prices.currency if self.prices else ""
                raise SystemStopped(
                    f"max_cost of {self.purse.limit:g} {currency} could be passed: {self.purse.spent:.4f} is spent and "
                    f"the next request may cost {question.most:.4f}; raise max_cost and run again, answers are kept"
                )
            await clock.sleep(0.05)

    async def _wait_for_limits(self, question: Question, clock: Clock) -> None:
        await clock.sleep(self.limits.reserve(question.tokens, monotonic()))
        while left := self.limits.paused(monotonic()):
            # Not all requests that wait come back at the same moment.
            await clock.sleep(left + random.random() * self.backoff.first)


def _used(reply: Reply, otherwise: int) -> int:
    """Return the tokens that a request used; `otherwise` if the server does not say."""
    if reply.usage.prompt is None or reply.usage.completion is None:
        return otherwise
    return reply.usage.prompt + reply.usage.completion
