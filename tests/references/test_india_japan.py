"""Test what references/india-japan promises: the article as published, and references that keep its guidelines.

`tests/datasets/test_handwritten.py` tests the rules of every dataset; this file tests the promises of one README.
"""

import hashlib
import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness.core import jsonl, text
from harness.core.records import ENGLISH, HINDI, Reference
from harness.core.text import mentions, sentences, statements
from harness.datasets import FolderOptions, handwritten
from tests.paths import DATASET

FOLDER = DATASET
ARTICLE = FOLDER / "article.hin_Deva.txt"

DATASET = handwritten.load(FolderOptions(path=FOLDER))
SEGMENTS = DATASET.articles[0].segments
FACTS = [row for _, row in jsonl.read(FOLDER / "facts.jsonl")[0]]
ENTITIES = [row for _, row in jsonl.read(FOLDER / "entities.jsonl")[0]]
EVERYTHING = [reference for reference_kind in DATASET.references.values() for reference in reference_kind]


def texts(reference_kind: str, language: str) -> list[Reference]:
    return [reference for reference in DATASET.references[reference_kind] if reference.language == language]


def translations(version: str) -> dict[str, str]:
    return {r.id: r.text for r in DATASET.references["translations"] if r.version == version}


def states(content: str, fact: Mapping[str, Any], language: str) -> bool:
    groups = tuple(map(tuple, fact[language]))
    return statements.judge(groups, statements.split(content)) == "stated"


CLOSE, NEWSROOM = translations("close"), translations("newsroom")
BRIEFS = [summary for summary in DATASET.references["summaries"] if summary.version != "sentence"]
VITAL = [fact for fact in FACTS if fact["weight"] == "vital"]


def name(reference: Reference) -> str:
    return f"{reference.version}-{reference.language}-{reference.id.rpartition('#')[2]}"


def english_words(content: str) -> list[str]:
    return re.findall(r"[\w@]+", content.lower())


def free_words(content: str) -> list[str]:
    """Return the words that a translator may choose: not those of quoted names, other names, titles, dates, numbers."""
    given = {form for entity in ENTITIES for form in entity[ENGLISH]}
    rest = re.sub(r"'[A-Z][^']*'", " ", content)
    for form in sorted(given, key=len, reverse=True):
        rest = re.sub(rf"(?<![\w@]){re.escape(form)}(?:'s)?(?!\w)", " ", rest)
    return english_words(rest)


def overlap(first: list[str], second: list[str]) -> float:
    """Return the share of the words of both that occur in both in the same order, 0..1 (Ratcliff and Obershelp)."""
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


class TestTheArticle:
    def test_it_is_what_was_published_byte_for_byte(self):
        digest = hashlib.sha256(ARTICLE.read_bytes()).hexdigest()
        assert digest == "a18b8658ad2752ff5f90be7297810f07c4a59be28c48de2170821406644a924b"

    def test_it_is_the_original(self, shared):
        original = shared / "data" / "article" / "article.hin_Deva.txt"
        assert ARTICLE.read_bytes() == original.read_bytes()


class TestTranslations:
    def test_both_versions_cover_every_segment_and_there_is_no_third(self):
        everything = {segment.id for segment in SEGMENTS}
        assert set(CLOSE) == set(NEWSROOM) == everything
        assert {reference.version for reference in DATASET.references["translations"]} == {"close", "newsroom"}

    @pytest.mark.parametrize("segment", CLOSE)
    def test_the_versions_are_never_the_same_text(self, segment):
        assert english_words(CLOSE[segment]) != english_words(NEWSROOM[segment])

    @pytest.mark.parametrize("segment", [s.id for s in SEGMENTS if text.word_count(s.text) > 6])
    def test_no_version_is_the_other_with_a_few_words_changed(self, segment):
        """At most two thirds of the free words agree.

        Versions that differ by a synonym reach 0.8 and more; two unrelated sentences reach about 0.1. The bound is
        loose and leaves names, titles and dates out: a close bound made the English of one version worse.
        """
        assert overlap(free_words(CLOSE[segment]), free_words(NEWSROOM[segment])) < 2 / 3

    def test_over_the_article_they_differ_in_more_than_half_of_the_free_words(self):
        shares = [overlap(free_words(CLOSE[segment]), free_words(NEWSROOM[segment])) for segment in CLOSE]
        assert sum(shares) / len(shares) < 0.5

    @pytest.mark.parametrize("version", [CLOSE, NEWSROOM], ids=["close", "newsroom"])
    def test_each_number_of_the_source_is_in_the_translation_and_no_other(self, version):
        for segment in SEGMENTS:
            assert sorted(re.findall(r"\d+", version[segment.id])) == sorted(re.findall(r"\d+", segment.text)), (
                segment.id
            )

    @pytest.mark.parametrize("version", [CLOSE, NEWSROOM], ids=["close", "newsroom"])
    def test_sentences_end_in_a_full_stop_and_titles_do_not(self, version):
        for segment in SEGMENTS:
            is_sentence = segment.kind in ("standfirst", "body")
            assert version[segment.id].endswith((".", ".'")) == is_sentence, segment.id


