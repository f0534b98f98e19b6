"""Bad configs: for each the exit code and one line with the mistake, the expected value and the next step.

A row is a change of a good config (or a whole file), and the line that `harness check` prints. Every row is one
cause and therefore one line, without a traceback and within five seconds.
"""

# ruff: noqa: E501  # a row of the table is one line

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import pytest

from tests.conftest import Cli
from tests.paths import DATA, ROOT, TESTS

GOOD = """\
name: good
datasets: [{path: news, format: collection}]
tasks:
  - translate
systems:
  - name: copy
    family: copy-source
"""
LIBRARY = ("value error", "input should be", "field required", "extra inputs", "traceback", "pydantic", "errno")


def laughs(item: str = "x") -> str:
    """Return a file of a few hundred bytes whose aliases stand for a billion values."""
    lines = [f"a: &a [{','.join([item] * 9)}]"]
    lines += [
        f"{one}: &{one} [{','.join([f'*{before}'] * 9)}]" for before, one in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(lines) + "\n"


def mt5(checkpoint: str, more: str = "") -> str:
    """Return the good config with an mT5 in place of its system."""
    keys = "".join(f"\n    {line}" for line in [f"checkpoint: {checkpoint}", *more.splitlines()])
    good = GOOD.replace("- translate", "- summarise")
    return good.replace("name: copy\n    family: copy-source", f"name: m\n    family: mt5{keys}")


def system(name: str = "copy", family: str = "copy-source", **keys: str) -> str:
    """Return the good config with another system."""
    more = "".join(f"\n    {key}: {value}" for key, value in keys.items())
    return GOOD.split("  - name: copy")[0] + f"  - name: {name}\n    family: {family}{more}\n"


def task(entry: str, others: str = "") -> str:
    """Return the good config with another task entry."""
    return GOOD.replace("  - translate", f"  - {entry}{others}")


def also(text: str) -> str:
    return GOOD + text + "\n"


def named(name: str) -> str:
    return GOOD.replace("name: good", f"name: {name}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data, and with checkpoints and files that are nearly all damaged."""
    root = tmp_path_factory.mktemp("configs")
    shutil.copytree(DATA / "run-v1" / "news", root / "news")
    whole = TESTS / "models" / "tiny-mt5"
    (root / "out").mkdir()
    for name in (
        "whole",
        "bare",
        "resized",
        "lora",
        "no-weights",
        "cut",
        "pointer",
        "odd-json",
        "out/run/checkpoint-5",
    ):
        shutil.copytree(whole, root / name)
    (root / "bare" / "spiece.model").unlink()
    (root / "bare" / "tokenizer_config.json").unlink()
    config = json.loads((whole / "config.json").read_text(encoding="utf-8"))
    (root / "resized" / "config.json").write_text(json.dumps({**config, "vocab_size": 250_112}), encoding="utf-8")
    for name in ("config.json", "model.safetensors"):
        (root / "lora" / name).unlink()
    adapter = json.dumps({"base_model_name_or_path": "google/mt5-small", "peft_type": "LORA"})
    (root / "lora" / "adapter_config.json").write_text(adapter, encoding="utf-8")
    (root / "lora" / "adapter_model.safetensors").write_bytes(b"")
    (root / "no-weights" / "model.safetensors").unlink()
    (root / "cut" / "model.safetensors").write_bytes((whole / "model.safetensors").read_bytes()[:1000])
    (root / "pointer" / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\n")
    (root / "odd-json" / "config.json").write_text("{", encoding="utf-8")
    (root / "ck").write_text("a file", encoding="utf-8")
    (root / "passwd").write_text("root:x:0:0:root:/root:/bin/bash\n" * 40, encoding="utf-8")
    (root / "numbers.jsonl").write_text('{"id": 1, "text": 2}\n', encoding="utf-8")
    (root / "empty.jsonl").write_text("\n\n", encoding="utf-8")
    return root


ROWS: dict[str, tuple[str, str]] = {
    # The file as a whole.
    "empty": ("", "{config}: the file is empty"),
    "blank lines": ("\n\n \n", "{config}: the file is empty but for blank lines"),
    "only comments": ("# name: x\n", "{config} line 1: expected keys such as name, datasets, tasks and systems; found only comments"),
    "a list": ("- a\n", "{config} line 1: expected keys such as name, datasets, tasks and systems; found a list"),
    "a text": ("hello\n", "found only 'hello'"),
    "a tab": (GOOD.replace("  - t", "\t- t"), "{config} line 4: not YAML: found a tab; indent with spaces"),
    "two documents": (also("---\nname: x"), "{config} line 8: expected one document, found a second one after ---"),
    "an open bracket": (also("limit: ["), "{config} line 9: not YAML"),
    "a key twice": (also("name: x"), "{config} line 8: key 'name' stands twice; keep one"),
    "a number as a key": (also("1: x"), "{config} line 8: expected text as a key, found 1; quote it"),
    "half a surrogate": (named('"\\ud800"'), "{config} line 1: expected text, found half of a surrogate pair"),
    "a NUL": (named('"\\0"'), '{config} line 1: name: expected letters, digits'),
    "billion laughs": (laughs(), "{config}: its aliases (*name) stand for"),
    "billion laughs in a key that is read": (GOOD + laughs("1").replace("a: &a", "limit: &a"), "{config}: its aliases (*name) stand for"),
    "billion maps": (laughs("{x: 1}"), "{config}: its aliases (*name) stand for"),
    "an anchor in itself": (also("limit: &a [*a]"), "{config} line 8: the anchor &a contains itself (*a)"),
    "an anchor in itself, as a key": (also("statistics: &a {seed: *a}"), "{config} line 8: the anchor &a contains itself"),
    "an anchor in itself, merged": (also("statistics: &a {<<: *a}"), "{config} line 8: the anchor &a contains itself"),
    "an anchor in itself, two levels down": (also("gate: &a\n  checks:\n    - *a"), "{config} line 8: the anchor &a contains itself"),
    "no such anchor": (also("limit: *a"), "{config} line 8: not YAML: found undefined alias 'a'"),
    "nested without end": ("name: " + "{a: " * 3000, "{config}: nested too deeply"),
    "a number of 5,000 digits": (also("limit: " + "1" * 5000), "{config} line 8: '1111"),
    "no month 13": (named("2024-13-45"), "{config} line 1: '2024-13-45' is read as a number or a date, and is not one; quote it"),
    "no hour 99": (named("2001-12-14t99:59:43"), "is read as a number or a date, and is not one; quote it"),
    "!!int of a word": (also("limit: !!int x"), "{config} line 8: 'x' is read as a number or a date"),
    "!!bool of a word": (also("limit: !!bool x"), "{config} line 8: 'x' is read as a number or a date"),
    "a tag of Python": (also("limit: !!python/object/apply:os.system [ls]"), "{config} line 8: expected a value without a tag, found !!python/object/apply:os.system; remove it"),
    "a tag of one's own": (named("!env HOME"), "{config} line 1: expected a value without a tag, found !env; remove it"),
    "!!binary": (named("!!binary '@@'"), "found !!binary; remove it"),
    # Keys at the top.
    "unknown key": (also("seeds: 1"), "{config} line 8: unknown key 'seeds'"),
    "a dot as a name": (named("."), '{config} line 1: name: expected letters, digits and . _ + @ - only, found "."; it must not begin with a dot'),
    "two dots as a name": (named('".."'), 'found ".."; it must not begin with a dot'),
    "a hidden name": (named(".x"), 'found ".x"; it must not begin with a dot'),
    "a slash in a name": (named("a/b"), 'found "a/b"'),
    "a long name": (named("a" * 81), "name: expected at most 80 characters, found"),
    "a commit as a name": (named("72225e2"), "name: expected text, found 7222500.0; quote it"),
    "a year as a name": (named("2024"), "name: expected text, found 2024; quote it"),
    "yes as a name": (named("true"), "name: expected text, found true; quote it"),
    "no name": (named(""), "name: expected text, found null"),
    "a limit of none": (also("limit: 0"), "limit: expected greater than or equal to 1, found 0"),
    "half a source": (also("limit: 1.5"), "limit: expected a whole number, found 1.5"),
    "a seed below 0": (also("statistics: {seed: -1}"), "statistics.seed: expected greater than or equal to 0, found -1"),
    "too few resamples": (also("statistics: {resamples: 1}"), "statistics.resamples: expected greater than or equal to 100"),
    "no confidence": (also("statistics: {confidence: 95}"), "statistics.confidence: expected less than 1, found 95"),
    "infinite tolerance": (also("gate: {tolerance: .inf}"), "gate.tolerance: expected a finite number"),
    "an unknown bound": (also("bounds: [ceiling]"), "bounds.0: expected 'reference' or 'oracle', found \"ceiling\""),
    "a metric that is not scored": (also("gate: {metrics: {rougeL: {}}}"), "unknown metric of the tasks here 'rougeL'"),
    "metrics at the top level": (also("metrics: [bleu]"), "unknown key 'metrics'; it belongs to a task: tasks: [{name: translate, metrics: [chrf++, bleu]}]"),
    "a primary metric at the top level": (also("primary: bleu"), "unknown key 'primary'; it belongs to a task: tasks: [{name: translate, primary: bleu}]"),
    "a key of a task in another section": (also("statistics: {unit: article}"), "unknown key 'unit' (known: "),
    # Tasks: consequences of a mistake in a task are not reported.
    "a misspelt task": (task("translat"), "{config} line 4: unknown task 'translat'; did you mean 'translate'?"),
    "a misspelt task and a family of another": (task("translat").replace("copy-source", "transliterate"), "{config} line 4: unknown task 'translat'"),
    "a misspelt task that a system names": (task("translat").replace("copy-source", "copy-source\n    tasks: [translate]"), "{config} line 4: unknown task 'translat'"),
    "a misspelt task that the gate names": (task("translat", "\n  - summarise").replace("copy-source", "lead") + "gate: {metrics: {bleu: {}}}\n", "{config} line 4: unknown task 'translat'"),
    "a misspelt key of a task": (task("{name: translate, metric: [bleu]}").replace("copy-source", "transliterate"), "{config} line 4: unknown key 'metric'; did you mean 'metrics'?"),
    "a misspelt metric": (task("{name: translate, metrics: [blue]}").replace("copy-source", "transliterate"), "{config} line 4: unknown metric 'blue'; did you mean 'bleu'?"),
    "an unknown unit": (task("{name: translate, unit: word}").replace("copy-source", "transliterate"), "{config} line 4: unknown unit of translate 'word'"),
    "a task without a name": (task("{unit: sentence}").replace("copy-source", "transliterate"), "{config} line 4: key 'name' is missing"),
    "a number as a task": (task("7").replace("copy-source", "transliterate"), "{config} line 4: tasks.0: expected keys and values, found 7"),
    "no metric": (task("{name: translate, metrics: []}").replace("copy-source", "transliterate"), "{config} line 4: metrics is empty"),
    "an option of another task": (task("{name: translate, length: brief}"), "{config} line 4: unknown key 'length' (known: metrics, name, primary, target, unit)"),
    "a misspelt option of a task": (task("{name: summarise, lenght: brief}").replace("copy-source", "lead"), "{config} line 4: unknown key 'lenght'; did you mean 'length'?"),
    "an unknown length": (task("{name: summarise, length: short}").replace("copy-source", "lead"), "{config} line 4: length: expected 'brief', 'sentence' or 'long', found \"short\""),
    "a length that the dataset does not have": (task("{name: summarise, length: sentence}").replace("copy-source", "lead"), "{config} line 4: dataset news: no summaries in hin_Deva for summarise with length: sentence; found only the versions generated, second; write one, or choose another length in the config"),
    "a task thrice": (task("translate", "\n  - translate" * 2), "{config} line 5 and 1 more: task 'translate' stands twice; keep one"),
    "a task that no system does": (task("translate", "\n  - summarise").replace("copy-source", "transliterate"), "{config} line 5: no system here does summarise; add one that does, or remove the task"),
    "a task that no system is given": (task("translate", "\n  - summarise").replace("copy-source", "copy-source\n    tasks: [translate]"), "{config} line 5: no system here does summarise"),
    "a family that does none of the tasks": (task("translate").replace("copy-source", "lead"), "{config} line 6: family 'lead' does none of the tasks here (translate)"),
    # Systems.
    "two systems of one name": (also("  - {name: copy, family: transliterate}"), "{config} line 8: system name 'copy' stands twice, first at {config} line 6; choose another"),
    "three systems of one name": (also("  - {name: Copy, family: transliterate}\n  - {name: COPY, family: copy-source}"), "{config} line 9: system name 'COPY' stands 3 times, first at {config} line 6"),
    "a row's name": (system(name="reference"), "{config} line 6: 'reference' is the name of a bound's row; choose another"),
    "a dot as a system's name": (system(name="."), 'name: expected letters, digits and . _ + @ - only, found "."; it must not begin with a dot'),
    "no family": (system(family="null"), "{config} line 7: key 'family' is missing"),
    "a misspelt family": (system(family="copysource"), "unknown model family 'copysource'; did you mean 'copy-source'?"),
    "one misspelt key in twenty systems": (GOOD.split("  - name")[0] + "".join(f"  - {{name: s{n}, family: copy-source, nots: x}}\n" for n in range(20)), "{config} line 6 and 19 more: unknown key 'nots'; did you mean 'note'?"),
    "a seed of random below 0": (task("summarise").split("  - name")[0] + "  - {name: r, family: random, seed: -1}\n", "seed: expected greater than or equal to 0, found -1"),
    "a file of a user list": (system(family="replay", path="passwd"), "{folder}/passwd line 1: expected one JSON object, found bad JSON (Expecting value, col 1) (and 39 more lines)"),
    "the real user list": (system(family="replay", path="/etc/passwd"), "path: /etc/passwd line 1: expected one JSON object"),
    "a replay of nothing": (system(family="replay", path="gone.jsonl"), "path: expected a JSONL file, found nothing at {folder}/gone.jsonl"),
    "a replay of a folder": (system(family="replay", path="news"), "path: expected a JSONL file, found a folder at {folder}/news"),
    "a replay of a device": (system(family="replay", path="/dev/null"), "path: expected a JSONL file, found no regular file at /dev/null"),
    "a replay of blank lines": (system(family="replay", path="empty.jsonl"), "{folder}/empty.jsonl: the file is empty but for blank lines"),
    "a replay of numbers": (system(family="replay", path="numbers.jsonl"), '{folder}/numbers.jsonl line 1: expected {"id": "...", "text": "..."}, found text int'),
    # Checkpoints.
    "a file for a checkpoint": (mt5("ck"), "checkpoint: {folder}/ck: expected a checkpoint's folder, found a file; name the folder it is in"),
    "a file in a path for a checkpoint": (mt5("./ck"), "checkpoint: {folder}/ck: expected a checkpoint's folder, found a file"),
    "a training's folder that is gone": (mt5("out/checkpoint-500"), "checkpoint: {folder}/out/checkpoint-500: expected a checkpoint's folder, found none"),
    "a folder that is gone beside others": (mt5("out/best"), "checkpoint: {folder}/out/best: expected a checkpoint's folder, found none"),
    "a path of three parts": (mt5("models/mt5/best"), "checkpoint: {folder}/models/mt5/best: expected a checkpoint's folder, found none"),
    "a training's folder alone": (mt5("checkpoint-500"), "checkpoint: {folder}/checkpoint-500: expected a checkpoint's folder, found none"),
    "the folder above the checkpoints": (mt5("out/run"), "not a checkpoint: no config.json in it (it contains checkpoint-5/)"),
    "a path of Windows": (mt5(r"out\best"), "checkpoint: expected a folder, or a name on the hub such as"),
    "a checkpoint that is a number": (mt5("7"), "checkpoint: expected text, found 7; quote it"),
    "no tokenizer": (mt5("bare"), "checkpoint: {folder}/bare: no tokenizer: expected spiece.model or tokenizer.json in it"),
    "a tokenizer of another size": (mt5("resized"), "tokens and its embedding 250,112 rows (vocab_size in config.json); they are not one model's"),
    "an adapter": (mt5("lora"), "checkpoint: {folder}/lora: an adapter, not a whole model; set checkpoint to its base model google/mt5-small, and adapter to"),
    "no weights": (mt5("no-weights"), "no weights that can be loaded: expected model.safetensors"),
    "weights cut short": (mt5("cut"), "{folder}/cut/model.safetensors: not a whole safetensors file (1,000 bytes"),
    "a pointer for weights": (mt5("pointer"), "{folder}/pointer/model.safetensors: a Git LFS pointer, not the weights"),
    "a config.json that is none": (mt5("odd-json"), "{folder}/odd-json/config.json: expected JSON, found"),
    "a commit that is a number": (mt5("org/x", "revision: 72225e2"), "{config} line 9: revision: expected text, found 7222500.0; quote it"),
    "a commit of digits": (mt5("org/x", "revision: 7222512"), "revision: expected text, found 7222512; quote it"),
    "a revision of a folder": (mt5("whole", "revision: main"), "revision: a folder has none; remove it, or name a checkpoint on the hub"),
    "an unknown engine": (mt5("whole", "engine: onnx"), "engine: unknown engine 'onnx'"),
    "an unknown device": (mt5("whole", "device: gpu"), "device: expected auto, cpu, cuda, cuda:1 or mps, found 'gpu'"),
    "a refused type": (mt5("whole", "dtype: float16"), "dtype: float16 is refused: mT5 overflows in it"),
    "an unknown type": (mt5("whole", "dtype: int8"), "dtype: expected 'auto', 'float32', 'bfloat16' or 'float16', found \"int8\""),
    "a million threads": (mt5("whole", "threads: 1000000"), "threads: expected less than or equal to 1024, found 1000000"),
    "unchecked code of a checkpoint": (mt5("whole", "trust_remote_code: true"), "trust_remote_code: refused"),
    # Decoding.
    "a length penalty with one beam": (mt5("whole", "decoding: {num_beams: 1, length_penalty: 2.0}"), "decoding: length_penalty has no effect with one beam; remove length_penalty, or set num_beams to 2 or more"),
    "a length penalty with one beam on a hub": (mt5("org/x", "decoding: {num_beams: 1, length_penalty: 2.0}"), "decoding: length_penalty has no effect with one beam"),
    "a length penalty with samples": (mt5("whole", "decoding: {do_sample: true, length_penalty: 2.0}"), "decoding: length_penalty has no effect with one beam"),
    "early stopping with one beam": (mt5("whole", "decoding: {num_beams: 1, early_stopping: true}"), "decoding: early_stopping has no effect with one beam"),
    "an output of 100,000,000 tokens": (mt5("whole", "decoding: {max_length: 100000000}"), "decoding.max_length: expected less than or equal to 65536, found 100000000"),
    "100,000,000 new tokens": (mt5("whole", "decoding: {max_new_tokens: 100000000}"), "decoding.max_new_tokens: expected less than or equal to 65536"),
    "at least 100,000,000 tokens": (mt5("whole", "decoding: {min_length: 100000000}"), "decoding.min_length: expected less than or equal to 65536"),
    "more at least than at most": (mt5("whole", "decoding: {min_new_tokens: 9, max_new_tokens: 8}"), "min_new_tokens 9 is over max_new_tokens 8"),
    "two lengths": (mt5("whole", "decoding: {max_length: 9, max_new_tokens: 8}"), "max_length and max_new_tokens say the same thing twice; keep one"),
    "a temperature without samples": (mt5("whole", "decoding: {temperature: 0.5}"), "temperature has no effect without do_sample: true"),
    "no beam": (mt5("whole", "decoding: {num_beams: 0}"), "decoding.num_beams: expected greater than or equal to 1, found 0"),
    "a misspelt key of decoding": (mt5("whole", "decoding: {beams: 4}"), "unknown key 'beams'; did you mean 'num_beams'?"),
    # Datasets.
    "a dataset that is gone": (GOOD.replace("path: news", "path: old"), "{folder}/old"),
    "an unknown format": (GOOD.replace("collection", "colection"), "unknown dataset format 'colection'; did you mean 'collection'?"),
    "a number as a format": (GOOD.replace("collection", "7"), "format: expected text, found 7"),
    "a number as a dataset": (GOOD.replace("{path: news, format: collection}", "7"), "datasets.0: expected keys and values, found 7"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ROWS.values(), ids=ROWS)
def test_it_is_one_line(folder: Path, run_cli: Cli, text: str, expected: str) -> None:
    config = folder / "config.yaml"
    config.write_text(text, encoding="utf-8")
    assert_one_line(
        run_cli, ["check", config], expected.replace("{config}", str(config)).replace("{folder}", str(folder))
    )


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("stats.seed=1", "unknown key 'stats'; did you mean 'statistics'?"),
        ("stats.seed.more=1", "unknown key 'stats'"),
        ("statistics.sed=1", "unknown key 'sed'; did you mean 'seed'?"),
        ("statistics.seed=-1", "statistics.seed: expected greater than or equal to 0"),
        ("systems.copy.decoding.num_beams=1", "unknown key 'decoding'"),
        ("systems.cpy.note=x", "unknown item 'cpy'; did you mean 'copy'?"),
        ("name=.", "it must not begin with a dot"),
        ("name=72225e2", "name: expected text, found 7222500.0; quote it"),
        ("name=2024-13-45", "is read as a number or a date, and is not one; quote it"),
        ("name=!!python/name:os.system", "expected a value without a tag"),
        ("limit=&a [*a]", "the anchor &a contains itself"),
        ("limit=[", "the value is not YAML; quote it"),
        ("seed", "expected KEY=VALUE"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line_that_names_the_option(
    folder: Path, run_cli: Cli, override: str, expected: str
) -> None:
    config = folder / "good.yaml"
    config.write_text(GOOD, encoding="utf-8")
    assert_one_line(run_cli, ["check", config, "--set", override], expected, start=f"harness: --set {override}: ")


@pytest.mark.parametrize("row", ["no tokenizer", "a tokenizer of another size", "a task that no system does",
                                 "an output of 100,000,000 tokens", "the real user list"])  # fmt: skip
def test_run_prints_the_line_of_check_and_generates_nothing(
    folder: Path, run_cli: Cli, tmp_path: Path, row: str
) -> None:
    config = folder / "config.yaml"
    config.write_text(ROWS[row][0], encoding="utf-8")
    checked, ran = run_cli("check", config), run_cli("run", config, "--results", tmp_path / "results")
    assert (ran.code, ran.err) == (2, checked.err)
    assert not (tmp_path / "results").exists()


def assert_one_line(run_cli: Cli, arguments: list[object], expected: str, *, start: str = "harness: ") -> None:
    """Check that a command is refused in five seconds of processor time with one line that contains the expected one."""
    began = process_time()
    answer = run_cli(*arguments)
    assert process_time() - began < 5
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(start)
    assert answer.err.count("\n") == 1, answer.err
    assert expected in answer.err
    assert not any(words in answer.err.lower() for words in LIBRARY)


def test_after_ten_causes_there_is_a_count(folder: Path, run_cli: Cli) -> None:
    config = folder / "config.yaml"
    config.write_text(GOOD + "".join(f"key-{number}: 1\n" for number in range(50)), encoding="utf-8")
    lines = run_cli("check", config).err.splitlines()
    assert len(lines) == 11
    assert lines[-1] == f"{config}: 40 more findings are not shown; mend those above first"


def test_the_good_config_is_good(folder: Path, run_cli: Cli) -> None:
    config = folder / "good.yaml"
    for text in (GOOD, mt5("whole")):
        config.write_text(text, encoding="utf-8")
        answer = run_cli("check", config)
        assert (answer.code, answer.err) == (0, "")


def test_the_gate_does_not_advise_to_delete_a_file_that_is_not_a_baseline(run_cli: Cli, tmp_path: Path) -> None:
    config = ROOT / "configs" / "ci.yaml"
    runs = tmp_path / "results"
    shutil.copytree(DATA / "run-v1" / "results", runs)
    answer = run_cli("gate", runs / "first-594087d0", "--baseline", config)
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert f"{config}: expected JSON, found" in answer.err
    assert "name a baseline that harness bless wrote" in answer.err
    assert "delete" not in answer.err


@pytest.fixture
def shown() -> Iterator[Path]:
    """A folder with data and a checkpoint that every user may enter, unlike those of pytest."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(DATA / "run-v1" / "news", folder / "news")
        shutil.copytree(TESTS / "models" / "tiny-mt5", folder / "locked")
        yield folder


NOBODY = ["setpriv", "--reuid=65534", "--clear-groups", sys.executable, "-m", "harness"]


@pytest.fixture(scope="module")
def nobody() -> None:
    """Skip if no other user can run `harness` here."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root and setpriv, to become another user")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if subprocess.run([*NOBODY, "--version"], capture_output=True, check=False, env=environment).returncode != 0:
        pytest.skip("another user cannot read this Python or this checkout")


@pytest.fixture
def as_nobody(nobody: None, shown: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs `harness` as a user who may read only world-readable files."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(shown), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [*NOBODY, *map(str, arguments)], capture_output=True, text=True, check=False, env=environment, cwd=shown
        )

    return run


@pytest.mark.parametrize(
    ("closed", "mode", "text", "expected"),
    [
        pytest.param(
            "locked/model.safetensors", 0, mt5("locked"), "locked/model.safetensors: could not read", id="weights"
        ),
        pytest.param("locked/config.json", 0, mt5("locked"), "locked/config.json: could not read", id="config.json"),
        pytest.param("locked/spiece.model", 0, mt5("locked"), "locked/spiece.model: could not read", id="tokenizer"),
        pytest.param("locked", 0, mt5("locked"), "locked: could not read the folder", id="folder"),
        pytest.param("locked", 0o644, mt5("locked"), "locked: could not read the folder", id="folder that lists only"),
        pytest.param(
            "locked/README.md", 0, system(family="replay", path="locked/README.md"), "could not read", id="replay"
        ),
        pytest.param(
            "locked", 0, system(family="replay", path="locked/README.md"), "could not read", id="replay's folder"
        ),
        pytest.param("news/translations.jsonl", 0, GOOD, "translations.jsonl: could not read", id="references"),
        pytest.param("config.yaml", 0, GOOD, "config.yaml: could not read", id="config"),
    ],
)
def test_a_file_without_read_permission_is_one_line(
    shown: Path, as_nobody: Callable[..., subprocess.CompletedProcess[str]], closed: str, mode: int, text: str,
    expected: str,
) -> None:  # fmt: skip
    config = shown / "config.yaml"
    config.write_text(text, encoding="utf-8")
    (shown / closed).chmod(mode)
    answer = as_nobody("check", config)
    assert answer.returncode == 2, answer.stderr
    assert answer.stderr.count("\n") == 1, answer.stderr
    assert expected in answer.stderr
    assert "Permission denied" in answer.stderr
