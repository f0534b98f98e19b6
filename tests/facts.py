"""How often the metrics `facts` and `entities` see an error made on purpose, and how often they see one in vain.

    python -m tests.facts [FOLDER...]

takes folders of datasets with facts and entities (by default those in `references/`). It corrupts their references,
one error at a time, and counts how many errors change a verdict:

- drop     the segments that a fact lists are taken out of the article (the Hindi text, and each translation): the fact
           must be missing
- swap     two persons, places or organisations of a sentence change places (`swap names`), or two numbers, amounts or
           dates (`swap values`: of a number and its unit, the figure alone). Not swapped, because the result says the
           same or is no sentence: members of a list ("India and Japan", "Asha, Ravi and Meena"), parts of one date,
           figures of one value, an ordinal with a cardinal, "a month ago" with a date
- number   a number becomes another one
- negate   the verb of a sentence that states a fact is negated. Left out, because the result is no sentence: sentences
           of several clauses, with another negation, or with a Hindi compound verb (जीत लिया). The verb, the word
           before नहीं, or one of three words after "not" must be a word of the fact: "they do not want to save the
           clock of 1931" denies nothing of the clock's year
- invent   a name becomes an invented one

An error counts only if it touches a fact or an entity that the text states: about others an annotation says nothing. Of
swaps those count that touch a word of a fact in a sentence that states it, because both names stay in the text.

Wordings cannot see everything. A swap of two names is seen if the fact says what stands beside its name ("president
Kamla Malviya"), or if another person stands between the name and the rest of the fact. Not seen: a swap of names or
figures that a fact does not tie to a noun or an order, a false word that is neither name, number nor negation, and a
statement that no fact lists.

False alarms are counted on the references as they are (each translation has every fact and entity of its segment, each
brief and long summary every vital fact), on the same texts in another accepted spelling, on the same texts with an
invented sentence that changes nothing, and on paraphrases (`tests/data/facts/`) that state a fact. Recall cannot see an
invented sentence; the diagnostics of unsupported numbers and names do.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from harness import metrics, tasks
from harness.core import jsonl
from harness.core.records import ENGLISH, HINDI, Dataset, Entity, Fact
from harness.core.text import bindings, quantities, statements, wordings
from harness.datasets import FolderOptions, collection, handwritten
from harness.metrics import Examples
from harness.metrics.facts import rivals
from tests.paths import ROOT

PARAPHRASES = ROOT / "tests" / "data" / "facts" / "paraphrases.jsonl"
NAMES = ("person", "place", "organisation", "name", "title")
INVENTED = {HINDI: "झरबेड़ी टिकोला", ENGLISH: "Quorlan Fibwick"}
FILLER = {
    HINDI: "बगीचे में तोते देर तक अमरूद कुतरते रहे।",
    ENGLISH: "In the garden, parrots went on pecking at the guavas.",
}


@dataclass
class Rates:
    """Counts by kind: how many cases there are, and how many were detected or raised an alarm."""

    cases: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)  # detections that failed, and false alarms

    def add(self, kind: str, hit: bool, *, wanted: bool, what: str) -> None:
        """Count a case; remember it if it did not come out as wanted."""
        self.cases[kind] += 1
        self.hits[kind] += hit
        if hit != wanted:
            self.examples.setdefault(kind, []).append(what)

    def rate(self, kind: str) -> float:
        """Return the share of cases."""
        return self.hits[kind] / self.cases[kind] if self.cases[kind] else float("nan")


@dataclass(frozen=True)
class Unit:
    """A reference with the annotations of its unit."""

    id: str
    version: str
    language: str
    text: str
    annotations: tuple[Fact | Entity, ...]
    is_complete: bool  # it must have every fact and entity of its unit


def load(folder: Path) -> Dataset:
    """Return the dataset in a folder of either format."""
    form = handwritten if [*folder.glob("article.*.txt")] else collection
    return form.load(FolderOptions(path=folder))


def units(dataset: Dataset) -> list[Unit]:
    """Return each translation and each summary of several sentences."""
    result = []
    for name, target in (("translate", ENGLISH), ("summarise", HINDI), ("summarise", ENGLISH)):
        task = tasks.get(name).choose(target=target)
        of_unit = tasks.annotated(task, dataset)
        for each in dataset.references.get(task.reference_kind, ()):
            if each.language == target and not each.version.startswith("sentence"):
                whole = name == "translate"
                result.append(Unit(each.id, each.version, target, each.text, of_unit.get(each.id, ()), whole))
    return result


def state(unit: Unit, text: str) -> dict[str, str]:
    """Return the verdict on each fact, and whether each entity is mentioned, by id."""
    examples = Examples([text], [[unit.text]], annotations=[unit.annotations])
    facts = metrics.get("facts", unit.language).explain(examples)[0]
    entities = metrics.get("entities", unit.language).explain(examples)[0]
    return {each.annotation.id: each.verdict for each in facts} | {
        each.annotation.id: "stated" if each.verdict == "mentioned" else "missing" for each in entities
    }


# --- corruptions ----------------------------------------------------------------------------------------------------


def numbers(unit: Unit) -> Iterator[tuple[str, str]]:
    """Yield the text with one number changed, and the number."""
    for each in quantities.find(unit.text):
        values = [value for kind, value in each.readings if kind in ("number", "percent")]
        if each.is_certain and values:
            value = min(values)
            other = str(int(value) + 3) if value.denominator == 1 else f"{float(value) + 2:g}"
            yield unit.text[: each.start] + other + unit.text[each.end :], each.text


def named(unit: Unit, kinds: Sequence[str]) -> list[tuple[Entity, int, int]]:
    """Return each occurrence of an entity of these types, by its literal form, the longest form first."""
    taken: set[int] = set()
    found = []
    forms = [
        (form, each) for each in unit.annotations if isinstance(each, Entity) for form in each.forms[unit.language]
    ]
    for form, each in sorted(forms, key=lambda pair: len(pair[0]), reverse=True):
        for match in re.finditer(rf"(?<![\w@\u0900-\u097f]){re.escape(form)}(?![\w\u0900-\u097f])", unit.text):
            if taken.isdisjoint(range(*match.span())):
                taken |= set(range(*match.span()))
                if each.type in kinds:
                    found.append((each, *match.span()))
    return sorted(found, key=lambda item: item[1])


def swaps(unit: Unit, kinds: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield the text with two entities of one kind swapped within a sentence, and both; not if they are coordinated."""
    for of_kind in kinds:
        for one, other in combinations(named(unit, of_kind), 2):
            start, end, start_b, end_b = *_swapped(unit, *one), *_swapped(unit, *other)
            first, between, second = unit.text[start:end], unit.text[end:start_b], unit.text[start_b:end_b]
            if one[0].id == other[0].id or first == second or len(statements.split(unit.text[start:end_b])) > 1:
                continue
            if len(between.split()) <= 1 or _is_list(unit, end, start_b):
                continue  # coordinated ("Misri and Funakoshi"), or one date ("3 March")
            if _form(unit.text[slice(*one[1:])]) != _form(unit.text[slice(*other[1:])]):
                continue
            if _value(first) == _value(second):
                continue
            yield unit.text[:start] + second + between + first + unit.text[end_b:], f"{first} ~ {second}"


