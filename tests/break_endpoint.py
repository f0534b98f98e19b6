"""Drop the connections of a run to an endpoint; check that no answer is lost, and none is asked for twice.

`tests/break_it.py` calls this; the endpoint is a local server.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.models._endpoint import model as endpoint_model
from harness.models._endpoint.retries import Backoff
from tests import break_it
from tests.models.endpoint_server import Act, Request, completion, serving

CONFIG = f"""
name: broken
datasets: [{break_it.ROOT / "references" / "india-japan"}]
tasks: [translate, {{name: translate, unit: paragraph}}]
statistics: {{resamples: 100}}
systems: [{{name: far, family: openai, base_url: "URL", model: tiny, max_concurrency: 4, retries: 6, timeout: 20}}]
"""
OUTPUTS = 19 + 6


@dataclass
class Line:
    """The connection to the endpoint: some requests are dropped, or all from a certain one on."""

    draw: random.Random
    share: float = 0.0  # of requests that are dropped
    left: int | None = None  # requests until every connection is dropped; None: never
    dropped: int = field(default=0)

    def answer(self, request: Request) -> Act:
        """Answer with the source in brackets, or drop the connection before, within or after the head of the answer."""
        if self.left is not None:
            self.left -= 1
        content = completion(f"A sentence in English <{len(request.text)}>")
        if (self.left is not None and self.left < 0) or self.draw.random() < self.share:
            self.dropped += 1
            return (
                Act(silent=True) if self.draw.random() < 0.5 else Act(body=content, reset_after=self.draw.randrange(90))
            )
        return Act(body=content)


def drop_connections(folder: Path, *, rounds: int, seed: int) -> tuple[int, int]:
    """Run that many times. Return how many connections were dropped, and how often the run had to be started again."""
    draw = random.Random(seed)
    line, results, again = Line(draw), folder / "results", 0
    with _hasty(), serving(line.answer) as server:
        config = break_it.write_config(folder, CONFIG.replace("URL", server.url))
        assert not break_it.run(config, folder / "sound").failed
        sound = _without_times(break_it.files_of(folder / "sound"))
        for _ in range(rounds):
            shutil.rmtree(results, ignore_errors=True)
            line.share, line.left = draw.choice([
                (0.3, None),
                (0.1, draw.randrange(OUTPUTS)),
                (0.0, draw.randrange(OUTPUTS)),
            ])
            while break_it.run(config, results).failed:
                stored, before = break_it._stored(results), server.asked.total()
                line.share, line.left, again = 0.0, None, again + 1
                outcome = break_it.run(config, results)
                assert not outcome.failed
                assert server.asked.total() - before == OUTPUTS - stored  # what is stored is not asked for again
            break_it.check_store(results, OUTPUTS)
            found = _without_times(break_it.files_of(results))
            different = [name for name in sound if found.get(name) != sound[name]]
            assert not different, different
    return line.dropped, again


@contextmanager
def _hasty() -> Iterator[None]:
    """Wait for milliseconds only before a request is sent again."""
    before = endpoint_model._BACKOFF
    endpoint_model._BACKOFF = Backoff(first=0.002, longest=0.01)
    try:
        yield
    finally:
        endpoint_model._BACKOFF = before


def _without_times(files: dict[str, bytes]) -> dict[str, object]:
    """Return a run's files; outputs without the seconds that they took, and no files with the sum of these."""
    timed = (".json", ".csv")
    shown: dict[str, object] = {name: content for name, content in files.items() if not name.endswith(timed)}
    for name in files:
        if name.startswith("outputs/"):
            shown[name] = [json.loads(line) | {"seconds": None} for line in files[name].splitlines()]
    return shown
