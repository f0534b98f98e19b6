"""Read one number that can have several words: साढ़े तीन करोड़, 12 लाख 45 हज़ार 600, two and a half million."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from harness.core.text.quantities import _lexicon
from harness.core.text.quantities._tokens import Tokens

# Numbers that "a", "half" and आधा can precede.
_LARGE = {"hundred": Fraction(100), **_lexicon.MULTIPLIERS, **_lexicon.MULTIPLIERS_AFTER_NUMBER}

_AND_A = {"half": Fraction(1, 2), "quarter": Fraction(1, 4)}
_ONE_OF = {
    **dict.fromkeys(_lexicon.HALF, Fraction(1, 2)),
    "quarter": Fraction(1, 4),
    **{word: 1 / _lexicon.PARTS[word] for word in _lexicon.ONE_PART},
}
_NOT_AFTER_HALF = frozenset("of the a an as their his her its our my are were was".split())


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was read."""

    value: Fraction
    after: int  # the index of the token after it
    is_plain: bool = True  # one token: digits or one word
    multiplier: Fraction = Fraction(1)  # the multiplier that it ends in; the first number of a range can share it
    also: tuple[Fraction, ...] = ()  # other values that the words can have


def read(tokens: Tokens, index: int) -> Number | None:
    """Return the number that begins at a token; None if none does."""
    return _Reader(tokens, index).read()


