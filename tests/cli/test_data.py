"""`emergescope data` says what there is and how to get the rest; `fetch` puts it where runs find it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from emergescope.cli.listing import fetch, print_data_sets
from emergescope.cli.run import run_preset
from emergescope.datasets.sources import SOURCES
from emergescope.errors import DataMissing
from tests.cli.command import emergescope
from tests.data_sets import pictures, write_idx_set, write_tree

TRAIN, TEST = pictures(20, (28, 28), 1), pictures(10, (28, 28), 2)


def test_every_set_is_listed_with_what_is_missing_and_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_idx_set(tmp_path / "MNIST" / "raw", TRAIN, TEST)
    write_idx_set(tmp_path / "fashion-mnist", TRAIN, TEST, ".gz")
    (tmp_path / "fashion-mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    write_tree(tmp_path / "pets", {f"cat/{n}.png": n for n in range(5)})
    (tmp_path / "pets" / "cat" / "Thumbs.db").write_bytes(b"")
    write_tree(tmp_path / "loose", {"1.png": 1})
    (tmp_path / "test_32x32.mat").write_bytes(b"x")
    print_data_sets(tmp_path)
    shown = capsys.readouterr().out
    rows = {line.split()[0]: line for line in shown.splitlines() if line}
    assert "5,000" in rows["mnist-5k"]
    assert "built in" in rows["mnist-5k"]
    assert "30" in rows["mnist"]
    assert str(tmp_path) in shown
    assert "MNIST/raw" in rows["mnist"]
    assert "not the original files" in rows["mnist"]
    assert "not complete" in rows["fashion-mnist"]
    assert "not there" in rows["cifar10"]
    assert "pets" in rows["folder"]
    assert "pets: passed over, as systems and programs leave it behind: Thumbs.db" in shown
    assert "pets: one class, which is enough for injected inputs, and not for what" in shown
    assert "loose cannot be used: it has no directories, one for each class" in shown
    assert "Fashion-MNIST lacks t10k-labels-idx1-ubyte.gz. `emergescope data fetch fashion-mnist`" in shown
    assert "CIFAR-10: `emergescope data fetch cifar10` downloads it, or put torchvision's files into" in shown
    assert "SVHN, cropped digits lacks train_32x32.mat." in shown


def test_a_broken_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_idx_set(tmp_path / "mnist", TRAIN, TEST, ".gz")
    (tmp_path / "mnist" / "train-images-idx3-ubyte.gz").write_bytes(b"nonsense")
    print_data_sets(tmp_path)
    shown = capsys.readouterr().out
    assert "mnist/train-images-idx3-ubyte.gz cannot be used: it is not an intact gzip file" in shown


def test_the_directory_is_the_options_or_the_environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_idx_set(tmp_path / "MNIST" / "raw", TRAIN, TEST)
    given = emergescope("data", "--data-dir", str(tmp_path))
    assert given.returncode == 0, given.stderr
    assert "not the original files" in given.stdout
    monkeypatch.setenv("EMERGESCOPE_DATA_DIR", str(tmp_path))
    assert emergescope("data").stdout == given.stdout
    assert "not there" in emergescope("data", "--data-dir", str(tmp_path / "other")).stdout


def test_what_cannot_be_fetched_is_an_exit_code_and_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = emergescope("data", "fetch", "imagenet", "--data-dir", str(tmp_path))
    assert done.returncode == 2
    assert "choose one of mnist, fashion-mnist, cifar10, svhn" in done.stderr
    gone = tuple(replace(d, addresses=("http://127.0.0.1:1/x",)) for d in SOURCES["mnist"].downloads)
    unreachable = {"mnist": replace(SOURCES["mnist"], downloads=gone)}
    monkeypatch.setattr("emergescope.datasets.sources.SOURCES", unreachable)
    with pytest.raises(DataMissing, match="does not answer"):
        fetch("mnist", tmp_path)


def test_fetching_what_is_there_fetches_nothing(tmp_path: Path) -> None:
    write_idx_set(tmp_path / "MNIST" / "raw", TRAIN, TEST)
    done = emergescope("data", "fetch", "mnist", "--data-dir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert f"MNIST is there already, in {tmp_path}: nothing was fetched" in done.stdout


def test_a_run_says_what_of_its_files_is_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tree(
        tmp_path / "cats & dogs", {f"{name}/{n}.png": n + 50 * len(name) for name in ("a", "bc") for n in range(5)}
    )
    (tmp_path / "cats & dogs" / "a" / "Thumbs.db").write_bytes(b"")
    problem = {"kind": "two_classes", "data": "folder", "folder": "cats & dogs", "size": 8}
    changes = [f"problem={json.dumps(problem)}", 'training.phases=[{"steps": 2, "samples": 8}]', "method.m=2"]
    run_preset("paper/figure-3-mnist", changes, seed=None, directory=None, as_json=False, threads=1, data_dir=tmp_path)
    shown = " ".join(capsys.readouterr().out.split())
    assert "cats & dogs: passed over, as systems and programs leave it behind: Thumbs.db" in shown
