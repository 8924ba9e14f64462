"""Runs of a sparse parity: the same bits, on from a checkpoint, as declared, and sentences that hold."""

from typing import Any

import numpy as np
import pytest

from emergescope.catalog.limits import estimate
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_study
from emergescope.recording.declared import unknown
from emergescope.recording.events import Frame
from emergescope.studies.hidden_progress import STUDY, theory
from emergescope.studies.hidden_progress.camera import Milestones
from emergescope.studies.hidden_progress.config import HiddenProgressConfig
from emergescope.studies.hidden_progress.says import says as sentences
from tests.studies.hidden_progress.runs import Film, configured

DTYPES = {"F32": np.float32}


@pytest.fixture(scope="module")
def small() -> Film:
    return Film(configured())


def test_the_same_bits_twice(small: Film) -> None:
    again = Film(configured())
    assert again.bytes == small.bytes
    assert again.events == small.events


@pytest.mark.parametrize("labels", ["parity", "random"])
@pytest.mark.parametrize("step", [0, 1, 30, 59])
def test_it_goes_on_to_the_bit(step: int, labels: str) -> None:
    config = configured(problem={"labels": labels})
    whole = Film(config)
    first = Film(config, stop=lambda done: done == step)
    assert first.checkpoint is not None
    assert first.checkpoint.step == step
    rest = Film(config, first.checkpoint)
    assert first.bytes + rest.bytes == whole.bytes
    assert first.events + rest.events == whole.events


def test_the_first_gradient_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theory, "_MOST", 2**14)
    config = configured(problem={"n": 32})
    first = Film(config, stop=lambda done: done == 0)
    (event,) = first.of("gradient")
    assert (event.step, event.data and event.data["samples"]) == (0, 2**14)
    rest = Film(config, first.checkpoint)
    assert not rest.of("gradient")
    assert [frame.says["theory"][1:] for frame in (first.frames[0], rest.frames[-1])] == [f"{event.text[1:]}."] * 2
    groups = event.data and event.data["groups"]
    assert groups
    assert [(one["name"], one["relevant"]) for one in groups] == [("relevant inputs", True), ("other inputs", False)]


def test_a_fork_learns_other_labels_from_there_on(small: Film) -> None:
    first = Film(configured(), stop=lambda done: done == 30)
    fork = Film(configured(problem={"labels": "random"}), first.checkpoint, forked=True)
    assert [frame.step for frame in fork.frames] == [40, 50, 60]
    assert fork.frames[-1].metrics["rho"] != small.frames[-1].metrics["rho"]
    assert "problem.k" in STUDY.fixed


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"method": {"biases": False}, "problem": {"k": 3}},
        {"capture": {"max_neurons": 8, "max_patterns": 5}},
        {"problem": {"k": 20}},
        {"problem": {"k": 1}},
        {"training": {"dtype": "float64"}},
    ],
    ids=["usual", "without biases", "not all shown", "all relevant", "one relevant", "float64"],
)
def test_frames_are_what_was_declared(parts: dict[str, Any]) -> None:
    config = configured(**parts)
    film = Film(config)
    display = STUDY.display(config, film.facts)
    panels = {panel.id for panel in display.panels}
    assert not film.of("unmeasured")
    assert {event.kind for event in film.events} <= display.events.keys()
    for frame, blob in zip(film.frames, film.bytes, strict=True):
        assert frame.tensors.keys() == display.tensors.keys()
        for name, tensor in frame.tensors.items():
            declared = display.tensors[name]
            assert tensor.dtype == DTYPES[declared.dtype]
            assert tensor.shape == display.shape_of(name)
            assert declared.low is None or float(tensor.min(initial=0)) >= declared.low
        assert frame.metrics.keys() <= display.metrics.keys()
        for name, value in frame.metrics.items():
            assert value is not None
            metric = display.metrics[name]
            assert metric.low is None or value >= metric.low
            assert metric.high is None or value <= metric.high
        assert frame.says.keys() <= panels
        assert len(blob) <= estimate(config).frame_bytes
    names = display.axes["inputs"].names
    assert names is not None
    assert names[: config.problem.k] == tuple(f"x{j}" for j in film.facts["inputs"]["relevant"])
    assert not list(unknown(display))


def test_relevant_inputs_come_first_and_are_those_of_the_label() -> None:
    """Two relevant inputs of twenty are learned in a moment; they are the heavy ones."""
    film = Film(configured(training={"steps": 400, "eta": 0.5}))
    last = film.frames[-1]
    assert (last.metrics["test_accuracy"] or 0) > 0.99
    weights, moved, norm = (last.tensors[name].astype(float) for name in ("weights", "input_moved", "relevant_norm"))
    heavy = np.abs(weights).mean(0)
    assert set(np.argsort(heavy)[-2:]) == {0, 1}
    assert set(np.argsort(moved)[-2:]) == {0, 1}
    assert last.metrics["rho"] == pytest.approx(float(moved.max()))
    assert last.metrics["relevant_weight"] == pytest.approx(float(heavy[:2].mean()), rel=1e-5)
    assert last.metrics["background_weight"] == pytest.approx(float(heavy[2:].max()), rel=1e-5)
    np.testing.assert_allclose(norm, np.linalg.norm(weights[:, :2], axis=1), rtol=1e-5)
    assert [len(film.of(kind)) for kind in ("emerged", "accuracy")] == [1, 1]


def test_a_run_that_diverges_says_so_and_ends() -> None:
    film = Film(configured(training={"eta": 1e20}))
    assert len(film.of("diverged")) == 1
    assert film.frames[-1].step == 60
    assert film.frames[-1].metrics["test_loss"] is None
    assert not film.of("unmeasured")


