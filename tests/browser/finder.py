"""Finds a Chromium to drive. Used by the browser tests and scripts that take pictures of the page."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

VARIABLE = "EMERGESCOPE_BROWSER"
# The one without windows first: it is the same engine, and costs less.
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
)
_MAC_APPS = ("Google Chrome", "Chromium", "Microsoft Edge")
# In a process of its own: Playwright's driver cannot be started a second time inside a test that uses it.
_ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright\n"
    "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
)


def find_browser() -> str | None:
    """The path of an installed browser, or None. Raises FileNotFoundError when EMERGESCOPE_BROWSER names none."""
    if named := os.environ.get(VARIABLE):
        if path := shutil.which(named):
            return path
        raise FileNotFoundError(f"{VARIABLE}={named} is not a program: name a Chromium or Chrome, or unset it")
    installed = next(filter(None, map(shutil.which, _NAMES)), None)
    return installed or _mac_app() or _playwrights_own()


def in_ci() -> bool:
    """Whether a missing browser is a failure: tests may skip on a desk, not in continuous integration."""
    return bool(os.environ.get("CI"))


def _mac_app() -> str | None:
    paths = (Path(f"/Applications/{name}.app/Contents/MacOS/{name}") for name in _MAC_APPS)
    return next((str(path) for path in paths if path.exists()), None)


def _playwrights_own() -> str | None:
    asked = subprocess.run([sys.executable, "-c", _ASK_PLAYWRIGHT], capture_output=True, text=True, check=True)
    path = asked.stdout.strip()
    return path if Path(path).exists() else None
