"""Server settings, each from the environment (`EMERGESCOPE_PORT=9000`) or the command line. Any room below may use it.

docs/settings.md lists them; a test holds the two together.
"""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from emergescope.errors import FieldError, InvalidConfig

PREFIX = "EMERGESCOPE_"


def _default_workers() -> int:
    # A warm worker holds torch in memory (about 250 MB), so a large machine does not get one for each core unasked.
    return min(os.cpu_count() or 1, 8)


class Settings(BaseSettings):
    """What the server needs to know of its machine. What decides a run's bits is in config/ instead."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1, description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="port to listen on; 0 takes a free one")] = 8470
    data: Annotated[Path, Field(description="directory of the database; created if it is missing")] = Path("data")
    workers: Annotated[
        int, Field(ge=1, le=256, description="runs that train at the same time, one process each; 8 at most by default")
    ] = Field(default_factory=_default_workers)
    threads: Annotated[int, Field(ge=1, le=256, description="CPU threads of each worker")] = 1
    max_experiment_runs: Annotated[
        int, Field(ge=1, le=100_000, description="runs that one experiment may have, a sweep's cells times its seeds")
    ] = 500
    max_body: Annotated[int, Field(ge=1024, description="largest request body that is read, in bytes")] = 1_000_000


def load_settings(**given: Any) -> Settings:
    """Settings from `given`, then the environment, then defaults. Raises InvalidConfig naming the variable."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fields = [FieldError("/" + "/".join(map(str, e["loc"])), e["msg"]) for e in error.errors(include_url=False)]
        names = [f"{PREFIX}{f.pointer[1:].upper()}: {f.message}" for f in fields]
        raise InvalidConfig("these settings cannot be used: " + "; ".join(names), fields) from None
