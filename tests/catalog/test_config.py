"""Configurations: what is refused, and what the refusal says."""

import json
from typing import Any

import pytest

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import get_preset, load_presets
from emergescope.errors import InvalidConfig
from tests.patterns import patterns

BASE = get_preset("paper/parity").config


@pytest.mark.parametrize(
    ("overrides", "pointer", "words"),
    [
        ({"problem.d": 50}, "/problem/D", "at most d = 50"),
        ({"problem.k": 101 - 40, "problem.D": 60}, "/problem/k", "k = 61"),
        ({"problem.k": 4}, "/problem/k", "odd k"),
        ({"problem.k": 4, "problem.labels.rule": "majority"}, "/problem/k", "odd k"),
        ({"problem.p_o": -0.1}, "/problem/p_o", "[0, 1/2]"),
        ({"problem.p_o": 0.51}, "/problem/p_o", "[0, 1/2]"),
        ({"problem.p_o": 0.3, "problem.structure": False}, "/problem/structure", "probability 1/2"),
        ({"problem.labels": {"rule": "interval", "low": 3, "high": 2}}, "/problem/labels", "holds no counts"),
        ({"problem.labels": {"rule": "interval", "low": 3, "high": 9}}, "/problem/labels", "past k = 5"),
        ({"problem.labels": {"rule": "list", "counts": [7]}}, "/problem/labels", "cannot occur"),
        ({"problem.labels": {"rule": "list", "counts": [0, 1]}}, "/problem/labels", "gamma = "),
        ({"problem.labels": {"rule": "interval", "low": 0, "high": 5}}, "/problem/labels", "same label"),
        ({"method.m": "many"}, "/method/m", "not a number"),
        ({"method.m": 0}, "/method/m", "greater than"),
        ({"training.phases.0.eta": -1}, "/training/phases/0/eta", "greater than"),
        ({"training.phases": []}, "/training/phases", "at least 1"),
        ({"seed": 1.5}, "/seed", "integer"),
        ({"capture.spacing": "cubic"}, "/capture/spacing", "linear"),
    ],
)
def test_impossible_settings_are_refused_with_a_pointer_and_the_reason(
    overrides: dict[str, Any], pointer: str, words: str
) -> None:
    with pytest.raises(InvalidConfig) as caught:
        apply_overrides(BASE, overrides)
    assert caught.value.fields[0].pointer == pointer
    assert words in caught.value.fields[0].message
    assert words in caught.value.detail


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("problem.K", "problem.k"),
        ("problem.p0", "problem.p_o"),
        ("training.phases.0.etta", "training.phases.0.eta"),
        ("sede", "seed"),
        ("sigma_xi", "training.phases.0.sigma_xi"),
    ],
)
def test_a_wrong_key_suggests_the_nearest_right_one(key: str, nearest: str) -> None:
    with pytest.raises(InvalidConfig, match=f"did you mean '{nearest}'"):
        apply_overrides(BASE, {key: 1})


def test_a_phase_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidConfig, match=r"training\.phases\.7\.eta"):
        apply_overrides(BASE, {"training.phases.7.eta": 1})


def test_overrides_are_left_as_they_were() -> None:
    phase = {"name": "features", "steps": 20}
    apply_overrides(BASE, {"training.phases": [phase], "training.phases.0.steps": 30})
    assert phase == {"name": "features", "steps": 20}


def test_dotted_and_nested_overrides_are_the_same() -> None:
    dotted = apply_overrides(BASE, {"problem.k": 7, "training.phases.2.eta": 0.5, "seed": 3})
    nested = apply_overrides(BASE, {"problem": {"k": 7}, "training": {"phases": {"2": {"eta": 0.5}}}, "seed": 3})
    assert dotted == nested
    assert (patterns(dotted).problem.k, patterns(dotted).training.phases[2].eta, dotted.seed) == (7, 0.5, 3)
    assert patterns(dotted).training.phases[0] == patterns(BASE).training.phases[0]


def test_another_label_rule_starts_from_its_own_defaults() -> None:
    changed = apply_overrides(BASE, {"problem.labels": {"rule": "interval", "low": 3, "high": 5}})
    assert patterns(apply_overrides(changed, {"problem.labels.rule": "parity"})).problem.labels.rule == "parity"
    narrow = apply_overrides(BASE, {"problem.labels.rule": "interval", "problem.labels.low": 4})
    assert patterns(narrow).problem.labels.model_dump() == {"rule": "interval", "low": 4, "high": 5}


