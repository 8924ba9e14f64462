"""The dashboard's files, plotly.js from the installed plotly package, and API pages that work without internet."""

import base64
import hashlib
import posixpath
import re
from collections.abc import Callable
from html import escape
from importlib.metadata import version
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from emergescope.api.answers import IMMUTABLE
from emergescope.api.dependencies import RootOf, path_of, root_of
from emergescope.api.errors import error_response

# What a page may load and do, unless it says otherwise; guards.py adds who may show it in a frame. Plotly sets style
# attributes, and makes its pictures as data: and blob: URLs.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'"
)
# The module of each page, which comes with it: js/app/main.js asks for it otherwise only once it is here itself.
_PAGE = {
    "/": "pages/gallery/gallery.js",
    "/experiments": "pages/experiments/experiments.js",
    "/experiments/new": "pages/experiments/new.js",
    "/experiments/{experiment_id}": "pages/experiments/experiment.js",
    "/compare": "pages/compare/compare.js",
    "/runs": "pages/runs/runs.js",
    "/runs/{run_id}": "pages/lab/lab.js",
}
_SHELL = "app/main.js"
_IMPORT = re.compile(r'^(?:import|export)\b[^"]*?from "(\.[^"]+)"', re.MULTILINE)
_FOLDERS = ("js", "styles", "pictures")
_PLOTLY = version("plotly")
# Answers for programs, and files: nobody who asks for one of these is shown a page instead.
_NO_PAGES = ("/api/", "/assets/", "/metrics", "/openapi.json", "/vendor/", *(f"/{folder}/" for folder in _FOLDERS))


def add_pages(app: FastAPI) -> None:
    """Serve the dashboard and the API pages. Raises FileNotFoundError for an installation without the dashboard."""
    dashboard = _Dashboard(_frontend())
    plotly_js = _Files(packages=[("plotly", "package_data")])
    router = APIRouter(include_in_schema=False)

    def page_of(module: str) -> Callable[[str], HTMLResponse]:
        def page(root: RootOf) -> HTMLResponse:
            return HTMLResponse(dashboard.page(root, module))

        return page

    for path, module in _PAGE.items():
        router.get(path)(page_of(module))

    @router.get("/assets/{version}/{path:path}")
    async def asset(version: str, path: str, request: Request) -> Response:
        return await dashboard.files.get_response(path, request.scope, version == dashboard.version)

    @router.get("/vendor/plotly.min.js")
    async def plotly(request: Request) -> Response:
        is_this = request.query_params.get("v") == _PLOTLY
        return await plotly_js.get_response("plotly.min.js", request.scope, is_this)

    @router.get("/docs")
    def docs(root: RootOf) -> HTMLResponse:
        page = get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title="Emergescope API",
            swagger_js_url=f"{root}/vendor/swagger/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/vendor/swagger/swagger-ui.css",
            swagger_favicon_url=f"{root}/vendor/swagger/favicon.png",
        )
        policy = f"{POLICY}; script-src 'self' {_hashes(bytes(page.body).decode())}"
        return HTMLResponse(page.body, headers={"Content-Security-Policy": policy})

    @app.exception_handler(404)
    def nothing(request: Request, error: HTTPException) -> Response:
        """The dashboard itself tells people that nothing is here, and leads on."""
        if asks_for_page(request.scope) and "text/html" in request.headers.get("accept", ""):
            answer: Response = HTMLResponse(dashboard.page(root_of(request)), 404)
        else:
            answer = error_response(error)
        answer.headers["Vary"] = "Accept"
        return answer

    app.include_router(router)
    app.mount("/vendor/swagger", _Files(packages=[("fastapi_offline", "static")]))
    for folder in _FOLDERS:
        app.mount(f"/{folder}", _Files(directory=_frontend() / folder))


def asks_for_page(scope: Scope) -> bool:
    """Whether a person may be shown a page in answer to this request."""
    return scope.get("method") in ("GET", "HEAD") and not path_of(scope).startswith(_NO_PAGES)


def picture_of(preset: str) -> str | None:
    """The path of a preset's picture among the dashboard's files; None where there is none."""
    path = f"pictures/{preset.replace('/', '-')}.svg"
    return path if (_frontend() / path).is_file() else None


def sign_in_page(root: str) -> str:
    """The page that whoever lacks the token sees instead of any other. `root` is what addresses begin with."""
    return _rooted((_frontend() / "sign-in.html").read_text("utf-8"), root)


class _Dashboard:
    """The page of the dashboard, and its files at addresses that change with them: browsers may keep each for good."""

    def __init__(self, folder: Path) -> None:
        self.files = _Files(directory=folder)
        self._folder = folder
        self.version = self._version()

    def page(self, root: str, module: str = _SHELL) -> str:
        """The page, and with it all modules that `module` will ask for."""
        self.version = self._version()  # a checkout changes under a running server
        html = (self._folder / "index.html").read_text("utf-8")
        preloads = "".join(f'<link rel="modulepreload" href="/js/{name}">\n    ' for name in self.modules(module))
        html = html.replace("<script", f"{preloads}<script", 1)
        html = re.sub(rf'="/({"|".join(_FOLDERS)})/', rf'="/assets/{self.version}/\1/', html)
        return _rooted(html.replace("/plotly.min.js", f"/plotly.min.js?v={_PLOTLY}"), root)

    def modules(self, *entries: str) -> list[str]:
        """Modules of the shell and those named, and all that they import, by their paths below js/."""
        found: dict[str, None] = {}
        waiting = [_SHELL, *entries]
        while waiting:
            name = waiting.pop(0)
            file = self._folder / "js" / name
            if name in found or not file.is_file():
                continue
            found[name] = None
            for other in _IMPORT.findall(file.read_text("utf-8")):
                waiting.append(posixpath.normpath(posixpath.join(posixpath.dirname(name), other)))
        return list(found)

    def _version(self) -> str:
        digest = hashlib.blake2b(digest_size=8)
        for file in sorted(self._folder.rglob("*")):
            stat = file.stat()
            digest.update(f"{file.relative_to(self._folder)} {stat.st_mtime_ns} {stat.st_size}\n".encode())
        return digest.hexdigest()


class _Files(StaticFiles):
    """Static files: to be kept for good where the address names this version of them; else browsers ask about them
    (ETag) each time, so that an upgrade shows at once.
    """

    async def get_response(self, path: str, scope: Scope, is_this: bool = False) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = IMMUTABLE if is_this else "no-cache"
        return response


def _rooted(html: str, root: str) -> str:
    """A page whose addresses begin with `root`, which it tells its scripts too."""
    return html.replace('="/', f'="{escape(root)}/').replace('data-root=""', f'data-root="{escape(root)}"')


def _frontend() -> Path:
    """The dashboard's folder: inside the package when installed from a wheel, beside backend/ in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "frontend", package.parents[1] / "frontend"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the dashboard's files are missing from {package}: install emergescope again")


def _hashes(html: str) -> str:
    """The sources of a page's inline scripts for its Content-Security-Policy."""
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
