"""Server settings, each from the environment (`EMERGESCOPE_PORT=9000`) or the command line. Any room below may use it.

A command asks for the part of them that it uses, and is not troubled by what is wrong with others. docs/settings.md
lists them; a test holds the two together.
"""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from emergescope.errors import FieldError, InvalidConfig
from emergescope.logs import Format, Level
from emergescope.machine import usable_cpus, usable_memory

PREFIX = "EMERGESCOPE_"
SHORTEST_TOKEN, LONGEST_TOKEN = 16, 1000
MOST_WORKERS = MOST_THREADS = 256
_MOST_BYTES = 10**18

# As policies name who may show a page: of any port, or all below a name; and the windows of VS Code, which have none.
_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:(\d{1,5}|\*))?|vscode-webview:", re.ASCII)

_USUAL_WORKERS = 8
_WORKER_BYTES = 500_000_000  # a small run in a worker, with torch where its memory is not shared (250 MB)
_MAX_MEMORY = 8 * 10**9


def _default_workers() -> int:
    # A large machine does not get one for each core unasked.
    memory = usable_memory()
    room = _USUAL_WORKERS if memory is None else max(1, memory // _WORKER_BYTES)
    return min(usable_cpus(), room, _USUAL_WORKERS)


class _Part(BaseSettings):
    """Some of the settings."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _given(cls, values: dict[str, Any]) -> dict[str, Any]:
        """What was set: a blank is how compose files write "not set", and an address in place of a port is how
        Kubernetes tells every container of a service by the name of emergescope.
        """

        def is_set(name: str, value: Any) -> bool:
            nothing = r"\s*|\w+://.*" if name.endswith("port") else r"\s*"
            return not (isinstance(value, str) and re.fullmatch(nothing, value))

        return {name: value for name, value in values.items() if is_set(name, value)}

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Settings from `given`, then the environment, then defaults. Raises InvalidConfig naming the variable."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            fields = [FieldError("/" + "/".join(map(str, e["loc"])), e["msg"]) for e in error.errors(include_url=False)]
            names = "; ".join(f"{PREFIX}{f.pointer[1:].upper()}: {f.message}" for f in fields)
            raise InvalidConfig(f"these settings cannot be used: {names}", fields) from None


class DataSets(_Part):
    """Where data sets are."""

    data_dir: Path = Path("datasets")
    """directory of data sets of images (docs/data.md); on a Ray cluster, of the nodes"""


class Workers(_Part):
    """How much is trained at a time."""

    workers: int = Field(default_factory=_default_workers, ge=1, le=MOST_WORKERS)
    """runs that train at the same time, one process each; 8 at most by default"""
    threads: int = Field(1, ge=1, le=MOST_THREADS, description="CPU threads of each worker")


class Place(_Part):
    """Where runs are kept."""

    data: Path = Field(Path("data"), description="directory of the database; created if it is missing")
    database_url: SecretStr | None = Field(
        None,
        description="a PostgreSQL database that servers share, postgresql://user:password@host/database; "
        "without one, SQLite in the data directory",
    )

    @property
    def database(self) -> str | Path:
        """Where runs are kept: the URL, or else the directory."""
        return self.data if self.database_url is None else self.database_url.get_secret_value()


class Retention(_Part):
    """How long films are kept whole."""

    keep: float | None = Field(None, ge=0, le=36_500)
    """days after which the film of a run that is over is thinned to about 60 frames"""
    max_bytes: int | None = Field(None, ge=10**6, le=_MOST_BYTES)
    """frames and checkpoints of all runs, in bytes, above which the oldest films are thinned"""


class Settings(DataSets, Workers, Place, Retention):
    """All that the server needs to know of its machine. What decides a run's bits is in config/ instead."""

    host: str = Field("127.0.0.1", min_length=1, max_length=255, description="address to listen on")
    port: int = Field(8470, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    published_port: str | None = None
    """port, or ports as 8470-8479, by which a container is reached; its address is told with that"""
    executor: Literal["local", "ray"] = "local"
    """where runs train: processes of this machine, or a Ray cluster"""
    ray_address: str | None = Field(None, max_length=1000)
    """of the Ray cluster to use, auto or HOST:PORT; without one, executor=ray starts Ray here"""
    max_experiment_runs: int = Field(500, ge=1, le=100_000)
    """runs that one experiment may have, a sweep's cells times its seeds"""
    max_body: int = Field(1_000_000, ge=1024, le=10**9, description="largest request body that is read, in bytes")
    max_frame: int = Field(
        64_000_000, ge=1024, le=10**9, description="largest frame that a recorder may send, in bytes"
    )
    max_tensors: int = Field(200, ge=1, le=1000, description="tensors that the frames of a recording may have")
    max_metrics: int = Field(500, ge=1, le=1000, description="metrics that the frames of a recording may have")
    token: SecretStr | None = Field(
        None,
        description=f"the secret that callers must know, {SHORTEST_TOKEN} characters or more; without one, an address "
        "that other machines can reach gets a new one at each start",
    )
    allowed_hosts: str = Field("", max_length=10_000)
    """further names, comma-separated, by which a server without a token may be called"""
    embed: str = Field(
        "",
        max_length=10_000,
        description="origins, comma-separated, whose pages may show the dashboard in a frame (docs/notebooks.md), such "
        "as http://localhost:8888; without any, its own alone",
    )
    root_path: str = Field("", max_length=1000)
    """the path below which a proxy has the server, such as /emergescope; empty at the root"""
    max_memory: int = Field(
        default_factory=lambda: min(usable_memory() or _MAX_MEMORY, _MAX_MEMORY), ge=1, le=_MOST_BYTES
    )
    """memory of a run, by estimate and in its worker, in bytes"""
    max_steps: int = Field(10_000_000, ge=1, le=2**31 - 1, description="gradient steps that a run may have")
    max_work: int = Field(10**16, ge=1, le=10**24)
    """arithmetic that a run may take by estimate, in operations; a core does 10^14 an hour"""
    max_film: int = Field(20 * 10**9, ge=1, le=_MOST_BYTES)
    """frames of a run in the store, by estimate, those of a recording, and a run that comes as a file, in bytes"""
    max_queue: int = Field(5000, ge=1, le=10**6, description="runs that may wait")
    log_level: Level = Field("info", description="events from this level on: debug, info, warning or error")
    log_format: Format = Field("text", description="text for people, json for programs: one object a line")

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the address."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def host_names(self) -> frozenset[str]:
        """`allowed_hosts`, one by one."""
        return frozenset(name.strip().lower() for name in self.allowed_hosts.split(",") if name.strip())

    @property
    def embedding_origins(self) -> tuple[str, ...]:
        """`embed`, one by one."""
        return tuple(filter(None, self.embed.split(",")))

    @field_validator("embed")
    @classmethod
    def _origins(cls, embed: str) -> str:
        """As browsers write them, and nothing that would end this part of a policy."""
        origins = [one.strip().lower().removesuffix("/") for one in embed.split(",") if one.strip()]
        if not all(_ORIGIN.fullmatch(origin) for origin in origins):
            examples = "http://localhost:8888, http://localhost:*, https://*.example.org or vscode-webview:"
            raise PydanticCustomError("origins", f"write origins without a path between commas, as {examples}")
        return ",".join(dict.fromkeys(origins))

    @field_validator("root_path")
    @classmethod
    def _path(cls, path: str) -> str:
        """As links begin with it: no slash at its end."""
        if not re.fullmatch(r"(/[A-Za-z0-9._~%@:+-]+)*/?", path) or re.search(r"/\.\.?(/|$)", path):
            rule = "a path begins with / and has letters, digits and .-_~%@:+ between slashes"
            raise PydanticCustomError("path", rule)
        return path.rstrip("/")

    @field_validator("published_port")
    @classmethod
    def _port_or_ports(cls, ports: str | None) -> str | None:
        if ports is not None and not re.fullmatch(r"\d{1,5}(-\d{1,5})?", ports, re.ASCII):
            raise PydanticCustomError("ports", "write a port, as 8470, or the first and last one, as 8470-8479")
        return ports

    @field_validator("token")
    @classmethod
    def _usable(cls, token: SecretStr | None) -> SecretStr | None:
        """Never says what it was."""
        if token is None:
            return None
        secret = token.get_secret_value()
        if len(secret) < SHORTEST_TOKEN:
            raise PydanticCustomError("short", f"a token has at least {SHORTEST_TOKEN} characters, drawn at random")
        if len(secret) > LONGEST_TOKEN:
            raise PydanticCustomError("long", f"a token has {LONGEST_TOKEN} characters at most")
        if not (secret.isascii() and secret.isprintable()) or " " in secret:
            raise PydanticCustomError("unsendable", "a token has ASCII letters, digits and signs alone")
        return token


def find_database(directory: Path | None) -> str | Path:
    """The directory that was named; else what the environment says, as for the server."""
    return Place.load().database if directory is None else directory
