"""ROUGE-1, -2, -L and -Lsum F-measures (Lin 2004), as rouge-score computes them but with words that Hindi has.

rouge-score's own tokenizer drops all Devanagari. A plain name, such as `rougeL`, tokenises Hindi with
`harness.core.text.words` and every other language with rouge-score's tokenizer, without stemming, after normalisation.
Its variants:

- `-lenient` also merges the spellings that `harness.core.text.fold` merges, in Hindi only.
- `-xlsum` and `-xlsum-stem` read the unchanged text, as XL-Sum's scorer does. Its published scores are stemmed.

ROUGE-Lsum compares sentences. Hindi is split at danda, double danda, `?`, `!` and line ends. Other languages are split
by `harness.core.text.sentences`, because rouge-score splits only at line ends, and prose has none. XL-Sum's variants
split at line ends.

A segment's score is that of its best reference. By default *one* reference is best for all types together: the first
with the highest sum of ROUGE-1, -2 and -L. So no text is scored against two references at once, but the score of one
type can fall if references are added. With the option `best=each`, the best reference is chosen for each type, as
rouge-score does; that is 0.2 to 0.3 points higher with a few references. A system's score is the mean over segments.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from itertools import chain, pairwise
from typing import Literal

import numpy as np
from rapidfuzz.distance import LCSseq

from harness.core import text
from harness.core.errors import InputError
from harness.core.records import ENGLISH
from harness.core.text import sentences
from harness.metrics import Batch, FloatArray, Metric, _xlsum
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
    "rougeLsum": "ROUGE-Lsum, by sentences, as rouge-score computes it but with words that Hindi has.",
    "rougeLsum-lenient": "ROUGE-Lsum with accepted spellings of a Hindi word merged; Hindi only.",
    "rougeLsum-xlsum": "ROUGE-Lsum as XL-Sum's scorer computes it, without stemming.",
    "rougeLsum-xlsum-stem": "ROUGE-Lsum as XL-Sum's scorer computes it, stemmed as for its published figures.",
}

_JOINT = ("rouge1", "rouge2", "rougeL")  # the types that choose the best reference together
_SENTENCE_END = re.compile("[।॥?!\n]")


_Sentences = tuple[tuple[str, ...], ...]  # the words of each sentence


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the texts of one language for a variant.

    The names are parts of signatures. They end in a version number: raise it when the behaviour changes.
    """

    sentences: Callable[[str], _Sentences]  # for ROUGE-Lsum
    tokenizer: str  # name of the tokenizer of ROUGE-1, -2 and -L
    lsum_tokenizer: str  # name of the tokenizer of ROUGE-Lsum
    splitter: str  # name of the sentence splitter of ROUGE-Lsum
    words: Callable[[str], tuple[str, ...]] | None = None  # for the other types; None: the words of the sentences


