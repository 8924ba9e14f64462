"""The soaks of `make soak`, in short."""

from pathlib import Path

import pytest

from tests.api.server_process import ServerProcess
from tests.soak.extremes import MOST_GROWTH, RoomyServer
from tests.soak.extremes import attack as attack_with_extremes
from tests.soak.kills import KINDS, Campaign
from tests.soak.malformed import attack
from tests.soak.openapi import ask
from tests.soak.readers import Crowd


@pytest.fixture
def server(tmp_path: Path) -> ServerProcess:
    return ServerProcess(tmp_path, log_level="error")


@pytest.mark.slow
def test_kills(tmp_path: Path) -> None:
    campaign = Campaign(tmp_path, kills=3, seconds=60, seed=2, at_once=1, pause=4.0, kinds=KINDS[1:2])
    assert campaign.go() == []
    assert campaign.done["workers"] > 0
    assert campaign.done["servers"] > 0


@pytest.mark.slow
def test_readers(tmp_path: Path, where: Path | str) -> None:
    url = where if isinstance(where, str) else None
    crowd = Crowd(tmp_path / "data", 1.0, url, steps=200)
    assert crowd.go() == []
    assert crowd.done["db check"] >= 2


@pytest.mark.slow
def test_malformed(server: ServerProcess) -> None:
    answers, wrong = attack(server, cases=300, seed=3)
    server.stop()
    assert wrong == []
    assert answers["422"] > 50
    assert answers["101"] > 10


@pytest.mark.slow
def test_openapi(server: ServerProcess, tmp_path: Path) -> None:
    code, cases, report = ask(server, 30, seed=4, scratch=tmp_path)
    server.stop()
    assert code == 0, report
    assert cases >= 30


@pytest.mark.slow
def test_extremes(tmp_path: Path) -> None:
    server = RoomyServer(tmp_path, log_level="error")
    report = attack_with_extremes(server, cases=60, seed=5)
    server.stop()
    assert report.wrong == []
    assert report.answers[422] > 30
    assert report.growth < MOST_GROWTH
