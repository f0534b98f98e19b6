"""`harness plan-size`: the curve in every format, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.paths import DATA

RUN = str(DATA / "run-v1" / "results" / "first-594087d0")


def test_the_curve_has_the_units_now_and_those_needed_in_eighty_columns(
    run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run_cli("plan-size", RUN, "--difference", "2", "--task", "translate").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "translate: articles that show a difference of 2 in chrf++"
    marked = {line.split()[-1]: line.split() for line in lines if line.endswith(("now", "needed"))}
    units, _segments, power, detectable, _mark = marked["needed"]
    assert int(units) > int(marked["now"][0])
    assert 80 <= float(power.rstrip("%")) < 85
    assert float(detectable) == pytest.approx(2, abs=0.1)


def test_json_has_the_plan_and_more_power_with_every_point(run_cli: Cli) -> None:
    answer = json.loads(run_cli("plan-size", RUN, "--difference", "2", "--format", "json").out)
    of_task, *_ = answer["tasks"]
    assert (of_task["task"], of_task["metric"], of_task["plan"]["difference"]) == ("translate", "chrf++", 2.0)
    powers = [point["power"] for point in of_task["points"]]
    assert powers == sorted(powers)
    assert {of_task["plan"]["units"], of_task["plan"]["needed"]} <= {point["units"] for point in of_task["points"]}


def test_the_plan_is_that_of_compare(run_cli: Cli) -> None:
    compared = json.loads(run_cli("compare", RUN, "--difference", "2", "--format", "json").out)
    plan, *_ = compared["tasks"][0]["answers"]["sample_sizes"]
    of_task, *_ = json.loads(run_cli("plan-size", RUN, "--difference", "2", "--format", "json").out)["tasks"]
    assert of_task["plan"] == plan


def test_without_a_difference_it_plans_for_the_observed_one(run_cli: Cli) -> None:
    of_task, *_ = json.loads(run_cli("plan-size", RUN, "--format", "json").out)["tasks"]
    assert of_task["plan"]["difference"] == abs(of_task["plan"]["delta"])


def test_another_metric_has_another_plan(run_cli: Cli) -> None:
    asked = ("plan-size", RUN, "--difference", "2", "--task", "translate", "--format", "json", "--metric")
    plans = [json.loads(run_cli(*asked, name).out)["tasks"][0]["plan"] for name in ("chrf++", "bleu")]
    assert plans[0]["needed"] != plans[1]["needed"]


def test_one_system_has_no_curve_and_a_line_says_why(
    run_cli: Cli, write_config: Callable[..., Path], tmp_path: Path
) -> None:
    run_cli("run", write_config(), "--results", tmp_path / "results")
    answer = run_cli("plan-size", "small", "--results", tmp_path / "results", "--format", "json")
    assert answer.err == "harness: translate: no curve: it needs two systems with scores, found 1\n"
    assert json.loads(answer.out)["tasks"] == []
    assert run_cli("plan-size", "small", "--results", tmp_path / "results").out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--difference", "0"], "--difference: expected a difference in points above 0, found 0.0"),
        (["--difference", "two"], "--difference two: expected a number; see `harness plan-size --help`"),
        (["--task", "translat"], "unknown task of this run 'translat'; did you mean 'translate'?"),
        (["--metric", "chrf"], "unknown metric of this run 'chrf'; did you mean 'chrf++'?"),
    ],
)
def test_a_wrong_value_is_one_line(run_cli: Cli, arguments: list[str], message: str) -> None:
    answer = run_cli("plan-size", RUN, *arguments)
    assert answer.code == 2 and message in answer.err and answer.err.count("\n") == 1
