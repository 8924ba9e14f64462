"""Films of other people's training loops: `record`, and what it hands out, a `Recorder`. Loads no torch by itself."""

from emergescope.recorder.record import record
from emergescope.recorder.recorder import Recorder

__all__ = ["Recorder", "record"]
