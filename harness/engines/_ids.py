"""Check the ids of requests and targets before a network reads them."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.errors import ModelError
from harness.engines import Request


def check(requests: Sequence[Request], targets: Sequence[Sequence[int]] = (), *, read: int, written: int) -> None:
    """Check that every id has a row in its embedding.

    Args:
        requests: read by the encoder, or by a decoder-only model.
        targets: one for each request, or none at all.
        read: rows of the input embedding.
        written: rows of the output layer. A translation model can have different tokens for input and output.

    Raises:
        ModelError: an id has none, or a request has no id.
    """
    for number, request in enumerate(requests):
        if not request.ids:
            raise ModelError(f"request {number} has no token to decode from")
        output = request.start if request.first is None else (*request.start, request.first)
        if targets:
            output = (*output, *targets[number])
        for ids, size in ((request.ids, read), (output, written)):
            wrong = next((token for token in ids if not 0 <= token < size), None)
            if wrong is not None:
                raise ModelError(
                    f"request {number} has token {wrong}, and the model has {size}: the tokenizer is not this model's"
                )
