"""Negations of Hindi and English texts, with their places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.text import negation

# Texts, and the certain negations in them.
CERTAIN: list[tuple[str, list[str]]] = [
    ("वह नहीं आया।", ["नहीं"]),
    ("वह नही आया", ["नही"]),
    ("न वह आया, न उसका भाई", ["न", "न"]),
    ("कोई ना आए", ["ना"]),
    ("मत जाओ", ["मत"]),
    ("शोर मत करना, मत बोलिए", ["मत", "मत"]),
    ("शोर करो मत!", ["मत"]),
    ("बिना अनुमति के", ["बिना"]),
    ("इजाज़त के बग़ैर, बगैर", ["बग़ैर", "बगैर"]),
    ("उन्होंने इनकार किया, इन्कार किया, इंकार किया", ["इनकार", "इन्कार", "इंकार"]),
    ("जब तक बारिश नहीं होती", ["नहीं"]),
    ("उन्होंने समझौते पर दस्तख़त नहीं किए, बल्कि लौट गए", ["नहीं"]),
    ("He did not come", ["not"]),
    ("He didn't, he won’t and cannot", ["didn't", "won’t", "cannot"]),
    ("He dont know", ["dont"]),
    ("He didn&#39;t, can&apos;t", ["didn&#39;t", "can&apos;t"]),
    ("इसमें कोई संदेह नहीं", []),
    ("No one came; nobody was told; nothing happened", ["No one", "nobody", "nothing"]),
    ("There were no survivors, none at all", ["no", "none"]),
    ("Neither he nor she", ["Neither", "nor"]),
    ("without permission, never again, hardly ever", ["without", "never", "hardly"]),
    ("They refused, and denied it", ["refused", "denied"]),
    ("He failed to appear and declined to say why", ["failed to", "declined to"]),
    ("unless it rains", ["unless"]),
    ("Is it not true?", ["not"]),
    # They look like a negation, and are none or not surely one.
    ("न केवल दिल्ली, बल्कि मुंबई भी", []),
    ("न सिर्फ़ वह", []),
    ("क्यों न चलें", []),
    ("डर है कि कहीं बिजली से हाथ न धो बैठे", []),
    ("दिल्ली ही नहीं, मुंबई भी", []),
    ("यही नहीं, वह लौटा", []),
    ("कोई न कोई आएगा, कहीं ना कहीं", []),
    ("न जाने कितने लोग", []),
    ("तुम आओगे न? अच्छा है न।", []),
    ("चलो ना!", []),
    ("हम बताएँ या नहीं", []),
    ("उसने अपना मत दिया और मत के बाद लौटा", []),
    ("मतदान हुआ, नए नियम, नाना", []),
    ("मत देना नागरिक का अधिकार है", []),
    ("not only Delhi but also Mumbai", []),
    ("No. 5 and no 10 Downing Street, nos. 3 and 4", []),
    ("no doubt, no wonder", []),
    ("He came, didn't he?", []),
    ("Why not go? Whether or not it rains", []),
    ("not least because of the rain, nonetheless", []),
    ("the refuse of the town", []),
    ("Note the north: a knot", []),
    ("", []),
    ("।", []),
]


@pytest.mark.parametrize(("content", "expected"), CERTAIN, ids=lambda value: str(value)[:40])
def test_a_negation_is_certain_if_it_reverses_a_statement(content: str, expected: list[str]) -> None:
    assert [each.text for each in negation.find(content) if each.is_certain] == expected


@pytest.mark.parametrize(
    "content",
    [
        "unclear", "impossible", "until noon", "homeless people", "non-payment", "they failed", "rejected",
        "उम्मीदवार असफल रहे", "गैर-सरकारी", "कर रहित", "कुछ लोग वंचित हैं", "उन्होंने मना किया", "न केवल", "not only", "मुश्किल",
    ],
)  # fmt: skip
def test_a_word_of_denial_is_a_negation_that_is_not_certain(content: str) -> None:
    assert [each.is_certain for each in negation.find(content)] == [False]


@pytest.mark.parametrize(
    "content", ["under the union", "unit", "the universe", "कोई न कोई", "it is so, isn't it?", "No. 5", "unless", "दूध"]
)
def test_words_that_only_look_like_a_denial_are_none(content: str) -> None:
    assert not any(not each.is_certain for each in negation.find(content))


# What a translation did: source, output, negations that it lost, negations that it invented.
CHANGED = [
    ("मंत्री नहीं आए।", "The minister did not come.", [], []),
    ("मंत्री नहीं आए।", "The minister came.", ["नहीं"], []),
    ("मंत्री आए।", "The minister did not come.", [], ["not"]),
    ("कारण स्पष्ट नहीं है।", "The reason is unclear.", [], []),
    ("जब तक बारिश नहीं होती", "until it rains", [], []),
    ("वे असफल रहे।", "They did not succeed.", [], []),
    ("वे असफल रहे।", "They lost.", [], []),
    ("न केवल दिल्ली", "Delhi too", [], []),
    ("दोनों आए।", "Both came.", [], []),
]


@pytest.mark.parametrize(("source", "output", "lost", "invented"), CHANGED, ids=lambda value: str(value)[:30])
def test_compare_names_the_negations_of_one_text_only(
    source: str, output: str, lost: list[str], invented: list[str]
) -> None:
    missing, unsupported = negation.compare(source, output)
    assert [each.text for each in missing] == lost
    assert [each.text for each in unsupported] == invented


_PIECES = "नहीं न ना मत बिना जाओ है केवल कोई । , ? not n't don't no never No. 5 only doubt neither unclear".split()


@given(st.lists(st.text(max_size=3) | st.sampled_from(_PIECES), max_size=10), st.sampled_from(["", " ", "-"]))
def test_negations_of_any_text_are_ordered_slices_that_do_not_overlap(pieces: list[str], separator: str) -> None:
    content = separator.join(pieces)
    end = 0
    for each in negation.find(content):
        assert each.text == content[each.start : each.end] != ""
        assert each.start >= end
        end = each.end
    assert negation.compare(content, content) == ((), ())
