"""Ask an endpoint 2,000 questions, 64 at a time, while one request in ten fails.

Run it with `python -m tests.models.endpoint_storm`.
Every source is answered once, none twice, none is lost. The suite does the same with 200.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

from harness.core.records import Source
from harness.models._endpoint import model as endpoint_model
from harness.models._endpoint.model import Endpoint
from harness.models._endpoint.options import EndpointOptions
from harness.models._endpoint.retries import Backoff
from tests.models.endpoint_server import Act, Request, completion, error, serving, translate

FAULTS = (
    lambda: error(429, Retry_After="0.05"),
    lambda: error(429),
    lambda: error(500),
    lambda: error(503),
    lambda: error(408),
    lambda: Act(502, b"<html><title>Bad Gateway</title></html>"),
    lambda: Act(silent=True),
    lambda: Act(body=completion("half"), reset_after=50),
    lambda: Act(body=completion("half")[:-9]),
    lambda: Act(body=b"<html>"),
)
# These last longer than the limit on the time of a request.
SLOW = (
    lambda: Act(body=completion("late"), wait=12),
    lambda: Act(body=completion("x" * 2000), drip=0.01),
)
_TIMEOUT = 10.0


def storm(count: int, *, at_once: int = 64, share: float = 0.1, seed: int = 0, slow: bool = False) -> dict[str, float]:
    """Return counts of the storm; with `slow`, some requests last longer than they may.

    Raises:
        AssertionError: a source was lost, answered twice, or got the answer of another one.
    """
    generator = random.Random(seed)
    faults = (*FAULTS, *SLOW) if slow else FAULTS

    def respond(request: Request) -> Act:
        if not request.is_probe and generator.random() < share:
            return generator.choice(faults)()
        return translate(request)

    texts = [f"वाक्य {number}" for number in range(count)]
    sources = [Source(f"a#{text}", "a", "translate", text, (text,), "hin_Deva", "eng_Latn") for text in texts]
    with serving(respond) as server:
        options = EndpointOptions(
            name="x", family="openai", base_url=server.url, model="tiny", max_concurrency=at_once, timeout=_TIMEOUT,
            retries=12,
        )  # fmt: skip
        model = Endpoint(options)
        model.identity()
        began = time.monotonic()
        outputs = list(model.generate(sources))
        seconds = time.monotonic() - began
        model.close()
    given = Counter(output.id for output in outputs)
    assert given == Counter(source.id for source in sources), "lost or doubled"
    assert all(output.text == f"<{output.id.removeprefix('a#')}>" for output in outputs), "answer of another source"
    asked = sum(server.asked.values())
    return {
        "sources": count, "outputs": len(outputs), "requests": asked, "faults": asked - count,
        "most at once": server.most_at_once, "seconds": round(seconds, 1),
    }  # fmt: skip


def main() -> None:
    endpoint_model._BACKOFF = Backoff(first=0.05, longest=1.0)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    sys.stdout.write(f"{storm(count, slow=True)}\n")


if __name__ == "__main__":
    main()
