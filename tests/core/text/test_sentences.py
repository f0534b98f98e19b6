"""Ends of sentences: a table of cases that a reader of Hindi can check by eye, and rules for any text."""

import pytest
from hypothesis import given

from harness.core.records import HINDI
from harness.core.text import normalise, word_count, words
from harness.core.text.sentences import split
from tests.paths import DATASET
from tests.texts import NUKTA, TEXT, bounded

ARTICLE = DATASET / "article.hin_Deva.txt"


# ¦ marks the end of a sentence; it is removed before the text is split.
SENTENCES = {
    "dandas": "वह गया। ¦ फिर लौटा। ¦ ठीक॥",
    "no space after a danda": "कर्म।¦तुरंत चलो।",
    "space before a danda": "वह गया । ¦ वह लौटा ।",
    "two dandas": "वह गया।। ¦ फिर।",
    "number of a verse": "पहला पद॥१॥ ¦ दूसरा पद॥2॥ ¦ अंत",
    "question and exclamation": "क्या?! ¦ सच!! ¦ हाँ।",
    "pipe for a danda": "वह गया| ¦ उसने देखा|",
    "pipe for a separator": "A|B ठीक | खेल।",
    "nothing ends the last one": "वह गया। ¦ वह लौटा",
    "newline": "शीर्षक\n¦वह गया\r\n¦वह लौटा\n\n¦\u2029अंत",
    "full stops": "यह सच है. ¦ वह गया. ¦ मूल्य 3.5 और १.५ है.",
    "full stop without a space": "वह गया.¦उसने देखा.",
    "number at the end": "वह आया 2006. ¦ फिर गया.",
    "closing quote outside": "'वह गया'। ¦ उसने देखा।",
    "closing quote inside": "'वह गया।' ¦ उसने देखा।",
    "curly quotes inside": "“वह गया।” ¦ “मैं भी।”",
    "danda and bracket": "(ठीक है।) ¦ वह गया।",
    "quote that closes before a word": 'उसने कहा, "चलो।"¦वह गया।',
    "quote that opens before a word": 'उसने कहा।¦"चलो" सुनकर मैं गया।',
    "curly quote that opens before a word": "उसने कहा।¦“चलो” सुनकर मैं गया।",
    "question, then who asked": '"क्या यह सच है?" उन्होंने पूछा। ¦ फिर वे गए।',
    "question, then who had asked": '"क्या यह सच है?" पत्रकारों ने उनसे पूछा था। ¦ हाँ।',
    "cry, then a question put": "“चलो!” उसने जवाब दिया। ¦ “क्यों?” मैंने सवाल किया।",
    "who asked, then the question": 'उन्होंने पूछा, "क्या यह सच है?" ¦ मंत्री ने कुछ नहीं कहा।',
    "question, then another matter": '"क्या यह सच है?" ¦ सभी लोग चुप रहे और देर तक कोई नहीं उठा।',
    "question, verb and object": 'उसने "क्यों?" पूछा। ¦ "कब?" का जवाब नहीं मिला।',
    "statement, then a new sentence": '"हम तैयार हैं।" ¦ उन्होंने यह बात दिल्ली में कही।',
    "quotation, comma, who said": '"हम तैयार हैं।", उन्होंने कहा।',
    "title of a book": '"आवश्यक मार्गदर्शिका।" के लेखक आए।',
    "quote and then a danda": 'क्या उसने कहा "क्यों?"। ¦ हाँ।',
    "sentences inside a quotation": 'उन्होंने कहा, "हम तैयार हैं। ¦ हम जीतेंगे।" ¦ फिर वे गए।',
    "bracket inside a sentence": "वह गया (कल आएगा! सच।) और फिर लौटा।",
    "bracket that is a sentence": "वह गया। ¦ (उसने कहा। फिर आया।) ¦ अंत।",
    "bracket never closed": "वह (गया। ¦ फिर लौटा।",
    "long bracket": "(" + "वह बहुत देर तक यहाँ बैठा रहा। ¦ " * 6 + "अंत)",
    "titles": "डॉ. सिंह, प्रो. राव, पं. नेहरू और श्री. लाल आए। ¦ मो. अली भी।",
    "units and money": "रु. 500 और रु.500, 5 कि.मी. दूर, सं. 12, नं. 3। ¦ टाटा लि. ने कहा।",
    "era": "1947 ई. में। ¦ ई.पू. 200 में।",
    "abbreviation sign": "डॉ॰ राव आए। ¦ हाँ।",
    "dotted abbreviations": "एस.एम.एस. आया। ¦ बी.टेक. किया। ¦ पीएच.डी. की। ¦ यू.एस. सरकार।",
    "initials": "ए. पी. जे. अब्दुल कलाम आए। ¦ जे.पी.मोरगन भी। ¦ मंत्री पी. चिदंबरम बोले।",
    "initials of one letter": "क. ख. शर्मा आए।",
    "words that are also letter names": "वह घर आई. ¦ फिर सो गई. ¦ हाँ जी. ¦ मैं आया.",
    "letter names in a line with dandas": "मंत्री जी. परमेश्वर आए। ¦ हाँ।",
    "composed and decomposed nukta": f"एक्स.ज{NUKTA}ेड. आया। ¦ एक्स.\u095bेड. आया।",
    "case marker after an unknown abbreviation": "कैपिटलएफएम. की कंपनी। ¦ हाँ।",
    "handle": "@VikramMisri ने लिखा। ¦ @a.b ने भी।",
    "ordinals, dates, times": "14वें सम्मेलन में 15.08.1947 को 10:30 बजे। ¦ हाँ।",
    "address and mail": "देखें https://a.in/x?y=1.2&z=!a यहाँ। ¦ लिखें a.b@c.in पर।",
    "address at the end": "देखें https://a.in/x. ¦ यहाँ।",
    "file name": "README.md और a.tar.gz खोलें। ¦ हाँ।",
    "list items": "1. पहला बिंदु। ¦ 2. दूसरा।",
    "lettered list item": "क. पहला। ¦ ख. दूसरा।",
    "ellipsis": "वह... चला गया… शायद। ¦ हाँ।",
    "stray terminators": "। राम आया। । ¦ वह",
    "quote left over": 'वह गया। "',
    "emoji": "वाह! 😀! ¦ अगला।",
    "English": "Mr. Modi met J. K. Rowling. ¦ They talked.",
    "English number": "He paid Rs. 3.5 lakh in 2006. ¦ The end.",
    "English dotted abbreviation inside": "The U.S. Senate met. ¦ It was 5 p.m. yesterday.",
    "English dotted abbreviation at the end": "He lives in the U.S. ¦ The talks ended.",
    "English company": "He left Acme Inc. ¦ The firm (est. 1990) agreed. ¦ Acme Ltd. Chairman Rao did not.",
    "English no": "He said no. ¦ Then No. 5 came.",
    "English question, then who asked": '"Is it so?" he asked. ¦ "Why?" Modi asked. ¦ He left.',
    "English cry inside": 'He said "Go!" and left. ¦ "Done." ¦ She left.',
    "English without a space": "He left.¦Then she left.",
    "English ellipsis": "Well... maybe. ¦ Hmm... ¦ He left.",
    "English abbreviations before names": "He cited Roe v. Wade. ¦ Det. Dennis met Sens. John and Rao.",
    "more of them": "Insp. Rao, Atty. Gen. Bose and Fr. Thomas met Sec. Rao. ¦ It took ten sec. ¦ He left.",
    "US before an office": "US. Secretary Rao spoke. ¦ He left the US. ¦ Modi told us. ¦ They left.",
    "one letter at the end": "He read Henry V. ¦ The war began.",
    "state": "He came from Calif. Gov. Rao did not.",
    "pipe after a space": "भारत जीता है | ¦ पाक हारा | ¦ सब खुश हैं |",
    "pipes": "भारत जीता| ¦ पाक हारा है | ¦ सब खुश हैं।",
    "pipe after a space, then a danda": "भारत जीता है | ¦ पाक हारा है।",
    "pipe and a quote": "राम ने कहा, 'हाँ |' ¦ फिर वह गया |",
    "pipes of titles": "भारत ने जीता मैच | खेल समाचार | NDTV",
    "pipes of a table": "| भारत | पाक |",
    "English small letter after a full stop": "The govt. of India vs. the state, approx. five.",
}