def _swapped(unit: Unit, entity: Entity, start: int, end: int) -> tuple[int, int]:
    """Return what a swap moves of a mention: of a number or an amount, the figure without its unit."""
    if entity.type in ("number", "money") and not re.search(r"\d-\d", unit.text[start:end]):
        for each in quantities.find(unit.text[start:end]):
            if each.is_certain:
                return start + each.start, start + each.end
    return start, end


def _is_list(unit: Unit, start: int, end: int) -> bool:
    """Whether only names, commas and conjunctions stand between two names: of one list, the order says nothing."""
    letters = list(unit.text)
    for _, first, last in named(unit, NAMES):
        letters[first:last] = " " * (last - first)
    return not re.sub(r"\b(?:and|or)\b|(?<!\S)(?:और|तथा|एवं|व|या)(?!\S)|[\s,]", "", "".join(letters[start:end]))


_ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|fifth|\w+th|\d+(?:st|nd|rd|th))\b|(?:वाँ|वां|वें|वीं)$|^(?:पहल|दूसर|तीसर|चौथ)[ाीे]$",
    re.IGNORECASE,
)
_ADVERB = re.compile(r"\b(?:ago|earlier|later|last|next)\b|पहले|बाद|पिछल|अगल", re.IGNORECASE)


def _form(content: str) -> tuple[bool, bool]:
    """Return what decides whether two figures or dates can change places: ordinal, adverb."""
    return bool(_ORDINAL.search(content)), bool(_ADVERB.search(content))


