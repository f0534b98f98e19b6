"""What can be said of outputs without a reference: length, script, repetition, copying; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness import health, text
from harness.records import Generation, Measures

# Words in a run that counts as copied: shorter runs stand in any two texts on one subject.
_RUN = 4


def describe(outputs: Sequence[str], target: str, sources: Sequence[str] = ()) -> Measures:
    """Return the measures of one system's outputs in language `target`, with those of `sources` where they are given.

    A script counts letters; repetition and copying count runs of four words, over all outputs that have as many.
    """
    found = health.measure([(Generation(str(index), output),) for index, output in enumerate(outputs)], target)
    words = sum(map(text.word_count, outputs))
    source_words = sum(map(text.word_count, sources))
    times = Counter(output.strip() for output in outputs if output.strip())
    script = target.rpartition("_")[2]
    letters = [sum(map(str.isalpha, output)) for output in outputs]
    inside = sum(text.script_share(output, script) * count for output, count in zip(outputs, letters, strict=True))
    return Measures(
        outputs=len(outputs),
        empty=found.empty,
        doubled=sum(count for count in times.values() if count > 1),
        words=words / len(outputs),
        length_ratio=words / source_words if source_words else None,
        script=100 * inside / sum(letters) if sum(letters) else None,
        wrong_script=found.wrong_script,
        repetition=100 * found.repetition / found.phrased if found.phrased else None,
        copied=_copied(outputs, sources) if sources else None,
    )


def _copied(outputs: Sequence[str], sources: Sequence[str]) -> float | None:
    """Return the share, in per cent, of the outputs' runs of four words that stand in their sources."""
    runs = copied = 0
    for output, source in zip(outputs, sources, strict=True):
        in_source = set(_runs(source))
        of_output = _runs(output)
        runs += len(of_output)
        copied += sum(run in in_source for run in of_output)
    return 100 * copied / runs if runs else None


def _runs(content: str) -> list[tuple[str, ...]]:
    words = text.words(content)
    return [tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)]
