"""Read a checkpoint's vocabulary: a sentencepiece model, or numbers of pieces in JSON. `tokenizer_json` reads the rest.

Text is only text here: "</s>" in an article is encoded by its letters, never as the end of an input. transformers'
tokenizers read it as the special token, so that the rest of the article would follow an end. Each family adds its
special tokens itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harness.core import files
from harness.core.checkpoints import Checkpoint
from harness.core.errors import FileError, ModelError

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor


def open_pieces(path: Path) -> SentencePieceProcessor:
    """Return a sentencepiece model.

    Raises:
        ModelError: the file is not one.
    """
    from sentencepiece import SentencePieceProcessor

    try:
        return SentencePieceProcessor(model_file=str(path))
    except (RuntimeError, OSError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise ModelError(f"not a sentencepiece model ({reason}); fetch it again", where=path) from None


def read_numbers(path: Path, family: str, needed: Iterable[str]) -> dict[str, int]:
    """Return a vocabulary in JSON: the number of each piece. `family` is the name in the message.

    Raises:
        ModelError: the file is missing or damaged, or lacks one of the `needed` pieces.
    """
    try:
        stored = files.read_json(path, remedy="fetch it again")
    except FileError as error:
        raise ModelError(error.message, where=error.where) from None
    if not isinstance(stored, dict) or not all(type(number) is int and number >= 0 for number in stored.values()):
        raise ModelError("expected an object of pieces and their numbers; fetch it again", where=path)
    absent = [piece for piece in needed if piece not in stored]
    if absent:
        raise ModelError(f"it has no {absent[0]}, which every vocabulary of {family} has; fetch it again", where=path)
    return stored


class Vocabulary(Protocol):
    """Turns text into ids and back, and knows the ids of special tokens."""

    @property
    def path(self) -> Path:
        """The file that it was read from."""

    @property
    def size(self) -> int:
        """One more than the highest id."""

    @property
    def unknown(self) -> int:
        """The id that stands for text outside the vocabulary."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, without special tokens."""

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids; special tokens, and ids outside the vocabulary, are left out."""

    def number(self, token: str) -> int | None:
        """Return a token's id, or None if it is not in the vocabulary."""


class VocabularyCodec:
    """The part of a codec that depends only on the vocabulary that it encodes with."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take the vocabulary of inputs."""
        self._vocabulary = vocabulary

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many ids the tokenizer has."""
        return {"vocab_size": self._vocabulary.size}

    @property
    def unknown(self) -> int:
        """The id that stands for text outside the vocabulary."""
        return self._vocabulary.unknown

    def write(self, text: str, target: str, values: Mapping[int, str]) -> list[int]:
        """Return the ids with which the model would write a text."""
        return self._vocabulary.encode(" ".join(text.split()))


def choose(
    checkpoint: Checkpoint, name: str, pieces: Callable[[Path], Vocabulary], words: Callable[[Path], Vocabulary]
) -> Vocabulary:
    """Return a checkpoint's vocabulary: sentencepiece's if it has the file `name` and no token was added to it.

    Args:
        checkpoint: whose files are read.
        name: of the sentencepiece model.
        pieces: reads the sentencepiece model.
        words: reads tokenizer.json.

    Raises:
        ModelError: the checkpoint has no tokenizer, or it cannot be read.
    """
    path = checkpoint.folder / "tokenizer.json"
    fast = words(path) if path.is_file() else None
    if (checkpoint.folder / name).is_file():
        vocabulary = pieces(checkpoint.folder / name)
        if fast is None or fast.size <= vocabulary.size:
            return vocabulary
    if fast is None:
        raise ModelError(f"no tokenizer: expected {name} or tokenizer.json in it", where=checkpoint.label)
    return fast


def find(vocabulary: Vocabulary, token: str) -> int:
    """Return the id of a token that the checkpoint cannot do without.

    Raises:
        ModelError: the vocabulary lacks it. Looking it up elsewhere would give `<unk>` and a wrong output.
    """
    number = vocabulary.number(token)
    if number is None:
        raise ModelError(
            f"it has no token {token!r}, which the checkpoint needs; fetch it again", where=vocabulary.path
        )
    return number


def check_marks(vocabulary: Vocabulary) -> None:
    """Check that the vowel signs of Devanagari survive encoding.

    The tokenizer of ALBERT strips them unless its file says `keep_accents: true`: हिन्दी में becomes हनद म.

    Raises:
        ModelError: they do not. A vocabulary without Devanagari passes: it loses the letters too.
    """
    sample = "हिन्दी में कौन"
    kept = vocabulary.decode(vocabulary.encode(sample))
    if kept != sample and _without_marks(kept) == _without_marks(sample):
        raise ModelError(
            f"its tokenizer strips vowel signs: {sample} becomes {kept}; save it again with keep_accents=True and "
            "do_lower_case=False",
            where=vocabulary.path,
        )


def _without_marks(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if unicodedata.category(letter)[0] != "M")


class Pieces:
    """A sentencepiece model whose pieces have numbers of their own, as in every family that fairseq trained."""

    def __init__(
        self, path: Path, numbers: Mapping[str, int] | None = None, *, special: Iterable[str], unknown: str = "<unk>"
    ) -> None:
        """Read the model.

        Args:
            path: the sentencepiece model.
            numbers: the id of each piece and of each special token; None: the model's own.
            special: tokens that are not text.
            unknown: the token for a piece without a number.

        Raises:
            ModelError: the file is not a sentencepiece model, or there is no number for `unknown`.
        """
        self.path = path
        self._model = open_pieces(path)
        pieces = [str(self._model.id_to_piece(number)) for number in range(self._model.get_piece_size())]
        self._numbers = dict(numbers) if numbers is not None else {piece: n for n, piece in enumerate(pieces)}
        self.unknown = find(self, unknown)
        self.size = 1 + max(self._numbers.values())
        self._ids = [self._numbers.get(piece, self.unknown) for piece in pieces]
        hidden = {*special, unknown}
        # Ids of pieces that are text. A target vocabulary can have pieces that this model does not have.
        self._written = {number: piece for piece, number in self._numbers.items() if piece not in hidden}

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, without special tokens."""
        return [self._ids[number] for number in self._model.encode(text)]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids; special tokens, and ids outside the vocabulary, are left out."""
        pieces = [self._written[number] for number in ids if number in self._written]
        # sentencepiece leaves pieces as they are that another model of the checkpoint has, and this one lacks.
        return str(self._model.decode_pieces(pieces)).replace("▁", " ").strip()

    def number(self, token: str) -> int | None:
        """Return a token's id, or None if it is not in the vocabulary."""
        return self._numbers.get(token)


def fairseq(path: Path, codes: Sequence[str]) -> Pieces:
    """Return a sentencepiece model with the numbers of fairseq: four special tokens, pieces, languages, `<mask>`.

    Args:
        path: the model, with `<unk>`, `<s>` and `</s>` as its first three pieces.
        codes: the tokens of the languages, in the order of the authors' dictionary.

    Raises:
        ModelError: the file is not a sentencepiece model.
    """
    model = open_pieces(path)
    count = int(model.get_piece_size())
    numbers = {str(model.id_to_piece(number)): number + 1 for number in range(3, count)}
    special = ("<s>", "<pad>", "</s>", "<unk>")
    # A piece that has the name of a special token is text elsewhere, and here it would take the token's place.
    numbers |= {token: number for number, token in enumerate(special)}
    numbers |= {token: count + 1 + number for number, token in enumerate((*codes, "<mask>"))}
    return Pieces(path, numbers, special=(*special, *codes, "<mask>"))
