"""Read one file of texts: one segment per line, JSONL, a JSON list, CSV, TSV, SGM or XML; each also gzipped.

The suffix of the name decides the form, because no form is guessed silently. Only standard input and pipes, which have
no name, are recognised by their content. A file that is named as plain text and looks structured is refused.

A record of a source or a reference may also have `article` and `kind`, and a record of a reference `version`. If one
record has such a key, all records need it: articles for only some segments would silently change what is resampled. If
records of references have `language`, those in another language than the outputs are ignored. So the files in
`references/` can be given unchanged.

A version may lack ids that another version has. An empty reference is a reference without words, unless `empty` is
"none": then the segment has no reference in this version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from harness.core import files, lenient_json
from harness.core.errors import InputError
from harness.core.text import is_blank
from harness.scoring.textfiles import contents, markup, objects, structure, tables
from harness.scoring.textfiles.contents import Contents
from harness.scoring.textfiles.markup import Label
from harness.scoring.textfiles.records import Record, Records, described, id_of, text_column, text_of

EmptyReference = Literal["text", "none"]
_OPTIONAL: Mapping[Label, tuple[str, ...]] = {
    "source": ("article", "kind"),
    "reference": ("article", "kind", "version"),
    "hypothesis": (),
}
_JSONL, _JSON, _CSV, _TSV, _SGM, _XML = (
    (".jsonl", ".ndjson"),
    (".json",),
    (".csv",),
    (".tsv",),
    (".sgm", ".sgml"),
    (".xml",),
)
# Suffixes of forms that are not read, with the way out.
_UNREAD = {
    ".yaml": "write JSONL", ".yml": "write JSONL", ".toml": "write JSONL", ".html": "write plain text",
    ".htm": "write plain text", ".tmx": "export the texts", ".xlf": "export the texts", ".xliff": "export the texts",
    ".po": "export the texts", ".srt": "export the texts", ".vtt": "export the texts", ".parquet": "write JSONL or CSV",
    ".arrow": "write JSONL or CSV", ".feather": "write JSONL or CSV", ".pkl": "write JSONL or CSV",
    ".xlsx": "save the sheet as CSV", ".xls": "save the sheet as CSV", ".ods": "save the sheet as CSV",
    ".docx": "save it as plain text", ".doc": "save it as plain text", ".pdf": "save it as plain text",
    ".npy": "write JSONL or CSV", ".zip": "unpack it",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Texts:
    """One file, or one version of a file of references."""

    path: Path
    ids: tuple[str, ...] | None
    texts: tuple[str | None, ...]  # None: a reference that this version does not have
    articles: tuple[str | None, ...] = ()  # of each text; None: unknown, because this version lacks the segment
    kinds: tuple[str | None, ...] = ()  # likewise
    version: str = ""  # if the file has several
    weak_ids: bool = False  # ids are numbers within the file, as in SGM
    notes: tuple[str, ...] = ()  # how the file was read

    def __str__(self) -> str:
        name = contents.shown(self.path)
        return f"{name} (version {self.version})" if self.version else name

    def present(self) -> list[str]:
        """Return the texts that are not missing."""
        return [content for content in self.texts if content is not None]

    def same_texts(self, other: Texts) -> bool:
        """Whether two files have the same texts; a missing one counts as empty."""
        return [content or "" for content in self.texts] == [content or "" for content in other.texts]

    def where(self, index: int) -> str:
        """Return the id of a text, or its line."""
        return self.ids[index] if self.ids else f"line {index + 1}"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the files of one command."""

    contents: Contents
    column: str | None = None  # the text of files that have columns, if their argument names none
    empty: EmptyReference = "text"

    def read(self, label: Label, path: Path) -> Texts:
        """Return the texts of a source or a hypothesis.

        Raises:
            FileError: the file cannot be read.
            InputError: the form is not read, no column is known to be the text, a record has no text or lacks a key
                that others have, or an id occurs twice.
        """
        return self._versions(label, path)[None]

    def references(self, paths: Sequence[Path], language: str) -> dict[str, Texts]:
        """Return the references in a language by version, or by file name, or by path if two files share a name.

        Raises:
            FileError: a file cannot be read.
            InputError: as `read`, or a version is in two files.
        """
        names = Counter(path.name for path in paths)
        streams: dict[str, Texts] = {}
        for path in paths:
            name = contents.shown(Path(path.name) if names[path.name] == 1 else path)
            versions = self._versions("reference", path, language)
            for version, stream in versions.items():
                stream_name = name if version is None or len(versions) == 1 else version
                if stream_name in streams:
                    raise InputError(
                        f"{contents.shown(path)}: the reference {stream_name} is in {streams[stream_name].path} too; "
                        "give each version a name of its own"
                    )
                streams[stream_name] = _without_empty(stream) if self.empty == "none" else stream
        return streams

    def _versions(self, label: Label, path: Path, language: str | None = None) -> dict[str | None, Texts]:
        """Return the texts of a file by version: None if it has no versions."""
        file, own_column = contents.locate(path)
        name = contents.shown(file)
        text = self.contents.text(file)
        parsed = _parsed(file, name, text, label, own_column, self.column)
        if isinstance(parsed, Records):
            # SGM and XML name no columns; they need --text-column only to choose one of several systems.
            general = self.column if not parsed.weak_ids or self.column in parsed.columns else None
            return _by_version(label, path, name, parsed, own_column or general, language)
        if own_column is not None:
            raise InputError(f"{name}: there is no column {own_column!r}; each line of the file is one text")
        return {None: Texts(path, None, tuple(parsed))}


