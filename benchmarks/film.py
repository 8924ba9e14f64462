"""How fast the film runs: frames shown per second by the lab with one run, and by the compare page with six, in turn.

python -m benchmarks.film [--runs 6] [--speed 2] [--seconds 5] [--rounds 3]

Needs a Chromium, as the browser tests do. Absolute rates are this machine's only; the ratio is what is held against the
promise that six runs play at no less than half the rate of one.
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

PROMISED = 0.5
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking"]
# 600 neurons and 161 frames, as in the preset; the numbers that only cost training time are left out.
CHANGES = {"capture.probe_every": 0, "capture.test_samples": 500}
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
    """The address of a server with finished runs of the preset `gradual` in `count` seeds, and their ids."""
    with tempfile.TemporaryDirectory() as data:
        server = ServerProcess(Path(data), workers=2)
        try:
            ids = [server.submit({"seed": seed, **CHANGES}, preset="gradual") for seed in range(count)]
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


def open_film(browser: Browser, address: str, loaded: str) -> Page:
    """A page that has all its frames and rests at the first."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(address)
    page.get_by_text(loaded).first.wait_for(timeout=60_000)
    page.get_by_role("slider", name="Step").wait_for()
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--speed", type=float, default=2, help="of the player; at 1 it shows 15 frames/s")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    view = f"speed={options.speed:g}&loop=1&step=0"
    with recorded_runs(options.runs) as (address, ids), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        lab = open_film(browser, f"{address}/runs/{ids[0]}?{view}", "done · ")
        compare = open_film(browser, f"{address}/compare?runs={','.join(ids)}&{view}", "all done")
        pairs = [
            (frame_rate(lab, options.seconds), frame_rate(compare, options.seconds)) for _ in range(options.rounds)
        ]
        browser.close()
    one, many = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    ratio = statistics.median(many / one for one, many in pairs)
    table = Table(f"frames shown per second, {options.speed:g}×", "rate", box=None, pad_edge=False)
    table.add_row("lab, one run", f"{one:.1f}")
    table.add_row(f"compare, {options.runs} runs", f"{many:.1f}")
    table.add_row("ratio", f"{ratio:.2f} (promised: {PROMISED} or more)")
    Console().print(table)


if __name__ == "__main__":
    main()
