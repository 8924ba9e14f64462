"""What lies in a directory that was recorded to."""

import json
from pathlib import Path
from typing import Any

from emergescope.recording.codec import decode
from emergescope.recording.display import Display
from emergescope.recording.events import Frame


def frames(path: Path) -> list[Frame]:
    """In their order, each of which is held against its seq."""
    found = []
    for seq, file in enumerate(sorted(path.glob("0*.safetensors"))):
        _, number, frame = decode(file.read_bytes())
        assert number == seq
        found.append(frame)
    return found


def steps(path: Path) -> list[int]:
    return [frame.step for frame in frames(path)]


def run_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((path / "run.json").read_text("utf-8"))["run"]
    return found


def display_of(path: Path) -> Display:
    """As any reader takes it: checked."""
    return Display.from_json(run_of(path)["config"]["display"])


def events(path: Path) -> list[dict[str, Any]]:
    file = path / "events.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
