"""`harness run --shard` generates a part of a run, and `harness merge` joins the parts as if one process had run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from harness import models
from harness.config import load
from harness.core.errors import InputError
from harness.core.records import Source
from harness.runs.shards import Shard
from tests import break_it
from tests.conftest import Answer, Cli

WriteConfig = Callable[..., Path]
TASKS = "[translate, {name: translate, unit: paragraph}, summarise]"
SYSTEMS = "[{name: copy, family: copy-source}, {name: lead, family: lead}, {name: random, family: random, seed: 3}]"


@pytest.fixture
def config(write_config: WriteConfig) -> Path:
    return write_config(tasks=TASKS, systems=SYSTEMS)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def shards(run_cli: Cli, config: Path, tmp_path: Path) -> Path:
    """A results folder with both shards of a run in two."""
    folder = tmp_path / "parts"
    for number in (1, 2):
        assert run_cli("run", config, "--shard", f"{number}/2", "--results", folder).code == 0
    return folder


def manifest_path(folder: Path, number: int = 1, of: int = 2) -> Path:
    (path,) = folder.glob(f"shards/{number}-of-{of}/*/manifest.json")
    return path


def edit_manifest(folder: Path, edit: Callable[[Any], object], number: int = 1) -> None:
    path = manifest_path(folder, number)
    manifest = json.loads(path.read_text(encoding="utf-8"))
    edit(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def result_files(results: Path) -> dict[str, bytes]:
    """The files of a run that do not contain times: outputs, scores and tables."""
    (folder,) = results.glob("small-*/")
    paths = [*folder.glob("outputs/*/*"), *folder.glob("tables/*"), folder / "scores.json", folder / "scored.json"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(paths)}


def lines(answer: Answer) -> list[str]:
    assert answer.code == 2, answer
    assert answer.out == ""
    assert "Traceback" not in answer.err
    return answer.err.splitlines()


# --- which sources a shard has ----------------------------------------------------------------------------------------


def sources(*lengths: int) -> list[Source]:
    return [
        Source(f"a#s{place}", "a", "translate", "x" * length + str(place), (), "hin_Deva", "eng_Latn")
        for place, length in enumerate(lengths)
    ]


class TestParts:
    @pytest.mark.parametrize("of", [1, 2, 3, 7, 50, 1000])
    @pytest.mark.parametrize("lengths", [(), (0,), (5, 5), range(100), (1, 1, 9000, 1), (7,) * 64], ids=str)
    def test_each_source_is_in_exactly_one_shard(self, lengths: tuple[int, ...], of: int) -> None:
        every = sources(*lengths)
        parts = [Shard(number, of).part(every) for number in range(1, of + 1)]
        assert sorted(source.id for part in parts for source in part) == sorted(source.id for source in every)
        assert all(part == [source for source in every if source in part] for part in parts)

    def test_shards_have_about_the_same_length_of_text(self) -> None:
        every = sources(*(20 + 7 * (place % 40) for place in range(800)))
        sizes = [sum(len(source.text) for source in Shard(number, 8).part(every)) for number in range(1, 9)]
        assert max(sizes) < 1.02 * min(sizes)

    def test_a_source_stays_in_its_shard_when_a_few_others_are_added(self) -> None:
        before, after = sources(*[50] * 400), sources(*[50] * 410)
        stayed = sum(
            len({source.id for source in Shard(number, 4).part(before)} & {s.id for s in Shard(number, 4).part(after)})
            for number in range(1, 5)
        )
        assert stayed >= 380

    @pytest.mark.parametrize("text", ["", "3", "0/2", "3/2", "1/0", "-1/2", "a/b", "1 / 2", "1/2/3", "01/2"])
    def test_another_spelling_is_one_line(self, text: str) -> None:
        with pytest.raises(InputError, match=r"^--shard: expected I/N, such as 1/8, 2/8 to 8/8, found "):
            Shard.parse(text)


# --- generating a shard -----------------------------------------------------------------------------------------------


class TestRun:
    def test_prints_what_it_did_and_writes_no_scores(self, run_cli: Cli, config: Path, results: Path) -> None:
        answer = run_cli("run", config, "--shard", "1/2", "--results", results)
        assert answer.code == 0
        assert "  translate: copy: 10 outputs of 10 sources, 10 made now\n" in answer.out
        assert answer.out.endswith(f"\nA shard has no scores. When all 2 are done: harness merge {results}\n")
        assert "chrf" not in answer.out
        assert [path.name for path in results.iterdir()] == ["shards"]
        assert not list(results.rglob("scores.json")) and not list(results.rglob("tables"))

    def test_json_is_one_object(self, run_cli: Cli, config: Path, results: Path) -> None:
        answer = run_cli("run", config, "--shard", "2/2", "--results", results, "--format", "json")
        printed = json.loads(answer.out)
        assert printed["shard"] == "2/2"
        assert {"task": "translate", "system": "copy", "sources": 9, "outputs": 9, "new_outputs": 9, "error": None} in (
            printed["runs"][0]["systems"]
        )

    def test_again_generates_nothing(
        self, run_cli: Cli, config: Path, shards: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = manifest_path(shards).read_bytes()
        monkeypatch.setattr(models.PerSource, "generate", None)
        answer = run_cli("run", config, "--shard", "1/2", "--results", shards)
        assert answer.code == 0
        assert "translate: copy: 10 outputs of 10 sources, 0 made now" in answer.out
        assert manifest_path(shards).read_bytes() == before

    def test_more_shards_than_sources_leaves_some_without_any(
        self, run_cli: Cli, results: Path, write_config: WriteConfig
    ) -> None:
        config = write_config(tasks="[summarise]", systems="[{name: lead, family: lead}]")
        answers = [run_cli("run", config, "--shard", f"{number}/3", "--results", results) for number in (1, 2, 3)]
        assert [answer.code for answer in answers] == [0, 0, 0]
        assert sum("no source is in this shard" in answer.out for answer in answers) == 2
        assert run_cli("merge", results, "--results", results).code == 0

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--shard", "3/2"), "--shard: expected I/N, such as 1/8, 2/8 to 8/8, found '3/2'"),
            (("--system", "copy"), "--system: --shard: a shard is of all systems and tasks; leave this option out"),
            (("--task", "translate"), "--task: --shard: a shard is of all systems and tasks; leave this option out"),
            (("--intervals",), "--intervals: --shard: a shard has no scores; give this option to harness merge"),
            (("--format", "csv"), "--format: a shard has no table; expected table or json with --shard"),
        ],
    )
    def test_an_option_that_does_not_fit_is_one_line(
        self, run_cli: Cli, config: Path, results: Path, arguments: tuple[str, ...], message: str
    ) -> None:
        answer = run_cli("run", config, "--shard", "1/2", "--results", results, *arguments)
        assert lines(answer) == [f"harness: {message}"]
        assert not results.exists()

    def test_a_second_process_for_the_same_shard_is_refused(self, config: Path, run_cli: Cli, results: Path) -> None:
        restore = break_it.slowed(0.05)
        child = break_it.started(lambda: break_it.run_shard(config, results, "1/2"))
        try:
            deadline = monotonic() + 30
            while not list(results.glob("shards/1-of-2/*/config.yaml")):
                assert monotonic() < deadline
                sleep(0.01)
            answer = run_cli("run", config, "--shard", "1/2", "--results", results)
        finally:
            restore()
            assert break_it.ended(child) == 0
        (line,) = lines(answer)
        assert line.startswith(
            f"harness: {results / 'shards' / '1-of-2'}: shard 1/2 is being generated by process {child} on "
        )
        assert run_cli("run", config, "--shard", "1/2", "--results", results).code == 0

    def test_commands_that_read_scores_say_that_a_shard_has_none(self, run_cli: Cli, shards: Path) -> None:
        folder = manifest_path(shards).parent
        for command in ("compare", "show", "report"):
            (line,) = lines(run_cli(command, folder))
            assert line == f"harness: {folder}: a shard has no scores; join all shards of the run with harness merge"
        assert run_cli("list", "runs", "--results", shards).out == f"no run in {shards}\n"


# --- joining ----------------------------------------------------------------------------------------------------------


class TestMerge:
    def test_gives_the_files_and_the_table_of_one_process(
        self, run_cli: Cli, config: Path, shards: Path, tmp_path: Path
    ) -> None:
        whole = run_cli("run", config, "--results", tmp_path / "whole")
        merged = run_cli("merge", shards, "--results", tmp_path / "merged")
        assert (merged.code, merged.out) == (whole.code, whole.out) == (0, whole.out)
        assert result_files(tmp_path / "merged") == result_files(tmp_path / "whole")

    def test_the_manifest_has_the_origin_of_each_part(self, run_cli: Cli, shards: Path, results: Path) -> None:
        run_cli("merge", shards, "--results", results)
        (path,) = results.glob("*/manifest.json")
        manifest = json.loads(path.read_text(encoding="utf-8"))
        made = manifest["systems"]["random"]["summarise"]["made"]
        assert [(origin["outputs"], origin["made"]) for origin in made] == [(1, 1)]
        made = manifest["systems"]["copy"]["translate"]["made"]
        assert {(origin["shard"], origin["outputs"]) for origin in made} == {("1/2", 10), ("2/2", 9)}
        assert [shard["shard"] for shard in manifest["shards"]] == ["1/2", "2/2"]
        assert manifest["shards"][0]["command"][:2] == ["harness", *manifest["shards"][0]["command"][1:2]]

    def test_twice_changes_nothing_and_a_run_goes_on_from_there(
        self, run_cli: Cli, config: Path, shards: Path, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = run_cli("merge", shards, "--results", results)
        (folder,) = results.glob("small-*/")
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert run_cli("merge", shards, "--results", results).out == first.out
        monkeypatch.setattr(models.PerSource, "generate", None)
        assert run_cli("run", config, "--results", results).out == first.out
        after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        changed = [path.name for path in before if after.get(path) != before[path]]
        assert changed in ([], ["config.yaml"])  # the order of keys
        assert after.keys() == before.keys()

    def test_folders_of_their_own_and_a_shard_in_two_of_them(
        self, run_cli: Cli, config: Path, shards: Path, tmp_path: Path
    ) -> None:
        for number in (1, 2):
            run_cli("run", config, "--shard", f"{number}/2", "--results", tmp_path / f"own-{number}")
        folders = [tmp_path / "own-2", tmp_path / "own-1"]
        for name, given in {"a": folders, "b": [*folders, shards], "c": [shards / "shards"]}.items():
            assert run_cli("merge", *given, "--results", tmp_path / name).code == 0
        assert result_files(tmp_path / "a") == result_files(tmp_path / "b") == result_files(tmp_path / "c")

    def test_the_parts_may_be_read_only(self, run_cli: Cli, shards: Path, results: Path) -> None:
        before = {path: path.read_bytes() for path in shards.rglob("*") if path.is_file()}
        assert run_cli("merge", shards, "--results", results).code == 0
        assert {path: path.read_bytes() for path in shards.rglob("*") if path.is_file()} == before

    def test_new_outputs_of_shards_replace_stored_ones(
        self, run_cli: Cli, config: Path, shards: Path, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run_cli("merge", shards, "--results", results)
        with monkeypatch.context() as patch:
            patch.setattr(models.PerSource, "generate", _exclaiming(models.PerSource.generate))
            for number in (1, 2):
                run_cli("run", config, "--shard", f"{number}/2", "--results", shards, "--fresh")
        assert run_cli("merge", shards, "--results", results).code == 0
        (export,) = results.glob("*/outputs/translate/copy.jsonl")
        texts = [json.loads(line)["text"] for line in export.read_text(encoding="utf-8").splitlines()]
        assert len(texts) == 19 and all(text.endswith("!") for text in texts)


def _exclaiming(generate: Any) -> Any:
    from dataclasses import replace

    def exclaim(self: models.PerSource, sources: list[Source]) -> Any:
        yield from (replace(each, text=each.text + "!") for each in generate(self, sources))

    return exclaim


# --- what does not fit together ---------------------------------------------------------------------------------------


class TestRefusals:
    @pytest.fixture(autouse=True)
    def nothing_is_written(self, results: Path) -> Any:
        yield
        assert not results.exists()

    def test_a_missing_shard_is_named_with_its_command(
        self, run_cli: Cli, config: Path, shards: Path, results: Path
    ) -> None:
        shutil.rmtree(shards / "shards" / "2-of-2")
        edit_manifest(
            shards, lambda m: m.update(command=["harness", "run", str(config), "--shard", "1/2", "--limit", "9"])
        )
        (line,) = lines(run_cli("merge", shards, "--results", results))
        name = manifest_path(shards).parent.name
        assert line == (
            f"harness: {name}: shard 2/2 is missing or not finished; run: harness run {config} --shard 2/2 --limit 9"
        )

    def test_of_many_missing_shards_the_first_are_named(
        self, run_cli: Cli, config: Path, results: Path, tmp_path: Path
    ) -> None:
        run_cli("run", config, "--shard", "3/64", "--results", tmp_path / "parts")
        printed = lines(run_cli("merge", tmp_path / "parts", "--results", results))
        assert len(printed) == 11
        assert "shard 1/64 is missing" in printed[0] and "shard 4/64 is missing" in printed[2]
        assert printed[-1].endswith("and 53 more like these")

    def test_a_shard_that_was_killed_is_not_finished(self, run_cli: Cli, shards: Path, results: Path) -> None:
        manifest_path(shards).unlink()
        (line,) = lines(run_cli("merge", shards, "--results", results))
        assert "shard 1/2 is missing or not finished; run: " in line

    @pytest.mark.parametrize("what", ["changed", "removed"])
    def test_an_export_that_has_changed_since(self, run_cli: Cli, shards: Path, results: Path, what: str) -> None:
        (export,) = shards.glob("shards/2-of-2/*/outputs/translate/copy.jsonl")
        export.write_bytes(export.read_bytes()[:-1]) if what == "changed" else export.unlink()
        (line,) = lines(run_cli("merge", shards, "--results", results))
        assert "2-of-2" in line
        assert "outputs/translate/copy.jsonl has changed since shard 2/2 was finished; run again: " in line

    def test_shards_of_two_configs(self, run_cli: Cli, config: Path, shards: Path, results: Path) -> None:
        run_cli("run", config, "--shard", "1/2", "--results", shards, "--set", "statistics.seed=7")
        (line,) = lines(run_cli("merge", shards, "--results", results))
        assert "the shards are of different runs: shard" in line
        assert "(statistics.seed: 0, now 7)" in line or "(statistics.seed: 7, now 0)" in line
        assert f"name the folders of one run: harness merge {shards}/shards/*/small-" in line

    def test_two_splits_of_one_run(self, run_cli: Cli, config: Path, shards: Path, results: Path) -> None:
        run_cli("run", config, "--shard", "1/3", "--results", shards)
        (line,) = lines(run_cli("merge", shards, "--results", results))
        assert "was split in two ways: shards 1/2, 2/2; shard 1/3; name the folders of one split: harness merge" in line
        shutil.rmtree(shards / "shards" / "1-of-3")

    def test_identities_that_differ(self, run_cli: Cli, shards: Path, results: Path) -> None:
        def edit(manifest: Any) -> None:
            manifest["systems"]["copy"]["translate"]["identity"]["dtype"] = "bfloat16"

        edit_manifest(shards, edit)
        (line,) = lines(run_cli("merge", shards, "--results", results))
        assert (
            "the shards differ in systems.copy.translate.identity.dtype: bfloat16 in shard 1/2; none in shard 2/2"
            in line
        )

    def test_versions_that_differ_unless_this_is_accepted(
        self, run_cli: Cli, shards: Path, results: Path, tmp_path: Path
    ) -> None:
        def edit(manifest: Any) -> None:
            for origin in manifest["shard"]["origins"].values():
                origin["libraries"]["torch"] = "1.0"

        edit_manifest(shards, edit)
        (line,) = lines(run_cli("merge", shards, "--results", results))
        assert "the shards differ in libraries.torch: 1.0 in shard 1/2; " in line
        assert line.endswith("(--fresh), or accept this with --mixed-versions")
        assert run_cli("merge", shards, "--results", tmp_path / "mixed", "--mixed-versions").code == 0

    def test_one_output_in_two_versions(
        self, run_cli: Cli, config: Path, shards: Path, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(models.PerSource, "generate", _exclaiming(models.PerSource.generate))
            run_cli("run", config, "--shard", "1/2", "--results", tmp_path / "other")
        printed = lines(run_cli("merge", shards, tmp_path / "other", "--results", results))
        assert f"in {shards} and shard 1/2 in {tmp_path / 'other'} have different outputs" in printed[0] or (
            f"in {tmp_path / 'other'} and shard 1/2 in {shards} have different outputs" in printed[0]
        )

    @pytest.mark.parametrize("name", ["empty", "absent"])
    def test_a_folder_without_shards(self, run_cli: Cli, tmp_path: Path, results: Path, name: str) -> None:
        (tmp_path / "empty").mkdir()
        (line,) = lines(run_cli("merge", tmp_path / name, "--results", results))
        assert ("no finished shard in this folder" if name == "empty" else "no such folder") in line

    def test_datasets_that_are_elsewhere_here(
        self, run_cli: Cli, config: Path, shards: Path, results: Path, tmp_path: Path
    ) -> None:
        for path in shards.glob("shards/*/*/config.yaml"):
            path.write_text(path.read_text(encoding="utf-8").replace("references", "elsewhere"), encoding="utf-8")
        (line,) = lines(run_cli("merge", shards, "--results", results))
        assert "the config of the shards cannot be used here: " in line and line.endswith("with --config")
        assert run_cli("merge", shards, "--results", tmp_path / "here", "--config", config).code == 0
        config.write_text(config.read_text(encoding="utf-8").replace("100", "200"), encoding="utf-8")
        (line,) = lines(run_cli("merge", shards, "--results", results, "--config", config))
        assert "restore what has changed, or generate the shards again" in line


# --- systems that fail ------------------------------------------------------------------------------------------------


class TestFailures:
    @pytest.fixture
    def failing(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[tuple[str, ...]], None]:
        generate = models.PerSource.generate

        def fail(ends: tuple[str, ...]) -> None:
            def raising(self: models.PerSource, sources: list[Source]) -> Any:
                for source in sources:
                    if self.description["family"] == "copy-source" and source.id.endswith(ends):
                        raise ValueError("a word too many")
                    yield from generate(self, [source])

            monkeypatch.setattr(models.PerSource, "generate", raising)

        return fail

    @pytest.mark.parametrize("ends", [("s07",), ("s02", "s07", "s11"), ("",)], ids=["one", "three", "every"])
    def test_failures_are_reported_as_one_process_reports_them(
        self, run_cli: Cli, config: Path, results: Path, tmp_path: Path, failing: Any, ends: tuple[str, ...]
    ) -> None:
        failing(ends)
        whole = run_cli("run", config, "--results", tmp_path / "whole")
        for number in (1, 2, 3):
            assert run_cli("run", config, "--shard", f"{number}/3", "--results", results).code in (0, 3)
        merged = run_cli("merge", results, "--results", results)
        assert (merged.code, merged.out) == (whole.code, whole.out)
        assert merged.code == 3
        if ends != ("",):  # how many sources were tried before the system was given up differs
            assert result_files(results) == result_files(tmp_path / "whole")

    def test_the_same_command_tries_failed_sources_again(
        self, run_cli: Cli, config: Path, results: Path, tmp_path: Path, failing: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failing(("s07",))
        for number in (1, 2):
            run_cli("run", config, "--shard", f"{number}/2", "--results", results)
        assert run_cli("merge", results, "--results", results).code == 3
        monkeypatch.undo()
        for number in (1, 2):
            assert run_cli("run", config, "--shard", f"{number}/2", "--results", results).code == 0
        assert run_cli("merge", results, "--results", results).code == 0
        assert run_cli("run", config, "--results", tmp_path / "whole").code == 0
        assert result_files(results) == result_files(tmp_path / "whole")


def test_a_shard_on_a_disk_without_locks_goes_on_with_a_warning(
    config: Path, run_cli: Cli, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    answer = run_cli("run", config, "--shard", "1/2", "--results", results)
    assert answer.code == 0
    assert "this file system has no locks; start each shard only once" in answer.err


def test_a_config_gives_the_same_parts_from_any_place(config: Path, tmp_path: Path) -> None:
    plan = load.load(config)
    stored = tmp_path / "a" / "b" / "stored.yaml"
    stored.parent.mkdir(parents=True)
    stored.write_text(plan.runnable(stored.parent), encoding="utf-8")
    for number in (1, 2, 3):
        assert Shard(number, 3).parts(load.load(stored)) == Shard(number, 3).parts(plan)


def test_a_system_that_is_asked_again_is_refused(run_cli: Cli, write_config: WriteConfig, results: Path) -> None:
    system = "family: openai, base_url: 'http://127.0.0.1:9/v1', model: m, repeat: {segments: 2, times: 2}"
    config = write_config(systems=f"[{{name: far, {system}}}]")
    (line,) = lines(run_cli("run", config, "--shard", "1/2", "--results", results))
    assert line.startswith(f"harness: {config}: far: repeat asks again for segments from the whole run, ")
    assert line.endswith("leave it out with --set systems.far.repeat=null")
