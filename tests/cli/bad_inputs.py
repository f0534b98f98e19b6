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
    files: Mapping[str, str | bytes] = field(default_factory=dict)
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
    hypothesis("lists in lists", "h.json", "[" * 100_000, "expected a JSON list, found bad JSON"),
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
    hypothesis("CR for line ends", "h.csv", "id,text\r1,a\r2,b\r", "bad CSV"),
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
    command("--output is an input", f"{SCORE} --hypothesis hyp.en --output hyp.en --format csv", "--output hyp.en: this is a file to score"),
    command("--output is an input with a column", f"{SCORE} --hypothesis table.csv:nllb --output table.csv", "--output table.csv: this is a file to score"),
    command("--output is a folder", f"{SCORE} --hypothesis hyp.en --output .", "--output .: expected the name of a file to write"),
    command("--output of an unknown form", f"{SCORE} --hypothesis hyp.en --output x.xlsx", "--output x.xlsx: expected a name that ends in .txt, .json, .md, .csv, .tex; or give --format"),
    command("--output and --segments are one file", f"{SCORE} --hypothesis hyp.en --output x.json --segments x.json", "--output x.json: --segments writes this file; choose another name"),
]  # fmt: skip

COMMAND_NAMES = "run, check, score, compare, gate, bless, list, ingest"
KINDS = "datasets, diagnostics, engines, metrics, models, runs or tasks"
SEE = "; see `harness {} --help`"


def usage(arguments: str, expected: str) -> BadInput:
    """Return a row of a command line that is wrong whatever the files are; its name is the command line."""
    return BadInput(name=f"harness {arguments}", arguments=arguments, expected=f"harness: {expected}")


USAGE = [
    usage("scroe", f"unknown command 'scroe'; did you mean 'score'? (known: {COMMAND_NAMES}); see `harness --help`"),
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
    usage("--results x run", "unknown option '--results', which is an option of harness run, compare, gate, bless, list"),
    usage("-h", "unknown option '-h'; see `harness --help`"),
    *(usage(f"{name} --nope", f"unknown option '--nope'{SEE.format(name)}") for name in COMMAND_NAMES.split(", ")),
    *(usage(f"{name} -q", f"unknown option '-q'{SEE.format(name)}") for name in COMMAND_NAMES.split(", ")),
    *(usage(f"{name} --halp", "unknown option '--halp'; did you mean '--help'?") for name in COMMAND_NAMES.split(", ")),
    usage("score --hyp x", "unknown option '--hyp'; did you mean '--hypothesis'? see `harness score --help`"),
    usage("score --Reference x", "unknown option '--Reference'; did you mean '--reference'?"),
    usage("score --metrics bleu", "unknown option '--metrics'; did you mean '--metric'?"),
    usage("run --fres", "unknown option '--fres'; did you mean '--fresh'?"),
    usage("run --mixed", "unknown option '--mixed', which is an option of harness compare; see `harness run --help`"),
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
    usage("list", "KIND is missing; expected harness list KIND (datasets, diagnostics, engines, metrics, models, runs or tasks)"),
    usage("ingest", "FOLDER is missing; expected harness ingest FOLDER"),
    usage("ingest a b", "unexpected argument 'b'; expected harness ingest FOLDER; see `harness ingest --help`"),
    usage("ingest a b c", "unexpected arguments 'b' 'c'"),
    usage("gate a b --baseline x", "unexpected argument 'b'; expected harness gate RUN --baseline FILE"),
    usage("bless a b --output x --reason y", "unexpected argument 'b'"),
    usage("list models tasks", "unexpected argument 'tasks'; expected harness list KIND"),
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

ALL = [*USAGE, *STRUCTURED_AS_TEXT, *WHICH_COLUMN, *DAMAGED, *TOGETHER, *COMMANDS]
