"""A model that sees only the English must not tell correct from wrong sentences of the challenge set."""

from __future__ import annotations

import math

from tests import lexical_baseline
from tests.lexical_baseline import MOST, Ngrams, Outcome

SENTENCES = [sentence.split() for sentence in ("the dog bit the child", "the dog sat", "a child sat", "the child bit")]


def test_fluency_alone_tells_at_most_60_percent_of_the_whole_set() -> None:
    found = lexical_baseline.outcomes(lexical_baseline.committed())
    assert 0.35 < lexical_baseline.share(found) <= MOST


def test_the_report_gives_the_figure_and_the_items_that_are_told_by_fluency_alone() -> None:
    lines = list(lexical_baseline.report([Outcome("one", 2, 2), Outcome("two", 1, 2), Outcome("three", 0, 4)]))
    assert lines[0].startswith("50.0% of comparisons are right by fluency alone")
    assert lines[1] == "1 of 3 items are told by fluency alone in every comparison: one"


class TestModel:
    def test_probabilities_of_all_words_sum_to_at_most_one_and_nearly_to_one_for_known_ones(self) -> None:
        model = Ngrams(SENTENCES)
        known = {word for sentence in SENTENCES for word in sentence} | {"</s>"}
        for context in (("<s>", "<s>"), ("the", "dog"), ("never", "seen")):
            total = sum(model._probability(context, word) for word in known)
            assert 0.5 < total <= 1.0

    def test_a_sentence_like_the_training_text_is_more_probable_than_the_same_words_in_another_order(self) -> None:
        model = Ngrams(SENTENCES)
        assert model.score("the dog bit the child") > model.score("child the bit dog the")
        assert model.score("the dog sat") > model.score("the unicorn sat") > -math.inf

    def test_trained_on_our_references_it_knows_the_order_of_english_words(self) -> None:
        model = lexical_baseline._model()
        right = "the minister said on tuesday that the work will begin in march ."
        assert model.score(right) > model.score(" ".join(reversed(right.split())))
