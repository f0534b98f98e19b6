"""Read values back from the marks of an SVG, by the ticks of its axes."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from harness.reporting.plots.style import TEXT

_MOVE = re.compile(r"translate\(([-\d.e]+),([-\d.e]+)\)")


@dataclass(frozen=True)
class Mark:
    """An element without children, where it stands in the whole picture."""

    tag: str
    x: float
    y: float
    attributes: dict  # with those of its groups
    text: str = ""

    @property
    def x2(self):
        return self.x + float(self.attributes.get("x2", 0))

    @property
    def y2(self):
        return self.y + float(self.attributes.get("y2", 0))


def root_of(svg):
    return ElementTree.fromstring(svg)


def marks(svg, tag):
    """Return all elements with a tag, in the order of drawing."""
    return [mark for mark in _walk(root_of(svg), 0.0, 0.0, {}) if mark.tag == tag]


def _walk(element, x, y, inherited):
    attributes = inherited | {key: value for key, value in element.attrib.items() if key != "transform"}
    for dx, dy in _MOVE.findall(element.get("transform", "")):
        x, y = x + float(dx), y + float(dy)
    yield Mark(element.tag.rpartition("}")[2], x, y, attributes, "".join(element.itertext()))
    for child in element:
        yield from _walk(child, x, y, attributes)


def texts(svg):
    return [mark.text for mark in marks(svg, "text")]


def lines(svg, width):
    """Return the lines of one stroke width."""
    return [mark for mark in marks(svg, "line") if mark.attributes.get("stroke-width") == width]


def scale(svg, axis):
    """Return a function from a position to a value, by the numbers at an axis that is not turned: "x" or "y"."""
    ticks = [mark for mark in marks(svg, "text") if re.fullmatch(r"[−+]?\d+(\.\d+)?", mark.text)]
    level = [getattr(mark, "y" if axis == "x" else "x") for mark in ticks]
    common = max(set(level), key=level.count)
    found = sorted(
        (getattr(mark, axis), float(mark.text.replace("−", "-")))
        for mark, place in zip(ticks, level, strict=True)
        if place == common
    )
    (first, low), (last, high) = found[0], found[-1]
    # Vega puts the base line of a label beside an axis 0.3 of its size below the tick.
    shift = 0.0 if axis == "x" else 0.3 * TEXT
    # Axes are drawn half a point further to the right and down than marks, so that their lines are sharp.
    return lambda place: low + (place + 0.5 - (first - shift)) * (high - low) / (last - first)
