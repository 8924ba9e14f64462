"""Service: submit, cancel, recover; the only writer of the store. Used by api/ and the command line."""

from emergescope.service.experiments import Experiments, ExperimentView
from emergescope.service.phase_diagram import phase_diagram
from emergescope.service.progress import Progress
from emergescope.service.service import RunView, Service

__all__ = ["ExperimentView", "Experiments", "Progress", "RunView", "Service", "phase_diagram"]
