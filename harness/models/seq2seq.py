"""Any other encoder-decoder that transformers loads, such as a fine-tune of your own: its licence is yours to state.

T5, mT5, UMT5, BART, mBART, M2M-100 and NLLB, Marian, Pegasus. The config says how it is asked:

    - name: my-mbart
      family: seq2seq
      checkpoint: ./my-mbart-summariser
      codes: {hin_Deva: hi_IN, eng_Latn: en_XX}   # names of languages in its tokenizer
      forced: "{target}"                          # outputs begin with the token of their language
      tasks: [summarise]

Tokens come from transformers' AutoTokenizer with the special tokens that it adds itself; if it has a source language,
that is set from `codes`. "</s>" in a text is text. Every token that the config names must be in the vocabulary: a
lookup elsewhere would give `<unk>`, and an output in any language. A tokenizer that strips the vowel signs of
Devanagari is refused. AutoTokenizer has no fallback to bytes: with a T5 or mT5, emoji and joiners are `<unk>`, and the
table counts them; family `mt5` reads them.

There is no authors' decoding: what neither the config nor the checkpoint sets is greedy, with at most 256 new tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from harness.core.checkpoints import Checkpoint
from harness.core.errors import ModelError
from harness.models import Facts, Family, Model
from harness.models._seq2seq import auto_tokenizer, tokenizer_json, units, vocabularies
from harness.models._seq2seq.units import UnitOptions

# Increase it when a change in this file, or in code that it uses, changes outputs.
_RECIPE = 1
_TARGET = "{target}"


class Options(UnitOptions):
    """Which checkpoint, how it is asked, and how it runs."""

    FILES: ClassVar[tuple[str, ...]] = (
        *UnitOptions.FILES, "added_tokens.json", "merges.txt", "sentencepiece.bpe.model", "source.spm",
        "special_tokens_map.json", "spiece.model", "target.spm", "tokenizer.json", "tokenizer_config.json",
        "vocab.json",
    )  # fmt: skip
    MODEL_TYPES: ClassVar[tuple[str, ...]] = (
        "bart", "m2m_100", "marian", "mbart", "mt5", "pegasus", "t5", "umt5",
    )  # fmt: skip
    AUTHORS: ClassVar[Mapping[str, Any]] = {"max_new_tokens": 256}
    INPUT_TOKENS: ClassVar[int] = 512
    POSITIONS: ClassVar[str | None] = "max_position_embeddings"

    codes: dict[str, str] = Field(
        default={}, description="the name of each language in the tokenizer, by FLORES code: {hin_Deva: hi_IN}"
    )
    forced: str | None = Field(
        default=None, min_length=1, description="the token that outputs begin with; {target}: of the output language"
    )
    start: str | None = Field(
        default=None,
        min_length=1,
        description="the token that the decoder starts with; {target} as for forced",
    )

    @property
    def asked(self) -> Mapping[str, Any]:
        """What these keys say of how the model is asked."""
        return {"codes": self.codes, "forced": self.forced, "start": self.start}

    def positions_of(self, checkpoint: Checkpoint) -> int | None:
        """Return how many positions a checkpoint has; None if it computes as many as it needs."""
        grows = checkpoint.json("config.json").get("model_type") == "m2m_100"
        return None if grows else super().positions_of(checkpoint)

    def tokenizer_sizes(self, checkpoint: Checkpoint) -> Mapping[str, int]:
        """Return how many ids the tokenizer has (see `CheckpointOptions`)."""
        return _Codec(checkpoint, self).sizes


class _Codec:
    """Turns text into ids and back with transformers' tokenizer."""

    def __init__(self, checkpoint: Checkpoint, options: Options) -> None:
        self.path, self._options = Path(checkpoint.label), options
        self._tokenizer = auto_tokenizer.read(checkpoint)
        self._read = _reader(self._tokenizer, self.path)
        self.unknown = -1 if self._tokenizer.unk_token_id is None else int(self._tokenizer.unk_token_id)
        vocabulary = self._tokenizer.get_vocab()
        # T5's tokenizer adds a hundred gap marks, although mT5's vocabulary has its own.
        self.size = 1 + max(n for token, n in vocabulary.items() if not token.startswith(tokenizer_json.GAP_MARK))
        self._vocabulary: dict[str, int] = vocabulary
        self._around: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}  # by source language
        vocabularies.check_marks(self)

    @property
    def sizes(self) -> Mapping[str, int]:
        return {"vocab_size": self.size}

    @property
    def added(self) -> int:
        # A tokenizer adds as many tokens for one language as for another.
        before, after = next(iter(self._around.values()), None) or self._learn()
        return len(before) + len(after)

    def encode(self, text: str) -> list[int]:
        return self._read(text)

    def wrap(self, ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
        if source not in self._around:
            if hasattr(self._tokenizer, "src_lang"):
                code = self._code(source)
                self._number(_token(self._tokenizer, code))
                self._tokenizer.src_lang = code
            self._around[source] = self._learn()
        before, after = self._around[source]
        return (*before, *ids, *after)

    def start(self, target: str) -> tuple[int, ...]:
        return () if self._options.start is None else (self._named(self._options.start, target),)

    def first(self, target: str) -> int | None:
        return None if self._options.forced is None else self._named(self._options.forced, target)

    def decode(self, ids: Sequence[int]) -> str:
        known = [number for number in ids if number < self.size]
        return str(self._tokenizer.decode(known, skip_special_tokens=True)).strip()

    def write(self, text: str, target: str, values: Mapping[int, str]) -> list[int]:
        text = " ".join(text.split())
        if not hasattr(self._tokenizer, "spm_target"):
            return self.encode(text)
        # Marian's tokenizer has a second model of pieces, for outputs.
        return list(self._tokenizer(text_target=text, add_special_tokens=False)["input_ids"])

    def number(self, token: str) -> int | None:
        """Return a token's id, or None if it is not in the vocabulary."""
        return self._vocabulary.get(token)

    def _learn(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the special tokens that the tokenizer puts before and after a text."""
        plain, whole = self.encode("1"), list(self._tokenizer.encode("1"))
        place = next((n for n in range(len(whole)) if whole[n : n + len(plain)] == plain), None)
        if place is None:
            raise ModelError(
                "its tokenizer changes a text when it adds special tokens, which is not supported", where=self.path
            )
        return tuple(whole[:place]), tuple(whole[place + len(plain) :])

    def _named(self, token: str, target: str) -> int:
        if _TARGET not in token:
            return self._number(token)
        code = self._code(target)
        return self._number(_token(self._tokenizer, code) if token == _TARGET else token.replace(_TARGET, code))

    def _code(self, language: str) -> str:
        """Return the tokenizer's name of a language."""
        if language not in self._options.codes:
            raise ModelError(
                f"its tokenizer names languages; say under codes what {language} is in it, as in "
                "codes: {hin_Deva: hi_IN}",
                where=self.path,
            )
        return self._options.codes[language]

    def _number(self, token: str) -> int:
        number = self.number(token)
        if number is None:
            raise ModelError(
                f"its tokenizer has no token {token!r}; correct codes, forced or start in the config", where=self.path
            )
        return number


def _token(tokenizer: Any, code: str) -> str:
    """Return the token of a language; M2M-100 writes `__hi__` for hi."""
    return str(tokenizer.get_lang_token(code)) if _knows(tokenizer, code) else code


def _knows(tokenizer: Any, code: str) -> bool:
    return code in getattr(tokenizer, "lang_code_to_token", ())


def _reader(tokenizer: Any, path: Path) -> Callable[[str], list[int]]:
    """Return a function from a text to its ids without special tokens, which are only text in it."""
    if not tokenizer.is_fast:
        return lambda text: list(tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True))
    return tokenizer_json.reader_of_text(tokenizer.backend_tokenizer, set(tokenizer.all_special_tokens), path)


def load(options: Options) -> Model:
    """Return the model (see `harness.models`).

    Raises:
        HarnessError: the checkpoint cannot be fetched or read, or is of an architecture that is not in the list.
    """
    return units.load(
        options,
        recipe=_RECIPE,
        architecture="transformers:AutoModelForSeq2SeqLM",
        codec=lambda checkpoint: _Codec(checkpoint, options),
    )


FAMILY = Family(
    options=Options,
    load=load,
    kinds=("summarisation", "translation"),
    languages="any",
    facts=Facts(
        architecture="BART, M2M100, Marian, mBART, mT5, Pegasus, T5, UMT5",
        directions="any that the config describes",
        unit="document, or sentence with `unit: sentence`",
        licence="the checkpoint's",
        tested="tiny checkpoints of every architecture: outputs against transformers",
    ),
)
