"""What cameras say: sentences about one frame, made of its own numbers, and events that are told once."""

from collections.abc import Iterable, Mapping
from typing import Any

from emergescope.recording.events import Happened

Metrics = Mapping[str, float | None]


class Milestones:
    """Watches the frames of one run, in order, and tells each kind of event once; a study says what there is to tell.

    told  the step of each kind that has been told, as far as it is known
    """

    def __init__(self) -> None:
        self.told: dict[str, int | None] = {}

    def state(self) -> dict[str, Any]:
        """What has been told, as JSON."""
        return {"told": sorted(self.told)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.told = dict.fromkeys(state["told"])

    def first(self, shown: Iterable[Happened]) -> tuple[Happened, ...]:
        """Of all that a frame shows, what it is the first to show."""
        new: dict[str, Happened] = {}
        for one in shown:
            if one.kind not in self.told:
                new.setdefault(one.kind, one)
        self.told |= {kind: one.step for kind, one in new.items()}
        return tuple(new.values())


def passed(step: int, *marks: tuple[str, bool, float, str]) -> Iterable[Happened]:
    """Of marks (kind, whether it is passed, threshold, text) those that are passed, as events."""
    return (Happened(step, kind, text, {"threshold": least}) for kind, there, least, text in marks if there)


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def accuracies(metrics: Metrics, named: Mapping[str, str]) -> str:
    """How many are right: "70.4 % of the tests are right." Empty where none was measured.

    named  what each metric is the share of, in the order of the sentence
    """
    if metrics.get("loss", 0.0) is None:
        return "The network is not a number any more."
    found = [f"{percent(value)} of {what}" for name, what in named.items() if (value := metrics.get(name)) is not None]
    if not found:
        return ""
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found) + " are right."
