"""The HTTP client of an endpoint: it sends one request and returns the body of the answer, or says what went wrong.

Everything that the libraries read from the environment is left out: proxies, .netrc, OPENAI_BASE_URL, OPENAI_ORG_ID,
OPENAI_CUSTOM_HEADERS and others. A request goes to the address in the config, with the headers that are stated here, or
it is not sent. Redirects are not followed. An answer has a largest size.

It imports httpx2, so functions import it when they need it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import openai

from harness.models._endpoint import faults, secrets
from harness.models._endpoint.faults import ContentFilter, Temporary
from harness.models._endpoint.secrets import ApiKey

# Bytes of an answer that are read. The longest answers of language models have some 100,000.
LARGEST_ANSWER = 8 * 2**20
# Bytes of the file with the answers of a batch.
LARGEST_FILE = 2 * 2**30
_AGENT = "hindi-eval-harness"
_KEPT = ("content-length", "content-type", "transfer-encoding", "host")


class Wire:
    """The connections to one server. Use it in one event loop only."""

    def __init__(
        self,
        address: str,
        key: ApiKey | None,
        *,
        headers: Mapping[str, str],
        proxy: str | None,
        timeout: float,
        connections: int,
        largest: int,
    ) -> None:
        """Prepare the connections; none is opened yet.

        Args:
            address: of the server, with the path that all requests share: "https://api.example.com/v1".
            key: sent with each request.
            headers: sent with each request.
            proxy: the address of a proxy; None: connect to the server itself.
            timeout: seconds for a whole request.
            connections: the greatest number at once.
            largest: bytes of an answer.
        """
        self._key, self._timeout = key, timeout
        limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
        inner = httpx2.AsyncHTTPTransport(trust_env=False, proxy=proxy, limits=limits)
        transport = _OnlyTo(address, {**headers, **(key.header() if key else {})}, inner, largest)
        http = httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=timeout)
        # The transport adds the key, so that the client has none that it could show.
        self._client = openai.AsyncOpenAI(
            base_url=address, api_key="none", admin_api_key="none", http_client=http, max_retries=0, timeout=timeout
        )

    async def post(self, path: str, body: Mapping[str, Any]) -> bytes | ContentFilter:
        """Send a JSON object, and return the body of the answer.

        Raises:
            Temporary: it failed, and may succeed later.
            SourceRefused: the server does not accept this body.
            SystemStopped: no request to this server can succeed now.
        """
        return await self._sent(self._client.post(path, cast_to=httpx2.Response, body=dict(body)))

    async def get(self, path: str) -> bytes:
        """Return the body of the answer to a GET request; see `post`."""
        content = await self._sent(self._client.get(path, cast_to=httpx2.Response))
        return content if isinstance(content, bytes) else b""

    async def upload(self, name: str, content: bytes) -> bytes:
        """Upload the file of a batch, and return the body of the answer; see `post`."""
        request = self._client.post(
            "/files",
            cast_to=httpx2.Response,
            body={"purpose": "batch"},
            files={"file": (name, content)},
            options={"headers": {"Content-Type": "multipart/form-data"}},
        )
        sent = await self._sent(request)
        return sent if isinstance(sent, bytes) else b""

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    def _headers(self, response: Any) -> Mapping[str, str]:
        """Return the headers of an answer without the key: a server may repeat it."""
        headers: Mapping[str, str] = type(response.headers)([
            (name, self._shown(value)) for name, value in response.headers.items()
        ])
        return headers

    async def _sent(self, request: Any) -> bytes | ContentFilter:
        try:
            async with asyncio.timeout(self._timeout):
                response = await request
        except openai.APIStatusError as error:
            body = self._shown(error.response.text)
            fault = faults.of_status(error.status_code, body, self._headers(error.response))
        except (openai.APITimeoutError, TimeoutError):
            fault = Temporary(f"no answer within {self._timeout:g} seconds", charged=True)
        except openai.APIConnectionError as error:
            fault = faults.of_connection(error.__cause__ or error)
        else:
            content: bytes = response.content
            if 300 <= response.status_code < 400:
                fault = faults.of_status(response.status_code, "", self._headers(response))
            else:
                return self._key.without_bytes(content) if self._key else content
        if isinstance(fault, ContentFilter):
            return fault
        # Without the cause: its traceback and its request contain more than a message should.
        raise fault from None

    def _shown(self, text: str) -> str:
        return secrets.without_keys(text, self._key)


class _OnlyTo(httpx2.AsyncBaseTransport):
    """Sends requests to one address only, with known headers only, and reads bounded answers."""

    def __init__(
        self, address: str, headers: Mapping[str, str], inner: httpx2.AsyncBaseTransport, largest: int
    ) -> None:
        self._address, self._headers, self._inner, self._largest = httpx2.URL(address), headers, inner, largest

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if not _is_below(request.url, self._address):
            raise httpx2.UnsupportedProtocol(f"not an address below {self._address}")
        kept = {name: request.headers[name] for name in _KEPT if name in request.headers}
        own = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": _AGENT}
        request.headers = httpx2.Headers({**kept, **own, **self._headers})
        response = await self._inner.handle_async_request(request)
        # A small compressed answer can become a large one.
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.DecodingError("the answer is compressed, which was not asked for")
        stream = response.stream
        assert isinstance(stream, httpx2.AsyncByteStream)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(stream, self._largest),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


def _is_below(url: httpx2.URL, address: httpx2.URL) -> bool:
    same = (url.scheme, url.host, url.port) == (address.scheme, address.host, address.port)
    return same and url.path.startswith(address.path.rstrip("/") + "/")


class _Bounded(httpx2.AsyncByteStream):
    """The body of an answer, up to a largest size."""

    def __init__(self, inner: httpx2.AsyncByteStream, largest: int) -> None:
        self._inner, self._largest = inner, largest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._largest
        async for chunk in self._inner:
            left -= len(chunk)
            if left < 0:
                raise httpx2.DecodingError(f"the answer has more than {self._largest:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
