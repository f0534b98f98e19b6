"""Read JSON: lines of objects, a list of objects, or a list of texts.

Values of fields that nobody uses may be anything, as far as JSON can be read at all (see `lenient_json.parse_json`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from harness.core import files, jsonl, lenient_json
from harness.core.errors import InputError
from harness.scoring.textfiles.records import Record, Records, described


def read_jsonl(text: str, file: str) -> Records:
    """Return the objects of JSONL.

    Raises:
        InputError: a line is not a JSON object.
    """
    rows, problems = jsonl.parse(files.split_lines(text), file, tolerant=True)
    if problems:
        more = f" (and {len(problems) - 1} more lines)" if len(problems) > 1 else ""
        way_out = "; a list goes into a file named .json" if text.lstrip().startswith("[") else ""
        raise InputError(f"{problems[0].where}: {problems[0].message}{way_out}{more}")
    return _records(Record(f"{file} line {number}", row) for number, row in rows)


def read_json(text: str, file: str) -> Records | list[str]:
    """Return the objects or the texts of a JSON list; JSONL named `.json` is read as JSONL.

    Raises:
        InputError: the text is not JSON, or is not a list of texts or of objects.
    """
    if is_jsonl(text):
        return read_jsonl(text, file)
    try:
        value = lenient_json.parse_json(text)
    except json.JSONDecodeError as error:
        where = f"{file} line {error.lineno}"
        raise InputError(f"{where}: expected a JSON list, found bad JSON ({lenient_json.json_fault(error)})") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: expected a JSON list, found bad JSON ({lenient_json.json_fault(error)})") from None
    if not isinstance(value, list):
        raise InputError(
            f"{file}: expected a JSON list of texts or of objects, found {_kind(value)}; write the segments as a list"
        )
    if not value:
        raise InputError(f"{file}: the list is empty; expected a text or an object per segment")
    expected = dict if isinstance(value[0], dict) else str
    for number, item in enumerate(value, start=1):
        where = f"{file} item {number}"
        if not isinstance(item, expected):
            wanted = "an object" if expected is dict else "a text"
            raise InputError(f"{where}: expected {wanted} per segment, found {_kind(item)}")
        if isinstance(item, str) and not lenient_json.is_unicode(item):
            raise InputError(f"{where}: expected text, found half of a surrogate pair; repair the file")
    if expected is dict:
        return _records(Record(f"{file} item {number}", item) for number, item in enumerate(value, start=1))
    return value


def is_jsonl(text: str) -> bool:
    """Whether every line that is not blank is a JSON object, judged by its braces and the first line."""
    lines = [line.strip() for line in files.split_lines(text) if line.strip()]
    if not lines or not all(line[0] == "{" and line[-1] == "}" for line in lines):
        return False
    try:
        return isinstance(lenient_json.parse_json(lines[0]), dict)
    except (ValueError, RecursionError):
        return False


def is_json(text: str) -> bool:
    """Whether a text is a JSON list or object as a whole."""
    if text.lstrip()[:1] not in ("[", "{"):
        return False
    try:
        return isinstance(lenient_json.parse_json(text), list | dict)
    except (ValueError, RecursionError):
        return False


def _records(records: Iterable[Record]) -> Records:
    """Return records with their columns: the fields that have a text, or a value that cannot be used, in some record.

    A dict is a column too, because `translation.en` can name a text in it.
    """
    listed = list(records)
    columns: dict[str, None] = {}
    for record in listed:
        for key, value in record.fields.items():
            if isinstance(value, str | dict | list | lenient_json.Unusable):
                columns[key] = None
    return Records(listed, tuple(columns))


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", type(None): "null", int: "a number", float: "a number"}
    return kinds.get(type(value), described(value))
