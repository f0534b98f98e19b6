"""Scoring text files: what is accepted, and what is refused with which words."""

import re
from pathlib import Path

import pytest
from sacrebleu.metrics import CHRF

from harness.core import files as core_files
from harness.core.errors import FileError, InputError
from harness.core.records import ENGLISH, HINDI
from harness.metrics.chrf import Chrf
from harness.scoring import Resampling, analysis, textfiles

SETTINGS = Resampling(resamples=100, seed=0, confidence=0.95)
REF = ["the cat sat on the mat", "he left the house", "rain fell all day"]
ALT = ["a cat sat on a mat", "he went out of the house", "it rained all day"]
HYP = ["the cat sat on a mat", "he left a house", "rain fell all night"]


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def file(name, lines, end="\n"):
        path = Path(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((lines if isinstance(lines, str) else "".join(line + end for line in lines)).encode())
        return path

    return file


def score(references, hypotheses, **changes):
    arguments = {"task": "translate", "target": None, "source": None, "metrics": ("chrf",), "settings": SETTINGS}
    return textfiles.score(**{**arguments, **changes}, references=references, hypotheses=hypotheses)


def values(scores):
    return {system.name: system.metrics["chrf"].value for system in scores.systems}


def test_files_are_scored_line_by_line_with_the_defaults_of_the_task(write):
    scores = score([write("r", REF)], {"x": write("h", HYP), "near": write("s", [*REF[:2], HYP[2]])}, metrics=())
    assert (scores.task, scores.target, scores.primary) == ("translate", ENGLISH, "chrf++")
    assert (scores.segments, scores.articles, scores.references) == (3, 0, ("r",))
    found = {system.name: system.metrics for system in scores.systems}
    assert list(found["x"]) == ["chrf++", "bleu"]
    assert 50 < found["x"]["chrf++"].value < found["near"]["chrf++"].value < 100


def test_the_primary_is_the_first_metric_given_where_the_tasks_own_is_not(write):
    assert score([write("r", REF)], {"x": write("h", HYP)}, metrics=("bleu", "chrf")).primary == "bleu"
    assert score([Path("r")], {"x": Path("h")}, metrics=("bleu", "chrf++")).primary == "chrf++"


def test_another_target_language_is_scored_with_its_own_words(write):
    scores = score([write("r", ["यह घर है।"])], {"x": write("h", ["यह घर था।"])}, task="summarise", metrics=("rouge1",))
    assert scores.target == HINDI and scores.systems[0].metrics["rouge1"].value == pytest.approx(200 / 3)
    english = score([write("e", REF)], {"x": write("f", HYP)}, task="summarise", target=ENGLISH, metrics=("rouge1",))
    assert english.task == "summarise-eng_Latn" and "rouge-score" in english.systems[0].metrics["rouge1"].signature


def test_two_references_are_scored_as_published_scores_are_without_a_reference_row(write):
    scores = score([write("r", REF), write("alt", ALT)], {"x": write("h", HYP)})
    assert [(s.name, s.role) for s in scores.systems] == [("x", "system")]
    assert scores.references == ("r", "alt")
    assert values(scores)["x"] == pytest.approx(sacre(HYP, REF, ALT))
    assert not scores.leaves_one_out


def test_a_reference_row_is_added_if_it_is_wanted_and_every_row_leaves_one_reference_out(write):
    scores = score([write("r", REF), write("alt", ALT)], {"x": write("h", HYP)}, reference_row=True)
    assert [(s.name, s.role) for s in scores.systems] == [("reference", "reference"), ("x", "system")]
    alone = [values(score([Path(a)], {"x": Path(b)}))["x"] for a, b in (("r", "alt"), ("alt", "r"))]
    assert values(scores)["reference"] == pytest.approx(sum(alone) / 2)
    assert values(scores)["x"] == pytest.approx((sacre(HYP, REF) + sacre(HYP, ALT)) / 2)
    assert scores.systems[1].metrics["chrf"].all_references.value == pytest.approx(sacre(HYP, REF, ALT))
    assert scores.leaves_one_out


def test_a_reference_row_that_is_wanted_needs_a_second_reference(write):
    with pytest.raises(InputError, match=r"^--reference-row needs a segment with two references; give a second"):
        score([write("r", REF)], {"x": write("h", HYP)}, reference_row=True)


def test_one_reference_makes_no_reference_row(write):
    assert [s.name for s in score([write("r", REF)], {"x": write("h", HYP)}).systems] == ["x"]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("\n".join(HYP), id="no-line-end-at-the-end"),
        pytest.param("\r\n".join(HYP) + "\r\n", id="crlf"),
        pytest.param("\r".join(HYP) + "\r", id="cr"),
        pytest.param("\ufeff" + "\n".join(HYP) + "\n", id="bom"),
        pytest.param("\ufeff" + "\r\n".join(HYP), id="bom-and-crlf"),
    ],
)
def test_how_an_editor_saved_a_file_changes_no_score(write, raw):
    expected = values(score([write("r", REF)], {"x": write("h", HYP)}))
    assert values(score([Path("r")], {"x": write("other", raw)})) == expected
    assert values(score([write("r2", raw)], {"x": Path("r")})) == values(score([Path("h")], {"x": Path("r")}))


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x0c", "\x0b", "\x85", "\x1c"])
def test_only_line_feeds_end_a_segment(write, separator):
    hypothesis = [HYP[0].replace(" on ", f"{separator}on "), *HYP[1:]]
    scores = score([write("r", REF)], {"x": write("h", hypothesis), "plain": write("p", HYP)})
    assert scores.segments == 3
    assert values(scores)["x"] == values(scores)["plain"]


