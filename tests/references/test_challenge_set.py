"""The challenge set keeps its own rules, and its conditions judge sentences that its authors did not write."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from harness.core import checks
from harness.core.findings import Place
from harness.datasets import FolderOptions, _challenge_items, challenge
from harness.models._romanisation import Scheme, romanise
from tests import challenge as command
from tests.challenge import LEAST, ParaphraseRow

FINDINGS = command.Every()
ITEMS = _challenge_items.read([command.ITEMS], FINDINGS)
PARAPHRASES = command.read([command.PARAPHRASES], FINDINGS)
GROUPS = {"grammar", "numbers-and-time", "lexicon", "names-and-writing", "discourse"}


def test_the_files_have_no_mistakes() -> None:
    assert FINDINGS.lines == []
    dataset = challenge.load(FolderOptions(path=command.ITEMS.parent))
    assert dataset.warnings == ()
    assert sum(len(article.segments) for article in dataset.articles) == len(ITEMS)


def test_every_paraphrase_gets_its_verdict_and_repeats_no_other_sentence() -> None:
    assert [f"{place}: {message}" for place, message in command.wrong(ITEMS, PARAPHRASES)] == []


def test_every_item_has_enough_paraphrases() -> None:
    assert command.lacking(ITEMS, PARAPHRASES) == {}


def test_there_are_10_items_of_each_of_30_phenomena_in_every_group() -> None:
    assert {item.group for _, item in ITEMS} == GROUPS
    phenomena = Counter(item.phenomenon for _, item in ITEMS)
    assert len(phenomena) == 30
    assert set(phenomena.values()) == {10}


def test_every_item_can_be_run_in_both_ways() -> None:
    assert [item.id for _, item in ITEMS if not _challenge_items.contrasts(item)] == []


def test_a_source_has_4_to_14_words() -> None:
    assert [item.id for _, item in ITEMS if not 4 <= len(item.source.rstrip("।").split()) <= 14] == []


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_hindi_in_latin_letters_never_passes_nor_does_the_source_itself(scheme: Scheme) -> None:
    passed = [
        (item.id, output)
        for _, item in ITEMS
        for output in (item.source, romanise(item.source, scheme))
        if checks.verdict(item.check(), output) == "pass"
    ]
    assert passed == []


def test_an_item_that_asks_for_a_value_also_asks_for_words() -> None:
    """Else a number alone would pass, in any language."""
    for _, item in ITEMS:
        entries = [{condition.kind for condition in entry} for entry in item.check().must]
        assert {"pattern"} in entries, item.id


def test_translations_of_other_sentences_hardly_ever_pass() -> None:
    others = [(item.phenomenon, sentence) for _, item in ITEMS for sentence in item.correct]
    tried = [
        (item.id, sentence, checks.verdict(item.check(), sentence))
        for _, item in ITEMS
        for phenomenon, sentence in others
        if phenomenon != item.phenomenon
    ]
    passed = [(name, sentence) for name, sentence, verdict in tried if verdict == "pass"]
    assert len(passed) <= 0.001 * len(tried), passed


def test_the_same_source_in_another_spelling_is_another_text() -> None:
    sources = [source for _, item in ITEMS for source in (item.source, *item.variants)]
    assert len(sources) == len(set(sources))


def test_no_wrong_sentence_is_only_undecided() -> None:
    """A condition that no wrong sentence meets would count every fault as undecided."""
    for _, item in ITEMS:
        assert {checks.verdict(item.check(), sentence) for sentence in item.wrong} == {"fail"}


@pytest.mark.parametrize("frame", ["Translation: {}", 'Here is the translation:\n\n"{}"', "**{}**", "{}\n"])
def test_a_frame_around_a_sentence_does_not_change_its_verdict(frame: str) -> None:
    for _, item in ITEMS:
        for expected, sentences in (("pass", item.correct), ("fail", item.wrong)):
            for sentence in sentences:
                assert checks.verdict(item.check(), frame.format(sentence)) == expected, (item.id, sentence)


class TestCommand:
    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ('{"item": "no-such-1", "text": "x", "verdict": "pass"}', "unknown item 'no-such-1'"),
            (
                '{"item": "ergative-1", "text": "The child bit the dog.", "verdict": "fail"}',
                "is a sentence of the item itself; write another",
            ),
            ('{"item": "ergative-1", "text": "The cat sat.", "verdict": "pass"}', "found undecided"),
            ('{"item": "ergative-1", "text": "x", "verdict": "maybe"}', "verdict: expected 'pass' or 'fail'"),
        ],
    )
    def test_it_names_each_mistake_with_its_line(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, message: str
    ) -> None:
        file = tmp_path / "new.jsonl"
        file.write_text(f"{line}\n", encoding="utf-8")
        assert command.main([str(file)]) == 1
        first = capsys.readouterr().out.split("\n")[0]
        assert first.startswith(f"{file} line 1: ")
        assert message in first

    def test_it_says_what_is_still_to_be_written(self) -> None:
        row = ParaphraseRow(item="ergative-1", text="A dog bit him.", verdict="pass")
        items = [item for item in ITEMS if item[1].id == "ergative-1"]
        missing = command.lacking(items, [(Place("new.jsonl", 1), row)])
        assert missing == {"ergative-1": {"pass": LEAST["pass"] - 1, "fail": LEAST["fail"]}}

    def test_the_committed_files_pass(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert command.main([]) == 0
        assert ", 0 mistakes;" in capsys.readouterr().out
