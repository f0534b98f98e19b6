"""What can be said of outputs without a reference: the rule of each diagnostic, and what all of them keep to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core import registry, text
from harness.core.records import ENGLISH, HINDI, Generation
from harness.core.scores import Count, Diagnostics
from harness.scoring import diagnostics
from harness.scoring.diagnostics import Column, Diagnostic, DivisionCounts, Outputs, Remark, Threshold, spacing
from harness.tasks import TaskKind
from tests.paths import DATA

SOURCES = ["one two three four five six", "seven eight nine ten"]


def count(name: str, *texts: str, target: str = ENGLISH, sources: Sequence[str] = ()) -> tuple[float, float] | None:
    """Return the part and the whole that a diagnostic counts in these outputs, one for each source."""
    found = diagnostics.measure_texts([texts], target, sources).counts.get(name)
    return None if found is None else (found.part, found.whole)


# --- what every diagnostic keeps to -----------------------------------------------------------------------------------

SAMPLES = [
    (Generation("a#s1", "one two three four", 8, 5, seconds=0.5, cut_tokens=2, unknown_tokens=1, truncated=True),),
    (Generation("a#s2", "", 3, 0, finish="length", seconds=0.25, cut_tokens=0, unknown_tokens=0),),
]
PARTS = DivisionCounts(outputs=1, units=2, omitted=1, added=1, merged=0, split=1, swapped=0)
# Some diagnostics measure only translations or only summaries.
KINDS: tuple[TaskKind, ...] = ("translation", "summarisation")


@pytest.mark.parametrize("name", diagnostics.every())
class TestEvery:
    def test_it_counts_a_part_of_a_whole_and_stores_it_as_json(self, name: str) -> None:
        found = next(
            counts[name]
            for kind in KINDS
            if name
            in (counts := diagnostics.measure(Outputs(SAMPLES, ENGLISH, SOURCES, kind=kind, division=PARTS)).counts)
        )
        assert found.part >= 0
        assert found.part <= found.whole or diagnostics.every()[name].unit in ("mean", "ratio", "tokens/s")
        assert Count(**json.loads(json.dumps(asdict(found)))) == found

    def test_no_output_and_an_empty_output_are_legal(self, name: str) -> None:
        for generations in ([], [(Generation("a#s1", ""),)]):
            values = diagnostics.rates(diagnostics.measure(Outputs(generations, HINDI)))
            assert values[name] is None or values[name] >= 0

    def test_its_name_is_a_key_of_a_config(self, name: str) -> None:
        assert name.isidentifier() and name == name.lower()

    def test_it_is_described_in_words_and_thresholds_have_units_that_the_gate_compares(self, name: str) -> None:
        diagnostic = diagnostics.every()[name]
        assert diagnostic.label.strip() == diagnostic.label != ""
        assert diagnostic.threshold is None or diagnostic.unit in ("count", "percent")
        assert diagnostic.remark is None or diagnostic.remark.text.format(part=1, whole=2, percent="50%")


def test_no_two_diagnostics_have_one_place_or_one_label() -> None:
    for values in (
        [each.place for each in diagnostics.every().values()],
        [e.label for e in diagnostics.every().values()],
    ):
        assert len(set(values)) == len(values)


def test_a_new_diagnostic_is_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its counts, value, remark, column, CSV column and JSON follow from the file; the gate's key does too."""
    from harness.config import schema
    from harness.reporting import without_references as reported

    shouting = Diagnostic(
        place=75,
        label="outputs that shout",
        unit="percent",
        count=lambda outputs: Count(sum(text.isupper() for text in outputs.texts), len(outputs.texts)),
        column=Column("loud", "outputs in capitals"),
        remark=Remark("{part} of {whole} outputs shout"),
        threshold=Threshold(2.0, "share of outputs in capitals"),
    )
    with_it = {**diagnostics.every(), "shouting": shouting}
    monkeypatch.setattr(diagnostics, "every", lambda: with_it)
    found = diagnostics.measure_texts([["HELP", "no"]], ENGLISH)
    assert (found.counts["shouting"], diagnostics.rates(found)["shouting"]) == (Count(1, 2), 50)
    assert diagnostics.remarks(found) == ("1 of 2 outputs shout",)
    table = reported.table("translate", ENGLISH, {"x": found}, ())
    assert table.rows[0][table.columns.index("loud")].text == "50.0%"
    assert "loud: outputs in capitals." in table.legend.lines
    assert reported.system_to_json(found)["shouting"] == {"part": 1, "whole": 2, "value": 50, "unit": "percent"}
    assert reported.to_csv("translate", {"x": found}).splitlines()[0].endswith(",shouting")
    assert schema._check_thresholds()().model_dump()["shouting"] == 2.0


