"""What the gallery says of presets: the pure parts."""

import pytest
from playwright.sync_api import Page

from tests.browser.test_experiment_parts import call

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("needs", "missing"),
    [
        ([], []),
        ([("mnist-5k", None)], []),
        ([("svhn", None)], ["SVHN"]),
        ([("folder", "leaves")], []),
        ([("svhn", None), ("folder", "bark")], ["SVHN", "bark"]),
    ],
)
def test_a_preset_needs_its_data(modules: Page, needs: list[tuple[str, str | None]], missing: list[str]) -> None:
    data = [
        {"id": "mnist-5k", "folder": None, "title": "MNIST", "present": True},
        {"id": "svhn", "folder": None, "title": "SVHN", "present": False},
        {"id": "folder", "folder": "leaves", "title": "leaves", "present": True},
        {"id": "folder", "folder": "bark", "title": "bark", "present": False},
    ]
    preset = {"needs": [{"id": name, "folder": folder} for name, folder in needs]}
    expression = "m.missingData(x[0], x[1]).map(({ title }) => title)"
    assert call(modules, "pages/shared/start", expression, [preset, data]) == missing
