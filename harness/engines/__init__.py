"""The contract of an engine, which decodes for every family: token ids in, token ids out, no family and no text.

An engine is one file here with `load(weights: Weights, settings: EngineSettings) -> Engine`. A family turns text into
`Request`s, and outputs into text; it never sees a batch. An engine guarantees:

- It sorts requests by length and fills batches up to a number of tokens, padding included.
- It yields the outputs of a batch as soon as the batch is done, each with the index of its request.
- A batch of several requests takes at most about 30 seconds, so that an interrupt loses little work.
- A finished request takes no more time of its batch.
- The requests that share a batch never change an output (on a CPU in float32; elsewhere rounding can).
- If memory runs out, it continues with half the number of tokens per batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, cast, runtime_checkable

from harness.core import registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The files that an engine loads."""

    folder: Path  # with config.json and the weights
    files: tuple[str, ...]  # names of the files of weights in the folder
    pickled: bool  # the files are pickles, which the user has allowed by name
    architecture: str  # "module:Class" of the model
    adapter: Path | None = None  # the folder of a LoRA adapter to merge into them
    key: str = ""  # identifies weights and adapter wherever they are; empty: an engine must read them to know


# The size of a weight in bytes, by `EngineSettings.dtype`.
DTYPE_BYTES: Mapping[str, int] = {
    "float32": 4, "bfloat16": 2, "float16": 2, "int8": 1, "int8_float32": 1, "int8_bfloat16": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """Where and how an engine runs. Only `dtype`, and by rounding the kind of device, decides an output."""

    device: str  # "cpu", "cuda", "cuda:1", "mps"
    dtype: str  # "float32", "bfloat16", "float16"; of an engine that `Converts`, its type of computation
    threads: int | None = None  # of the CPU; None: torch chooses
    batch_tokens: int | None = None  # input tokens in one batch, padding included; None: the engine's default
    padding: Literal["left", "right"] = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How output tokens are chosen. Names and meanings are transformers' GenerationConfig's, except `beam_stop`."""

    max_new_tokens: int  # not counting the decoder's start
    min_new_tokens: int = 0
    num_beams: int = 1
    length_penalty: float = 1.0
    early_stopping: bool | Literal["never"] = False
    beam_stop: Literal["transformers", "exhaustive"] = "transformers"  # when a beam search ends; see `_beam_stop`
    no_repeat_ngram_size: int = 0
    repetition_penalty: float = 1.0
    do_sample: bool = False
    temperature: float = 1.0
    top_k: int = 0  # 0: all
    top_p: float = 1.0
    samples: int = 1  # outputs per request
    seed: int = 0
    ends: tuple[int, ...] = ()  # tokens that end an output, beside the checkpoint's own
    others: Mapping[str, Any] = field(default_factory=dict)  # other settings of the checkpoint's own configuration


@dataclass(frozen=True, slots=True)
class Request:
    """One input to decode from."""

    ids: tuple[int, ...]  # input of the encoder, or the prompt of a decoder-only model
    start: tuple[int, ...] = ()  # first tokens of the decoder; empty: the checkpoint's own start token
    key: str = ""  # together with the seed, decides what is sampled
    first: int | None = None  # the token that the output begins with, such as a language's code; None: any


@dataclass(frozen=True, slots=True)
class Output:
    """The tokens decoded from one request."""

    request: int  # index of the request
    sample: int  # 0 to samples - 1
    ids: tuple[int, ...]  # without start, end and padding
    finish: Literal["end", "length"]  # "length": stopped at the length limit
    seconds: float  # an equal share of the batch's time


@dataclass(frozen=True, slots=True)
class LogProbability:
    """The probability that the model gives to one target."""

    request: int  # index of the request and its target
    total: float  # natural logarithm, summed over the target and its end
    tokens: int  # of the target, with its end
    seconds: float  # an equal share of the batch's time


class Engine(Protocol):
    """A loaded model."""

    @property
    def vocabulary(self) -> int:
        """Rows of the input embedding. The ids of a request are from 0 to one less."""

    def decode(self, requests: Sequence[Request], decoding: Decoding) -> Iterator[list[Output]]:
        """Yield the outputs batch by batch. Among requests with the same start, the longest come first.

        Raises:
            ModelError: a single request does not fit in memory, or an id is not in the vocabulary.
        """

    def close(self) -> None:
        """Free the model's memory. The engine cannot be used afterwards."""


@runtime_checkable
class GivesProbabilities(Protocol):
    """An engine that can also say how probable given outputs are."""

    def score(self, requests: Sequence[Request], targets: Sequence[Sequence[int]]) -> Iterator[list[LogProbability]]:
        """Yield the log-probability of one target for each request, batch by batch, the longest first.

        The decoder is forced to write the target and then its end. A token that every output begins with
        (`Request.first`) has no part in the sum. The requests that share a batch change a sum by rounding only.

        Raises:
            ModelError: as `Engine.decode`.
        """


class Loader(Protocol):
    """The interface of a module in this package."""

    def load(self, weights: Weights, settings: EngineSettings) -> Engine:
        """Load and check the weights.

        Raises:
            ModelError: the weights are damaged or another model's; the message names the tensor or the file.
        """


@dataclass(frozen=True, slots=True)
class Network:
    """The sizes of an encoder-decoder network that decide how much memory decoding needs."""

    parameters: int
    decoder_layers: int
    width: int  # of the hidden states
    heads: int
    inner: int  # width of all heads' keys
    vocabulary: int  # rows of the output layer


@runtime_checkable
class Estimates(Protocol):
    """A module in this package that can also say how much memory decoding needs, without loading anything."""

    def memory(self, network: Network, settings: EngineSettings, decoding: Decoding, input_tokens: int) -> int:
        """Return the bytes that a full batch of inputs of so many tokens needs at most on `settings.device`."""


@runtime_checkable
class Converts(Protocol):
    """A module in this package that converts weights once, keeps the result, and does not decode in every way."""

    def missing(self) -> str | None:
        """Return what must be installed before the engine can be used; None if nothing."""

    def compute_type(self, wanted: str, device: str) -> str:
        """Return the type that weights are converted to and computed in, "int8" for example, for "auto" too.

        Raises:
            ModelError: the device does not compute in it.
        """

    def refusals(self, config: Mapping[str, Any], decoding: Decoding) -> list[str]:
        """Return why the engine cannot run a checkpoint: its network (config.json), and settings of the decoding."""

    def agreement(self, key: str, compute_type: str) -> ConversionAgreement | None:
        """Return how a conversion agrees with its original; None if these weights are not converted (`Weights.key`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionAgreement:
    """How outputs and probabilities of converted weights agree with those of the original, on inputs of random ids."""

    size: int  # bytes of the conversion
    outputs: int  # outputs that were compared, greedy and of a beam search
    identical: int  # how many of them were the same
    log_probability: float  # mean absolute difference of the log-probability of a token


def get(name: str) -> Loader:
    """Return the engine of that name.

    Raises:
        InputError: no such engine.
    """
    registry.contract("engines", name, "load", callable, "a function load(weights, settings)")
    return cast("Loader", registry.get("engines", name))
