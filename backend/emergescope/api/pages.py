"""The dashboard's files, plotly.js from the installed plotly package, and API pages that work without internet."""

import base64
import hashlib
import re
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# What a page may load and do, unless it says otherwise. Plotly sets style attributes, and makes its pictures as data:
# and blob: URLs.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
_PAGE_HEADERS = {"Cache-Control": "no-cache"}
_FOLDERS = ("js", "styles", "pictures")


def add_pages(app: FastAPI) -> None:
    """Serve the dashboard and the API pages. Raises FileNotFoundError for an installation without the dashboard."""
    frontend = _frontend()
    plotly_js = _package_of("plotly") / "package_data" / "plotly.min.js"
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    @router.get("/experiments")
    @router.get("/experiments/new")
    @router.get("/experiments/{experiment_id}")
    @router.get("/compare")
    @router.get("/runs")
    @router.get("/runs/{run_id}")
    def page() -> FileResponse:
        return FileResponse(frontend / "index.html", headers=_PAGE_HEADERS)

    @router.get("/vendor/plotly.min.js")
    def plotly(request: Request) -> FileResponse:
        # With a version in the query the address itself changes with the file; without one it must be asked for.
        cache = "public, max-age=31536000, immutable" if request.query_params else "no-cache"
        return FileResponse(plotly_js, headers={"Cache-Control": cache}, media_type="text/javascript")

    @router.get("/docs")
    def docs() -> HTMLResponse:
        page = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Emergescope API",
            swagger_js_url="/vendor/swagger/swagger-ui-bundle.js",
            swagger_css_url="/vendor/swagger/swagger-ui.css",
            swagger_favicon_url="/vendor/swagger/favicon.png",
        )
        policy = f"{POLICY}; script-src 'self' {_hashes(bytes(page.body).decode())}"
        return HTMLResponse(page.body, headers={**_PAGE_HEADERS, "Content-Security-Policy": policy})

    app.include_router(router)
    app.mount("/vendor/swagger", _Revalidated(directory=_package_of("fastapi_offline") / "static"))
    for folder in _FOLDERS:
        app.mount(f"/{folder}", _Revalidated(directory=frontend / folder))


def sign_in_page() -> str:
    """The page that whoever lacks the token sees instead of any other."""
    return (_frontend() / "sign-in.html").read_text("utf-8")


class _Revalidated(StaticFiles):
    """Static files that browsers keep but ask about (ETag) each time, so that an upgrade shows at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _frontend() -> Path:
    """The dashboard's folder: inside the package when installed from a wheel, beside backend/ in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "frontend", package.parents[1] / "frontend"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the dashboard's files are missing from {package}: install emergescope again")


def _package_of(name: str) -> Path:
    """Where an installed package lies. Not imported: only files of it are wanted."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _hashes(html: str) -> str:
    """The sources of a page's inline scripts for its Content-Security-Policy."""
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)