@pytest.mark.parametrize(("name", "label"), [("hyp.en", "hypothesis"), ("alt.en", "reference"), ("src.hi", "source")])
def test_a_count_that_differs_is_told_with_both_files_and_both_counts(write, name, label):
    write("ref.en", REF)
    for file, lines in (("hyp.en", HYP), ("alt.en", ALT), ("src.hi", HYP)):
        write(file, lines[:2] if file == name else lines)
    with pytest.raises(InputError, match=f"^{name}: the {label} has 2 lines, ref.en has 3; "):
        score([Path("ref.en"), Path("alt.en")], {"x": Path("hyp.en")}, source=Path("src.hi"))


def test_empty_references_and_sources_are_counted_in_a_note_with_the_first(write):
    scores = score(
        [write("r", REF), write("alt", [ALT[0], " ", ""])], {"x": write("h", HYP)}, source=write("s", ["", "a", "b"])
    )
    assert scores.notes == (
        "Warning: alt: 2 of 3 references are empty, first line 2",
        "Warning: s: 1 of 3 sources are empty, first line 1",
    )


def test_a_file_given_twice_is_refused_under_whatever_path(write, tmp_path):
    reference = write("r", REF)
    with pytest.raises(InputError, match="given twice, and a text cannot be scored against itself"):
        score([reference], {"x": tmp_path / "." / ".." / tmp_path.name / "r"})


def test_a_reference_in_another_language_is_refused(write):
    with pytest.raises(InputError, match=r"^r: expected references in eng_Latn, but only 0% of the letters"):
        score([write("r", ["वह गया।", "बारिश हुई।", "बिल्ली बैठी।"])], {"x": write("h", HYP)})


def test_an_empty_hypothesis_line_is_scored_and_noted(write):
    (system,) = score([write("r", REF)], {"x": write("h", [HYP[0], "", HYP[2]])}).systems
    assert system.error is None and system.notes == ("1 of 3 outputs are empty",)


def test_a_file_of_blank_lines_is_named(write):
    with pytest.raises(FileError, match=r"^m: the file is empty"):
        score([write("r", REF)], {"good": write("h", HYP), "mute": write("m", ["", "", ""])})


