"""The command line: output, files and exit codes."""

import json
from pathlib import Path

import pytest

from emergescope.catalog.experiments import parse_sweep
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset
from emergescope.config.ids import is_id
from emergescope.recording.codec import decode
from emergescope.service.experiments import Experiments
from emergescope.service.service import Service
from emergescope.store.store import Store
from tests.cli.command import emergescope
from tests.service.hand import HandExecutor

FAST = ["--set", "capture.frames=5", "--set", "capture.probe_samples=200", "--set", "training.phases.0.samples=100"]


def test_run_prints_expected_beside_reproduced_values() -> None:
    done = emergescope("run", "quick", "--seed", "2")
    assert done.returncode == 0, done.stderr
    assert "test accuracy at the end" in done.stdout
    assert "within" in done.stdout


def test_run_writes_frames_and_a_summary(tmp_path: Path) -> None:
    out = tmp_path / "frames"
    done = emergescope("run", "quick", *FAST, "--set", "problem.k=5", "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    files = sorted(out.glob("0*.safetensors"))
    assert len(files) == summary["frames"] >= 5
    document = json.loads((out / "run.json").read_text("utf-8"))
    assert is_id(document["run"]["id"])
    for seq, file in enumerate(files):
        run, got, _ = decode(file.read_bytes())
        assert (run, got) == (document["run"]["id"], seq)
    assert {name: document[name] for name in summary} == summary
    assert (document["run"]["status"], document["run"]["preset"]) == ("succeeded", "quick")
    assert document["run"]["config"] == summary["config"]
    assert document["run"]["facts"]["provenance"] == summary["provenance"]
    assert summary["config"]["problem"]["k"] == 5
    assert summary["name"].startswith("A first look: k = 5, ")
    assert summary["changes"][0]["path"] == "problem.k"
    assert [row["ok"] for row in summary["expected"]] == [None, None]  # changed settings, other values
    again = emergescope("run", "quick", "--out", str(out))
    assert again.returncode == 2
    assert "not an empty directory" in again.stderr


def test_run_that_diverges_exits_1_with_a_warning() -> None:
    wild = ["--set", "training.phases.0.eta=1e20", "--set", "training.phases.0.lambda_w=1"]
    done = emergescope("run", "quick", *FAST, *wild)
    assert done.returncode == 1
    assert " frames, diverged, " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "quikc"], "did you mean 'quick'"),
        (["run", "quick", "--set", "problem.K=3"], "did you mean 'problem.k'"),
        (["run", "quick", "--set", "problem.k"], "KEY=VALUE"),
        (["run", "quick", "--set", "problem.k=4"], "odd k"),
        (["run", "quick", "--set", "method.m=many"], "/method/m"),
        (["run", "quick", "--set", "problem.p_o=0,125"], "0,125: write 0.125"),
        (["run", "quick", "--set", "problem.D=1.000"], "1.000: write 1000 or 1"),
        (["run", "quick", "--set", f"problem={'[' * 50_000}"], "/problem"),
        (["run", "quick", "--threads", "100000"], "256"),
        (["reproduce", "paper/figure-2", "--seeds", "1000000000"], "10000"),
        (["reproduce", "paper/figure-2", "--workers", "1000000000"], "256"),
    ],
)
def test_bad_input_exits_2_and_says_what_to_change(arguments: list[str], words: str) -> None:
    done = emergescope(*arguments)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_presets_are_listed_in_gallery_order() -> None:
    done = emergescope("presets")
    assert done.returncode == 0
    assert done.stdout.index("gradual") < done.stdout.index("quick") < done.stdout.index("paper/parity")


def test_list_without_a_database_says_how_to_begin(tmp_path: Path) -> None:
    done = emergescope("list", "--data", str(tmp_path))
    assert done.returncode == 0
    assert "No runs yet" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_list_tells_what_names_do_not(tmp_path: Path) -> None:
    quick = get_preset("quick")
    config = apply_overrides(quick.config, {"problem.k": 5})
    store = Store(tmp_path)
    service = Service(store, HandExecutor(), timeout=0.0)
    service.submit(config, None, quick, [])
    service.submit(config, "Mine", quick, [])
    grid = parse_sweep({"base": {"preset": "quick"}, "grid": {"method.m": [7]}})
    Experiments(service, 1).submit_sweep(grid, [0], "Widths", [])
    service.close()
    done = emergescope("list", "--data", str(tmp_path))
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert any("A first look: k = 5 quick" in line for line in lines)
    assert any("Mine · k = 5 quick" in line for line in lines)
    assert any("m = 7, seed 0 · of Widths" in line for line in lines)


def test_list_refuses_a_foreign_database(tmp_path: Path) -> None:
    (tmp_path / "emergescope.db").write_text("these are my holiday notes" * 100)
    done = emergescope("list", "--data", str(tmp_path))
    assert done.returncode == 1
    assert "emergescope.db" in done.stderr.replace("\n", "")


def test_serve_on_a_port_in_use_says_so(tmp_path: Path) -> None:
    done = emergescope("serve", "--host", "192.0.2.1", "--data", str(tmp_path))
    assert done.returncode == 1
    assert "choose another --host or --port" in " ".join(done.stderr.split())


def test_serve_refuses_a_database_that_it_cannot_use(tmp_path: Path) -> None:
    (tmp_path / "emergescope.db").write_text("these are my holiday notes" * 100)
    done = emergescope("serve", "--port", "0", "--data", str(tmp_path))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(tmp_path / "emergescope.db") in done.stderr
    assert "choose another directory with --data" in done.stderr
    assert done.stdout == ""
