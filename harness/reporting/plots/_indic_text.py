"""Place the syllables of Indic scripts in SVG, because vl-convert-python 1.9 draws them on top of each other.

Its renderer advances after a syllable by the width of its widest glyph, not by the sum of its glyphs, so the sign in वा
is overprinted by the next letter. Here each such syllable gets a position of its own. Its width is measured by drawing
it: the headline of Devanagari ends where the next letter begins. Browsers are right without this.
"""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Iterator
from functools import lru_cache
from xml.etree import ElementTree

_VIRAMA = 9  # its canonical combining class
_JOINERS = "\u200c\u200d"
_SIZE = 32  # pixels per em while measuring
_BESIDE_LATIN = 0.06  # em to the right of a letter that does not join the next one
_PRESERVE = "{http://www.w3.org/XML/1998/namespace}space"
_ANCHORED = {"end": -1.0, "middle": -0.5}


def place_syllables(root: ElementTree.Element) -> None:
    """Give each Indic syllable of several glyphs a position; other texts stay as they are."""
    inherited: dict[ElementTree.Element, dict[str, str]] = {root: dict(root.attrib)}
    for parent in root.iter():
        for child in parent:
            inherited[child] = inherited[parent] | child.attrib
    for element in [each for each in root.iter("text") if _is_affected(each.text or "")]:
        settings = inherited[element]
        size = float(settings.get("font-size", "16").removesuffix("px"))
        chunks = list(_chunks(element.text or ""))
        widths = [size * _width(each, settings["font-family"], settings.get("font-weight", "")) for each in chunks]
        x = float(element.get("x", "0")) + sum(widths) * _ANCHORED.get(settings.get("text-anchor", ""), 0.0)
        element.text = None
        element.set("text-anchor", "start")
        element.set(_PRESERVE, "preserve")
        for chunk, width in zip(chunks, widths, strict=True):
            ElementTree.SubElement(element, "tspan", {"x": f"{x:.2f}"}).text = chunk
            x += width


def _is_affected(text: str) -> bool:
    return any(_is_spacing_mark(char) or unicodedata.combining(char) == _VIRAMA for char in text)


def _is_spacing_mark(char: str) -> bool:
    return unicodedata.category(char) == "Mc"


def _chunks(text: str) -> Iterator[str]:
    """Yield the parts of a text: each syllable of several glyphs, and what is between them with spaces at the start."""
    syllables: list[str] = []
    for char in text:
        joins = unicodedata.category(char) in ("Mn", "Mc") or char in _JOINERS
        after = syllables[-1].rstrip(_JOINERS) if syllables else ""
        if syllables and (joins or (after and unicodedata.combining(after[-1]) == _VIRAMA)):
            syllables[-1] += char
        else:
            syllables.append(char)
    chunk = ""
    for syllable in syllables:
        if _is_affected(syllable):
            if chunk.strip():
                yield chunk.rstrip()
                chunk = chunk[len(chunk.rstrip()) :]
            yield chunk + syllable
            chunk = ""
        else:
            chunk += syllable
    if chunk:
        yield chunk


@lru_cache(maxsize=4096)
def _width(chunk: str, family: str, weight: str) -> float:
    """Return the width of a text in em, from its start to the right end of its ink."""
    import vl_convert as vlc

    root = ElementTree.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "width": str(2 * _SIZE * (len(chunk) + 1)), "height": str(2 * _SIZE)},
    )
    settings = {"y": str(1.4 * _SIZE), "font-size": f"{_SIZE}px", "font-family": family, _PRESERVE: "preserve"}
    ElementTree.SubElement(root, "text", settings | ({"font-weight": weight} if weight else {})).text = chunk
    ink = _right_end(vlc.svg_to_png(ElementTree.tostring(root, encoding="unicode"))) / _SIZE
    return ink if _joins_next(chunk[-1]) else ink + _BESIDE_LATIN


def _joins_next(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char) in ("Lo", "Mc", "Mn")


def _right_end(png: bytes) -> int:
    """Return the column after the last one that is not transparent, of a PNG with 8 bits of red, green, blue, alpha."""
    width, height = struct.unpack(">II", png[16:24])
    data, place = b"", 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += length + 12
    lines, stride, end = zlib.decompress(data), 4 * width, 0
    above = bytearray(stride)
    for row in range(height):
        start = row * (stride + 1)
        above = _unfiltered(lines[start], bytearray(lines[start + 1 : start + 1 + stride]), above)
        ink = above[3::4].rstrip(b"\0")
        end = max(end, len(ink))
    return end


def _unfiltered(kind: int, line: bytearray, above: bytearray) -> bytearray:
    """Return a line of pixels without PNG's filter (PNG specification, section 9)."""
    for place in range(len(line)):
        left = line[place - 4] if place >= 4 else 0
        up, corner = above[place], above[place - 4] if place >= 4 else 0
        line[place] = (line[place] + _predicted(kind, left, up, corner)) & 255
    return line


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        guess = left + up - corner
        distances = (abs(guess - left), abs(guess - up), abs(guess - corner))
        return (left, up, corner)[distances.index(min(distances))]
    return (0, left, up, (left + up) // 2)[kind]
