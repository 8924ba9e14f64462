"""The words of this study: its methods, its signal, the part of the inputs that is hard, and what they mean."""

from typing import NamedTuple

from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.toolkit.neuron_panels import Signal


class Look(NamedTuple):
    """How a method is called, in full and beside a line, and the colour of its lines."""

    name: str
    short: str
    colour: str


METHODS = {
    "network": Look("network", "network", "series-1"),
    "ntk": Look("tangent kernel", "NTK", "series-2"),
    "random_features": Look("random features", "random features", "series-3"),
}
SIGNAL = Signal("s", "s", "s, the signal")
GLOSSARY = {
    "relevant pattern": "One of the few patterns that decide the label. All others are background.",
    "s, the signal": "The sum of the relevant patterns. The stars are +s and −s.",
    "input structure": "Relevant patterns that tend to occur together, so that each alone says something of the label. "
    "Without it they are independent.",
    "parity part": "Inputs on which some, but not all, relevant patterns are there: the label is whether their number "
    "is odd, and no single pattern tells it. On the rest all or none are there.",
    "hard part": "Inputs on which some, but not all, relevant patterns are there: no single pattern tells their label.",
    "probe": "A linear classifier that is fitted to the hidden layer of the moment, by ridge regression on fresh "
    "inputs: what the features are worth, whatever the network itself makes of them. Half right is a coin; far below "
    "it, the probe follows the other inputs and tells the opposite.",
    "reference lines": "What two simple rules get right: guessing on the parity part, and the best single threshold on "
    "the number of patterns. Neither is a bound: fixed features may pass them.",
    "signal plane": "The other map, with fixed axes: to the right the cosine with s, upwards the length of the part "
    "along background patterns.",
    "background": "Patterns that say nothing of the label, and the part of the weights along them.",
    "Lemma 5": "What the paper predicts for the first gradient: along each relevant pattern about β γ/σ̃, along "
    "background ones about 0.",
}


def part_of(problem: DictionaryProblem) -> str:
    """What the inputs are called that no single pattern decides."""
    return "parity part" if problem.labels.rule == "parity" else "hard part"
