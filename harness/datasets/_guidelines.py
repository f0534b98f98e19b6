"""The guidelines for references written for this project: lengths, one sentence, clean scripts. Pure.

They are about style. A dataset gets a warning for each text that breaks one, only if its `dataset.yaml` says
`guidelines: strict`. No run stops for such a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from harness.core import text
from harness.core.findings import Findings, Place
from harness.core.records import Dataset, Reference
from harness.core.text import folding, sentences


class Shape(NamedTuple):
    """The length and form that a text should have."""

    words: tuple[int, int] | None  # least and greatest number of words
    one_sentence: bool


# By reference kind, and then by the version's name up to its first hyphen: `sentence-b` is a `sentence`.
# None stands for every other version.
Shapes = Mapping[str, Mapping[str | None, Shape]]
HANDWRITTEN: Shapes = {
    "translations": {None: Shape(None, one_sentence=True)},
    "summaries": {
        "sentence": Shape((20, 35), one_sentence=True),
        None: Shape((45, 70), one_sentence=False),
    },
    "headlines": {None: Shape((3, 15), one_sentence=False)},
    "gists": {None: Shape((8, 45), one_sentence=True)},
}
# Articles of a collection may have any length, and so may their summaries, headlines and gists.
COLLECTION: Shapes = {
    "translations": {None: Shape(None, one_sentence=True)},
    "summaries": {None: Shape(None, one_sentence=False)},
    "headlines": {None: Shape(None, one_sentence=False)},
    "gists": {None: Shape(None, one_sentence=True)},
}
# Words of a translation per word of the source. In news, English takes 0.7 to 1.5 words for one of Hindi. In a short
# text a few words more or fewer mean nothing: "धन्यवाद।" is "Thank you very much."
_TRANSLATION_RATIO = (0.4, 2.5)
_SLACK = 2
# Least share of letters in the script of the language. A Hindi text may contain a Latin handle, an English text should
# contain no Devanagari.
_SCRIPT_SHARE = {"Deva": 0.7, "Latn": 0.99}


def check(
    dataset: Dataset,
    places: Mapping[tuple[str, Reference], Place],
    units: Mapping[str, Mapping[str, str]],
    shapes: Shapes,
    warnings: Findings,
) -> None:
    """Add a warning for each rule that a reference breaks.

    Args:
        dataset: with the references.
        places: file and line of each reference, by its kind.
        units: by reference kind: the source text of each unit by id.
        shapes: the length and form that texts should have.
        warnings: receives the findings.
    """
    for reference_kind, references in dataset.references.items():
        of_kind = shapes[reference_kind]
        for reference in references:
            source = units[reference_kind].get(reference.id)
            if source is not None and not text.is_blank(reference.text):
                shape = of_kind.get(reference.version.partition("-")[0], of_kind[None])
                for rule, fault in _faults(reference_kind, reference, source, shape):
                    warnings.add(places[reference_kind, reference], fault, cause=rule)


def _faults(reference_kind: str, reference: Reference, source: str, shape: Shape) -> Iterator[tuple[str, str]]:
    """Yield (rule, message) for each rule that a reference breaks."""
    content = reference.text
    if content != content.strip() or len(content.splitlines()) > 1:
        yield "space", "the text has space around it or a line break in it"
    script = reference.language.rpartition("_")[2]
    share = text.script_share(content, script)
    if share < _SCRIPT_SHARE.get(script, 0.7):
        yield "script", f"expected {reference.language}, found only {share:.0%} of the letters in that script"
    count = text.word_count(content)
    if shape.words and not shape.words[0] <= count <= shape.words[1]:
        yield "length", f"expected {shape.words[0]} to {shape.words[1]} words, found {count}"
    if shape.one_sentence and (sentence_count := len(sentences.split(content))) != 1:
        yield "sentences", f"expected one sentence, found {sentence_count}"
    if reference_kind == "translations":
        wanted = max(1, text.word_count(source))
        if not _TRANSLATION_RATIO[0] * wanted - _SLACK <= count <= _TRANSLATION_RATIO[1] * wanted + _SLACK:
            yield "ratio", f"{count} words for {wanted} of the source: is this the translation of {reference.id}?"
    if reference_kind == "headlines" and folding.plain(content).casefold() == folding.plain(source).casefold():
        yield "copy", "the headline is a copy of the article's own; write another"
