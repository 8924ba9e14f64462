"""`import emergescope` loads nothing; what is asked for is loaded then, and no more than it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

import emergescope

HEAVY = {"torch", "numpy", "pydantic", "httpx"}


def loaded(statement: str) -> set[str]:
    """Which of the heavy packages a new process has after a statement."""
    program = f"import sys\n{statement}\nprint(*({HEAVY!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert "emergescope" in done.stderr  # the table of what was imported
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "needed"),
    [
        ("import emergescope", set()),
        ("from emergescope import Client, AsyncClient", {"httpx"}),
        ("from emergescope import client; client.Client('http://localhost:1').close()", {"httpx"}),
    ],
)
def test_no_more_is_loaded_than_is_needed(statement: str, needed: set[str]) -> None:
    assert loaded(statement) == needed


def test_decoding_frames_needs_neither_torch_nor_pydantic() -> None:
    statement = "from emergescope.client.frames import read_frame; import emergescope.client.streams"
    assert loaded(statement) & {"torch", "pydantic"} == set()


def test_names_are_there_and_found_by_editors() -> None:
    assert {"Client", "AsyncClient", "run", "record", "Recorder", "__version__"} <= set(dir(emergescope))
    assert emergescope.Client is sys.modules["emergescope.client"].Client
    assert "Client" in vars(emergescope)  # the next time it is not looked for
    with pytest.raises(AttributeError, match="module 'emergescope' has no attribute 'Klient'"):
        _ = emergescope.Klient  # type: ignore[attr-defined]
    assert (Path(emergescope.__file__).parent / "py.typed").is_file()


def test_the_recorder_is_there_by_name() -> None:
    assert emergescope.record is sys.modules["emergescope.recorder.record"].record
    assert emergescope.Recorder is sys.modules["emergescope.recorder.recorder"].Recorder
