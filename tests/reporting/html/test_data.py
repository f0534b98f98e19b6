"""The data of a page: safe inside a script element, every text once, edits as lengths."""

import base64
import json
import re
import zlib

import pytest

from harness.reporting.html import data
from harness.reporting.word_differences import Edit
from tests.reporting.html.records import HOSTILE, ORDINARY, hostile, output, quantities, segment, view


def read(packed):
    text, encoding = packed
    return json.loads(zlib.decompress(base64.b64decode(text), -zlib.MAX_WBITS) if encoding == "deflate" else text)


class TestScript:
    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_no_text_ends_the_element(self, text):
        packed, encoding = data.script({"text": text})
        assert encoding == "json"
        assert not set("<>&\u2028\u2029") & set(packed)
        packed.encode()
        assert json.loads(packed) == {"text": text}

    def test_a_large_page_is_deflated(self):
        content = {"texts": [f"text {number} & <more>" for number in range(200_000)]}
        packed, encoding = data.script(content)
        assert encoding == "deflate"
        assert re.fullmatch("[A-Za-z0-9+/=]+", packed)
        assert read((packed, encoding)) == content


class TestContent:
    def test_every_text_stands_once(self):
        same = view([segment("a#1", [output("near", "the same"), output("far", "the same")], source="the same")])
        content = data.content([same, same], ["one", "two"])
        assert content["texts"] == ["the same"]
        assert content["tasks"][0]["source"] == [0]

    def test_columns_have_one_value_per_segment(self):
        [task] = data.content([ORDINARY], ["translate"])["tasks"]
        for name in ("id", "article", "kind", "dataset", "words", "source"):
            assert len(task[name]) == 4
        for name in ("output", "nearest", "edits", "flagged", "tokens"):
            assert [len(column) for column in task[name]] == [4, 4]
        assert task["flags"][0] == ["empty", "empty outputs"]
        assert task["scores"][0][0] == [80.0, 30.0, 0.0, 55.0]

    def test_the_words_of_a_flag_stand_by_segment_and_flag_and_long_places_are_left_out(self):
        [task] = data.content([quantities()], ["translate"])["tasks"]
        place = [name for name, _ in task["flags"]].index("quantities")
        assert task["about"] == [{0: {place: "source 2006; output 2007"}}, {}]

    def test_a_missing_output_has_no_text_and_no_score(self):
        [task] = data.content([view([segment("a#1", [output("far", "x")])])], ["translate"])["tasks"]
        assert task["output"][0] == [-1]
        assert task["scores"][0][0] == [None]

    def test_an_output_is_compared_with_the_nearest_reference(self):
        [task] = data.content([ORDINARY], ["translate"])["tasks"]
        assert task["versions"] == ["close", "free"]
        assert task["nearest"][0][0] == 0

    def test_an_output_is_compared_with_that_before(self):
        content = data.content([ORDINARY], ["translate"], {"near": "far"})
        assert content["tasks"][0]["base"] == [1, -1]

    def test_texts_with_little_in_common_have_no_edits(self):
        [task] = data.content([ORDINARY], ["translate"])["tasks"]
        assert task["edits"][1][3] == ""  # "एक नया दिन" beside "One new day."

    def test_hostile_texts_survive(self):
        content = read(data.script(data.content([hostile()], ["translate"])))
        assert set(HOSTILE.values()) <= set(content["texts"])


@pytest.mark.parametrize(
    ("edits", "packed"),
    [
        ([], ""),
        ([Edit("equal", "ab ", "ab ")], "=3"),
        ([Edit("equal", "ab ", "ab  ")], "~3.4"),
        ([Edit("change", "a", "bcd"), Edit("delete", "e", ""), Edit("insert", "", "fg")], "*1.3-1+2"),
        ([Edit("move", "ab", ""), Edit("move", "", "ab")], "<2>2"),
        ([Edit("equal", "😀", "😀")], "=2"),  # two units in JavaScript
    ],
)
def test_edits_are_packed_as_lengths(edits, packed):
    assert data.packed(edits) == packed
