r"""Unicode, Hindi normalisation, sentences, words and digits.

Every function here is pure, takes any `str` (lone surrogates included) and imports nothing from the package.

Three ideas recur:

- *Invisible characters* are the Default_Ignorable_Code_Points that occur in running text (Unicode Standard, section
  5.21 and DerivedCoreProperties.txt) and the control characters (Cc) that are not white space.
- *Nukta* has two encodings. NFC decomposes U+0958-U+095F (they are composition exclusions, UAX #15 section 5) but
  composes U+0929, U+0931 and U+0934; here all of them are decomposed, so that one letter has one spelling.
- *Visarga* (U+0903) is often typed as a colon, for want of a key. Only the closed lists below are repaired, because
  after any other word a colon is far more often a colon.

The module is longer than most: its closed lists are data that belong beside the rules that read them.
"""

import re
import unicodedata
from functools import cache

import regex

__all__ = ["ascii_digits", "fold", "normalise", "script_share", "sentences", "word_count", "words"]

# --- characters ---------------------------------------------------------------------------------------------------

_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are not white space
    "\u00ad\u034f\u061c\u180b-\u180f"  # soft hyphen, grapheme joiner, Arabic letter mark, Mongolian selectors
    "\u200c-\u200f\u202a-\u202e\u2060-\u206f"  # ZWNJ, ZWJ, bidi marks, word joiner, invisible operators
    "\ufe00-\ufe0f\ufeff"  # variation selectors, byte order mark
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # musical formatting, tags, supplementary selectors
)
_QUOTES = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2039\u203a\u2032\u2035\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2036\u301d\u301e\u301f\uff02", '"'),
    # Backtick and acute stand alone only where somebody typed a quote (`ऐसे´); Moses' normaliser agrees.
    **dict.fromkeys("`\u00b4", "'"),
}
_DIGITS = {chr(0x966 + value): str(value) for value in range(10)}
_NUKTA = {chr(code): unicodedata.normalize("NFD", chr(code)) for code in (0x929, 0x931, 0x934, *range(0x958, 0x960))}

_TO_PLAIN = {"\u200b": " ", **_QUOTES}
# One class and no alternatives: re then skips what is not in it several times faster.
_PLAIN = re.compile(f"[{_INVISIBLE}{''.join(_TO_PLAIN)}]")
_DEVANAGARI_PLAIN = re.compile(f"[{''.join(_NUKTA)}{''.join(_DIGITS)}]")
_FROM_DEVANAGARI = {**_NUKTA, **_DIGITS}
_DIGIT = re.compile(f"[{''.join(_DIGITS)}]")

# Letters and marks of the Devanagari block: all but danda, double danda, digits and the abbreviation sign.
_LETTER = "\u0900-\u0963\u0971-\u097f"
_LANGUAGE = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")

# A pipe that touches a Devanagari word and is followed by nothing was typed for a danda. `A|B`, table rules and the
# ` | ` of page titles are left alone.
_PIPE_AS_DANDA = re.compile(rf"(?<=[{_LETTER}])\|(?=\s|\Z)")

# Words that end in visarga whatever follows. `अंत`, `मन` and `शांति` are missing on purpose: they are words without it.
_VISARGA_WORDS = """
    अत प्राय पुन क्रमश विशेषत संभवत सम्भवत स्वत अंतत अन्तत मूलत सामान्यत छ प्रात मुख्यत प्रमुखत पूर्णत संपूर्णत सम्पूर्णत
    अंशत आंशिकत वस्तुत साधारणत फलत परिणामत स्पष्टत निश्चितत अधिकांशत प्रथमत स्वभावत जन्मत धर्मत
    प्रत्यक्षत अप्रत्यक्षत सर्वत तत इत यत अंशश अक्षरश शब्दश शतश कोटिश बहुश शनै नम नि दु
""".split()
# First members that carry visarga only when a letter follows the colon at once: अंत:करण, मन:स्थिति.
_VISARGA_STEMS = "अंत अन्त अध मन चतु तप यश सद्य बहि पय वय".split()
_COLON_AS_VISARGA = regex.compile(
    rf"(?<![\p{{L}}\p{{M}}\p{{N}}_])({'|'.join(_VISARGA_WORDS)}|(?:{'|'.join(_VISARGA_STEMS)})(?=:[\u0915-\u0939]))"
    r":(?!\p{N})"
)

# --- normalisation ------------------------------------------------------------------------------------------------


def _plain(match: "re.Match[str]") -> str:
    return _TO_PLAIN.get(match[0], "")


