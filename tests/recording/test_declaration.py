"""A display comes back from JSON as it was, and what anybody may have written is refused with a pointer."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import load_presets, load_studies, study_of
from emergescope.errors import InvalidConfig
from emergescope.recording.display import Display
from tests.recording.test_declared import DISPLAY, SOUND

Json = dict[str, Any]
Change = Callable[[Json], Any]


def as_sent(display: Display) -> Json:
    sent: Json = json.loads(json.dumps(display.as_json()))
    return sent


def sound() -> Json:
    panels = [{"id": kind, "kind": kind, "title": kind, "show": show} for kind, show in deepcopy(SOUND).items()]
    return {**as_sent(DISPLAY), "panels": panels, "of_a_later_version": {"deep": [1]}}


@pytest.mark.parametrize("study", load_studies())
def test_each_study_declares_what_can_be_read(study: str) -> None:
    for preset in load_presets().values():
        if preset.config.study == study:
            sent = as_sent(study_of(preset.config).display(preset.config, None))
            assert as_sent(Display.from_json(sent)) == sent


def test_every_kind_of_panel_is_read_and_what_is_unknown_is_passed_over() -> None:
    display = Display.from_json(sound())
    assert [panel.kind for panel in display.panels] == list(SOUND)
    assert "of_a_later_version" not in display.as_json()


def test_a_recording_is_stored_as_it_was_sent() -> None:
    stored = {"study": "recording", "display": as_sent(DISPLAY), "settings": {"lr": 0.1}}
    config = parse_config(stored)
    assert config.model_dump(mode="json") == stored
    assert study_of(config).display(config, None).can == ()
    assert "recording" not in load_studies()


def put(path: str, value: Any) -> Change:
    """Changes what is there, or adds it."""

    def change(data: Any) -> None:
        *parts, last = [int(part) if part.isdecimal() else part for part in path.split("/")[1:]]
        for part in parts:
            data = data[part]
        data[last] = value

    return change


DENSITY, POINTS = f"/panels/{list(SOUND).index('density')}", f"/panels/{list(SOUND).index('points')}"
NINTH = {"name": "g", "colour": "ink", "members": [9]}
REFUSED = [
    (put("/metrics/loss/title", 3), "/metrics/loss/title", "valid string"),
    (put("/metrics/loss/low", "0"), "/metrics/loss/low", "valid number"),
    (put("/metrics/loss/low", True), "/metrics/loss/low", "valid number"),
    (put("/metrics/loss/colour", "#f00"), "/metrics/loss", "no colour of the theme"),
    (put("/metrics/lo\nss", {"title": ""}), "/metrics", "no control characters"),
    (put("/metrics", {f"m{n}": {"title": ""} for n in range(1001)}), "/metrics", "1,000 entries"),
    (put("/metrics", [1]), "/metrics", "an object"),
    (put("/summary", "a\0b"), "/summary", "no text"),
    (put("/summary", "a\ud800b"), "/summary", "no text"),
    (put("/summary", "x" * 4001), "/summary", "4,000 characters"),
    (put("/axes/rows/shown", -1), "/axes/rows/shown", "0 to the total"),
    (put("/axes/rows/shown", 10**400), "/axes/rows/shown", "2^53"),
    (put("/axes/rows/names", ["one"]), "/axes/rows/names", "1 of them for 4"),
    (put("/axes/rows/part_of", "first"), "/axes/rows/part_of", "parts of each other"),
    (
        put("/axes/rows/groups", [NINTH]),
        "/axes/rows/groups/0/members",
        "0 to 3",
    ),
    (put("/tensors/a/dtype", "F8"), "/tensors/a/dtype", "F64"),
    (put("/tensors/a/shape", ["nowhere"]), "/tensors/a", "'nowhere', which is no axis"),
    (put("/tensors/a/shape", [-1]), "/tensors/a/shape", "not negative"),
    (put("/panels/0/kind", "video"), "/panels/0/kind", "'points'"),
    (put("/panels/1/id", "points"), "/panels/1/id", "another panel"),
    (put(f"{POINTS}/show/maps", 3), f"{POINTS}/show/maps", "valid array"),
    (put(f"{POINTS}/show/maps/0/positions", "nothing"), f"{POINTS}/show", "'nothing', which is no tensor"),
    (put(f"{POINTS}/show/landmarks/at", [1]), f"{POINTS}/show/landmarks/at", "object"),
    (put(f"{POINTS}/show/axes", "rows"), f"{POINTS}/show", "no such field"),
    (put(f"{DENSITY}/show/bins", 10**9), f"{DENSITY}/show/bins", "1000"),
    (put(f"{DENSITY}/show/range", [1, 0]), f"{DENSITY}/show/range", "below its end"),
    (put(f"{DENSITY}/show/range", [0, float("inf")]), "", "not JSON"),
    (put("/paper", {"title": "", "authors": "", "year": 1, "url": "javascript:alert(1)"}), "/paper/url", "https"),
    (put("/facets", [[[[[[[[[[[[[[1]]]]]]]]]]]]]]), "/facets/0/0/0/0/0/0/0/0/0/0/0", "12 levels"),
    (put("/metrics", {}), "/panels/2/show", "'loss', which is no metric"),
]


@pytest.mark.parametrize(("change", "pointer", "words"), REFUSED, ids=[f"{p}-{w}" for _, p, w in REFUSED])
def test_what_is_wrong_is_named(change: Change, pointer: str, words: str) -> None:
    data = sound()
    change(data)
    with pytest.raises(InvalidConfig) as refused:
        Display.from_json(data)
    assert refused.value.fields[0].pointer == pointer
    assert words in refused.value.fields[0].message


@pytest.mark.parametrize("data", [None, 3, "display", [], {}, {"metrics": {}}])
def test_what_is_no_display_is_refused(data: object) -> None:
    with pytest.raises(InvalidConfig):
        Display.from_json(data)
    with pytest.raises(InvalidConfig) as refused:
        parse_config({"study": "recording", "display": data})
    assert all(field.pointer.startswith("/display") for field in refused.value.fields)
