"""Translate a `Decoding` into the settings of CTranslate2, and refuse by name what it would decode differently.

Both libraries search the same beams and divide a score by (tokens of the output and its end) ** length_penalty. The
differences (decoding.cc of CTranslate2 4.8; `GenerationMixin` of transformers 5):

- *The end of a search.* CTranslate2 ends it when `num_beams` outputs are complete, which is `early_stopping: true`.
  With a length penalty of 0 it goes on until no beam can become the best output, as transformers does with `false`:
  scores only fall then. `stopping` does the rest.
- *Excluded tokens.* CTranslate2 divides the probability of tokens that may not follow among all others, which is
  `renormalize_logits: true`. Greedy decoding takes the best token, so it does not matter there.
- *A repetition penalty* counts the decoder's start in transformers, and is applied to other numbers in a beam search.
- *Sampling* draws from one generator for all requests.
- *A forced end* (`forced_eos_token_id`) is not offered. `Limit` does the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.engines import Decoding

# Settings of a checkpoint that this module reads.
_READ = ("bad_words_ids", "forced_bos_token_id", "forced_eos_token_id", "renormalize_logits", "suppress_tokens")

# A length penalty whose power of any length is 1 in float32.
_NEXT_TO_NONE = 1e-12


def refusals(decoding: Decoding) -> Iterator[str]:
    """Yield each setting that CTranslate2 does not reproduce, with the value that it has instead."""
    if decoding.do_sample or decoding.samples > 1:
        yield "do_sample: its random numbers depend on the batch; sample with engine: transformers"
    if decoding.repetition_penalty != 1.0:
        yield f"repetition_penalty {decoding.repetition_penalty}: set it to 1.0"
    if decoding.no_repeat_ngram_size == 1:
        yield "no_repeat_ngram_size 1: set it to 0, or to 2 or more"
    for key in sorted(decoding.others.keys() - {*_READ}):
        yield f"{key} of the checkpoint: remove the key in a copy of it"
    if _words(decoding) is None:
        yield "bad_words_ids of more than one token each: remove the key in a copy of the checkpoint"
    forced = decoding.others.get("forced_eos_token_id")
    if forced is not None and not isinstance(forced, int):
        yield "several tokens in forced_eos_token_id: keep one in a copy of the checkpoint"
    if forced is not None and decoding.max_new_tokens == 1:
        yield "max_new_tokens 1 with forced_eos_token_id: set it higher"
    if decoding.ends:
        yield "further tokens that end an output: use engine: transformers"
    if not isinstance(decoding.others.get("forced_bos_token_id"), int | None):
        yield "several tokens in forced_bos_token_id: keep one in a copy of the checkpoint"
    if decoding.num_beams > 1:
        yield from _refusals_of_beams(decoding)


def _refusals_of_beams(decoding: Decoding) -> Iterator[str]:
    if decoding.length_penalty < 0.0:
        yield f"length_penalty {decoding.length_penalty}: set it to 0 or more"
    excluding = [
        name
        for name, is_set in (
            ("no_repeat_ngram_size", decoding.no_repeat_ngram_size > 0),
            ("min_new_tokens", decoding.min_new_tokens > 0),
            ("bad_words_ids", bool(decoding.others.get("bad_words_ids"))),
            ("suppress_tokens", bool(decoding.others.get("suppress_tokens"))),
        )
        if is_set
    ]
    if excluding and decoding.others.get("renormalize_logits") is not True:
        yield f"{', '.join(excluding)} without renormalising: set renormalize_logits: true under decoding"


def _words(decoding: Decoding, ends: Sequence[int] = ()) -> list[int] | None:
    """Return the tokens that may never be written; None if some of them may be, but not one after another.

    As in transformers, an end among `bad_words_ids` may be written; one among `suppress_tokens` may not.
    """
    words = decoding.others.get("bad_words_ids") or []
    if any(len(word) != 1 for word in words):
        return None
    bad = {word[0] for word in words} - {*ends}
    return sorted(bad | {*(decoding.others.get("suppress_tokens") or ())})


def first(decoding: Decoding, token: int | None) -> int | None:
    """Return the token that an output begins with: that of the request, else that of the checkpoint."""
    forced = decoding.others.get("forced_bos_token_id")
    return token if token is not None or not isinstance(forced, int) else forced


def ends_alike(decoding: Decoding) -> bool:
    """Return whether CTranslate2 ends a search as transformers does."""
    return decoding.num_beams == 1 or decoding.early_stopping is True or decoding.length_penalty == 0.0


def settings(decoding: Decoding, ends: Sequence[int], limit: int, *, everything: bool = False) -> dict[str, Any]:
    """Return the arguments of `translate_batch`.

    Args:
        decoding: has none of the `refusals`.
        ends: the tokens that end an output.
        limit: most new tokens.
        everything: search to the limit, and return all outputs without a length penalty.
    """
    patience = limit if everything else 1
    return {
        "beam_size": decoding.num_beams,
        "patience": patience,
        "num_hypotheses": decoding.num_beams * patience,
        "length_penalty": _NEXT_TO_NONE if everything else _length_penalty(decoding),
        "no_repeat_ngram_size": decoding.no_repeat_ngram_size,
        "suppress_sequences": [[str(token)] for token in _words(decoding) or ()] or None,
        "min_decoding_length": min(decoding.min_new_tokens, limit),
        "max_decoding_length": limit,
        "end_token": list(ends),
        "return_end_token": True,
        "return_scores": True,
        "max_input_length": 0,
    }


def _length_penalty(decoding: Decoding) -> float:
    """Return the length penalty; instead of 0 a number that changes no score, if the search is to end early."""
    early = decoding.early_stopping is True
    return _NEXT_TO_NONE if early and decoding.length_penalty == 0.0 else decoding.length_penalty


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One complete or cut output."""

    ids: tuple[int, ...]  # with the end, unless it was cut
    score: float  # the sum of log-probabilities / (number of ids) ** length_penalty


