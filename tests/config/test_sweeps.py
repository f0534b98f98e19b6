"""A sweep in a config: the systems that it becomes, their names, and the errors in it."""

from pathlib import Path

import pytest

from harness.config import load
from harness.config.plan import Plan
from harness.core.errors import HarnessError
from tests.paths import DATASET, TESTS

MT5 = TESTS / "models" / "tiny-mt5"
ISSUE = "decoding.num_beams: [1, 4], decoding.length_penalty: [0.6, 1.0]"


def plan_of(tmp_path: Path, systems: str, *overrides: str) -> Plan:
    path = tmp_path / "config.yaml"
    path.write_text(f"datasets: [{DATASET}]\ntasks: [summarise]\nsystems:\n{systems}\n", encoding="utf-8")
    return load.load(path, overrides)


def mt5(sweep: str, decoding: str = "{}") -> str:
    return f"  - {{name: mt5, family: mt5, checkpoint: {MT5}, decoding: {decoding}, sweep: {{{sweep}}}}}"


def names(plan: Plan) -> list[str]:
    return [system.name for system in plan.systems]


@pytest.mark.parametrize(
    ("sweep", "expected"),
    [
        (ISSUE, ["num_beams=1", "num_beams=4, length_penalty=0.6", "num_beams=4, length_penalty=1.0"]),
        ("decoding: {num_beams: [1, 2]}", ["num_beams=1", "num_beams=2"]),
        ("decoding.num_beams: [2, 2]", ["num_beams=2"]),
        ("long: [truncate, sections]", ["long=truncate", "long=sections"]),
        (
            "decoding.num_beams: [2], decoding.early_stopping: [true, never]",
            ["num_beams=2, early_stopping=true", "num_beams=2, early_stopping=never"],
        ),
        (
            "decoding.do_sample: [false, true], decoding.temperature: [0.5, 2]",
            ["do_sample=false", "do_sample=true, temperature=0.5", "do_sample=true, temperature=2"],
        ),
    ],
)
def test_a_sweep_is_one_system_for_each_combination_that_differs(
    tmp_path: Path, sweep: str, expected: list[str]
) -> None:
    decoding = "{num_beams: 1}" if "do_sample" in sweep else "{}"
    assert names(plan_of(tmp_path, mt5(sweep, decoding))) == [f"mt5[{settings}]" for settings in expected]


def test_a_member_has_the_swept_values_and_those_of_its_system(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, mt5(ISSUE, "{max_length: 20}"))
    decodings = [system.options.model_dump()["decoding"] for system in plan.systems]
    found = [(each["num_beams"], each["length_penalty"], each["max_length"]) for each in decodings]
    assert found == [(1, None, 20), (4, 0.6, 20), (4, 1.0, 20)]


def test_what_has_no_effect_is_dropped_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    plan_of(tmp_path, mt5(ISSUE))
    assert caplog.messages == [
        "sweep of mt5: length_penalty has no effect with num_beams=1 and is dropped there: 3 systems for 4 combinations"
    ]


def test_a_setting_of_the_system_is_dropped_too_where_the_sweep_makes_it_idle(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, mt5("decoding.num_beams: [1, 4]", "{length_penalty: 2.0}"))
    assert [system.options.model_dump()["decoding"]["length_penalty"] for system in plan.systems] == [None, 2.0]


def test_systems_of_a_sweep_and_the_same_systems_written_out_are_one_run(tmp_path: Path) -> None:
    swept = plan_of(tmp_path, "  - {name: lead, family: lead, sweep: {sentences: [1, 2]}}")
    written = "\n".join(f'  - {{name: "lead[sentences={n}]", family: lead, sentences: {n}}}' for n in (1, 2))
    assert swept.run_name == plan_of(tmp_path, written).run_name


def test_the_stored_config_gives_the_same_run(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, mt5(ISSUE))
    stored = tmp_path / "stored" / "config.yaml"
    stored.parent.mkdir()
    stored.write_text(plan.runnable(stored.parent), encoding="utf-8")
    again = load.load(stored)
    assert (names(again), again.digest) == (names(plan), plan.digest)


