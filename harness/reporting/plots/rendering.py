"""Render charts: the only place that calls vl-convert. No chart makes a request: its data are in it.

vl-convert's SVG is made smaller and safe to stand several times in one page: its ids get a prefix, what only scripts
and style sheets use is removed, and attributes that all children share move to their parent.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Literal
from xml.etree import ElementTree

from harness.reporting.plots._indic_text import place_syllables
from harness.reporting.plots.style import FONT, INK, WIDTH, configured

Form = Literal["svg", "png", "pdf"]
FORMS: tuple[Form, ...] = ("svg", "png", "pdf")

PIXELS_PER_INCH = 300
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_BLACK, _WHITE = "#000", "#fff"

# Attributes that children inherit, so that a parent may have them for all of its children.
_INHERITED = (
    "fill", "fill-opacity", "font-family", "font-size", "font-style", "font-weight", "stroke", "stroke-dasharray",
    "stroke-linecap", "stroke-miterlimit", "stroke-opacity", "stroke-width", "text-anchor",
)  # fmt: skip
_UNUSED = re.compile(r"class|style|role|cursor|pointer-events|version|aria-.*")
_DEFAULTS = {
    "opacity": "1", "transform": "translate(0,0)", "fill-opacity": "1", "stroke-opacity": "1", "x2": "0", "y2": "0",
}  # fmt: skip
_COORDINATES = ("d", "transform", "x", "x1", "x2", "y", "y1", "y2")
_LONG_NUMBER = re.compile(r"\d+\.\d{3,}(?!e)")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def render(chart: Any, forms: Collection[Form] = FORMS, *, name: str = "plot", alt: str = "") -> dict[Form, bytes]:
    """Return a chart as files for a paper: black text, and white behind SVG and PNG.

    PNG has 300 pixels per inch. PDF is transparent and contains the fonts. SVG names fonts and needs them installed.
    """
    import vl_convert as vlc

    root = _cleaned(_raw_svg(chart), name=name, alt=alt)
    for element in root.iter():
        for key, value in element.attrib.items():
            if value == INK and key != "aria-label":
                element.set(key, _BLACK)
    results: dict[Form, bytes] = {}
    if "svg" in forms:
        results["svg"] = f"{_text(_on_white(root))}\n".encode()
    place_syllables(root)
    if "png" in forms:
        results["png"] = vlc.svg_to_png(_text(_on_white(root)), ppi=PIXELS_PER_INCH)
    if "pdf" in forms:
        results["pdf"] = vlc.svg_to_pdf(_text(root))
    return results


def _on_white(root: ElementTree.Element) -> ElementTree.Element:
    """Return a copy of an SVG with a white rectangle behind it."""
    left = root.get("viewBox", "0").split()[0]
    copy = ElementTree.Element(root.tag, root.attrib)
    copy.extend([ElementTree.Element("rect", {"x": left, "width": "100%", "height": "100%", "fill": _WHITE}), *root])
    return copy


def inline_svg(chart: Any, name: str, alt: str) -> str:
    """Return a chart as an <svg> element for a page: transparent, with the page's text colour."""
    return _text(_cleaned(_raw_svg(chart), name=name, alt=alt))


def _raw_svg(chart: Any) -> str:
    import vl_convert as vlc

    specification = configured(chart).to_dict(validate=False)
    return str(vlc.vegalite_to_svg(specification, allowed_base_urls=[]))


def _text(root: ElementTree.Element) -> str:
    return ElementTree.tostring(root, encoding="unicode")


# --- smaller and safe -------------------------------------------------------------------------------------------------


def _cleaned(svg: str, *, name: str, alt: str) -> ElementTree.Element:
    """Return the parsed SVG with unique ids, a text for screen readers, the width of a column and fewer characters."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        _clean_attributes(element, name)
    _simplify(root)
    width, height = float(root.get("width", WIDTH)), float(root.get("height", WIDTH))
    # Rows have labels of different widths, so the plot is moved to the right side of its column.
    shown = max(width, WIDTH)
    root.attrib.clear()
    root.attrib |= {
        "xmlns": "http://www.w3.org/2000/svg",
        "width": f"{shown:g}",
        "height": f"{height:g}",
        "viewBox": f"{width - shown:g} 0 {shown:g} {height:g}",
        "role": "img",
        "aria-label": alt,
        "font-family": FONT,
    }
    return root


def _clean_attributes(element: ElementTree.Element, name: str) -> None:
    for key, value in list(element.attrib.items()):
        if _UNUSED.fullmatch(key) or key.startswith(f"{{{_XLINK}}}") or _DEFAULTS.get(key) == value:
            del element.attrib[key]
        elif key == "font-family" and value == FONT:
            del element.attrib[key]  # the root has it
        elif key == "id":
            element.set(key, f"{name}-{value}")
        elif key in _COORDINATES:
            element.set(key, _LONG_NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), value))
        else:
            element.set(key, _REFERENCE.sub(rf"url(#{name}-\1)", value))


def _simplify(element: ElementTree.Element) -> None:
    """Remove what shows nothing, replace groups that do nothing by their children, and share attributes."""
    if element.tag == "defs":
        return
    kept = []
    for child in element:
        _simplify(child)
        if _shows_nothing(child):
            continue
        kept.append(child)
    if element.tag == "g" and kept:
        _share_attributes(element, kept)
    element[:] = [each for child in kept for each in (child if child.tag == "g" and not child.attrib else [child])]


def _shows_nothing(element: ElementTree.Element) -> bool:
    if element.tag == "g":
        return not len(element)
    if element.tag == "text":
        return not "".join(element.itertext())
    if element.tag != "path":
        return False
    painted = element.get("fill") not in (None, "none", "transparent") or element.get("stroke") is not None
    return element.get("display") == "none" or element.get("d", "") in ("", "M0,0h0v0h0Z") or not painted


def _share_attributes(group: ElementTree.Element, children: list[ElementTree.Element]) -> None:
    """Move each attribute that is inherited, and that all children have alike, to their group."""
    for key in _INHERITED:
        values = {child.get(key) for child in children}
        if len(values) == 1 and (value := values.pop()) is not None:
            group.set(key, value)
            for child in children:
                del child.attrib[key]
