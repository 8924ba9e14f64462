"""What a notebook shows of runs: of one on a server, of one in a directory; whatever people have written in them."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from emergescope import Client, record
from emergescope.client import Run
from emergescope.notebook.film import Curve, Film, film_of, in_words
from emergescope.notebook.html import to_html
from emergescope.notebook.sources import run_on_server
from tests.api.server_process import ServerProcess
from tests.conftest import TINY

TOKEN = "a-token-of-the-tests-1234"
HOSTILE = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;"
METRIC = {"title": HOSTILE, "unit": "none", "colour": HOSTILE, "low": None, "high": None, "scale": "linear"}


def _elements(html: str) -> list[ElementTree.Element]:
    """All elements; it is well-formed, so nothing in it has been taken for a tag."""
    outside, script = html.split("<script>", maxsplit=1)[0], html.count("<script>")
    assert script == 1  # its own
    return list(ElementTree.fromstring(outside + "</div>").iter())


def _curve(values: list[float | None], **more: object) -> Film:
    declared = {"loss": {**METRIC, "title": "loss", "emphasis": True, **more}}
    steps = [10 * place for place in range(len(values))]
    return film_of("run", "running", declared, {"loss": values[-1]}, steps, {"loss": values})


def test_what_people_write_is_text() -> None:
    film = Film(HOSTILE, HOSTILE, [Curve(**METRIC, steps=[0, 1], values=[1.0, 2.0])], [(HOSTILE, HOSTILE)])  # type: ignore[arg-type]
    html = to_html(film, 'https://lab.example/"onload="x/runs/x', framed=True)
    elements = _elements(html)
    drawn = {"svg", "path", "text", "table", "tr", "th", "td"}
    assert {one.tag for one in elements} <= drawn | {"div", "p", "strong", "a", "iframe", "details", "summary"}
    assert not [name for one in elements for name in one.attrib if name.startswith("on")]
    assert [one.text for one in elements if one.tag == "strong"] == [HOSTILE]
    assert [one.text for one in elements if one.tag in ("th", "td")] == [HOSTILE] * 2
    (path,) = [one.get("style") for one in elements if one.tag == "path" and one.get("style")]
    assert path == "stroke:currentColor"  # a colour is one of ours


def test_a_curve_has_gaps_where_nothing_was_measured() -> None:
    film = _curve([1.0, 3.0, None, float("nan"), 2.0, float("inf"), 1.0, 1.0])
    paths = [one.get("d", "") for one in _elements(to_html(film)) if one.get("fill") == "none"]
    assert [path.count("L") for path in paths] == [1, 1, 1]
    assert paths[0] == "M54.0 100.0L88.6 24.0"  # from the least to the largest
    assert film.numbers == [("loss", "1")]


@pytest.mark.parametrize("values", [[None, None], [0.0, 0.0], [float("nan")], [], [1e308, -1e308], [5.0]])
def test_any_numbers_make_a_picture_or_none(values: list[float | None]) -> None:
    declared = {"loss": {**METRIC, "emphasis": False, "scale": "log"}}
    columns = {"loss": values}
    film = film_of("run", "running", declared, {"loss": None}, range(len(values)), columns)
    _elements(to_html(film))
    assert film.numbers == [(HOSTILE, "not a number")]


def test_a_long_run_is_drawn_with_few_points_and_its_last() -> None:
    film = _curve([float(place) for place in range(10_001)])
    (curve,) = film.curves
    assert len(curve.steps) <= 302
    assert (curve.steps[0], curve.steps[-1], curve.values[-1]) == (0, 100_000, 10_000.0)


def test_what_stands_for_a_run_is_drawn_and_comes_first() -> None:
    declared = {name: {**METRIC, "title": name, "emphasis": name == "b"} for name in "abc"}
    columns = {name: [1.0, 2.0] for name in "abc"}
    film = film_of("run", "running", declared, {"a": 1.0, "b": 2.0}, [0, 1], columns)
    assert [curve.title for curve in film.curves] == ["b"]
    assert [title for title, _ in film.numbers] == ["b", "a"]


def test_numbers_in_words() -> None:
    assert [in_words(0.98765, "share"), in_words(0.98765, "none"), in_words(None, "none")] == [
        "98.8%",
        "0.9877",
        "not a number",
    ]


def test_a_recorder_shows_what_it_has_kept(tmp_path: Path) -> None:
    rec = record(HOSTILE, directory=tmp_path / "run", strict=True)
    assert rec._repr_html_() is None  # there is nothing to be seen yet
    for step in range(4):
        rec.snapshot(step, np.eye(4) + step, metrics={"loss": 4.0 - step, "accuracy": step / 4})
    rec.finish()
    html = rec._repr_html_()
    assert html is not None
    said = [one.text for one in _elements(html)]
    assert HOSTILE in said
    assert [*said[said.index("loss") :][:2]] == ["loss", "1"]
    assert "succeeded, step 3" in html
    assert "<iframe" not in html  # no server has it
    (tmp_path / "run" / "run.json").write_text("{}")
    broken = rec._repr_html_()
    assert broken is not None
    assert "cannot be read" in broken


def test_nothing_is_shown_of_a_server_that_does_not_answer() -> None:
    assert run_on_server("http://127.0.0.1:1", {}, "k3v9x2m8q1ab") is None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("notebook"), token=TOKEN)
    yield server
    server.stop()


def test_a_recorder_shows_what_its_server_has(
    server: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMERGESCOPE_DATA", str(tmp_path))
    url = f"http://127.0.0.1:{server.port}"
    with record("sent", url=url, token=TOKEN, strict=True) as rec:
        for step in range(3):
            rec.snapshot(step, np.eye(4) + step, metrics={"loss": 3.0 - step})
    html = rec._repr_html_()
    assert html is not None
    assert f'href="{url}/runs/{rec.id}"' in html
    assert "succeeded, step 2" in html
    assert TOKEN not in html
    assert rec.path is not None
    assert not rec.path.exists()  # all of it is there


def test_a_run_knows_its_server_wherever_it_was_told_of(server: ServerProcess) -> None:
    with Client(f"http://127.0.0.1:{server.port}", TOKEN) as client:
        run = client.submit("quick", TINY, name=HOSTILE)
        told = [one for one in client.watch(run) if isinstance(one, Run)]
        for one in (run, told[-1], client.get(run), *client.list(study="patterns")):
            html = one._repr_html_()
            assert html is not None
            elements = _elements(html)
            assert [one.get("href") for one in elements if one.tag == "a"] == [f"{client.url}/runs/{run.id}"]
            assert [one for one in elements if one.tag == "iframe"] == []  # nobody else's page may show it
            assert "succeeded, step" in html
            assert TOKEN not in html + repr(one)
        client.delete(run)
        assert run._repr_html_() is None
