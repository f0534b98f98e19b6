"""The format of challenge sets: what an item, a pair and a condition must be, and the dataset that they make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import ProblemsError
from harness.core.records import Dataset
from harness.datasets import FolderOptions, challenge

FED = {
    "id": "causatives-1", "phenomenon": "causatives", "group": "grammar", "pair": "causatives-a",
    "source": "माँ ने बच्चे को खाना खिलाया।", "correct": ["The mother fed the child."],
    "wrong": ["The mother ate the food."], "error": "causative lost",
    "must": ["\\bfed\\b"], "must_not": ["\\bate\\b", "\\bhad\\b"],
}  # fmt: skip
HAD_FED = FED | {
    "id": "causatives-2", "source": "माँ ने आया से बच्चे को खाना खिलवाया।",
    "correct": ["The mother had the nanny feed the child."], "wrong": ["The mother fed the child."],
    "must": ["\\bhad\\b.*\\bfeed\\b"], "must_not": ["\\bmother fed\\b"],
}  # fmt: skip
TWELVE = {
    "id": "digits-1", "phenomenon": "digits", "group": "numbers-and-time", "source": "१२ लोग आए।",
    "correct": ["Twelve people came."], "wrong": ["21 people came."], "error": "digits swapped",
    "must": [{"value": 12}], "must_not": [{"other_value": [12]}],
}  # fmt: skip


def load(folder: Path, *items: dict[str, Any], description: str = "") -> Dataset:
    """Return the dataset of these items."""
    path = folder / "small"
    path.mkdir(exist_ok=True)
    lines = "".join(f"{json.dumps(item, ensure_ascii=False)}\n" for item in items)
    (path / "items.jsonl").write_text(lines, encoding="utf-8")
    if description:
        (path / "dataset.yaml").write_text(description, encoding="utf-8")
    return challenge.load(FolderOptions(path=path))


class TestDataset:
    def test_a_pair_is_one_article_and_an_item_without_one_another(self, tmp_path: Path) -> None:
        dataset = load(tmp_path, FED, HAD_FED, TWELVE)
        assert [article.id for article in dataset.articles] == ["small/causatives-a", "small/digits-1"]
        assert dataset.documents == {
            "small#causatives-1": "small/causatives-a",
            "small#causatives-2": "small/causatives-a",
            "small#digits-1": "small/digits-1",
        }

    def test_the_items_of_a_pair_need_not_be_neighbours(self, tmp_path: Path) -> None:
        dataset = load(tmp_path, FED, TWELVE, HAD_FED)
        assert [len(article.segments) for article in dataset.articles] == [2, 1]

    def test_correct_sentences_are_references_and_wrong_ones_are_not(self, tmp_path: Path) -> None:
        (reference,) = load(tmp_path, TWELVE).references["translations"]
        assert (reference.id, reference.version, reference.text) == (
            "small#digits-1", "correct-1", "Twelve people came.",
        )  # fmt: skip

    def test_contrasts_are_the_sentences_within_20_percent_of_one_on_the_other_side(self, tmp_path: Path) -> None:
        dataset = load(tmp_path, FED | {"pair": None, "wrong": ["The mother ate the food.", "She ate."]}, TWELVE)
        texts = [(reference.id, reference.text) for reference in dataset.references["contrasts"]]
        assert texts == [
            ("small#causatives-1", "The mother fed the child."),
            ("small#causatives-1", "The mother ate the food."),
        ]

    def test_group_and_phenomenon_are_labels_and_only_groups_have_intervals(self, tmp_path: Path) -> None:
        labels = load(tmp_path, FED, HAD_FED, TWELVE).annotations.labels
        assert {name: of_name.has_intervals for name, of_name in labels.items()} == {"group": True, "phenomenon": False}
        assert labels["phenomenon"].by_segment["small#causatives-2"] == "causatives"

    def test_the_version_is_a_note_of_every_score_and_in_the_origin_of_the_data(self, tmp_path: Path) -> None:
        dataset = load(tmp_path, TWELVE, description='version: "7"\nnotes: [try it]\n')
        assert dataset.notes == ("version 7 of the items of small", "try it")
        assert dataset.origins == ({"dataset": "small", "version": "7"},)


# Changes of a sound item, and the beginning of the message that `harness check` prints for it.
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"eror": "x"}, "unknown key 'eror'; did you mean 'error'?"),
    ({"source": None}, "source: expected text, found null"),
    ({"group": "gramar"}, "group: expected 'grammar', "),
    ({"id": "Digits 1"}, "id: "),
    ({"correct": []}, "correct is empty; expected at least 1"),
    ({"source": "Twelve people came."}, "expected hin_Deva, found only 0% of the letters in that script"),
    ({"must": ["\\bten("]}, "must: '\\\\bten(' is no regular expression: missing )"),
    ({"must": ["Twelve"]}, "must: 'Twelve' has capital letters, and is searched in the output in lower case"),
    ({"must": [{"valu": 12}]}, "must: unknown condition 'valu'; did you mean 'value'?"),
    ({"must": [{"value": "12"}]}, 'must: value: expected a number such as 35000000 or 2.5, found "12"'),
    ({"must": [{"value": 12, "percent": 3}]}, "must: expected a regular expression or one of value, percent, time,"),
    ({"must": [{"time": "25:00"}]}, 'must: time: expected a time such as "12:30", found "25:00"'),
    ({"must": [{"date": "5/4/2025"}]}, 'must: date: expected a date such as "2025-04-05", found "5/4/2025"'),
    ({"must": [[]]}, "must: expected conditions in the list, found none"),
    ({"must": [{"other_value": [3]}]}, "must: other_value is for must_not; write value"),
    ({"must_not": [{"other_value": []}]}, "must_not: other_value: expected a list of numbers such as [37], found []"),
    ({"must": [{"value": 13}], "must_not": [{"value": 21}]}, "digits-1: expected pass for its correct sentence"),
    ({"must_not": ["never"]}, "digits-1: expected fail for its wrong sentence '21 people came.', found undecided"),
    ({"correct": ["Twelve people came."] * 2}, "digits-1: the sentence 'Twelve people came.' stands twice; keep one"),
    ({"pair": "digits-a"}, "pair digits-a: expected two items, found digits-1"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), FAULTS, ids=lambda value: str(value)[:50])
def test_a_mistake_in_an_item_is_named_with_its_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ProblemsError) as error:
        load(tmp_path, FED, HAD_FED, TWELVE | change)
    (problem,) = error.value.problems
    assert problem.where == f"{tmp_path / 'small' / 'items.jsonl'} line 3"
    assert problem.message.startswith(message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "causatives-1"}, "causatives-1 stands on line 1 already"),
        ({"phenomenon": "passive"}, "pair causatives-a: expected phenomenon causatives, found passive"),
        ({"group": "lexicon"}, "causatives-2: expected group grammar, as in the other items of causatives"),
        (
            {"must": ["\\bfe"], "must_not": ["^(?!the mother fed).* and "], "wrong": ["She ate and fed."]},
            "causatives-2: 'The mother fed the child.' passes, but it is the translation of causatives-1",
        ),
    ],
)  # fmt: skip
def test_the_items_of_a_pair_agree_and_no_translation_passes_both(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ProblemsError) as error:
        load(tmp_path, FED, HAD_FED | change)
    (problem,) = error.value.problems
    assert problem.where == f"{tmp_path / 'small' / 'items.jsonl'} line 2"
    assert problem.message.startswith(message)


def test_a_line_that_cannot_be_read_makes_no_pair_look_incomplete(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError) as error:
        load(tmp_path, FED, HAD_FED | {"group": "?"})
    assert [problem.message.partition(":")[0] for problem in error.value.problems] == ["group"]
