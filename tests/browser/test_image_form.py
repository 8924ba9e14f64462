"""form.js for problems of images: what is not offered, choices that fit the problem, and the slider."""

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from emergescope.catalog.parse import parse_config, schemas
from emergescope.service.forks import check_fork
from emergescope.studies.mixture.config import MixtureConfig
from emergescope.studies.patterns.config import PatternsConfig
from tests.browser.test_experiment_parts import call
from tests.browser.test_form import changed, field, row

pytestmark = pytest.mark.browser

_CREATE = """async ([schema, config, fixed]) => {
    const { createForm } = await import("/js/form/form.js");
    window.form = createForm(document.getElementById("here"), { schema, config, fixed });
}"""
MIXTURE = {"problem": {"kind": "mixture"}, "method": {"kind": "two_layer_classifier"}, "training": {"kind": "sgd"}}
CLASSES = {"problem": {"kind": "two_classes"}, "method": {"m": 50}}


def show(page: Page, config: dict[str, Any], fixed: Sequence[str] = ()) -> None:
    """A form of that configuration without the `fixed` settings, as `form`."""
    whole = parse_config(config).model_dump(mode="json")
    page.evaluate(_CREATE, [schemas()[whole["study"]], whole, list(fixed)])


@pytest.mark.parametrize(
    ("config", "methods"),
    [
        ({}, ["network", "random features", "tangent kernel"]),
        (CLASSES, None),
        (MIXTURE, ["two-layer classifier", "ResNet-18"]),
        ({"study": "hidden_progress"}, None),
    ],
    ids=["patterns", "two classes", "mixture", "hidden progress"],
)
def test_only_methods_that_learn_the_problem_are_offered(
    modules: Page, config: dict[str, Any], methods: list[str] | None
) -> None:
    show(modules, config)
    choice = modules.get_by_label("method", exact=True)
    if methods is None:
        expect(choice).to_have_count(0)  # there is no choice: its name stands there, where it has one
        named = ["two classes of images", "network", "gradient descent in phases"] if config is CLASSES else []
        expect(modules.locator(".form-kind")).to_have_text(named)
    else:
        expect(choice.locator("option")).to_have_text(methods)
        expect(modules.locator(".form-kind")).to_have_count(2)
    for kind in ("problem", "training"):
        expect(modules.get_by_label(kind, exact=True)).to_have_count(0)
    assert modules.evaluate("form.value()") == parse_config(config).model_dump(mode="json")


def test_another_network_for_a_mixture_is_a_configuration(modules: Page) -> None:
    show(modules, MIXTURE)
    field(modules, "method").select_option("ResNet-18")
    field(modules, "stem stride").select_option("2")
    assert changed(modules) == ["method"]
    config = parse_config(modules.evaluate("form.value()"))
    assert isinstance(config, MixtureConfig)
    assert config.method.model_dump() == {"kind": "resnet18", "width": 16, "stem_stride": 2}


def test_the_slider_moves_by_keyboard_and_its_number_can_be_typed(modules: Page) -> None:
    show(modules, MIXTURE)
    slider = modules.get_by_role("slider", name="mixture ratio")
    number = modules.get_by_role("textbox", name="mixture ratio")
    assert modules.locator(".form-row").first.get_by_role("slider").count() == 1  # it stands first
    slider.focus()
    slider.press("ArrowRight")
    expect(number).to_have_value("0.55")
    slider.press("Home")
    expect(number).to_have_value("0")
    number.fill("0.3")
    expect(slider).to_have_js_property("value", "0.3")
    assert changed(modules) == ["problem.ratio"]
    config = parse_config(modules.evaluate("form.value()"))
    assert isinstance(config, MixtureConfig)
    assert config.problem.ratio == 0.3
    number.fill("1.5")
    expect(row(modules, "mixture ratio").locator(".form-error")).to_have_text("outside 0 to 1")
    assert not modules.evaluate("form.valid()")
    modules.get_by_role("button", name="mixture ratio: back to 0.5").click()
    expect(slider).to_have_js_property("value", "0.5")
    assert changed(modules) == []


