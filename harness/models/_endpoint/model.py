"""A system on an endpoint: it asks for each source, and gives each answer as soon as it arrives."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.core import files
from harness.core.errors import HarnessError, ModelError, SourcesFailed, SystemStopped
from harness.core.records import Generation, Source
from harness.models import _answers
from harness.models._endpoint import payload, secrets
from harness.models._endpoint.asking import Answered, Asker, Question, retried
from harness.models._endpoint.batches import Batches
from harness.models._endpoint.conversation import Conversation, SourceFailed
from harness.models._endpoint.costs import Purse
from harness.models._endpoint.faults import SourceRefused, Temporary
from harness.models._endpoint.limits import RequestLimits, RequestPace
from harness.models._endpoint.options import INSTALL, EndpointOptions
from harness.models._endpoint.replies import Reply
from harness.models._endpoint.retries import Backoff
from harness.models._endpoint.state import State

_LOG = logging.getLogger(__name__)

# Seconds to wait for requests under way after Ctrl-C.
_LAST_WAIT = 30.0
_BACKOFF = Backoff()


class Endpoint:
    """A model behind an address. It sends no request before `identity`, and none there if it knows the model."""

    def __init__(self, options: EndpointOptions) -> None:
        self.options, self._contract = options, options.contract()
        self._about = payload.identity(options, self._contract)
        self._state = State()
        self._purse = Purse(options.max_cost)
        self._may_ask = True
        self._conversation: Conversation[Question, Answered] | None = None
        self._limits = RequestLimits(RequestPace(options.requests_per_minute), RequestPace(options.tokens_per_minute))
        self._changed = 0

    def keep_state(self, folder: Path, *, may_ask: bool) -> None:
        """Keep what the next run has to know in a folder; without `may_ask`, `identity` sends no request."""
        self._may_ask = may_ask
        self._state = State.read(folder / f"{files.digest_json(self._about)[:16]}.json")
        self._purse = Purse(self.options.max_cost, self._state.spent)

    def identity(self) -> Mapping[str, Any]:
        """Return everything that decides an answer, with the name that the server gives to its model.

        If no earlier run has asked this endpoint, ask it a short question.

        Raises:
            ModelError: it does not answer.
        """
        if self._state.served_model is None:
            if not self._may_ask:
                raise ModelError("this endpoint was not asked yet")
            self._probe()
        return {**self._about, "served_model": self._state.served_model}

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield the answer to each source, in the order of their arrival.

        Raises:
            SourcesFailed: some sources have no answer, after the others were yielded.
            SystemStopped: no other source can be answered now.
        """
        questions = [payload.question(self.options, self._contract, source) for source in sources]
        failed: dict[str, str] = {}
        conversation = None if self.options.batch else self._ask(questions)
        self._conversation = conversation
        try:
            for result in self._batches().results(questions) if conversation is None else conversation.results():
                if isinstance(result, SourceFailed):
                    failed[result.name] = result.reason
                else:
                    yield self._generation(result)
        finally:
            if conversation is not None:
                conversation.stop()  # those under way go on, for `drain`
        self._end()
        if failed:
            raise SourcesFailed(failed)

    def drain(self) -> Iterator[Generation]:
        """Begin no new request, wait a while for those under way, and yield their answers; log what they cost.

        The answer that was yielded last comes again: the caller may not have stored it.
        """
        conversation = self._conversation
        if self._state.batches:
            _LOG.warning("%s: its batches go on at the provider; run again for their answers", self.options.name)
        if conversation is None:
            self._end()
            return
        conversation.stop()
        count, cost = 0, 0.0
        try:
            for result in conversation.results(_LAST_WAIT):
                if not isinstance(result, SourceFailed):
                    count, cost = count + 1, cost + (result.cost or 0.0)
                    yield self._generation(result)
        except HarnessError:
            pass  # the run ends anyway
        left = conversation.under_way
        money = f", which cost {cost:.4f} {self.options.prices.currency}" if self.options.prices else ""
        lost = f"; {left} did not answer within {_LAST_WAIT:g} seconds and are lost" if left else ""
        _LOG.warning("%s: stopped; %d requests under way were answered%s%s", self.options.name, count, money, lost)
        self._end()

    def close(self) -> None:
        """End all requests."""
        self._end()

    def _end(self) -> None:
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            conversation.close()
        if conversation is not None or self._state.spent != self._purse.spent:
            self._state.spent = self._purse.spent
            self._state.write()
        if self._changed:
            expected = self._state.served_model
            _LOG.warning("%s: %d answers are of another model than %s", self.options.name, self._changed, expected)
            self._changed = 0

    def _ask(self, questions: Sequence[Question]) -> Conversation[Question, Answered]:
        wire = _wire(self.options)
        asker = Asker(
            self._limits, self._purse, self.options.prices, self.options.retries + 1, self._check, backoff=_BACKOFF
        )

        async def work(question: Question, conversation: Conversation[Question, Answered]) -> Answered:
            if self.options.max_cost is not None:
                upcoming = self._purse.spent + self._purse.reserved + question.most
                self._state.allow(min(upcoming, self.options.max_cost), self.options.max_cost)
            return await asker.ask(question, wire.post, conversation)

        return Conversation(
            questions, work, at_once=min(self.options.max_concurrency, len(questions)) or 1, close=wire.close
        )

    def _batches(self) -> Batches:
        options = self.options
        return Batches(self._run, self._state, self._purse, options.prices, self._check, options.batch_wait)

    def _run(self, requests: Callable[[Any], Awaitable[Any]]) -> Any:
        """Send some requests with connections of their own, again after faults, and return what they return."""
        wire = _wire(self.options, large=True)

        async def work(_: None, conversation: Conversation[None, Any]) -> Any:
            return await retried(self.options.retries + 1, _BACKOFF, conversation, requests, wire)

        conversation: Conversation[None, Any] = Conversation([None], work, at_once=1, close=wire.close)
        try:
            return next(iter(conversation.results()))
        except (Temporary, SourceRefused) as fault:
            raise SystemStopped(f"the provider's batches: {fault.reason}") from None
        finally:
            conversation.close()

    def _check(self, reply: Reply) -> None:
        """Compare the model that answered with the first one.

        Raises:
            SystemStopped: it is another one, and the config does not accept that.
        """
        expected = self._state.served_model
        if expected is None or reply.model is None or reply.model == expected:
            return
        if self.options.model_change == "refuse":
            raise SystemStopped(
                f"the server now answers as {reply.model!r}, and answered as {expected!r} before; write a model with a "
                "date in `model` to ask everything of one, or set model_change: accept to keep answers of both"
            )

    def _probe(self) -> None:
        """Ask a short question, and keep the name that the server gives to its model."""
        question = payload.probe(self.options, self._contract)
        conversation = self._ask([question])
        try:
            results = list(conversation.results())
        finally:
            conversation.close()
        result = results[0]
        if isinstance(result, SourceFailed):
            raise ModelError(f"{self.options.base_url}: {result.reason}")
        self._state.served_model = result.reply.model or self.options.model
        self._state.spent = self._purse.spent
        self._state.write()

    def _generation(self, answered: Answered) -> Generation:
        source, reply, usage = answered.question.source, answered.reply, answered.reply.usage
        thinking = self._contract.thinking
        rules = self._contract.answers if self.options.answers == "rules" else ()
        read = _answers.read(
            reply.text,
            rules,
            source=source.text,
            prefilled=thinking.prefill,
            marks=(thinking.marks[0], thinking.marks[1]),
        )
        if reply.model and reply.model != self._state.served_model:
            self._changed += 1
        return Generation(
            source.id,
            read.text if rules else reply.text,
            output_tokens=usage.completion,
            finish="length" if reply.outcome == "length" else "end",
            seconds=None if answered.seconds is None else round(answered.seconds, 3),
            raw=reply.text if rules and reply.text != read.text else None,
            rules=read.rules,
            facts=self._facts(answered),
        )

    def _facts(self, answered: Answered) -> dict[str, int | float | str]:
        """Return what the server says of an answer, apart from its text."""
        reply, usage = answered.reply, answered.reply.usage
        other_model = reply.model if reply.model != self._state.served_model else None
        facts: dict[str, int | float | str | None] = {
            "prompt_tokens": usage.prompt,
            "cached_tokens": usage.cached or None,
            "thought_tokens": usage.thought,
            "thought_characters": reply.reasoning or None,
            "cost": None if answered.cost is None else round(answered.cost, 9),
            "outcome": None if reply.outcome == "answered" else reply.outcome,
            "served_model": other_model,
        }
        return {name: value for name, value in facts.items() if value is not None}


def _wire(options: EndpointOptions, *, large: bool = False) -> Any:
    """Return the connections to the endpoint; `large` answers are files of batches.

    Raises:
        ModelError: the libraries are not installed, or the key is not set.
    """
    try:
        from harness.models._endpoint import wire
    except ImportError as error:
        raise ModelError(f"needs the package {error.name}, which is not installed; {INSTALL}") from None
    return wire.Wire(
        options.base_url,
        secrets.read(options.api_key_env, os.environ),
        headers=options.headers,
        proxy=options.proxy,
        timeout=options.timeout,
        connections=options.max_concurrency,
        largest=wire.LARGEST_FILE if large else wire.LARGEST_ANSWER,
    )
