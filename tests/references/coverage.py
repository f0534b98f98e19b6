"""Report what a dataset of the format `collection` covers: genres, sentence lengths, phenomena, forms of numbers.

    python -m tests.references.coverage references/hindi-mini

It counts with simple patterns, so the counts are estimates: they show what is rare or absent, not exact frequencies.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

import regex

from harness.datasets import FolderOptions, collection

# Patterns of Hindi, by the name of the phenomenon.
PHENOMENA: Mapping[str, str] = {
    "reported speech with कि": (
        r"(?:कहा|बताया|पूछा|लिखा|बोल[ाीे]|कहना है|कहती|कहते|कहता|मानना है|मान[ाेी]|आरोप|दावा)[^।]*\bकि\b"
    ),
    "direct quotation": r"[\"']\p{Devanagari}",
    "question": r"\?",
    "negation": r"\b(?:नहीं|न|ना|मत|बिना|बग़?ैर)\b",
    "जब तक ... नहीं": r"जब तक[^।]*\b(?:नहीं|न)\b",
    "के अलावा, को छोड़कर, के सिवा": r"के अलावा|को छोड़\s?कर|के सिवा|के अतिरिक्त",
    "relative and correlative": (
        r"\b(?:जो|जिस\p{M}*\p{L}*|जहाँ|जहां|जितन[ाीे]|जैसे|जब)\b[^।]*\b(?:वह|वही|वे|उस\p{M}*|उन\p{M}*|वहाँ|"
        r"वहां|उतन[ाीे]|वैसे|तब|तो)\b"
    ),
    "participle -कर": r"\p{Devanagari}{2,}कर\b|\bकरके\b",
    "participle -ते हुए, -ते ही": r"ते (?:हुए|ही|समय|वक़्त|वक्त)\b",
    "-ने वाला": r"ने[- ]?वाल[ाेी]",
    "passive or impersonal": (r"[ाीे] (?:गया|गई|गए|गयी|गये|जाए\p{M}*\p{L}*|जाएगा|जाएगी|जाएंगे|जाएँगे|जाता|जाती|जाते|जाना)\b"),
    "passive of inability": r"से[^।]{0,40}\b(?:नहीं|न)\b[^।]{0,20}(?:जाता|जाती|गया|गई|पाता|पाती|पाए)\b",
    "light verb": (
        r"\p{Devanagari}+[ाीेोु]?ँ?\s(?:डाल|बैठ|उठ|पड़|निकल|दे|ले|चुक)(?:ा|ी|े|या|ीं|कर|ेगा|ेगी|ेंगे|ता|ती|"
        r"ते)?\b|(?:कर|हो|दे|ले|बोल|मार|आ|जा) (?:दि|ली|ले|बैठ|डाल|उठ|पड़|चुक)"
    ),
    "को for the one who feels": r"को[^।]{0,30}(?:पसंद|याद|डर|भरोसा|अफ़?सोस|चाहिए|पता|महसूस|लगा|लगता|लगती)",
    "must and should": r"\b(?:चाहिए|पड़ा|पड़ी|पड़ेगा|पड़ता|पड़े|पड़ेगी|होगा)\b",
    "conditional": r"\b(?:अगर|यदि)\b|\bतो\b[^।]*(?:ता|ते|ती|गा|गे|गी)\b",
    "reduplication": r"\b(\p{Devanagari}{2,})[- ]\1\b",
    "comparison": r"से (?:ज़्यादा|ज्यादा|अधिक|कम|बेहतर|बड़[ाेी]|पहले|आगे)|की (?:तुलना|अपेक्षा) में|के मुक़?ाबले",
    "ही, भी, तो": r"\b(?:ही|भी|तो)\b",
}
NUMBERS: Mapping[str, str] = {
    "Devanagari digits": r"[०-९]",
    "ASCII digits": r"[0-9]",
    "number words": (
        r"\b(?:दो|तीन|चार|पाँच|पांच|छह|सात|आठ|नौ|दस|ग्यारह|बारह|तेरह|चौदह|पंद्रह|सोलह|सत्रह|अठारह|उन्नीस|बीस|"
        r"इक्कीस|पच्चीस|तीस|चालीस|पचास|साठ|सत्तर|अस्सी|नब्बे|सौ)\b"
    ),
    "हज़ार, लाख, करोड़, अरब": r"\b(?:हज़ार|हजार|लाख|करोड़|अरब)",
    "डेढ़, ढाई, सवा, पौने, साढ़े": r"\b(?:डेढ़|ढाई|सवा|पौने|साढ़े)",
    "halves, thirds, quarters": r"\b(?:आध[ाेी]|तिहाई|चौथाई|दोगुन[ाेी]|तिगुन[ाेी])",
    "percent": r"प्रतिशत|फ़?ीसदी|फ़ीसद|%",
    "ordinals": (r"\b(?:पहल[ाेी]|दूसर[ाेी]|तीसर[ाेी]|चौथ[ाेी]|पाँचव|पांचव|छठ|सातव|आठव|दसव)|[0-9०-९](?:वाँ|वां|वें|वीं)"),
    "Indian grouping": r"[0-9०-९]{1,2}(?:,[0-9०-९]{2})+,[0-9०-९]{3}",
    "money": r"रुपये|रुपए|रु\.|₹|रुपयों",
    "dates": (
        r"(?:जनवरी|फ़?रवरी|मार्च|अप्रैल|मई|जून|जुलाई|अगस्त|सितंबर|सितम्बर|अक्तूबर|अक्टूबर|नवंबर|नवम्बर|दिसंबर|"
        r"दिसम्बर)"
    ),
    "weekdays": r"\b(?:सोम|मंगल|बुध|गुरु|बृहस्पति|शुक्र|शनि|रवि)वार",
    "times of day": r"\bबजे|बजकर",
    "units": r"किलोमीटर|किमी|मीटर|लीटर|किलो|क्विंटल|टन|एकड़|हेक्टेयर|बीघा|डिग्री|सेंटीमीटर|मिलीमीटर",
}


def report(folder: Path) -> str:
    """Return the report on a folder."""
    dataset = collection.load(FolderOptions(format="collection", path=folder))
    texts = {article.id: [each.text for each in article.segments] for article in dataset.articles}
    sentences = [
        each for article in dataset.articles for each in article.segments if each.kind in ("standfirst", "body")
    ]
    lengths = sorted(len(each.text.split()) for each in sentences)
    lines = [f"{len(texts)} articles, {sum(map(len, texts.values()))} segments, {len(sentences)} sentences"]
    lines += [
        "",
        f"Words of a sentence: {lengths[0]} to {lengths[-1]}, mean {mean(lengths):.1f}, median {median(lengths):.0f}",
    ]
    bins = Counter(min(length // 5 * 5, 30) for length in lengths)
    lines += [f"  {low:2}-{low + 4 if low < 30 else '':<2}  {bins[low]:4}" for low in range(0, 35, 5)]
    lines += ["", "Genres (articles, sentences)"]
    genres = Counter(genre_of(name) for name in texts)
    of_genre = Counter(genre_of(each.id.partition("#")[0]) for each in sentences)
    lines += [f"  {genre:12} {count:3} {of_genre[genre]:5}" for genre, count in genres.items()]
    for title, patterns in (("Phenomena", PHENOMENA), ("Forms of numbers", NUMBERS)):
        lines += ["", f"{title} (sentences, articles)", *_counts(patterns, texts)]
    lines += ["", *_annotations(folder, dataset.articles)]
    return "\n".join(lines)


def genre_of(article: str) -> str:
    """Return the genre in the name of an article: "sports" of "hindi-mini/sports-1"."""
    return article.partition("/")[2].rpartition("-")[0]


def _counts(patterns: Mapping[str, str], texts: Mapping[str, Sequence[str]]) -> list[str]:
    lines = []
    for name, pattern in patterns.items():
        # `regex` counts a matra as part of a word, so \b is right for Devanagari.
        compiled = regex.compile(pattern)
        hits = {
            article: sum(bool(compiled.search(text)) for text in of_article) for article, of_article in texts.items()
        }
        lines.append(f"  {name:30} {sum(hits.values()):5} {sum(map(bool, hits.values())):4}")
    return lines


def _annotations(folder: Path, articles: Sequence[Any]) -> list[str]:
    """Return lines on facts and entities, and how many facts the first two sentences of the body cover."""
    facts, entities = (_rows(folder / f"{name}.jsonl") for name in ("facts", "entities"))
    lines = [f"Facts: {len(facts)}, of which {sum(row['weight'] == 'vital' for row in facts)} vital"]
    types = Counter(row["type"] for row in entities)
    lines.append(f"Entities: {len(entities)}: " + ", ".join(f"{name} {count}" for name, count in types.most_common()))
    lead: dict[str, set[str]] = {}
    for article in articles:
        body = [each.id for each in article.segments if each.kind == "body"]  # what `lead` reads
        lead[article.id] = set(body[:2])
    covered: dict[str, list[bool]] = defaultdict(list)
    for row in facts:
        article = row["id"].partition("#")[0]
        covered[article].append(not lead[article].isdisjoint(row["segments"]))
    lines.append("Share of facts that the first two sentences of the body state, by article:")
    lines += [f"  {article.partition('/')[2]:14} {sum(hits):3} of {len(hits):3}" for article, hits in covered.items()]
    total = [hit for hits in covered.values() for hit in hits]
    return [*lines, f"  {'all':14} {sum(total):3} of {len(total):3}"] if total else lines


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    print(report(parser.parse_args().folder))  # noqa: T201
