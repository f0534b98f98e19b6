"""The rule `beam_stop: exhaustive`: end a beam search as transformers did until 4.49.

This is the one place that explains `decoding: {beam_stop: ...}`. Both rules search the same beams and normalise scores
in the same way: the sum of log probabilities divided by (generated tokens) ** length_penalty. They end the search
differently, which changes some outputs (compare `BeamSearchScorer` of 4.49.0 with
`GenerationMixin._check_early_stop_heuristic` of 5.23.0):

- *Done.* A source is done when it has as many finished outputs as beams, and no open beam can score better. The best
  candidate of the step gives the estimate of what a beam can score. `exhaustive` includes candidates that end;
  `transformers` (the rule of the installed release) includes open ones only, so it stops although outputs that just
  ended are better than the worst one that it keeps.
- *Cut off.* At the greatest length, `exhaustive` lets every open beam of a source that is not done compete.
  `transformers` lets only those compete that are among the first `num_beams` candidates, which include candidates that
  end.

The default is `transformers`; a family whose authors decode with 4.49 or earlier may have `exhaustive` as its default
(IndicTrans2 has). configs/README.md says how many outputs differ.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import torch


@cache
def exhaustive(model: Any) -> Any:
    """Return a subclass of a model of transformers, of the same name, that ends its beam search as 4.49 did."""
    return type(model.__name__, (ExhaustiveBeamSearch, model), {"__module__": model.__module__})


class ExhaustiveBeamSearch:
    """A class that inherits this before transformers 5's `GenerationMixin` ends its beam search as 4.49 did."""

    # The tokens that end an output in the current search.
    _ends: torch.Tensor | None = None
    # The best candidate of the current step, [sources, 1]. transformers passes it to one of the methods below only.
    _best_candidate: torch.Tensor | None = None

    def begin_search(self, generation_config: Any) -> None:
        """Remember the tokens that end an output."""
        self._ends = generation_config._eos_token_tensor

    def _beam_search(
        self,
        input_ids: torch.Tensor,
        logits_processor: Any,
        stopping_criteria: Any,
        generation_config: Any,
        **named: Any,
    ) -> Any:
        """Begin a search, and do it in transformers' own loop (`_search` has another); see transformers."""
        self.begin_search(generation_config)
        return super()._beam_search(input_ids, logits_processor, stopping_criteria, generation_config, **named)

    def _get_running_beams_for_next_iteration(
        self, topk_log_probs: torch.Tensor, **named: Any
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Remember the best candidate of the step; see transformers."""
        self._best_candidate = topk_log_probs.max(dim=1, keepdim=True).values
        return super()._get_running_beams_for_next_iteration(topk_log_probs=topk_log_probs, **named)

    def _update_finished_beams(
        self,
        topk_running_sequences: torch.Tensor,
        top_num_beam_mask: torch.Tensor,
        num_beams: int,
        cur_len: int,
        next_token_hits_stopping_criteria: torch.Tensor,
        **named: Any,
    ) -> tuple[torch.Tensor, ...]:
        """Add complete candidates to the finished outputs, those that ended first; see transformers.

        Args:
            topk_running_sequences: candidates in order of their scores, [sources, 2 x num_beams, max_length].
            top_num_beam_mask: which places are among the first `num_beams`, [2 x num_beams].
            num_beams: beams of each source.
            cur_len: tokens before this step.
            next_token_hits_stopping_criteria: which candidates are complete, [sources, 2 x num_beams]. A candidate is
                complete if it ended, or if it may not grow (it has the greatest length).
            named: other arguments of the method that this one replaces.
        """
        common = {"topk_running_sequences": topk_running_sequences, "num_beams": num_beams, "cur_len": cur_len}
        ended = self._ended(topk_running_sequences[:, :, cur_len])
        finished = self._merged(named | common, ended & top_num_beam_mask[None, :])
        stopped = next_token_hits_stopping_criteria & ~ended
        if not stopped.any():
            return finished
        # Candidates that stopped without an end are the beams that another step would have.
        beams = stopped & ((~ended).cumsum(dim=1) <= num_beams)
        names = ("sequences", "beam_scores", "beam_indices", "is_sent_finished")
        return self._merged(named | common | dict(zip(names, finished, strict=True)), beams)

    def _merged(self, named: dict[str, Any], complete: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the best of the finished outputs and the complete candidates."""
        every_place = torch.ones(complete.shape[1], dtype=torch.bool, device=complete.device)
        return super()._update_finished_beams(
            next_token_hits_stopping_criteria=complete, top_num_beam_mask=every_place, **named
        )

    def _check_early_stop_heuristic(
        self,
        is_early_stop_heuristic_unsatisfied: torch.Tensor,
        beam_scores: torch.Tensor,
        is_sent_finished: torch.Tensor,
        cur_len: int,
        max_length: int,
        decoder_prompt_len: int,
        early_stopping: bool | Literal["never"],
        length_penalty: float,
        **named: Any,
    ) -> torch.Tensor:
        """Return which sources can still improve, [sources, 1]; see transformers."""
        assert self._best_candidate is not None
        never = early_stopping == "never" and length_penalty > 0.0
        length = (max_length if never else cur_len) - decoder_prompt_len
        attainable = self._best_candidate / length**length_penalty
        enough = is_sent_finished.all(dim=1, keepdim=True)
        worst = beam_scores.min(dim=1, keepdim=True).values
        return is_early_stop_heuristic_unsatisfied & ~(enough & (worst >= attainable))

    def _ended(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return for each token whether it ends an output."""
        if self._ends is None:
            return torch.zeros_like(tokens, dtype=torch.bool)
        return torch.isin(tokens, self._ends.to(tokens.device))
