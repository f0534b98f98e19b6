"""How many tokens an output may have: characters, as the prompt contract counts them, in the system's own tokens.

Tokenizers need between 1.4 and 4.8 tokens for a Hindi word. A number of tokens that all systems share would stop some
of them in the middle of a sentence. So the budget of a source is counted in characters, which depend on the source
alone, and converted with the tokens per character of the source or, if that is more, of a text in the output's
language. Budgets are rounded up to a step, so that sources share batches.
"""

from __future__ import annotations

import math
from collections.abc import Callable

# News in the two languages of the tasks; only how many tokens it has is used.
_SAMPLES = {
    "Deva": "प्रधानमंत्री ने बुधवार को कहा कि दोनों देश व्यापार, रक्षा और शिक्षा के क्षेत्र में मिलकर काम करेंगे।",
    "Latn": "The Prime Minister said on Wednesday that both countries would work together on trade and defence.",
}


def tokens(characters: int, text: str, target: str, count: Callable[[str], int]) -> int:
    """Return the budget of an output in tokens.

    Args:
        characters: that it may have.
        text: its source.
        target: FLORES code of its language.
        count: returns how many tokens a text has.
    """
    samples = [text, _SAMPLES.get(target.rpartition("_")[2], "")]
    rate = max(count(sample) / len(sample) for sample in samples if sample)
    return _rounded(math.ceil(characters * rate))


def _rounded(number: int) -> int:
    """Return the next number of the form 2^n or 3 * 2^(n-1), at least 16: a budget is at most 50% above its need."""
    step = 16
    while step < number:
        if step * 3 // 2 >= number:
            return step * 3 // 2
        step *= 2
    return step
