"""Tokens of a model's vocabulary left in its outputs: <unk>, </s>, @@, ▁, language codes at the start, ...

Gap marks of pre-trained mT5 (<extra_id_0>) are a diagnostic of their own, `gaps`: they say something of the checkpoint.
"""

from __future__ import annotations

import re

from harness.scoring.diagnostics import Column, Diagnostic, Remark, cleaned_by, count_changed

# With underscores, as in JSON and CSV.
PROVIDES = ("special_tokens",)

# Control tokens: of sentencepiece, BERT and chat models; also bytes (<0x0A>) and sentencepiece's text for <unk>.
_CONTROL = re.compile(
    r"</?s>|<(?:unk|pad|mask|bos|eos|sep|cls|(?:start|end)_of_turn|0x[0-9A-F]{2})>|\[(?:UNK|PAD|CLS|SEP|MASK|/?INST)\]"
    r"|<\|[A-Za-z0-9_]+\|>|⁇",
    re.IGNORECASE,
)
_LANGUAGE = r"[a-z]{2,3}(?:_[A-Z][a-z]{3})?"
# >>eng<< (Opus-MT), __en__ (M2M100), <2en> (MADLAD), eng_Latn (NLLB, IndicTrans2), en_XX (mBART); one or two of them.
_CODES = re.compile(
    rf"(?:(?:>>{_LANGUAGE}<<|__{_LANGUAGE}__|<2{_LANGUAGE}>|[a-z]{{3}}_[A-Z][a-z]{{3}}|\[?[a-z]{{2}}_[A-Z]{{2}}\]?)(?:\s+|$))+"
)
_BPE = re.compile(r"(?<=\S)@@(?: |$)")
_WORDPIECE = re.compile(r"(?<=\w) ##(?=\w)")
_SPACES = re.compile(r" {2,}")
# Each of the tokens above contains one of these.
_MARKS = ("<", ">>", "[", "_", "⁇", "@@", "##", "▁", "ġ")


def _clean(text: str) -> str:
    cleaned = _WORDPIECE.sub("", _BPE.sub("", _CONTROL.sub(" ", text)))
    cleaned = _joined(_joined(cleaned, "▁"), "Ġ")
    start = len(cleaned) - len(cleaned.lstrip())
    if codes := _CODES.match(cleaned, start):
        cleaned = cleaned[codes.end() :]
    return text if cleaned == text else _SPACES.sub(" ", cleaned).strip()


def _joined(text: str, mark: str) -> str:
    """Return a text in which `mark` stands for a space: "▁The ▁min ister" becomes "The minister"."""
    # One Ġ alone is a letter of Maltese.
    if mark not in text or (mark == "Ġ" and text.count(mark) == 1):
        return text
    # If pieces were joined with spaces, about every second space is inside a word.
    pieces = text.split(" ")
    in_pieces = sum(piece.startswith(mark) for piece in pieces) > 1 or (len(pieces) == 1)
    return (text.replace(" ", "") if in_pieces else text).replace(mark, " ").strip()


_cleaned = cleaned_by(_clean, _MARKS)

DIAGNOSTIC = Diagnostic(
    place=81,
    label="outputs with special tokens",
    unit="percent",
    count=count_changed(_cleaned),
    column=Column("tokens", "outputs with <unk>, </s>, ▁, @@, a language code, ...", always=False),
    remark=Remark(
        "{part} of {whole} outputs contain tokens of the vocabulary, such as <unk>, </s>, ▁, @@ or a language code"
    ),
    clean=_cleaned,
)
