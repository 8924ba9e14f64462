"""What can be asked of a server, and how each answer is read. No input or output: both clients use it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote

from emergescope.client.server import Server
from emergescope.client.shapes import Experiment, Preset, Run, Study
from emergescope.errors import InvalidConfig

if TYPE_CHECKING:
    from emergescope.client.frames import Columns, RunFrame
    from emergescope.recording.events import Array

T = TypeVar("T")
Overrides = Mapping[str, Any]
_PAGE = 100


@dataclass(frozen=True)
class Ask(Generic[T]):
    """A request, and how the body of an answer of that server is read."""

    method: str
    path: str
    read: Callable[[bytes, Server], T]
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of a list, and how to ask for more of it."""

    items: Sequence[T]
    following: "Ask[Page[T]] | None"


def of_run(run: Run | str, *more: str | int) -> str:
    """The path of a run, or of something in it."""
    identifier = run if isinstance(run, str) else run.id
    if not identifier:
        raise InvalidConfig("the id of the run is empty: name one, as `emergescope list` shows them")
    return "/".join(("/api/runs", quote(identifier, safe=""), *map(str, more)))


def presets() -> Ask[list[Preset]]:
    return Ask("GET", "/api/catalog", lambda body, _: [Preset.of(one) for one in json.loads(body)["presets"]])


def studies() -> Ask[list[Study]]:
    return Ask("GET", "/api/gallery", lambda body, _: [Study.of(one) for one in json.loads(body)["studies"]])


def submit(
    what: str | Mapping[str, Any], overrides: Overrides | None, name: str | None, tags: Sequence[str]
) -> Ask[Run]:
    body: dict[str, Any] = {"preset": what} if isinstance(what, str) else {"config": dict(what)}
    body |= {} if overrides is None else {"overrides": dict(overrides)}
    return Ask("POST", "/api/runs", _run, body=body | {"name": name, "tags": list(tags)})


def get(run: Run | str) -> Ask[Run]:
    return Ask("GET", of_run(run), _run)


def runs(filters: Mapping[str, str | bool | None]) -> Ask[Page[Run]]:
    """`filters` as the server names them; those that are None do not count."""
    query = {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
    return _list("/api/runs", {name: value for name, value in query.items() if value is not None}, Run.of)


def act(run: Run | str, what: str) -> Ask[Run]:
    """`what` is cancel, pause or resume."""
    return Ask("POST", of_run(run, what), _run)


def fork(run: Run | str, step: int, overrides: Overrides | None, name: str | None, tags: Sequence[str]) -> Ask[Run]:
    body = {"step": step, "overrides": dict(overrides or {}), "name": name, "tags": list(tags)}
    return Ask("POST", of_run(run, "fork"), _run, body=body)


def edit(run: Run | str, name: str | None, tags: Sequence[str] | None, notes: str | None) -> Ask[Run]:
    return Ask("PATCH", of_run(run), _run, body={"name": name, "tags": tags and list(tags), "notes": notes})


def delete(run: Run | str) -> Ask[None]:
    return Ask("DELETE", of_run(run), lambda *_: None)


def frame(run: Run | str, seq: int | str) -> "Ask[RunFrame]":
    from emergescope.client.frames import read_frame  # noqa: PLC0415 - it brings NumPy

    return Ask("GET", of_run(run, "frames", seq), lambda body, _: read_frame(body))


def index(run: Run | str) -> "Ask[Columns]":
    from emergescope.client.frames import read_index  # noqa: PLC0415

    return Ask("GET", of_run(run, "index"), lambda body, _: read_index(body))


def metrics(run: Run | str) -> "Ask[Columns]":
    from emergescope.client.frames import read_metrics  # noqa: PLC0415

    return Ask("GET", of_run(run, "metrics"), lambda body, _: read_metrics(body))


def patterns(run: Run | str) -> "Ask[dict[str, Array]]":
    from emergescope.client.frames import read_patterns  # noqa: PLC0415

    return Ask("GET", of_run(run, "patterns"), lambda body, _: read_patterns(body))


def experiments() -> Ask[Page[Experiment]]:
    return _list("/api/experiments", {}, lambda data, _: Experiment.of(data))


def experiment(identifier: str) -> Ask[Experiment]:
    return Ask("GET", _of_experiment(identifier), _experiment)


def submit_experiment(body: Mapping[str, Any]) -> Ask[Experiment]:
    """`body` as docs/experiments.md says; what is None in it does not count."""
    given = {name: value for name, value in body.items() if value is not None}
    return Ask("POST", "/api/experiments", _experiment, body=given)


def cancel_experiment(experiment: Experiment | str) -> Ask[Experiment]:
    return Ask("POST", f"{_of_experiment(experiment)}/cancel", _experiment)


def import_run() -> Ask[Run]:
    """The body is a file, which whoever asks has."""
    return Ask("POST", "/api/imports", _run)


def _of_experiment(experiment: Experiment | str) -> str:
    return f"/api/experiments/{quote(experiment if isinstance(experiment, str) else experiment.id, safe='')}"


def _run(body: bytes, server: Server) -> Run:
    return Run.of(json.loads(body), server)


def _experiment(body: bytes, server: Server) -> Experiment:
    return Experiment.of(json.loads(body))


def _list(path: str, query: Mapping[str, str | int], item: Callable[[Mapping[str, Any], Server], T]) -> Ask[Page[T]]:
    def read(body: bytes, server: Server) -> Page[T]:
        data = json.loads(body)
        following = _list(path, {**query, "cursor": data["next"]}, item) if data["next"] else None
        return Page([item(one, server) for one in data["items"]], following)

    return Ask("GET", path, read, {"limit": _PAGE, **query})
