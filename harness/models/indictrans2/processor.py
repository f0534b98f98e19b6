r"""Turn plain text into the form that IndicTrans2 was trained to read, and its outputs into plain text.

Before: quotes, dashes and spaces are made uniform, digits of all scripts ASCII, and text that must not be translated is
replaced by placeholders; then Indian languages are normalised (normalisation.py, arabic.py) and split at punctuation
(tokenisation.py), Brahmi-derived scripts are written in Devanagari (scripts.py), and English is tokenised (sacremoses).
After: the same steps in reverse.
Nothing is kept between two calls: each sentence carries the texts of its placeholders.

The rules are those of IndicTransToolkit 1.1.1 with indic-nlp-library-itt 0.1.0, and give the same text
(tests/models/indictrans2/test_processor.py), but for these deviations, each with a test:

1. An address without a scheme has a host name in ASCII, or begins with `www.`. Theirs takes `एस.एम.एस.` and `है.यह`
   (no space after the full stop) for addresses, which then come back untranslated, in Devanagari.
2. A pipe before a word that is not Latin is a danda, not the sign of a handle: `है|यह`.
3. A URL with a scheme is whole: its port, `~`, `+`, `,` and a slash at its end are part of it.
4. A match is replaced at its own place. Theirs replaces the same characters everywhere, so that
   `250%` also ends `1250%`, or `@a` begins `@ab`, in an order that changes from run to run.
5. The numbers of placeholders follow the text; theirs follow the order of a set. Numbers that the text itself has
   in something like a placeholder, or after the word "ID", are not used.
6. The text of a placeholder is put back unchanged, after detokenisation: theirs can unescape `&amp;` in a URL,
   and converts a hashtag to the script of the target.
7. Telugu's zero, Tamil's and Malayalam's digits and the Arabic-Indic digits 1 to 9 become ASCII like all others.
   Theirs leaves them out.
8. A colon becomes a visarga, as in theirs, after letters and vowel signs of the language's script alone, not after
   a danda. (indic-nlp-library-itt 0.1.1, which IndicTransToolkit now brings, replaces what stands before the colon,
   a digit too, by the characters `\1`.)
9. Lone surrogates, which no tokenizer can read, and three noncharacters become U+FFFD.
10. An unknown language is refused; theirs is treated as Hindi.
11. Single quotes in an output stay apart from the words around them until detokenisation sees which of them opens and
    which closes; theirs (transformers' `clean_up_tokenization`) joins `the ' new ' plan` to `the'new'plan`. This one is
    in tokenizer.py.

Kept, though debatable, because the models were trained with it: a colon after a Hindi word becomes a visarga
(`कहा:` `कहाः`), spaces around a colon go (`दिल्ली : भारत` `दिल्लीःभारत`), a no-break space between digits becomes
a full stop, a slash after a placeholder or a bracket goes, and numbers with signs in them are split where they begin
a sentence (`3:45` `3 : 45`). In an output that is not English, `@RA` and `@LA` become a single quote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import regex

from harness.core.records import ENGLISH
from harness.models.indictrans2 import arabic, languages, normalisation, placeholders, scripts, tokenisation

_ZEROS = (
    0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0x1C50, 0xABF0,
)  # fmt: skip
_DIGITS = {zero + value: str(value) for zero in _ZEROS for value in range(10)}

# In the order in which they are applied.
_PUNCTUATION = tuple(
    (regex.compile(pattern), replacement)
    for pattern, replacement in (
        ("\r", ""),
        (r"\(\s*", "("),
        (r"(?:(?<!\s)\s++)?\)", ")"),
        (r"(?<!://\S*)\s:\s?", ":"),  # after a URL the sign would become part of it
        (r"(?<!://\S*)\s;\s?", ";"),
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
# Not text: lone surrogates, which no tokenizer reads, and the noncharacters that have a meaning below.
_NO_TEXT = regex.compile("[\ud800-\udfff\ufdd0-\ufdd2]")
_COLON_AFTER_OTHERS = regex.compile("(?<=[\u0964\u0965\u0970]):")
_COLON = "\ufdd2"  # a noncharacter, which no rule changes, in the place of a colon that must stay a colon

# Around the number of a placeholder while an output is detokenised: noncharacters, so that it is one plain word.
_LEFT, _RIGHT, _NUMBER = "\ufdd0", "\ufdd1", 0xF0000
_PUT = regex.compile(f"{_LEFT}([\U000f0000-\U000ffffd]){_RIGHT}")


@dataclass(frozen=True, slots=True)
class Prepared:
    """One sentence as the model reads it."""

    source: str  # FLORES code
    target: str
    body: str  # without the language codes
    values: Mapping[int, str] = field(default_factory=dict)  # what `<ID1>` and so on stand for, by number

    @property
    def text(self) -> str:
        """The codes of source and target language, and the body: what the tokenizer takes."""
        return f"{self.source} {self.target} {self.body}"


def preprocess(text: str, source: str, target: str) -> Prepared:
    """Return a sentence as the model reads it; the text may be any string.

    Args:
        text: plain text in the source language.
        source: FLORES code.
        target: FLORES code of the language to translate into.

    Raises:
        ModelError: IndicTrans2 does not know one of the languages.
    """
    script = languages.script_of_rules(source)
    languages.script_of_rules(target)
    text = _NO_TEXT.sub("\ufffd", text)
    for pattern, replacement in _PUNCTUATION:
        text = pattern.sub(replacement, text)
    hidden, values = placeholders.hide(text.strip().translate(_DIGITS))
    hidden = " ".join(hidden.split()).replace(">/", ">").replace("]/", "]")
    body = _english(hidden) if script == "Latn" else _indian(hidden, script, languages.is_converted(source))
    return Prepared(source, target, body.strip(), values)


def postprocess(text: str, target: str, values: Mapping[int, str]) -> str:
    """Return an output as plain text.

    Args:
        text: the model's output as the tokenizer decodes it.
        target: FLORES code of its language.
        values: those of the `Prepared` that the output came from.

    Raises:
        ModelError: IndicTrans2 does not know the language.
    """
    rules = languages.script_of_rules(target)
    text = _NO_TEXT.sub("\ufffd", text)
    language, _, script = target.partition("_")
    if script == "Arab":
        text = text.replace(" ؟", "؟").replace(" ۔", "۔").replace(" ،", "،").replace("ٮ۪", "ؠ")
    if language == "ory":
        text = text.replace("ଯ଼", "ୟ")
    text = placeholders.restore(text, values, lambda number: f"{_LEFT}{chr(_NUMBER + number)}{_RIGHT}")
    if target == ENGLISH:
        plain = str(_moses()[2].detokenize(text.split(" ")))
    else:
        plain = tokenisation.detokenise(scripts.from_devanagari(text, rules))
    return _PUT.sub(lambda match: values[ord(match[1]) - _NUMBER], plain)


def _english(text: str) -> str:
    normaliser, tokenizer, _ = _moses()
    return " ".join(tokenizer.tokenize(normaliser.normalize(text.strip()), escape=False))


def _indian(text: str, script: str, converted: bool) -> str:
    if script == "Arab":
        normal = arabic.normalise(text.strip())
    else:
        kept = _COLON_AFTER_OTHERS.sub(_COLON, text.strip())
        normal = normalisation.normalise(kept, script).replace(_COLON, ":")
    tokens = tokenisation.tokenise(normal, urdu=script == "Arab")
    return scripts.to_devanagari(tokens, script).replace(" \u094d ", "\u094d") if converted else tokens


@cache
def _moses() -> tuple[Any, Any, Any]:
    from sacremoses import MosesDetokenizer, MosesPunctNormalizer, MosesTokenizer

    return MosesPunctNormalizer(), MosesTokenizer(lang="en"), MosesDetokenizer(lang="en")
