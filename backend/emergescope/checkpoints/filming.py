"""A folder of checkpoints becomes a run in a directory, as if a loop had recorded it. All of it is looked at first, and
the first thing that is wrong ends it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emergescope.checkpoints.layers import Place, find_layer
from emergescope.checkpoints.metrics import Measured, read_metrics
from emergescope.checkpoints.shapes import SUFFIXES
from emergescope.checkpoints.steps import (
    Found,
    are_epochs,
    find_checkpoints,
    in_order,
    steps_by_entries,
    steps_by_names,
)
from emergescope.checkpoints.weights import open_weights, read_directions
from emergescope.config.ids import new_id
from emergescope.errors import WeightsError
from emergescope.recorder.asked import Asked, asked
from emergescope.recorder.copies import Shot, shot_of
from emergescope.recorder.declare import metric_of
from emergescope.recorder.endings import End
from emergescope.recorder.keeping import Keeper
from emergescope.recorder.waiting import Waiting
from emergescope.recording.display import Metric
from emergescope.recording.events import Happened

_WAITING = 2**28  # bytes of weights that wait for the camera
_NEURONS, _DIRECTIONS, _PICTURES = 2000, 512, 256  # are shown, as of a loop


@dataclass(frozen=True)
class Wish:
    """What a user wants to see of a folder. Without a layer the answer says which there are.

    directions  a file
    step_from   a regular expression for the step in the name of a checkpoint
    """

    layer: str | None = None
    directions: Path | None = None
    relevant: tuple[int, ...] | None = None
    name: str | None = None
    step_from: str | None = None


def film_checkpoints(folder: Path, wish: Wish, path: Path, note: Callable[[str], None]) -> None:
    """Make a run of a folder at `path`, an empty directory or a new one; `note` is told what is left out, and why.

    Raises WeightsError that names the file that cannot be used, and InvalidConfig for a wish that cannot be.
    """
    there = {one.called: one for one in find_checkpoints(folder, SUFFIXES)}
    steps = steps_by_names([*there], wish.step_from)
    epochs = are_epochs(steps)
    if not steps:
        steps, epochs = steps_by_entries(_entries(there))
    names = in_order(steps)
    if left := [name for name in there if name not in steps]:
        note(f"left out, as their names have no step: {', '.join(left[:8])}{', …' if len(left) > 8 else ''}")
    place = _checked(there, names, wish.layer)
    measured = read_metrics(folder, there[names[-1]].files[0], epochs=epochs)
    taken = _taken(names, steps, measured)
    if measured is not None and not any(taken.values()):
        note(f"{measured.file} has no numbers of these steps")
    looks = _looks(wish, place, _late(names, taken), steps[names[-1]])
    head = Keeper.head_of(new_id(), wish.name or f"{folder.resolve().name[:100]}, {place.weights[:80]}", looks, ())
    waiting, wrong = Waiting[Shot | Happened](_WAITING), list[str]()
    keeper = Keeper(looks, head, path, None, waiting, lambda kind, text: wrong.append(text), None)
    keeper.start()
    try:
        for name in names:
            with open_weights(there[name].files, name) as weights:
                found, bias = place.read(weights)
                shot = shot_of(steps[name], "training", found, taken[name], None, bias, None, frozenset())
            waiting.put(shot, shot.bytes)
            if wrong:
                break
    finally:
        keeper.finish(End("succeeded"))
    if wrong:
        raise WeightsError(f"{folder}: {wrong[0]}")


def _entries(there: Mapping[str, Found]) -> dict[str, Mapping[str, int]]:
    """What each checkpoint says of its step itself."""
    said: dict[str, Mapping[str, int]] = {}
    for name, one in there.items():
        with open_weights(one.files, name) as weights:
            said[name] = weights.said
    return said


def _checked(there: Mapping[str, Found], names: Sequence[str], layer: str | None) -> Place:
    """Where the layer lies, once all checkpoints are known to have it."""
    place: Place | None = None
    for name in names:
        with open_weights(there[name].files, name) as weights:
            if place is None:
                place = find_layer(layer, weights.shapes, name)
            place.check(weights, names[0])
    assert place is not None
    return place


def _taken(names: Sequence[str], steps: Mapping[str, int], measured: Measured | None) -> dict[str, dict[str, float]]:
    """What was measured since the checkpoint before, by the name of each."""
    before = [-1, *(steps[name] for name in names)]
    told = zip(names, before, strict=False)
    return {name: measured.between(after, steps[name]) if measured else {} for name, after in told}


def _late(names: Sequence[str], taken: Mapping[str, Mapping[str, float]]) -> dict[str, Metric]:
    """Metrics that the first frame lacks, with how they are shown: a film tells that at its beginning."""
    firsts: dict[str, float] = {}
    for name in names:
        firsts = {**taken[name], **firsts}
    told = {metric: metric_of(metric, value, place) for place, (metric, value) in enumerate(firsts.items())}
    return {metric: one for metric, one in told.items() if metric not in taken[names[0]]}


def _looks(wish: Wish, place: Place, metrics: Mapping[str, Metric], last: int) -> Asked:
    directions = None if wish.directions is None else read_directions(wish.directions)
    settings: dict[str, Any] = {"layer": place.weights}
    return asked(
        directions, wish.relevant, None, None, None, metrics, None, _NEURONS, _DIRECTIONS, _PICTURES, 0, settings, last
    )
