"""Sentences about one frame, made of its own numbers. Used by the cameras."""

from collections.abc import Mapping

Metrics = Mapping[str, float | None]


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


def directions(near: int, neurons: int, mean: float | None, target: str) -> str:
    """How many of the neurons point where they should: `near` have |cos| > 0.9 with `target`."""
    if mean is None:
        return ""
    who = "No neuron has" if near == 0 else f"{near:,} of {neurons:,} neurons have"
    return f"{who} |cos| > 0.9 with {target}; the mean |cos| is {mean:.2f}."
