"""From a page to segments: every sentence once, in order, at its place in the file; only debris is dropped."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core import files
from harness.core.records import HINDI, Article
from harness.core.text import has_word
from harness.datasets._segmentation import ingest
from tests.paths import DATASET

RAW = files.read_text(DATASET / "article.hin_Deva.txt")

# The visible characters of a text, without white space, byte order marks and zero-width spaces.
UNSEEN = dict.fromkeys(map(ord, " \t\r\n\v\f\u00a0\u0085\u2028\u2029\u3000\u2003\u200b\ufeff"))


def cut(raw: str) -> Article:
    return ingest(raw, article="a", language=HINDI)


def layout(raw: str) -> list[tuple[str, str, str]]:
    """Return (kind, paragraph number, text) of each segment."""
    return [(segment.kind, segment.paragraph.removeprefix("a#"), segment.text) for segment in cut(raw).segments]


def assert_nothing_is_lost(raw: str, article: Article) -> None:
    """Check that segments are in order at their offsets, with only space or debris between them."""
    position = 0
    for segment in article.segments:
        assert segment.start >= position
        assert raw[segment.start : segment.end] == segment.text
        assert not has_word(raw[position : segment.start])
        position = segment.end
    assert not has_word(raw[position:])
    spoken = [line for line in raw.replace("\r", "\n").split("\n") if has_word(line)]
    joined = "".join(segment.text for segment in article.segments)
    assert joined.translate(UNSEEN) == "".join(spoken).translate(UNSEEN)


@pytest.fixture(scope="module")
def article() -> Article:
    return ingest(RAW, article="india-japan", language=HINDI)


class TestTheArticle:
    def test_its_segments_are_numbered_in_reading_order(self, article):
        assert [segment.id for segment in article.segments] == [f"india-japan#s{n:02d}" for n in range(1, 20)]
        assert (article.id, article.language) == ("india-japan", "hin_Deva")

    def test_it_has_a_title_a_standfirst_a_heading_and_three_paragraphs(self, article):
        found = [(segment.paragraph.removeprefix("india-japan#"), segment.kind) for segment in article.segments]
        assert found == (
            [("p01", "title")]
            + [("p02", "standfirst")] * 4
            + [("p03", "heading")]
            + [("p04", "body")] * 3
            + [("p05", "body")] * 4
            + [("p06", "body")] * 6
        )

    def test_title_and_heading_are_the_page_s_own(self, article):
        assert article.segments[0].text == "भारत और जापान के बीच द्विपक्षीय वार्ता में सहयोग के नए आयामों पर चर्चा"
        assert article.segments[5].text == "भारत-जापान द्विपक्षीय संबंधों की समीक्षा"

    def test_every_other_segment_is_one_sentence_that_ends_in_its_danda(self, article):
        for segment in article.segments:
            assert segment.text.count("।") == (segment.kind in ("standfirst", "body"))
            assert segment.text.endswith("।") == (segment.kind in ("standfirst", "body"))

    def test_its_segments_join_back_to_the_cleaned_text(self, article):
        assert_nothing_is_lost(RAW, article)
        cleaned = " ".join(RAW.replace("×", "").replace("\u00a0", " ").split())
        assert " ".join(segment.text for segment in article.segments) == cleaned

    @pytest.mark.parametrize(
        ("number", "whole"),
        [
            (18, "14वें वार्षिक शिखर सम्मेलन"),
            (12, "X पर लिखा कि विदेश सचिव @VikramMisri ने"),
            (14, "'विशेष रणनीतिक और वैश्विक साझेदारी' है।"),
            (16, "2000 में 'वैश्विक साझेदारी', 2006 में 'रणनीतिक और वैश्विक साझेदारी' और 2014 में"),
            (9, "सांस्कृतिक आदान-प्रदान"),
        ],
    )
    def test_ordinals_handles_quotes_and_compounds_stay_whole(self, article, number, whole):
        assert whole in article.segments[number - 1].text


class TestKinds:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            pytest.param("", [], id="empty page"),
            pytest.param("\ufeff \r\n\u00a0\n×\n--\n।\n", [], id="debris only"),
            pytest.param("शीर्षक", [("title", "p01", "शीर्षक")], id="title only"),
            pytest.param("शीर्षक। दो?\n", [("title", "p01", "शीर्षक। दो?")], id="a title is never split"),
            pytest.param(
                "शीर्षक\nएक। दो।\nतीन।",
                [("title", "p01", "शीर्षक"), ("body", "p02", "एक।"), ("body", "p02", "दो।"), ("body", "p03", "तीन।")],
                id="without a heading the first paragraph is body",
            ),
            pytest.param(
                "शीर्षक\nसार। है।\nउपशीर्षक\nएक।\nदूसरा उपशीर्षक\nदो।",
                [
                    ("title", "p01", "शीर्षक"),
                    ("standfirst", "p02", "सार।"),
                    ("standfirst", "p02", "है।"),
                    ("heading", "p03", "उपशीर्षक"),
                    ("body", "p04", "एक।"),
                    ("heading", "p05", "दूसरा उपशीर्षक"),
                    ("body", "p06", "दो।"),
                ],
                id="standfirst, headings and bodies",
            ),
            pytest.param(
                "शीर्षक\nएक।\nदो।\nउपशीर्षक\nतीन।",
                [
                    ("title", "p01", "शीर्षक"),
                    ("body", "p02", "एक।"),
                    ("body", "p03", "दो।"),
                    ("heading", "p04", "उपशीर्षक"),
                    ("body", "p05", "तीन।"),
                ],
                id="two paragraphs before the heading are no standfirst",
            ),
            pytest.param(
                "शीर्षक\nउपशीर्षक\nएक।",
                [("title", "p01", "शीर्षक"), ("heading", "p02", "उपशीर्षक"), ("body", "p03", "एक।")],
                id="heading right after the title",
            ),
            pytest.param(
                "शीर्षक\nउन्होंने कहा, \"हाँ।\"\nउन्होंने पूछा, 'क्यों?'\n(यह सच है।)",
                [
                    ("title", "p01", "शीर्षक"),
                    ("body", "p02", 'उन्होंने कहा, "हाँ।"'),
                    ("body", "p03", "उन्होंने पूछा, 'क्यों?'"),
                    ("body", "p04", "(यह सच है।)"),
                ],
                id="closing quotes and brackets do not hide a sentence's end",
            ),
        ],
    )
    def test_the_layout_of_the_page_decides(self, raw, expected):
        assert layout(raw) == expected

    @pytest.mark.parametrize(
        "space",
        [
            " ",
            "\t",
            "\u00a0",
            "\ufeff",
            "\u200b",
            "\u2003",
            "\u3000",
            "\u2009",
            "\u202f",
            "\f",
            "\v",
            "\u2028",
            "\u200e",
        ],
        ids=lambda space: f"U+{ord(space):04X}",
    )
    def test_space_at_the_ends_of_a_line_does_not_change_segments(self, space):
        plain = "शीर्षक\nसार है।\nउपशीर्षक\nएक। दो।"
        spaced = "\n".join(f"{space}{line}{space}" for line in plain.split("\n"))
        assert layout(spaced) == layout(plain)


class TestPages:
    PAGE = "शीर्षक एक\n\nसार है।\n\nउपशीर्षक\n\nएक है। दो हैं।\n"

    @pytest.mark.parametrize(
        "page",
        [
            pytest.param(PAGE.replace("\n", "\r\n"), id="CRLF"),
            pytest.param(PAGE.replace("\n", "\r"), id="CR"),
            pytest.param("\ufeff" + PAGE, id="byte order mark"),
            pytest.param("\ufeff×\r\n" + PAGE.replace("\n", " \u00a0\r\n"), id="BOM, CRLF, ×, trailing spaces"),
            pytest.param(PAGE.replace("\n\n", "\n"), id="no blank lines"),
            pytest.param(PAGE.replace("\n\n", "\n\u00a0\n***\n \n•\n\n"), id="debris between all blocks"),
            pytest.param(PAGE.rstrip("\n"), id="no final line end"),
        ],
    )
    def test_the_layout_of_white_space_changes_offsets_only(self, page):
        assert layout(page) == layout(self.PAGE)
        assert_nothing_is_lost(page, cut(page))

    def test_ids_go_on_past_99(self):
        segments = cut("\n".join(["शीर्षक", *["एक है।"] * 120])).segments
        assert [segments[98].id, segments[99].id, segments[-1].id] == ["a#s99", "a#s100", "a#s121"]
        assert len({segment.id for segment in segments}) == len(segments)

    @pytest.mark.parametrize("line", ["X", "7", "१४", "क", "é"], ids=str)
    def test_one_letter_or_digit_is_not_debris(self, line):
        assert has_word(line)
        assert [segment.text for segment in cut(f"शीर्षक\n× {line} ×").segments] == ["शीर्षक", f"× {line} ×"]


words = st.sampled_from(
    "भारत जापान ने में है की 14वें 2006 3:45 12.5 @VikramMisri X डॉ. रु. ए.पी.जे. U.S. 'विशेष साझेदारी' \"हाँ\" (नई) × – …".split()
)
sentences = st.builds(
    lambda parts, end: " ".join(parts) + end,
    st.lists(words, min_size=1, max_size=6),
    st.sampled_from(["।", "।'", '।"', "॥", "?", "!", "...", "", ":", "।)", "।।"]),
)
blocks = st.builds(
    lambda parts, gap, tail: gap.join(parts) + tail,
    st.lists(sentences, min_size=1, max_size=4),
    st.sampled_from([" ", "  ", "\u00a0", ""]),
    st.sampled_from(["", " ", "\u00a0", "\t", "\u200b"]),
)
debris = st.sampled_from(["", " ", "\u00a0", "×", "***", "।", "…", "\ufeff"])
pages = st.builds(
    lambda parts, ends, first: first + "".join(part + end for part, end in zip(parts, ends, strict=False)),
    st.lists(blocks | debris, max_size=8),
    st.lists(st.sampled_from(["\n", "\r\n", "\n\n", "\r\n\r\n"]), min_size=8, max_size=8),
    st.sampled_from(["", "\ufeff", "\n"]),
)


@given(pages)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_no_page_loses_or_doubles_a_character(raw):
    assert_nothing_is_lost(raw, cut(raw))


@given(
    st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("कि। ?!\"'()×\n\r\u00a0\u200b.1"), max_size=60)
)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_offsets_are_right_for_any_text(raw):
    position = 0
    for segment in cut(raw).segments:
        assert segment.start >= position
        assert raw[segment.start : segment.end] == segment.text
        assert has_word(segment.text)
        assert not has_word(raw[position : segment.start])
        position = segment.end
    assert not has_word(raw[position:])


@given(pages)
@settings(derandomize=True, max_examples=100, deadline=None)
def test_only_the_first_block_is_a_title_and_paragraphs_are_contiguous(raw):
    segments = cut(raw).segments
    assert [segment.kind == "title" for segment in segments] == [number == 0 for number in range(len(segments))]
    paragraphs = [segment.paragraph for segment in segments]
    assert paragraphs == sorted(paragraphs)
    for paragraph in set(paragraphs):
        assert len({segment.kind for segment in segments if segment.paragraph == paragraph}) == 1
