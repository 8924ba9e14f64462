"""run.json: what a run is, and how it went. Read strictly: the file may come from anywhere."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from emergescope.archive.files import RUN
from emergescope.catalog.parse import check_depth
from emergescope.catalog.registry import LONGEST_ID
from emergescope.config.base import check_name
from emergescope.config.ids import is_id
from emergescope.errors import ArchiveError, InvalidConfig

FORMAT: Final = "emergescope.run"
VERSION: Final = 1
MOST = 2**31 - 1  # that a step or seq may be: a database knows no larger one

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")  # in a text of JSON: no database keeps it

Json = Mapping[str, Any]
End = Literal["succeeded", "failed", "cancelled"]


@dataclass(frozen=True)
class Head:
    """What is known of a run when it begins; `facts` a little later."""

    id: str
    name: str
    config: Json
    total_steps: int
    created_at: datetime
    tags: Sequence[str] = ()
    notes: str = ""
    preset: str | None = None
    expected: Sequence[Json] = ()
    origin: Json | None = None
    facts: Json | None = None


def _id(text: str) -> str:
    if not is_id(text):
        raise ValueError("it is not the id of a run: 12 lower-case letters and digits, none of them 0, 1, l and o")
    return text


def _origin(data: dict[str, Any]) -> dict[str, Any]:
    step, config = data.get("step"), data.get("config")
    if not (is_id(data.get("run")) and isinstance(step, int) and 0 <= step <= MOST and isinstance(config, dict)):
        raise ValueError("a fork says which run it comes from, at which step, and how that one was trained")
    return {"run": data["run"], "step": step, "config": config}


def _utc(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise ValueError("it does not say its time zone: write 2026-01-01T10:00:00Z")
    return time.astimezone(UTC)


Count = Annotated[int, Field(ge=0, le=MOST, strict=True)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(check_name)]
Tag = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(check_name)]
Time = Annotated[datetime, Field(strict=False), AfterValidator(_utc)]


class Run(BaseModel):
    """A run as run.json has it. What it does not know is passed over."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False, frozen=True)

    id: Annotated[str, AfterValidator(_id)]
    name: Name
    preset: Annotated[str, Field(max_length=LONGEST_ID)] | None = None
    tags: Annotated[list[Tag], Field(max_length=20)] = []
    notes: Annotated[str, Field(max_length=20_000)] = ""
    status: Literal["running", "paused", "succeeded", "failed", "cancelled"]
    error: dict[str, Any] | None = None
    config: dict[str, Any]
    total_steps: Count
    step: Count = 0
    phase: Annotated[str, Field(max_length=60)] | None = None
    seconds: Annotated[float, Field(ge=0)] | None = None
    facts: dict[str, Any] | None = None
    metrics: dict[str, float | None] | None = None
    expected: list[dict[str, Any]] = []
    origin: Annotated[dict[str, Any], AfterValidator(_origin)] | None = None
    created_at: Time
    started_at: Time | None = None
    finished_at: Time | None = None

    @property
    def head(self) -> Head:
        said = {field.name: getattr(self, field.name) for field in fields(Head)}
        held: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in said.items()}
        return Head(**held)


def begun(head: Head) -> Run:
    """The run that begins with a head."""
    said = {"tags": list(head.tags), "expected": [dict(item) for item in head.expected]}
    return Run.model_validate({**vars(head), **said, "status": "running", "started_at": head.created_at})


def to_json(run: Run, besides: Json | None = None) -> bytes:
    """run.json. `besides` is what it says beside the run, for people and programs that read it."""
    said = run.model_dump(mode="json")
    return write_json({"format": FORMAT, "version": VERSION, "run": said, **(besides or {})}, indent=2)


def from_json(content: bytes) -> Run:
    """The run in a run.json. Raises ArchiveError that says what is wrong with it."""
    document = read_json(content, RUN)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ArchiveError(f"{RUN}: this is not a run of Emergescope: its format is not {FORMAT!r}")
    if document.get("version") != VERSION:
        found = json.dumps(document.get("version"))[:20]
        raise ArchiveError(f"{RUN}: version {found} is not readable here: this reads {VERSION}")
    try:
        return Run.model_validate(document.get("run"))
    except ValidationError as error:
        raise ArchiveError(f"{RUN}: {first_of(error, '/run')}") from None


def first_of(error: ValidationError, place: str = "") -> str:
    """The first thing that is wrong with a part of a file, at `place`, in a sentence."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = "/".join((place, *map(str, first["loc"])))[:200]
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"


def write_json(value: Any, indent: int | None = None) -> bytes:
    """A text of JSON with an end of line. What is not finite becomes null, and what no text may hold a sign for it."""
    try:
        text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    except ValueError:
        value = json.loads(json.dumps(value), parse_constant=lambda name: None)
        text = json.dumps(value, indent=indent, ensure_ascii=False)
    return (_NUL.sub(r"\1\\ufffd", text) + "\n").encode(errors="replace")


def read_json(content: bytes, name: str) -> Any:
    """JSON of a file, or of a line of one, that may come from anywhere. Raises ArchiveError."""

    def refuse(constant: str) -> NoReturn:
        raise ArchiveError(f"{name}: {constant} is no number of JSON: null stands for what is not finite")

    try:
        found = json.loads(content.decode(), parse_constant=refuse)
        check_depth(found)
        text = json.dumps(found, ensure_ascii=False, allow_nan=False)
        if _NUL.search(text) or not _is_text(text):
            raise ArchiveError(f"{name} has characters that are no text (NUL, or halves of surrogate pairs)")
    except (InvalidConfig, RecursionError):
        raise ArchiveError(f"{name}: its lists and objects are nested too deeply") from None
    except ValueError as error:
        raise ArchiveError(f"{name} is not JSON in UTF-8: {error}") from None
    return found


def _is_text(text: str) -> bool:
    try:
        return bool(text.encode())
    except UnicodeEncodeError:
        return False
