"""docs/tutorial.ipynb runs from its first cell to its last, and shows what it says that it shows."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # what packages of notebooks say of each other
def test_the_tutorial_runs_from_its_first_cell_to_its_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "TOKEN", "DATA"):
        monkeypatch.delenv(f"EMERGESCOPE_{name}", raising=False)
    monkeypatch.setenv("EMERGESCOPE_WORKERS", "1")
    monkeypatch.setenv("PYTHONPATH", str(DOCS.parent / "backend"))
    notebook = nbformat.read(DOCS / "tutorial.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in cells] == [[]] * len(cells)  # it is kept without them
    runner = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    runner.execute()
    _, recording, look, compare, numbers = cells
    assert "61 frames" in _text(recording)
    html = look.outputs[0].data["text/html"]
    address = re.search(r'<iframe src="(http://127\.0\.0\.1:\d+)/runs/(\w{12})\?present=1"', html)
    assert address is not None
    assert "<strong>Parity, by hand</strong> · succeeded, step 600 of 600" in html
    assert html.count("<svg ") >= 2
    assert f"{address[1]}/compare?runs={address[2]}," in _text(compare)
    assert re.search(r"right in nine of ten from step \d+\n", _text(numbers))
    before, after = re.findall(r"that matter (0\.\d+)", _text(numbers))
    assert float(after) > float(before) + 0.1
    assert not [name for name in tmp_path.iterdir() if name.name != ".ipynb_checkpoints"]  # it leaves nothing about


def _text(cell: Mapping[str, Any]) -> str:
    """All that a cell printed."""
    return "".join(output["text"] for output in cell["outputs"] if output["output_type"] == "stream")
