"""A run with metrics of annotations: tables of datasets with and without facts, and what a unit is expected to have."""

import json
from pathlib import Path

import pytest

from harness import datasets, tasks
from harness.core.errors import InputError
from harness.core.records import ENGLISH, Entity, Fact
from harness.datasets import FolderOptions
from tests.paths import REFERENCES

CONFIG = """\
name: facts
datasets: [{folders}]
tasks: [{{name: summarise, metrics: [{metrics}]}}]
bounds: []
systems: [{{name: lead-2, family: lead, sentences: 2}}]
"""
INDIA_JAPAN = f"{{path: '{REFERENCES / 'india-japan'}'}}"
NEWS = f"{{path: '{REFERENCES / 'generated-news'}', format: collection}}"


def run(tmp_path: Path, *folders: str, metrics: str = "rougeL, facts, entities"):
    import harness

    config = tmp_path / "facts.yaml"
    config.write_text(CONFIG.format(folders=", ".join(folders), metrics=metrics), encoding="utf-8")
    return harness.run(config, results=tmp_path / "results")


def test_a_dataset_without_annotations_has_no_such_score_and_one_note(tmp_path):
    results = run(tmp_path, INDIA_JAPAN, NEWS)
    values = {(row["task"], row["dataset"], row["metric"]): row["value"] for row in results.scores()}
    by_dataset = {dataset: {metric for _, of, metric in values if of == dataset} for _, dataset, _ in values}
    assert by_dataset == {"india-japan": {"rougeL", "facts", "entities"}, "generated-news": {"rougeL"}}
    assert 0 < values["summarise", "india-japan", "facts"] < 100
    note = "facts, entities: n/a, because no unit of this table has such annotations"
    assert [each for each in results.notes() if "n/a" in each] == [f"generated-news: {note}"]


def test_without_any_other_metric_there_is_nothing_to_score(tmp_path):
    with pytest.raises(InputError, match="no summarise unit has annotations for facts; add another metric"):
        run(tmp_path, NEWS, metrics="facts")


def test_a_metric_of_annotations_is_added_with_the_values_of_a_run_that_names_it(tmp_path, run_cli):
    def values(results, metric):
        return {(row["system"], row["metric"]): row["value"] for row in results.scores() if row["metric"] == metric}

    import harness

    folder = tmp_path / "results"
    for primary, added in (("rougeL", "facts"), ("facts", "entities"), ("facts", "rougeL")):
        asked = run(tmp_path, INDIA_JAPAN, metrics=f"{primary}, {added}")
        run(tmp_path, INDIA_JAPAN, metrics=primary)
        assert run_cli("score", "facts", "--add-metric", added, "--results", folder).code == 0
        assert values(harness.load_run("facts", results=folder), added) == values(asked, added)


def test_a_metric_of_annotations_is_not_added_to_a_run_without_any(tmp_path, run_cli):
    run(tmp_path, NEWS, metrics="rougeL")
    answer = run_cli("score", "facts", "--add-metric", "facts", "--results", tmp_path / "results")
    assert answer.code == 2 and "no unit of its tables has annotations for facts" in answer.err


def test_a_metric_of_annotations_is_added_to_the_tables_that_have_them_and_the_others_say_why_not(tmp_path, run_cli):
    asked = run(tmp_path, INDIA_JAPAN, NEWS, metrics="rougeL, facts")
    run(tmp_path, INDIA_JAPAN, NEWS, metrics="rougeL")
    arguments = ("score", "facts", "--add-metric", "facts", "--results", tmp_path / "results", "--format", "json")
    answer = run_cli(*arguments)
    assert answer.code == 0, answer.err
    tables = {table["dataset"]: table for table in json.loads(answer.out)["tasks"]}
    facts = tables["india-japan"]["systems"][0]["metrics"]["facts"]["value"]
    values = {(row["dataset"], row["metric"], row["system"]): row["value"] for row in asked.scores()}
    assert facts == values["india-japan", "facts", tables["india-japan"]["systems"][0]["name"]]
    assert "facts" not in tables["generated-news"]["systems"][0]["metrics"]
    note = "facts: n/a, because no unit of this table has such annotations"
    assert note in tables["generated-news"]["notes"] and note not in tables["india-japan"]["notes"]


@pytest.fixture(scope="module")
def india_japan():
    return datasets.get("handwritten").load(FolderOptions(path=REFERENCES / "india-japan"))


def test_a_translated_segment_is_expected_to_have_its_own_facts_and_entities(india_japan):
    of_unit = tasks.annotated(tasks.get("translate"), india_japan)
    names = {each.id.partition("#")[2] for each in of_unit["india-japan#s19"]}
    assert names == {"f20", "e23"}
    assert of_unit["india-japan#s05"] == ()


def test_a_summary_is_expected_to_have_those_of_the_body(india_japan):
    (annotations,) = tasks.annotated(tasks.get("summarise").choose(target=ENGLISH), india_japan).values()
    facts = [each.id for each in annotations if isinstance(each, Fact)]
    entities = [each.id for each in annotations if isinstance(each, Entity)]
    assert len(facts) == len(set(facts)) == 28 and len(entities) == len(set(entities))
    assert "india-japan#e22" not in entities  # the standfirst alone has it