def _devanagari_plain(match: "re.Match[str]") -> str:
    return _FROM_DEVANAGARI[match[0]]


def _repair_visarga(text: str) -> str:
    return _COLON_AS_VISARGA.sub("\\1\u0903", text) if ":" in text else text


def normalise(text: str, language: str) -> str:
    """Bring `text` into the one form that every metric compares; idempotent.

    For every language: NFC; invisible characters removed (U+200B becomes a space, as it marks a word boundary); curly,
    low, angle and prime quotes, backtick and acute straightened, and two single quotes in a row made one double quote;
    line ends of every kind (those of `str.splitlines`) made one newline, other runs of white space one space, both
    stripped. Dashes and ellipses are kept: the choice between them is part of how a text was written.

    For Devanagari: nukta decomposed throughout, digits made ASCII, a pipe that stands for a danda made a danda, a
    colon that stands for a visarga made a visarga. After this step the text need not be NFC (U+0928 U+093C).

    Args:
        text: Any string.
        language: FLORES code of the text, such as `hin_Deva`: ISO 639-3 and ISO 15924 joined by an underscore.

    Raises:
        ValueError: `language` is not of that form. A bare `hi` would silently skip the Devanagari rules.
    """
    if not _LANGUAGE.fullmatch(language):
        raise ValueError(f"language {language!r} is not a FLORES code; expected one such as 'hin_Deva' or 'eng_Latn'")
    text = unicodedata.normalize("NFC", text)
    plain = _PLAIN.sub(_plain, text)
    if plain != text:
        # Taking an invisible character out may leave a base and its accent side by side.
        text = unicodedata.normalize("NFC", plain)
    text = text.replace("''", '"')
    text = "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))
    if language.endswith("_Deva"):
        text = _DEVANAGARI_PLAIN.sub(_devanagari_plain, text)
        text = _repair_visarga(_PIPE_AS_DANDA.sub("\u0964", text))
    return text


def ascii_digits(text: str) -> str:
    """Replace the Devanagari digits U+0966-U+096F by ASCII digits."""
    return _DIGIT.sub(_devanagari_plain, text)


# --- words --------------------------------------------------------------------------------------------------------

_WORD_PLAIN = re.compile(f"[{_INVISIBLE}\u200b{''.join(_NUKTA)}{''.join(_DIGITS)}]")
_WORD_TABLE = {"\u200b": " ", **_FROM_DEVANAGARI}
# Western 3,500,000 and Indian 50,00,000 grouping: the last group has three digits, the others two or three.
_COMMA_IN_NUMBER = re.compile(",[0-9]")
_GROUPED = re.compile(r"(?<![0-9,.])[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?![0-9]|,[0-9])")
_WORD = regex.compile(r"[\p{L}\p{M}]+|\p{N}+(?:[.:]\p{N}+)*")
# The same for lower-cased text whose letters are all ASCII or Devanagari, which nearly every Hindi text is: twice as
# fast. _FOREIGN leaves out the blocks and signs that hold no letter, mark or number (General Punctuation, currencies).
_HINDI_WORD = re.compile(f"[a-z{_LETTER}]+|[0-9]+(?:[.:][0-9]+)*")
_FOREIGN = re.compile(
    "[^\x00-\x7f\u0900-\u097f\xa0-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u2000-\u206f\u20a0-\u20cf]"
)


def _word_plain(match: "re.Match[str]") -> str:
    return _WORD_TABLE.get(match[0], "")


def _without_commas(match: "re.Match[str]") -> str:
    return match[0].replace(",", "")


def words(text: str, *, fold: bool = False) -> list[str]:
    """Split Hindi text into the words that ROUGE compares, lower-cased.

    A word is a run of letters and marks, or of digits with inner full stops and colons (12.5, 10:30); a change between
    letters and digits ends it (2006में, 14वें). Grouping commas are removed, all other signs separate and are dropped.
    Invisible characters, nukta, digits and visarga are treated as in `normalise`, which need not have been called.

    Args:
        text: Any string; Latin words in it are split by the same rules.
        fold: Also merge spelling variants, as the function `fold` does: the lenient tier.
    """
    # regex's \w is not used: it takes ZWJ and ZWNJ for parts of a word, re's shatters words at every matra.
    text = _WORD_PLAIN.sub(_word_plain, unicodedata.normalize("NFC", text)).lower()
    text = _repair_visarga(text)
    if _COMMA_IN_NUMBER.search(text):
        text = _GROUPED.sub(_without_commas, text)
    if fold:
        text = _fold(text)
    return _WORD.findall(text) if _FOREIGN.search(text) else _HINDI_WORD.findall(text)


