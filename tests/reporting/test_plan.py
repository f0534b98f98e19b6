"""What `harness check` prints of a plan: one golden file per format and width, and the rules for what it says.

The files in golden/ are what the code printed once, checked by eye. Write them anew (and read the difference) with

    python -m tests.reporting.test_plan
"""

from dataclasses import replace

import pytest

from harness.core import files
from harness.core.descriptions import (
    CheckpointDescription,
    DatasetDescription,
    Fault,
    PlanDescription,
    SystemDescription,
    TaskDescription,
)
from harness.reporting import markdown, plan, terminal
from harness.reporting.widths import width
from tests.paths import GOLDEN

GREEDY = {
    "decoding": {"max_new_tokens": 83, "num_beams": 1},
    "origins": {"max_new_tokens": "config", "num_beams": "default", "input_tokens": "checkpoint"},
}
BEAMS = {"max_new_tokens": 83, "num_beams": 4, "length_penalty": 0.6, "no_repeat_ngram_size": 2}
TINY = "a tiny model for tests, poor on real news by design"
CUT = "the rest is cut"


def mt5(name: str, checkpoint: CheckpointDescription, **changes: object) -> SystemDescription:
    system = SystemDescription(
        name=name, family="mt5", checkpoint=checkpoint, device="cpu", dtype="float32", input_tokens=512, longer=CUT,
        decoding=BEAMS, origins=dict.fromkeys([*BEAMS, "input_tokens"], "checkpoint"), memory=1_850_000_000,
    )  # fmt: skip
    return replace(system, **changes)


FOLDER = CheckpointDescription(
    name="tests/models/tiny-mt5", place="folder", parameters=1_298_816, size=2_606_096, download=0
)
HUB = CheckpointDescription(
    name="csebuetnlp/mT5_multilingual_XLSum", revision="2437a524effdbadc327ced84595508f1e32025b3", place="hub",
    size=2_329_638_768, download=2_329_638_768, gated=False, licence="CC-BY-NC-SA", from_family=("licence",),
)  # fmt: skip
CACHED = CheckpointDescription(
    name="org/hindi-summaries-large", revision="0" * 40, place="cache", parameters=1_229_581_312, size=4_918_420_761,
    download=0, gated=True, licence="apache-2.0",
)  # fmt: skip
ABSENT = CheckpointDescription(name="org/gone", revision="main", place="hub")
NO_NETWORK = Fault("no network", "no network: https://hub cannot be reached (timeout); connect, or name a local folder")

LEAD = SystemDescription(name="lead-1", family="lead")
TASK = TaskDescription(
    label="summarise", target="hin_Deva", sources=19, references=("sentence", "brief-a"),
    metrics=("rougeL", "rouge1"), primary="rougeL", systems=("lead-1",),
)  # fmt: skip
PLAN = PlanDescription(
    path="configs/x.yaml", run="x-6754c30d", dataset="india-japan", articles=1, segments=19, licence="CC BY 4.0",
    tasks=(TASK, replace(TASK, label="headline", sources=1, systems=("lead-1",))), systems=(LEAD,),
)  # fmt: skip


def planned(*systems: SystemDescription) -> PlanDescription:
    """Return a plan whose systems all do `summarise`; lead-1 does `headline` too."""
    names = tuple(system.name for system in systems)
    return replace(PLAN, tasks=(replace(TASK, systems=names), PLAN.tasks[1]), systems=systems)


