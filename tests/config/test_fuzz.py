"""Whatever is sent as a configuration or as overrides is one, or an error that names fields; nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergescope.config import RunConfig, apply_overrides, get_preset, load_presets, parse_config
from emergescope.config.cost import Limits, estimate
from emergescope.config.overrides import config_paths
from emergescope.errors import InvalidConfig

PRESETS = sorted(load_presets())
PATHS = sorted({path for name in PRESETS for path in config_paths(get_preset(name).config)})
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=8)
    | st.sampled_from(
        ["parity", "network", "ntk", "random_features", "incoherent", "float64", "cuda", "w", 0, 1, 2, 0.5]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def check(config: RunConfig) -> None:
    """A configuration is whole: it survives JSON, and its cost can be told."""
    assert parse_config(json.loads(config.model_dump_json())) == config
    cost = estimate(config)
    assert cost.memory > 0
    assert cost.work > 0
    assert cost.steps == config.total_steps


def refused(error: InvalidConfig) -> None:
    assert error.detail
    assert all(field.message for field in error.fields)


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
