"""Number words, multipliers, months and weekdays of Hindi and English, by their folded form.

Sources: McGregor, Outline of Hindi Grammar (1995), section on numerals, for the Hindi forms; newspapers differ in the
spelling of many of them, so each value has the spellings that are in use. The key of every Hindi word is folded:
`harness.core.text.fold`, so हज़ार, हजार, पाँच and पांच need one entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from harness.core import text

_HINDI_CARDINALS = """
    शून्य|सिफर; एक; दो; तीन; चार; पांच; छह|छः|छ|छे|छै; सात; आठ; नौ; दस; ग्यारह; बारह; तेरह; चौदह;
    पंद्रह|पन्द्रह|पंदरह; सोलह; सत्रह|सतरह; अठारह|अट्ठारह; उन्नीस; बीस; इक्कीस; बाईस|बाइस; तेईस|तेइस; चौबीस;
    पच्चीस; छब्बीस; सत्ताईस|सत्ताइस; अट्ठाईस|अट्ठाइस|अठाईस|अठाइस; उनतीस|उन्तीस; तीस; इकतीस|इकत्तीस; बत्तीस;
    तैंतीस|तेंतीस; चौंतीस|चौतीस; पैंतीस; छत्तीस; सैंतीस; अड़तीस; उनतालीस|उन्तालीस|उनचालीस; चालीस; इकतालीस;
    बयालीस|बियालीस; तैंतालीस|तेंतालीस|तैतालीस; चौवालीस|चवालीस|चौंवालीस|चौआलीस|चौंतालीस; पैंतालीस|पैतालीस;
    छियालीस|छयालीस; सैंतालीस|सैतालीस; अड़तालीस; उनचास|उन्चास; पचास; इक्यावन; बावन; तिरपन|तिरेपन|तरेपन;
    चौवन|चौअन; पचपन; छप्पन; सत्तावन; अट्ठावन|अठावन; उनसठ; साठ; इकसठ; बासठ; तिरसठ|तिरेसठ; चौंसठ|चौसठ; पैंसठ|पैसठ;
    छियासठ|छयासठ; सड़सठ|सरसठ; अड़सठ; उनहत्तर; सत्तर; इकहत्तर|इकत्तर; बहत्तर; तिहत्तर; चौहत्तर; पचहत्तर|पिचहत्तर;
    छिहत्तर; सतहत्तर; अठहत्तर; उनासी|उन्यासी|उनआसी; अस्सी; इक्यासी; बयासी; तिरासी; चौरासी; पचासी; छियासी;
    सत्तासी|सतासी; अट्ठासी|अठासी; नवासी; नब्बे; इक्यानवे|इक्यानबे; बानवे|बानबे; तिरानवे|तिरानबे;
    चौरानवे|चौरानबे; पंचानवे|पंचानबे|पचानवे|पचानबे; छियानवे|छियानबे; सत्तानवे|सत्तानबे;
    अट्ठानवे|अट्ठानबे|अठानवे|अठानबे; निन्यानवे|निन्यानबे|निन्नानवे
"""

_ENGLISH_SMALL = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
""".split()
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def _folded(words: Mapping[str, Fraction | int]) -> dict[str, Fraction]:
    return {text.fold(word): Fraction(value) for word, value in words.items()}


CARDINALS = _folded(
    {
        word.strip(): value
        for value, words in enumerate(_HINDI_CARDINALS.split(";"))
        for word in words.strip().split("|")
    }
    | {word: value for value, word in enumerate(_ENGLISH_SMALL)}
    | {word: value for value, word in zip(range(20, 100, 10), _ENGLISH_TENS, strict=True)}
)

# Numbers with a fraction in one word; they can stand before a multiplier (डेढ़ लाख).
MIXED = _folded({"डेढ़": Fraction(3, 2), "ढाई": Fraction(5, 2), "अढ़ाई": Fraction(5, 2), "पौन": Fraction(3, 4)})

# सवा तीन is 3 1/4, साढ़े तीन 3 1/2, पौने तीन 2 3/4.
QUARTERS = _folded({
    **dict.fromkeys(("सवा", "सावा"), Fraction(1, 4)),
    **dict.fromkeys(("साढ़े", "साढे"), Fraction(1, 2)),
    "पौने": Fraction(-1, 4),
})

HUNDRED = frozenset({text.fold("सौ"), "hundred"})

