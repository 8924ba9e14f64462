"""Speaks to a server from Python: `Client`, and `AsyncClient` for coroutines. See docs/client.md.

Loads neither torch nor pydantic, and NumPy with the first frame.
"""

from emergescope.client.asynchronous import AsyncClient
from emergescope.client.errors import ClientError
from emergescope.client.shapes import Event, Experiment, Preset, Run, Study
from emergescope.client.synchronous import Client

__all__ = ["AsyncClient", "Client", "ClientError", "Event", "Experiment", "Preset", "Run", "Study"]
