"""Runs as files: one to carry away, one that is brought in. See docs/files.md."""

import tempfile
from typing import Any, BinaryIO

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from emergescope.api.answers import BYTES, ZIP
from emergescope.api.dependencies import RootOf, ServiceOf
from emergescope.api.errors import responses
from emergescope.api.schemas import Run
from emergescope.archive.reading import read_run
from emergescope.errors import StoreFull
from emergescope.service import archives
from emergescope.service.service import RunView, Service

router = APIRouter(prefix="/api", tags=["runs"], responses=responses(422, 503))
_FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_ZIP: dict[str, Any] = {"content": {ZIP: _FILE}}


@router.get("/runs/{run_id}/export", response_class=Response, responses={200: _ZIP, **responses(404, 409)})
def export_run(run_id: str, service: ServiceOf) -> StreamingResponse:
    """A run that is over, or paused, as one file: a zip with its frames, metrics, events and checksums."""
    file = archives.export_run(service.reader, run_id)
    name = f'attachment; filename="{archives.file_name(run_id)}"'
    return StreamingResponse(
        file.parts(), headers={"Content-Disposition": name, "ETag": f'"{file.tag}"'}, media_type=ZIP
    )


@router.post(
    "/imports",
    status_code=201,
    responses=responses(403, 409, 413, 507),
    openapi_extra={"requestBody": {"content": {ZIP: _FILE, BYTES: _FILE}, "required": True}},
)
async def import_run(request: Request, service: ServiceOf, root: RootOf, response: Response) -> Run:
    """Bring in a run that was exported, here or elsewhere, under its own id; of a damaged one nothing is kept."""
    with tempfile.TemporaryFile() as file:
        try:
            async for part in request.stream():
                await to_thread.run_sync(file.write, part)
        except OSError as error:
            raise StoreFull(f"cannot take the file ({error.strerror}): free some space, or set TMPDIR") from None
        view = await to_thread.run_sync(_bring_in, service, file)
    response.headers["Location"] = f"{root}/api/runs/{view.record.id}"
    return Run.of(view)


def _bring_in(service: Service, file: BinaryIO) -> RunView:
    with read_run(file) as archive:
        return service.bring_in(archive)