@dataclass(frozen=True, slots=True)
class Limit:
    """The greatest length, at which transformers can force the end.

    A forced end has probability 1. So a search for one token less gives the same outputs, without their end. Only a
    search that arrives at that length has more to decide: transformers takes the open beams only if fewer than
    `num_beams` outputs ended, and their score is divided by a length that counts the end. CTranslate2 does not say how
    many ended. A second search, longer by one token, does: it has outputs of that length only if it did not end before.
    """

    decoding: Decoding

    @property
    def forced(self) -> int | None:
        """The end that is forced; None if none is."""
        token = self.decoding.others.get("forced_eos_token_id")
        return token if isinstance(token, int) else None

    @property
    def tokens(self) -> int:
        """The most new tokens of a search."""
        return self.decoding.max_new_tokens - (self.forced is not None)

    def is_open(self, hypothesis: Hypothesis, ends: Sequence[int]) -> bool:
        """Return whether an output of a search has no end."""
        return not hypothesis.ids or hypothesis.ids[-1] not in ends

    def undecided(self, found: Sequence[Hypothesis], ends: Sequence[int]) -> bool:
        """Return whether a second search must say which of these outputs is the best."""
        if self.forced is None or len(found) == 1 or self.decoding.early_stopping is not True:
            return False
        return any(self.is_open(each, ends) for each in found)

    def best(self, found: Sequence[Hypothesis], longer: Sequence[Hypothesis], ends: Sequence[int]) -> Hypothesis:
        """Return the best output of a search, best first, after a second search for one more token if it is needed."""
        if self.forced is None:
            return found[0]
        most, penalty = self.decoding.max_new_tokens, self.decoding.length_penalty
        if longer and all(len(each.ids) < most for each in longer):
            return longer[0]
        ended = [each for each in found if not self.is_open(each, ends)]
        cut = [
            Hypothesis((*each.ids, self.forced), each.score * len(each.ids) ** penalty / most**penalty)
            for each in found
            if self.is_open(each, ends)
        ]
        return max([*ended, *cut], key=lambda each: each.score)


def hypotheses(result: Any) -> list[Hypothesis]:
    """Return the outputs that CTranslate2 found for one request, best first."""
    return [
        Hypothesis(tuple(map(int, ids)), score) for ids, score in zip(result.hypotheses, result.scores, strict=True)
    ]


def prefix(start: int, begin: int | None) -> list[str]:
    """Return what the decoder starts with."""
    return [str(start)] if begin is None else [str(start), str(begin)]
