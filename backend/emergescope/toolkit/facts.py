"""What is known of a run before its first step, as JSON: directions, neurons, pictures, numbers of the problem."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from emergescope.toolkit.dictionary import Dictionary
from emergescope.toolkit.pictures import Pictures


class Known(Protocol):
    """A problem as it was drawn; see toolkit/hinge/samples.py."""

    @property
    def dictionary(self) -> Dictionary: ...
    @property
    def names(self) -> tuple[str, ...] | None: ...
    @property
    def signal(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, float]: ...


def facts(known: Known, shown: Sequence[int], neurons: tuple[int, int], pictures: Pictures | None) -> dict[str, Any]:
    """`shown` are columns of the dictionary, in the order of a frame; `neurons` are how many there are, and shown."""
    names = known.names
    return {
        "patterns": {
            "total": known.dictionary.matrix.shape[1],
            "relevant": list(known.dictionary.relevant),
            "shown": list(shown),
            "names": names and [names[j] for j in shown],
            "signal": known.signal,
        },
        "neurons": dict(zip(("total", "shown"), neurons, strict=True)),
        "pictures": pictures and pictures.facts(),
        "facts": dict(known.facts),
    }