def told(config: HiddenProgressConfig, *frames: tuple[int, dict[str, float]]) -> tuple[list[str], list[dict[str, str]]]:
    """Kinds of the events, and sentences, of frames with these metrics; it is saved and restored between any two."""
    kinds, says, saved = [], [], Milestones(config).state()
    for step, metrics in frames:
        watcher = Milestones(config)
        watcher.restore(saved)
        kinds += [event.kind for event in watcher.watch(step, metrics)]
        said = sentences(Frame(step, "training", metrics, {}, {}), config.problem.k, watcher.told, None)
        says.append({panel: text for panel, text in said.items() if panel != "theory"})
        saved = watcher.state()
    return kinds, says


def seen(accuracy: float, relevant: float, background: float) -> dict[str, float]:
    return {"test_accuracy": accuracy, "rho_relevant": relevant, "rho_background": background}


def test_each_event_is_told_once_and_sentences_have_the_numbers_of_their_frame() -> None:
    kinds, says = told(
        configured(),
        (0, seen(0.5, 0, 0)),
        (10, seen(0.51, 0.03, 0.02)),
        (20, seen(0.503, 0.14, 0.05)),
        (30, seen(0.52, 0.2, 0.05)),
        (40, seen(0.8, 0.6, 0.05)),
        (50, seen(0.95, 0.9, 0.05)),
        (60, seen(1.0, 1.1, 0.05)),
    )
    assert kinds == ["progress", "emerged", "accuracy"]
    assert says[0]["moved"] == "No weight has moved yet."
    assert says[1]["moved"].endswith("0.03 on the relevant inputs, and 0.02 on the others: they do not stand out.")
    assert says[2]["curves"] == "The error is 49.7%, that of a coin, and since step 20 the weights show what it hides."
    assert says[2]["moved"].endswith("0.14 on the relevant inputs, and 0.05 on the others.")
    assert says[4]["curves"] == "The error is 20.0%, less than that of a coin."
    assert says[6]["curves"] == (
        "The error is 0.0%. It fell below 10% by step 50; the weights had shown it from step 20 on."
    )


@pytest.mark.parametrize(
    "parts", [{"problem": {"labels": "random"}}, {"problem": {"k": 3}, "method": {"biases": False}}]
)
def test_a_control_that_fails_is_told_at_the_end(parts: dict[str, Any]) -> None:
    config = configured(**parts)
    assert told(config, (50, seen(0.5, 0.1, 0.1)), (60, seen(0.51, 0.1, 0.1)))[0] == ["control"]
    assert told(config, (60, seen(0.7, 0.1, 0.1)))[0] == []
    assert told(configured(), (60, seen(0.5, 0.1, 0.1)))[0] == []


def test_nothing_is_said_of_what_was_not_measured() -> None:
    config = configured()
    assert told(config, (60, {})) == ([], [{}])
    assert not {"weights", "neurons"} & sentences(Frame(60, "", {}, {}, {}), 2, {}, None).keys()
    assert told(config, (60, {"test_accuracy": 0.5}))[1] == [{"curves": "The error is 50.0%, that of a coin."}]


def test_weights_are_told_by_where_they_lie() -> None:
    weights = np.array([[3, 0, 1], [0, -2, 1], [0, 0, 1], [0, 1, 2]], np.float32)
    tensors = {"weights": weights, "relevant_norm": weights[:, 0], "background_norm": np.abs(weights[:, 1])}
    found = sentences(Frame(60, "training", {}, {}, tensors), 1, {}, "the first gradient: as predicted")
    assert found["weights"] == (
        "1 of 4 neurons have their heaviest weight on a relevant input; of weights drawn at random about 1 would."
    )
    assert found["neurons"] == "In 1 of 4 neurons the relevant inputs weigh more than all others together."
    assert found["theory"] == "The first gradient: as predicted."
    lost = sentences(
        Frame(60, "", {"rho_relevant": None}, {}, {name: t * np.nan for name, t in tensors.items()}), 1, {}, None
    )
    assert lost["weights"] == lost["neurons"] == lost["moved"] == "The weights are no longer numbers."
    assert lost["theory"] == "The first gradient of this run was not compared with theory."
    alone = sentences(Frame(60, "", {"rho_relevant": 0.3, "relevant_weight": 0.2}, {}, {}), 1, {}, None)
    assert alone["moved"] == "The largest movement of a weight is 0.3; all inputs are relevant."
    assert alone["sizes"] == "The relevant inputs have a weight of 0.2 on average."


def test_the_cost_follows_what_costs() -> None:
    base = configured()
    for path, value in (("training.steps", 600), ("training.batch", 320), ("method.width", 300), ("problem.n", 200)):
        more = apply_overrides(base, {path: value})
        assert estimate(more).work > estimate(base).work
        assert estimate(more).memory >= estimate(base).memory
    assert estimate(base).frames >= len(Film(base).frames)


def test_it_is_found_with_what_it_says() -> None:
    study = get_study("hidden_progress")
    assert study is STUDY
    tiny = apply_overrides(study.config.model_validate({"study": study.id}), study.tiny)
    assert isinstance(tiny, HiddenProgressConfig)
    film = Film(tiny)
    assert film.frames[-1].step == tiny.total_steps
    display = study.display(tiny, None)
    assert all((measure.event or measure.id) in {*display.metrics, *display.events} for measure in study.measures)
    assert isinstance(film.frames[0], Frame)
