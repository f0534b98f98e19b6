"""Turn plain text into the form that IndicTrans2 was trained to read, and its outputs into plain text.

Before: quotes, dashes and spaces are made uniform, digits of all scripts ASCII, and text that must not be translated is
replaced by placeholders; then Indian languages are normalised (normalisation.py, arabic.py) and split at punctuation
(tokenisation.py), Brahmi-derived scripts are written in Devanagari (scripts.py), and English is tokenised (sacremoses).
After: the same steps in reverse.
Nothing is kept between two calls: each sentence carries the texts of its placeholders.

The rules are those of IndicTransToolkit 1.1.1 with indic-nlp-library-itt 0.1.0, and give the same text
(tests/models/indictrans2/test_processor.py). By default they depart from the toolkit in eleven ways; with the rules
"authors" they do not. README.md beside this file lists these deviations, and what looks like a mistake but is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import regex

from harness.core.records import ENGLISH
from harness.models.indictrans2 import arabic, languages, normalisation, placeholders, scripts, tokenisation, toolkit

# Whose rules a text follows: exactly those of the authors' toolkit, or the same with its mistakes corrected.
TextRules = Literal["authors", "corrected"]

_ZEROS = (
    0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0x1C50, 0xABF0,
)  # fmt: skip
_DIGITS = {zero + value: str(value) for zero in _ZEROS for value in range(10)}


def _punctuation(*, after_url: str) -> tuple[tuple[regex.Pattern[str], str], ...]:
    """Return patterns with their replacements, in the order in which they are applied.

    Args:
        after_url: a look-behind that keeps a colon or semicolon apart from a URL before it.
    """
    return tuple(
        (regex.compile(pattern), replacement)
        for pattern, replacement in (
            ("\r", ""),
            (r"\(\s*", "("),
            (r"(?:(?<!\s)\s++)?\)", ")"),
            (rf"{after_url}\s:\s?", ":"),
            (rf"{after_url}\s;\s?", ";"),
            ("[`´‘‚’]", "'"),
            ("[„“”«»]", '"'),
            ("[–—]", "-"),
            ("\u00a0%", "%"),
            ("nº\u00a0", "nº "),
            ("\u00a0ºC", " ºC"),
            ("\u00a0([?!;])", r"\1"),
            (",\u00a0", ", "),
            (" {2,}", " "),
            (r"\) ([.!:?;,])", r")\1"),
            (r"(\d) %", r"\1%"),
            (r'"([,.]+)', r'\1"'),
            (r"(\d)\u00a0(\d)", r"\1.\2"),
        )
    )


_PUNCTUATION: Mapping[TextRules, tuple[tuple[regex.Pattern[str], str], ...]] = {
    "authors": _punctuation(after_url=""),
    "corrected": _punctuation(after_url=r"(?<!://\S*)"),  # else the sign would become part of the URL
}
# Not text: lone surrogates, which no tokenizer reads, and the noncharacters that have a meaning below. The authors'
# rules use no noncharacter.
_NO_TEXT: Mapping[TextRules, regex.Pattern[str]] = {
    "authors": regex.compile("[\ud800-\udfff]"),
    "corrected": regex.compile("[\ud800-\udfff\ufdd0-\ufdd2]"),
}
_COLON_AFTER_OTHERS = regex.compile("(?<=[\u0964\u0965\u0970]):")
_COLON = "\ufdd2"  # a noncharacter, which no rule changes, in the place of a colon that must stay a colon

# Around the number of a placeholder while an output is detokenised: noncharacters, so that it is one plain word.
_LEFT, _RIGHT, _NUMBER = "\ufdd0", "\ufdd1", 0xF0000
_PUT = regex.compile(f"{_LEFT}([\U000f0000-\U000ffffd]){_RIGHT}")


@dataclass(frozen=True, slots=True)
class Prepared:
    """One sentence as the model reads it."""

    body: str  # without the language codes, which the tokenizer puts before it
    values: Mapping[int, str] = field(default_factory=dict)  # what `<ID1>` and so on stand for, by number


def preprocess(text: str, source: str, target: str, rules: TextRules = "corrected") -> Prepared:
    """Return a sentence as the model reads it; the text may be any string.

    Args:
        text: plain text in the source language.
        source: FLORES code.
        target: FLORES code of the language to translate into.
        rules: whose rules the text follows.

    Raises:
        ModelError: IndicTrans2 does not know one of the languages.
    """
    languages.script_of_rules(source)
    languages.script_of_rules(target)
    text = _uniform(text, rules)
    if rules == "authors":
        hidden, values = toolkit.hide(text)
    else:
        hidden, values = placeholders.hide(text)
        hidden = " ".join(hidden.split())
    hidden = hidden.replace(">/", ">").replace("]/", "]").strip()
    return Prepared(_tokens(hidden, source, rules), values)


def as_output(text: str, target: str, values: Mapping[int, str], rules: TextRules = "corrected") -> str:
    """Return a plain text in the form in which the model would write it: the reverse of `postprocess`.

    Args:
        text: plain text in the target language.
        target: FLORES code.
        values: those of the `Prepared` of the source. The model copies their placeholders.
        rules: those of the `Prepared`.

    Raises:
        ModelError: IndicTrans2 does not know the language.
    """
    text = " ".join(_uniform(text, rules).split())
    for number, value in sorted(values.items(), key=lambda item: -len(item[1])):
        text = regex.sub(rf"(?<!\w){regex.escape(value)}(?!\w)", f"<ID{number}>", text)
    return _tokens(text, target, rules)


def _uniform(text: str, rules: TextRules) -> str:
    """Return a text with uniform quotes, dashes, spaces and digits."""
    text = _NO_TEXT[rules].sub("\ufffd", text)
    for pattern, replacement in _PUNCTUATION[rules]:
        text = pattern.sub(replacement, text)
    return text.strip().translate(toolkit.DIGITS if rules == "authors" else _DIGITS)


def _tokens(text: str, language: str, rules: TextRules) -> str:
    """Return a text whose tokens are separated by spaces, in the script that the model knows."""
    script = languages.script_of_rules(language)
    if script == "Latn":
        return _english(text).strip()
    return _indian(text, script, converted=languages.is_converted(language), rules=rules).strip()


def postprocess(text: str, target: str, values: Mapping[int, str], rules: TextRules = "corrected") -> str:
    """Return an output as plain text.

    Args:
        text: the model's output as the tokenizer decodes it.
        target: FLORES code of its language.
        values: those of the `Prepared` that the output came from.
        rules: those of the `Prepared`.

    Raises:
        ModelError: IndicTrans2 does not know the language.
    """
    language, _, script = target.partition("_")
    languages.script_of_rules(target)
    text = _NO_TEXT[rules].sub("\ufffd", text)
    if script == "Arab":
        text = text.replace(" ؟", "؟").replace(" ۔", "۔").replace(" ،", "،").replace("ٮ۪", "ؠ")
    if language == "ory":
        text = text.replace("ଯ଼", "ୟ")
    if rules == "authors":
        return _plain(toolkit.restore(text, values), target)
    text = placeholders.restore(text, values, lambda number: f"{_LEFT}{chr(_NUMBER + number)}{_RIGHT}")
    return _PUT.sub(lambda match: values[ord(match[1]) - _NUMBER], _plain(text, target))


def _plain(text: str, target: str) -> str:
    """Return an output in the script of its language, without the spaces between tokens."""
    if target == ENGLISH:
        return str(_moses()[2].detokenize(text.split(" ")))
    return tokenisation.detokenise(scripts.from_devanagari(text, languages.script_of_rules(target)))


def _english(text: str) -> str:
    normaliser, tokenizer, _ = _moses()
    return " ".join(tokenizer.tokenize(normaliser.normalize(text), escape=False))


def _indian(text: str, script: str, *, converted: bool, rules: TextRules) -> str:
    if script == "Arab":
        normal = arabic.normalise(text)
    elif rules == "authors":
        normal = normalisation.normalise(text, script)
    else:
        normal = normalisation.normalise(_COLON_AFTER_OTHERS.sub(_COLON, text), script).replace(_COLON, ":")
    tokens = tokenisation.tokenise(normal, urdu=script == "Arab")
    return scripts.to_devanagari(tokens, script).replace(" \u094d ", "\u094d") if converted else tokens


@cache
def _moses() -> tuple[Any, Any, Any]:
    from sacremoses import MosesDetokenizer, MosesPunctNormalizer, MosesTokenizer

    return MosesPunctNormalizer(), MosesTokenizer(lang="en"), MosesDetokenizer(lang="en")
