"""The rules of the authors' toolkit that `text_rules: corrected` departs from, reproduced exactly. Pure.

They are those of IndicTransToolkit 1.1.1 (AI4Bharat, MIT licence; `processor.pyx`) and of transformers 4.49, with which
the authors decode. README.md beside this file lists the deviations by number. Two things differ from the toolkit:
- It numbers the placeholders of one kind in the order of a set, which changes from process to process. Here they follow
  the text, which is one of the toolkit's orders.
- A run of more than 30 digits is no number: the time of the toolkit's pattern grows with the fourth power of its
  length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import regex

from harness.models.indictrans2 import placeholders

# Deviation 7: the table lacks Tamil's and Malayalam's digits, Telugu's zero and the Arabic-Indic digits above zero.
_WHOLE = (0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xCE6, 0x1C50, 0xABF0)
_TELUGU_ZERO = 0xC66
DIGITS = {
    **{zero + value: str(value) for zero in _WHOLE for value in range(10)},
    **{_TELUGU_ZERO + value: str(value) for value in range(1, 10)},
    0x660: "0",
}

# Deviations 1 to 3. Both match what the toolkit's patterns match. The first has no nested repetition, and the second
# begins only at the start of a run of characters; theirs can take exponential or quadratic time.
_URL = regex.compile(r"\b(?<![\w/.])(?:(?:https?|ftp)://)?(?:[\w-]+\.)+(?!\.)[\w/\-?#&=%.]+(?!\.\w+)\b")
_HANDLE = regex.compile(r"(?:\G|(?<![A-Za-z0-9]))[A-Za-z0-9]*[#|@]\w+")

# Spellings of "ID" in outputs, in the toolkit's order. The eleventh is two spellings: the toolkit lacks a comma there.
_SPELLINGS = (
    "آی ڈی ", "ꯑꯥꯏꯗꯤ", "आईडी", "आई . डी . ", "आई . डी .", "आई. डी. ", "आई. डी.", "आय. डी. ", "आय. डी.",
    "आय . डी . ", "आय . डी .आइ . डी . ", "आइ . डी .", "आइ. डी. ", "आइ. डी.", "ऐटि", "آئی ڈی ", "ᱟᱭᱰᱤ ᱾", "आयडी",
    "ऐडि", "आइडि", "ᱟᱭᱰᱤ",
)  # fmt: skip
_LATIN = ("<{}{}>", "< {}{} >", "[{}{}]", "[ {}{} ]", "[{} {}]", "<{}{}]", "< {}{}]", "<{}{} ]")
_INDIAN = (
    "<{}{}>", "< {}{} >", "< {} {} >", "<{} {}]", "< {} {} ]", "[{}{}]", "[{} {}]", "[ {}{} ]", "[ {} {} ]", "{} {}",
    "{}{}",
)  # fmt: skip

_CLEANED = (
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"),
    (" 've", "'ve"), (" 're", "'re"),
)  # fmt: skip


def hide(text: str) -> tuple[str, dict[int, str]]:
    """Return the text with placeholders, and by number the text that each stands for (deviations 1 to 5)."""
    values: dict[int, str] = {}
    for find in (placeholders.email_addresses, _urls, placeholders.numbers, _handles):
        for value in dict.fromkeys(find(text)):
            number = len(values) + 1
            values[number] = value
            text = text.replace(value, f"<ID{number}>")
    return regex.sub(r"\s+", " ", text), values


def restore(text: str, values: Mapping[int, str]) -> str:
    """Return an output with its placeholders replaced (deviations 5 and 6). They are detokenised afterwards."""
    for number, value in values.items():
        for form in _forms(number):
            text = text.replace(form, value)
    return text


def clean_up(text: str) -> str:
    """Return an output with the spaces removed that transformers' `clean_up_tokenization` removes (deviation 11)."""
    for before, after in _CLEANED:
        text = text.replace(before, after)
    return text


def _urls(text: str) -> Iterator[str]:
    yield from (url for url in _URL.findall(text) if len(url.replace(".", "")) >= 4)


def _handles(text: str) -> Iterator[str]:
    yield from _HANDLE.findall(text)


def _forms(number: int) -> Iterable[str]:
    """Yield the spellings of a placeholder in the order in which the toolkit replaces them."""
    for spellings, forms in ((("ID", "id"), _LATIN), (_SPELLINGS, _INDIAN)):
        for spelling in spellings:
            yield from (form.format(spelling, number) for form in forms)