def test_all_errors_are_told_at_once() -> None:
    data = BASE.model_dump(mode="json")
    data["problem"]["p_o"] = 2
    data["method"]["m"] = -1
    data["colour"] = "red"
    with pytest.raises(InvalidConfig) as caught:
        parse_config(data)
    assert {field.pointer for field in caught.value.fields} == {"/problem/p_o", "/method/m", "/colour"}


def test_configs_survive_json() -> None:
    for preset in load_presets().values():
        assert parse_config(json.loads(preset.config.model_dump_json())) == preset.config


def test_the_gallery_starts_with_the_slow_film() -> None:
    presets = list(load_presets())
    assert presets[0] == "gradual"
    assert {"quick", "paper/parity", "paper/parity-theory", "paper/parity-no-structure", "paper/majority"} <= set(
        presets
    )
    assert get_preset("gradual").config.capture.frames >= 100


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(InvalidConfig, match=r"did you mean 'paper/parity'\?") as caught:
        get_preset("papr/parity")
    assert caught.value.fields[0].pointer == "/preset"


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"training": {"phases": [{"steps": 0}]}}, "/training/phases/0/steps"),
        ({"training": {"phases": 3}}, "/training/phases"),
        (
            {"method": {"kind": "ntk"}, "training": {"phases": [{"sigma_xi": 1}]}},
            "/training/phases/0/sigma_xi",
        ),
        ({"problem": {"dictionary": "woolly"}}, "/problem/dictionary"),
        ({"problem": {"kind": "woolly"}}, "/problem/kind"),
        ({"problem": 3}, "/problem"),
        ({"problem": {"kind": "two_classes"}, "method": {"kind": "ntk"}}, "/method/kind"),
        ({"problem": {"kind": "two_classes", "classes": [0, 10]}}, "/problem/classes"),
        ({"problem": {"kind": "two_classes", "data": "svhn", "classes": [3, 3]}}, "/problem/classes"),
        ({"problem": {"kind": "two_classes", "classes": [0, "one"]}}, "/problem/classes/1"),
        ({"problem": {"kind": "two_classes", "data": "folder", "folder": "a/b"}}, "/problem/folder"),
        ({"problem": {"kind": "two_classes", "folder": "pets"}}, "/problem"),
    ],
)
def test_a_pointer_names_the_field_even_where_a_kind_has_its_name(data: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        parse_config(data)
    assert caught.value.fields[0].pointer == pointer


FOLDERS = [
    *(
        "pets",
        "A\u0308pfel",
        "Äpfel",
        "हिन्दी",
        "日本語",
        "flowers (1)",
        "cats & dogs",
        "a+b",
        "it's",
        "50%",
        "v1.2",
        "a ",
        "🐈",
    ),
    *("naïve_set-2", "a,b;c", "#1", "𝒜" * 100, "(new)", "-x", "~backup", '"quoted"', "a[1]{2}", "<b>", "٣"),
]
NO_FOLDERS = [
    "",
    ".",
    "..",
    ".git",
    " a",
    "a/b",
    "a\\b",
    "/etc",
    "C:",
    "a\0b",
    "a\n",
    "a\tb",
    "a\x85b",
    "a\u2028b",
    "x" * 101,
]
PHASES = ["features", "Wärme", "E\u0301tape 2", "हिन्दी", "第1步", "step_2 - b", "क्‍ष", "μ²", "٣"]
NO_PHASES = ["", "a/b", "a.b", "<b>", "a[0]", "a\n", "a:b", "a\\b", "x\u2029", "{a}", "a^b", "a`b", "a~b", "x" * 41]


def _refusal(at: str, name: str) -> str | None:
    """What the server says of a folder or a phase of that name."""
    data: dict[str, Any] = {"training": {"phases": [{"name": name}]}}
    if at == "folder":
        data = {"problem": {"kind": "two_classes", "data": "folder", "folder": name}}
    try:
        parse_config(data)
    except InvalidConfig as error:
        return error.fields[0].message
    return None


@pytest.mark.parametrize(
    ("at", "allowed", "refused", "words"),
    [
        ("folder", FOLDERS, NO_FOLDERS, "write the name of one directory, without / \\ and :, that begins neither"),
        ("phase", PHASES, NO_PHASES, "use letters, digits, spaces, - and _"),
    ],
)
def test_names_are_in_any_language_and_a_refusal_is_a_sentence(
    at: str, allowed: list[str], refused: list[str], words: str
) -> None:
    assert [name for name in allowed if _refusal(at, name) is not None] == []
    for name in refused:
        message = _refusal(at, name)
        assert message is not None
        assert words in message or "character" in message
