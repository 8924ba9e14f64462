"""The code of docs/client.md runs, from its first block to its last."""

import re
from pathlib import Path

import pytest

from tests.client.conftest import TOKEN

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.slow
def test_the_code_of_the_page_runs(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMERGESCOPE_URL", url)
    monkeypatch.setenv("EMERGESCOPE_TOKEN", TOKEN)
    page = (DOCS / "client.md").read_text("utf-8")
    blocks = list(re.finditer(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))
    assert len(blocks) == 7
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks:
        line = page[: block.start(1)].count("\n")
        exec(
            compile("\n" * line + block[1], str(DOCS / "client.md"), "exec"), names
        )  # errors name the line of the page
    names["client"].close()  # type: ignore[attr-defined]
    said = capsys.readouterr().out
    for words in ("succeeded ", "half of the neurons point along s", "features emerged", "/overrides/problem/k"):
        assert words in said
