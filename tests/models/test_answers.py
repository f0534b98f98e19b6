"""Rules that take an answer out of what a chat model wrote around it."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from harness.models import _answers
from harness.models._answers import RULES, Answer, read

SOURCE = "प्रधानमंत्री ने टोक्यो में कहा।"
ANSWER = "The Prime Minister said so in Tokyo."


@pytest.mark.parametrize(
    ("written", "rules"),
    [
        (ANSWER, ()),
        (f"  {ANSWER}\n", ()),
        (f"<think>\n\n</think>\n\n{ANSWER}", ("thought",)),
        (f"<think>The user wants English.</think>{ANSWER}", ("thought",)),
        (f"The template opened it; the user wants English.</think>\n\n{ANSWER}", ("thought",)),
        (f"```\n{ANSWER}\n```", ("fence",)),
        (f"```text\n{ANSWER}\n```", ("fence",)),
        (f"{SOURCE}\n\n{ANSWER}", ("source",)),
        (f"Here is the English translation:\n\n{ANSWER}", ("preamble",)),
        (f"Sure! Here's the translation of the text: {ANSWER}", ("preamble",)),
        (f"Translation in English:\n{ANSWER}", ("preamble",)),
        (f"यहाँ अंग्रेज़ी अनुवाद है:\n{ANSWER}", ("preamble",)),
        (f"Translation: {ANSWER}", ("label",)),
        (f"**English translation:** {ANSWER}", ("label",)),
        (f"अनुवाद: {ANSWER}", ("label",)),
        (f"{ANSWER}\n\nLet me know if you need anything else!", ("closing",)),
        (f'"{ANSWER}"', ("quotes",)),
        (f"“{ANSWER}”", ("quotes",)),
        (f"{ANSWER}】", ("bracket",)),
        (f'<think>x</think>Here is the translation:\n```\n"{ANSWER}"\n```', ("thought", "fence", "preamble", "quotes")),
    ],
)
def test_what_stands_around_an_answer_is_removed_by_a_named_rule(written: str, rules: tuple[str, ...]) -> None:
    assert read(written, RULES, source=SOURCE) == Answer(ANSWER, rules)


@pytest.mark.parametrize(
    "answer",
    [
        'He said "yes" and "no".', '"Yes" he said, "no".', "Title deeds were found.", "Translation matters: it works.",
        "The code ``` is kept.", "Here is where they met: Tokyo.", "I hope this helps the farmers, he said.",
        "Here's how India won the title at Lord's: five key moments",
        "He came (late)", "A <think> mark inside stays.", "Summary of the talks: Japan agrees.",
    ],
)  # fmt: skip
def test_text_inside_an_answer_is_never_touched(answer: str) -> None:
    assert read(answer, RULES, source=SOURCE) == Answer(answer)


@pytest.mark.parametrize("source", ['"हाँ।"', "“हाँ”।"])
def test_quotes_of_a_quotation_stay(source: str) -> None:
    assert read('"Yes."', RULES, source=source).text == '"Yes."'


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("जवाब: हाँ, मैं वहाँ था।", "Answer: Yes, I was there."),
        ("उत्तर : हाँ", "Answer: Yes"),
        ("शीर्षकः जल", "Title: Water"),
        ("हेडलाइन: जल", "Headline: Water"),
    ],
)
def test_a_label_that_the_source_has_stays(source: str, answer: str) -> None:
    assert read(answer, RULES, source=source) == Answer(answer)


def test_reasoning_that_the_template_opened_is_reasoning() -> None:
    assert _answers.thought("Let me see.</think>Yes.") == "Let me see."


def test_a_bracket_that_the_source_has_stays() -> None:
    assert read("a) one", ["bracket"], source="क) एक").text == "a) one"
    assert read("one)", ["bracket"], source="एक)").text == "one)"


@pytest.mark.parametrize("written", ["<think>I should", "<think>I should</think>", "<think></think>\n "])
def test_an_answer_of_thought_alone_is_empty_and_says_so(written: str) -> None:
    answer = read(written, RULES, source=SOURCE)
    assert (answer.text, answer.rules, answer.is_only_thought) == ("", ("thought",), True)


def test_an_empty_answer_is_not_thought() -> None:
    assert not read(" ", RULES).is_only_thought


def test_an_answer_begins_inside_the_reasoning_that_the_prompt_opened() -> None:
    assert read(f"so</think>{ANSWER}", RULES, prefilled="<think>\n").text == ANSWER
    assert read("so on", RULES, prefilled="<think>\n").is_only_thought
    assert read(ANSWER, RULES, prefilled="<think></think>") == Answer(ANSWER)


def test_a_contract_can_have_other_marks_around_reasoning() -> None:
    written = f"<|channel>thought\nhm<channel|>{ANSWER}"
    assert read(written, RULES, marks=("<|channel>thought", "<channel|>")) == Answer(ANSWER, ("thought",))


@pytest.mark.parametrize("rule", [name for name in RULES if name != "thought"])
def test_nothing_is_removed_if_nothing_would_be_left(rule: str) -> None:
    for written in ("Translation: ", '""', "``` ```", SOURCE, "]", "Here is the translation:\n"):
        assert read(written, [rule], source=SOURCE).text == written.strip()


def test_without_rules_only_white_space_is_removed() -> None:
    written = f'Translation: "{ANSWER}"'
    assert read(f" {written} ", ()) == Answer(written)


_WORDS = st.lists(
    st.sampled_from(
        "the talks Tokyo said: \"yes\" 'no' (here) [1] translation summary title <b> ``` — प्रधानमंत्री ने कहा। } ] : \n"
        .split(" ")
    ),
    min_size=1, max_size=30,
).map(" ".join)  # fmt: skip
_FREE = st.text(min_size=1, max_size=60)


def _is_bare(answer: str) -> bool:
    """Whether no rule has a claim on an answer as it stands: it is not itself in quotes, a fence, and so on."""
    return bool(answer) and all(read(answer, [name], source=SOURCE).text == answer for name in RULES)


_WRAPPINGS = {
    "thought": "<think>the user asks\nfor English</think>\n\n{}",
    "fence": "```\n{}\n```",
    "source": SOURCE + "\n{}",
    "preamble": "Here is the English translation:\n\n{}",
    "label": "Translation: {}",
    "closing": "{}\n\nI hope this helps!",
    "quotes": "“{}”",
}


@settings(max_examples=1000, deadline=None)
@example(answer="[1]", wrappings=["label", "quotes"])
@given(answer=_WORDS | _FREE, wrappings=st.lists(st.sampled_from(sorted(_WRAPPINGS)), unique=True, max_size=3))
def test_an_answer_comes_back_exactly_from_any_wrapping(answer: str, wrappings: list[str]) -> None:
    answer = answer.strip()
    assume(_is_bare(answer) and not {"“", "”"} & set(answer) and "```" not in answer)
    written = answer
    # Reasoning comes first, whatever else stands around the answer; a fence and quotes end where the answer ends.
    for name in sorted(wrappings, key=list(_WRAPPINGS).index, reverse=True):
        written = _WRAPPINGS[name].replace("{}", written)
    got = read(written, RULES, source=SOURCE)
    assert got.text == answer
    assert set(got.rules) == set(wrappings)


@settings(max_examples=1000, deadline=None)
@given(answer=_WORDS | _FREE)
def test_what_is_left_is_a_part_of_what_was_written(answer: str) -> None:
    got = read(answer, RULES, source=SOURCE)
    assert got.text in answer
    assert bool(got.rules) or got.text == answer.strip()


def test_every_rule_says_what_it_removes() -> None:
    assert all(RULES.values())
    assert set(RULES) == {"thought", *_answers._REMOVE}
