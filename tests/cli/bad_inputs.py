"""Bad inputs as a table: the files, the command, its exit code, and words of the one line that the user reads.

`test_bad_inputs.py` runs every row of `ALL`. To extend the table, add a list for a command and name it in `ALL`.
"""

# One row per line reads best, so lines may be long here.
# ruff: noqa: E501

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

REF = ("the cat sat on the mat", "he left the house", "rain fell all day")
HYP = ("the cat sat on a mat", "he left a house", "rain fell all night")
ALT = ("a cat sat on a mat", "he went out of the house", "it rained all day")


@dataclass(frozen=True, kw_only=True)
class BadInput:
    """One row."""

    name: str  # what is wrong
    arguments: str  # of `harness`, as a shell splits them
    expected: str  # words of the one line on stderr
    files: Mapping[str, str | bytes] = field(default_factory=dict)  # a name that ends in / is a folder
    with_run: bool = False  # tests/data/run-v1: results/, news/, config.yaml, outputs.jsonl and baseline.json
    code: int = 2
    stdin: bytes = b""


def lines(*texts: str, end: str = "\n") -> str:
    return "".join(f"{text}{end}" for text in texts)


def jsonl(*rows: object) -> str:
    return lines(*(json.dumps(row, ensure_ascii=False) for row in rows))


def objects(texts: tuple[str, ...] = HYP, **more: object) -> list[dict[str, object]]:
    return [{"id": f"s{number}", "text": text, **more} for number, text in enumerate(texts, start=1)]


def sgm(texts: tuple[str, ...] = HYP, kind: str = "tstset") -> str:
    segments = lines(*(f'<seg id="{number}">{text}</seg>' for number, text in enumerate(texts, start=1)))
    return f'<{kind} setid="x">\n<doc docid="d">\n{segments}</doc>\n</{kind}>\n'


def xml(**streams: tuple[str, ...]) -> str:
    """Return WMT's XML with src, ref_NAME and hyp_NAME."""
    parts = []
    for stream, texts in streams.items():
        kind, _, name = stream.partition("_")
        attribute = {"ref": f' translator="{name}"', "hyp": f' system="{name}"'}.get(kind, "")
        segments = "".join(f'<seg id="{number}">{text}</seg>\n' for number, text in enumerate(texts, start=1))
        parts.append(f"<{kind}{attribute}>\n<p>{segments}</p></{kind}>\n")
    body = "".join(parts)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<dataset id="x"><doc id="d">\n{body}</doc></dataset>\n'


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "x")
    return file.getvalue()


LAUGHS = (
    '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghij", "bcdefghijk", strict=True))
    + ']>\n<dataset><doc><hyp><seg id="1">&k;</seg></hyp></doc></dataset>\n'
)
OUTSIDE = (
    '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><dataset><doc><hyp><seg>&f;</seg></hyp></doc></dataset>\n'
)
SCORE = "score --task translate --reference ref.en"


def hypothesis(name: str, file: str, content: str | bytes, expected: str) -> BadInput:
    """Return a row in which one file of outputs is wrong."""
    files = {"ref.en": lines(*REF), file: content}
    return BadInput(name=name, arguments=f"{SCORE} --hypothesis x={file}", files=files, expected=expected)


def chosen(name: str, argument: str, content: str | bytes, expected: str, *more: str) -> BadInput:
    """Return a row in which a column is chosen; the file is the part of the argument before the colon."""
    files = {"ref.en": lines(*REF), argument.partition(":")[0]: content}
    arguments = " ".join([f"{SCORE} --hypothesis x={argument}", *more])
    return BadInput(name=name, arguments=arguments, files=files, expected=expected)


def reference(name: str, file: str, content: str | bytes, expected: str) -> BadInput:
    """Return a row in which one file of references is wrong."""
    files = {"hyp.en": lines(*HYP), file: content}
    arguments = f"score --task translate --reference {file} --hypothesis x=hyp.en"
    return BadInput(name=name, arguments=arguments, files=files, expected=expected)


def command(name: str, arguments: str, expected: str, stdin: bytes = b"", **files: str) -> BadInput:
    """Return a row in which the command is wrong, with ref.en, hyp.en and table.csv at hand."""
    table = "id,google,nllb\n" + lines(*(f"{n},{a},{b}" for n, (a, b) in enumerate(zip(HYP, ALT, strict=True))))
    there = {"ref.en": lines(*REF), "hyp.en": lines(*HYP), "table.csv": table}
    there |= {name.replace("__", "."): content for name, content in files.items()}
    return BadInput(name=name, arguments=arguments, files=there, expected=expected, stdin=stdin)


XLSUM = jsonl(*({"id": f"s{n}", "url": "u", "title": "t", "summary": a, "text": b} for n, (a, b) in
                enumerate(zip(REF, ALT, strict=True))))  # fmt: skip
RIVALS = ("prediction", "predictions", "output", "hypothesis", "target", "reference", "summary", "translation",
          "generated_text", "highlights")  # fmt: skip

STRUCTURED_AS_TEXT = [
    hypothesis("JSON objects", "h.en", jsonl(*objects()), "found JSON objects; let the name end in .jsonl"),
    hypothesis("a JSON list of texts", "h.en", json.dumps(HYP), "let the name end in .json"),
    hypothesis("a JSON list over several lines", "h.txt", json.dumps(HYP, indent=1), "let the name end in .json"),
    hypothesis("a JSON list of objects", "h.txt", json.dumps(objects()), "let the name end in .json"),
    hypothesis("a JSON object", "h.en", json.dumps({"a": 1}, indent=1), "found a JSON object"),
    hypothesis("JSON lists per line", "h.en", jsonl(*([text] for text in HYP)), "let the name end in .json"),
    hypothesis("a list of Python", "h.en", repr(list(HYP)) + "\n", "found a list"),
    hypothesis("SGM", "h.en", sgm(), "found SGM; let the name end in .sgm"),
    hypothesis("segments of SGM", "h.en", lines(*(f"<seg id='1'>{t}</seg>" for t in HYP)), "found SGM"),
    hypothesis("indented SGM", "h.en", lines(*(f"  <seg id='1'>{t}</seg>" for t in HYP)), "found SGM"),
    hypothesis("XML", "h.en", xml(hyp_a=HYP), "found XML; let the name end in .xml"),
    hypothesis("HTML", "h.en", "<!DOCTYPE html>\n<p>a</p>\n<p>b</p>\n", "found HTML"),
    hypothesis("TMX", "h.en", "<tmx version='1.4'>\n<body>\n</body>\n", "found TMX or XLIFF"),
    hypothesis("WebVTT", "h.en", "WEBVTT\n\n00:01.000 --> 00:02.000\nx\n", "found subtitles"),
    hypothesis("SubRip", "h.en", "1\n00:00:01,000 --> 00:00:02,000\nx\n", "found subtitles"),
    hypothesis("a PO file", "h.en", 'msgid ""\nmsgstr ""\nx\n', "found a PO file"),
    hypothesis("id and text", "h.en", lines(*(f"{n}\t{t}" for n, t in enumerate(HYP))), "found 2 columns parted by tabs; choose a column, for example h.en:1"),
    hypothesis("tabs in one line", "h.en", "1\tone line\n", "found 2 columns parted by tabs"),
    hypothesis("fairseq's output", "h.en", "S-0\ta\nH-0\t-0.3\tb\nP-0\t-0.1\t-0.2\n", "found output of fairseq-generate; keep the texts"),
    hypothesis("fairseq's hypotheses", "h.en", lines(*(f"H-{n}\t-0.3\t{t}" for n, t in enumerate(HYP))), "found output of fairseq-generate"),
    hypothesis("an n-best list", "h.en", lines(*(f"{n} ||| {t} ||| -0.3" for n, t in enumerate(HYP))), "found an n-best list"),
    hypothesis("a Markdown table", "h.en", lines("| id | text |", "|---|---|", "| 1 | a |"), "found a Markdown table"),
    hypothesis("tabs and blank lines", "h.en", "1\ta\n\n2\tb\n", "found 2 columns parted by tabs"),
    hypothesis("CSV with a header", "h.en", lines("id,text", *(f"{n},{t}" for n, t in enumerate(HYP))), "found the header of a table; let the name end in .csv"),
    hypothesis("CSV with semicolons", "h.en", lines("id;text", *(f"{n};{t}" for n, t in enumerate(HYP))), "the header of a table"),
    hypothesis("CSV with numbers", "h.en", lines(*(f"{n},{t}" for n, t in enumerate(HYP))), "columns parted by commas"),
    hypothesis("CSV with quotes", "h.en", lines(*(f's{n},"{t}"' for n, t in enumerate(HYP))), "columns parted by commas"),
    reference("two references per line", "r.en", lines(*(f"{a}\t{b}" for a, b in zip(REF, ALT, strict=True))), "choose a column, for example r.en:1"),
    reference("a JSON list", "r.en", json.dumps(REF), "let the name end in .json"),
    reference("SGM as references", "r.en", sgm(REF, "refset"), "let the name end in .sgm"),
]  # fmt: skip

