"""What every study promises, as tests for pytest: `class TestContract(StudyContract): study = STUDY` has them all."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np

from emergescope.catalog.changes import changes
from emergescope.catalog.experiments import read_experiments
from emergescope.catalog.overrides import apply_overrides, value_at
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import Found, find_studies
from emergescope.config.run import RunConfig, frame_steps, phase_ends
from emergescope.engine import run
from emergescope.recording.capture import Checkpoint
from emergescope.recording.codec import encode
from emergescope.recording.declared import undeclared, unknown
from emergescope.recording.display import Display
from emergescope.recording.events import Captured, Checkpointed, Frame, Happened, Paused, Started
from emergescope.studies.study import Study

_TORCHLESS = """
import pkgutil, sys
study = pkgutil.resolve_name(sys.argv[1] + ":STUDY")
config = study.usual
study.cost(config), study.display(config, None), study.theory(config), study.data(config)
sys.exit("torch" in sys.modules)
"""
_HALF_TOLERANCE, _TOLERANCE = 1e-3, 1e-5  # of what is rounded, beside the bound or 1
_OVER_STEPS = ("curves", "density")  # kinds of panels of which a card has one picture, and not three
_RUN = "x" * 12  # as long as ids of runs are


@dataclass
class Recording:
    """What a run has told. Events by what they are known by when they come again: step, kind, place among the like."""

    started: Started
    frames: list[Frame] = field(default_factory=list)
    events: dict[tuple[int, str, int], Happened] = field(default_factory=dict)
    paused: int | None = None
    checkpoint: bytes = b""

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.started.facts

    @property
    def encoded(self) -> list[bytes]:
        return [encode(frame, _RUN, seq) for seq, frame in enumerate(self.frames)]


def record(
    config: RunConfig,
    start: Checkpoint | None = None,
    stop: Callable[[int], bool] = lambda step: False,
    *,
    forked: bool = False,
) -> Recording:
    """Train `config` in this process; see `emergescope.engine.run`."""
    events = run(config, start=start, stop=stop, forked=forked)
    started = next(events)
    assert isinstance(started, Started), "the run has not told Started"
    found, told = Recording(started), Counter[tuple[int, str]]()
    for event in events:
        match event:
            case Captured(frame):
                found.frames.append(frame)
            case Happened(step, kind):
                found.events[step, kind, told[step, kind]] = event
                told[step, kind] += 1
            case Checkpointed():
                found.checkpoint = event.blob
            case Paused(step):
                found.paused = step
    return found


@dataclass
class Subject:
    """A study under test: its tiny run, trained once for all tests."""

    study: Study

    @cached_property
    def found(self) -> Found:
        """As the registry has it."""
        here = [one for one in find_studies() if one.study is not None and one.study.id == self.study.id]
        why = "; ".join(f"{one.package}: {one.trouble}" for one in find_studies() if one.trouble)
        assert here, (
            f"there is no study {self.study.id!r} here: install its package, which names it in the entry point group "
            f"emergescope.studies; `emergescope studies` lists them. {why}".rstrip()
        )
        return here[0]

    @cached_property
    def tiny(self) -> RunConfig:
        assert self.found
        return apply_overrides(self.study.usual, {**self.study.tiny, "training.device": "cpu"})

    @cached_property
    def run(self) -> Recording:
        return record(self.tiny)

    @cached_property
    def display(self) -> Display:
        return self.study.display(self.tiny, self.run.facts)


_subjects: dict[int, Subject] = {}


class StudyContract:
    """The contract of the study that a subclass names. A study that cannot be paused or forked is not asked to."""

    study: Study

    @property
    def subject(self) -> Subject:
        """Of each study one: its run is trained once."""
        return _subjects.setdefault(id(self.study), Subject(self.study))

    def test_it_is_found(self) -> None:
        assert self.subject.found.study == self.study

    def test_it_is_known_without_torch(self) -> None:
        """Import, configuration, display and cost: servers and command lines start without torch."""
        command = [sys.executable, "-c", _TORCHLESS, self.subject.found.package]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr or "it imports torch before it is trained: do that in dynamics only"

    def test_its_configuration_is_plain_data(self) -> None:
        for config in (self.study.usual, self.subject.tiny):
            assert parse_config(json.loads(config.model_dump_json())) == config

    def test_it_trains_to_the_end(self) -> None:
        run, config = self.subject.run, self.subject.tiny
        assert [frame.step for frame in run.frames] == frame_steps(config)
        assert run.started.total_steps == config.total_steps
        stages = {"start", *(stage.name for stage in config.stages)}
        assert {frame.phase for frame in run.frames} <= stages
        assert not [event for event in run.events.values() if event.kind == "diverged"]

    def test_it_gives_the_same_bits_twice(self) -> None:
        assert _same(record(self.subject.tiny), self.subject.run)

    def test_it_gives_the_same_bits_after_a_pause(self) -> None:
        """At the end of each stage, and one step around it: each time from the bytes that were kept."""
        tiny, told = self.subject.tiny, self.subject.run
        if "pause" not in self.subject.display.can:
            return
        last = tiny.total_steps
        stops = {end + beside for end in phase_ends(tiny) for beside in (-1, 0, 1)}
        whole, start = Recording(told.started), None
        for stop in [*sorted(step for step in stops if 0 <= step < last), last]:
            part = record(tiny, start, stop.__eq__)
            assert part.paused == (stop if stop < last else None)
            whole.frames += part.frames
            whole.events = {**part.events, **whole.events}
            start = Checkpoint.decode(part.checkpoint)
            assert (start.step, start.frames) == (stop, len(whole.frames))
            assert _same(whole, told, until=stop), f"it is another run once it was paused before step {stop}"

    def test_it_forks(self) -> None:
        tiny = self.subject.tiny
        if "fork" not in self.subject.display.can:
            return
        half = tiny.total_steps // 2
        start = Checkpoint.decode(record(tiny, stop=half.__eq__).checkpoint)
        fork = record(tiny, start, forked=True)
        assert [frame.step for frame in fork.frames] == [step for step in frame_steps(tiny) if step > half]
        assert not self.study.check_fork(tiny, tiny), "a fork that changes nothing is refused"
        _hold(sentence for frame in fork.frames for sentence in undeclared(frame, self.subject.display))

    def test_frames_are_what_was_declared(self) -> None:
        run, display = self.subject.run, self.subject.display
        _hold(sentence for frame in run.frames for sentence in undeclared(frame, display))
        if not any(event.kind == "unmeasured" for event in run.events.values()):
            _hold(
                f"the frame of step {frame.step} is without the tensor {name!r}, which is said to be there always"
                for frame in run.frames
                for name, tensor in display.tensors.items()
                if tensor.always and name not in frame.tensors
            )

    def test_values_lie_in_their_declared_ranges(self) -> None:
        display = self.subject.display
        for frame in self.subject.run.frames:
            for name, value in frame.metrics.items():
                if value is not None:
                    metric = display.metrics[name]
                    _lies(f"metric {name!r} at step {frame.step}", np.float64(value), metric.low, metric.high)
            for name, tensor in frame.tensors.items():
                declared = display.tensors[name]
                _lies(f"tensor {name!r} at step {frame.step}", tensor, declared.low, declared.high)

    def test_events_are_declared(self) -> None:
        kinds = {event.kind for event in self.subject.run.events.values()}
        assert kinds <= self.subject.display.events.keys(), "declare these kinds of events"

    def test_frames_are_no_larger_than_estimated(self) -> None:
        cost, run = self.study.cost(self.subject.tiny), self.subject.run
        largest = max(map(len, run.encoded))
        assert largest <= cost.frame_bytes, f"a frame has {largest:,} bytes, and its cost says {cost.frame_bytes:,}"
        assert len(run.frames) <= cost.frames
        assert cost.steps == self.subject.tiny.total_steps

    def test_its_cost_is_arithmetic(self) -> None:
        presets = [preset.config for preset in self.subject.found.presets]
        for config in (self.study.usual, self.subject.tiny, *presets):
            cost = self.study.cost(config)
            assert all(share.amount >= 0 for share in (*cost.memory_shares, *cost.work_shares))
            assert min(cost.memory, cost.work, cost.film) > 0

    def test_its_display_is_json_and_knows_what_it_shows(self) -> None:
        for display in (self.study.display(self.study.usual, None), self.subject.display):
            json.dumps(display.as_json(), allow_nan=False)
            assert len({panel.id for panel in display.panels}) == len(display.panels), "each panel has an id of its own"
            assert sum(panel.hero for panel in display.panels) <= 1, "one panel is the hero"
            _hold(unknown(display))

    def test_its_steps_are_called_what_its_settings_call_them(self) -> None:
        """Charts are over steps of gradients unless the display says otherwise, and then settings count no rounds."""
        usual = next(one.default for one in fields(Display) if one.name == "steps")
        for config in (self.study.usual, self.subject.tiny):
            path = self.study.cost(config).steps_path
            one_by_one = value_at(config, path) == config.total_steps  # which epochs of many batches are not
            if one_by_one and self.study.display(config, None).steps == usual:
                assert path.endswith("steps"), f"{path} counts steps: say in the display what `steps` are"

    def test_its_measures_are_declared(self) -> None:
        display = self.study.display(self.study.usual, None)
        for measure in self.study.measures:
            known = display.metrics if measure.event is None else display.events
            assert (measure.event or measure.id) in known

    def test_its_presets_expect_what_there_is(self) -> None:
        for preset in self.subject.found.presets:
            metrics, steps = self.study.display(preset.config, None).metrics, frame_steps(preset.config)
            for item in preset.expected:
                assert item.metric in metrics, f"{preset.id} expects {item.metric}, which is not declared"
                assert item.step in ("end", *steps), f"no frame of {preset.id} is taken at step {item.step}"
                assert item.low <= item.high, f"{preset.id} expects {item.metric} in an empty range"

    def test_its_controls_are_other_runs(self) -> None:
        """A control differs in what is computed: else it would do what it is to fail at."""
        presets = {preset.id: preset for preset in self.subject.found.presets}
        for preset in presets.values():
            if preset.control is not None:
                assert preset.control in presets, f"{preset.id} names no preset of its study: {preset.control!r}"
                found = changes(presets[preset.control].config, preset.config)
                assert not all(change.free for change in found), f"{preset.control} is the same run as {preset.id}"

    def test_its_pictures_have_captions(self) -> None:
        """One for each part of the picture that the card of a preset with expected values has."""
        for preset in self.subject.found.presets:
            display, captions = self.study.display(preset.config, None), self.study.captions(preset.config)
            if preset.expected and display.panels:
                hero = next((panel for panel in display.panels if panel.hero), display.panels[0])
                parts = "over all steps" if hero.kind in _OVER_STEPS else "at the start, half-way and at the end"
                wanted = 1 if hero.kind in _OVER_STEPS else 3
                assert len(captions) == wanted, (
                    f"the card of {preset.id} shows its panel {hero.id!r} {parts}: let `captions` of the study give "
                    f"{wanted}, not {len(captions)}"
                )

    def test_its_experiments_can_be_read(self) -> None:
        read_experiments(self.subject.found)


def _same(one: Recording, other: Recording, until: int | None = None) -> bool:
    """Whether two recordings are the same to the bit, up to a step."""

    def early(found: Recording) -> dict[tuple[int, str, int], Happened]:
        return {key: event for key, event in found.events.items() if until is None or key[0] <= until}

    count = len(one.frames) if until is not None else None
    return one.encoded == other.encoded[:count] and early(one) == early(other)


def _lies(what: str, values: Any, low: float | None, high: float | None) -> None:
    if values.size == 0:
        return
    share = _HALF_TOLERANCE if values.dtype.itemsize <= np.dtype(np.float16).itemsize else _TOLERANCE
    least, most = float(values.min()), float(values.max())
    assert np.isfinite([least, most]).all(), f"{what} is not finite"
    for bound, value, side in ((low, least, -1), (high, most, 1)):
        if bound is not None:
            beyond = side * (value - bound)
            assert beyond <= share * max(1.0, abs(bound)), f"{what} has {least:g} to {most:g}, beyond {bound:g}"


def _hold(wrong: Iterator[str]) -> None:
    found = list(dict.fromkeys(wrong))
    assert not found, "\n".join(found)
