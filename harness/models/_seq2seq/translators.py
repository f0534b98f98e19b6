"""Sentence models that name both languages by a token: nllb, m2m100, mbart50.

An output begins with the token of its language. They differ in their codes, and in the place of the source's code in
the input. `TokenCodec` has these differences as plain tokens; a family fills them in. `madlad400` and `marian` name
only the output language, and have codecs of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.core import registry
from harness.core.checkpoints import Checkpoint
from harness.core.errors import ModelError
from harness.models._seq2seq import vocabularies
from harness.models._seq2seq.sentences import Sentence
from harness.models._seq2seq.vocabularies import Vocabulary

SOURCE = "{source}"  # in `TokenCodec`: the token of the source's language
_END = "</s>"


class TokenCodec(vocabularies.VocabularyCodec):
    """Turns sentences into token ids with the tokens of their languages, and back."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        vocabulary: Vocabulary,
        *,
        name: str,
        codes: Mapping[str, str],
        before: Sequence[str] = (SOURCE,),
        after: Sequence[str] = (_END,),
    ) -> None:
        """Take what is a family's own.

        Args:
            checkpoint: may state one output language, and the decoder's start.
            vocabulary: the checkpoint's tokens.
            name: of the family, in messages.
            codes: the token of each language, by FLORES code.
            before: tokens before a sentence; `SOURCE` may be one of them.
            after: tokens after it, likewise.

        Raises:
            ModelError: the vocabulary lacks a token that the checkpoint needs.
        """
        super().__init__(vocabulary)
        self._name, self._codes = name, codes
        self._before, self._after = tuple(before), tuple(after)
        self._folder = checkpoint.label
        # If the checkpoint states no start of the decoder, transformers would start with `<s>`.
        has_start = checkpoint.setting("decoder_start_token_id") is not None
        self._start = () if has_start else (vocabularies.find(vocabulary, _END),)
        self._only = checkpoint.setting("forced_bos_token_id")  # of a checkpoint with one output language

    @property
    def added(self) -> int:
        """How many ids the model reads in addition to those of the text."""
        return len(self._before) + len(self._after)

    def encode(self, text: str, source: str, target: str) -> Sentence:
        """Return a sentence as ids.

        Raises:
            ModelError: the checkpoint does not know a language (FLORES codes), or does not write it.
        """
        self._language(source)
        written = self._language(target)
        if self._only is not None and written != self._only:
            known = (code for code in self._codes if self._vocabulary.number(self._codes[code]) == self._only)
            raise ModelError(
                f"it writes {next(known, 'another language')} only (forced_bos_token_id {self._only}), and {target} "
                "was asked for; choose another checkpoint",
                where=self._folder,
            )
        return Sentence(tuple(self._vocabulary.encode(" ".join(text.split()))))

    def wrap(self, ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
        """Return what the model reads: the ids, with the tokens before and after them."""
        before, after = ([self._number(token, source) for token in side] for side in (self._before, self._after))
        return (*before, *ids, *after)

    def start(self, target: str) -> tuple[int, ...]:
        """Return the token that the decoder starts with; empty for the one in config.json."""
        return self._start

    def first(self, target: str) -> int | None:
        """Return the token that outputs in a language begin with."""
        return self._language(target)

    def decode(self, ids: Sequence[int], target: str, sentence: Sentence) -> str:
        """Return the text of a translation; tokens of languages and other special tokens are left out."""
        return self._vocabulary.decode(ids)

    def _number(self, token: str, source: str) -> int:
        return self._language(source) if token == SOURCE else vocabularies.find(self._vocabulary, token)

    def _language(self, code: str) -> int:
        """Return the token of a language.

        Raises:
            ModelError: the family, or this checkpoint, does not know it.
        """
        if code not in self._codes:
            raise ModelError(registry.unknown(f"{self._name} language", code, self._codes))
        number = self._vocabulary.number(self._codes[code])
        if number is None:
            raise ModelError(
                f"its vocabulary has no token {self._codes[code]!r} for {code}; choose a checkpoint that knows it",
                where=self._folder,
            )
        return number
