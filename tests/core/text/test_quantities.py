"""Numbers, percentages, times, months and weekdays as values."""

from __future__ import annotations

from fractions import Fraction

import indic_numtowords
import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from harness.core.text import quantities

Kind = quantities.Kind


def _reading(kind: Kind, value: Fraction | int) -> tuple[Kind, Fraction]:
    return kind, Fraction(value)


# Forms that must have the same value, one group a row: (kind, value), forms.
SAME: list[tuple[tuple[Kind, Fraction | int], str]] = [
    (("number", 35_000_000), "साढ़े तीन करोड़ | 3.5 करोड़ | ३.५ करोड़ | 3,50,00,000 | 35 million | 35,000,000"),
    (("number", 35_000_000), "three and a half crore | thirty-five million | 3.5cr"),
    (("number", 1_245_600), "12,45,600 | 1,245,600 | 12.456 lakh | १२ लाख ४५ हज़ार ६००"),
    (("number", 150), "डेढ़ सौ | 150 | one hundred and fifty | एक सौ पचास | हिंदी में १५०"),
    (("number", 175_000), "पौने दो लाख | 1.75 lakh | 175,000"),
    (("number", 125), "सवा सौ | एक सौ पच्चीस | 125"),
    (("number", 250), "ढाई सौ | अढ़ाई सौ | two hundred and fifty"),
    (("number", 2 * 10**12), "दो लाख करोड़ | two lakh crore | 2 trillion | दो हज़ार अरब"),
    (("number", 500_000), "half a million | five lakh | पाँच लाख | 5 लाख"),
    (("number", Fraction(1, 4)), "एक चौथाई | one-fourth | one fourth | a one-quarter share"),
    (("number", Fraction(13, 4)), "सवा तीन | three and a quarter | 3.25"),
    (("number", 675_000), "पौने सात लाख | six and three-quarter lakh | 6.75 lakh"),
    (("number", 24), "twenty-fourth | चौबीस"),
    (("number", 10**8), "a hundred million | दस करोड़ | 100 million"),
    (("number", 10**9), "a hundred crore | सौ करोड़ | एक सौ करोड़ | 1 billion"),
    (("number", 10**10), "a thousand crore | एक हज़ार करोड़ | हज़ार करोड़"),
    (("number", 15 * 10**9), "one thousand five hundred crore | एक हज़ार पाँच सौ करोड़ | डेढ़ हज़ार करोड़ | 1,500 crore"),
    (("number", 15 * 10**9), "पंद्रह सौ करोड़ | a thousand five hundred crore"),
    (("number", 205_000), "two lakh and five thousand | दो लाख पाँच हज़ार | दो लाख और पाँच हज़ार | 2 lakh and 5 thousand"),
    (("number", 15 * 10**11), "one and a half lakh crore | one and half lakh crore | डेढ़ लाख करोड़ | 1½ lakh crore"),
    (("number", 105_000), "a hundred and five thousand | एक सौ पाँच हज़ार | 1,05,000"),
    (("number", 150), "a hundred and fifty | a hundred fifty | डेढ़ सौ"),
    (("number", 1001), "a thousand and one | एक हज़ार एक"),
    (("number", 250_000), "a quarter of a million | one quarter of a million | quarter of a million | ढाई लाख"),
    (("number", 750_000), "three-quarters of a million | three quarters of a million | साढ़े सात लाख"),
    (("number", 2_500_000), "चौथाई करोड़ | एक चौथाई करोड़ | पच्चीस लाख | a quarter of a crore"),
    (("number", 500_000), "half of a million | आधा मिलियन"),
    (("number", 1_500_000), "a million and a half | one and a half million | पंद्रह लाख"),
    (("number", Fraction(5, 4)), "one and a quarter kilos | 1¼ kilos | १¼ किलो | 1.25 | सवा किलो | 1 1/4 kilos"),
    (("number", Fraction(5, 2)), "two hours and a half | two and a half hours | 2½ hours | २½ घंटे | ढाई घंटे | 2 ½"),
    (("number", Fraction(3, 2)), "an hour and a half | a year and a half | one year and a half | डेढ़ घंटा | 1½"),
    (("number", Fraction(11, 4)), "2¾ | पौने तीन | 2 3/4"),
    (("number", Fraction(2, 3)), "⅔ | दो तिहाई"),
    (("number", Fraction(1, 3)), "⅓ | एक तिहाई | one third"),
    (("number", Fraction(7, 8)), "⅞ | 0.875"),
    (("percent", Fraction(25, 2)), "12½% | 12.5 per cent | साढ़े बारह प्रतिशत"),
    (("weekday", 7), "Sundays | इतवार"),
    (("number", Fraction(2, 3)), "दो-तिहाई | दो तिहाई | two-thirds | two thirds"),
    (("number", Fraction(7, 2)), "साढ़े तीन | 3.5 | तीन दशमलव पाँच | three point five | three and a half"),
    (("number", 21), "इक्कीसवीं | 21वीं | 21st | twenty-first | twenty-one | इक्कीस"),
    (("number", 3), "तीसरा | तीसरी | तृतीय | third | 3rd | three | तीन"),
    (("number", 6), "छह | छः | छ: | छे | छठा | छठी | sixth | six"),
    (("number", 1_500_000), "1.5million | 1.5 million | 15 लाख | 1.5m | 1.5mn"),
    (("number", 6), "half a dozen | आधा दर्जन"),
    (("number", 1990), "1990s | 1990 के दशक | नब्बे के दशक"),
    (("percent", 25), "25% | 25 % | 25 per cent | 25 percent | २५ प्रतिशत | 25 फ़ीसदी | पच्चीस फीसद"),
    (("time", Fraction(7, 2)), "साढ़े तीन बजे | 3:30 | 3.30 pm | 15:30 | half past three | तीन बजकर तीस मिनट"),
    (("time", Fraction(7, 2)), "at three thirty | three thirty pm | 15:30 | three thirty in the afternoon"),
    (("time", Fraction(13, 4)), "सवा तीन बजे | 3:15 pm | quarter past three"),
    (("time", Fraction(11, 4)), "पौने तीन बजे | 2:45 | quarter to three"),
    (("time", 10), "दस बजे | 10 बजे | 10 pm | 10 a.m. | 22:00 | 10 o'clock"),
    (("month", 11), "नवंबर | नवम्बर | November | 15/11/2025"),
    (("month", 10), "अक्टूबर | अक्तूबर | अक्\u200dटूबर | October"),
    (("weekday", 4), "गुरुवार | गुरूवार | बृहस्पतिवार | वीरवार | Thursday | Thursday's"),
]  # fmt: skip


