"""Each notebook runs from top to bottom, in a kernel of its own, and shows what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.paths import ROOT

FOLDER = Path(__file__).parent


@pytest.mark.slow
# The kernel's client warns of event loops and of its own future.
@pytest.mark.filterwarnings("ignore")
class TestQuickstart:
    @pytest.fixture(scope="class")
    def cells(self) -> list[Any]:
        """Return the cells with code, executed."""
        nbclient = pytest.importorskip("nbclient", reason="needs nbclient and ipykernel: pip install -e '.[test]'")
        pytest.importorskip("ipykernel", reason="needs nbclient and ipykernel: pip install -e '.[test]'")
        import nbformat

        notebook = nbformat.read(FOLDER / "quickstart.ipynb", as_version=4)
        where = {"metadata": {"path": str(ROOT)}}
        nbclient.NotebookClient(notebook, timeout=900, startup_timeout=300, resources=where).execute()
        return [cell for cell in notebook.cells if cell.cell_type == "code"]

    def test_results_show_themselves_as_tables(self, cells: list[Any]) -> None:
        html = _shown(cells[1], "text/html")
        assert html.count("<table>") == 4  # two tasks on two datasets
        assert "transliterate" in html and "lead-1" in html

    def test_records_are_data_frames(self, cells: list[Any]) -> None:
        assert all("dataframe" in _shown(cell, "text/html") for cell in cells[2:5])
        assert "chrf++" in _shown(cells[2], "text/plain")
        assert _shown(cells[4], "text/plain").count("#p") == 3

    def test_a_finished_run_is_loaded(self, cells: list[Any]) -> None:
        assert int(_shown(cells[5], "text/plain")) > 19

    def test_texts_are_scored_and_a_mistake_is_one_line(self, cells: list[Any]) -> None:
        assert cells[6].outputs[0].text.startswith("translate")
        assert cells[7].outputs[0].text.startswith("hypotheses a: the hypothesis has 1 lines, reference has 2")
        assert cells[7].outputs[0].text.count("\n") == 1


def test_no_output_is_committed() -> None:
    """Outputs would differ from machine to machine."""
    for path in FOLDER.glob("*.ipynb"):
        assert '"outputs": []' in path.read_text(encoding="utf-8")
        assert '"execution_count": 1' not in path.read_text(encoding="utf-8")


def _shown(cell: Any, kind: str) -> str:
    return "".join(output.data[kind] for output in cell.outputs if output.output_type == "execute_result")