def test_references_of_one_file_name_are_told_apart_in_either_order(write):
    scores = score([write("old/r", ALT), write("r", REF)], {"x": write("h", HYP)})
    assert len(scores.references) == 2


def test_a_metric_named_twice_is_scored_once(write):
    scores = score([write("r", REF)], {"x": write("h", HYP), "y": write("g", ALT)}, metrics=("chrf", "chrf"))
    assert len(scores.comparisons) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"task": "translat"}, "did you mean 'translate'", id="task"),
        pytest.param({"target": "urd_Arab"}, "unknown target language of translate 'urd_Arab'", id="target"),
        pytest.param({"metrics": ("blue",)}, "did you mean 'bleu'", id="metric"),
        pytest.param({"source": Path("nowhere")}, "nowhere: no such file", id="source"),
    ],
)
def test_an_unknown_name_is_refused(write, changes, message):
    with pytest.raises(InputError, match=re.escape(message)):
        score([write("r", REF)], {"x": write("h", HYP)}, **changes)


def test_names_of_files_and_what_the_task_says_are_enough(write):
    write("r", REF), write("h", HYP), write("s", ALT)
    scores = textfiles.score(task="translate", references=["r"], hypotheses={"x": "h"}, source="s")
    found = scores.systems[0].metrics["chrf++"].interval
    assert (found.resamples, found.seed, found.confidence) == (1000, 0, 0.95)
    settings = Resampling(resamples=1000, seed=0, confidence=0.95)
    assert scores == score([Path("r")], {"x": Path("h")}, source=Path("s"), metrics=(), settings=settings)


@pytest.mark.parametrize("changes", [{"metrics": "bleu"}, {"references": "r"}, {"references": Path("r")}])
def test_a_list_is_not_guessed_from_one_name(write, changes):
    arguments = {"task": "translate", "references": [write("r", REF)], "hypotheses": {"x": write("h", HYP)}, **changes}
    with pytest.raises(InputError, match=f"^expected a list of {next(iter(changes))}, found"):
        textfiles.score(**arguments)


def test_nothing_to_score_is_refused(write):
    with pytest.raises(InputError, match="no --reference given"):
        score([], {"x": write("h", HYP)})
    with pytest.raises(InputError, match="no --hypothesis given"):
        score([write("r", REF)], {})


@pytest.mark.parametrize("name", ["reference", "oracle"])
def test_the_names_of_bounds_are_taken(write, name):
    with pytest.raises(InputError, match=f"'{name}' is the name of a bound's row"):
        score([write("r", REF)], {name: write("h", HYP)})


def test_names_and_files_are_parted_at_the_first_equals_sign():
    found = textfiles.parse_hypotheses(["nllb=out/nllb.en", "b=x=y.en"])
    assert found == {"nllb": Path("out/nllb.en"), "b": Path("x=y.en")}


def test_a_hypothesis_in_another_language_is_refused(write):
    with pytest.raises(InputError, match=r"^h: expected outputs in eng_Latn, but only 0% of the letters"):
        score([write("r", REF)], {"ok": write("ok", HYP), "x": write("h", ["वह गया।", "बारिश हुई।", "बिल्ली बैठी।"])})


def test_a_reference_among_the_hypotheses_is_refused_under_another_name_too(write):
    with pytest.raises(InputError, match=r"^copy: the hypothesis is the reference r, line for line"):
        score([write("r", REF)], {"x": write("h", HYP), "y": write("copy", REF)})


def test_the_same_reference_twice_is_no_second_reference(write):
    with pytest.raises(InputError, match=r"^again: the reference is r, line for line"):
        score([write("r", REF), write("again", REF)], {"x": write("h", HYP)})


