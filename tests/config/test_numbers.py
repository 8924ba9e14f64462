"""Numbers as people write them: one table for the settings here and for the fields of the page (tests/browser)."""

from typing import Any

import pytest

from emergescope.catalog.experiments import parse_sweep
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset
from emergescope.config.base import read_number
from emergescope.errors import InvalidConfig

# Text, and what a fraction and a whole number are read from it: a number, or the refusal.
NUMBERS: list[tuple[str, float | str, float | str]] = [
    ("7", 7, 7),
    (" 007 ", 7, 7),
    ("+3", 3, 3),
    ("−3", -3, -3),
    ("１２．５", 12.5, "12.5 is not a whole number"),
    (".5", 0.5, ".5 is not a whole number"),
    ("1e-3", 0.001, "1e-3 is not a whole number"),
    ("2E3", 2000, 2000),
    ("1_000", 1000, 1000),
    ("1 000", 1000, 1000),
    ("1\u202f000.5", 1000.5, "1000.5 is not a whole number"),
    ("1,000,000", 1000000, 1000000),
    ("1,000.5", 1000.5, "1000.5 is not a whole number"),
    ("1,000", "1,000: write 1000 or 1.000", 1000),
    ("1.000", 1, "1.000: write 1000 or 1"),
    ("0,125", "0,125: write 0.125", "0,125 is not a whole number"),
    ("0,001", "0,001: write 0.001", "0,001 is not a whole number"),
    ("1,5e-3", "1,5e-3: write 1.5e-3", "1,5e-3 is not a whole number"),
    ("1.000,5", "1.000,5: write 1000.5", "1.000,5: write 1000.5"),
    ("1.000.000", "1.000.000: write 1000000", "1.000.000: write 1000000"),
    ("0x10", "0x10 is not a decimal number: write 16", "0x10 is not a decimal number: write 16"),
    ("Infinity", "Infinity is not a number", "Infinity is not a number"),
    ("1e999", "1e999 is too large", "1e999 is too large"),
    ("12px", "12px is not a number", "12px is not a number"),
    ("1__0", "1__0 is not a number", "1__0 is not a number"),
    ("1 00", "1 00 is not a number", "1 00 is not a number"),
    ("10²", "10² is not a number", "10² is not a number"),
    ("٣", "٣ is not a number", "٣ is not a number"),
    ("-", "- is not a number", "- is not a number"),
]


@pytest.mark.parametrize("whole", [False, True], ids=["fraction", "whole"])
@pytest.mark.parametrize(("text", "fraction", "integer"), NUMBERS, ids=[text for text, _, _ in NUMBERS])
def test_what_can_mean_one_number_is_read_and_the_rest_refused(
    text: str, fraction: float | str, integer: float | str, whole: bool
) -> None:
    wanted = integer if whole else fraction
    try:
        found: float | str = read_number(text, whole)
    except ValueError as error:
        found = str(error)
    assert found == wanted


@pytest.mark.parametrize(
    ("overrides", "pointer", "words"),
    [
        ({"problem.p_o": "0,125"}, "/problem/p_o", "0,125: write 0.125"),
        ({"method.sigma_w": "0,5"}, "/method/sigma_w", "0,5: write 0.5"),
        ({"problem.k": "1.000"}, "/problem/k", "1.000: write 1000 or 1"),
        ({"problem.k": True}, "/problem/k", "true is not a number"),
        ({"training.phases.0.eta": ""}, "/training/phases/0/eta", "a number is needed"),
        (
            {"problem.labels": {"rule": "list", "counts": [1, "3,5"]}},
            "/problem/labels/counts/1",
            "3,5 is not a whole number",
        ),
    ],
)
def test_settings_refuse_what_is_ambiguous(overrides: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        apply_overrides(get_preset("quick").config, overrides)
    assert [field.pointer for field in caught.value.fields] == [pointer]
    assert words in caught.value.fields[0].message


def test_settings_take_what_is_clear() -> None:
    changed = apply_overrides(get_preset("quick").config, {"problem.p_o": " 0.25", "method.m": "1 000", "seed": "７"})
    data = changed.model_dump()
    assert (data["problem"]["p_o"], data["method"]["m"], data["seed"]) == (0.25, 1000, 7)


def test_grids_read_numbers_the_same_way() -> None:
    base = {"preset": "quick"}
    assert parse_sweep({"base": base, "grid": {"method.m": ["10", 20]}}).grid == {"method.m": (10, 20)}
    for wrong, message in (("0,125", "0,125: write 0.125"), ("on", "on is not a number")):
        with pytest.raises(InvalidConfig) as caught:
            parse_sweep({"base": base, "grid": {"problem.p_o": [0.1, wrong]}})
        assert [(f.pointer, f.message) for f in caught.value.fields] == [("/grid/problem.p_o/1", message)]
