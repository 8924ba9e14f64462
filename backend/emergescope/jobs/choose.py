"""Makes the executor that the settings ask for. Used by the server."""

import os
import secrets
import sys
from importlib.util import find_spec
from pathlib import Path

from emergescope.datasets import VARIABLE
from emergescope.errors import InvalidConfig
from emergescope.jobs.executor import Executor
from emergescope.jobs.pool import LocalPool

# What Ray reads from the environment when it is first imported, and nowhere else.
_QUIET = {"RAY_DEDUP_LOGS_SKIP_REGEX": "."}  # its news of dead workers: the service tells of them, in its own words
# On macOS this is Ray's own choice: it listens on the loopback address, and other machines cannot join.
_ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token"}


def make_executor(
    kind: str, workers: int, threads: int, ray_address: str | None, data_dir: Path | None = None
) -> Executor:
    """The executor of that kind, "local" or "ray", ready for jobs. Raises InvalidConfig where there is no Ray, or no
    such cluster.

    ray_address  of the cluster to use (docs/cluster.md); None starts a Ray of our own on this machine
    data_dir     where data sets lie; nodes of a cluster may have their own, see jobs/ray_task.py
    """
    if kind == "local":
        return LocalPool(workers, threads, data_dir)
    if kind != "ray":
        raise InvalidConfig(f"there is no executor {kind!r}: choose local or ray")
    if find_spec("ray") is None:
        raise InvalidConfig("Ray is not installed: pip install 'emergescope[ray]'")
    if "ray" not in sys.modules:
        os.environ.update(_QUIET)
        if not ray_address:
            # Its own secret, for whoever else has an account on this machine; without one, Ray writes it to a file.
            os.environ.update(_ALONE, RAY_AUTH_TOKEN=secrets.token_hex(32))
            if data_dir is not None:  # its nodes know what the server's environment says, and an option wins over that
                os.environ[VARIABLE] = str(data_dir.absolute())
    from emergescope.jobs.ray_cluster import RayExecutor  # noqa: PLC0415 - only where it is wanted: it is large

    return RayExecutor(workers, threads, ray_address or None, data_dir)
