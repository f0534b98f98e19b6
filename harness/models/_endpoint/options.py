"""The keys that a system on an endpoint may have in a config, and their checks."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, field_validator, model_validator

from harness.core.descriptions import Fault, PromptDescription, SystemDescription
from harness.core.records import Source
from harness.models import Repeat, _prompts
from harness.models._endpoint import secrets
from harness.models._endpoint.costs import Prices
from harness.models._prompts.options import PromptedOptions, check_examples

INSTALL = "pip install 'hindi-eval-harness[endpoints]'"
_MODULES = ("openai", "tenacity")
_NO_KEY = "a config must not contain a key: set an environment variable to it, and write its name in api_key_env"
# Keys of a request that the harness sets itself.
_OURS = (
    "max_completion_tokens", "max_tokens", "messages", "model", "n", "seed", "stop", "stream", "stream_options",
    "temperature", "top_p",
)  # fmt: skip
# Keys that decide how and when a system is asked, and not what it answers.
OPERATIONAL = (
    "api_key_env", "proxy", "max_concurrency", "requests_per_minute", "tokens_per_minute", "timeout", "retries",
    "prices", "max_cost", "model_change", "batch", "batch_wait",
)  # fmt: skip


class EndpointOptions(PromptedOptions):
    """The options of a system on an endpoint that follows OpenAI's protocol."""

    MISPLACED: ClassVar[Mapping[str, str]] = dict.fromkeys(("api_key", "key", "token", "password"), _NO_KEY)

    base_url: str = Field(description="the address below which the server has `/chat/completions`, without a key")
    model: str = Field(min_length=1, max_length=200, description="the model's name there; one with a date is safest")
    api_key_env: str | None = Field(
        default=None, description="the environment variable with the key; default: the server needs no key"
    )
    temperature: float | None = Field(
        default=0.0, ge=0, le=2, description="0: the likeliest answer; null: send none, for servers that refuse it"
    )
    top_p: float | None = Field(default=None, gt=0, le=1, description="draw from the likeliest tokens only")
    seed: int | None = Field(default=0, ge=0, description="null: send none, for servers that refuse it")
    reasoning_tokens: int = Field(
        default=0,
        ge=0,
        le=200_000,
        description="added to each answer's limit, for reasoning that cannot be switched off",
    )
    token_limit: Literal["max_tokens", "max_completion_tokens"] = Field(
        default="max_tokens", description="what the server calls an answer's limit"
    )
    extra_body: dict[str, Any] = Field(
        default={}, description="more keys of each request, as the server names them; part of the system's identity"
    )
    headers: dict[str, str] = Field(default={}, description="more headers of each request, without keys")
    proxy: str | None = Field(default=None, description="the address of a proxy; those in the environment are not used")
    max_concurrency: int = Field(default=8, ge=1, le=512, description="requests at once")
    requests_per_minute: float | None = Field(default=None, gt=0, description="null: no limit")
    tokens_per_minute: float | None = Field(default=None, gt=0, description="of prompts and answers; null: no limit")
    timeout: float = Field(default=120.0, gt=0, le=3600, description="seconds for a whole answer")
    retries: int = Field(
        default=8, ge=0, le=50, description="after statuses 408, 409, 429 and 5xx, and after a broken connection"
    )
    prices: Prices | None = Field(default=None, description="what a million tokens cost")
    max_cost: float | None = Field(
        default=None, gt=0, description="stop before this is spent, over all runs of a results folder; needs `prices`"
    )
    model_change: Literal["refuse", "accept"] = Field(
        default="refuse", description="what happens if another model answers than at first"
    )
    repeat: Repeat | None = Field(default=None, description="measure how much scores change if the same is asked again")
    batch: bool = Field(default=False, description="ask through the provider's batches: half the price, within a day")
    batch_wait: float | None = Field(
        default=None, ge=0, description="seconds to wait for batches; run again later for the answers; null: no limit"
    )

    @field_validator("base_url", "proxy")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None and (fault := _address_fault(value)):
            raise ValueError(fault)
        return value.rstrip("/") if value else value

    @field_validator("api_key_env")
    @classmethod
    def _is_variable(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.isascii() or not value.isidentifier() or secrets.is_key(value):
            raise ValueError(f"expected the name of an environment variable, found another text (not shown); {_NO_KEY}")
        return value

    @field_validator("headers")
    @classmethod
    def _have_no_secret(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if secrets.is_secret_header(name, value):
                raise ValueError(f"the header {name} looks like a key; {_NO_KEY}")
            if not (name.isascii() and name.isprintable() and value.isascii() and value.isprintable()) or " " in name:
                raise ValueError(f"the header {name!r} has a character that headers cannot have")
        return headers

    @field_validator("extra_body")
    @classmethod
    def _are_not_ours(cls, body: dict[str, Any]) -> dict[str, Any]:
        for name in body:
            if name in _OURS:
                raise ValueError(f"{name} is not allowed here: the harness sets it; see the system's other keys")
        return body

    @model_validator(mode="after")
    def _agree(self) -> EndpointOptions:
        if self.max_cost is not None and self.prices is None:
            raise ValueError("max_cost needs prices; add prices: {input: ..., output: ...}")
        for where, text in secrets.texts(self.model_dump(mode="json")):
            if secrets.is_key(text):
                raise ValueError(f"{where} looks like a key (not shown); {_NO_KEY}")
        return self

    @property
    def asked_model(self) -> str:
        """The name by which a prompt contract may list the model."""
        return self.model

    def faults(self, tasks: Sequence[str]) -> list[str]:
        """Return a line for each mistake in the prompt, each task that it does not do, and each place of the key."""
        faults = super().faults(tasks)
        if not faults and self.contract().template == "none":
            faults.append("prompt: it uses no chat template, so that an endpoint for chats cannot do it")
        value = os.environ.get(self.api_key_env or "", "").strip()
        if len(value) >= 8:  # shorter ones are placeholders
            content = self.model_dump(mode="json", exclude={"api_key_env"})
            faults += [
                f"{where}: contains the key that is in {self.api_key_env}; remove it"
                for where, text in secrets.texts(content)
                if value in text
            ]
        return faults

    def fingerprint(self) -> dict[str, Any]:
        """Return what identifies the system; how fast it is asked and what it costs does not."""
        return {key: value for key, value in super().fingerprint().items() if key not in OPERATIONAL}

    def prompts(self, sources: Sequence[Source]) -> tuple[PromptDescription, ...]:
        """Return the messages of the first source with each prompt (see `ShowsPrompts`)."""
        contract, shots = self.contract(), self.shots()
        check_examples(shots, sources)
        described: dict[str, PromptDescription] = {}
        for source in sources:
            if (key := contract.key(source.task)) not in described:
                text = _prompts.written(_prompts.render(contract, source, shots))
                note = "the server's chat template is not known here"
                described[key] = PromptDescription(source.task, contract.name, text, note=note)
        return tuple(described.values())

    def describe(self) -> SystemDescription:
        """Return how the endpoint is asked, and whether the key and the libraries are here. Sends no request."""
        faults = []
        missing = [name for name in _MODULES if find_spec(name) is None]
        if missing:
            faults.append(Fault("not installed", f"needs {' and '.join(missing)}, not installed; {INSTALL}"))
        if self.api_key_env and (fault := secrets.unusable(self.api_key_env, os.environ)):
            faults.append(Fault("no key", fault))
        return SystemDescription(
            name=self.name, family=self.family, remarks=tuple(self._remarks()), faults=tuple(faults)
        )

    def _remarks(self) -> list[str]:
        key = f"key in {self.api_key_env}" if self.api_key_env else "no key"
        parts = [f"model {self.model} at {self.base_url}", key]
        parts += [
            f"{name} {value:g}"
            for name in ("temperature", "top_p", "seed")
            if (value := getattr(self, name)) is not None
        ]
        if self.max_cost is not None and self.prices is not None:
            parts.append(f"at most {self.max_cost:g} {self.prices.currency}")
        return [", ".join(parts), self.contract().remark]


def _address_fault(value: str) -> str:
    """Return why a text is no address that requests can be sent to; the text is not in it, it may contain a key."""
    try:
        parts = urlsplit(value)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_whole = False
    if not is_whole:
        return "expected an address such as http://localhost:8000/v1 or https://api.example.com/v1"
    if parts.username or parts.password or "@" in parts.netloc:
        return f"the address contains a user or a password (not shown); {_NO_KEY}"
    if any(secrets.is_secret_name(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        return f"the address contains a key (not shown); {_NO_KEY}"
    if parts.query or parts.fragment:
        return "the address has a part after ? or #; remove it"
    return ""
