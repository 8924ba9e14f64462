"""One giant step: its algebra against autograd and counting, theory against other routes, what is told and refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from emergescope.catalog.limits import estimate
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config
from emergescope.errors import InvalidConfig
from emergescope.recording.events import Frame
from emergescope.studies.one_step import STUDY
from emergescope.studies.one_step.config import OneStepConfig, mse_name
from emergescope.studies.one_step.network import draw_path, draw_samples, features, ridge_readouts, step
from emergescope.studies.one_step.readout_theory import errors_on_spike, readout_errors
from emergescope.studies.one_step.says import says
from emergescope.studies.one_step.spike import Spike, moments, spike_of
from emergescope.studies.one_step.theory import theory_of
from emergescope.testing import Recording, record
from emergescope.toolkit.seeds import Stream

SMALL = 300  # inputs and neurons of runs that theory is held against


def configured(**settings: Any) -> OneStepConfig:
    """The usual configuration, tiny, with some settings changed by path."""
    config = apply_overrides(STUDY.usual, {**STUDY.tiny, "training.device": "cpu", **settings})
    assert isinstance(config, OneStepConfig)
    return config


def sized(d: int, **settings: Any) -> OneStepConfig:
    return configured(**{"problem.d": d, "method.width": d, "capture.frames": 2, **settings})


def gaussian(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_step_is_that_of_autograd() -> None:
    """p times the gradient of the mean square error, as the network's output is defined: a'tanh(Wx)/√p, a = 1/√p."""
    width, d, count = 7, 5, 40
    x, w = gaussian(count, d, seed=1), gaussian(width, d).requires_grad_()
    y = torch.tanh(x[:, 0])
    a = torch.full((width,), width**-0.5, dtype=torch.float64)
    loss = (torch.tanh(x @ w.T) @ a / width**0.5 - y).square().mean() / 2
    (gradient,) = torch.autograd.grad(loss, w)
    torch.testing.assert_close(step(w.detach(), x, y), -width * gradient, rtol=1e-12, atol=1e-14)


def test_the_step_lowers_the_loss_as_finite_differences_say() -> None:
    x, w, move = gaussian(30, 4, seed=1), gaussian(6, 4), gaussian(6, 4, seed=2)
    y = torch.sin(x[:, 0])

    def loss(eps: float) -> float:
        return float((torch.tanh(x @ (w + eps * move).T).mean(1) - y).square().mean() / 2)

    slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
    assert float((step(w, x, y) * move).sum()) / 6 == pytest.approx(-slope, rel=1e-8)


def test_the_path_goes_straight_from_random_rows_to_the_step() -> None:
    config = configured(**{"method.eta": 1.5, "training.dtype": "float64"})
    path, direction = draw_path(config, torch.float64, "cpu")
    x, y = draw_samples(config, Stream.TRAINING, config.step_samples, path.start)
    assert x.shape == (40, 80)
    torch.testing.assert_close(y, torch.tanh(x[:, 0]))
    torch.testing.assert_close(path.start.norm(dim=1), torch.ones(80, dtype=torch.float64))
    torch.testing.assert_close(path.at(1.0), path.start + 1.5 * step(path.start, x, y))
    torch.testing.assert_close(path.at(0.25), 0.75 * path.start + 0.25 * path.at(1.0))
    torch.testing.assert_close(direction, step(path.start, x, y).mean(0))


def test_a_readout_is_the_least_squares_solution_with_its_ridge() -> None:
    """Fewer samples than neurons, as many, and more; against least squares on rows added for the ridge."""
    h, y = features(gaussian(30, 5, seed=1) @ gaussian(12, 5).T), gaussian(30, seed=2)
    found = ridge_readouts(h, y, (4, 12, 30), 0.3)
    for column, n in zip(found.T, (4, 12, 30), strict=True):
        rows = torch.cat([h[:n], 0.3**0.5 * torch.eye(12, dtype=torch.float64)])
        right = torch.cat([y[:n], torch.zeros(12, dtype=torch.float64)])
        torch.testing.assert_close(column, torch.linalg.lstsq(rows, right[:, None]).solution[:, 0])


@pytest.mark.parametrize("target", ["tanh", "sin"])
def test_moments_are_those_of_a_plain_sum(target: str) -> None:
    """The trapezoid rule, which is exact to rounding here; and Stein: E z f(z) = E f'(z)."""
    z = np.linspace(-12, 12, 4001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    value = np.tanh(z) if target == "tanh" else np.sin(z)
    slope = 1 - np.tanh(z) ** 2
    found = moments(target)
    assert found.slope == pytest.approx(density @ slope, rel=1e-9)
    assert found.wobble == pytest.approx(density @ slope**2 - (density @ slope) ** 2, rel=1e-7)
    assert found.target == pytest.approx(density @ (z * value), rel=1e-9)
    assert found.target == pytest.approx(found.slope if target == "tanh" else np.exp(-0.5), rel=1e-9)
    assert found.square == pytest.approx(density @ value**2, rel=1e-9)


@pytest.mark.parametrize(("alpha_0", "overlap"), [(0.5, 0.563), (2.0, 0.806)])
def test_theory_has_the_numbers_of_the_paper(alpha_0: float, overlap: float) -> None:
    spike = spike_of(sized(1000, **{"method.alpha_0": alpha_0}))
    assert spike.overlap == pytest.approx(overlap, abs=6e-4)
    if alpha_0 == 0.5:
        assert spike.strength == pytest.approx(20.6, abs=0.05)
    assert spike.edge(0) == 2
    assert spike.threshold is not None
    assert spike.top_value(spike.threshold * 0.99) == pytest.approx(2, abs=0.01)
    assert spike.seen_overlap(spike.threshold * 0.99) == 0 < spike.seen_overlap(spike.threshold * 1.01)
    assert spike.seen_overlap(1) == pytest.approx(spike.overlap, rel=0.01)


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0])
def test_the_spike_of_theory_is_that_of_matrices(shape: float) -> None:
    """A part of rank one in Gaussian noise, at a place where noise still pulls at both value and direction."""
    d = 200
    width = round(d * shape)
    u, v, noise = gaussian(width, seed=1), gaussian(d, seed=2), gaussian(width, d) / d**0.5
    spike = Spike(row=2.5 / width**0.5, overlap=1.0, growth=0.0, width=width, shape=shape)
    _, values, rows = torch.linalg.svd(noise + 2.5 * torch.outer(u / u.norm(), v / v.norm()), full_matrices=False)
    assert float(values[0]) == pytest.approx(spike.top_value(1), rel=0.05)
    assert float(values[1]) == pytest.approx(spike.edge(1), rel=0.05)
    assert abs(float(rows[0] @ v / v.norm())) == pytest.approx(spike.seen_overlap(1), rel=0.05)


