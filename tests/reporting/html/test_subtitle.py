"""The line below the title of a page."""

import pytest

from harness.reporting.html.subtitle import subtitle
from tests.reporting.html.records import ORDINARY, view

RUN = {
    "datasets": [{"name": "india-japan", "articles": 1, "segments": 19}],
    "finished": "2026-11-26T01:04:56+00:00",
    "libraries": {"hindi-eval-harness": "0.1.0", "numpy": "2.4"},
}
GIST = view([], task="gist", target="hin_Deva")

CASES = {
    "a run of one direction": (
        [ORDINARY], [RUN], "Hindi to English · india-japan: 1 article · run of 2026-11-26 · harness 0.1.0"
    ),
    "two directions name their tasks": (
        [ORDINARY, GIST], [RUN],
        "Hindi to English (translate), Hindi to Hindi (gist) · india-japan: 1 article · run of 2026-11-26 · "
        "harness 0.1.0",
    ),
    "runs on several days": (
        [ORDINARY], [RUN, {**RUN, "finished": "2026-11-24T23:00:00+00:00"}],
        "Hindi to English · india-japan: 1 article · runs of 2026-11-24 to 2026-11-26 · harness 0.1.0",
    ),
    "several datasets, and one whose articles are not known": (
        [ORDINARY], [{**RUN, "datasets": [{"name": "a", "articles": 1200}, {"name": "b", "articles": None}]}],
        "Hindi to English · a: 1,200 articles, b · run of 2026-11-26 · harness 0.1.0",
    ),
    "a manifest of an early version": (
        [ORDINARY], [{"dataset": {"name": "old"}}], "Hindi to English · old · harness 9"
    ),
    "another language keeps its code": (
        [view([], language="mar_Deva")], [], "mar_Deva to English · harness 9"
    ),
    "nothing but the version": ([], [], "harness 9"),
}  # fmt: skip


@pytest.mark.parametrize(("views", "manifests", "line"), CASES.values(), ids=CASES)
def test_it_states_languages_data_dates_and_version(views, manifests, line):
    assert subtitle(views, manifests, "9") == line


def test_it_is_empty_if_nothing_is_known():
    assert subtitle([], [], "") == ""
