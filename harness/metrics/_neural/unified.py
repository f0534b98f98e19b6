"""COMET's UnifiedMetric (CometKiwi; UniTE) and XCOMETMetric: the texts of a segment are read in one sequence.

CometKiwi (Rei et al., 2022) reads `mt src`. With references, a checkpoint trained for it reads `mt src`, `mt ref` and
`mt src ref`, and the score is their mean (UniTE, Wan et al., 2022). XCOMET (Guerreiro et al., 2024) weights the three
and adds a score from the error spans of `spans.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.core.scores import ErrorSpan
from harness.metrics._neural import spans
from harness.metrics._neural.encoding import Encoded, Encoder
from harness.metrics._neural.layers import Head
from harness.metrics._neural.loading import CometNetwork
from harness.metrics._neural.regression import mix_of
from harness.metrics._neural.tokens import Joined, TextTokens

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Judged:
    """What the network says of one segment."""

    score: float
    passes: tuple[float, ...]  # the score of each pass: mt src; with a reference also mt ref, mt src ref
    mqm: float | None  # XCOMET: the score of the error spans, 0 to 1
    spans: tuple[ErrorSpan, ...]
    is_cut: bool  # a text or a sequence was longer than its limit


@dataclass(frozen=True, slots=True)
class _Pass:
    """The result of one sequence."""

    score: float
    labels: Tensor | None  # probabilities [tokens of `<s> mt </s>`, labels]


class Unified:
    """The network of UnifiedMetric and XCOMETMetric."""

    def __init__(self, network: CometNetwork) -> None:
        parameters, tensors = network.parameters, network.tensors
        self._parameters = parameters
        self._tokenizer = network.tokenizer
        self._encoder = Encoder(network.encoder, network.tokenizer.padding, network.batch_tokens)
        self._head = Head.of(tensors, len(parameters.hidden), parameters.activation, parameters.final_activation)
        self._mix = mix_of(network, parameters.sentence_layer)
        self._is_xcomet = parameters.kind == "xcomet_metric"
        self._tag = (tensors["hidden2tag.weight"], tensors["hidden2tag.bias"]) if self._is_xcomet else None

    @property
    def reads_references(self) -> bool:
        """Whether the checkpoint was trained to read a reference."""
        return "ref" in self._parameters.inputs

    def judge(
        self, sources: Sequence[str], hypotheses: Sequence[str], references: Sequence[str] | None,
        done: Callable[[int], None] = lambda count: None,
    ) -> list[Judged]:  # fmt: skip
        """Return what the network says of each segment; without references, from the source alone.

        Equal sequences are read once.
        """
        tokens = self._tokens([*sources, *hypotheses, *(references or ())])
        segments: list[list[Joined]] = []
        for index, (source, hypothesis) in enumerate(zip(sources, hypotheses, strict=True)):
            src, mt = tokens[source], tokens[hypothesis]
            inputs: list[tuple[TextTokens, ...]] = [(mt, src)]
            if references is not None:
                ref = tokens[references[index]]
                inputs += [(mt, ref), (mt, src, ref)]
            segments.append([self._tokenizer.join(each) for each in inputs])
        # The number of labels depends on the hypothesis, not on the sequence alone.
        wanted: dict[tuple[tuple[int, ...], int], int] = {}
        for hypothesis, sequences in zip(hypotheses, segments, strict=True):
            for sequence in sequences:
                wanted.setdefault((sequence.ids, len(tokens[hypothesis].ids)), len(wanted))
        keys = list(wanted)
        passes = self._encoder.each(
            [ids for ids, _ in keys], lambda encoded, indices: self._reduce(encoded, [keys[at][1] for at in indices]),
            done,
        )  # fmt: skip
        return [
            self._judged(
                tokens[hypothesis],
                [passes[wanted[sequence.ids, len(tokens[hypothesis].ids)]] for sequence in sequences],
                is_cut=any(sequence.is_cut for sequence in sequences),
            )
            for hypothesis, sequences in zip(hypotheses, segments, strict=True)
        ]

    def _tokens(self, texts: Sequence[str]) -> dict[str, TextTokens]:
        distinct = list(dict.fromkeys(texts))
        return dict(zip(distinct, self._tokenizer.encode(distinct), strict=True))

    def _reduce(self, encoded: Encoded, lengths: Sequence[int]) -> list[_Pass]:
        from torch.nn import functional

        scores = self._head(self._mix(encoded)[:, 0])
        if self._tag is None:
            return [_Pass(float(score), None) for score in scores.tolist()]
        logits = functional.linear(encoded.layers[self._parameters.word_layer], *self._tag)
        probabilities = logits.float().softmax(dim=-1).cpu()
        return [
            _Pass(float(score), probabilities[row, :length].clone())
            for row, (score, length) in enumerate(zip(scores.tolist(), lengths, strict=True))
        ]

    def _judged(self, mt: TextTokens, passes: Sequence[_Pass], *, is_cut: bool) -> Judged:
        scores = tuple(each.score for each in passes)
        if not self._is_xcomet:
            return Judged(sum(scores) / len(scores), scores, None, (), is_cut)
        labels = [each.labels for each in passes if each.labels is not None]
        marked = spans.find(spans.combined(labels), mt.offsets, self._parameters.labels)
        mqm = spans.mqm(marked)
        return Judged(spans.score(scores, mqm), scores, mqm, marked, is_cut)
