"""A row that does not fit is shown with what is wrong, and `db check` names it; all others are shown as ever."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from httpx import ASGITransport, AsyncClient
from tests.conftest import TINY
from tests.jobs.inline import InlineExecutor

from emergescope.api import create_app
from emergescope.catalog.sweep import Sweep
from emergescope.config.run import RunConfig
from emergescope.service.experiments import Experiments
from emergescope.service.service import Service
from emergescope.settings import Settings
from emergescope.store.integrity import Check
from emergescope.store.opening import look
from emergescope.store.sqlite import FILE
from emergescope.store.store import Store


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, tiny: RunConfig) -> Path:
    """A database with the runs A and B and a sweep of two."""
    directory = tmp_path_factory.mktemp("whole")
    service = Service(Store(directory), InlineExecutor())
    for name in "AB":
        service.submit(tiny, name, None, ["tag"])
    sweep = Sweep.model_validate({"base": {"preset": "quick", "overrides": TINY}, "grid": {"method.m": [4, 8]}})
    Experiments(service, 10).submit_sweep(sweep, 1, "Sweep", ["tag"])
    service.close()
    return directory


class Client:
    """Calls an application that runs in `portal`."""

    def __init__(self, portal: BlockingPortal, client: AsyncClient) -> None:
        self._portal, self._client = portal, client

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        response: httpx.Response = self._portal.call(partial(self._client.request, method, path, json=body))
        return response

    def get(self, path: str) -> Any:
        return self.call("GET", path).raise_for_status().json()


@contextmanager
def _client(data: Path) -> Iterator[Client]:
    app = create_app(Settings.load(data=data, data_dir=data), executor=InlineExecutor())
    client = AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1")
    with start_blocking_portal() as portal:
        with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
            yield Client(portal, client)
        portal.call(client.aclose)


def _damage(whole: Path, data: Path, statement: str) -> None:
    shutil.copytree(whole, data)
    with closing(sqlite3.connect(data / FILE)) as database, database:
        assert database.execute(statement).rowcount > 0


def _look_everywhere(client: Client) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Runs and experiments, as lists give them, once every address of each was asked."""
    runs, experiments = client.get("/api/runs")["items"], client.get("/api/experiments")["items"]
    for run in runs:
        path = f"/api/runs/{run['id']}"
        assert client.get(path)["damage"] == run["damage"]
        assert client.get(f"{path}/frames")
        assert client.get(f"{path}/metrics")["step"]
        assert client.call("GET", f"{path}/theory").status_code in (200, 409)
    for experiment in experiments:
        assert client.get(f"/api/experiments/{experiment['id']}")["damage"] == experiment["damage"]
    return runs, experiments


