"""The functions for Python: plain values in, flat records out, and one line for a mistake."""

from __future__ import annotations

import doctest
import inspect
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.api import calls, results
from tests.conftest import Cli
from tests.paths import DATA, DATASET, ROOT

HYP = {"a": ["They met in Tokyo.", "A pact was signed."], "b": ["They meet Tokyo.", "It signed."]}
REF = ["They met in Tokyo today.", "The pact was signed."]
CONFIG = {
    "name": "small",
    "datasets": [str(DATASET)],
    "tasks": ["translate"],
    "systems": [{"name": "copy", "family": "copy-source"}],
    "statistics": {"resamples": 100},
}
TWO = CONFIG | {"systems": [{"name": "copy", "family": "copy-source"}, {"name": "letters", "family": "transliterate"}]}
RUN = "first-594087d0"


@pytest.mark.parametrize("module", [calls, results], ids=lambda module: str(module.__name__))
def test_the_examples_of_the_docstrings_hold(
    module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    found = doctest.testmod(module, extraglobs={"folder": tmp_path})
    assert found.attempted and not found.failed, capsys.readouterr().out


class TestNames:
    """A change here breaks notebooks of users."""

    @pytest.mark.parametrize(
        ("function", "names"),
        [
            ("run", "config results overrides systems tasks limit offline fresh progress"),
            ("load_run", "run results"),
            ("run_shard", "config shard results overrides limit offline fresh progress"),
            ("merge", "folders results config mixed_versions offline progress"),
            (
                "score",
                "hypotheses references task sources target metrics baseline reference_row resamples seed confidence",
            ),
        ],
    )
    def test_of_arguments(self, function: str, names: str) -> None:
        assert list(inspect.signature(getattr(harness, function)).parameters) == names.split()

    def test_of_results(self) -> None:
        public = [name for name in vars(harness.Results) if not name.startswith("_")]
        assert public == ["scores", "comparisons", "segments", "notes", "report"]

    def test_of_records(self) -> None:
        found = harness.score(HYP, REF, sources=["वे मिले।", "करार हुआ।"], metrics=["chrf++", "bleu"])
        assert " ".join(found.scores()[0]) == (
            "task dataset system role run metric is_primary value low high confidence best_rank worst_rank "
            "all_references higher_is_better segments signature error"
        )
        assert " ".join(found.comparisons()[0]) == (
            "task dataset metric is_primary a b delta low high p p_adjusted significant wins ties losses"
        )
        assert list(found.segments()[0]) == [
            "task", "dataset", "id", "article", "kind", "words", "system", "chrf++", "bleu", "flags", "source",
            "output", "reference", "output_tokens", "seconds",
        ]  # fmt: skip


class TestScore:
    def test_lists_have_the_scores_of_the_same_texts_in_files(self, run_cli: Cli, tmp_path: Path) -> None:
        for name, texts in {**HYP, "ref": REF}.items():
            (tmp_path / f"{name}.en").write_text("\n".join(texts) + "\n", encoding="utf-8")
        of_lists = harness.score(HYP, REF)
        of_files = harness.score({name: tmp_path / f"{name}.en" for name in HYP}, str(tmp_path / "ref.en"))
        assert [*map(_number, of_lists.scores())] == [*map(_number, of_files.scores())]
        assert len(of_lists.scores()) == 2 * 2

    @pytest.mark.parametrize(
        ("references", "versions"),
        [
            (REF, ["reference"]),
            ([REF], ["reference 1"]),
            ([REF, ["They met.", None]], ["reference 1", "reference 2"]),
            ({"close": REF, "free": ["They had a meeting.", "A deal."]}, ["reference close", "reference free"]),
            (tuple(REF), ["reference"]),
        ],
        ids=["a list", "a list of one", "two lists", "a dict", "a tuple"],
    )
    def test_references_may_be(self, references: Any, versions: list[str]) -> None:
        record = harness.score(HYP, references).segments()[1]
        assert [key for key in record if key.startswith("reference")] == versions

    def test_one_list_of_outputs_is_one_system(self) -> None:
        assert {row["system"] for row in harness.score(HYP["a"], REF).scores()} == {"system"}

    def test_settings_are_plain_arguments(self) -> None:
        found = harness.score(HYP, REF, baseline="b", resamples=200, seed=3, confidence=0.9, metrics=["bleu"])
        assert [(pair["a"], pair["b"]) for pair in found.comparisons()] == [("a", "b")]
        assert {row["metric"] for row in found.scores()} == {"bleu"}

    def test_a_failed_system_has_its_error(self) -> None:
        found = harness.score({**HYP, "mute": ["", ""]}, REF)
        (record,) = [row for row in found.scores() if row["system"] == "mute"]
        assert record["value"] is None and "none of its 2 outputs contains a word" in record["error"]
        assert {row["system"] for row in found.segments()} == {"a", "b"}

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"hypotheses": {}}, "hypotheses: expected the outputs of at least one system by its name, found none"),
            ({"hypotheses": "a.en"}, "hypotheses: expected a dict or a list of texts, found 'a.en' alone"),
            ({"hypotheses": {"a": "a.en", "b": REF}}, "hypotheses: expected files or lists of texts, found both"),
            ({"hypotheses": {"a": "a.en"}}, "They met in Tokyo today.: no such file"),
            ({"hypotheses": {"a": ["They met.", None]}}, "hypotheses a: expected a text, found None at index 1"),
            ({"hypotheses": {"a": 3}}, "hypotheses a: expected a list of texts, found int"),
            ({"hypotheses": {"a": []}}, "hypotheses a: expected a text for each segment, found an empty list"),
            ({"hypotheses": {"a": ["They met."]}}, "hypotheses a: the hypothesis has 1 lines, reference has 2"),
            ({"hypotheses": {"a": REF}}, "hypotheses a: the hypothesis is the reference"),
            ({"hypotheses": {"a": ["वे मिले।", "करार हुआ।"]}}, "hypotheses a: expected outputs in eng_Latn"),
            ({"references": "ref.en"}, "references: expected a list of texts, found 'ref.en' alone; files go together"),
            ({"references": []}, "references: expected a text for each segment, found an empty list"),
            ({"references": [["a", "b", "c"], ["d", "e", "f"]]}, "references: the references look transposed"),
            ({"references": ["They met.", 3]}, "reference 1: expected a list of texts, found str"),
            ({"references": {"close": [None, None]}}, "segments have no reference"),
            ({"task": "translation"}, "unknown task 'translation'; did you mean 'translate'?"),
            ({"metrics": "bleu"}, "expected a list of metrics, found 'bleu' alone; put it into a list"),
            ({"metrics": ["blue"]}, "unknown metric 'blue'; did you mean 'bleu'?"),
            ({"baseline": "c"}, "'c'"),
            ({"seed": -1}, "expected resamples and flips from 1, a seed from 0"),
        ],
        ids=str,
    )
    def test_a_mistake_is_one_line(self, wrong: dict[str, Any], message: str) -> None:
        with pytest.raises(harness.HarnessError) as caught:
            harness.score(**{"hypotheses": HYP, "references": REF, **wrong})
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)


