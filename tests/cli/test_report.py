"""`harness report`, `harness report --diff` and `harness gate --report`: one page, from the results folder."""

import json
import re
import shutil

import pytest
from safetensors import safe_open

from tests.paths import DATA, DATASET

CONFIG = """
name: {name}
datasets: [{dataset}]
tasks: [translate]
systems:
  - {{name: mine, family: replay, path: {name}.jsonl}}
  - {{name: copied, family: copy-source}}
statistics: {{resamples: 100}}
gate: {{tolerance: 1.0}}
limit: 8
"""
IDS = [f"india-japan#s{number:02}" for number in range(1, 20)]


@pytest.fixture
def results(tmp_path, run_cli, monkeypatch):
    """Return a results folder with the runs `good` and `bad`, which differ in one system; work in its parent."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(DATASET, tmp_path / "india-japan")
    good = dict.fromkeys(IDS, "India and Japan held talks on trade and security in Delhi.")
    for name, outputs in (("good", good), ("bad", {**good, **dict.fromkeys(IDS[:5], "<b>nothing</b>")})):
        lines = [json.dumps({"id": key, "text": text}) for key, text in outputs.items()]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(CONFIG.format(name=name, dataset="india-japan"), encoding="utf-8")
        answer = run_cli("run", f"{name}.yaml")
        assert answer.code == 0, answer.err
    return tmp_path / "results"


def test_a_page_on_a_run(results, run_cli):
    answer = run_cli("report", "good", "--output", "page.html")
    assert (answer.code, answer.out) == (0, "page.html\n")
    text = (results.parent / "page.html").read_text(encoding="utf-8")
    for words in (
        "<title>good</title>",
        "mine",
        "विदेश सचिव",
        "No person wrote the references",
        "good.yaml (digest ",
    ):
        assert words in text


def test_a_folder_that_does_not_exist_is_made_and_said(results, run_cli):
    answer = run_cli("report", "good", "--output", "pages/new/page.html")
    assert (answer.code, answer.err) == (0, "harness: pages/new: no such folder; it is made\n")
    assert run_cli("report", "good", "--output", "pages/new/page.html").err == ""


def test_a_page_on_several_runs_compares_them(results, run_cli):
    run_cli("report", "good", "bad", "--title", "Two runs", "--output", "page.html")
    text = (results.parent / "page.html").read_text(encoding="utf-8")
    assert "<title>Two runs</title>" in text
    assert "In what the runs differ" in text


def test_a_page_on_a_change(results, run_cli):
    answer = run_cli("report", "--diff", "good", "bad", "--output", "page.html")
    assert answer.code == 0, answer.err
    text = (results.parent / "page.html").read_text(encoding="utf-8")
    assert "translate: copied has the same score on every segment." in text
    assert "&lt;b&gt;nothing&lt;/b&gt;" in text


def test_a_page_on_a_failed_gate(results, run_cli):
    run_cli("bless", "good", "--output", "baseline.json", "--reason", "first")
    answer = run_cli("gate", "bad", "--baseline", "baseline.json", "--report", "page.html")
    assert answer.code == 1, answer.err
    text = (results.parent / "page.html").read_text(encoding="utf-8")
    assert "The gate failed, " in text
    assert text.index("What changed") < text.index('<section id="table-1"')
    assert 'href="#t=translate&amp;s=india-japan%23s01"' in text


def test_the_page_on_a_gate_begins_with_the_segment_that_one_score_or_check_lost_most_by(results, run_cli):
    run_cli("bless", "good", "--output", "baseline.json", "--reason", "first")
    answer = run_cli("gate", "bad", "--baseline", "baseline.json", "--report", "page.html", "--format", "json")
    (evidence,) = json.loads(answer.out)["evidence"]
    largest = {each["id"]: max(map(abs, each["effects"].values())) for each in evidence["segments"]}
    text = (results.parent / "page.html").read_text(encoding="utf-8")
    shown = re.findall(r'<h3 id="changed-\d+"><a class="id" [^>]*>([^<]+)</a>', text)
    assert len(set(largest.values())) > 1
    assert shown == sorted(largest, key=largest.__getitem__, reverse=True)


def test_a_page_without_the_dataset_says_what_is_missing(results, run_cli):
    shutil.rmtree(results.parent / "india-japan")
    assert run_cli("report", "good", "--output", "page.html").code == 0
    text = (results.parent / "page.html").read_text(encoding="utf-8")
    assert "sources and references are not shown" in text
    assert "India and Japan held talks" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "good", "--output", "good.yaml"], "--output good.yaml: expected a new file or an old page in HTML"),
        (["report", "--diff", "good"], "--diff: expected two runs, RUN_A and RUN_B, found 1"),
        (["report", "none"], "no run 'none' in results"),
        (["gate", "bad", "--baseline", "x", "--report", "bad.yaml"], "--report bad.yaml: expected a new file"),
    ],
)
def test_a_mistake_is_one_line(results, run_cli, arguments, message):
    answer = run_cli(*arguments)
    assert answer.code == 2
    assert message in answer.err
    assert answer.err.count("\n") == 1


def test_an_old_page_is_replaced(results, run_cli):
    for _ in range(2):
        assert run_cli("report", "good", "--output", "page.html").code == 0


def test_the_manifest_states_the_parameters_of_weights_which_the_plot_against_size_shows(tmp_path, run_cli):
    pytest.importorskip("altair")
    golden = DATA / "indictrans2"
    systems = "".join(
        f"  - {{name: {kind}, family: indictrans2, checkpoint: {golden / kind}, decoding: {{max_length: 6}}}}\n"
        for kind in ("1b-like", "dist200m-like")
    )
    head = f"datasets: [{DATASET}]\ntasks: [translate]\nlimit: 6\nstatistics: {{resamples: 100}}\nsystems:\n"
    (tmp_path / "two.yaml").write_text(head + systems + "  - {name: copied, family: copy-source}\n", encoding="utf-8")
    assert run_cli("run", tmp_path / "two.yaml", "--results", tmp_path / "results").code == 0
    (manifest,) = (tmp_path / "results").glob("*/manifest.json")
    of_systems = json.loads(manifest.read_text(encoding="utf-8"))["systems"]
    stated = {name: tasks["translate"].get("parameters") for name, tasks in of_systems.items()}
    counted = {}
    for kind in ("1b-like", "dist200m-like"):
        with safe_open(golden / kind / "model.safetensors", framework="np") as file:
            counted[kind] = sum(file.get_tensor(name).size for name in file.keys())  # noqa: SIM118
    assert stated == {**counted, "copied": None}
    arguments = ("--results", tmp_path / "results", "--output", tmp_path / "page.html", "--plots", tmp_path / "plots")
    assert run_cli("report", "two", *arguments).code == 0
    assert (tmp_path / "plots" / "translate-size.svg").exists()


def test_a_system_of_two_runs_has_two_rows_in_the_plot_against_size(tmp_path, run_cli):
    pytest.importorskip("altair")
    checkpoint = DATA / "indictrans2" / "dist200m-like"
    for name, length in (("short", 6), ("long", 8)):
        text = (
            f"datasets: [{DATASET}]\ntasks: [translate]\nlimit: 6\nstatistics: {{resamples: 100}}\nsystems:\n"
            f"  - {{name: it2, family: indictrans2, checkpoint: {checkpoint}, decoding: {{max_length: {length}}}}}\n"
        )
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        assert run_cli("run", tmp_path / f"{name}.yaml", "--results", tmp_path / "results").code == 0
    arguments = ("--results", tmp_path / "results", "--output", tmp_path / "page.html", "--plots", tmp_path / "plots")
    assert run_cli("report", "short", "long", *arguments).code == 0
    # It is drawn only if the parameters of two rows at least are known.
    assert (tmp_path / "plots" / "translate-size.svg").exists()
