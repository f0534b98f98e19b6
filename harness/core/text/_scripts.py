"""Count the letters of a text by script (Unicode Standard Annex #24); pure.

A script is an ISO 15924 code such as `Deva`.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import regex

# Codes of writing systems that use several scripts or a part of one (ISO 15924), and the scripts of their letters.
_SCRIPTS_OF = {
    "Hans": ("Hani",),
    "Hant": ("Hani",),
    "Hrkt": ("Hira", "Kana"),
    "Jpan": ("Hani", "Hira", "Kana"),
    "Kore": ("Hang", "Hani"),
}
# The scripts that an error names if one of them was found in place of another.
_COMMON_SCRIPTS = """
    Latn Deva Arab Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Olck Mtei Thai Tibt Mymr Hani Hira Kana Hang Cyrl Grek
    Hebr Armn Geor Ethi
""".split()


@cache
def _script_patterns(script: str) -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    # Inherited marks take the script of the letter before them (UAX #24 section 5), so they are counted on no side.
    letters = r"[\p{L}\p{M}--\p{Script=Inherited}]"
    try:
        if not re.fullmatch("[A-Z][a-z]{3}", script):
            raise ValueError
        members = "".join(rf"\p{{Script={each}}}" for each in _SCRIPTS_OF.get(script, (script,)))
        inside = regex.compile(rf"[[\p{{L}}\p{{M}}]&&[{members}]]", regex.V1)
    except (ValueError, regex.error):
        raise ValueError(f"script {script!r} is not an ISO 15924 code; expected one such as 'Deva' or 'Latn'") from None
    return inside, regex.compile(letters, regex.V1)


def is_script(code: str) -> bool:
    """Return whether a code is a script that `script_share` can count, such as `Deva`."""
    try:
        _script_patterns(code)
    except ValueError:
        return False
    return True


_NOT_ASCII_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())


@cache
def _of_script(character: str, script: str) -> tuple[bool, bool]:
    inside, letters = _script_patterns(script)
    return inside.match(character) is not None, letters.match(character) is not None


def script_counts(text: str, script: str) -> tuple[int, int]:
    """Return how many letters and marks of `text` are in `script`, and how many there are; see `script_share`."""
    if text.isascii():
        _script_patterns(script)  # refuses a wrong code
        letters = len(text.encode().translate(None, delete=_NOT_ASCII_LETTERS))
        return letters if script == "Latn" else 0, letters
    inside = total = 0
    for character, count in Counter(text).items():
        is_inside, is_letter = _of_script(character, script)
        inside += count * is_inside
        total += count * is_letter
    return inside, total


def script_share(text: str, script: str) -> float:
    """Return the share of the letters and marks of `text` that are in `script`, in 0..1.

    A text without letters (`2024`, `50%`) is in every script: 1.0.

    Args:
        text: Any string. Digits, punctuation and white space do not count.
        script: ISO 15924 code such as `Deva` or `Latn`, matched against the Script property (UAX #24).

    Raises:
        ValueError: `script` is not such a code.
    """
    _script_patterns(script)  # refuse a wrong code even if the text is empty
    inside, total = script_counts(text, script)
    return inside / total if total else 1.0


def scripts(text: str) -> dict[str, float]:
    """Return the share, 0..1, of the letters of `text` in each common script that it has, largest first."""
    counts: Counter[str] = Counter()
    total = 0
    for character, count in Counter(text).items():
        common = _scripts_of(character)
        counts.update(dict.fromkeys(common or (), count))
        total += count * (common is not None)
    return {script: count / total for script, count in counts.most_common()}


@cache
def _scripts_of(character: str) -> tuple[str, ...] | None:
    """Return the common scripts of a letter or mark, None for any other character."""
    _, is_letter = _of_script(character, "Latn")
    return tuple(script for script in _COMMON_SCRIPTS if _of_script(character, script)[0]) if is_letter else None