def test_the_source_is_no_output_and_no_reference_where_all_are_in_one_language(write):
    source, reference, hypothesis = write("s", ALT), write("r", REF), write("h", HYP)
    with pytest.raises(InputError, match=r"^copy: the hypothesis is the source s, line for line"):
        score([reference], {"x": hypothesis, "y": write("copy", ALT)}, source=source)
    with pytest.raises(InputError, match=r"^copy: the reference is the source s, line for line"):
        score([reference, Path("copy")], {"x": hypothesis}, source=source)
    for references, outputs in (([reference], {"x": hypothesis, "y": source}), ([source], {"x": hypothesis})):
        with pytest.raises(InputError, match=r"^s: the file is given twice"):
            score(references, outputs, source=source)
    with pytest.raises(InputError, match=r"^copy: the hypothesis is the source s"):
        textfiles.read(task="translate", target=None, source=source, references=[], hypotheses={"y": Path("copy")})


def test_two_systems_with_one_text_are_scored_and_noted(write):
    scores = score([write("r", REF)], {"x": write("h", HYP), "y": write("g", HYP)})
    assert scores.notes == ("Warning: x and y are the same, line for line: h, g",)
    assert values(scores)["x"] == values(scores)["y"]


LONG = [f"{verb} the {noun} of {place} on {day}" for verb in ("close", "open", "sell") for noun in ("house", "school")
        for place in ("Pune", "Delhi") for day in ("Monday", "Friday")]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        pytest.param(LONG, False, id="in-order"),
        pytest.param([*LONG[12:], *LONG[:12]], True, id="halves-swapped"),
        pytest.param(LONG[::-1], True, id="reversed"),
    ],
)
def test_files_in_another_order_are_told(write, lines, found):
    outputs = {"x": write("h", [f"they {line}" for line in lines])}
    notes = score([write("r", LONG)], outputs).notes
    assert any("r fits x no better line by line than shifted" in note for note in notes) is found


# --- JSONL ------------------------------------------------------------------------------------------------------------


def jsonl(texts, ids="abc", **more):
    return [core_files.dumps({"id": name, "text": text, **more}) for name, text in zip(ids, texts, strict=True)]


def test_ids_bring_files_into_the_order_of_the_reference(write):
    plain = values(score([write("r", REF)], {"x": write("h", HYP)}))
    shuffled = write("h.jsonl", list(reversed(jsonl(HYP))))
    scores = score([write("r.jsonl", jsonl(REF))], {"x": shuffled}, source=write("s.jsonl", jsonl(ALT)))
    assert values(scores) == plain
    files = textfiles.read(
        task="translate", target=None, source=None, references=[Path("r.jsonl")], hypotheses={"x": shuffled}
    )
    assert (files.ids, files.outputs) == (("a", "b", "c"), {"x": tuple(HYP)})


def test_a_source_says_of_which_article_and_kind_each_segment_is(write):
    rows = jsonl(ALT[:2], "ab", article="one", kind="title") + jsonl(ALT[2:], "c", article="two", kind="body")
    scores = score(
        [write("r.jsonl", jsonl(REF))], {"x": write("h.jsonl", jsonl(HYP))}, source=write("s.jsonl", reversed(rows))
    )
    assert scores.articles == 2
    assert [(part.facet, part.value, part.segments) for part in scores.slices] == [
        ("kind", "title", 2), ("kind", "body", 1), ("article", "one", 2), ("article", "two", 1),
    ]  # fmt: skip


def test_versions_in_one_file_are_references_of_their_own(write):
    both = write("r.jsonl", [*jsonl(REF, version="close"), *jsonl(ALT, version="free")])
    scores = score([both], {"x": write("h.jsonl", jsonl(HYP))})
    assert scores.references == ("close", "free")
    assert values(scores) == values(score([write("r", REF), write("alt", ALT)], {"x": write("h", HYP)}))


