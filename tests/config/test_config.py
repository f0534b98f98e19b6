"""Configs: all errors at once, each with its line and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import tasks
from harness.config import load
from harness.config.plan import Plan
from harness.core import document
from harness.core.errors import FileError, InputError, ProblemsError
from tests.paths import DATASET, ROOT

GOOD = f"""\
name: good
datasets:
  - {DATASET}
tasks:
  - translate
systems:
  - name: copy
    family: copy-source
"""


def problems(path: Path, text: str, *overrides: str) -> list[str]:
    """Return the findings about a config, without the file's name: "line 3: ..."."""
    path = path / "config.yaml"
    path.write_bytes(text.encode())
    with pytest.raises(ProblemsError) as error:
        load.load(path, overrides)
    return [str(problem).removeprefix(f"{path} ") for problem in error.value.problems]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            ("name: good", "nmae: good"), "line 1: unknown key 'nmae'; did you mean 'name'?", id="unknown key"
        ),
        pytest.param(
            ("name: good", "name: a/b"),
            'line 1: name: expected letters, digits and . _ + @ - only, found "a/b"',
            id="a name that is no file name",
        ),
        pytest.param(("name: good", "name: 7"), "line 1: name: expected text, found 7", id="wrong type"),
        pytest.param((f"  - {DATASET}", "  - nowhere"), "line 3: ", id="missing folder"),
        pytest.param(
            (f"datasets:\n  - {DATASET}", "datasets: []"),
            "line 2: datasets is empty; expected at least 1",
            id="empty list of datasets",
        ),
        pytest.param(("tasks:\n  - translate", "tasks: []"), "line 4: tasks is empty", id="empty list of tasks"),
        pytest.param(
            ("tasks:\n  - translate", "tasks: translate"),
            'line 4: tasks: expected a list, found "translate"',
            id="text for a list",
        ),
        pytest.param(
            ("tasks:\n  - translate", "tasks:"), "line 4: tasks: expected a list, found null", id="nothing for a list"
        ),
        pytest.param(
            ("- translate", "- translat"),
            "line 5: unknown task 'translat'; did you mean 'translate'?",
            id="unknown task",
        ),
        pytest.param(
            ("- translate", "- {name: translate, unit: word}"),
            "line 5: unknown unit of translate 'word'",
            id="unknown unit",
        ),
        pytest.param(
            ("- translate", "- {name: summarise, target: eng}"),
            "line 5: unknown target language of summarise 'eng' (known: eng_Latn, hin_Deva)",
            id="unknown language",
        ),
        pytest.param(
            ("- translate", "- {name: translate, metrics: [blue]}"),
            "line 5: unknown metric 'blue'; did you mean 'bleu'?",
            id="unknown metric",
        ),
        pytest.param(
            ("- translate", "- {name: translate, metrics: []}"),
            "line 5: metrics is empty; expected at least 1",
            id="empty list of metrics",
        ),
        pytest.param(
            ("- translate", "- {name: translate, primary: rougeL}"),
            "line 5: unknown primary metric 'rougeL' (known: bleu, chrf++)",
            id="primary that is not scored",
        ),
        pytest.param(("- translate", "- {nam: translate}"), "line 5: key 'name' is missing", id="missing key"),
        pytest.param(
            ("- translate", "- translate\n  - translate"), "line 6: task 'translate' stands twice", id="task twice"
        ),
        pytest.param(
            ("family: copy-source", "family: copysource"),
            "line 8: unknown model family 'copysource'; did you mean 'copy-source'?",
            id="unknown family",
        ),
        pytest.param(("    family: copy-source", "    path: x"), "line 7: key 'family' is missing", id="no family"),
        pytest.param(
            ("name: copy\n", "name: reference\n"),
            "line 7: 'reference' is the name of a bound's row",
            id="reserved name",
        ),
        pytest.param(
            ("copy-source\n", "copy-source\n  - {name: COPY, family: transliterate}\n"),
            "line 9: system name 'COPY' stands twice",
            id="names that differ in case only",
        ),
        pytest.param(
            ("family: copy-source", "family: lead"),
            "line 7: family 'lead' does none of the tasks here (translate); it does summarisation in the source's own",
            id="a family that does no task here",
        ),
        pytest.param(
            ("family: copy-source", "family: replay\n    path: x.jsonl\n    tasks: [summarise]"),
            "line 10: unknown task of this config 'summarise' (known: translate)",
            id="a task that is not here",
        ),
        pytest.param(
            ("family: copy-source", "family: lead\n    tasks: [translate]"),
            "line 9: family 'lead' does not do 'translate'; it does summarisation in the source's own language",
            id="a task that the family does not do",
        ),
        pytest.param(
            ("family: copy-source", "family: lead\n    sentences: '3'"),
            'line 9: sentences: expected a whole number, found "3"',
            id="a number in quotes",
        ),
        pytest.param(
            ("family: copy-source", "family: lead\n    sentences: true"),
            "line 9: sentences: expected a whole number, found true",
            id="true is no number",
        ),
        pytest.param(
            ("family: copy-source", "family: lead\n    sentences: 0"),
            "line 9: sentences: expected greater than or equal to 1, found 0",
            id="out of range",
        ),
        pytest.param(
            ("family: copy-source", "family: lead\n    sentense: 3"),
            "line 9: unknown key 'sentense'; did you mean 'sentences'?",
            id="unknown key of a family",
        ),
        pytest.param(
            ("systems:", "bounds: [referenc]\nsystems:"),
            "line 6: bounds.0: expected 'reference' or 'oracle', found \"referenc\"",
            id="unknown bound",
        ),
        pytest.param(
            ("systems:", "statistics: {sed: 1}\nsystems:"),
            "line 6: unknown key 'sed'; did you mean 'seed'? (known: confidence, flips, interval, resamples, seed)",
            id="unknown key further down",
        ),
        pytest.param(
            ("systems:", "gate: {tolernce: 1}\nsystems:"),
            "line 6: unknown key 'tolernce'; did you mean 'tolerance'?",
            id="unknown key of the gate",
        ),
        pytest.param(
            ("systems:", "gate:\n  checks: {emtpy: 1}\nsystems:"),
            "line 7: unknown key 'emtpy'; did you mean 'empty'?",
            id="unknown check of the gate",
        ),
        pytest.param(
            ("systems:", "gate:\n  metrics:\n    bleu: {tolrance: 1}\nsystems:"),
            "line 8: unknown key 'tolrance'; did you mean 'tolerance'? (known: ignore_below, rule, tolerance)",
            id="unknown key of a metric of the gate",
        ),
        pytest.param(
            ("systems:", "gate:\n  metrics:\n    blue: {tolerance: 1}\nsystems:"),
            "line 8: unknown metric of the tasks here 'blue'; did you mean 'bleu'?",
            id="unknown metric of the gate",
        ),
        pytest.param(
            ("systems:", "gate: {rule: both}\nsystems:"),
            "line 6: gate.rule: expected 'likely', 'test', 'tolerance', 'either' or 'no_worse', found \"both\"",
            id="unknown rule",
        ),
        pytest.param(
            ("systems:", "gate: {checks: {empty: 0.5}}\nsystems:"),
            "line 6: gate.checks.empty: expected a whole number, found 0.5",
            id="half an output",
        ),
        pytest.param(
            ("systems:", "gate: {tolerance: .inf}\nsystems:"),
            "line 6: gate.tolerance: expected a finite number, found Infinity",
            id="no limit at all",
        ),
        pytest.param(
            ("systems:", "gate: {speed: 90}\nsystems:"),
            "line 6: gate.speed: expected less than or equal to 1, found 90",
            id="a ratio in per cent",
        ),
        pytest.param(
            ("systems:", "gate:\nsystems:"), "line 6: gate: expected keys and values, found null", id="an empty gate"
        ),
        pytest.param(
            ("systems:", "bounds: [human]\nsystems:"),
            'line 6: bounds.0: the row "human" is called "reference" now, because no person wrote the references',
            id="the row's earlier name",
        ),
    ],
)
def test_an_error_names_its_line_and_the_expected_value(tmp_path: Path, change: tuple[str, str], expected: str) -> None:
    assert change[0] in GOOD
    found = problems(tmp_path, GOOD.replace(*change))
    assert any(problem.startswith(expected) for problem in found), found


