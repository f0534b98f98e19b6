"""The example under results/quickstart is what quickstart gives today, apart from times and the look of the page."""

from pathlib import Path

import pytest

from tests import example

AGAIN = "run: python -m tests.example"


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("example")
    example.make(folder)
    return folder


def test_the_tables_are_those_of_today(new: Path) -> None:
    assert example.tables(example.EXAMPLE) == example.tables(new), AGAIN


def test_the_sentences_at_a_glance_are_those_of_today(new: Path) -> None:
    assert example.sentences(example.EXAMPLE) == example.sentences(new), AGAIN


def test_the_segments_of_the_page_are_those_of_today(new: Path) -> None:
    assert example.data(example.EXAMPLE) == example.data(new), AGAIN


def test_the_page_names_no_place_of_a_machine() -> None:
    page = (example.EXAMPLE / "report.html").read_text(encoding="utf-8")
    places = [*(f"/{folder}/" for folder in ("home", "root", "tmp", "Users")), "C:" + 2 * "\\"]  # as JSON has it
    assert not any(place in page for place in places)
