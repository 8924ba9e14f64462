"""What a run will take is known beforehand: near what is measured, and refused in words where it is too much."""

import subprocess
import sys
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergescope.catalog.experiments import load_experiments
from emergescope.catalog.limits import Limits, estimate
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import get_preset, load_presets
from emergescope.catalog.sweep import expand
from emergescope.config.run import RunConfig, frame_steps, probe_steps
from emergescope.engine import run
from emergescope.errors import InvalidConfig
from emergescope.recording.codec import encode
from emergescope.recording.events import Captured, Started
from emergescope.settings import Settings
from tests.patterns import patterns

_MEASURE = """
import json, sys, threading, psutil, torch
from emergescope.catalog.parse import parse_config
from emergescope.engine import run
torch.linalg.svd(torch.randn(50, 50)); torch.linalg.cholesky(torch.eye(9)); torch.randn(99, 99) @ torch.randn(99, 99)
rss = lambda: psutil.Process().memory_info().rss
before = peak = rss()
over = threading.Event()
def watch():
    global peak
    while not over.wait(0.002):
        peak = max(peak, rss())
threading.Thread(target=watch, daemon=True).start()
for _ in run(parse_config(json.loads(sys.argv[1]))):
    pass
over.set()
print(peak - before)
"""


def changed(preset: str, **overrides: Any) -> RunConfig:
    return apply_overrides(
        get_preset(preset).config, {name.replace("__", "."): value for name, value in overrides.items()}
    )


def check_memory(config: RunConfig) -> None:
    """The estimate is at least what a run really takes, and at most three times that."""
    command = [sys.executable, "-c", _MEASURE, config.model_dump_json()]
    measured = int(subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout)
    assert measured > 10**8
    assert 1 <= estimate(config).memory / measured < 3


SHORT = [{"name": "f", "steps": 2, "samples": 2000, "eta": 0.1}]


@pytest.mark.parametrize(
    "config",
    [
        changed("paper/parity", method__m=1200, capture__frames=2, training__phases=SHORT),
        changed("paper/parity-ntk", method__m=20, method__ridge_samples=6000, training__phases=SHORT),
        changed("paper/parity", problem__d=4000, problem__D=1000, method__m=50, training__phases=SHORT),
        changed("hidden-progress/parity-50-3", method__width=1000, training__batch=50_000, training__steps=2, seed=1),
    ],
    ids=["a wide network", "a large kernel", "a large dictionary", "a large batch"],
)
def test_memory_is_at_least_what_is_measured(config: RunConfig) -> None:
    check_memory(config)


@pytest.mark.parametrize("dictionary", ["orthonormal", "pictures"])
def test_frames_are_as_many_and_as_large_as_foretold(tiny: RunConfig, dictionary: str) -> None:
    if dictionary == "pictures":
        tiny = apply_overrides(
            tiny, {"problem.dictionary": dictionary, "problem.d": 400, "problem.D": 20, "problem.k": 5}
        )
    events = list(run(tiny))
    frames = [len(encode(event.frame, "k3v9x2m8q1ab", 0)) for event in events if isinstance(event, Captured)]
    dictionary_bytes = sum(event.tensors["dictionary"].nbytes for event in events if isinstance(event, Started))
    expected = estimate(tiny)
    assert expected.steps == 30
    assert len(frames) <= expected.frames <= len(frames) + 3
    assert max(frames) <= expected.frame_bytes < max(frames) + 8000
    assert expected.pattern_bytes == dictionary_bytes