def test_of_references_in_several_languages_those_of_the_output_count(write):
    rows = [*jsonl(REF, language=ENGLISH), *jsonl(["एक", "दो", "तीन"], language=HINDI)]
    found = values(score([write("r.jsonl", rows)], {"x": write("h.jsonl", jsonl(HYP))}))
    assert found == values(score([write("r", REF)], {"x": write("h", HYP)}))
    with pytest.raises(InputError, match=r"^o.jsonl: expected references in eng_Latn, found hin_Deva; check --target$"):
        score([write("o.jsonl", rows[3:])], {"x": write("h.jsonl", jsonl(HYP))})


def test_what_a_run_of_the_harness_stored_can_be_scored(write):
    rows = jsonl(HYP, identity="0f", source="1e", sample=0, truncated=False)
    assert values(score([write("r.jsonl", jsonl(REF))], {"x": write("h.jsonl", rows)}))["x"] > 50


def test_the_first_reference_says_of_which_article_a_segment_is_where_the_source_does_not(write):
    reference = write("r.jsonl", jsonl(REF[:2], "ab", article=1) + jsonl(REF[2:], "c", article=2))
    hypotheses = {"x": write("h.jsonl", jsonl(HYP, article=None))}
    assert score([reference], hypotheses).articles == 2
    assert score([reference], hypotheses, source=write("s.jsonl", jsonl(ALT))).articles == 2


@pytest.mark.parametrize("key", ["article", "kind", "version"])
@pytest.mark.parametrize(
    ("second", "found"), [({}, "none"), (None, "None"), ("", "''"), (" ", "' '"), (["b"], r"\['b'\]"), (True, "True")]
)
def test_what_one_line_says_beside_its_text_all_lines_have_to_say(write, key, second, found):
    more = second if second == {} else {key: second}
    lines = [*jsonl(REF[:1], "a", **{key: "b"}), *jsonl(REF[1:2], "b", **more), *jsonl(REF[2:], "c", **{key: "c"})]
    with pytest.raises(InputError, match=rf"^r.jsonl line 2: expected .* {key}, as other lines have .* found {found}$"):
        score([write("r.jsonl", lines)], {"x": write("h.jsonl", jsonl(HYP))})


def test_what_no_line_says_is_not_known(write):
    reference = write("r.jsonl", jsonl(REF, article=None, kind=None, version=None))
    scores = score([reference], {"x": write("h.jsonl", jsonl(HYP))})
    assert (scores.articles, scores.references, scores.slices) == (0, ("r.jsonl",), ())


def test_a_version_that_stands_in_two_files_is_refused_and_replaces_nothing(write):
    for name, texts in (("r.jsonl", REF), ("s.jsonl", HYP[::-1])):
        write(name, [*jsonl(texts, version="close"), *jsonl(ALT, version=name)])
    with pytest.raises(InputError, match=r"^s.jsonl: the reference close is in r.jsonl too"):
        score([Path("r.jsonl"), Path("s.jsonl")], {"x": write("h.jsonl", jsonl(HYP))})


def test_json_objects_are_not_scored_as_text(write):
    for references, hypothesis in (([write("r", REF)], write("h.en", jsonl(HYP))), ([Path("h.en")], Path("r"))):
        with pytest.raises(InputError, match=r"^h\.en: expected one segment per line, found JSON objects"):
            score(references, {"x": hypothesis})


def test_braces_do_not_make_a_text_json(write):
    assert values(score([write("r", REF)], {"x": write("h", [f"{{{text}}}" for text in HYP])}))["x"] > 50


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (jsonl(HYP[:2], "ab"), "h.jsonl: the hypothesis has 2 ids, r.jsonl has 3; it has nothing for c"),
        (jsonl([*HYP, "x"], "abcd"), "h.jsonl: the hypothesis has 4 ids, r.jsonl has 3; it has d, which is not there"),
        (jsonl(HYP, "abd"), "h.jsonl: the hypothesis has 3 ids, r.jsonl has 3; it has nothing for c"),
        (jsonl(HYP, "aab"), "h.jsonl line 2: the hypothesis of a occurs twice"),
        (
            ['{"id": "a"}'],
            'h.jsonl: expected {"id": "...", "text": "..."}, found no column that is known to be the text',
        ),
        (
            [*jsonl(HYP[:1], "a"), '{"id": "b"}'],
            'h.jsonl line 2: expected {"id": "...", "text": "..."}, found text None',
        ),
        (['{"id": 3, "text": "x"}'], "h.jsonl: the hypothesis has 1 ids, r.jsonl has 3; it has nothing for a"),
        (["{", "[]"], "h.jsonl line 1: expected one JSON object, found bad JSON"),
        (["[]", "{", "3"], "(and 2 more lines)"),
    ],
)
def test_ids_that_do_not_fit_are_told_with_the_first(write, lines, message):
    with pytest.raises(InputError, match=re.escape(message)):
        score([write("r.jsonl", jsonl(REF))], {"x": write("h.jsonl", lines)})


