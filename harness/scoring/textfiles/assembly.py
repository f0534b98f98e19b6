"""Read all files of one call, or texts in memory, and bring them into one checked order of segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import tasks
from harness.scoring.textfiles import checks, contents
from harness.scoring.textfiles.alignment import Aligned, align
from harness.scoring.textfiles.arguments import (
    check_names,
    check_written,
    parse_hypotheses,
    refuse_same_written,
    refuse_twice,
)
from harness.scoring.textfiles.read import EmptyReference, Reader, Texts
from harness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The content of the files, in one order of segments."""

    task: Task
    ids: tuple[str, ...]  # line numbers if the files have no ids
    articles: tuple[str, ...]  # of each segment; empty if the files do not say
    kinds: tuple[str, ...]  # of each segment; empty if the files do not say
    sources: tuple[str, ...]  # empty without a source file
    references: Mapping[str, tuple[str | None, ...]]  # by name; None: this reference has no text for the segment
    outputs: Mapping[str, tuple[str, ...]]  # by system
    notes: tuple[str, ...]  # what a reader of the table should know of the files


def read_arguments(
    *,
    task: str,
    target: str | None,
    source: Path | None,
    references: Sequence[Path],
    hypotheses: Sequence[str],
    empty_reference: EmptyReference = "text",
    text_column: str | None = None,
    limit: int | None = None,
    written: Mapping[str, Path | None] | None = None,
) -> Files:
    """Return the content of the files that the arguments of `harness score` name (see `read`).

    `written` are files that the command will write, by option.

    Raises:
        FileError: as `read`.
        InputError: as `read`; or a file to write is named by two options, or is among the files to read.
    """
    refuse_same_written(written or {})
    besides = [*references, *([source] if source else [])]
    suffix = contents.suffix(contents.locate(references[0])[0]) if references else None
    paths = parse_hypotheses(hypotheses, besides=besides, suffix=suffix)
    for option, path in (written or {}).items():
        check_written(option, path, [*besides, *paths.values()])
    return read(
        task=task,
        target=target,
        source=source,
        references=references,
        hypotheses=paths,
        empty_reference=empty_reference,
        text_column=text_column,
        limit=limit,
    )


def read(
    *,
    task: str,
    target: str | None,
    source: Path | None,
    references: Sequence[Path],
    hypotheses: Mapping[str, Path],
    empty_reference: EmptyReference = "text",
    text_column: str | None = None,
    limit: int | None = None,
) -> Files:
    """Return the content of the files, checked and in one order; with `limit`, only of the first segments.

    Raises:
        FileError: a file cannot be read.
        InputError: line counts or ids differ, a segment has no reference, a file is given twice or is in another
            language, or a name is unknown.
    """
    chosen = tasks.get(task).choose(target=target)
    check_names(hypotheses)
    refuse_twice([*references, *([source] if source else []), *hypotheses.values()])
    reader = Reader(contents.Contents(), text_column, empty_reference)
    return _checked(
        chosen,
        reader.references(references, chosen.target),
        None if source is None else reader.read("source", source),
        {name: reader.read("hypothesis", path) for name, path in hypotheses.items()},
        limit,
    )


def in_memory(
    *,
    task: str,
    target: str | None,
    sources: Sequence[str] | None,
    references: Mapping[str, Sequence[str | None]],
    hypotheses: Mapping[str, Sequence[str]],
) -> Files:
    """Return texts as if they were the lines of files, checked in the same way.

    Args:
        task: name of the task.
        target: language of the outputs; None: the task's first.
        sources: one text for each segment; None if they are not known.
        references: by name, one text for each segment; None: this reference has no text for the segment.
        hypotheses: by system, one text for each segment.

    Raises:
        InputError: counts differ, a segment has no reference, texts are in another language or a copy of others, or a
            name is unknown.
    """
    chosen = tasks.get(task).choose(target=target)
    check_names(dict.fromkeys(hypotheses, Path("its texts")))

    def texts(what: str, given: Sequence[str | None]) -> Texts:
        return Texts(Path(what), None, tuple(given))

    return _checked(
        chosen,
        {name: texts(_reference(name), given) for name, given in references.items()},
        None if sources is None else texts("sources", sources),
        {name: texts(f"hypotheses {name}", given) for name, given in hypotheses.items()},
        None,
    )


def _reference(name: str) -> str:
    """Return how messages name a list of references: `reference 2` is a name of its own, `close` is none."""
    return name if name.startswith("reference") else f"reference {name}"


def _checked(
    chosen: Task, references: Mapping[str, Texts], source: Texts | None, outputs: Mapping[str, Texts], limit: int | None
) -> Files:
    """Return texts in one order of segments.

    Raises:
        InputError: see `read`.
    """
    aligned = align(references, source, outputs)
    for reference in aligned.references.values():
        checks.check_script("references", reference, chosen.target)
    for output in aligned.outputs.values():
        checks.check_script("outputs", output, chosen.target)
    checks.refuse_same_text(aligned.references, aligned.outputs, aligned.source)
    notes = checks.oddities(aligned.references, aligned.outputs, aligned.source)
    if limit is not None and limit < len(aligned.ids):
        notes.append(f"Only the first {limit} of {len(aligned.ids)} segments are scored (--limit).")
    return _files(chosen, aligned, limit, tuple(notes))


def _files(task: Task, aligned: Aligned, limit: int | None, notes: tuple[str, ...]) -> Files:
    return Files(
        task=task,
        ids=aligned.ids[:limit],
        articles=aligned.articles[:limit],
        kinds=aligned.kinds[:limit],
        sources=tuple(aligned.source.present())[:limit] if aligned.source else (),
        references={name: reference.texts[:limit] for name, reference in aligned.references.items()},
        outputs={name: tuple(output.present())[:limit] for name, output in aligned.outputs.items()},
        notes=notes,
    )
