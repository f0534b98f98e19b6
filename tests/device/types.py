"""Which types of numbers each family runs in on this device, and that outputs stay finite in them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness import models
from harness.core import rankings
from harness.core.records import ENGLISH, HINDI, RankingSource
from harness.models import Model
from tests.device.machine import Machine, Result
from tests.models import tiny_translators
from tests.paths import ROOT

SOURCE = "भारत और जापान के प्रधानमंत्री सोमवार को मिले।"
CANDIDATES = ("The prime ministers of India and Japan met on Monday.", "They met in Tokyo.")
# Log-probabilities of a token, against float32 on the CPU.
TOLERANCES = {"float32": 1e-3, "bfloat16": 0.1, "float16": 0.02}
# Of a dry run, which has to be short.
FEW = ("mt5", "indictrans2", "nllb")
# The reason for refusing float16 is in the family's own file.
REFUSES_FLOAT16 = ("mt5", "madlad400")

BUILDERS: Mapping[str, Callable[[Path], Path]] = {
    "mt5": lambda _: ROOT / "tests" / "models" / "tiny-mt5",
    "indictrans2": lambda _: ROOT / "tests" / "models" / "tiny-indictrans2",
    "indicbart": tiny_translators.indicbart,
    **tiny_translators.BUILDERS,
}


def check(machine: Machine) -> Iterator[Result]:
    """Run every family in each type, and compare the probabilities of given texts with float32 on the CPU."""
    for family in FEW if machine.tiny else BUILDERS:
        checkpoint = BUILDERS[family](machine.folder / f"tiny-{family}")
        expected = _means(family, checkpoint, device="cpu", dtype="float32")
        for dtype in dict.fromkeys((machine.dtype, "bfloat16", "float16")):
            yield _in_type(machine, family, checkpoint, dtype, expected)


def _in_type(machine: Machine, family: str, checkpoint: Path, dtype: str, expected: Mapping[str, float]) -> Result:
    name = f"{family} in {dtype}"
    if dtype == "float16" and family in REFUSES_FLOAT16:
        faults = [fault for fault in _options(family, checkpoint, dtype=dtype).faults(()) if "refused" in fault]
        return Result(name, faults[0][:60] if faults else "accepted", "refused with the reason", bool(faults))
    means = _means(family, checkpoint, device=machine.device, dtype=dtype)
    if not all(map(math.isfinite, means.values())):
        return Result(name, f"log-probabilities {list(means.values())}", "finite", passed=False)
    off = max(abs(means[text] - expected[text]) for text in expected)
    return Result(name, f"{off:.4f} from float32", f"at most {TOLERANCES[dtype]}", off <= TOLERANCES[dtype])


def _options(family: str, checkpoint: Path, **keys: Any) -> Any:
    return models.get(family).options(name="x", family=family, checkpoint=checkpoint, **keys)


def _means(family: str, checkpoint: Path, **keys: Any) -> dict[str, float]:
    """Return the log-probability per token of each candidate; the model also writes an output of its own."""
    model: Model = models.get(family).load(_options(family, checkpoint, **keys))
    target = HINDI if family in ("mt5", "indicbart") else ENGLISH
    source = RankingSource("a#1", "a", "translate", SOURCE, (SOURCE,), HINDI, target, CANDIDATES)
    try:
        (written,) = list(model.generate([source]))
        assert written.id == "a#1"
        (ranking,) = list(model.rank([source]))  # type: ignore[attr-defined]
        return {ranked.text: ranked.mean for ranked in rankings.read(ranking.text)}
    finally:
        model.close()