class _Reader:
    """The state while a number is read: total + current, as in 12 lakh (total) 45 (current) thousand."""

    def __init__(self, tokens: Tokens, start: int) -> None:
        self._tokens = tokens
        self._start = start
        self._index = start
        self._total = Fraction(0)
        self._current: Fraction | None = None  # what the next multiplier multiplies
        self._multiplier = Fraction(0)  # the last one; those that follow must be smaller
        self._quarters: Fraction | None = None  # of सवा, साढ़े or पौने, until its number comes
        self._also: tuple[Fraction, ...] = ()
        self._ends_in_hundred = False
        self._is_over = False

    def read(self) -> Number | None:
        while self._index < len(self._tokens) and not self._is_over:
            if self._index > self._start and not self._continues():
                break
            taken = self._take()
            if not taken:
                break
            self._index += taken
        if self._index == self._start:
            return self._single()
        if self._current is None and not self._total:
            if self._quarters is None or self._quarters < 0:
                return None
            self._current = 1 + self._quarters  # सवा alone is 1 1/4
        return Number(
            self._total + (self._current or 0),
            self._index,
            is_plain=self._index == self._start + 1,
            multiplier=self._multiplier if self._multiplier and self._current is None else Fraction(1),
            also=self._also,
        )

    def _continues(self) -> bool:
        """Whether the token can belong to the same number: after a space, a hyphen, or as in "1.5million"."""
        index = self._index
        is_attached = self._tokens.touches(index) and self._tokens[index].text in _lexicon.MULTIPLIERS
        return is_attached or self._tokens.joins(index)

    def _take(self) -> int:
        """Add the token at the index to the number, and return how many tokens were used; 0: it does not belong."""
        token = self._tokens[self._index]
        word = token.text
        if token.kind == "digits":
            return self._take_small(in_digits(word), is_word=False)
        if token.kind != "word":
            return 0
        if self._index == self._start and word in _lexicon.ARTICLES:
            return self._take_article()
        if word in _lexicon.QUARTERS:
            return self._take_quarters(word)
        if word in _lexicon.CARDINALS:
            return self._take_small(_lexicon.CARDINALS[word], is_word=True)
        if word in _lexicon.MIXED:
            return 0 if self._current is not None else self._take_small(_lexicon.MIXED[word], is_word=True)
        if word in _lexicon.HUNDRED:
            return self._take_hundred()
        if word in _LARGE:
            return self._take_multiplier(word)
        if self._current is not None and word in _lexicon.PARTS:
            return self._take_part(word, _lexicon.PARTS[word])
        if self._current == 1 and self._index == self._start + 1 and word in _lexicon.PARTS_AFTER_ONE:
            return self._take_part(word, _lexicon.PARTS_AFTER_ONE[word])
        if self._current is not None and word in _lexicon.POINTS:
            return self._take_decimals()
        if word in _lexicon.AND and self._index > self._start:
            return self._take_and()
        return self._take_ordinal_unit(word)

    def _take_article(self) -> int:
        """Take the "a" of "a hundred" and "a million"; elsewhere it is no number."""
        if self._tokens.word(self._index + 1) not in _LARGE:
            return 0
        self._current = Fraction(1)
        return 1

    def _take_quarters(self, word: str) -> int:
        if self._current is not None or self._quarters is not None:
            return 0
        self._quarters = _lexicon.QUARTERS[word]
        return 1

    def _take_small(self, value: Fraction, *, is_word: bool) -> int:
        """Take digits or a cardinal: at the start, after a multiplier or a hundred, or a unit after English tens."""
        gap = self._tokens.gap(self._index) if self._index > self._start else " "
        if self._current is not None:
            if not is_word:
                return 0
            is_unit = self._tokens[self._index - 1].text in _lexicon.ENGLISH_TENS and 0 < value < 10
            if not is_unit and (not self._ends_in_hundred or "-" in gap):
                return 0
        elif self._multiplier and (value >= self._multiplier or (not is_word and not gap.isspace())):
            return 0
        self._current = (self._current or 0) + value + (self._quarters or 0)
        self._quarters, self._ends_in_hundred = None, False
        return 1

    def _take_hundred(self) -> int:
        if self._current is None:
            if self._quarters is None and self._index > self._start:
                return 0
            self._current = Fraction(1) + (self._quarters or 0)
        elif self._current >= 100 or self._ends_in_hundred:
            return 0
        self._current *= 100
        self._quarters, self._ends_in_hundred = None, True
        return 1

    def _take_multiplier(self, word: str) -> int:
        has_number = self._current is not None or self._total > 0
        if word in _lexicon.MULTIPLIERS_AFTER_NUMBER and not has_number:
            return 0
        if word in _lexicon.INDEFINITE and self._index == self._start:
            return 0
        multiplier = _LARGE[word]
        if self._current is None and self._quarters is None and self._total:
            self._total *= multiplier  # two lakh crore
            self._multiplier *= multiplier
        elif self._multiplier and multiplier > self._multiplier and self._current and not self._quarters:
            self._total = (self._total + self._current) * multiplier  # one thousand five hundred crore
            self._multiplier = multiplier
        elif self._multiplier and multiplier >= self._multiplier:
            return 0
        else:
            self._total += (1 + (self._quarters or 0) if self._current is None else self._current) * multiplier
            self._multiplier = multiplier
        self._current, self._quarters, self._ends_in_hundred = None, None, False
        return 1

    def _take_part(self, word: str, parts: Fraction) -> int:
        """Take the end of "two thirds" or दो-तिहाई."""
        if self._total or self._current is None:
            return 0
        of_what = _after_part(self._tokens, self._index + 1)
        if of_what is not None:
            self._total, self._current = self._current / parts * of_what[0], None
        else:
            if word == "quarters":
                self._also = (self._current,)  # quarters of a year
            self._current /= parts
        self._is_over = True
        return 1 if of_what is None else of_what[1] - self._index

    def _take_decimals(self) -> int:
        """Take "point five one"."""
        digits = ""
        while (value := _lexicon.CARDINALS.get(self._tokens.word(self._index + 1 + len(digits)))) is not None:
            if value > 9:
                break
            digits += str(value)
        if not digits or self._current is None:
            return 0
        self._current += Fraction(int(digits), 10 ** len(digits))
        return 1 + len(digits)

    def _take_and(self) -> int:
        """Take the "and" of "two and a half", "one thousand and five", "one hundred and two thousand".

        That of "one hundred and two hundred" separates two numbers. That of "two lakh and five thousand" may do so too:
        then both numbers are other values of the words.
        """
        if (part := _part_after_and(self._tokens, self._index)) is not None:
            value, used = part
            if self._current is None and self._total:
                self._total += value * self._multiplier  # a million and a half
            else:
                self._current = (self._current or 0) + value
            return used
        smaller = self._smaller_after_and()
        if smaller is not None:
            value, used = smaller
            self._also = (*self._also, self._total, value)
            self._total += value
            self._is_over = True
            return used
        following = [self._tokens.word(self._index + ahead) for ahead in (1, 2, 3)]
        if self._tokens[self._index].text != "and" or not following[0].isascii():
            return 0
        if following[0] not in _lexicon.CARDINALS:
            return 0
        largest = following[2] if following[1] in _lexicon.CARDINALS else following[1]  # after thirty-four or thirty
        ends_in_multiplier = self._current is None
        if not ends_in_multiplier and not self._ends_in_hundred:
            return 0
        if largest in _lexicon.HUNDRED or (ends_in_multiplier and largest in _lexicon.MULTIPLIERS):
            return 0
        return 1

    def _smaller_after_and(self) -> tuple[Fraction, int] | None:
        """Return the "five thousand" of "two lakh and five thousand", and how many tokens it has with the "and"."""
        if self._current is not None or not self._multiplier or not self._tokens.word(self._index + 1):
            return None
        number = read(self._tokens, self._index + 1)
        if number is None or not 1 < number.multiplier <= number.value < self._multiplier:
            return None
        return number.value, number.after - self._index

    def _take_ordinal_unit(self, word: str) -> int:
        """Take the end of "twenty-first"."""
        if self._current is None or self._tokens[self._index - 1].text not in _lexicon.ENGLISH_TENS:
            return 0
        value = {"first": Fraction(1), "second": Fraction(2)}.get(word, _lexicon.ordinal(word))
        if value is None or value >= 10:
            return 0
        self._current += value
        self._is_over = True
        return 1

    def _single(self) -> Number | None:
        """Read an ordinal, one part (तिहाई), "half a million" or "a quarter of a million"."""
        index = self._start
        word = self._tokens[index].text
        value = _lexicon.ordinal(word)
        if value is not None:
            also = (Fraction(1, 3),) if word == "third" else ()
            return Number(value, index + 1, is_plain=False, also=also)
        part = _ONE_OF.get(word)
        of_what = None if part is None else _after_part(self._tokens, index + 1)
        if part is not None and of_what is not None:
            return Number(part * of_what[0], of_what[1], is_plain=False)
        if part is not None and word in _lexicon.ONE_PART:
            return Number(part, index + 1, is_plain=False)
        return None


