"""Turn texts into the token ids that XLM-RoBERTa reads, as COMET does: one text, or several in one sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TextTokens:
    """The token ids of one text, with `<s>` before and `</s>` after it."""

    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]  # of each token in the text, in characters; (0, 0) for `<s>` and `</s>`
    is_cut: bool  # the text was longer than the limit


@dataclass(frozen=True, slots=True)
class Joined:
    """One sequence of several texts."""

    ids: tuple[int, ...]
    is_cut: bool  # a text, or the whole, was longer than its limit


class Tokenizer:
    """XLM-RoBERTa's tokenizer with the limits of an encoder."""

    def __init__(self, tokenizer: Any, positions: int) -> None:
        """Prepare the tokenizer.

        Args:
            tokenizer: a fast tokenizer of transformers.
            positions: rows of the encoder's position embedding; two of them are no positions (padding and its offset).
        """
        self._backend = tokenizer.backend_tokenizer
        self._backend.no_truncation()
        self._backend.no_padding()
        self.start, self.end = int(tokenizer.bos_token_id), int(tokenizer.eos_token_id)
        self.padding = int(tokenizer.pad_token_id)
        self.longest_text = positions - 4
        self.longest = positions - 2

    def encode(self, texts: Sequence[str]) -> list[TextTokens]:
        """Return the tokens of each text, at most `longest_text`; a longer text loses its end but keeps `</s>`.

        Special tokens that are written in a text (`</s>`) become these tokens, as in the official code.
        """
        return [self._tokens(encoding) for encoding in self._backend.encode_batch(list(texts))]

    def _tokens(self, encoding: Any) -> TextTokens:
        ids, offsets = tuple(encoding.ids), tuple(encoding.offsets)
        if len(ids) <= self.longest_text:
            return TextTokens(ids, offsets, is_cut=False)
        kept = self.longest_text - 1
        return TextTokens((*ids[:kept], self.end), (*offsets[:kept], (0, 0)), is_cut=True)

    def join(self, texts: Sequence[TextTokens]) -> Joined:
        """Return `<s> a </s></s> b </s></s> c </s>`, cut at `longest`: the last `</s>` is then lost.

        A `<pad>` that is written in a text is left out, as in the official code.
        """
        first, *others = (tuple(token for token in each.ids if token != self.padding) for each in texts)
        ids = (*first, *(token for each in others for token in (self.end, *each[1:])))
        return Joined(ids[: self.longest], len(ids) > self.longest or any(each.is_cut for each in texts))