MULTIPLIERS = _folded(
    {
        "हज़ार": 10**3, "लाख": 10**5, "करोड़": 10**7, "करोड": 10**7, "मिलियन": 10**6, "बिलियन": 10**9, "ट्रिलियन": 10**12,
        "thousand": 10**3, "lakh": 10**5, "lakhs": 10**5, "lac": 10**5, "lacs": 10**5, "crore": 10**7, "crores": 10**7,
        "million": 10**6, "billion": 10**9, "trillion": 10**12,
    }
)  # fmt: skip
# अरब also means Arab and नील blue, so they multiply only directly after a number.
MULTIPLIERS_AFTER_NUMBER = _folded({"अरब": 10**9, "खरब": 10**11, "arab": 10**9, "dozen": 12, "दर्जन": 12})

# तीन चौथाई is 3/4. Without a number before it, the word stands for one part.
PARTS = _folded({"तिहाई": 3, "चौथाई": 4, "thirds": 3, "quarters": 4, "fourths": 4, "fifths": 5})
# After "one" only: "one fourth", but "twenty-fourth".
PARTS_AFTER_ONE = _folded({"third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10})

ONE_PART = frozenset({text.fold("तिहाई"), text.fold("चौथाई")})

# After "point" or दशमलव, each word is one decimal digit.
POINTS = frozenset({text.fold("दशमलव"), "point"})

_ORDINALS = _folded(
    {
        "तीसरा": 3, "तीसरी": 3, "तीसरे": 3, "तृतीय": 3, "चौथा": 4, "चौथी": 4, "चौथे": 4, "चतुर्थ": 4, "छठा": 6, "छठी": 6,
        "छठे": 6, "नवां": 9, "नवीं": 9, "नवें": 9,
        "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
        "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
        "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30, "fortieth": 40,
        "fiftieth": 50, "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90, "hundredth": 100,
    }
)  # fmt: skip
_ORDINAL_ENDINGS = tuple(map(text.fold, ("वाँ", "वीं", "वें", "वा", "वी", "वे")))
ENGLISH_TENS = frozenset(_ENGLISH_TENS)


def ordinal(word: str) -> Fraction | None:
    """Return the number that a folded ordinal stands for, such as 21 for इक्कीसवीं; None for any other word."""
    if word in _ORDINALS:
        return _ORDINALS[word]
    for ending in _ORDINAL_ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and stem in CARDINALS and CARDINALS[stem] > 4:
            return CARDINALS[stem]
    return None


# Words that can translate a number but often do not stand for one: "one" and एक are also articles, पहले is "before".
# They can satisfy a number on the other side; nothing demands them.
UNCERTAIN = _folded(
    {
        **dict.fromkeys(("एक", "इक", "पहला", "पहली", "पहले", "प्रथम", "अकेला", "अकेले", "अकेली", "एकमात्र"), 1),
        **dict.fromkeys(("one", "first", "once", "single", "only", "sole"), 1),
        **dict.fromkeys(("दोनों", "दोनो", "दूसरा", "दूसरी", "दूसरे", "द्वितीय", "दोबारा", "दुबारा", "दोगुना", "दोगुनी", "दोगुने",
                         "दुगना", "दुगनी", "दुगने", "दुगुना", "दुगुनी", "दुगुने", "जोड़ी", "दोहरा", "दोहरी", "दोहरे"), 2),
        **dict.fromkeys(("both", "second", "twice", "double", "doubled", "doubles", "doubling", "couple", "pair",
                         "pairs", "twin", "dual", "twofold"), 2),
        **dict.fromkeys(("तीनों", "तीनो", "तिगुना", "तिगुनी", "तिगुने"), 3),
        **dict.fromkeys(("triple", "tripled", "thrice", "threefold", "trio"), 3),
        **dict.fromkeys(("चारों", "चारो", "चौगुना", "चौगुनी", "चौगुने"), 4),
        **dict.fromkeys(("quadruple", "quadrupled", "fourfold"), 4),
        **dict.fromkeys(("पांचों", "पांचो"), 5), "छहों": 6, "सातों": 7, "आठों": 8, "नौओं": 9, "दसों": 10,
        **dict.fromkeys(("आधा", "आधी", "आधे"), Fraction(1, 2)),
        **dict.fromkeys(("half", "halves", "halved"), Fraction(1, 2)),
        **dict.fromkeys(("quarter",), Fraction(1, 4)),
        **dict.fromkeys(("दशक", "decade", "decades"), 10),
        **dict.fromkeys(("सदी", "शताब्दी", "century", "centuries"), 100),
        **dict.fromkeys(("दर्जन", "dozen"), 12),
        # Days of a lunar month.
        "तृतीया": 3, "चतुर्थी": 4, "पंचमी": 5, "षष्ठी": 6, "सप्तमी": 7, "अष्टमी": 8, "नवमी": 9, "दशमी": 10, "एकादशी": 11,
        "द्वादशी": 12, "त्रयोदशी": 13, "चतुर्दशी": 14,
    }
)  # fmt: skip

PERCENT = frozenset({"%", "percent", "percentage", "pc", *map(text.fold, ("प्रतिशत", "फ़ीसदी", "फ़ीसद", "परसेंट"))})
# "The two met" often stands for a pronoun of the source.
AFTER_THE = frozenset({"two", "three", "four"})
GIVE = "दो"
HALF = frozenset({"half", "आधा", "आधी", "आधे"})
# "No. 1" is often a wording for the best.
RANKS = frozenset({"no", "number", *map(text.fold, ("नंबर", "नम्बर"))})
O_CLOCK = frozenset({text.fold("बजे"), "o"})
PAST_HOUR = text.fold("बजकर")
DECADE = text.fold("दशक")

MONTHS: dict[str, int] = {
    text.fold(word): number
    for number, words in enumerate(
        "january jan जनवरी|february feb फ़रवरी|march mar मार्च|april apr अप्रैल अप्रेल|may मई|june jun जून|july jul जुलाई|"
        "august aug अगस्त|september sept sep सितंबर|october oct अक्टूबर अक्तूबर|november nov नवंबर|"
        "december dec दिसंबर".split("|"),
        start=1,
    )
    for word in words.split()
}
# Plurals without a number, as in "crores of rupees", name no amount.
INDEFINITE = frozenset({"lakhs", "lacs", "crores"})

# "May I", "to march", an abbreviation: months only beside a number.
UNCERTAIN_MONTHS = frozenset({"may", "march", "mar", "sep", "dec", "jan", text.fold("मार्च")})

WEEKDAYS: dict[str, int] = {
    text.fold(word): number
    for number, words in enumerate(
        "monday सोमवार मंडे|tuesday मंगलवार ट्यूसडे|wednesday बुधवार वेडनेसडे|thursday गुरुवार गुरूवार बृहस्पतिवार वीरवार "
        "थर्सडे|friday शुक्रवार जुमा फ्राइडे|saturday शनिवार शनिचर सैटरडे|sunday रविवार इतवार संडे".split("|"),
        start=1,
    )
    for word in (*words.split(), f"{words.split()[0]}s")
}

# Before "million", these two begin a number; elsewhere they stand for none, but in "an hour and a half".
ARTICLES = frozenset({"a", "an"})
AND = frozenset({"and", text.fold("और")})
# "Two hours and a half" is 2 1/2. Of other words, as in "two men and a half", that is not sure.
HALVED_UNITS = frozenset(
    """
    minute minutes hour hours day days week weeks month months year years decade decades century centuries
    kilo kilos kilogram kilograms gram grams litre litres liter liters ton tons tonne tonnes quintal quintals
    metre metres meter meters kilometre kilometres kilometer kilometers mile miles inch inches foot feet acre acres
    bigha bighas tola tolas
""".split()
)
_OTHERS = ARTICLES | HUNDRED | HALF | ONE_PART | {"noon", "midnight"}
_FIRST_WORDS = (CARDINALS, MIXED, QUARTERS, MULTIPLIERS, MULTIPLIERS_AFTER_NUMBER, UNCERTAIN, MONTHS, WEEKDAYS, _OTHERS)


@lru_cache(maxsize=50_000)
def can_begin(word: str) -> bool:
    """Return whether a quantity can begin with a word. Nearly all words of a text cannot."""
    return any(word in words for words in _FIRST_WORDS) or ordinal(word) is not None


# Idioms whose number words count nothing.
IDIOMS = (
    "नौ दो ग्यारह", "एक दूसरे", "एक-दूसरे", "चार चांद", "दो टूक", "तीन तेरह", "दो-चार", "दो चार", "चारों ओर", "चारों तरफ़",
    "शून्य से नीचे", "below zero", "below 0", "सात समंदर", "एक-एक", "in one's", "one another", "second to none",
    "square one", "two-wheeler", "two-wheelers", "three-wheeler", "three-wheelers", "four-wheeler", "four-wheelers",
)  # fmt: skip