READY = planned(
    LEAD,
    mt5("tiny-mt5", FOLDER, remarks=(TINY,), **GREEDY),
    mt5("tiny-mt5-wide", FOLDER, remarks=(TINY,)),
    mt5("mt5-xlsum", HUB),
    mt5(
        "mt5-xlsum-sampled",
        HUB,
        samples=5,
        decoding={"max_new_tokens": 83, "do_sample": True, "samples": 5},
        origins={"max_new_tokens": "authors", "do_sample": "config", "samples": "config", "input_tokens": "authors"},
    ),
    mt5("large", CACHED, device="cuda", dtype="bfloat16", input_tokens=1024),
)
ASSUMED = {
    "assumed": True, "memory": None,
    "origins": {**dict.fromkeys(BEAMS, "authors"), "num_beams": "config", "input_tokens": "authors"},
}  # fmt: skip
STUCK = planned(
    LEAD,
    mt5("mt5-xlsum", HUB, faults=(Fault("wrong tokenizer", "its tokenizer has 9 tokens and its embedding 5 rows"),)),
    mt5("gone", ABSENT, faults=(NO_NETWORK,), **ASSUMED),
    mt5("gone-wide", ABSENT, faults=(NO_NETWORK,), **ASSUMED),
    mt5("large", CACHED),
)
FILES = {
    "plan-80.txt": lambda: terminal.render(plan.tables(READY) + plan.tables(STUCK), columns=80, fit=True),
    "plan-120.txt": lambda: terminal.render(plan.tables(READY) + plan.tables(STUCK), columns=120, fit=True),
    "plan.md": lambda: markdown.render(plan.tables(READY) + plan.tables(STUCK)),
    "plan.json": lambda: files.dumps(plan.to_json([READY, STUCK]), indent=2) + "\n",
}


def text(description: PlanDescription, columns: int = 300) -> str:
    return terminal.render(plan.tables(description), columns=columns, fit=True)


@pytest.mark.parametrize("name", FILES)
def test_it_reads_as_its_golden_file(name):
    assert FILES[name]() == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", [72, 80, 100, 120])
@pytest.mark.parametrize("description", [READY, STUCK, PLAN], ids=["ready", "stuck", "no checkpoint"])
def test_no_line_is_wider_than_the_terminal(description, columns):
    assert max(map(width, text(description, columns).splitlines())) <= columns


@pytest.mark.parametrize(
    ("systems", "verdict"),
    [
        ([LEAD], "can start; nothing to download"),
        ([LEAD, mt5("a", FOLDER), mt5("b", CACHED)], "can start; nothing to download"),
        ([mt5("a", HUB)], "can start; downloads 2.3 GB first (1 checkpoint)"),
        ([mt5("a", HUB), mt5("b", HUB)], "can start; downloads 2.3 GB first (1 checkpoint)"),
        ([mt5("a", HUB), mt5("b", replace(HUB, revision="v2"))], "can start; downloads 4.7 GB first (2 checkpoints)"),
        (
            [mt5("a", HUB), mt5("b", replace(ABSENT, size=None))],
            "can start; downloads at least 2.3 GB first (2 checkpoints)",
        ),
        ([mt5("b", ABSENT)], "can start; downloads weights of unknown size first (1 checkpoint)"),
        ([LEAD, mt5("a", ABSENT, faults=(NO_NETWORK,))], "cannot start: no network (a)"),
        (
            [LEAD, *(mt5(name, ABSENT, faults=(NO_NETWORK,)) for name in "abcd")],
            "cannot start: no network (4 of 5 systems)",
        ),
        (
            [
                mt5("a", ABSENT, faults=(NO_NETWORK, Fault("no such device", "torch sees cpu here"))),
                mt5("b", HUB, faults=(Fault("no access", "access is gated"),)),
            ],
            "cannot start: no network (a); no such device (a); no access (b)",
        ),
    ],
)
def test_the_first_line_says_whether_a_run_can_start_and_what_is_missing(systems, verdict):
    description = planned(*systems)
    assert text(description).splitlines()[0] == f"configs/x.yaml: {verdict}"
    assert description.can_start == verdict.startswith("can start")


GATED = DatasetDescription(
    name="flores-plus-hin-eng", hub="org/flores", revision="4.3", branch="4.3", licence="CC-BY-SA-4.0", gated=True,
    page="https://hub/datasets/org/flores", cached=False, download=1_250_000,
)  # fmt: skip


