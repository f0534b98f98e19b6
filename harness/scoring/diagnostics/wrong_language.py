"""Outputs in another language of the same script: French for English, Hindi in Latin letters, Marathi for Hindi, ...

Each language has a list of frequent function words. An output counts if it has at least two of another language's
words, if they are 15% or more of its words, and if they are more than twice as many as those of its own language. Words
of both languages say nothing, nor do capitalised words of another language: they are parts of names (El Paso). Outputs
of fewer than eight words do not count.

Tried on what was at hand. Right outputs: none of 16,557 lines of newstest2014 hi-en in English (six systems and the
reference) and none of its 2,426 sources in Hindi is counted. Wrong outputs: of lines in the message catalogues of GNU
programs, 88% in Spanish, 81% in French and 73% in German are counted, but only 27% in Nepali and 20% in Marathi, where
such lines have few function words; of those sources in Latin letters 91% (optitrans) or 57% (iast). Other languages are
not known. So a count is to be believed, and no count proves nothing about single outputs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.core.scores import Count
from harness.core.text import untranslated
from harness.core.text.pieces import PieceTokenizer
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Remark

# With an underscore, as in JSON and CSV.
PROVIDES = ("wrong_language",)

_LEAST_WORDS = 8
_LEAST_DIFFERENT = 2
_LEAST_SHARE = 0.15
_TIMES = 2

_ENGLISH = frozenset(
    "the of and to in a is that for it was on with as by at from be this are have has had not but his her he they were "
    "which or an will would said been who their its more about after when there what we you no if one do me man die so "
    "also can could i she them him than then into over out up all some".split()
)
_HINDI = frozenset(
    "है हैं का की के को में से ने और कि यह वह भी नहीं पर था थी थे किया गया गए गई लिए अपने जो एक इस उस करने हुआ हुई रहे रहा "
    "रही दिया कहा हो तो ही बाद साथ तक उन्होंने कर होने या जा सकता सकते सकती करें गयी".split()
)
_LIKE_ENGLISH = {
    "French": "le la les des du un une est et dans pour que qui pas sur au avec par ce il elle ne se sont plus ont été "
    "cette mais ou leur aux son ses nous vous comme être fait deux après",
    "German": "der die das und ist nicht ein eine den dem des mit auf für von zu im sich auch als wird nach bei aus "
    "wurde sind hat werden dass er sie es wir ich aber noch nur oder haben einen einer über in an am",
    "Spanish": "el la los las de del un una es y en que por para con no se su al lo como más pero sus le ha fue son "
    "está este sobre también entre hasta desde muy han ser todo cuando donde",
    "Hindi in Latin letters": " ".join([*untranslated.FREQUENT_WORDS, *"me par para the is us".split()]),
}
_LIKE_HINDI = {
    "Marathi": "आहे आहेत आणि नाही केले केला केली त्यांनी त्या याच्या असे असून मध्ये साठी मात्र झाली झाले झाला करण्यात पण "
    "म्हणून त्यांच्या आला आले आली येथे यांनी करण्यासाठी असलेल्या किंवा तुम्ही ह्या आपण शकत येत नाहीत करू शकता होऊ येथील",
    "Nepali": "छ छन् हुन् लाई पनि भएको गरेको गर्ने भने यो त्यो गरेका थियो छैन गर्न उनले रहेको तथा गरी भएका हुने बताए "
    "दिएको गर्दै आफ्नो हुन सकेको गरिएको गर्नुहोस् हुन्छ गर्छ पर्छ गर्दछ भन्दा कुनै लागि तपाईँ तपाईं त्रुटि सकेन सकिएन",
}


def _apart(own: frozenset[str], others: dict[str, str]) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Return for each other language the words of the own one and its own words, without those of both."""
    lists = [frozenset(words.split()) for words in others.values()]
    return [(own - words, words - own) for words in lists]


# By output language: the words of each pair of this language and another one.
_WORDS = {"eng_Latn": _apart(_ENGLISH, _LIKE_ENGLISH), "hin_Deva": _apart(_HINDI, _LIKE_HINDI)}


def _reader(pairs: list[tuple[frozenset[str], frozenset[str]]]) -> PieceTokenizer:
    """Return a reader of words that numbers those of another language 1, and all others 0."""
    foreign = frozenset().union(*(other for _, other in pairs))
    kinds = (("other",), ("foreign",))
    return PieceTokenizer(lambda words: [kinds[word.lower() in foreign] for word in words], first=("other", "foreign"))


_READERS = {target: _reader(pairs) for target, pairs in _WORDS.items()}


def _is_other(content: str, target: str) -> bool:
    """Return whether a text is rather in another language than in the target."""
    lower = content.lower().split()
    least = max(_LEAST_DIFFERENT, _LEAST_SHARE * len(lower))
    small = [word for word, given in zip(lower, content.split(), strict=True) if not given[0].isupper()]
    for own, other in _WORDS[target]:
        theirs = [word for word in small if word in other]
        enough = len(theirs) >= least and len(set(theirs)) >= _LEAST_DIFFERENT
        if enough and len(theirs) > _TIMES * sum(word in own for word in lower):
            return True
    return False


def _count(outputs: Outputs) -> Count | None:
    if outputs.target not in _WORDS:
        return None
    other, is_long = _other_and_long(outputs)
    return Count(len(other), int(is_long.sum()))


def _other_and_long(outputs: Outputs) -> tuple[list[int], npt.NDArray[np.bool_]]:
    """Return the indices of the outputs in another language, and which outputs are long enough to tell."""
    (words,) = _READERS[outputs.target].units(outputs.texts)
    is_long = words.lengths >= _LEAST_WORDS
    # Few texts have enough words of any other language to be read by themselves.
    foreign = words.where(words.ids > 0).lengths
    candidates = np.flatnonzero(is_long & (foreign >= np.maximum(_LEAST_DIFFERENT, _LEAST_SHARE * words.lengths)))
    return [index for index in candidates.tolist() if _is_other(outputs.texts[index], outputs.target)], is_long


def _marks(outputs: Outputs) -> list[bool] | None:
    if outputs.target not in _WORDS:
        return None
    other = frozenset(_other_and_long(outputs)[0])
    return [index in other for index in range(len(outputs.texts))]


DIAGNOSTIC = Diagnostic(
    place=61,
    label="outputs in another language of the script",
    unit="percent",
    count=_count,
    column=Column(
        "other language", "outputs of 8 words or more with function words of another language, not of the task's",
        fraction=True, always=False, beside_scores=True,
    ),
    remark=Remark(
        "{part} of {whole} outputs of 8 words or more look like another language of the same script, such as French "
        "for English or Marathi for Hindi",
        from_percent=1,
    ),
    marks=_marks,
)  # fmt: skip
