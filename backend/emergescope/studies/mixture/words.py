"""The words of this study, and what they mean."""

from emergescope.toolkit.neuron_panels import Signal

SIGNAL = Signal("first principal direction", "direction 1", "principal direction")
NATURAL = (
    "With natural patches, unlike with Gaussian inputs, the mixture may end above direct training, and the injected "
    "part need not be slower."
)
GLOSSARY = {
    SIGNAL.word: "A direction in which the images differ most, the first one more than all others. Signed cosines are "
    f"cosines with the first; the stars are {SIGNAL.plus} and {SIGNAL.minus}.",
    "signal plane": "The other map, with fixed axes: to the right the cosine with the first principal direction, "
    "upwards the length of the part along the other directions.",
    "teacher and student": "The teacher learns the data and labels data and injected inputs; the student learns both "
    "from these labels. Direct training learns the data’s true labels.",
    "injected part": "Inputs of another kind, noise or patches of photographs, that are mixed among the data. Accuracy "
    "on them is agreement with the teacher; κ leaves out what agrees by chance.",
}
