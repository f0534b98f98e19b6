"""Cut the raw text of an article page into segments with stable ids. Pure.

The layout of the page decides the kinds:
- Line ends of every kind (`text.LINE_ENDS`) separate blocks, and the first block is the title.
- A later block without a sentence-final mark is a section heading.
- If there is one paragraph between the title and the first heading, it is the standfirst.
- Every other paragraph is body.

Only debris is left out: blocks without a letter or digit, blank lines, spaces at the ends.
"""

from __future__ import annotations

import re

from harness.core.records import Article, Segment, SegmentKind
from harness.core.text import LINE_ENDS, has_word, sentences

# White space, which Unicode has up to U+3000, and the signs without width that pages have at the ends of lines.
_EDGES = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060"
# The end of a paragraph. A block with another end is a title or a heading.
_FINAL = re.compile("[।॥.?!…|:][\"'”’»)\\]]*$")
_LINE = re.compile(f"[^{LINE_ENDS}]+")


def ingest(raw: str, *, article: str, language: str) -> Article:
    """Return the article in segments, in reading order; for each, `raw[s.start:s.end] == s.text`.

    Segment ids are `<article>#s01`, ...; paragraph ids are `<article>#p01`, ..., counted over all blocks. A text
    without a letter or digit gives an article without segments.
    """
    blocks = _blocks(raw)
    kinds = _kinds([raw[start:end] for start, end in blocks])
    segments: list[Segment] = []
    for number, ((start, end), kind) in enumerate(zip(blocks, kinds, strict=True), start=1):
        whole = kind in ("title", "heading")
        for low, high in [(0, end - start)] if whole else sentences.split(raw[start:end]):
            segments.append(
                Segment(
                    id=f"{article}#s{len(segments) + 1:02d}",
                    paragraph=f"{article}#p{number:02d}",
                    kind=kind,
                    start=start + low,
                    end=start + high,
                    text=raw[start + low : start + high],
                )
            )
    return Article(id=article, language=language, segments=tuple(segments))


def plain(raw: str, *, article: str, language: str, title: str | None = None) -> Article:
    """Return the text of an article without layout: every line is a paragraph of the body; the title is told.

    Offsets are those in the title and the text as one string, with a line break between them.
    """
    segments: list[Segment] = []
    whole = raw if title is None else f"{title}\n{raw}"
    for number, (start, end) in enumerate(_blocks(whole), start=1):
        kind: SegmentKind = "body" if title is None or start > len(title) else "title"
        for low, high in [(0, end - start)] if kind == "title" else sentences.split(whole[start:end]):
            at, to = start + low, start + high
            name = f"{article}#s{len(segments) + 1:02d}"
            segments.append(Segment(name, f"{article}#p{number:02d}", kind, at, to, whole[at:to]))
    return Article(id=article, language=language, segments=tuple(segments))


def begins_with_title(raw: str) -> bool:
    """Return whether the first block of a page is a title: it does not end as a sentence does, and text follows."""
    blocks = _blocks(raw)
    return len(blocks) > 1 and not _FINAL.search(raw[slice(*blocks[0])])


def _blocks(raw: str) -> list[tuple[int, int]]:
    """Return the (start, end) offsets of the lines that are not debris, without the space around them."""
    blocks = []
    for match in _LINE.finditer(raw):
        block = match.group()
        if has_word(block):
            start = match.start() + len(block) - len(block.lstrip(_EDGES))
            blocks.append((start, start + len(block.strip(_EDGES))))
    return blocks


def _kinds(blocks: list[str]) -> list[SegmentKind]:
    kinds: list[SegmentKind] = ["body" if _FINAL.search(block) else "heading" for block in blocks]
    if kinds:
        kinds[0] = "title"
    if kinds[1:3] == ["body", "heading"]:
        kinds[1] = "standfirst"
    return kinds
