"""The same texts give the same score in every form of file, and nothing but the texts counts."""

import csv
import gzip
import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import sacrebleu

from harness.core.errors import InputError
from harness.scoring import Resampling, textfiles

# With what a form may get wrong: quotation marks, commas, entities, brackets, and blanks that do not end a line.
REF = [
    '"Hello, world," he said.',
    "AT&T cut < 5% of jobs, and more",
    'The "old" house',
    "rain fell; it stopped\u2028then",
    "[Music] plays on",
    "He said that it cost 1,000 rupees",
]
HYP = [
    '"Hello world," he says.',
    "AT&T cut < 5% of the jobs and more",
    'The "old" home',
    "rain fell; it ended\u2028then",
    "[Music] plays",
    "He said it cost 1,000 rupees",
]
ALT = [
    "Hello, all, he said",
    "AT&T fired < 5%",
    'An "old" house',
    "it rained and stopped",
    "Music plays",
    "The cost was 1,000 rupees",
]
IDS = ["s1", "s2", "s3", "s4", "s5", "s6"]
SETTINGS = Resampling(resamples=100, seed=0, confidence=0.95)
BLEU = sacrebleu.corpus_bleu(HYP, [REF]).score
BLEU_OF_TWO = sacrebleu.corpus_bleu(HYP, [REF, ALT]).score


def rows(*columns, delimiter=",", header=None, **options):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n", **options)
    writer.writerows([*([header] if header else []), *zip(*columns, strict=True)])
    return file.getvalue()


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def segments(texts, escape=escaped):
    return "\n".join(f'<seg id="{number}"> {escape(text)} </seg>' for number, text in enumerate(texts, start=1))


def sgm(texts, kind="tstset", escape=str):
    return (
        f'<!DOCTYPE {kind} SYSTEM "mteval.dtd">\n<{kind.upper()} setid="x" srclang="any" trglang="en">\n'
        f'<doc sysid="s" docid="d1">\n<hl>\n{segments(texts[:2], escape)}\n</hl>\n</doc>\n'
        f'<doc sysid="s" docid="d2">\n<p>\n{segments(texts[2:], escape)}\n</p>\n</doc>\n</{kind.upper()}>\n'
    )


def xml(**streams):
    def parts(of_document):
        for stream, texts in streams.items():
            kind, _, name = stream.partition("_")
            attribute = {"ref": f' translator="{name}"', "hyp": f' system="{name}"'}.get(kind, "")
            yield f"<{kind} lang='en'{attribute}><p>\n{segments(of_document(texts))}\n</p></{kind}>"

    documents = [("d1", lambda texts: texts[:2]), ("d2", lambda texts: texts[2:])]
    body = "".join(f'<doc id="{name}">\n' + "\n".join(parts(part)) + "</doc>\n" for name, part in documents)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<dataset id="x">{body}</dataset>\n'


def objects(texts, ids=IDS, key="text", **more):
    return [{"id": name, key: text, **more} for name, text in zip(ids, texts, strict=True)]


def jsonl(found):
    return "".join(json.dumps(row) + "\n" for row in found)


