"""Segments of no real run, and texts that a page must show as text."""

from dataclasses import replace

from harness.core.scores import SystemScores, TaskScores
from harness.core.segments import OutputView, SegmentView, Span, TaskView
from tests.reporting.scores import how_tested, pair, score

HINDI = "भारत और जापान के बीच वार्ता हुई।"

# Name of a case, and a text as a model may write it.
HOSTILE = {
    "script": "<script>window.hit = 1</script>",
    "end of the script": "</script><script>window.hit = 1</script>",
    "comment": "<!-- <script> --> ]]>",
    "image": "<img src=x onerror='window.hit = 1'>",
    "link": "javascript:window.hit=1 [a](javascript:window.hit=1)",
    "entity": "&lt;b&gt; &amp; &#39;",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7}",
    "broken": "<b><i></b> </td></table></main> \" ' ` >",
    "bidi": "invoice \u202efdp.exe\u202c \u2066hidden\u2069",
    "zero width": "zero\u200bwidth\u2060 and\ufeff a joiner a\u200db",
    "lone mark": "\u093f \u0301 a\u0301\u0301\u0301\u0301\u0301\u0301",
    "separators": "one\u2028two\u2029three\x00four\x1b[31mred\x1b[0m",
    "surrogate": "half \ud83d of a pair",
    "long word": "x" * 10_000,
    "emoji": "family 👩\u200d👩\u200d👧 ❤\ufe0f",
    "conjunct": "क्\u200dष और र्\u200cक",
}


def output(system, text, value=50.0, flags=(), tokens=None, places=None):
    """Return an output; `places` are (side, text) by flag."""
    spans = {flag: tuple(Span(*of, 0, len(of[1])) for of in of_flag) for flag, of_flag in (places or {}).items()}
    return OutputView(system, text, {"chrf++": value, "bleu": value / 2}, tuple(flags), tokens, None, spans)


def quantities(text="2007"):
    """Return a view of one segment: a system has another number than the source, the other one has it right."""
    flagged = output("near", f"In {text}.", flags=["quantities", "repetition"], places={
        "quantities": [("source", "2006"), ("output", text), ("output", "x" * 61)],
    })  # fmt: skip
    return view([segment("q#1", [flagged, output("far", "In 2006.")], source="2006 में।")])


def segment(name, outputs, *, references=None, source=HINDI, kind="body", article="news", dataset="set", words=None):
    return SegmentView(
        name, article, kind, dataset, source, references or {}, tuple(outputs),
        len(source.split()) if words is None else words,
    )  # fmt: skip


def view(segments, systems=("near", "far"), task="translate", dataset="set", **changes):
    made = TaskView(
        task, dataset, "hin_Deva", "eng_Latn", ("chrf++", "bleu"), "chrf++", tuple(systems), tuple(segments),
        is_one_of_several=False, lower_is_better=frozenset(), runs=("run",), notes=(),
    )  # fmt: skip
    return replace(made, **changes)


def scores(near=60.0, far=50.0, shown=True, task="translate", notes=()):
    delta = near - far
    return TaskScores(
        task=task, primary="chrf++", segments=4, articles=1, references=("a", "b"), target="eng_Latn",
        systems=(
            SystemScores("far", "system", {"chrf++": score(far, 2), "bleu": score(far / 2, 2)}),
            SystemScores("near", "system", {"chrf++": score(near, 2), "bleu": score(near / 2, 2)}),
        ),
        comparisons=(pair("chrf++", "far", "near", -delta, None, 0.01, 0.01, shown),),
        testing=how_tested(1),
        notes=tuple(notes),
    )  # fmt: skip


REFERENCES = {"close": "India and Japan held talks in Delhi on Monday.", "free": "Delhi and Tokyo met."}

# Four segments whose scores, flags, kinds, datasets and lengths differ.
ORDINARY = view([
    segment("news#s01", [
        output("near", "India and Japan held talks in Tokyo on Monday.", 80.0),
        output("far", "in Delhi on Monday India and Japan held talks.", 70.0),
    ], references=REFERENCES, kind="title"),
    segment("news#s02", [
        output("near", "The minister said nothing new.", 30.0, ["repetition"]), output("far", "Minister spoke.", 60.0)
    ], references={"close": "The minister said nothing."}, source="मंत्री ने कहा कि कुछ नहीं है।"),
    segment("news#s03", [output("near", "", 0.0, ["empty"]), output("far", "Trade grew.", 90.0)],
            references={"close": "Trade grew."}, source="व्यापार बढ़ा।"),
    segment("more#s01", [output("near", "A new day.", 55.0), output("far", "एक नया दिन", 5.0, ["wrong_script"])],
            references={"close": "One new day."}, source="एक नया दिन।", article="more"),
])  # fmt: skip


def hostile():
    """Return a view whose every text is hostile, one case per segment."""
    return view([
        segment(f"h#{name}", [output("near", text, 10.0 + place), output("far", text[::-1], 5.0)],
                source=text, article="h")
        for place, (name, text) in enumerate(HOSTILE.items())
    ])  # fmt: skip