@given(
    frames=st.integers(2, 5000),
    steps=st.lists(st.integers(1, 3000), min_size=1, max_size=5),
    spacing=st.sampled_from(["linear", "geometric"]),
    probe_every=st.integers(0, 30),
)
@settings(max_examples=50, deadline=None)
def test_no_schedule_has_more_frames_than_foretold(
    frames: int, steps: list[int], spacing: str, probe_every: int
) -> None:
    phases = [{"steps": n, "samples": 1} for n in steps]
    config = patterns(
        changed(
            "quick",
            capture__frames=frames,
            capture__spacing=spacing,
            capture__probe_every=probe_every,
            training__phases=phases,
        )
    )
    taken = len(frame_steps(config))
    assert taken <= estimate(config).frames <= taken + len(steps)
    (probes,) = [share.amount for share in estimate(config).work_shares if share.what == "probes"]
    assert probes >= len(probe_steps(config)) * config.capture.probe_samples * (2 * config.method.m) ** 2


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("method.m", 10_000),
        ("problem.d", 8192),
        ("problem.input_noise", 0.1),
        ("problem.D", 400),
        ("capture.probe_samples", 100_000),
        ("training.dtype", "float64"),
    ],
)
@pytest.mark.parametrize("preset", ["paper/parity", "paper/parity-ntk", "paper/parity-random-features"])
def test_more_of_anything_takes_more_memory(preset: str, path: str, value: Any) -> None:
    wide = apply_overrides(get_preset(preset).config, {"method.m": 1000})
    assert estimate(apply_overrides(wide, {path: value})).memory > estimate(wide).memory


def test_of_images_no_more_work_is_foretold_than_there_are() -> None:
    work = [
        estimate(changed("paper/figure-3-mnist", training__phases__0__samples=n)).work for n in (800, 50_000, 10**6)
    ]
    assert work[0] < work[1] == work[2]
    Limits(max_work=Settings().max_work).check(changed("paper/figure-3-mnist", training__phases__0__samples=10**6))


def test_images_are_held_read_and_changed() -> None:
    """Measured on arrays of SVHN's sizes, with its share of ones and twos: 1.62 GB."""
    svhn = estimate(changed("paper/figure-3-svhn", problem__classes=[1, 2])).memory
    assert 1 <= svhn / 1.62e9 < 3
    for data, pointer in (({"data": "svhn"}, "/problem/data"), ({"data": "folder", "folder": "a"}, "/problem/size")):
        with pytest.raises(InvalidConfig, match="for reading the images") as caught:
            Limits(max_memory=10**8).check(parse_config({"problem": {"kind": "two_classes", **data}}))
        assert [field.pointer for field in caught.value.fields] == [pointer]


def test_the_largest_configuration_is_estimated_without_being_allocated() -> None:
    config = changed("quick", problem__d=8192, problem__D=4096, method__m=10_000, training__dtype="float64")
    assert estimate(config).memory > 10**10


def test_a_server_lets_through_all_that_comes_with_the_program() -> None:
    defaults = Settings()
    limits = Limits(**{name: getattr(defaults, name) for name in asdict(Limits())})
    for preset in load_presets().values():
        limits.check(preset.config)
    for experiment in load_experiments().values():
        if experiment.sweep is not None:
            for cell in expand(experiment.sweep, 1, 10_000):
                limits.check(cell.config)


HUGE = {"problem.d": 8192, "problem.D": 4096, "capture.max_patterns": 4096}


@pytest.mark.parametrize(
    ("limits", "overrides", "pointer", "words"),
    [
        (Limits(max_steps=299), {}, "/training/phases/0/steps", ["300 steps", "allows 299"]),
        (Limits(max_memory=10**9), {"method.m": 5000}, "/method/m", ["GB of memory", "allows 1 GB", "lower method.m"]),
        (
            Limits(max_memory=10**8),
            {"capture.probe_samples": 100_000, "method.m": 200},
            "/capture/probe_samples",
            ["168 MB of it for the features of the probe", "allows 100 MB"],
        ),
        (Limits(max_work=10**9), {}, "/training/phases/0/steps", ["operations", "allows 1e+09"]),
        (Limits(max_film=10**6), HUGE | {"method.m": 500}, "/capture/frames", ["in the store", "allows 1 MB"]),
    ],
)
def test_too_much_is_refused_with_the_estimate_and_what_to_lower(
    limits: Limits, overrides: dict[str, Any], pointer: str, words: list[str]
) -> None:
    config = apply_overrides(get_preset("quick").config, overrides)
    with pytest.raises(InvalidConfig) as refused:
        limits.check(config)
    assert [field.pointer for field in refused.value.fields] == [pointer]
    for word in words:
        assert word in refused.value.detail
    Limits().check(config)


def test_all_that_is_too_much_is_said_at_once() -> None:
    with pytest.raises(InvalidConfig) as refused:
        Limits(max_steps=1, max_memory=1, max_work=1, max_film=1).check(get_preset("quick").config)
    assert len(refused.value.fields) == 4
