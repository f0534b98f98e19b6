"""Run token sequences through an encoder: longest first, in batches of limited size, each reduced at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")

# Tokens of a batch, padding included. On a CPU larger batches are no faster, and mix more lengths, so that more of a
# batch is padding. On a GPU the larger number keeps a large encoder busy.
CPU_BATCH_TOKENS, BATCH_TOKENS = 2048, 8192
_BATCH_ROWS = 256


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch after the encoder."""

    layers: tuple[Tensor, ...]  # L + 1 of shape [batch, tokens, width]; the first is the embedding's output
    ids: Tensor  # [batch, tokens]
    mask: Tensor  # [batch, tokens], 1 where a sequence has a token


class Encoder:
    """An encoder of transformers in evaluation mode."""

    def __init__(self, network: Any, padding: int, batch_tokens: int | None = None) -> None:
        """Take over the network; without `batch_tokens`, a batch has as many as suit its device."""
        self._network = network
        self._padding = padding
        self._device = next(network.parameters()).device
        self._batch_tokens = batch_tokens or (CPU_BATCH_TOKENS if self._device.type == "cpu" else BATCH_TOKENS)

    def each(
        self, sequences: Sequence[Sequence[int]], reduce: Callable[[Encoded, list[int]], Sequence[T]],
        done: Callable[[int], None] = lambda count: None,
    ) -> list[T]:  # fmt: skip
        """Return the result for each sequence, in their order.

        Args:
            sequences: token ids of each.
            reduce: gives the results of a batch; its second argument has the indices of the batch's sequences.
            done: told the number of sequences of each batch that is done.

        Raises:
            torch.OutOfMemoryError: one sequence alone does not fit the memory.
        """
        results: dict[int, T] = {}
        for batch in batches([len(each) for each in sequences], self._batch_tokens):
            self._run(batch, sequences, reduce, results)
            done(len(batch))
        return [results[index] for index in range(len(sequences))]

    def _run(
        self, batch: list[int], sequences: Sequence[Sequence[int]],
        reduce: Callable[[Encoded, list[int]], Sequence[T]], results: dict[int, T],
    ) -> None:  # fmt: skip
        """Add the results of a batch; halve it if it does not fit the memory."""
        import torch

        try:
            results.update(zip(batch, reduce(self._encoded([sequences[index] for index in batch]), batch), strict=True))
        except torch.OutOfMemoryError:
            if len(batch) == 1:
                raise
            half = len(batch) // 2
            for part in (batch[:half], batch[half:]):
                self._run(part, sequences, reduce, results)

    def _encoded(self, sequences: Sequence[Sequence[int]]) -> Encoded:
        import torch

        width = max(map(len, sequences))
        ids = torch.full((len(sequences), width), self._padding)
        mask = torch.zeros((len(sequences), width), dtype=torch.long)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = torch.tensor(sequence)
            mask[row, : len(sequence)] = 1
        ids, mask = ids.to(self._device), mask.to(self._device)
        with torch.inference_mode():
            states = self._network(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
        return Encoded(tuple(states), ids, mask)


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield the indices of sequences in batches, longest first; a batch with its padding has at most `budget` tokens.

    A sequence that is longer than the budget is a batch of its own.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        if batch and (len(batch) == _BATCH_ROWS or (len(batch) + 1) * lengths[batch[0]] > budget):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