def test_the_registry_lists_them() -> None:
    assert sorted(diagnostics.every()) == registry.names("diagnostics")


# --- their rules ------------------------------------------------------------------------------------------------------


def test_an_output_of_white_space_is_empty() -> None:
    assert count("empty", "", " \n", "a") == (2, 3)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("ha ha ha", None, id="three words have no run of four"),
        pytest.param("one two three four", 0, id="one run"),
        pytest.param("a b c d a b c d", 1 / 5, id="one of five stands twice"),
        pytest.param("ha " * 23, 19 / 20, id="one word over and over"),
        pytest.param("A, b. C! d? a b c d", 1 / 5, id="case and punctuation do not count"),
        pytest.param("वह घर गया था और वह घर गया था", 1 / 6, id="Hindi"),
        pytest.param("the end of the day and the start of the day", 0, id="phrases of three are ordinary"),
    ],
)
def test_repetition_is_the_share_of_word_4_grams_that_the_output_contained_before(
    text: str, share: float | None
) -> None:
    assert count("repetition", text) == ((0, 0) if share is None else (pytest.approx(share), 1))


def test_the_repetition_of_a_system_is_the_mean_over_its_outputs_of_four_words_or_more() -> None:
    texts = ("a b c d a b c d", "one two three four", "too short")
    assert count("repetition", *texts) == (pytest.approx(0.2), 2)
    assert diagnostics.rates(diagnostics.measure_texts([texts], ENGLISH))["repetition"] == pytest.approx(10)


@pytest.mark.parametrize(
    ("text", "target", "lettered", "wrong"),
    [
        ("the minister", ENGLISH, 1, 0),
        ("मंत्री", ENGLISH, 1, 1),
        ("मंत्री", HINDI, 1, 0),
        ("The minister मंत्री", ENGLISH, 1, 0),
        ("PM मंत्री ने कहा", HINDI, 1, 0),
        ("2006 — 10:30", ENGLISH, 0, 0),
        ("", ENGLISH, 0, 0),
    ],
)
def test_an_output_is_in_the_wrong_script_if_less_than_half_of_its_letters_are_in_the_targets(
    text: str, target: str, lettered: int, wrong: int
) -> None:
    assert count("wrong_script", text, target=target) == (wrong, lettered)


def test_the_share_of_a_script_counts_letters_and_marks() -> None:
    # Of the letters a, b, c, d and व, ह, four are Latin.
    assert count("script", "abcd", "वह", "12 ...", "") == (4, 6)
    # Six letters and one mark.
    assert count("script", "वह घर गया।", target=HINDI) == (7, 7)
    assert count("script", "12.5 %", " ", target=HINDI) == (0, 0)


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("He came .", 1),
        ("people 's problems", 1),
        ("बैठक हुई ।", 1),
        ("वह जाता है ।", 1),
        ("उन्होंने कहा , हम", 1),
        ("वह पढ़ा ।", 1),
        ("वह जाता है।", 0),
        ("5 % more", 1),
        ("( see ) here", 1),
        ("He came.", 0),
        ("people's problems", 0),
        ("He said, 'so' - and left ...", 0),
        ("at 7 :30", 0),
        ("", 0),
    ],
)
def test_a_sign_is_apart_if_a_space_stands_between_it_and_its_word(text: str, apart: int) -> None:
    assert count("spacing", text) == (apart, 1)


def test_gap_marks_are_those_of_pre_trained_mt5() -> None:
    assert count("gaps", "<extra_id_0> से", "extra", "") == (1, 3)


def test_lengths_are_in_words_and_against_the_source() -> None:
    assert count("words", "one two three", "four five") == (5, 2)
    assert count("length", "one two three", "four five", sources=SOURCES) == (5, 10)
    assert count("length", "one two three") is None


