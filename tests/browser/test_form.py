"""form.js: the configuration's form, built from the JSON Schema that the server really sends."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from emergescope.config import RunConfig, get_preset
from tests.config.test_config import FOLDERS, NO_FOLDERS, NO_PHASES, PHASES
from tests.patterns import patterns

pytestmark = pytest.mark.browser

_CREATE = """async ([schema, config]) => {
    const { createForm } = await import("/js/form.js");
    window.form = createForm(document.getElementById("here"), { schema, config });
}"""


@pytest.fixture
def page(modules: Page) -> Page:
    """A page with the form of `paper/parity`, which has three phases, as `form`."""
    modules.evaluate(_CREATE, [RunConfig.model_json_schema(), config()])
    return modules


def config() -> dict[str, Any]:
    return get_preset("paper/parity").config.model_dump(mode="json")


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True).first


def row(page: Page, label: str) -> Locator:
    return page.locator(".form-row", has=page.get_by_text(label, exact=True)).first


def changed(page: Page) -> list[str]:
    paths: list[str] = page.evaluate("form.changed()")
    return paths


def test_what_goes_in_comes_out(page: Page) -> None:
    assert page.evaluate("form.value()") == config()
    assert changed(page) == []
    assert page.evaluate("form.valid()")


def test_the_value_of_the_form_is_a_configuration(page: Page) -> None:
    field(page, "relevant patterns k").fill("7")
    field(page, "initial σw").fill("0.25")
    parsed = patterns(RunConfig.model_validate(page.evaluate("form.value()")))
    assert parsed.problem.k == 7
    assert parsed.method.sigma_w == 0.25


def test_a_change_is_marked_and_can_be_taken_back(page: Page) -> None:
    field(page, "relevant patterns k").fill("7")
    assert changed(page) == ["problem.k"]
    page.get_by_role("button", name="relevant patterns k: back to 5").click()
    assert changed(page) == []
    expect(field(page, "relevant patterns k")).to_have_value("5")


def test_numbers_are_short_until_edited_and_keep_all_their_digits(page: Page) -> None:
    page.locator(".form-item summary").first.click()
    noise = field(page, "smoothing noise σξ")
    expect(noise).to_have_value("0.0894")
    noise.focus()
    expect(noise).to_have_value(str(config()["training"]["phases"][0]["sigma_xi"]))
    noise.blur()
    assert changed(page) == []


def test_an_empty_field_stands_for_the_theorys_value(page: Page) -> None:
    sigma = field(page, "initial σw")
    expect(sigma).to_have_attribute("placeholder", "1/k")
    sigma.fill("0.3")
    assert changed(page) == ["method.sigma_w"]
    sigma.fill("")
    assert changed(page) == []


@pytest.mark.parametrize(
    ("text", "complaint"), [("x", "not a number"), ("2.5", "whole number"), ("64", "outside 1 to 63")]
)
def test_bad_input_is_told_at_its_field(page: Page, text: str, complaint: str) -> None:
    k = field(page, "relevant patterns k")
    k.fill(text)
    expect(k).to_have_attribute("aria-invalid", "true")
    expect(k).to_have_accessible_description(f"patterns that decide the label · 1 to 63 {wrong(page, complaint)}")
    k.blur()
    assert not page.evaluate("form.valid()")
    expect(k).to_be_focused()


def wrong(page: Page, part: str) -> str:
    message = page.locator(".form-error:visible").inner_text()
    assert part in message
    return message


def test_another_rule_for_labels_brings_its_own_fields(page: Page) -> None:
    field(page, "labels").select_option("interval")
    assert page.evaluate("form.value().problem.labels") == {"rule": "interval", "low": 3, "high": 5}
    expect(field(page, "lowest count")).to_be_visible()
    field(page, "labels").select_option("parity")
    assert changed(page) == []
    expect(field(page, "lowest count")).to_have_count(0)


def test_another_method_brings_its_own_fields_and_keeps_what_both_have(page: Page) -> None:
    expect(field(page, "method").locator("option")).to_have_text(["network", "random features", "tangent kernel"])
    field(page, "pairs m").fill("50")
    field(page, "method").select_option("tangent kernel")
    expect(field(page, "ridge samples")).to_have_value("4,000")
    assert changed(page) == ["method"]
    config = page.evaluate("({ ...form.value(), training: { phases: [{ sigma_xi: 0 }] } })")
    method = patterns(RunConfig.model_validate(config)).method
    assert (method.kind, method.m) == ("ntk", 50)
    field(page, "method").select_option("random features")
    expect(field(page, "ridge penalty")).to_have_value("0.001")  # in other units than the kernel's
    expect(field(page, "pairs m")).to_have_value("50")
    page.get_by_role("button", name="method: back to network").click()
    assert changed(page) == ["method.m"]
    expect(field(page, "ridge samples")).to_have_count(0)


@pytest.mark.parametrize(
    ("label", "text", "complaint"),
    [
        ("label noise", "0.5", "must be at least 0, below 0.5"),
        ("positives among the aligned", "1", "must be above 0, below 1"),
        ("input noise σζ", "11", "outside 0 to 10"),
    ],
)
def test_open_ends_of_a_range_are_kept(page: Page, label: str, text: str, complaint: str) -> None:
    field(page, label).fill(text)
    expect(row(page, label).locator(".form-error")).to_have_text(complaint)
    field(page, label).fill("0.25")
    expect(row(page, label).locator(".form-error")).to_be_hidden()


def test_a_refusal_does_not_stand_in_the_way_of_another_try(page: Page) -> None:
    page.evaluate("form.setErrors({ errors: [{ pointer: '/overrides/problem/k', message: 'more than D' }] })")
    field(page, "patterns D").fill("200")
    assert page.evaluate("form.valid()")


def test_phases_can_be_added_removed_and_brought_back(page: Page) -> None:
    page.get_by_role("button", name="Add a phase").click()
    assert page.evaluate("form.value().training.phases.length") == 4
    page.get_by_role("button", name="Back to 3 phases").click()
    assert changed(page) == []
    page.locator(".form-item summary").first.click()
    page.get_by_role("button", name="Remove this phase").first.click()
    assert page.evaluate("form.value().training.phases.map((phase) => phase.name)") == ["step 2", "classifier"]
    # What is left is compared with what it was, not with what stood at its place.
    assert page.locator(".is-changed").count() == 0


def test_trains_is_a_set_of_choices(page: Page) -> None:
    page.locator(".form-item summary").first.click()
    page.get_by_role("group", name="trains").first.get_by_label("w").uncheck()
    assert page.evaluate("form.value().training.phases[0].trains") == ["b", "a"]


def test_what_the_server_refuses_is_shown_where_it_belongs(page: Page) -> None:
    errors = [
        {"pointer": "/overrides/training/phases/1/samples", "message": "too many"},
        {"pointer": "/config/problem/labels/low", "message": "too low"},
        {"pointer": "/preset", "message": "there is no such preset"},
    ]
    page.evaluate("(errors) => form.setErrors({ errors })", errors)
    expect(page.get_by_role("alert")).to_have_text("there is no such preset")
    expect(row(page, "labels").locator(".form-error")).to_have_text("too low")
    expect(page.locator(".form-error:visible", has_text="too many")).to_have_count(1)
    expect(page.locator("[aria-invalid=true]").first).to_be_focused()
    page.evaluate("form.setErrors(null)")
    expect(page.locator(".form-error:visible")).to_have_count(0)


def test_a_press_lands_although_a_hint_was_open_above(page: Page) -> None:
    field(page, "relevant patterns k").focus()
    field(page, "input structure").click()
    assert changed(page) == ["problem.structure"]


_COMPLAINTS = """async ([schema, names, definition, property]) => {
    const { complaint, resolve } = await import("/js/form-schema.js");
    const node = resolve(schema, schema.$defs[definition].properties[property]);
    return Object.fromEntries(names.map((name) => [name, complaint(node, name)]));
}"""


@pytest.mark.parametrize(
    ("definition", "setting", "allowed", "refused"),
    [("TwoClassesProblem", "folder", FOLDERS, NO_FOLDERS), ("Phase", "name", PHASES, NO_PHASES)],
)
def test_the_form_takes_the_names_that_the_server_takes(
    modules: Page, definition: str, setting: str, allowed: list[str], refused: list[str]
) -> None:
    refused = [name for name in refused if len(name) < 40]  # how long one may be is left to the server
    schema = RunConfig.model_json_schema()
    complaints = modules.evaluate(_COMPLAINTS, [schema, [*allowed, *refused], definition, setting])
    assert {name for name, complaint in complaints.items() if complaint is None} == set(allowed)
    assert complaints["a\n"].startswith(("use letters", "write the name of one directory"))


def test_a_phase_may_be_called_waerme(page: Page) -> None:
    page.locator(".form-item summary").first.click()
    field(page, "name").fill("Wärme")
    assert page.evaluate("form.valid()")
    parsed = RunConfig.model_validate(page.evaluate("form.value()"))
    assert parsed.stages[0].name == "Wärme"
    field(page, "name").fill("a/b")
    assert not page.evaluate("form.valid()")
    expect(row(page, "name").locator(".form-error")).to_have_text("use letters, digits, spaces, - and _")