# ड़ and ढ़ are letters of Hindi in their own right; elsewhere the nukta marks a borrowed sound and is optional.
_OPTIONAL_NUKTA = re.compile("(?<![\u0921\u0922])\u093c")
# A nasal before a non-nasal stop of its own class. जन्म, अन्य, अन्न and सम्मान have no such stop and keep theirs.
_HOMORGANIC = re.compile(
    "\u0919\u094d(?=[\u0915-\u0918])|\u091e\u094d(?=[\u091a-\u091d])|\u0923\u094d(?=[\u091f-\u0922])"
    "|\u0928\u094d(?=[\u0924-\u0927])|\u092e\u094d(?=[\u092a-\u092d])"
)
# Verb and adjective endings after a vowel, inherent or written: -ये, -यें, -येगा, -यी, -यीं. Never the pronoun ये.
_GLIDE = regex.compile(
    "(?<=[\u0904-\u0939\u093c\u093e-\u094c])\u092f"
    r"(?:(\u0947)(?=(?:\u0902?\u0917[\u093e\u0940\u0947]|\u0902)?(?![\p{L}\p{M}]))|\u0940(?=\u0902?(?![\p{L}\p{M}])))"
)


def _without_glide(match: "regex.Match[str]") -> str:
    return "\u090f" if match[1] else "\u0908"


def fold(word: str) -> str:
    """Merge the accepted spellings of a Hindi word (or of each word of a text); idempotent.

    Chandrabindu becomes anusvara; optional nuktas go (ज़ ज, but ड़ and ढ़ stay); candra o becomes aa (ऑ आ); a nasal
    before a stop of its own class becomes anusvara (हिन्दी हिंदी); and -ये, -यी after a vowel become -ए, -ई (गये गए).
    In each pair both spellings are in use, and Hindi newspapers differ in which they print. Two words that differ in
    nothing else (हंस, हँस) become one, hence a tier of its own.
    """
    return _fold(_DEVANAGARI_PLAIN.sub(_devanagari_plain, word))


def _fold(text: str) -> str:
    text = text.replace("\u0901", "\u0902").replace("\u0911", "\u0906").replace("\u0949", "\u093e")
    if "\u093c" in text:
        text = _OPTIONAL_NUKTA.sub("", text)
    return _GLIDE.sub(_without_glide, _HOMORGANIC.sub("\u0902", text))


# --- counts -------------------------------------------------------------------------------------------------------

_HAS_WORD = re.compile(r"[^\W_]")


def word_count(text: str) -> int:
    """Count the white-space-separated words that hold a letter or a digit: a hyphenated compound is one word."""
    return sum(1 for word in text.split() if _HAS_WORD.search(word))


@cache
def _script_patterns(script: str) -> "tuple[regex.Pattern[str], regex.Pattern[str]]":
    # Inherited marks take the script of the letter before them (UAX #24 section 5), so they are counted on no side.
    letters = r"[\p{L}\p{M}--\p{Script=Inherited}]"
    try:
        if not re.fullmatch("[A-Z][a-z]{3}", script):
            raise ValueError
        inside = regex.compile(rf"[[\p{{L}}\p{{M}}]&&\p{{Script={script}}}]", regex.V1)
    except (ValueError, regex.error):
        raise ValueError(f"script {script!r} is not an ISO 15924 code; expected one such as 'Deva' or 'Latn'") from None
    return inside, regex.compile(letters, regex.V1)


def script_share(text: str, script: str) -> float:
    """Give the share of the letters and marks of `text` that are in `script`, in 0..1; 0.0 if it has no letter.

    Args:
        text: Any string. Digits, punctuation and white space do not count.
        script: ISO 15924 code such as `Deva` or `Latn`, matched against the Script property (UAX #24).

    Raises:
        ValueError: `script` is not such a code.
    """
    inside, letters = _script_patterns(script)
    total = len(letters.findall(text))
    return len(inside.findall(text)) / total if total else 0.0


# --- sentences ----------------------------------------------------------------------------------------------------

