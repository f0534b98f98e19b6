"""IndicTrans2's tokens: sentencepiece cuts a text into pieces, and two vocabularies number them.

A checkpoint has `model.SRC` and `model.TGT` (sentencepiece), and `dict.SRC.json` and `dict.TGT.json` (piece to number).
Source and target share no file. The model reads the codes of the two languages, the pieces and `</s>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.core.errors import ModelError
from harness.models._seq2seq import vocabularies
from harness.models.indictrans2 import languages, toolkit

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
        self._source: Mapping[str, int] = vocabularies.read_numbers(folder / "dict.SRC.json", "IndicTrans2", _SPECIAL)
        self._target: Mapping[str, int] = vocabularies.read_numbers(folder / "dict.TGT.json", "IndicTrans2", _SPECIAL)
        self._pieces = vocabularies.open_pieces(folder / "model.SRC")
        self._target_pieces = vocabularies.open_pieces(folder / "model.TGT")
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

    def encode_output(self, body: str) -> list[int]:
        """Return the tokens with which the model would write a preprocessed text."""
        pieces = self._target_pieces.encode(body, out_type=str)
        return [self._target.get(piece, self._target["<unk>"]) for piece in pieces]

    def wrap(self, source: str, target: str, tokens: Iterable[int]) -> tuple[int, ...]:
        """Return everything that the model reads: codes, tokens, end."""
        return (*self.codes(source, target), *tokens, self.end)

    def decode(self, tokens: Iterable[int], *, authors: bool = False) -> str:
        """Return the text of an output. Special tokens, and numbers outside the vocabulary, are left out.

        Args:
            tokens: the model's output.
            authors: whether spaces beside quotes are removed as the authors' example does (deviation 11).
        """
        pieces = (self._written.get(token, "") for token in tokens)
        text = "".join(pieces).replace("▁", " ").strip()
        return toolkit.clean_up(text) if authors else _BEFORE_SIGN.sub("", text)
