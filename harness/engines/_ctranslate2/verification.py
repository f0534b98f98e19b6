"""Compare converted weights with the network that they were made from, on fixed inputs of random ids.

Nothing is known of a vocabulary here, so the inputs are ids at random. They use every layer and many rows of the
embeddings. A conversion in float32 must give the same probabilities and the same outputs; others are measured.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.errors import ModelError
from harness.engines import Decoding, Engine, GivesProbabilities, LogProbability, Output, Request

# The largest difference in float32: of a log-probability per token, and of two outputs that may change places.
TOLERANCE = 1e-3
# Tokens of the inputs, without their end, and of the targets whose probability is compared.
_INPUTS = (1, 3, 6, 11, 17, 24, 32, 40)
_TARGETS = (5, 1, 9, 14, 3, 20, 7, 12)
_TOKENS = 20
# Between them, every part of a search that a config can ask for. Two tokens at least: an output that is only its first
# token and the end is treated differently (see `search`).
_WAYS = {
    "greedy": Decoding(max_new_tokens=_TOKENS),
    "beam": Decoding(
        max_new_tokens=_TOKENS, min_new_tokens=2, num_beams=4, early_stopping=True, length_penalty=0.6,
        no_repeat_ngram_size=3, others={"renormalize_logits": True},
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inputs:
    """What both engines are asked."""

    requests: tuple[Request, ...]
    targets: tuple[tuple[int, ...], ...]
    ways: tuple[str, ...] = tuple(_WAYS)  # of decoding


@dataclass(frozen=True, slots=True)
class EngineOutputs:
    """What an engine answered."""

    scores: list[LogProbability]
    outputs: dict[str, list[Output]]  # by the way of decoding


@dataclass(frozen=True, slots=True)
class ConversionDifference:
    """How the answers of two engines differ."""

    outputs: int
    identical: int
    mean: float  # absolute difference of the log-probability of a token, averaged over targets
    largest: float  # of a target


def inputs(read: int, written: int, start: int, special: Sequence[int]) -> Inputs:
    """Return the inputs for vocabularies of so many tokens.

    Args:
        read: rows of the input embedding.
        written: rows of the output layer.
        start: the token that the decoder starts with.
        special: tokens that no text has, such as padding, the end first.
    """
    draw = random.Random(0)

    def ids(count: int, size: int) -> tuple[int, ...]:
        tokens = (draw.randrange(size) for _ in itertools.count())
        return tuple(itertools.islice((token for token in tokens if token not in special), count))

    (first,) = ids(1, written)
    requests = [
        # Every third output begins with a token that the request names, as those of NLLB do.
        Request((*ids(length, read), special[0]), (start,), str(number), first if number % 3 == 2 else None)
        for number, length in enumerate(_INPUTS)
    ]
    return Inputs(tuple(requests), tuple(ids(length, written) for length in _TARGETS))


def ask(engine: Engine, questions: Inputs) -> EngineOutputs:
    """Return an engine's answers in the order of the requests."""
    assert isinstance(engine, GivesProbabilities)
    scores = [each for batch in engine.score(questions.requests, questions.targets) for each in batch]
    outputs = {
        way: sorted(
            (each for batch in engine.decode(questions.requests, decoding) for each in batch),
            key=lambda output: output.request,
        )
        for way, decoding in ((each, _WAYS[each]) for each in questions.ways)
    }
    return EngineOutputs(sorted(scores, key=lambda score: score.request), outputs)


def compare(original: EngineOutputs, converted: EngineOutputs) -> ConversionDifference:
    """Return how two engines' answers to the same inputs differ."""
    apart = [
        abs(one.total - other.total) / one.tokens for one, other in zip(original.scores, converted.scores, strict=True)
    ]
    pairs = [
        (one, other)
        for way, outputs in original.outputs.items()
        for one, other in zip(outputs, converted.outputs[way], strict=True)
    ]
    same = sum(_read(one) == _read(other) for one, other in pairs)
    # NaN compares as false, so a maximum could hide it.
    largest = next((value for value in apart if value != value), max(apart))
    return ConversionDifference(len(pairs), same, sum(apart) / len(apart), largest)


def check(network: Engine, questions: Inputs, original: EngineOutputs, converted: EngineOutputs) -> None:
    """Check that a conversion in float32 is the same network.

    Args:
        network: the original, for a closer look at outputs that differ.
        questions: what both were asked.
        original: the answers of the network.
        converted: those of the conversion.

    Raises:
        ModelError: it is not; the message says what differs.
    """
    difference = compare(original, converted)
    if not difference.largest <= TOLERANCE:
        raise ModelError(
            f"its conversion gives other probabilities than the original: a log-probability differs by "
            f"{difference.largest:.3g} per token, and {TOLERANCE} is allowed"
        )
    for way, outputs in original.outputs.items():
        for one, other in zip(outputs, converted.outputs[way], strict=True):
            if _read(one) != _read(other) and not _equally_good(
                network, questions.requests[one.request], way, one, other
            ):
                raise ModelError(
                    f"its conversion gives another {way} output than the original: {list(other.ids)} instead of "
                    f"{list(one.ids)}"
                )


def _read(output: Output) -> tuple[tuple[int, ...], str]:
    return output.ids, output.finish


def _equally_good(network: Engine, request: Request, way: str, one: Output, other: Output) -> bool:
    """Return whether rounding alone decides between two outputs.

    Greedy outputs are compared at the first token that differs, those of a beam search as wholes.
    """
    first = [] if request.first is None else [request.first]
    if way == "greedy":
        pair = [[*each.ids, *_end(each)] for each in (one, other)]
        place = next(place for place, tokens in enumerate(zip(*pair, strict=False)) if len({*tokens}) > 1)
        values = [_probability(network, request, ids[:place], ids[place : place + 1]) for ids in pair]
    else:
        penalty = _WAYS[way].length_penalty
        values = [
            _probability(network, request, first, [*each.ids[len(first) :], *_end(each)])
            / (len(each.ids) + len(_end(each))) ** penalty
            for each in (one, other)
        ]
    return abs(values[0] - values[1]) <= TOLERANCE


def _end(output: Output) -> list[None]:
    """Return the end of an output, which stands for itself; nothing if it was cut."""
    return [None] if output.finish == "end" else []


def _probability(
    network: Engine, request: Request, before: Sequence[int | None], tokens: Sequence[int | None]
) -> float:
    """Return the log-probability that the network writes `tokens` after `before`.

    A target's probability includes its end, None here. That of a target without one is the difference to nothing but
    the end after it.
    """
    assert isinstance(network, GivesProbabilities)
    start = (*request.start, *(token for token in before if token is not None))
    written = tuple(token for token in tokens if token is not None)
    requests = [Request(request.ids, start), Request(request.ids, (*start, *written))]
    scores = [score.total for batch in network.score(requests[:1], [written]) for score in batch]
    if None not in tokens:
        scores += [-score.total for batch in network.score(requests[1:], [()]) for score in batch]
    return sum(scores)
