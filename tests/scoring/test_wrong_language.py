"""Outputs in another language of the same script: counted if their function words say so, and never by mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.records import ENGLISH, HINDI
from harness.core.scores import Count
from harness.scoring import diagnostics
from harness.scoring.diagnostics import wrong_language
from tests.conftest import Cli


def count(texts: list[str], target: str) -> Count:
    return diagnostics.measure_texts([texts], target).counts["wrong_language"]


OTHERS = {
    "French": ("Le ministre a inauguré le nouveau pont dans la capitale lundi, et il est ouvert.", ENGLISH),
    "German": ("Der Minister hat am Montag die neue Brücke in der Hauptstadt eröffnet.", ENGLISH),
    "Spanish": ("El ministro inauguró el lunes un nuevo puente en la capital del país.", ENGLISH),
    "Hinglish": ("Mantri ne somvar ko naye pul ka udghatan kiya aur kaha ki yeh zaroori hai.", ENGLISH),
    "optitrans": ("mantrI ne somavAra ko nae pula kA udghATana kiyA hai.", ENGLISH),
    "Marathi": ("मंत्र्यांनी सोमवारी नव्या पुलाचे उद्घाटन केले आहे आणि त्यांनी लोकांशी संवाद साधला.", HINDI),
    "Nepali": ("मन्त्रीले सोमबार नयाँ पुलको उद्घाटन गरेको छ र उनले पनि भाषण गरेका छन् ।", HINDI),
}
RIGHT = {
    "English": ("The minister opened the new bridge in the capital on Monday, and it is in use.", ENGLISH),
    "English with French names": (
        "Le Monde and La Tribune report that the Tour de France will start in Lille.",
        ENGLISH,
    ),
    "English with Spanish names": (
        "The Los Angeles team from El Segundo met La Liga champions Real in the final.",
        ENGLISH,
    ),
    "a headline of names": ("Rio de Janeiro, Los Angeles, El Paso, La Paz, Den Haag, Las Vegas", ENGLISH),
    "English with Hindi words": ("The slogan Har Ghar Tiranga was heard at the rally in Patna on Sunday.", ENGLISH),
    "Hindi": ("मंत्री ने सोमवार को राजधानी में नए पुल का उद्घाटन किया और कहा कि यह ज़रूरी है।", HINDI),
    "short French": ("Le ministre est dans la capitale", ENGLISH),
    "numbers": ("1 2 3 4 5 6 7 8 9 10", ENGLISH),
    "a code": ("TypeError: can only concatenate str not int to str in line", ENGLISH),
    "empty": ("", ENGLISH),
}


@pytest.mark.parametrize(("text", "target"), OTHERS.values(), ids=OTHERS)
def test_another_language_counts(text: str, target: str) -> None:
    assert count([text], target) == Count(1, 1)


@pytest.mark.parametrize(("text", "target"), RIGHT.values(), ids=RIGHT)
def test_the_right_language_and_short_texts_do_not_count(text: str, target: str) -> None:
    assert count([text], target).part == 0


@pytest.mark.parametrize("words", range(wrong_language._LEAST_WORDS))
def test_a_text_of_fewer_than_eight_words_is_not_looked_at(words: int) -> None:
    text = " ".join("le la les des du un une est".split()[:words])
    assert count([text], ENGLISH) == Count(0, 0)


def test_nothing_is_said_of_a_target_without_a_list() -> None:
    assert "wrong_language" not in diagnostics.measure_texts([["Le ministre est dans la capitale"]], "tam_Taml").counts


def test_lists_are_lower_case_and_have_thirty_words_or_more() -> None:
    for pairs in wrong_language._WORDS.values():
        for own, other in pairs:
            assert min(len(own), len(other)) >= 30
            assert all(word == word.lower() and word.split() == [word] for word in own | other)
            assert not own & other


@pytest.mark.parametrize("name", ["argos", "bergamot-tiny", "google", "microsoft", "nllb", "opusmt", "reference"])
def test_no_real_english_output_counts(wmt14: Callable[[str], list[str]], name: str) -> None:
    found = count(wmt14(name), ENGLISH)
    assert found.part == 0 and found.whole > 2300


def test_no_real_hindi_sentence_counts_and_most_count_in_latin_letters(
    shared: Path, wmt14: Callable[[str], list[str]]
) -> None:
    from harness.models._romanisation import romanise

    assert len(wmt14("reference")) == 2507  # the sources are there
    text = (shared / "data" / "wmt14-hi-en" / "source.hi").read_text(encoding="utf-8")
    sources = text.split("\n")[:-1]
    assert count(sources, HINDI).part == 0
    latin = count([romanise(source, "optitrans") for source in sources[:300]], ENGLISH)
    assert latin.part > 0.8 * latin.whole


def test_score_shows_a_column_and_a_sentence(run_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "ref.en").write_text(RIGHT["English"][0] + "\n" * 1 + RIGHT["English"][0] + "\n", encoding="utf-8")
    (tmp_path / "x.en").write_text(RIGHT["English"][0] + " Yes.\n" + OTHERS["French"][0] + "\n", encoding="utf-8")
    files = ("--hypothesis", tmp_path / "x.en")
    scored = run_cli("score", "--task", "translate", *files, "--reference", tmp_path / "ref.en")
    assert scored.code == 0
    assert "other language" in scored.out and "1/2" in scored.out
    assert "x: 1 of 2 outputs of 8 words or more look like another language of the same script" in " ".join(
        scored.out.split()
    )
    assert "other language" in run_cli("score", "--task", "translate", *files).out
