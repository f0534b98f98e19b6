"""Hidden characters of a text are shown as codes; ordinary Hindi and emoji are left alone."""

import pytest

from harness.reporting.html import visible

CASES = {
    "": "",
    "plain": "plain",
    "भारत और जापान, क्ष त्र ज्ञ": "भारत और जापान, क्ष त्र ज्ञ",
    "क्\u200dष र्\u200cक": "क्\u200dष र्\u200cक",  # joiners after a virama
    "हिंदी\u200cभाषी": "हिंदी⟨U+200C⟩भाषी",
    "a\u200bb": "a⟨U+200B⟩b",
    "\u202eabc": "⟨U+202E⟩abc",
    "\u2066a\u2069": "⟨U+2066⟩a⟨U+2069⟩",
    "\ufeffa": "⟨U+FEFF⟩a",
    "a\x00\x1b": "a⟨U+0000⟩⟨U+001B⟩",
    "line\nline\tcell": "line\nline\tcell",
    "a\r\nb": "a⟨U+000D⟩\nb",
    "a\u2028b": "a⟨U+2028⟩b",
    "\u093fक": "⟨\u25cc\u093f⟩क",  # a vowel sign without a letter
    "a \u0301": "a ⟨\u25cc\u0301⟩",
    "e\u0301": "e\u0301",
    "e" + "\u0301" * 6: "e" + "\u0301" * 4 + "⟨U+0301⟩⟨U+0301⟩",
    "\ud800": "⟨U+D800⟩",
    "\U000e0041": "⟨U+E0041⟩",  # a tag character
    "\u3164": "⟨U+3164⟩",  # a Hangul filler, which looks like nothing
    "❤\ufe0f 👩\u200d👧": "❤\ufe0f 👩\u200d👧",
}


@pytest.mark.parametrize(("text", "shown"), CASES.items(), ids=map(ascii, CASES))
def test_hidden_characters_are_codes(text, shown):
    assert visible.plain(text) == shown


@pytest.mark.parametrize("text", [text for text in CASES if "\u0301" * 5 not in text], ids=ascii)
def test_a_text_that_was_made_visible_is_visible(text):
    assert not any(code for _, code in visible.pieces(visible.plain(text)))