class TestNames:
    """As India's Ministry of External Affairs spells them in English."""

    @pytest.mark.parametrize(
        ("hindi", "english"),
        [
            ("विक्रम मिस्री", "Vikram Misri"),
            ("ताकेहिरो फुनाकोशी", "Takehiro Funakoshi"),
            ("रणधीर जायसवाल", "Randhir Jaiswal"),
            ("किशिदा", "Kishida"),
            ("नई दिल्ली", "New Delhi"),
            ("हिंद-प्रशांत", "Indo-Pacific"),
            ("विशेष रणनीतिक और वैश्विक साझेदारी", "Special Strategic and Global Partnership"),
            ("@VikramMisri", "@VikramMisri"),
            ("14वें", "14th"),
            ("विदेश सचिव", "Foreign Secretary"),
            ("उप विदेश मंत्री", "Vice Minister for Foreign Affairs"),
            ("प्रधानमंत्री", "Prime Minister"),
        ],
        ids=lambda form: form if form.isascii() else "",
    )
    def test_every_segment_that_has_the_name_has_it_in_both_translations(self, hindi, english):
        holding = [segment.id for segment in SEGMENTS if hindi in segment.text]
        assert holding
        for segment in holding:
            assert english in CLOSE[segment], segment
            assert english in NEWSROOM[segment], segment

    @pytest.mark.parametrize(
        "wrong",
        ["Misry", "Mishri", "Misra", "Jaishwal", "Jayaswal", "Jaisawal", "Funakosi", "Hunakoshi", "Indo Pacific",
         "External Affairs Ministry", "Foreign Ministry",
         "Vice Foreign Minister", "Modi", "Covid", "Twitter", "defense", "cooperations"],
    )  # fmt: skip
    def test_no_other_spelling_occurs(self, wrong):
        assert [r.text for r in EVERYTHING if r.language == ENGLISH and re.search(rf"\b{wrong}\b", r.text)] == []

    def test_quotation_marks_are_straight(self):
        assert [reference.text for reference in EVERYTHING if re.search("[‘’“”`´]", reference.text)] == []


