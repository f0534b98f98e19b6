"""What rendered plots are as files: safe in a page, fit for a paper, small."""

import re
import shutil
import struct
import subprocess
import time
import zlib
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from harness.core.errors import FileError
from harness.reporting import plots
from harness.reporting.plots import style
from harness.reporting.plots._indic_text import _chunks, _predicted, _right_end, place_syllables
from harness.reporting.plots.rendering import _cleaned
from tests.reporting.plots.reading import marks, root_of
from tests.reporting.plots.records import NAMES, table, view

pytest.importorskip("altair", reason="the extra `plots` is not installed")
pytest.importorskip("vl_convert", reason="the extra `plots` is not installed")

PARAMETERS = {name: int(2e8 * 1.7 ** (place * 5 % 9)) for place, name in enumerate(NAMES)}
PAGES = {"white": "#ffffff", "dark gray": "#1e1e1e"}


@pytest.fixture(scope="module")
def large():
    """All plots of the largest task that the project promises to be quick with."""
    return plots.svgs([table(NAMES[:6], 2507)], [view(NAMES[:6], 2507)], PARAMETERS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files of the plots of a task with a Hindi name."""
    folder = tmp_path_factory.mktemp("plots")
    plots.write(folder / "new", [table(NAMES[:6])], [view(NAMES[:6], 60)], PARAMETERS)
    return folder / "new"


class TestInAPage:
    def test_it_is_small(self, large):
        assert len(large) == 8
        assert all(len(plot.svg.encode()) < 150_000 for plot in large.values())
        thirty = plots.svgs([table(NAMES[:30])], [view(NAMES[:30], 60)], PARAMETERS)
        assert all(len(plot.svg.encode()) < 150_000 for plot in thirty.values())

    @pytest.mark.slow
    def test_all_plots_of_a_large_task_take_two_seconds_of_processor_time(self, large):
        started = time.process_time()
        plots.svgs([table(NAMES[:6], 2507)], [view(NAMES[:6], 2507)], PARAMETERS)
        assert time.process_time() - started < 2

    def test_it_has_no_script_no_style_no_link_and_no_event(self, large):
        for plot in large.values():
            for element in root_of(plot.svg).iter():
                assert element.tag.rpartition("}")[2] in {
                    "svg",
                    "g",
                    "path",
                    "line",
                    "rect",
                    "text",
                    "defs",
                    "clipPath",
                }
                assert not any(re.match(r"on|style|class|.*href", key) for key in element.attrib)
            assert re.findall(r"https?:[^\"]*", plot.svg) == ["http://www.w3.org/2000/svg"]

    def test_ids_begin_with_the_name_of_the_plot(self):
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><defs><clipPath id="clip0"><path d="M0,0h1"/>'
            '</clipPath></defs><g clip-path="url(#clip0)"><path d="M0,0h1" stroke="red"/></g></svg>'
        )
        found = ElementTree.tostring(_cleaned(svg, name="translate-x", alt=""), encoding="unicode")
        assert 'id="translate-x-clip0"' in found
        assert 'clip-path="url(#translate-x-clip0)"' in found

    def test_no_two_plots_share_an_id(self, large):
        ids = [
            element.get("id") for plot in large.values() for element in root_of(plot.svg).iter() if element.get("id")
        ]
        assert len(ids) == len(set(ids))

    def test_every_text_has_the_colour_of_the_page(self, large):
        for plot in large.values():
            assert {mark.attributes["fill"] for mark in marks(plot.svg, "text")} == {"currentColor"}

    def test_every_mark_has_a_colour_of_the_palette_or_of_the_page(self, large):
        palette = {style.INK, style.BLUE, style.ORANGE, "none", "transparent"}
        for plot in large.values():
            for tag in ("path", "line"):
                for mark in marks(plot.svg, tag):
                    assert {mark.attributes.get("fill", "none"), mark.attributes.get("stroke", "none")} <= palette

    def test_text_has_seven_points_or_more(self, large):
        for plot in large.values():
            assert min(float(mark.attributes["font-size"].removesuffix("px")) for mark in marks(plot.svg, "text")) >= 7

    def test_the_same_records_give_the_same_svg(self):
        tables, views = [table(NAMES[:3])], [view(NAMES[:3], 800)]
        assert plots.svgs(tables, views) == plots.svgs(tables, views)


class TestPalette:
    def luminance(self, colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def lightness(self, colour):
        y = self.luminance(colour)
        return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y

    @pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
    @pytest.mark.parametrize("colour", [style.BLUE, style.ORANGE])
    def test_marks_have_a_contrast_of_three_with_the_page(self, page, colour):
        low, high = sorted((self.luminance(page), self.luminance(colour)))
        assert (high + 0.05) / (low + 0.05) >= 3

    @pytest.mark.parametrize("ink", ["#000000", "#e6e6e6"], ids=["on white", "on dark"])
    def test_colours_differ_in_lightness_so_that_greyscale_keeps_them_apart(self, ink):
        found = [self.lightness(colour) for colour in (ink, style.BLUE, style.ORANGE)]
        assert min(abs(a - b) for a, b in combinations(found, 2)) >= 10

    def test_series_differ_in_shape_and_dash_so_that_none_needs_its_colour(self):
        for values in (style.SERIES_SHAPES, style.SERIES_DASHES):
            assert len(set(values)) == len(values) == style.MOST_SERIES


class TestFiles:
    def test_every_plot_has_three_files_with_stable_names(self, folder):
        kinds = ("best-two", "diagnostics", "differences", "length", "scores", "segments", "size", "speed")
        assert sorted(path.name for path in folder.iterdir()) == [
            f"translate-{kind}.{form}" for kind in kinds for form in ("pdf", "png", "svg")
        ]

    def test_files_of_others_stay(self, tmp_path):
        (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
        (tmp_path / "translate-scores.svg").write_text("old", encoding="utf-8")
        paths = plots.write(tmp_path, [table(NAMES[:1])])
        assert [path.name for path in paths] == [f"translate-scores.{form}" for form in ("svg", "png", "pdf")]
        assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"
        assert (tmp_path / "translate-scores.svg").read_text(encoding="utf-8").startswith("<svg")

    def test_a_folder_that_is_a_file_is_one_clear_line(self, tmp_path):
        (tmp_path / "file").write_text("", encoding="utf-8")
        with pytest.raises(FileError, match="could not write"):
            plots.write(tmp_path / "file", [table(NAMES[:1])])

    def test_svg_is_black_on_white(self, folder):
        for path in folder.glob("*.svg"):
            svg = path.read_text(encoding="utf-8")
            assert "currentColor" not in svg
            assert root_of(svg)[0].attrib["fill"] == "#fff"

    def test_png_has_300_pixels_per_inch_of_one_column(self, folder):
        for path in folder.glob("*.png"):
            data = path.read_bytes()
            assert struct.unpack(">I", data[16:20])[0] in (999, 1000)  # 240 points
            place = data.index(b"pHYs")
            per_metre, _, unit = struct.unpack(">IIB", data[place + 4 : place + 13])
            assert (round(per_metre * 0.0254), unit) == (300, 1)

    def test_pdf_is_one_column_wide_and_contains_its_fonts(self, folder):
        for path in folder.glob("*.pdf"):
            data = path.read_bytes()
            assert re.search(rb"/MediaBox \[0 0 240 \d+\]", data)
            descriptors = re.findall(rb"/Type /FontDescriptor.*?>>", data, re.DOTALL)
            assert descriptors
            assert all(b"/FontFile" in descriptor for descriptor in descriptors)

    def test_pdffonts_says_that_all_fonts_are_embedded(self, folder):
        if not shutil.which("pdffonts"):
            pytest.skip("pdffonts (poppler-utils) is not installed")
        for path in folder.glob("*.pdf"):
            run = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True)
            assert all(line.split()[-5] == "yes" for line in run.stdout.splitlines()[2:])


class TestIndicText:
    @pytest.mark.parametrize(
        ("text", "chunks"),
        [
            ("abc", ["abc"]),
            ("अब", ["अब"]),
            ("वाद", ["वा", "द"]),
            ("अनुवाद मॉडल mBART", ["अनु", "वा", "द", " मॉ", "डल mBART"]),
            ("क्षत्रिय", ["क्ष", "त्रि", "य"]),
            ("क्\u200dष", ["क्\u200dष"]),
            ("राष्ट्रीय  ज़", ["रा", "ष्ट्री", "य  ज़"]),
            ("ा", ["ा"]),
        ],
    )
    def test_syllables_of_several_glyphs_stand_alone(self, text, chunks):
        assert list(_chunks(text)) == chunks
        assert "".join(chunks) == text

    def test_syllables_are_placed_one_after_another_from_the_end_of_the_text(self):
        def placed(anchor):
            text = ElementTree.Element("text", {"text-anchor": anchor, "font-size": "20px"})
            text.text = "अनुवाद"
            root = ElementTree.Element("svg", {"font-family": style.FONT})
            root.append(text)
            place_syllables(root)
            assert "".join(text.itertext()) == "अनुवाद"
            assert text.get("text-anchor") == "start"
            return [float(part.get("x")) for part in text]

        start, middle, end = placed("start"), placed("middle"), placed("end")
        assert start[0] == 0
        assert all(5 < b - a < 60 for a, b in pairwise(start))
        assert end[0] < middle[0] < 0
        assert end[0] == pytest.approx(2 * middle[0], abs=0.02)

    def test_other_texts_stay_as_they_are(self):
        root = ElementTree.fromstring('<svg font-family="x"><text font-size="9px">google 1.5</text></svg>')
        before = ElementTree.tostring(root)
        place_syllables(root)
        assert ElementTree.tostring(root) == before

    @pytest.mark.parametrize("kind", range(5))
    def test_ink_is_found_whatever_filter_the_png_has(self, kind):
        width, height, ink = 6, 3, {(1, 0): 9, (3, 1): 200, (2, 2): 77}
        pixels = [[ink.get((x, y), 0) if channel == 3 else 0 for x in range(width) for channel in range(4)]
                  for y in range(height)]  # fmt: skip
        raw = b""
        for y, row in enumerate(pixels):
            above = pixels[y - 1] if y else [0] * len(row)
            raw += bytes([kind]) + bytes(
                (value - _predicted(kind, row[x - 4] if x > 3 else 0, above[x], above[x - 4] if x > 3 else 0)) & 255
                for x, value in enumerate(row)
            )

        def chunk(name, data):
            return struct.pack(">I", len(data)) + name + data + b"\0\0\0\0"

        header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
        png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
        assert _right_end(png) == 4
