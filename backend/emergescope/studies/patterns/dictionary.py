"""The dictionary M of a problem: patterns in R^d, k of them relevant (section 3 of the paper)."""

import torch

from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.pictures import draw_pictures
from emergescope.toolkit.dictionary import Dictionary


def draw_dictionary(problem: DictionaryProblem, generator: torch.Generator) -> Dictionary:
    """A uniformly random orthonormal dictionary, or one of independent random unit vectors (appendix F), and a random
    set A of k relevant patterns; or pictures (pictures.py).
    """
    if problem.dictionary == "pictures":
        return Dictionary(*draw_pictures(problem, generator))
    gaussian = torch.randn(problem.d, problem.D, generator=generator, dtype=torch.float64)
    if problem.dictionary == "incoherent":
        matrix = gaussian / gaussian.norm(dim=0)
    else:
        q, r = torch.linalg.qr(gaussian)
        matrix = q * r.diagonal().sign()  # Haar measure: undo the sign convention of QR
    chosen = torch.randperm(problem.D, generator=generator)[: problem.k]
    return Dictionary(matrix, tuple(sorted(chosen.tolist())))
