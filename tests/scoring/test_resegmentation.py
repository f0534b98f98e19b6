"""The pieces of an article's segments in the output of a system that reads the whole article."""

import random

import pytest

from harness.core.text import is_blank
from harness.scoring import resegmentation
from tests import alignment

REFERENCES = [
    "India and Japan discuss new areas of cooperation",
    "The foreign secretary met the Japanese vice minister in New Delhi on Monday.",
    "They reviewed bilateral relations, and spoke about defence, trade and technology.",
    "The ministry said that the talks were useful for both countries.",
    "The next meeting will be held in Tokyo in March.",
]
OUTPUTS = [
    "India, Japan discuss new cooperation areas",
    "Foreign secretary met with Japan's vice minister on Monday in New Delhi.",
    "Bilateral relations were reviewed, and defence, trade and technology were spoken about.",
    "The ministry said the talks had been useful to both the countries.",
    "Next meeting is to be held in March in Tokyo.",
]
UNRELATED = "Heavy rain is expected over the weekend along the western coast."


def divide(output: str, references: list[str] = REFERENCES):
    divided = resegmentation.divide(output, [[text] for text in references])
    return divided, [" ".join(text.split()) for text in divided.texts(output)]


class TestPieces:
    @pytest.mark.parametrize("separator", ["\n", " ", "\n\n", "  \n"])
    def test_each_segment_gets_its_own_sentence_however_lines_are_joined(self, separator):
        divided, pieces = divide(separator.join(OUTPUTS))
        assert pieces == OUTPUTS
        assert (divided.omitted, divided.added, divided.split, divided.swapped) == ((), (), 0, 0)

    def test_two_segments_in_one_sentence_get_a_part_each(self):
        joined = f"{OUTPUTS[3].rstrip('.')}, and the next meeting is to be held in March in Tokyo."
        divided, pieces = divide(" ".join([*OUTPUTS[:3], joined]))
        assert pieces[3:] == [f"{OUTPUTS[3].rstrip('.')},", "and the next meeting is to be held in March in Tokyo."]
        assert divided.merged >= 1

    def test_two_sentences_for_one_segment_stay_together(self):
        two = "Bilateral relations were reviewed. Defence, trade and technology were spoken about."
        divided, pieces = divide("\n".join([*OUTPUTS[:2], two, *OUTPUTS[3:]]))
        assert pieces[2] == two
        assert divided.split == 1

    @pytest.mark.parametrize("number", range(5))
    def test_a_segment_that_was_left_out_gets_an_empty_piece(self, number):
        divided, pieces = divide("\n".join(OUTPUTS[:number] + OUTPUTS[number + 1 :]))
        assert divided.omitted == (number,)
        assert pieces == [*OUTPUTS[:number], "", *OUTPUTS[number + 1 :]]

    @pytest.mark.parametrize("number", range(1, 6))
    def test_a_sentence_of_no_segment_is_counted_and_stays_in_the_piece_before_it(self, number):
        output = "\n".join([*OUTPUTS[:number], UNRELATED, *OUTPUTS[number:]])
        divided, pieces = divide(output)
        assert [output[start:end] for start, end in divided.added] == [UNRELATED]
        assert pieces[number - 1] == f"{OUTPUTS[number - 1]} {UNRELATED}"

    def test_each_sentence_of_an_addition_is_counted(self):
        added = [UNRELATED, "Schools in the hills stay closed.", "Buses run as usual."]
        divided, _ = divide(" ".join([*OUTPUTS[:3], *added, *OUTPUTS[3:]]))
        assert len(divided.added) == 3

    def test_a_sentence_before_the_first_piece_stays_in_that(self):
        divided, pieces = divide("\n".join([UNRELATED, *OUTPUTS]))
        assert len(divided.added) == 1
        assert pieces[0] == f"{UNRELATED} {OUTPUTS[0]}"

    def test_neighbours_in_the_other_order_get_their_own_sentences(self):
        divided, pieces = divide("\n".join([OUTPUTS[index] for index in (0, 2, 1, 3, 4)]))
        assert pieces == OUTPUTS
        assert divided.swapped == 1

    def test_an_output_that_stops_early_omits_the_rest(self):
        divided, pieces = divide("\n".join(OUTPUTS[:2]))
        assert divided.omitted == (2, 3, 4)
        assert pieces[:2] == OUTPUTS[:2]

    def test_a_loop_at_the_end_is_an_addition_wherever_it_begins(self):
        loop = "and the and the " * 2000
        for output in ("\n".join([*OUTPUTS, loop]), f"{' '.join(OUTPUTS).rstrip('.')} {loop}"):
            divided, pieces = divide(output)
            assert divided.omitted == ()
            assert len(divided.added) == 1
            assert pieces[:4] == OUTPUTS[:4]

    def test_an_output_with_nothing_in_common_is_shared_out_by_length_and_nothing_is_said_of_omissions(self):
        output = "\n".join("xq zvw " * len(text.split()) for text in REFERENCES)
        divided, pieces = divide(output)
        assert divided.by_length
        assert divided.omitted == ()
        assert pieces == [" ".join(line.split()) for line in output.splitlines()]
        assert not divide("\n".join(OUTPUTS))[0].by_length

    def test_a_refusal_is_no_translation_of_every_segment(self):
        divided, _ = divide("I am sorry, I cannot help with that.")
        assert not divided.by_length
        assert len(divided.omitted) >= 4

    def test_words_without_any_punctuation_are_divided_too(self):
        bare = [text.replace(",", "").rstrip(".").lower() for text in OUTPUTS]
        _, pieces = divide(" ".join(bare))
        assert pieces == bare

    def test_the_best_of_several_references_counts(self):
        references = [[UNRELATED, text] for text in REFERENCES]
        output = "\n".join(OUTPUTS)
        assert resegmentation.divide(output, references).texts(output) == tuple(OUTPUTS)

    def test_a_segment_without_reference_gets_what_is_left(self):
        references = [[text] for text in REFERENCES]
        references[2] = []
        output = "\n".join(OUTPUTS)
        assert resegmentation.divide(output, references).texts(output) == tuple(OUTPUTS)

    def test_hindi_is_divided_at_dandas(self):
        references = [["विदेश सचिव ने सोमवार को नई दिल्ली में बैठक की।"], ["अगली बैठक मार्च में टोक्यो में होगी।"]]
        output = "सोमवार को विदेश सचिव ने दिल्ली में बैठक की। मार्च में अगली बैठक टोक्यो में होगी।"
        first, second = resegmentation.divide(output, references).texts(output)
        assert (first[-1], second[-1]) == ("।", "।")
        assert "टोक्यो" in second