WHICH_COLUMN = [
    reference("XL-Sum: text is the article", "r.jsonl", XLSUM,
              "r.jsonl: which column is the text? It could be summary, text; choose one, for example r.jsonl:text"),
    *(hypothesis(f"text beside {rival}", "h.jsonl", jsonl(*objects(**{rival: "a"})),
                 f"It could be text, {rival}; choose one, for example h.jsonl:{rival}") for rival in RIVALS),
    *(hypothesis(f"text beside {rival} in CSV", "h.csv", f"id,{rival},text\n" + lines(*(f"{n},a,{t}" for n, t in enumerate(HYP))),
                 f"It could be {rival}, text; choose one") for rival in RIVALS[:3]),
    hypothesis("two texts in JSON", "h.json", json.dumps([{"output": "a", "target": "b"}]), "It could be output, target"),
    hypothesis("no known field", "h.jsonl", jsonl({"id": 1, "body": "a"}), "found no column that is known to be the text (columns: body)"),
    hypothesis("no text at all", "h.jsonl", jsonl({"id": 1}), 'expected {"id": "...", "text": "..."}'),
    hypothesis("CSV without a known name", "h.csv", "id,english\n1,a\n2,b\n3,c\n", "(columns: id, english); choose one, as FILE:COLUMN"),
    hypothesis("CSV without a header", "h.csv", "a1,b\na2,c\na3,d\n", "found 2 columns and no header; choose the column of the text, for example h.csv:2"),
    hypothesis("TSV without a header", "h.tsv", "a1\tb\na2\tc\na3\td\n", "found 2 columns and no header"),
    chosen("a column that is not there", "h.csv:english", "id,text\n1,a\n2,b\n3,c\n", "there is no column 'english' (columns: id, text)"),
    chosen("a column that JSONL has not", "h.jsonl:english", jsonl(*objects()), "there is no column 'english' (columns: id, text)"),
    chosen("a column number too high", "h.csv:3", "id,text\n1,a\n2,b\n3,c\n", "there is no column '3'"),
    chosen("column 0", "h.csv:0", "id,text\n1,a\n2,b\n3,c\n", "there is no column '0'"),
    chosen("a column of plain lines", "h.en:2", lines(*HYP), "there is no column '2'; each line of the file is one text"),
    chosen("a column of lines with different tabs", "h.en:2", "1\ta\n2\tb\tc\n", "h.en line 2: expected 2 columns, as the first row has, found 3"),
    chosen("a column of a list of texts", "h.json:text", json.dumps(HYP), "there is no column 'text'"),
    chosen("a name that TSV without a header has not", "h.en:english", "1\ta\n2\tb\n3\tc\n", "there is no column 'english' (columns: 1, 2)"),
    chosen("--text-column that is not there", "h.jsonl", jsonl(*objects()), "there is no column 'english'", "--text-column english"),
    chosen("a system that XML has not", "h.xml:c", xml(hyp_a=HYP, hyp_b=ALT), "there is no column 'c' (columns: a, b)"),
    hypothesis("two systems in XML", "h.xml", xml(hyp_a=HYP, hyp_b=ALT), "(columns: a, b); choose one, as FILE:COLUMN"),
]  # fmt: skip

