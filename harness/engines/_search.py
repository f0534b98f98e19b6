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
        # After a beam search: scores of the finished outputs, best first, [sources, beams]. A score is the sum of log
        # probabilities divided by (generated tokens) ** length_penalty.
        self.scores: torch.Tensor | None = None

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

        beams = _Beams(model.model, model.configuration, ids)
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
        sequences, self.scores, steps = every
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


class _Beams:
    """The state of a beam search, [sources, beams, ...], with the names that transformers' methods have for it."""

    def __init__(self, model: Any, configuration: Any, ids: torch.Tensor) -> None:
        """Begin with the decoder's start."""
        import torch

        self._model = model
        self._beams = configuration.num_beams
        self._rules = {
            "early_stopping": configuration.early_stopping,
            "length_penalty": configuration.length_penalty,
        }
        self._longest = configuration.max_length
        self.prompt = self._length = ids.shape[1]
        padding, ends = configuration._pad_token_tensor, configuration._eos_token_tensor
        self._candidates = max(2, 1 + (0 if ends is None else len(ends))) * self._beams
        self._first_candidates = torch.arange(self._candidates, device=ids.device) < self._beams
        if begin := getattr(model, "begin_search", None):
            begin(configuration)
        shape = (len(ids) // self._beams, self._beams)
        # As in transformers, where a padding token of 0 counts as none.
        fill = int(padding or ends[0]) if ends is not None else -1
        self._running_sequences = ids.new_full((*shape, self._longest), fill)
        self._running_sequences[:, :, : self.prompt] = ids.view(*shape, -1)
        self._sequences = self._running_sequences.clone()
        # All beams are equal at first, so only one of them counts.
        self._running_scores = torch.zeros(shape, device=ids.device)
        self._running_scores[:, 1:] = -1e9
        self._scores = torch.full(shape, -1e9, device=ids.device)
        self._is_finished = torch.zeros(shape, dtype=torch.bool, device=ids.device)
        self._can_improve = torch.ones((shape[0], 1), dtype=torch.bool, device=ids.device)
        self._stopped = torch.zeros(shape, dtype=torch.bool, device=ids.device)
        self._running_steps = torch.full(
            (*shape, self._longest - self.prompt), -1, dtype=torch.int32, device=ids.device
        )
        self._steps = self._running_steps.clone()

    def running(self) -> torch.Tensor:
        """Return the beams that the search continues, [sources x beams, length]."""
        return self._running_sequences[:, :, : self._length].flatten(0, 1)

    def outputs(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the finished outputs, their scores, and for each of their tokens a beam (-1 after the last token)."""
        return self._sequences, self._scores, self._steps

    def open(self) -> torch.Tensor:
        """Return which sources are still searched, [sources]."""
        full = self._is_finished.all(dim=1) & (self._rules["early_stopping"] is True)
        return self._can_improve[:, 0] & ~full & ~self._stopped.all(dim=1)

    def keep(self, sources: torch.Tensor) -> None:
        """Keep these sources and drop all others."""
        for name, value in vars(self).items():
            if name in _OF_SOURCES:
                setattr(self, name, value.index_select(0, sources))

    def advance(self, log_probabilities: torch.Tensor, stops: Callable[..., Any]) -> torch.Tensor:
        """Do one step of the search.

        Args:
            log_probabilities: of the next token, [sources x beams, vocabulary]. They are changed.
            stops: says which sequences are complete.

        Returns:
            For each row the row that it continues, [sources x beams].
        """
        model, beams, length = self._model, self._beams, self._length
        sources = len(self._running_scores)
        accumulated = log_probabilities.contiguous().view(sources, beams, -1).add_(self._running_scores[:, :, None])
        scores, sequences, steps = model._get_top_k_continuations(
            accumulated_log_probs=accumulated.view(sources, -1),
            running_sequences=self._running_sequences,
            running_beam_indices=self._running_steps,
            cur_len=length,
            decoder_prompt_len=self.prompt,
            do_sample=False,
            beams_to_keep=self._candidates,
            num_beams=beams,
            batch_size=sources,
        )
        self._stopped = stops(sequences[:, :, : length + 1].flatten(0, 1), None).view(sources, -1)
        candidates = {
            "topk_log_probs": scores,
            "topk_running_sequences": sequences,
            "topk_running_beam_indices": steps,
            "next_token_hits_stopping_criteria": self._stopped,
        }
        self._running_sequences, self._running_scores, self._running_steps = (
            model._get_running_beams_for_next_iteration(**candidates, num_beams=beams)
        )
        self._sequences, self._scores, self._steps, self._is_finished = model._update_finished_beams(
            **candidates,
            **self._rules,
            sequences=self._sequences,
            beam_scores=self._scores,
            beam_indices=self._steps,
            is_early_stop_heuristic_unsatisfied=self._can_improve,
            is_sent_finished=self._is_finished,
            top_num_beam_mask=self._first_candidates,
            num_beams=beams,
            cur_len=length,
            decoder_prompt_len=self.prompt,
        )
        self._length = length + 1
        self._can_improve = model._check_early_stop_heuristic(
            **self._rules,
            is_early_stop_heuristic_unsatisfied=self._can_improve,
            running_beam_scores=self._running_scores,
            beam_scores=self._scores,
            is_sent_finished=self._is_finished,
            cur_len=self._length,
            max_length=self._longest,
            decoder_prompt_len=self.prompt,
        )
        return self._running_steps[..., length - self.prompt].flatten()


# Parts of the state of `_Beams` with a row for each source.
_OF_SOURCES = (
    "_can_improve", "_is_finished", "_running_scores", "_running_sequences", "_running_steps", "_scores", "_sequences",
    "_steps", "_stopped",
)  # fmt: skip


def _rows_of(sources: list[int], copies: int, device: torch.device) -> torch.Tensor:
    """Return the rows of these sources, each of which has so many."""
    import torch

    first = torch.tensor(sources, dtype=torch.long, device=device)[:, None] * copies
    return (first + torch.arange(copies, device=device)).flatten()
