"""A whole run on the real article, with models that need no weights: stored and reused outputs, refusals, failures."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from harness import models
from harness.config import load
from harness.core import files as core_files
from harness.core.records import Generation, Source
from harness.runs import store
from harness.runs.store import export_lines, tables
from harness.runs.store import outputs as outputs_module
from tests.conftest import Cli
from tests.paths import DATASET

WriteConfig = Callable[..., Path]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


BOTH = "[{name: copy, family: copy-source}, {name: latin, family: transliterate}]"


def stored_ids(results: Path) -> list[str]:
    outputs = only_run(results) / "outputs" / "translate" / "copy.jsonl"
    return [json.loads(line)["id"].rpartition("#")[2] for line in outputs.read_text(encoding="utf-8").splitlines()]


def only_run(results: Path) -> Path:
    (folder,) = results.glob("*/")
    return folder


def replay_file(path: Path, *, leave_out: int = 0, change: dict[str, str] | None = None) -> Path:
    """Write the `close` translations as a system's outputs."""
    rows = [json.loads(line) for line in (DATASET / "translations.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = {row["id"]: row["text"] for row in rows if row["version"] == "close"} | (change or {})
    kept = list(texts.items())[: len(texts) - leave_out]
    path.write_text("".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in kept), encoding="utf-8")
    return path


def test_a_run_writes_every_file_that_the_design_names(run_cli: Cli, write_config: WriteConfig, results: Path) -> None:
    assert run_cli("run", write_config(), "--results", results).code == 0
    folder = only_run(results)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "config.yaml", "manifest.json", "scores.json", "scored.json", "outputs/translate/copy.jsonl",
        *(f"tables/translate.{suffix}" for suffix in ("txt", "md", "csv", "tex", "json", "segments.jsonl")),
    }  # fmt: skip
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["dataset"]["digest"] == load.load(folder / "config.yaml").dataset.digest
    assert manifest["libraries"]["sacrebleu"]
    assert manifest["systems"]["copy"]["translate"]["outputs"] == 19
    assert "chrf++" in manifest["signatures"]["translate"]


