"""Which data sets there are, over REST; and a run is refused whose images are not there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.server_process import ServerProcess
from tests.data_sets import pictures, write_idx_set, write_tree

KEYS = {
    "id", "folder", "title", "classes", "builtin", "present", "images", "original", "where", "missing", "trouble",
    "notes", "how",
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def informed(tmp_path_factory: pytest.TempPathFactory, place: Path) -> Iterator[httpx.Client]:
    """A client of a server with a directory of data sets."""
    write_idx_set(place / "MNIST" / "raw", pictures(20, (28, 28), 1), pictures(10, (28, 28), 2))
    write_tree(place / "pets", {f"{name}/{n}.png": n for name in ("cat", "dog") for n in range(5)})
    (place / "pets" / "cat" / "new.heic").write_bytes(b"0000ftypheic")
    server = ServerProcess(tmp_path_factory.mktemp("informed"), data_dir=str(place))
    yield server.client
    server.stop()


def _by_id(client: httpx.Client) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in client.get("/api/data").json()["items"]}


def test_every_set_is_listed_and_no_path_of_the_server_is_told(informed: httpx.Client, place: Path) -> None:
    answer = informed.get("/api/data")
    sets = _by_id(informed)
    assert list(sets) == ["mnist-5k", "mnist", "fashion-mnist", "cifar10", "svhn", "folder"]
    assert all(set(item) == KEYS for item in sets.values())
    assert (sets["mnist-5k"]["builtin"], sets["mnist-5k"]["present"], sets["mnist-5k"]["images"]) == (True, True, 5000)
    mnist = sets["mnist"]
    assert (mnist["present"], mnist["images"], mnist["original"], mnist["where"]) == (True, 30, False, "MNIST/raw")
    assert (sets["cifar10"]["present"], sets["cifar10"]["missing"][-1]) == (False, "test_batch")
    assert "emergescope data fetch cifar10" in sets["cifar10"]["how"]
    assert (sets["folder"]["folder"], sets["folder"]["classes"]) == ("pets", ["cat", "dog"])
    (note,) = sets["folder"]["notes"]
    assert note.startswith("1 picture passed over, of kinds that are not read (1 .heic; 1 of 6 in cat): save")
    assert str(place) not in answer.text


def test_what_comes_later_is_seen_at_the_next_request(informed: httpx.Client, place: Path) -> None:
    assert not _by_id(informed)["fashion-mnist"]["present"]
    write_idx_set(place / "fashion-mnist", pictures(10, (28, 28), 1), pictures(10, (28, 28), 2), ".gz")
    assert (_by_id(informed)["fashion-mnist"]["present"], _by_id(informed)["fashion-mnist"]["images"]) == (True, 20)


_SVHN = {"kind": "two_classes", "data": "svhn"}
_BIRDS = {"kind": "two_classes", "data": "folder", "folder": "birds"}


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({"config": {"problem": _SVHN}}, "/config/problem/data", "emergescope data fetch svhn"),
        ({"config": {"problem": _BIRDS}}, "/config/problem/folder", "put a directory of that name there"),
        (
            {"preset": "quick", "overrides": {"problem": _SVHN}},
            "/overrides/problem/data",
            "emergescope data fetch svhn",
        ),
    ],
)
def test_a_run_without_its_images_is_refused_at_once(
    informed: httpx.Client, body: dict[str, Any], pointer: str, words: str
) -> None:
    answer = informed.post("/api/runs", json=body)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert words in error["message"]


def test_so_is_a_sweep(informed: httpx.Client) -> None:
    sweep = {"base": {"config": {"problem": _SVHN}}, "grid": {"problem.random_labels": [False, True]}, "seeds": 1}
    answer = informed.post("/api/experiments", json={"sweep": sweep})
    assert answer.status_code == 422
    assert "one of the runs is refused: the data set SVHN, cropped digits is not there" in answer.json()["detail"]
