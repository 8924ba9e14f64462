"""`emergescope import` of a folder of checkpoints: a run that any server shows, or nothing at all."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from emergescope.store.store import Store
from tests.archive.films import film, write_run
from tests.checkpoints.folders import STEPS, WEIGHT, folder, save_torch
from tests.cli.command import emergescope


def test_a_folder_becomes_a_run(tmp_path: Path) -> None:
    place = folder(tmp_path / "checkpoints", "checkpoint-{}/pytorch_model.bin", save_torch)
    np.save(tmp_path / "directions.npy", np.eye(8, 3, dtype=np.float32))
    compared = ("--directions", str(tmp_path / "directions.npy"), "--relevant", "0, 2", "--name", "My network")
    done = emergescope("import", str(place), "--layer", "encoder.fc1", *compared, "--data", str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    with closing(Store(tmp_path / "data")) as store:
        [run] = store.list_runs().items
        assert done.stdout == f"Run {run.id} is here: My network, 4 frames\n"
        assert (run.status, run.step, run.total_steps, run.damage) == ("succeeded", 100, 100, None)
        assert (run.config["study"], run.config["settings"]) == ("recording", {"layer": WEIGHT})
        assert run.config["display"]["axes"]["directions"]["numbers"] == [0, 2, 1]
        assert [row.step for row in store.index_after(run.id)] == [*STEPS]
        assert len(film(store, run.id)) == len(STEPS)
    assert "My network" in emergescope("list", "--data", str(tmp_path / "data")).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("checkpoints",), 2, "--layer says which weights are looked at: step_0.safetensors has encoder.conv.weight"),
        (("checkpoints", "--layer", "fc1"), 2, f"no layer 'fc1'; there are {WEIGHT} [12, 8], encoder.conv.weight [4, "),
        (
            ("checkpoints", "--layer", WEIGHT, "--relevant", "1;2"),
            2,
            "--relevant is '1;2': give columns counted from 0",
        ),
        (("checkpoints", "--layer", WEIGHT, "--relevant", "1"), 2, "give directions= as well"),
        (("checkpoints", "--layer", WEIGHT, "--name", "\x1b"), 2, "name of a recording: "),
        (("damaged", "--layer", WEIGHT), 1, "error: Not usable weights: 7.npz: it is no .npz, or a damaged one"),
        (("checkpoints/step_0.safetensors",), 2, "is a file of weights: name the folder that it is in"),
        (("run", "--layer", WEIGHT), 2, "--layer is for a folder of checkpoints, and run is none"),
        (("nothing", "--step-from", "x"), 2, "--step-from is for a folder of checkpoints, and nothing is none"),
        (("empty",), 1, "empty has no checkpoints, whose names end with .bin, "),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing(
    arguments: tuple[str, ...], code: int, words: str, tmp_path: Path
) -> None:
    folder(tmp_path / "checkpoints")
    folder(tmp_path / "damaged")
    (tmp_path / "damaged" / "7.npz").write_bytes(b"PK")
    (tmp_path / "empty").mkdir()
    write_run(tmp_path / "run")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    around = {"TMPDIR": str(temporary)}
    done = emergescope("import", *arguments, "--data", "data", cwd=tmp_path, environment=around)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()
    assert [*temporary.iterdir()] == []


def test_a_run_without_its_head_is_no_folder_of_checkpoints(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    (tmp_path / "run" / "run.json").unlink()
    done = emergescope("import", str(tmp_path / "run"), "--data", str(tmp_path / "data"))
    assert (done.returncode, done.stderr) == (1, "error: Not a readable run file: run.json is missing\n")