def test_plain_lines_stand_beside_ids_if_their_numbers_agree_and_the_order_is_clear(write):
    plain = values(score([write("r", REF)], {"x": write("h", HYP)}))
    write("r.jsonl", jsonl(REF)), write("h.jsonl", jsonl(HYP)), write("other.jsonl", jsonl(ALT[::-1], "cba"))
    assert values(score([Path("r.jsonl")], {"x": Path("h")})) == plain
    assert values(score([Path("r")], {"x": Path("h.jsonl")}, source=write("s", ALT))) == plain
    with pytest.raises(InputError, match=r"^r: the lines have no ids, and h.jsonl and other.jsonl have different ids"):
        score([Path("r")], {"x": Path("h.jsonl"), "y": Path("other.jsonl")})


# --- references that differ in number from segment to segment ---------------------------------------------------------


def sacre(hypotheses, *streams):
    return CHRF().corpus_score(hypotheses, list(streams)).score


def test_a_version_may_lack_ids_and_segments_are_scored_with_the_references_that_they_have(write):
    both = write("r.jsonl", [*jsonl(REF, version="close"), *jsonl([ALT[2], ALT[0]], "ca", version="free")])
    scores = score([both], {"x": write("h.jsonl", jsonl(HYP))})
    assert scores.reference_counts == {1: 1, 2: 2}
    assert scores.notes == ("r.jsonl (version free): no reference for 1 of 3 segments, first b",)
    x = next(system for system in scores.systems if system.name == "x").metrics["chrf"]
    assert x.value == pytest.approx(sacre(HYP, REF, [ALT[0], None, ALT[2]]))
    assert x.signature.startswith("nrefs:var|")


def test_the_first_reference_may_lack_ids_too_and_they_follow_its_own(write):
    first, second = write("r.jsonl", jsonl(REF[:2], "ca")), write("s.jsonl", jsonl(ALT, article="one", kind="body"))
    files = textfiles.read(
        task="translate", target=None, source=None, references=[first, second],
        hypotheses={"x": write("h.jsonl", jsonl(HYP))},
    )  # fmt: skip
    assert files.ids == ("c", "a", "b")
    assert files.references == {"r.jsonl": (REF[0], REF[1], None), "s.jsonl": (ALT[2], ALT[0], ALT[1])}
    assert files.outputs == {"x": (HYP[2], HYP[0], HYP[1])}
    assert (files.articles, files.kinds) == (("one",) * 3, ("body",) * 3)


def test_a_hypothesis_needs_the_ids_of_all_references_together(write):
    references = [write("r.jsonl", jsonl(REF[:2], "ab")), write("s.jsonl", jsonl(ALT[:2], "bc"))]
    message = r"^h.jsonl: the hypothesis has 2 ids, the references together have 3; it has nothing for c; "
    with pytest.raises(InputError, match=message):
        score(references, {"x": write("h.jsonl", jsonl(HYP[:2], "ab"))})


