"""How a long film opens beside a short one: seconds from the press on its name to its first picture, bytes until then,
and the most memory that the page holds while the whole film is played at eight times its speed.

python -m benchmarks.opening [--frames 10000] [--rounds 5]

Needs a Chromium, as the browser tests do. Seconds are this machine's only; the ratio is what is held against the
promise: a film of 10,000 frames opens in at most twice the time of one of 100.
"""

import argparse
import json
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from playwright.sync_api import Browser, Response, sync_playwright
from rich.console import Console
from rich.table import Table
from tests.api.server_process import ServerProcess
from tests.browser.finder import find_browser
from tests.browser.long_films import write_film
from websockets.sync.client import connect

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


class Tab:
    """The page of a browser that nothing else drives: Playwright has Chromium keep what comes over the network."""

    def __init__(self, address: str) -> None:
        options = [*FLAGS, "--headless=new", "--remote-debugging-port=0", "--window-size=1440,900"]
        self._open = ExitStack()
        folder = self._open.enter_context(tempfile.TemporaryDirectory())
        command = [str(find_browser()), *options, f"--user-data-dir={folder}", "about:blank"]
        self._browser = psutil.Popen(command, stderr=subprocess.PIPE, text=True)
        port = next(found[1] for line in self._browser.stderr if (found := re.search(r"ws://127.0.0.1:(\d+)", line)))
        tabs = httpx.get(f"http://127.0.0.1:{port}/json").json()
        (page,) = (tab for tab in tabs if tab["type"] == "page")
        self._socket = self._open.enter_context(connect(page["webSocketDebuggerUrl"], max_size=None))
        self._ask("Page.navigate", url=address)

    def _ask(self, method: str, **params: object) -> dict[str, Any]:
        self._socket.send(json.dumps({"id": 1, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv())).get("id") != 1:
            pass
        result: dict[str, Any] = answer["result"]
        return result

    def value(self, expression: str) -> Any:
        """What an expression gives in the page."""
        found = self._ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return found["result"].get("value")

    def memory(self) -> int:
        """Bytes that are the page's process' own."""
        children = self._browser.children(recursive=True)
        renderers = (one for one in children if "--type=renderer" in one.cmdline())
        return max(int(one.memory_full_info().uss) for one in renderers)

    def close(self) -> None:
        self._browser.kill()
        self._browser.wait()
        self._open.close()


def play(url: str, run_id: str) -> tuple[float, int]:
    """Seconds that the whole film took at eight times its speed, and the most memory that the page had meanwhile."""
    tab = Tab(f"{url}/runs/{run_id}")
    try:
        while not tab.value("document.querySelector('.panel canvas') !== null"):
            time.sleep(0.2)
        began, most = time.perf_counter(), 0
        for key in ("8", " "):
            tab.value(f"document.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }}))")
        slider = "document.querySelector('[role=slider]')"
        while tab.value(f"{slider}.ariaValueNow !== {slider}.ariaValueMax"):
            time.sleep(1)
            most = max(most, tab.memory())
        return time.perf_counter() - began, most
    finally:
        tab.close()


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
        browser.close()
        seconds, most = play(url, "long")
    console.print(f"played in {seconds:.0f} s, with {most / 1e6:.0f} MB of memory at most")
    console.print(f"(promised: below {MOST_MEMORY / 1e6:.0f} MB)")


if __name__ == "__main__":
    main()