# For each form: the file and its content from the texts.
FORMS = {
    "plain": ("x.en", lambda t: "\n".join(t)),
    "JSONL with ids": ("x.jsonl", lambda t: jsonl(objects(t))),
    "JSONL without ids": ("x.jsonl", lambda t: jsonl({"text": text} for text in t)),
    "JSONL with numbers for ids": ("x.jsonl", lambda t: jsonl(objects(t, range(6)))),
    "JSONL named .JSONL": ("x.JSONL", lambda t: jsonl(objects(t))),
    "JSONL named .json": ("x.json", lambda t: jsonl(objects(t))),
    "JSONL with one name for the text": ("x.jsonl", lambda t: jsonl(objects(t, key="prediction"))),
    "JSONL with a column chosen": ("x.jsonl:en", lambda t: jsonl(objects(t, key="en", text="no"))),
    "JSONL with objects in objects": (
        "x.jsonl:translation.en", lambda t: jsonl({"translation": {"hi": "x", "en": text}} for text in t),
    ),
    "JSON list of texts": ("x.json", lambda t: json.dumps(t)),
    "JSON list over several lines": ("x.json", lambda t: json.dumps(t, indent=2, ensure_ascii=False)),
    "JSON list of objects": ("x.json", lambda t: json.dumps(objects(t), indent=2)),
    "CSV with a header": ("x.csv", lambda t: rows(IDS, t, header=["id", "text"])),
    "CSV with another header and a BOM": ("x.csv", lambda t: "\ufeff" + rows(t, IDS, header=["Text", "ID"])),
    "CSV with CRLF": ("x.csv", lambda t: rows(IDS, t, header=["id", "text"]).replace("\n", "\r\n")),
    "CSV of one column": ("x.csv", lambda t: rows(t, header=["text"])),
    "CSV of one column without a header": ("x.csv", rows),
    "CSV with a column chosen": ("x.csv:english", lambda t: rows(IDS, ALT, t, header=["id", "text", "english"])),
    "CSV with a column chosen in other letters": ("x.csv:English", lambda t: rows(IDS, t, header=["id", "english"])),
    "CSV without a header": ("x.csv:2", lambda t: rows(IDS, t)),
    "TSV with a header": ("x.tsv", lambda t: "id\ttext\n" + "\n".join(map("\t".join, zip(IDS, t, strict=True)))),
    "TSV without a header": ("x.tsv:2", lambda t: "\n".join(map("\t".join, zip(IDS, t, strict=True)))),
    "TSV with quotes": ("x.tsv", lambda t: rows(IDS, t, header=["id", "text"], delimiter="\t")),
    "TSV with all quoted": (
        "x.tsv", lambda t: rows(IDS, t, header=["id", "text"], delimiter="\t", quoting=csv.QUOTE_ALL),
    ),
    "TSV with a column quoted": (
        "x.tsv", lambda t: "id\ttext\n" + rows(range(6), t, delimiter="\t", quoting=csv.QUOTE_NONNUMERIC),
    ),
    "tabs in a plain file": ("x.en:2", lambda t: "\n".join(map("\t".join, zip(IDS, t, strict=True)))),
    "SGM": ("x.sgm", sgm),
    "SGM with entities": ("x.sgm", lambda t: sgm(t, escape=escaped)),
    "XML": ("x.xml", lambda t: xml(hyp_a=t, ref_a=t, src=t)),
    "XML with a system chosen": ("x.xml:a", lambda t: xml(hyp_a=t, hyp_b=ALT, ref_a=t, ref_b=ALT)),
}  # fmt: skip


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def file(name, content):
        path = Path(name.partition(":")[0])
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Path(name)

    return file


def score(references, hypotheses, **changes):
    arguments = {"task": "translate", "metrics": ("bleu",), "settings": SETTINGS, **changes}
    return textfiles.score(**arguments, references=references, hypotheses=hypotheses)


def bleu(scores, name="x"):
    return next(system for system in scores.systems if system.name == name).metrics["bleu"].value


def gzipped(name, content):
    file, colon, column = name.partition(":")
    return f"{file}.gz{colon}{column}", gzip.compress(content.encode())


@pytest.mark.parametrize("zipped", [False, True], ids=["", "gzip"])
@pytest.mark.parametrize("form", FORMS)
def test_the_same_outputs_have_the_same_score_in_every_form(write, form, zipped):
    name, content = FORMS[form]
    hypothesis = write(*(gzipped(name, content(HYP)) if zipped else (name, content(HYP))))
    scores = score([write("ref.en", "\n".join(REF))], {"x": hypothesis})
    assert (scores.segments, bleu(scores)) == (6, pytest.approx(BLEU, abs=1e-9))


@pytest.mark.parametrize("form", [form for form in FORMS if form != "XML with a system chosen"])
def test_the_same_references_and_sources_in_every_form_give_the_same_score(write, form):
    name, content = FORMS[form]
    hypothesis = write("out/h.en", "\n".join(HYP))
    assert bleu(score([write(name, content(REF))], {"x": hypothesis})) == pytest.approx(BLEU, abs=1e-9)
    reference = write("out/ref.en", "\n".join(REF))
    scores = score([reference], {"x": hypothesis}, source=write(name, content(ALT)))
    assert bleu(scores) == pytest.approx(BLEU, abs=1e-9)