def _value(content: str) -> object:
    """Return the value of a figure, with or without a percent sign; the text if it has none."""
    return next((min(value for _, value in each.readings) for each in quantities.find(content)), content)


def swapped_names(unit: Unit) -> Iterator[tuple[str, str]]:
    """Yield the text with two persons, two places or two organisations of a sentence swapped, and both."""
    yield from swaps(unit, (("person",), ("place",), ("organisation",)))


def swapped_values(unit: Unit) -> Iterator[tuple[str, str]]:
    """Yield the text with two numbers, two dates or two amounts of a sentence swapped, and both."""
    yield from swaps(unit, (("number",), ("date",), ("money",)))


def inventions(unit: Unit) -> Iterator[tuple[str, str]]:
    """Yield the text with one name invented, and the name. All its occurrences change."""
    for each in {entity.id: entity for entity, _, _ in named(unit, NAMES)}.values():
        text = unit.text
        for other, start, end in reversed(named(unit, NAMES)):
            if other.id == each.id:
                text = text[:start] + INVENTED[unit.language] + text[end:]
        yield text, each.forms[unit.language][0]


_BASES = {
    **{"held": "hold", "met": "meet", "took": "take", "won": "win", "beat": "beat", "made": "make", "gave": "give"},
    **{"went": "go", "came": "come", "found": "find", "brought": "bring", "saw": "see", "ran": "run", "put": "put"},
    **{"set": "set", "sent": "send", "became": "become"},
}
# The first verb that does not only report ("said"): of several, English has the main one first.
_AUXILIARY = r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|must|should)\b"
_VERB = re.compile(
    rf"(?P<auxiliary>{_AUXILIARY})|\b(?:"
    rf"{'|'.join(_BASES)}|[a-z]{{3,}}ed)\b"
)
_LAST = re.compile(
    r"(\S+)((?:\s(?:है|हैं|था|थी|थे|गया|गई|गए|गयी|गये|रहा|रही|रहे|जाएगा|जाएगी|जाएंगे|चुका|चुकी|सका|सकी|दिया|लिया|दी|ली))*[।.]?)$"
)
# A compound verb takes no negation: जीत लिया.
_COMPOUND = re.compile(r"(?<=\s)(?:लिया|लिए|ली|दिया|दिए|दी|डाला|डाली|चुका|चुकी|चुके)(?:\s(?:है|हैं|था|थी|थे))?[।.]$")


def _base(verb: str) -> str:
    """Return the base form of a past form, by rules; e is restored after endings that need it."""
    if verb in _BASES:
        return _BASES[verb]
    stem = verb.removesuffix("ed")
    if stem.endswith("i"):
        return f"{stem[:-1]}y"
    if stem[-1] == stem[-2] and stem[-1] not in "ls":
        return stem[:-1]
    needs_e = re.search(r"(?:[cvuz]|[^s]s|dg|[^n]g|at|ir|ur|ar|id|ud|iv|in[ae]?|et)$", stem)
    return f"{stem}e" if needs_e and not re.search(r"(?:ear|in|our)$", stem) else stem