@pytest.mark.parametrize(("reading", "forms"), SAME, ids=lambda value: str(value)[:40])
def test_forms_of_one_quantity_have_one_value(reading: tuple[Kind, Fraction | int], forms: str) -> None:
    for form in forms.split(" | "):
        readings = [each.readings for each in quantities.find(form)]
        assert any(_reading(*reading) in of_one for of_one in readings), (form, readings)


# Texts, and the certain numbers in them. A word that often is no number is not certain.
CERTAIN: list[tuple[str, list[int]]] = [
    ("between one hundred and two hundred", [100, 200]),
    ("सौ-डेढ़ सौ", [150]),
    ("12 45", [12, 45]),
    ("दो-तीन लोग", [2, 3]),
    ("एक आदमी आया", []),
    ("a man, the first of both", []),
    ("No. 1 in the world", []),
    ("The two met two envoys", [2]),
    ("वह पहले आया", []),
    ("सऊदी अरब और अरब सागर", []),
    ("crores of rupees, करोड़ों रुपये, हज़ारों लोग", []),
    ("वह नौ दो ग्यारह हो गया", []),
    ("उन्होंने एक दूसरे को देखा", []),
    ("चार चांद लगा दिए", []),
    ("जी20, G7 और 5जी", [20, 7, 5]),
    ("धारा 376, 323, 506", [376, 323, 506]),
    ("it&#39;s", []),
    ("at < ID1 > and <extra_id_0>", []),
    ("thousand people", []),
    ("two-wheelers", []),
    ("हमें बता दो कि वह आया, छोड़ दो!", []),
    ("दो लोग, दो", [2]),
    ("उसकी लागत है दो लाख", [200_000]),
    ("a quarter of a mile", []),
    ("a hundred and two hundred", [100, 200]),
    ("an hour and two men and a half", [2]),
    ("five and half of them", [5]),
    ("one and half a million", [500_000]),
    ("five hundred and two thousand five", [502_005]),
    ("3/4", [3, 4]),
    ("two thirty-year-olds", [2, 30]),
    ("in 2024 1/2", [2024, 1, 2]),
    ("क़रीब सवा घंटा", []),
    ("शून्य से 12 डिग्री नीचे", [12]),
    ("वे दसों बार आए", []),
    ("", []),
    ("।", []),
]


@pytest.mark.parametrize(("content", "numbers"), CERTAIN, ids=lambda value: str(value)[:40])
def test_a_word_that_need_not_count_anything_is_not_certain(content: str, numbers: list[int]) -> None:
    certain = [each for each in quantities.find(content) if each.is_certain]
    assert [sorted(value for _, value in each.readings) for each in certain] == [[number] for number in numbers]


def test_numbers_that_and_may_join_or_separate_have_all_three_values() -> None:
    for content in ("prizes of two lakh and fifty thousand", "दो लाख और पचास हज़ार के इनाम", "2 lakh and 50 thousand"):
        (joined,) = quantities.find(content)
        assert joined.readings == {_reading("number", value) for value in (200_000, 50_000, 250_000)}


def test_the_first_number_of_a_range_can_be_in_lakhs_of_crores() -> None:
    first, second = quantities.find("डेढ़ से दो लाख करोड़")
    assert _reading("number", 15 * 10**11) in first.readings
    assert second.readings == {_reading("number", 2 * 10**12)}


