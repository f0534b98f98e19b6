"""Parts of a text that are in another language than the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.text import untranslated

# English text, its source, the parts.
IN_ENGLISH = [
    ("The सरकार said so", "", ["सरकार"]),
    ("The government said यह सही नहीं है. Then", "", ["यह सही नहीं है"]),
    ("The minister said sarkar ne kaha that", "मंत्री ने कहा कि सरकार ने कहा", ["sarkar ne kaha"]),
    ("He lives in mumbai mein hai now", "", ["mein hai"]),
    ("The mobile phone network failed", "मोबाइल फोन नेटवर्क", []),
    ("Swachh Bharat and Aam Aadmi Party ki", "स्वच्छ भारत", []),
    ("He ate a kilo of se", "", []),
    ("They met, e.g. in Delhi", "दिल्ली", []),
    ("", "", []),
]


@pytest.mark.parametrize(("content", "source", "parts"), IN_ENGLISH, ids=lambda value: str(value)[:30])
def test_devanagari_and_romanised_hindi_are_parts_of_an_english_text(
    content: str, source: str, parts: list[str]
) -> None:
    assert [each.text for each in untranslated.in_english(content, source)] == parts


IN_HINDI = [
    ("सरकार ने climate change पर कहा", "", ["climate change"]),
    ("सरकार ने climate change पर कहा", "climate change पर", []),
    ("यह 5G और X पर", "", []),
    ("उन्होंने WHO से कहा", "", []),  # one word can be a name
    ("", "", []),
]


@pytest.mark.parametrize(("content", "source", "parts"), IN_HINDI, ids=lambda value: str(value)[:30])
def test_two_latin_words_that_the_source_lacks_are_a_part_of_a_hindi_text(
    content: str, source: str, parts: list[str]
) -> None:
    assert [each.text for each in untranslated.in_hindi(content, source)] == parts


@given(st.lists(st.text(max_size=3) | st.sampled_from("sarkar ne kaha सरकार the . ki hai".split()), max_size=12))
def test_parts_of_any_text_are_ordered_slices(pieces: list[str]) -> None:
    content = " ".join(pieces)
    for parts in (untranslated.in_english(content, content), untranslated.in_hindi(content)):
        assert all(each.text == content[each.start : each.end] for each in parts)
        assert [each.start for each in parts] == sorted(each.start for each in parts)
