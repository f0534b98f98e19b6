"""From the raw text of an article page to segments with stable ids; pure.

The page's layout decides the kinds: blocks are separated by line ends; the first block is the title; a later block
without a sentence-final mark is a section heading; the one paragraph between the title and the first heading is the
standfirst; every other paragraph is body. Debris (blocks without a letter or digit, blank lines, spaces at the ends)
is dropped, and nothing else.
"""

from __future__ import annotations

import re

from harness.core.records import Article, Segment, SegmentKind
from harness.core.text import sentences

# White space, and the signs without width that pages strew at the ends of lines.
_EDGES = re.compile("\\A[\\s\\ufeff\\u200b-\\u200f\\u2060]+|[\\s\\ufeff\\u200b-\\u200f\\u2060]+\\Z")
# How a paragraph ends; a block that ends otherwise is a title or a heading.
_FINAL = re.compile("[।॥.?!…|:][\"'”’»)\\]]*$")


def ingest(raw: str, *, article: str, language: str) -> Article:
    """Return the article in segments: `raw[s.start:s.end] == s.text` for each, in reading order.

    Segment ids are `<article>#s01`, ...; paragraph ids `<article>#p01`, ..., counted over all blocks. A text without
    any letter or digit gives an article without segments.
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


def is_debris(block: str) -> bool:
    """Whether a stretch of a page says nothing: it holds no letter and no digit (such as the × of a close button)."""
    return not any(character.isalnum() for character in block)


def _blocks(raw: str) -> list[tuple[int, int]]:
    """Return the offsets of the lines that say something, without the space around them."""
    found = []
    for match in re.finditer(r"[^\r\n]+", raw):
        block = match.group()
        if not is_debris(block):
            stripped = _EDGES.sub("", block)
            start = match.start() + block.index(stripped)
            found.append((start, start + len(stripped)))
    return found


def _kinds(blocks: list[str]) -> list[SegmentKind]:
    kinds: list[SegmentKind] = ["body" if _FINAL.search(block) else "heading" for block in blocks]
    if kinds:
        kinds[0] = "title"
    if kinds[1:3] == ["body", "heading"]:
        kinds[1] = "standfirst"
    return kinds
