"""Where films for notebooks come from. Never raises: a notebook that shows nothing of a run is not broken by it."""

from collections.abc import Mapping
from urllib.parse import quote

from emergescope.notebook.film import film_of, state_of
from emergescope.notebook.html import to_html

_PATIENCE = 5.0  # seconds for which a cell waits for a server


def run_on_server(url: str, headers: Mapping[str, str], run_id: str) -> str | None:
    """A run as HTML, as it is now; None where the server at `url` does not tell of it."""
    import httpx  # noqa: PLC0415 - recorders without a server do without

    name = quote(run_id, safe="")
    try:
        with httpx.Client(base_url=url, headers=headers, timeout=_PATIENCE) as server:
            run = server.get(f"/api/runs/{name}").raise_for_status().json()
            columns = server.get(f"/api/runs/{name}/metrics").raise_for_status().json()
            policy = server.get(f"/runs/{name}").headers.get("Content-Security-Policy", "")
        progress = run["progress"]
        status = "diverged" if run["status"] == "succeeded" and run["diverged"] else run["status"]
        state, declared = state_of(status, progress["step"], progress["total"]), run["display"]["metrics"]
        film = film_of(run["name"], state, declared, run["metrics"] or {}, columns["step"], columns)
    except (httpx.HTTPError, KeyError, TypeError, ValueError):
        return None
    return to_html(film, f"{url}/runs/{name}", framed=_may_be_framed(policy))


def _may_be_framed(policy: str) -> bool:
    """Whether some page of another origin may show a page with this policy. Which one, only the browser knows."""
    _, _, allowed = policy.partition("frame-ancestors ")
    return allowed.partition(";")[0].split() not in ([], ["'self'"], ["'none'"])
