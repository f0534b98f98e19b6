"""Take a chat model's answer out of what the model wrote around it. Pure.

A model that is asked for a translation may also write a preamble, quotes, a code fence, a label such as "Translation:",
the source once more, or its reasoning. Each of these has a rule here. A prompt contract lists the rules that apply to
its outputs, and they apply to every output of the system in the same way.

A rule removes text from the beginning or the end of an answer, never from inside it. It removes nothing if nothing
would be left, except for reasoning: an answer that is only thought is empty. Each rule applies at most once. The rules
are tried in the order of `RULES`, again and again until none applies, because a fence may stand behind a preamble.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

THOUGHT = "thought"

# The marks around reasoning, as most models write them; a contract may state others.
MARKS = ("<think>", "</think>")
_WHAT = r"(?:translat(?:ion|ed)|summary|summari[sz]ed|headline|title|version|gist|sentence)"
_PREAMBLE = re.compile(
    rf"""
    (?:(?:sure|certainly|of\ course|okay|ok|absolutely)(?:\ thing)?[,!.:—-]*\s+)?
    (?:here(?:['’]s|\ is|\ are)\s(?!(?:how|why|what|when|where|who|which)\b)[^:\n]{{0,80}}\b{_WHAT}\b[^:\n]{{0,60}}
      |(?:the\s)?(?:(?:english|hindi)\s)?{_WHAT}\s(?:in|into|to)\s(?:english|hindi)(?:\sis)?
      |यहा[ँं]\s[^:\n]{{0,80}}(?:अनुवाद|सारांश|शीर्षक)[^:\n]{{0,30}})
    [*_]*:[*_]*\s+
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LABEL = re.compile(
    r"""
    [*_\#\ ]*
    (?:(?:english|hindi)\s)?(?:translation|translated\ text|summary|headline|title|gist|output|answer)[*_]*:[*_]*\s+
    |[*_]*(?:(?:हिंदी|हिन्दी|अंग्रेज़ी|अंग्रेजी)\s)?(?:अनुवाद|सारांश|शीर्षक|उत्तर)[*_]*:[*_]*\s+
    """,
    re.IGNORECASE | re.VERBOSE,
)
# How a Hindi source writes such a word, if it begins with one itself.
_LABEL_OF_SOURCE = re.compile(
    r"[*_\s]*(?:(?:हिंदी|हिन्दी|अंग्रेज़ी|अंग्रेजी)\s)?(?:अनुवाद|सारांश|शीर्षक|हेडलाइन|उत्तर|जवाब|आउटपुट)\s*[:：ः–—-]"
)
_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
_CLOSING = re.compile(
    r"\n\s*(?:i hope (?:this|that) helps|let me know if you|(?:please )?feel free to)\b[^\n]*\Z", re.IGNORECASE
)
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "`": "`"}
_BRACKETS = {")": "(", "]": "[", "}": "{", "】": "【", "）": "（", "」": "「"}


# What each rule removes, in the order in which they are tried.
RULES: Mapping[str, str] = {
    THOUGHT: "reasoning between its marks (<think>, </think>) before the answer; without an end, everything",
    "fence": "a code fence (```) around the whole answer",
    "source": "the whole source, repeated on lines before the answer",
    "preamble": 'a sentence such as "Here is the English translation:" before the answer',
    "label": 'a label such as "Translation:" before the answer',
    "closing": 'a last line such as "I hope this helps"',
    "quotes": "a pair of quotes around the whole answer, if the source is not in quotes",
    "bracket": "closing brackets at the end that nothing opens, in it or in the source",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is left of what a model wrote."""

    text: str
    rules: tuple[str, ...] = ()  # names of the rules that removed something, in the order of `RULES`

    @property
    def is_only_thought(self) -> bool:
        """Whether the model wrote its reasoning and nothing else."""
        return not self.text and THOUGHT in self.rules


def read(
    written: str,
    rules: Iterable[str],
    *,
    source: str = "",
    prefilled: str = "",
    marks: tuple[str, str] = MARKS,
) -> Answer:
    """Return the answer in what a model wrote, without white space around it.

    Args:
        written: by the model.
        rules: names in `RULES`; their order does not matter.
        source: the text that the model was given.
        prefilled: the beginning of the answer that the prompt wrote for the model. If it opens a block of reasoning
            and does not close it, the answer begins inside that block.
        marks: what opens and what closes a block of reasoning.
    """
    wanted = [name for name in RULES if name in set(rules)]
    applied: set[str] = set()
    text = written.strip()
    if THOUGHT in wanted and _begins_in_thought(prefilled, marks):
        text = f"{marks[0]}{text}"
    changed = True
    while changed:
        changed = False
        for name in wanted:
            if name in applied:
                continue
            left = _without_thought(text, marks) if name == THOUGHT else _REMOVE[name](text, source)
            if left is not None and (left.strip() or name == THOUGHT):
                text, changed = left.strip(), True
                applied.add(name)
    return Answer(text, tuple(name for name in wanted if name in applied))


def thought(written: str, *, prefilled: str = "", marks: tuple[str, str] = MARKS) -> str:
    """Return what stands between the marks of reasoning, each block in turn; `read` explains the arguments."""
    before, closed, _ = written.partition(marks[1])
    is_open = _begins_in_thought(prefilled, marks) or (closed and marks[0] not in before)
    left = f"{marks[0]}{written}" if is_open else written
    blocks = []
    while (opened := left.partition(marks[0]))[1]:
        block, _, left = opened[2].partition(marks[1])
        blocks.append(block)
    return "".join(blocks)


def _begins_in_thought(prefilled: str, marks: tuple[str, str]) -> bool:
    return prefilled.rfind(marks[0]) > prefilled.rfind(marks[1])


def _without_thought(text: str, marks: tuple[str, str]) -> str | None:
    if not text.startswith(marks[0]):
        before, closed, rest = text.partition(marks[1])
        # The template of the checkpoint may have opened the block.
        return rest if closed and marks[0] not in before else None
    _, closed, rest = text[len(marks[0]) :].partition(marks[1])
    return rest if closed else ""


def _without_fence(text: str, source: str) -> str | None:
    fenced = _FENCE.fullmatch(text)
    return fenced.group(1) if fenced and "```" not in fenced.group(1) else None


def _without_preamble(text: str, source: str) -> str | None:
    preamble = _PREAMBLE.match(text)
    return text[preamble.end() :] if preamble else None


def _without_label(text: str, source: str) -> str | None:
    label = _LABEL.match(text)
    given = source.strip()
    if label is None or _LABEL.match(given) or _LABEL_OF_SOURCE.match(given):
        return None
    return text[label.end() :]


def _without_source(text: str, source: str) -> str | None:
    """Return what follows the source, if the answer repeats the whole source before it, on lines of its own."""
    given = source.strip()
    if not given or not text.startswith(given):
        return None
    rest = text[len(given) :]
    return rest if rest.lstrip(" \t").startswith("\n") else None


def _without_quotes(text: str, source: str) -> str | None:
    given = source.strip()
    close = _QUOTES.get(text[:1])
    if close is None or len(text) < 2 or not text.endswith(close):
        return None
    inner = text[1:-1]
    if text[0] in inner or close in inner:
        return None
    # A translation of a quotation is one.
    return None if given[:1] in _QUOTES and given.rstrip(" ।.!?,")[-1:] in _QUOTES.values() else inner


def _without_bracket(text: str, source: str) -> str | None:
    """Return the text without a closing bracket at its end that nothing opens, in it or in the source."""
    opening = _BRACKETS.get(text[-1:])
    if opening is None or opening in text or text[-1] in source:
        return None
    return text.rstrip(text[-1])


def _without_closing(text: str, source: str) -> str | None:
    closing = _CLOSING.search(text)
    return text[: closing.start()] if closing else None


# What is left of a text, given the source too; None if the text has no such thing.
_REMOVE: Mapping[str, Callable[[str, str], str | None]] = {
    "fence": _without_fence,
    "source": _without_source,
    "preamble": _without_preamble,
    "label": _without_label,
    "closing": _without_closing,
    "quotes": _without_quotes,
    "bracket": _without_bracket,
}
