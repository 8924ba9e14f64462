"""Every study that is found keeps the contract."""

from emergescope.catalog.registry import find_studies, load_studies
from emergescope.testing import StudyContract

# One class for each, so that each is trained once.
for _study in load_studies().values():
    _name = f"Test_{_study.id}"
    globals()[_name] = type(_name, (StudyContract,), {"study": _study, "__module__": __name__})


def test_each_study_of_this_package_can_be_imported() -> None:
    assert [one.trouble for one in find_studies() if one.package.startswith("emergescope.") and one.trouble] == []
