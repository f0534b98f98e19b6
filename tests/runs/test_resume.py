"""Outputs that a second run generates: after the same command, an edited config, other data, --fresh, no store."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from harness.core.records import Generation, Source
from harness.models import PerSource
from harness.runs import provenance
from harness.scoring import analysis
from tests.conftest import Cli
from tests.paths import DATASET, GOLDEN, ROOT

WriteConfig = Callable[..., Path]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the requests to models without weights from now on: "lead translate india-japan#s07"."""
    asked: list[str] = []
    generate = PerSource.generate

    def watched(self: PerSource, sources: list[Source]) -> Iterator[Generation]:
        for generation, source in zip(generate(self, sources), sources, strict=True):
            asked.append(f"{self.description['family']} {source.task} {source.id}")
            yield generation

    monkeypatch.setattr(PerSource, "generate", watched)
    return asked


@pytest.fixture
def run(run_cli: Cli, results: Path, made: list[str]) -> Callable[..., list[str]]:
    """Run a config; return the requests to its models."""

    def call(config: Path, *arguments: object, code: int = 0) -> list[str]:
        made.clear()
        answer = run_cli("run", config, "--results", results, *arguments)
        assert answer.code == code, answer.err
        return list(made)

    return call


def folders(results: Path) -> list[Path]:
    """Return the runs, the first one first."""
    return sorted(
        (path.parent for path in results.glob("*/config.yaml")),
        key=lambda path: (path / "config.yaml").stat().st_mtime_ns,
    )


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def edited_copy(place: Path) -> Path:
    """Return a copy of the dataset in which one sentence's text has changed."""
    shutil.copytree(DATASET, place)
    segments = [json.loads(line) for line in (place / "segments.jsonl").read_text(encoding="utf-8").splitlines()]
    article = next(place.glob("article.*.txt"))
    text = article.read_text(encoding="utf-8")
    old = segments[6]["text"]
    new = old.replace("वार्ता", "बैठकें")  # as long as before, so that no other segment moves; no entity is in it
    assert new != old
    assert len(new) == len(old)
    assert text.count(old) == 1
    article.write_text(text.replace(old, new), encoding="utf-8")
    segments[6]["text"] = new
    lines = [json.dumps(segment, ensure_ascii=False) + "\n" for segment in segments]
    (place / "segments.jsonl").write_text("".join(lines), encoding="utf-8")
    return place


COPY = "{name: copy, family: copy-source}"
LATIN = "{name: latin, family: transliterate}"


class TestReuse:
    def test_only_an_added_system_is_generated(self, run: Any, write_config: WriteConfig, results: Path) -> None:
        assert len(run(write_config(systems=f"[{COPY}]"))) == 19
        assert {line.split()[0] for line in run(write_config(systems=f"[{COPY}, {LATIN}]"))} == {"transliterate"}
        assert len(folders(results)) == 2
        # The new run too knows the origin of its outputs.
        (origin,) = manifest(folders(results)[1])["systems"]["copy"]["translate"]["made"]
        assert (origin["run"], origin["outputs"]) == (folders(results)[0].name, 19)

    def test_only_an_added_task_is_generated(self, run: Any, write_config: WriteConfig) -> None:
        lead = "[{name: lead, family: lead}]"
        run(write_config(tasks="[summarise]", systems=lead))
        assert run(write_config(tasks="[summarise, headline]", systems=lead)) == ["lead headline india-japan"]

    def test_only_added_articles_are_generated(self, run: Any, write_config: WriteConfig) -> None:
        assert len(run(write_config(), "--limit", 7)) == 7
        assert [line.rpartition("#")[2] for line in run(write_config(), "--limit", 9)] == ["s08", "s09"]
        assert len(run(write_config())) == 10

    def test_a_renamed_system_reuses_its_outputs(self, run: Any, write_config: WriteConfig) -> None:
        run(write_config(systems=f"[{COPY}]"))
        assert run(write_config(systems="[{name: other, family: copy-source}]")) == []

    @pytest.mark.parametrize("key", ["statistics.seed=3", "tasks.0.metrics=[chrf]", "bounds=[reference]"])
    def test_changed_scoring_generates_nothing(
        self, run: Any, write_config: WriteConfig, results: Path, key: str
    ) -> None:
        config = write_config(tasks="[{name: translate, metrics: [bleu]}]")
        run(config)
        assert run(config, "--set", key) == []
        assert len(folders(results)) == 2

    def test_a_changed_option_is_another_system(self, run: Any, write_config: WriteConfig) -> None:
        config = write_config(tasks="[gist]", systems="[{name: lead, family: lead}]")
        assert len(run(config)) == len(run(config, "--set", "systems.lead.sentences=2")) == 4
        assert run(config) == run(config, "--set", "systems.lead.sentences=2") == []

    def test_only_a_source_whose_text_changed_is_generated_again(
        self, run: Any, write_config: WriteConfig, tmp_path: Path
    ) -> None:
        config = write_config()
        run(config)
        place = edited_copy(tmp_path / "india-japan")
        config.write_text(config.read_text(encoding="utf-8").replace(str(DATASET), str(place)), encoding="utf-8")
        assert run(config) == ["copy-source translate india-japan#s07"]

    def test_a_new_run_reports_the_differences_of_its_config(
        self, run_cli: Cli, write_config: WriteConfig, results: Path, tmp_path: Path
    ) -> None:
        config = write_config(systems=f"[{COPY}]")
        first = run_cli("run", config, "--results", results)
        assert "is a new run" not in first.err
        edited = run_cli("run", write_config(systems=f"[{COPY}, {LATIN}]"), "--results", results, "--set", "limit=5")
        one, two = folders(results)
        line = next(line for line in edited.err.splitlines() if "is a new run" in line)
        assert line.startswith(f"{two.name} is a new run: it differs from {one.name} in ")
        assert "in limit: none, now 5; systems.latin: added; outputs that both need" in line
        again = run_cli("run", config, "--results", results, "--set", "limit=5")
        assert "is a new run" not in again.err
        place = edited_copy(tmp_path / "india-japan")
        text = config.read_text(encoding="utf-8").replace(str(DATASET), str(place))
        config.write_text(text, encoding="utf-8")
        assert "the dataset's content" in run_cli("run", config, "--results", results).err


