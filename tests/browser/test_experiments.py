"""Experiments in the browser: the list, figures, sweeps, a new sweep; on a real server with small real runs."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.conftest import LONG, TINY

pytestmark = pytest.mark.browser
SCREENS = [(1440, 900, "light"), (380, 800, "dark")]
GRID: dict[str, list[Any]] = {"method.m": [5, 20], "problem.p_o": [0.1, 0.5]}


def start(server: ServerProcess, **body: Any) -> str:
    response = server.client.post("/api/experiments", json=body)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def get(server: ServerProcess, experiment: str) -> dict[str, Any]:
    found: dict[str, Any] = server.client.get(f"/api/experiments/{experiment}").json()
    return found


def finish(server: ServerProcess, experiment: str, within: float = 120) -> dict[str, Any]:
    deadline = time.monotonic() + within
    while (found := get(server, experiment))["status"] in ("queued", "running"):
        assert time.monotonic() < deadline, "the experiment did not end"
        time.sleep(0.1)
    return found


def start_sweep(server: ServerProcess, seeds: int, overrides: dict[str, Any] | None = None, **fields: Any) -> str:
    base = {"preset": "quick", "overrides": overrides or TINY}
    return start(server, sweep={"base": base, "grid": GRID, "seeds": seeds}, **fields)


@pytest.fixture(scope="module")
def sweep(server: ServerProcess) -> dict[str, Any]:
    """A finished sweep of four cells, two seeds each."""
    return finish(server, start_sweep(server, 2, name="Small sweep"))


@pytest.fixture(scope="module")
def figure(server: ServerProcess) -> dict[str, Any]:
    """Figure 2 for a single seed, finished."""
    return finish(server, start(server, preset="paper/figure-2", seeds=1))


@pytest.fixture
def endless(server: ServerProcess) -> Iterator[str]:
    """A sweep that goes on for minutes; cancelled afterwards."""
    experiment = start_sweep(server, 1, LONG, name="Endless sweep")
    yield experiment
    server.client.post(f"/api/experiments/{experiment}/cancel")
    finish(server, experiment)


def test_each_cell_opens_the_film_with_its_values(
    watched: Watched, server: ServerProcess, sweep: dict[str, Any]
) -> None:
    for m in GRID["method.m"]:
        for p_o in GRID["problem.p_o"]:
            page = watched.open(f"/experiments/{sweep['id']}")
            page.get_by_role("link", name=re.compile(rf"^pairs m {m}, background probability p_o {p_o}:")).click()
            expect(page).to_have_url(re.compile(r"/runs/[^/]+$"))
            run = server.run(page.url.rsplit("/", 1)[-1])
            config = run["config"]
            assert (config["method"]["m"], config["problem"]["p_o"]) == (m, p_o)
            assert config["seed"] == 0
    watched.assert_calm()


def test_the_seeds_of_a_cell_are_listed_with_their_films(
    watched: Watched, server: ServerProcess, sweep: dict[str, Any]
) -> None:
    page = watched.open(f"/experiments/{sweep['id']}")
    page.get_by_role("button", name="Seeds of pairs m 20, background probability p_o 0.5").focus()
    page.keyboard.press("Enter")
    window = page.get_by_role("dialog", name="Seeds of this cell")
    expect(window.get_by_role("link", name="seed 0")).to_be_focused()
    compare = window.get_by_role("link", name="Compare these seeds").get_attribute("href")
    assert compare is not None
    seeds = [server.run(run)["config"]["seed"] for run in compare.removeprefix("/compare?runs=").split(",")]
    assert seeds == [0, 1]
    page.keyboard.press("Escape")
    expect(window).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("link", name=re.compile(r"^pairs m 5, background probability p_o 0.5"))).to_be_focused()
    watched.assert_calm()


def test_the_diagram_shows_the_chosen_measure_and_its_numbers(watched: Watched, sweep: dict[str, Any]) -> None:
    page = watched.open(f"/experiments/{sweep['id']}")
    page.get_by_role("button", name="final test accuracy").click()
    cell = next(cell for cell in sweep["sweep"]["cells"] if cell["index"] == [0, 0])
    mean = cell["values"]["test_accuracy"]["mean"]
    link = page.get_by_role("link", name=re.compile(r"^pairs m 5, background probability p_o 0.1:"))
    expect(link).to_have_text(str(round(100 * mean)))
    expect(page.get_by_role("img", name=re.compile(r"colours from 50 % \(pale\) to 100 % \(strong\)"))).to_be_visible()
    page.get_by_role("button", name="Table: Where features emerge").click()
    rows = page.get_by_role("region", name=re.compile("Numbers")).get_by_role("row")
    expect(rows).to_have_count(1 + len(sweep["sweep"]["cells"]))
    watched.assert_calm()


def test_cells_where_nothing_emerged_say_so(watched: Watched, sweep: dict[str, Any]) -> None:
    cells = sweep["sweep"]["cells"]
    never = [cell for cell in cells if cell["values"]["emergence_step"]["count"] == 0]
    page = watched.open(f"/experiments/{sweep['id']}")
    expect(page.locator(".phase-table [data-kind=never]")).to_have_count(len(never))
    expect(page.locator(".phase-table [data-kind=value]")).to_have_count(len(cells) - len(never))


def test_a_figure_shows_what_was_expected_and_reproduced(watched: Watched, figure: dict[str, Any]) -> None:
    assert figure["passed"] is True
    page = watched.open(f"/experiments/{figure['id']}")
    expect(page.get_by_text(re.compile("^Reproduced: all"))).to_be_visible()
    rows = page.get_by_role("table", name="Expected and reproduced values").get_by_role("row")
    expect(rows).to_have_count(1 + len(figure["table"]))
    expect(rows.filter(has_text="✓ within")).to_have_count(len(figure["table"]))
    stills = page.get_by_role("region", name="The neurons, before and after").get_by_role("figure")
    expect(stills).to_have_count(3)
    expect(stills.last).to_contain_text("600 of 600 neurons", timeout=20_000)
    for place, step in enumerate(("at initialisation", "after one step", "after two steps")):
        expect(stills.nth(place).get_by_role("img", name=re.compile(f"{step}\\."))).to_be_visible()
    row = next(row for row in figure["table"] if row["step"] == 2)
    rows.filter(has_text=row["label"]).first.get_by_role("link").click()
    expect(page).to_have_url(re.compile(rf"/runs/{row['values'][0]['run']}\?step=2$"))
    watched.assert_calm()


def test_the_curves_of_a_figure_have_a_line_for_each_method(watched: Watched, server: ServerProcess) -> None:
    body: dict[str, Any] = {"preset": "paper/figure-1", "seeds": 1}
    experiment = start(server, **body)
    page = watched.open(f"/experiments/{experiment}")
    first = get(server, experiment)["members"][0]
    expect(page.locator(".exp-charts figure")).to_have_count(2)
    expect(page.locator(".step-labels").first).to_contain_text(first["label"], timeout=60_000)
    page.get_by_role("button", name="Cancel…").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Cancel ")).click()
    expect(page.get_by_text("cancelled", exact=True).first).to_be_visible(timeout=20_000)
    watched.assert_calm()


def test_a_sweep_is_made_with_the_form(watched: Watched, server: ServerProcess) -> None:
    page = watched.open("/experiments/new?base=quick")
    fill_axis(page, 0, "method.m", "3, 6")
    axis = page.locator(".sweep-axis").nth(1)
    axis.get_by_label("setting").select_option("problem.structure")
    expect(axis.get_by_label("values", exact=True)).to_have_value("yes, no")
    page.get_by_label("seeds for each cell").fill("1")
    page.get_by_label("name", exact=True).fill("Made by hand")
    expect(page.get_by_role("status").filter(has_text="2 × 2 = 4 cells × 1 seed = 4 runs")).to_be_visible()
    page.get_by_role("button", name="Run the sweep").click()
    expect(page.get_by_role("heading", name="Made by hand")).to_be_visible()
    expect(page.locator("figcaption")).to_have_text(["input structure: yes", "input structure: no"])
    found = get(server, page.url.rsplit("/", 1)[-1])
    assert [axis["values"] for axis in found["sweep"]["axes"]] == [[3, 6], [True, False]]
    server.client.post(f"/api/experiments/{found['id']}/cancel")
    watched.assert_calm()


def test_a_sweep_starts_from_a_run_with_changes_and_stays_as_it_was_left(
    watched: Watched, server: ServerProcess, sweep: dict[str, Any]
) -> None:
    run = sweep["sweep"]["cells"][0]["runs"][0]
    page = watched.open(f"/experiments/new?run={run}")
    expect(page.get_by_label("base", exact=True).locator("option:checked")).to_contain_text("the run “")
    page.get_by_text("Change other settings").click()
    page.locator(".sweep-changes").get_by_label("label noise", exact=True).fill("0.125")
    expect(page.get_by_text("Change other settings: 1 changed")).to_be_visible()
    fill_axis(page, 0, "problem.labels.rule", "parity, majority")
    page.get_by_role("button", name="Remove the vertical axis").click()
    page.get_by_label("seeds for each cell").fill("1")
    page.get_by_role("link", name="Experiments").first.click()
    expect(page.get_by_role("heading", name="Experiments")).to_be_visible()
    page.go_back()
    expect(page.locator(".sweep-axis").get_by_label("values", exact=True)).to_have_value("parity, majority")
    expect(page.get_by_text("Change other settings: 1 changed")).to_be_visible()
    page.get_by_role("button", name="Run the sweep").click()
    expect(
        page.get_by_role("rowheader").or_(page.get_by_role("columnheader")).filter(has_text="majority")
    ).to_be_visible()
    found = get(server, page.url.rsplit("/", 1)[-1])
    configs = [server.run(member["run"]["id"])["config"] for member in found["members"]]
    assert [one["problem"]["labels"]["rule"] for one in configs] == ["parity", "majority"]
    base = server.run(run)["config"]
    for config in configs:
        assert config["problem"]["label_noise"] == 0.125
        assert config["method"] == base["method"]
    axis = found["sweep"]["axes"][0]
    assert (axis["title"], axis["names"]) == ("labels", ["parity", "majority"])
    server.client.post(f"/api/experiments/{found['id']}/cancel")
    watched.assert_calm()


def test_marked_cells_are_compared_and_kept_in_the_address(watched: Watched, sweep: dict[str, Any]) -> None:
    page = watched.open(f"/experiments/{sweep['id']}")
    cells = [
        page.get_by_role("link", name=re.compile(f"^pairs m {m}, background probability p_o 0.5")) for m in (5, 20)
    ]
    cells[0].click(modifiers=["Shift"])
    cells[1].focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="final test accuracy").click()
    expect(page).to_have_url(re.compile("measure=test_accuracy"))
    expect(page).to_have_url(re.compile("marked=0.1,1.1"))
    page.reload()
    compare = page.get_by_role("link", name="Compare these 2 cells")
    films = [cell["runs"][0] for cell in sweep["sweep"]["cells"] if cell["index"] in ([0, 1], [1, 1])]
    expect(compare).to_have_attribute("href", f"/compare?runs={','.join(films)}")
    expect(page.get_by_role("button", name="final test accuracy")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Unmark all").click()
    expect(compare).to_be_hidden()
    watched.assert_calm()


def test_a_cell_shows_the_spread_of_its_seeds_and_its_curves(watched: Watched, sweep: dict[str, Any]) -> None:
    page = watched.open(f"/experiments/{sweep['id']}?measure=test_accuracy")
    cell = next(cell for cell in sweep["sweep"]["cells"] if cell["index"] == [0, 0])
    value = cell["values"]["test_accuracy"]
    link = page.get_by_role("link", name=re.compile("^pairs m 5, background probability p_o 0.1:"))
    if value["low"] < value["high"]:
        expect(link.locator(".phase-spread")).to_be_visible()
        expect(link).to_have_attribute(
            "title", re.compile(rf"{100 * value['low']:.1f} % to {100 * value['high']:.1f} %")
        )
    page.get_by_role("button", name="Seeds of pairs m 5, background probability p_o 0.1").click()
    window = page.get_by_role("dialog", name="Seeds of this cell")
    expect(window.locator(".scatterlayer .trace").first).to_be_attached(timeout=20_000)
    window.get_by_role("button", name="Mark to compare").click()
    expect(page.locator(".phase-cell.is-marked")).to_have_count(1)
    watched.assert_calm()


def test_one_axis_of_numbers_is_drawn_as_curves(watched: Watched, server: ServerProcess) -> None:
    base = {"preset": "quick", "overrides": TINY}
    made = finish(server, start(server, sweep={"base": base, "grid": {"method.m": [3, 6, 9]}, "seeds": 2}))
    page = watched.open(f"/experiments/{made['id']}")
    line = page.get_by_role("region", name="Over pairs m")
    expect(line.locator(".step-labels")).to_contain_text("test", timeout=20_000)
    expect(line.locator(".scatterlayer .trace").first).to_be_attached()
    expect(page.locator(".phase-table .phase-cell")).to_have_count(3)
    watched.assert_calm()


def test_tables_can_be_carried_away(watched: Watched, figure: dict[str, Any]) -> None:
    page = watched.open(f"/experiments/{figure['id']}")
    with page.expect_download() as caught:
        page.get_by_role("button", name="CSV: Expected and reproduced").click()
    lines = caught.value.path().read_text("utf-8").splitlines()
    assert len(lines) == 1 + len(figure["table"])
    value = figure["table"][0]["values"][0]["value"]
    assert f",{value}," in lines[1]
    expect(page.get_by_role("link", name=re.compile("Theoretical Analysis on Feature Learning"))).to_be_visible()
    watched.assert_calm()


def test_what_is_ready_to_run_is_started_from_the_list(watched: Watched, server: ServerProcess) -> None:
    page = watched.open("/experiments")
    ready = page.get_by_role("region", name="Ready to run")
    expect(ready).to_contain_text("need MNIST: how to get it")
    card = ready.get_by_role("article", name="Figure 2: the neurons after one step and after two")
    card.get_by_role("button", name=re.compile("^Run")).click()
    expect(page).to_have_url(re.compile(r"/experiments/[a-z0-9]+$"))
    experiment = page.url.rsplit("/", 1)[-1]
    assert get(server, experiment)["preset"] == "paper/figure-2"
    server.client.post(f"/api/experiments/{experiment}/cancel")
    watched.assert_calm()


def test_a_range_fills_in_the_values(watched: Watched) -> None:
    page = watched.open("/experiments/new")
    axis = page.locator(".sweep-axis").first
    axis.get_by_label("setting").select_option("method.m")
    axis.get_by_text("From a range").click()
    for label, value in (("from", "1"), ("to", "1000"), ("count", "4")):
        axis.get_by_label(label, exact=True).fill(value)
    axis.get_by_label("spacing").select_option("log")
    axis.get_by_role("button", name="Fill in").click()
    expect(axis.get_by_label("values", exact=True)).to_have_value("1, 10, 100, 1000")


def test_a_refused_sweep_says_why_at_its_field(watched: Watched, server: ServerProcess) -> None:
    page = watched.open("/experiments/new?base=quick")
    fill_axis(page, 0, "problem.k", "3, 4.5")
    fill_axis(page, 1, "problem.p_o", "0.5")
    page.get_by_role("button", name="Run the sweep").click()
    first = page.locator(".sweep-axis").first
    expect(first.get_by_role("alert")).to_contain_text("not a whole number")
    first.get_by_label("values", exact=True).fill("3, 99")
    page.get_by_role("button", name="Run the sweep").click()
    expect(first.get_by_role("alert")).to_have_text("99: outside 1 to 63")
    first.get_by_label("values", exact=True).fill("3, 40")
    page.get_by_role("button", name="Run the sweep").click()
    expect(first.get_by_role("alert")).to_have_text(re.compile("^40: more than .*, 20$"))
    watched.assert_calm()  # nothing has been sent so far
    first.get_by_label("values", exact=True).fill("3, 4")
    before = server.client.get("/api/experiments").json()["items"]
    page.get_by_role("button", name="Run the sweep").click()
    expect(first.get_by_role("alert")).to_contain_text("problem.k = 4")
    expect(first.get_by_label("values", exact=True)).to_be_focused()
    assert server.client.get("/api/experiments").json()["items"] == before
    # The browser itself notes an answer of 422; nothing else may be wrong.
    assert [text for text in watched.complaints if "422" not in text] == []


def test_the_list_is_live_and_experiments_can_be_cancelled_and_deleted(
    watched: Watched, server: ServerProcess, endless: str
) -> None:
    page = watched.open("/experiments")
    row = page.get_by_role("row").filter(has=page.locator(f'a[href="/experiments/{endless}"]'))
    expect(row).to_contain_text("running")
    row.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep training").click()
    row.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Cancel ")).click()
    expect(row.get_by_text("cancelled", exact=True)).to_be_visible(timeout=20_000)
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    assert server.client.get(f"/api/experiments/{endless}").status_code == 404
    watched.assert_calm()


def test_a_running_sweep_fills_in(watched: Watched, server: ServerProcess) -> None:
    experiment = start_sweep(server, 1)
    page = watched.open(f"/experiments/{experiment}")
    expect(page.locator(".phase-table .phase-cell")).to_have_count(4)
    expect(page.get_by_text("4 runs done")).to_be_visible(timeout=60_000)
    unfinished = page.locator(".phase-table :is([data-kind=waiting], [data-kind=running])")
    expect(unfinished).to_have_count(0, timeout=60_000)
    watched.assert_calm()


def test_the_gallery_starts_experiments(watched: Watched, server: ServerProcess) -> None:
    page = watched.open("/")
    card = page.get_by_role("article", name=re.compile("^Figure 2"))
    card.get_by_role("button", name="Run").click()
    expect(page).to_have_url(re.compile(r"/experiments/[a-z0-9]+$"))
    experiment = page.url.rsplit("/", 1)[-1]
    assert get(server, experiment)["preset"] == "paper/figure-2"
    server.client.post(f"/api/experiments/{experiment}/cancel")


def test_what_is_not_there_is_said(watched: Watched) -> None:
    page = watched.open("/experiments/nosuchthing")
    expect(page.get_by_role("heading", name="No such experiment")).to_be_visible()
    page.get_by_role("link", name="All experiments").click()
    expect(page.get_by_role("heading", name="Experiments")).to_be_visible()


def test_a_server_that_is_away_is_told_and_found_again(watched: Watched, sweep: dict[str, Any]) -> None:
    watched.page.route("**/api/experiments?*", lambda route: route.abort())
    page = watched.open("/experiments")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute("**/api/experiments?*")
    expect(page.get_by_role("link", name=sweep["name"]).first).to_be_visible(timeout=10_000)
    expect(page.get_by_role("alert")).to_be_hidden()


@pytest.mark.parametrize("watched", SCREENS, indirect=True, ids=lambda s: f"{s[0]}-{s[2]}")
def test_pages_fit_and_stay_calm(
    watched: Watched, server: ServerProcess, sweep: dict[str, Any], figure: dict[str, Any]
) -> None:
    two = [{"preset": "quick", "overrides": TINY}, {"preset": "quick", "overrides": TINY, "name": "The other"}]
    runs = finish(server, start(server, runs=two, name="Two runs"))
    paths = {
        "/experiments": "Small sweep",
        "/experiments/new": "Run the sweep",
        f"/experiments/{sweep['id']}": "Where features emerge",
        f"/experiments/{figure['id']}": "Expected and reproduced",
        f"/experiments/{runs['id']}": "The other",
    }
    for path, text in paths.items():
        page = watched.open(path)
        expect(page.get_by_text(text).first).to_be_visible()
        page.wait_for_timeout(300)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{path} is {overflow} pixels too wide"
    watched.assert_calm()


def fill_axis(page: Page, place: int, path: str, values: str) -> None:
    axis = page.locator(".sweep-axis").nth(place)
    axis.get_by_label("setting").select_option(path)
    axis.get_by_label("values", exact=True).fill(values)
