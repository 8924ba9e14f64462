"""Whatever is sent as a configuration or as overrides is one, or an error that names fields; nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergescope.catalog.limits import Limits, estimate
from emergescope.catalog.overrides import apply_overrides, config_paths
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import get_preset, load_presets
from emergescope.catalog.sweep import Sweep, expand
from emergescope.config.run import RunConfig
from emergescope.errors import InvalidConfig
from emergescope.studies.mixture.config import MixtureConfig

PRESETS = sorted(load_presets())
PATHS = sorted({path for name in PRESETS for path in config_paths(get_preset(name).config)})
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=8)
    | st.sampled_from(
        [
            *("parity", "network", "ntk", "random_features", "incoherent", "float64", "cuda", "w", 0, 1, 2, 0.5),
            *("dictionary", "two_classes", "mixture", "two_layer_classifier", "resnet18", "phases", "sgd"),
            *("mnist", "svhn", "folder", "natural", "gauss", "balanced", "pictures", "house", (0, 1), (3, 9), 1e-9),
        ]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def check(config: RunConfig) -> None:
    """A configuration is whole: it survives JSON, its cost can be told, and what is to be lowered is a part of it."""
    assert parse_config(json.loads(config.model_dump_json())) == config
    with pytest.raises(InvalidConfig) as caught:
        Limits(max_memory=1, max_steps=0, max_work=1, max_film=1).check(config)
    paths = set(config_paths(config))
    for field in caught.value.fields:
        assert field.pointer[1:].replace("/", ".") in paths
    cost = estimate(config)
    assert cost.memory > 0
    assert cost.work > 0
    assert cost.steps == config.total_steps


def refused(error: InvalidConfig, below: str = "") -> None:
    assert error.detail
    assert error.fields or not below
    assert all(field.message and field.pointer.startswith(below) for field in error.fields)


@settings(max_examples=300, deadline=None)
@given(preset=st.sampled_from(PRESETS), overrides=st.dictionaries(st.sampled_from(PATHS), VALUES, max_size=4))
def test_overrides(preset: str, overrides: dict[str, Any]) -> None:
    try:
        config = apply_overrides(get_preset(preset).config, overrides)
    except InvalidConfig as error:
        refused(error)
    else:
        check(config)


@settings(max_examples=300, deadline=None)
@given(overrides=st.dictionaries(st.text(max_size=20), VALUES, max_size=4))
def test_overrides_of_anything(overrides: dict[str, Any]) -> None:
    try:
        check(apply_overrides(get_preset("quick").config, overrides))
    except InvalidConfig as error:
        refused(error)


@settings(max_examples=300, deadline=None)
@given(
    config=st.dictionaries(
        st.sampled_from(["seed", "problem", "method", "training", "capture", "x"]), VALUES, max_size=5
    )
)
def test_configurations_of_anything(config: dict[str, Any]) -> None:
    try:
        check(parse_config(config))
    except InvalidConfig as error:
        refused(error)


@settings(max_examples=200, deadline=None)
@given(
    k=st.integers(1, 21).filter(lambda k: k % 2 == 1),
    m=st.integers(1, 2000),
    size=st.integers(22, 500),
    steps=st.integers(1, 10_000),
    most=st.integers(1, 10**12),
)
def test_limits_refuse_by_the_estimate(k: int, m: int, size: int, steps: int, most: int) -> None:
    changes = {"problem.d": size, "problem.D": size, "problem.k": k, "method.m": m, "training.phases.0.steps": steps}
    config = apply_overrides(get_preset("quick").config, changes)
    check(config)
    limits = Limits(max_memory=most)
    if estimate(config).memory > most:
        with pytest.raises(InvalidConfig, match="of memory") as caught:
            limits.check(config)
        assert len(caught.value.fields) == 1
    else:
        limits.check(config)


KINDS = {
    "problem": ["dictionary", "two_classes", "mixture"],
    "method": ["network", "random_features", "ntk", "two_layer_classifier", "resnet18"],
    "training": ["phases", "sgd"],
}
SETTINGS = {
    "problem": [
        *("data", "folder", "size", "classes", "random_labels", "injected", "injected_folder", "injected_labels"),
        *("ratio", "samples", "dictionary", "motif", "k", "labels"),
    ],
    "method": ["m", "sigma_w", "width", "stem_stride", "ridge"],
    "training": ["phases", "epochs", "batch", "eta", "momentum", "dtype"],
}


def part(name: str) -> st.SearchStrategy[dict[str, Any]]:
    settings = st.dictionaries(st.sampled_from(SETTINGS[name]), VALUES, max_size=2)
    return st.builds(lambda kind, more: {"kind": kind, **more}, st.sampled_from(KINDS[name]), settings)


@settings(max_examples=500, deadline=None)
@given(config=st.fixed_dictionaries({name: part(name) for name in KINDS}))
def test_configurations_of_all_kinds(config: dict[str, Any]) -> None:
    try:
        check(parse_config(config))
    except InvalidConfig as error:
        refused(error)


@settings(max_examples=500, deadline=None)
@given(
    samples=st.integers(10, 1_000_000), ratio=st.floats(0, 1), batch=st.integers(1, 10_000), epochs=st.integers(1, 1000)
)
def test_a_mixture_has_no_more_than_its_samples_of_either_kind(
    samples: int, ratio: float, batch: int, epochs: int
) -> None:
    problem = {"kind": "mixture", "data": "mnist", "samples": samples, "ratio": ratio}
    training = {"kind": "sgd", "batch": batch, "epochs": epochs}
    config = parse_config({"problem": problem, "method": {"kind": "two_layer_classifier"}, "training": training})
    check(config)
    assert isinstance(config, MixtureConfig)
    data, injected = config.problem.data_samples, config.problem.injected_samples
    assert min(data, injected) >= 0
    assert max(data, injected) == samples
    assert abs(injected / (data + injected) - ratio) <= 1 / samples
    teacher, student = config.stages
    assert 0 < teacher.steps <= student.steps <= 2 * teacher.steps


PLACES = [*PATHS, *(f"{name}.{setting}" for name in SETTINGS for setting in SETTINGS[name]), "problem.labels.low"]
NUMBERS = st.booleans() | st.integers(-1, 300) | st.floats(-1, 1)


@settings(max_examples=500, deadline=None)
@given(
    preset=st.sampled_from(PRESETS),
    grid=st.dictionaries(st.sampled_from(PLACES), st.lists(NUMBERS, max_size=3), min_size=1, max_size=2),
)
def test_sweeps_of_anything(preset: str, grid: dict[str, Any]) -> None:
    sweep = Sweep.model_validate({"base": {"preset": preset}, "grid": grid})
    try:
        for cell in expand(sweep, 1, 500):
            check(cell.config)
    except InvalidConfig as error:
        refused(error, below="/grid/")