class TestFresh:
    def test_all_outputs_are_generated_again_and_replaced(
        self, run: Any, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = write_config(systems=f"[{COPY}, {LATIN}]")
        run(config)
        (folder,) = folders(results)
        outputs = folder / "outputs" / "translate" / "copy.jsonl"
        watched = PerSource.generate

        def shouted(self: PerSource, sources: list[Source]) -> Iterator[Generation]:
            for generation in watched(self, sources):
                yield Generation(generation.id, generation.text + "!")

        with monkeypatch.context() as patch:
            patch.setattr(PerSource, "generate", shouted)
            assert len(run(config, "--fresh", "--system", "copy")) == 19
        texts = [json.loads(line)["text"] for line in outputs.read_text(encoding="utf-8").splitlines()]
        assert len(texts) == 19 and all(text.endswith("!") for text in texts)
        assert run(config) == []
        assert outputs.read_text(encoding="utf-8").count("!") >= 19

    def test_after_an_interrupt_the_store_has_new_outputs_and_the_old_ones_of_the_rest(
        self, run: Any, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = write_config()
        run(config)

        def stopped(self: PerSource, sources: list[Source]) -> Iterator[Generation]:
            yield from (Generation(source.id, "new") for source in sources[:5])
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(PerSource, "generate", stopped)
            run(config, "--fresh", code=130)
        assert run(config) == []
        lines = (folders(results)[0] / "outputs/translate/copy.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["text"] == "new" for line in lines] == [True] * 5 + [False] * 14

    def test_a_source_that_fails_keeps_its_old_output_and_is_reported(
        self, run: Any, run_cli: Cli, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = write_config()
        run(config)
        watched = PerSource.generate

        def poisoned(self: PerSource, sources: list[Source]) -> Iterator[Generation]:
            for source in sources:
                if source.id.endswith("s03"):
                    raise MemoryError("too long")
                yield from watched(self, [source])

        with monkeypatch.context() as patch:
            patch.setattr(PerSource, "generate", poisoned)
            answer = run_cli("run", config, "--results", results, "--fresh")
        assert answer.code == 3
        assert "1 of 19 segments failed: india-japan#s03: MemoryError: too long" in answer.out
        assert run(config) == []


class TestFolders:
    """A run's folder without the store."""

    def test_outputs_are_read_from_all_folders_and_not_generated_again(
        self, run: Any, write_config: WriteConfig, results: Path
    ) -> None:
        one, two = write_config(systems=f"[{COPY}]"), "tasks.0.unit=paragraph"
        run(one)
        run(one, "--set", two)
        made_then = manifest(folders(results)[0])["systems"]["copy"]["translate"]["made"]
        (results / "store.sqlite").unlink()
        assert run(one) == run(one, "--set", two) == []
        assert manifest(folders(results)[0])["systems"]["copy"]["translate"]["made"] == made_then
        assert {line.split()[0] for line in run(write_config(systems=f"[{COPY}, {LATIN}]"))} == {"transliterate"}

    def test_the_outputs_of_a_copied_folder_are_stored_when_its_config_is_run(
        self, run: Any, run_cli: Cli, write_config: WriteConfig, results: Path, tmp_path: Path, made: list[str]
    ) -> None:
        config = write_config(systems=f"[{COPY}]")
        run_cli("run", config, "--results", tmp_path / "elsewhere")
        run(write_config(systems=f"[{LATIN}]"))  # so that there is a store here
        (folder,) = folders(tmp_path / "elsewhere")
        shutil.copytree(folder, results / folder.name)
        assert run(write_config(systems=f"[{COPY}]")) == []

    def test_a_folder_without_the_store_is_enough_for_compare_report_and_gate(
        self, run: Any, run_cli: Cli, write_config: WriteConfig, results: Path, tmp_path: Path
    ) -> None:
        run(write_config(systems=f"[{COPY}]"))
        run(write_config(systems=f"[{LATIN}]"))
        for path in results.glob("store.sqlite*"):
            path.unlink()
        one, two = folders(results)
        assert run_cli("compare", one, two).code == 0
        baseline = tmp_path / "base.json"
        assert run_cli("bless", one, "--output", baseline, "--reason", "good", "--by", "me").code == 0
        assert run_cli("gate", one, "--baseline", baseline).code == 0
        assert not list(results.glob("store.sqlite*"))

    def test_the_outputs_of_an_earlier_harness_are_read(
        self, run: Any, write_config: WriteConfig, results: Path
    ) -> None:
        """Three rows as commit d43aca6 wrote them, before there was a store; its manifest is lost."""
        golden = (GOLDEN / "outputs" / "copy-source-d43aca6.jsonl").read_text(encoding="utf-8")
        run(write_config(), "--limit", 3)
        (folder,) = folders(results)
        outputs = folder / "outputs" / "translate" / "copy.jsonl"
        assert outputs.read_text(encoding="utf-8") == golden  # the grammar is the same
        # In another order, as a model gave them, and with texts that no present model writes.
        lines = [line.replace('"text": "', '"text": "old ') + "\n" for line in golden.splitlines()]
        shutil.rmtree(results)
        outputs.parent.mkdir(parents=True)
        outputs.write_text("".join(lines[::-1]), encoding="utf-8")
        assert len(run(write_config())) == 16
        kept = (folders(results)[-1] / "outputs" / "translate" / "copy.jsonl").read_text(encoding="utf-8")
        assert kept.splitlines()[:3] == [line.rstrip("\n") for line in lines]


class TestScores:
    """Scores are computed again if anything that they depend on changes, and only then."""

    @pytest.fixture
    def scored(self, run: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., bool]:
        """Run a config, and return whether anything was scored."""

        def call(config: Path, *arguments: object) -> bool:
            calls: list[str] = []
            assess = analysis.assess
            with monkeypatch.context() as patch:
                patch.setattr(analysis, "assess", lambda *a, **k: (calls.append("x"), assess(*a, **k))[1])
                run(config, *arguments)
            return bool(calls)

        return call

    def test_a_finished_run_scores_nothing_and_prints_and_writes_the_same(
        self, scored: Any, run_cli: Cli, write_config: WriteConfig, results: Path
    ) -> None:
        config = write_config(systems=f"[{COPY}, {LATIN}]")
        first = run_cli("run", config, "--results", results, "--format", "json")
        before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in results.rglob("*") if path.is_file()}
        assert not scored(config)
        assert run_cli("run", config, "--results", results, "--format", "json").out == first.out
        now = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in results.rglob("*") if path.is_file()}
        store = results / "store.sqlite"
        assert {path for path in now if now[path] != before.get(path)} <= {store}
        assert now[store][0] == before[store][0]

    def test_a_finished_run_imports_no_heavy_library(self, run: Any, write_config: WriteConfig, results: Path) -> None:
        """A finished run therefore answers at once."""
        tiny = ROOT / "tests" / "models" / "tiny-mt5"
        mt5 = f"{{name: mt5, family: mt5, checkpoint: {tiny}, device: cpu}}"
        config = write_config(tasks="[translate, headline]", systems=f"[{LATIN}, {mt5}]")
        run(config)
        code = (
            "import sys\nfrom harness.cli import main\ntry:\n    main()\nexcept SystemExit:\n"
            "    heavy = {'torch', 'transformers', 'tokenizers'}\n"  # the config's check reads a sentencepiece model
            "    print(sorted(heavy & set(sys.modules)))"
        )
        command = [sys.executable, "-c", code, "run", str(config), "--results", str(results), "--format", "csv"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert "mt5: 1/1, all stored before" in done.stderr
        assert done.stdout.splitlines()[-1] == "[]"

    @pytest.mark.parametrize(
        "name",
        ["scores.json", "scored.json", "tables/translate.md", "tables/translate.json", "outputs/translate/copy.jsonl"],
    )
    def test_a_missing_or_damaged_file_of_scores_is_written_again(
        self, run: Any, write_config: WriteConfig, results: Path, name: str
    ) -> None:
        config = write_config()
        run(config)
        path = folders(results)[0] / name
        whole = path.read_bytes()
        for damaged in (None, whole[: len(whole) // 2], whole.replace(b"0", b"9", 1) + b" "):
            if damaged is None:
                path.unlink()
            else:
                path.write_bytes(damaged)
            assert run(config) == []
            assert path.read_bytes() == whole

    @pytest.mark.parametrize("what", ["code", "library", "python", "note", "output"])
    def test_a_change_of_anything_that_scores_depend_on_scores_again(
        self, scored: Any, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch, what: str
    ) -> None:
        config = write_config()
        assert scored(config)
        if what == "code":
            monkeypatch.setattr(provenance, "code", lambda: "another")
        elif what == "library":
            versions = provenance.libraries() | {"sacrebleu": "99"}
            monkeypatch.setattr(provenance, "libraries", lambda: versions)
        elif what == "python":
            monkeypatch.setattr("platform.python_version", lambda: "3.99")
        elif what == "note":
            config.write_text(
                config.read_text(encoding="utf-8").replace("copy-source}", "copy-source, note: x}"), encoding="utf-8"
            )
        else:
            outputs = folders(results)[0] / "outputs" / "translate" / "copy.jsonl"
            text = outputs.read_text(encoding="utf-8")
            outputs.write_text(text.replace('"finish": "end"', '"finish": "length"', 1), encoding="utf-8")
            (results / "store.sqlite").unlink()
        assert scored(config)
        assert not scored(config)


def test_the_manifest_has_what_the_issue_asks_for(run: Any, write_config: WriteConfig, results: Path) -> None:
    run(write_config(), "--set", "systems.copy.note=token=geheim")
    found = manifest(folders(results)[0])
    assert set(found) >= {
        "command", "git", "code", "python", "platform", "machine", "cpu", "cpus", "gpus", "libraries", "started",
        "finished", "seconds", "config", "dataset", "seed", "signatures", "systems",
    }  # fmt: skip
    entry = found["systems"]["copy"]["translate"]
    assert set(entry) == {"identity", "outputs", "digest", "made"}
    (origin,) = entry["made"]
    assert set(origin) >= {
        "run", "started", "git", "code", "python", "platform", "cpu", "gpus", "libraries", "made", "seconds",
        "peak_memory", "warnings", "outputs",
    }  # fmt: skip


def test_fresh_outputs_have_their_own_session_in_the_manifest_even_if_they_are_equal(
    run: Any, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Three runs can fit into one second; their sessions would then look the same.
    seconds = count()
    monkeypatch.setattr(provenance, "now", lambda: f"2026-01-01T00:00:{next(seconds):02d}+00:00")

    def told(folder: Path) -> Any:
        found = manifest(folder)
        return [found["command"], found["systems"]["copy"]["translate"]["made"]]

    run(write_config())
    (folder,) = folders(results)
    first = told(folder)
    run(write_config(), "--fresh")
    again = told(folder)
    assert again[1] != first[1]
    run(write_config())
    assert told(folder) == again


def test_a_system_that_does_not_do_the_task_is_one_line_and_creates_no_run(
    run_cli: Cli, write_config: WriteConfig, results: Path
) -> None:
    config = write_config(tasks="[translate, summarise]", systems=f"[{COPY}, {{name: lead, family: lead}}]")
    answer = run_cli("run", config, "--results", results, "--system", "lead", "--task", "translate")
    assert (answer.code, answer.out, results.exists()) == (2, "", False)
    assert answer.err == (
        f"harness: {config}: no selected system (lead) does a selected task (translate); choose others with --system "
        "or --task\n"
    )


def test_a_clock_that_was_set_back_does_not_matter(
    run: Any, write_config: WriteConfig, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config()
    with monkeypatch.context() as patch:
        patch.setattr(provenance, "now", lambda: "2199-01-01T00:00:00+00:00")
        run(config, "--limit", 7)
    for path in results.rglob("*"):
        os.utime(path, (7e9, 7e9))  # in the year 2191
    assert len(run(config)) == 12
    assert run(config) == []
    first, _ = manifest(folders(results)[0])["systems"]["copy"]["translate"]["made"]
    assert first["started"].startswith("2199")


def test_temporary_files_of_a_killed_process_are_deleted_a_day_later(
    run: Any, write_config: WriteConfig, results: Path
) -> None:
    run(write_config())
    (folder,) = folders(results)
    left = [
        folder / ".manifest.json.a1b2_c3d", folder / "tables" / ".translate.md.abcdefgh",
        folder / ".scores.json.12345678", folder / ".DS_Store",
    ]  # fmt: skip
    for path in left:
        path.write_text("half", encoding="utf-8")
    for path in (left[0], left[1], left[3]):
        os.utime(path, (1e9, 1e9))
    assert run(write_config()) == []
    assert [path.exists() for path in left] == [False, False, True, True]
