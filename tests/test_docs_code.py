"""The Python blocks of pages run, in their order, as a reader would type them."""

import re
from pathlib import Path

import pytest

from tests.recorder.films import display_of, events, frames, run_of, steps

DOCS = Path(__file__).resolve().parent.parent / "docs"


def _blocks(page: Path) -> list[str]:
    """Each with empty lines before it, so that errors name the line of the page."""
    text = page.read_text("utf-8")
    found = re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return ["\n" * text[: block.start(1)].count("\n") + block[1] for block in found]


@pytest.mark.slow
def test_the_page_on_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMERGESCOPE_DATA", str(tmp_path / "data"))
    names: dict[str, object] = {"__name__": "__main__"}
    page = DOCS / "record.md"
    for block in _blocks(page):
        exec(compile(block, str(page), "exec"), names)
    parity, layers = (
        next((tmp_path / "data" / "recordings").glob(f"{name}-*")) for name in ("parity-of-three", "layers")
    )
    assert steps(parity) == [*range(0, 200, 5)]
    first, *_, last = (frame.metrics["signal_cosine_mean"] or 0 for frame in frames(parity))
    assert (round(first, 1), round(last, 2)) == (0.1, 0.56)  # as the page says
    assert [event["step"] for event in events(parity) if event["kind"] == "aligned"] == [80]
    assert display_of(parity).metrics.keys() >= {"loss", "accuracy", "signal_cosine_mean"}
    assert display_of(layers).tensors.keys() >= {"first.layout", "second.weights", "rates", "confusion"}
    assert [event["kind"] for event in events(layers)] == ["restarted"]
    assert steps(tmp_path / "overnight") == [*range(6)]
    assert {run_of(path)["status"] for path in (parity, layers, tmp_path / "overnight")} == {"succeeded"}
