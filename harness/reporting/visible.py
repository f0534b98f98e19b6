"""Show every character of a text that somebody else wrote: nothing in it may act on a terminal or hide; pure.

A model's output can contain escape sequences, marks that reverse the direction of a line, and characters without a
width. They are shown as text, such as <U+202E>. The script of the HTML report has the same rules
(`html/static/text.js`).
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

# Characters that act or hide: controls but line breaks, formats (bidi marks, zero-width signs, tags), separators of
# lines, half surrogates, and characters for private use; and the fifth mark on one letter, which covers other lines.
_HIDDEN = r"[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800--\n]|(?<=\p{M}{4})\p{M}"
# A joiner after a letter of Devanagari or an emoji belongs to the spelling, as in क्या with a joiner. So does the
# selector that asks for the emoji of a sign.
_SPELLING = (
    r"(?<=[\p{Script=Devanagari}\p{InSC=Virama}\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])[\u200c\u200d](?=\S)"
    r"|(?<=\p{Emoji})\ufe0f"
)
_ODD = regex.compile(rf"(?P<spelling>{_SPELLING})|(?P<hidden>{_HIDDEN})|(?P<alone>(?<![^\s])\p{{M}})", regex.V1)
_DOTTED_CIRCLE = "\u25cc"


def visible(text: str) -> str:
    """Return a text in which no character acts on a terminal or hides; line breaks stay.

    A joined mark without a letter stands on a dotted circle. Joiners inside words of an Indian script stay.
    """
    return text if text.isascii() and text.isprintable() else _ODD.sub(_shown, text)


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a text: what to show, and whether it is the code of a hidden character, such as U+202E."""
    end = 0
    for match in _ODD.finditer(text):
        if match["spelling"] is not None:
            continue
        if match.start() > end:
            yield text[end : match.start()], False
        end = match.end()
        is_hidden = match["hidden"] is not None
        yield _code(match) if is_hidden else _DOTTED_CIRCLE + match[0], is_hidden
    if end < len(text):
        yield text[end:], False


def _shown(match: regex.Match[str]) -> str:
    if match["spelling"] is not None:
        return match[0]
    if match["alone"] is not None:
        return _DOTTED_CIRCLE + match[0]
    return f"<{_code(match)}>"


def _code(match: regex.Match[str]) -> str:
    return f"U+{ord(match[0]):04X}"


def escaped(json: str) -> str:
    r"""Return JSON in which the same characters are escapes (\u202e); it stands for the same value.

    JSON escapes the first 32 characters itself, and outside of its texts it has none of the others.
    """
    return _ODD.sub(_escape, json)


def _escape(match: regex.Match[str]) -> str:
    if match["hidden"] is None or match[0] in "\t\r":
        return match[0]
    data = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[index : index + 2].hex()}" for index in range(0, len(data), 2))