def _troubles(data: Path) -> list[str]:
    with look(data, strict=True) as engine:
        return [f"{trouble.place}: {trouble.what}" for trouble in Check(engine, quick=True).troubles()]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("facts = json_set(facts, '$.facts.gamma', json('null'))", "facts.facts.gamma"),
        ('facts = json_set(facts, \'$.provenance\', json(\'{"device": {"name": "cpu"}}\'))', "facts.provenance.device"),
        ("facts = json_set(facts, '$.neurons', json('{}'))", "facts.neurons"),
        ("facts = '[1]'", "facts"),
        ("facts = 'these are no facts'", "facts"),
        ("config = '[]'", "config"),
        ('config = \'{"problem": {"k": -3}}\'', "/problem/k"),
        ("expected = 'null'", "expected"),
        ("expected = '[{\"label\": 1}]'", "expected.0"),
        ("metrics = '[1]'", "metrics"),
        ('metrics = \'{"loss": "low"}\'', "metrics.loss"),
        ("error = '\"it failed\"'", "error"),
        ("deaths = '7'", "deaths"),
        ('origin = \'{"run": "x"}\'', "origin.step"),
        ("created_at = 'yesterday'", "created_at"),
        ("finished_at = 'soon'", "finished_at"),
        ("status = 'odd'", "status"),
        ("wanted = 'odd'", "wanted"),
        ("step = 'twelve'", "step"),
        ("seconds = 'long'", "seconds"),
        ("name = x'ff41'", "name"),
    ],
)
def test_a_run_that_does_not_fit(whole: Path, tmp_path: Path, damage: str, words: str) -> None:
    data = tmp_path / "data"
    _damage(whole, data, f"UPDATE runs SET {damage} WHERE number = 1")
    with _client(data) as client:
        runs, experiments = _look_everywhere(client)
        assert len(runs) == 4
        assert words in runs[-1]["damage"]
        assert [run["damage"] for run in runs[:-1]] == [None] * 3
        assert experiments[0]["damage"] is None
        assert client.call("POST", f"/api/runs/{runs[-1]['id']}/fork", {"step": 3}).status_code in (201, 409)
        assert client.call("DELETE", f"/api/runs/{runs[-1]['id']}").status_code == 204
        assert len(_look_everywhere(client)[0]) == 3
    shutil.rmtree(data)
    _damage(whole, data, f"UPDATE runs SET {damage} WHERE number = 1")
    assert any(trouble.startswith(f"run {runs[-1]['id']}: ") and words in trouble for trouble in _troubles(data))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE run_tags SET tag = x'ff' WHERE run_id = (SELECT id FROM runs WHERE number = 1)",
        "UPDATE events SET data = '[1]'",
        "UPDATE events SET text = x'ff', step = 'ten'",
        "UPDATE frames SET metrics = '[1]' WHERE seq = 2",
        "UPDATE frames SET metrics = 'none' WHERE seq = 2",
        "UPDATE experiments SET spec = '{\"seeds\": 3}'",
        "UPDATE experiments SET spec = 'none'",
        "UPDATE experiments SET spec = json_set(spec, '$.sweep', json('{}'))",
        "UPDATE experiments SET created_at = 'yesterday'",
        "UPDATE experiments SET kind = 'odd'",
        "UPDATE experiment_members SET cell = '[]' WHERE position = 0",
        "UPDATE experiment_members SET cell = 'none' WHERE position = 0",
        "UPDATE experiment_members SET seed = 'none', label = x'ff' WHERE position = 0",
    ],
)
def test_other_rows_that_do_not_fit(whole: Path, tmp_path: Path, statement: str) -> None:
    data = tmp_path / "data"
    _damage(whole, data, statement)
    troubles = _troubles(data)
    assert troubles
    with _client(data) as client:
        runs, experiments = _look_everywhere(client)
        assert (len(runs), len(experiments)) == (4, 1)
        assert (runs[-1]["damage"] is not None) == ("run_tags" in statement)
        assert (experiments[0]["damage"] is not None) == ("experiment" in statement)
        if "experiment" in statement:
            assert troubles[0].startswith(f"experiment {experiments[0]['id']}: ")
        if "frames" in statement:
            metrics = client.get(f"/api/runs/{runs[-1]['id']}/metrics")
            assert metrics["loss"][2] is None
            assert metrics["loss"][3] is not None


def test_bytes_that_are_no_text_hide_nothing(whole: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    _damage(whole, data, "UPDATE runs SET name = CAST(x'ff41' AS TEXT) WHERE number = 1")
    assert "cannot be read" in _troubles(data)[0]
    with _client(data) as client:
        assert [run["name"] for run in _look_everywhere(client)[0]][2:] == ["B", "\ufffdA"]


def test_a_queued_run_that_is_damaged_fails_and_holds_up_no_other(whole: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    _damage(whole, data, "UPDATE runs SET status = 'queued', config = '[]', expected = '[2]' WHERE number = 1")
    with _client(data) as client:
        run = client.get("/api/runs")["items"][-1]
        assert (run["status"], "is damaged" in run["error"]["message"]) == ("failed", True)
        answer = client.call("POST", "/api/runs", {"preset": "quick", "overrides": TINY})
        assert client.get(answer.headers["Location"])["status"] == "succeeded"
    with closing(sqlite3.connect(data / FILE)) as database:
        assert database.execute("SELECT config, expected FROM runs WHERE number = 1").fetchone() == ("[]", "[2]")
