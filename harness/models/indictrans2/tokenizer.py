"""IndicTrans2's tokens: sentencepiece cuts a text into pieces, and two vocabularies number them.

A checkpoint has `model.SRC` and `model.TGT` (sentencepiece), and `dict.SRC.json` and `dict.TGT.json` (piece to number).
Source and target share no file. The model reads the codes of the two languages, the pieces and `</s>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core import files
from harness.core.errors import FileError, ModelError
from harness.models.indictrans2 import languages

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

FILES = ("dict.SRC.json", "dict.TGT.json", "model.SRC", "model.TGT")
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
# The authors' example asks for transformers' `clean_up_tokenization`. This does the same, except that it leaves the
# space before a quotation: transformers glues `the ' new ' plan` and `the 'sudden' end` together.
_BEFORE_SIGN = re.compile(r" (?=[.?!,]|(?:n't|'(?:m|s|ve|re))(?!\w))")


class IndicTransTokenizer:
    """The tokenizer of one checkpoint."""

    def __init__(self, folder: Path) -> None:
        """Read the four files of a checkpoint.

        Raises:
            ModelError: a file is missing or damaged; the message names it.
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
        _sentencepiece(folder / "model.TGT")  # not used here, but a damaged file means a damaged copy
        self.end, self.unknown = self._source["</s>"], self._source["<unk>"]
        special = {self._target[token] for token in _SPECIAL}
        self._written = {number: piece for piece, number in self._target.items() if number not in special}

    @property
    def source_size(self) -> int:
        """Number of rows that the embedding of source tokens needs."""
        return 1 + max(self._source.values())

    @property
    def target_size(self) -> int:
        """Number of rows that the embedding of target tokens needs."""
        return 1 + max(self._target.values())

    def codes(self, source: str, target: str) -> tuple[int, int]:
        """Return the tokens of the codes of two languages.

        Raises:
            ModelError: IndicTrans2, or this checkpoint, does not know one of the languages.
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
        """Return the tokens of a preprocessed text, without the codes of its languages."""
        return [self._source.get(piece, self.unknown) for piece in self._pieces.encode(body, out_type=str)]

    def wrap(self, source: str, target: str, tokens: Iterable[int]) -> tuple[int, ...]:
        """Return everything that the model reads: codes, tokens, end."""
        return (*self.codes(source, target), *tokens, self.end)

    def decode(self, tokens: Iterable[int]) -> str:
        """Return the text of an output. Special tokens, and numbers outside the vocabulary, are left out."""
        pieces = (self._written.get(token, "") for token in tokens)
        return _BEFORE_SIGN.sub("", "".join(pieces).replace("▁", " ").strip())


def _vocabulary(path: Path) -> Mapping[str, int]:
    try:
        stored = files.read_json(path, remedy="fetch it again")
    except FileError as error:
        raise ModelError(error.message, where=error.where) from None
    if not isinstance(stored, dict) or not all(type(number) is int and number >= 0 for number in stored.values()):
        raise ModelError("expected an object of pieces and their numbers; fetch it again", where=path)
    absent = [token for token in _SPECIAL if token not in stored]
    if absent:
        raise ModelError(
            f"it has no {absent[0]}, which every vocabulary of IndicTrans2 has; fetch it again", where=path
        )
    return stored


def _sentencepiece(path: Path) -> SentencePieceProcessor:
    from sentencepiece import SentencePieceProcessor

    try:
        return SentencePieceProcessor(model_file=str(path))
    except (RuntimeError, OSError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise ModelError(f"not a sentencepiece model ({reason}); fetch it again", where=path) from None
