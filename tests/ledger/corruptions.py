"""Change one thing in a text: each function returns the changed text, or None if the text has nothing to change."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from harness.core.text import names, negation, quantities, sentences, units
from harness.models._romanisation import romanise


@dataclass(frozen=True)
class Case:
    """One text with its source, and a text of another source."""

    source: str
    text: str
    other: str


Corrupt = Callable[[Case, random.Random], str | None]


def _replaced(text: str, start: int, end: int, by: str) -> str:
    return text[:start] + by + text[end:]


def _without(text: str, start: int, end: int) -> str:
    return " ".join((text[:start] + text[end:]).split()).replace(" .", ".").replace(" ,", ",")


def _words_of(lines: str) -> list[list[str]]:
    return [line.split() for line in lines.strip().splitlines()]


def _exchange(groups: list[list[str]]) -> Corrupt:
    """Return the function that replaces one word by another word of its group."""
    group_of = {word: group for group in groups for word in group}
    pattern = re.compile(
        rf"(?<![\w$])(?:{'|'.join(sorted(map(re.escape, group_of), key=len, reverse=True))})(?![^\W\d])"
    )

    def exchange(case: Case, rng: random.Random) -> str | None:
        matches = list(pattern.finditer(case.text))
        if not matches:
            return None
        match = rng.choice(matches)
        return _replaced(
            case.text, *match.span(), rng.choice([word for word in group_of[match[0]] if word != match[0]])
        )

    return exchange


def number(case: Case, rng: random.Random) -> str | None:
    """Change, scale or drop one number in digits."""
    numbers = [match for match in re.finditer(r"(?<![\d:])\d+(?![\d:]|:\d)", case.text) if match[0] != "1"]
    if not numbers:
        return None
    match = rng.choice(numbers)
    other = rng.choice([str(int(match[0]) + rng.choice([1, 7, 10])), match[0] + "0", ""])
    return _replaced(case.text, *match.span(), other)


_NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty fifty".split()
number_word = _exchange([_NUMBER_WORDS, ["lakh", "crore"], ["thousand", "million", "billion"]])
month = _exchange([
    "January February April June July August September October November December".split(),
])  # fmt: skip
weekday = _exchange([[f"{day}day" for day in "Mon Tues Wednes Thurs Fri Satur Sun".split()]])


def time(case: Case, rng: random.Random) -> str | None:
    """Change the hour of a time of day such as 10:30."""
    match = re.search(r"(?<!\d)(\d{1,2})(?=[:.]\d\d(?!\d))", case.text)
    return (
        None
        if match is None
        else _replaced(case.text, *match.span(), str((int(match[1]) + rng.choice([1, 2, 3])) % 12))
    )


_UNIT_GROUPS = _words_of("""
    rupees dollars yen pounds euros
    Rs. $ €
    Rs $ €
    ₹ $ €
    km miles metres
    kilometres miles metres
    kilograms tonnes quintals
    kg tonnes quintals
    hectares acres bighas
    years months weeks days hours minutes
    year month week
    degrees metres
    litres gallons
""")
_EXCHANGE_UNIT = _exchange([list(dict.fromkeys(group)) for group in reversed(_UNIT_GROUPS)])


def unit(case: Case, rng: random.Random) -> str | None:
    """Give a number another unit."""
    measures = units.find(case.text)
    if not measures:
        return None
    measure = rng.choice(measures)
    changed = _EXCHANGE_UNIT(Case(case.source, measure.text, case.other), rng)
    return None if changed is None else _replaced(case.text, measure.start, measure.end, changed)


def negation_dropped(case: Case, rng: random.Random) -> str | None:
    """Drop all negations: "did not come" becomes "did come"."""
    certain = [each for each in negation.find(case.text) if each.is_certain]
    text = case.text
    for each in reversed(certain):
        lower = each.text.lower()
        by = {
            "without": "with",
            "cannot": "can",
            "can't": "can",
            "won't": "will",
            "never": "always",
            "unable": "able",
        }.get(lower, re.sub(r"n['’]t$", "", each.text) if lower.endswith(("n't", "n’t")) else "")
        text = _replaced(text, each.start, each.end, by)
    return " ".join(text.split()) if certain else None


def negation_added(case: Case, rng: random.Random) -> str | None:
    """Add "not" after an auxiliary, unless the text negates already."""
    matches = list(re.finditer(r"\b(?:is|was|are|were|has|have|had|will|can|could|should|would|must)\b", case.text))
    if not matches or negation.find(case.text):
        return None
    end = rng.choice(matches).end()
    return _replaced(case.text, end, end, " not")


_NAMES = """
    Deshmukh Banerjee Thornton Kaveri Nakamura Okonkwo Petrov Lindqvist Chaturvedi Ramaswamy Fernandes Gonzalez Whitaker
    Ibrahim Suleiman Pillai Tripathi Mehrotra Castillo Bergmann Dubois Moreau Yilmaz Haddad Kowalski Novak Silva Costa
    Ramos Park Tanaka Suzuki Wong Nguyen Nair Meera Leela Sunita Arjun Bhopal Lucknow Nairobi Lisbon Guwahati
