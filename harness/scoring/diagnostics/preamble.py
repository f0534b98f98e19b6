"""Preambles: what a chat model writes before its answer ("Here is the English translation:"), and its reasoning."""

from __future__ import annotations

import re

from harness.scoring.diagnostics import Column, Diagnostic, Remark, cleaned_by, count_changed

_WHAT = r"(?:translat(?:ion|ed)|summary|summari[sz]ed|headline|title|version|gist)"
_THOUGHT = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>\s*", re.DOTALL | re.IGNORECASE)
_PREAMBLE = re.compile(
    rf"""
    ^[\s*_\#>]*
    (?:(?:sure|certainly|of\ course|okay|ok|absolutely)(?:\ thing)?[,!.:—-]*\s+)?
    (?:
        here(?:['’]s|\ is|\ are)\s[^:\n]{{0,80}}\b{_WHAT}\b[^:\n]{{0,60}}:
      | (?:the\s)?(?:(?:english|hindi)\s)?{_WHAT}(?:\s(?:in|into|of|to)\s[^:\n]{{1,40}})?(?:\sis)?\s*[*_]*:
      | यहा[ँं]\s[^:\n]{{0,80}}(?:अनुवाद|सारांश|शीर्षक)[^:\n]{{0,30}}:
      | (?:(?:हिंदी|हिन्दी|अंग्रेज़ी|अंग्रेजी|इंग्लिश)\s(?:में\s)?)?(?:अनुवाद|सारांश|शीर्षक)\s*[*_]*:
    )
    [\s*_]*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_FAREWELL = re.compile(r"\s*(?:I hope this helps|Let me know if you)\b[^\n]*$", re.IGNORECASE)


def _clean(text: str) -> str:
    return _FAREWELL.sub("", _PREAMBLE.sub("", _THOUGHT.sub("", text), count=1))


_cleaned = cleaned_by(_clean, (":", "<think", "i hope this helps", "let me know if you"))

DIAGNOSTIC = Diagnostic(
    place=86,
    label="outputs with a preamble",
    unit="percent",
    count=count_changed(_cleaned),
    column=Column("preamble", "outputs with words of a chat model around the answer", always=False),
    remark=Remark(
        "{part} of {whole} outputs have words of a chat model around the answer (Here is the translation: ...)"
    ),
    clean=_cleaned,
)
