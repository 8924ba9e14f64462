"""What routes need from the application. Used by the routers."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from emergescope.api.broadcast import Broadcast
from emergescope.api.prefix import root_of
from emergescope.service import Experiments, Service


def _service(connection: HTTPConnection) -> Service:
    service: Service = connection.app.state.service
    return service


def _broadcast(connection: HTTPConnection) -> Broadcast:
    broadcast: Broadcast = connection.app.state.broadcast
    return broadcast


def _experiments(connection: HTTPConnection) -> Experiments:
    experiments: Experiments = connection.app.state.experiments
    return experiments


def _root(connection: HTTPConnection) -> str:
    return root_of(connection.scope)


ExperimentsOf = Annotated[Experiments, Depends(_experiments)]
ServiceOf = Annotated[Service, Depends(_service)]
BroadcastOf = Annotated[Broadcast, Depends(_broadcast)]
RootOf = Annotated[str, Depends(_root)]
"""What addresses begin with."""
