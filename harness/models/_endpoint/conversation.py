"""Run requests in an event loop of their own thread, and hand their results to the caller one by one.

The caller reads results in its own thread, as they arrive. It can stop new requests and still read the results of those
under way. The work on a source is given as a function, so nothing here knows HTTP.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from time import monotonic
from typing import Generic, TypeVar

from harness.core.errors import SystemStopped

Item = TypeVar("Item")
Result = TypeVar("Result")

# After so many sources in a row failed, assume that the server is gone.
MOST_FAILURES_IN_A_ROW = 5
# Seconds until the list of results is looked at again if no news came.
_GLANCE = 1.0


class Stopping(Exception):  # noqa: N818
    """New requests are stopped, so that a source is left for another run."""


class SourceFailed(Exception):  # noqa: N818
    """One source failed, for this reason."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name, self.reason = name, reason


class Conversation(Generic[Item, Result]):
    """Asks for every item, at most `at_once` at a time."""

    def __init__(
        self,
        items: Sequence[Item],
        work: Callable[[Item, Conversation[Item, Result]], Awaitable[Result]],
        *,
        at_once: int,
        close: Callable[[], Awaitable[None]],
    ) -> None:
        """Begin.

        Args:
            items: what to ask for.
            work: asks for one of them. It raises SourceFailed if that item failed, Stopping if it left the item out,
                and any other exception to end the conversation. It waits with `sleep`.
            at_once: the greatest number of items under way.
            close: called in the event loop, after everything else.
        """
        self._items, self._work, self._at_once, self._close = iter(items), work, at_once, close
        # Results stay in the list until the caller has come back for the next one. Ctrl-C can come between taking an
        # item out of a queue and the next statement, and that item would be lost.
        self._results: list[Result | SourceFailed] = []
        self._taken = 0
        self._end: BaseException | None = None
        self._is_over = False
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._failures_in_a_row = 0
        self.under_way = 0
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="endpoint", daemon=True)
        self._thread.start()

    @property
    def is_stopping(self) -> bool:
        """Whether no new request is to begin."""
        return self._stop.is_set()

    def results(self, seconds: float | None = None) -> Iterator[Result | SourceFailed]:
        """Yield the results as they arrive, and raise the exception that ended the conversation, last.

        With `seconds`, stop yielding when they have passed. A second call begins with the result that the first one
        yielded last.
        """
        ends = None if seconds is None else monotonic() + seconds
        while True:
            if self._taken < len(self._results):
                yield self._results[self._taken]
                self._taken += 1
                continue
            if self._is_over and self._taken == len(self._results):
                if self._end is not None:
                    raise self._end
                return
            left = _GLANCE if ends is None else min(_GLANCE, ends - monotonic())
            if left <= 0:
                return
            with suppress(queue.Empty):
                self._news.get(timeout=left)

    def stop(self) -> None:
        """Begin no new request. Those under way go on."""
        self._call(self._stop.set)

    def close(self) -> None:
        """End everything now, and wait for the thread."""
        self._call(self._cancel)
        self._thread.join(timeout=10)

    async def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            Stopping: new requests are stopped meanwhile.
        """
        if seconds > 0:
            try:
                await asyncio.wait_for(self._stop.wait(), seconds)
            except TimeoutError:
                return
        if self._stop.is_set():
            raise Stopping

    def _call(self, function: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:  # the loop is closed already
            return

    def _cancel(self) -> None:
        self._stop.set()
        for task in asyncio.all_tasks(self._loop):
            if task is not self._main:
                task.cancel()

    def _run(self) -> None:
        try:
            asyncio.set_event_loop(self._loop)
            self._main = self._loop.create_task(self._everything())
            self._loop.run_until_complete(self._main)
        except BaseException as error:  # the caller's thread raises it
            self._end = error
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            self._is_over = True
            self._news.put(None)

    async def _everything(self) -> None:
        try:
            workers = [asyncio.create_task(self._worker()) for _ in range(self._at_once)]
            done = await asyncio.gather(*workers, return_exceptions=True)
            errors = [each for each in done if isinstance(each, Exception)]
            if errors:
                raise errors[0]
        finally:
            await self._close()

    def _add(self, result: Result | SourceFailed) -> None:
        self._results.append(result)
        self._news.put(None)

    async def _worker(self) -> None:
        for item in self._items:
            # Answers that the caller has not read yet are lost if the process is killed, so do not run ahead of it.
            while len(self._results) - self._taken >= self._at_once and not self._stop.is_set():
                await asyncio.sleep(0.005)
            if self._stop.is_set():
                return
            self.under_way += 1
            try:
                self._add(await self._work(item, self))
                self._failures_in_a_row = 0
            except Stopping:
                return
            except SourceFailed as failure:
                self._failures_in_a_row += 1
                if self._failures_in_a_row >= MOST_FAILURES_IN_A_ROW:
                    self._stop.set()
                    text = f"{MOST_FAILURES_IN_A_ROW} segments in a row failed, so the rest was not tried"
                    raise SystemStopped(f"{text}; the last: {failure.name}: {failure.reason}") from None
                self._add(failure)
            except Exception:
                self._stop.set()
                raise
            finally:
                self.under_way -= 1
