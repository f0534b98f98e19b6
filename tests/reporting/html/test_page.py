"""The page as text: what stands in it without its script, and that nothing in it can run or load."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from harness.core.scores import SampleSizePlan
from harness.reporting import html, visible
from harness.reporting.html import ChangedSegment, Page, assets
from harness.reporting.plots import Plot
from tests.reporting.html.records import HOSTILE, ORDINARY, hostile, output, quantities, scores, segment, view
from tests.reporting.scores import ORDINARY as MANY_COLUMNS

MANIFEST = {
    "command": ["harness", "run", "x.yaml"], "executable": "/users/someone/python", "seed": 0,
    "git": {"commit": "c" * 40, "dirty": True}, "dataset": {"name": "set", "digest": "d" * 64},
    "systems": {"near": {"translate": {"identity": {"family": "mt5", "decoding": {"num_beams": 4}}}}},
}  # fmt: skip


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the text outside script and style."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words, self.inside = [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.inside = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if not self.inside:
            self.words.append(data)

    def text(self):
        return " ".join("".join(self.words).split())


def page(**changes):
    return html.page(Page(**{"title": "a run", "scores": [scores()], "views": [ORDINARY], **changes}))


class TestReadable:
    """What a person without the script reads."""

    def test_the_first_screen_answers_which_system_is_best_and_whether_it_is_real(self):
        text = Elements(page()).text()
        assert text.index(
            "near leads far by 10.0 chrf++; the paired test, corrected for all pairs, shows it (p = 0.010)."
        ) < text.index("system")

    def test_it_has_the_table_with_every_row_and_column(self):
        text = Elements(page(scores=[MANY_COLUMNS], views=[])).text()
        for words in ("reference †", "far", "near", "chrf++", "bleu", "ter ↓", "rank"):
            assert words in text

    def test_it_says_which_tables_leave_a_reference_out_and_the_segments_do_not(self):
        line = "Scores of single segments are against all references. The tables leave one reference out at a time"
        tables = [replace(scores(), leaves_one_out=True), scores(task="gist")]
        assert f"{line}: translate." in Elements(page(scores=tables)).text()
        assert line not in Elements(page()).text()

    def test_it_explains_its_task_and_its_built_in_baselines(self):
        text = Elements(
            page(
                manifests={"run-1": MANIFEST},
                about_tasks={"translate": "every segment of the article", "gist": "not in this page"},
                about_systems={"near": "the first n sentences", "far": "the first n sentences", "away": "not here"},
            )
        ).text()
        assert "translate: every segment of the article" in text
        assert "far, near: the first n sentences" in text
        assert "not in this page" not in text
        assert "not here" not in text
        assert text.index("Hindi to English · set") < text.index("At a glance")

    def test_it_has_the_notes_signatures_pairs_and_the_manifest(self):
        table = replace(scores(), notes=("no person wrote the references",))
        text = Elements(page(scores=[table], manifests={"run-1": MANIFEST})).text()
        for words in ("no person wrote the references", "nrefs:1|v:1", "harness run x.yaml", "with local changes",
                      "decoding.num_beams: 4", "dddddddddddddddd"):  # fmt: skip
            assert words in text

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({}, "Made by harness, commit cccccccccccc (with local changes). Data: set."),
            ({"git": {"commit": "a" * 40, "dirty": False}, "python": "3.11.7", "finished": "2026-11-26T01:52:54+00:00",
              "libraries": {"hindi-eval-harness": "0.1.0"},
              "datasets": [{"name": "set", "licence": "CC BY 4.0"}, {"name": "other", "licence": None}]},
             "Made on 2026-11-26 by harness 0.1.0, commit aaaaaaaaaaaa (clean), on Python 3.11.7. "
             "Data: set, licence CC BY 4.0; other."),
            ({"git": None, "code": "e" * 64}, "Made by harness, not in a checkout (code eeeeeeeeeeee). Data: set."),
            ({"systems": {"near": {"translate": {"made": [{"git": {"commit": name * 40}} for name in "bc"]}}}},
             "Made by harness, commit cccccccccccc (with local changes), with outputs of commit bbbbbbbbbbbb. "
             "Data: set."),
            ({"git": None, "dataset": None}, ""),
        ],
        ids=["little is known", "all is known", "no checkout", "outputs of an earlier commit", "nothing is known"],
    )  # fmt: skip
    def test_one_visible_sentence_says_when_by_which_code_and_on_which_data_it_was_made(self, changes, sentence):
        text = page(manifests={"run-1": {**MANIFEST, **changes}})
        found = re.search(r'<p class="provenance">(.*?)</p>', text)
        assert (found[1] if found else "") == sentence
        if found:
            assert text.rfind("<details", 0, found.start()) < text.rfind("</details>", 0, found.start())

    def test_a_sentence_below_the_rows_says_how_much_data_would_part_the_two_best_systems(self):
        plan = SampleSizePlan("near", "far", 0.4, 0.4, 4, "segment", 4, 263, 100, 900, 0.95, 0.05, 1, 0.8)
        text = Elements(page(scores=[replace(scores(50.4, 50.0, shown=False), more_data=plan)])).text()
        assert text.count("near is ahead of far by 0.40 chrf++: about 270 segments like these 4 would show") == 1
        assert "with about 270 they could" in text.partition("primary metric")[0]

    def test_the_legend_explains_bold_only_if_a_score_is_bold(self):
        alone = replace(scores(), systems=scores().systems[:1], comparisons=())
        assert "Bold: the best system." in Elements(page()).text()
        for table in (scores(), alone):
            assert "asterisks" not in Elements(page(scores=[table])).text()
        assert "Bold" not in Elements(page(scores=[alone])).text()

    def test_columns_without_a_value_are_left_out(self):
        untested = replace(MANY_COLUMNS.comparisons[0], p=None, p_adjusted=None, detectable=None)
        tables = [
            replace(MANY_COLUMNS, comparisons=comparisons) for comparisons in ([untested], MANY_COLUMNS.comparisons)
        ]
        without, with_tests = (Elements(page(scores=[table], views=[])).text() for table in tables)
        for column in ("p (Holm)", "detectable"):
            assert f"{column} " not in without.partition("win/tie/loss: ")[0]
            assert f"{column} " in with_tests.partition("win/tie/loss: ")[0]

    def test_a_table_of_names_only_is_left_out(self):
        empty = tuple(replace(part, scores={"far": {}}) for part in MANY_COLUMNS.slices)
        assert "chrf++ by kind" in page(scores=[MANY_COLUMNS])
        assert "chrf++ by kind" not in page(scores=[replace(MANY_COLUMNS, slices=empty)])

    def test_marks_are_explained_if_there_is_a_text_that_outputs_are_compared_with(self):
        alone = view([segment("n#1", [output("near", "a"), output("far", "b")])])
        assert "Marks compare an output with" in page()
        assert "Marks compare an output with" not in page(views=[alone])
        assert "Marks compare an output with the one before" in page(views=[alone], before={"near": "far"})

    def test_it_has_the_segments_with_texts_scores_and_flags(self):
        text = Elements(page()).text()
        for words in ("news#s02", "मंत्री ने कहा", "The minister said nothing.", "chrf++ 30.0", "repetition"):
            assert words in text

    def test_a_chip_names_the_words_that_it_is_about(self):
        titles = [
            names["title"] for _, names in Elements(page(views=[quantities()])).elements if names.get("class") == "chip"
        ]
        assert titles[0].endswith(": source 2006; output 2007")
        assert titles[1] == "repeated 4-grams"

    @pytest.mark.parametrize(("language", "tag"), [("hin_Deva", "hi"), ("eng_Latn", "en"), ("ben_Beng", "ben-Beng")])
    def test_a_text_states_its_language_as_browsers_know_it(self, language, tag):
        elements = Elements(page(views=[replace(ORDINARY, language=language)])).elements
        sources = [names["lang"] for _, names in elements if names.get("class") == "text" and "lang" in names]
        assert sources.count(tag) >= len(ORDINARY.segments)

    def test_it_has_the_first_fifty_segments(self):
        many = view([segment(f"n#{number:03}", [output("near", f"text {number}")]) for number in range(60)])
        text = Elements(page(views=[many])).text()
        assert "the first 50 of 60 segments" in text
        assert "n#049" in text
        assert "n#050" not in text

    def test_it_names_no_place_of_the_machine(self):
        assert "someone" not in page(manifests={"run-1": MANIFEST})

    def test_it_has_no_segments_without_views(self):
        assert 'id="segments"' not in page(views=[])
        assert "o=worst" not in page(views=[])

    def test_the_name_of_each_system_with_segments_is_a_link_to_them(self):
        links = [attributes["href"] for tag, attributes in Elements(page()).elements if tag == "a"]
        assert [link for link in links if "o=worst" in link] == [
            "#t=translate&a=near&o=worst",
            "#t=translate&a=far&o=worst",
        ]

    def test_it_has_plots_or_says_how_to_get_them(self):
        plot = Plot("translate-scores", "translate", "Scores", "by system", "", "<svg><text>a plot</text></svg>")
        with_plot = page(plots=[plot])
        assert "<svg><text>a plot</text></svg>" in with_plot
        assert "pip install" in page(no_plots="run `pip install x`")

    def test_it_has_what_a_gate_found_on_top(self):
        changed = ChangedSegment("translate", "near", "news#s02", {"chrf++": "-1.2"}, "It was good.", "It was bad.")
        text = page(lead=["failed, 1 regression"], changed=[changed])
        words = Elements(text).text()
        assert words.index("failed, 1 regression") < words.index("chrf++: -1.2") < words.index("primary metric")
        assert '<del class="changed">good</del>' in text

    def test_marks_of_an_output_leave_its_text(self):
        text = page()
        assert '<ins class="changed">Tokyo</ins>' in text
        assert '<del class="changed">Delhi</del>' in text


class TestSafe:
    """Nothing in the page runs, loads or leads anywhere, whatever a model wrote."""

    def hostile_page(self):
        names = [*HOSTILE.values()]
        table = replace(scores(), notes=tuple(names), task="translate")
        manifest = {**MANIFEST, "command": names, "systems": {text: {"t": {"identity": {"x": text}}} for text in names}}
        return page(
            title=HOSTILE["script"], scores=[table], views=[hostile()], manifests={HOSTILE["image"]: manifest},
            lead=names, no_plots=HOSTILE["script"],
            changed=[ChangedSegment("translate", "near", name, {name: name}, name, f"{name} x") for name in names],
        )  # fmt: skip

    def test_hostile_texts_add_no_element_and_no_attribute(self):
        def shape(text):
            return {(tag, *sorted(attributes)) for tag, attributes in Elements(text).elements}

        elements = Elements(self.hostile_page()).elements
        assert [tag for tag, _ in elements if tag in ("script", "style")] == ["style", "script", "script"]
        assert not {"img", "iframe", "object", "embed", "form", "base"} & {tag for tag, _ in elements} - {"form"}
        assert not any(name.startswith("on") or name == "style" for _, attributes in elements for name in attributes)
        assert all(tag in ("a", "link", "meta") for tag, *names in shape(self.hostile_page()) if "href" in names)

    def test_every_link_stays_in_the_page(self):
        links = [attributes["href"] for _, attributes in Elements(self.hostile_page()).elements if "href" in attributes]
        assert links
        assert all(link.startswith("#") or link == "data:," for link in links)

    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_texts_are_text(self, name):
        shown = "".join(piece for piece, _ in visible.pieces(HOSTILE[name]))
        assert " ".join(shown.split()) in Elements(self.hostile_page()).text()

    def test_it_has_no_hidden_character_outside_joiners_of_hindi_and_emoji(self):
        raw = set(self.hostile_page())
        assert not raw & set("\x00\x1b\u202e\u2066\u200b\ufeff\u2028\ud83d")

    def test_the_policy_allows_its_style_and_script_only(self):
        text = page()
        policy = re.search('Content-Security-Policy" content="([^"]*)"', text)[1].replace("&#39;", "'")
        style = re.search("<style>(.*?)</style>", text, re.DOTALL)[1]
        script = re.findall("<script>(.*?)</script>", text, re.DOTALL)[-1]
        for kind, content in (("style", style), ("script", script)):
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"{kind}-src 'sha256-{digest}'" in policy
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy

    def test_style_and_script_name_no_address(self):
        for text in (assets.style(), assets.script()):
            assert not re.search(r"https?://|url\(|@import|\bimport\(|fetch\(|XMLHttpRequest|innerHTML|eval\(", text)


def test_nineteen_segments_are_less_than_a_megabyte():
    many = view([
        segment(f"n#{number}", [output(name, "It was a long sentence of twenty words. " * 5) for name in "abcdef"],
                references={"a": "It was a short sentence. " * 5})
        for number in range(19)
    ], systems=tuple("abcdef"))  # fmt: skip
    assert len(page(views=[many]).encode()) < 1_000_000
