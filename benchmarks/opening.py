"""How a long film opens beside a short one: seconds from the press on its name to its first picture, bytes until then,
and what the page holds of memory once the whole film has been played at eight times its speed.

python -m benchmarks.opening [--frames 10000] [--rounds 5]

Needs a Chromium, as the browser tests do. Seconds are this machine's only; the ratio is what is held against the
promise: a film of 10,000 frames opens in at most twice the time of one of 100.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, Response, sync_playwright
from rich.console import Console
from rich.table import Table
from tests.api.server_process import ServerProcess
from tests.browser.finder import find_browser
from tests.browser.long_films import write_film

from emergescope.store.store import Store

PROMISED = 2.0
MOST_MEMORY = 300e6
NEURONS = 600
SHORT = 100
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# One picture later: what the frame has put on canvases is then on the screen.
DRAWN = """() => new Promise((resolve) => {
    const look = () => (document.querySelector('.lab-empty:not([hidden])') || !document.querySelector('.panel canvas')
        ? requestAnimationFrame(look) : requestAnimationFrame(() => resolve(null)));
    look();
})"""


@dataclass(frozen=True)
class Opening:
    seconds: float
    index: int  # bytes
    frames: int  # bytes


@contextmanager
def server_with(frames: int) -> Iterator[str]:
    """The address of a server with two films, `long` and `short`."""
    with tempfile.TemporaryDirectory() as data:
        store = Store(Path(data))
        write_film(store, "long", frames, NEURONS)
        write_film(store, "short", SHORT, NEURONS)
        store.close()
        server = ServerProcess(Path(data))
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.stop()


def open_film(browser: Browser, url: str, run_id: str) -> Opening:
    """From the list of runs, in a browser that has nothing of that run yet."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright writes into it
    page.goto(f"{url}/runs")
    link = page.get_by_role("link", name=f"Film {run_id}").first
    link.wait_for()
    page.wait_for_load_state("networkidle")
    began = time.perf_counter()
    link.click()
    page.evaluate(DRAWN)
    seconds = time.perf_counter() - began
    index, frames = (
        sum(len(one.body()) for one in answers if f"/api/runs/{run_id}/{what}" in one.url)
        for what in ("index", "frames/")
    )
    page.context.close()
    return Opening(seconds, index, frames)


def memory_of(page: Page) -> tuple[float, float]:
    """(bytes of the heap of JavaScript, bytes that are the page's process' own)."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    renderers = [one for one in psutil.process_iter(["cmdline"]) if "--type=renderer" in (one.info["cmdline"] or [])]
    return float(metrics["JSHeapUsedSize"]), float(max(one.memory_full_info().uss for one in renderers))


def play(browser: Browser, url: str, run_id: str) -> tuple[float, float, float]:
    """Seconds that the whole film took at eight times its speed, and `memory_of` the page then."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{url}/runs/{run_id}")
    page.evaluate(DRAWN)
    page.keyboard.press("8")
    began = time.perf_counter()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play", exact=True).wait_for(timeout=1_200_000)
    seconds = time.perf_counter() - began
    found = memory_of(page)
    page.context.close()
    return seconds, *found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    console = Console()
    with sync_playwright() as playwright, server_with(options.frames) as url:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        pairs = [(open_film(browser, url, "short"), open_film(browser, url, "long")) for _ in range(options.rounds)]
        table = Table("film", "s", "kB of index", "kB of frames", box=None, pad_edge=False)
        for name, opened in ((SHORT, [one for one, _ in pairs]), (options.frames, [two for _, two in pairs])):
            median = statistics.median(one.seconds for one in opened)
            last = opened[-1]
            table.add_row(f"{name:,} frames", f"{median:.2f}", f"{last.index / 1e3:.0f}", f"{last.frames / 1e3:.0f}")
        console.print(table)
        ratio = statistics.median(two.seconds / one.seconds for one, two in pairs)
        console.print(f"ratio {ratio:.2f} (promised: {PROMISED} or less)")
        seconds, heap, own = play(browser, url, "long")
        console.print(
            f"played in {seconds:.0f} s; then {heap / 1e6:.0f} MB of JavaScript's heap, {own / 1e6:.0f} MB of the "
            f"page's process (promised: below {MOST_MEMORY / 1e6:.0f})"
        )
        browser.close()


if __name__ == "__main__":
    main()
