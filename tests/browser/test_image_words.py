"""What is said of problems of images: the pure parts of words, sections and labels."""

from typing import Any

import pytest
from playwright.sync_api import Page

from emergescope.catalog.parse import parse_config
from tests.browser.test_experiment_parts import call

pytestmark = pytest.mark.browser
CLASSES: dict[str, Any] = {"problem": {"kind": "two_classes"}, "method": {"m": 50}}
MIXTURE: dict[str, Any] = {
    "problem": {"kind": "mixture"},
    "method": {"kind": "two_layer_classifier"},
    "training": {"kind": "sgd"},
}


def config(base: dict[str, Any], method: dict[str, Any] | None = None, **problem: Any) -> dict[str, Any]:
    parts = {
        **base,
        "problem": {**base.get("problem", {}), **problem},
        "method": {**base.get("method", {}), **(method or {})},
    }
    return parse_config(parts).model_dump(mode="json")


def test_presets_are_sorted_into_sections_and_variants_below_their_preset(modules: Page) -> None:
    presets = [
        {"id": identifier, "order": order, "config": settings}
        for order, (identifier, settings) in enumerate(
            {
                "mixture": config(MIXTURE),
                "figure-lazy": config(CLASSES),
                "figure": config(CLASSES),
                "figures": config(CLASSES),
                "pictures": config({}, d=400, D=64, dictionary="pictures"),
                "parity-ntk": config({}),
                "parity": config({}),
                "mixture-natural-full": config(MIXTURE),
            }.items()
        )
    ]
    found = call(
        modules,
        "pages/gallery/sections",
        "m.sections(x).map(({ title, cards }) =>"
        " [title, cards.map((card) => [card.lead.id, card.variants.length ? m.variantWords(card) : ''])])",
        presets,
    )
    assert found == [
        ["Patterns", [["parity", "also: NTK"]]],
        ["Patterns as pictures", [["pictures", ""]]],
        ["Real images", [["figure", "also: lazy"], ["figures", ""]]],
        ["Teacher and student", [["mixture", "also: natural full"]]],
    ]


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        (config({}), None),
        (config(CLASSES), None),
        (config(CLASSES, data="svhn"), "SVHN"),
        (config(CLASSES, data="folder", folder="leaves"), None),
        (config(CLASSES, data="folder", folder="bark"), "bark"),
    ],
)
def test_a_preset_needs_its_data(modules: Page, settings: dict[str, Any], missing: str | None) -> None:
    data = [
        {"id": "mnist-5k", "folder": None, "title": "MNIST", "present": True},
        {"id": "svhn", "folder": None, "title": "SVHN", "present": False},
        {"id": "folder", "folder": "leaves", "title": "leaves", "present": True},
        {"id": "folder", "folder": "bark", "title": "bark", "present": False},
    ]
    expression = "m.missingData({ config: x[0] }, x[1])?.title ?? null"
    assert call(modules, "pages/gallery/data-needs", expression, [settings, data]) == missing
