"""Force the decoder to write given targets, and sum the log-probabilities of their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.engines import Request

if TYPE_CHECKING:
    import torch


def totals(
    model: Any,
    batch: Sequence[Request],
    targets: Sequence[Sequence[int]],
    inputs: dict[str, torch.Tensor],
    *,
    start: Sequence[int],
    padding: int,
) -> list[float]:
    """Return the sum of the log-probabilities of each target.

    Args:
        model: an encoder-decoder model.
        batch: requests with the same start and first token.
        targets: the tokens that each must write, with the end.
        inputs: the padded inputs of the encoder, and their mask.
        start: the tokens that the decoder starts with.
        padding: the token behind shorter targets. The decoder reads from left to right, so it changes nothing.
    """
    import torch

    device = inputs["input_ids"].device
    first = batch[0].first
    before = [*start] if first is None else [*start, first]
    longest = max(map(len, targets))
    written = torch.full((len(batch), longest), padding, device=device)
    is_written = torch.zeros_like(written, dtype=torch.bool)
    for row, target in enumerate(targets):
        written[row, : len(target)] = torch.tensor(target, device=device)
        is_written[row, : len(target)] = True
    prefix = torch.tensor(before, device=device).expand(len(batch), -1)
    # Each token is predicted from the tokens before it, so the last one is not read.
    read = torch.cat([prefix, written[:, :-1]], dim=1)
    logits = model(**inputs, decoder_input_ids=read, use_cache=False, return_dict=True).logits
    log_probabilities = torch.log_softmax(logits[:, len(before) - 1 :].float(), dim=-1)
    of_targets = log_probabilities.gather(-1, written[:, :, None])[:, :, 0]
    # In double precision, because a sum of many float32 depends on their number.
    sums: list[float] = of_targets.double().masked_fill(~is_written, 0.0).sum(dim=1).tolist()
    return sums
