"""Units of the numbers in a Hindi or English text: currencies, lengths, weights, areas, volumes, durations, degrees.

`find(text)` returns every number that has a unit: "Rs 5 crore", 5 करोड़ रुपये, "$5", 40 किमी, "40-km". `compare(source,
output)` returns the measures whose number the other text has only with another unit: "$5 crore" for 5 करोड़ रुपये, "40
miles" for 40 किमी.

Numbers are matched by value (`harness.core.text.quantities`). A number without a unit agrees with every unit, because
texts leave a unit out that is clear ("5 to 6 km"). Converted values, such as 25 miles for 40 km, are other numbers, so
they are not compared here. Dollars of all countries are one unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import regex

from harness.core import text
from harness.core.text import quantities
from harness.core.text.quantities import Quantity

__all__ = ["Measure", "compare", "find"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with its unit."""

    text: str  # as written: text[start:end] of the text that was searched
    start: int  # offset in characters
    end: int  # offset after the last character
    units: frozenset[str]  # several if the word is ambiguous: a pound is a currency and a weight
    quantity: Quantity


_WORDS = {
    "rupee": "rupee rupees rs rs. re inr रुपया रुपये रुपए रुपयों रुपय रूपये रूपए रूपया रूपयों रु रु. ₹ रुपयो",
    "dollar": "dollar dollars $ usd us$ c$ a$ डॉलर डालर डॉलरों",
    "euro": "euro euros € eur यूरो",
    "pound sterling": "pound pounds £ gbp पाउंड पाउंड्स पौंड पाउण्ड पौण्ड",
    "yen": "yen ¥ jpy येन",
    "yuan": "yuan renminbi युआन",
    "rouble": "rouble roubles ruble rubles रूबल रुबल",
    "dirham": "dirham dirhams दिरहम",
    "riyal": "riyal riyals rial रियाल",
    "taka": "taka टका",
    "shilling": "shilling shillings शिलिंग",
    "franc": "franc francs फ्रैंक फ्रांक",
    "won": "वॉन",
    "paisa": "paisa paise पैसा पैसे",
    "kilometre": "km kms km. kilometre kilometres kilometer kilometers किमी कि.मी. कि.मी किलोमीटर कि०मी० kmph km/h kph",
    "metre": "metre metres meter meters मीटर मी. मी",
    "centimetre": "cm centimetre centimetres centimeter centimeters सेमी से.मी. सेंटीमीटर",
    "millimetre": "mm millimetre millimetres millimeter millimeters मिमी मि.मी. मिलीमीटर",
    "mile": "mile miles mph मील",
    "foot": "foot feet ft फुट फीट फ़ीट फ़ुट",
    "inch": "inch inches इंच",
    "yard": "yard yards गज गज़",
    "kilogram": "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes किलो किलोग्राम किग्रा कि.ग्रा.",
    "gram": "gram grams gramme grammes gm gms ग्राम",
    "milligram": "mg milligram milligrams मिलीग्राम",
    "quintal": "quintal quintals क्विंटल कुंतल क्विन्टल कुंटल",
    "tonne": "ton tons tonne tonnes टन",
    "weight pound": "lb lbs pound pounds पाउंड पाउंड्स पौंड पाउण्ड पौण्ड",
    "hectare": "hectare hectares ha हेक्टेयर हैक्टेयर हेक्टर",
    "acre": "acre acres एकड़ एकड",
    "bigha": "bigha bighas बीघा बीघे",
    "litre": "litre litres liter liters लीटर लिटर",
    "millilitre": "ml millilitre millilitres milliliter milliliters मिलीलीटर एमएल",
    "gallon": "gallon gallons गैलन",
    "barrel": "barrel barrels बैरल",
    "kilowatt": "kw kilowatt kilowatts किलोवाट",
    "megawatt": "mw megawatt megawatts मेगावाट मेगावॉट",
    "gigawatt": "gw gigawatt gigawatts गीगावाट गीगावॉट",
    "megabyte": "mb megabyte megabytes एमबी",
    "gigabyte": "gb gigabyte gigabytes जीबी",
    "Celsius": "celsius centigrade सेल्सियस सेल्सियम सेंटीग्रेड °c degree degrees ° डिग्री",
    "Fahrenheit": "fahrenheit फ़ारेनहाइट फारेनहाइट °f degree degrees ° डिग्री",
    "second": "second seconds sec secs सेकंड सेकेंड सेकण्ड सैकंड",
    "minute": "minute minutes min mins मिनट मिनटों",
    "hour": "hour hours hr hrs घंटा घंटे घंटों घण्टे घण्टा घण्टों",
    "day": "day days दिन दिनों दिवसीय दिवस",
    "week": "week weeks सप्ताह हफ़्ता हफ़्ते हफ़्तों सप्ताहों",
    "month": "month months महीना महीने महीनों माह",
    "year": "year years yr yrs साल सालों वर्ष वर्षों वर्षीय बरस yearold",
}
_SQUARE = r"(?:square|sq\.?|वर्ग|cubic|घन)"
_AFTER = regex.compile(
    rf"[\s-]{{0,2}}(?:(?P<square>{_SQUARE})[\s-]+)?(?P<unit>[₹$€£¥]|°\s?[CF]?|[\p{{L}}\p{{M}}.०/]+)"
    r"(?:\s(?P<scale>celsius|centigrade|fahrenheit|सेल्सियस|सेंटीग्रेड|फ़ारेनहाइट|फारेनहाइट))?",
    regex.IGNORECASE,
)
_BEFORE = regex.compile(
    r"(?P<unit>(?:US|C|A)?\$|[₹€£¥]|(?<![\p{L}\p{M}])(?:Rs\.?|INR|USD|रु\.?))\s?\Z", regex.IGNORECASE
)
_CURRENCIES = frozenset({
    "rupee",
    "dollar",
    "euro",
    "pound sterling",
    "yen",
    "yuan",
    "rouble",
    "dirham",
    "riyal",
    "taka",
})
_LONGEST_SIGN = 5  # "Rs. "


