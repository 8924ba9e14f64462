"""Take the pictures of the real page that README and docs show: `make screenshot`, `make screenshot ARGS=--films`.

Starts a server on a free port with an empty database, runs the preset `gradual` from the gallery by one click and then
`image-dictionary`, and photographs gallery, lab and runs, wide and narrow, light and dark. The README's pictures go to
docs/pictures/, all others to screenshots/ (not kept in the repository), for looking at. With --films only those of
docs/papers.md are taken, a film of each at the step that tells most; they are run for that, in some four minutes.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from tests.browser.finder import find_browser

from emergescope.catalog.registry import get_preset

ROOT = Path(__file__).resolve().parent.parent
FACES = 160  # a step of image-dictionary at which noise is becoming faces
FILMS = {  # of docs/papers.md, each at a step
    "hidden-progress/parity-50-3-large-batch": 800,
    "rfm/gated-product": 5,
    "linear-rfm/entries-1600": 20,
    "one-step/tanh": 60,
    "spikes/sin": 38,
    "modular-addition/p23": 6000,
    "lottery/parity-50-5": 90_000,
}
SIZES = {"wide": (1440, 900), "narrow": (380, 800)}
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking"]


@contextmanager
def running_server() -> Iterator[str]:
    """The address of a server that lives as long as the block."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-u", "-m", "emergescope", "serve", "--port", "0", "--data", data]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            yield line.split(" at ")[1].split()[0].rstrip("/")
        finally:
            server.terminate()
            server.wait(20)


def new_page(browser: Browser, size: str, scheme: str) -> Page:
    width, height = SIZES[size]
    dark = scheme == "dark"
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", device_scale_factor=1
    )
    return context.new_page()


def shrink(file: Path) -> None:
    """Noise hardly compresses: 256 colours do for a picture that is full of it."""
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            file, optimize=True
        )


def take_films(browser: Browser, address: str, kept: Path) -> None:
    """A film of each paper that is about another problem than the first one."""
    with httpx.Client(base_url=address) as client:
        runs = {preset: client.post("/api/runs", json={"preset": preset}).raise_for_status().json() for preset in FILMS}
    page = new_page(browser, "wide", "light")
    for preset, step in FILMS.items():
        page.goto(f"{address}/runs/{runs[preset]['id']}")
        page.get_by_text("done · ").first.wait_for(timeout=900_000)
        page.goto(f"{page.url.split('?')[0]}?step={step}")
        page.wait_for_timeout(4000)
        file = kept / f"{preset.replace('/', '-')}.png"
        page.screenshot(path=file)
        shrink(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme-only", action="store_true", help="only the pictures that the README shows")
    parser.add_argument("--films", action="store_true", help="only the films of docs/papers.md")
    given = parser.parse_args()
    readme_only = given.readme_only
    out, kept = ROOT / "screenshots", ROOT / "docs" / "pictures"
    out.mkdir(exist_ok=True)
    kept.mkdir(exist_ok=True)
    with running_server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        if given.films:
            take_films(browser, address, kept)
            return
        page = new_page(browser, "wide", "light")
        page.goto(address)
        page.get_by_role("button", name="Run").first.click()
        page.wait_for_url("**/runs/*")
        run = page.url.split("?")[0]
        page.wait_for_timeout(4000)
        page.screenshot(path=out / "lab-running-wide-light.png")
        page.get_by_text("done · ").first.wait_for(timeout=180_000)
        page.goto(f"{run}?step=150")
        page.wait_for_timeout(4000)
        page.screenshot(path=kept / "lab.png")
        page.goto(address)
        card = page.get_by_role("article", name=get_preset("image-dictionary").title)
        card.get_by_role("button", name="Run").first.click()
        page.wait_for_url("**/runs/*")
        page.get_by_text("done · ").first.wait_for(timeout=180_000)
        page.goto(f"{page.url.split('?')[0]}?step={FACES}")
        page.wait_for_timeout(4000)
        page.screenshot(path=kept / "pictures.png")
        shrink(kept / "pictures.png")
        if readme_only:
            return
        for size in SIZES:
            for scheme in ("light", "dark"):
                page = new_page(browser, size, scheme)
                for name, path in (("gallery", "/"), ("lab", run.removeprefix(address)), ("runs", "/runs")):
                    page.goto(address + path)
                    page.wait_for_timeout(4000)
                    page.screenshot(path=out / f"{name}-{size}-{scheme}.png", full_page=size == "narrow")
                page.context.close()


if __name__ == "__main__":
    main()
