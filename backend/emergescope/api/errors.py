"""Errors as RFC 9457 problem+json: one handler for ours, for FastAPI's and for what nobody foresaw. Used by the app."""

import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from emergescope.api.dependencies import path_of
from emergescope.errors import EmergescopeError, FieldError, InvalidConfig

MEDIA_TYPE = "application/problem+json"
_MOST_FIELDS, _MOST_TEXT = 50, 2000  # of an answer, whatever was sent


class ProblemField(BaseModel):
    """A rejected field."""

    pointer: str = Field(
        description="JSON pointer into the body; /query/... for a parameter", examples=["/overrides/problem/k"]
    )
    message: str = Field(examples=["Input should be less than or equal to 63"])


class Problem(BaseModel):
    """RFC 9457: what went wrong, for a program and for a person."""

    type: str = Field(examples=["urn:emergescope:invalid-config"])
    title: str = Field(examples=["Invalid configuration"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["/problem/k: Input should be less than or equal to 63"])
    errors: list[ProblemField] = Field(default=[], description="the rejected fields of a body or query")


_ANSWERS = {
    401: "This server asks for its token",
    403: "The page that calls is of another origin",
    404: "No such run or frame",
    409: "The state of the run does not allow it",
    410: "The frame was thinned out by a rule of this server",
    413: "The body is too large",
    422: "The request cannot be used; `errors` says why",
    429: "No more runs may wait",
    503: "The database cannot be used at the moment",
    507: "There is no room left to keep anything",
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the problems that it may answer with."""
    return {status: {"model": Problem, "description": _ANSWERS[status]} for status in statuses}


def problem(error: Exception) -> Problem:
    """Any error as a problem."""
    if isinstance(error, RequestValidationError):
        error = _as_invalid(error)
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.BAD_REQUEST:
        # FastAPI finds no more to say of bytes that are no text.
        error = InvalidConfig.at("", "the body is not JSON in UTF-8")
    if isinstance(error, EmergescopeError):
        fields = error.fields if isinstance(error, InvalidConfig) else ()
        return Problem(
            type="urn:emergescope:" + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower(),
            title=error.title,
            status=error.status,
            detail=_short(error.public),
            errors=[ProblemField(pointer=_short(f.pointer), message=_short(f.message)) for f in fields[:_MOST_FIELDS]],
        )
    if not isinstance(error, HTTPException):
        error = HTTPException(500, "the server failed unexpectedly; its log has the traceback")
    status = HTTPStatus(error.status_code)
    detail = error.detail if error.detail != status.phrase else status.description
    return Problem(type="about:blank", title=status.phrase, status=status, detail=detail)


def _short(text: str) -> str:
    """What a person reads of a text that may repeat a request."""
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"


def error_response(error: Exception) -> JSONResponse:
    body = problem(error)
    headers = error.headers if isinstance(error, HTTPException) else None
    # Said here as well: what nobody foresaw is answered outside of the guards, which say it of everything else.
    headers = {**(headers or {}), "X-Content-Type-Options": "nosniff"}
    return JSONResponse(body.model_dump(), body.status, headers, MEDIA_TYPE)


def handle_errors(app: FastAPI) -> None:
    """Install the handler for every error, and say so in the OpenAPI document."""

    def handle(request: Request, error: Exception) -> JSONResponse:
        response = error_response(error)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # Starlette names those of one route alone
            response.headers["Allow"] = ", ".join(sorted(_methods(app, path_of(request.scope))))
        return response

    for kind in (EmergescopeError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, handle)


def _methods(app: FastAPI, path: str) -> set[str]:
    """What may be asked of a path."""
    paths = app.openapi()["paths"].items()
    matching = [operations for template, operations in paths if compile_path(template)[0].match(path)]
    found = {method.upper() for operations in matching for method in operations}
    return found | {"HEAD"} if "GET" in found else found


def correct_media_types(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI lists every answer as application/json; ours to errors are not."""
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status >= "400" and "application/json" in response.get("content", {}):
                    response["content"][MEDIA_TYPE] = response["content"].pop("application/json")
    return document


def _as_invalid(error: RequestValidationError) -> InvalidConfig:
    fields = []
    for item in error.errors():
        where, *path = item["loc"]
        if item["type"] == "json_invalid":
            fields.append(FieldError("", f"the body is not JSON: {item['ctx']['error']}"))
            continue
        pointer = "".join(f"/{part}" for part in path)
        message = "there is no such field" if item["type"] == "extra_forbidden" else item["msg"]
        fields.append(FieldError(pointer if where == "body" else f"/{where}{pointer}", message))
    return InvalidConfig("; ".join(f"{f.pointer or 'body'}: {f.message}" for f in fields), fields)
