"""No character of a text acts on a terminal or hides, and spellings stay as they are."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given

from harness.reporting.visible import escaped, pieces, visible
from tests.texts import TEXT, bounded


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("They met in Tokyo.", "They met in Tokyo."),
        ("वे टोक्यो में मिले।", "वे टोक्यो में मिले।"),
        ("क्\u200dया", "क्\u200dया"),
        ("शाह\u200cजहाँ", "शाह\u200cजहाँ"),
        ("two\nlines", "two\nlines"),
        ("\x1b[2J\x1b]0;title\x07", "<U+001B>[2J<U+001B>]0;title<U+0007>"),
        ("\x9b31m", "<U+009B>31m"),
        ("a\rb\tc\x00\x7f", "a<U+000D>b<U+0009>c<U+0000><U+007F>"),
        ("\u202eabc\u2066\u200f\u061c", "<U+202E>abc<U+2066><U+200F><U+061C>"),
        ("to\u200dk\u200byo\u2060\ufeff\u00ad", "to<U+200D>k<U+200B>yo<U+2060><U+FEFF><U+00AD>"),
        ("क\u200d", "क<U+200D>"),
        ("\u2028\u2029\x85", "<U+2028><U+2029><U+0085>"),
        ("\ud800 \ue000 \U000e0041", "<U+D800> <U+E000> <U+E0041>"),
        ("\u0301a \u093f", "\u25cc\u0301a \u25cc\u093f"),
        ("a\u0301", "a\u0301"),
        ("a" + "\u0301" * 6, "a" + "\u0301" * 4 + "<U+0301><U+0301>"),
        ("👨\u200d👩 ❤\ufe0f", "👨\u200d👩 ❤\ufe0f"),
    ],
    ids=ascii,
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(TEXT)
@bounded
def test_no_control_is_left(text: str) -> None:
    assert {unicodedata.category(each) for each in visible(text)} & {"Cc", "Cs", "Co", "Zl", "Zp"} <= (
        {"Cc"} if "\n" in text else set()
    )
    assert "\x1b" not in visible(text)


@given(TEXT)
@bounded
def test_the_pieces_of_a_text_are_what_is_shown(text: str) -> None:
    assert "".join(f"<{piece}>" if is_code else piece for piece, is_code in pieces(text)) == visible(text)


@given(TEXT)
@bounded
def test_escaped_json_is_the_same_value_without_them(text: str) -> None:
    content = escaped(json.dumps({text: [text]}, ensure_ascii=False, indent=1))
    assert json.loads(content) == {text: [text]}
    assert not {unicodedata.category(each) for each in content if each != "\n"} & {"Cc", "Cs", "Co", "Zl", "Zp"}