class TestSummaries:
    @pytest.mark.parametrize("language", [HINDI, ENGLISH])
    def test_each_language_has_a_sentence_and_two_briefs(self, language):
        assert [reference.version for reference in texts("summaries", language)] == ["sentence", "brief-a", "brief-b"]

    @pytest.mark.parametrize("summary", DATASET.references["summaries"], ids=name)
    def test_lengths_are_those_of_the_guidelines(self, summary):
        low, high = (20, 35) if summary.version == "sentence" else (45, 70)
        assert low <= len(summary.text.split()) <= high
        assert (len(sentences.split(summary.text)) == 1) == (summary.version == "sentence")

    @pytest.mark.parametrize("summary", DATASET.references["summaries"], ids=name)
    def test_each_says_who_met_whom_where_and_when(self, summary):
        wanted = {
            HINDI: ["विक्रम मिस्री", "ताकेहिरो फुनाकोशी", "नई दिल्ली", "सोमवार"],
            ENGLISH: ["Vikram Misri", "Takehiro Funakoshi", "New Delhi", "Monday"],
        }
        assert [form for form in wanted[summary.language] if form not in summary.text] == []

    @pytest.mark.parametrize("brief", BRIEFS, ids=name)
    def test_a_brief_states_every_vital_fact(self, brief):
        assert [fact["statement"] for fact in VITAL if not states(brief.text, fact, brief.language)] == []

    @pytest.mark.parametrize("brief", BRIEFS, ids=name)
    def test_a_brief_names_the_whole_of_what_the_partnership_is_important_for(self, brief):
        """A variant of the fact may have two of the three; a reference has all."""
        wanted = {HINDI: ["शांति", "समृद्धि", "स्थिरता"], ENGLISH: ["peace", "prosper", "stab"]}
        assert [word for word in wanted[brief.language] if word not in brief.text] == []

    @pytest.mark.parametrize("brief", BRIEFS, ids=name)
    def test_a_brief_says_who_reported_the_talks(self, brief):
        assert {HINDI: "विदेश मंत्रालय के ", ENGLISH: "Ministry of External Affairs"}[brief.language] in brief.text

    def test_a_sentence_leaves_out_only_two_vital_facts(self):
        """It has no room for what was said of the Indo-Pacific and of global issues."""
        for summary in DATASET.references["summaries"]:
            if summary.version == "sentence":
                left_out = [fact["id"] for fact in VITAL if not states(summary.text, fact, summary.language)]
                assert left_out == ["india-japan#f08", "india-japan#f15"]

    @pytest.mark.parametrize("language", [HINDI, ENGLISH])
    def test_the_briefs_differ_in_length(self, language):
        first, second = (len(r.text.split()) for r in texts("summaries", language) if r.version != "sentence")
        assert second - first >= 8

    @pytest.mark.parametrize("language", [HINDI, ENGLISH])
    def test_they_are_written_afresh_each_time(self, language):
        for first, second in combinations(texts("summaries", language), 2):
            assert overlap(text.words(first.text), text.words(second.text)) < 0.6


class TestHeadlines:
    def test_there_are_three_of_at_most_15_words(self):
        assert [r.version for r in texts("headlines", HINDI)] == ["a", "b", "c"]
        assert [r.text for r in texts("headlines", HINDI) if len(r.text.split()) > 15] == []

    @pytest.mark.parametrize("headline", DATASET.references["headlines"], ids=name)
    def test_none_is_or_nearly_is_the_article_s_title_or_heading(self, headline):
        for segment in SEGMENTS:
            if segment.kind in ("title", "heading"):
                assert overlap(text.words(headline.text), text.words(segment.text)) < 0.7

    @pytest.mark.parametrize("headline", DATASET.references["headlines"], ids=name)
    def test_each_names_both_countries(self, headline):
        assert "भारत-जापान" in headline.text

    def test_one_leads_on_the_partnership(self):
        assert sum(r.text.startswith("हिंद-प्रशांत") for r in DATASET.references["headlines"]) == 1

    def test_none_ends_in_a_danda_and_no_two_are_alike(self):
        found = [r.text for r in DATASET.references["headlines"]]
        assert [content for content in found if content.endswith(("।", "."))] == []
        for first, second in combinations(found, 2):
            assert overlap(text.words(first), text.words(second)) < 0.7


class TestGists:
    def test_each_paragraph_of_sentences_has_two(self):
        paragraphs = {s.paragraph for s in SEGMENTS if s.kind in ("standfirst", "body")}
        assert len(paragraphs) == 4
        assert {(r.id, r.version) for r in DATASET.references["gists"]} == {(p, v) for p in paragraphs for v in "ab"}
        assert len(DATASET.references["gists"]) == 8

    @pytest.mark.parametrize("gist", DATASET.references["gists"], ids=name)
    def test_each_is_one_sentence_and_shorter_than_its_paragraph(self, gist):
        paragraph = " ".join(s.text for s in SEGMENTS if s.paragraph == gist.id)
        assert len(sentences.split(gist.text)) == 1
        assert gist.text.endswith("।")
        assert text.word_count(gist.text) < 0.75 * text.word_count(paragraph)

    def test_the_two_of_a_paragraph_differ(self):
        for paragraph in {r.id for r in DATASET.references["gists"]}:
            first, second = (text.words(r.text) for r in DATASET.references["gists"] if r.id == paragraph)
            assert overlap(first, second) < 0.6


