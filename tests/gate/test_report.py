"""How a verdict reads. The golden files are what the code printed once, checked by eye; write them anew with

python -m tests.gate.test_report
"""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from harness import reporting
from harness.core import files
from harness.gate import Blessing, Change, Evidence, Finding, Moved, Verdict, junit
from harness.gate.report import tables, to_json
from harness.gate.sentences import headline, sentence
from harness.reporting import numbers
from tests.paths import GOLDEN

SUFFIXES = {"table": "txt", "markdown": "md", "json": "json", "junit": "xml"}


def score(system: str, name: str, before: float, now: float, **changes: object) -> Finding:
    made = Finding(
        task="translate", system=system, kind="metric", name=name, status="ok", unit="points", before=before, now=now,
        delta=now - before, allowed=1.0, higher_is_better=True, p=0.4, p_adjusted=1.0,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def check(system: str, name: str, before: float, now: float, allowed: float, **changes: object) -> Finding:
    made = Finding(
        task="translate", system=system, kind="check", name=name, status="ok", unit="percent", before=before, now=now,
        delta=now - before, allowed=allowed, higher_is_better=False,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


ALONE = "n = 1 segment: too few for a test, so the tolerance decides alone"
START = "The same start. " * 8
# Every status, reason and unit once; `a_b|c<d>&e` needs escaping somewhere.
FAILED = Verdict(
    run="ci-22222222",
    baseline="ci-11111111",
    blessing=Blessing("Asha <asha@example.org>", "2026-03-01T09:00:00+00:00", "first release | v1", "c0ffee"),
    findings=(
        score("a_b|c<d>&e", "chrf++", 49.0, 48.72, status="regressed", p=0.0005, p_adjusted=0.006, reasons=("test",)),
        score(
            "a_b|c<d>&e", "bleu", 20.5, 18.25, status="regressed", p=0.0005, p_adjusted=0.006,
            reasons=("likely", "test"),
        ),
        check("a_b|c<d>&e", "missing", 0, 0, 0, unit="count"),
        check("a_b|c<d>&e", "empty", 0, 2, 0, unit="count", status="regressed", reasons=("slack",)),
        check("a_b|c<d>&e", "unknown", 0.25, 0.254, 0.1),
        check("a_b|c<d>&e", "repetition", 0.5, 0.5, 1.0),
        check(
            "a_b|c<d>&e", "speed", 120.0, 80.0, 24.0, unit="tokens/s", status="regressed", higher_is_better=True,
            reasons=("ratio",),
        ),
        score("better", "chrf++", 30.0, 31.5, status="improved", p=0.9995, reasons=("tolerance",)),
        check("better", "stopped", 10.0, 0.0, 1.0, status="improved", reasons=("slack",)),
        replace(check("better", "cut", 0.0, 5.0, 1.0), allowed=None, status="skipped", remark="switched off"),
        check(
            "broken", "missing", 0, 19, 0, unit="count", status="missing", reasons=("failed",),
            remark="out of memory; use a smaller batch_tokens",
        ),
        score(
            "noisy", "chrf++", 49.0, 47.5, status="unclear", p=0.21, reasons=("chance",), units=60, unit_kind="segment",
            changed=60, decides_at=151,
        ),
        score(
            "shaky", "chrf++", 49.0, 47.5, status="unclear", p=0.01, p_adjusted=0.2, reasons=("likely", "unconfirmed"),
            units=60, unit_kind="segment", changed=60, again=49.1,
        ),
        score(
            "guarded", "chrf++", 49.0, 48.5, status="not_shown", p=None, p_adjusted=None, reasons=("margin", "few"),
            units=244, unit_kind="segment", changed=7, upper=1.42,
        ),
        score(
            "guarded", "bleu", 20.0, 19.9, p=None, p_adjusted=None, units=244, unit_kind="segment", changed=57,
            upper=0.43,
        ),
        score("same", "rougeL", 31.5, 31.5, p=None, p_adjusted=None, remark=ALONE, task="summarise"),
        replace(score("fresh", "chrf++", 0, 44.0), status="new", before=None, delta=None, allowed=None, p=None,
                p_adjusted=None),
    ),
    changes=(
        Change(("translate: a_b|c<d>&e",), "checkpoint.revision", "main", "0123456789abcdef0123456789abcdef01234567"),
        Change(tuple(f"translate: s{number}" for number in range(5)), "torch", "2.13.0", "2.14.0"),
    ),
    notes=("a note of the gate.",),
    level=0.05,
    second_run="results/confirm/ci-22222222",
    evidence=(
        Evidence(
            "translate",
            "a_b|c<d>&e",
            (
                Moved("a#s01", {"chrf++": -0.2, "bleu": -1.5, "empty": 1.0}, "It rained | all day.", ""),
                Moved("a#s02", {"bleu": -0.004}, f"{START}He left.", f"{START}He <s>."),
                Moved("a#s03", {"empty": 1.0}, None, " "),
            ),
            {"chrf++": 1, "bleu": 1_200, "empty": 2},
            "--results lacks 1 of these outputs of ci-11111111, and a baseline's file has no texts",
        ),
        Evidence("translate", "broken", (Moved("a#s01", {"missing": 1.0}, "It rained.", None),), {"missing": 19}, ""),
    ),
)  # fmt: skip
PASSED = replace(
    FAILED,
    findings=tuple(finding for finding in FAILED.findings if finding.status == "ok"),
    second_run=None,
    changes=(),
    notes=(),
    evidence=(),
)


def named(system: str, name: str) -> Finding:
    (found,) = [finding for finding in FAILED.findings if (finding.system, finding.name) == (system, name)]
    return found


def rendered(form: str, verdict: Verdict = FAILED) -> str:
    if form == "json":
        return files.dumps(to_json(verdict, baseline="results/baselines/ci.json"), indent=2) + "\n"
    if form == "junit":
        return junit.render(verdict)
    return reporting.get(form).render(tables(verdict))


@pytest.mark.parametrize("form", SUFFIXES)
def test_a_verdict_reads_as_its_golden_file(form: str) -> None:
    assert rendered(form) == (GOLDEN / f"gate.{SUFFIXES[form]}").read_text(encoding="utf-8")


def test_what_fails_comes_first_then_what_is_unclear_then_what_is_better_and_unchanged_checks_are_only_counted() -> (
    None
):
    table, *_ = tables(FAILED)
    assert [row[-1].text for row in table.rows] == [
        "missing", "regressed", "regressed", "regressed", "regressed", "not shown", "unclear", "unclear", "improved",
        "improved", "ok", "ok", "ok", "not gated", "new, not gated",
    ]  # fmt: skip
    assert [row[-1].bold for row in table.rows] == [True] * 6 + [False] * 9
    assert "Not shown: 2 checks that are as in the baseline." in table.notes


def test_the_headline_counts() -> None:
    assert (headline(FAILED), headline(PASSED)) == (
        "failed, 5 regressions, 1 score not shown to be no worse, 2 unclear, 2 improvements",
        "passed",
    )


def test_a_sentence_names_the_score_both_values_the_change_what_is_allowed_and_why() -> None:
    assert sentence(FAILED.findings[1]) == (
        "translate: a_b|c<d>&e: bleu: 20.50 in the baseline, 18.25 now (-2.25; allowed -1.00; p < 0.001; "
        "p (Holm) = 0.006): the drop is more than the tolerance and unlikely by chance alone, and the paired test "
        "shows a drop"
    )
    assert sentence(FAILED.findings[3]) == (
        "translate: a_b|c<d>&e: empty outputs: 0 in the baseline, 2 now (+2; allowed 0): it is worse by more than is "
        "allowed"
    )


@pytest.mark.parametrize(
    ("system", "name", "end"),
    [
        (
            "noisy", "chrf++",
            "(-1.50; allowed -1.00; p = 0.210; p (Holm) = 1.000; 60 of 60 segments changed): the "
            "drop is more than the tolerance but may be chance; n = 60 segments, about 151 would decide",
        ),
        (
            "shaky", "chrf++",
            "(-1.50; allowed -1.00; p = 0.010; p (Holm) = 0.200; made again: 49.10; 60 of 60 segments changed): "
            "the drop is more than the tolerance and unlikely by chance alone, and it failed, and passed when it was "
            "made again",
        ),
        (
            "guarded", "chrf++",
            "(-0.50; allowed -1.00; worse by at most 1.42; 7 of 244 segments changed): the drop may be more than the "
            "margin, and fewer than 20 changed, which is too few to show that it is no worse",
        ),
        ("guarded", "bleu", "(-0.10; allowed -1.00; worse by at most 0.43; 57 of 244 segments changed)"),
    ],
)  # fmt: skip
def test_a_sentence_says_why_a_score_is_unclear_or_not_shown_to_be_no_worse(system: str, name: str, end: str) -> None:
    assert sentence(named(system, name)).endswith(f" now {end}")


@pytest.mark.parametrize(
    ("upper", "changed", "end"),
    [
        (0.0, 0, "(-0.50; allowed -1.00; 0 of 244 segments changed)"),
        (-0.2, 50, "(-0.50; allowed -1.00; better by at least 0.20; 50 of 244 segments changed)"),
    ],
)
def test_a_bound_says_better_only_if_something_changed(upper: float, changed: int, end: str) -> None:
    finding = replace(named("guarded", "chrf++"), status="ok", reasons=(), upper=upper, changed=changed)
    assert sentence(finding).endswith(end)


def test_changes_in_the_same_places_are_one_line_and_an_empty_value_is_shown_as_such() -> None:
    here = ("translate: mine",)
    changes = (Change(here, "family", "mt5", "replay"), Change(here, "prefix", "", "none"))
    (line,) = [note for note in tables(replace(FAILED, changes=changes))[0].notes if note.startswith("changed")]
    assert line == 'changed in translate: mine: family was mt5, is replay; prefix was "", is none'


def test_a_failed_gate_says_how_to_accept_the_run_and_no_other_verdict_does() -> None:
    command = f"harness bless {FAILED.run} --output BASELINE"
    assert command in " ".join(tables(FAILED)[0].notes)
    for table in (tables(PASSED)[0], tables(FAILED, title="what this changes")[0]):
        assert "harness bless" not in " ".join(table.notes)


def test_an_unclear_drop_is_not_a_failure_in_junit_but_is_said() -> None:
    root = ET.fromstring(rendered("junit"))
    (case,) = root.findall("testsuite/testcase[@classname='translate.noisy']")
    assert case.find("failure") is None
    assert (case.findtext("system-out") or "").startswith("unclear: translate: noisy: chrf++: ")


def test_the_legend_says_what_unclear_and_no_worse_are_and_at_which_level() -> None:
    lines = tables(replace(FAILED, level=0.01))[0].legend.lines
    (unclear,) = [line for line in lines if line.startswith("unclear: ")]
    (no_worse,) = [line for line in lines if line.startswith("no worse: ")]
    assert "p is not below 0.02" in unclear and "It does not fail" in unclear
    assert "the one-sided 99% bound" in no_worse and "at least 20 segments" in no_worse


def test_junit_is_well_formed_and_has_a_case_for_every_finding() -> None:
    root = ET.fromstring(rendered("junit"))
    cases = root.findall("testsuite/testcase")
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("17", "6", "2")
    assert [suite.get("name") for suite in root.findall("testsuite")] == ["summarise", "translate"]
    assert len(cases) == len(FAILED.findings)
    failures = {f"{case.get('classname')}: {case.get('name')}" for case in cases if case.find("failure") is not None}
    assert failures == {
        "translate.a_b|c<d>&e: chrf++", "translate.a_b|c<d>&e: bleu", "translate.a_b|c<d>&e: empty outputs",
        "translate.a_b|c<d>&e: tokens per second", "translate.broken: missing segments", "translate.guarded: chrf++",
    }  # fmt: skip
    message = "translate: broken: missing segments: 19; out of memory; use a smaller batch_tokens"
    (broken,) = [case.find("failure") for case in cases if case.get("classname") == "translate.broken"]
    assert broken is not None and broken.text is not None
    assert broken.get("message") == message
    assert broken.text.splitlines() == [
        message, "a#s01: +1", "before: It rained.", "now: (no output)", "Shown: 1 of 19 that made it worse.",
    ]  # fmt: skip


def test_junit_holds_what_an_error_quotes_but_for_what_xml_cannot() -> None:
    quoted = replace(named("broken", "missing"), remark='found "\x0b\x00<&\ud800 हिंदी 🙂"')
    root = ET.fromstring(junit.render(replace(FAILED, findings=(quoted,))).encode())
    (failure,) = root.findall("testsuite/testcase/failure")
    assert (failure.get("message") or "").endswith('found "\ufffd\ufffd<&\ufffd हिंदी 🙂"')


def test_json_has_the_verdict_and_every_finding_unrounded() -> None:
    found = json.loads(rendered("json"))
    assert set(found) == {
        "run", "baseline", "passed", "level", "second_run", "findings", "changes", "notes", "evidence",
    }  # fmt: skip
    assert (found["passed"], found["baseline"]["blessed"]["reason"]) == (False, "first release | v1")
    assert len(found["findings"]) == len(FAILED.findings)
    assert found["findings"][4]["now"] == 0.254
    assert set(found["findings"][0]) == {
        "task", "system", "kind", "name", "status", "unit", "baseline", "now", "delta", "allowed", "higher_is_better",
        "p", "p_adjusted", "reasons", "remark", "units", "unit_kind", "changed", "decides_at", "upper", "again",
    }  # fmt: skip


def test_a_failed_case_in_junit_has_its_own_segments_the_largest_first_and_what_changed_there() -> None:
    root = ET.fromstring(rendered("junit"))
    (bleu,) = root.findall("testsuite/testcase[@classname='translate.a_b|c<d>&e'][@name='bleu']/failure")
    start = "... start. The same start. The same start."
    assert (bleu.text or "").splitlines()[1:] == [
        "a#s01: -1.50",
        "before: It rained | all day.",
        "now: (empty output)",
        "a#s02: >-0.01",
        f"before: {start} He left.",
        f"now: {start} He <s>.",
        "Shown: 2 of 1,200 that made it worse.",
        "changed: checkpoint.revision was main, is 0123456789ab... (translate: a_b|c<d>&e).",
    ]


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_each_text_of_a_segment_is_printed_once_however_many_scores_it_moved(form: str) -> None:
    assert rendered(form).replace("\\", "").count("before: It rained | all day.") == 1


def test_json_has_whole_texts_and_effects_unrounded() -> None:
    first, second = json.loads(rendered("json"))["evidence"]
    assert (first["task"], first["system"], second["system"]) == ("translate", "a_b|c<d>&e", "broken")
    assert first["segments"][1] == {
        "id": "a#s02",
        "effects": {"bleu": -0.004},
        "baseline": f"{START}He left.",
        "now": f"{START}He <s>.",
    }
    assert second["segments"][0]["now"] is None
    assert second["counts"] == {"missing": 19}


def test_the_legend_of_p_is_right_for_every_row() -> None:
    """A metric can be better when it is lower, and the p of an improved row is that of a gain."""
    (line,) = [line for line in tables(FAILED)[0].legend.lines if line.startswith("p is from ")]
    assert "is the score worse than in the baseline? In rows marked improved: is it better?" in line
    assert "lower" not in line


def test_an_error_in_the_place_of_a_verdict_is_a_junit_case_with_an_error() -> None:
    root = ET.fromstring(junit.render_error("ci\x00", "file.json: <damaged> \x0b"))
    assert (root.get("tests"), root.get("errors"), root.get("failures")) == ("1", "1", "0")
    (error,) = root.findall("testsuite/testcase/error")
    assert error.get("message") == error.text == "file.json: <damaged> \ufffd"


@pytest.mark.parametrize(
    ("value", "text", "delta"),
    [
        (None, "–", "–"), (float("nan"), "–", "–"), (0.0, "0.00", "0.00"), (-0.0, "0.00", "0.00"), (0, "0", "0"),
        (3, "3", "+3"), (-3, "-3", "-3"), (12345, "12,345", "+12,345"), (1.5, "1.50", "+1.50"),
        (-0.3, "-0.30", "-0.30"),
        (0.004, "<0.01", "<+0.01"), (-0.004, ">-0.01", ">-0.01"), (0.005, "0.01", "+0.01"), (1e-12, "<0.01", "<+0.01"),
    ],
)  # fmt: skip
def test_numbers_of_the_gate_have_two_decimals_and_never_read_as_0_when_they_are_not(
    value: float | None, text: str, delta: str
) -> None:
    assert (numbers.fine(value), numbers.fine_delta(value)) == (text, delta)


if __name__ == "__main__":
    for form, suffix in SUFFIXES.items():
        (GOLDEN / f"gate.{suffix}").write_text(rendered(form), encoding="utf-8")