def test_settings_of_folders_come_and_go_with_them(modules: Page) -> None:
    show(modules, CLASSES)
    size, folder = field(modules, "picture size"), field(modules, "folder")
    expect(size).to_be_hidden()
    field(modules, "data set").select_option("folder")
    expect(size).to_be_visible()
    expect(folder).to_have_attribute("placeholder", "none")  # an empty field is to be seen
    folder.fill("leaves")
    field(modules, "data set").select_option("mnist-5k")
    expect(folder).to_be_visible()  # the server would refuse it: it must be seen to be emptied
    folder.fill("")
    assert changed(modules) == []
    expect(size).to_be_hidden()


@pytest.mark.parametrize(
    ("text", "complaint"), [("3", "write 2 numbers"), ("3, x", "x is not a number"), ("3, 8", None)]
)
def test_classes_are_two_whole_numbers(modules: Page, text: str, complaint: str | None) -> None:
    show(modules, CLASSES)
    field(modules, "classes").fill(text)
    if complaint:
        expect(row(modules, "classes").locator(".form-error")).to_contain_text(complaint)
    else:
        assert modules.evaluate("form.value().problem.classes") == [3, 8]
        assert modules.evaluate("form.valid()")


def test_only_pictures_have_a_motif(modules: Page) -> None:
    show(modules, {})
    motif = field(modules, "motif")
    expect(motif).to_be_hidden()
    field(modules, "dictionary").select_option("pictures")
    expect(motif).to_be_visible()
    modules.evaluate("form.setErrors({ errors: [{ pointer: '/overrides/problem/d', message: 'set d to 400' }] })")
    expect(field(modules, "ambient dimension d")).to_have_accessible_description(
        "length of an input vector · 2 to 8,192 set d to 400"
    )


@pytest.mark.parametrize(
    ("config", "usual", "hidden"),
    [
        ({}, "1/k", ["pictures at most"]),
        (CLASSES, "0.003", []),
        (MIXTURE, None, ["probe every", "probe samples"]),
        ({"study": "hidden_progress"}, None, ["probe every", "probe samples", "pictures at most"]),
    ],
    ids=["patterns", "two classes", "mixture", "hidden progress"],
)
def test_a_study_says_what_its_settings_mean_there(
    modules: Page, config: dict[str, Any], usual: str | None, hidden: list[str]
) -> None:
    show(modules, config)
    modules.locator("details").evaluate_all("(all) => all.forEach((one) => { one.open = true; })")
    if usual is not None:
        expect(field(modules, "initial σw")).to_have_attribute("placeholder", usual)
    looks = ["probe every", "probe samples", "pictures at most"]
    assert [label for label in looks if field(modules, label).is_hidden()] == hidden


def test_old_configurations_do_not_say_their_kinds(modules: Page) -> None:
    config = PatternsConfig().model_dump(mode="json")
    for part in ("problem", "method", "training"):
        del config[part]["kind"]
    modules.evaluate(_CREATE, [schemas()["patterns"], config, []])
    assert changed(modules) == []
    assert parse_config(modules.evaluate("form.value()")) == PatternsConfig()


def test_a_ratio_can_be_swept(modules: Page) -> None:
    config = parse_config(MIXTURE).model_dump(mode="json")
    argument = {"schema": schemas()["mixture"], "config": config}
    paths = call(
        modules,
        "pages/experiments/sweep-settings",
        "m.sweepSettings(x.schema, x.config).map((one) => one.path)",
        argument,
    )
    assert {"problem.ratio", "problem.samples", "method.m", "training.epochs"} <= set(paths)
    assert "problem.size" not in paths  # it means something beside a folder only


def test_a_fork_of_a_mixture_may_change_its_learning_rate(modules: Page) -> None:
    parent = parse_config(MIXTURE)
    config = parent.model_dump(mode="json")
    edited = config | {"training": config["training"] | {"eta": 0.01}}
    argument = {"schema": schemas()["mixture"], "config": config, "edited": edited}
    plan = "m.forkPlan(x.schema, x.config, 10)"
    overrides = call(modules, "pages/lab/fork", f"{plan}.overridesOf({plan}.toCome(x.edited))", argument)
    assert overrides == {"training.eta": 0.01}
    check_fork(parent, parse_config(edited), 10)
