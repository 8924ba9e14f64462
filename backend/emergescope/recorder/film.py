"""Makes frames of snapshots, with the toolkit that studies use. The first one decides who is shown and how.

Runs in the recorder's own thread, and is where torch is loaded if the loop itself does without.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from safetensors.numpy import load, save

from emergescope.errors import EmergescopeError, InvalidConfig
from emergescope.recorder import declare
from emergescope.recorder.asked import Asked
from emergescope.recorder.copies import Copy, Held, Shot
from emergescope.recorder.directions import View, directions_of, given_for, view_of
from emergescope.recording.capture import Look
from emergescope.recording.codec import sort_metadata
from emergescope.recording.declared import undeclared
from emergescope.recording.display import Display, EventKind
from emergescope.recording.events import Array, Frame, Happened, State
from emergescope.toolkit.frame_parts import finite
from emergescope.toolkit.layer_camera import LayerCamera
from emergescope.toolkit.layer_display import EVENTS, LEADING, Parts, parts_of

_NICE = 10  # of 19: about a tenth of what the loop gets, where they share a core
Say = Callable[[str, str], None]  # the kind of trouble, which is told once, and a sentence


@dataclass
class _Filmed:
    """A layer: how its weights are read, and who looks at them."""

    view: View
    camera: LayerCamera
    taken: int = 0  # frames


@dataclass(frozen=True)
class Beginning:
    """What is known once the first snapshot was seen."""

    display: Display
    facts: Mapping[str, Any]
    patterns: bytes | None = field(repr=False)  # safetensors: what each layer is compared with


class Film:
    """The frames of one recording, in order of step."""

    def __init__(self, asked: Asked, say: Say) -> None:
        self._asked, self._say = asked, say
        self._filmed: dict[str, _Filmed] = {}
        self.display: Display | None = None

    def begin(
        self, shot: Shot, kinds: Iterable[str], kept: bytes | None = None, like: Display | None = None
    ) -> Beginning:
        """Decide by the first snapshot how all are looked at.

        kinds  of events that have been told before
        kept   the directions of a recording that goes on
        like   its display
        """
        directions = {} if kept is None else {name: Copy(torch.from_numpy(t)) for name, t in load(kept).items()}
        notes, matrices = dict[str, list[str]](), dict[str, Array]()
        for name, held in shot.layers.items():
            place = f"dictionary.{name}" if matrices else "dictionary"
            try:
                said = self._look_at(name, held, directions.get(place))
            except EmergescopeError as error:
                self._say(f"layer {name}", f"{_called(name)} cannot be looked at: {error.detail}")
                continue
            notes.setdefault(said, []).append(name)
            matrices[place] = self._filmed[name].camera.started(0).tensors["dictionary"]
        if self._asked.picture and not any(one.view.picture for one in self._filmed.values()):
            size = " × ".join(map(str, self._asked.picture))
            self._say("picture", f"picture= says {size}, and no layer has rows of that many weights: none are drawn")
        display = (
            like
            or self._asked.display
            or self._display(shot, [_of(names, said) for said, names in notes.items()], kinds)
        )
        self.display = display
        first = next(iter(self._filmed.values()), None)
        facts = {} if first is None else dict(first.camera.started(0).facts)
        patterns = sort_metadata(save(matrices)) if matrices else None
        return Beginning(display, facts, patterns)

    def follow(self, frame: Frame, told: Mapping[str, int | None]) -> None:
        """Go on after this frame, the last one of a recording that was cut off."""
        for name, one in self._filmed.items():
            mine = {tensor.removeprefix(_before(name, "")): array for tensor, array in frame.tensors.items()}
            one.camera.follow(mine, told)
            one.taken = -1  # where its neurons began is not known any more

    def take(self, shot: Shot) -> Look:
        """The frame of a snapshot, and what it is the first to show."""
        assert self.display is not None
        metrics, tensors, says = self._numbers(shot), dict[str, Array](), dict[str, str]()
        layout: Mapping[str, str | float | None] = {}
        events: list[Happened] = []
        for name, held in shot.layers.items():
            look = self._taken(name, held, State(shot.step, shot.stage))
            if look is None:
                continue
            metrics |= {_before(name, key): value for key, value in look.frame.metrics.items()}
            tensors |= {_before(name, key): array for key, array in look.frame.tensors.items()}
            says |= {_before(name, key): text for key, text in look.frame.says.items()}
            layout = layout or look.frame.layout
            events += [replace(one, text=f"{name}: {one.text}") if name else one for one in look.events]
        for key, copy in shot.tensors.items():
            tensors[key] = _array(copy)
        frame = Frame(shot.step, shot.stage, metrics, layout, tensors, says)
        return Look(self._as_declared(frame, self.display, {*shot.metrics, *shot.tensors}), tuple(events))

    def _look_at(self, name: str, held: Held, kept: Copy | None) -> str:
        try:
            given = given_for(name, held, self._asked)
        except InvalidConfig as error:
            given = None
            self._say(f"directions {name}", f"{_called(name)} is not compared with directions=: {error.detail}")
        view = view_of(held, self._asked, given)
        layer = view.layer(held)
        found, said = directions_of(view, layer.weights, given, self._asked, None if kept is None else kept.get())
        self._filmed[name] = _Filmed(view, LayerCamera(found, layer, self._asked.capture, self._asked.seed))
        return said

    def _taken(self, name: str, held: Held, state: State) -> Look | None:
        one = self._filmed.get(name)
        if one is None:
            self._say(f"layer {name}", f"{_called(name)} was not there in the first frame, and is left out")
            return None
        try:
            layer = one.view.layer(held)
        except EmergescopeError as error:
            self._say(f"shape {name}", f"{_called(name)} is left out of the frame of step {state.step}: {error.detail}")
            return None
        one.taken += one.taken >= 0
        return one.camera.take(state, layer, first=one.taken == 1)

    def _display(self, shot: Shot, notes: list[str], kinds: Iterable[str]) -> Display:
        asked = self._asked
        parts = [
            parts_of(one.camera.shown, asked.capture, name, first=place == 0)
            for place, (name, one) in enumerate(self._filmed.items())
        ]
        of_layers = declare.joined(parts)
        own = declare.joined(self._own_tensors(shot, of_layers))
        said = {name: value for name, value in self._numbers(shot).items() if name not in of_layers.metrics}
        metrics = {name: declare.metric_of(name, value, place) for place, (name, value) in enumerate(said.items())}
        metrics |= asked.metrics
        whole = declare.joined([Parts(metrics), of_layers, own])
        curves = declare.curves_of(whole.metrics, [n for n in of_layers.metrics if n.split(".")[-1] == LEADING])
        panels = [*of_layers.panels[:1], *([curves] if curves else []), *of_layers.panels[1:], *own.panels]
        if panels and not any(panel.hero for panel in panels):
            panels[0] = replace(panels[0], hero=True)
        others = {
            kind: EventKind(kind.replace("_", " ").capitalize(), kind[:20]) for kind in kinds if kind not in EVENTS
        }
        return Display(
            summary=self._summary(),
            metrics=whole.metrics,
            axes=whole.axes,
            tensors=whole.tensors,
            panels=tuple(panels),
            events={**others, **EVENTS} if of_layers.tensors else others,
            facets=declare.facets_of(asked.settings),
            can=(),
            notes=tuple(notes),
            glossary=whole.glossary,
        )

    def _summary(self) -> str:
        """One line: its layers, and what tells it from others."""
        layers = [f"{name + ', ' if name else ''}{one.camera.total:,} neurons" for name, one in self._filmed.items()]
        more = [f"{len(layers) - 3} more layers"] if len(layers) > 4 else []
        facets = [one.short for one in declare.facets_of(self._asked.settings)][:3]
        return " · ".join([*(layers[:3] if more else layers), *more, *facets]) or "a loop of its own"

    def _own_tensors(self, shot: Shot, taken: Parts) -> Iterable[Parts]:
        for name, copy in shot.tensors.items():
            try:
                if name in taken.tensors:
                    raise InvalidConfig(f"the tensor {name!r} has the name of one that is made of the layer: rename it")
                yield declare.parts_of(name, _array(copy))
            except EmergescopeError as error:
                self._say(f"tensor {name}", error.detail)

    def _numbers(self, shot: Shot) -> dict[str, float | None]:
        values = ((n, float(one.get().item()) if isinstance(one, Copy) else one) for n, one in shot.metrics.items())
        return {name: finite(value) for name, value in values}

    def _as_declared(self, frame: Frame, display: Display, given: set[str]) -> Frame:
        """Without what the display, which was sent with the first frame, does not declare; of what was `given` that is
        said, once each.
        """
        metrics, tensors = dict(frame.metrics), dict(frame.tensors)
        for name in metrics.keys() - display.metrics.keys():
            del metrics[name]
            if name in given:
                told = "it was not there in the first frame: declare it with metrics= of record()"
                self._say(f"metric {name}", f"the metric {name!r} of step {frame.step} is left out: {told}")
        panels = {panel.id for panel in display.panels}
        says = {panel: text for panel, text in frame.says.items() if panel in panels}
        whole = replace(frame, metrics=metrics, tensors=tensors, says=says)
        if next(undeclared(whole, display), None) is None:
            return whole
        for name in [*tensors]:
            alone = Frame(frame.step, frame.phase, {}, {}, {name: tensors[name]})
            for wrong in undeclared(alone, display):
                del tensors[name]
                if name in given:
                    self._say(f"tensor {name}", f"{wrong}; it is left out")
                break
        return whole


def step_back() -> None:
    """Have this thread leave the machine to the loop: torch computes with one thread here, as studies are filmed, and
    with as many as before everywhere else; and where there are not enough cores for both, the loop goes first.
    """
    if sys.platform == "linux":  # elsewhere it would be the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # of this thread, and what threads begin with from now on
    other = threading.Thread(target=torch.set_num_threads, args=(before,), daemon=True)
    with suppress(RuntimeError):  # at the end of the program there are no new threads
        other.start()
        other.join()


def _before(layer: str, name: str) -> str:
    """What something of a layer is called, where there are several."""
    return f"{layer}.{name}" if layer else name


def _of(layers: list[str], said: str) -> str:
    """A sentence with the layers that it is about."""
    return f"{', '.join(layers)}: {said}" if any(layers) else said


def _called(layer: str) -> str:
    return f"the layer {layer!r}" if layer else "the layer"


def _array(copy: Copy) -> Array:
    value = copy.get()
    if isinstance(value, torch.Tensor):
        value = (value.float() if value.dtype == torch.bfloat16 else value).numpy()
    return declare.as_kept(value)