@pytest.mark.parametrize(
    ("datasets", "verdict"),
    [
        ([replace(GATED, cached=True, download=0)], "can start; nothing to download"),
        ([GATED], "can start; downloads 1.2 MB first (1 dataset)"),
        ([replace(GATED, download=None)], "can start; downloads data of unknown size first (1 dataset)"),
        (
            [replace(GATED, missing="not in the cache")],
            "can start once the data of flores-plus-hin-eng are downloaded; nothing else to download",
        ),
    ],
)
def test_the_first_line_says_what_data_are_downloaded_or_missing(datasets, verdict):
    assert plan.verdict(replace(PLAN, datasets=tuple(datasets))) == verdict


def test_a_gated_dataset_is_said_with_its_page_and_the_command():
    notes = plan.tables(replace(PLAN, datasets=(replace(GATED, summary="sentences (1,012 segments)"),)))[0].notes
    assert notes[0] == (
        "flores-plus-hin-eng: sentences (1,012 segments); 1.2 MB to download; https://hub/datasets/org/flores at "
        "revision 4.3 (not pinned: resolved to a commit at first use, and recorded in the manifest); "
        "licence: CC-BY-SA-4.0"
    )
    assert notes[1] == (
        "flores-plus-hin-eng: gated, so you must accept its terms once: open that page, log in and accept them there; "
        "then log in on this machine: hf auth login"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"branch": None, "revision": "0" * 40}, "/flores at commit 0000000; licence"),
        (
            {"branch": "4.3", "revision": "0" * 40},
            "(not pinned: resolved to commit 0000000, and recorded in the manifest)",
        ),
        (
            {"branch": "main", "revision": None},
            "at revision main (not pinned: resolved to a commit at first use, and rec",
        ),
        ({"licence": "CC-BY-NC-SA-4.0"}, "licence: CC-BY-NC-SA-4.0, so no commercial use"),
        ({"licence": None}, "licence: not stated"),
        ({"download": None}, "not on this machine, and its size is not known"),
    ],
)
def test_the_revision_and_the_licence_of_a_dataset_are_said(changes, words):
    assert words in plan.tables(replace(PLAN, datasets=(replace(GATED, **changes),)))[0].notes[0]


def test_several_datasets_have_a_line_each_and_references_of_their_own():
    here = DatasetDescription(name="news", articles=60, segments=246, licence="CC BY 4.0", cached=True)
    hub = replace(GATED, branch=None, revision="0" * 40, cached=True, segments=1012)
    task = replace(TASK, references_of={"news": 2, "flores-plus-hin-eng": 1})
    (table,) = plan.tables(replace(PLAN, articles=None, segments=1258, tasks=(task,), datasets=(here, hub)))
    assert table.caption.startswith("run x-6754c30d; 2 datasets (below) with 1,258 segments; outputs")
    assert table.notes == (
        "news: 60 articles, 246 segments; licence: CC BY 4.0",
        "flores-plus-hin-eng: 1,012 segments; in the cache; https://hub/datasets/org/flores at commit 0000000; "
        "licence: CC-BY-SA-4.0",
    )
    assert [[cell.text for cell in row] for row in table.rows[1:3]] == [
        ["references, news", "", "2"], ["references, flores-plus-hin-eng", "", "1"],
    ]  # fmt: skip


def test_a_dataset_that_does_not_name_its_articles_has_segments_only():
    (table,) = plan.tables(replace(PLAN, articles=None, segments=1012))
    assert "dataset india-japan: 1,012 segments; licence: CC BY 4.0" in table.caption


def test_numbers_of_data_that_are_not_here_are_question_marks():
    absent = replace(PLAN, articles=None, segments=None, tasks=(replace(TASK, sources=None),), datasets=(GATED,))
    (table,) = plan.tables(absent)
    assert "dataset flores-plus-hin-eng: not read yet, so its numbers are ?" in table.caption
    (table,) = plan.tables(replace(absent, datasets=(GATED, replace(GATED, name="other"))))
    assert "datasets flores-plus-hin-eng, other: not read yet, so their numbers are ?" in table.caption
    assert [row[-1].text for row in table.rows] == ["hin_Deva", "?", "?"]