HINDI_SUMMARISING = [r for m in ("summaries", "headlines", "gists") for r in texts(m, HINDI)]


@pytest.mark.parametrize("reference", HINDI_SUMMARISING, ids=name)
def test_no_sentence_is_copied_from_the_article(reference):
    """Every sentence is at least three tenths its own, and no run of ten words is the article's.

    The longest run that news Hindi cannot avoid here is an office with its holder's name, seven words.
    """
    for start, end in sentences.split(reference.text):
        own = text.words(reference.text[start:end])
        for segment in SEGMENTS:
            match = SequenceMatcher(None, own, text.words(segment.text), autojunk=False)
            assert match.ratio() < 0.7, segment.id
            assert match.find_longest_match().size < 10, segment.id


class TestFactsAndEntities:
    def test_there_are_12_to_30_facts_of_both_weights(self):
        assert 12 <= len(FACTS) <= 30
        assert {fact["weight"] for fact in FACTS} == {"vital", "supporting"}

    @pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"].rpartition("#")[2])
    def test_each_fact_has_variants_in_both_languages_and_both_translations_of_some_segment_state_it(self, fact):
        assert fact[HINDI]
        for version in (CLOSE, NEWSROOM):
            stating = [version[segment] for segment in fact["segments"]]
            assert any(states(content, fact, ENGLISH) for content in stating)

    def test_when_it_was_is_vital_and_no_subject_of_the_talks_is(self):
        """The ministry lists nine subjects; none is news by itself."""
        weights = {fact["id"].rpartition("#")[2]: fact["weight"] for fact in FACTS}
        assert weights["f05"] == "vital"
        subjects = [fact for fact in FACTS if fact["segments"] == ["india-japan#s09"]]
        assert len(subjects) == 9
        assert {fact["weight"] for fact in subjects} == {"supporting"}

    @pytest.mark.parametrize(
        ("fact", "half"),
        [
            ("f15", "Global issues were discussed."),
            ("f15", "वैश्विक मुद्दों पर भी बातचीत हुई।"),
            ("f19", "The 14th annual summit will be held in Tokyo."),
            ("f21", "The 14th annual summit will be held in Tokyo."),
            ("f21", "Prime Minister Kishida resigned."),
            ("f23", "आर्थिक सुरक्षा पर भी चर्चा हुई।"),
            ("f23", "They discussed economic security."),
            ("f01", "वैश्विक मुद्दों पर भी बातचीत हुई।"),
            ("f28", "India and Japan agreed on a 'Global Partnership' in 2000."),
        ],
    )
    def test_half_of_a_fact_does_not_earn_it(self, fact, half):
        (row,) = (row for row in FACTS if row["id"].endswith(fact))
        assert not any(states(half, row, language) for language in (HINDI, ENGLISH))

    @pytest.mark.parametrize(
        ("fact", "phrase"),
        [
            ("f03", "Vice Minister for Foreign Affairs Takehiro Funakoshi"),
            ("f03", "Vice-Minister for Foreign Affairs of Japan, Takehiro Funakoshi"),
            ("f03", "Deputy Foreign Minister Takehiro Funakoshi"),
            ("f03", "जापान के उप-विदेश मंत्री ताकेहिरो फुनाकोशी"),
            ("f02", "विदेश सचिव विक्रम मिसरी"),
            ("f01", "Misri and Funakoshi met in the capital"),
            ("f06", "They reviewed bilateral ties."),
            ("f07", "सहयोग के विस्तार पर"),
            ("f12", "बुनियादी ढांचे पर चर्चा हुई।"),
            ("f15", "regional and global issues"),
            ("f17", "2014 में विशेष रणनीतिक और वैश्विक साझेदारी"),
            ("f17", '2014 में "विशेष रणनीतिक और वैश्विक साझेदारी"'),
            ("f26", "2000 में “वैश्विक साझेदारी”"),
            ("f07", "सहयोग के नये रास्ते"),
            ("f08", "हिन्द-प्रशांत में शांति और स्थिरता के लिए अहम"),
            ("f01", "मिस्री और फुनाकोशी के बीच मुलाक़ात हुई"),
        ],
    )
    def test_likely_wordings_earn_a_fact(self, fact, phrase):
        (row,) = (row for row in FACTS if row["id"].endswith(fact))
        assert any(states(phrase, row, language) for language in (HINDI, ENGLISH))

    @pytest.mark.parametrize("title", ["विदेश सचिव", "उप विदेश मंत्री", "प्रधानमंत्री", "प्रवक्ता"])
    def test_titles_are_entities(self, title):
        assert any(title in entity[HINDI] for entity in ENTITIES)

    def test_a_form_may_state_two_entities(self):
        entries = {entity["id"]: mentions.Entry(tuple(entity[ENGLISH])) for entity in ENTITIES}
        mentioned = mentions.find("Indo-Japan ties were reviewed", entries)
        assert mentioned == {"india-japan#e05", "india-japan#e06"}

    def test_entities_have_forms_in_both_languages_and_are_of_every_kind(self):
        assert [entity["id"] for entity in ENTITIES if not (entity.get(HINDI) and entity.get(ENGLISH))] == []
        kinds = {entity["type"] for entity in ENTITIES}
        assert kinds >= {"person", "place", "organisation", "date", "number", "handle"}

    def test_every_number_and_handle_of_the_article_is_an_entity(self):
        forms = {form for entity in ENTITIES for form in entity[HINDI]}
        found = {match for segment in SEGMENTS for match in re.findall(r"\d{4}|\d+वें|@\w+", segment.text)}
        assert found == {"2000", "2006", "2014", "2022", "14वें", "@VikramMisri"}
        assert found <= forms


