"""Find where sentences end, in Hindi and in English; pure.

The module is longer than most: its closed lists are data that belong beside the rules that read them.
"""

from __future__ import annotations

import re

import regex

from harness.core.text import DEVANAGARI, LINE_ENDS, has_word, normalise

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
    dr drs mr mrs ms mx messrs prof rs st ste gen brig col lt maj capt cpt sgt cpl pfc ens cmdr comdr cdr adm gov govs
    sen sens rep reps hon rev fr msgr pres pt smt shri kum md mt ft vs cf al viz approx ex det insp supt atty amb asst
    hav sqn wg flt
    """.split()
)
# These are words or letters in another case: "Sec. Rao" and "Roe v. Wade", but "ten sec." and "Henry V."
_CASED_ABBREVIATIONS = frozenset(
    "v Sec Adv Addl Dy Er Mass Wash Ill Miss Ore Ind Fla Ariz Calif Colo Conn Minn Tenn Wis".split()
)
# "US." is an abbreviation before one of these, else it ends its sentence far more often than not.
_US_OFFICES = frozenset(
    """
    Ambassador Army Attorney Congress Congressman Congresswoman Department District Embassy Federal Government House
    Marine Navy President Rep Representative Secretary Sen Senate Senator State Supreme Treasury Vice
    """.split()
)
# Abbreviations only before a number: "No. 5", but "He said no."
_NUMBERED = frozenset("no nos fig figs vol vols pp ch sec art jan feb mar apr jun jul aug sep sept oct nov dec".split())
# May stand inside a sentence or end it; then, as after initials (U.S., J.), the next word decides.
_MAY_END = frozenset(
    """
    etc inc ltd co corp pvt jr sr bros est dept govt plc llc llp gmbh intl univ assn assoc ave blvd rd dist esq
    """.split()
)
_STARTERS = frozenset(
    """
    The A An This That These Those He She It They We I You His Her Its Their Our My There Here But And Or So Yet In On
    At By For From With After Before During Since When While If As According However Meanwhile Later Then Now Also
    Both Some Many Most All What Who Why How Where Earlier
    """.split()
)
# These belong to the word before them, so no sentence begins with one.
_CASE_MARKERS = frozenset("का के की को ने में से".split())
# Words after a quotation that is part of a larger sentence. पर is missing: it also means "but".
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
_BRACKET_CHARACTERS = 120  # a longer bracket contains sentences of its own

_LINE = re.compile(f"[^{LINE_ENDS}]+")
_TERMINATOR = re.compile(
    r"॥\s?[0-9\u0966-\u096f]+\s?॥|[.।॥?!…]+|\|{1,2}(?![^\s\"'”’»)\]])"  # ॥१॥ is the number of a verse
)
# Words that nearly always end Hindi sentences: a pipe after one of them and a space is a danda.
_FINAL_WORDS = frozenset(
    """
    है हैं था थी थे थीं हूँ हूं हो होगा होगी होंगे गया गयी गई गए गये किया दिया लिया कहा बताया चाहिए रहा रही रहे करेगा करेगी
    करेंगे जाएगा जाएगी जाएंगे
    """.split()
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
_FIRST_INITIAL = re.compile(rf"\s*([{DEVANAGARI}]+)\.")


def split(text: str) -> list[tuple[int, int]]:
    """Find the sentences of Hindi or English text, as (start, end) character offsets.

    The spans are in order, do not overlap, begin and end with a character that is not white space, and cover every
    such character. The rules, in order of precedence:

    - A line end (`LINE_ENDS`) always ends a sentence. A piece without letter or digit joins its neighbour on the line.
    - Danda, double danda, `?`, `!`, runs of them, and a pipe typed for a danda (see `is_typed_danda`) end a sentence,
      with or without a space after them, and so does a full stop that the next rule does not exempt. Closing quotes and
      brackets that touch the terminator go with it. Dots in a row and `…` end one only before a capital letter.
    - A full stop ends no sentence inside a number, address, handle or file name; after a title, unit or other
      abbreviation of the closed lists above; after an initial or a dotted abbreviation; after the number or letter that
      opens a list item; before a small Latin letter or a case marker (का, ने ...). After initials, "Inc.", "etc." and
      the like it does if the next word is one that opens English sentences. The letter names आई, जी and पी standing
      alone are read as initials if the line contains a danda, because then full stops do not end its sentences.
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
        if line[start] == "|" and not is_typed_danda(line, start):
            continue
        close = _after_closing(line, end)
        if _inside_bracket(line, begin, start, close, brackets) or not _ends(line, begin, start, end, close):
            continue
        pieces.append((begin, close))
        begin = close
    pieces.append((begin, len(line)))
    return _trimmed(line, pieces)


def is_typed_danda(line: str, position: int) -> bool:
    """Return whether the pipe at a position of a line was typed for a danda, and not to separate the fields of a table.

    It was if it touches a Hindi word; if it stands after a space and the word before it ends sentences (`है |`); or if
    the line ends in a pipe and does not begin with one (`... जीता | ... हारा |`), which titles and tables do not do.
    """
    before = line[:position]
    touching = before[-1:]
    if touching in _DEVANAGARI_LETTERS:
        return True
    if not touching or touching not in " \t\u00a0":
        return False
    preceding = before.rsplit(maxsplit=1)
    word = preceding[-1] if preceding else ""
    if word in _FINAL_WORDS:
        return True
    edge = line.strip().rstrip("\"'”’»)] ")
    return edge.endswith("|") and not edge.startswith("|") and not _DEVANAGARI_LETTERS.isdisjoint(line)


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
        if not has_word(stripped):
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
    if marker and not has_word(before[: len(before) - len(component)]):
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
    if key in _NUMBERED and (word[:1].isdigit() or component not in _CASED_ABBREVIATIONS):
        return not word[:1].isdigit()
    if key in _ENGLISH_ABBREVIATIONS:
        return False
    if component in _CASED_ABBREVIATIONS:
        return word in _STARTERS
    if component == "US":
        return word not in _US_OFFICES
    # "J", "(J" and the last letters of "U.S" and "p.m", but not that of "a.in/x" or a lone "x".
    preceding = token[: len(token) - len(component)][-1:]
    initial = len(component) == 1 and component.isalpha() and (component.isupper() or preceding == ".")
    if key in _MAY_END or (initial and preceding not in ("/", "=", "_", "@")):
        return word in _STARTERS
    return True


def _is_hindi_abbreviation(line: str, before: str, token: str, component: str, close: int) -> bool:
    component = normalise(component, "hin_Deva").replace("\u093c", "")  # ज़ेड is listed as जेड
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