@lru_cache(maxsize=1)
def _units() -> dict[str, frozenset[str]]:
    """Return the units that each word can mean, by its folded form."""
    units: dict[str, set[str]] = {}
    for unit, words in _WORDS.items():
        for word in words.split():
            units.setdefault(text.fold(word), set()).add(unit)
    return {word: frozenset(meanings) for word, meanings in units.items()}


def _units_of(word: str) -> frozenset[str] | None:
    word = text.fold(word.lower())
    known = _units()
    forms = (word, word.rstrip("./"), word.split("/")[0], f"{word}\u0902")  # the last for वर्षो, सालो
    return next((known[form] for form in forms if form in known), None)


@lru_cache(maxsize=1 << 17)
def find(content: str) -> tuple[Measure, ...]:
    """Return the numbers of a text that have a unit, in their order."""
    measures = (_measure(content, each) for each in quantities.find(content))
    return tuple(each for each in measures if each is not None)


def _measure(content: str, quantity: Quantity) -> Measure | None:
    """Return a number with the currency before it or the unit after it; None if it has neither."""
    if not any(kind == "number" for kind, _ in quantity.readings):
        return None
    before = _BEFORE.search(content, max(0, quantity.start - _LONGEST_SIGN), quantity.start)
    if before is not None and (units := _units_of(before["unit"].replace(" ", ""))) is not None:
        start = before.start()
        return Measure(content[start : quantity.end], start, quantity.end, units & _CURRENCIES, quantity)
    after = _AFTER.match(content, quantity.end)
    if after is None or (units := _units_of(after["unit"].replace(" ", ""))) is None:
        return None
    if after["square"] is not None:
        units = frozenset(f"square {unit}" for unit in units)
    if after["scale"] is not None:
        units &= _units_of(after["scale"]) or units
    return Measure(content[quantity.start : after.end()], quantity.start, after.end(), units, quantity)


def compare(source: str, output: str) -> tuple[tuple[Measure, ...], tuple[Measure, ...]]:
    """Return the measures of the source whose number the output has only in other units, and the reverse."""
    of_source, of_output = find(source), find(output)
    if not of_source or not of_output:
        return (), ()
    return _changed(of_source, output, of_output), _changed(of_output, source, of_source)


def _changed(measures: tuple[Measure, ...], other: str, of_other: tuple[Measure, ...]) -> tuple[Measure, ...]:
    units = {each.quantity: each.units for each in of_other}
    return tuple(each for each in measures if _is_changed(each, other, units))


def _is_changed(measure: Measure, other: str, units: dict[Quantity, frozenset[str]]) -> bool:
    """Whether the other text has the number of a measure, but each time with a unit that the measure cannot have."""
    same_number = [each for each in quantities.find(other) if each.agrees(measure.quantity)]
    return bool(same_number) and all(each in units and units[each].isdisjoint(measure.units) for each in same_number)