@pytest.mark.parametrize("one", ["JSONL with ids", "CSV with a header", "SGM", "TSV with a header", "XML"])
@pytest.mark.parametrize("other", ["JSON list of objects", "SGM", "XML", "CSV without a header"])
def test_forms_can_be_mixed(write, one, other):
    (name, content), (other_name, other_content) = FORMS[one], FORMS[other]
    reference, hypothesis = write(f"a/{name}", content(REF)), write(f"b/{other_name}", other_content(HYP))
    assert bleu(score([reference], {"x": hypothesis})) == pytest.approx(BLEU, abs=1e-9)


def test_ids_order_files_of_different_forms(write):
    order = [3, 0, 5, 1, 2, 4]
    shuffled = write("h.csv", rows(*([column[i] for i in order] for column in (IDS, HYP)), header=["id", "text"]))
    assert bleu(score([write("r.jsonl", jsonl(objects(REF)))], {"x": shuffled})) == pytest.approx(BLEU, abs=1e-9)
    numbers = write("h.jsonl", jsonl(objects([HYP[i] for i in order], order)))
    texts = write("r.json", json.dumps(objects(REF, [str(number) for number in range(6)])))
    assert bleu(score([texts], {"x": numbers})) == pytest.approx(BLEU, abs=1e-9)


def test_two_references_per_line_are_two_columns(write):
    both = "\n".join(map("\t".join, zip(REF, ALT, strict=True)))
    hypothesis = {"x": write("h.en", "\n".join(HYP))}
    with pytest.raises(InputError, match=r"^r\.en: .* found 2 columns parted by tabs; choose a column, for example r"):
        score([write("r.en", both)], hypothesis)
    scores = score(["r.en:1", "r.en:2"], hypothesis)
    assert bleu(scores) == pytest.approx(BLEU_OF_TWO, abs=1e-9)
    assert scores.references == ("r.en:1", "r.en:2")


def test_the_references_of_xml_are_versions(write):
    scores = score([write("r.xml", xml(ref_A=REF, ref_B=ALT))], {"x": write("h.en", "\n".join(HYP))})
    assert (scores.references, bleu(scores)) == (("A", "B"), pytest.approx(BLEU_OF_TWO, abs=1e-9))
    assert scores.articles == 2


def test_documents_of_two_systems_in_one_sgm_are_two_references(write):
    both = sgm(REF, "refset").replace('sysid="s"', 'sysid="r1"') + sgm(ALT, "refset").replace('sysid="s"', 'sysid="r2"')
    scores = score([write("r.sgm", both)], {"x": write("h.sgm", sgm(HYP))})
    assert (scores.references, bleu(scores)) == (("r1", "r2"), pytest.approx(BLEU_OF_TWO, abs=1e-9))


def test_one_table_has_the_reference_and_the_systems(write):
    table = write("all.csv", rows(IDS, REF, HYP, ALT, header=["id", "reference", "google", "nllb"]))
    scores = score([f"{table}:reference"], {"x": f"{table}:google", "y": f"{table}:nllb"}, source=None)
    assert bleu(scores) == pytest.approx(BLEU, abs=1e-9)


def test_text_column_is_for_files_that_name_no_column(write):
    name = write("h.jsonl", jsonl(objects(HYP, key="prediction", text="the prompt")))
    plain = write("ref.en", "\n".join(REF))
    assert bleu(score([plain], {"x": name}, text_column="prediction")) == pytest.approx(BLEU, abs=1e-9)
    other = write("ref.csv", rows(IDS, REF, ALT, header=["id", "gold", "text"]))
    scores = score([f"{other}:gold"], {"x": name}, text_column="prediction")
    assert bleu(scores) == pytest.approx(BLEU, abs=1e-9)


def test_text_column_is_not_for_files_without_columns(write):
    hypothesis = {"x": write("h.jsonl", jsonl(objects(HYP, key="prediction", text="the prompt")))}
    for reference in (write("r.sgm", sgm(REF)), write("r.xml", xml(ref_a=REF)), write("r.json", json.dumps(REF))):
        assert bleu(score([reference], hypothesis, text_column="prediction")) == pytest.approx(BLEU, abs=1e-9)


def test_xlsum_is_scored_against_its_summaries_if_they_are_chosen(write):
    found = [
        {"id": i, "url": "u", "title": "t", "summary": a, "text": b} for i, a, b in zip(IDS, REF, ALT, strict=True)
    ]
    hypothesis = {"x": write("h.jsonl", jsonl(objects(HYP)))}
    with pytest.raises(InputError, match=r"which column is the text\? It could be summary, text"):
        score([write("r.jsonl", jsonl(found))], hypothesis)
    assert bleu(score(["r.jsonl:summary"], hypothesis)) == pytest.approx(BLEU, abs=1e-9)