def test_a_yaml_anchor_shares_keys_between_systems(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        f"  - &tiny {{name: a, family: mt5, checkpoint: {MT5}, decoding: &short {{max_length: 20}}}}\n"
        "  - {<<: *tiny, name: b, sweep: {decoding.num_beams: [1, 2]}}\n"
        "  - {<<: *tiny, name: c, decoding: {<<: *short, num_beams: 3}}",
    )
    found = [
        (system.name, system.options.model_dump()["decoding"]["num_beams"],
         system.options.model_dump()["decoding"]["max_length"])
        for system in plan.systems
    ]  # fmt: skip
    assert found == [("a", None, 20), ("b[num_beams=1]", 1, 20), ("b[num_beams=2]", 2, 20), ("c", 3, 20)]


class TestOverrides:
    def test_one_member(self, tmp_path: Path) -> None:
        member = "mt5[num_beams=4, length_penalty=0.6]"
        plan = plan_of(tmp_path, mt5(ISSUE), f"systems.{member}.decoding.max_length=9")
        lengths = {system.name: system.options.model_dump()["decoding"]["max_length"] for system in plan.systems}
        assert lengths == {
            "mt5[num_beams=1]": None, member: 9, "mt5[num_beams=4, length_penalty=1.0]": None
        }  # fmt: skip

    def test_every_member(self, tmp_path: Path) -> None:
        plan = plan_of(tmp_path, mt5(ISSUE), "systems.mt5.decoding.max_length=9")
        assert {system.options.model_dump()["decoding"]["max_length"] for system in plan.systems} == {9}

    def test_the_sweep_itself(self, tmp_path: Path) -> None:
        plan = plan_of(
            tmp_path, mt5(ISSUE), "systems.mt5.sweep.decoding.num_beams=[2]",
            "systems.mt5[num_beams=2, length_penalty=0.6].max_input_tokens=64",
        )  # fmt: skip
        assert names(plan) == ["mt5[num_beams=2, length_penalty=0.6]", "mt5[num_beams=2, length_penalty=1.0]"]

    def test_a_system_can_get_a_sweep(self, tmp_path: Path) -> None:
        plan = plan_of(
            tmp_path,
            "  - {name: lead, family: lead}\n  - {name: x, family: lead}",
            "systems.lead.sweep={sentences: [1, 2]}",
        )
        assert names(plan) == ["lead[sentences=1]", "lead[sentences=2]", "x"]

    def test_a_member_that_does_not_exist_is_refused_with_the_nearest(self, tmp_path: Path) -> None:
        with pytest.raises(HarnessError, match=r"unknown item 'mt5\[num_beams=3\]'; did you mean 'mt5\[num_beams=1\]'"):
            plan_of(tmp_path, mt5(ISSUE), "systems.mt5[num_beams=3].decoding.max_length=9")


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("", "line 4: sweep: expected settings with lists of values, such as {decoding.num_beams: [1, 4]}"),
        ("decoding.num_beams: 4", "line 4: sweep: decoding.num_beams: expected a list of values, found 4"),
        ("decoding.num_beams: []", "line 4: sweep: decoding.num_beams: expected a list of values, found []"),
        ("name: [a, b]", "line 4: sweep: name cannot be swept; it is the same in every member"),
        ('prefix: ["summarize: "]', "line 4: sweep: prefix: 'summarize: ' cannot be part of a name"),
        ("decoding.num_beams: [0]", "line 4: decoding.num_beams: expected"),
        ("decoding.num_beans: [2]", "line 4: unknown key 'num_beans'; did you mean 'num_beams'"),
        ("decoding.top_k: [1,2,3,4,5,6,7,8,9], decoding.seed: [1,2,3,4,5,6,7,8]", "sweep: 72 combinations, expected"),
    ],
)  # fmt: skip
def test_an_error_in_a_sweep_is_one_line(tmp_path: Path, sweep: str, message: str) -> None:
    with pytest.raises(HarnessError) as error:
        plan_of(tmp_path, mt5(sweep))
    assert message in "\n".join(map(str, error.value.problems))


def test_an_error_after_a_sweep_names_its_own_line(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"line 5: unknown key 'sentence'"):
        plan_of(
            tmp_path,
            "  - {name: lead, family: lead, sweep: {sentences: [1, 2, 3]}}\n  - {name: x, family: lead, sentence: 1}",
        )
