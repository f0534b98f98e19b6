"""Read the SGM and XML files of WMT and NIST.

SGM is not XML: `&` and `<` stand unescaped in its texts. Only the tags `seg`, `doc` and those of the sets count, and a
text is all that is between `<seg>` and `</seg>`. XML is read by expat; a document type or an entity is refused, so that
no file can make the memory overflow.

A file may contain several texts for each segment: `src`, `ref` and `hyp` in XML, documents with different `sysid` in
SGM. Each is a `_Stream` and becomes a column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from xml.parsers import expat

from harness.core.errors import InputError
from harness.scoring.textfiles.records import Record, Records

Label = Literal["source", "reference", "hypothesis"]

_TAG = re.compile(r"<(/?)(seg|doc|refset|tstset|srcset)\b([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_BLANKS = re.compile(r"[ \t\r\n]+")
_KINDS: Mapping[Label, str] = {"source": "src", "reference": "ref", "hypothesis": "hyp"}


@dataclass(frozen=True, slots=True)
class _Segment:
    """One text, and what stands around it."""

    line: int
    document: str
    name: str  # the segment's id in its document; empty if it has none
    kind: str  # src, ref or hyp; empty if the file does not say
    stream: str  # of which system, translator or set it is
    text: str


def read_sgm(text: str, file: str, label: Label) -> Records:
    """Return the segments of an SGM file.

    Raises:
        InputError: there is no segment, one is not closed, or the file defines entities.
    """
    if "<!ENTITY" in text:
        raise InputError(f"{file}: a definition of entities is refused; remove <!ENTITY ...> from the file")
    segments: list[_Segment] = []
    document = system = ""
    opened: tuple[re.Match[str], int] | None = None
    line, position = 1, 0
    for tag in _TAG.finditer(text):
        line, position = line + text.count("\n", position, tag.start()), tag.start()
        closing, name = bool(tag[1]), tag[2].lower()
        if name == "seg" and closing and opened:
            start, at = opened
            content = _unescaped(text[start.end() : tag.start()])
            segments.append(_Segment(at, document, _attributes(start[3]).get("id", ""), "", system, content))
            opened = None
        elif opened or (name == "seg" and closing):
            at = opened[1] if opened else line
            raise InputError(f"{file} line {at}: expected </seg> after each <seg>; repair the file")
        elif name == "seg":
            opened = (tag, line)
        elif name == "doc" and not closing:
            attributes = _attributes(tag[3])
            document, system = attributes.get("docid", attributes.get("id", "")), attributes.get("sysid", "")
    if opened:
        raise InputError(f"{file} line {opened[1]}: expected </seg> after each <seg>; is the file cut off?")
    return _records(segments, file, label)


def read_xml(text: str, file: str, label: Label) -> Records:
    """Return the segments of an XML file of the kind that a label names.

    Raises:
        InputError: the file is not XML, has a document type, or has no segment of that kind.
    """
    reader = _XmlReader(file)
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda name, attributes: reader.start(parser, name, attributes)
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise InputError(
            f"{file} line {error.lineno}: expected XML, found a fault ({reason}); repair the file"
        ) from None
    return _records(reader.segments, file, label)


@dataclass(slots=True)
class _XmlReader:
    """What expat has read so far."""

    file: str
    segments: list[_Segment] = field(default_factory=list)
    _document: str = ""
    _kind: str = ""
    _stream: str = ""
    _opened: tuple[int, str] | None = None  # line and id of the segment
    _texts: list[str] = field(default_factory=list)

    def start(self, parser: expat.XMLParserType, name: str, attributes: dict[str, str]) -> None:
        """Note a start tag."""
        if name == "seg":
            self._opened, self._texts = (parser.CurrentLineNumber, attributes.get("id", "")), []
        elif name == "doc":
            self._document = attributes.get("docid", attributes.get("id", ""))
            self._kind, self._stream = "", attributes.get("sysid", "")
        elif name in _KINDS.values():
            self._kind = name
            self._stream = attributes.get("system" if name == "hyp" else "translator", name)

    def end(self, name: str) -> None:
        """Note an end tag."""
        if name == "seg" and self._opened:
            line, segment = self._opened
            content = _BLANKS.sub(" ", "".join(self._texts)).strip(" ")
            self.segments.append(_Segment(line, self._document, segment, self._kind, self._stream, content))
            self._opened = None
        elif name in _KINDS.values():
            self._kind = self._stream = ""

    def characters(self, data: str) -> None:
        """Keep the text of a segment."""
        if self._opened:
            self._texts.append(data)

    def refuse(self, *_: object) -> None:
        """Raise InputError."""
        raise InputError(f"{self.file}: a document type or an entity is refused; remove <!DOCTYPE ...> from the file")


def _records(segments: list[_Segment], file: str, label: Label) -> Records:
    """Return a record for each segment and stream of the kind that a label names.

    The columns are the streams; with one stream, `text`. Several references become versions.
    """
    if not segments:
        raise InputError(f'{file}: expected <seg id="1">...</seg>, found no segment')
    kind = _KINDS[label]
    wanted = [segment for segment in segments if segment.kind in ("", kind)]
    if not wanted:
        there = ", ".join(dict.fromkeys(f"<{segment.kind}>" for segment in segments))
        raise InputError(f"{file}: expected <{kind}> with the texts of the {label}, found {there} only")
    by_id = _ids(segments, wanted)
    streams = tuple(dict.fromkeys(segment.stream for segment in wanted))
    several = len(streams) > 1 and len(set(by_id)) < len(by_id)
    records: list[Record] = []
    rows: dict[str, dict[str, object]] = {}
    for segment, name in zip(wanted, by_id, strict=True):
        article = {"article": segment.document} if segment.document else {}
        fields: dict[str, object] = {"id": name, **article}
        if several and label != "reference":
            row = rows.setdefault(name, fields)
            row[segment.stream or "unnamed"] = segment.text
            if row is not fields:
                continue
            fields = row
        elif several:
            fields |= {"version": segment.stream or "unnamed", "text": segment.text}
        else:
            fields["text"] = segment.text
        records.append(Record(f"{file} line {segment.line}", fields))
    columns = tuple(stream or "unnamed" for stream in streams) if several and label != "reference" else ("text",)
    return Records(records, columns, weak_ids=True)


def _ids(segments: list[_Segment], wanted: list[_Segment]) -> list[str]:
    """Return the ids of the wanted segments: their own if no two documents have the same, else with the document's."""
    places = {(segment.document, segment.name) for segment in segments}
    unique = len({name for _, name in places}) == len(places)
    if not all(segment.name for segment in segments):
        return [str(number) for number in range(1, len(wanted) + 1)]
    return [segment.name if unique else f"{segment.document}#{segment.name}" for segment in wanted]


def _attributes(text: str) -> dict[str, str]:
    return {match[1].lower(): match[2] or match[3] or match[4] or "" for match in _ATTRIBUTE.finditer(text)}


def _unescaped(text: str) -> str:
    """Return a text with one blank for each run of blanks and the characters that entities stand for."""
    return _ENTITY.sub(_character, _BLANKS.sub(" ", text).strip(" "))


def _character(match: re.Match[str]) -> str:
    name = match[1]
    if not name.startswith("#"):
        return _ENTITIES[name]
    code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]
