"""The loops that decode one batch: greedy decoding, sampling and beam search. A finished source leaves its batch.

transformers' own loops decode a batch until its last source ends, and compute finished sources all the while. The loops
here do the same steps with the same methods of transformers (see `_sample` and `_beam_search` of `GenerationMixin`),
and take finished sources out: their rows of the caches, the masks and the encoder's output, and their random numbers.
No row is computed from another one, so the other sources do not change. Nor would a finished source have changed:

- A sequence that ended gets nothing but padding.
- A beam search that cannot improve gives all later candidates of the source a score of about -1e9, and each finished
  output has a better one. It cannot improve if `_check_early_stop_heuristic` says so, or if `early_stopping` is true
  and there are as many finished outputs as beams.

`generate` calls these loops by its argument `custom_generate`. A logits processor that knows something about single
rows must have a method `keep` (see `_sampling.Draw`). Those of transformers that do and have none are for settings that
`harness.models._seq2seq.decoding` refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from harness.engines._beam_search import BeamSearch

if TYPE_CHECKING:
    import torch

    from harness.engines._batches import Watch

# Finished sources leave when they are at least one in so many of their batch, because leaving copies what stays. With 0
# they stay until the batch ends, as in transformers.
_ONE_IN = 8


class Search:
    """Decodes one batch; an argument `custom_generate` for transformers' `generate`."""

    def __init__(self, watch: Watch) -> None:
        """Prepare for a batch; `watch` says how many sources can end in time, and the others are put back."""
        self._watch = watch
        self._sources: list[int] = []  # places in the whole batch of the sources that are still decoded
        # Places in the batch of the sources that were taken out unfinished. What is returned for them has no meaning.
        self.put_back: list[int] = []

    def __call__(
        self,
        model: Any,
        input_ids: torch.Tensor,
        *,
        logits_processor: Any,
        stopping_criteria: Any,
        generation_config: Any,
        **inputs: Any,
    ) -> torch.Tensor:
        """Return the sequences of all sources, the decoder's start included, [sources x samples, length]."""
        beams = generation_config.num_beams
        copies = max(beams, generation_config.num_return_sequences)
        self._sources = list(range(len(input_ids) // copies))
        rows = _ModelRows(model, generation_config, inputs, logits_processor)
        decode = self._chains if beams == 1 else self._beams
        return decode(rows, input_ids, copies, stopping_criteria)

    def _chains(self, model: _ModelRows, ids: torch.Tensor, copies: int, stops: Callable[..., Any]) -> torch.Tensor:
        """Decode greedily, or sample: one row per sequence."""
        import torch

        configuration = model.configuration
        ends = configuration._eos_token_tensor is not None
        padding = configuration._pad_token_tensor.to(ids.device)
        result = ids.new_full((len(ids), configuration.max_length), int(padding))
        unfinished = torch.ones(len(ids), dtype=torch.bool, device=ids.device)
        step = 0
        while len(ids):
            step += 1
            # `Draw` leaves one token possible, so its maximum is the drawn token.
            tokens = model.processors(ids, model.logits(ids)).argmax(dim=-1)
            if ends:
                tokens = torch.where(unfinished, tokens, padding)
            ids = torch.cat([ids, tokens[:, None]], dim=-1)
            unfinished &= ~stops(ids, None)
            sources = self._sources
            staying = self._staying(unfinished.view(-1, copies).any(dim=1), step)
            if staying is None:
                continue
            length = ids.shape[1]
            result[_rows_of(sources, copies, ids.device), :length] = ids
            kept = _rows_of(staying, copies, ids.device)
            ids, unfinished = ids[kept], unfinished[kept]
            if staying:
                model.keep(kept)
        return result[:, :length]

    def _beams(self, model: _ModelRows, ids: torch.Tensor, copies: int, stops: Callable[..., Any]) -> torch.Tensor:
        """Search with beams; the rules are those of the model's class (see `_beam_stop`)."""
        import torch

        beams = BeamSearch(model.model, model.configuration, ids)
        every = [part.clone() for part in beams.outputs()]
        step = 0
        while len(ids):
            step += 1
            logits = model.logits(ids)
            log_probabilities = model.processors(ids, torch.log_softmax(logits, dim=-1))
            del logits
            order = beams.advance(log_probabilities, stops)
            sources = self._sources
            staying = self._staying(beams.open(), step)
            if staying is None:
                model.reorder(order)
            else:
                for whole, part in zip(every, beams.outputs(), strict=True):
                    whole[sources] = part
                beams.keep(torch.tensor(staying, dtype=torch.long, device=ids.device))
                if staying:
                    model.keep(order[_rows_of(staying, copies, ids.device)])
            ids = beams.running()
        sequences, steps = every
        samples = model.configuration.num_return_sequences
        length = beams.prompt + int((steps[:, :samples] + 1).bool().sum(dim=2).max())
        return sequences[:, :samples, :length].flatten(0, 1)

    def _staying(self, is_open: torch.Tensor, step: int) -> list[int] | None:
        """Decide which sources go on; None if nothing changes.

        Args:
            is_open: which sources of those that are decoded have not ended, [sources].
            step: the number of steps that were done.

        Returns:
            Places among the sources that are decoded.
        """
        flags = is_open.tolist()
        going_on = [place for place, flag in enumerate(flags) if flag]
        finished = len(flags) - len(going_on)
        affordable = self._watch.affordable(step, len(going_on))
        if going_on and affordable >= len(going_on) and finished * _ONE_IN < max(1, len(flags)):
            return None
        self.put_back += [self._sources[place] for place in going_on[affordable:]]
        going_on = going_on[:affordable]
        self._sources = [self._sources[place] for place in going_on]
        return going_on


class _ModelRows:
    """A model, and what it has for each row: caches, masks, the encoder's output, and processors of its scores."""

    def __init__(self, model: Any, configuration: Any, inputs: dict[str, Any], processors: Any) -> None:
        """Take what `generate` prepared."""
        self.model = model
        self.configuration = configuration
        self.processors = processors
        self._inputs = inputs
        self._begun = False

    def logits(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the logits of the next token in float32, [rows, vocabulary]."""
        import torch

        if self._begun:
            one = 1 if self._inputs["use_cache"] else None
            prepared = self.model.prepare_inputs_for_generation(ids, next_sequence_length=one, **self._inputs)
            outputs = self.model(**prepared, return_dict=True)
        else:
            outputs = self.model._prefill(ids, self.configuration, self._inputs)
            self._begun = True
        self._inputs = self.model._update_model_kwargs_for_generation(
            outputs, self._inputs, is_encoder_decoder=self.model.config.is_encoder_decoder
        )
        logits: torch.Tensor = outputs.logits[:, -1].to(dtype=torch.float32, device=ids.device)
        return logits

    def reorder(self, rows: torch.Tensor) -> None:
        """Move the beams of a source among its rows."""
        from transformers import Cache

        for value in self._inputs.values():
            if isinstance(value, Cache):
                value.reorder_cache(cast("torch.LongTensor", rows))

    def keep(self, rows: torch.Tensor) -> None:
        """Keep these rows, in this order, and drop all others."""
        import torch
        from transformers import Cache
        from transformers.modeling_outputs import ModelOutput  # type: ignore[attr-defined]

        for name, value in self._inputs.items():
            if isinstance(value, Cache):
                value.batch_select_indices(rows)
            elif isinstance(value, torch.Tensor):
                self._inputs[name] = value.index_select(0, rows)
            elif isinstance(value, ModelOutput):
                for part, tensor in value.items():
                    value[part] = tensor.index_select(0, rows)
        for processor in self.processors:
            if keep := getattr(processor, "keep", None):
                keep(rows.tolist())


def _rows_of(sources: list[int], copies: int, device: torch.device) -> torch.Tensor:
    """Return the rows of these sources, each of which has so many."""
    import torch

    first = torch.tensor(sources, dtype=torch.long, device=device)[:, None] * copies
    return (first + torch.arange(copies, device=device)).flatten()