def test_a_remark_that_systems_share_is_one_line_with_their_names():
    lines = text(READY).splitlines()
    assert [line for line in lines if TINY in line] == [f"tiny-mt5, tiny-mt5-wide: {TINY}"]
    assert sum("num_beams 4" in line for line in lines) == 2  # by limit: 512 and 1024 tokens
    everyone = planned(LEAD, *(mt5(name, ABSENT, assumed=True, faults=(NO_NETWORK,)) for name in "abcd"))
    assert f"all 4 systems with a checkpoint: {NO_NETWORK.message}" in text(everyone).splitlines()


def test_faults_stand_before_remarks():
    description = planned(mt5("a", FOLDER, remarks=(TINY,)), mt5("b", ABSENT, faults=(NO_NETWORK,)))
    notes = plan.tables(description)[0].notes
    assert notes[:2] == (f"b: {NO_NETWORK.message}", f"a: {TINY}")


def test_columns_with_one_value_go_first_and_the_note_says_the_value():
    tables = plan.tables(planned(mt5("a", FOLDER), mt5("b", FOLDER, input_tokens=256)))
    printed = terminal.render(tables, columns=72, fit=True)
    assert "limit" in printed.split("─")[0]
    assert "dtype (float32 in every row)" in " ".join(printed.split())


def test_a_value_that_is_not_known_is_a_question_mark_and_a_folder_has_no_gate():
    cells = dict(zip((table := plan.tables(STUCK)[0]).columns, table.rows[1], strict=True))
    assert {heading: cell.text for heading, cell in cells.items()} == {
        "system": "gone", "checkpoint": "org/gone", "revision": "main", "params": "?", "size": "?", "memory": "?",
        "cached": "no",
        "gated": "?", "device": "cpu", "dtype": "float32", "limit": "512~", "decoding": "4 beams~",
    }  # fmt: skip
    folder = dict(zip(table.columns, plan.tables(READY)[0].rows[0], strict=True))
    assert (folder["cached"].text, folder["gated"].text) == ("folder", "–")


def test_a_column_in_which_nothing_is_known_is_left_out_and_named():
    table = plan.tables(planned(*(mt5(name, ABSENT, faults=(NO_NETWORK,), **ASSUMED) for name in "ab")))[0]
    assert not {"params", "size", "memory", "gated"} & set(table.columns)
    assert table.notes[-1] == "not known here: params, size, memory, gated"


def test_every_setting_stands_after_the_place_that_its_value_is_from():
    lines = text(STUCK).splitlines()
    assert (
        "gone, gone-wide: config: num_beams 4; authors~: max_new_tokens 83, length_penalty 0.6, "
        "no_repeat_ngram_size 2, input_tokens 512"
    ) in lines
    sampled = "authors: max_new_tokens 83, input_tokens 512"
    assert f"mt5-xlsum-sampled: config: do_sample true, samples 5; {sampled}" in text(READY).splitlines()
    assert "default, unless a line above has another value: num_beams 1" in text(READY).splitlines()


def test_each_licence_stands_once_with_its_systems():
    assert (
        "licences: not stated (tiny-mt5, tiny-mt5-wide); CC-BY-NC-SA~ (mt5-xlsum, mt5-xlsum-sampled); "
        "apache-2.0 (large)"
    ) in text(READY).splitlines()


def test_outputs_are_sources_times_samples():
    rows = {row[0].text: [cell.text for cell in row[2:]] for row in plan.tables(READY)[-1].rows}
    assert rows["lead-1"] == ["19", "1"]
    assert rows["mt5-xlsum-sampled"] == ["95", "–"]


def write_golden_files() -> None:
    for name, render in FILES.items():
        (GOLDEN / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    write_golden_files()