@pytest.mark.parametrize(
    "unused",
    ['"score": NaN', '"score": -Infinity', f'"n": {"9" * 5000}', '"x": 1, "x": 2', r'"x": "\ud83d"',
     '"deep": {"a": [NaN], "a": 1}', r'"\ud83d": 1'],
    ids=["NaN", "-Infinity", "5,000 digits", "doubled key", "half a character", "further in", "half a key"],
)  # fmt: skip
def test_a_key_that_nobody_reads_costs_nothing(write, unused):
    lines = [json.dumps(row)[:-1] + f", {unused}}}" for row in objects(HYP)]
    reference = write("ref.en", "\n".join(REF))
    for hypothesis in (write("h.jsonl", "\n".join(lines)), write("h.json", f"[{', '.join(lines)}]")):
        assert bleu(score([reference], {"x": hypothesis})) == pytest.approx(BLEU, abs=1e-9)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\n".join(HYP), id="plain"),
        pytest.param(jsonl(objects(HYP)), id="JSONL"),
        pytest.param(json.dumps(HYP), id="JSON"),
        pytest.param(sgm(HYP), id="SGM"),
        pytest.param(xml(hyp_a=HYP), id="XML"),
        pytest.param(gzip.compress("\n".join(HYP).encode()), id="gzip"),
    ],
)
def test_standard_input_is_known_by_its_content(write, content, monkeypatch):
    data = content.encode() if isinstance(content, str) else content
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    assert bleu(score([write("ref.en", "\n".join(REF))], {"x": "-"})) == pytest.approx(BLEU, abs=1e-9)


def test_columns_of_standard_input_are_read_at_once(write, monkeypatch):
    data = "\n".join(map("\t".join, zip(REF, HYP, strict=True))).encode()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    assert bleu(score(["-:1"], {"x": "-:2"})) == pytest.approx(BLEU, abs=1e-9)


def test_a_file_whose_name_has_a_colon_is_that_file(write, tmp_path):
    (tmp_path / "h:2").write_text("\n".join(HYP), encoding="utf-8")
    assert bleu(score([write("ref.en", "\n".join(REF))], {"x": "h:2"})) == pytest.approx(BLEU, abs=1e-9)


def test_a_table_without_a_header_says_so(write):
    scores = score([write("ref.en", "\n".join(REF))], {"x": write("h.csv:2", rows(IDS, HYP))})
    assert scores.notes == ("h.csv: no header was found, so the first row is a segment",)


@pytest.mark.parametrize(
    "texts",
    [['"a', "b", 'c"'], ['"a"', "b"], ['"a" and "b"', '"c'], ["a\u2028b", "c\x0bd\x85e"], ["", '"', ""]],
    ids=["one mark each", "a quoted text", "two quoted words", "other line ends", "empty texts"],
)
def test_quotation_marks_of_tsv_are_part_of_its_texts(write, texts):
    table = write("h.tsv", "id\ttext\n" + "\n".join(f"s{n}\t{text}" for n, text in enumerate(texts)))
    files = textfiles.read(task="translate", target=None, source=None, references=[], hypotheses={"x": table})
    assert files.outputs == {"x": tuple(texts)}


@pytest.mark.parametrize(
    "text",
    ["[Music]", "{a}", "<unk> house", "text, summary and more", '"quoted"', "1, 2, 3", "a\tb in one line of two\nb"],
)
def test_text_that_only_resembles_structure_is_text(write, text):
    lines = [*text.split("\n"), "a house"]
    write("ref.en", "\n".join(["the house"] * len(lines)))
    assert score(["ref.en"], {"x": write("h.en", "\n".join(lines))}).segments == len(lines)


def test_the_first_segments_are_scored_on_request(write):
    references, hypotheses = [write("ref.en", "\n".join(REF))], {"x": write("h.en", "\n".join(HYP))}
    scores = score(references, hypotheses, limit=4)
    assert (scores.segments, bleu(scores)) == (4, pytest.approx(sacrebleu.corpus_bleu(HYP[:4], [REF[:4]]).score))
    assert scores.notes == ("Only the first 4 of 6 segments are scored (--limit).",)
    assert score(references, hypotheses, limit=6) == score(references, hypotheses)
