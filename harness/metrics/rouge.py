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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import chain, pairwise
from typing import Literal

import numpy as np
from rapidfuzz.distance import LCSseq

from harness.core import text
from harness.core.errors import InputError
from harness.core.records import ENGLISH
from harness.core.text import sentences
from harness.core.text.pieces import IntArray, Latest, PieceTokenizer, Units
from harness.metrics import Batch, FloatArray, Metric, _ngrams, _xlsum
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
_SENTENCE_END = re.compile("[।॥?!]")  # of Hindi, beside the line end
# Stands between sentences in a list of pieces and of tokens. It is no token itself, because it is white space.
_BREAK = "\n"
_REMEMBERED = 64_000_000  # characters of the texts whose scores are remembered
_LAST_CHARACTER = 0x10FFFF


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the texts of one language for a variant.

    The names are parts of signatures. They end in a version number: raise it when the behaviour changes.
    """

    tokens: _Tokens
    lsum_tokens: _Tokens  # with breaks between sentences
    tokenizer: str  # name of the tokenizer of ROUGE-1, -2 and -L
    lsum_tokenizer: str  # name of the tokenizer of ROUGE-Lsum
    splitter: str  # name of the sentence splitter of ROUGE-Lsum


class _Tokens:
    """A tokenizer, as numbered words and as a function."""

    def __init__(
        self,
        of_pieces: Callable[[list[str]], Iterable[Sequence[str]]],
        pieces: Callable[[Sequence[str]], list[list[str]] | None],
    ) -> None:
        """Take the two functions of `PieceTokenizer`. Either may add breaks."""
        self._of_pieces = of_pieces
        self._pieces = pieces
        self.words = PieceTokenizer(of_pieces, pieces, first=(_BREAK,))

    def are_in(self, content: str) -> bool:
        """Return whether a text contains a word."""
        (pieces,) = self._pieces([content]) or [content.split()]
        return any(token != _BREAK for tokens in self._of_pieces(pieces) for token in tokens)


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
        return self._reader.tokens.are_in(self._normalise(hypothesis))

    def _statistics(self, batch: Batch) -> FloatArray:
        return np.column_stack([_ngrams.in_parts(self._values, batch), np.ones(len(batch.hypotheses))])

    def _values(self, hypotheses: list[str], references: list[list[str]]) -> FloatArray:
        """Return the F-measure of each segment with its best reference."""
        if self._type not in _JOINT and (self._best == "each" or len(references) == 1):
            best: FloatArray = np.max([self._summary_level(hypotheses, stream) for stream in references], axis=0)
            return best
        joint = np.stack([_joint(self._reader, hypotheses, stream) for stream in references])  # [references, n, 3]
        if self._best == "each":
            return np.asarray(joint[..., _JOINT.index(self._type)].max(axis=0))
        best = joint.sum(axis=-1).argmax(axis=0)  # the first of equals
        segments = np.arange(len(hypotheses))
        if self._type in _JOINT:
            return np.asarray(joint[best, segments, _JOINT.index(self._type)])
        return self._summary_level(hypotheses, [references[b][segment] for segment, b in enumerate(best.tolist())])

    def _summary_level(self, hypotheses: list[str], references: list[str]) -> FloatArray:
        ours, theirs = self._reader.lsum_tokens.words.units(hypotheses, references)
        hits = [union_hits(*map(_sentences, pair)) for pair in zip(ours.by_text(), theirs.by_text(), strict=True)]
        return _f_measures(np.array(hits), _without_breaks(ours).lengths + _without_breaks(theirs).lengths)

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


def _joint(reader: _Reader, hypotheses: Sequence[str], references: Sequence[str]) -> FloatArray:
    """Return the F-measures of ROUGE-1, -2 and -L of each segment against one reference, [n, 3]."""
    return _latest.of((reader.tokens, tuple(hypotheses), tuple(references)))


def _compute_joint(key: tuple[_Tokens, tuple[str, ...], tuple[str, ...]]) -> FloatArray:
    tokens, *texts = key
    hypotheses, references = map(_without_breaks, tokens.words.units(*texts))
    ngrams = _ngrams.matches(hypotheses, [references], 2)
    longest = [LCSseq.similarity(*pair) for pair in zip(_strings(hypotheses), _strings(references), strict=True)]
    totals = hypotheses.lengths + references.lengths
    return np.column_stack([
        _f_measures(matches, total)
        for matches, total in ((ngrams[:, 0], totals), (ngrams[:, 1], totals - 2), (np.array(longest), totals))
    ])


# The types of a variant are computed one after another from the same texts.
_latest = Latest(_compute_joint, lambda key, _: sum(map(len, chain(*key[1:]))), lambda: _REMEMBERED)


def _f_measures(matches: IntArray, lengths: IntArray) -> FloatArray:
    """Return 100 * 2PR / (P + R), which is 200 * matches / (both lengths)."""
    scores = np.zeros(len(matches))
    np.divide(200.0 * matches, lengths, out=scores, where=matches > 0)
    return scores


def _without_breaks(units: Units) -> Units:
    """Return the words of each text; the break is number 0."""
    return units.where(units.ids > 0)


def _sentences(words: list[int]) -> list[list[int]]:
    """Return the words of each sentence of a text."""
    ends = [place for place, word in enumerate(words) if not word]
    return [words[start:end] for start, end in zip([0, *(end + 1 for end in ends)], [*ends, None], strict=True)]


def _strings(words: Units) -> Iterator[Sequence[int] | str]:
    """Yield each text as a string with one character for each word, which rapidfuzz reads fastest."""
    if words.ids.max(initial=0) > _LAST_CHARACTER:
        return words.by_text()
    string = words.ids.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    return (string[start:end] for start, end in pairwise(words.ends.tolist()))


# --- how texts are read -----------------------------------------------------------------------------------------------


@cache
def _reader(variant: str, language: str) -> _Reader:
    hindi = language.endswith("_Deva")
    if variant.startswith("xlsum"):
        return _xlsum_reader(language, stemmed=variant == "xlsum-stem")
    if hindi:
        fold = variant == "lenient"
        tokens = _Tokens(lambda pieces: [_hindi_tokens(piece, fold=fold) for piece in pieces], _hindi_pieces)
        tokenizer = f"hindi-words.1|fold:{'hindi.1' if fold else 'no'}|stem:no"
        return _Reader(tokens, tokens, tokenizer, tokenizer, "hindi-marks-and-lines.1")
    if variant:
        raise InputError(
            f"the metrics that end in -{variant} merge spellings of Hindi, and {language} has none to merge; "
            "use the name without the ending"
        )
    tokens = _Tokens(lambda pieces: map(_latin_tokens, pieces), _latin_pieces)
    tokenizer = f"rouge-score-{version('rouge-score')}|fold:no|stem:no"
    return _Reader(tokens, tokens, tokenizer, tokenizer, "harness-sentences.2")


def _hindi_pieces(texts: Sequence[str]) -> list[list[str]] | None:
    if not any("\n" in content for content in texts):
        return None
    return [content.replace("\n", " । ").split() for content in texts]


def _hindi_tokens(piece: str, *, fold: bool) -> list[str]:
    # The words of the sentences are those of the whole text, because no rule of text.words crosses a sentence end.
    first, *others = (text.words(part, fold=fold) for part in _SENTENCE_END.split(piece))
    for words in others:
        first += [_BREAK, *words]
    return first


def _latin_pieces(texts: Sequence[str]) -> list[list[str]]:
    return [
        [piece for start, end in sentences.split(content) for piece in (*content[start:end].split(), _BREAK)]
        for content in texts
    ]


def _latin_tokens(piece: str) -> list[str]:
    # Not rouge_score.tokenizers, because it imports NLTK.
    from rouge_score.tokenize import tokenize

    return [_BREAK] if piece == _BREAK else tokenize(piece, None)


def _xlsum_reader(language: str, *, stemmed: bool) -> _Reader:
    stem: Callable[[str], str]
    if language.endswith("_Deva"):
        name, stem, stemmer = "hindi", _xlsum.hindi_stem, "xlsum-hindi.1"
    elif language == ENGLISH:
        name, stem, stemmer = "english", _xlsum.english_stem, f"xlsum-english.1.nltk-{version('nltk')}"
    else:
        raise InputError(f"the metrics that end in -xlsum and -xlsum-stem score Hindi and English, not {language}")
    if not stemmed:
        stem, stemmer = str, "no"

    def of_pieces(pieces: list[str]) -> list[list[str]]:
        return [[*map(stem, words)] for words in _xlsum.words_of_pieces(pieces)]

    def of_basic_pieces(pieces: list[str]) -> list[list[str]]:
        return [[_BREAK] if piece == _BREAK else [*map(stem, _xlsum.basic_words(piece))] for piece in pieces]

    rest = f"fold:no|stem:{stemmer}"
    return _Reader(
        _Tokens(of_pieces, _xlsum.pieces), _Tokens(of_basic_pieces, _xlsum.basic_pieces),
        f"xlsum-{name}.1|{rest}", f"xlsum-{name}-basic.1|{rest}", "lines",
    )  # fmt: skip


METRICS = {name: XlsumRouge if "-xlsum" in name else Rouge for name in PROVIDES}
