"""Write short Hindi news items with English translations and one-sentence summaries, from a seed.

Tiny models are trained on the training split. They are tested on items with names of people, places and companies that
the training split lacks. `items` returns items; `python -m tests.models.generated_news` writes 60 items of the test
split to `references/generated-news/`. The words are in `generated_news_words`, the sentences in
`generated_news_patterns`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal

from harness.core import files as core_files
from harness.core.records import ENGLISH, HINDI
from tests.models import generated_news_words as words
from tests.models.generated_news_patterns import LINKS, SAYING, SAYING_AGAIN, TOPICS, Pattern, Topic
from tests.models.generated_news_words import Pool, Word

Split = Literal["train", "dev", "test"]
Facts = dict[str, Word]

FOLDER = Path(__file__).parents[2] / "references" / "generated-news"
COMMITTED = 60  # items of the test split with seed 0 in that folder
VERSION = "generated"

# The share of names in dev and test that training lacks.
_HELD_OUT = 0.7
# Days from the first date of an item to the second, by topic; other topics have some days or weeks.
_LATER = {"agreement": (120, 400), "prices": (4, 20), "project": (300, 900)}
# A checksum from 0 to 9 assigns each sentence without a held-out name to a split. It is taken of the English, so that
# two Hindi sentences that differ only in the digits they use fall into one split.
_BUCKETS: dict[Split, range] = {"train": range(6), "dev": range(6, 8), "test": range(8, 10)}
_WORDS = (6, 20)  # in a sentence
_SUMMARY_WORDS = (8, 28)
_DEVANAGARI_DIGITS = str.maketrans("0123456789", "०१२३४५६७८९")
# A third of the items is typed as many pages are: a letter with nukta is one character, quotes are curly.
_TYPED_OTHERWISE = 1 / 3
_NUKTA = {f"{base}\u093c": composed for base, composed in zip("जडढफ", "\u095b\u095c\u095d\u095e", strict=True)}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence in both languages."""

    hindi: str
    english: str


