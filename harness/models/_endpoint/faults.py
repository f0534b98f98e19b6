"""What can go wrong with a request, and what follows: try again, give up this source, or stop the system. Pure."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from harness.core.errors import SystemStopped

# Statuses after which the same request can succeed: timeouts, conflicts, limits; 5xx are added in `of_status`.
_TEMPORARY = (408, 409, 425, 429)
# Statuses that concern the one source: it is too long, or the server does not like what is in it.
_OF_SOURCE = (400, 413, 422)
_LONGEST_MESSAGE = 300  # characters of a server's message that an error shows
# A server that asks for a longer pause, in seconds, is not waited for.
LONGEST_PAUSE = 600.0
# What a server writes in its error if the account can pay for no more requests.
_WITHOUT_MONEY = ("insufficient_quota", "billing_hard_limit_reached", "credit_exhausted")
_TLS = re.compile(r"(?i)certificate verify failed|wrong version number|hostname mismatch|self.signed certificate")


class Temporary(Exception):  # noqa: N818  # the name says what it is to the code that retries
    """The request failed, and may succeed later."""

    def __init__(
        self, reason: str, *, pause: float | None = None, is_limit: bool = False, charged: bool = False
    ) -> None:
        """Keep the reason.

        Args:
            reason: in a few words.
            pause: seconds that the server asks to wait.
            is_limit: the server limits how fast it is asked, so that other requests should wait too.
            charged: the server may have made an answer, and may charge it.
        """
        super().__init__(reason)
        self.reason, self.pause, self.is_limit, self.charged = reason, pause, is_limit, charged


class SourceRefused(Exception):  # noqa: N818
    """The server refuses the request of this source. Asking it again does not help."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ContentFilter:
    """The server's filter refused to answer. This is an outcome and not an error."""

    message: str


def of_status(
    status: int, body: str, headers: Mapping[str, str], *, now: datetime | None = None
) -> Temporary | SourceRefused | SystemStopped | ContentFilter:
    """Return what an answer with an error status means."""
    said = message(body)
    code = _code(body)
    text = f"HTTP {status}{f': {said}' if said else ''}"
    if any(name in code for name in _WITHOUT_MONEY):
        return SystemStopped(f"the account has no credit left ({text})")
    if status == 400 and ("content_filter" in code or "content_policy" in code):
        return ContentFilter(said)
    if status in _TEMPORARY or status >= 500:
        pause = retry_after(headers, now or datetime.now(UTC))
        if pause is not None and pause > LONGEST_PAUSE:
            return SystemStopped(f"the server asks to wait {pause:,.0f} seconds; run again later ({text})")
        return Temporary(text, pause=pause, is_limit=status in (429, 503))
    if 300 <= status < 400:
        where = headers.get("location", "")[:_LONGEST_MESSAGE]
        return SystemStopped(f"the server sends requests on to {where or 'another address'}; write that in base_url")
    if status in _OF_SOURCE:
        return SourceRefused(text)
    advice = {
        401: "; the server does not accept the key, or needs one: see api_key_env",
        402: "; the account has no credit left",
        403: "; the key may not use this model",
        404: "; see base_url and model",
    }
    return SystemStopped(f"the server refused the request ({text}){advice.get(status, '')}")


def of_connection(error: BaseException) -> Temporary | SystemStopped:
    """Return what a broken connection means, from the error of the HTTP client with its causes."""
    causes = _causes(error)
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and _TLS.search(str(cause)):
            return SystemStopped(f"no secure connection to the server ({_short(str(cause))}); see base_url")
    for cause in causes:
        if isinstance(cause, ConnectionRefusedError):
            return Temporary("connection refused")
    reason = next((str(cause) for cause in reversed(causes) if str(cause)), type(error).__name__)
    # If the request may have reached the server, it may charge the answer.
    reached = not any("connect" in type(cause).__name__.lower() for cause in causes)
    return Temporary(f"connection lost ({_short(reason)})", charged=reached)


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and what caused it, from the last to the first."""
    causes: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in causes:
        causes.append(current)
        if isinstance(current, BaseExceptionGroup):
            causes.extend(current.exceptions)
        current = current.__cause__ or current.__context__
    return causes


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that the header Retry-After asks to wait: a number or a date; None without one."""
    milliseconds, value = headers.get("retry-after-ms", ""), headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(?:\.\d+)?", milliseconds):
        return float(milliseconds) / 1000
    if re.fullmatch(r"\d{1,9}(?:\.\d+)?", value):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())


def message(body: str) -> str:
    """Return what a server says in the body of an error, in one line of bounded length: JSON, HTML or text."""
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        title = re.search(r"(?is)<title>(.*?)</title>", body[:10_000])
        return _short(title[1] if title else re.sub(r"(?s)<[^>]*>", " ", body[:10_000]))
    for name in ("error", "message", "detail"):
        while isinstance(content, dict) and name in content:
            content = content[name]
    return _short(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))


def _code(body: str) -> str:
    """Return the code and the type of an error that a server states as JSON; empty without."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    error = content.get("error", content) if isinstance(content, dict) else None
    if not isinstance(error, dict):
        return ""
    inner = error.get("innererror")
    parts = [error.get("code"), error.get("type"), inner.get("code") if isinstance(inner, dict) else None]
    return " ".join(part for part in parts if isinstance(part, str)).lower()


def _short(text: str) -> str:
    text = "".join(char if char.isprintable() else " " for char in text[: 4 * _LONGEST_MESSAGE])
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}..."
