"""Spellings of one word fold into one; different words stay apart."""

import pytest

from harness.core.text import folding


def fold(content: str) -> list[str]:
    return [word.text for word in folding.words(folding.plain(content))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ढाँचा", "ढांचा"), ("नये", "नए"), ("गयी", "गई"), ("चाहिये", "चाहिए"), ("हिन्दी", "हिंदी"), ("सम्बन्ध", "संबंध"),
        ("ज़मीन", "जमीन"), ("पढ़ना", "पढना"), ("फ्रान्स", "फ्रांस"), ("सम्वाद", "संवाद"), ("दुःख", "दुख"), ("ऑफिस", "आफिस"),
        ("महत्त्व", "महत्व"), ("कर्त्तव्य", "कर्तव्य"), ("वर्द्धन", "वर्धन"), ("अन्तर्राष्ट्रीय", "अंतरराष्ट्रीय"),
        ("वक्\u200dत", "वक्त"), ("२०२२", "2022"), ("12,45,600", "1245600"), ("विपक्ष-दल", "विपक्ष दल"),
        ("organise", "organize"), ("analysed", "analyzed"), ("labour", "labor"), ("centres", "centers"),
        ("Centre's", "Center's"), ("practize", "practice"), ("Defence", "defense"),
        ("dialogue", "dialog"), ("programme", "program"), ("practised", "practiced"), ("crèche", "creche"),
        ("Japan’s", "Japan's"), ("50%", "50 percent"), ("50 प्रतिशत", "50 फ़ीसदी"),
    ],
)  # fmt: skip
def test_two_spellings_of_a_word_are_one(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("जन्म", "जंम"), ("सम्मान", "संमान"), ("गया", "गए"), ("four", "for"), ("rise", "rize"), ("course", "corse"),
        ("14", "40"), ("3.5", "35"),
    ],
)  # fmt: skip
def test_two_words_stay_two(one, other):
    assert fold(one) != fold(other)


def test_a_word_knows_its_place():
    content = "उप-विदेश मंत्री @VikramMisri, 14वें।"
    found = folding.words(content)
    assert [word.text for word in found] == ["उप", "विदेश", "मंत्री", "@vikrammisri", "14", "वें"]
    assert [content[word.start : word.end] for word in found][3:] == ["@VikramMisri", "14", "वें"]


@pytest.mark.parametrize("word", ["ढाँचा", "गयीं", "organising", "crèche", "12,000", "%", "महत्त्व"])
def test_folding_twice_changes_nothing(word):
    assert folding.fold(folding.fold(word)) == folding.fold(word)
