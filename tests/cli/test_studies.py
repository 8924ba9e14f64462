"""`emergescope studies` lists what there is; `new` writes a package, and refuses what would be in the way."""

import re
import tomllib
from pathlib import Path

import pytest

from emergescope.catalog.registry import load_studies
from emergescope.cli.studies import write_study
from emergescope.errors import InvalidConfig
from tests.cli.command import emergescope


def test_studies_are_listed_in_their_order() -> None:
    done = emergescope("studies")
    assert (done.returncode, done.stderr) == (0, "")
    listed = [line.split()[0] for line in done.stdout.splitlines()]
    assert listed == ["study", *load_studies()]
    assert listed[:4] == ["study", "patterns", "two_classes", "mixture"]


def test_a_new_study_is_a_package_that_nothing_of_ours_is_left_in(tmp_path: Path) -> None:
    done = emergescope("studies", "new", "my_study", "--directory", "of mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    root = tmp_path / "of mine" / "my_study"
    assert f"pip install --no-deps --no-build-isolation -e 'of mine/{root.name}'" in done.stdout
    files = {str(path.relative_to(root)): path.read_text("utf-8") for path in root.rglob("*") if path.is_file()}
    inside = {"__init__", "camera", "config", "cost", "display", "dynamics"}
    assert files.keys() == {
        *("pyproject.toml", "README.md", "tests/test_study.py"),
        *(f"src/my_study/{name}.py" for name in inside),
        *(f"src/my_study/presets/my_study/{name}.toml" for name in ("quick", "quick-noise")),
    }
    assert 'control = "my_study/quick-noise"  # ' in files["src/my_study/presets/my_study/quick.toml"]
    assert re.search("# What the parts of a card's picture are.*\n.*\n    captions=", files["src/my_study/__init__.py"])
    assert 'steps="gradient steps",  # ' in files["src/my_study/display.py"]
    assert not [path for path, text in files.items() if "skeleton" in text.lower()]
    project = tomllib.loads(files["pyproject.toml"])["project"]
    assert (project["name"], project["entry-points"]["emergescope.studies"]) == ("my_study", {"my_study": "my_study"})
    assert "import Tensor\n\nfrom my_study.camera import" in files["src/my_study/dynamics.py"]  # its own come last
    assert "class MyStudyDynamics:" in files["src/my_study/dynamics.py"]


def test_a_name_may_have_the_word_for_what_it_is_made_of(tmp_path: Path) -> None:
    write_study("a_skeleton", tmp_path)
    package = tmp_path / "a_skeleton" / "src" / "a_skeleton"
    assert "from a_skeleton.camera import ASkeletonCamera" in (package / "dynamics.py").read_text("utf-8")
    assert (package / "presets" / "a_skeleton" / "quick.toml").is_file()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        *((name, f"{name!r} is not the name of a package: use lower-case") for name in ("My", "a-b", "1a", "_a", "")),
        ("lambda", "'lambda' is not the name of a package"),
        ("../a", "'../a' is not the name of a package"),
        ("ä", "'ä' is not the name of a package"),
        ("patterns", "there is a study 'patterns' already: choose another name"),
        ("json", "there is a Python package 'json' already: choose another name"),
        ("mine", "mine exists already: choose another name, or another --directory"),
    ],
)
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(InvalidConfig, match=re.escape(sentence)):
        write_study(name, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert not list((tmp_path / "mine").iterdir())


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    done = emergescope("studies", "new", "my_study", "--directory", "file", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot be used: Not a directory" in done.stderr
