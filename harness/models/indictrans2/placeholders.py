"""Replace addresses, handles, hashtags, dates and amounts by placeholders, and restore them in an output. Pure.

The models were trained to copy `<ID1>`, `<ID2>`, ... from source to output, so that a translation does not change what
they stand for. Four patterns, applied one after another to the rest of the text, select it: e-mail addresses, URLs,
numbers with signs in them, handles and hashtags. They are the patterns of IndicTransToolkit 1.1.1, narrowed or widened
if the toolkit's pattern damages a text. README.md beside this file lists the differences, and toolkit.py has the
patterns without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import regex

# `\G` (the start of the search) and the look-behind let a match begin only at the start of a run of characters. If any
# match exists in a run, one exists there, and trying every character would take quadratic time.
_EMAIL = regex.compile(r"(?:\G|(?<![A-Za-z0-9._%+-]))[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Z|a-z]{2,}")
# With a scheme: up to the next space, quote or bracket. `_trimmed` removes the punctuation of the sentence.
_WITH_SCHEME = regex.compile(r"""(?<![\w/.])(?:https?|ftp)://[^\s<>"`“”«»।॥]+""")
# Without a scheme: labels with dots between them, then the characters of a path. The toolkit's pattern has nested
# repetitions and may never end on "a.------"; this one matches the same texts.
_WITHOUT_SCHEME = regex.compile(r"\b(?<![\w/.])(?:[\w-]+\.)+(?!\.)[\w/\-?#&=%.]+(?!\.\w+)\b")
# A host name in ASCII, inside a match of the pattern above that contains Hindi words.
_HOST = regex.compile(r"(?<![A-Za-z0-9@._-])(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![A-Za-z0-9.])(?:/[!-~]*)?")
_NUMBER = regex.compile(
    r"~?\d+\.?\d*\s?%?\s?-?\s?~?\d+\.?\d*\s?%"
    r"|~?\d+%"
    r"|\d+[-/.,:']\d+[-/.,:'+]\d+(?:\.\d+)?"
    r"|\d+[-/.:'+]\d+(?:\.\d+)?"
)
_HANDLE = regex.compile(r"(?:\G|(?<![A-Za-z0-9]))[A-Za-z0-9]*(?:[#@]\w+|\|[A-Za-z0-9_]\w*)")
# So long a run of digits is no date or amount, and the time of `_NUMBER` grows with the fourth power of its length.
_LONG_NUMBER = regex.compile(r"\d{31,}")

_TRAILING = ".,;:!?'\")]}’…-"
_CLOSING = {")": "(", "]": "[", "}": "{"}

# A placeholder in an output. The models also write it with other brackets, with spaces, or with "ID" spelled in an
# Indian language (the toolkit lists such spellings). With those spellings, the brackets may be missing.
_NAMES = "|".join((
    "ID", "id", "आईडी", "आयडी", "आइडि", "आइडी", "ऐटि", "ऐडि", r"आ[ईयइ] ?\. ?डी ?\.", "آی ڈی", "آئی ڈی",
    "ꯑꯥꯏꯗꯤ", "ᱟᱭᱰᱤ(?: ᱾)?",
))  # fmt: skip
_BRACKETED = rf"[<\[] ?(?:{_NAMES}) {{0,2}}(?P<number>\d{{1,6}}) ?[>\]]"
_BARE = rf"(?:{_NAMES.removeprefix('ID|id|')}) {{0,2}}(?P<number>\d{{1,6}})(?!\d)"
_PLACEHOLDER = regex.compile(f"{_BRACKETED}|{_BARE}")
# "ID" with a number in the text itself, in any script. An output may contain it in one of the spellings above.
_MENTIONED = regex.compile(
    rf"(?:{_NAMES.removeprefix('ID|id|')}|(?<![\p{{L}}\p{{N}}])[Ii]\.?[Dd]\.?|আইডি|આઈડી|ਆਈਡੀ|ଆଇଡି|ஐடி|ఐడి|ಐಡಿ|ഐഡി)"
    r"[^\p{L}\p{N}]{0,3}(?P<number>\d{1,6})(?!\d)"
)


