"""Names across scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.text import names


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Foreign Secretary Vikram Misri met Takehiro Funakoshi.", ["Vikram", "Misri", "Takehiro", "Funakoshi"]),
        ("Misri arrived. Funakoshi spoke: Kishida left", []),  # sentences begin
        ('He said, "Misri came" in the city', []),
        ("On Monday in May the Supreme Court of the United Nations met Kumar's sister.", ["Kumar"]),
        ("the NATO and CBI officers", []),
        ("Vikram Misri Meets Takehiro Funakoshi In New Delhi", []),  # a headline
        ("they wrote to @VikramMisri on www.Example.com about Delhi's plan", ["Delhi"]),
        ("", []),
    ],
)
def test_names_of_an_english_text_are_capitalised_words(content: str, expected: list[str]) -> None:
    assert [each.text for each in names.find(content)] == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("विदेश सचिव विक्रम मिस्री ने बात की।", ["विक्रम मिस्री"]),
        ("डॉ. रमेश गुप्ता और श्री वर्मा को", ["रमेश गुप्ता", "वर्मा"]),
        ("मंत्री ने बैठक में कहा", []),
        ("मंत्री पद के दावेदार", []),
        ("प्रधानमंत्री नरेंद्र मोदी चुप रहे", []),  # no postposition ends the name
        ("", []),
    ],
)
def test_names_of_a_hindi_text_follow_a_title(content: str, expected: list[str]) -> None:
    assert [each.text for each in names.titled(content)] == expected


# Source, output, names of the source that are missing, names of the output without support.
CHANGED = [
    ("विदेश सचिव विक्रम मिस्री ने बात की।", "Foreign Secretary Vikram Misri spoke.", [], []),
    ("विदेश सचिव विक्रम मिस्री ने बात की।", "The Foreign Secretary spoke.", ["विक्रम मिस्री"], []),
    (
        "विदेश सचिव विक्रम मिस्री ने बात की।",
        "Foreign Secretary Anil Deshmukh spoke.",
        ["विक्रम मिस्री"],
        ["Anil", "Deshmukh"],
    ),
    ("वे न्यूयॉर्क गए।", "They went to New York.", [], []),
    ("रे नमो ने हमला किया", "The rebels of Renamo attacked", [], []),
    ("Bombardier ने कहा", "The makers at Bombardier said", [], []),
    ("भारत और जर्मनी", "the ties of India and Germany", [], []),
    ("जापानी मंत्री", "the Japanese minister", [], []),
    ("केन्याई सरकार", "the Kenyan government", [], []),
    ("मंत्री रमेश गुप्ता ने कहा", "मंत्री गुप्ता ने कहा", [], []),
    ("मंत्री रमेश गुप्ता ने कहा", "मंत्री सुरेश यादव ने कहा", ["रमेश गुप्ता"], ["सुरेश यादव"]),
]


@pytest.mark.parametrize(("source", "output", "lost", "invented"), CHANGED, ids=lambda value: str(value)[:30])
def test_names_without_a_counterpart(source: str, output: str, lost: list[str], invented: list[str]) -> None:
    assert [each.text for each in names.missing(source, output)] == lost
    assert [each.text for each in names.unsupported(source, output)] == invented


_PIECES = "Misri Vikram New York मंत्री विक्रम मिस्री ने श्री डॉ . , the Obama ज्ञ ढ़".split()


@given(st.lists(st.text(max_size=3) | st.sampled_from(_PIECES), max_size=10), st.sampled_from(["", " "]))
def test_names_of_any_text_are_slices_and_a_text_supports_its_own_names(pieces: list[str], separator: str) -> None:
    content = separator.join(pieces)
    for each in (*names.find(content), *names.titled(content)):
        assert each.text == content[each.start : each.end] != ""
    assert names.unsupported(content, content) == names.missing(content, content) == ()
