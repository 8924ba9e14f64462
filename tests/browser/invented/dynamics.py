"""Brewing: numbers that move, and are the same for the same configuration."""

from collections.abc import Iterator
from math import exp

import numpy as np

from emergescope.recording.capture import Look
from emergescope.recording.events import Frame, Happened, Saved, Started, State
from emergescope.studies.study import Context
from tests.browser.invented import GLAZES, KILNS, InventedConfig


class InventedCamera:
    """Every third frame lacks a tensor."""

    def __init__(self, config: InventedConfig) -> None:
        self._config = config

    def take(self, state: State, snapshot: int) -> Look:
        warmth = 1 - exp(-self._config.problem.heat * snapshot / 10)
        kilns, glazes = np.arange(KILNS), np.arange(GLAZES)
        tensors = {
            "lustre": np.cos(np.outer(kilns + self._config.seed, glazes + 1) + snapshot / 5).astype(np.float16),
            "height": (kilns * warmth).astype(np.float64),
            "lit": kilns < KILNS * warmth,
            "tile": (100 * np.sin(np.arange(6 * KILNS) + snapshot)).reshape(KILNS, 3, 2).astype(np.int16),
        }
        if snapshot % 3:
            tensors["crack"] = (glazes * 20 * warmth - 40).astype(np.int8)
        metrics = {"foam": float(snapshot**2), "gärung": exp(-snapshot)}
        says = {"kiln-by-glaze": f"After {snapshot} rounds the lustre is <b>not</b> bold."}
        frame = Frame(state.step, state.stage, metrics, {}, tensors, says)
        boils = (Happened(state.step, "boils", "it boils: <warm> enough"),) if snapshot == 12 else ()
        return Look(frame, boils)

    def save(self) -> Saved:
        return Saved()


class InventedDynamics:
    """The state is the number of the round."""

    def __init__(self, config: InventedConfig, context: Context, saved: Saved | None) -> None:
        self._config, self._round = config, 0 if saved is None else int(saved.data["round"])

    @property
    def started(self) -> Started:
        return Started(self._config.total_steps, {}, {}, {})

    @property
    def snapshot_bytes(self) -> int:
        return 8

    def camera(self, saved: Saved | None) -> InventedCamera:
        return InventedCamera(self._config)

    def train(self, after: int) -> Iterator[State]:
        if after < 0:
            yield State(0, "start")
        for step in range(max(after, 0) + 1, self._config.total_steps + 1):
            self._round = step
            yield State(step, "mash" if step <= self._config.total_steps // 2 else "boil")

    def snapshot(self) -> int:
        return self._round

    def save(self) -> Saved:
        return Saved({}, {"round": self._round})
