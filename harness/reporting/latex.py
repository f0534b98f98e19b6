r"""Tables as LaTeX, for \usepackage{booktabs}."""

from __future__ import annotations

from collections.abc import Sequence

from harness.reporting import Cell, Table

SUFFIX = "tex"

_ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "†": r"\dag{}", "‡": r"\ddag{}", "≈": r"$\approx$", "↓": r"$\downarrow$", "–": "--", "−": "$-$",
}  # fmt: skip


def render(tables: Sequence[Table]) -> str:
    """Return a table environment for each table, with all its notes: an author may move them apart."""
    return "\n".join(_one(table) for table in tables)


def _one(table: Table) -> str:
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{'. '.join(_escape(text) for text in (_headline(table), table.caption))}.}}",
        rf"\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}",
        r"\toprule",
        f"{' & '.join(_escape(column) for column in table.columns)} \\\\",
        r"\midrule",
    ]
    for number, row in enumerate(table.rows, start=1):
        lines.append(f"{' & '.join(_cell(cell) for cell in row)} \\\\")
        if number == table.rule_after < len(table.rows):
            lines.append(r"\midrule")
    lines += [r"\bottomrule", r"\end{tabular}"]
    lines += [rf"\par\footnotesize {_escape(note)}" for note in (*table.notes, *table.legend.lines)]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def _cell(cell: Cell) -> str:
    if cell.bold:
        return rf"\textbf{{{_escape(cell.text)}}}"
    # A bracket or star at the start of a row would be read as an argument of the \\ before it.
    return ("{}" if cell.text.startswith(("[", "*")) else "") + _escape(cell.text)


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _headline(table: Table) -> str:
    return f"{table.title}: {table.verdict}" if table.verdict else table.title
