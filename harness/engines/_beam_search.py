"""The state of one beam search and its steps, computed by the methods of transformers' `GenerationMixin`.

The loop over the steps is in `_search`. The rules that end a search are those of the model's class (see `_beam_stop`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class BeamSearch:
    """The beams of the sources that are decoded, [sources, beams, ...], and their finished outputs."""

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
        # Of the finished outputs: sum of log probabilities / (generated tokens) ** length_penalty.
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

    def outputs(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the finished outputs, best first, and for each of their tokens a beam (-1 after the last token)."""
        return self._sequences, self._steps

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
        candidates = self._candidates_of(log_probabilities)
        length = self._length
        self._stopped = stops(candidates["topk_running_sequences"][:, :, : length + 1].flatten(0, 1), None).view(
            len(self._running_scores), -1
        )
        candidates["next_token_hits_stopping_criteria"] = self._stopped
        self._running_sequences, self._running_scores, self._running_steps = (
            self._model._get_running_beams_for_next_iteration(**candidates, num_beams=self._beams)
        )
        self._finish(candidates)
        return self._running_steps[..., length - self.prompt].flatten()

    def _candidates_of(self, log_probabilities: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the best continuations of each source's beams, as arguments of transformers' methods."""
        sources = len(self._running_scores)
        accumulated = log_probabilities.contiguous().view(sources, self._beams, -1)
        accumulated.add_(self._running_scores[:, :, None])
        scores, sequences, steps = self._model._get_top_k_continuations(
            accumulated_log_probs=accumulated.view(sources, -1),
            running_sequences=self._running_sequences,
            running_beam_indices=self._running_steps,
            cur_len=self._length,
            decoder_prompt_len=self.prompt,
            do_sample=False,
            beams_to_keep=self._candidates,
            num_beams=self._beams,
            batch_size=sources,
        )
        return {
            "topk_log_probs": scores,
            "topk_running_sequences": sequences,
            "topk_running_beam_indices": steps,
        }

    def _finish(self, candidates: dict[str, torch.Tensor]) -> None:
        """Add the candidates that are complete to the finished outputs, and decide which sources can still improve."""
        self._sequences, self._scores, self._steps, self._is_finished = self._model._update_finished_beams(
            **candidates,
            **self._rules,
            sequences=self._sequences,
            beam_scores=self._scores,
            beam_indices=self._steps,
            is_early_stop_heuristic_unsatisfied=self._can_improve,
            is_sent_finished=self._is_finished,
            top_num_beam_mask=self._first_candidates,
            num_beams=self._beams,
            cur_len=self._length,
            decoder_prompt_len=self.prompt,
        )
        self._length += 1
        self._can_improve = self._model._check_early_stop_heuristic(
            **self._rules,
            is_early_stop_heuristic_unsatisfied=self._can_improve,
            running_beam_scores=self._running_scores,
            beam_scores=self._scores,
            is_sent_finished=self._is_finished,
            cur_len=self._length,
            max_length=self._longest,
            decoder_prompt_len=self.prompt,
        )


# Parts of the state of `BeamSearch` with a row for each source.
_OF_SOURCES = (
    "_can_improve", "_is_finished", "_running_scores", "_running_sequences", "_running_steps", "_scores", "_sequences",
    "_steps", "_stopped",
)  # fmt: skip
