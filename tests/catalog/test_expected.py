"""Expected values are compared only with what they were promised for, and never with a number that was not measured."""

import pytest

from emergescope.catalog.changes import compare, expectations, inherited
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import Preset, get_preset
from emergescope.studies.patterns.config import PatternsConfig


@pytest.fixture
def preset() -> Preset:
    preset = get_preset("paper/parity")
    assert preset.expected
    return preset


def test_the_preset_itself_with_another_seed_or_closer_looks(preset: Preset) -> None:
    config = apply_overrides(preset.config, {"seed": 4, "capture.frames": 5, "training.device": "cpu"})
    expected = expectations(preset, config)
    assert [item["label"] for item in expected] == [item.label for item in preset.expected]
    assert all(item["applies"] and item["value"] is item["ok"] is None for item in expected)


@pytest.mark.parametrize("changes", [{"method.m": 200}, {"problem.k": 7}, {"training.phases.0.eta": 1.0}])
def test_other_settings_are_measured_and_not_judged(preset: Preset, changes: dict[str, object]) -> None:
    expected = expectations(preset, apply_overrides(preset.config, changes))
    assert [item["label"] for item in expected] == [item.label for item in preset.expected]
    assert not any(item["applies"] for item in expected)
    filled = compare(expected, "end", {"test_accuracy": 0.7})
    assert filled is not None
    assert next((item["value"], item["ok"]) for item in filled if item["step"] == "end") == (0.7, None)
    assert expectations(None, PatternsConfig()) == []


@pytest.mark.parametrize(("overrides", "applies"), [({}, True), ({"seed": 1}, True), ({"problem.k": 7}, False)])
def test_a_fork_inherits_what_still_applies(preset: Preset, overrides: dict[str, object], applies: bool) -> None:
    item = {"metric": "a", "low": 0.5, "high": 0.6, "value": 0.5, "ok": True}
    expected = [{**item, "step": 1}, {**item, "step": 3}, {**item, "step": "end"}]
    found = inherited(expected, preset.config, apply_overrides(preset.config, overrides), 2)
    assert [one["applies"] for one in found] == [applies] * 3
    assert [one["value"] for one in found] == [0.5, None, None]


def test_values_are_filled_in_where_they_belong() -> None:
    base = {"low": 0.5, "high": 0.6, "value": None, "ok": None}
    expected = [
        {**base, "metric": "a", "step": 1},
        {**base, "metric": "b", "step": 1},
        {**base, "metric": "a", "step": "end"},
    ]
    assert compare(expected, 0, {"a": 0.55}) is None
    assert compare(expected, 1, {"c": 0.55}) is None
    once = compare(expected, 1, {"a": 0.55})
    assert once is not None
    assert [(item["value"], item["ok"]) for item in once] == [(0.55, True), (None, None), (None, None)]
    twice = compare(once, "end", {"a": 0.7, "b": 0.5})
    assert twice is not None
    assert [(item["value"], item["ok"]) for item in twice] == [(0.55, True), (None, None), (0.7, False)]
    assert compare(expected, 1, {"b": None}) == [
        expected[0],
        {**expected[1], "value": None, "ok": False},
        expected[2],
    ]
