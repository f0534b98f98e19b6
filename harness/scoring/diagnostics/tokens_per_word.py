"""Tokens of the system's own vocabulary per word of the sources, whether it read them or not.

Between 1.4 and 4.8 for Hindi: a number of tokens says nothing of how much text one system read or wrote beside another.
"""

from __future__ import annotations

from harness.core import text
from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs

# With underscores, as in JSON and CSV.
PROVIDES = ("tokens_per_word",)


def _count(outputs: Outputs) -> Count | None:
    pairs = zip(outputs.each, outputs.source_of_each, strict=False)
    known = [(each, source) for each, source in pairs if each.input_tokens is not None]
    if not known:
        return None
    tokens = sum((each.input_tokens or 0) + (each.cut_tokens or 0) for each, _ in known)
    return Count(tokens, sum(text.word_count(source) for _, source in known))


DIAGNOSTIC = Diagnostic(
    place=89,
    label="tokens per source word",
    unit="ratio",
    count=_count,
    column=Column("tokens/word", "tokens of the sources per word", always=False),
)
