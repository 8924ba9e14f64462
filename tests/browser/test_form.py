"""form.js: the configuration's form, built from the JSON Schema that the server really sends."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from emergescope.catalog.parse import parse_config, schemas
from emergescope.catalog.registry import get_preset
from tests.catalog.test_config import FOLDERS, NO_FOLDERS, NO_PHASES, PHASES
from tests.config.test_numbers import NUMBERS
from tests.patterns import patterns

pytestmark = pytest.mark.browser

_CREATE = """async ([schema, config]) => {
    const { createForm } = await import("/js/form/form.js");
    window.form = createForm(document.getElementById("here"), { schema, config });
}"""


@pytest.fixture
def page(modules: Page) -> Page:
    """A page with the form of `paper/parity`, which has three phases, as `form`."""
    modules.evaluate(_CREATE, [schemas()["patterns"], config()])
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
    parsed = patterns(parse_config(page.evaluate("form.value()")))
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


@pytest.mark.parametrize(
    ("label", "text", "value", "complaint"),
    [
        ("background probability po", "0,125", "0,125", "0,125: write 0.125"),
        ("background probability po", "0.25", 0.25, None),
        ("pairs m", "1,000", 1000, None),
        ("pairs m", "１２", 12, None),
        ("pairs m", "1.000", "1.000", "1.000: write 1000 or 1"),
    ],
)
def test_numbers_are_never_guessed_at(
    page: Page, label: str, text: str, value: float | str, complaint: str | None
) -> None:
    field(page, label).fill(text)
    part, name = ("problem", "p_o") if "probability" in label else ("method", "m")
    assert page.evaluate(f"form.value().{part}.{name}") == value
    field(page, label).blur()
    assert page.evaluate("form.valid()") == (complaint is None)
    if complaint:
        assert wrong(page, complaint) == complaint
        expect(field(page, label)).to_have_value(text)


_READ = """async (cases) => {
    const { readNumber } = await import("/js/ui/numbers.js");
    return cases.map(([text]) => [false, true].map((whole) => {
        const { value, complaint } = readNumber(text, { whole });
        return complaint ?? value;
    }));
}"""


def test_the_page_reads_numbers_as_the_server_does(modules: Page) -> None:
    read = modules.evaluate(_READ, [list(case) for case in NUMBERS])
    assert {case[0]: tuple(found) for case, found in zip(NUMBERS, read, strict=True)} == {
        text: (fraction, whole) for text, fraction, whole in NUMBERS
    }


_READ_LIST = """async ([text, whole]) => {
    const { readNumbers } = await import("/js/ui/numbers.js");
    return readNumbers(text, { whole });
}"""


@pytest.mark.parametrize(
    ("text", "whole", "found"),
    [
        ("", False, []),
        ("10, 20 50;4", False, [10, 20, 50, 4]),
        ("0.1,0.2,", False, [0.1, 0.2]),
        ("10,20,50", False, [10, 20, 50]),
        ("1,3", True, [1, 3]),
        ("0,1,2", True, [0, 1, 2]),
        ("0,125", True, "0,125: write 0, 125 for two values"),
        ("0,125", False, "0,125: write 0.125, or 0, 125 for two values"),
        ("0.5, 0,25", False, "0,25: write 0.25, or 0, 25 for two values"),
        ("1,000", True, "1,000: write 1000, or 1, 000 for two values"),
        ("1,500", False, "1,500: write 1500, or 1.500, or 1, 500 for two values"),
        ("1 000, 2", False, "1 000: write 1000, or 1, 000 for two values"),
        ("100,200,500", True, "100,200,500: write 100200500, or 100, 200, 500 for three values"),
        ("1,,2", True, "a value is missing between two commas"),
        ("1, x", False, "x is not a number"),
        ("1, 2.5", True, "2.5 is not a whole number"),
    ],
)
def test_lists_of_numbers_are_never_guessed_at(modules: Page, text: str, whole: bool, found: list[float] | str) -> None:
    read = modules.evaluate(_READ_LIST, [text, whole])
    assert (read["complaint"] or read["values"]) == found


def test_a_list_of_numbers_keeps_what_it_cannot_read(page: Page) -> None:
    field(page, "labels").select_option("list")
    counts = field(page, "positive counts P")
    counts.fill("1,000")
    assert wrong(page, "1,000: write 1000") == "1,000: write 1000, or 1, 000 for two values"
    counts.fill("1,3")
    assert page.evaluate("form.value().problem.labels.counts") == [1, 3]


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
    method = patterns(parse_config(config)).method
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
        ("background probability po", "0.6", "outside 0 to 0.5"),
    ],
)
def test_open_ends_of_a_range_are_kept(page: Page, label: str, text: str, complaint: str) -> None:
    field(page, label).fill(text)
    expect(row(page, label).locator(".form-error")).to_have_text(complaint)
    field(page, label).fill("0.25")
    expect(row(page, label).locator(".form-error")).to_be_hidden()


def test_a_setting_is_held_against_another_before_it_is_sent(page: Page) -> None:
    field(page, "patterns D").fill("4")
    expect(row(page, "relevant patterns k").locator(".form-error")).to_have_text("more than patterns D, 4")
    assert not page.evaluate("form.valid()")
    field(page, "patterns D").fill("5")
    assert page.evaluate("form.valid()")


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
    const { complaint, resolve } = await import("/js/form/schema.js");
    const node = resolve(schema, schema.$defs[definition].properties[property]);
    return Object.fromEntries(names.map((name) => [name, complaint(node, name)]));
}"""


@pytest.mark.parametrize(
    ("study", "definition", "setting", "allowed", "refused"),
    [
        ("two_classes", "TwoClassesProblem", "folder", FOLDERS, NO_FOLDERS),
        ("patterns", "Phase", "name", PHASES, NO_PHASES),
    ],
)
def test_the_form_takes_the_names_that_the_server_takes(
    modules: Page, study: str, definition: str, setting: str, allowed: list[str], refused: list[str]
) -> None:
    refused = [name for name in refused if len(name) < 40]  # how long one may be is left to the server
    schema = schemas()[study]
    complaints = modules.evaluate(_COMPLAINTS, [schema, [*allowed, *refused], definition, setting])
    assert {name for name, complaint in complaints.items() if complaint is None} == set(allowed)
    assert complaints["a\n"].startswith(("use letters", "write the name of one directory"))


def test_a_phase_may_be_called_waerme(page: Page) -> None:
    page.locator(".form-item summary").first.click()
    field(page, "name").fill("Wärme")
    assert page.evaluate("form.valid()")
    parsed = parse_config(page.evaluate("form.value()"))
    assert parsed.stages[0].name == "Wärme"
    field(page, "name").fill("a/b")
    assert not page.evaluate("form.valid()")
    expect(row(page, "name").locator(".form-error")).to_have_text("use letters, digits, spaces, - and _")
