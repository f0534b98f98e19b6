"""Text that models and tools leave in outputs: what counts as residue, what is left without it, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.core.records import ENGLISH, HINDI
from harness.scoring import Resampling, TestSet, analysis, diagnostics, systems

REFERENCES = (
    "The minister opened the new bridge on Monday.",
    "Farmers in the valley asked for more water.",
    "The court will hear the case next week.",
    "Schools stay closed because of heavy rain.",
)
OTHERS = {
    "special_tokens", "placeholders", "log_prefixes", "numbered", "quoted", "preamble", "byte_order_mark", "gaps",
    "spacing",
}  # fmt: skip


def clean(name: str, *texts: str) -> list[str]:
    rule = diagnostics.every()[name].clean
    assert rule is not None
    return rule(texts)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("special_tokens", "The <unk> opened", "The opened"),
        ("special_tokens", "The minister.</s>", "The minister."),
        ("special_tokens", "<s> The minister </s><pad><pad>", "The minister"),
        ("special_tokens", "[CLS] The [UNK] opened [SEP]", "The opened"),
        ("special_tokens", "The minister.<|im_end|>", "The minister."),
        ("special_tokens", "The ⁇ opened", "The opened"),
        ("special_tokens", "The minister<0x0A>", "The minister"),
        ("special_tokens", "The min@@ is@@ ter opened", "The minister opened"),
        ("special_tokens", "The min ##ister opened", "The minister opened"),
        ("special_tokens", "▁The ▁min ister ▁opened", "The minister opened"),
        ("special_tokens", "▁The▁minister▁opened", "The minister opened"),
        ("special_tokens", "The minister ▁opened", "The minister opened"),
        ("special_tokens", "The Ġmin ister Ġopened", "The minister opened"),
        ("special_tokens", "hin_Deva मंत्री ने", "मंत्री ने"),
        ("special_tokens", "hin_Deva eng_Latn The minister", "The minister"),
        ("special_tokens", "</s>eng_Latn The minister", "The minister"),
        ("special_tokens", ">>eng<< The minister", "The minister"),
        ("special_tokens", "__en__ The minister", "The minister"),
        ("special_tokens", "<2en> The minister", "The minister"),
        ("special_tokens", "en_XX The minister", "The minister"),
        ("special_tokens", "[en_XX] The minister", "The minister"),
        ("gaps", "<extra_id_0> The minister <extra_id_1>", "The minister"),
        ("placeholders", "The minister paid <ID1> rupees.", "The minister paid rupees."),
        ("placeholders", "Write to < ID 2 >", "Write to"),
        ("log_prefixes", "H-0\t-0.3\tThe minister", "The minister"),
        ("log_prefixes", "D-12\t-0.2874\tThe minister", "The minister"),
        ("log_prefixes", "T-3\tThe minister", "The minister"),
        ("log_prefixes", "0 ||| The minister ||| F0= -1.2 ||| -1.2", "The minister"),
        ("quoted", '"The minister opened it."', "The minister opened it."),
        ("quoted", "“मंत्री आए।”", "मंत्री आए।"),
        ("preamble", "Here is the English translation: The minister", "The minister"),
        ("preamble", "Sure! Here's the translation:\n\nThe minister", "The minister"),
        ("preamble", "Translation: The minister", "The minister"),
        ("preamble", "**Summary:** The minister", "The minister"),
        ("preamble", "The translation of the text is: The minister", "The minister"),
        ("preamble", "<think>\nHe means a minister.\n</think>\n\nThe minister", "The minister"),
        ("preamble", "हिंदी अनुवाद: मंत्री", "मंत्री"),
        ("preamble", "यहाँ लेख का सारांश है: मंत्री", "मंत्री"),
        ("preamble", "सारांश: मंत्री", "मंत्री"),
        ("preamble", "The minister. I hope this helps!", "The minister."),
        ("byte_order_mark", "\ufeffThe minister", "The minister"),
        ("spacing", "He came , and ( so ) did people 's .", "He came, and (so) did people's."),
        ("spacing", "बैठक हुई ।", "बैठक हुई।"),
    ],
)
def test_residue_is_found_and_removed(name: str, text: str, expected: str) -> None:
    assert clean(name, text, "And an ordinary sentence.") == [expected, "And an ordinary sentence."]
    assert diagnostics.measure_texts([[text, "x"]], ENGLISH).counts[name].part == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "The minister said: no.",
        "The summary of the report was read aloud.",
        "Here is what he said: no translation is needed.",
        'He said "no" and left "soon"',
        "Prices rose 5 < 10 and 12 > 3.",
        "a@@b.org is no address",
        "The ID card cost 100 rupees.",
        "2006 was a good year.",
        "Ħal Ġdid is a village.",
        "S-400 missiles arrived.",
        "H-1B visas are rare.",
        "PM_Modi wrote #India on X.",
        "मंत्री ने कहा: नहीं।",
        "शीर्षक पर विवाद",
        "संख्या 12.5 है।",
        "A | B || C",
    ],
)
def test_ordinary_text_is_no_residue(text: str) -> None:
    for target in (ENGLISH, HINDI):
        counts = diagnostics.measure_texts([[text, "x"]], target).counts
        assert {name for name in OTHERS if counts[name].part} == set()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1. a", "2. b", "3. c"], ["a", "b", "c"]),
        (["0) a", "1) b", "2) c"], ["a", "b", "c"]),
        (["[1] a", "[2] b", "[3] c"], ["a", "b", "c"]),
        (["1\ta", "2\tb", "3\tc"], ["a", "b", "c"]),
        (["१. अ", "२. ब", "३. स"], ["अ", "ब", "स"]),
        (["1. a", "2. b", "", "4. d"], ["a", "b", "", "d"]),
        (["1. a", "2. b"], None),
        (["1. a", "b", "c", "d", "e"], None),
        (["7. a", "9. b", "4. c"], None),
        (["1 a", "2 b", "3 c"], None),
    ],
)
def test_numbers_are_residue_if_they_count_the_outputs(texts: list[str], expected: list[str] | None) -> None:
    assert clean("numbered", *texts) == (expected or texts)


def row(outputs: Sequence[Sequence[str]], *, primary: str = "chrf++") -> tuple[str, ...]:
    """Return the notes on a system with these outputs, one list for each sample."""
    test_set = TestSet(
        task="translate", target=ENGLISH, primary=primary, metrics=("chrf++", "bleu"), ids=("a", "b", "c", "d"),
        articles=(), references={"r": REFERENCES},
    )  # fmt: skip
    (found,) = systems.score_systems(test_set, {"x": outputs}, notes={})
    scores = analysis.assess(test_set, [found], Resampling(resamples=100))
    assert scores.systems[0].notes == found.notes
    return found.notes


def test_the_note_names_what_the_residue_costs() -> None:
    perfect = list(REFERENCES)
    assert row([perfect]) == ()
    (note,) = row([[f"Here is the English translation: {text}" for text in perfect]])
    assert note.startswith("4 of 4 outputs have words of a chat model around the answer (Here is the translation: ...)")
    assert "; with it removed, chrf++ is 100.0 instead of 85.9" in note


def test_the_cost_is_in_the_primary_metric() -> None:
    (note,) = row([[f"<unk> {text}" for text in REFERENCES]], primary="bleu")
    assert "; with it removed, bleu is 100.0 instead of " in note


def test_what_references_write_too_is_no_residue() -> None:
    quoted = TestSet(
        task="headline", target=ENGLISH, primary="chrf++", metrics=("chrf++",), ids=("a", "b"), articles=(),
        references={"r": ('"We will win"', "Rain stops play")},
    )  # fmt: skip
    (found,) = systems.score_systems(quoted, {"x": [['"We win"', '"Rain wins"']]}, notes={})
    assert found.notes == ()
    (found,) = systems.score_systems(quoted, {"x": [["</s> We win", "</s> Rain"]]}, notes={})
    assert len(found.notes) == 1


def test_the_cost_is_averaged_over_samples() -> None:
    clean_sample = list(REFERENCES)
    (one,) = row([[f"H-{n}\t-0.31\t{text}" for n, text in enumerate(REFERENCES)]])
    (two,) = row([[f"H-{n}\t-0.31\t{text}" for n, text in enumerate(REFERENCES)], clean_sample])
    assert one.startswith("4 of 4 outputs are lines") and two.startswith("4 of 8 outputs are lines")
    assert "is 100.0 instead of" in one and "is 100.0 instead of" in two and one != two


def test_each_kind_of_residue_has_its_own_note_and_cost() -> None:
    notes = row([["<unk> " + REFERENCES[0], "\ufeff" + REFERENCES[1], "<ID1> " + REFERENCES[2], REFERENCES[3]]])
    assert len(notes) == 3 and all("; with it removed, chrf++ is " in note for note in notes)


@pytest.mark.parametrize("texts", [["<unk>"] * 4, ["</s>", "", "▁", "<pad>"]])
def test_outputs_of_nothing_but_residue_can_be_scored_without_it(texts: list[str]) -> None:
    row([texts])
