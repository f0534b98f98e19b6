"""Scoring text files: what is accepted, and what is refused with which words."""

import re
from pathlib import Path

import pytest

from harness import jsonio, textfiles
from harness.errors import FileError, InputError
from harness.records import ENGLISH, HINDI
from harness.scoring import Settings

SETTINGS = Settings(resamples=100, seed=0, confidence=0.95)
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
    scores = score([write("r", REF)], {"x": write("h", HYP), "same": write("s", REF)}, metrics=())
    assert (scores.task, scores.target, scores.primary) == ("translate", ENGLISH, "chrf++")
    assert (scores.segments, scores.articles, scores.references) == (3, 0, ("r",))
    found = {system.name: system.metrics for system in scores.systems}
    assert list(found["x"]) == ["chrf++", "bleu"]
    assert found["same"]["chrf++"].value == pytest.approx(100)
    assert 50 < found["x"]["chrf++"].value < 95


def test_the_primary_is_the_first_metric_given_where_the_tasks_own_is_not(write):
    assert score([write("r", REF)], {"x": write("h", HYP)}, metrics=("bleu", "chrf")).primary == "bleu"
    assert score([Path("r")], {"x": Path("h")}, metrics=("bleu", "chrf++")).primary == "chrf++"


def test_another_target_language_is_scored_with_its_own_words(write):
    scores = score([write("r", ["यह घर है।"])], {"x": write("h", ["यह घर था।"])}, task="summarise", metrics=("rouge1",))
    assert scores.target == HINDI and scores.systems[0].metrics["rouge1"].value == pytest.approx(200 / 3)
    english = score([write("e", REF)], {"x": write("f", HYP)}, task="summarise", target=ENGLISH, metrics=("rouge1",))
    assert english.task == "summarise-eng_Latn" and "rouge-score" in english.systems[0].metrics["rouge1"].signature


def test_two_references_add_the_human_row(write):
    scores = score([write("r", REF), write("alt", ALT)], {"x": write("h", HYP)})
    assert [(s.name, s.role) for s in scores.systems] == [("human", "human"), ("x", "system")]
    assert scores.references == ("r", "alt")
    alone = [values(score([Path(a)], {"x": Path(b)}))["x"] for a, b in (("r", "alt"), ("alt", "r"))]
    assert values(scores)["human"] == pytest.approx(sum(alone) / 2)


def test_one_reference_makes_no_human_row(write):
    assert [s.name for s in score([write("r", REF)], {"x": write("h", HYP)}).systems] == ["x"]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("\n".join(HYP), id="no-line-end-at-the-end"),
        pytest.param("\r\n".join(HYP) + "\r\n", id="crlf"),
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
    with pytest.raises(InputError, match=f"^{name}: the {label} has 2 lines, the reference ref.en has 3; "):
        score([Path("ref.en"), Path("alt.en")], {"x": Path("hyp.en")}, source=Path("src.hi"))


def test_an_empty_reference_line_is_told_with_its_number(write):
    with pytest.raises(InputError, match="alt line 2: the reference is empty"):
        score([write("r", REF), write("alt", [ALT[0], " ", ALT[2]])], {"x": write("h", HYP)})


def test_a_file_given_twice_is_refused_under_whatever_path(write, tmp_path):
    reference = write("r", REF)
    with pytest.raises(InputError, match="given twice; a text cannot be scored against itself"):
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
        pytest.param({"target": HINDI}, "unknown target language of translate 'hin_Deva'", id="target"),
        pytest.param({"metrics": ("blue",)}, "did you mean 'bleu'", id="metric"),
        pytest.param({"source": Path("nowhere")}, "nowhere: no such file", id="source"),
    ],
)
def test_an_unknown_name_is_refused(write, changes, message):
    with pytest.raises(InputError, match=re.escape(message)):
        score([write("r", REF)], {"x": write("h", HYP)}, **changes)


def test_nothing_to_score_is_refused(write):
    with pytest.raises(InputError, match="no --reference given"):
        score([], {"x": write("h", HYP)})
    with pytest.raises(InputError, match="no --hypothesis given"):
        score([write("r", REF)], {})


@pytest.mark.parametrize("name", ["human", "oracle"])
def test_the_names_of_bounds_are_taken(write, name):
    with pytest.raises(InputError, match=f"'{name}' is the name of a bound's row"):
        score([write("r", REF)], {name: write("h", HYP)})


def test_names_and_files_are_parted_at_the_first_equals_sign():
    found = textfiles.parse_hypotheses(["nllb=out/nllb.en", "b=x=y.en"])
    assert found == {"nllb": Path("out/nllb.en"), "b": Path("x=y.en")}


@pytest.mark.parametrize("argument", ["nllb.en", "=nllb.en", "nllb=", "=", ""])
def test_what_is_not_name_equals_file_is_refused_with_an_example(argument):
    with pytest.raises(InputError, match=f"--hypothesis {re.escape(argument)}: expected NAME=FILE, for example"):
        textfiles.parse_hypotheses(["ok=f", argument])


def test_a_name_given_twice_is_refused():
    with pytest.raises(InputError, match="the name 'a' stands twice"):
        textfiles.parse_hypotheses(["a=x", "b=y", "a=z"])


def test_a_baseline_is_one_of_the_systems():
    textfiles.check_baseline(None, ["nllb"])
    textfiles.check_baseline("nllb", ["nllb", "google"])
    with pytest.raises(InputError, match="did you mean 'google'"):
        textfiles.check_baseline("gogle", ["nllb", "google"])


def test_lines_are_read_with_nothing_taken_from_them(write):
    assert jsonio.read_lines(write("f", "\ufeff a \r\n\r\nb\u2028c\n")) == [" a ", "", "b\u2028c"]
