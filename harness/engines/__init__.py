"""The contract of an engine, which decodes for every family: token ids in, token ids out; no family, no text.

An engine is one file here with `load(weights: Weights, settings: EngineSettings) -> Engine`. A family turns text into
`Request`s and outputs back into text; it never sees a batch. An engine promises:

- batches are filled to a budget of tokens, padding counted, from requests sorted by length;
- outputs come batch by batch, as soon as a batch is done, each with the index of its request;
- which requests share a batch never changes an output (on a CPU in float32; elsewhere rounding can);
- out of memory, it goes on with half the budget and keeps to that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from harness.core import registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What an engine loads."""

    folder: Path  # config.json and the weights
    files: tuple[str, ...]  # of the weights, in the folder
    pickled: bool  # the files are pickles, which the user has allowed by name
    architecture: str  # "module:Class" of the model's class


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """Where and how an engine runs; nothing here but `dtype`, and by rounding the kind of device, decides an output."""

    device: str  # "cpu", "cuda", "cuda:1", "mps"
    dtype: str  # "float32", "bfloat16", "float16"
    threads: int | None = None  # of the CPU; None leaves torch's choice
    batch_tokens: int | None = None  # input tokens in one batch, padding counted; None for the engine's default
    padding: Literal["left", "right"] = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How token ids are chosen. Names and meanings are those of transformers' GenerationConfig."""

    max_new_tokens: int  # without the decoder's start
    min_new_tokens: int = 0
    num_beams: int = 1
    length_penalty: float = 1.0
    early_stopping: bool | Literal["never"] = False
    no_repeat_ngram_size: int = 0
    repetition_penalty: float = 1.0
    do_sample: bool = False
    temperature: float = 1.0
    top_k: int = 0  # 0: all
    top_p: float = 1.0
    samples: int = 1  # outputs for each request
    seed: int = 0
    others: Mapping[str, Any] = field(default_factory=dict)  # what else the checkpoint's own configuration sets


@dataclass(frozen=True, slots=True)
class Request:
    """One sequence to decode from."""

    ids: tuple[int, ...]  # what the encoder reads, or a decoder-only model's prompt
    start: tuple[int, ...] = ()  # what the decoder starts with; empty for the checkpoint's own start token
    key: str = ""  # with the seed, decides what is sampled


@dataclass(frozen=True, slots=True)
class Output:
    """What was decoded from one request."""

    request: int  # index
    sample: int  # 0 to samples - 1
    ids: tuple[int, ...]  # without start, end and padding
    finish: Literal["end", "length"]  # "length": it was stopped
    seconds: float  # of its batch's time, an equal share


class Engine(Protocol):
    """A loaded model."""

    @property
    def vocabulary(self) -> int:
        """Rows of the embedding that reads: ids of a request go from 0 to one below."""

    def decode(self, requests: Sequence[Request], decoding: Decoding) -> Iterator[list[Output]]:
        """Yield the outputs of one batch after another, of requests that start alike the longest first.

        Raises:
            ModelError: a single request does not fit the memory, or an id is not in the vocabulary.
        """

    def close(self) -> None:
        """Free the memory that the model takes; the engine is of no use afterwards."""


class Loader(Protocol):
    """What a module in this package provides."""

    def load(self, weights: Weights, settings: EngineSettings) -> Engine:
        """Load and check the weights.

        Raises:
            ModelError: they do not fit the model, or are damaged; the message names the tensor or the file.
        """


def get(name: str) -> Loader:
    """Return the engine of that name.

    Raises:
        InputError: no such engine.
    """
    return cast("Loader", registry.get("engines", name))
