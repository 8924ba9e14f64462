"""Every executor tells its workers where data sets lie, and a Ray node may know better."""

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
from tests.data_sets import pictures, write_idx_set
from tests.jobs.inline import InlineExecutor
from tests.jobs.recorder import Recorder

from emergescope.catalog.parse import parse_config
from emergescope.config.run import RunConfig
from emergescope.datasets import VARIABLE
from emergescope.jobs.choose import make_executor
from emergescope.jobs.executor import Executor, Job


@pytest.fixture
def needy() -> RunConfig:
    """A run on data that none of the directories here has whole, so that it fails and says what is missing."""
    return parse_config({"problem": {"kind": "two_classes", "data": "mnist"}})


def _without(root: Path, part: str) -> Path:
    write_idx_set(root / "MNIST" / "raw", pictures(10, (28, 28), 1), pictures(10, (28, 28), 2))
    (root / "MNIST" / "raw" / part).unlink()
    return root


def _executor(request: pytest.FixtureRequest, kind: str, data_dir: Path) -> Executor:
    if kind == "inline":
        return InlineExecutor(1, data_dir)
    if kind == "ray":
        request.getfixturevalue("ray_cluster")
    return make_executor(kind, 1, 1, None, data_dir)


@pytest.mark.parametrize("kind", ["inline", "local", "ray"])
def test_a_worker_looks_where_it_is_told(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path, recorder: Recorder, needy: RunConfig
) -> None:
    part = "t10k-labels-idx1-ubyte"
    executor = _executor(request, kind, _without(tmp_path, part))
    executor.submit(Job("needy", needy), recorder)
    end = recorder.wait_for_end("needy")
    executor.close()
    assert end.status == "failed"
    assert end.message is not None
    assert f"the data set MNIST is not complete, for {part}.gz is missing" in end.message


def test_a_node_with_a_directory_of_its_own_uses_that(
    tmp_path: Path, needy: RunConfig, monkeypatch: pytest.MonkeyPatch, ray_cluster: object
) -> None:
    import pickle  # noqa: PLC0415

    from emergescope import __version__  # noqa: PLC0415
    from emergescope.jobs.ray_task import lead  # noqa: PLC0415

    class Quiet:
        """A board that nobody is on."""

    theirs = _without(tmp_path / "server", "train-labels-idx1-ubyte")
    own = _without(tmp_path / "node", "train-images-idx3-ubyte")
    monkeypatch.setattr("emergescope.jobs.ray_task._watch", lambda *arguments: None)
    for variable, missing in (("", "train-labels"), (str(own), "train-images")):
        monkeypatch.setitem(os.environ, VARIABLE, variable)
        parcel = pickle.dumps((Job("needy", needy), theirs))
        (end,) = lead(__version__, "needy", parcel, 1, Quiet())  # type: ignore[arg-type]
        assert f"for {missing}" in str(getattr(end, "message", None))


def test_a_ray_of_our_own_has_the_directory_of_its_server_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, made = ModuleType("ray_cluster"), []
    theirs.RayExecutor = lambda *arguments: made.append(arguments)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "emergescope.jobs.ray_cluster", theirs)
    monkeypatch.delitem(sys.modules, "ray", raising=False)
    for address, told in ((None, str(tmp_path / "sets")), ("head:6379", "elsewhere")):
        environment = {VARIABLE: "elsewhere"}
        monkeypatch.setattr(os, "environ", environment)
        make_executor("ray", 1, 1, address, tmp_path / "sets")
        assert environment[VARIABLE] == told
    assert [arguments[3] for arguments in made] == [tmp_path / "sets"] * 2
