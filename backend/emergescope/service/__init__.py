"""Service: submit, cancel, recover; the only writer of the store. Used by api/ and the command line."""

from emergescope.service.progress import Progress
from emergescope.service.service import RunView, Service

__all__ = ["Progress", "RunView", "Service"]
