"""How long to wait before a request is sent again. Pure, given the random number."""

from __future__ import annotations

from dataclasses import dataclass

from harness.models._endpoint.faults import Temporary


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from `first` seconds up to `longest`, of which a random part is used ("full jitter")."""

    first: float = 0.5
    longest: float = 60.0

    def wait(self, failures: int, fault: BaseException | None, random: float) -> float:
        """Return the seconds to wait after so many failures, the last one with `fault`.

        If the server says how long to wait, wait as long and up to `first` seconds more, so that not all requests come
        back at the same moment.

        Args:
            failures: from 1.
            fault: of the last try.
            random: from 0 to 1.
        """
        if isinstance(fault, Temporary) and fault.pause is not None:
            return fault.pause + random * self.first
        most = min(self.longest, self.first * 2.0 ** min(failures, 30))
        return most * (0.25 + 0.75 * random)
