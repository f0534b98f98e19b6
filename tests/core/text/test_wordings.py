"""A wording occurs in a sentence in any spelling, inflection and number format, with gaps and values."""

import pytest

from harness.core.text import wordings


@pytest.mark.parametrize(
    ("wording", "sentence"),
    [
        ("वर्मा ने", "सुमन वर्मा ने फाइनल जीता"),
        ("14वें शिखर सम्मेलन", "चौदहवें शिखर सम्मेलन में"),
        ("14th annual summit", "the fourteenth annual summit"),
        ("=35000000", "साढ़े तीन करोड़ रुपये"),
        ("=35000000", "3,50,00,000 rupees"),
        ("=2.5", "ढाई घंटे"),
        ("=2.5 घंटे", "2.5 घंटे"),
        ("=9", "9 प्रतिशत ब्याज"),
        ("=9 प्रतिशत", "9% ब्याज"),
        ("=-12", "तापमान -12 डिग्री"),
        ("31-28", "३१-२८ से"),
        ("31 ... 28", "31 के मुकाबले 28"),
        ("half-time", "at halftime"),
        ("halftime", "at half time"),
        ("विपक्षदल", "विपक्ष-दल ने"),
        ("Verma ... beat ... Sharma", "Suman Verma easily beats Sharma"),
        ("Verma ... beat", "Verma beat him"),
        ("In 2000, ties", "in 2000 ties"),
        ("@VikramMisri", "सचिव @VikramMisri ने"),
    ],
)
def test_it_occurs(wording, sentence):
    assert wordings.occurs(wording, sentence)


@pytest.mark.parametrize(
    ("wording", "sentence"),
    [
        ("Verma ... beat ... Sharma", "Sharma beats Verma"),
        ("वर्मा ने", "वर्मा को शर्मा ने हराया"),
        ("=35000000", "साढ़े तीन लाख रुपये"),
        ("=6", "6.5 प्रतिशत"),
        ("=11", "नवंबर में"),
        ("first ... last", "the last of the first"),
        ("VikramMisri", "सचिव @VikramMisri ने"),
        ("one", "won"),
    ],
)
def test_it_does_not_occur(wording, sentence):
    assert not wordings.occurs(wording, sentence)


def test_a_number_word_matches_words_of_its_script_only():
    assert wordings.occurs("Monday", "on Monday") and not wordings.occurs("Monday", "सोमवार को")
    assert wordings.occurs("three points", "3 points") and not wordings.occurs("three", "तीन")


@pytest.mark.parametrize(
    ("wording", "message"),
    [
        ("।", "expected words in '।', found none"),
        ("Verma ... ", "expected words beside the gap in 'Verma ... ', found none"),
        ("=", "expected a number after = in '=', such as =35000000 or =2.5"),
        ("=1,000", "expected a number after = in '=1,000', such as =35000000 or =2.5"),
    ],
)
def test_a_wording_that_cannot_be_searched_for_is_named(wording, message):
    with pytest.raises(ValueError) as error:
        wordings.parse(wording)
    assert str(error.value) == message


def test_an_occurrence_is_the_words_of_each_part():
    phrase = wordings.read("Suman Verma easily beats Sharma")
    assert wordings.parse("Verma ... Sharma").occurrences(phrase) == [((1, 2), (4, 5))]


@pytest.mark.parametrize(("wording", "content"), [("धोरापुर ने", "धोरापुर की टीम"), ("वर्मा को", "वर्मा ने कहा")])
def test_a_postposition_is_no_ending_of_the_word_before(wording, content):
    assert not wordings.occurs(wording, content)