def hide(text: str) -> tuple[str, dict[int, str]]:
    """Return the text with placeholders, and by number the text that each stands for.

    Equal texts have the same number. Numbers that the text itself uses after the word "ID", or in something that looks
    like a placeholder, are not used.
    """
    taken = {int(mention["number"]) for mention in _MENTIONED.finditer(text)}
    hidden: dict[str, int] = {}
    number = 0
    for find in (_emails, _urls, _numbers, _handles):
        pieces, end = [], 0
        for start, stop in find(text):
            value = text[start:stop]
            if value not in hidden:
                number += 1
                while number in taken:
                    number += 1
                hidden[value] = number
            pieces += [text[end:start], f"<ID{hidden[value]}>"]
            end = stop
        text = "".join(pieces) + text[end:]
    return text, {number: value for value, number in hidden.items()}


def restore(text: str, values: Mapping[int, str], put: Callable[[int], str] | None = None) -> str:
    """Return an output with its placeholders replaced. A placeholder with an unknown number stays.

    Args:
        text: the output.
        values: by number, the text that it stands for.
        put: returns what to write for a number; by default its value.
    """

    def value(placeholder: regex.Match[str]) -> str:
        number = int(placeholder["number"])
        if number not in values:
            return placeholder[0]
        return values[number] if put is None else put(number)

    return _PLACEHOLDER.sub(value, text) if values else text


def email_addresses(text: str) -> Iterator[str]:
    """Yield the e-mail addresses in a text, also those inside URLs."""
    yield from _EMAIL.findall(text)


def numbers(text: str) -> Iterator[str]:
    """Yield the numbers in a text that have signs in them."""
    yield from (text[start:stop] for start, stop in _numbers(text))


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" not in text:
        return
    end = 0
    for start, stop in [*_whole_urls(text), (len(text), len(text))]:  # an address inside a URL is part of the URL
        yield from (match.span() for match in _EMAIL.finditer(text, end, start))
        end = stop


def _urls(text: str) -> Iterator[tuple[int, int]]:
    end = 0
    for start, stop in _whole_urls(text):
        yield from _bare_urls(text, end, start)
        yield start, stop
        end = stop
    yield from _bare_urls(text, end, len(text))


def _whole_urls(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of addresses with a scheme."""
    for match in _WITH_SCHEME.finditer(text):
        yield match.start(), match.start() + len(_trimmed(match[0]))


def _bare_urls(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of addresses without a scheme in a part of the text."""
    for match in _WITHOUT_SCHEME.finditer(text, start, stop):
        host = regex.split(r"[/?#]", match[0], maxsplit=1)[0]
        if host.isascii() or host.startswith("www."):
            if len(match[0].replace(".", "")) >= 4:  # shorter ones are abbreviations and decimals
                yield match.span()
        else:
            yield from (inner.span() for inner in _HOST.finditer(text, *match.span()))


def _trimmed(url: str) -> str:
    """Return a URL without the punctuation after it. A closing bracket stays if the URL contains the opening one."""
    unopened = {closing: url.count(closing) - url.count(opening) for closing, opening in _CLOSING.items()}
    end = len(url)
    while (last := url[end - 1]) in _TRAILING and unopened.get(last, 1) > 0:
        if last in unopened:
            unopened[last] -= 1
        end -= 1
    return url[:end]


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    end = 0
    for long in [*(match.span() for match in _LONG_NUMBER.finditer(text)), (len(text), len(text))]:
        for match in _NUMBER.finditer(text, end, long[0]):
            if sum(character not in " .:" for character in match[0]) >= 4:
                yield match.span()
        end = long[1]


def _handles(text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in _HANDLE.finditer(text))