@pytest.mark.parametrize(
    ("outputs", "copied"),
    [
        pytest.param(["one two three four", "seven eight nine ten"], (2, 2), id="all"),
        # Two runs in each output; of these four, two occur in the source.
        pytest.param(["zero one two three four", "seven eight nine ten eleven"], (2, 4), id="half"),
        pytest.param(["four three two one", "a b c d"], (0, 2), id="words-in-another-order"),
        pytest.param(["seven eight nine ten", "one two three four"], (0, 2), id="of-another-source"),
        pytest.param(["one two three", ""], (0, 0), id="too-short-to-tell"),
    ],
)
def test_copying_is_the_share_of_runs_of_four_words_that_occur_in_the_own_source(
    outputs: list[str], copied: tuple[int, int]
) -> None:
    assert count("copied", *outputs, sources=SOURCES) == copied
    assert count("copied", *outputs) is None


def test_outputs_that_another_source_has_too_are_doubled_and_empty_ones_are_not() -> None:
    assert count("doubled", "yes", "no", " yes ", "", " ", "no", "maybe") == (4, 7)


def test_two_samples_of_one_source_with_the_same_text_are_not_doubled() -> None:
    assert diagnostics.measure_texts([["yes", "no"], ["yes", "yes"]], ENGLISH).counts["doubled"] == Count(3, 4)


def test_every_sample_counts_as_an_output_and_a_source_is_read_once() -> None:
    one = Generation(
        "a#s1", "", input_tokens=8, output_tokens=5, truncated=True, finish="length", seconds=0.5, cut_tokens=2,
        unknown_tokens=1,
    )  # fmt: skip
    found = diagnostics.measure(Outputs([(one, replace(one, sample=1, text="words", finish="end"))], ENGLISH))
    wanted = {
        "empty": (1, 2), "stopped": (1, 2), "speed": (10, 1.0), "cut": (1, 1), "unread": (2, 10), "unknown": (1, 8),
    }  # fmt: skip
    assert found.outputs == 2
    assert {name: (found.counts[name].part, found.counts[name].whole) for name in wanted} == wanted
    values = diagnostics.rates(found)
    assert {name: values[name] for name in (*wanted, "repetition", "copied")} == {
        "empty": 1, "stopped": 50, "speed": 10, "cut": 100, "unread": 20, "unknown": 12.5, "repetition": None,
        "copied": None,
    }  # fmt: skip


def test_files_do_not_say_how_an_output_ended() -> None:
    assert {"stopped", "speed", "cut", "unread", "unknown"} & set(
        diagnostics.measure_texts([["a"]], ENGLISH).counts
    ) == set()


def test_rates_of_nothing_are_none_and_not_zero() -> None:
    values = diagnostics.rates(diagnostics.measure(Outputs([], ENGLISH)))
    assert {name: value for name, value in values.items() if value is not None} == {"empty": 0, "doubled": 0}


# --- remarks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "part", "whole", "said"),
    [
        ("empty", 0, 9, None),
        ("empty", 1, 900, "1 of 900 outputs are empty"),
        ("stopped", 2, 9, "2 of 9 outputs stopped at the length limit"),
        ("gaps", 1, 9, "1 of 9 outputs contain <extra_id_...>"),
        ("wrong_script", 1, 101, None),
        ("wrong_script", 1, 100, "1 of 100 outputs have most letters in another script"),
        ("repetition", 0.4, 9, None),
        ("repetition", 4.5, 9, "outputs repeat themselves: 50% of their runs of four words occurred before"),
        ("copied", 9, 9, None),
    ],
)
def test_a_reader_of_scores_is_told_of_faults_only(name: str, part: float, whole: int, said: str | None) -> None:
    remarks = diagnostics.remarks(Diagnostics(9, {name: Count(part, whole)}))
    assert [remark.startswith(said or "") for remark in remarks] == ([True] if said else [])


# --- what was stored before -------------------------------------------------------------------------------------------


def test_the_health_of_an_earlier_baseline_gives_the_same_values() -> None:
    stored = json.loads(Path(DATA / "run-v1" / "baseline.json").read_text(encoding="utf-8"))
    healths = [system["health"] for task in stored["tasks"] for system in task["systems"]]
    assert healths
    for health in healths:
        values = diagnostics.rates(diagnostics.from_health(health))
        assert values["empty"] == health["empty"]
        assert values["stopped"] == 100 * health["stopped"] / health["outputs"]
        assert (values["cut"] is None) == (health["reading"] is None)


def test_the_reading_of_earlier_scores_becomes_counts() -> None:
    raw = {"sources": 3, "cut_sources": 1, "tokens": 60, "cut_tokens": 20, "unknown_tokens": 6}
    values = diagnostics.rates(diagnostics.from_reading(raw))
    assert (values["cut"], values["unread"], values["unknown"]) == (pytest.approx(100 / 3), 25, 10)


