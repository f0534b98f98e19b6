"""IndicTrans2's tokens: sentencepiece cuts a text into pieces, and two vocabularies number them.

A checkpoint has `model.SRC` and `model.TGT` (sentencepiece), and `dict.SRC.json` and `dict.TGT.json` (piece to
number). Source and target share neither. A sentence is read as the codes of its two languages, its pieces and
`</s>`, padded on the left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core import files
from harness.core.errors import FileError, ModelError
from harness.core.text import is_language
from harness.models.indictrans2 import languages

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

FILES = ("dict.SRC.json", "dict.TGT.json", "model.SRC", "model.TGT")
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
# As transformers' `clean_up_tokenization` has it, for which the authors' example asks, but where it glues a quotation
# to the words around it: `the ' new ' plan`, `the 'sudden' end`.
_BEFORE_SIGN = re.compile(r" (?=[.?!,]|(?:n't|'(?:m|s|ve|re))(?!\w))")


@dataclass(frozen=True, slots=True)
class Batch:
    """Sentences of one length: [sentences, length]."""

    input_ids: list[list[int]]  # padded on the left
    attention_mask: list[list[int]]  # 1 for a token, 0 for padding
    cut: tuple[int, ...]  # tokens of each sentence that had no room


class IndicTransTokenizer:
    """The tokenizer of one checkpoint."""

    def __init__(self, folder: Path) -> None:
        """Read its four files.

        Raises:
            ModelError: one is missing or damaged; the message names it.
        """
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise ModelError(
                f"{folder} lacks {', '.join(missing)}: an IndicTrans2 checkpoint has {', '.join(FILES)}; is the copy "
                "complete?"
            )
        self._source = _vocabulary(folder / "dict.SRC.json")
        self._target = _vocabulary(folder / "dict.TGT.json")
        self._pieces = _sentencepiece(folder / "model.SRC")
        _sentencepiece(folder / "model.TGT")  # nothing here reads it, and a damaged copy is a damaged copy
        self.padding, self.end, self.unknown = (self._source[token] for token in ("<pad>", "</s>", "<unk>"))
        special = {self._target[token] for token in _SPECIAL}
        self._written = {number: piece for piece, number in self._target.items() if number not in special}

    @property
    def source_size(self) -> int:
        """How many rows the source's embedding needs."""
        return 1 + max(self._source.values())

    @property
    def target_size(self) -> int:
        """How many rows the target's embedding needs."""
        return 1 + max(self._target.values())

    def codes(self, source: str, target: str) -> tuple[int, int]:
        """Return the tokens of two languages.

        Raises:
            ModelError: IndicTrans2, or this checkpoint, does not know one of them.
        """
        for language in (source, target):
            languages.script_of_rules(language)
            if language not in self._source:
                raise ModelError(
                    f"this checkpoint does not know {language!r}: it is not in its dict.SRC.json; is it one of another "
                    "direction (indic-en, en-indic, indic-indic)?"
                )
        return self._source[source], self._source[target]

    def encode(self, body: str) -> list[int]:
        """Return the tokens of a preprocessed text without the codes of its languages."""
        return [self._source.get(piece, self.unknown) for piece in self._pieces.encode(body, out_type=str)]

    def wrap(self, source: str, target: str, tokens: Iterable[int]) -> tuple[int, ...]:
        """Return all that the model reads: codes, tokens, end."""
        return (*self.codes(source, target), *tokens, self.end)

    def batch(self, texts: Sequence[str], max_length: int = 256) -> Batch:
        """Return preprocessed texts, their two codes in front, as the model reads them; longer ones are cut.

        Args:
            texts: as `Prepared.text` has them.
            max_length: of one text in tokens, codes and end counted.

        Raises:
            ModelError: a text does not begin with two codes of languages.
        """
        split = [_split(text) for text in texts]
        for source, target, _ in split:
            self.codes(source, target)
        rows, cut = [], []
        for source, target, body in split:
            tokens = self.encode(body)
            room = max(0, max_length - 3)
            rows.append(self.wrap(source, target, tokens[:room]))
            cut.append(max(0, len(tokens) - room))
        width = max(map(len, rows), default=0)
        padding = [width - len(row) for row in rows]
        return Batch(
            [[self.padding] * missing + list(row) for row, missing in zip(rows, padding, strict=True)],
            [[0] * missing + [1] * len(row) for row, missing in zip(rows, padding, strict=True)],
            tuple(cut),
        )

    def decode(self, tokens: Iterable[int]) -> str:
        """Return the text of an output; special tokens, and numbers that stand for nothing, are left out."""
        pieces = (self._written.get(token, "") for token in tokens)
        return _BEFORE_SIGN.sub("", "".join(pieces).replace("▁", " ").strip())


def _split(text: str) -> tuple[str, str, str]:
    source, _, rest = text.partition(" ")
    target, _, body = rest.partition(" ")
    for code in (source, target):
        if is_language(code):
            languages.script_of_rules(code)
        if code not in languages.LANGUAGES:
            raise ModelError(
                f"expected a text with the codes of its two languages in front, such as 'hin_Deva eng_Latn ...', found "
                f"{text[:60]!r}; preprocess it first"
            )
    return source, target, body


def _vocabulary(path: Path) -> Mapping[str, int]:
    try:
        stored = files.read_json(path)
    except FileError as error:
        raise ModelError(str(error)) from None
    if not isinstance(stored, dict) or not all(type(number) is int and number >= 0 for number in stored.values()):
        raise ModelError(f"{path}: expected an object of pieces and their numbers; fetch it again")
    absent = [token for token in _SPECIAL if token not in stored]
    if absent:
        raise ModelError(f"{path}: it has no {absent[0]}, which every vocabulary of IndicTrans2 has; fetch it again")
    return stored


def _sentencepiece(path: Path) -> SentencePieceProcessor:
    from sentencepiece import SentencePieceProcessor

    try:
        return SentencePieceProcessor(model_file=str(path))
    except (RuntimeError, OSError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise ModelError(f"{path}: not a sentencepiece model ({reason}); fetch it again") from None
