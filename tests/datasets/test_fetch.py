"""Fetching from a server of our own: each file into its place by its sum, and nothing that is there is touched."""

import gzip
import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from emergescope.datasets import load
from emergescope.datasets.fetch import fetch
from emergescope.datasets.sources import SOURCES, Source
from emergescope.errors import DataBroken, DataMissing, InvalidConfig
from tests.data_sets import IDX_PARTS, idx, pictures, write_cifar

GONE = "http://127.0.0.1:1"


class Shelf:
    """A server of files by their names; `asked` are the names that were asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.lstrip("/")
                shelf.asked.append(name)
                content = shelf.files.get(name)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def source(self, name: str, *mirrors: str) -> dict[str, Source]:
        """The known data set, with the sums of what is on the shelf, from these addresses and from here."""
        known = SOURCES[name]
        downloads = tuple(
            replace(
                download,
                md5=hashlib.md5(self.files.get(download.name, b"")).hexdigest(),
                addresses=tuple(f"{mirror}/{download.name}" for mirror in (*mirrors, self.address)),
            )
            for download in known.downloads
        )
        return {name: replace(known, downloads=downloads)}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.close()


@pytest.fixture
def mnist(shelf: Shelf) -> dict[str, Source]:
    arrays = (*pictures(20, (28, 28), 1), *pictures(10, (28, 28), 2))
    for name, array in zip(IDX_PARTS, arrays, strict=True):
        shelf.files[f"{name}.gz"] = gzip.compress(idx(array))
    return shelf.source("mnist", GONE)


def test_a_set_is_fetched_into_torchvisions_layout(shelf: Shelf, mnist: dict[str, Source], tmp_path: Path) -> None:
    root, said = tmp_path / "datasets", list[str]()
    fetched = fetch("mnist", root, mnist, said.append)
    assert fetched == [f"MNIST/raw/{name}.gz" for name in IDX_PARTS]
    assert len(load("mnist", root).train) == 20
    assert said[:2] == [f"fetching {IDX_PARTS[0]}.gz from {server}" for server in ("127.0.0.1:1", shelf.address[7:])]
    assert sorted(path.name for path in root.rglob("*")) == sorted([*(f"{n}.gz" for n in IDX_PARTS), "MNIST", "raw"])
    shelf.asked.clear()
    assert fetch("mnist", root, mnist) == []
    assert shelf.asked == []


def test_what_is_there_is_left_as_it_is(shelf: Shelf, mnist: dict[str, Source], tmp_path: Path) -> None:
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / IDX_PARTS[0]).write_bytes(b"mine")
    assert fetch("mnist", tmp_path, mnist) == [f"mnist/{name}.gz" for name in IDX_PARTS[1:]]
    assert (tmp_path / "mnist" / IDX_PARTS[0]).read_bytes() == b"mine"
    assert shelf.asked == [f"{name}.gz" for name in IDX_PARTS[1:]]


def test_what_is_not_the_original_is_not_kept(shelf: Shelf, mnist: dict[str, Source], tmp_path: Path) -> None:
    name = f"{IDX_PARTS[2]}.gz"
    shelf.files[name] = gzip.compress(b"something else")
    with pytest.raises(DataMissing) as caught:
        fetch("mnist", tmp_path, mnist)
    assert f"{name} could not be fetched: {GONE}/{name} does not answer; " in caught.value.detail
    assert f"{shelf.address}/{name} has another file, by its sum" in caught.value.detail
    kept = sorted(path.name for path in (tmp_path / "MNIST" / "raw").iterdir())
    assert kept == sorted(f"{part}.gz" for part in IDX_PARTS[:2])
    assert [p.name for p in tmp_path.iterdir()] == ["MNIST"]
    del shelf.files[name]
    with pytest.raises(DataMissing, match="answers 404"):
        fetch("mnist", tmp_path, mnist)


def test_without_a_network_one_is_told_so(tmp_path: Path) -> None:
    download = replace(SOURCES["svhn"].downloads[0], addresses=(f"{GONE}/x", "http://nowhere.invalid/x"))
    sources = {"svhn": replace(SOURCES["svhn"], downloads=(download,))}
    with pytest.raises(DataMissing, match=r"127.0.0.1:1/x does not answer; http://nowhere.invalid/x does not answer"):
        fetch("svhn", tmp_path, sources)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path, mnist: dict[str, Source]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataMissing, match="MNIST cannot be put into"):
        fetch("mnist", tmp_path / "file", mnist)


@pytest.mark.parametrize("name", ["mnist-5k", "folder", "imagenet"])
def test_other_sets_cannot_be_fetched(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidConfig, match="choose one of mnist, fashion-mnist, cifar10, svhn"):
        fetch(name, tmp_path)


def _archive(members: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for name, to in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, to
            archive.addfile(info)
    return target.getvalue()


def _batches(tmp_path: Path) -> dict[str, bytes]:
    write_cifar(tmp_path / "made")
    return {f"cifar-10-batches-py/{p.name}": p.read_bytes() for p in (tmp_path / "made").rglob("*") if p.is_file()}


def test_an_archive_gives_its_batches_and_nothing_else(shelf: Shelf, tmp_path: Path) -> None:
    batches, root = _batches(tmp_path), tmp_path / "root" / "datasets"
    evil = {"../../evil": b"!", "/tmp/evil-of-emergescope": b"!", "cifar-10-batches-py/../evil": b"!", "readme": b"!"}
    shelf.files["cifar-10-python.tar.gz"] = _archive({**evil, **batches})
    assert sorted(fetch("cifar10", root, shelf.source("cifar10"))) == sorted(batches)
    assert len(load("cifar10", root).train) == 20
    assert [path.name for path in root.iterdir()] == ["cifar-10-batches-py"]
    assert len(list((root / "cifar-10-batches-py").iterdir())) == 6
    assert not (tmp_path / "evil").exists()
    assert not Path("/tmp/evil-of-emergescope").exists()


def test_an_archive_that_lacks_a_batch_or_has_a_link_in_its_place_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    batches = _batches(tmp_path)
    batches.pop("cifar-10-batches-py/test_batch")
    shelf.files["cifar-10-python.tar.gz"] = _archive(batches, {"cifar-10-batches-py/test_batch": "/etc/passwd"})
    with pytest.raises(DataBroken, match="it has no test_batch"):
        fetch("cifar10", tmp_path / "datasets", shelf.source("cifar10"))
    assert not (tmp_path / "datasets" / "cifar-10-batches-py" / "test_batch").exists()
