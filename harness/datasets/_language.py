"""Check that texts are in the script of their language. Pure.

A text in another script is an error, because it is most often the wrong file or the wrong column. A text without
letters is in every script. A short text that consists of Latin names (`RCB vs CSK LIVE Score`) is usual among Hindi
headlines and is a warning. `other_scripts` in `dataset.yaml` excepts texts by id.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from harness.core import text
from harness.core.findings import Findings, Place

LEAST_SHARE = 0.5  # of the letters
_MOST_WORDS_OF_NAMES = 12
_LEAST_TEXTS_OF_A_FILE = 5  # so many show the language of a file
# Nearly every English sentence has one of these; lists of names have hardly any.
_ENGLISH_WORD = re.compile(r"\b(?:the|an?|of|and|to|in|on|for|is|are|was|were|with|by|at|from|that|has|have|will)\b")


class Text(NamedTuple):
    """A text whose language is checked."""

    place: Place
    id: str  # of the unit that the text stands for
    content: str


def check(texts: Sequence[Text], language: str, excepted: Sequence[str], errors: Findings, warnings: Findings) -> None:
    """Add an error or a warning for each text of one file that is not in the script of `language`.

    Args:
        texts: all texts of the file that are said to be in this language.
        language: FLORES code.
        excepted: ids of the texts that may be in any script, or "all".
        errors: receives the findings that stop a run.
        warnings: receives the others.
    """
    if excepted == "all":
        return
    script = language.rpartition("_")[2]
    wrong = [
        each for each in texts if each.id not in excepted and text.script_share(each.content, script) < LEAST_SHARE
    ]
    most = len(wrong) >= _LEAST_TEXTS_OF_A_FILE and 2 * len(wrong) > len(texts)
    for each in wrong:
        if is_names(each.content, script) and not most:
            message = f"expected {language}, found Latin names only"
            warnings.add(each.place, f"{message}; {_remedy(each.id)}", cause="names")
        else:
            errors.add(each.place, f"{describe(each.content, language)}; {_remedy(each.id)}", cause="language")


def describe(content: str, language: str) -> str:
    """Return the expected script of a text, and the share of its letters in that script and in others."""
    shares = text.scripts(content)
    script = language.rpartition("_")[2]
    others = ", ".join(f"{share:.0%} are {name}" for name, share in [*shares.items()][:2] if name != script)
    in_script = f"only {text.script_share(content, script):.0%} of the letters in that script"
    return f"expected {language}, found {in_script}" + (f" ({others})" if others else "")


def is_names(content: str, script: str) -> bool:
    """Return whether a text in a non-Latin language is one short line of Latin letters, and no English sentence."""
    return (
        script != "Latn"
        and len(content.splitlines()) == 1
        and not content.rstrip().endswith(".")
        and text.word_count(content) <= _MOST_WORDS_OF_NAMES
        and text.script_share(content, "Latn") >= 1 - LEAST_SHARE
        and not _ENGLISH_WORD.search(content)
    )


def _remedy(unit: str) -> str:
    return f"correct it, or list it under other_scripts in dataset.yaml (other_scripts: [{unit!r}])"
