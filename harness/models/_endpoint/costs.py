"""What requests use and cost: tokens, prices and the limit on what is spent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Prices(BaseModel):
    """The prices of an endpoint, each per million tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    input: float = Field(ge=0, description="per million tokens of prompts")
    cached: float | None = Field(
        default=None, ge=0, description="per million tokens of prompts that the server had cached; default: as `input`"
    )
    output: float = Field(ge=0, description="per million tokens of answers, reasoning included")
    batch: float = Field(default=0.5, ge=0, le=1, description="the part of these prices that `batch: true` costs")
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$", description="three letters")


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of a request, as its server counts them; None if the server does not say."""

    prompt: int | None = None
    cached: int | None = None  # tokens of the prompt that the server had cached
    completion: int | None = None  # tokens of the answer, reasoning included
    thought: int | None = None  # tokens of the reasoning

    @classmethod
    def of(cls, content: Any) -> Usage:
        """Return the usage in an answer; numbers that make no sense count as unknown."""
        if not isinstance(content, Mapping):
            return cls()
        prompt, completion = _details(content, "prompt_tokens"), _details(content, "completion_tokens")
        return cls(
            prompt=_count(content.get("prompt_tokens")),
            cached=_count(prompt.get("cached_tokens")),
            completion=_count(content.get("completion_tokens")),
            thought=_count(completion.get("reasoning_tokens")),
        )

    def cost(self, prices: Prices, *, batch: bool = False) -> float | None:
        """Return the price of the request; None if its tokens are not known."""
        if self.prompt is None or self.completion is None:
            return None
        cached = min(self.cached or 0, self.prompt)
        of_cached = prices.input if prices.cached is None else prices.cached
        total = (self.prompt - cached) * prices.input + cached * of_cached + self.completion * prices.output
        return total / 1e6 * (prices.batch if batch else 1.0)


def _details(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    details = content.get(f"{name}_details")
    return details if isinstance(details, Mapping) else {}


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 10**12 else None


@dataclass(slots=True)
class Purse:
    """What was spent, and what requests under way may cost at most. With a limit, it says which may begin."""

    limit: float | None
    spent: float = 0.0
    reserved: float = field(default=0.0, init=False)
    under_way: int = field(default=0, init=False)  # requests that something is reserved for

    def reserve(self, most: float) -> bool:
        """Reserve the most that a request can cost; False if the limit could be passed, and then reserve nothing."""
        if self.limit is not None and self.spent + self.reserved + most > self.limit:
            return False
        self.reserved += most
        self.under_way += 1
        return True

    def settle(self, most: float, cost: float) -> None:
        """Replace a reservation by what the request cost."""
        self.under_way = max(0, self.under_way - 1)
        # Sums of rounded numbers leave a rest.
        self.reserved = max(0.0, self.reserved - most) if self.under_way else 0.0
        self.spent += cost
