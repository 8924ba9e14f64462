"""The words of this study, and what they mean."""

from emergescope.toolkit.neuron_panels import Signal

SIGNAL = Signal("difference of class means", "difference", "difference of class means")
GLOSSARY = {
    SIGNAL.word: "The direction from the mean image of the second class to that of the first. Signed cosines are "
    f"cosines with it; the stars are {SIGNAL.plus} and {SIGNAL.minus}.",
    "signal plane": "The other map, with fixed axes: to the right the cosine with the difference of the class means, "
    "upwards the length of the part along the other directions.",
    "principal direction": "A direction in which the training images differ most, the first one more than all others.",
    "centre": "The mean direction of one of the two clusters that 2-means finds among the neurons, whatever they are.",
    "silhouette": "How well two clusters are apart: 1 for two points, about 0 for a cloud.",
}