DAMAGED = [
    hypothesis("JSONL with a list", "h.jsonl", json.dumps(HYP), "found list; a list goes into a file named .json"),
    hypothesis("JSONL that is cut off", "h.jsonl", jsonl(*objects())[:-9], "h.jsonl line 3: expected one JSON object, found bad JSON"),
    hypothesis("JSON that is cut off", "h.json", json.dumps(HYP)[:-5], "h.json line 1: expected a JSON list, found bad JSON"),
    hypothesis("one JSON object", "h.json", json.dumps({"a": "b"}, indent=1), "expected a JSON list of texts or of objects, found an object"),
    hypothesis("a JSON text", "h.json", '"a"', "found a text; write the segments as a list"),
    hypothesis("JSON null", "h.json", "null", "found null"),
    hypothesis("an empty JSON list", "h.json", "[]", "the list is empty"),
    hypothesis("texts and objects", "h.json", json.dumps(["a", {"text": "b"}]), "h.json item 2: expected a text per segment, found an object"),
    hypothesis("objects and null", "h.json", json.dumps([{"text": "b"}, None]), "item 2: expected an object per segment, found null"),
    hypothesis("numbers for texts", "h.json", "[1, 2]", "item 1: expected a text per segment, found a number"),
    hypothesis("half a character in a list", "h.json", r'["a", "\ud83d"]', "item 2: expected text, found half of a surrogate pair"),
    hypothesis("lists in lists", "h.json", "[" * 100_000, "h.json: expected a JSON list, found bad JSON (lists or objects are nested too deeply)"),
    hypothesis("text is NaN", "h.jsonl", '{"id": 1, "text": NaN}\n', "h.jsonl line 1: expected"),
    hypothesis("text is a number", "h.jsonl", '{"id": 1, "text": "a"}\n{"id": 2, "text": 2}\n', "h.jsonl line 2: expected"),
    hypothesis("text is null", "h.jsonl", '{"id": 1, "text": "a"}\n{"id": 2, "text": null}\n', "found text None"),
    hypothesis("text is a list", "h.jsonl", '{"id": 1, "text": ["a"]}\n', "found text ['a']"),
    hypothesis("text twice", "h.jsonl", '{"id": 1, "text": "a", "text": "b"}\n', "found text a key that stands twice"),
    hypothesis("half a character", "h.jsonl", '{"id": 1, "text": "\\ud83d"}\n', "found half of a surrogate pair in text"),
    hypothesis("id is a list", "h.jsonl", '{"id": [1], "text": "a"}\n', "an id is a text or a whole number"),
    hypothesis("id is true", "h.jsonl", '{"id": true, "text": "a"}\n', "found id True"),
    hypothesis("id is a fraction", "h.jsonl", '{"id": 1.5, "text": "a"}\n', "found id 1.5"),
    hypothesis("id of 5,000 digits", "h.jsonl", '{"id": ' + "9" * 5000 + ', "text": "a"}\n', "found id a number of 5,000 digits"),
    hypothesis("id is blank", "h.jsonl", '{"id": " ", "text": "a"}\n', "found id ' '"),
    hypothesis("some ids", "h.jsonl", '{"id": 1, "text": "a"}\n{"text": "b"}\n', "h.jsonl line 2: expected"),
    hypothesis("an id twice", "h.jsonl", '{"id": 1, "text": "a"}\n{"id": "1", "text": "b"}\n', "the hypothesis of 1 occurs twice"),
    hypothesis("an id twice in CSV", "h.csv", "id,text\n1,a\n1,b\n", "h.csv line 3: the hypothesis of 1 occurs twice"),
    hypothesis("a quote that is not closed", "h.csv", 'id,text\n1,"a\n2,b\n', "bad CSV (unexpected end of data); is a quotation mark missing"),
    hypothesis("a quote inside a field", "h.csv", 'id,text\n1,"a"b\n2,b\n', "h.csv line 2: bad CSV"),
    hypothesis("a comma that is not quoted", "h.csv", "id,text\n1,a\n2,b, c\n", "h.csv line 3: expected 2 columns, as the first row has, found 3; quote a text"),
    hypothesis("a blank row", "h.csv", "id,text\n1,a\n\n2,b\n", "h.csv line 3: expected 2 columns"),
    hypothesis("a tab too many", "h.tsv", "id\ttext\n1\ta\tb\n", "h.tsv line 2: expected 2 columns, as the first row has, found 3"),
    hypothesis("a header only", "h.csv", "id,text\n", "expected a row per segment, found only a header"),
    hypothesis("a column twice", "h.csv", "id,text,text\n1,a,b\n", "the header has the column 'text' twice"),
    hypothesis("CSV with tabs", "h.csv", "id\ttext\n1\ta\n", "expected columns parted by commas, found tabs; save it as CSV"),
    hypothesis("semicolons in .csv", "h.csv", "id;text\n1;a\n", "expected columns parted by commas, found semicolons"),
    hypothesis("semicolons and commas in .csv", "h.csv", "id;text\n1;a, b\n2;c\n", "found semicolons"),
    hypothesis("a field of 200,000 characters", "h.csv", 'id,text\n1,"' + "a " * 100_000, "h.csv line 2: bad CSV (field larger"),
    hypothesis("TSV with commas", "h.tsv", "id,text\n1,a\n", "expected columns parted by tabs, found commas"),
    hypothesis("CR for line ends", "h.csv", "id,text\r1,a\r2\r", "h.csv line 3: expected 2 columns, as the first row has, found 1"),
    hypothesis("SGM without a segment", "h.sgm", "<tstset></tstset>\n", 'expected <seg id="1">...</seg>, found no segment'),
    hypothesis("SGM that is cut off", "h.sgm", sgm()[:60], "expected </seg> after each <seg>; is the file cut off?"),
    hypothesis("a segment that is not closed", "h.sgm", sgm().replace("</seg>", "", 1), "h.sgm line 3: expected </seg>"),
    hypothesis("SGM with entities", "h.sgm", '<!DOCTYPE x [<!ENTITY a "b">]>\n' + sgm(), "a definition of entities is refused"),
    hypothesis("200,000 segments that are not closed", "h.sgm", '<seg id="1">a\n' * 200_000, "h.sgm line 1: expected </seg>"),
    hypothesis("XML that is not XML", "h.xml", xml(hyp_a=HYP).replace("</p>", ""), "expected XML, found a fault (mismatched tag)"),
    hypothesis("XML with &", "h.xml", xml(hyp_a=("a & b",)), "expected XML, found a fault"),
    hypothesis("XML without outputs", "h.xml", xml(src=REF), "expected <hyp> with the texts of the hypothesis, found <src> only"),
    hypothesis("a billion laughs", "h.xml", LAUGHS, "a document type or an entity is refused"),
    hypothesis("a file from elsewhere", "h.xml", OUTSIDE, "a document type or an entity is refused"),
    hypothesis("plain lines named .xml", "h.xml", lines(*HYP), "h.xml line 1: expected XML"),
    hypothesis("plain lines named .json", "h.json", lines(*HYP), "h.json line 1: expected a JSON list"),
    hypothesis("plain lines named .jsonl", "h.jsonl", lines(*HYP), "h.jsonl line 1: expected one JSON object, found bad JSON (Expecting value, col 1) (and 2 more lines)"),
    hypothesis("gzip that is cut off", "h.en.gz", gzip.compress(lines(*HYP).encode())[:-9], "h.en.gz: damaged gzip"),
    hypothesis("gzip with a wrong sum", "h.en.gz", gzip.compress(lines(*HYP).encode())[:-8] + b"\0" * 8, "damaged gzip (CRC check failed"),
    hypothesis("gzip of nothing", "h.en.gz", gzip.compress(b""), "h.en.gz: the file is empty"),
    hypothesis("gzip twice", "h.en.gz", gzip.compress(gzip.compress(b"a\n")), "found a gzip file in a gzip file"),
    hypothesis("gzip in name only", "h.en.gz", lines(*HYP), "the name ends in .gz, but the file is not gzipped"),
    hypothesis("a gzip bomb", "h.en.gz", gzip.compress(b" " * 300_000_000, 1), "expected at most 256,000,000 bytes after decompression"),
    hypothesis("gzipped SGM named as text", "h.en.gz", gzip.compress(sgm().encode()), "found SGM"),
    hypothesis("a ZIP archive", "h.en", zipped(), "found a ZIP archive"),
    hypothesis("an Excel sheet", "h.xlsx", zipped(), "found a ZIP archive (.zip, .xlsx or .docx); unpack it, or save the sheet as CSV"),
    hypothesis("bzip2", "h.en.bz2", b"BZh91AY", "found bzip2; decompress it"),
    hypothesis("xz", "h.en.xz", b"\xfd7zXZ\x00\x00", "found xz; decompress it"),
    hypothesis("Zstandard", "h.en.zst", b"\x28\xb5\x2f\xfd\x00", "found Zstandard"),
    hypothesis("Parquet", "h.parquet", b"PAR1\x15\x04", "found Parquet; save the texts as JSONL or CSV"),
    hypothesis("a pickle", "h.pkl", b"\x80\x04\x95.", "found a pickle"),
    hypothesis("a PDF", "h.pdf", b"%PDF-1.7\n", "found a PDF; save the texts as plain text"),
    hypothesis("RTF", "h.en", b"{\\rtf1 a}", "found RTF"),
    hypothesis("SQLite", "h.db", b"SQLite format 3\x00", "found an SQLite database"),
    hypothesis("YAML", "h.yaml", "- a\n- b\n- c\n", ".yaml files are not read; write JSONL"),
    hypothesis("UTF-16", "h.en", lines(*HYP).encode("utf-16"), "h.en line 1: expected text, found a NUL byte"),
    hypothesis("Latin-1", "h.csv", "id,text\n1,café\n".encode("latin-1"), "h.csv line 2: expected UTF-8, found byte 0xe9"),
    hypothesis("bytes after a gzip file", "h.en.gz", gzip.compress(b"a\nb\nc\n") + b"junk", "h.en.gz: damaged gzip (Not a gzipped file"),
    hypothesis("two bytes of gzip", "h.en.gz", b"\x1f\x8b", "h.en.gz: damaged gzip ("),
    hypothesis("random bytes", "h.en", bytes(range(255, 0, -1)), "h.en line 1: expected UTF-8, found byte 0xff"),
    hypothesis("a program", "h.en", b"\x7fELF\x02\x01\x01\0", "h.en line 1: expected text, found a NUL byte"),
    hypothesis("a picture", "h.png", b"\x89PNG\r\n\x1a\n\0", "expected"),
    hypothesis("an old Word file", "h.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "h.doc line 1: expected"),
    hypothesis("a NumPy array", "h.npy", b"\x93NUMPY\x01\0", "h.npy line 1: expected"),
    hypothesis("Arrow", "h.arrow", b"ARROW1\0\0", "h.arrow: expected text, found Arrow; save the texts as JSONL or CSV"),
    hypothesis("7-Zip", "h.7z", b"7z\xbc\xaf'\x1c", "h.7z line 1: expected UTF-8"),
    hypothesis("a tar archive", "h.tar", b"h.en" + bytes(508), "h.tar line 1: expected text, found a NUL byte"),
    hypothesis("cp1252", "h.en", b"caf\xe9\nb\nc\n", "h.en line 1: expected UTF-8, found byte 0xe9; convert it"),
    hypothesis("Shift-JIS", "h.en", "日本\n".encode("shift-jis"), "h.en line 1: expected UTF-8"),
    hypothesis("UTF-16 without a BOM", "h.en", "a\nb\n".encode("utf-16-le"), "found a NUL byte"),
    hypothesis("UTF-32", "h.en", "a\nb\n".encode("utf-32"), "h.en line 1: expected"),
    hypothesis("UTF-16 in JSONL", "h.jsonl", jsonl(*objects()).encode("utf-16"), "h.jsonl line 1: expected text, found a NUL byte"),
    hypothesis("a NUL in a text", "h.en", "a\0b\nb\nc\n", "h.en line 1: expected text, found a NUL byte"),
    hypothesis("half a character of UTF-8 at the end", "h.en", "a\nb\nक".encode()[:-1], "h.en line 3: expected UTF-8"),
    hypothesis("comments in JSONL", "h.jsonl", '// x\n{"text": "a"}\n', "h.jsonl line 1: expected one JSON object, found bad JSON"),
    hypothesis("single quotes in JSONL", "h.jsonl", "{'text': 'a'}\n", "h.jsonl line 1: expected one JSON object, found bad JSON"),
    hypothesis("a comma at the end of a JSON list", "h.json", '["a", "b",]', "h.json line 1: expected a JSON list, found bad JSON"),
    hypothesis("two JSON lists", "h.json", '["a"]\n["b"]\n', "h.json line 2: expected a JSON list, found bad JSON (Extra data"),
    hypothesis("NaN in a JSON list", "h.json", '[{"text": NaN}]', "h.json item 1: expected"),
    hypothesis("nested too deeply in JSONL", "h.jsonl", '{"text": "a", "x": ' + "[" * 100_000 + "]" * 100_000 + "}\n", "h.jsonl line 1: expected one JSON object, found bad JSON (lists or objects are nested too deeply)"),
    hypothesis("half a character in an id", "h.jsonl", '{"id": "a\\ud800", "text": "x"}\n', r"found id 'a\ud800'"),
    hypothesis("HTML named .html", "h.html", "<html><body>a</body></html>\n", "h.html: .html files are not read; write plain text"),
    hypothesis("TMX named .tmx", "h.tmx", "<tmx/>\n", "h.tmx: .tmx files are not read; export the texts"),
    hypothesis("XLIFF named .xlf", "h.xlf", "<xliff/>\n", "h.xlf: .xlf files are not read; export the texts"),
    hypothesis("SubRip named .srt", "h.srt", "1\n00:00:01,000 --> 00:00:02,000\na\n", "h.srt: .srt files are not read; export the texts"),
    hypothesis("a notebook", "h.ipynb", '{"cells": []}', "h.ipynb: expected one segment per line, found JSON objects"),
    hypothesis("TOML", "h.toml", "a = 1\n", "h.toml: .toml files are not read; write JSONL"),
    hypothesis("TSV with semicolons", "h.tsv", "id;text\n1;a\n", "h.tsv: expected columns parted by tabs, found semicolons"),
    hypothesis("an empty file", "h.en", "", "h.en: the file is empty; expected UTF-8 text"),
    hypothesis("blank lines only", "h.en", "\n\n\n", "h.en: the file is empty"),
    hypothesis("CR for line ends of text", "h.en", "a\rb\r", "h.en: the hypothesis has 2 lines, ref.en has 3"),
    hypothesis("a line of 10 MB", "h.en", "a" * 10_000_001 + "\n", "h.en line 1: expected"),
    reference("an empty reference file", "r.en", "", "r.en: the file is empty"),
    reference("references in UTF-16", "r.en", lines(*REF).encode("utf-16"), "r.en line 1: expected text, found a NUL byte"),
    reference("references in Hindi", "r.hi", "वह घर गया\nवह आया\nबारिश हुई\n", "r.hi: expected references in eng_Latn, but only 0% of the letters are in that script"),
    hypothesis("outputs in Hindi", "h.en", "वह घर गया\nवह आया\nबारिश हुई\n", "h.en: expected outputs in eng_Latn, but only 0% of the letters are in that script"),
    hypothesis("an empty CSV", "h.csv", "", "h.csv: the file is empty"),
    hypothesis("a BOM only", "h.tsv", b"\xef\xbb\xbf\r\n", "h.tsv: the file is empty"),
]  # fmt: skip

TOGETHER = [
    hypothesis("fewer objects than lines", "h.jsonl", jsonl(*objects()[:2]), "ref.en: the reference has 3 lines, h.jsonl has 2 ids"),
    hypothesis("fewer rows than lines", "h.csv", "text\na\nb\n", "h.csv: the hypothesis has 2 lines, ref.en has 3"),
    hypothesis("ids that are numbers out of order", "h.jsonl", jsonl(*({"id": n, "text": t} for n, t in zip((3, 1, 2), HYP, strict=True))),
               "h.jsonl: the ids are numbers out of order, and the lines of ref.en have no ids; sort the file by id"),
    command("ids in two orders beside lines", f"{SCORE} --hypothesis a=a.jsonl --hypothesis b=b.jsonl",
            "ref.en: the lines have no ids, and a.jsonl and b.jsonl have different ids or orders",
            a__jsonl=jsonl(*objects()), b__jsonl=jsonl(*objects(ALT)[::-1])),
    command("versions without ids", "score --task translate --reference r.jsonl --hypothesis x=hyp.en",
            "expected an id in each record, because the file has several versions",
            r__jsonl=jsonl({"text": "a", "version": "a"}, {"text": "b", "version": "b"})),
    command("other ids", "score --task translate --reference r.jsonl --hypothesis x=h.jsonl",
            "it has nothing for s3", r__jsonl=jsonl(*objects(REF)), h__jsonl=jsonl(*objects()[:2])),
    command("a column scored against itself", "score --task translate --reference table.csv:nllb --hypothesis x=table.csv:nllb",
            "table.csv:nllb: the file is given twice"),
    command("fewer lines than references", f"{SCORE} --hypothesis x=h.en", "h.en: the hypothesis has 2 lines, ref.en has 3; expected one line per segment in both", h__en="a\nb\n"),
    command("more lines than references", f"{SCORE} --hypothesis x=h.en", "h.en: the hypothesis has 4 lines, ref.en has 3", h__en="a\nb\nc\nd\n"),
    command("fewer sources than references", f"{SCORE} --hypothesis x=hyp.en --source s.hi", "s.hi: the source has 2 lines, ref.en has 3", s__hi="क\nख\n"),
    command("fewer sources than outputs", "score --task translate --hypothesis x=hyp.en --source s.hi", "hyp.en: the hypothesis has 3 lines, s.hi has 2", s__hi="क\nख\n"),
    command("the outputs as sources", f"{SCORE} --hypothesis x=hyp.en --source hyp.en", "hyp.en: the file is given twice"),
    command("a reference twice", f"{SCORE} --reference ref.en --hypothesis x=hyp.en", "ref.en: the file is given twice"),
    command("a reference as outputs", f"{SCORE} --hypothesis x=ref.en", "ref.en: the file is given twice, and a text cannot be scored against itself"),
    command("an output file twice", f"{SCORE} --hypothesis a=hyp.en --hypothesis b=./hyp.en", "hyp.en: the file is given twice"),
    command("a column given by name and by number", "score --task translate --reference table.csv:nllb --hypothesis x=table.csv:3",
            "table.csv:3: the hypothesis is the reference table.csv:nllb, line for line"),
]  # fmt: skip

COMMANDS = [
    command("no file of that name", f"{SCORE} --hypothesis nothing.en", "nothing.en: no such file"),
    command("no file of that name, with a column", f"{SCORE} --hypothesis x=nothing.csv:text", "nothing.csv:text: no such file"),
    command("no name", f"{SCORE} --hypothesis =hyp.en", "--hypothesis =hyp.en: expected NAME=FILE"),
    command("no file", f"{SCORE} --hypothesis x=", "--hypothesis x=: expected NAME=FILE"),
    command("one name for two files", f"{SCORE} --hypothesis table.csv:google --hypothesis table.csv:nllb", "the name 'table' is given twice"),
    command("two files after one option", f"{SCORE} --hypothesis hyp.en table.csv", "table.csv: expected an option before it; give each file its own --hypothesis"),
    command("an argument without an option", "score foo --task translate --hypothesis hyp.en", "foo: expected an option before it"),
    command("no metric of that name after -m", f"{SCORE} --hypothesis hyp.en -m bleu blue", "blue: expected an option before it"),
    command("no metric of that name in a list", f"{SCORE} --hypothesis hyp.en --metric bleu,chfr", "did you mean 'chrf'"),
    command("a comma for a metric", f"{SCORE} --hypothesis hyp.en --metric ,", "--metric ,: expected a name"),
    command("a metric without -m", f"{SCORE} --hypothesis hyp.en bleu", "bleu: expected an option before it"),
    command("standard input twice", f"{SCORE} --hypothesis a=- --hypothesis b=-", "the file is given twice", stdin=b"a\nb\nc\n"),
    command("nothing on standard input", f"{SCORE} --hypothesis -", "standard input: the file is empty"),
    command("tabs on standard input", f"{SCORE} --hypothesis -", "choose a column, for example standard input:1", stdin=b"1\ta\n2\tb\n3\tc\n"),
    command("objects on standard input", f"{SCORE} --hypothesis -", "standard input: which column is the text?", stdin=b'{"text": "a", "output": "b"}\n'),
    command("a binary on standard input", f"{SCORE} --hypothesis -", "standard input line 1: expected text, found a NUL byte", stdin=b"\x7fELF\0\0"),
    command("a folder with a name", f"{SCORE} --hypothesis x=.", "--hypothesis x=.: expected a file, found a folder; give it without a name"),
    command("a folder as references", "score --task translate --reference . --hypothesis hyp.en", ".: expected a file, found a directory"),
    command("a folder as sources", f"{SCORE} --hypothesis hyp.en --source .", ".: expected a file, found a directory"),
    command("a device", f"{SCORE} --hypothesis x=/dev/zero", "/dev/zero: expected a file, found a device"),
    command("the null device", f"{SCORE} --hypothesis x=/dev/null", "/dev/null: expected a file, found a device"),
    command("a device as references", "score --task translate --reference /dev/urandom --hypothesis x=hyp.en", "/dev/urandom: expected a file, found a device"),
    command("a line end in a system's name", f"{SCORE} --hypothesis 'x\ny=hyp.en'", r"--hypothesis 'x\ny': expected a name of visible characters for hyp.en"),
    command("a tab in a system's name", f"{SCORE} --hypothesis 'x\ty=hyp.en'", r"--hypothesis 'x\ty': expected a name of visible characters"),
    command("a space as a system's name", f"{SCORE} --hypothesis ' =hyp.en'", "--hypothesis ' ': expected a name of visible characters"),
    command("the name of the reference row", f"{SCORE} --hypothesis reference=hyp.en", "'reference' is the name of a bound's row; choose another"),
    command("a misspelt task", "score --task transalte --hypothesis hyp.en", "unknown task 'transalte'; did you mean 'translate'? (known: challenge, challenge-contrastive, gist, headline, summarise, translate)"),
    command("an unknown target", "score --task translate --target fra_Latn --hypothesis hyp.en", "unknown target language of translate 'fra_Latn'"),
    command("a target without a script", "score --task translate --target eng --hypothesis hyp.en", "unknown target language of translate 'eng'"),
    command("English under a Hindi task", "score --task summarise --reference ref.en --hypothesis hyp.en", "ref.en: expected references in hin_Deva, but only 0% of the letters"),
    command("a baseline that is no system", f"{SCORE} --hypothesis hyp.en --baseline y", "unknown --baseline 'y' (known: hyp)"),
    command("--segments is a folder", f"{SCORE} --hypothesis hyp.en --segments .", "--segments .: expected the name of a file to write, found no plain file there"),
    command("--segments is an input", f"{SCORE} --hypothesis hyp.en --segments ref.en", "--segments ref.en: this is a file to score"),
    command("a metric without references", "score --task translate --hypothesis hyp.en --metric bleu", "--metric needs --reference; without one there is no score"),
    command("a baseline without references", "score --task translate --hypothesis hyp.en --baseline hyp", "--baseline needs --reference"),
    command("--segments without references", "score --task translate --hypothesis hyp.en --segments s.jsonl", "--segments needs --reference"),
    command("--slice without references", "score --task translate --hypothesis hyp.en --slice length", "--slice needs --reference"),
    command("--empty-reference without references", "score --task translate --hypothesis hyp.en --empty-reference none", "--empty-reference needs --reference"),
    command("a file of that name, with a colon at its end", f"{SCORE} --hypothesis x=hyp.en:", "hyp.en:: no such file"),
    command("a name of 5,000 characters", f"{SCORE} --hypothesis {'a' * 300}.en", "could not read"),
    command("a NUL in a name", f"{SCORE} --hypothesis 'x=a\0b'", "not a file name"),
    command("--output is an input", f"{SCORE} --hypothesis hyp.en --output hyp.en --format csv", "--output hyp.en: this is a file to score"),
    command("--output is an input with a column", f"{SCORE} --hypothesis table.csv:nllb --output table.csv", "--output table.csv: this is a file to score"),
    command("--output is a folder", f"{SCORE} --hypothesis hyp.en --output .", "--output .: expected the name of a file to write"),
    command("--output of an unknown form", f"{SCORE} --hypothesis hyp.en --output x.xlsx", "--output x.xlsx: expected a name that ends in .txt, .json, .md, .csv, .tex; or give --format"),
    command("--output and --segments are one file", f"{SCORE} --hypothesis hyp.en --output x.json --segments x.json", "--output x.json: --segments writes this file; choose another name"),
]  # fmt: skip

COMMAND_NAMES = "run, check, merge, score, compare, plan-size, trust, show, report, reproduce, gate, bless, bench, list, ingest, new"
KINDS = "datasets, diagnostics, engines, executors, metrics, models, prompts, runs or tasks"
SEE = "; see `harness {} --help`"


def usage(arguments: str, expected: str) -> BadInput:
    """Return a row of a command line that is wrong whatever the files are; its name is the command line."""
    return BadInput(name=f"harness {arguments}", arguments=arguments, expected=f"harness: {expected}")


USAGE = [
    usage("scroe", "unknown command 'scroe'; did you mean 'score'? see `harness --help`"),
    usage("Score", "unknown command 'Score'; did you mean 'score'?"),
    usage("help", f"unknown command 'help' (known: {COMMAND_NAMES})"),
    usage("quickstart.yaml", "unknown command 'quickstart.yaml'"),
    usage("'स्कोर'", "unknown command 'स्कोर' (known:"),
    usage(f"'{'x' * 5000}'", f"unknown command '{'x' * 60}...' (known:"),
    usage("'a\nb'", r"unknown command 'a\nb' (known:"),
    usage("''", "unknown command ''"),
    usage("--", f"expected a command ({COMMAND_NAMES}), found none; see `harness --help`"),
    usage("--verion", "unknown option '--verion'; did you mean '--version'? see `harness --help`"),
    usage("--vers", "unknown option '--vers'; did you mean '--version'?"),
    usage("--version=1", "--version: expected no value; remove what stands after =; see `harness --help`"),
    usage("--results x run", "unknown option '--results', which is an option of harness run, merge, score, compare, plan-size, show, report, reproduce, gate, bless, list"),
    usage("-h", "unknown option '-h'; see `harness --help`"),
    *(usage(f"{name} --xyzzy", f"unknown option '--xyzzy'{SEE.format(name)}") for name in COMMAND_NAMES.split(", ")),
    *(usage(f"{name} -q", f"unknown option '-q'{SEE.format(name)}") for name in COMMAND_NAMES.split(", ")),
    *(usage(f"{name} --halp", "unknown option '--halp'; did you mean '--help'?") for name in COMMAND_NAMES.split(", ")),
    usage("score --hyp x", "unknown option '--hyp'; did you mean '--hypothesis'? see `harness score --help`"),
    usage("score --Reference x", "unknown option '--Reference'; did you mean '--reference'?"),
    usage("score --metrics bleu", "unknown option '--metrics'; did you mean '--metric'?"),
    usage("run --fres", "unknown option '--fres'; did you mean '--fresh'?"),
    usage("run --mixed", "unknown option '--mixed', which is an option of harness compare, report; see `harness run --help`"),
    usage("check --junit x", "unknown option '--junit', which is an option of harness gate"),
    usage("run --fresh=1", "--fresh: expected no value; remove what stands after =; see `harness run --help`"),
    usage("compare a --mixed=yes", "--mixed: expected no value"),
    usage("score", "--hypothesis [NAME=]FILE and --task NAME are missing; expected harness score --hypothesis [NAME=]FILE --task NAME; see"),
    usage("score --task translate", "--hypothesis [NAME=]FILE is missing; expected harness score"),
    usage("score --hypothesis x", "--task NAME is missing"),
    usage("check", "CONFIG... is missing; expected harness check CONFIG...; see `harness check --help`"),
    usage("compare", "RUN... is missing; expected harness compare RUN..."),
    usage("gate", "RUN and --baseline FILE are missing; expected harness gate RUN --baseline FILE"),
    usage("gate x", "--baseline FILE is missing; expected harness gate RUN --baseline FILE"),
    usage("gate --baseline x", "RUN is missing"),
    usage("bless", "RUN and --output FILE and --reason TEXT are missing"),
    usage("bless x --output y", "--reason TEXT is missing"),
    usage("list", "KIND is missing; expected harness list KIND (datasets, diagnostics, engines, executors, metrics, models, prompts, runs or tasks)"),
    usage("ingest", "FOLDER is missing; expected harness ingest FOLDER"),
    usage("ingest a b", "unexpected argument 'b'; expected harness ingest FOLDER; see `harness ingest --help`"),
    usage("ingest a b c", "unexpected arguments 'b' 'c'"),
    usage("gate a b --baseline x", "unexpected argument 'b'; expected harness gate RUN --baseline FILE"),
    usage("bless a b --output x --reason y", "unexpected argument 'b'"),
    usage("list models tasks", "expected no name after models, found 'tasks'; only datasets have one"),
    usage("list model", f"model: expected {KINDS}; did you mean 'models'? see `harness list --help`"),
    usage("list everything", f"everything: expected {KINDS}; see"),
    *(usage(f"score {option}", f"{option}: expected {what} after it, found nothing; see `harness score --help`") for option, what in
      {"--task": "NAME", "--hypothesis": "[NAME=]FILE", "-m": "NAME", "--limit": "N", "--output": "FILE", "--seed": "N"}.items()),
    usage("run --set", "--set: expected KEY=VALUE after it, found nothing"),
    usage("gate x --baseline", "--baseline: expected FILE after it, found nothing"),
    usage("bless x --reason", "--reason: expected TEXT after it, found nothing"),
    *(usage(f"{name} --format jsno", "--format jsno: expected table, json, markdown, csv or latex; did you mean 'json'? see")
      for name in ("run", "score --task t --hypothesis x", "compare r")),
    usage("gate r --baseline b --format csv", "--format csv: expected table, json or markdown; see `harness gate --help`"),
    usage("run --format", "--format: expected <table|json|markdown|csv|latex> after it, found nothing"),
    usage("run --format ''", "--format '': expected table, json"),
    usage("run --format JSON", "--format JSON: expected table, json, markdown, csv or latex; did you mean 'json'?"),
    usage("run --slice kind --slice size", "--slice size: expected length, kind or article"),
    usage("score --task t --hypothesis x --empty-reference no", "--empty-reference no: expected text or none; did you mean 'none'?"),
    *(usage(f"run --limit {value}", f"--limit {shown}: expected a whole number of at least 1; see `harness run --help`")
      for value, shown in {"x": "x", "0": "0", "-1": "-1", "1.5": "1.5", "1e3": "1e3", "''": "''", "3,": "3,", "9" * 5000: "9" * 60 + "..."}.items()),
    *(usage(f"score --task t --hypothesis x --resamples {value}", f"--resamples {value}: expected a whole number of at least 100 and at most 1,000,000")
      for value in ("99", "1000001", "many", "nan")),
    *(usage(f"compare r --seed {value}", f"--seed {value}: expected a whole number of at least 0") for value in ("-1", "0.5", "now")),
]  # fmt: skip

PAST = {"hyp.en": lines(*HYP), "ref.en": lines(*REF), "folder/": "", "bad.json": "[1,]", "object.json": "{}"}


def past(arguments: str, expected: str, **files: str | bytes) -> BadInput:
    """Return a row of a command on a run, on its baseline or on its config."""
    there = {**PAST, **{name.replace("__", "."): content for name, content in files.items()}}
    return BadInput(name=f"harness {arguments}", arguments=arguments, expected=expected, files=there, with_run=True)


RUNS = [
    past("compare nothing", "no run 'nothing' in results (runs there: first-594087d0)"),
    past("compare first nothing", "no run 'nothing' in results"),
    past("compare results", "results: this folder is no run: it has no config.yaml and no scores"),
    past("compare news", "news: this folder is no run"),
    past("compare first first", "run 'first' is given twice; name each run once"),
    past("compare first results/first-594087d0", "run 'results/first-594087d0' is given twice"),
    past("compare first --results nowhere", "nowhere: no such folder; name the folder of your runs with --results"),
    past("compare first --results hyp.en", "hyp.en: no such folder"),
    past("compare first --baseline nobody", "unknown --baseline 'nobody' (known: copy-source, lead-1, random-1, stored)"),
    past("compare first --baseline store", "unknown --baseline 'store'; did you mean 'stored'?"),
    past("compare baseline.json", "no run 'baseline.json' in results"),
    past("compare config.yaml", "config.yaml: expected the name of a run, found a config; try config"),
    past("compare results/first-594087d0/scores.json", "no run 'results/first-594087d0/scores.json'"),
    past("compare results/store.sqlite", "no run 'results/store.sqlite'"),
    past("compare /dev/null", "no run '/dev/null'"),
    past("compare 'a\nb'", r"no run 'a\nb' in results"),
    past("compare 'पहला'", "no run 'पहला' in results"),
    past(f"compare {'a' * 5000}", f"{'a' * 60}...: too long for the name of a file or a run; check the argument"),
    past(f"gate {'a' * 5000} --baseline baseline.json", f"{'a' * 60}...: too long for the name of a file or a run"),
    past("gate nothing --baseline baseline.json", "no run 'nothing' in results"),
    past("gate config.yaml --baseline baseline.json", "config.yaml: expected the name of a run, found a config"),
    past("gate first --baseline nothing.json", "nothing.json: no such file"),
    past("gate first --baseline folder", "folder: expected a file, found a directory"),
    past("gate first --baseline hyp.en", "hyp.en: expected JSON, found text that is not JSON (line 1, column 1: Expecting value); name a baseline"),
    past("gate first --baseline bad.json", "bad.json: expected JSON, found text that is not JSON (line 1, column"),
    past("gate first --baseline object.json", "object.json: expected a baseline that harness bless wrote, found something else; check the name"),
    past("gate first --baseline results/first-594087d0/scores.json", "scores.json: expected a baseline that harness bless wrote"),
    past("gate first --baseline results/first-594087d0/manifest.json", "manifest.json: expected a baseline"),
    past("gate first --baseline results/store.sqlite", "results/store.sqlite line 1: expected text, found a NUL byte"),
    past("gate first --baseline /dev/zero", "/dev/zero: expected a file, found a device"),
    past("gate first --baseline b.json", "b.json: expected JSON, found bad JSON (lists or objects are nested too deeply); name a baseline", b__json="[" * 100_000),
    past("gate first --baseline b2.json", "b2.json line 1: expected UTF-8, found byte 0xe9", b2__json=b'{"a": "caf\xe9"}'),
    past("gate first --baseline b3.json", "b3.json: the file is empty", b3__json=""),
    past("gate first --baseline baseline.json --config nothing.yaml", "nothing.yaml: no such file"),
    past("gate first --baseline baseline.json --config folder", "folder: expected a file, found a directory"),
    past("gate first --baseline baseline.json --config hyp.en", "hyp.en line 1: expected keys such as name, datasets"),
    past("gate first --baseline baseline.json --junit folder", "--junit folder: expected a file's name, found a folder"),
    past("gate first --baseline baseline.json --junit baseline.json", "--junit baseline.json: expected a new file or an old report in XML; choose another name"),
    past("gate first --baseline baseline.json --junit v.xml --report v.xml", "--report v.xml: --junit writes this file; choose another name"),
    past("gate first --baseline baseline.json --junit config.yaml", "--junit config.yaml: expected a new file"),
    past("gate nothing --baseline baseline.json --junit baseline.json", "--junit baseline.json: expected a new file"),
    past("bless nothing --output b.json --reason r", "no run 'nothing' in results"),
    past("bless first --output folder --reason r", "folder: expected a file, found a directory"),
    past("bless first --output hyp.en --reason r", "hyp.en: expected JSON, found"),
    past("bless first --output results/first-594087d0/scores.json --reason r", "scores.json: expected a baseline that harness bless wrote, found something else"),
    past("bless first --output results/store.sqlite --reason r", "results/store.sqlite line 1: expected text"),
    past("bless first --output hyp.en/b.json --reason r", "hyp.en/b.json: could not write ("),
    past("bless first --output b.json --reason ' '", "--reason: expected why this run is to be the baseline, found nothing"),
    past("bless first --output b.json --reason r --by ' '", "--by: expected a name, found nothing"),
    past("list runs --results nowhere", "nowhere: no such folder; name the folder of your runs with --results"),
    past("list runs --results hyp.en", "hyp.en: no such folder"),
    past("ingest nowhere", "nowhere: expected a folder with an article and its references, found nothing there"),
    past("ingest hyp.en", "hyp.en: expected a folder with an article and its references, found a file"),
    past("ingest folder", "folder: expected one file article.<language>.txt (article.hin_Deva.txt), found none"),
    past("ingest news", "news: expected one file article.<language>.txt (article.hin_Deva.txt), found none; a folder with articles.*.jsonl is format: collection"),
    *(BadInput(name=f"ingest {name}", arguments="ingest d", expected=expected, files=files) for name, files, expected in (
        ("two articles", {"d/article.hin_Deva.txt": "वह घर गया।\n", "d/article.eng_Latn.txt": "He came.\n"}, "d: expected one file article.<language>.txt"),
        ("an unknown language", {"d/article.hindi.txt": "वह घर गया।\n"}, "d/article.hindi.txt"),
        ("an empty article", {"d/article.hin_Deva.txt": ""}, "d/article.hin_Deva.txt: the file is empty"),
        ("an article of signs", {"d/article.hin_Deva.txt": "।।।\n***\n"}, "d/article.hin_Deva.txt: expected an article, found no letter or digit"),
        ("an article in UTF-16", {"d/article.hin_Deva.txt": "वह घर गया।\n".encode("utf-16")}, "d/article.hin_Deva.txt line 1: expected"),
        ("an article in ISCII", {"d/article.hin_Deva.txt": b"\xb3\xd8 \xb4\xda\n"}, "d/article.hin_Deva.txt line 1: expected UTF-8, found byte 0xb3"),
        ("a binary article", {"d/article.hin_Deva.txt": b"\x7fELF\0\0"}, "d/article.hin_Deva.txt line 1: expected text, found a NUL byte"),
        ("an English article as Hindi", {"d/article.hin_Deva.txt": "The minister opened a bridge.\n\nIt is new.\n"}, "Deva"),
        ("an article in Urdu as Hindi", {"d/article.hin_Deva.txt": "وزیر نے پل کا افتتاح کیا۔\n\nنیا پل۔\n"}, "Deva"),
        ("segments that exist", {"d/article.hin_Deva.txt": "वह घर गया।\n", "d/segments.jsonl": "{}\n"}, "d/segments.jsonl: exists already, and references use its ids; delete it first if you mean it"),
    )),
    past("check nowhere.yaml", "nowhere.yaml: no such file"),
    past("check folder", "folder: expected a dataset's folder, with article"),
    past("check hyp.en", "hyp.en line 1: expected keys such as name, datasets, tasks and systems"),
    past("check /dev/zero", "/dev/zero: expected a file, found a device"),
    past("check results/store.sqlite", "results/store.sqlite line 1: expected text, found a NUL byte"),
    past("check c1.yaml", "c1.yaml line 1: expected text, found a NUL byte; is this a binary or a UTF-16 file?", c1__yaml="name: x\n".encode("utf-16")),
    past("check c2.yaml", "c2.yaml line 1: expected UTF-8, found byte 0xe9", c2__yaml=b"name: caf\xe9\n"),
    past("check c3.yaml", "c3.yaml line 1: expected text, found a NUL byte", c3__yaml=gzip.compress(b"name: x\n", mtime=0)),
    past("check config.yaml --set x", "--set x: expected KEY=VALUE, for example statistics.seed=1"),
    past("check config.yaml --set =x", "--set =x: expected KEY=VALUE"),
    past("check config.yaml --set systems.x.y=1", "--set systems.x.y=1: unknown item 'x' (known: copy-source, lead-1, random-1, stored)"),
    past("check config.yaml --set 'name=a b'", "--set name=a b: name: expected letters, digits"),
    past("check config.yaml --set statistics.seed=x", "--set statistics.seed=x: "),
    past("run nowhere.yaml", "nowhere.yaml: no such file"),
    past("run folder", "folder: expected a file, found a directory"),
    past("run config.yaml --system nobody", "unknown system of config.yaml 'nobody' (known: copy-source, lead-1, random-1, stored)"),
    past("run config.yaml --system store", "unknown system of config.yaml 'store'; did you mean 'stored'?"),
    past("run config.yaml --task nothing", "unknown task of config.yaml 'nothing' (known: summarise, translate)"),
    past("run config.yaml --results hyp.en", "hyp.en/first-594087d0: could not write ("),
    past("run config.yaml --results /dev/null", "/dev/null/first-594087d0: could not write ("),
    past("run config.yaml --results /proc/x", "/proc/x/first-594087d0: could not write ("),
]  # fmt: skip

EMPTY_VALUES = [
    usage(f"{arguments} ''", f"{where}: expected a value, found an empty text; is a variable of the shell not set? see `harness {arguments.split()[0]} --help`")
    for arguments, where in {
        "check": "CONFIG...", "run": "CONFIG...", "run --results": "--results DIR", "run --system": "--system NAME",
        "run --task": "--task NAME", "run --set": "--set KEY=VALUE", "compare": "RUN...", "compare a": "RUN...",
        "ingest": "FOLDER", "list runs --results": "--results DIR", "gate r --baseline": "--baseline FILE",
        "gate r --baseline b --junit": "--junit FILE", "bless r --reason x --output": "--output FILE",
        "bless r --output x --reason": "--reason TEXT", "score --task t --hypothesis": "--hypothesis [NAME=]FILE",
        "score --hypothesis x --task": "--task NAME", "score --task t --hypothesis x --reference": "--reference FILE",
        "score --task t --hypothesis x -m": "--metric NAME", "score --task t --hypothesis x --output": "--output FILE",
        "score --task t --hypothesis x --source": "--source FILE", "score --task t --hypothesis x --target": "--target LANG",
    }.items()
]  # fmt: skip

RATED = tuple(
    {"segment": f"s{n}", "system": system, "output": text, "reference": REF[n], "score": len(text) % 5 + n}
    for system, texts in (("a", HYP), ("b", ALT))
    for n, text in enumerate(texts)
)


def rated(
    name: str,
    expected: str,
    *rows: object,
    file: str = "h.jsonl",
    more: str = "--task translate --target en",
    content: str | None = None,
) -> BadInput:
    """Return a row in which a file of human scores is wrong, or what the command says of it."""
    return BadInput(
        name=f"trust: {name}",
        arguments=f"trust {file} {more}".strip(),
        files={file: content if content is not None else jsonl(*(rows or RATED))},
        expected=expected,
    )


def without(*keys: str) -> list[dict[str, object]]:
    return [{key: value for key, value in row.items() if key not in keys} for row in RATED]


TRUST = [
    rated("no file of that name", "nothing.csv: no such file", more="nothing.csv --task translate --target en"),
    rated("a form that is not read", "h.txt: expected a name that ends in .csv, .tsv, .jsonl or .json", file="h.txt"),
    rated("a file twice", "h.jsonl: the file is given twice; give each file once", more="h.jsonl --task translate --target en"),
    rated("an empty file", "h.jsonl: the file is empty", content=""),
    rated("a list of texts", "h.json: expected a list of objects, found a list of texts", file="h.json", content='["a"]'),
    rated("no header", "h.csv: expected a first row with the names of the columns", file="h.csv", content="a,b,1\nc,d,2\n"),
    rated("no output", "h.jsonl: no column is known to be the output (columns: segment, system, reference, score); say --column output=NAME", *without("output")),
    rated("no reference", "no column is known to be the reference", *without("reference")),
    rated("no score", "no column is known to be the score", *without("score")),
    rated("a score in words", "h.jsonl line 1: expected a number in score, found 'good'", {**RATED[0], "score": "good"}, *RATED[1:]),
    rated("a score that is NaN", "h.jsonl line 1: expected a number in score, found 'nan'", {**RATED[0], "score": "nan"}, *RATED[1:]),
    rated("a score that is true", "expected a number in score, found True", {**RATED[0], "score": True}, *RATED[1:]),
    rated("an output that is a number", "h.jsonl line 1: expected a text in output, found 7", {**RATED[0], "output": 7}, *RATED[1:]),
    rated("an empty reference", "h.jsonl line 1: expected a reference in reference, found none", {**RATED[0], "reference": " "}, *RATED[1:]),
    rated("a reference that is a number", "expected texts in reference, found 3", {**RATED[0], "reference": 3}, *RATED[1:]),
    rated("a segment without an id", "h.jsonl line 1: expected the id of a segment in segment, found none", {**RATED[0], "segment": None}, *RATED[1:]),
    rated("an id that is a list", "h.jsonl line 1: expected a text in segment, found [1]", {**RATED[0], "segment": [1]}, *RATED[1:]),
    rated("an id twice in one object", "h.jsonl line 1: expected a text in segment, found a key that stands twice", content='{"segment": "a", "segment": "b", "output": "x", "reference": "y", "score": 1}\n'),
    rated("neither id nor source", "h.jsonl line 7: expected a text in source, which tells segments apart, found none", *({**row, "source": "q"} for row in without("segment")), {**without("segment")[0], "source": ""}),
    rated("a system without a name", "h.jsonl line 1: expected the name of a system in system, found none", {**RATED[0], "system": ""}, *RATED[1:]),
    rated("two outputs of a system", "h.jsonl line 7: a has another output for this segment in h.jsonl line 1", *RATED, {**RATED[0], "output": "x"}),
    rated("one score for all", "translate →eng_Latn: every output has the same human score", *({**row, "score": 1} for row in RATED)),
    rated("two outputs", "expected at least 3 outputs with a human score, found 2", *RATED[:2]),
    rated("no task", "h.jsonl line 1: the task is not known; give --task, or a column task", more="--target en"),
    rated("no language", "h.jsonl line 1: the language of the outputs is not known; give --target, or a column target", more="--task translate"),
    rated("an unknown task", "--task: unknown task 'translat'; did you mean 'translate'?", more="--task translat --target en"),
    rated("an unknown task in a row", "h.jsonl line 1: unknown task 'x'", {**RATED[0], "task": "x"}, more="--target en"),
    rated("an unknown language", "--target: unknown language 'hind_Deva'", more="--task translate --target hind_Deva"),
    rated("a task without references", "challenge-contrastive: its outputs are not compared with references; give --metric", more="--task challenge-contrastive --target en"),
    rated("a column that is not there", "h.jsonl: unknown column 'scor'; did you mean 'score'?", more="--task translate --target en --column score=scor"),
    rated("an unknown role", "--column scores=score: unknown role 'scores'; did you mean 'score'?", more="--task translate --target en --column scores=score"),
    rated("a role without a column", "--column score: expected ROLE=NAME", more="--task translate --target en --column score"),
    rated("a role twice", "the role score is given twice", more="--task translate --target en --column score=score --column score=segment"),
    rated("two columns for the score", "--column: expected one column for score", more="--task translate --target en --column score=score,segment"),
    rated("a metric of annotations", "metric facts reads annotations of a dataset", more="--task translate --target en --metric facts"),
    rated("--output is an input", "--output h.jsonl: this is a file to score", more="--task translate --target en --output h.jsonl --format csv"),
]  # fmt: skip

ALL = [*USAGE, *EMPTY_VALUES, *RUNS, *STRUCTURED_AS_TEXT, *WHICH_COLUMN, *DAMAGED, *TOGETHER, *COMMANDS, *TRUST]
