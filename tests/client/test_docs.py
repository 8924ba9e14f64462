"""The Python code of the pages on use from Python runs, from the first block of each to its last."""

import re
from functools import partial
from pathlib import Path

import pytest

from tests.client.conftest import TOKEN
from tests.loops import in_thread

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "number", "words"),
    [
        (
            "docs/client.md",
            7,
            ("succeeded ", "half of the neurons point along s", "features emerged", "/overrides/problem/k"),
        ),
        ("README.md", 1, ("(600, 100)", "Happened(")),
    ],
)
def test_the_code_of_a_page_runs(
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    page: str,
    number: int,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("EMERGESCOPE_URL", url)
    monkeypatch.setenv("EMERGESCOPE_TOKEN", TOKEN)
    text = (ROOT / page).read_text("utf-8")
    blocks = list(re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    assert len(blocks) == number
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks:
        before = "\n" * text[: block.start(1)].count("\n")  # so that an error names the line of the page
        in_thread(partial(exec, compile(before + block[1], page, "exec"), names))
    names["client"].close()  # type: ignore[attr-defined]
    said = capsys.readouterr().out
    assert [one for one in words if one not in said] == []
