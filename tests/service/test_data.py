"""A run whose images are not on this machine is refused before it waits."""

from pathlib import Path

import pytest

from emergescope.catalog.parse import parse_config
from emergescope.config.run import RunConfig
from emergescope.errors import InvalidConfig
from emergescope.service.records import check_data
from emergescope.service.service import Service
from emergescope.store.store import Store
from emergescope.studies.patterns.config import PatternsConfig
from tests.data_sets import pictures, write_idx_set, write_tree
from tests.service.hand import HandExecutor


def _two_classes(**problem: object) -> RunConfig:
    return parse_config({"problem": {"kind": "two_classes", **problem}})


def _mixture(**problem: object) -> RunConfig:
    method, training = {"kind": "two_layer_classifier"}, {"kind": "sgd"}
    return parse_config({"problem": {"kind": "mixture", **problem}, "method": method, "training": training})


def _pointers(config: RunConfig, root: Path) -> list[str]:
    with pytest.raises(InvalidConfig) as caught:
        check_data([config], root)
    assert all(field.message in caught.value.detail for field in caught.value.fields)
    return [field.pointer for field in caught.value.fields]


def test_each_setting_that_names_what_is_missing_is_pointed_at(tmp_path: Path) -> None:
    assert _pointers(_two_classes(data="mnist"), tmp_path) == ["/problem/data"]
    assert _pointers(_two_classes(data="folder", folder="pets"), tmp_path) == ["/problem/folder"]
    both = _mixture(data="svhn", injected="folder", injected_folder="pets")
    assert _pointers(both, tmp_path) == ["/problem/data", "/problem/injected_folder"]


def test_what_is_there_or_needs_nothing_is_let_through(tmp_path: Path) -> None:
    write_tree(tmp_path / "pets", {f"{name}/{n}.png": n for name in ("cat", "dog") for n in range(5)})
    write_tree(tmp_path / "crowd", {f"people/{n}.png": n for n in range(5)})
    write_idx_set(tmp_path / "MNIST" / "raw", pictures(10, (28, 28), 1), pictures(10, (28, 28), 2))
    for config in (
        PatternsConfig(),
        _two_classes(),
        _two_classes(data="mnist"),
        _two_classes(data="folder", folder="pets"),
        _mixture(injected="folder", injected_folder="crowd"),
    ):
        check_data([config], tmp_path)


def test_one_class_is_refused_for_what_needs_two_and_so_is_a_tree_that_cannot_be_read(tmp_path: Path) -> None:
    write_tree(tmp_path / "crowd", {f"people/{n}.png": n for n in range(5)})
    write_tree(tmp_path / "loose", {f"{n}.png": n for n in range(5)})
    for config in (_two_classes(data="folder", folder="crowd"), _mixture(data="folder", folder="crowd")):
        assert _pointers(config, tmp_path) == ["/problem/folder"]
        with pytest.raises(
            InvalidConfig, match="has one class only, people, and 2 are needed: put a directory for each"
        ):
            check_data([config], tmp_path)
    assert _pointers(_mixture(injected="folder", injected_folder="loose"), tmp_path) == ["/problem/injected_folder"]


def test_what_many_runs_need_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr("emergescope.service.records.missing", lambda name, *_: looked.append(name))
    check_data([_two_classes(data="folder", folder="pets", random_labels=n % 2 == 0) for n in range(9)], tmp_path)
    assert looked == ["folder"]


def test_a_service_refuses_at_once_where_it_knows_the_directory(tmp_path: Path) -> None:
    config = _two_classes(data="cifar10")
    service = Service(Store(tmp_path / "a"), HandExecutor(), data_dir=tmp_path)
    with pytest.raises(InvalidConfig, match="emergescope data fetch cifar10"):
        service.submit(config, None, None, ())
    service.close()
    elsewhere = Service(Store(tmp_path / "b"), HandExecutor())
    assert elsewhere.submit(config, None, None, ()).record.status in ("queued", "running")
    elsewhere.close()
