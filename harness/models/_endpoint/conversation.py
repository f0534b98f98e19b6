"""Run requests in an event loop of their own thread, and hand their results to the caller one by one.

The caller reads results in its own thread, as they arrive. It can stop new requests and still read the results of those
under way. The work on a source is given as a function, so nothing here knows HTTP.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from time import monotonic
from typing import Generic, TypeVar

from harness.core.errors import SystemStopped

Item = TypeVar("Item")
Result = TypeVar("Result")

# After so many sources in a row failed, assume that the server is gone.
MOST_FAILURES_IN_A_ROW = 5


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
        self._results: queue.SimpleQueue[Result | SourceFailed | BaseException | None] = queue.SimpleQueue()
        self._failures_in_a_row = 0
        self._is_over = False
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

        With `seconds`, stop yielding when they have passed.
        """
        ends = None if seconds is None else monotonic() + seconds
        while not self._is_over:
            try:
                result = self._results.get(timeout=None if ends is None else max(0.0, ends - monotonic()))
            except queue.Empty:
                return
            if result is None:
                self._is_over = True
            elif isinstance(result, SourceFailed) or not isinstance(result, BaseException):
                yield result
            else:
                self._is_over = True
                raise result

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
        end: BaseException | None = None
        try:
            asyncio.set_event_loop(self._loop)
            self._main = self._loop.create_task(self._everything())
            self._loop.run_until_complete(self._main)
        except BaseException as error:  # the caller's thread raises it
            end = error
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            self._results.put(end)

    async def _everything(self) -> None:
        try:
            workers = [asyncio.create_task(self._worker()) for _ in range(self._at_once)]
            done = await asyncio.gather(*workers, return_exceptions=True)
            errors = [each for each in done if isinstance(each, Exception)]
            if errors:
                raise errors[0]
        finally:
            await self._close()

    async def _worker(self) -> None:
        for item in self._items:
            # Answers that the caller has not read yet are lost if the process is killed, so do not run ahead of it.
            while self._results.qsize() >= self._at_once and not self._stop.is_set():
                await asyncio.sleep(0.005)
            if self._stop.is_set():
                return
            self.under_way += 1
            try:
                self._results.put(await self._work(item, self))
                self._failures_in_a_row = 0
            except Stopping:
                return
            except SourceFailed as failure:
                self._failures_in_a_row += 1
                if self._failures_in_a_row >= MOST_FAILURES_IN_A_ROW:
                    self._stop.set()
                    text = f"{MOST_FAILURES_IN_A_ROW} segments in a row failed, so the rest was not tried"
                    raise SystemStopped(f"{text}; the last: {failure.name}: {failure.reason}") from None
                self._results.put(failure)
            except Exception:
                self._stop.set()
                raise
            finally:
                self.under_way -= 1
