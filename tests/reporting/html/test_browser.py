"""The page in a real browser without a network: Debian's chromium, driven by Playwright.

One browser serves the whole file. Every page counts the requests that it makes and the errors that it reports.
"""

import os
import shutil
from dataclasses import dataclass, field, replace

import pytest

from harness.reporting import html, visible
from harness.reporting.html import ChangedSegment, Page
from harness.scoring import diagnostics
from tests.reporting.html.records import HOSTILE, ORDINARY, hostile, output, quantities, scores, segment, view
from tests.reporting.html.test_page import MANIFEST

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install 'hindi-eval-harness[test]'")

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Milliseconds that a step may take on a busy machine.
PATIENCE = 20_000


@pytest.fixture(scope="module")
def browser():
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no chromium: apt-get install chromium, or name one in $CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


@dataclass
class Opened:
    """A page in a tab, and what it tried."""

    page: "sync_api.Page"
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def ids(self):
        """The ids of the rows of the list, in order."""
        return [row.inner_text() for row in self.page.locator("#list .row .id").all()]

    def selected(self):
        return self.page.locator("#detail h3").inner_text()

    def choose(self, name, label):
        self.page.locator(f"#c-{name}").select_option(label=label)

    def output(self, system):
        return self.page.locator(f"#detail .output[aria-label='{system}'] .text")

    def status(self):
        return self.page.locator("#status").inner_text()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the address of the file of a page; each page is written once."""
    folder = tmp_path_factory.mktemp("pages")
    addresses = {}

    def address(name):
        if name not in addresses:
            file = folder / f"{name}.html"
            file.write_text(html.page(PAGES[name]()), encoding="utf-8")
            addresses[name] = file.as_uri()
        return addresses[name]

    return address


_TEXT_OF_CHOICE = "select => select.selectedOptions[0].textContent"
PAGES = {
    "ordinary": lambda: Page("a run", [scores()], [ORDINARY], manifests={"run-1": MANIFEST}, version="1"),
    "hostile": lambda: Page(
        HOSTILE["script"], [scores(notes=HOSTILE.values())], [hostile()], manifests={"run-1": MANIFEST},
        changed=[
            ChangedSegment("translate", "near", name, {"chrf++": name}, text, f"{text} x")
            for name, text in HOSTILE.items()
        ],
    ),
    "many": lambda: Page("many", [scores()], [many(50_000)]),
    "two tasks": lambda: Page(
        "two", [scores(), scores(task="gist")],
        [ORDINARY, view([segment("g#1", [output("near", "a", 1.0), output("far", "b", 2.0)])], task="gist")],
    ),
    "three systems": lambda: Page(
        "three", [scores()],
        [view([segment("n#1", [output("near", "a a", flags=["repetition"]), output("far", "b"),
                               output("last", "", flags=["empty"])])], systems=("near", "far", "last"))],
    ),
    "leave one out": lambda: Page("two", [replace(scores(), leaves_one_out=True)], [ORDINARY]),
    "flagged words": lambda: Page("words", [scores()], [quantities("<b>\u202e7")]),
    "around 0": lambda: Page(
        "zero", [scores()], [view([segment("z#1", [output("near", "a", -0.04), output("far", "b", 0.04)])])]
    ),
    "before and after": lambda: Page("change", [scores()], [ORDINARY], before={"near": "far"}),
}  # fmt: skip


def many(count):
    """Return a view whose segment number N says "wordN"; every hundredth has a rare word."""
    return view([
        segment(f"m#{number}", [
            output("near", f"The text number word{number} has a few more words in it.", number * 7919 % 1000 / 10),
            output("far", f"Another text with word{number}.{' needle' if number % 100 == 0 else ''}", 50.0),
        ], source=f"यह वाक्य संख्या {number} है और इसमें कुछ शब्द हैं।", article=f"article {number // 20}")
        for number in range(count)
    ])  # fmt: skip


@pytest.fixture
def opened(browser, written):
    """Return a function that opens a page; after the test, no page may have made a request or reported an error."""
    contexts, pages = [], []

    def open_page(name, fragment="", **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "offline": True, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        tab = Opened(context.new_page())
        tab.page.on("request", lambda request: tab.requests.append(request.url))
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.page.on("console", lambda message: tab.errors.append(message.text) if message.type != "log" else None)
        tab.page.goto(written(name) + fragment, wait_until="load")
        if options.get("java_script_enabled", True):
            tab.page.wait_for_selector("#list :is(.row, .empty)")
        pages.append((tab, written(name)))
        return tab

    yield open_page
    for tab, address in pages:
        assert [url for url in tab.requests if not url.startswith((address, "data:", "blob:null"))] == []
        assert tab.errors == []
    for context in contexts:
        context.close()


class TestOrder:
    def test_segments_come_in_reading_order(self, opened):
        tab = opened("ordinary")
        assert tab.ids() == ["news#s01", "news#s02", "news#s03", "more#s01"]
        assert tab.selected() == "news#s01"
        assert tab.status() == "4 segments"

    @pytest.mark.parametrize(
        ("order", "ids"),
        [
            ("largest difference A − B", ["news#s03", "more#s01", "news#s02", "news#s01"]),
            ("A most ahead of B", ["more#s01", "news#s01", "news#s02", "news#s03"]),
            ("B most ahead of A", ["news#s03", "news#s02", "news#s01", "more#s01"]),
            ("worst of A", ["news#s03", "news#s02", "more#s01", "news#s01"]),
            ("best of A", ["news#s01", "more#s01", "news#s02", "news#s03"]),
            ("longest source", ["news#s01", "news#s02", "more#s01", "news#s03"]),
        ],
    )
    def test_they_are_sorted_and_the_first_is_selected(self, opened, order, ids):
        tab = opened("ordinary")
        tab.choose("sort", order)
        assert tab.ids() == ids
        assert tab.selected() == ids[0]

    def test_any_two_systems_can_be_compared(self, opened):
        tab = opened("ordinary")
        tab.choose("a", "far")
        assert tab.page.locator("#c-b").evaluate("select => select.selectedOptions[0].textContent") == "near"
        tab.choose("sort", "worst of A")
        assert tab.ids()[0] == "more#s01"

    def test_the_best_system_comes_first(self, opened):
        names = opened("ordinary").page.locator("#detail .output .name").all_inner_texts()
        assert names == ["near", "far"]


class TestFilters:
    @pytest.mark.parametrize(
        ("name", "label", "ids"),
        [
            ("flag", "any flag, of any system", ["news#s02", "news#s03", "more#s01"]),
            ("flag", "wrong script: outputs in the wrong script", ["more#s01"]),
            ("kind", "title", ["news#s01"]),
            ("article", "more", ["more#s01"]),
            ("dataset", "set", ["news#s01", "news#s02", "news#s03", "more#s01"]),
        ],
    )
    def test_they_leave_the_segments_that_fit(self, opened, name, label, ids):
        tab = opened("ordinary")
        tab.page.locator("#filters summary").click()
        tab.choose(name, label)
        assert tab.ids() == ids

    def test_a_chip_names_the_words_that_it_is_about_as_text(self, opened):
        tab = opened("flagged words")
        chips = tab.page.locator("#detail .output[aria-label='near'] .chip")
        assert {chip.inner_text(): chip.get_attribute("title") for chip in chips.all()} == {
            "quantities": f"{diagnostics.every()['quantities'].label}: source 2006; output <b><U+202E>7",
            "repetition": diagnostics.every()["repetition"].label,
        }
        assert tab.page.locator("#detail .output[aria-label='far'] .chip").count() == 0

    def test_a_score_that_rounds_to_0_has_no_sign(self, opened):
        tab = opened("around 0")
        assert tab.page.locator("#detail .output .value").all_inner_texts() == ["0.0", "<0.1"]

    def test_a_mark_in_the_list_names_the_flags_of_the_chosen_systems_only(self, opened):
        tab = opened("three systems")
        flagged = tab.page.locator("#list .row .flagged")
        assert flagged.all_inner_texts() == ["⚑\u00a0repetition"]
        assert flagged.get_attribute("title") == "A or B: repetition"
        tab.choose("b", "last")
        assert flagged.all_inner_texts() == ["⚑\u00a0empty, repetition"]

    def test_a_length_is_in_words(self, opened):
        tab = opened("ordinary")
        tab.page.locator("#filters summary").click()
        tab.page.locator("#c-max").fill("3")
        tab.page.locator("#c-max").press("Enter")
        assert tab.ids() == ["news#s03", "more#s01"]
        assert tab.status() == "2 of 4 segments"
        assert tab.page.locator("#filter-count").inner_text().strip() == "(1)"
        tab.page.locator("#c-reset").click()
        assert len(tab.ids()) == 4

    @pytest.mark.parametrize(
        ("query", "loose", "ids"),
        [
            ("tokyo", False, ["news#s01"]),
            ("TALKS monday", False, ["news#s01"]),
            ("मंत्री", False, ["news#s02"]),
            ("मत्री", False, []),
            ("मत्री", True, ["news#s02"]),
            ("more#s01", False, ["more#s01"]),
            ("nowhere", False, []),
        ],
    )
    def test_a_search_finds_hindi_and_english_in_every_text(self, opened, query, loose, ids):
        tab = opened("ordinary")
        if loose:
            tab.page.locator("#c-loose").check()
        tab.page.locator("#c-q").fill(query)
        tab.page.wait_for_function("() => /^\\d+ of/.test(document.getElementById('status').textContent)")
        assert tab.ids() == ids

    def test_a_search_is_marked(self, opened):
        tab = opened("ordinary", "#t=translate&q=minister")
        assert tab.page.locator("#detail mark").first.inner_text().lower() == "minister"

    def test_nothing_that_fits_is_said(self, opened):
        tab = opened("ordinary", "#t=translate&q=nowhere")
        assert "No segment fits" in tab.page.locator("#list").inner_text()


class TestLinks:
    def test_a_link_opens_its_segment_and_view(self, opened):
        tab = opened("ordinary", "#t=translate&s=news%23s03&a=far&b=near&o=worst&f=*")
        assert tab.selected() == "news#s03"
        assert tab.page.locator("#c-sort").input_value() == "worst"
        assert tab.ids() == ["more#s01", "news#s02", "news#s03"]

    def test_the_address_follows_the_reader_and_leads_back(self, opened):
        tab = opened("ordinary")
        tab.choose("sort", "worst of A")
        tab.page.keyboard.press("j")
        again = opened("ordinary", tab.page.evaluate("location.hash"))
        assert again.selected() == tab.selected() == "news#s02"
        assert again.ids() == tab.ids()

    def test_the_name_of_a_system_leads_to_its_worst_segment(self, opened):
        tab = opened("two tasks")
        for _ in range(2):
            tab.page.get_by_role("link", name="far").first.click()
            tab.page.wait_for_function("() => document.getElementById('c-sort').value === 'worst'")
            chosen = [tab.page.locator(f"#c-{side}").evaluate(_TEXT_OF_CHOICE) for side in "ab"]
            assert chosen == ["far", "near"]
            assert tab.selected() == "more#s01" == tab.ids()[0]
            tab.choose("sort", "reading order")

    def test_a_wrong_link_shows_the_page(self, opened):
        assert opened("ordinary", "#t=no-such-task&s=x").selected() == "news#s01"
        assert opened("ordinary", "#t=translate&s=no-such-segment&a=x&o=x").selected() == "news#s01"

    def test_another_task_is_chosen(self, opened):
        tab = opened("two tasks")
        tab.choose("task", "gist")
        assert tab.ids() == ["g#1"]
        assert tab.page.evaluate("location.hash").startswith("#t=gist&s=g%231")


class TestKeys:
    def test_j_and_k_move(self, opened):
        tab = opened("ordinary")
        for key, number in (("j", 2), ("j", 3), ("k", 2), ("k", 1), ("k", 1)):
            tab.page.keyboard.press(key)
            assert tab.selected() == f"news#s0{number}"
        assert tab.status() == "news#s01, 1 of 4"

    def test_arrows_move_in_the_list(self, opened):
        tab = opened("ordinary")
        tab.page.locator("#list").focus()
        tab.page.keyboard.press("End")
        assert tab.selected() == "more#s01"
        assert tab.page.locator("#list").get_attribute("aria-activedescendant") == "row-3"
        tab.page.keyboard.press("ArrowUp")
        assert tab.selected() == "news#s03"

    def test_digits_choose_systems_and_x_exchanges_them(self, opened):
        tab = opened("ordinary")
        tab.page.keyboard.press("2")
        assert tab.page.locator("#c-a").input_value() == "1"
        tab.page.keyboard.press("x")
        assert tab.page.locator("#c-a").input_value() == "0"
        tab.page.keyboard.press("9")
        assert tab.page.locator("#c-a").input_value() == "0"

    def test_slash_searches_and_escape_leaves(self, opened):
        tab = opened("ordinary")
        tab.page.keyboard.press("/")
        tab.page.keyboard.type("jk")
        assert tab.page.locator("#c-q").input_value() == "jk"
        tab.page.keyboard.press("Escape")
        assert tab.page.evaluate("document.activeElement.id") == "list"

    def test_a_question_mark_shows_the_keys(self, opened):
        tab = opened("ordinary")
        tab.page.keyboard.press("?")
        assert tab.page.locator("#help").is_visible()
        tab.page.keyboard.press("Escape")
        assert not tab.page.locator("#help").is_visible()

    def test_a_shows_the_article_in_reading_order(self, opened):
        tab = opened("ordinary")
        tab.page.keyboard.press("a")
        assert tab.page.locator("#detail .passage .link").all_inner_texts() == ["news#s01", "news#s02", "news#s03"]
        tab.page.locator("#detail .passage .link button").nth(2).click()
        assert tab.selected() == "news#s03"


def test_segments_say_that_their_scores_are_against_all_references_if_the_table_leaves_one_out(opened):
    assert "scores against all references" in opened("leave one out").page.locator("#detail .meta").inner_text()
    assert "against all references" not in opened("ordinary").page.locator("#segments").inner_text()


class TestDifferences:
    def test_words_are_marked_against_the_nearest_reference(self, opened):
        tab = opened("ordinary")
        assert tab.output("near").locator("ins").all_inner_texts() == ["Tokyo"]
        assert tab.output("near").locator("del").all_inner_texts() == ["Delhi"]
        assert "marked against reference close" in tab.page.locator("#detail").inner_text()
        assert tab.output("far").locator("ins.moved").count() == 1

    def test_the_script_marks_as_the_text_of_the_page_does(self, opened):
        tab = opened("ordinary")
        static = tab.page.evaluate("""() => [...document.querySelectorAll(".static-segment")].map(segment =>
            [...segment.querySelectorAll("dd")].slice(-2).map(each => each.firstElementChild.innerHTML.trim()))""")
        for both in static:
            shown = tab.page.evaluate("""() => [...document.querySelectorAll("#detail .output")].map(output => {
                const text = output.querySelector(".text");
                return text ? text.innerHTML.replaceAll(' title="elsewhere in the reference"', "") : "";
            })""")
            assert shown == both
            tab.page.keyboard.press("j")

    def test_d_hides_them(self, opened):
        tab = opened("ordinary")
        tab.page.keyboard.press("d")
        assert tab.output("near").inner_text() == ORDINARY.segments[0].outputs[0].text
        assert tab.output("near").locator("ins, del").count() == 0

    def test_an_output_is_marked_against_the_one_before(self, opened):
        tab = opened("before and after")
        assert "marked against far" in tab.page.locator("#detail").inner_text()


class TestCopy:
    @pytest.fixture
    def copied(self, opened):
        tab = opened("ordinary", permissions=["clipboard-read", "clipboard-write"])
        tab.page.keyboard.press("j")

        def copy(name):
            tab.page.get_by_role("button", name=name).click()
            tab.page.wait_for_function("() => document.getElementById('status').textContent.includes('is copied')")
            return tab.page.evaluate("navigator.clipboard.readText()")

        return copy

    def test_as_text(self, copied):
        text = copied("Copy text")
        assert text.startswith("news#s02\n\nsource\nमंत्री ने कहा")
        assert "near (chrf++ 30.0, bleu 15.0, repetition)\nThe minister said nothing new.\n" in text

    def test_as_markdown(self, copied):
        text = copied("Copy Markdown")
        assert text.startswith("### news\\#s02\n\n**source**\n\n```text\n")

    def test_as_an_issue(self, copied):
        text = copied("Copy issue")
        assert "Report: a run; task: translate" in text
        assert "`#t=translate&s=news%23s02" in text

    def test_as_a_link(self, copied):
        assert copied("Copy link").endswith("s=news%23s02&a=near&b=far")


@pytest.fixture(scope="module")
def shown(browser, written):
    """Return the texts of the near system and the source, by case, and what the page came to."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: errors.append(dialog.message))
    page.goto(written("hostile"))
    page.wait_for_selector("#list .row")
    texts = {}
    for name in HOSTILE:
        texts[name] = [
            page.locator("#detail > .text").first.text_content(),
            page.locator("#detail .output[aria-label='near'] .text").text_content(),
        ]
        page.keyboard.press("j")
    state = page.evaluate("({hit: window.hit, width: document.documentElement.scrollWidth})")
    context.close()
    return texts, {**state, "requests": requests[1:], "errors": errors}


