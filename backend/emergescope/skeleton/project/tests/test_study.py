"""The study keeps what Emergescope is promised: the same bits twice and after a pause, frames as declared, and more."""

from emergescope.skeleton import STUDY
from emergescope.testing import StudyContract


class TestContract(StudyContract):
    study = STUDY
