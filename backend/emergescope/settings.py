"""Server settings, each from the environment (`EMERGESCOPE_PORT=9000`) or the command line. Any room below may use it.

docs/settings.md lists them; a test holds the two together.
"""

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from emergescope.errors import FieldError, InvalidConfig
from emergescope.logs import Format, Level

PREFIX = "EMERGESCOPE_"
SHORTEST_TOKEN, LONGEST_TOKEN = 16, 1000
MOST_WORKERS = MOST_THREADS = 256
_MOST_BYTES = 10**18


def _default_workers() -> int:
    # A warm worker holds torch in memory (about 250 MB), so a large machine does not get one for each core unasked.
    return min(os.cpu_count() or 1, 8)


class Settings(BaseSettings):
    """What the server needs to know of its machine. What decides a run's bits is in config/ instead."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1, max_length=255, description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="port to listen on; 0 takes a free one")] = 8470
    data: Annotated[Path, Field(description="directory of the database; created if it is missing")] = Path("data")
    database_url: Annotated[
        SecretStr | None,
        Field(
            description="a PostgreSQL database that servers share, postgresql://user:password@host/database; "
            "without one, SQLite in the data directory"
        ),
    ] = None
    workers: Annotated[
        int,
        Field(
            ge=1,
            le=MOST_WORKERS,
            description="runs that train at the same time, one process each; 8 at most by default",
        ),
    ] = Field(default_factory=_default_workers)
    threads: Annotated[int, Field(ge=1, le=MOST_THREADS, description="CPU threads of each worker")] = 1
    executor: Annotated[
        Literal["local", "ray"], Field(description="where runs train: processes of this machine, or a Ray cluster")
    ] = "local"
    ray_address: Annotated[
        str | None,
        Field(
            max_length=1000,
            description="of the Ray cluster to use, auto or HOST:PORT; without one, executor=ray starts Ray here",
        ),
    ] = None
    max_experiment_runs: Annotated[
        int, Field(ge=1, le=100_000, description="runs that one experiment may have, a sweep's cells times its seeds")
    ] = 500
    max_body: Annotated[int, Field(ge=1024, le=10**9, description="largest request body that is read, in bytes")] = (
        1_000_000
    )
    token: Annotated[
        SecretStr | None,
        Field(
            description=f"the secret that callers must know, {SHORTEST_TOKEN} characters or more; without one, an "
            "address that other machines can reach gets a new one at each start"
        ),
    ] = None
    allowed_hosts: Annotated[
        str,
        Field(
            max_length=10_000,
            description="further names, comma-separated, by which a server without a token may be called",
        ),
    ] = ""
    max_memory: Annotated[
        int, Field(ge=1, le=_MOST_BYTES, description="memory that a run may take by estimate, in bytes")
    ] = 8 * 10**9
    max_steps: Annotated[int, Field(ge=1, le=2**31 - 1, description="gradient steps that a run may have")] = 10_000_000
    max_work: Annotated[
        int,
        Field(
            ge=1,
            le=10**24,
            description="arithmetic that a run may take by estimate, in operations; a core does 10^14 an hour",
        ),
    ] = 10**16
    max_film: Annotated[
        int,
        Field(ge=1, le=_MOST_BYTES, description="what the frames of a run may take in the store by estimate, in bytes"),
    ] = 20 * 10**9
    max_queue: Annotated[int, Field(ge=1, le=10**6, description="runs that may wait")] = 5000
    keep: Annotated[
        float | None,
        Field(
            ge=0, le=36_500, description="days after which the film of a run that is over is thinned to about 60 frames"
        ),
    ] = None
    max_bytes: Annotated[
        int | None,
        Field(
            ge=10**6,
            le=_MOST_BYTES,
            description="frames and checkpoints of all runs, in bytes, above which the oldest films are thinned",
        ),
    ] = None
    data_dir: Annotated[
        Path, Field(description="directory of data sets of images (docs/data.md); on a Ray cluster, of the nodes")
    ] = Path("datasets")
    log_level: Annotated[Level, Field(description="events from this level on: debug, info, warning or error")] = "info"
    log_format: Annotated[Format, Field(description="text for people, json for programs: one object a line")] = "text"

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
    def database(self) -> str | Path:
        """Where runs are kept: the URL, or else the directory."""
        return self.data if self.database_url is None else self.database_url.get_secret_value()

    @field_validator("database_url")
    @classmethod
    def _given(cls, url: SecretStr | None) -> SecretStr | None:
        """None for an empty one, as compose files write "not set"."""
        return url if url and url.get_secret_value().strip() else None

    @field_validator("token")
    @classmethod
    def _usable(cls, token: SecretStr | None) -> SecretStr | None:
        """None for an empty one, as compose files write "not set". Never says what it was."""
        secret = token.get_secret_value() if token else ""
        if not secret:
            return None
        if len(secret) < SHORTEST_TOKEN:
            raise PydanticCustomError(
                "short", "a token has at least {least} characters, drawn at random", {"least": SHORTEST_TOKEN}
            )
        if len(secret) > LONGEST_TOKEN:
            raise PydanticCustomError("long", "a token has {most} characters at most", {"most": LONGEST_TOKEN})
        if not (secret.isascii() and secret.isprintable()) or " " in secret:
            raise PydanticCustomError("unsendable", "a token has ASCII letters, digits and signs alone")
        return token


def load_settings(**given: Any) -> Settings:
    """Settings from `given`, then the environment, then defaults. Raises InvalidConfig naming the variable."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fields = [FieldError("/" + "/".join(map(str, e["loc"])), e["msg"]) for e in error.errors(include_url=False)]
        names = [f"{PREFIX}{f.pointer[1:].upper()}: {f.message}" for f in fields]
        raise InvalidConfig("these settings cannot be used: " + "; ".join(names), fields) from None
