"""When a beam search is done: as transformers decided until 4.49, with which IndicTrans2's authors decode.

transformers 5 searches the same beams, and then differs in two ways, so that some outputs end early or are others
(compare `BeamSearchScorer` of 4.49.0 with `GenerationMixin._check_early_stop_heuristic` of 5.23.0):

- *Done.* A source is done when it has as many finished outputs as beams and none that is still open can do better. What
  "can" means is estimated from the best candidate of the step. 4.49 counts a candidate that ends among them; 5 looks
  at open ones alone, and so stops while the outputs that just ended are still better than the worst that it keeps.
- *Cut off.* At the greatest length, 4.49 lets every open beam of a source that is not done compete; 5 only those that
  are among the first `num_beams` candidates, endings counted.

Scores are normalised alike: the sum of log probabilities over (tokens made) ** length_penalty.
"""

from __future__ import annotations

from typing import Any, Literal

import torch


class EarlierBeamSearch:
    """To be inherited before a `GenerationMixin` of transformers 5: its beam search ends as that of 4.49 did."""

    # The tokens that end an output, in the search that runs.
    _ends: torch.Tensor | None = None
    # The best candidate of the current step, [sources, 1]; transformers hands it to one of the methods below only.
    _best_candidate: torch.Tensor | None = None

    def _beam_search(
        self,
        input_ids: torch.Tensor,
        logits_processor: Any,
        stopping_criteria: Any,
        generation_config: Any,
        **named: Any,
    ) -> Any:
        """Search, with the ends that this call asks for in mind; see transformers."""
        self._ends = generation_config._eos_token_tensor
        return super()._beam_search(input_ids, logits_processor, stopping_criteria, generation_config, **named)

    def _get_running_beams_for_next_iteration(
        self, topk_log_probs: torch.Tensor, **named: Any
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Keep the step's best candidate in mind; see transformers."""
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
        """Take over the candidates that are complete, those that ended first; see transformers.

        Args:
            topk_running_sequences: candidates in order of their scores, [sources, 2 x num_beams, max_length].
            top_num_beam_mask: which places are among the first `num_beams`, [2 x num_beams].
            num_beams: of each source.
            cur_len: tokens before this step.
            next_token_hits_stopping_criteria: which are complete, by an end or because nothing more is allowed (the
                greatest length, most of all), [sources, 2 x num_beams].
            named: what is passed on.
        """
        common = {"topk_running_sequences": topk_running_sequences, "num_beams": num_beams, "cur_len": cur_len}
        ended = self._ended(topk_running_sequences[:, :, cur_len])
        finished = self._merged(named | common, ended & top_num_beam_mask[None, :])
        stopped = next_token_hits_stopping_criteria & ~ended
        if not stopped.any():
            return finished
        # What is stopped and did not end are the beams that a further step would have had.
        beams = stopped & ((~ended).cumsum(dim=1) <= num_beams)
        names = ("sequences", "beam_scores", "beam_indices", "is_sent_finished")
        return self._merged(named | common | dict(zip(names, finished, strict=True)), beams)

    def _merged(self, named: dict[str, Any], complete: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the best of what was finished before and of the candidates that are complete."""
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
        """Return which of the tokens end an output."""
        if self._ends is None:
            return torch.zeros_like(tokens, dtype=torch.bool)
        return torch.isin(tokens, self._ends.to(tokens.device))
