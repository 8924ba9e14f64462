"""Runs with lottery tickets: who learns alone and who does not, what is told of it, and counting beside theory."""

import itertools
from typing import Any

import numpy as np
import pytest

from emergescope.config.run import frame_steps
from emergescope.recording.events import Frame
from emergescope.studies.lottery.camera import Milestones
from emergescope.studies.lottery.says import says
from emergescope.studies.lottery.theory import chance_of_a_ticket, overlap_law, theory_of
from emergescope.testing import Recording, record
from tests.studies.lottery.test_network import configured

SMALL: dict[str, dict[str, Any]] = {
    "problem": {"n": 20, "k": 3},
    "method": {"width": 30, "kept_neurons": 3, "copies": 6, "tickets": 2},
    "training": {"steps": 800, "eta": 0.2, "device": "cpu"},
    "capture": {"frames": 10, "test_samples": 500},
}


def small(**changes: Any) -> Recording:
    parts = {part: {**settings, **changes.get(part, {})} for part, settings in SMALL.items()}
    return record(configured(**parts))


@pytest.fixture(scope="module")
def run() -> Recording:
    return small()


def kinds(run: Recording) -> list[str]:
    return [kind for _, kind, _ in run.events]


def test_the_largest_learn_alone_and_those_drawn_anew_do_not(run: Recording) -> None:
    last = run.frames[-1]
    assert (last.metrics["full_error"] or 0) < 0.01
    assert (last.metrics["rewound_learned"] or 0) > 0.6
    assert (last.metrics["redrawn_failed"] or 0) > 0.6
    assert (last.metrics["kept_overlap"] or 0) > 1
    assert {"tickets_drawn", "emerged", "accuracy", "neurons_kept", "rewound_learn", "compared"} <= {*kinds(run)}
    assert "control" not in kinds(run)


@pytest.mark.parametrize("changes", [{"method": {"kept_norm": "smallest"}}, {"problem": {"labels": "random"}}])
def test_controls_fail_and_say_so(changes: dict[str, Any]) -> None:
    run = small(**changes)
    assert (run.frames[-1].metrics["rewound_learned"] or 0) <= 0.2
    assert "control" in kinds(run)


def test_each_frame_has_the_networks_there_are(run: Recording) -> None:
    rows = {"start": 30, "full": 30, "rewound": 48, "redrawn": 66}
    for frame in run.frames:
        over = frame.step > 0 and frame.step % 800 == 0
        follows = {"full": "rewound", "rewound": "redrawn"}.get(frame.phase, "redrawn")
        count = rows[follows if over else frame.phase]
        assert frame.tensors["weights"].shape == (count, 20)
        assert len(frame.tensors["redrawn_errors"]) == (6 if count == 66 else 0)
    first = {frame.step: frame for frame in run.frames}
    begun, ended, last = first[800].tensors, first[1600].tensors, run.frames[-1].tensors
    kept = np.flatnonzero(begun["kept_mark"][:30] > 0)
    assert len(kept) == 3
    start = run.frames[0].tensors["weights"]
    copies = begun["weights"][30:].reshape(6, 3, 20)
    assert {tuple(row) for row in copies[5]} == {tuple(row) for row in start[kept]}
    assert (ended["weights"][:30] == begun["weights"][:30]).all()
    assert (last["weights"][:48] == ended["weights"][:48]).all()
    assert (np.argsort(-last["stage_and_norm"], kind="stable")[30:] == np.arange(30, 66)).all()
    norm = np.linalg.norm(last["weights"][:30], axis=1)
    assert {*np.argsort(-last["stage_and_norm"])[:3]} == {*np.argsort(-norm)[:3]} == {*kept}


def test_the_law_of_overlaps_is_that_of_counting() -> None:
    config = configured(problem={"n": 9, "k": 4}, method={"nonzero_weights": 3})
    counts = np.bincount([sum(j < 4 for j in chosen) for chosen in itertools.combinations(range(9), 3)])
    assert overlap_law(config) == pytest.approx(counts / counts.sum())
    usual = configured()
    assert overlap_law(usual)[2] == pytest.approx(0.0082, abs=5e-5)
    assert chance_of_a_ticket(usual, 100) == pytest.approx(0.56, abs=0.005)
    statements = {one.id: one for one in theory_of(usual).statements}
    assert "56%" in statements["somewhere"].text
    assert statements["redrawn"].value == pytest.approx(0.04, abs=0.005)


def frame(metrics: dict[str, float | None], **tensors: Any) -> Frame:
    return Frame(60, "full", metrics, {}, {name: np.array(t, np.float32) for name, t in tensors.items()})


def test_sentences_have_the_numbers_of_their_frame() -> None:
    config = configured(method={"width": 3, "kept_neurons": 1, "copies": 2})
    found = says(
        frame(
            {"full_error": 0.0, "rewound_error": 0.0625, "redrawn_error": None, "rewound_learned": 0.5},
            kept_mark=[1, 0, 0, 1, 1, -1, -1],
            relevant_norm=[3, 0, 1, 2, 0, 0, 0],
            background_norm=[4, 1, 0, 0, 0, 1, 1],
            kept_share=[0, 0, 1],
            overlap_share=[1 / 3, 1 / 3, 1 / 3],
        ),
        config,
    )
    assert found["weights"] == (
        "Of the squared weights, relevant inputs have 36% in the 1 largest neurons of the full network, 50% in all its "
        "others, 100% in the rewound copies, 0% in the redrawn copies."
    )
    assert found["curves"] == (
        "Error on new samples: 0.0% of the full network, 6.2% of the rewound copies (median), no number of the "
        "redrawn (median); a coin’s is 50%."
    )
    assert found["copies"] == "An error below 13% have 1 of 2 rewound copies."
    assert found["overlap"] == "Of the 1 largest neurons 1 began on 2 relevant inputs, and 1 on any; of all 3, 1 and 2."
    assert found["neurons"].startswith("In 2 of 7 neurons")
    lost = says(frame({}, kept_mark=[1], relevant_norm=[np.nan], background_norm=[1]), config)
    assert {panel for panel, text in lost.items() if text == "The weights are no longer numbers."} == {
        "weights",
        "neurons",
    }
    assert says(frame({}), config) == {"copies": "There are no copies yet: the full network trains first."}


def test_milestones_remember_since_when_the_kept_have_led() -> None:
    config = configured(**SMALL)
    told: list[tuple[int, str]] = []
    saved = Milestones(config).state()
    for step, leading, error in ((0, [1, 2], 0.5), (100, [1, 4], 0.5), (300, [4, 1], 0.05), (800, [4, 1], 0.0)):
        watcher = Milestones(config)
        watcher.restore(saved)
        events = watcher.watch(step, leading, [2, 1], {"full_error": error})
        told += [(event.step, event.kind) for event in events]
        saved = watcher.state()
    assert told == [(300, "emerged"), (800, "accuracy"), (800, "neurons_kept")]
    assert events[-1].data == {"neurons": [4, 1], "overlap": [2, 1], "since": 100}
    assert frame_steps(config)[-1] == 2400


def test_a_run_that_diverges_goes_on_without_what_is_lost() -> None:
    run = small(training={"steps": 20, "eta": 1e20})
    assert "diverged" in kinds(run)
    assert run.frames[-1].metrics["full_error"] is None
    assert run.frames[-1].metrics["rewound_failed"] == 1
    assert "unmeasured" not in kinds(run)
    assert run.frames[-1].says["weights"] == "The weights are no longer numbers."
