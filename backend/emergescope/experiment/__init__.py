"""One run of the experiment, as an iterator of events. Used by jobs/ (in workers) and by the command line."""

from emergescope.experiment.run import run
from emergescope.frames.events import Advanced, Captured, Checkpointed, Event, Happened, Paused, Started

__all__ = ["Advanced", "Captured", "Checkpointed", "Event", "Happened", "Paused", "Started", "run"]