class TestWhatMayBeGiven:
    @pytest.mark.parametrize("output", ["", " \n ", "\u3000"])
    def test_an_output_without_text_omits_every_segment(self, output):
        divided, pieces = divide(output)
        assert divided.omitted == (0, 1, 2, 3, 4)
        assert pieces == [""] * 5

    @pytest.mark.parametrize("output", ["x", "।", "....", "[1]", "a\ud800b", "İSTANBUL ŞEHRİ", "a" * 5000, "a " * 3000])
    def test_any_text_is_divided(self, output):
        divided, _ = divide(output)
        assert len(divided.pieces) == 5

    def test_no_segments_have_no_pieces(self):
        assert resegmentation.divide("text", []).pieces == ()

    @pytest.mark.parametrize("references", [[""], ["x"], ["", "", ""], ["same", "same"]])
    def test_any_references_are_read(self, references):
        assert len(divide("A sentence. Another one.", references)[0].pieces) == len(references)

    def test_pieces_cover_every_word_once(self):
        rng = random.Random(0)
        for _ in range(50):
            words = " ".join([*OUTPUTS, UNRELATED]).split()
            rng.shuffle(words)
            output = "".join(word + rng.choice([" ", " ", ". ", "\n"]) for word in words[: rng.randint(1, len(words))])
            divided, _ = divide(output)
            covered = "".join(output[start:end] for start, end in sorted(divided.pieces))
            assert "".join(covered.split()) == "".join(output.split())
            for start, end in divided.added:
                assert any(first <= start and end <= last for first, last in divided.pieces)

    def test_it_is_the_same_each_time(self):
        output = " ".join(OUTPUTS)
        assert divide(output)[0] == divide(output)[0]


@pytest.fixture(scope="module")
def articles():
    systems = dict(alignment.versions())
    return next(articles[:6] for name, articles in systems.items() if name.startswith("hindi-mini"))


class TestAgainstKnownPieces:
    """`python -m tests.alignment` measures the same on more data."""

    @pytest.mark.parametrize("way", alignment.WAYS)
    def test_scores_of_the_pieces_are_those_of_the_true_ones(self, articles, way):
        result = alignment.measure(articles, alignment.WAYS[way])
        true, found = result.scores()
        assert abs(found - true) < 0.5

    def test_omitted_segments_are_found(self, articles):
        result = alignment.measure(articles, alignment.dropped)
        real, found, both = result.omitted
        assert both >= 0.95 * real
        assert both >= 0.9 * found

    def test_texts_of_known_pieces_are_not_blank(self, articles):
        joined = alignment.join(articles[0], alignment.dropped, random.Random(0))
        assert all(is_blank(joined.pieces[number]) for number in joined.omitted)