class Rouge(Metric):
    """Statistics: the segment's F-measure on 0-100, and 1."""

    citation = "Lin (2004), ROUGE: A Package for Automatic Evaluation of Summaries, https://aclanthology.org/W04-1013"

    @dataclass(frozen=True)
    class Options(Metric.Options):
        """The choice of the best reference; it is part of the signature."""

        best: Literal["jointly", "each"] = "jointly"  # one reference for all types, or one for each, as rouge-score

    def __init__(self, name: str, language: str, options: Options | None = None) -> None:
        """Take the type and the variant from the name.

        Raises:
            InputError: the variant is not defined for this language.
        """
        options = options or self.Options()
        super().__init__(name, language, options)
        self._best = options.best
        self.normalises = True
        self._type, _, self._variant = self.plain_name.partition("-")
        self._reader = _reader(self._variant, language)

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the mean over segments."""
        return np.asarray(statistics[..., 0] / np.maximum(statistics[..., 1], 1.0))

    def has_tokens(self, hypothesis: str) -> bool:
        """Return whether the text contains a word of the output language (for plain English ROUGE, Hindi has none)."""
        return bool(_words(self._normalise(hypothesis), self._variant, self.language))

    def _statistics(self, batch: Batch) -> FloatArray:
        values = [
            self._value(hypothesis, references)
            for hypothesis, *references in zip(batch.hypotheses, *batch.references, strict=True)
        ]
        return np.column_stack([np.asarray(values), np.ones(len(values))])

    def _value(self, hypothesis: str, references: Sequence[str]) -> float:
        if self._best == "each":
            return max(self._alone(hypothesis, reference) for reference in references)
        if self._type in _JOINT:
            best_joint = max((self._joint(hypothesis, reference) for reference in references), key=sum)
            return best_joint[_JOINT.index(self._type)]
        best = references[0]
        if len(references) > 1:
            best = max(references, key=lambda reference: sum(self._joint(hypothesis, reference)))
        return _summary_level(hypothesis, best, self._variant, self.language)

    def _alone(self, hypothesis: str, reference: str) -> float:
        """Return the F-measure of this type against one reference."""
        if self._type in _JOINT:
            return self._joint(hypothesis, reference)[_JOINT.index(self._type)]
        return _summary_level(hypothesis, reference, self._variant, self.language)

    def _joint(self, hypothesis: str, reference: str) -> tuple[float, float, float]:
        return _joint_f_measures(hypothesis, reference, self._variant, self.language)

    def _signature(self, references: int | None) -> str:
        reader = self._reader
        tokens = reader.tokenizer if self._type in _JOINT else f"{reader.lsum_tokenizer}|split:{reader.splitter}"
        norm = "" if self.normalises else "|norm:no"
        count = "var" if references is None else references
        best = "joint" if self._best == "jointly" else "each"
        return f"nrefs:{count}|best:{best}|tok:{tokens}|case:lc|f:1|agg:mean{norm}"


class XlsumRouge(Rouge):
    """ROUGE as XL-Sum's scorer computes it. Statistics: the segment's F-measure on 0-100, and 1."""

    citation = (
        "Hasan et al. (2021), XL-Sum: Large-Scale Multilingual Abstractive Summarization for 44 Languages, "
        "https://aclanthology.org/2021.findings-acl.413"
    )

    def __init__(self, name: str, language: str, options: Rouge.Options | None = None) -> None:
        super().__init__(name, language, options)
        self.normalises = False


def f_measures(hypothesis: Sequence[str], reference: Sequence[str]) -> tuple[float, float, float]:
    """Return the F-measures (0-100) of ROUGE-1, -2 and -L for two lists of words; 0 when either is empty."""
    ours, theirs = len(hypothesis), len(reference)
    if not (ours and theirs):
        return 0.0, 0.0, 0.0
    one = _overlap(hypothesis, reference)
    two = _overlap(*(tuple(pairwise(words)) for words in (hypothesis, reference))) if one else 0
    longest = LCSseq.similarity(hypothesis, reference) if one else 0
    return _f_measure(one, ours, theirs), _f_measure(two, ours - 1, theirs - 1), _f_measure(longest, ours, theirs)


def _overlap(hypothesis: Sequence[Hashable], reference: Sequence[Hashable]) -> int:
    """Return how many n-grams two texts have in common; one that both have twice counts twice."""
    in_hypothesis, in_reference = Counter(hypothesis), Counter(reference)
    return sum(min(in_hypothesis[each], in_reference[each]) for each in in_hypothesis.keys() & in_reference.keys())


def _f_measure(matches: int, hypothesis: int, reference: int) -> float:
    """Return 100 * 2PR / (P + R), which is 200 * matches / (both lengths)."""
    return 200.0 * matches / (hypothesis + reference) if matches else 0.0


# The types of a variant are computed one after another from the same texts, and a reference is read again for each
# system and for each choice of references. The limits are large enough for test sets of a few thousand segments, and
# for long articles.
@lru_cache(maxsize=16_384)
def _joint_f_measures(hypothesis: str, reference: str, variant: str, language: str) -> tuple[float, float, float]:
    return f_measures(_words(hypothesis, variant, language), _words(reference, variant, language))


def _summary_level(hypothesis: str, reference: str, variant: str, language: str) -> float:
    ours, theirs = (_sentences(content, variant, language) for content in (hypothesis, reference))
    return _f_measure(union_hits(ours, theirs), sum(map(len, ours)), sum(map(len, theirs)))


@lru_cache(maxsize=2_048)
def _words(content: str, variant: str, language: str) -> tuple[str, ...]:
    reader = _reader(variant, language)
    if reader.words is not None:
        return reader.words(content)
    return tuple(chain.from_iterable(_sentences(content, variant, language)))


@lru_cache(maxsize=2_048)
def _sentences(content: str, variant: str, language: str) -> _Sentences:
    return _reader(variant, language).sentences(content)


# --- how texts are read -----------------------------------------------------------------------------------------------


@cache
def _reader(variant: str, language: str) -> _Reader:
    hindi = language.endswith("_Deva")
    if variant.startswith("xlsum"):
        return _xlsum_reader(language, stemmed=variant == "xlsum-stem")
    if hindi:
        fold = variant == "lenient"
        tokenizer = f"hindi-words.1|fold:{'hindi.1' if fold else 'no'}|stem:no"
        return _Reader(lambda content: _read_hindi(content, fold=fold), tokenizer, tokenizer, "hindi-marks-and-lines.1")
    if variant:
        raise InputError(
            f"the metrics that end in -{variant} merge spellings of Hindi, and {language} has none to merge; "
            "use the name without the ending"
        )
    tokenizer = f"rouge-score-{version('rouge-score')}|fold:no|stem:no"
    return _Reader(_read_latin, tokenizer, tokenizer, "harness-sentences.2")


def _read_hindi(content: str, *, fold: bool) -> _Sentences:
    # The words of the sentences are those of the whole text, because no rule of text.words crosses a sentence end.
    return _of_sentences(text.words(sentence, fold=fold) for sentence in _SENTENCE_END.split(content))


def _read_latin(content: str) -> _Sentences:
    # Not rouge_score.tokenizers, because it imports NLTK.
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

    def read_sentences(content: str) -> _Sentences:
        return tuple(_stemmed(_xlsum.basic_words(line), stem) for line in content.split("\n"))

    def read_words(content: str) -> tuple[str, ...]:
        return _stemmed(_xlsum.words(content), stem)

    rest = f"fold:no|stem:{stemmer}"
    return _Reader(read_sentences, f"xlsum-{name}.1|{rest}", f"xlsum-{name}-basic.1|{rest}", "lines", read_words)


def _stemmed(words: Iterable[str], stem: Callable[[str], str] | None) -> tuple[str, ...]:
    return _interned(map(stem, words) if stem else words)


def _of_sentences(words: Iterable[Sequence[str]]) -> _Sentences:
    return tuple(_interned(sentence) for sentence in words if sentence)


def _interned(words: Iterable[str]) -> tuple[str, ...]:
    # Keep each word in memory once, however many texts contain it.
    return tuple(map(sys.intern, words))


METRICS = {name: XlsumRouge if "-xlsum" in name else Rouge for name in PROVIDES}
