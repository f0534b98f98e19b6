"""Segments with their texts for a terminal or a text file, and as JSON; pure.

An output is shown with its differences from the nearest reference. Every text is made visible first
(`visible.py`), so that nothing in it acts on the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import regex

from harness.core.segments import OutputView, SegmentView
from harness.core.text import is_blank
from harness.reporting import numbers, word_differences
from harness.reporting.flagged_words import flagged_words
from harness.reporting.segment_choice import Choice
from harness.reporting.visible import visible
from harness.reporting.widths import width, wrapped
from harness.reporting.word_differences import Edit

_INDENT = "  "
_END = "\x1b[0m"
_BOLD, _DIM, _FLAG = "\x1b[1m", "\x1b[2m", "\x1b[33m"
# Styles of words with colours: struck out in red, underlined in green, and for moved words the same in cyan.
_DELETED, _INSERTED = "\x1b[9;31m", "\x1b[4;32m"
_MOVED_AWAY, _MOVED_HERE = "\x1b[9;36m", "\x1b[4;36m"
# Marks around the same words without colours.
_MARKS = {
    _DELETED: ("[-", "-]"),
    _INSERTED: ("{+", "+}"),
    _MOVED_AWAY: ("[~", "~]"),
    _MOVED_HERE: ("{~", "~}"),
}
_LEGEND = {
    _DELETED: "only in the reference",
    _INSERTED: "only in the output",
    _MOVED_AWAY: "in the reference here, in the output elsewhere",
    _MOVED_HERE: "in the output here, in the reference elsewhere",
}

# An output is compared only if it shares this part of its words and the reference's; less is chance.
_LEAST_SHARED = 0.2

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_CLUSTER = regex.compile(r"\X")


class _Piece(NamedTuple):
    text: str
    style: str = ""


def to_json(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """Return the chosen segments of each task as JSON objects; results/README.md describes them."""
    return [
        {
            "task": choice.view.task,
            "dataset": choice.view.dataset,
            "language": choice.view.language,
            "target": choice.view.target,
            "metrics": list(choice.view.metrics),
            "primary": choice.view.primary,
            "systems": list(choice.systems),
            "order": choice.order,
            "segments": [_segment_to_json(choice, segment) for segment in choice.segments],
            "notes": list(choice.view.notes),
        }
        for choice in choices
    ]


def _segment_to_json(choice: Choice, segment: SegmentView) -> dict[str, Any]:
    return {
        "id": segment.id,
        "article": segment.article,
        "kind": segment.kind,
        "words": segment.words,
        "source": segment.source,
        "references": dict(segment.references),
        "outputs": [
            {
                "system": output.system,
                "text": output.text,
                "scores": dict(output.scores),
                "flags": list(output.flags),
                "places": {name: [asdict(span) for span in spans] for name, spans in output.places.items()},
                "output_tokens": output.output_tokens,
                "seconds": output.seconds,
            }
            for output in choice.outputs(segment)
        ],
    }


def render(choices: Sequence[Choice], *, columns: int = 120, styled: bool = False) -> Iterator[str]:
    """Yield the lines of the chosen segments, each of at most so many columns and without a line break.

    With `styled`, differences are in colours; otherwise they stand between marks.
    """
    used: dict[str, None] = {}
    for number, choice in enumerate(choices):
        if number:
            yield ""
        yield from _lines([_Piece(visible(f"{choice.view.label}: {choice.order}"), _BOLD)], columns, styled)
        for segment in choice.segments:
            yield ""
            yield from _segment(choice, segment, columns, styled, used)
        if choice.view.notes:
            yield ""
        for note in choice.view.notes:
            yield from wrapped(visible(f"Note: {note.rstrip('.')}."), columns)
    if used:
        yield ""
        yield from _lines(_legend(used, styled), columns, styled)


def _legend(used: Iterable[str], styled: bool) -> Iterator[_Piece]:
    for number, style in enumerate(style for style in _LEGEND if style in used):
        if number:
            yield _Piece(", ")
        yield from ([_Piece("words", style)] if styled else [_Piece("words".join(_MARKS[style]))])
        yield _Piece(f" {_LEGEND[style]}")


def _segment(choice: Choice, segment: SegmentView, columns: int, styled: bool, used: dict[str, None]) -> Iterator[str]:
    """Yield the lines of one segment, and add the styles of differences to `used`."""
    facts = [segment.kind, f"article {segment.article}" if segment.article != segment.id else ""]
    facts.append(numbers.count(segment.words, "word") if segment.words else "")
    heading = [_Piece(visible(segment.id), _BOLD), _Piece(visible("  " + ", ".join(filter(None, facts))), _DIM)]
    yield from _lines(heading, columns, styled)
    if segment.source is not None:
        yield from _labelled([_Piece("source", _DIM)], [_Piece(visible(segment.source))], columns, styled)
    for version, content in segment.references.items():
        if content is not None:
            label = [_Piece(visible(f"reference {version}"), _DIM)]
            yield from _labelled(label, [_Piece(visible(content))], columns, styled)
    for output in choice.outputs(segment):
        version, pieces = _compared(segment.references, output, choice.view.target)
        used.update((piece.style, None) for piece in pieces if piece.style in _LEGEND)
        pieces = pieces if styled else list(_with_marks(pieces))
        of_references = [content for content in segment.references.values() if content is not None]
        if not version and of_references and not is_blank(output.text):
            remark = "few words in common with a reference"
        else:
            remark = f"against {version}" if len(of_references) > 1 and version else ""
        label = list(_output_label(choice, output, remark))
        yield from _labelled(label, pieces, columns, styled)


def _output_label(choice: Choice, output: OutputView, remark: str) -> Iterator[_Piece]:
    """Yield the system, its scores and flags, and the remark on its comparison with a reference."""
    yield _Piece(visible(output.system), _BOLD)
    metrics = dict.fromkeys([choice.metric, *choice.view.metrics])
    scores = ", ".join(
        f"{name} {numbers.score(output.scores.get(name), choice.view.decimals.get(name, 1))}" for name in metrics
    )
    yield _Piece(visible(f"  {scores}"))
    if output.flags:
        yield _Piece("  ")
        yield _Piece(visible(f"[{', '.join(_flag(output, name) for name in output.flags)}]"), _FLAG)
    if remark:
        yield _Piece(visible(f"  {remark}"), _DIM)


def _flag(output: OutputView, name: str) -> str:
    """Return a flag with the words that it is about."""
    words = flagged_words(output, name)
    return name.replace("_", "-") + (f" ({words})" if words else "")


def _compared(references: Mapping[str, str | None], output: OutputView, language: str) -> tuple[str, list[_Piece]]:
    """Return the name of the reference that an output is nearest to, and the output with its differences from it.

    If the two have few words in common, the differences would hide the output: it is returned as it is, and the name
    is empty.
    """
    whole = [_Piece(visible(output.text))] if not is_blank(output.text) else [_Piece("(empty)", _DIM)]
    if all(content is None for content in references.values()):
        return "", whole
    versions = list(references)
    version = versions[word_differences.nearest(list(references.values()), output.text, language=language)]
    edits = word_differences.differences(references[version] or "", output.text, language=language)
    shared = sum(_words(edit.output) for edit in edits if edit.kind in ("equal", "move"))
    both = sum(_words(edit.output) + _words(edit.reference) for edit in edits)
    if 2 * shared < _LEAST_SHARED * both or not shared:
        return "", whole
    return version, list(_pieces(edits))


def _words(content: str) -> int:
    return len(_WORD.findall(content))


def _pieces(edits: Iterable[Edit]) -> Iterator[_Piece]:
    """Yield the output with the words that only the reference has between them; white space has no style.

    Line breaks are those of the output. Words that stand apart in their own text stand apart here too.
    """
    ended_with_space = {"reference": True, "output": True}  # of what came before, by text
    last = " "
    for edit in edits:
        is_move = edit.kind == "move"
        sides = [] if edit.kind == "equal" else [("reference", edit.reference, _MOVED_AWAY if is_move else _DELETED)]
        style = "" if edit.kind == "equal" else _MOVED_HERE if is_move else _INSERTED
        for side, content, of_side in [*sides, ("output", edit.output, style)]:
            words = content.rstrip()
            if words and ended_with_space[side] and not last[-1].isspace():
                yield _Piece(" ")
            if words:
                yield _Piece(visible(words), of_side)
                last = words
            space = content[len(words) :]
            if space and side == "output":
                yield _Piece(visible(space))
                last = space
            if content:
                ended_with_space[side] = bool(space)
        if edit.kind == "equal":
            ended_with_space["reference"] = edit.reference[-1:].isspace()


def _with_marks(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    for piece in pieces:
        before, after = _MARKS.get(piece.style, ("", ""))
        yield _Piece(f"{before}{piece.text}{after}")


# --- layout -----------------------------------------------------------------------------------------------------------


def _labelled(label: Sequence[_Piece], content: Sequence[_Piece], columns: int, styled: bool) -> Iterator[str]:
    yield from _lines(label, columns, styled)
    for line in _lines(content, columns - len(_INDENT), styled):
        yield f"{_INDENT}{line}" if line else ""


def _lines(pieces: Iterable[_Piece], columns: int, styled: bool) -> Iterator[str]:
    """Yield pieces in lines of at most so many columns, broken at line breaks and spaces, else between letters."""
    paragraphs: list[list[list[_Piece]]] = [[[]]]  # [paragraphs][words][pieces]
    for text, style in pieces:
        for number, paragraph in enumerate(text.split("\n")):
            if number:
                paragraphs.append([[]])
            for place, word in enumerate(paragraph.split(" ")):
                if place:
                    paragraphs[-1].append([])
                if word:
                    paragraphs[-1][-1].append(_Piece(word, style))
    for words in paragraphs:
        yield from (_styled(line, styled) for line in _filled(words, columns))


def _filled(words: Iterable[list[_Piece]], columns: int) -> Iterator[list[_Piece]]:
    """Yield words in lines; a word that is longer than a line is broken between letters, not before a joined mark."""
    line: list[_Piece] = []
    taken = 0
    for word in words:
        size = sum(width(piece.text) for piece in word)
        if line and taken + 1 + size > columns:
            yield line
            line, taken = [], 0
        if line:
            line.append(_Piece(" ", line[-1].style if word and word[0].style == line[-1].style else ""))
            taken += 1
        if size <= columns:
            line += word
            taken += size
            continue
        for text, style in word:
            for cluster in _CLUSTER.findall(text):
                if line and taken + width(cluster) > columns:
                    yield line
                    line, taken = [], 0
                line.append(_Piece(cluster, style))
                taken += width(cluster)
    yield line


def _styled(line: Sequence[_Piece], styled: bool) -> str:
    """Return a line with its styles, each of which ends within the line."""
    if not styled:
        return "".join(piece.text for piece in line).rstrip()
    runs: list[_Piece] = []
    for piece in line:
        if runs and runs[-1].style == piece.style:
            runs[-1] = _Piece(runs[-1].text + piece.text, piece.style)
        else:
            runs.append(piece)
    return "".join(f"{piece.style}{piece.text}{_END}" if piece.style else piece.text for piece in runs).rstrip()
