"""Forms of one word share a key; other words do not."""

import pytest

from harness.core.text import folding, inflection


def are_forms(one: str, other: str) -> bool:
    keys = (inflection.keys(folding.fold(folding.plain(word))) for word in (one, other))
    return not next(keys).isdisjoint(next(keys))


@pytest.mark.parametrize(
    "forms",
    [
        "ढाँचा ढाँचे ढाँचों", "नया नए नई नयी", "अच्छा अच्छे अच्छी", "बात बातें बातों", "नदी नदियाँ नदियों", "शक्ति शक्तियों",
        "महिला महिलाएँ महिलाओं", "वस्तु वस्तुएं वस्तुओं", "कार्रवाई कार्रवाइयां", "रुपया रुपए रुपये रुपयों",
        "जीत जीता जीती जीते जीतकर जीतने जीतेगा जीतेंगे", "खाना खाया खाई खाएगा खाकर खाने", "गया गई गए",
        "summit summits summit's", "country countries", "box boxes", "review reviewed reviewing reviews",
        "agree agreed agreeing", "stop stopped stopping", "carry carried", "travel travelled traveled travelling",
    ],
)  # fmt: skip
def test_forms_of_one_word(forms):
    first, *others = forms.split()
    assert [other for other in others if not are_forms(first, other)] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("जन", "जनता"), ("से", "सेना"), ("एक", "एकता"), ("दिल्ली", "दिल"), ("कर", "कार"), ("new", "news"),
        ("need", "ne"), ("bus", "bu"), ("sing", "s"), ("met", "meeting"), ("won", "win"), ("2006", "2016"),
    ],
)  # fmt: skip
def test_other_words(one, other):
    assert not are_forms(one, other)


def test_a_name_is_no_verb():
    assert not inflection.noun_keys("राम").isdisjoint(inflection.noun_keys("रामों"))
    assert inflection.noun_keys("जीत").isdisjoint(inflection.noun_keys("जीतकर"))
    assert inflection.noun_keys("reed").isdisjoint(inflection.noun_keys("reeding"))
