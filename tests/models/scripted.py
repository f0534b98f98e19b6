"""An engine without weights for tests of families: it answers with a function of the request and keeps what it got."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from harness.engines import Decoding, EngineSettings, Output, Request, Weights


@dataclass
class ScriptedEngine:
    """Stands for transformers' engine: give its `load` in the place of `harness.engines.transformers.load`."""

    answer: Callable[[Request, int], Sequence[int]]  # from a request and the number of a sample to an output
    vocabulary: int  # how many ids the weights have
    backwards: bool = False  # the last request is answered first
    finish: Literal["end", "length"] = "end"
    seconds: float = 0.0  # of each output
    calls: list[list[Request]] = field(default_factory=list)  # by call of `decode`
    decodings: list[Decoding] = field(default_factory=list)  # likewise
    events: list[str] = field(default_factory=list)  # "load FOLDER", "close FOLDER"
    weights: Weights | None = None  # loaded last
    settings: EngineSettings | None = None  # likewise

    @property
    def asked(self) -> list[Request]:
        """The requests of all calls."""
        return [request for requests in self.calls for request in requests]

    def load(self, weights: Weights, settings: EngineSettings) -> ScriptedEngine:
        """Take the place of `load` of an engine."""
        self.weights, self.settings = weights, settings
        self.events.append(f"load {weights.folder.name}")
        return self

    def decode(self, requests: Sequence[Request], decoding: Decoding) -> Iterator[list[Output]]:
        """Yield the outputs of each request."""
        self.calls.append(list(requests))
        self.decodings.append(decoding)
        numbered = list(enumerate(requests))
        for index, request in reversed(numbered) if self.backwards else numbered:
            yield [
                Output(index, sample, tuple(self.answer(request, sample)), self.finish, self.seconds)
                for sample in range(decoding.samples)
            ]

    def close(self) -> None:
        """Note that the weights were given back."""
        assert self.weights is not None
        self.events.append(f"close {self.weights.folder.name}")