# Signs and words of a sentence with several clauses.
_SEVERAL = re.compile(
    r"[,;:\"()]| - |(?<!\S)(?:कि|जो|जिस\S*|जब|तो|लेकिन|मगर|जबकि|क्योंकि)(?!\S)|"
    r"\b(?:that|which|who|whom|whose|when|where|while|because|if|but|as|after|before|until|so|what|how|why)\b"
)
_AND = re.compile(r"\band\b|(?<!\S)(?:और|तथा)(?!\S)")
_NEGATED = re.compile(
    r"नहीं|(?<!\S)(?:न|ना|बिना)(?!\S)|\b(?:not|no|never|without|none|nobody|nor)\b|n't\b", re.IGNORECASE
)


def negations(unit: Unit) -> Iterator[tuple[str, str]]:
    """Yield the text with the main verb of one sentence negated, roughly, and the sentence."""
    for sentence in statements.split(unit.text):
        negated = negate(sentence, unit.language)
        if negated and sentence in unit.text:
            yield unit.text.replace(sentence, negated), negated


def negate(sentence: str, language: str) -> str | None:
    """Return a sentence of one clause with its verb negated; None if the result would be no sentence."""
    joined = _AND.split(sentence, maxsplit=1)[1:]
    has_second = any(language == HINDI or _VERB.search(rest) for rest in joined)
    if has_second or _SEVERAL.search(sentence) or _NEGATED.search(sentence):
        return None
    if language == HINDI:
        match = None if _COMPOUND.search(sentence) else _LAST.search(sentence)
        return f"{sentence[: match.start()]}नहीं {match[0]}" if match and sentence[-1] in "।." else None
    match = _VERB.search(sentence)
    if match and match["auxiliary"]:
        return f"{sentence[: match.end()]} not{sentence[match.end() :]}"
    if not match or re.search(_AUXILIARY, sentence[match.end() :]):
        return None  # no verb, or a participle before the verb: "the injured were"
    return f"{sentence[: match.start()]}did not {_base(match[0])}{sentence[match.end() :]}"


CORRUPTIONS: dict[str, Callable[[Unit], Iterator[tuple[str, str]]]] = {
    "swap names": swapped_names, "swap values": swapped_values, "number": numbers, "negate": negations,
    "invent": inventions,
}  # fmt: skip


def touches(unit: Unit, text: str, kind: str, what: str) -> bool:
    """Whether a corruption changes a sentence in which a fact is stated, or for one of words, an entity.

    A swap must touch a word of the fact, because both names stay in the sentence.
    """
    if kind.startswith("swap"):
        return bool(concerned(unit, text, what.split(" ~ ")))
    before = statements.split(unit.text)
    changed = [sentence for sentence in before if sentence not in statements.split(text)]
    verdicts = state(unit, " ".join(changed)) if changed else {}
    if kind == "negate":
        denied = _denied(changed[0], what) if changed else set()
        return any(
            isinstance(each, Fact) and verdicts[each.id] == "stated" and not denied.isdisjoint(_words(each, changed[0]))
            for each in unit.annotations
            if each.id in verdicts
        )
    return "stated" in verdicts.values()


def _denied(sentence: str, negated: str) -> set[int]:
    """Return the words of a sentence that its negation denies: from the one before नहीं, or the three after "not"."""
    words, others = (wordings.read(each).words for each in (sentence, negated))
    first = next(index for index, pair in enumerate(zip(words, others, strict=False)) if pair[0].text != pair[1].text)
    return set(range(first - 1, len(words)) if "नहीं" in negated else range(first, first + 3))


def _words(fact: Fact, sentence: str) -> set[int]:
    """Return the words of a sentence that a fact's wordings cover."""
    phrase = wordings.read(sentence)
    language = HINDI if re.search("[\u0900-\u097f]", sentence) else ENGLISH
    places = [
        place
        for group in fact.forms[language]
        for wording in group
        for place in wordings.parse(wording).occurrences(phrase)
    ]
    return {index for place in places for start, end in place for index in range(start, end)}


