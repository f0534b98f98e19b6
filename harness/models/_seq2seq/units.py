"""Families that read documents or single sentences, as a config says: the same codec serves both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from harness.core.checkpoints import Checkpoint
from harness.models import Model
from harness.models._seq2seq.documents import DocumentCodec, DocumentOptions, Documents
from harness.models._seq2seq.sentences import Sentence, Sentences


class UnitOptions(DocumentOptions):
    """The keys of a system that reads documents or sentences."""

    unit: Literal["document", "sentence", "paragraph", "article"] = Field(
        default="document",
        description="one input: the whole source, or one sentence of it at a time; paragraph, article: the whole "
        "paragraph or article, also in a translation task with shorter units (see Whole articles)",
    )
    prefix: str = Field(default="", description='text put before every input, such as "summarize: "')

    @property
    def asked(self) -> Mapping[str, Any]:
        """What a family's own keys say of how the model is asked. It decides outputs."""
        return {}

    @property
    def longer(self) -> str:
        """What happens to longer inputs, in words."""
        return super().longer if self.unit != "sentence" else "longer sentences are divided at clauses"

    def faults(self, tasks: Sequence[str]) -> list[str]:
        """Return the mistakes that can be detected before loading."""
        idle = self.unit == "sentence" and self.long == "sections"
        idle_keys = ["long: sections has no effect with unit: sentence; remove one of them"] if idle else []
        return [*idle_keys, *super().faults(tasks)]


def load(
    options: UnitOptions, *, recipe: int, architecture: str, codec: Callable[[Checkpoint], DocumentCodec]
) -> Model:
    """Return the model of a system that reads documents or sentences.

    Raises:
        HarnessError: the checkpoint cannot be fetched or read, or is not one of this family.
    """
    if options.unit == "sentence":
        return _Sentences(options, recipe=recipe, architecture=architecture, codec=codec)
    return _Documents(options, recipe=recipe, architecture=architecture, codec=codec)


class _Documents(Documents):
    """A system that reads documents, asked as the config says."""

    def __init__(
        self, options: UnitOptions, *, recipe: int, architecture: str, codec: Callable[[Checkpoint], DocumentCodec]
    ) -> None:
        super().__init__(options, recipe=recipe, architecture=architecture, codec=codec, prefix=options.prefix)
        self._asked = options.asked

    def identity(self) -> Mapping[str, Any]:
        """Return everything that decides an output."""
        return {**super().identity(), "unit": "document", **self._asked}


class _Sentences(Sentences["_OneSentence"]):
    """A system that reads sentences, asked as the config says."""

    def __init__(
        self, options: UnitOptions, *, recipe: int, architecture: str, codec: Callable[[Checkpoint], DocumentCodec]
    ) -> None:
        def of_sentences(checkpoint: Checkpoint) -> _OneSentence:
            return _OneSentence(codec(checkpoint), options.prefix)

        super().__init__(options, recipe=recipe, architecture=architecture, codec=of_sentences)
        self._asked = {"prefix": options.prefix, **options.asked}

    def identity(self) -> Mapping[str, Any]:
        """Return everything that decides an output."""
        return {**super().identity(), "unit": "sentence", **self._asked}


class _OneSentence:
    """A codec of documents that is given sentences."""

    def __init__(self, codec: DocumentCodec, prefix: str) -> None:
        self._codec, self._prefix = codec, prefix

    @property
    def sizes(self) -> Mapping[str, int]:
        return self._codec.sizes

    @property
    def unknown(self) -> int:
        return self._codec.unknown

    @property
    def added(self) -> int:
        return self._codec.added

    def encode(self, text: str, source: str, target: str) -> Sentence:
        """Return a sentence as ids.

        Raises:
            ModelError: the checkpoint does not know a language (FLORES codes).
        """
        self.wrap((), source, target)
        self.start(target)
        self.first(target)
        return Sentence(tuple(self._codec.encode(self._prefix + " ".join(text.split()))))

    def wrap(self, ids: Sequence[int], source: str, target: str) -> tuple[int, ...]:
        return self._codec.wrap(ids, source, target)

    def start(self, target: str) -> tuple[int, ...]:
        return self._codec.start(target)

    def first(self, target: str) -> int | None:
        return self._codec.first(target)

    def decode(self, ids: Sequence[int], target: str, sentence: Sentence) -> str:
        return self._codec.decode(ids)

    def write(self, text: str, target: str, values: Mapping[int, str]) -> list[int]:
        return self._codec.write(text, target, values)
