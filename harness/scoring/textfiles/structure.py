"""Recognise structured files that are named as plain text; pure.

A structured file scored line by line gives *better* numbers than its texts, because ids, tags and keys match. So it is
refused, with the way out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.core.errors import InputError
from harness.scoring.textfiles import objects, tables

# First lines of formats with texts, with the format's name and the way out.
_FIRST_LINES = (
    (r"<\?xml\b|<(dataset|corpus)\b", "XML", "let the name end in .xml if it is a file of WMT"),
    (r"<(refset|tstset|srcset|mteval|doc|seg)\b|<!DOCTYPE (mteval|refset|tstset|srcset)", "SGM",
     "let the name end in .sgm"),
    (r"<!DOCTYPE html|<html\b", "HTML", "save the texts as plain text"),
    (r"<(tmx|xliff)\b", "TMX or XLIFF", "export the texts, one segment per line"),
    (r"WEBVTT\b", "subtitles", "export the texts, one segment per line"),
    (r"\d+$\n\d\d:\d\d:\d\d", "subtitles", "export the texts, one segment per line"),
    (r"[SHTPD]-\d+\t", "output of fairseq-generate", "keep the texts, for example with grep ^H | cut -f 3"),
    (r"msgid \"", "a PO file", "export the texts, one segment per line"),
    (r"\[\s*$|\[\s*([\"'{\[]).*\]\s*$", "a list", "let the name end in .json if it is JSON"),
    (r"\{\s*$", "a JSON object", "write JSONL, one object per line"),
)  # fmt: skip
# Lines of formats that are parted in another way than by tabs.
_QUOTED_ROWS = re.compile(r'[^,;"\s]+[,;]".*"$')


def refuse_structured(text: str, lines: Sequence[str], file: str) -> None:
    """Raise InputError if a file that would be read line by line looks structured; `lines` are those of `text`."""
    full = [line.strip(" \r") for line in lines if line.strip()]
    start = "\n".join(full[:2])
    if objects.is_jsonl(text):
        _refuse(file, "JSON objects", "let the name end in .jsonl")
    for pattern, name, way_out in _FIRST_LINES:
        if re.match(pattern, start, re.IGNORECASE | re.MULTILINE):
            _refuse(file, name, way_out)
    if objects.is_json(text):
        _refuse(file, "JSON", "let the name end in .json")
    if all(re.match(r"\s*<seg\b", line, re.IGNORECASE) for line in full):
        _refuse(file, "SGM", "let the name end in .sgm")
    if all(line[0] == "[" and line[-1] == "]" and objects.is_json(line) for line in full):
        _refuse(file, "a JSON list in every line", "write JSONL, one object per line")
    if all("|||" in line for line in full):
        _refuse(file, "an n-best list or columns parted by |||", "keep one text per line")
    if len(full) > 1 and all(line[0] == line[-1] == "|" and len(line) > 2 for line in full):
        _refuse(file, "a Markdown table", "write CSV or one text per line")
    if all("\t" in line for line in lines if line.strip()):
        columns = f"{full[0].count(chr(9)) + 1} columns parted by tabs"
        _refuse(file, columns, f"choose a column, for example {file}:1, or let the name end in .tsv")
    if tables.has_known_header(full[0]):
        _refuse(file, "the header of a table", "let the name end in .csv")
    if (len(full) > 1 and all(map(_QUOTED_ROWS.match, full))) or _are_numbered_rows(full):
        _refuse(file, "columns parted by commas", "let the name end in .csv and choose a column, as FILE:COLUMN")


def _are_numbered_rows(lines: Sequence[str]) -> bool:
    """Whether lines begin with 0, 1, 2 ... or 1, 2, 3 ... and a comma or a semicolon without a blank."""
    numbers = [re.match(r"(\d{1,9})[,;](?=\S)", line) for line in lines]
    values = [int(number[1]) for number in numbers if number]
    return len(lines) > 1 and values in (list(range(len(lines))), list(range(1, len(lines) + 1)))


def _refuse(file: str, structure: str, way_out: str) -> None:
    raise InputError(f"{file}: expected one segment per line, found {structure}; {way_out}")
