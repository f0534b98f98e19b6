"""Units of numbers: which they are, and whether two texts give one number different ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.text import units

# Forms of one unit.
SAME = [
    ("rupee", "5 करोड़ रुपये | 5 करोड़ रुपए | Rs 5 crore | Rs. 5 crore | ₹5 crore | 5 crore rupees | रु. 5 करोड़ | 5 rupees"),
    ("dollar", "5 डॉलर | $5 | US$5 | 5 dollars | 5 million dollars | $5m"),
    ("yen", "5 लाख येन | ¥500,000 | 500,000 yen"),
    ("kilometre", "40 किमी | 40 किलोमीटर | 40 कि.मी. | 40 km | 40km | 40-kilometre | 40 kilometers | चालीस किलोमीटर"),
    ("mile", "40 मील | 40 miles | 40-mile"),
    ("square kilometre", "40 वर्ग किलोमीटर | 40 वर्ग किमी | 40 square kilometres | 40 sq km | 40 sq. km"),
    ("quintal", "12 क्विंटल | 12 quintals"),
    ("tonne", "12 टन | 12 tonnes | 12 tons"),
    ("kilogram", "12 किलो | 12 किलोग्राम | 12 kg | 12kg"),
    ("hectare", "12 हेक्टेयर | 12 hectares"),
    ("acre", "12 एकड़ | 12 acres"),
    ("bigha", "12 बीघा | 12 bighas"),
    ("litre", "12 लीटर | 12 litres"),
    ("Celsius", "42 डिग्री सेल्सियस | 42 डिग्री | 42°C | 42 °C | 42 degrees Celsius | 42 degrees"),
    ("megawatt", "300 मेगावाट | 300 MW | 300 megawatts"),
    ("hour", "3 घंटे | तीन घंटों में | 3 hours | three hours | three-hour | 3 घण्टे"),
    ("year", "12 साल | 12 वर्ष | 12 वर्षो में | 12-year-old | 12 years | बारह वर्षीय"),
    ("day", "3 दिन | तीन दिवसीय | three days | 3-day"),
]


@pytest.mark.parametrize(("unit", "forms"), SAME, ids=[unit for unit, _ in SAME])
def test_forms_of_one_unit_are_that_unit(unit: str, forms: str) -> None:
    for form in forms.split(" | "):
        (measure,) = units.find(form)
        assert unit in measure.units, form
        assert measure.text == form[measure.start : measure.end]


@pytest.mark.parametrize("content", ["5 लोग", "40 people", "Rs", "रुपये", "in 2024 the year", "", "25%", "5 और दिन"])
def test_a_number_without_a_unit_is_no_measure(content: str) -> None:
    assert units.find(content) == ()


# Source, output, measures of the source that changed, those of the output.
CHANGED = [
    ("5 करोड़ रुपये मिले", "It received Rs 5 crore", [], []),
    ("5 करोड़ रुपये मिले", "It received 50 million rupees", [], []),
    ("5 करोड़ रुपये मिले", "It received $5 crore", ["5 करोड़ रुपये"], ["$5 crore"]),
    ("40 किमी दूर", "40 miles away", ["40 किमी"], ["40 miles"]),
    ("40 किमी दूर", "40 km away", [], []),
    ("40 किमी दूर", "40 away", [], []),  # a unit may be left out
    ("40 किमी दूर", "25 miles away", [], []),  # another number, which `quantities` reports
    ("तीन दिन", "three weeks", ["तीन दिन"], ["three weeks"]),
    ("तीन दिन और तीन घंटे", "three days and three hours", [], []),
    ("30 वर्ग किमी", "30 km", ["30 वर्ग किमी"], ["30 km"]),
    ("42 डिग्री सेल्सियस", "42 degrees", [], []),
    ("42 डिग्री सेल्सियस", "42 degrees Fahrenheit", ["42 डिग्री सेल्सियस"], ["42 degrees Fahrenheit"]),
    ("पाँच पाउंड का बोरा", "a five-pound sack", [], []),
    ("पाँच पाउंड का बोरा", "a £5 sack", [], []),
    ("", "5 km", [], []),
]


@pytest.mark.parametrize(("source", "output", "lost", "invented"), CHANGED, ids=lambda value: str(value)[:30])
def test_compare_names_the_numbers_that_have_another_unit(
    source: str, output: str, lost: list[str], invented: list[str]
) -> None:
    of_source, of_output = units.compare(source, output)
    assert [each.text for each in of_source] == lost
    assert [each.text for each in of_output] == invented


_PIECES = "5 Rs Rs. $ ₹ किमी km वर्ग square डिग्री ° C दो सौ लाख रुपये three days - . / %".split()


@given(st.lists(st.text(max_size=3) | st.sampled_from(_PIECES), max_size=10), st.sampled_from(["", " "]))
def test_measures_of_any_text_are_slices_and_a_text_agrees_with_itself(pieces: list[str], separator: str) -> None:
    content = separator.join(pieces)
    for each in units.find(content):
        assert each.text == content[each.start : each.end] != ""
        assert each.units
    assert units.compare(content, content) == ((), ())
