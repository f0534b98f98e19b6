"""Read the answer of an endpoint: its text, how it ended, which model gave it and what it used. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.models._endpoint.costs import Usage
from harness.models._endpoint.faults import Temporary

# How an answer ended. None of them is an error: each is counted.
Outcome = Literal["answered", "empty", "length", "refused"]

_LONGEST_NAME = 200  # characters of a model's name that are kept


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was read."""

    text: str
    outcome: Outcome
    usage: Usage
    model: str | None = None  # as the server names it, often with a date
    fingerprint: str | None = None  # of the server's software, if it states one
    reasoning: int = 0  # characters of reasoning that the server returned beside the answer


def read(body: bytes) -> Reply:
    """Return the answer in the body of a response.

    Raises:
        Temporary: the body is no answer: not JSON, or without a choice. Another try may give one.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        kind = "HTML" if body.lstrip()[:1] == b"<" else "no valid JSON"
        raise Temporary(f"the server's answer is {kind} ({len(body):,} bytes)", charged=True) from error
    return of_content(content)


def of_content(content: Any) -> Reply:
    """Return the answer in a parsed body; see `read`."""
    if isinstance(content, Mapping) and isinstance(content.get("error"), Mapping) and not content.get("choices"):
        raise Temporary(f"the server answered with an error ({str(content['error'].get('message'))[:200]})")
    choice = _first_choice(content)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise Temporary("the server's answer has no message", charged=True)
    text = _text(message.get("content"))
    refusal = message.get("refusal")
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    return Reply(
        text=text,
        outcome=_outcome(choice.get("finish_reason"), text, is_refusal=isinstance(refusal, str) and bool(refusal)),
        usage=Usage.of(content.get("usage")),
        model=_name(content.get("model")),
        fingerprint=_name(content.get("system_fingerprint")),
        reasoning=len(reasoning.strip()) if isinstance(reasoning, str) else 0,
    )


def _first_choice(content: Any) -> Mapping[str, Any]:
    """Return the choice with the lowest index: some servers send several, in any order."""
    choices = content.get("choices") if isinstance(content, Mapping) else None
    choices = [choice for choice in choices if isinstance(choice, Mapping)] if isinstance(choices, list) else []
    if not choices:
        raise Temporary("the server's answer has no choices", charged=True)

    def index(choice: Mapping[str, Any]) -> int:
        value = choice.get("index")
        return value if isinstance(value, int) else 0

    return min(choices, key=index)


def _text(content: Any) -> str:
    """Return the text of a message: a string, or a list of parts."""
    if isinstance(content, str):
        text = content
    elif isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        text = "".join(part for part in parts if isinstance(part, str))
    elif content is None:
        text = ""
    else:
        raise Temporary("the server's answer has no text", charged=True)
    # JSON can contain half of a surrogate pair, which is no text.
    return text.encode("utf-8", "replace").decode("utf-8")


def _outcome(finish: Any, text: str, *, is_refusal: bool) -> Outcome:
    if finish == "content_filter" or is_refusal:
        return "refused"
    if finish in ("length", "max_tokens"):
        return "length"
    return "answered" if text.strip() else "empty"


def _name(value: Any) -> str | None:
    if not isinstance(value, str) or not value.isprintable() or not value:
        return None
    return value.encode("utf-8", "replace").decode("utf-8")[:_LONGEST_NAME]