def _parsed(
    file: Path, name: str, text: str, label: Label, own_column: str | None, general: str | None
) -> Records | list[str]:
    """Return the records of a file, or its texts if it is plain or a list of texts.

    `own_column` is the column that the argument names, `general` that of --text-column.
    """
    chosen = own_column or general
    form = _form_of_stream(text) if contents.is_stream(file) else contents.suffix(file)
    if form in _UNREAD:
        raise InputError(f"{name}: {form} files are not read; {_UNREAD[form]}")
    if form in _JSONL:
        return objects.read_jsonl(text, name)
    if form in _JSON:
        return objects.read_json(text, name)
    if form in _CSV or form in _TSV:
        return tables.read(text, name, delimiter="," if form in _CSV else "\t", chosen=chosen)
    if form in _SGM:
        return markup.read_sgm(text, name, label)
    if form in _XML:
        return markup.read_xml(text, name, label)
    lines = files.split_lines(text)
    if (own_column and "\t" in lines[0]) or (general and tables.looks_like_rows(lines)):
        return tables.read(text, name, delimiter="\t", chosen=chosen)
    structure.refuse_structured(text, lines, name)
    return lines


def _form_of_stream(text: str) -> str:
    """Return the suffix that a text without a name would have; empty for plain text."""
    if objects.is_jsonl(text):
        return ".jsonl"
    if objects.is_json(text):
        return ".json"
    start = text.lstrip()[:200].lower()
    if start.startswith(("<?xml", "<dataset")):
        return ".xml"
    return ".sgm" if start.startswith(("<refset", "<tstset", "<srcset", "<doc", "<seg", "<!doctype")) else ""


def _without_empty(stream: Texts) -> Texts:
    return replace(
        stream, texts=tuple(None if content is None or is_blank(content) else content for content in stream.texts)
    )


def _by_version(
    label: Label, path: Path, name: str, parsed: Records, chosen: str | None, language: str | None
) -> dict[str | None, Texts]:
    """Return the texts of records, of one language if one is given, by version: None if records have no version."""
    records = parsed.records
    if not records:
        raise InputError(f"{name}: the file is empty; expected a record per segment")
    if language is not None:
        records = _in_language(records, language, name, label)
    column = text_column(name, parsed, chosen)
    given = [
        key
        for key in _OPTIONAL[label]
        if key != column and any(record.fields.get(key) is not None for record in records)
    ]
    with_ids = column != "id" and any(record.fields.get("id") is not None for record in records)
    by_version: dict[str | None, dict[str, Record]] = {}
    for number, record in enumerate(records, start=1):
        version, identifier = _checked(record, column, given)
        if with_ids and identifier is None:
            raise InputError(f'{record.where}: expected {{"id": "...", "{column}": "..."}}, found id None')
        of_version = by_version.setdefault(version, {})
        key = identifier if with_ids and identifier is not None else str(number)
        if key in of_version:
            raise InputError(f"{record.where}: the {label} of {key} occurs twice; expected one record per id")
        of_version[key] = record
    if not with_ids and len(by_version) > 1:
        raise InputError(f"{name}: expected an id in each record, because the file has several versions")
    return {
        version: Texts(
            path,
            tuple(of_version) if with_ids else None,
            tuple(text_of(record, column) for record in of_version.values()),
            articles=_values(of_version, "article") if "article" in given else (),
            kinds=_values(of_version, "kind") if "kind" in given else (),
            version=version or "",
            weak_ids=parsed.weak_ids,
            notes=tuple(parsed.notes),
        )
        for version, of_version in by_version.items()
    }


def _in_language(records: Sequence[Record], language: str, name: str, label: Label) -> list[Record]:
    languages = dict.fromkeys(str(record.fields.get("language", language)) for record in records)
    chosen = [record for record in records if record.fields.get("language", language) == language]
    if not chosen:
        raise InputError(f"{name}: expected {label}s in {language}, found {', '.join(languages)}; check --target")
    return chosen


def _checked(record: Record, column: str, given: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the version and the id of a record, None if it has none; `given` are the keys that it must have.

    Raises:
        InputError: the text, the id or one of the keys cannot be used.
    """
    text_of(record, column)  # raises
    for key in given:
        _check_name(record, key)
    identifier = None if column == "id" else id_of(record)
    return str(record.fields["version"]) if "version" in given else None, identifier


def _check_name(record: Record, key: str) -> None:
    """Raise InputError unless a key has a text or a whole number."""
    value: Any = record.fields.get(key)
    if (isinstance(value, str) and not is_blank(value) and lenient_json.is_unicode(value)) or type(value) is int:
        return
    content = described(value) if key in record.fields else "none"
    raise InputError(f"{record.where}: expected a text or a number for {key}, as other lines have one, found {content}")


def _values(records: Mapping[str, Record], key: str) -> tuple[str, ...]:
    return tuple(str(record.fields[key]) for record in records.values())
