"""What can be wrong with outputs whatever they score: empty, cut off, repetitive, badly spaced, in another script."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence

from harness.core import text
from harness.core.records import Generation, Health, Measures, Reading

# Words in a run that counts as repeated when it stands in an output again: fluent text seldom says four words twice.
_RUN = 4
# A text whose letters are in the script of its language to a lesser share is in another one.
_MIN_SCRIPT_SHARE = 0.5
# Signs that stand at a word, or closing brackets, after a space: a tokenised text that nobody put together again.
# Metrics put spaces around signs themselves, so that scores hardly show it.
_APART = re.compile(r"\S [.,;:?!)\]%।॥](?:\s|$)|\S 's\b")


def measure(generations: Sequence[tuple[Generation, ...]], target: str) -> Health:
    """Return the counts over all outputs; each tuple holds one source's, and `target` is the task's output language.

    Everything but `reading` counts every sample of a source as an output of its own.
    """
    outputs = [generation for of_source in generations for generation in of_source]
    script = target.rpartition("_")[2]
    lettered = [output.text for output in outputs if any(character.isalpha() for character in output.text)]
    repetitions = [share for output in outputs if (share := repetition(output.text)) is not None]
    timed = [output for output in outputs if output.output_tokens is not None and output.seconds is not None]
    return Health(
        outputs=len(outputs),
        empty=sum(not output.text.strip() for output in outputs),
        stopped=sum(output.finish == "length" for output in outputs),
        lettered=len(lettered),
        wrong_script=sum(text.script_share(content, script) < _MIN_SCRIPT_SHARE for content in lettered),
        apart=sum(bool(_APART.search(output.text)) for output in outputs),
        phrased=len(repetitions),
        repetition=math.fsum(repetitions),
        timed_tokens=sum(output.output_tokens or 0 for output in timed),
        seconds=math.fsum(output.seconds or 0.0 for output in timed),
        reading=reading(generations),
    )


def rates(health: Health) -> dict[str, float | None]:
    """Return what the gate checks, by its name in a config; None where there was nothing to count.

    `empty` is a count; `speed` is in tokens per second of the outputs whose time is known; the others are in per cent.
    """
    read = health.reading or Reading(0, 0, 0, 0, 0)
    return {
        "empty": health.empty,
        "cut": _percent(read.cut_sources, read.sources),
        "stopped": _percent(health.stopped, health.outputs),
        "unknown": _percent(read.unknown_tokens, read.tokens),
        "repetition": _percent(health.repetition, health.phrased),
        "wrong_script": _percent(health.wrong_script, health.lettered),
        "spacing": _percent(health.apart, health.outputs),
        "speed": health.timed_tokens / health.seconds if health.seconds > 0 else None,
    }


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


def repetition(content: str) -> float | None:
    """Return the share, 0..1, of a text's word 4-grams that stood in it before; None with fewer than four words.

    Words are those that ROUGE compares (`text.words`). "a b c d a b c d" has five 4-grams, one of them for the second
    time: 0.2.
    """
    words = text.words(content)
    runs = [tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else None


def reading(generations: Collection[tuple[Generation, ...]]) -> Reading | None:
    """Return what a system read, from one generation of each source; None where it has no tokens."""
    counted = [of_source[0] for of_source in generations if of_source[0].input_tokens is not None]
    if not counted:
        return None
    return Reading(
        sources=len(counted),
        cut_sources=sum(generation.truncated for generation in counted),
        tokens=sum(generation.input_tokens or 0 for generation in counted),
        cut_tokens=sum(generation.cut_tokens or 0 for generation in counted),
        unknown_tokens=sum(generation.unknown_tokens or 0 for generation in counted),
    )


def describe(outputs: Sequence[str], target: str, sources: Sequence[str] = ()) -> Measures:
    """Return the measures of one system's outputs in language `target`, with those of `sources` where they are given.

    A script counts letters; repetition and copying count runs of four words, over all outputs that have as many.
    """
    found = measure([(Generation(str(index), output),) for index, output in enumerate(outputs)], target)
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
