"""How soon the gallery and the list of runs open: requests, bytes and seconds of a first visit (to the gallery on a CPU
slowed fourfold), and the list of many runs beside that of few.

python -m benchmarks.lists [--runs 2000] [--rounds 5]

Needs a Chromium, as the browser tests do. Seconds are this machine's only; the ratio is what is held against the
promise: many runs open in at most twice the time of 20.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table
from tests.api.server_process import ServerProcess
from tests.browser.finder import find_browser
from tests.browser.many_runs import copy_run

PROMISED = 2.0
FEW = 20
SLOWED = 4
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TRANSFERRED = "performance.getEntries().flatMap((one) => ('transferSize' in one ? [one.transferSize] : []))"
SMALL = {"capture.frames": 12, "capture.probe_every": 0, "capture.test_samples": 50}


@contextmanager
def server_with(runs: int) -> Iterator[str]:
    """The address of a server that has so many finished runs."""
    with tempfile.TemporaryDirectory() as data:
        server = ServerProcess(Path(data))
        try:
            first = server.submit(SMALL)
            server.wait_for(first)
            copy_run(Path(data), first, runs - 1)
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.stop()


def first_visit(browser: Browser, url: str, shown: str, slowed: int = 1) -> tuple[int, int, float]:
    """(requests, bytes, seconds until an element is there) of a browser that has nothing yet."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator(shown).first.wait_for(timeout=120_000)
    seconds = time.perf_counter() - began
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    sizes: list[int] = page.evaluate(TRANSFERRED)
    page.context.close()
    return len(sizes), sum(sizes), seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    table = Table("first visit", "requests", "kB", "s", box=None, pad_edge=False)
    with sync_playwright() as playwright, server_with(FEW) as few, server_with(options.runs) as many:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        requests, size, seconds = first_visit(browser, f"{few}/", ".gallery-card h3", SLOWED)
        table.add_row(f"gallery, CPU slowed {SLOWED} times", f"{requests}", f"{size / 1000:.0f}", f"{seconds:.1f}")
        rows = ".runs-table .runs-name"
        pairs = [
            (first_visit(browser, f"{few}/runs", rows), first_visit(browser, f"{many}/runs", rows))
            for _ in range(options.rounds)
        ]
        for runs, visits in ((FEW, [one for one, _ in pairs]), (options.runs, [two for _, two in pairs])):
            requests, size, _ = visits[-1]
            seconds = statistics.median(visit[2] for visit in visits)
            table.add_row(f"list of {runs:,} runs", f"{requests}", f"{size / 1000:.0f}", f"{seconds:.2f}")
        ratio = statistics.median(two[2] / one[2] for one, two in pairs)
        browser.close()
    Console().print(table)
    Console().print(f"ratio {ratio:.2f} (promised: {PROMISED} or less)")


if __name__ == "__main__":
    main()