def concerned(unit: Unit, text: str, names: Sequence[str]) -> list[Fact]:
    """Return the facts that a changed sentence stated with one of these names or numbers among their words."""
    after = statements.split(text)
    changed = [sentence for sentence in statements.split(unit.text) if sentence not in after]
    verdicts = state(unit, " ".join(changed))
    return [
        each
        for each in unit.annotations
        if isinstance(each, Fact)
        and verdicts.get(each.id) == "stated"
        and any(not _mentioned(names, sentence).isdisjoint(_words(each, sentence)) for sentence in changed)
    ]


def _mentioned(names: Sequence[str], sentence: str) -> set[int]:
    """Return the words of a sentence that are among these names or numbers."""
    phrase = wordings.read(sentence)
    places = [place for name in names for place in wordings.parse(name).occurrences(phrase)]
    return {index for place in places for start, end in place for index in range(start, end)}


# --- spelling variants ----------------------------------------------------------------------------------------------

_TO_DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")
_FROM_DEVANAGARI = str.maketrans("०१२३४५६७८९", "0123456789")
SPELLINGS: dict[str, dict[str, Callable[[str], str]]] = {
    HINDI: {
        "Devanagari digits": lambda text: text.translate(_TO_DEVANAGARI),
        "ASCII digits": lambda text: text.translate(_FROM_DEVANAGARI),
        "no nukta": lambda text: text.replace("\u093c", ""),
        "anusvara": lambda text: text.replace("ँ", "ं"),
        "class nasals": lambda text: re.sub("ं(?=[त-ध])", "न्", re.sub("ं(?=[प-भ])", "म्", text)),
        "-ये, -यी": lambda text: re.sub(r"(?<=[न-ह])ए\b|(?<=ग)ए\b", "ये", text).replace("गई", "गयी"),
        "hyphens": lambda text: text.replace("-", " "),
        "ZWJ": lambda text: text.replace("्", "्\u200d"),
    },
    ENGLISH: {
        "-ize": lambda text: re.sub(r"(?<=\w{3})is(e|ed|ing|ation)\b", r"iz\1", text),
        "American": lambda text: text.replace("efence", "efense").replace("abour", "abor").replace("entre ", "enter "),
        "curly apostrophes": lambda text: text.replace("'", "\u2019"),
        "hyphens": lambda text: re.sub(r"(?<=\w)-(?=\w)", " ", text),
        "capitals": str.upper,
    },
}


# --- measurement ----------------------------------------------------------------------------------------------------


def measure(dataset: Dataset) -> Rates:
    """Return the rates over a dataset's references."""
    rates = Rates()
    _drops(dataset, rates)
    for unit in units(dataset):
        where = f"{unit.id} {unit.version} {unit.language}"
        verdicts = state(unit, unit.text)
        for each in unit.annotations:
            if unit.is_complete or (isinstance(each, Fact) and each.weight == "vital"):
                rates.add("reference", verdicts[each.id] != "stated", wanted=False, what=f"{where}: {each.id}")
        for name, respell in SPELLINGS[unit.language].items():
            if (text := respell(unit.text)) != unit.text:
                changed = [key for key, verdict in state(unit, text).items() if verdict != verdicts[key]]
                for key in verdicts:
                    rates.add("spelling", key in changed, wanted=False, what=f"{where}: {key} ({name}): {text}")
        padded = state(unit, f"{unit.text} {FILLER[unit.language]}")
        for key, verdict in verdicts.items():
            rates.add("filler", padded[key] != verdict, wanted=False, what=f"{where}: {key}")
        for kind, corrupt in CORRUPTIONS.items():
            for text, what in corrupt(unit):
                if touches(unit, text, kind, what):
                    after = state(unit, text)
                    lost = any(verdict == "stated" and after[key] != "stated" for key, verdict in verdicts.items())
                    rates.add(kind, lost, wanted=True, what=f"{where}: {what}: {text}")
    return rates


