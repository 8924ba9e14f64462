"""What is said of problems of images: the pure parts of words, sections, labels and captions."""

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


@pytest.mark.parametrize(
    ("settings", "names", "words"),
    [
        (config({}), None, "Parity of 5 patterns among 100 · 600 neurons · seed 0"),
        (
            config({}, d=400, D=64, dictionary="pictures"),
            None,
            "Parity of 5 patterns among 64 that are pictures, motif face · 600 neurons · seed 0",
        ),
        (
            config(CLASSES, random_labels=True),
            None,
            "Digits 0 against 1 of MNIST (5,000 built in), random labels · 100 neurons · seed 0",
        ),
        (
            config(CLASSES, data="fashion-mnist"),
            None,
            "Classes 0 against 1 of Fashion-MNIST · 100 neurons · seed 0",
        ),
        (
            config(CLASSES, data="fashion-mnist"),
            ["difference of class means", "mean of T-shirt/top", "mean of Trouser", "principal direction 1"],
            "T-shirt/top against Trouser of Fashion-MNIST · 100 neurons · seed 0",
        ),
        (
            config({**MIXTURE, "method": {"kind": "resnet18"}}, ratio=0.25, injected_labels="balanced"),
            None,
            "Teacher and student on MNIST (5,000 built in), 25\u00a0% Gaussian inputs, balanced labels · "
            "ResNet-18 of width 16 · seed 0",
        ),
        (
            config(MIXTURE, injected="folder", injected_folder="leaves"),
            None,
            "Teacher and student on MNIST (5,000 built in), 50\u00a0% inputs from leaves · 18 units · seed 0",
        ),
    ],
)
def test_a_run_is_described_by_what_it_is(
    modules: Page, settings: dict[str, Any], names: list[str] | None, words: str
) -> None:
    assert call(modules, "problems", "m.describeRun(x[0], x[1])", [settings, names]) == words


@pytest.mark.parametrize(
    ("signal", "plus", "minus"),
    [
        (None, "+s", "−s"),
        ("s", "+s", "−s"),
        ("difference of class means", "+ difference", "− difference"),
        ("first principal direction", "+ direction 1", "− direction 1"),
        ("first principal direction of 3 × 3 patches", "+ direction 1", "− direction 1"),
    ],
)
def test_the_signal_has_a_name_beside_the_stars(modules: Page, signal: str | None, plus: str, minus: str) -> None:
    patterns = {"signal": signal} if signal else None
    words = call(modules, "problems", "m.signalWords(x)", {"patterns": patterns})
    assert (words["plus"], words["minus"]) == (plus, minus)


def test_compared_runs_say_only_what_most_do_not_have(modules: Page) -> None:
    lazy = config(CLASSES, {"sigma_w": 0.1})
    usual = config(CLASSES, {"sigma_w": 0.003})
    coins = config(CLASSES, {"sigma_w": 0.003}, random_labels=True)
    distinctions = "m.distinctions(x)"
    assert call(modules, "pages/compare/words", distinctions, [usual, coins, lazy]) == ["", "random labels", "σw 0.1"]
    ratios = [config(MIXTURE, ratio=ratio) for ratio in (0, 0.25, 0.5)]
    assert call(modules, "pages/compare/words", distinctions, ratios) == ["0\u00a0%", "25\u00a0%", "50\u00a0%"]
    seeds = [usual, {**usual, "seed": 1}]
    assert call(modules, "pages/compare/words", distinctions, seeds) == ["seed 0", "seed 1"]


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
    assert call(modules, "pages/missing-data", expression, [preset, data]) == missing


def caption(page: Page, module: str, name: str, settings: dict[str, Any], metrics: dict[str, float], phase: str) -> str:
    entries = [{"step": 10, "phase": phase, "metrics": metrics}]
    moment = {
        "run": {"config": settings},
        "timeline": {"entries": entries, "rows": entries},
        "index": 0,
        "frame": {"step": 10, "phase": phase, "metrics": metrics},
    }
    return str(call(page, f"views/{module}", f"m.{name}.caption(x)", moment))


@pytest.mark.parametrize(
    ("coins", "accuracy", "share", "words"),
    [
        (
            False,
            0.99,
            0.88,
            "99\u00a0% of new images right; 88\u00a0% of the neurons lie within cos 0.9 of one of two centres",
        ),
        (
            False,
            0.99,
            0.0,
            "Accuracy without clusters: 99\u00a0% of new images right, but only 0\u00a0% of the neurons lie",
        ),
        (True, 0.5, 0.95, "Labels are coin flips: 95\u00a0% of the neurons lie"),
    ],
)
def test_accuracy_alone_is_not_called_a_feature(
    modules: Page, coins: bool, accuracy: float, share: float, words: str
) -> None:
    metrics = {"test_accuracy": accuracy, "cluster_share": share, "silhouette": 0.9, "train_accuracy": 0.5}
    settings = config(CLASSES, random_labels=coins)
    assert caption(modules, "curves-classes", "ofClasses", settings, metrics, "features").startswith(words)


@pytest.mark.parametrize(
    ("injected", "mixture", "majority", "ends"),
    [
        ("gauss", 0.71, 0.2, "directly 91\u00a0%."),
        ("natural", 0.93, 0.2, "The mixture, at 93\u00a0%, is above that, as natural patches allow."),
        ("natural", 0.85, 0.2, "directly 91\u00a0%."),
        ("gauss", 0.71, 0.4, "40\u00a0% of injected inputs: much agrees by chance (κ 0.30)."),
    ],
)
def test_the_parts_of_a_mixture_are_told_with_their_limits(
    modules: Page, injected: str, mixture: float, majority: float, ends: str
) -> None:
    metrics = {
        "data_accuracy": 0.92,
        "injected_accuracy": 0.5,
        "direct_accuracy": 0.91,
        "mixture_accuracy": mixture,
        "injected_majority": majority,
        "injected_kappa": 0.3,
    }
    said = caption(modules, "curves-mixture", "ofMixture", config(MIXTURE, injected=injected), metrics, "student")
    assert said.startswith("The data part is learned to 92\u00a0%, the injected part to 50\u00a0%; directly 91\u00a0%.")
    assert said.endswith(ends)