def in_digits(written: str) -> Fraction:
    """Return the value of digits as written: 1,250, 3.5, 1½ or 1 1/2."""
    whole, *rest = written.replace(",", "").split()
    value = Fraction(0)
    if unicodedata.category(whole[-1]) == "No":  # a fraction in one character
        value, whole = _one_character(whole[-1]), whole[:-1]
    elif rest:
        value = Fraction(rest[0]) if "/" in rest[0] else _one_character(rest[0])
    return value + Fraction(whole or 0)


def _one_character(fraction: str) -> Fraction:
    return Fraction(unicodedata.numeric(fraction)).limit_denominator(10)


def _part_after_and(tokens: Tokens, index: int) -> tuple[Fraction, int] | None:
    """Return the part in "and a half", and how many tokens it has with the "and"; None if there is none."""
    if tokens[index].text != "and":
        return None
    following = [tokens.word(index + ahead) for ahead in (1, 2, 3)]
    if following[0] == "a" and following[1] in _AND_A:
        return _AND_A[following[1]], 3
    if following[:2] in (["three", "quarter"], ["three", "quarters"]):
        return Fraction(3, 4), 3
    # "two and half lakh", but not "two and half of them" or "between one and half a million".
    if following[0] in _AND_A and following[1] and following[1] not in _NOT_AFTER_HALF:
        return _AND_A[following[0]], 2
    return None


def _after_part(tokens: Tokens, index: int) -> tuple[Fraction, int] | None:
    """Return the number that a part is of, as in "half a million", "a quarter of a crore"; and the index after it."""
    if tokens.word(index) == "of" and tokens.word(index + 1) in _lexicon.ARTICLES:
        index += 1
    if tokens.word(index) in _lexicon.ARTICLES:
        index += 1
    large = _LARGE.get(tokens.word(index))
    return None if large is None else (large, index + 1)


def after_unit(tokens: Tokens, index: int) -> tuple[Fraction, int] | None:
    """Return the part in the "hours and a half" that begins at a token, and the index after it; None if none does."""
    if tokens.word(index) not in _lexicon.HALVED_UNITS or tokens.word(index + 2) != "a":
        return None
    part = _part_after_and(tokens, index + 1)
    return None if part is None else (part[0], index + 1 + part[1])