def test_an_empty_line_is_no_reference_on_request(write):
    references = [write("r", REF), write("alt", [ALT[0], " ", ""])]
    kept, without = (score(references, {"x": write("h", HYP)}, empty_reference=empty) for empty in ("text", "none"))
    assert (kept.reference_counts, without.reference_counts) == ({}, {1: 2, 2: 1})
    assert values(kept)["x"] == pytest.approx(sacre(HYP, REF, [ALT[0], " ", ""]))
    assert values(without)["x"] == pytest.approx(sacre(HYP, REF, [ALT[0], None, None]))
    assert kept.notes == ("Warning: alt: 2 of 3 references are empty, first line 2",)
    assert without.notes == ("alt: no reference for 2 of 3 segments, first line 2",)


def test_an_empty_text_of_jsonl_is_no_reference_on_request(write):
    rows = [*jsonl(REF, version="close"), *jsonl([ALT[0], "", ALT[2]], version="free")]
    scores = score([write("r.jsonl", rows)], {"x": write("h.jsonl", jsonl(HYP))}, empty_reference="none")
    assert scores.reference_counts == {1: 1, 2: 2}


@pytest.mark.parametrize(
    ("references", "where"),
    [
        pytest.param({"r": ["", "b", "", ""]}, "r: 3 of 4 segments have no reference (lines 1, 3, 4)", id="lines"),
        pytest.param({"r": ["", "b", "c", "d"], "s": ["", "", "c", "d"]}, "r, s: 1 of 4", id="in-no-file"),
        pytest.param(
            {"r.jsonl": jsonl(["", "b", "c", "d"], "abcd")}, "r.jsonl: 1 of 4 segments have no reference (ids a); ",
            id="ids",
        ),
    ],
)  # fmt: skip
def test_a_segment_without_a_reference_is_refused_by_name(write, references, where):
    paths = [write(name, lines) for name, lines in references.items()]
    hypothesis = write("h.jsonl", jsonl("wxyz", "abcd")) if "r.jsonl" in references else write("h", list("wxyz"))
    with pytest.raises(InputError, match=f"^{re.escape(where)}"):
        score(paths, {"x": hypothesis}, empty_reference="none")


def test_a_reference_file_without_any_text_is_refused_also_if_empty_lines_are_none(write):
    with pytest.raises(FileError, match=r"^r: the file is empty"):
        score([write("r", ["", "", ""])], {"x": write("h", HYP)}, empty_reference="none")


def test_a_copy_of_a_reference_with_gaps_is_still_a_copy(write):
    texts = [REF[0], "", REF[2]]
    with pytest.raises(InputError, match=r"^h: the hypothesis is the reference r, line for line"):
        score([write("r", texts), write("s", ALT)], {"x": write("h", texts)}, empty_reference="none")


def test_segments_of_a_reference_row_are_those_with_two_references(write):
    references = [write("r", REF), write("alt", [*ALT[:2], ""])]
    row = score(references, {"x": write("h", HYP)}, empty_reference="none", reference_row=True).systems[0]
    assert (row.name, row.metrics["chrf"].segments) == ("reference", 2)
    expected = (sacre(REF[:2], ALT[:2]) + sacre(ALT[:2], REF[:2])) / 2
    assert row.metrics["chrf"].value == pytest.approx(expected)


def test_a_metric_that_reads_sources_needs_the_source_file(write, monkeypatch):
    monkeypatch.setattr(Chrf, "needs", ("sources",))
    with pytest.raises(InputError, match=r"^metric chrf reads the sources too; give them with --source$"):
        score([write("r", REF)], {"x": write("h", HYP)})
    assert score([Path("r")], {"x": Path("h")}, source=write("s", ALT)).systems[0].error is None


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_folder_stands_for_each_file_that_is_named_as_the_reference_is(write):
    for name in ("out/nllb.en", "out/google.v2.en", "out/ref.en", "out/source.hi", "out/README.md", "out/.hidden.en"):
        write(name, HYP)
    found = textfiles.parse_hypotheses(["out"], besides=[Path("out/ref.en")], suffix=".en")
    assert found == {"google.v2": Path("out/google.v2.en"), "nllb": Path("out/nllb.en")}
    assert list(textfiles.parse_hypotheses(["out"], besides=[Path("out/source.hi")])) == ["google.v2", "nllb", "ref"]
    with pytest.raises(InputError, match="the name 'nllb' is given twice"):
        textfiles.parse_hypotheses(["nllb=x", "out"], suffix=".en")


