"""The decoding of a checkpoint, and the division of long sources into windows: pure functions, no model."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.core.errors import ModelError
from harness.engines import Decoding
from harness.models._seq2seq.decoding import DecodingOptions, resolve
from harness.models._seq2seq.windows import windows

AUTHORS = {"num_beams": 4, "no_repeat_ngram_size": 2, "length_penalty": 0.6, "max_length": 84}


def chosen(
    wanted: dict[str, Any] | None = None,
    *,
    config: dict[str, Any] | None = None,
    generation: dict[str, Any] | None = None,
    authors: dict[str, Any] | None = None,
) -> Decoding:
    return resolve(
        DecodingOptions(**wanted or {}),
        config=config or {},
        generation=generation or {},
        authors=AUTHORS if authors is None else authors,
    )


class TestWhoIsAsked:
    def test_without_other_settings_the_authors_decoding_is_used(self):
        assert asdict(chosen()) == asdict(
            Decoding(max_new_tokens=83, num_beams=4, no_repeat_ngram_size=2, length_penalty=0.6)
        )

    @pytest.mark.parametrize(
        ("wanted", "generation", "config", "beams"),
        [
            ({"num_beams": 2}, {"num_beams": 3}, {"num_beams": 5}, 2),
            ({}, {"num_beams": 3}, {"num_beams": 5}, 3),
            ({}, {}, {"num_beams": 5}, 5),
            ({}, {"num_beams": None}, {"num_beams": 5}, 5),
            ({}, {}, {"num_beams": None}, 4),
            ({}, {}, {}, 4),
        ],
    )
    def test_config_goes_before_generation_config_before_config_json_before_authors(
        self, wanted, generation, config, beams
    ):
        assert chosen(wanted, generation=generation, config=config).num_beams == beams

    def test_each_value_comes_from_the_first_layer_that_sets_it(self):
        found = chosen({"num_beams": 2}, generation={"length_penalty": 2.0}, config={"no_repeat_ngram_size": 3})
        assert (found.num_beams, found.length_penalty, found.no_repeat_ngram_size) == (2, 2.0, 3)
        assert found.max_new_tokens == 83

    def test_zero_and_false_count_as_set(self):
        said = {"no_repeat_ngram_size": 0, "early_stopping": False}
        found = chosen(said, generation={"no_repeat_ngram_size": 2, "early_stopping": True})
        assert (found.no_repeat_ngram_size, found.early_stopping) == (0, False)

    def test_without_beams_anywhere_decoding_is_greedy(self):
        assert chosen({"max_new_tokens": 5}, authors={}).num_beams == 1

    def test_other_settings_of_a_checkpoint_are_used(self):
        found = chosen(generation={"forced_eos_token_id": 1}, config={"bad_words_ids": [[5]], "d_model": 32})
        assert found.others == {"forced_eos_token_id": 1, "bad_words_ids": [[5]]}

    @pytest.mark.parametrize("key", ["samples", "seed"])
    def test_keys_that_only_the_harness_has_are_not_read_from_a_checkpoint(self, key):
        # Training scripts write their seed into config.json.
        found = chosen({"do_sample": True}, config={key: 42}, generation={key: 43})
        assert (found.samples, found.seed) == (1, 0)


class TestLengths:
    @pytest.mark.parametrize(
        ("wanted", "generation", "config", "new_tokens"),
        [
            ({"max_length": 10}, {"max_new_tokens": 20}, {}, 9),  # the decoder's start is counted in a length
            ({"max_new_tokens": 10}, {"max_length": 20}, {}, 10),
            ({}, {"max_length": 20}, {"max_length": 30}, 19),
            ({}, {"max_new_tokens": 20}, {}, 20),
            ({}, {"max_new_tokens": 20, "max_length": 10}, {}, 20),  # as in transformers
            ({}, {}, {"max_length": 30}, 29),
            ({}, {}, {}, 83),
        ],
    )
    def test_a_limit_may_be_given_with_or_without_the_decoder_s_start(self, wanted, generation, config, new_tokens):
        assert chosen(wanted, generation=generation, config=config).max_new_tokens == new_tokens

    def test_generation_config_s_limit_goes_before_config_json_s_in_whichever_form(self):
        assert chosen(generation={"max_length": 20}, config={"max_new_tokens": 50}).max_new_tokens == 19
        assert chosen(generation={"min_length": 5}, config={"min_new_tokens": 50}).min_new_tokens == 4

    @pytest.mark.parametrize(
        ("wanted", "generation", "new_tokens"),
        [
            ({}, {}, 0),
            ({"min_length": 5}, {"min_new_tokens": 9}, 4),
            ({"min_new_tokens": 5}, {"min_length": 9}, 5),
            ({}, {"min_length": 9}, 8),
            ({}, {"min_length": 0}, 0),
        ],
    )
    def test_the_minimum_length_may_be_given_with_or_without_the_start(self, wanted, generation, new_tokens):
        assert chosen(wanted, generation=generation).min_new_tokens == new_tokens


class TestSampling:
    def test_sampling_in_the_config_replaces_a_checkpoint_s_beams(self):
        found = chosen({"do_sample": True, "top_p": 0.9}, generation={"num_beams": 5})
        assert (found.do_sample, found.num_beams, found.top_p) == (True, 1, 0.9)

    def test_a_checkpoint_s_temperature_is_kept_for_it(self):
        assert chosen({"do_sample": True}, generation={"temperature": 0.7}).temperature == 0.7

    def test_a_checkpoint_s_temperature_means_nothing_to_a_beam_search(self):
        assert chosen(generation={"temperature": 0.7, "top_p": 0.9}) == chosen()

    def test_a_checkpoint_may_sample_by_itself(self):
        found = chosen(generation={"do_sample": True, "num_beams": 1, "top_k": 50})
        assert (found.do_sample, found.num_beams, found.top_k) == (True, 1, 50)

    def test_a_checkpoint_that_samples_does_not_do_it_with_the_authors_beams(self):
        found = resolve(DecodingOptions(), config={}, generation={"do_sample": True}, authors=AUTHORS)
        assert (found.do_sample, found.num_beams) == (True, 1)

    def test_settings_of_sampling_are_allowed_and_unused_in_other_decoding(self):
        generation = {"do_sample": True, "num_beams": 1, "typical_p": 0.5}
        assert not chosen({"do_sample": False}, generation=generation).do_sample
        with pytest.raises(ModelError, match=r"typical_p 0\.5, .* or set do_sample: false"):
            chosen(generation=generation)

    def test_a_config_may_forbid_a_checkpoint_to_sample(self):
        found = chosen({"do_sample": False}, generation={"do_sample": True, "top_k": 50})
        assert (found.do_sample, found.num_beams, found.top_k) == (False, 4, 0)


class TestContradictions:
    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ({"max_length": 5, "max_new_tokens": 5}, "max_length and max_new_tokens say the same thing twice"),
            ({"min_length": 5, "min_new_tokens": 5}, "min_length and min_new_tokens say the same thing twice"),
            ({"min_new_tokens": 9, "max_new_tokens": 5}, "min_new_tokens 9 is over max_new_tokens 5"),
            ({"length_penalty": float("nan")}, "finite number"),
            ({"do_sample": True, "temperature": float("inf")}, "finite number"),
            ({"do_sample": True, "num_beams": 2}, "do_sample with num_beams over 1 is not offered"),
            ({"temperature": 0.5}, "temperature has no effect without do_sample"),
            ({"top_k": 5}, "top_k has no effect without do_sample"),
            ({"top_p": 0.5}, "top_p has no effect without do_sample"),
            ({"samples": 3}, "samples has no effect without do_sample"),
            ({"seed": 3, "do_sample": False}, "seed has no effect without do_sample"),
        ],
    )
    def test_a_config_that_contradicts_itself_is_refused(self, said, reason):
        with pytest.raises(ValidationError, match=reason):
            DecodingOptions(**said)

    @pytest.mark.parametrize(
        ("generation", "name"),
        [
            ({"do_sample": True, "num_beams": 4}, "num_beams"),
            ({"num_beams": 0}, "num_beams"),
            ({"min_length": 200}, "min_new_tokens 199 is over max_new_tokens"),
            ({"max_length": True}, "max_length is True"),
            ({"top_p": 2, "do_sample": True, "num_beams": 1}, "top_p"),
            ({"max_length": "many"}, "max_length is 'many'"),
            ({"encoder_repetition_penalty": 1.5}, "has encoder_repetition_penalty 1.5, a decoding that is not offered"),
            ({"penalty_alpha": 0.6, "top_k": 4}, "has penalty_alpha 0.6, a decoding that is not offered"),
        ],
    )
    def test_a_contradictory_checkpoint_is_refused_in_one_line_of_our_own_words(self, generation, name):
        with pytest.raises(ModelError) as raised:
            chosen(generation=generation)
        assert name in str(raised.value)
        assert "\n" not in str(raised.value)
        assert "pydantic" not in str(raised.value)

    def test_an_unsupported_key_is_allowed_with_the_value_that_has_no_effect(self):
        assert (
            chosen(generation={"typical_p": 1.0, "num_beam_groups": 1, "encoder_no_repeat_ngram_size": 0}) == chosen()
        )


LENGTHS = st.lists(st.integers(1, 60), max_size=14)


def fewest(lengths: list[int], limit: int) -> int:
    """Return the smallest number of windows, by trying every cut; a sentence over the limit needs its own."""
    best = [0]
    for end in range(1, len(lengths) + 1):
        fits = [best[s] for s in range(end) if s == end - 1 or sum(lengths[s:end]) <= limit]
        best.append(1 + min(fits))
    return best[-1]


def lowest_peak(lengths: list[int], count: int) -> int:
    """Return the smallest possible size of the fullest of `count` windows."""
    best: list[list[float]] = [[0.0] + [float("inf")] * len(lengths)]
    for _ in range(count):
        before = best[-1]
        ends = range(len(lengths) + 1)
        best.append([min((max(before[s], sum(lengths[s:e])) for s in range(e)), default=float("inf")) for e in ends])
    return int(best[-1][-1])


class TestWindows:
    @given(LENGTHS, st.integers(1, 80))
    @settings(deadline=None)
    def test_they_have_every_sentence_once_and_in_order(self, lengths, limit):
        found = [index for window in windows(lengths, limit) for index in range(len(lengths))[window]]
        assert found == list(range(len(lengths)))

    @given(LENGTHS, st.integers(1, 80))
    @settings(deadline=None)
    def test_only_a_window_of_one_sentence_may_be_over_the_limit(self, lengths, limit):
        for window in windows(lengths, limit):
            part = lengths[window]
            assert part
            assert len(part) == 1 or sum(part) <= limit

    @given(LENGTHS, st.integers(1, 80))
    @settings(deadline=None)
    def test_there_are_as_few_windows_as_possible(self, lengths, limit):
        assert len(windows(lengths, limit)) == fewest(lengths, limit)

    @given(st.lists(st.integers(1, 20), min_size=1, max_size=12), st.integers(20, 60))
    @settings(deadline=None)
    def test_the_fullest_window_is_as_short_as_this_number_of_windows_allows(self, lengths, limit):
        found = windows(lengths, limit)
        assert max(sum(lengths[window]) for window in found) == lowest_peak(lengths, len(found))

    def test_the_last_sentence_does_not_get_a_window_of_its_own(self):
        assert windows([10] * 9, 80) == [slice(0, 5), slice(5, 9)]
        assert windows([], 80) == []
        assert windows([81, 5], 80) == [slice(0, 1), slice(1, 2)]
