"""Turn a source into a request: messages by the prompt contract, the limit of the answer, its highest price. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from harness.core import files
from harness.core.records import ENGLISH, HINDI, Source
from harness.models import _prompts
from harness.models._endpoint.asking import Question
from harness.models._endpoint.costs import Prices
from harness.models._endpoint.options import EndpointOptions
from harness.models._prompts import Contract

# Tokens of an answer per character of its budget. Vocabularies that hardly know Hindi need about one.
_TOKENS_PER_CHARACTER = 1.0
# Tokens that a chat template adds to each message, at most.
_PER_MESSAGE = 16
_PROBE = "नमस्ते"
_PROBE_LIMIT = 16  # tokens


def question(options: EndpointOptions, contract: Contract, source: Source) -> Question:
    """Return the request for a source."""
    limit = ceil(options.characters(contract, source) * _TOKENS_PER_CHARACTER)
    limit += contract.thinking.room + options.reasoning_tokens
    return _question(options, contract, source, _prompts.render(contract, source, options.shots()), limit)


def probe(options: EndpointOptions, contract: Contract) -> Question:
    """Return a short request. Its answer names the model, and shows that address, key and parameters are right."""
    source = Source("probe", "", "", _PROBE, (_PROBE,), HINDI, ENGLISH)
    messages = [{"role": "user", "content": _PROBE}]
    key, wording = next(iter(contract.prompts.items()))
    if not all(isinstance(each.content, str) for each in wording.messages):  # its template may fail on plain text
        messages = _prompts.render(contract, replace(source, task=key))
    return _question(options, contract, source, messages, _PROBE_LIMIT + options.reasoning_tokens)


def _question(
    options: EndpointOptions, contract: Contract, source: Source, messages: Sequence[Mapping[str, Any]], limit: int
) -> Question:
    size = sum(len(files.dumps(message["content"])) + _PER_MESSAGE for message in messages)
    content = body(options, contract, messages, limit)
    return Question(source=source, body=content, tokens=size + limit, most=most(options, messages, limit))


def body(
    options: EndpointOptions, contract: Contract, messages: Sequence[Mapping[str, Any]], limit: int
) -> dict[str, Any]:
    """Return the JSON object of a request."""
    arguments = dict(contract.thinking.arguments)
    effort = arguments.pop("reasoning_effort", None)
    prefill = contract.thinking.prefill
    return {
        "model": options.model,
        "messages": [*messages, *([{"role": "assistant", "content": prefill}] if prefill else [])],
        **({"continue_final_message": True, "add_generation_prompt": False} if prefill else {}),
        options.token_limit: limit,
        **sampling(options, contract),
        **({"stop": list(contract.stop)} if contract.stop else {}),
        **({"reasoning_effort": effort} if effort is not None else {}),
        **({"chat_template_kwargs": arguments} if arguments else {}),
        **options.extra_body,
    }


def sampling(options: EndpointOptions, contract: Contract) -> dict[str, Any]:
    """Return the keys that decide how an answer is drawn: those of the config, else of the model's authors."""
    authors = contract.generation
    values: dict[str, Any] = {"temperature": options.temperature, "top_p": options.top_p, "seed": options.seed}
    if authors.do_sample:
        values = {"temperature": authors.temperature, "top_p": authors.top_p, "seed": options.seed} | {
            name: getattr(options, name) for name in ("temperature", "top_p") if name in options.model_fields_set
        }
    return {name: value for name, value in values.items() if value is not None}


def most(options: EndpointOptions, messages: Sequence[Mapping[str, Any]], limit: int) -> float:
    """Return the most that a request can cost: no vocabulary makes more tokens of a text than it has bytes."""
    prices: Prices | None = options.prices
    if prices is None:
        return 0.0
    prompt = sum(len(files.dumps(message["content"]).encode()) + _PER_MESSAGE for message in messages)
    factor = prices.batch if options.batch else 1.0
    return (prompt * max(prices.input, prices.cached or 0.0) + limit * prices.output) * factor / 1e6


def custom_id(question: Question) -> str:
    """Return the name of a request in a batch: the same request for the same source has the same name."""
    return files.digest_json([question.source.id, question.source.task, dict(question.body)])[:32]


def identity(options: EndpointOptions, contract: Contract) -> dict[str, Any]:
    """Return as JSON everything that decides an answer, apart from the model that the server names."""
    return {
        "family": "openai",
        "recipe": 1,
        "base_url": options.base_url,
        "model": options.model,
        **options.asked(contract),
        "sampling": sampling(options, contract),
        "token_limit": options.token_limit,
        "reasoning_tokens": options.reasoning_tokens,
        "extra_body": options.extra_body,
        "headers": options.headers,
    }
