"""The study keeps what Emergescope is promised: the same bits twice and after a pause, frames as declared, and more."""

from emergescope.testing import StudyContract

from emergescope.studies._skeleton import STUDY


class TestContract(StudyContract):
    study = STUDY