class TestHostileTexts:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_they_are_visible_text(self, shown, name):
        expected = "".join(piece for piece, _ in visible.pieces(HOSTILE[name]))
        assert shown[0][name] == [expected, expected]

    def test_none_of_them_runs_loads_or_widens_the_page(self, shown):
        assert shown[1] == {"hit": None, "width": 1280, "requests": [], "errors": []}

    def test_copied_as_markdown_they_stay_in_their_fence(self, opened):
        tab = opened("hostile", permissions=["clipboard-read", "clipboard-write"])
        tab.page.get_by_role("button", name="Copy Markdown").click()
        text = tab.page.evaluate("navigator.clipboard.readText()")
        assert "```text\n<script>window.hit = 1</script>\n```" in text


class TestWithoutScript:
    def test_tables_and_segments_are_there(self, opened):
        tab = opened("ordinary", java_script_enabled=False)
        assert tab.page.locator("#static").is_visible()
        assert not tab.page.locator("#app").is_visible()
        assert tab.page.get_by_text("मंत्री ने कहा").is_visible()
        assert tab.page.locator("table.scores").first.is_visible()

    def test_a_printed_page_has_the_tables_and_the_segments(self, opened, tmp_path):
        tab = opened("ordinary")
        tab.page.emulate_media(media="print")
        assert not tab.page.locator("#app").is_visible()
        assert tab.page.locator("table.scores").first.is_visible()
        assert tab.page.get_by_text("The minister said nothing new.").first.is_visible()
        assert tab.page.pdf().startswith(b"%PDF")


