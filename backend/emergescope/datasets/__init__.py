"""Data sets of images: read from files in torchvision's layouts, or from packages that ship some. NumPy alone."""

from emergescope.datasets.files import DataSet, Images
from emergescope.datasets.loading import Listing, load, missing, photographs, survey
from emergescope.datasets.sources import VARIABLE

__all__ = ["VARIABLE", "DataSet", "Images", "Listing", "load", "missing", "photographs", "survey"]