# Titles, units and the like, which another word always follows. Words that also end sentences (से, ले, है) are missing.
_HINDI_ABBREVIATIONS = frozenset(
    """
    डॉ डा प्रो श्री सुश्री कु पं मो मौ चौ ठा स्व मि मिस मिसेज रिप लेफ्टि इंजी एड मा मान
    रु रू पै लि प्रा कं नं सं क्र पृ ई पू वि ता दि उदा अनु संपा जि तह पो फो दू
    कि मी सेमी किमी ग्रा सें मिमी किग्रा हे पीएच
    """.split()
)
# Parts of dotted abbreviations only: बी.टेक., डी.लिट., बी.एससी.
_HINDI_DEGREES = frozenset("टेक कॉम एड लिट एससी फिल फार्म आर्क".split())
# The English alphabet as Hindi spells it, for initials and dotted abbreviations: एस.एम.एस., ए. पी. जे.
_LETTER_NAMES = frozenset(
    """
    ए बी सी डी ई एफ जी एच आई जे के एल एम एन ओ पी क्यू आर एस टी यू वी डब्ल्यू डब्लू एक्स वाई वाय जेड जैड ऐ ऑ
    """.split()
)
# Letter names that are also common last words: आई (came), जी (sir), पी (drank).
_AMBIGUOUS_LETTER_NAMES = frozenset("आई जी पी".split())
_ENGLISH_ABBREVIATIONS = frozenset(
    """
    dr mr mrs ms prof rs st gen col lt maj capt sgt cmdr adm gov sen rep hon rev pres pt smt shri kum md mt ft vs cf al
    viz approx messrs ex
    """.split()
)
# Abbreviations only before a number: "No. 5", but "He said no."
_NUMBERED = frozenset("no nos fig figs vol vols pp ch sec art jan feb mar apr jun jul aug sep sept oct nov dec".split())
# May stand inside a sentence or end it; then, as after initials (U.S., J.), the next word decides.
_MAY_END = frozenset("etc inc ltd co corp pvt jr sr bros est dept govt".split())
_STARTERS = frozenset(
    """
    The A An This That These Those He She It They We I You His Her Its Their Our My There Here But And Or So Yet In On
    At By For From With After Before During Since When While If As According However Meanwhile Later Then Now Also
    Both Some Many Most All What Who Why How Where Earlier
    """.split()
)
# These lean on the word before them, so no sentence begins with one.
_CASE_MARKERS = frozenset("का के की को ने में से".split())
# What follows a quotation that is part of a larger sentence. पर is missing: it also means "but".
_AFTER_QUOTE = frozenset(
    "का के की को ने में से तक भी ही वाला वाली वाले जैसा जैसी नामक शीर्षक कहकर कहते पूछकर पूछते पूछने कहने लिखकर बोलकर".split()
)
_SAID = frozenset("कहा पूछा पूछी पूछे बोला बोली बोले बताया लिखा चिल्लाया चिल्लाई चिल्लाए पुकारा दोहराया कहती कहता".split())
_SAID_IN_TWO = frozenset("जवाब उत्तर सवाल प्रश्न ट्वीट पोस्ट".split())
_AUXILIARIES = frozenset("है हैं था थी थे".split())
_SAID_IN_ENGLISH = frozenset(
    "said asked replied says asks wrote added told shouted wondered answered tweeted inquired demanded".split()
)

_CLAUSE_WORDS = 8  # a clause of saying after a quotation is short: "पत्रकारों ने विदेश सचिव से फिर पूछा"
_BRACKET_CHARACTERS = 120  # a longer bracket holds sentences of its own

_LINE = re.compile("[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_TERMINATOR = re.compile(
    rf"॥\s?[0-9\u0966-\u096f]+\s?॥|[.।॥?!…]+|(?<=[{_LETTER}])\|(?=\s|\Z)"  # ॥१॥ is the number of a verse
)
_URL = re.compile(r"""(?:https?://|www\.)[^\s।॥<>"”’]*[^\s।॥<>"”’.,;:?!')\]]""")
_CLOSING = frozenset("”’»›)]}")
_UNDIRECTED = frozenset("\"'“‘`´")
_QUOTE_MARKS = frozenset("\"'“”‘’„‚«»‹›`´")
_BRACKETS = {")": "(", "]": "["}
_SPOKEN = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_CLAUSE = re.compile(r"[^।॥?!.|,]*")
_JOINED_ENGLISH = re.compile(r"[a-z]{2}\.[A-Z][a-z]")
_DEVANAGARI_LETTERS = frozenset(chr(code) for code in (*range(0x900, 0x964), *range(0x971, 0x980)))
_FIRST_INITIAL = re.compile(rf"\s*([{_LETTER}]+)\.")