def test_may_and_march_are_months_only_beside_a_number() -> None:
    def certain(content: str) -> list[bool]:
        return [each.is_certain for each in quantities.find(content) if {"month"} == {k for k, _ in each.readings}]

    assert certain("May I go? They march on.") == [False]
    assert certain("in May 2024") == [True]
    assert certain("पुलिस का मार्च, 5 मार्च") == [False, True]


def test_the_first_number_of_a_range_can_have_the_scale_of_the_second() -> None:
    for content in ("दो से तीन करोड़", "2-3 crore", "2 to 3 crore", "दो-तीन करोड़"):
        first, second = quantities.find(content)
        assert first.readings == {_reading("number", 2), _reading("number", 20_000_000)}, content
        assert second.readings == {_reading("number", 30_000_000)}
    first, _ = quantities.find("साढ़े पाँच से रात नौ बजे")
    assert _reading("time", Fraction(11, 2)) in first.readings
    assert _reading("percent", 60) in quantities.find("60 से घटकर 30 प्रतिशत")[0].readings
    assert _reading("percent", 20) in quantities.find("20 से 25 प्रतिशत")[0].readings
    assert _reading("number", 2025) in quantities.find("2024-25")[1].readings


def test_the_parts_of_a_date_are_quantities_of_their_own() -> None:
    day, month, year = quantities.find("26/11/2008 को")
    assert [each.text for each in (day, month, year)] == ["26", "11", "2008"]
    assert _reading("month", 11) in month.readings
    assert all(quantities.compare("26 नवंबर 2008", text) == ((), ()) for text in ("26/11/2008", "November 26, 2008"))


@pytest.mark.parametrize("value", [*range(101), 1999, 2024, 12_345, 99_999, 100_000, 1_234_567, 123_456_789])
def test_numbers_in_english_words_as_the_library_num2words_writes_them(value: int) -> None:
    for language in ("en", "en_IN"):
        words = num2words(value, lang=language).replace(",", "")
        (quantity,) = quantities.find(words)
        assert _reading("number", value) in quantity.readings, words


def test_numbers_in_hindi_words_as_the_library_indic_numtowords_writes_them() -> None:
    for value in (*range(1, 1100), 1999, 2024, 12_345, 99_999, 100_000, 1_234_567, 12_345_678, 123_456_789):
        for words in indic_numtowords.num2words(value, lang="hi", variations=True):
            (quantity,) = quantities.find(words)
            assert _reading("number", value) in quantity.readings, words


# What a translation did to the source: source, output, missing, unsupported.
CHANGED = [
    ("सरकार ने साढ़े तीन करोड़ रुपये दिए", "The government gave Rs 3.5 million", ["साढ़े तीन करोड़"], ["3.5 million"]),
    ("दस लाख शिलिंग का जुर्माना", "a fine of 10 million shillings", ["दस लाख"], ["10 million"]),
    ("जिले में 12,45,600 मतदाता हैं", "The district has 1,245,600 voters", [], []),
    ("वे शनिवार सुबह सात बजे आए", "They came in the morning", ["शनिवार", "सात"], []),
    ("शुक्रवार को बैठक हुई", "The meeting was held on Thursday", ["शुक्रवार"], ["Thursday"]),
    ("दोनों नेता मिले", "The two leaders met", [], []),
    ("एक लड़का और दो लड़कियाँ", "One boy and two girls", [], []),
    ("दो दिन बाद, उन दो दिनों में", "two days later, in those days", [], []),
    ("बारिश हुई", "It rained 20 mm", [], ["20"]),
]


@pytest.mark.parametrize(("source", "output", "missing", "unsupported"), CHANGED, ids=lambda value: str(value)[:30])
def test_compare_names_what_was_lost_and_what_was_invented(
    source: str, output: str, missing: list[str], unsupported: list[str]
) -> None:
    lost, invented = quantities.compare(source, output)
    assert [each.text for each in lost] == missing
    assert [each.text for each in invented] == unsupported


_PIECES = st.lists(
    st.text(max_size=3)
    | st.sampled_from("दो तीन सौ हज़ार लाख करोड़ साढ़े सवा पौने डेढ़ एक से - 3.5 12,45,600 १५ % प्रतिशत बजे two hundred "
                    "and a half point third million May 2024 10:30 pm 15/08/2025 No . , से शून्य".split()),
    max_size=12,
)  # fmt: skip


@given(_PIECES, st.sampled_from(["", " ", "-"]))
def test_quantities_of_any_text_are_ordered_slices_that_do_not_overlap(pieces: list[str], separator: str) -> None:
    content = separator.join(pieces)
    end = 0
    for each in quantities.find(content):
        assert each.text == content[each.start : each.end] != ""
        assert each.start >= end
        assert each.readings
        end = each.end
    assert quantities.compare(content, content) == ((), ())
