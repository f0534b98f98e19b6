"""Findings: one cause is one line, and a reader sees at most ten of them."""

from pathlib import Path

from harness.core.findings import Findings, Place

FILE = "x.jsonl"


def lines(findings: Findings) -> list[str]:
    return [str(problem) for problem in findings.problems(Path("x"))]


def test_findings_of_one_message_are_one_line_with_a_count():
    findings = Findings()
    for line in range(1, 20_001):
        findings.add(Place(FILE, line), "unknown key 'n'")
    assert lines(findings) == ["x.jsonl line 1 and 19,999 more: unknown key 'n'"]


def test_messages_that_differ_are_one_line_if_their_cause_is_the_same():
    findings = Findings()
    for line in (3, 4):
        findings.add(Place(FILE, line), f"found {line}", cause="language")
    assert lines(findings) == ["x.jsonl line 3 and 1 more: found 3"]


def test_files_are_kept_apart():
    findings = Findings()
    findings.add(Path("a.jsonl"), "empty")
    findings.add(Path("b.jsonl"), "empty")
    assert lines(findings) == ["a.jsonl: empty", "b.jsonl: empty"]
    assert findings.concern(Path("a.jsonl"))
    assert not findings.concern(Path("c.jsonl"))


def test_at_most_ten_causes_are_shown_and_the_rest_is_counted():
    findings = Findings()
    for line in range(1, 15):
        findings.add(Place(FILE, line), f"cause {line}")
    assert lines(findings)[9:] == [
        "x.jsonl line 10: cause 10",
        "x: 4 more findings are not shown; mend those above first",
    ]


def test_no_finding_is_no_problem():
    assert not Findings()
    assert lines(Findings()) == []