def sentences(text: str) -> list[tuple[int, int]]:
    """Find the sentences of Hindi or English text, as (start, end) character offsets.

    The spans are in order, do not overlap, begin and end with a character that is not white space, and cover every
    such character. The rules, in the order in which they speak:

    - A line end always ends a sentence. A piece without letter or digit joins its neighbour on the line.
    - Danda, double danda, `?`, `!`, runs of them, and a pipe typed for a danda end a sentence, with or without a space
      after them, and so does a full stop that the next rule does not exempt. Closing quotes and brackets that touch
      the terminator go with it. Dots in a row and `…` end one only before a capital letter.
    - A full stop ends no sentence inside a number, address, handle or file name; after a title, unit or other
      abbreviation of the closed lists above; after an initial or a dotted abbreviation; after the number or letter that
      opens a list item; before a small Latin letter or a case marker (का, ने ...). After initials, "Inc.", "etc." and
      the like it does if the next word is one that opens English sentences. The letter names आई, जी and पी standing
      alone are read as initials if the line holds a danda, for then full stops do not end its sentences.
    - Nothing ends inside a balanced bracket of at most 120 characters, except that a bracket which is the whole
      sentence ends with it.
    - After a terminator and a closing quote the sentence goes on before a comma, colon, semicolon, small Latin letter,
      case marker or verb of saying. After `?` and `!` it also goes on if the quotation opens the sentence and what
      follows is a clause of saying: at most 8 words ending in कहा, पूछा and so on, or a name and "asked". When the
      clause of saying came before the quotation, the quotation ends the sentence.
    """
    spans: list[tuple[int, int]] = []
    for line in _LINE.finditer(text):
        offset = line.start()
        spans.extend((offset + start, offset + end) for start, end in _line_sentences(line[0]))
    return spans


def _line_sentences(line: str) -> list[tuple[int, int]]:
    addresses = [match.span() for match in _URL.finditer(line)]
    brackets = _short_brackets(line)
    pieces: list[tuple[int, int]] = []
    begin = 0
    for match in _TERMINATOR.finditer(line):
        start, end = match.span()
        if any(left <= start < right for left, right in addresses):
            continue
        close = _after_closing(line, end)
        if _inside_bracket(line, begin, start, close, brackets) or not _ends(line, begin, start, end, close):
            continue
        pieces.append((begin, close))
        begin = close
    pieces.append((begin, len(line)))
    return _trimmed(line, pieces)


