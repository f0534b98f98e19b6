"""The diagnostic `quantities`: outputs whose numbers or dates are not the source's."""

from __future__ import annotations

import json
import random
import re

import pytest

from harness.core.records import ENGLISH, HINDI
from harness.core.scores import Count
from harness.core.text import quantities
from harness.scoring import diagnostics
from tests.paths import REFERENCES


def _count(sources: list[str], outputs: list[str], target: str = ENGLISH, kind: str = "translation") -> Count | None:
    measured = diagnostics.measure_texts([outputs], target, sources, kind=kind)  # type: ignore[arg-type]
    return measured.counts.get("quantities")


def test_a_translation_must_have_the_quantities_of_its_source_and_no_others() -> None:
    sources = ["दस लाख रुपये", "शुक्रवार को बैठक हुई", "दो लोग आए", "बारिश हुई", "वह घर गया"]
    outputs = ["10 million rupees", "There was a meeting", "Two people came", "It rained 5 mm", "He went home"]
    assert _count(sources, outputs) == Count(3, 4)


def test_a_summary_may_omit_a_quantity_but_not_invent_one() -> None:
    article = "बैठक 5 मार्च को हुई। इसमें 20 देश आए।"
    outputs = ["बैठक में 20 देश आए।", "बैठक में 30 देश आए।", "बैठक हुई।"]
    assert _count([article] * 3, outputs, HINDI, "summarisation") == Count(1, 2)


def test_without_sources_nothing_is_counted() -> None:
    assert _count([], ["10 million"]) is None


def _pairs(dataset: str) -> list[tuple[str, str]]:
    """Return each segment of a dataset of this repository with each of its translations."""
    folder = REFERENCES / dataset
    segments = folder / "segments.jsonl"
    lines = (segments if segments.exists() else folder / "articles.hin_Deva.jsonl").read_text("utf-8").splitlines()
    texts = {row["id"]: row["text"] for row in map(json.loads, lines)}
    translations = map(json.loads, (folder / "translations.jsonl").read_text("utf-8").splitlines())
    return [(texts[row["id"]], row["text"]) for row in translations]


PAIRS = [*_pairs("india-japan"), *_pairs("generated-news")]
WITH_NUMBERS = [pair for pair in PAIRS if any(each.is_certain for each in quantities.find(pair[1]))]


def test_hardly_any_of_the_projects_own_references_counts() -> None:
    count = _count([source for source, _ in PAIRS], [translation for _, translation in PAIRS])
    assert count is not None and count.whole >= 100
    assert count.part <= 0.01 * count.whole


def _corrupted(text: str, rng: random.Random) -> str | None:
    """Change, scale or drop one number of a text; None if it has none in digits."""
    numbers = [match for match in re.finditer(r"\d+", text) if match[0] != "1"]
    if not numbers:
        return None
    match = rng.choice(numbers)
    other = rng.choice([str(int(match[0]) + rng.choice([1, 7, 10])), match[0] + "0", ""])
    return text[: match.start()] + other + text[match.end() :]


@pytest.mark.parametrize("seed", range(5))
def test_nearly_every_changed_scaled_or_dropped_number_counts(seed: int) -> None:
    rng = random.Random(seed)
    changed = [(source, wrong) for source, text in WITH_NUMBERS if (wrong := _corrupted(text, rng)) is not None]
    count = _count([source for source, _ in changed], [wrong for _, wrong in changed])
    assert count is not None and len(changed) >= 50
    assert count.part >= 0.95 * len(changed)
