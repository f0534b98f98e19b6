"""The gate's verdict as JUnit XML, which CI systems show as test results."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree import ElementTree as ET

from harness.gate import Verdict
from harness.gate.report import evidence_lines
from harness.gate.sentences import headline, label, sentence

# Characters that XML 1.0 forbids in any form; an error message may quote a model's output.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(verdict: Verdict) -> str:
    """Return one suite per task and one case per metric or check of a system; the text ends with a line break."""
    root = ET.Element("testsuites", {"name": _clean(f"harness gate: {headline(verdict)}")})
    totals = {"tests": 0, "failures": 0, "skipped": 0}
    by_task = sorted(verdict.findings, key=lambda finding: finding.task)
    for task, findings in groupby(by_task, key=lambda finding: finding.task):
        suite = ET.SubElement(root, "testsuite", {"name": task})
        counts = dict.fromkeys(totals, 0)
        for finding in findings:
            case = ET.SubElement(
                suite, "testcase", {"classname": f"{task}.{finding.system}", "name": label(finding), "time": "0"}
            )
            counts["tests"] += 1
            if finding.failed:
                counts["failures"] += 1
                text = _clean(sentence(finding))
                failure = ET.SubElement(case, "failure", {"message": text, "type": finding.status})
                failure.text = "\n".join([text, *map(_clean, evidence_lines(verdict, finding))])
            elif finding.status in ("new", "skipped"):
                counts["skipped"] += 1
                reason = "not in the baseline" if finding.status == "new" else finding.remark
                ET.SubElement(case, "skipped", {"message": _clean(reason)})
            else:
                start = "unclear: " if finding.status == "unclear" else ""
                ET.SubElement(case, "system-out").text = _clean(f"{start}{sentence(finding)}")
        for name, count in counts.items():
            suite.set(name, str(count))
            totals[name] += count
    for name, count in totals.items():
        root.set(name, str(count))
    return _text(root)


def render_error(run: str, message: str) -> str:
    """Return one suite with one case that could not be run, because there is no verdict on `run`."""
    counts = {"tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
    root = ET.Element("testsuites", {"name": "harness gate: no verdict", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": "gate", **counts})
    case = ET.SubElement(suite, "testcase", {"classname": "gate", "name": _clean(run), "time": "0"})
    ET.SubElement(case, "error", {"message": _clean(message), "type": "input"}).text = _clean(message)
    return _text(root)


def _text(root: ET.Element) -> str:
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join((
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        "\n",
    ))


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