def test_without_a_spike_theory_does_not_care_which_direction_is_looked_along() -> None:
    """Averages given κ have to add up to those of plain random features, wherever κ lies."""
    found = [errors_on_spike(Spike(0.0, overlap, 0.0, 100, 1.0), "tanh", 0.01, (0.2, 3.0)) for overlap in (0, 0.5, 1)]
    assert np.array(found[0], float) == pytest.approx(np.array([0.4018, 0.1667]), abs=1e-4)
    assert np.array(found[1:], float) == pytest.approx(np.array([found[0]] * 2, float), rel=1e-6)


@pytest.mark.parametrize(
    ("target", "settings", "near"),
    [
        ("tanh", (0.5, 1.0, 0.01, (0.2, 0.67, 1.13, 1.6, 2.07, 2.53, 3.0)), 0.045),
        ("sin", (20.0, 3.0, 0.1, (0.2, 0.9, 1.6, 2.3, 3.0)), 0.03),
    ],
)
def test_the_error_of_theory_is_near_the_printed(
    target: str, settings: tuple[float, float, float, tuple[float, ...]], near: float
) -> None:
    printed = {
        "tanh": (0.294, 0.319, 0.277, 0.206, 0.172, 0.155, 0.145),
        "sin": (0.0486, 0.0431, 0.0381, 0.0351, 0.0333),
    }
    names = ("method.alpha_0", "method.eta", "method.ridge", "method.alphas")
    config = sized(1000, **{"problem.label_function": target}, **dict(zip(names, settings, strict=True)))
    assert np.array(readout_errors(config), float) == pytest.approx(np.array(printed[target]), rel=near)


@pytest.fixture(scope="module")
def learned() -> Recording:
    return record(sized(SMALL, **{"capture.test_samples": 2000, "method.alpha_0": 2.0}))


def test_a_small_run_is_near_theory(learned: Recording) -> None:
    config = sized(SMALL, **{"method.alpha_0": 2.0})
    spike, first, last = spike_of(config), learned.frames[0].metrics, learned.frames[-1].metrics
    assert last["target_overlap"] == pytest.approx(spike.seen_overlap(1), rel=0.06)
    assert last["top_value"] == pytest.approx(spike.top_value(1), rel=0.1)
    assert last["mean_cosine"] == pytest.approx(spike.cosine(1), rel=0.1)
    alphas = config.method.alphas
    before = errors_on_spike(replace(spike, row=0.0, growth=0.0), "tanh", 0.01, alphas)
    for frame, theory in ((first, before), (last, readout_errors(config))):
        found = np.array([frame[mse_name(alpha)] for alpha in alphas], float)
        assert found == pytest.approx(np.array(theory, float), rel=0.2)
    assert {"spike", "emerged", "compared"} == {event.kind for event in learned.events.values()}
    assert np.isfinite(learned.frames[-1].tensors["readout_mse"]).all()


