"""Read a checkpoint's tokenizer.json with the library `tokenizers`, with its special tokens as plain text."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.core.errors import ModelError
from harness.models._seq2seq import vocabularies

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# The beginning of T5's tokens that mark gaps in pre-training. A fine-tuned model does not write them.
GAP_MARK = "<extra_id_"


def open_words(path: Path) -> Tokenizer:
    """Return the tokenizer in a tokenizer.json.

    Raises:
        ModelError: the file has none.
    """
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more precise
        raise _not_a_tokenizer(path, error) from None


def reader_of_text(words: Tokenizer, special: Container[str], path: Path) -> Callable[[str], list[int]]:
    """Return a function from a text to its ids: it adds no special tokens, and reads those in `special` as text.

    Raises:
        ModelError: the tokenizer cannot be used in this way; `path` names it.
    """
    from tokenizers import Tokenizer

    try:
        reader: Tokenizer = Tokenizer.from_str(json.dumps(_literal(json.loads(words.to_str()), special)))
    except Exception as error:  # the library raises nothing more precise
        raise _not_a_tokenizer(path, error) from None
    # The file may contain settings that cut or pad.
    reader.no_truncation()
    reader.no_padding()
    return lambda text: list(reader.encode(text, add_special_tokens=False).ids)


def _not_a_tokenizer(path: Path, error: Exception) -> ModelError:
    """Return the error that says that a tokenizer.json could not be used."""
    reason = " ".join(str(error).split())[:200]
    return ModelError(f"not a tokenizer ({reason}); fetch it again", where=path)


class TokenizerFile:
    """The tokenizer in tokenizer.json, the only one of a fine-tune that transformers 5 saved."""

    def __init__(self, path: Path, *, special: Iterable[str], unknown: str = "<unk>") -> None:
        """Read the file.

        Raises:
            ModelError: it has no tokenizer, or no token `unknown`.
        """
        self.path = path
        self._model = open_words(path)
        stated = {token.content for token in self._model.get_added_tokens_decoder().values() if token.special}
        hidden = {*special, *stated, unknown}
        self._read = reader_of_text(self._model, hidden, path)
        self.unknown = vocabularies.find(self, unknown)
        numbers = self._model.get_vocab(with_added_tokens=True)
        self.size = 1 + max(numbers.values())
        self._hidden = {numbers[token] for token in hidden if token in numbers}

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, without special tokens."""
        return self._read(text)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids; special tokens, and ids outside the vocabulary, are left out."""
        shown = [number for number in ids if number < self.size and number not in self._hidden]
        return str(self._model.decode(shown, skip_special_tokens=False)).strip()

    def number(self, token: str) -> int | None:
        """Return a token's id, or None if it is not in the vocabulary."""
        number: int | None = self._model.token_to_id(token)
        return number


def _literal(content: Mapping[str, Any], special: Container[str]) -> dict[str, Any]:
    """Return a tokenizer.json that reads special tokens as text: in it they have names that no text contains."""
    changed = {**content, "post_processor": None}
    # Renamed, not removed: each keeps its number. A normaliser could remove the mark of the new name again.
    changed["added_tokens"] = [
        {**token, "content": _hide(token["content"], special), "normalized": False}
        if token["content"] in special
        else token
        for token in content["added_tokens"]
    ]
    model = dict(content["model"])
    vocabulary = model["vocab"]
    if isinstance(vocabulary, list):  # of Unigram
        model["vocab"] = [[_hide(piece, special), score] for piece, score in vocabulary]
    else:  # of BPE; its `unk_token` names one of the pieces
        model["vocab"] = {_hide(piece, special): number for piece, number in vocabulary.items()}
        if model.get("unk_token") in special:
            model["unk_token"] = _hide(model["unk_token"], special)
    changed["model"] = model
    return changed


def _hide(piece: str, special: Container[str]) -> str:
    return f"\0{piece}" if piece in special else piece
