"""Examples for any metric: with annotations made from the references if the metric reads them."""

from collections.abc import Sequence
from typing import Literal

from harness.core.records import ENGLISH, HINDI, Check, Condition, Entity, Fact
from harness.core.text import folding
from harness.metrics import Examples, Metric


def examples(metric: Metric, hypotheses: Sequence[str], streams: Sequence[Sequence[str | None]]) -> Examples:
    """Return the examples; each word of a segment's first reference is two facts and an entity of it.

    Each segment is an article of its own.
    """
    articles = [str(number) for number in range(len(hypotheses))] if "articles" in metric.needs else []
    if "annotations" not in metric.needs:
        return Examples(hypotheses, streams, articles=articles)
    first = [next(text for text in of_segment if text is not None) for of_segment in zip(*streams, strict=True)]
    return Examples(hypotheses, streams, annotations=[_annotations(text) for text in first], articles=articles)


def _annotations(text: str) -> tuple[object, ...]:
    words = [word.text for word in folding.words(folding.plain(text))]
    weights: tuple[Literal["vital", "supporting"], ...] = ("vital", "supporting")
    facts = [
        Fact(f"f{number}", weight, "", (), {HINDI: ((word,),), ENGLISH: ((word,),)})
        for number, word in enumerate(words)
        for weight in weights
    ]
    check = Check(must=((Condition("pattern", (words[0].lower() if words else "",)),),), must_not=())
    return (check, *facts, *(Entity(f"e{n}", "name", (), {HINDI: (w,), ENGLISH: (w,)}) for n, w in enumerate(words)))
