"""How words sound in either script."""

from __future__ import annotations

import pytest

from harness.core.text import sounds

SAME = """
    Misri मिस्री|Funakoshi फुनाकोशी|Jaiswal जायसवाल|Vikram विक्रम|Takehiro ताकेहिरो|Randhir रणधीर|Kishida किशिदा|Modi मोदी|
    Gandhi गांधी|Chaudhary चौधरी|Jharkhand झारखंड|Garhwal गढ़वाल|Mumbai मुंबई|Uttarakhand उत्तराखंड|Krishna कृष्ण|
    Gyanendra ज्ञानेंद्र|Washington वाशिंगटन|Obama ओबामा|Merkel मर्केल|George जॉर्ज|Michelle मिशेल|Google गूगल|Apple ऐप्पल|
    Philip फिलिप|Quinn क्विन|Xavier ज़ेवियर|Bhopal भोपाल|Haider हैदर|Hassan हसन|Zakir ज़ाकिर|Ström स्ट्रोम
"""
DIFFERENT = """
    Misri मोदी|Funakoshi किशिदा|Vikram रणधीर|Obama ओबेरॉय|Mumbai चेन्नई|Gandhi नेहरू|Merkel मैक्रों|Delhi दिसंबर|
    Deshmukh बनर्जी|Sharma वर्मा|Nakamura नंदा
"""


def _pairs(lines: str) -> list[list[str]]:
    return [pair.split() for pair in lines.split("|")]


@pytest.mark.parametrize(("english", "hindi"), _pairs(SAME))
def test_one_name_in_two_scripts_has_one_sound(english: str, hindi: str) -> None:
    assert sounds.occur(sounds.of(english), hindi) and sounds.occur(sounds.of(hindi), english)


@pytest.mark.parametrize(("english", "hindi"), _pairs(DIFFERENT))
def test_two_names_have_two_sounds(english: str, hindi: str) -> None:
    assert not sounds.occur(sounds.of(english), hindi)
