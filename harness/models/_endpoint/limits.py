"""How fast an endpoint is asked: requests and tokens per minute, spread evenly; pauses that the server asks for. Pure.

Times are seconds of a clock that only goes forward, which the caller reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class RequestPace:
    """Spreads amounts evenly, so that no minute has more than `per_minute`. Without a limit nothing waits."""

    per_minute: float | None
    _free: float = field(default=0.0, init=False)  # when the next amount may begin

    def reserve(self, amount: float, now: float) -> float:
        """Reserve an amount, and return the seconds to wait before it is used."""
        if not self.per_minute:
            return 0.0
        begins = max(self._free, now)
        self._free = begins + amount * 60 / self.per_minute
        return begins - now

    def give_back(self, amount: float) -> None:
        """Give back what was reserved and not used; a negative amount was used beyond the reservation."""
        if self.per_minute:
            self._free -= amount * 60 / self.per_minute


@dataclass(slots=True)
class RequestLimits:
    """The limits of one endpoint, which all requests share."""

    requests: RequestPace
    tokens: RequestPace
    _paused_until: float = field(default=0.0, init=False)

    def reserve(self, tokens: float, now: float) -> float:
        """Reserve a request with so many tokens, and return the seconds to wait before it is sent."""
        return max(self.requests.reserve(1, now), self.tokens.reserve(tokens, now), self._paused_until - now, 0.0)

    def paused(self, now: float) -> float:
        """Return the seconds that are left of a pause."""
        return max(0.0, self._paused_until - now)

    def pause(self, seconds: float, now: float) -> None:
        """Let all requests wait, because the server asks for it."""
        self._paused_until = max(self._paused_until, now + seconds)