def _number(record: dict[str, Any]) -> tuple[Any, ...]:
    return record["system"], record["metric"], record["value"], record["low"], record["signature"]


class TestRun:
    def test_a_dict_is_the_run_of_its_file(
        self, run_cli: Cli, write_config: Callable[..., Path], tmp_path: Path
    ) -> None:
        folder = tmp_path / "results"
        assert run_cli("run", write_config(), "--results", folder).code == 0
        of_dict = harness.run(CONFIG, results=str(folder))
        of_file = harness.run(str(tmp_path / "config.yaml"), results=folder)
        assert of_dict.name == of_file.name
        assert of_dict.path == str(folder / of_dict.name)
        assert of_dict.scores() == of_file.scores() == harness.load_run(of_dict.path).scores()
        assert of_dict.segments() == of_file.segments() == harness.load_run("small", results=folder).segments()
        assert len(of_dict.segments()) == 19

    def test_it_prints_nothing_unless_progress_is_wanted(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        harness.run(CONFIG, results=tmp_path)
        assert capsys.readouterr() == ("", "")
        harness.run(CONFIG, results=tmp_path, progress=True)
        shown = capsys.readouterr()
        assert shown.out == "" and "19/19, all stored" in shown.err

    def test_what_a_dataset_warns_of_is_a_warning_of_python(self, tmp_path: Path) -> None:
        shutil.copytree(DATA / "run-v1" / "news", tmp_path / "news")
        (tmp_path / "news" / "zzz.csv").write_text("x", encoding="utf-8")
        datasets = [{"path": str(tmp_path / "news"), "format": "collection"}]
        with pytest.warns(UserWarning, match=r"zzz\.csv is not read") as caught:
            harness.run({**CONFIG, "datasets": datasets}, results=tmp_path / "results")
        assert [Path(each.filename).name for each in caught] == ["test_api.py"]

    def test_overrides_are_those_of_set(self, tmp_path: Path) -> None:
        found = harness.run(CONFIG, results=tmp_path, overrides={"statistics.resamples": 150}, limit=5)
        (row,) = [row for row in found.scores() if row["is_primary"] and row["role"] == "system"]
        assert row["segments"] == 5

    def test_only_the_tasks_that_are_asked_for_are_in_the_results(self, tmp_path: Path) -> None:
        lead = {"name": "lead", "family": "lead", "sentences": 1}
        config = {**CONFIG, "tasks": ["translate", "gist"], "systems": [*CONFIG["systems"], lead]}
        harness.run(config, results=tmp_path)
        found = harness.run(config, results=tmp_path, tasks=["gist"])
        assert {row["task"] for row in found.scores()} == {row["task"] for row in found.segments()} == {"gist"}

    @pytest.mark.parametrize(
        ("config", "more", "message"),
        [
            ("nowhere.yaml", {}, "nowhere.yaml: no such file"),
            (3, {}, "config: expected a path or a dict, found int"),
            ({**CONFIG, "taskz": []}, {}, "config taskz: unknown key 'taskz'; did you mean 'tasks'?"),
            (
                {**CONFIG, "systems": [{"name": "x", "family": "leed"}]},
                {},
                "config systems.0.family: unknown model",
            ),
            ({**CONFIG, "limit": object()}, {}, "config limit: "),
            (CONFIG, {"systems": "copy"}, "expected a list of systems, found 'copy' alone; put it into a list"),
            (CONFIG, {"systems": ["kopy"]}, "'kopy'; did you mean 'copy'?"),
            (CONFIG, {"overrides": {"statistics.seed": "x"}}, '--set statistics.seed="x": '),
            (CONFIG, {"overrides": {"statistics.seed": {1}}}, "overrides: expected values that JSON can represent"),
        ],
        ids=[
            "no file", "no config", "unknown key", "unknown family", "a value that YAML cannot represent",
            "one name alone", "unknown system", "override of another type", "override that JSON cannot represent",
        ],
    )  # fmt: skip
    def test_a_mistake_is_one_line(self, config: Any, more: dict[str, Any], message: str, tmp_path: Path) -> None:
        with pytest.raises(harness.HarnessError) as caught:
            harness.run(config, results=tmp_path, **more)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_failed_system_does_not_raise(self, tmp_path: Path) -> None:
        file = tmp_path / "some.jsonl"
        file.write_text('{"task": "translate", "id": "india-japan#s01", "text": "They met."}\n', encoding="utf-8")
        systems = [*CONFIG["systems"], {"name": "stored", "family": "replay", "path": str(file)}]
        found = harness.run({**CONFIG, "systems": systems}, results=tmp_path)
        assert [row["error"] is None for row in found.scores() if row["system"] == "stored"] == [False]


class TestLoadRun:
    def test_scores_are_those_of_compare(self, tmp_path: Path) -> None:
        shutil.copytree(DATA / "run-v1", tmp_path / "v1")
        found = harness.load_run(RUN, results=tmp_path / "v1" / "results")
        assert {row["task"] for row in found.scores()} == {"translate", "summarise"}
        assert {row["role"] for row in found.scores()} == {"reference", "oracle", "system"}

    @pytest.mark.parametrize(
        ("run", "message"),
        [("nowhere", "no run 'nowhere' in"), (DATA / "run-v1" / "news", "this folder is no run")],
    )
    def test_an_unknown_run_is_one_line(self, run: Path | str, message: str) -> None:
        with pytest.raises(harness.HarnessError, match=message):
            harness.load_run(run, results=DATA / "run-v1" / "results")

    def test_a_run_without_scores_is_refused_at_once(self, tmp_path: Path) -> None:
        shutil.copytree(DATA / "run-v1" / "results" / RUN, tmp_path / RUN)
        (tmp_path / RUN / "scores.json").unlink()
        with pytest.raises(harness.HarnessError, match="finish the run first"):
            harness.load_run(tmp_path / RUN)


class TestShown:
    BAD = "<script>alert(1)</script>"

    def test_print_writes_the_table(self) -> None:
        text = str(harness.score(HYP, REF))
        assert text.startswith("translate: ") and "chrf++" in text

    def test_repr_is_one_line(self) -> None:
        assert repr(harness.score(HYP, REF)) == "<harness.Results of texts: translate (a, b)>"
        assert repr(harness.load_run(DATA / "run-v1" / "results" / RUN)) == (
            f"<harness.Results of {RUN}: translate (copy-source, stored), summarise (lead-1, random-1)>"
        )

    def test_html_has_the_table_and_escapes_what_it_shows(self) -> None:
        shown = harness.score({self.BAD: HYP["a"], "b & c": HYP["b"]}, REF)._repr_html_()
        assert "<script" not in shown and "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
        assert "b &amp; c" in shown
        assert shown.count("<table>") == shown.count("</table>") == 1

    def test_report_writes_the_page(self, tmp_path: Path) -> None:
        pytest.importorskip("jinja2")
        of_run = harness.load_run(DATA / "run-v1" / "results" / RUN)
        for found, title in ((harness.score(HYP, REF), "Scores"), (of_run, "first")):
            path = found.report(str(tmp_path / "page.html"))
            page = Path(path).read_text(encoding="utf-8")
            assert page.lower().startswith("<!doctype html>")
            assert f"<title>{title}" in page and "chrf++" in page
            assert "<figure>" in page or "No plots: " in page
        with pytest.raises(harness.HarnessError, match=r"page\.html"):
            of_run.report(tmp_path / "page.html" / "page.html")

    def test_the_page_is_that_of_the_command(self, run_cli: Cli, tmp_path: Path) -> None:
        found = harness.run(TWO, results=tmp_path / "results")
        of_run, loaded, of_command = (tmp_path / name for name in ("run.html", "loaded.html", "command.html"))
        found.report(of_run)
        harness.load_run(found.path).report(loaded)
        run_cli("report", found.path, "--output", of_command, "--resamples", "100")
        text = of_command.read_text(encoding="utf-8")
        assert "how much data would show these differences" in text
        assert of_run.read_text(encoding="utf-8") == loaded.read_text(encoding="utf-8") == text

    @pytest.mark.parametrize("texts", [True, False], ids=["texts", "a run"])
    def test_the_page_has_the_plots(self, texts: bool, tmp_path: Path) -> None:
        pytest.importorskip("vl_convert", reason="the extra `plots` is not installed")
        found = harness.score(HYP, REF) if texts else harness.load_run(DATA / "run-v1" / "results" / RUN)
        page = Path(found.report(tmp_path / "page.html")).read_text(encoding="utf-8")
        assert "<figure>" in page and "No plots: " not in page

    def test_notes_are_the_notes_of_scores_and_texts(self, tmp_path: Path) -> None:
        (of_scores,) = harness.score({"a": HYP["a"], "same": HYP["a"]}, REF).notes()
        assert of_scores.startswith("Warning: a and same are the same, line for line")
        # Without the folder of the dataset; both tasks have the note.
        shutil.copytree(DATA / "run-v1" / "results" / RUN, tmp_path / RUN)
        (of_texts,) = harness.load_run(tmp_path / RUN).notes()
        assert of_texts.startswith("sources and references are not shown, because the dataset could not be read")


def test_records_go_into_a_data_frame() -> None:
    pandas = pytest.importorskip("pandas")
    found = harness.score(HYP, REF)
    frame = pandas.DataFrame(found.segments())
    assert frame.groupby("system")["chrf++"].mean()["a"] > frame.groupby("system")["chrf++"].mean()["b"]
    series = harness.score({"a": pandas.Series(HYP["a"])}, pandas.Series(REF))
    assert [row["value"] for row in series.scores()] == [
        row["value"] for row in harness.score({"a": HYP["a"]}, REF).scores()
    ]