def _trimmed(line: str, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    wordless: int | None = None
    for start, end in pieces:
        piece = line[start:end]
        stripped = piece.strip()
        if not stripped:
            continue
        start += len(piece) - len(piece.lstrip())
        end = start + len(stripped)
        if not _HAS_WORD.search(stripped):
            if spans:
                spans[-1] = (spans[-1][0], end)
            elif wordless is None:
                wordless = start
            continue
        if wordless is not None:
            start, wordless = wordless, None
        spans.append((start, end))
    if wordless is not None:
        return [(wordless, len(line.rstrip()))]
    return spans


def _short_brackets(line: str) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    for match in re.finditer(r"[()\[\]]", line):
        character, position = match[0], match.start()
        if character not in _BRACKETS:
            opened.append(position)
        elif opened and line[opened[-1]] == _BRACKETS[character]:
            start = opened.pop()
            if position - start <= _BRACKET_CHARACTERS:
                pairs.append((start, position))
    return pairs


def _inside_bracket(line: str, begin: int, start: int, close: int, brackets: list[tuple[int, int]]) -> bool:
    for left, right in brackets:
        if begin <= left < start < right and not (right < close and not line[begin:left].strip()):
            return True
    return False


def _after_closing(line: str, position: int) -> int:
    while position < len(line):
        character = line[position]
        if character not in _CLOSING:
            if character not in _UNDIRECTED:
                break
            following = line[position + 1 : position + 2]
            touches = bool(following) and (following.isalnum() or following in _QUOTE_MARKS)
            # Before a word a straight quote closes only what is open; a curly one with this shape opens.
            if touches and (character not in "\"'" or line.count(character, 0, position) % 2 == 0):
                break
        position += 1
    return position


def _ends(line: str, begin: int, start: int, end: int, close: int) -> bool:
    marks, rest = line[start:end], line[close:].lstrip()
    if not rest:
        return True
    touching = line[close]
    if touching in ".।॥?!…" or rest[0] in ",;:":
        return False
    following = _SPOKEN.search(rest[:80])
    word = following[0] if following and not rest[: following.start()].strip("".join(_QUOTE_MARKS) + "([ ") else ""
    quoted = any(character in _QUOTE_MARKS for character in line[end:close])
    if marks == "." and word in _CASE_MARKERS:
        return False
    if quoted and (word in _AFTER_QUOTE or word in _SAID or _is_small_latin(word)):
        return False
    if marks.strip(".…"):
        if marks.strip("?!"):
            return True
        if quoted:
            return not _said_afterwards(line, begin, rest)
        return not (start and _is_latin_word(line[start - 1]) and _is_latin_word(touching))
    if len(marks) > 1 or marks == "…":
        return word[:1].isupper() and touching.isspace()
    return _full_stop_ends(line, begin, start, close, word)


def _is_small_latin(word: str) -> bool:
    return word[:1].islower()


def _is_latin_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _said_afterwards(line: str, begin: int, rest: str) -> bool:
    if line[begin:].lstrip()[:1] not in _QUOTE_MARKS:
        return False
    clause_match = _CLAUSE.match(rest)
    clause = _SPOKEN.findall(clause_match[0]) if clause_match else []
    while clause and clause[-1] in _AUXILIARIES:
        clause.pop()
    if clause and len(clause) <= _CLAUSE_WORDS:
        if clause[-1] in _SAID:
            return True
        if clause[-1] in ("दिया", "किया") and len(clause) > 1 and clause[-2] in _SAID_IN_TWO:
            return True
    opening = _SPOKEN.findall(rest[:80])[:4]
    return bool(opening) and opening[0] not in _STARTERS and not _SAID_IN_ENGLISH.isdisjoint(opening)


def _full_stop_ends(line: str, begin: int, start: int, close: int, word: str) -> bool:
    before = line[begin:start]
    token = "" if not before or before[-1].isspace() else before.rsplit(maxsplit=1)[-1]
    component = _last_component(token)
    # The number or letter of a list item: nothing else stands before it.
    marker = component.isdigit() or len(component) == 1
    if marker and not _HAS_WORD.search(before[: len(before) - len(component)]):
        return False
    devanagari = bool(component) and component[-1] in _DEVANAGARI_LETTERS
    spaced = line[close].isspace()
    if devanagari:
        if not spaced and line[close] not in _DEVANAGARI_LETTERS:
            return False
        return not _is_hindi_abbreviation(line, before, token, component, close)
    if not spaced:
        if component.isdigit():
            return line[close] in _DEVANAGARI_LETTERS
        joined = _JOINED_ENGLISH.match(line, start - 2) if start >= 2 else None
        return joined is not None and "@" not in token and component.lower() not in _ENGLISH_ABBREVIATIONS
    if _is_small_latin(word):
        return False
    return _english_stop_ends(token, component, word)


def _last_component(token: str) -> str:
    # A loop, because a pattern anchored at the end only is quadratic in a degenerate hypothesis without spaces.
    start = len(token)
    while start and (token[start - 1].isalnum() or token[start - 1] in _DEVANAGARI_LETTERS):
        start -= 1
    return token[start:]


def _english_stop_ends(token: str, component: str, word: str) -> bool:
    key = component.lower()
    if key in _NUMBERED:
        return not word[:1].isdigit()
    if key in _ENGLISH_ABBREVIATIONS:
        return False
    # "J", "(J" and the last letters of "U.S" and "p.m", but not that of "a.in/x" or a lone "x".
    preceding = token[: len(token) - len(component)][-1:]
    initial = len(component) == 1 and component.isalpha() and (component.isupper() or preceding == ".")
    if key in _MAY_END or (initial and preceding not in ("/", "=", "_", "@")):
        return word in _STARTERS
    return True


def _is_hindi_abbreviation(line: str, before: str, token: str, component: str, close: int) -> bool:
    component = _DEVANAGARI_PLAIN.sub(_devanagari_plain, component).replace("\u093c", "")  # ज़ेड is listed as जेड
    if component in _HINDI_ABBREVIATIONS:
        return True
    dotted = token.rfind(".") > 0
    if dotted and component in _HINDI_DEGREES:
        return True
    if not _is_initial(component):
        return False
    if component not in _AMBIGUOUS_LETTER_NAMES or dotted or "\u0964" in line:
        return True
    preceding = before.rsplit(maxsplit=2)[:-1]
    following = _FIRST_INITIAL.match(line, close)
    return not preceding or preceding[-1].endswith(".") or (following is not None and _is_initial(following[1]))


def _is_initial(component: str) -> bool:
    return component in _LETTER_NAMES or (len(component) == 1 and "\u0904" <= component <= "\u0939")
