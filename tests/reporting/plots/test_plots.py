"""What plots show, read back from their marks, for tables of every kind."""

import math
import re
from dataclasses import replace
from statistics import fmean, stdev

import pytest

from harness.core.errors import InputError
from harness.core.scores import Count, Diagnostics, SystemScores
from harness.reporting import plots
from harness.reporting.plots.length_bins import by_length
from harness.reporting.plots.tradeoff import Point, place_labels, ticks, with_front
from harness.scoring.intervals import t_quantile
from tests.reporting import scores as examples
from tests.reporting.plots.reading import lines, marks, root_of, scale, texts
from tests.reporting.plots.records import NAMES, on_scale_of_one, table, view, with_value

pytest.importorskip("altair", reason="the extra `plots` is not installed")
pytest.importorskip("vl_convert", reason="the extra `plots` is not installed")

KINDS = ["scores", "differences", "segments", "best-two", "length", "speed", "size", "diagnostics"]
PARAMETERS = {name: int(2e8 * 1.7 ** (place * 5 % 9)) for place, name in enumerate(NAMES)}


def drawn(scores, segments=None, parameters=None):
    """Return the plots of one table by kind."""
    views = [segments] if segments is not None else []
    found = plots.svgs([scores], views, parameters)
    return {name.removeprefix(f"{scores.label}-"): plot for name, plot in found.items()}


@pytest.fixture(scope="module")
def six():
    return drawn(table(NAMES[:6]), view(NAMES[:6], 246), PARAMETERS)


