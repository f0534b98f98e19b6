"""Read the arguments of the functions for Python: a config or a dict, files or lists of texts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from harness.core.errors import InputError

if TYPE_CHECKING:
    from harness.core.document import Document
    from harness.scoring.textfiles import Files

Texts = Sequence[str]
PathLike = str | Path
_Item = TypeVar("_Item")


def document_of(config: PathLike | Mapping[str, Any]) -> Document:
    """Return a config that is a file or the content of one.

    Raises:
        InputError: the file cannot be read or is not YAML, or the content has a value that JSON cannot represent.
    """
    from harness.core import document

    if isinstance(config, Mapping):
        return document.given(config, stem="config")
    if not isinstance(config, PathLike):
        raise InputError(f"expected a path or a dict, found {type(config).__name__}", where="config")
    return document.read(Path(config))


def override_texts(overrides: Mapping[str, Any] | None) -> list[str]:
    """Return overrides as --set takes them; JSON is YAML.

    Raises:
        InputError: a value is not one that JSON can represent.
    """
    try:
        return [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in (overrides or {}).items()]
    except (TypeError, ValueError) as error:
        raise InputError(f"expected values that JSON can represent ({error})", where="overrides") from None


def names(what: str, given: Sequence[_Item]) -> tuple[_Item, ...]:
    """Return a list of names.

    Raises:
        InputError: it is one name, which Python would take for a list of letters.
    """
    if isinstance(given, str):
        raise InputError(f"expected a list of {what}, found {given!r} alone; put it into a list")
    return tuple(given)


def files(
    hypotheses: Mapping[str, Texts | PathLike] | Texts, references: Any, sources: Any, task: str, target: str | None
) -> Files:
    """Return the texts of lists or of files, checked; `harness.score` describes the arguments.

    Raises:
        InputError: an argument is of another type, counts differ, or as `textfiles.read`.
    """
    from harness.scoring import textfiles

    by_name = _by_name(hypotheses)
    are_files = {isinstance(given, PathLike) for given in by_name.values()}
    if are_files == {True, False}:
        raise InputError("expected files or lists of texts, found both; give all in one way", where="hypotheses")
    if are_files == {True}:
        return textfiles.read(
            task=task,
            target=target,
            source=None if sources is None else _paths("sources", sources)[0],
            references=_paths("references", references),
            hypotheses={name: Path(str(path)) for name, path in by_name.items()},
        )
    outputs = {name: _texts(f"hypotheses {name}", given) for name, given in by_name.items()}
    streams = _streams(references)
    _refuse_transposed(streams, {len(texts) for texts in outputs.values()})
    return textfiles.in_memory(
        task=task,
        target=target,
        sources=None if sources is None else _texts("sources", sources),
        references=streams,
        hypotheses=outputs,
    )


def _by_name(hypotheses: Mapping[str, Texts | PathLike] | Texts) -> dict[str, Texts | PathLike]:
    """Return the outputs of each system by its name; a list alone is one system, named "system"."""
    if isinstance(hypotheses, PathLike):
        raise InputError(
            f'expected a dict or a list of texts, found {str(hypotheses)!r} alone; name its system: {{"a": FILE}}',
            where="hypotheses",
        )
    by_name: dict[str, Texts | PathLike] = (
        dict(hypotheses) if isinstance(hypotheses, Mapping) else {"system": hypotheses}
    )
    if not by_name:
        raise InputError("expected the outputs of at least one system by its name, found none", where="hypotheses")
    return by_name


def _paths(where: str, given: Any) -> list[Path]:
    """Return the files of an argument, which is one file or a list of them."""
    paths = [given] if isinstance(given, PathLike) else given
    if isinstance(paths, Mapping) or not all(isinstance(path, PathLike) for path in paths):
        raise InputError("expected a file or a list of files, because the hypotheses are files", where=where)
    return [Path(path) for path in paths]


def _streams(references: Any) -> dict[str, list[str | None]]:
    """Return references by name; one reference alone is named "reference", several are numbered."""
    if isinstance(references, PathLike):
        raise InputError(
            f"expected a list of texts, found {str(references)!r} alone; files go together with files of hypotheses",
            where="references",
        )
    if isinstance(references, Mapping):
        return {str(name): _texts(f"reference {name}", given, optional=True) for name, given in references.items()}
    given = list(references) if isinstance(references, Iterable) else [references]
    if all(each is None or isinstance(each, str) for each in given):
        return {"reference": _texts("references", given, optional=True)}
    return {
        f"reference {number}": _texts(f"reference {number}", each, optional=True)
        for number, each in enumerate(given, start=1)
    }


def _refuse_transposed(streams: Mapping[str, Sequence[str | None]], counts: set[int]) -> None:
    """Raise InputError if there is a reference for each segment; `counts` are the numbers of outputs of the systems."""
    lengths = {len(texts) for texts in streams.values()}
    if len(streams) > 1 and counts == {len(streams)} and lengths.isdisjoint(counts):
        raise InputError(
            "the references look transposed: give one list for each reference, not one for each segment",
            where="references",
        )


def _texts(where: str, given: Any, *, optional: bool = False) -> list[Any]:
    """Return a list of texts; if they are optional, None stands for a missing one."""
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise InputError(f"expected a list of texts, found {type(given).__name__}", where=where)
    texts = list(given)
    for index, content in enumerate(texts):
        if not isinstance(content, str) and not (optional and content is None):
            raise InputError(f"expected a text, found {content!r} at index {index}", where=where)
    if not texts:
        raise InputError("expected a text for each segment, found an empty list", where=where)
    return texts