@pytest.mark.parametrize("marked", SENTENCES.values(), ids=SENTENCES)
def test_sentences(marked: str) -> None:
    text = marked.replace("¦", "")
    expected = [part.strip() for part in marked.split("¦")]
    assert [text[start:end] for start, end in split(text)] == expected


@pytest.mark.parametrize("text", ["", " ", "\n\u00a0\n"])
def test_no_text_has_no_sentence(text: str) -> None:
    assert split(text) == []


@pytest.mark.parametrize("text", ["।", " ... ", '"'])
def test_a_line_without_words_is_one_sentence(text: str) -> None:
    assert [text[start:end] for start, end in split(text)] == [text.strip()]


def test_sentences_of_the_article() -> None:
    paragraphs = [line for line in ARTICLE.read_text(encoding="utf-8").splitlines() if word_count(line) > 0]
    assert [len(split(paragraph)) for paragraph in paragraphs] == [1, 4, 1, 3, 4, 6]


@bounded
@given(TEXT)
def test_sentences_lose_nothing_and_are_in_order(text: str) -> None:
    spans = split(text)
    assert "".join("".join(text[start:end] for start, end in spans).split()) == "".join(text.split())
    position = 0
    for start, end in spans:
        assert position <= start < end
        assert text[start:end] == text[start:end].strip()
        position = end


@bounded
@given(TEXT, TEXT)
def test_a_newline_always_separates_sentences(one: str, other: str) -> None:
    shift = len(one) + 1
    assert split(one + "\n" + other) == split(one) + [(a + shift, b + shift) for a, b in split(other)]


@pytest.mark.parametrize(
    "unit", ["(a.)", "क", "1.", 'क"? ', "-", "।", "..", "ए. ", "((", "1,22,333,", "http://", "'", "अत:"]
)
def test_degenerate_hypotheses_are_split_in_time(unit: str) -> None:
    # A looping model writes such texts. Some patterns were cubic once: this test detects a hang, not slowness.
    text = unit * (8000 // len(unit)) + ")."
    spans = split(text)
    assert (spans[0][0], spans[-1][1]) == (0, len(text))
    assert words(text) == words(normalise(text, HINDI))
    assert word_count(text) <= len(text)