class TestSizes:
    def test_a_narrow_page_does_not_scroll_sideways(self, opened):
        tab = opened("ordinary", viewport={"width": 360, "height": 740})
        assert tab.page.evaluate("document.documentElement.scrollWidth") == 360

    @pytest.mark.slow
    def test_fifty_thousand_segments_are_searched_at_once(self, opened):
        tab = opened("many")
        assert tab.page.locator("#list .row").count() < 60
        tab.page.keyboard.press("/")
        tab.page.locator("#c-q").fill("needle")
        tab.page.wait_for_function("() => document.getElementById('status').textContent === '500 of 50,000 segments'")
        tab.page.locator("#list").focus()
        tab.page.keyboard.press("End")
        assert tab.selected() == "m#49900"
        # On a quiet machine it takes 0.05 s (tests/benchmarks/report.py).
        took = tab.page.evaluate("""() => new Promise(done => {
            const box = document.getElementById("c-q"), start = performance.now();
            box.value = "word4999";
            box.dispatchEvent(new Event("input"));
            requestAnimationFrame(() => done(performance.now() - start));
        })""")
        assert tab.status() == "11 of 50,000 segments"
        assert took < 2000


class TestAccessible:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("fragment", ["", "#t=translate&s=news%23s02&v=article"], ids=["segment", "article"])
    def test_axe_finds_nothing_serious(self, opened, scheme, fragment):
        axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-playwright-python")
        tab = opened("ordinary", fragment, color_scheme=scheme, bypass_csp=True)
        tab.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        found = axe.Axe().run(tab.page).response["violations"]
        assert [
            (each["id"], [node["html"] for node in each["nodes"]][:3])
            for each in found if each["impact"] in ("serious", "critical")
        ] == []  # fmt: skip

    def test_everything_has_a_name_and_changes_are_announced(self, opened):
        tab = opened("ordinary")
        assert tab.page.get_by_role("listbox", name="Segments").is_visible()
        assert tab.page.get_by_role("region", name="Segment news#s01").is_visible()
        assert tab.page.get_by_role("navigation", name="Contents").is_visible()
        assert tab.page.locator("#status").get_attribute("aria-live") == "polite"
        assert tab.page.locator("#list").get_by_role("option", selected=True).count() == 1
