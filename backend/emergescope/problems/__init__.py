"""Where data come from: the dictionary, hidden vectors and labels. Uses config and errors; knows no network."""

from emergescope.problems.dictionary import Dictionary, draw_dictionary
from emergescope.problems.drawn import Drawn, DrawnDictionary, Samples, draw
from emergescope.problems.sampler import Batch, Sampler
from emergescope.problems.seeds import Stream, generator

__all__ = [
    "Batch",
    "Dictionary",
    "Drawn",
    "DrawnDictionary",
    "Sampler",
    "Samples",
    "Stream",
    "draw",
    "draw_dictionary",
    "generator",
]
