"""Starts a Ray of our own, or joins a cluster as one of its programs. Used by ray_cluster.

Failures are InvalidConfig, since settings are what one changes about them.
"""

import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import ray
from ray.exceptions import RayError

from emergescope.errors import InvalidConfig

_PATIENCE = 5.0  # seconds for a head node to answer; Ray itself would try for a minute


def connect(address: str | None, cpus: int) -> None:
    """Make this process a program of a Ray cluster.

    address  None starts a Ray of our own on this machine, with that many CPUs, which ends with this process;
             "auto" joins the one that runs on this machine, "HOST:PORT" the one whose head node is there
    """
    if address is not None and "://" in address:
        raise InvalidConfig(
            f"{address}: runs cannot be streamed through Ray's client. Start the server on a node of the cluster, "
            'with "auto" or the HOST:PORT of the head node as the address'
        )
    if address not in (None, "auto"):
        _knock(address)
    logging.getLogger("ray").setLevel(logging.ERROR)
    try:
        with _our_signals():
            if address is None:
                ray.init("local", num_cpus=cpus, include_dashboard=False, log_to_driver=False, configure_logging=False)
            else:
                ray.init(address, log_to_driver=False, configure_logging=False)
    except (RayError, ConnectionError, RuntimeError, ValueError, OSError) as error:
        if address is None:
            raise InvalidConfig(f"Ray does not start on this machine: {error}") from error
        hint = "this machine must be a node of it, with the same token and the same versions of Ray and Python"
        raise InvalidConfig(f"the Ray cluster {address} cannot be used ({error}): {hint}") from error


def _knock(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
    except ValueError:
        raise InvalidConfig(f'{address!r} is no address of a Ray cluster: "auto" or HOST:PORT is') from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidConfig(f"no Ray cluster answers at {address} ({reason}): is its head node up?") from None


@contextmanager
def _our_signals() -> Iterator[None]:
    """Ray makes SIGTERM end the process at once; here a server decides what it does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
