"""What is said of frames of a teacher and its student: the parts of a mixture, with their limits."""

import pytest

from emergescope.studies.mixture.says import of_curves, says
from emergescope.toolkit.sentences import Past
from tests.studies.frames import PICTURES, TENSORS, frame

NAMES = ["principal direction 1", "mean of 0", "mean of 1"]
METRICS = {
    "loss": 0.4,
    "data_accuracy": 0.92,
    "injected_accuracy": 0.5,
    "direct_accuracy": 0.91,
    "mixture_accuracy": 0.71,
    "injected_majority": 0.2,
    "injected_kappa": 0.3,
}
PARTS = "The data part is learned to 92 %, the injected part to 50 %; directly 91 %."


def told(metrics: dict[str, float | None], phase: str = "student", *, natural: bool = False) -> str:
    return of_curves(frame(metrics, phase=phase), Past(), natural=natural).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("natural", "changes", "ends"),
    [
        (False, {}, ""),
        (
            True,
            {"mixture_accuracy": 0.93},
            " The mixture, at 93 %, is above that, as natural patches allow.",
        ),
        (True, {"mixture_accuracy": 0.85}, ""),
        (
            False,
            {"injected_majority": 0.4},
            " One label takes 40 % of injected inputs: much agrees by chance (κ 0.30).",
        ),
        (
            False,
            {"injected_majority": 0.4, "injected_kappa": -0.001},
            " One label takes 40 % of injected inputs: much agrees by chance (κ 0.00).",
        ),
        (
            False,
            {"injected_majority": 0.4, "injected_kappa": None},
            " One label takes 40 % of injected inputs: much agrees by chance.",
        ),
    ],
)
def test_the_parts_are_told_with_their_limits(natural: bool, changes: dict[str, float | None], ends: str) -> None:
    assert told({**METRICS, **changes}, natural=natural) == PARTS + ends


@pytest.mark.parametrize(
    ("phase", "metrics", "words"),
    [
        ("teacher", {"teacher_accuracy": 0.5}, "The teacher learns the data: 50 % of new images right so far."),
        ("start", {}, "The teacher’s accuracy was not measured at this step."),
        ("teacher", {"teacher_accuracy": None}, "The teacher is not a number any more."),
        ("student", {}, "The parts were not measured at this step."),
        ("student", {**METRICS, "data_accuracy": None}, "The student is not a number any more."),
        ("student", {**METRICS, "loss": None}, "The loss is not a number any more: the run has diverged."),
    ],
)
def test_what_is_not_there_is_said_to_be_lost_or_not_measured(
    phase: str, metrics: dict[str, float | None], words: str
) -> None:
    assert told(metrics, phase) == words


def test_a_student_of_a_lost_teacher_has_no_labels_to_agree_with() -> None:
    past = Past()
    past.see(10, {"teacher_accuracy": None})
    past.see(20, {})
    lost = of_curves(frame({"loss": 0.4}, phase="student"), past, natural=False)
    assert lost == "The teacher has diverged: there are no labels to agree with."


@pytest.mark.parametrize(("phase", "whose"), [("start", "teacher"), ("teacher", "teacher"), ("student", "student")])
def test_the_first_layer_is_told_whose_it_is(phase: str, whose: str) -> None:
    found = says(frame(METRICS, {**TENSORS, **PICTURES}, phase=phase), Past(), NAMES, 18, natural=False)
    layer = f"The {whose}’s first layer"
    assert found["map"] == f"{layer}; colour: cosine with direction 1. MDS stress 0.31."
    assert found["pictures"] == (
        f"{layer}: |cos| 0.43 with the closest class mean or direction, on average. Pictures of 4 of 18 neurons."
    )
    assert found["density"] == "2 of 4 neurons have |cos| > 0.9 with the first principal direction."
    assert found["alignment"].startswith("Over all neurons, the largest mean |cos| is that with principal direction 1")