def _drops(dataset: Dataset, rates: Rates) -> None:
    """Take the segments of each fact out of the article's text, and of each of its translations."""
    for article in dataset.articles:
        versions: dict[tuple[str, str], dict[str, str]] = {
            ("source", article.language): {segment.id: segment.text for segment in article.segments}
        }
        for each in dataset.references.get("translations", ()):
            versions.setdefault((each.version, each.language), {})[each.id] = each.text
        names = persons(dataset, article.id)
        for fact in dataset.annotations.facts.get(article.id, ()):
            for (version, language), texts in versions.items():
                rest = [texts[s.id] for s in article.segments if s.id in texts and s.id not in fact.segments]
                sentences = statements.split("\n".join(rest))
                verdict = statements.judge(fact.forms[language], sentences, negated=fact.negated, names=names[language])
                rates.add("drop", verdict != "stated", wanted=True, what=f"{fact.id} {version}: {fact.statement}")


def persons(dataset: Dataset, article: str) -> dict[str, bindings.Names]:
    """Return the persons and numbers of an article, by language."""
    entities = {
        each.id: each
        for segment, of_segment in dataset.annotations.entities.items()
        for each in of_segment
        if segment.startswith(f"{article}#")
    }
    return {language: rivals(entities.values(), language) for language in (HINDI, ENGLISH)}


def paraphrases(datasets: Sequence[Dataset]) -> Rates:
    """Return the rates over the paraphrases of facts of these datasets."""
    facts = {
        fact.id: (fact, persons(dataset, article))
        for dataset in datasets
        for article, of_article in dataset.annotations.facts.items()
        for fact in of_article
    }
    rates = Rates()
    for _, row in jsonl.read(PARAPHRASES)[0]:
        if row["fact"] in facts:
            fact, names = facts[row["fact"]]
            language, sentences = row["language"], statements.split(row["text"])
            verdict = statements.judge(fact.forms[language], sentences, negated=fact.negated, names=names[language])
            if row["verdict"] == "states":
                rates.add("paraphrase states", verdict != "stated", wanted=False, what=f"{row} {verdict}")
            else:
                rates.add(f"paraphrase {row['verdict']}", verdict != "stated", wanted=True, what=f"{row} {verdict}")
    return rates


DETECTIONS = (
    *("drop", "swap names", "swap values", "number", "negate", "invent"),
    *("paraphrase reverses", "paraphrase omits"),
)
ALARMS = ("reference", "spelling", "filler", "paraphrase states")


def report(title: str, rates: Rates, *, examples: int) -> list[str]:
    """Return the lines of a table."""
    lines = [title]
    for kind in (*DETECTIONS, *ALARMS):
        if rates.cases[kind]:
            what = "detected" if kind in DETECTIONS else "false alarms"
            lines.append(f"  {kind:20} {rates.hits[kind]:6} of {rates.cases[kind]:6} {what:12} {rates.rate(kind):.3f}")
            lines += [f"      {each}" for each in rates.examples.get(kind, ())[:examples]]
    return lines


def folders() -> list[Path]:
    """Return the committed datasets that have facts."""
    return sorted(path.parent for path in (ROOT / "references").glob("*/facts.jsonl"))


def main(arguments: Sequence[str]) -> None:
    """Print the rates of each folder and of the paraphrases; `-v` adds the cases that came out wrong."""
    examples = 1000 if "-v" in arguments else 0
    datasets = [load(Path(name)) for name in arguments if name != "-v"] or [load(folder) for folder in folders()]
    for dataset in datasets:
        sys.stdout.write("\n".join(report(dataset.name, measure(dataset), examples=examples)) + "\n")
    sys.stdout.write("\n".join(report("paraphrases", paraphrases(datasets), examples=examples)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