class TestReadme:
    CONTENT = (FOLDER / "README.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize("section", ["Authors", "Origin", "Guidelines", "Licence"])
    def test_it_has_the_sections_that_a_second_dataset_needs(self, section):
        body = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", self.CONTENT, re.MULTILINE | re.DOTALL)
        assert body
        assert len(body[1].split()) > 20

    def test_its_first_screen_says_who_wrote_the_references(self):
        first = " ".join(self.CONTENT.split()[:60])
        assert "No person wrote these references" in first
        assert "probably translated from English" in first

    @pytest.mark.parametrize(
        "promise",
        [
            "styles, not different people",
            "no output of any system",
            "no ceiling",
            "No native editor has revised",
            "reviewer's finding",
            "ANI",
            "CC BY 4.0",
            "article itself belongs to its publisher",
            "`close`",
            "`newsroom`",
            f"{len(FACTS)} content units",
        ],
    )
    def test_it_says_plainly_what_a_reader_must_know(self, promise):
        assert promise in " ".join(self.CONTENT.replace("**", "").split())

    @pytest.mark.parametrize("claim", ["ceiling.", "by hand", "two independent people"])
    def test_it_claims_no_more_than_is_so(self, claim):
        assert claim not in self.CONTENT.replace("no ceiling", "").replace("no **ceiling**", "")

    def test_it_describes_every_file_of_the_dataset(self):
        files = {file.name for file in FOLDER.iterdir()} - {"README.md"}
        assert {file for file in files if f"`{file}`" not in self.CONTENT} == set()


class TestDescription:
    """dataset.yaml, whose notes stand under every table of the dataset."""

    CONTENT = YAML(typ="safe").load(FOLDER / "dataset.yaml")

    def test_it_has_licence_citation_and_notes(self):
        assert set(self.CONTENT) == {"licence", "citation", "notes", "guidelines"}
        assert "CC BY 4.0" in self.CONTENT["licence"]

    @pytest.mark.parametrize(
        "remark", ["No person wrote", "no ceiling", "Origin", "probably translated from", "Rank no models"]
    )
    def test_its_notes_say(self, remark):
        assert any(remark in note for note in self.CONTENT["notes"])

    def test_its_notes_are_few_and_short(self):
        assert len(self.CONTENT["notes"]) <= 2
        assert all(len(note) < 260 for note in self.CONTENT["notes"])
