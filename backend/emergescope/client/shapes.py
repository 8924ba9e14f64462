"""What a server tells, typed: the fields that programs use most; `json` has all of them as they came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from emergescope.client.server import Server

_OVER = ("succeeded", "failed", "cancelled")
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Study:
    """A learning problem that runs can be of."""

    id: str
    title: str

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(data["id"], data["title"])


@dataclass(frozen=True)
class Preset:
    """A configuration that comes with a study. `seconds` is how long it usually takes."""

    id: str
    title: str
    text: str
    study: str
    figure: str | None
    seconds: float
    config: Json = field(repr=False)
    json: Json = field(repr=False)

    @classmethod
    def of(cls, data: Json) -> Self:
        names = ("id", "title", "text", "study", "figure", "seconds", "config")
        return cls(**{name: data[name] for name in names}, json=data)


@dataclass(frozen=True)
class Event:
    """Something worth a sentence that happened in a run. `data` has the numbers behind the text."""

    step: int
    kind: str
    text: str
    data: Json | None = None

    @classmethod
    def of(cls, data: Json) -> Self:
        return cls(data["step"], data["kind"], data["text"], data.get("data"))


@dataclass(frozen=True)
class Shown:
    """A metric that stands for a run, and its latest value; None for what is no number."""

    name: str
    title: str
    value: float | None


@dataclass(frozen=True)
class Run:
    """A run as the server told of it last: it does not change by itself, `Client.get` has it anew."""

    id: str
    name: str
    status: str  # queued, running, paused, succeeded, failed or cancelled
    preset: str | None
    study: str | None
    summary: str
    tags: tuple[str, ...]
    notes: str
    step: int
    total_steps: int
    frames: int
    metrics: Mapping[str, float | None]  # the latest ones; None for what is no number
    diverged: bool
    error: str | None
    created_at: datetime
    json: Json = field(repr=False)
    server: "Server | None" = field(default=None, repr=False, compare=False)  # which told of it

    @classmethod
    def of(cls, data: Json, server: "Server | None" = None) -> Self:
        names = ("id", "name", "status", "preset", "study", "summary")
        return cls(
            **{name: data[name] for name in names},
            tags=tuple(data["tags"]),
            notes=data["notes"],
            step=data["progress"]["step"],
            total_steps=data["progress"]["total"],
            frames=data["frames"]["count"],
            metrics=data["metrics"] or {},
            diverged=data["diverged"],
            error=(data["error"] or {}).get("message"),
            created_at=datetime.fromisoformat(data["created_at"]),
            json=data,
            server=server,
        )

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it. A paused run is not over."""
        return self.status in _OVER

    @property
    def outcome(self) -> str:
        """Its status, for people: one that was trained to its end and whose numbers are not finite has diverged."""
        return "diverged" if self.status == "succeeded" and self.diverged else self.status

    @property
    def passed(self) -> bool:
        """Whether it was trained to its end, and every value that its preset promises lies in its band."""
        promised = (one["ok"] for one in self.json.get("expected", ()) if one["applies"])
        return self.outcome == "succeeded" and all(promised)

    @property
    def events(self) -> tuple[Event, ...]:
        """What has happened in it; runs of a list are told without."""
        return tuple(Event.of(event) for event in self.json.get("events", ()))

    def _repr_html_(self) -> str | None:
        """Its film, as notebooks show it; None where its server does not answer."""
        from emergescope.notebook.sources import run_on_server  # noqa: PLC0415 - notebooks alone need it

        return None if self.server is None else run_on_server(self.server.url, self.server.headers, self.id)

    @property
    def shown(self) -> tuple[Shown, ...]:
        """The metrics that stand for it, as far as they have been measured."""
        if "display" not in self.json:
            return tuple(Shown(one["name"], one["title"], one["value"]) for one in self.json["metrics_shown"])
        declared = self.json["display"]["metrics"].items()
        return tuple(
            Shown(name, metric["title"], self.metrics[name])
            for name, metric in declared
            if metric["emphasis"] and name in self.metrics
        )


@dataclass(frozen=True)
class Experiment:
    """A group of runs with a purpose. `passed`: whether every line of its table holds, None while that is not known."""

    id: str
    name: str
    kind: str
    preset: str | None
    status: str
    counts: Mapping[str, int]
    passed: bool | None
    created_at: datetime
    json: Json = field(repr=False)

    @classmethod
    def of(cls, data: Json) -> Self:
        names = ("id", "name", "kind", "preset", "status", "counts", "passed")
        return cls(
            **{name: data[name] for name in names}, created_at=datetime.fromisoformat(data["created_at"]), json=data
        )

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Its runs, but for those that were deleted; experiments of a list are told without."""
        return tuple(member["run"]["id"] for member in self.json.get("members", ()) if member["run"])