class TestEveryPlot:
    @pytest.mark.parametrize(
        ("systems", "segments", "kinds"),
        [
            (1, 1, ["scores"]),
            (1, 60, ["scores", "segments", "length"]),
            (2, 1, ["scores", "differences", "speed", "size", "diagnostics"]),
            (2, 19, KINDS),
            (4, 60, KINDS),
            (12, 60, KINDS),
            (30, 40, KINDS),
        ],
    )
    def test_any_number_of_systems_and_segments_can_be_drawn(self, systems, segments, kinds):
        names = NAMES[:systems]
        found = drawn(table(names, segments), view(names, segments), PARAMETERS)
        assert list(found) == kinds
        for plot in found.values():
            root = root_of(plot.svg)
            assert (root.get("width"), root.get("viewBox").split()[2]) == ("240", "240")
            assert not re.search(r"NaN|undefined|null|Infinity", plot.svg)

    @pytest.mark.parametrize("systems", [3, 6])
    def test_scores_have_the_decimals_of_their_metric(self, systems):
        names = [f"system {letter}" for letter in "abcdef"[:systems]]
        found = drawn(*on_scale_of_one(table(names, bounds=False), view(names, 60)), dict.fromkeys(names, 10**6))
        assert "system a 0.600 [0.580, 0.620]; system b 0.570 [0.550, 0.590]" in found["scores"].alt
        assert "0.600" in texts(found["scores"].svg)
        assert f"system a minus {names[-1]} +0.{3 * systems - 3:02d}0, adjusted p" in found["differences"].alt
        assert ("+0.030" in texts(found["differences"].svg)) == (systems > 3)  # in the cells of a matrix
        assert re.search(r"system a 0\.\d{3}; system b", found["segments"].alt)
        assert re.search(r"system a 0\.\d{3} to 0\.\d{3}", found["length"].alt)
        assert "system a 0.600 at" in found["speed"].alt
        assert "system a 0.600 at" in found["size"].alt

    @pytest.mark.parametrize(
        ("about", "scores", "segments"),
        [
            ("a score is not a number", with_value(table(NAMES[:3]), "google", math.nan), view(NAMES[:3], 20)),
            ("a score is infinite", with_value(table(NAMES[:3]), "google", math.inf), view(NAMES[:3], 20)),
            ("all scores are equal", table(NAMES[:3], values=[41.5] * 3), view(NAMES[:3], 20, fixed=41.5)),
            ("all scores are 0", table(NAMES[:3], values=[0.0] * 3, half=0), view(NAMES[:3], 20, fixed=0.0)),
            ("scores of segments are not numbers", table(NAMES[:3]), view(NAMES[:3], 20, fixed=math.nan)),
            ("there are no segments", table(NAMES[:3]), view(NAMES[:3], 0)),
            ("lower is better", replace(examples.ORDINARY, primary="ter"), None),
            ("one segment", examples.ONE, None),
            ("a system failed", examples.FAILED, None),
            ("a baseline", examples.BASELINE, None),
            ("rows cannot be compared", examples.MIXED, None),
            ("nothing is tested", replace(table(NAMES[:5]), comparisons=tuple(
                replace(pair, p=None, p_adjusted=None, significant=False, interval=None)
                for pair in table(NAMES[:5]).comparisons)), None),
            ("names with any characters", table(["a\0b\ud800", "\u202eevil", "", "x\ny", "<b>'\"&amp;", "१२३"]), None),
            ("names that look alike when short", table([f"{'a' * 40}{n}{'b' * 40}" for n in range(5)]), None),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )  # fmt: skip
    def test_unusual_tables_can_be_drawn(self, about, scores, segments):
        found = drawn(scores, segments)
        assert "scores" in found
        for plot in found.values():
            root_of(plot.svg)
            assert not re.search(r"NaN|undefined|null|Infinity", plot.svg)
            assert plot.caption.endswith(".")
            assert "nan" not in f"{plot.caption}{plot.alt}".replace("finance", "")

    def test_a_table_without_any_score_has_no_plot(self):
        scores = replace(examples.FAILED, systems=(SystemScores("broken", "system", {}, "out of memory"),))
        assert plots.svgs([scores]) == {}

    def test_plots_of_segments_need_a_view_of_the_same_task_and_dataset(self):
        names = NAMES[:2]
        of_one, of_two = view(names, 19, dataset="one"), view(names, 19, seed=1, dataset="two")
        tables = [replace(table(names), dataset=name) for name in ("one", "two")]
        found = plots.svgs(tables, [of_two, of_one])
        assert {"translate-one-segments", "translate-two-segments"} <= set(found)
        assert found["translate-one-segments"].svg != found["translate-two-segments"].svg
        assert "translate-segments" not in plots.svgs([table(names)], [view(names, 19, task="gist")])

    def test_each_says_to_which_table_it_belongs(self):
        found = plots.svgs([replace(table(NAMES[:2]), dataset="in22-gen")], [])
        assert {(name, plot.label) for name, plot in found.items()} >= {
            ("translate-in22-gen-scores", "translate@in22-gen")
        }

    def test_captions_say_so_if_segments_are_scored_against_more_references_than_the_table(self):
        scores = table(NAMES[:2])
        for leaves_one_out in (False, True):
            found = drawn(replace(scores, leaves_one_out=leaves_one_out), view(NAMES[:2], 30))
            for kind in ("segments", "best-two", "length"):
                assert ("of single segments (against all references)" in found[kind].caption) == leaves_one_out

    def test_two_tables_of_one_name_have_plots_of_two_names_and_share_no_segments(self):
        found = plots.svgs([table(NAMES[:2]), table(NAMES[:2])], [view(NAMES[:2], 19)])
        assert {"translate-scores", "translate-2-scores"} <= set(found)
        assert not any("segments" in name for name in found)

    def test_each_has_a_caption_of_one_sentence_and_a_text_for_screen_readers(self, six):
        for plot in six.values():
            assert plot.caption[-1] == "."
            assert not re.search(r"[.!?] [A-Z]", plot.caption)
            assert root_of(plot.svg).get("role") == "img"
            assert root_of(plot.svg).get("aria-label") == plot.alt
            assert any(name in plot.alt for name in NAMES[:6])

    def test_names_of_systems_are_text_in_svg(self):
        svg = drawn(table(["<script>alert(1)", "b & 'c'"]))["scores"].svg
        assert "<script" not in svg
        assert {"<script>alert(1)", "b & 'c'"} <= set(texts(svg))


class TestScores:
    def test_intervals_and_values_are_those_of_the_table(self, six):
        scores, svg = table(NAMES[:6]), six["scores"].svg
        value = scale(svg, "x")
        bounds = [row for row in scores.systems if row.role != "system"]
        shown = [*bounds, *(row for row in scores.systems if row.role == "system" and row.metrics)]
        found = lines(svg, "1.25")
        assert len(found) == len(shown)
        for row, line in zip(shown, found, strict=True):
            limits = row.metrics["chrf++"].interval
            assert (value(line.x), value(line.x2)) == pytest.approx((limits.low, limits.high), abs=0.02)
        points = [mark for mark in marks(svg, "path") if "stroke" not in mark.attributes]
        values = [row.metrics["chrf++"].value for row in shown]
        assert [value(point.x) for point in points] == pytest.approx(values, abs=0.02)

    def test_each_row_has_its_name_and_number_beside_its_interval(self, six):
        svg = six["scores"].svg
        rows = {round(mark.y - 8): [] for mark in lines(svg, "1.25")}
        for mark in marks(svg, "text"):
            for y in rows:
                if abs(mark.y - 9.5 - y) < 2:
                    rows[y].append(mark.text)
        assert [sorted(each) for each in rows.values()] == [
            sorted(each) for each in (
                ["reference", "72.0"], ["oracle", "68.0"], ["google", "60.0"], ["IndicTrans2 1B", "57.0 ≈"],
                ["NLLB-200 3.3B", "54.0"], ["nllb-200-di…illed-600M", "51.0"], ["mBART-50", "48.0"],
                ["अनुवाद मॉडल", "45.0"],
            )
        ]  # fmt: skip

    def test_a_row_without_a_number_is_left_out_and_counted(self):
        plot = drawn(with_value(table(NAMES[:3]), "google", math.nan))["scores"]
        assert "google" not in texts(plot.svg)
        assert "2 rows without a score left out" in plot.caption


class TestDifferences:
    def cells(self, svg):
        """Return {(row, column): texts} of the cells, by the numbers at the sides."""
        found = marks(svg, "text")
        top, side = (
            min(mark.y for mark in found),
            [mark for mark in found if mark.attributes.get("text-anchor") == "end"],
        )
        columns = {mark.text: mark.x for mark in found if mark.y == top}
        rows = {mark.text: mark.y for mark in side if mark.text.isdigit()}
        cells = {}
        for mark in found:
            if mark.y == top or mark in side:
                continue
            column = min(columns, key=lambda name: abs(columns[name] - mark.x))
            row = min(rows, key=lambda name: abs(rows[name] - mark.y))
            cells.setdefault((int(row), int(column)), []).append((mark.text, mark.attributes.get("font-weight")))
        return cells

    def test_cells_have_the_difference_and_the_adjusted_p_of_their_pair(self, six):
        expected = {}
        for a in range(6):
            for b in range(a + 1, 6):
                delta = 3 * (b - a)
                p = "<0.001" if delta > 10 else "0.020" if delta >= 5 else "0.300"
                expected[a + 1, b + 1] = [(f"+{delta}.0", "bold" if delta >= 5 else None), (p, None)]
        assert {key: sorted(each) for key, each in self.cells(six["differences"].svg).items()} == {
            key: sorted(each) for key, each in expected.items()
        }

    def test_shown_differences_are_marked_by_more_than_colour(self, six):
        svg = six["differences"].svg
        shades = [float(mark.attributes["fill-opacity"]) for mark in marks(svg, "path") if "h" in mark.attributes["d"]]
        dots = [mark for mark in marks(svg, "path") if "A" in mark.attributes["d"]]
        assert sum(shade > 0 for shade in shades) == len(dots) == 10
        assert len(shades) == 15

    @pytest.mark.parametrize("systems", [9, 30])
    def test_many_systems_have_a_dot_or_a_ring_for_each_pair(self, systems):
        svg = drawn(table(NAMES[:systems]))["differences"].svg
        signs = [mark for mark in marks(svg, "path") if "A" in mark.attributes["d"]]
        pairs, shown = (
            systems * (systems - 1) // 2,
            sum(pair.significant for pair in table(NAMES[:systems]).comparisons),
        )
        assert len(signs) == pairs
        assert sum(mark.attributes.get("fill") == "currentColor" for mark in signs) == shown

    def test_few_systems_have_rows_with_the_intervals_of_the_table(self):
        svg = drawn(table(NAMES[:3]))["differences"].svg
        value = scale(svg, "x")
        assert [(round(value(line.x), 1), round(value(line.x2), 1)) for line in lines(svg, "1.25")] == [
            (2.0, 10.0), (-1.0, 7.0), (-1.0, 7.0),
        ]  # fmt: skip
        assert {"google − NLLB-200 3.3B", "p 0.020", "p 0.300"} <= set(texts(svg))

    def test_against_a_baseline_each_other_system_has_a_row(self):
        plot = drawn(examples.BASELINE)["differences"]
        value = scale(plot.svg, "x")
        assert [(round(value(line.x)), round(value(line.x2))) for line in lines(plot.svg, "1.25")] == [
            (36, 43),
            (35, 42),
        ]
        assert "minus that of far" in plot.caption

    def test_a_lower_score_is_better_where_the_metric_says_so(self):
        plot = drawn(replace(examples.ORDINARY, primary="ter"))["differences"]
        assert next(text for text in texts(plot.svg) if "−" in text and "far" in text).endswith("far")
        assert "difference in ter (lower is better)" in texts(plot.svg)


class TestSegments:
    def test_strokes_are_scores_of_segments(self):
        segments = view(NAMES[:2], 19)
        svg = drawn(table(NAMES[:2], 19), segments)["segments"].svg
        value = scale(svg, "x")
        strokes = [mark for mark in marks(svg, "path") if "v10" in mark.attributes["d"]]
        found = [
            (mark.x + float(re.match(r"M([-\d.]+)", mark.attributes["d"])[1]) + 0.35) for mark in strokes
        ]  # fmt: skip
        for place in range(2):
            expected = sorted(each.outputs[place].scores["chrf++"] for each in segments.segments)
            assert [value(x) for x in found[19 * place : 19 * place + 19]] == pytest.approx(expected, abs=0.05)

    def test_the_thick_line_is_the_middle_half_of_all_segments(self):
        segments = view(NAMES[:2], 1001)
        svg = drawn(table(NAMES[:2], 1001), segments)["segments"].svg
        value, scores = scale(svg, "x"), sorted(each.outputs[0].scores["chrf++"] for each in segments.segments)
        line = lines(svg, "2")[0]
        assert (value(line.x), value(line.x2)) == pytest.approx((scores[250], scores[750]), abs=0.05)

    def test_many_segments_are_thinned_evenly_and_the_caption_says_so(self):
        plot = drawn(table(NAMES[:6], 2507), view(NAMES[:6], 2507))["segments"]
        assert "120 evenly spaced ones of 2,507 segments" in plot.caption
        assert sum("v10" in mark.attributes["d"] for mark in marks(plot.svg, "path")) == 6 * 120

    def test_systems_with_several_outputs_have_their_mean(self):
        segments = view(["a", "b", "a"], 9)
        found = plots.Subject(table(["a", "b"]), segments.segments).by_segment
        first = [output.scores["chrf++"] for output in segments.segments[0].outputs]
        assert found[0] == pytest.approx({"a": (first[0] + first[2]) / 2, "b": first[1]})


class TestBestTwo:
    def test_points_are_segments_with_both_scores(self):
        segments = view(NAMES[:2], 30)
        svg = drawn(table(NAMES[:2]), segments)["best-two"].svg
        across, up = scale(svg, "x"), scale(svg, "y")
        points = [mark for mark in marks(svg, "path") if "A" in mark.attributes["d"]]
        found = sorted((across(mark.x), up(mark.y)) for mark in points)
        rows = [[output.scores["chrf++"] for output in each.outputs] for each in segments.segments]
        assert len(found) == len(rows)
        for point, (b, a) in zip(found, sorted((b, a) for a, b in rows), strict=True):
            assert point == pytest.approx((b, a), abs=0.2)

    def test_the_caption_counts_wins_of_all_segments(self):
        segments = view(NAMES[:2], 900)
        plot = drawn(table(NAMES[:2]), segments)["best-two"]
        a, b = ([each.outputs[place].scores["chrf++"] for each in segments.segments] for place in range(2))
        better = sum(x > y for x, y in zip(a, b, strict=True))
        assert (
            f"google is better on {better}, IndicTrans2 1B on {900 - better}, and they are equal on 0" in plot.caption
        )
        assert "700 of 900 segments, evenly spaced by difference" in plot.caption


class TestLength:
    @pytest.mark.parametrize(
        ("lengths", "bins"),
        [
            ([], []),
            ([0, 0, 7], [("7", 1)]),
            ([5], [("5", 1)]),
            ([5] * 40, [("5", 40)]),
            ([3] * 30 + [4] * 10, [("3", 30), ("4", 10)]),
            (range(1, 20), [("1–10", 10), ("11+", 9)]),
            (range(1, 101), [("1–20", 20), ("21–40", 20), ("41–60", 20), ("61–80", 20), ("81+", 20)]),
        ],
    )
    def test_bins_are_of_about_equal_size_and_never_separate_equal_lengths(self, lengths, bins):
        found = by_length(list(lengths))
        assert [(each.label, len(each.segments)) for each in found] == bins

    def test_means_and_intervals_are_those_of_the_segments_in_each_bin(self):
        segments = view(NAMES[:2], 40)
        svg = drawn(table(NAMES[:2]), segments)["length"].svg
        value = scale(svg, "y")
        ends = [
            (value(line.y), value(line.y2)) for line in lines(svg, "1") if line.attributes.get("x2", "0") == "0"
        ]  # fmt: skip
        expected = []
        for place in range(2):
            for each in by_length([segment.words for segment in segments.segments]):
                values = [segments.segments[index].outputs[place].scores["chrf++"] for index in each.segments]
                half = t_quantile(0.975, len(values) - 1) * stdev(values) / len(values) ** 0.5
                expected.append((fmean(values) - half, fmean(values) + half))
        assert sorted(tuple(sorted(pair)) for pair in ends) == [
            pytest.approx(pair, abs=0.2) for pair in sorted(expected)
        ]  # fmt: skip

    def test_more_than_four_systems_have_a_panel_each(self):
        plot = drawn(table(NAMES[:30]), view(NAMES[:30], 60))["length"]
        assert "of the best 12 of 30 systems" in plot.caption
        assert sum(name in texts(plot.svg) for name in NAMES[:12]) >= 10


class TestTradeoff:
    def test_the_front_is_what_no_other_beats_on_both(self):
        points = [
            Point("best", 9, 60), Point("fast", 1, 40), Point("slow", 10, 55), Point("twin", 1, 40),
            Point("mid", 3, 50), Point("worse", 3, 49),
        ]  # fmt: skip
        assert [point.name for point in with_front(points, True, True) if point.front] == [
            "best",
            "fast",
            "twin",
            "mid",
        ]
        assert [point.name for point in with_front(points, False, True) if point.front] == ["best", "slow"]

    def test_speed_is_seconds_per_segment_else_tokens_per_second(self):
        names = NAMES[:3]
        assert "seconds per segment (lower is better)" in texts(drawn(table(names), view(names, 9))["speed"].svg)
        assert "output tokens per second (higher is better)" in texts(drawn(table(names))["speed"].svg)

    def test_a_cost_that_is_known_of_one_system_only_is_not_drawn(self):
        assert "size" not in drawn(table(NAMES[:3]), None, {"google": 10**9})

    def test_systems_without_a_known_cost_are_left_out_and_counted(self):
        plot = drawn(table(NAMES[:3]), None, {"google": 10**9, "NLLB-200 3.3B": 3_300_000_000})["size"]
        assert "1 system without a known size left out" in plot.caption
        assert "IndicTrans2 1B" not in texts(plot.svg)
        assert "google 60.0 at 1.0B parameters" in plot.alt

    @pytest.mark.parametrize(
        ("low", "high", "expected"),
        [
            (0.04, 6, [0.1, 0.3, 1, 3]), (0.4, 6, [0.5, 1, 2, 5]), (1.5e8, 2e10, [3e8, 1e9, 3e9, 1e10]),
            (1e-3, 1e9, [1e-3, 1, 1e3, 1e6, 1e9]), (6, 7, []),
        ],
    )  # fmt: skip
    def test_ticks_are_round_numbers(self, low, high, expected):
        assert ticks(low, high) == pytest.approx(expected)

    def test_labels_do_not_overlap(self):
        points = [Point(name, 1 + place / 50, 40 + place / 50, True) for place, name in enumerate(NAMES[:12])]
        boxes = [label.box for label in place_labels(points, [0.5, 2], [30, 50])]
        assert len(boxes) > 3
        for place, (left, top, right, bottom) in enumerate(boxes):
            for other in boxes[:place]:
                assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


class TestDiagnostics:
    def test_cells_have_the_text_of_the_table(self, six):
        found = texts(six["diagnostics"].svg)
        assert {"empty", "cut", "repeated"} <= set(found)
        assert found.count("0/100") == 2
        assert "0.6%" in found

    def test_a_fraction_that_is_too_wide_for_its_cell_is_a_count(self):
        assert {"0", "4"} <= set(texts(drawn(table(NAMES[:30], 10**8))["diagnostics"].svg))
        assert "4/100,000,000" not in texts(drawn(table(NAMES[:30], 10**8))["diagnostics"].svg)
        assert "1/100" in texts(drawn(table(NAMES[:30], 100))["diagnostics"].svg)

    def test_a_stronger_shade_is_a_larger_share(self, six):
        svg = six["diagnostics"].svg
        shades = [float(mark.attributes["fill-opacity"]) for mark in marks(svg, "path") if "h" in mark.attributes["d"]]
        cut, repeated = shades[6:12], shades[12:]
        assert cut == pytest.approx([0.55 * math.sqrt(place % 5 / 100) for place in range(6)], abs=0.001)
        assert repeated == pytest.approx([0.55 * math.sqrt(place / 900) for place in range(6)], abs=0.001)

    def test_a_diagnostic_without_any_fault_is_not_drawn(self):
        assert "diagnostics" not in drawn(table(NAMES[:1]))

    @pytest.mark.parametrize(("cut", "is_drawn"), [(0, False), (1, True)])
    def test_one_diagnostic_alone_is_in_the_table_and_not_drawn(self, cut, is_drawn):
        counts = {"empty": Count(1, 100), "cut": Count(cut, 100)}
        scores = table(NAMES[:2], failed=False, bounds=False)
        rows = tuple(replace(row, diagnostics=Diagnostics(100, counts)) for row in scores.systems)
        assert ("diagnostics" in drawn(replace(scores, systems=rows))) is is_drawn


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(plots, "find_spec", lambda name: None if name == "altair" else object())
    assert plots.missing() == "plots need altair; run `pip install 'hindi-eval-harness[plots]'`"
    with pytest.raises(InputError, match="plots need altair; run"):
        plots.svgs([table(NAMES[:2])])
