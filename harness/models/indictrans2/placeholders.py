"""What a translation must carry over unchanged: addresses, handles, hashtags, dates, amounts; pure.

The models were trained to copy `<ID1>`, `<ID2>`, ... from source to output, and such things were put behind them.
What is put there is decided by four patterns, tried one after the other on what is left of the text: e-mail
addresses, URLs, numbers with signs in them, handles and hashtags. The patterns are those of IndicTransToolkit
1.1.1, narrowed or widened where theirs harm the text; `harness.models.indictrans2.processor` lists the differences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import regex

# `\G` (where the search began) and the look behind let a match begin at the beginning of a run only: it would match
# there if anywhere in the run, and trying every character of it takes the square of its length.
_EMAIL = regex.compile(r"(?:\G|(?<![A-Za-z0-9._%+-]))[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Z|a-z]{2,}")
# With a scheme: to the next space, quote or bracket, less the punctuation of the sentence around it.
_WITH_SCHEME = regex.compile(r"""(?<![\w/.])(?:https?|ftp)://[^\s<>"`“”«»।॥]+""")
# Without: labels with dots between them, then anything that a path has. Their pattern repeats a repetition, which
# takes time without bound on "a.------"; this one finds the same.
_WITHOUT_SCHEME = regex.compile(r"\b(?<![\w/.])(?:[\w-]+\.)+(?!\.)[\w/\-?#&=%.]+(?!\.\w+)\b")
# A host name in ASCII inside of what the pattern above took for an address though Hindi words are in it.
_HOST = regex.compile(r"(?<![A-Za-z0-9@._-])(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![A-Za-z0-9.])(?:/[!-~]*)?")
_NUMBER = regex.compile(
    r"~?\d+\.?\d*\s?%?\s?-?\s?~?\d+\.?\d*\s?%"
    r"|~?\d+%"
    r"|\d+[-/.,:']\d+[-/.,:'+]\d+(?:\.\d+)?"
    r"|\d+[-/.:'+]\d+(?:\.\d+)?"
)
_HANDLE = regex.compile(r"(?:\G|(?<![A-Za-z0-9]))[A-Za-z0-9]*(?:[#@]\w+|\|[A-Za-z0-9_]\w*)")
# A run of digits this long is no date or amount, and the pattern for numbers takes the fourth power of its length.
_LONG_NUMBER = regex.compile(r"\d{31,}")

_TRAILING = ".,;:!?'\")]}’…-"
_CLOSING = {")": "(", "]": "[", "}": "{"}

# A placeholder in an output. The models also write it in brackets of another kind, with spaces, and in what became of
# "ID" in an Indian language (the toolkit's list of such cases); there the brackets may be missing.
_NAMES = "|".join((
    "ID", "id", "आईडी", "आयडी", "आइडि", "आइडी", "ऐटि", "ऐडि", r"आ[ईयइ] ?\. ?डी ?\.", "آی ڈی", "آئی ڈی",
    "ꯑꯥꯏꯗꯤ", "ᱟᱭᱰᱤ(?: ᱾)?",
))  # fmt: skip
_BRACKETED = rf"[<\[] ?(?:{_NAMES}) {{0,2}}(?P<number>\d{{1,6}}) ?[>\]]"
_BARE = rf"(?:{_NAMES.removeprefix('ID|id|')}) {{0,2}}(?P<number>\d{{1,6}})(?!\d)"
_PLACEHOLDER = regex.compile(f"{_BRACKETED}|{_BARE}")
# What a text itself calls "ID" with a number, in any script: an output may have it in one of the spellings above.
_MENTIONED = regex.compile(
    rf"(?:{_NAMES.removeprefix('ID|id|')}|(?<![\p{{L}}\p{{N}}])[Ii]\.?[Dd]\.?|আইডি|આઈડી|ਆਈਡੀ|ଆଇଡି|ஐடி|ఐడి|ಐಡಿ|ഐഡി)"
    r"[^\p{L}\p{N}]{0,3}(?P<number>\d{1,6})(?!\d)"
)


def hide(text: str) -> tuple[str, dict[int, str]]:
    """Return the text with placeholders, and by number what each stands for.

    The same thing has the same number wherever it stands. A number that the text itself uses in what looks like a
    placeholder, or has after the word "ID", is left out.
    """
    taken = {int(found["number"]) for found in _MENTIONED.finditer(text)}
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
    """Return an output with each placeholder replaced; one whose number stands for nothing is left.

    Args:
        text: the output.
        values: what each number stands for.
        put: gives what to write for a number; by default its value.
    """

    def value(found: regex.Match[str]) -> str:
        number = int(found["number"])
        if number not in values:
            return found[0]
        return values[number] if put is None else put(number)

    return _PLACEHOLDER.sub(value, text) if values else text


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" not in text:
        return
    end = 0
    for start, stop in [*_whole_urls(text), (len(text), len(text))]:  # one inside a URL is part of it
        yield from (found.span() for found in _EMAIL.finditer(text, end, start))
        end = stop


def _urls(text: str) -> Iterator[tuple[int, int]]:
    end = 0
    for start, stop in _whole_urls(text):
        yield from _bare_urls(text, end, start)
        yield start, stop
        end = stop
    yield from _bare_urls(text, end, len(text))


def _whole_urls(text: str) -> Iterator[tuple[int, int]]:
    """Yield the addresses with a scheme."""
    for found in _WITH_SCHEME.finditer(text):
        yield found.start(), found.start() + len(_trimmed(found[0]))


def _bare_urls(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield the addresses without a scheme in a part of the text."""
    for found in _WITHOUT_SCHEME.finditer(text, start, stop):
        host = regex.split(r"[/?#]", found[0], maxsplit=1)[0]
        if host.isascii() or host.startswith("www."):
            if len(found[0].replace(".", "")) >= 4:  # shorter ones are abbreviations and decimals
                yield found.span()
        else:
            yield from (inner.span() for inner in _HOST.finditer(text, *found.span()))


def _trimmed(url: str) -> str:
    """Return a URL without what follows it in its sentence; a closing bracket that the URL opened is its own."""
    unopened = {closing: url.count(closing) - url.count(opening) for closing, opening in _CLOSING.items()}
    end = len(url)
    while (last := url[end - 1]) in _TRAILING and unopened.get(last, 1) > 0:
        if last in unopened:
            unopened[last] -= 1
        end -= 1
    return url[:end]


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    end = 0
    for long in [*(found.span() for found in _LONG_NUMBER.finditer(text)), (len(text), len(text))]:
        for found in _NUMBER.finditer(text, end, long[0]):
            if sum(character not in " .:" for character in found[0]) >= 4:
                yield found.span()
        end = long[1]


def _handles(text: str) -> Iterator[tuple[int, int]]:
    yield from (found.span() for found in _HANDLE.finditer(text))