def test_a_folder_without_such_a_file_and_names_that_clash_are_refused(write):
    write("out/a.en", HYP), write("out/a.txt", HYP)
    with pytest.raises(InputError, match=r"--hypothesis out: expected files named \*\.hi, as the reference is"):
        textfiles.parse_hypotheses(["out"], suffix=".hi")
    with pytest.raises(InputError, match=r"a\.(en|txt) differs from another in its suffix only"):
        textfiles.parse_hypotheses(["out"])
    with pytest.raises(InputError, match="expected a file, found a folder; give it without a name"):
        textfiles.parse_hypotheses(["a=out"])


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argument", ["=nllb.en", "nllb=", "=", ""])
def test_what_is_not_name_equals_file_is_refused_with_an_example(argument):
    with pytest.raises(InputError, match=f"--hypothesis {re.escape(argument)}: expected NAME=FILE, for example"):
        textfiles.parse_hypotheses(["ok=f", argument])


def test_a_file_alone_is_named_as_the_file_without_its_suffix():
    found = textfiles.parse_hypotheses(["out/nllb.en", "google.v2.en", "m.jsonl.gz", "-"])
    assert found == {
        "nllb": Path("out/nllb.en"), "google.v2": Path("google.v2.en"), "m": Path("m.jsonl.gz"), "stdin": Path("-"),
    }  # fmt: skip


def test_a_file_alone_may_have_an_equals_sign_in_its_name(write):
    write("lr=3.en", HYP)
    assert textfiles.parse_hypotheses(["lr=3.en"]) == {"lr=3": Path("lr=3.en")}


def test_a_name_given_twice_is_refused():
    with pytest.raises(InputError, match="the name 'a' is given twice"):
        textfiles.parse_hypotheses(["a=x", "b=y", "a=z"])


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\u200bb"])
def test_a_name_that_cannot_be_seen_is_refused(write, name):
    with pytest.raises(InputError, match="expected a name of visible characters for h"):
        score([write("r", REF)], {name: write("h", HYP)})


def test_a_baseline_is_one_of_the_systems():
    analysis.check_baseline(None, ["nllb"])
    analysis.check_baseline("nllb", ["nllb", "google"])
    with pytest.raises(InputError, match="did you mean 'google'"):
        analysis.check_baseline("gogle", ["nllb", "google"])
    with pytest.raises(InputError, match=r"\(known: google, nllb\)"):
        analysis.check_baseline("x", ["nllb", "google", "nllb"])


def test_lines_are_read_with_nothing_taken_from_them(write):
    assert core_files.read_lines(write("f", "\ufeff a \r\n\r\nb\u2028c\n")) == [" a ", "", "b\u2028c"]


@pytest.mark.parametrize("name", ["loop", "x" * 5000, "no\0name", "loop/h"])
def test_a_name_that_the_system_refuses_is_one_line(write, name):
    Path("loop").symlink_to("loop")
    write("h", HYP)
    with pytest.raises(FileError, match=r"could not read \(|not a file name"):
        score([write("r", REF)], textfiles.parse_hypotheses(["ok=h", f"x={name}"]))
    with pytest.raises(FileError, match=r"could not read \(|not a file name"):
        score([Path(name)], {"x": Path("h")})


def test_a_folder_that_cannot_be_read_is_named(write, monkeypatch):
    def refused(self):
        raise PermissionError(13, "Permission denied")

    write("out/a.en", HYP)
    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(FileError, match=r"^out: could not read the folder \(Permission denied\)"):
        textfiles.parse_hypotheses(["out"])
