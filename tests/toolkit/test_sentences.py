"""What sentences of all studies are made of: what was measured before, and words for spectra, numbers and shares."""

import json

import numpy as np
import pytest

from emergescope.recording.events import Frame
from emergescope.toolkit.neuron_says import of_spectrum
from emergescope.toolkit.sentences import Past, brief, percent, right_of


def test_the_past_has_what_was_measured_last_and_what_was_passed_first() -> None:
    past = Past({"probe": 0.9})
    for step, metrics in ((0, {"probe": 0.5, "loss": 1.0}), (5, {"probe": 0.92}), (7, {"probe": None}), (1200, {})):
        kept, past = past.state(), Past({"probe": 0.9})
        past.restore(json.loads(json.dumps(kept)))
        past.see(step, metrics)
        if step == 0:
            assert past.last("probe") == (0.5, "")
            assert past.passed("probe") is None
    past.see(1300, {"probe": 0.95})
    assert past.last("loss") == (1.0, " at step 0")
    assert past.last("probe") == (0.95, "")
    past.see(2400, {})
    assert past.last("probe") == (0.95, " at step 1,300")
    assert past.passed("probe") == 5
    assert past.last("silhouette") is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([3, 1, 0.5], "One direction rules: 3.0 times the second singular value, 88 % of the sum of squares."),
        (
            [1.6, 1, 1, 1],
            "One direction begins to lead: 1.6 times the second singular value, 46 % of the sum of squares.",
        ),
        (
            [1.1, 1, 1],
            "No direction leads: the first is 1.1 times the second singular value, 38 % of the sum of squares.",
        ),
        ([12000, 1], "One direction rules: 12,000 times the second singular value, 100 % of the sum of squares."),
        ([2, 0], "There is one direction alone: all other singular values are zero."),
        ([0, 0], "All weights are zero."),
        ([np.nan, np.nan], "The weights are no longer numbers."),
    ],
)
def test_a_spectrum_is_told_by_its_first_value(values: list[float], words: str) -> None:
    found = of_spectrum(Frame(1, "", {}, {}, {"singular_values": np.array(values, np.float32)}))
    assert found is not None
    assert found.replace("\u00a0", " ") == words
    assert of_spectrum(Frame(1, "", {}, {}, {})) is None


def test_numbers_in_sentences() -> None:
    assert [percent(share) for share in (0.005, 0.125, 0.994)] == ["1\u00a0%", "13\u00a0%", "99\u00a0%"]
    assert [brief(value) for value in (0.02524, -0.00001, 0, 1234567, 4)] == [
        "0.0252",
        "−1.0e−05",
        "0",
        "1.23e+06",
        "4",
    ]
    assert right_of({}, "test", "new inputs") == "accuracy on new inputs not measured at this step"
    assert right_of({"test": None}, "test", "new inputs") == "the network is not a number any more"
