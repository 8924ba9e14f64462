"""Makes sure that there is a browser for the tests: `python -m tests.browser.ensure`. Used by the Makefile.

Prints which browser the tests will drive. Takes Playwright's Chromium when none is installed; without any, fails in
continuous integration and else says that browser tests will be skipped.
"""

import subprocess
import sys

from tests.browser.finder import VARIABLE, find_browser, in_ci


def main() -> int:
    browser = find_browser()
    if browser is None:
        print("No Chromium or Chrome is installed: fetching Playwright's Chromium", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
        browser = find_browser()
    if browser is None:
        verdict = "the browser tests cannot run" if in_ci() else "THE BROWSER TESTS WILL BE SKIPPED"
        print(f"No browser: {verdict}. Install Chromium or Chrome, or name one in {VARIABLE}.", file=sys.stderr)
        return 1 if in_ci() else 0
    version = subprocess.run([browser, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"Browser: {version} ({browser})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
