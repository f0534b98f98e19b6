"""Negations in a Hindi or English text: नहीं, न, मत, बिना, "not", "n't", "no", "never", "without", "refused to".

`find(text)` returns every negation with its place. A negation is certain if it turns a statement into its opposite.
It is not certain if it only sometimes does: "not only", "until", "unclear", असफल. Such a word can translate a negation
of the other text ("until" for जब तक ... नहीं), and no word has to translate it.

Words that look like a negation and are none do not count: "No. 5", "no wonder", कोई न कोई, the question tags है न and
"isn't it?", and मत in the sense of a vote or an opinion.

Four lists of regular expressions state the rules. At each place the first list that matches decides: what does not
count, then what is not certain, then what is. `compare(source, output)` says which of two texts negates while
the other does not. It sees only that a text negates, not what it negates: if a text loses one of two negations,
nothing is reported.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import regex

__all__ = ["Negation", "compare", "find", "negates"]


@dataclass(frozen=True, slots=True)
class Negation:
    """One negation of a text."""

    text: str  # as written: text[start:end] of the text that was searched
    start: int  # offset in characters
    end: int  # offset after the last character
    is_certain: bool = True  # False: it need not negate anything


# Each pattern matches whole words. A space stands for any white space, and n't has any apostrophe.
_END = r"(?=\s*(?:[?!,।|.\"'’”)]|\Z))"
_NOT_COUNTED = (
    # Either word of "some or other": कोई न कोई, कहीं ना कहीं.
    r"(?P<same>\p{L}[\p{L}\p{M}]*) (?:न|ना) (?P=same)",
    # Question tags. A negation precedes its verb, so न at the end of a clause asks for consent.
    rf"(?<=[\p{{L}}\p{{M}}] )(?:न|ना){_END}",
    r"(?<=, )(?:\w+n't) (?:it|he|she|they|we|you|i|there)(?=\s*\?)",
    # How much or who knows: न जाने कितने.
    r"न जाने", r"ना जाने", r"जाने[- ]अनजाने",
    r"no\.? (?=\d)", r"nos?\.(?=\d)", r"no wonder", r"in no time", r"no matter", r"no less than", r"no fewer than",
    r"no stranger", r"(?:never|nothing) less", r"never ?mind", r"(?:none|nothing) the less", r"nonetheless",
    r"nevertheless", r"no stone", r"(?:from|of) nowhere", r"last but not least", r"not to mention", r"none other than",
    # A place or a thing, not a denial.
    r"no[- ]man['’]?s[- ]land", r"no[- ]ball",
)  # fmt: skip
_NOT_ONLY = (
    # "Not only", "why not", "or not", "otherwise".
    r"(?:न|ना) (?:केवल|सिर्फ़?|सिर्फ़|मात्र|महज़?|बस)",
    r"क्(?:यों|यूं|यूँ) (?:न|ना|नहीं)",
    r"ही नहीं(?=\s*(?:,|बल्कि))",
    r"(?:यही|यहीं|इतना ही) नहीं",
    r"(?:या|कि) (?:नहीं|न|ना)",
    r"(?<=कहीं [^।?!]{0,60}\s)न",  # "lest"
    r"नहीं तो",
    r"no doubt",
    r"(?:संदेह|सन्देह|शक) नहीं",
    r"(?:not|n't|never) (?:only|just|merely|simply|solely|least|so much)",
    r"why (?:not|no|(?:do|does|did|is|are)n't)",
    r"or not",
    r"if not",
    r"nothing but",
    r"(?:can|could)n't (?:help|wait)",
    r"no sooner",
    r"can not but",
)
# Words that deny without being a negation: what a free translation can make of one.
_DENIALS = (
    r"until", r"till", r"barely", r"rarely", r"seldom", r"few", r"little", r"instead", r"rather than", r"yet to",
    r"except", r"other than", r"far from", r"lack(?:s|ed|ing)?", r"absen(?:t|ce)", r"avoid(?:s|ed|ing)?",
    r"prevent(?:s|ed|ing)?", r"ban(?:s|ned|ning)?", r"prohibit\w*", r"forb\w+", r"exclud\w+", r"reject\w*",
    r"dismiss\w*", r"declin(?:e|es|ed|ing)(?! to\b)", r"fail(?:s|ed|ing|ure|ures)?(?! to\b)",
    r"turn(?:s|ed|ing)? down", r"rul(?:e|es|ed|ing) out", r"oppos\w+", r"disagree\w*", r"dislike\w*", r"dishonest\w*",
    r"disapprov\w+", r"disobey\w*", r"disregard\w*", r"ignor\w+", r"miss(?:es|ed|ing)?", r"loses?", r"lost",
    r"depriv\w+", r"stop(?:s|ped|ping)?", r"halt\w*", r"free of", r"free from", r"impossib\w+", r"impract\w+",
    r"improper\w*", r"incorrect\w*", r"incap\w+", r"inab\w+", r"inade\w+", r"incomplete\w*", r"insuffic\w+",
    r"ineligible", r"ineff\w+", r"invalid", r"illegal\w*", r"irregular\w*", r"irrelevant", r"irresponsible",
    r"inaccura\w+", r"inaccess\w+", r"insepar\w+", r"invisib\w+", r"inactiv\w+", r"insecur\w+", r"injustice",
    r"inevitab\w+", r"uneas\w+", r"thwart\w*", r"bar(?:s|red|ring)", r"disput\w+", r"everlasting",
    r"un(?!der|it|ion|iq|ive|til|less|cles?\b|cut)\p{Ll}{3,}", r"non-?\p{Ll}{3,}", r"\p{Ll}{3,}less(?:ly)?", r"no-\w+",
    r"anything but", r"against", r"wrong\w*", r"false\w*", r"zero", r"beyond", r"too", r"only", r"otherwise",
    r"difficult\w*", r"hard", r"doubt\w*", r"withh\w+", r"away from", r"keep from", r"mere\w*",
    r"(?:असंभव|असम्भव|असमर्थ|असफल|असहमत|अस्वीकार|अस्वीकृत|अज्ञात|अस्पष्ट|अवैध|अनुचित|अनुपस्थित|अपर्याप्त|अयोग्य|अनजान|"
    r"अनभिज्ञ|अनिश्चित|अनदेख|अनसुन|अप्रत्याशित|अभूतपूर्व|अनावश्यक|अमान्य|असामान्य|अधूर|अपूर्ण|अनिच्छ|अनधिकृत|अनियमित)[\p{L}\p{M}]*",
    r"(?:नामुमकिन|नाकाम|नाकाफ|नाजायज|नाजायज़|नापसंद|नामंज|नामंज़|नाखुश|नाखुश|नासमझ|विफल|निष्फल|निराधार|निर्दोष|बेगुनाह|बेघर|"
    r"बेरोज|बेरोज़|बेअसर|बेवजह|बेकार|लापता|लापरवाह|लाइलाज)[\p{L}\p{M}]*",
    r"ग़?ैर[- ]?[\p{L}\p{M}]*", r"ग़ैर[- ]?[\p{L}\p{M}]*", r"[\p{L}\p{M}]+(?:रहित|विहीन|हीन)", r"रहित",
    r"(?:वंचित|अभाव|ख़?ारिज|ख़ारिज|निषेध|मनाही|निषिद्ध|प्रतिबंध|प्रतिबन्ध|वर्जित|परहेज|परहेज़|चूक|ठुकरा|वरना|अन्यथा|मुश्किल|कमी|कम|बजाय|बजाए|"
    r"अलावा|सिवा|सिवाय|मुक्त|विरोध|ग़?लत|ग़लत|झूठ|छोड़|दूर|खोया|खो|रोक|बंद|शून्य|कठिन|बाज)[\p{L}\p{M}]*",
    r"अब तक", r"शायद ही", r"मना(?= (?:कर|किया|है|था|करते|करने))",
)  # fmt: skip
_IMPERATIVE = r"[\p{L}\p{M}]*(?:ओ|ो|ना|िए|इए|िये|इये|िएगा|इएगा|ियो|इयो)"
_CERTAIN = (
    r"नह(?:ीं|ी|ीँ|ि|िं)", r"न", r"ना",
    # Before or after an imperative; elsewhere it is a vote or an opinion. मत देना is "to vote".
    rf"मत(?= (?!दो |देना|दीजिए){_IMPERATIVE}(?![\p{{L}}\p{{M}}]))", rf"(?<={_IMPERATIVE} )मत{_END}",
    r"बिना", r"बग़?ैर", r"बग़ैर", r"इ(?:न|न्|ं)कार", r"हरगिज़?", r"हरगिज़",
    r"not", r"\w+n't", r"cannot", r"(?:do|does|did|is|was|are|were|ca|wo|would|could|should|have|has|had)nt",
    r"never",
    r"no[- ]one", r"no", r"none", r"nobody", r"nothing", r"nowhere", r"without", r"neither", r"nor", r"hardly",
    r"scarcely", r"unless", r"unable", r"refuse to", r"refus(?:es|ed|ing|al)", r"den(?:y|ies|ied|ying|ial|ials)",
    r"declin(?:e|es|ed|ing) to", r"fail(?:s|ed|ing|ure)? to", r"refrain(?:s|ed|ing)?",
)  # fmt: skip


_APOSTROPHE = "(?:['’]|&#39;|&apos;)"
_WORD = r"(?<![\p{L}\p{M}\p{N}])"


def _any(patterns: Iterable[str]) -> str:
    return "|".join(pattern.replace(" ", r"\s+").replace("n't", f"n{_APOSTROPHE}t") for pattern in patterns)


@lru_cache(maxsize=1)
def _negations() -> regex.Pattern[str]:
    """Return the pattern of a negation, whose last group is the list that it is in."""
    lists = {"other": _NOT_COUNTED, "uncertain": (*_NOT_ONLY, *_DENIALS), "certain": _CERTAIN}
    groups = "|".join(f"(?P<{name}>{_any(patterns)})" for name, patterns in lists.items())
    return regex.compile(rf"{_WORD}(?:{groups})(?![\p{{L}}\p{{M}}])", regex.IGNORECASE)


def _first_words(patterns: Iterable[str]) -> regex.Pattern[str]:
    """Return a pattern that finds something in each piece in which one of these negations can begin."""
    words = {regex.split(r" |\[- |\(\?[=!] ", pattern)[0] for pattern in patterns if not pattern.startswith("(?<")}
    return regex.compile(rf"{_WORD}(?:{_any(words)})(?![\p{{L}}\p{{M}}])", regex.IGNORECASE)


@lru_cache(maxsize=1)
def _first_of_all() -> regex.Pattern[str]:
    return _first_words((*_DENIALS, *_CERTAIN))


@lru_cache(maxsize=1)
def _first_of_certain() -> regex.Pattern[str]:
    return _first_words(_CERTAIN)


@lru_cache(maxsize=1 << 17)
def _can_contain(piece: str) -> bool:
    return _first_of_all().search(piece) is not None


@lru_cache(maxsize=1 << 17)
def _can_be_certain(piece: str) -> bool:
    return _first_of_certain().search(piece) is not None


# Each source is read once for each system. Large enough for 50,000 sources and the outputs of one system between.
@lru_cache(maxsize=1 << 17)
def find(content: str) -> tuple[Negation, ...]:
    """Return the negations of a text in their order. They do not overlap."""
    if not any(map(_can_contain, content.split())):
        return ()
    return tuple(
        Negation(match[0], *match.span(), is_certain=match.lastgroup == "certain")
        for match in _negations().finditer(content)
        if match.lastgroup != "other"
    )


def negates(content: str) -> bool:
    """Return whether a text has a certain negation. Most have none, and cost little."""
    return any(map(_can_be_certain, content.split())) and any(each.is_certain for each in find(content))


def compare(source: str, output: str) -> tuple[tuple[Negation, ...], tuple[Negation, ...]]:
    """Return the certain negations of the source if the output has none at all, and those of the output likewise."""
    return _unanswered(source, output), _unanswered(output, source)


def _unanswered(content: str, other: str) -> tuple[Negation, ...]:
    if not negates(content) or find(other):
        return ()
    return tuple(each for each in find(content) if each.is_certain)
