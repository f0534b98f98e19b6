"""BERTScore (Zhang et al., 2020): F1 of the similarities of tokens in one layer of an encoder; reads no source.

The encoder is google-bert/bert-base-multilingual-cased at layer 9, for English output FacebookAI/roberta-large at layer
17, as bert-score chooses them; `checkpoint` and `layer` name others. Scores are cosines, at most 1, and not rescaled
with a baseline, because none is published for Hindi: `baseline:none` in the signature. They equal those of bert-score
0.3.13 to 1e-6 in float32. `idf: true` weights tokens by their rareness in all references of the test set. Texts are
never normalised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from harness.core import files
from harness.core.errors import InputError
from harness.core.records import ENGLISH
from harness.metrics import Examples
from harness.metrics._network import NetworkMetric, Triples, Value
from harness.metrics._network.checkpoint import Located
from harness.metrics._network.options import NetworkOptions
from harness.metrics._neural.bertscore import BertScore

PROVIDES = {"bertscore": "BERTScore F1 without a baseline: similarities of tokens in an encoder; at most 1."}

_MULTILINGUAL, _ENGLISH = ("google-bert/bert-base-multilingual-cased", 9), ("FacebookAI/roberta-large", 17)


class BertScoreF1(NetworkMetric):
    """Statistics: F1 of the segment, 1."""

    @dataclass(frozen=True)
    class Options(NetworkOptions):
        """The options of every metric with a checkpoint; `encoder` has no meaning here."""

        layer: int | None = None  # 0 is the embedding; None: bert-score's choice for the published checkpoints
        idf: bool = False  # weight tokens by their rareness in the references

    options: Options

    citation = "Zhang et al. (2020), BERTScore: Evaluating Text Generation with BERT, https://arxiv.org/abs/1904.09675"
    DEFAULT = _MULTILINGUAL[0]
    PUBLISHED = (_MULTILINGUAL[0], _ENGLISH[0])
    SIZES = MappingProxyType({_MULTILINGUAL[0]: 710_000_000, _ENGLISH[0]: 1_420_000_000})
    scale = (-1.0, 1.0)
    decimals = 3
    point = 0.01

    def __init__(self, name: str, language: str, options: NetworkOptions | None = None) -> None:
        super().__init__(name, language, options)
        if self.options.encoder is not None:
            raise InputError("encoder: has no effect here; name it as checkpoint", where=f"metric {self.plain_name}")
        published = dict((_MULTILINGUAL, _ENGLISH))
        if self.options.layer is None and str(self.checkpoint) not in published:
            raise InputError(
                f"layer: say which layer of {self.checkpoint} is compared; {published} are the published choices",
                where=f"metric {self.plain_name}",
            )
        self._layer = published[str(self.checkpoint)] if self.options.layer is None else self.options.layer

    @property
    def checkpoint(self) -> str | Path:
        """The checkpoint as a config names it, or bert-score's for the language."""
        return self.options.checkpoint or (_ENGLISH if self.language == ENGLISH else _MULTILINGUAL)[0]

    def context(self, examples: Examples) -> str:
        """Return the digest of all references if they weight the tokens."""
        return files.digest_json(_all_references(examples)) if self.options.idf else ""

    def _settings(self) -> list[str]:
        return [*super()._settings(), f"layer:{self._layer}", f"idf:{self.options.idf}".lower(), "baseline:none"]

    def _values(self, triples: Triples, examples: Examples) -> Sequence[Value]:
        network = self._network("bertscore", self._loaded, self._layer)
        assert triples.references is not None
        weight = network.idf(_all_references(examples)) if self.options.idf else None
        pairs = list(zip(triples.hypotheses, triples.references, strict=True))
        values = network.similarities(pairs, weight)
        return [Value(each.f1, network.is_cut(*pair)) for each, pair in zip(values, pairs, strict=True)]

    def _loaded(self, located: Located, folder: Path) -> BertScore:
        return BertScore(
            folder, self._layer, dtype=self.dtype, device=self.device, batch_tokens=self.options.batch_tokens
        )


def _all_references(examples: Examples) -> list[str]:
    return [text for index in range(len(examples.hypotheses)) for text in examples.references_of(index)]


METRICS = {"bertscore": BertScoreF1}
