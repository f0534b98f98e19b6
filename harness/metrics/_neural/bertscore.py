"""BERTScore (Zhang et al., 2020): each token against its most similar token of the other text, by cosine.

Precision is the mean over the candidate's tokens, recall over the reference's, and F1 their harmonic mean; tokens may
be weighted by their rareness in the references (idf). `<s>` and `</s>` have no weight, but can be matched. The formulas
and the treatment of edge cases are those of bert-score 0.3.13 (MIT). Scores are not rescaled with a baseline: none
exists for Hindi.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from harness.core.errors import ModelError
from harness.metrics._neural.encoding import Encoded, Encoder

if TYPE_CHECKING:
    from torch import Tensor


class Similarity(NamedTuple):
    """How similar two texts are; all three are 0 if one of them is empty."""

    precision: float
    recall: float
    f1: float


class BertScore:
    """An encoder, of whose layers one is compared."""

    def __init__(
        self, folder: Path, layer: int, *, dtype: str = "float32", device: str = "cpu", batch_tokens: int | None = None
    ) -> None:
        """Load the encoder in a folder.

        Args:
            folder: of the checkpoint.
            layer: the layer that is compared; 0 is the embedding.
            dtype: "float32", "bfloat16" or "float16".
            device: as torch names it.
            batch_tokens: tokens of a batch, padding included; None: as many as suit the device.

        Raises:
            ModelError: the encoder cannot be loaded, a tensor is missing, or there is no such layer.
        """
        import torch
        import transformers
        from transformers.utils import logging

        had_bars = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
            network, report = transformers.AutoModel.from_pretrained(
                folder, local_files_only=True, dtype=getattr(torch, dtype), add_pooling_layer=False,
                output_loading_info=True,
            )  # fmt: skip
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise ModelError(f"cannot be loaded ({str(error).splitlines()[0][:200]})", where=folder) from None
        finally:
            if had_bars:
                logging.enable_progress_bar()  # type: ignore[no-untyped-call]
        if report["missing_keys"] or report["mismatched_keys"]:
            first = sorted(map(str, [*report["missing_keys"], *report["mismatched_keys"]]))[0]
            raise ModelError(f"tensor {first} is missing, or has another shape; is the copy complete?", where=folder)
        network.to(device).eval()
        config = network.config
        if not 0 <= layer <= config.num_hidden_layers:
            raise ModelError(f"layer: expected 0 to {config.num_hidden_layers}, found {layer}", where=folder)
        # XLM-RoBERTa's first two rows are no positions: the padding, and its offset.
        rows = int(config.max_position_embeddings)
        self._limit = min(rows - 2 if "roberta" in config.model_type else rows, int(self._tokenizer.model_max_length))
        self._special = {self._tokenizer.cls_token_id, self._tokenizer.sep_token_id}
        self._layer = layer
        self._encoder = Encoder(network, int(self._tokenizer.pad_token_id), batch_tokens)

    def is_cut(self, *texts: str) -> bool:
        """Return whether any of these texts is longer than the encoder's limit."""
        longest = self._limit + 1
        return any(
            len(self._tokenizer(text.strip(), truncation=True, max_length=longest)["input_ids"]) == longest
            for text in texts
        )

    def ids(self, text: str) -> tuple[int, ...]:
        """Return the token ids of a text, cut at the encoder's limit."""
        return tuple(self._tokenizer(text.strip(), truncation=True, max_length=self._limit)["input_ids"])

    def idf(self, references: Sequence[str]) -> Callable[[int], float]:
        """Return the weight of a token id: log((N + 1) / (df + 1)) for N references, of which df contain it."""
        count = len(references)
        documents = Counter(token for text in references for token in set(self.ids(text)))
        return lambda token: math.log((count + 1) / (documents[token] + 1))

    def similarities(
        self, pairs: Sequence[tuple[str, str]], weight: Callable[[int], float] | None = None,
        done: Callable[[int], None] = lambda count: None,
    ) -> list[Similarity]:  # fmt: skip
        """Return the similarity of each candidate to its reference; `weight` gives the weight of a token id."""
        texts = list(dict.fromkeys(text.strip() for pair in pairs for text in pair if text.strip()))
        ids = [self.ids(text) for text in texts]
        vectors = dict(zip(texts, self._encoder.each(ids, self._reduce, done), strict=True))
        tokens = dict(zip(texts, ids, strict=True))
        return [
            self._compare(candidate.strip(), reference.strip(), vectors, tokens, weight)
            for candidate, reference in pairs
        ]

    def _reduce(self, encoded: Encoded, indices: list[int]) -> list[Tensor]:
        from torch.nn import functional

        vectors = functional.normalize(encoded.layers[self._layer], dim=-1)
        return [vectors[row, :count].clone() for row, count in enumerate(encoded.mask.sum(dim=1).tolist())]

    def _compare(
        self, candidate: str, reference: str, vectors: Mapping[str, Tensor], tokens: Mapping[str, Sequence[int]],
        weight: Callable[[int], float] | None,
    ) -> Similarity:  # fmt: skip
        if not candidate or not reference:
            return Similarity(0.0, 0.0, 0.0)
        cosines = vectors[candidate] @ vectors[reference].T
        precision = self._mean(cosines.amax(dim=1), tokens[candidate], weight)
        recall = self._mean(cosines.amax(dim=0), tokens[reference], weight)
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else math.nan
        return Similarity(precision, recall, 0.0 if math.isnan(f1) else f1)

    def _mean(self, best: Tensor, ids: Sequence[int], weight: Callable[[int], float] | None) -> float:
        weights = best.new_tensor([
            0.0 if token in self._special else 1.0 if weight is None else weight(token) for token in ids
        ])
        total = weights.sum()
        return float((best * weights).sum() / total) if total else math.nan


def best(similarities: Sequence[Similarity]) -> Similarity:
    """Return the best precision, recall and F1 over several references; they may be of different references."""
    return Similarity(*(max(values) for values in zip(*similarities, strict=True)))