@pytest.mark.parametrize("settings", [{"method.eta": 0.0}, {"problem.labels": "shuffled"}])
def test_controls_fail(settings: dict[str, Any], learned: Recording) -> None:
    told = record(sized(SMALL, **{"capture.test_samples": 2000, "method.alpha_0": 2.0}, **settings))
    kinds = {event.kind for event in told.events.values()}
    assert "control" in kinds
    assert "emerged" not in kinds
    assert ("spike" in kinds) == ("problem.labels" in settings)  # of noise
    last, first, good = (frame.metrics for frame in (told.frames[-1], told.frames[0], learned.frames[-1]))
    assert first == {**learned.frames[0].metrics, "overlap_predicted": 0.0, "top_predicted": 2.0}
    error, of_learned, untrained = (
        np.array([one[mse_name(alpha)] for alpha in configured().method.alphas], float) for one in (last, good, first)
    )
    assert (error > 1.3 * of_learned).all()
    assert error.mean() > 0.9 * untrained.mean() if "problem.labels" in settings else (error == untrained).all()


def said(config: OneStepConfig, metrics: dict[str, float | None], **tensors: Any) -> dict[str, str]:
    frame = Frame(4, "step", metrics, {}, {name: np.array(t, np.float32) for name, t in tensors.items()})
    return says(frame, config, {"emerged": 2}, {"test_mse_0_20": 0.4})


def test_sentences_have_the_numbers_of_their_frame() -> None:
    config = configured()
    found = said(
        config,
        {"path_t": 0.5, "top_value": 6.0, "second_value": 2.0, "target_overlap": 0.5, "test_mse_0_20": 0.3},
        along_target=[0.2, 0.4],
        along_noise=[0.3, 0.5],
        target_cosine=[0.2, 0.4],
    )
    plane = "the middle of all neurons lies 0.5 from zero, in a direction with a cosine of 0.60 with the target."
    assert found["plane"] == f"After 50\u00a0% of the step {plane}"
    assert found["turning"] == "Neurons have a cosine of 0.30 ± 0.10 with the target; random ones have 0 ± 0.11."
    assert found["spectrum"] == "The largest singular value is 6, 3.0 times the second: a spike of its own."
    assert found["curves"].endswith("It has been more than chance since t = 0.25.")
    assert found["readouts"].endswith("test error is 0.300; on random features, before the step, it was 0.400.")
    control = said(
        configured(**{"method.eta": 0}), {"path_t": 0.5, "target_overlap": 0.1}, along_target=[0], along_noise=[0]
    )
    assert control["curves"].endswith("; that of a random direction is about 0.11.")
    assert control["plane"].startswith("The step has size zero")


def test_of_weights_that_are_no_numbers_it_is_said() -> None:
    told = record(configured(**{"method.eta": 1e30, "capture.frames": 2}))
    kinds = [event.kind for event in told.events.values()]
    assert "unmeasured" not in kinds
    lost = dict.fromkeys(("top_value", "target_overlap", "test_mse_0_20"))
    nan = [np.nan, np.nan]
    found = said(configured(), {"path_t": 1.0, **lost}, along_target=nan, along_noise=nan, target_cosine=nan)
    assert set(found.values()) == {"The weights are no longer numbers."}
    assert len(found) == 5
    assert said(configured(), {}) == {}


@pytest.mark.parametrize(
    ("settings", "pointer", "words"),
    [
        ({"method": {"alphas": [0.2, 0.2]}}, "/method/alphas", "larger than the one before"),
        ({"method": {"alphas": []}}, "/method/alphas", "at least 1"),
        ({"problem": {"d": 10}, "method": {"alpha_0": 0.01}}, "/method", "less than one sample: raise α₀ and α, or d"),
        ({"method": {"eta": -1}}, "/method/eta", "greater than or equal to 0"),
        ({"problem": {"labels": "none"}}, "/problem/labels", "'target' or 'shuffled'"),
    ],
)
def test_what_cannot_be_is_refused_in_words(settings: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        parse_config({"study": "one_step", **settings})
    assert pointer in [field.pointer for field in caught.value.fields]
    assert words in caught.value.detail


def test_statements_apply_where_their_assumptions_hold() -> None:
    applies = {
        eta: {one.id for one in theory_of(configured(**{"method.eta": eta})).statements if one.applies}
        for eta in (1.0, 0.01, 0.0)
    }
    assert applies[1.0] == {"direction", "size", "leaves", "readouts"}
    assert applies[0.01] == {"direction", "size", "readouts"}
    assert applies[0.0] == {"readouts"}


def test_the_cost_follows_what_costs() -> None:
    base = estimate(configured())
    for path, value in (("problem.d", 400), ("method.width", 400), ("method.alpha_0", 50), ("training.steps", 100)):
        settings: dict[str, Any] = {path: value, "capture.frames": 60} if path == "training.steps" else {path: value}
        more = estimate(configured(**settings))
        assert more.work > base.work
        assert more.memory >= base.memory