def test_all_errors_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace("name: good", "nmae: good").replace("- translate", "- translat").replace("copy-source", "copy")
    lines = [int(problem.split(":")[0].removeprefix("line ")) for problem in problems(tmp_path, text)]
    assert lines == [1, 5, 8]


def test_problems_of_a_dataset_are_reported_with_those_of_the_config(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "article.hin_Deva.txt").write_text("शीर्षक\n\nएक वाक्य।\n", encoding="utf-8")
    (broken / "translations.jsonl").write_text("{oops\n", encoding="utf-8")
    found = problems(tmp_path, GOOD.replace(str(DATASET), str(broken)).replace("- translate", "- translat"))
    assert found[0].startswith("line 5: unknown task")
    assert any("translations.jsonl line 1: expected one JSON object" in problem for problem in found)
    assert any("segments.jsonl is missing" in problem for problem in found)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b" \n", "the file is empty but for blank lines", id="blank"),
        pytest.param(b"\xff\xfen\x00", "line 1: expected text, found a NUL byte", id="UTF-16"),
        pytest.param("name: नाम".encode()[:-1], "line 1: expected UTF-8, found byte", id="cut within a letter"),
        pytest.param(b"name: x\nsystems: [\n", "line 3: not YAML", id="not YAML"),
        pytest.param(b"- a\n", "line 1: expected keys such as name", id="a list"),
        pytest.param(b"name: x\nname: y\n", "line 2: key 'name' stands twice", id="key twice"),
        pytest.param(b"name: x\n? [a, b]\n: 1\n", "line 2: expected text as a key", id="a key that is a list"),
        pytest.param(b"1: x\n", "line 1: expected text as a key, found 1", id="a key that is a number"),
        pytest.param(b'name: "a\\ud800"\n', "line 1: expected text, found half of a surrogate", id="half a letter"),
        pytest.param(b"name: " + b"[" * 1000, "nested too deeply", id="nested without end"),
        pytest.param(b"name: &a [*a]\nfoo: !!python/name:os.system\n", "", id="YAML that runs nothing"),
    ],
)
def test_a_file_that_is_not_a_config_is_one_clear_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        load.load(path)
    assert str(path) in str(error.value)
    assert message in str(error.value)


