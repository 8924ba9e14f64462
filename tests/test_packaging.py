"""Installations are pinned, and the wheel carries all that the server needs."""

import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def pins() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in found}


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lists = (
        project["build-system"]["requires"],
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
    )
    return [Requirement(line) for lines in lists for line in lines]


def needed() -> set[str]:
    """The names of all packages that the declared ones bring into this environment."""
    seen: set[tuple[str, str]] = set()
    waiting = [(requirement, "") for requirement in declared()]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for wanted in ("", *requirement.extras):
            if (name, wanted) in seen:
                continue
            seen.add((name, wanted))
            try:
                waiting += [(Requirement(line), wanted) for line in requires(name) or []]
            except PackageNotFoundError:
                pytest.fail(f"{name} is needed and not installed: install the dev extra with constraints.txt")
    return {name for name, _ in seen}


def test_every_package_is_pinned_to_one_version(pins: dict[str, Requirement]) -> None:
    assert [name for name, pin in pins.items() if [s.operator for s in pin.specifier] != ["=="]] == []
    # CUDA's own packages come with PyPI's torch for Linux, which pins them itself.
    assert {name for name in needed() if not name.startswith(("nvidia-", "cuda-", "triton"))} - pins.keys() == set()


def test_nothing_is_pinned_that_no_package_needs(pins: dict[str, Requirement]) -> None:
    # setuptools is needed by some builds of torch and not by others.
    assert {name for name, pin in pins.items() if not pin.marker or pin.marker.evaluate()} - needed() <= {"setuptools"}


def test_pins_lie_in_the_declared_ranges(pins: dict[str, Requirement]) -> None:
    for requirement in declared():
        (pin,) = pins[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(pin.version), f"{requirement} does not allow {pin.version}"


def test_the_wheel_carries_the_dashboard_the_presets_and_the_migrations(tmp_path: Path) -> None:
    # The command and not the library: an editable installation must not leak into what is built.
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    sources = {"emergescope": ROOT / "backend" / "emergescope", "emergescope/frontend": ROOT / "frontend"}
    wanted = {
        f"{target}/{file.relative_to(source).as_posix()}"
        for target, source in sources.items()
        for file in source.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert wanted - carried == set()
    assert {"emergescope/frontend/index.html", "emergescope/studies/patterns/presets/quick.toml"} <= carried
    assert any(name.startswith("emergescope/store/migrations/versions/") for name in carried)
    assert {Path(name).parts[0] for name in carried - wanted} == {wheel.name.split("-py3")[0] + ".dist-info"}