# --- flags of single outputs ------------------------------------------------------------------------------------------


class TestFlags:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ("They met in Tokyo.", ("names",)),
            ("They met in town.", ()),
            ("", ("empty",)),
            (" \u200d", ("empty",)),
            ("टोक्यो में मिले", ("wrong_script",)),
            ("2024", ("quantities",)),
            ("the same four words the same four words", ("repetition",)),
            ("one two three four five six", ("copied",)),
            ("One, two three four five six!", ("copied",)),
            ("They met in town </s>", ("special_tokens",)),
            ("They met .", ("spacing",)),
            ("Here is the English translation: They met.", ("preamble",)),
            ("वे मिले <extra_id_0>", ("untranslated", "gaps")),
        ],
    )
    def test_of_one_output(self, content: str, expected: tuple[str, ...]) -> None:
        outputs = Outputs([(Generation("a#s1", content),)], ENGLISH, SOURCES[:1], kind="summarisation")
        assert diagnostics.flags(outputs) == [expected]

    def test_of_what_the_system_says_of_an_output(self) -> None:
        assert diagnostics.flags(Outputs(SAMPLES, ENGLISH)) == [("cut", "unknown"), ("empty", "stopped")]

    def test_residue_that_a_reference_has_too_is_not_marked(self) -> None:
        outputs = Outputs([(Generation("a", '"We met"'),), (Generation("b", '"We met too"'),)], ENGLISH)
        assert diagnostics.flags(outputs) == [("quoted",), ("quoted",)]
        assert diagnostics.flags(outputs, [["They met", None], ['"It was a meeting"', "They met"]]) == [(), ("quoted",)]

    def test_each_sample_of_a_source_has_its_own(self) -> None:
        of_source = tuple(Generation("a", content, sample=n) for n, content in enumerate(("", "We met", "We met .")))
        assert diagnostics.flags(Outputs([of_source], ENGLISH)) == [("empty",), (), ("spacing",)]

    # The others count words and tokens.
    @pytest.mark.parametrize(
        "name", sorted({*diagnostics.flag_names()} - {"copied", "copied_span", "repetition", "unknown"})
    )
    def test_a_diagnostic_that_counts_outputs_counts_those_that_it_marks(self, name: str) -> None:
        texts = [
            "", "वे टोक्यो में मिले", "They met .", "They met </s>", "They met", "They met",
            "le ministre des affaires est venu dans la ville pour une visite", "<extra_id_0> <ID1>",
        ]  # fmt: skip
        generations = [
            (Generation(str(index), text, 5, 5, truncated=index == 3, finish="length" if index == 4 else "end"),)
            for index, text in enumerate(texts)
        ]
        outputs = Outputs(generations, ENGLISH, ["दो लोग मिले"] * len(texts))
        marked = sum(name in of_output for of_output in diagnostics.flags(outputs))
        assert marked == diagnostics.measure(outputs).counts[name].part


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    texts=st.lists(st.text("aA \n.'sİ", max_size=8), max_size=6),
    marks=st.sets(st.text("a .'si", min_size=1, max_size=2)),
)
def test_texts_that_contain_a_mark_are_those_in_which_it_is_found(texts, marks):
    expected = [index for index, content in enumerate(texts) if any(mark in content.lower() for mark in marks)]
    assert diagnostics.containing(marks, texts) == expected


@settings(derandomize=True, deadline=None, max_examples=300)
@given(texts=st.lists(st.text("a .'s\n\u2003।", max_size=8), max_size=6))
def test_signs_apart_are_those_of_the_regular_expression(texts):
    apart = sum(bool(spacing._APART.search(content)) for content in texts)
    assert count("spacing", *texts) == (apart, len(texts))


@settings(derandomize=True, deadline=None, max_examples=300)
@given(texts=st.lists(st.text("ab .", max_size=40), max_size=6))
def test_repetition_is_the_share_of_runs_that_occurred_before(texts):
    shares = []
    for words in map(text.words, texts):
        runs = [tuple(words[start : start + 4]) for start in range(len(words) - 3)]
        shares += [sum(run in runs[:place] for place, run in enumerate(runs)) / len(runs)] if runs else []
    assert count("repetition", *texts) == pytest.approx((sum(shares), len(shares)), abs=1e-12)