""".split()


def name_replaced(case: Case, rng: random.Random) -> str | None:
    """Replace a name by another one."""
    in_text = names.find(case.text)
    if not in_text:
        return None
    name = rng.choice(in_text)
    return _replaced(case.text, name.start, name.end, rng.choice([other for other in _NAMES if other not in case.text]))


def name_dropped(case: Case, rng: random.Random) -> str | None:
    """Drop a name: all its capitalised words, wherever it stands."""
    in_text = names.find(case.text)
    if not in_text:
        return None
    name = rng.choice(in_text)
    pattern = re.compile(rf"(?:[A-Z]\w+ )*{re.escape(name.text)}(?: [A-Z]\w+)*(?:'s)?")
    return " ".join(pattern.sub("", case.text).split())


def left_in_devanagari(case: Case, rng: random.Random) -> str | None:
    """Put one to four words of the source into the text."""
    return _with_words(case, rng, case.source.split(), rng.randint(1, 4))


def left_in_latin(case: Case, rng: random.Random) -> str | None:
    """Put four to eight words of the source, in Latin letters as people type them, into the text."""
    return _with_words(case, rng, [*map(_typed, case.source.split())], rng.randint(4, 8))


def _typed(word: str) -> str:
    """Return a Hindi word in ASCII: no signs, n for every nasal, no a at the end of a longer word."""
    latin = romanise(word, "iso").replace("\u1e41", "n").replace("m\u0310", "n").replace("m\u0307", "n")
    latin = unicodedata.normalize("NFD", latin).encode("ascii", "ignore").decode("ascii")
    return {"men": "mein"}.get(latin, re.sub(r"(?<=\w[b-df-hj-np-tv-z])a\b", "", latin))


def _with_words(case: Case, rng: random.Random, words: list[str], count: int) -> str | None:
    into = case.text.split()
    if len(words) <= count or len(into) < 6 or len(into) < count * 2:
        return None
    first, place = rng.randrange(len(words) - count), rng.randrange(1, len(into) - count)
    return " ".join([*into[:place], *words[first : first + count], *into[place + count :]])


def sentence_dropped(case: Case, rng: random.Random) -> str | None:
    """Drop a sentence of a text that has several."""
    spans = sentences.split(case.text)
    if len(spans) < 2:
        return None
    start, end = rng.choice(spans)
    return _without(case.text, start, end)


def half_dropped(case: Case, rng: random.Random) -> str | None:
    """Drop 40 to 60% of the words, at the end: a text that was cut."""
    words = case.text.split()
    return None if len(words) < 10 else " ".join(words[: round(len(words) * rng.uniform(0.4, 0.6))]) + "."


def clause_dropped(case: Case, rng: random.Random) -> str | None:
    """Drop a clause between two commas, or the one after the last comma, of 15 to 50% of the text."""
    commas = [match.start() for match in re.finditer(r",(?= )", case.text)]
    ends = [*commas, len(case.text) - 1]
    clauses = [(start, end) for start, end in zip(commas, ends[1:], strict=True)]
    fitting = [span for span in clauses if 0.15 <= (span[1] - span[0]) / len(case.text) <= 0.5]
    return _without(case.text, *rng.choice(fitting)) if fitting else None


def sentence_added(case: Case, rng: random.Random) -> str | None:
    """Add a text of another source."""
    return f"{case.text} {case.other}" if len(case.other) >= 40 else None


def number_invented(case: Case, rng: random.Random) -> str | None:
    """Change one number of a Hindi summary, in digits or words."""
    certain = [each for each in quantities.find(case.text) if each.is_certain and each.text.isdigit()]
    if not certain:
        return None
    each = rng.choice(certain)
    return _replaced(case.text, each.start, each.end, str(int(each.text) * 10 + rng.choice([3, 7])))


_HINDI_NAMES = "सुरेश यादव|अनिल देशमुख|फ़ातिमा शेख़|जॉन थॉर्नटन|कावेरी नायर|विनोद बनर्जी|ताकेशी नाकामुरा".split("|")


def name_invented(case: Case, rng: random.Random) -> str | None:
    """Replace a name after a title in a Hindi summary by another one."""
    in_text = names.titled(case.text)
    if not in_text:
        return None
    name = rng.choice(in_text)
    return _replaced(case.text, name.start, name.end, rng.choice(_HINDI_NAMES))


def copied(case: Case, rng: random.Random) -> str | None:
    """Put the longest sentence of the article in the place of the summary."""
    start, end = max(sentences.split(case.source), key=lambda span: span[1] - span[0])
    return case.source[start:end] if len(case.source[start:end].split()) >= 10 else None


# By diagnostic: what it must find in translations and in summaries.
OF_TRANSLATIONS: dict[str, list[Corrupt]] = {
    "quantities": [number, number_word, month, weekday, time],
    "units": [unit],
    "negation": [negation_dropped, negation_added],
    "names": [name_replaced, name_dropped],
    "untranslated": [left_in_devanagari, left_in_latin],
    "omission": [sentence_dropped, half_dropped, clause_dropped],
    "addition": [sentence_added],
}
OF_SUMMARIES: dict[str, list[Corrupt]] = {
    "quantities": [number_invented],
    "names": [name_invented],
    "copied_span": [copied],
}
LABELS = {number_word: "number_word", month: "month", weekday: "weekday"}


def label(corrupt: Corrupt) -> str:
    """Return the name of a corruption."""
    return LABELS.get(corrupt) or corrupt.__name__