def test_the_file_of_outputs_has_one_line_for_each_segment(
    run_cli: Cli, write_config: WriteConfig, results: Path
) -> None:
    run_cli("run", write_config(), "--results", results)
    lines = (only_run(results) / "outputs" / "translate" / "copy.jsonl").read_text(encoding="utf-8").splitlines()
    segments = [json.loads(line) for line in (DATASET / "segments.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["text"]) for row in map(json.loads, lines)] == [(s["id"], s["text"]) for s in segments]


def test_a_perfect_replay_scores_100_and_the_reference_row_scores_above_copy_source(
    run_cli: Cli, write_config: WriteConfig, results: Path, tmp_path: Path
) -> None:
    replay_file(tmp_path / "perfect.jsonl")
    config = write_config(
        systems="[{name: copy, family: copy-source}, {name: perfect, family: replay, path: perfect.jsonl}]"
    )
    answer = run_cli("run", config, "--results", results, "--format", "json")
    (task,) = json.loads(answer.out)["tasks"]
    scores = {row["name"]: row["metrics"] for row in task["systems"]}
    for metric in ("bleu", "chrf++"):
        assert scores["perfect"][metric]["all_references"]["value"] == pytest.approx(100)
        # A copy of one reference: with that one left out, it scores as the reference row does.
        assert scores["reference"][metric]["value"] < scores["perfect"][metric]["value"] < 100
    assert scores["copy"]["chrf++"]["value"] < 10 < scores["reference"]["chrf++"]["value"] < 100
    (pair,) = [c for c in task["comparisons"] if c["metric"] == "chrf++"]
    assert pair["significant"]


def test_the_same_command_again_generates_nothing(
    run_cli: Cli, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config()
    first = run_cli("run", config, "--results", results)

    def refuse(self: models.PerSource, sources: object) -> object:
        raise AssertionError("generated again")

    monkeypatch.setattr(models.PerSource, "generate", refuse)
    second = run_cli("run", config, "--results", results)
    assert second.code == 0
    assert second.out == first.out
    assert "all stored before" in second.err


@pytest.mark.parametrize("cut", [0, 1, 40], ids=["at a line", "one byte short", "within a line"])
def test_a_run_that_died_is_resumed(run_cli: Cli, write_config: WriteConfig, results: Path, cut: int) -> None:
    config = write_config()
    whole = run_cli("run", config, "--results", results)
    outputs = only_run(results) / "outputs" / "translate" / "copy.jsonl"
    complete = outputs.read_bytes()
    seven = b"".join(complete.splitlines(keepends=True)[:7])
    outputs.write_bytes(seven[: len(seven) - cut])
    again = run_cli("run", config, "--results", results)
    assert again.out == whole.out
    assert outputs.read_bytes() == complete


def test_a_changed_option_never_reuses_the_old_outputs(run_cli: Cli, write_config: WriteConfig, results: Path) -> None:
    config = write_config(tasks="[summarise]", systems="[{name: lead, family: lead}]")
    one = run_cli("run", config, "--results", results).out
    two = run_cli("run", config, "--results", results, "--set", "systems.lead.sentences=2").out
    assert one != two
    assert len(list(results.glob("*/"))) == 2


class TestFailures:
    def test_a_system_that_fails_does_not_affect_the_scores_of_the_others(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, tmp_path: Path
    ) -> None:
        replay_file(tmp_path / "short.jsonl", leave_out=3)
        config = write_config(
            systems="[{name: short, family: replay, path: short.jsonl}, {name: copy, family: copy-source}]"
        )
        answer = run_cli("run", config, "--results", results, "--format", "json")
        assert answer.code == 3
        rows = {row["name"]: row for row in json.loads(answer.out)["tasks"][0]["systems"]}
        assert "has no text for india-japan#s17" in rows["short"]["error"]
        assert "metrics" not in rows["short"]
        assert rows["copy"]["metrics"]["chrf++"]["value"] > 0

    def test_the_next_run_tries_a_failed_system_again_and_keeps_its_outputs(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = write_config()
        generate = models.PerSource.generate

        def stumble(self: models.PerSource, sources: list[Source]) -> Iterator[Generation]:
            for generation in generate(self, sources):
                if generation.id.endswith("#s07"):
                    raise ValueError("a bug in a model")
                yield generation

        with monkeypatch.context() as patch:
            patch.setattr(models.PerSource, "generate", stumble)
            failed = run_cli("run", config, "--results", results)
        assert failed.code == 3
        told = "1 of 19 segments failed: india-japan#s07: ValueError: a bug in a model"
        assert f"copy: failed: {told}" in failed.out
        assert "Traceback" in failed.err  # a bug keeps its traceback
        lines = (only_run(results) / "outputs/translate/copy.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        assert len(rows) == 19
        assert [row.get("error") for row in rows] == [None] * 6 + ["ValueError: a bug in a model"] + [None] * 12
        again = run_cli("run", config, "--results", results)
        assert (again.code, told in again.out) == (0, False)
        made = json.loads((only_run(results) / "manifest.json").read_text(encoding="utf-8"))["systems"]["copy"]
        assert [session["outputs"] for session in made["translate"]["made"]] == [18, 1]
        assert len(stored_ids(results)) == 19

    def test_an_output_that_is_missing_under_its_key_is_recovered_by_rebuilding_the_store(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A damaged index has this effect, in a file that is too large for a check at its opening."""
        read, mend = tables.read, outputs_module.Generations.mend
        hidden = ["india-japan#s05"]

        def blind(*_: Any, keys: list[tables.Key], **how: Any) -> list[Any]:
            found = zip(keys, read(*_, keys=keys, **how), strict=True)
            return [None if key.id in hidden else each for key, each in found]

        def mended(self: outputs_module.Generations) -> None:
            hidden.clear()
            mend(self)

        monkeypatch.setattr(tables, "read", blind)
        monkeypatch.setattr(outputs_module.Generations, "mend", mended)
        answer = run_cli("run", write_config(), "--results", results)
        assert answer.code == 0
        assert "is damaged (a stored output is not found under its key)" in answer.err
        assert len(stored_ids(results)) == 19

    def test_a_model_that_raises_when_it_is_called_fails_alone(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        generate = models.PerSource.generate

        def refuse_latin(self: models.PerSource, sources: list[Source]) -> Iterator[Generation]:
            if self.description["family"] == "transliterate":
                raise ValueError("too long")
            return generate(self, sources)

        monkeypatch.setattr(models.PerSource, "generate", refuse_latin)
        answer = run_cli("run", write_config(systems=BOTH), "--results", results, "--format", "json")
        assert answer.code == 3
        rows = {row["name"]: row for row in json.loads(answer.out)["tasks"][0]["systems"]}
        assert rows["latin"]["error"] == "ValueError: too long"
        assert rows["copy"]["metrics"]["chrf++"]["value"] > 0

    def test_an_interrupted_run_reports_the_saved_outputs_and_can_be_resumed(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        generate = models.PerSource.generate

        def interrupted(self: models.PerSource, sources: list[Source]) -> Iterator[Generation]:
            yield from list(generate(self, sources))[:5]
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(models.PerSource, "generate", interrupted)
            answer = run_cli("run", write_config(), "--results", results)
        assert answer.code == 130
        assert f"interrupted: 5 outputs made now are saved in {results / 'store.sqlite'}, with those" in answer.err
        assert "the same command goes on from there" in answer.err
        assert stored_ids(results) == [f"s{number:02d}" for number in range(1, 6)]
        assert run_cli("run", write_config(), "--results", results).code == 0
        assert len(stored_ids(results)) == 19

    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(b"\xff\xfe\n", id="not UTF-8"),
            pytest.param(b"{oops\n", id="no JSON"),
            pytest.param(b"[1]\n", id="no object"),
            pytest.param(b'{"identity": 3, "id": [1]}\n', id="another shape"),
            pytest.param(b"[" * 100_000 + b"\n", id="nested without end"),
            pytest.param(b'{"id": "india-japan#s01", "te', id="unfinished"),
            pytest.param(b"\xff", id="unfinished and not UTF-8"),
        ],
    )
    def test_damaged_lines_among_the_outputs_are_skipped(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, damage: bytes
    ) -> None:
        whole = run_cli("run", write_config(), "--results", results)
        outputs = only_run(results) / "outputs" / "translate" / "copy.jsonl"
        lines = outputs.read_bytes().splitlines(keepends=True)
        outputs.write_bytes(
            b"".join(lines[:3]) + damage if not damage.endswith(b"\n") else damage + b"".join(lines[3:])
        )
        again = run_cli("run", write_config(), "--results", results)
        assert (again.code, again.out) == (0, whole.out)

    def test_an_output_whose_text_is_not_a_string_is_generated_again(
        self, run_cli: Cli, write_config: WriteConfig, results: Path
    ) -> None:
        whole = run_cli("run", write_config(), "--results", results)
        outputs = only_run(results) / "outputs" / "translate" / "copy.jsonl"
        rows = [json.loads(line) for line in outputs.read_text(encoding="utf-8").splitlines()]
        rows[2]["text"], rows[3]["id"] = 5, [1]
        outputs.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        assert run_cli("run", write_config(), "--results", results).out == whole.out

    def test_an_output_for_a_source_that_was_not_asked_for_is_an_error(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(models.PerSource, "generate", lambda self, sources: iter([Generation("other#s01", "x")]))
        answer = run_cli("run", write_config(), "--results", results)
        assert answer.code == 3
        assert "other#s01" in answer.out

    def test_a_second_output_for_a_source_is_an_error(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        generate = models.PerSource.generate

        def twice(self: models.PerSource, sources: list[Source]) -> Iterator[Generation]:
            for generation in generate(self, sources):
                yield generation
                yield generation

        monkeypatch.setattr(models.PerSource, "generate", twice)
        answer = run_cli("run", write_config(), "--results", results)
        assert answer.code == 3
        told = "copy: failed: gave an output for 'india-japan#s01', which was not asked for any more"
        assert told in " ".join(answer.out.split())

    def test_outputs_in_the_wrong_language_get_an_error_and_no_number(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "english.jsonl").write_text('{"id": "india-japan", "text": "...!?"}\n', encoding="utf-8")
        config = write_config(tasks="[summarise]", systems="[{name: none, family: replay, path: english.jsonl}]")
        answer = run_cli("run", config, "--results", results)
        assert answer.code == 3
        assert "none: failed: none of its 1 outputs contains a word that rougeL, rouge1, rouge2 scores" in answer.out

    def test_a_full_disk_is_one_line_and_stored_outputs_stay_intact(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """SQLite reports a full disk; tests/runs/test_faults.py fills a real one."""
        config = write_config()
        add = outputs_module.Generations.add

        def full(
            self: outputs_module.Generations,
            identity: str,
            task: str,
            outputs: Sequence[tuple[str, Generation]],
            **how: Any,
        ) -> None:
            if any(output.id.endswith("#s05") for _, output in outputs):
                raise core_files.write_error(self.path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
            add(self, identity, task, outputs, **how)

        with monkeypatch.context() as patch:
            patch.setattr(outputs_module.Generations, "add", full)
            answer = run_cli("run", config, "--results", results)
        assert answer.code == 2
        assert "could not write (No space left on device)" in answer.err.splitlines()[-1]
        assert "(4 outputs made now are saved in" in answer.err.splitlines()[-1]
        assert "Traceback" not in answer.err
        assert stored_ids(results) == ["s01", "s02", "s03", "s04"]
        assert run_cli("run", config, "--results", results).code == 0

    @pytest.mark.parametrize("place", ["a file", "no such place"])
    def test_results_that_cannot_be_written_are_named_before_anything_is_generated(
        self, run_cli: Cli, write_config: WriteConfig, tmp_path: Path, place: str
    ) -> None:
        target = Path("/proc/none") if place == "no such place" else tmp_path / "taken"
        (tmp_path / "taken").write_text("x", encoding="utf-8")
        answer = run_cli("run", write_config(), "--results", target)
        assert answer.code == 2
        assert answer.err.startswith(f"harness: {target}")
        assert len(answer.err.splitlines()) == 1


class TestSelection:
    def test_running_the_systems_one_by_one_gives_the_same_table(
        self, run_cli: Cli, write_config: WriteConfig, results: Path
    ) -> None:
        config = write_config(systems=BOTH)
        first = run_cli("run", config, "--results", results, "--system", "copy")
        assert "latin" not in first.out
        second = run_cli("run", config, "--results", results, "--system", "latin")
        assert "copy" in second.out
        assert second.out == run_cli("run", config, "--results", results).out

    def test_outputs_of_another_system_are_never_scored_for_a_system_that_was_not_selected(
        self, run_cli: Cli, write_config: WriteConfig, results: Path
    ) -> None:
        config = write_config(systems=BOTH)
        run_cli("run", config, "--results", results)
        outputs = only_run(results) / "outputs" / "translate" / "copy.jsonl"
        rows = [json.loads(line) for line in outputs.read_text(encoding="utf-8").splitlines()]
        outputs.write_text(
            "".join(json.dumps(row | {"identity": "another", "text": "x"}) + "\n" for row in rows), encoding="utf-8"
        )
        (results / "store.sqlite").unlink()  # so that outputs are read from the folder
        assert "copy" not in run_cli("run", config, "--results", results, "--system", "latin").out

    def test_a_task_is_selected_by_name_or_label_and_only_its_table_is_printed(
        self, run_cli: Cli, write_config: WriteConfig, results: Path
    ) -> None:
        config = write_config(tasks="[translate, {name: translate, unit: paragraph}]")
        run_cli("run", config, "--results", results)
        for asked, printed in (
            ("translate-paragraph", ["translate-paragraph"]),
            ("translate", ["translate", "translate-paragraph"]),
        ):
            answer = run_cli("run", config, "--results", results, "--task", asked, "--format", "json")
            assert [task["task"] for task in json.loads(answer.out)["tasks"]] == printed

    def test_the_manifest_keeps_the_origin_of_outputs_if_a_later_run_generates_none(
        self, run_cli: Cli, write_config: WriteConfig, results: Path
    ) -> None:
        def entry() -> dict[str, Any]:
            text = (only_run(results) / "manifest.json").read_text(encoding="utf-8")
            found: dict[str, Any] = json.loads(text)["systems"]["copy"]["translate"]
            return found

        run_cli("run", write_config(), "--results", results)
        first = entry()
        run_cli("run", write_config(), "--results", results)
        assert entry() == first
        assert [made["outputs"] for made in first["made"]] == [19]

    @pytest.mark.parametrize("damage", ["", "[]", "{", '{"systems": 3}', '{"systems": {"copy": {"translate": {}}}}'])
    def test_a_damaged_manifest_is_written_again(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, damage: str
    ) -> None:
        run_cli("run", write_config(), "--results", results)
        manifest = only_run(results) / "manifest.json"
        manifest.write_text(damage, encoding="utf-8")
        assert run_cli("run", write_config(), "--results", results).code == 0
        (made,) = json.loads(manifest.read_text(encoding="utf-8"))["systems"]["copy"]["translate"]["made"]
        assert made["outputs"] == 19  # the store knows

    def test_one_task(self, run_cli: Cli, write_config: WriteConfig, results: Path) -> None:
        config = write_config(tasks="[summarise, headline]", systems="[{name: lead, family: lead}]")
        answer = run_cli("run", config, "--results", results, "--task", "headline", "--format", "json")
        assert [task["task"] for task in json.loads(answer.out)["tasks"]] == ["headline"]

    def test_an_unknown_name_is_refused_with_the_nearest(
        self, run_cli: Cli, write_config: WriteConfig, results: Path
    ) -> None:
        answer = run_cli("run", write_config(), "--results", results, "--system", "cpy")
        assert (answer.code, "did you mean 'copy'?" in answer.err) == (2, True)

    def test_a_limit_scores_the_first_n_and_is_another_run(
        self, run_cli: Cli, write_config: WriteConfig, results: Path
    ) -> None:
        run_cli("run", write_config(), "--results", results)
        answer = run_cli("run", write_config(), "--results", results, "--limit", 7, "--format", "json")
        assert json.loads(answer.out)["tasks"][0]["segments"] == 7
        assert len(list(results.glob("*/"))) == 2


def test_translate_by_paragraph_and_article_and_summaries_in_english(
    run_cli: Cli, write_config: WriteConfig, results: Path, tmp_path: Path
) -> None:
    (tmp_path / "en.jsonl").write_text(
        '{"id": "india-japan", "text": "India and Japan held talks."}\n', encoding="utf-8"
    )
    config = write_config(
        tasks="[translate, {name: translate, unit: paragraph}, {name: translate, unit: article}, "
        "{name: summarise, target: eng_Latn}]",
        systems="[{name: copy, family: copy-source}, "
        "{name: english, family: replay, path: en.jsonl, tasks: [summarise-eng_Latn]}]",
    )
    answer = run_cli("run", config, "--results", results, "--format", "json")
    assert answer.code == 0
    tasks = {task["task"]: task for task in json.loads(answer.out)["tasks"]}
    assert {name: task["segments"] for name, task in tasks.items()} == {
        "translate": 19, "translate-paragraph": 6, "translate-article": 1, "summarise-eng_Latn": 1,
    }  # fmt: skip
    rows = {row["name"]: row for row in tasks["summarise-eng_Latn"]["systems"]}
    assert set(rows) == {"reference", "english"}  # no extract of a Hindi article is an English summary
    assert rows["english"]["metrics"]["rouge1"]["value"] > 0


class TestStore:
    def test_damaged_scores_and_those_of_a_newer_harness_are_refused(self, tmp_path: Path) -> None:
        run = store.Run(tmp_path)
        with pytest.raises(Exception, match="finish the run first"):
            run.read_scores()
        (tmp_path / "scores.json").write_text('{"schema": 1, "tas', encoding="utf-8")
        with pytest.raises(Exception, match=r"scores.json: expected JSON"):
            run.read_scores()
        (tmp_path / "scores.json").write_text('{"schema": 99, "tasks": []}', encoding="utf-8")
        with pytest.raises(Exception, match="schema 99, this harness reads 1; update the harness"):
            run.read_scores()

    def test_a_line_of_an_export_has_the_output_and_the_digests_of_its_key(self) -> None:
        content = json.dumps(asdict(Generation("a#s001", "भारत")), ensure_ascii=False)
        line = export_lines.output_line("i1", tables.Key("a#s001", "d1", 0), tables.StoredOutput(content, "o1"))
        assert json.loads(line) == {"identity": "i1", "source": "d1", **json.loads(content)}
        assert list(json.loads(line))[:4] == ["identity", "source", "id", "text"]
