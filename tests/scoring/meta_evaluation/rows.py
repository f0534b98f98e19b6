"""Human scores made for the tests: sentences in which some words are wrong, and scores that know how many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from harness.core import files

WORDS = "भारत जापान दिल्ली बैठक सरकार योजना मंत्री किसान नदी शहर बाज़ार विद्यालय पुस्तक समाचार यात्रा वर्षा".split()
SYSTEMS = ("best", "good", "fair", "poor")


def rows(segments: int = 20, systems: int = 4, noise: float = 1.0, seed: int = 0) -> list[dict[str, Any]]:
    """Return a row per segment and system; system k has about 2 k + 1 wrong words of 12."""
    generator = np.random.default_rng(seed)
    made = []
    for segment in range(segments):
        reference = list(generator.choice(WORDS, 12))
        for system in range(systems):
            wrong = int(np.clip(generator.poisson(2 * system + 1), 0, 12))
            places = generator.choice(12, wrong, replace=False)
            output = ["गलत" if place in places else word for place, word in enumerate(reference)]
            score = float(np.clip(round(25 - 2 * wrong + generator.normal(0, noise)), 0, 25))
            made.append({
                "segment": f"s{segment}",
                "document": f"d{segment // 4}",
                "system": SYSTEMS[system] if system < len(SYSTEMS) else f"system {system + 1}",
                "source": f"sentence {segment}",
                "reference": " ".join(reference),
                "output": " ".join(output),
                "score": score,
            })
    return made


def jsonl(path: Path, made: list[dict[str, Any]]) -> Path:
    """Write rows as JSONL."""
    path.write_text("".join(files.dumps(row) + "\n" for row in made), encoding="utf-8")
    return path


def without(made: list[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    """Return rows without some of their columns."""
    return [{key: value for key, value in row.items() if key not in keys} for row in made]
