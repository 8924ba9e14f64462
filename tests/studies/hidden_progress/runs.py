"""Runs of a sparse parity, small ones in a moment, and what they tell."""

from collections.abc import Callable
from typing import Any

import torch

from emergescope.catalog.parse import parse_config
from emergescope.engine import run
from emergescope.recording.capture import Checkpoint
from emergescope.recording.codec import encode
from emergescope.recording.events import Captured, Checkpointed, Frame, Happened, Started
from emergescope.studies.hidden_progress.config import HiddenProgressConfig

SMALL: dict[str, Any] = {
    "problem": {"n": 20, "k": 2},
    "method": {"width": 30},
    "training": {"steps": 60, "eta": 0.3, "device": "cpu"},
    "capture": {"frames": 7, "test_samples": 500},
}


def configured(**parts: dict[str, Any]) -> HiddenProgressConfig:
    """The small configuration with some settings changed, by part."""
    data = {part: {**settings, **parts.get(part, {})} for part, settings in SMALL.items()}
    config = parse_config({"study": "hidden_progress", "seed": 3, **data})
    assert isinstance(config, HiddenProgressConfig)
    return config


class Film:
    """All that a run tells: its frames, events by kind, and its last checkpoint."""

    def __init__(
        self,
        config: HiddenProgressConfig,
        start: Checkpoint | None = None,
        stop: Callable[[int], bool] = lambda step: False,
        *,
        forked: bool = False,
    ) -> None:
        self.frames: list[Frame] = []
        self.events: list[Happened] = []
        self.facts: dict[str, Any] = {}
        self.checkpoint: Checkpoint | None = None
        threads = torch.get_num_threads()
        for event in run(config, 1, start, stop, forked=forked):
            match event:
                case Started():
                    self.facts = dict(event.facts)
                case Captured(frame):
                    self.frames.append(frame)
                case Happened():
                    self.events.append(event)
                case Checkpointed():
                    self.checkpoint = Checkpoint.decode(event.blob)
        torch.set_num_threads(threads)

    @property
    def bytes(self) -> list[bytes]:
        return [encode(frame, "run", 0) for frame in self.frames]

    def of(self, kind: str) -> list[Happened]:
        return [event for event in self.events if event.kind == kind]
