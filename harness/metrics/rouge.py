"""ROUGE-1, -2, -L and -Lsum F-measures (Lin 2004), as rouge-score computes them but with words that Hindi has.

rouge-score's own tokenizer drops all Devanagari. A plain name, such as `rougeL`, cuts Hindi by
`harness.core.text.words` and every other language by rouge-score's tokenizer, without stemming, after normalisation.
Its variants:

- `-lenient` also merges the spellings that `harness.core.text.fold` does, in Hindi only.
- `-xlsum` and `-xlsum-stem` read the text as it stands, as XL-Sum's scorer does. Its published figures are stemmed.

ROUGE-Lsum compares sentences: in Hindi what stands between danda, double danda, `?`, `!` and line ends; elsewhere
those of `harness.core.text.sentences`, because rouge-score splits at line ends only, and prose has none; in XL-Sum's
variants lines.

A segment's score is that of its best reference, and *one* reference is best for all types together: the first with the
highest sum of ROUGE-1, -2 and -L. (rouge-score chooses for each type on its own, which scores a text against two
references at once.) A system's score is the mean over segments.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from itertools import chain

import numpy as np
from rapidfuzz.distance import LCSseq

from harness.core import text
from harness.core.errors import InputError
from harness.core.records import ENGLISH
from harness.core.text import sentences
from harness.metrics import FloatArray, Metric, _xlsum
from harness.metrics._union_lcs import union_hits

PROVIDES = {
    "rouge1": "ROUGE-1, by words, as rouge-score computes it but with words that Hindi has.",
    "rouge1-lenient": "ROUGE-1 with accepted spellings of a Hindi word merged; Hindi only.",
    "rouge1-xlsum": "ROUGE-1 as XL-Sum's scorer computes it, without stemming.",
    "rouge1-xlsum-stem": "ROUGE-1 as XL-Sum's scorer computes it, stemmed as for its published figures.",
    "rouge2": "ROUGE-2, by pairs of words, as rouge-score computes it but with words that Hindi has.",
    "rouge2-lenient": "ROUGE-2 with accepted spellings of a Hindi word merged; Hindi only.",
    "rouge2-xlsum": "ROUGE-2 as XL-Sum's scorer computes it, without stemming.",
    "rouge2-xlsum-stem": "ROUGE-2 as XL-Sum's scorer computes it, stemmed as for its published figures.",
    "rougeL": "ROUGE-L, by the longest common subsequence, as rouge-score computes it but with words that Hindi has.",
    "rougeL-lenient": "ROUGE-L with accepted spellings of a Hindi word merged; Hindi only.",
    "rougeL-xlsum": "ROUGE-L as XL-Sum's scorer computes it, without stemming.",
    "rougeL-xlsum-stem": "ROUGE-L as XL-Sum's scorer computes it, stemmed as for its published figures.",
    "rougeLsum": "ROUGE-Lsum, by those of sentences, united, as rouge-score computes it but with words that Hindi has.",
    "rougeLsum-lenient": "ROUGE-Lsum with accepted spellings of a Hindi word merged; Hindi only.",
    "rougeLsum-xlsum": "ROUGE-Lsum as XL-Sum's scorer computes it, without stemming.",
    "rougeLsum-xlsum-stem": "ROUGE-Lsum as XL-Sum's scorer computes it, stemmed as for its published figures.",
}

_JOINT = ("rouge1", "rouge2", "rougeL")  # the types that choose the best reference together
_SENTENCE_END = re.compile("[।॥?!\n]")


@dataclass(frozen=True, slots=True)
class _Cut:
    """A text as a variant reads it."""

    words: tuple[str, ...]  # for ROUGE-1, -2 and -L
    sentences: tuple[tuple[str, ...], ...]  # for ROUGE-Lsum


@dataclass(frozen=True, slots=True)
class _Reader:
    """How a variant reads the texts of one language. Raise the number in a name when what it stands for changes."""

    cut: Callable[[str], _Cut]
    tokenizer: str  # what a signature says of the words
    lsum_tokenizer: str  # ... of those in the sentences of ROUGE-Lsum
    split: str  # ... of these sentences


class Rouge(Metric):
    """Statistics: the segment's F-measure on 0-100, and 1."""

    citation = "Lin (2004), ROUGE: A Package for Automatic Evaluation of Summaries, https://aclanthology.org/W04-1013"

    def __init__(self, name: str, language: str) -> None:
        """Take the type and the variant from the name.

        Raises:
            InputError: the variant is not defined for this language.
        """
        super().__init__(name, language)
        self.normalises = True
        self._type, _, self._variant = name.partition("-")
        self._reader = _reader(self._variant, language)

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the mean over segments."""
        return np.asarray(statistics[..., 0] / np.maximum(statistics[..., 1], 1.0))

    def has_tokens(self, hypothesis: str) -> bool:
        """Whether the text holds a word of the output language (a Hindi text has none for plain English ROUGE)."""
        return bool(_cut(self._normalise(hypothesis), self._variant, self.language).words)

    def _statistics(self, hypotheses: list[str], references: list[list[str]]) -> FloatArray:
        values = [
            self._value(hypothesis, of_segment) for hypothesis, *of_segment in zip(hypotheses, *references, strict=True)
        ]
        return np.column_stack([np.asarray(values), np.ones(len(values))])

    def _value(self, hypothesis: str, references: Sequence[str]) -> float:
        if self._type in _JOINT:
            best_joint = max((self._joint(hypothesis, reference) for reference in references), key=sum)
            return best_joint[_JOINT.index(self._type)]
        best = references[0]
        if len(references) > 1:
            best = max(references, key=lambda reference: sum(self._joint(hypothesis, reference)))
        return _summary_level(hypothesis, best, self._variant, self.language)

    def _joint(self, hypothesis: str, reference: str) -> tuple[float, float, float]:
        return _joint_f_measures(hypothesis, reference, self._variant, self.language)

    def _signature(self, references: int) -> str:
        reader = self._reader
        of_type = reader.tokenizer if self._type in _JOINT else f"{reader.lsum_tokenizer}|split:{reader.split}"
        norm = "" if self.normalises else "|norm:no"
        return f"nrefs:{references}|best:joint|tok:{of_type}|case:lc|f:1|agg:mean{norm}"


class XlsumRouge(Rouge):
    """As XL-Sum's scorer has it. Statistics: the segment's F-measure on 0-100, and 1."""

    citation = (
        "Hasan et al. (2021), XL-Sum: Large-Scale Multilingual Abstractive Summarization for 44 Languages, "
        "https://aclanthology.org/2021.findings-acl.413"
    )

    def __init__(self, name: str, language: str) -> None:
        super().__init__(name, language)
        self.normalises = False


def f_measures(hypothesis: Sequence[str], reference: Sequence[str]) -> tuple[float, float, float]:
    """Return the F-measures (0-100) of ROUGE-1, -2 and -L for two lists of words; 0 when either is empty."""
    overlaps = []
    for order in (1, 2):
        found, wanted = (
            Counter(zip(*(words[i:] for i in range(order)), strict=False)) for words in (hypothesis, reference)
        )
        overlaps.append(_f_measure((found & wanted).total(), found.total(), wanted.total()))
    longest = LCSseq.similarity(hypothesis, reference) if hypothesis and reference else 0
    return overlaps[0], overlaps[1], _f_measure(longest, len(hypothesis), len(reference))


def _f_measure(matches: int, hypothesis: int, reference: int) -> float:
    """Return 100 * 2PR / (P + R), which is 200 * matches / (both lengths)."""
    return 200.0 * matches / (hypothesis + reference) if matches else 0.0


# One type of a variant is asked for after another, with the same texts; a reference again for each system, and again
# without another reference. The bounds are some test sets of a few thousand segments, and memory for long articles.
@lru_cache(maxsize=16_384)
def _joint_f_measures(hypothesis: str, reference: str, variant: str, language: str) -> tuple[float, float, float]:
    return f_measures(_cut(hypothesis, variant, language).words, _cut(reference, variant, language).words)


def _summary_level(hypothesis: str, reference: str, variant: str, language: str) -> float:
    found, wanted = (_cut(content, variant, language).sentences for content in (hypothesis, reference))
    return _f_measure(union_hits(found, wanted), sum(map(len, found)), sum(map(len, wanted)))


@lru_cache(maxsize=2_048)
def _cut(content: str, variant: str, language: str) -> _Cut:
    return _reader(variant, language).cut(content)


# --- how texts are cut ------------------------------------------------------------------------------------------------


@cache
def _reader(variant: str, language: str) -> _Reader:
    hindi = language.endswith("_Deva")
    if variant.startswith("xlsum"):
        return _xlsum_reader(language, stemmed=variant == "xlsum-stem")
    if hindi:
        fold = variant == "lenient"
        tokenizer = f"hindi-words.1|fold:{'hindi.1' if fold else 'no'}|stem:no"
        return _Reader(lambda content: _hindi_cut(content, fold=fold), tokenizer, tokenizer, "hindi-marks-and-lines.1")
    if variant:
        raise InputError(
            f"the metrics that end in -{variant} merge spellings of Hindi, and {language} has none to merge; "
            "use the name without the ending"
        )
    tokenizer = f"rouge-score-{version('rouge-score')}|fold:no|stem:no"
    return _Reader(_latin_cut, tokenizer, tokenizer, "harness-sentences.2")


def _hindi_cut(content: str, *, fold: bool) -> _Cut:
    # The words of a whole text are those of its sentences: no rule of text.words sees across the signs that end one.
    return _of_sentences(text.words(sentence, fold=fold) for sentence in _SENTENCE_END.split(content))


def _latin_cut(content: str) -> _Cut:
    # Not rouge_score.tokenizers, which imports NLTK.
    from rouge_score.tokenize import tokenize

    return _of_sentences(tokenize(content[start:end], None) for start, end in sentences.split(content))


def _xlsum_reader(language: str, *, stemmed: bool) -> _Reader:
    stem: Callable[[str], str] | None
    if language.endswith("_Deva"):
        name, stem, stemmer = "hindi", _xlsum.hindi_stem, "xlsum-hindi.1"
    elif language == ENGLISH:
        name, stem, stemmer = "english", _xlsum.english_stem, f"xlsum-english.1.nltk-{version('nltk')}"
    else:
        raise InputError(f"the metrics that end in -xlsum and -xlsum-stem score Hindi and English, not {language}")
    if not stemmed:
        stem, stemmer = None, "no"

    def cut(content: str) -> _Cut:
        lines = (_xlsum.basic_words(line) for line in content.split("\n"))
        return _Cut(_stemmed(_xlsum.words(content), stem), tuple(_stemmed(line, stem) for line in lines))

    rest = f"fold:no|stem:{stemmer}"
    return _Reader(cut, f"xlsum-{name}.1|{rest}", f"xlsum-{name}-basic.1|{rest}", "lines")


def _stemmed(words: Iterable[str], stem: Callable[[str], str] | None) -> tuple[str, ...]:
    return _interned(map(stem, words) if stem else words)


def _of_sentences(words: Iterable[Sequence[str]]) -> _Cut:
    by_sentence = tuple(_interned(sentence) for sentence in words if sentence)
    return _Cut(tuple(chain.from_iterable(by_sentence)), by_sentence)


def _interned(words: Iterable[str]) -> tuple[str, ...]:
    # A word is kept once, however many texts have it.
    return tuple(map(sys.intern, words))


METRICS = {name: XlsumRouge if "-xlsum" in name else Rouge for name in PROVIDES}