@dataclass(frozen=True, slots=True)
class Item:
    """A news item."""

    id: str  # "test-0001"
    topic: str  # a key of TOPICS
    title: Sentence  # without a final stop
    paragraphs: tuple[tuple[Sentence, ...], ...]  # one or two, of two to four sentences in all
    summary: Sentence  # one sentence, of facts that the first two sentences tell

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The title and every sentence of the body, in reading order; not the summary."""
        return (self.title, *(sentence for paragraph in self.paragraphs for sentence in paragraph))


def items(split: Split, count: int, seed: int = 0) -> list[Item]:
    """Return the first `count` items of a split; a greater count adds items at the end.

    No sentence, title or summary of one split occurs in another, for any counts and seeds.
    """
    return [_item(split, seed, number) for number in range(1, count + 1)]


def write(folder: Path) -> None:
    """Write the committed items as a dataset of the format `collection`, except README.md and dataset.yaml."""
    files: dict[str, list[dict[str, Any]]] = {f"articles.{HINDI}": [], "translations": [], "summaries": []}
    for item in items("test", COMMITTED):
        article = f"{folder.name}/{item.id.removeprefix('test-00')}"
        segments = [("title", item.title, 1)]
        segments += [("body", text, number) for number, texts in enumerate(item.paragraphs, start=2) for text in texts]
        for number, (kind, sentence, paragraph) in enumerate(segments, start=1):
            row = {"id": f"{article}#s{number:02d}", "paragraph": f"{article}#p{paragraph:02d}", "kind": kind}
            files[f"articles.{HINDI}"].append(row | {"text": sentence.hindi})
            files["translations"].append(_reference(row["id"], ENGLISH, sentence.english))
        files["summaries"].append(_reference(article, HINDI, item.summary.hindi))
        files["summaries"].append(_reference(article, ENGLISH, item.summary.english))
    for name, rows in files.items():
        core_files.write_text(folder / f"{name}.jsonl", "".join(core_files.dumps(row) + "\n" for row in rows))


def _reference(name: str, language: str, text: str) -> dict[str, str]:
    return {"id": name, "version": VERSION, "language": language, "text": text}


class _RejectedError(Exception):
    """No pattern gives a sentence of this split from these facts."""


def _item(split: Split, seed: int, number: int) -> Item:
    random = Random(f"{split} {seed} {number}")
    topic = list(TOPICS)[
        (number - 1) % len(TOPICS)
    ]  # in turn: drawn at random, topics with many rejections would be rare
    while True:
        try:
            item = _written(_Draw(split, random), topic, f"{split}-{number:04d}")
            return _typed(item) if Random(f"typing {split} {seed} {number}").random() < _TYPED_OTHERWISE else item
        except _RejectedError:
            continue


def _written(draw: _Draw, key: str, name: str) -> Item:
    random = draw.random
    topic = TOPICS[key]
    facts = draw.facts(key)
    devanagari = random.random() < 0.5

    def write(patterns: tuple[Pattern, ...], length: tuple[int, int] = _WORDS) -> Sentence:
        for pattern in random.sample(patterns, len(patterns)):
            sentence = _rendered(pattern, facts, devanagari)
            new = any(facts[fact].held_out for fact in re.findall(r"{(\w+)}", pattern.hindi))
            belongs = (new and draw.split != "train") or _bucket(sentence.english) in _BUCKETS[draw.split]
            if belongs and length[0] <= len(sentence.hindi.split()) <= length[1]:
                return sentence
        raise _RejectedError

    body = [write(topic.leads), write(topic.details)]
    rest = []
    if random.random() < 0.55:
        rest.append(write(_quoting(random.choice(topic.quotes), topic)))
    if random.random() < 0.08:
        rest.append(write(LINKS))
    elif random.random() < 0.6:
        rest.insert(random.randint(0, len(rest)), write(topic.extras))
    paragraphs = (tuple(body), tuple(rest)) if rest and random.random() < 0.5 else (tuple(body + rest),)
    return Item(name, key, write(topic.titles), paragraphs, write((topic.summary,), _SUMMARY_WORDS))


def _typed(item: Item) -> Item:
    """Return an item with its Hindi typed as many pages are; the English stays."""

    def typed(sentence: Sentence) -> Sentence:
        hindi = re.sub(r'"([^"]*)"', r"“\1”", sentence.hindi)
        for apart, composed in _NUKTA.items():
            hindi = hindi.replace(apart, composed)
        return replace(sentence, hindi=hindi)

    paragraphs = tuple(tuple(typed(sentence) for sentence in paragraph) for paragraph in item.paragraphs)
    return replace(item, title=typed(item.title), paragraphs=paragraphs, summary=typed(item.summary))


def _quoting(quote: Pattern, topic: Topic) -> tuple[Pattern, ...]:
    sayings = SAYING + SAYING_AGAIN if topic.introduced else SAYING
    return tuple(
        Pattern(said.hindi.replace("{quote}", quote.hindi), said.english.replace("{quote}", quote.english))
        for said in sayings
    )


def _bucket(english: str) -> int:
    return zlib.crc32(english.encode()) % 10


def _rendered(pattern: Pattern, facts: Facts, devanagari: bool) -> Sentence:
    def agreeing(match: re.Match[str]) -> str:
        return match[3] if facts[match[1]].feminine else match[2]

    hindi = re.sub(r"<(\w+):([^|>]*)\|([^>]*)>", agreeing, pattern.hindi)
    hindi = hindi.format_map({key: fact.hindi for key, fact in facts.items()})
    english = pattern.english.format_map({key: fact.english for key, fact in facts.items()})
    english = re.sub(r"\b([Aa]) (?=[aeiou]|8|11\b|18\b)", r"\1n ", english)
    # Addresses have no digits, so all digits of an item can be of one system.
    return Sentence(hindi.translate(_DEVANAGARI_DIGITS) if devanagari else hindi, english[:1].upper() + english[1:])


@dataclass(frozen=True, slots=True)
class _Draw:
    """Draw facts for one item of a split."""

    split: Split
    random: Random

    def facts(self, topic: str) -> Facts:
        """Return the facts of an item: those of every topic, and those of its own topic."""
        random = self.random
        city, town = self.two(words.CITIES)
        if topic == "visit" and random.random() < 0.2:
            city = self.name(words.ABROAD)
        offices = {
            "weather": words.METEOROLOGISTS,
            "prices": words.TRADERS,
            "sports": words.COACHES,
            "results": words.EXAMINERS,
        }
        office = random.choice(offices.get(topic, words.OFFICES))
        office2 = random.choice([word for word in words.OFFICES if word != office])
        person, second, player = self.people(alike=topic == "sports")
        abroad = city not in words.CITIES.train + words.CITIES.dev + words.CITIES.test
        subject, subject2 = random.sample(words.SUBJECTS, 2)
        facts = {
            "office": office,
            "person": _joined(office, *person),
            "name": _joined(*person),
            "surname": person[1],
            "second": _joined(office2, *second),
            "second_name": _joined(*second),
            "player": _joined(*player),
            "city": city,
            "town": town,
            "state": self.name(words.COUNTRIES if topic == "agreement" and random.random() < 0.2 else words.STATES),
            "company": _joined(self.name(words.BRANDS), random.choice(words.COMPANIES)),
            "subject": subject,
            "subject2": subject2,
            "facility": random.choice(words.FACILITIES_ABROAD if abroad else words.FACILITIES),
            "url": _address(f"https://{random.choice(('khabar', 'samachar', 'suchna'))}.example/{{}}", city),
            "handle": _address("@{}", *person),
            "hashtag": _address("#{}", city, plain=True),
            "few": self.number(2, 9),
            "several": self.number(2, 9),
            "some": self.number(12, 90),
            "dozens": self.number(12, 90),
            "crowd": self.crowd(),
            "many": self.many(),
            "amount": self.amount(crores=topic in ("project", "visit")),
            "lakhs": _with_unit(self.number(2, 60), words.LAKH),
        }
        own: dict[str, Callable[[Facts], Facts]] = {
            "weather": self.weather,
            "prices": self.prices,
            "sports": self.sports,
            "results": self.results,
        }
        facts["government"] = _government(facts["state"])
        months: tuple[int, ...] = (5, 6) if topic == "results" else tuple(range(1, 13))
        if topic in own:
            facts |= own[topic](facts)
        if topic == "weather":
            months = next(kind.months for kind in words.WEATHER if kind.word == facts["weather"])
        days = int(facts["few"].english)
        spans = _LATER | {
            "visit": (days, days + 30),
            "weather": (days, days),
        }  # when the visit, or the bad weather, is over
        return facts | self.times(months, spans.get(topic, (4, 60)))

    def name(self, pool: Pool) -> Word:
        """Return a name. In dev and test most names are held out from training."""
        held_out: tuple[Word, ...] = pool.test if self.split == "test" else pool.dev
        new = self.split != "train" and self.random.random() < _HELD_OUT
        return self.random.choice(held_out if new else pool.train)

    def two(self, pool: Pool) -> tuple[Word, Word]:
        """Return two different names."""
        first = second = self.name(pool)
        while second == first:
            second = self.name(pool)
        return first, second

    def people(self, *, alike: bool) -> list[tuple[Word, Word]]:
        """Return three people (first name, surname) who share no name; with `alike`, of one gender."""
        found: list[tuple[Word, Word]] = []
        both = (words.MEN, words.WOMEN)
        pools = (self.random.choice(both),) if alike else both
        while len(found) < 3:
            first = self.name(self.random.choice(pools))
            person = (first, self.name(words.SURNAMES))
            taken = {name.hindi for other in found for name in other}
            known = f"{person[0].hindi} {person[1].hindi}" in words.KNOWN
            if not known and person[0].hindi not in taken and person[1].hindi not in taken:
                found.append(person)
        return found

    def times(self, months: tuple[int, ...], span: tuple[int, int]) -> Facts:
        """Return a day, times of day, and a later date; `span` bounds the days between, both included."""
        random = self.random
        day = date(random.randint(2019, 2025), random.choice(months), random.randint(1, 28))
        later = day + timedelta(days=random.randint(*span))
        form = random.randrange(4)
        if form == 0:
            when = words.WEEKDAYS[day.weekday()]
        elif form == 1:
            when = Word(f"{day:%d/%m/%Y}", f"{day:%d/%m/%Y}")
        else:
            when = _date(day, year=form == 2)
        hour, minute = random.randint(6, 21), random.choice((15, 30, 45))
        return {
            "when": Word(f"{when.hindi} को", f"on {when.english}"),
            "time": _time(hour, minute),
            "morning": _time(random.randint(6, 10), minute),
            "afternoon": _time(random.randint(11, 16), minute),
            "evening": _time(random.randint(17, 20), minute),
            "later": _date(later, year=random.random() < 0.3 or span[1] > 99),
        }

    def number(self, low: int, high: int) -> Word:
        """Return a whole number between bounds, both included."""
        value = str(self.random.randint(low, high))
        return Word(value, value)

    def decimal(self, low: int, high: int) -> Word:
        """Return a number, half of the time with one digit after the point."""
        value = str(self.random.randint(low, high)) + self.random.choice(("", f".{self.random.randint(1, 9)}"))
        return Word(value, value)

    def crowd(self) -> Word:
        """Return a number of people who can be in one place."""
        if self.random.random() < 0.5:
            return _with_unit(self.number(2, 60), words.THOUSAND)
        value = f"{self.random.randint(1, 60)},{self.random.randint(1, 9)}00"
        return Word(value, value)

    def many(self) -> Word:
        """Return a number of people of any size."""
        return _with_unit(self.decimal(2, 60), words.LAKH) if self.random.random() < 0.6 else self.crowd()

    def amount(self, *, crores: bool) -> Word:
        """Return a sum of rupees, in lakh or crore; a building costs crores."""
        if crores or self.random.random() < 0.7:
            return _with_unit(self.random.choice((self.decimal(2, 90), self.number(100, 950))), words.CRORE)
        return _with_unit(self.number(10, 95), words.LAKH)

    def weather(self, _: Facts) -> Facts:
        """Return a kind of weather, and temperatures that fit it."""
        kind = self.random.choice(words.WEATHER)
        extreme = Word("अधिकतम", "maximum") if kind.hot else Word("न्यूनतम", "minimum")
        above = Word("अधिक", "above") if kind.hot else Word("कम", "below")
        degrees, degrees2 = (self.number(kind.coldest, kind.hottest) for _ in range(2))
        return {"weather": kind.word, "extreme": extreme, "above": above, "degrees": degrees, "degrees2": degrees2}

    def prices(self, _: Facts) -> Facts:
        """Return goods and a change of their price; the prices before and after agree with the percentage."""
        random = self.random
        good = random.choice(words.GOODS)
        step = 50 if good.low > 1000 else 1
        before = random.randrange(good.low, good.high, step)
        after = before
        while abs(after - before) * 100 < 4 * before:
            after = random.randrange(round(before * 0.7), round(before * 1.4)) // step * step
        up = after > before
        percent = str(round(abs(after - before) * 100 / before))
        dear = ("महंगी" if good.word.feminine else "महंगा") if up else ("सस्ती" if good.word.feminine else "सस्ता")
        other = random.randrange(round(after * 0.9), round(after * 1.1) + 2 * step, step) // step * step
        return {
            "good": good.word,
            "goods": good.bulk,
            "unit": good.unit,
            "price0": _grouped(before),
            "price": _grouped(after),
            "price2": _grouped(other),
            "percent": Word(percent, percent),
            "reason": random.choice(words.RISE_REASONS if up else words.FALL_REASONS),
            "dear": Word(dear, "costlier" if up else "cheaper"),
            "rose": Word("बढ़े", "rose") if up else Word("घटे", "fell"),
            "rise": Word("बढ़े", "rise") if up else Word("घटे", "fall"),
            "have_risen": Word("बढ़े हैं", "have risen") if up else Word("घटे हैं", "have fallen"),
            "rising": Word("बढ़कर", "rising") if up else Word("घटकर", "falling"),
            "change": Word("बढ़ोतरी", "rise") if up else Word("गिरावट", "fall"),
        }

    def sports(self, facts: Facts) -> Facts:
        """Return a match: teams of two cities, the result, and what the best player did."""
        random = self.random
        sport = random.choice(words.SPORTS)
        women = facts["player"].feminine
        name = Word(f"महिला {sport.word.hindi}", f"women's {sport.word.english}") if women else sport.word
        nick, nick2 = random.sample(words.TEAMS, 2)
        home, guest = self.two(words.CITIES)
        low, high = sport.score
        count = random.randint(*sport.counts)
        if high:
            won = random.randint(low, high)
            lost = random.randint(max(0, won - (15 if won > 9 else 3)), won - 1)
            result = f"{won}-{lost}"
            by = Word(f"{result} से", result)
            if sport.count.english == "goals":
                count = random.randint(2, won)
        else:
            margin, unit = random.choice((("wickets", "विकेट"), ("runs", "रन")))
            size = random.randint(2, 9) if margin == "wickets" else random.randint(11, 95)
            by = Word(f"{size} {unit} से", f"by {size} {margin}")
        return {
            "sport": name,
            "team": _joined(home, nick),
            "rival": _joined(guest, nick2),
            "cup": _joined(facts["state"], random.choice(words.CUPS)),
            "round": random.choice(words.ROUNDS),
            "by": by,
            "feat": Word(f"{count} {sport.count.hindi}", f"{count} {sport.count.english}"),
            "feats": Word(f"{count} {sport.oblique}", f"{count} {sport.count.english}"),
            "made": Word(sport.verb, "scored"),
        }

    def results(self, _: Facts) -> Facts:
        """Return an examination and its best marks."""
        percent = self.decimal(62, 93)
        return {"class": self.random.choice(words.CLASSES), "marks": self.decimal(91, 99), "percent2": percent}


def _joined(*parts: Word) -> Word:
    """Return the parts as one phrase: feminine if any part is, held out if any part is."""
    return Word(
        " ".join(part.hindi for part in parts),
        " ".join(part.english for part in parts),
        any(part.feminine for part in parts),
        any(part.held_out for part in parts),
    )


def _with_unit(number: Word, unit: Word) -> Word:
    return _joined(number, unit)


def _government(state: Word) -> Word:
    """Return the government of an Indian state ("the Bihar government") or of a country ("the government of Nepal")."""
    country = state in (*words.COUNTRIES.train, *words.COUNTRIES.dev, *words.COUNTRIES.test)
    english = f"government of {state.english}" if country else f"{state.english} government"
    return Word(f"{state.hindi} सरकार", english, held_out=state.held_out)


def _grouped(value: int) -> Word:
    return Word(f"{value:,}", f"{value:,}")  # prices here stay below a lakh, where Indian grouping begins to differ


def _date(day: date, *, year: bool) -> Word:
    month = words.MONTHS[day.month - 1]
    after = f" {day.year}" if year else ""
    return Word(f"{day.day} {month.hindi}{after}", f"{day.day} {month.english}{after}")


def _time(hour: int, minute: int) -> Word:
    part = "सुबह" if hour < 12 else "दोपहर" if hour < 16 else "शाम" if hour < 20 else "रात"
    clock = f"{(hour - 1) % 12 + 1}:{minute:02d}"
    return Word(f"{part} {clock} बजे", f"{clock} {'am' if hour < 12 else 'pm'}")


def _address(form: str, *names: Word, plain: bool = False) -> Word:
    """Return an address of these names; it is the same in both languages."""
    name = "".join(name.english for name in names) if plain else "_".join(name.english.lower() for name in names)
    content = form.format(name.replace(" ", ""))
    return Word(content, content, held_out=any(name.held_out for name in names))


if __name__ == "__main__":
    write(FOLDER)