def test_a_task_that_the_dataset_has_no_references_for_is_named_with_its_line(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(DATASET, tmp_path / "india-japan")
    (tmp_path / "india-japan" / "headlines.jsonl").unlink()
    found = problems(
        tmp_path,
        GOOD
        .replace(str(DATASET), "india-japan")
        .replace("- translate", "- translate\n  - headline")
        .replace("copy-source", "lede"),
    )
    assert found[0] == "line 6: dataset india-japan: no headlines in hin_Deva; task headline needs them"
    assert found[1].startswith("line 9: unknown model family 'lede'")


def test_a_missing_replay_file_is_named_before_anything_runs(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, GOOD.replace("copy-source", 'replay\n    path: "{task}.jsonl"'))
    assert found == f"line 7: path: expected a JSONL file, found nothing at {tmp_path / 'translate.jsonl'}"


def test_a_metric_named_twice_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(GOOD.replace("- translate", "- {name: translate, metrics: [bleu, bleu]}"), encoding="utf-8")
    assert load.load(path).tasks[0].metrics == ("bleu",)


def with_tasks(tmp_path: Path, *entries: str) -> Plan:
    """Return the plan of a config with these task entries, for a system that summarises."""
    path = tmp_path / "config.yaml"
    listed = "".join(f"\n  - {entry}" for entry in entries)
    path.write_text(GOOD.replace("\n  - translate", listed).replace("copy-source", "lead"), encoding="utf-8")
    return load.load(path)


def test_a_brief_and_a_sentence_stand_side_by_side_as_two_tasks(tmp_path: Path) -> None:
    plan = with_tasks(tmp_path, "summarise", "{name: summarise, length: sentence}")
    assert [task.label for task in plan.tasks] == ["summarise", "summarise-sentence"]
    assert plan.systems[0].tasks == ("summarise", "summarise-sentence")
    assert [list(tasks.references(task, plan.dataset)) for task in plan.tasks] == [["brief-a", "brief-b"], ["sentence"]]


def test_the_default_length_changes_no_digest_and_another_length_does(tmp_path: Path) -> None:
    default, brief, sentence = (
        with_tasks(tmp_path, entry).digest
        for entry in ("summarise", "{name: summarise, length: brief}", "{name: summarise, length: sentence}")
    )
    assert default == brief != sentence


def test_the_stored_config_keeps_the_length(tmp_path: Path) -> None:
    plan = with_tasks(tmp_path, "{name: summarise, length: sentence}")
    (tmp_path / "stored.yaml").write_text(plan.runnable(tmp_path), encoding="utf-8")
    stored = load.load(tmp_path / "stored.yaml")
    assert stored.run_name == plan.run_name
    assert stored.tasks[0].label == "summarise-sentence"


def test_a_bom_and_crlf_change_nothing(tmp_path: Path) -> None:
    plain, windows = tmp_path / "plain.yaml", tmp_path / "windows.yaml"
    plain.write_text(GOOD, encoding="utf-8")
    windows.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load.load(plain).digest == load.load(windows).digest


def test_the_name_defaults_to_the_files(tmp_path: Path) -> None:
    path = tmp_path / "my-bench.yaml"
    path.write_text(GOOD.replace("name: good\n", ""), encoding="utf-8")
    assert load.load(path).name == "my-bench"


class TestOverrides:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "config.yaml"
        systems = "\n  - {name: lead-1.5, family: lead, sentences: 1}\n  - {name: b, family: lead}"
        path.write_text(GOOD.replace("- translate", "- summarise").split("systems:")[0] + f"systems:{systems}\n")
        return path

    def test_an_existing_or_a_new_key_can_be_set(self, path: Path) -> None:
        loaded = load.load(path, ["statistics.seed=7", "systems.1.sentences=4", "name=other"])
        assert loaded.statistics.seed == 7
        assert loaded.systems[1].options.model_dump()["sentences"] == 4
        assert loaded.name == "other"

    def test_a_system_by_name_even_with_a_dot_in_it(self, path: Path) -> None:
        loaded = load.load(path, ["systems.lead-1.5.sentences=3"])
        assert loaded.systems[0].options.model_dump()["sentences"] == 3

    def test_another_value_makes_another_run_and_the_same_value_does_not(self, path: Path) -> None:
        base = load.load(path).run_name
        assert load.load(path, ["systems.b.sentences=2"]).run_name != base
        assert load.load(path, ["systems.b.sentences=1"]).run_name == base
        assert load.load(path, ["statistics.seed=0"]).run_name == base

    def test_a_bare_name_in_a_list_can_be_given_keys(self, path: Path) -> None:
        loaded = load.load(path, ["tasks.summarise.metrics=[rouge1]"])
        assert loaded.tasks[0].metrics == ("rouge1",)

    @pytest.mark.parametrize(
        ("override", "message"),
        [
            ("seed", "expected KEY=VALUE"),
            ("=1", "expected KEY=VALUE"),
            ("systems.led.sentences=1", "unknown item 'led'"),
            ("systems.9.sentences=1", "unknown item '9'"),
            ("name.x=1", "has no keys below it"),
            ("systems.b.sentences=[", "the value is not YAML"),
        ],
    )
    def test_an_override_of_an_unknown_place_is_refused(self, path: Path, override: str, message: str) -> None:
        with pytest.raises(InputError, match=r"--set") as error:
            load.load(path, [override])
        assert override in str(error.value)
        assert message in str(error.value)

    def test_an_error_in_its_value_names_the_option_not_a_line(self, path: Path) -> None:
        with pytest.raises(ProblemsError) as error:
            load.load(path, ["systems.b.sentences=many"])
        assert str(error.value) == ('--set systems.b.sentences=many: sentences: expected a whole number, found "many"')


class TestResolvedConfig:
    def test_a_run_s_own_config_gives_the_same_run(self, tmp_path: Path) -> None:
        quickstart = load.load(ROOT / "configs" / "quickstart.yaml", limit=5)
        folder = tmp_path / "results" / quickstart.run_name
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(quickstart.runnable(folder), encoding="utf-8")
        assert load.load(folder / "config.yaml").run_name == quickstart.run_name

    def test_the_gate_section_does_not_change_the_run_and_is_kept_in_its_config(self, tmp_path: Path) -> None:
        plain, gated = tmp_path / "plain.yaml", tmp_path / "gated.yaml"
        plain.write_text(GOOD, encoding="utf-8")
        gate = "gate: {tolerance: 2, metrics: {bleu: {rule: test}}, checks: {empty: 3, cut: null}, speed: 0.9}\n"
        gated.write_text(GOOD + gate, encoding="utf-8")
        loaded = load.load(gated)
        assert load.load(plain).digest == loaded.digest
        folder = tmp_path / "results" / loaded.run_name
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(loaded.runnable(folder), encoding="utf-8")
        kept = load.load(folder / "config.yaml")
        assert (kept.run_name, kept.gate) == (loaded.run_name, loaded.gate)
        assert kept.gate.of("bleu") == ("test", 2.0, 0.0)
        assert kept.gate.of("chrf++") == ("likely", 2.0, 0.0)
        assert (kept.gate.checks.empty, kept.gate.checks.cut, kept.gate.checks.stopped) == (3, None, 1.0)

    @pytest.mark.parametrize(
        ("statistics", "is_same"),
        [
            ("{}", True),
            ("{interval: t, flips: null}", True),
            ("{interval: percentile}", False),
            ("{flips: 5000}", False),
            ("{seed: 1}", False),
        ],
    )
    def test_settings_that_earlier_runs_did_not_have_change_the_run_only_if_they_are_set(
        self, tmp_path: Path, statistics: str, is_same: bool
    ) -> None:
        plain, chosen = tmp_path / "plain.yaml", tmp_path / "chosen.yaml"
        plain.write_text(GOOD, encoding="utf-8")
        chosen.write_text(f"{GOOD}statistics: {statistics}\n", encoding="utf-8")
        loaded = load.load(chosen)
        assert (load.load(plain).digest == loaded.digest) == is_same
        folder = tmp_path / "results" / loaded.run_name
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(loaded.runnable(folder), encoding="utf-8")
        kept = load.load(folder / "config.yaml")
        assert (kept.run_name, kept.statistics) == (loaded.run_name, loaded.statistics)

    def test_the_same_data_in_another_folder_gives_the_same_run(self, tmp_path: Path) -> None:
        import shutil

        shutil.copytree(DATASET, tmp_path / "elsewhere" / "india-japan")
        here, there = tmp_path / "here.yaml", tmp_path / "there.yaml"
        here.write_text(GOOD, encoding="utf-8")
        there.write_text(GOOD.replace(str(DATASET), "elsewhere/india-japan"), encoding="utf-8")
        assert load.load(here).digest == load.load(there).digest

    def test_a_replay_file_is_identified_by_its_content(self, tmp_path: Path) -> None:
        path = tmp_path / "config.yaml"
        path.write_text(GOOD.replace("copy-source", "replay\n    path: out.jsonl"), encoding="utf-8")
        digests = []
        for text in ("one", "two"):
            (tmp_path / "out.jsonl").write_text(f'{{"id": "india-japan#s01", "text": "{text}"}}\n', encoding="utf-8")
            digests.append(load.load(path).digest)
        assert digests[0] != digests[1]


def test_a_missing_config_and_a_folder_are_named(tmp_path: Path) -> None:
    for path, message in ((tmp_path / "none.yaml", "no such file"), (tmp_path, "found a directory")):
        with pytest.raises(FileError, match=message):
            document.read(path)
