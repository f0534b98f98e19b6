r"""Tables as LaTeX: booktabs for the rules, threeparttable for the notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.reporting import Cell, Table

SUFFIX = "tex"

_ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "†": r"\dag{}", "‡": r"\ddag{}", "§": r"\S{}", "≈": r"$\approx$", "↓": r"$\downarrow$",
    "–": "--", "−": "$-$",
    "`": r"\textasciigrave{}", "▁": r"\rule{0.5em}{0.4pt}", "⁇": "??", "≤": r"$\leq$", "≥": r"$\geq$",
}  # fmt: skip


_PREAMBLE = r"% needs \usepackage{booktabs} and \usepackage{threeparttable}"
_FONTS = "% needs XeLaTeX or LuaLaTeX, and a font with these letters: it contains text that is not in Latin script"
_ENCODING = r"% needs \usepackage[T1]{fontenc}"
# A hyphen before a digit, if nothing is joined to it, is a minus; -600M in a name is none.
_MINUS = re.compile(r"(?<![\w-])-(?=\d)")
# pdfLaTeX stops at other characters than these; tried with TeX Live 2022.
_NOT_LATIN = re.compile("[^\x00-ĥĨ-ķĹ-ľŁ-ňŊ-ťŨ-ž‐-―‘-„†‡•…‰‹›€™←-↓]")
# pdfLaTeX has these in the encoding T1 only.
_IN_T1 = re.compile("[«»‚„‹›ÐðÞþĐđŊŋĄąĘęĮįŲų]")


def render(tables: Sequence[Table]) -> str:
    """Return a table environment for each table, with all its notes: an author may move them apart."""
    return "\n".join(_one(table) for table in tables)


def _one(table: Table) -> str:
    lines = [
        r"\begin{table}",
        r"\centering",
        r"\begin{threeparttable}",
        rf"\caption{{{'. '.join(_escape(text) for text in (_headline(table), table.caption))}.}}",
        rf"\label{{{_label(table)}}}",
        rf"\begin{{tabular}}{{{''.join('l' if index in table.names else 'r' for index in range(len(table.columns)))}}}",
        r"\toprule",
        f"{' & '.join(_escape(column) for column in table.columns)} \\\\",
        r"\midrule",
    ]
    for number, row in enumerate(table.rows, start=1):
        cells = [_cell(cell, is_number=index > 0) for index, cell in enumerate(row)]
        lines.append(f"{' & '.join(cells)} \\\\")
        if number == table.rule_after < len(table.rows):
            lines.append(r"\midrule")
        if number in table.lines_after:
            lines.append(rf"\cmidrule{{1-{len(table.columns)}}}")
    lines += [r"\bottomrule", r"\end{tabular}", *_notes((*table.notes, *table.legend.lines))]
    body = "\n".join([*lines, r"\end{threeparttable}", r"\end{table}"]) + "\n"
    fonts = [_FONTS] if _NOT_LATIN.search(body) else [_ENCODING] if _IN_T1.search(body) else []
    return "\n".join([_PREAMBLE, *fonts, body])


def _notes(notes: Sequence[str]) -> Iterator[str]:
    if not notes:
        return
    yield r"\begin{tablenotes}[flushleft]\footnotesize"
    for note in notes:
        # A signature has no space at which a line could break.
        text = _protected(_escape(note)).replace(r"\textbar{}", r"\textbar{}\allowbreak{}")
        yield rf"\item {text}"
    yield r"\end{tablenotes}"


def _label(table: Table) -> str:
    """Return "tab:" and the title in ASCII letters, digits and hyphens."""
    return f"tab:{re.sub('[^a-z0-9]+', '-', table.title.lower().replace('++', 'pp')).strip('-')}"


def _cell(cell: Cell, *, is_number: bool) -> str:
    text = _escape(_MINUS.sub("−", cell.text) if is_number else cell.text)
    return rf"\textbf{{{text}}}" if cell.bold else _protected(text)


def _protected(text: str) -> str:
    r"""Protect a bracket or star at the start, which would be read as an argument of the \\ or \item before it."""
    return ("{}" if text.startswith(("[", "*")) else "") + text


def _escape(text: str) -> str:
    # Two hyphens would become a dash.
    parts = (_ESCAPES.get(character, character) for character in " ".join(text.split()).replace("--", "-\0-"))
    return "".join(parts).replace("\0", "{}")


def _headline(table: Table) -> str:
    return f"{table.title}: {table.verdict}" if table.verdict else table.title
