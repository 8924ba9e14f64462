"""How fast the film runs: frames shown per second by the lab with one run and by the compare page with six, in turn;
and by the lab of a run on MNIST without its neurons as pictures, and with them.

python -m benchmarks.film [--runs 6] [--speed 2] [--seconds 5] [--rounds 3]

Needs a Chromium, as the browser tests do. Absolute rates are this machine's only; the ratios are what is held against
the promises: six runs play at no less than half the rate of one, and 100 pictures of 28 x 28 cost at most a quarter.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table
from tests.api.server_process import ServerProcess
from tests.browser.finder import find_browser

PROMISED = {"compare": 0.5, "pictures": 0.75}
IMAGES = "paper/figure-3-mnist"
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking"]
# 600 neurons and 161 frames, as in the preset; the numbers that only cost training time are left out.
CHANGES = {"capture.probe_every": 0, "capture.test_samples": 500}
# The other panels are as large in both, and in view: only what the pictures themselves cost makes a difference.
WITH_PICTURES = ".lab-views > .panel { height: 17rem !important } .panel.panel-images { height: 34rem !important }"
WITHOUT_PICTURES = f"{WITH_PICTURES} .panel-images {{ display: none !important }}"
COUNT_STEPS = """async (milliseconds) => {
    const slider = document.querySelector('[role="slider"]');
    let shown = 0;
    let step = slider.ariaValueNow;
    const observer = new MutationObserver(() => {
        if (slider.ariaValueNow !== step) shown += 1;
        step = slider.ariaValueNow;
    });
    observer.observe(slider, { attributes: true, attributeFilter: ["aria-valuenow"] });
    const began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    observer.disconnect();
    return (1000 * shown) / (performance.now() - began);
}"""


@contextmanager
def recorded_runs(count: int) -> Iterator[tuple[str, list[str]]]:
    """The address of a server with finished runs, and their ids: the preset `gradual` in `count` seeds, then images."""
    with tempfile.TemporaryDirectory() as data:
        server = ServerProcess(Path(data), workers=2)
        try:
            ids = [server.submit({"seed": seed, **CHANGES}, preset="gradual") for seed in range(count)]
            ids.append(server.submit({}, preset=IMAGES))
            for run_id in ids:
                run = server.wait_for(run_id)
                assert run["status"] == "succeeded", run["error"]
            yield f"http://127.0.0.1:{server.port}", ids
        finally:
            server.stop()


def frame_rate(page: Page, seconds: float) -> float:
    """Frames shown per second while the film plays, from its first frame on. The film rests again afterwards."""
    page.bring_to_front()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    page.wait_for_timeout(500)
    rate: float = page.evaluate(COUNT_STEPS, 1000 * seconds)
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    return rate


def open_film(browser: Browser, address: str, loaded: str, height: int = 900, style: str | None = None) -> Page:
    """A page that has all its frames and rests at the first; with a style sheet of its own."""
    page = browser.new_context(viewport={"width": 1440, "height": height}, bypass_csp=style is not None).new_page()
    page.goto(address)
    if style is not None:
        page.add_style_tag(content=style)
    page.get_by_text(loaded).first.wait_for(timeout=60_000)
    page.get_by_role("slider", name="Step").wait_for()
    return page


def in_turn(a: Page, b: Page, seconds: float, rounds: int) -> tuple[float, float, float]:
    """Median rates of two films that play alternately, and the median ratio of the second to the first."""
    pairs = [(frame_rate(a, seconds), frame_rate(b, seconds)) for _ in range(rounds)]
    first, second = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    return first, second, statistics.median(two / one for one, two in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--speed", type=float, default=2, help="of the player; at 1 it shows 15 frames/s")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    view = f"speed={options.speed:g}&loop=1&step=0"
    with recorded_runs(options.runs) as (address, [*ids, images]), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        lab = open_film(browser, f"{address}/runs/{ids[0]}?{view}", "done · ")
        compare = open_film(browser, f"{address}/compare?runs={','.join(ids)}&{view}", "all done")
        one, many, ratio = in_turn(lab, compare, options.seconds, options.rounds)
        for page in (lab, compare):
            page.context.close()
        plain, pictured = (
            open_film(browser, f"{address}/runs/{images}?{view}&large=map", "done · ", 1600, style)
            for style in (WITHOUT_PICTURES, WITH_PICTURES)
        )
        bare, full, share = in_turn(plain, pictured, options.seconds, options.rounds)
        browser.close()
    table = Table(f"frames shown per second, {options.speed:g}×", "rate", box=None, pad_edge=False)
    table.add_row("lab, one run", f"{one:.1f}")
    table.add_row(f"compare, {options.runs} runs", f"{many:.1f}")
    table.add_row("ratio", f"{ratio:.2f} (promised: {PROMISED['compare']} or more)")
    table.add_row("lab of a run on MNIST, without its pictures", f"{bare:.1f}")
    table.add_row("with them", f"{full:.1f}")
    table.add_row("ratio", f"{share:.2f} (promised: {PROMISED['pictures']} or more)")
    Console().print(table)


if __name__ == "__main__":
    main()
