"""One step at growing sizes: its algebra against autograd and other routes, theory against matrices, what is told."""

from itertools import pairwise
from math import exp, factorial, sqrt
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
from emergescope.studies.spikes import STUDY
from emergescope.studies.spikes.bulk import Bulk
from emergescope.studies.spikes.config import SpikesConfig
from emergescope.studies.spikes.expected import departure, expected_at, gradient_of, moments
from emergescope.studies.spikes.milestones import Milestones
from emergescope.studies.spikes.network import draw_path, draw_samples, features, hermite, step
from emergescope.studies.spikes.says import says
from emergescope.studies.spikes.theory import theory_of
from emergescope.testing import Recording, record
from emergescope.toolkit.seeds import Stream

SMALL = {"problem.d": 300, "method.width": 300, "method.samples": 3000, "method.step_constant": 2.0}
PATH = {"training.steps": 20, "capture.frames": 21, "capture.test_samples": 2000}


def configured(**settings: Any) -> SpikesConfig:
    """The usual configuration, tiny, with some settings changed by path."""
    config = apply_overrides(STUDY.usual, {**STUDY.tiny, "training.device": "cpu", **settings})
    assert isinstance(config, SpikesConfig)
    return config


def gaussian(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("activation", ["sin", "tanh"])
def test_the_step_is_that_of_autograd(activation: str) -> None:
    config = configured(**{"method.activation": activation})
    x, w, a = gaussian(40, 5, seed=1), gaussian(7, 5).requires_grad_(), gaussian(7, seed=2)
    y, b = x[:, 0] ** 2, config.method.input_shift
    z, weight = np.polynomial.hermite_e.hermegauss(100)
    mean = float(weight @ getattr(np, activation)(z + b) / weight.sum())
    loss = ((getattr(torch, activation)(x @ w.T + b) - mean) @ a / 7**0.5 - y).square().mean() / 2
    (gradient,) = torch.autograd.grad(loss, w)
    torch.testing.assert_close(step(w.detach(), a, x, y, config), -(7**0.5) * gradient, rtol=1e-10, atol=1e-12)


def test_hermite_polynomials_are_orthonormal() -> None:
    z, weight = np.polynomial.hermite_e.hermegauss(30)
    values = torch.stack([hermite(k, torch.from_numpy(z)) for k in range(6)]).numpy()
    assert (values * weight / weight.sum()) @ values.T == pytest.approx(np.eye(6), abs=1e-10)
    assert values[3] == pytest.approx((z**3 - 3 * z) / sqrt(6), abs=1e-9)


def test_labels_are_of_the_first_input_alone_and_shuffled_ones_of_others() -> None:
    config = configured(**{"problem.degrees": [1.0, 0.5]})
    x, y = draw_samples(config, Stream.TRAINING, 30, torch.empty(0, dtype=torch.float64))
    torch.testing.assert_close(y, x[:, 0] + 0.5 * (x[:, 0] ** 2 - 1) / 2**0.5)
    true, direction = draw_path(configured(), torch.float64, "cpu")
    other, _ = draw_path(configured(**{"problem.labels": "shuffled"}), torch.float64, "cpu")
    torch.testing.assert_close(true.start, other.start)
    torch.testing.assert_close(true.start.norm(dim=1), torch.ones(60, dtype=torch.float64))
    assert float(direction.norm()) == pytest.approx(1)
    assert abs(float(direction[0])) > 0.8
    assert float(other.move[:, 0].norm() / other.move.norm()) < 0.4


def test_moments_of_the_sine_are_its_derivatives() -> None:
    """Stein: E σ(z) He_k(z) = E σ^(k)(z); and E sin(z + b) = exp(-1/2) sin b."""
    b, known = 0.7, moments("sin", 0.7)
    derivatives = (np.cos(b), -np.sin(b), -np.cos(b), np.sin(b))
    assert known.mean == pytest.approx(exp(-0.5) * np.sin(b))
    for k, value in enumerate(derivatives, 1):
        assert known.coefficients[k - 1] == pytest.approx(exp(-0.5) * value / factorial(k), abs=1e-12)
    assert known.variance == pytest.approx((1 - exp(-2) * np.cos(2 * b)) / 2 - known.mean**2)
    assert known.wobble == pytest.approx((1 + exp(-2) * np.cos(2 * b)) / 2 - known.slope**2)
    assert moments("tanh", 0.0).coefficients[1] == pytest.approx(0, abs=1e-12)


def test_without_a_linear_part_the_bulk_is_that_of_marchenko_and_pastur() -> None:
    bulk = Bulk(samples=900, width=400, inputs=100, linear=0.0, rest=0.7)
    assert bulk.edge == pytest.approx(0.7 * (30 + 20), rel=1e-6)
    threshold = 0.7 * (900 * 400) ** 0.25
    assert bulk.of_features(threshold * 0.99) == bulk.edge < bulk.of_features(threshold * 1.01)
    size, noise = 45.0, 0.7
    expected = sqrt((noise**2 * 900 + size**2) * (noise**2 * 400 + size**2)) / size
    assert bulk.of_features(size) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("inputs", [200, 600])
def test_the_bulk_and_what_leaves_it_are_those_of_matrices(inputs: int) -> None:
    """A linear part and noise, with a part of rank one in the features, and another in the weights."""
    n, width, linear, rest = 1200, 400, 0.5, 0.3
    bulk = Bulk(n, width, inputs, linear, rest)
    x, w = gaussian(n, inputs, seed=1), gaussian(width, inputs) / inputs**0.5
    noise, u, v = gaussian(n, width, seed=2), gaussian(n, seed=3), gaussian(width, seed=4)
    u, v, b = u / u.norm(), v / v.norm(), gaussian(inputs, seed=5)
    plain = linear * x @ w.T + rest * noise
    assert float(torch.linalg.svdvals(plain)[0]) == pytest.approx(bulk.edge, rel=0.03)
    found = torch.linalg.svdvals(plain + 60 * torch.outer(u, v))
    assert bulk.of_features(60) > 1.05 * bulk.edge
    assert float(found[0]) == pytest.approx(bulk.of_features(60), rel=0.03)
    moved = linear * x @ (w + 3 * torch.outer(v, b / b.norm())).T + rest * noise
    assert float(torch.linalg.svdvals(moved)[0]) == pytest.approx(bulk.of_inputs(3), rel=0.05)
    assert bulk.of_inputs(3) > 1.1 * bulk.edge == 1.1 * bulk.of_inputs(0.1)


def test_small_steps_make_the_terms_of_the_paper() -> None:
    """c_k u^k: sizes are c1 v, c2 v² |He_2| |a²|, and c3 v³ |He_3| |a³ without its part along a|."""
    from emergescope.studies.spikes.expected import _averages, _modes  # noqa: PLC0415

    config = configured()
    v, known = 0.02, moments("sin", 0.7).coefficients
    sizes = dict(_modes(_averages(config.method, v, 0.0)[0], False))
    assert sizes[1] == pytest.approx(abs(known[0]) * v, rel=0.01)
    assert sizes[2] == pytest.approx(abs(known[1]) * v**2 * sqrt(2) * sqrt(3), rel=0.01)
    assert sizes[3] == pytest.approx(abs(known[2]) * v**3 * sqrt(6) * sqrt(6), rel=0.01)
    odd = dict(_modes(_averages(configured(**{"method.input_shift": 0.0}).method, v, 0.0)[0], False))
    assert odd[2] == pytest.approx(0, abs=1e-12)


def test_the_modes_are_the_singular_values_of_averages_over_draws() -> None:
    from emergescope.studies.spikes.expected import _averages, _modes  # noqa: PLC0415

    config, v = configured(), 0.7
    a, kappa = gaussian(3000, seed=1).numpy(), gaussian(3000, seed=2).numpy()
    drawn = np.exp(-0.5) * np.sin(v * np.outer(kappa, a) + 0.7)
    drawn -= drawn.mean(0)
    counted = torch.linalg.svdvals(torch.from_numpy(drawn))[:3].numpy() / 3000
    sizes = sorted((size for _, size in _modes(_averages(config.method, v, 0.0)[0], False)), reverse=True)
    assert sizes[:3] == pytest.approx(counted, rel=0.08)


def test_the_direction_of_the_step_is_that_of_theory() -> None:
    config = configured(**SMALL)
    path, direction = draw_path(config, torch.float32, "cpu")
    known = gradient_of(config.problem, config.method)
    assert known.overlap == pytest.approx(1 / sqrt(1 + 0.1 * 1.5))
    assert abs(float(direction[0])) == pytest.approx(known.overlap, rel=0.03)
    slope = moments("sin", 0.7).slope
    assert float(torch.linalg.svdvals(path.move)[0]) == pytest.approx(slope * known.length, rel=0.1)


def test_a_frame_has_what_numpy_finds_by_another_route() -> None:
    """Singular values of the features themselves, and least squares with rows added for the ridge."""
    config = configured(**{"training.dtype": "float64"})
    frame = record(config).frames[-1]
    path, direction = draw_path(config, torch.float64, "cpu")
    eta = 1.5 * 400**0.5
    assert frame.metrics["step_size"] == pytest.approx(eta)
    x, y = (one.numpy() for one in draw_samples(config, Stream.RIDGE_FIT, 400, path.start))
    t, truth = (one.numpy() for one in draw_samples(config, Stream.TEST, 200, path.start))
    w = (path.start + eta * path.move).T.numpy()
    h, mean = (features(torch.from_numpy(x @ w), config).numpy(), features(torch.from_numpy(t @ w), config).numpy())
    centred = h - h.mean(0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    assert frame.tensors["singular_values"][:10] == pytest.approx(values[:10] / 20, rel=1e-5)
    kappa = x @ direction.numpy()
    for k in range(4):
        polynomial = hermite(k + 1, torch.from_numpy(kappa)).numpy()
        cosine = np.corrcoef(left[:, k], polynomial)[0, 1]
        assert frame.metrics[f"carried_{k + 1}"] == pytest.approx(abs(cosine), abs=1e-4)
    powers = np.polynomial.hermite_e.hermevander(kappa, 12)
    rest = h - powers @ np.linalg.lstsq(powers, h, rcond=None)[0]
    assert frame.metrics["bulk_edge"] == pytest.approx(np.linalg.svd(rest, compute_uv=False)[0] / 20, rel=1e-4)
    rows = np.vstack([centred, sqrt(0.01 * 400) * np.eye(60)])
    readout = np.linalg.lstsq(rows, np.append(y - y.mean(), np.zeros(60)), rcond=None)[0]
    said = (mean - h.mean(0)) @ readout + y.mean()
    assert frame.metrics["test_mse"] == pytest.approx(((said - truth) ** 2).mean(), rel=1e-5)
    design = np.polynomial.hermite_e.hermevander(t[:, 0], 4)
    parts = np.linalg.lstsq(design, said, rcond=None)[0]
    for k, weight in enumerate(config.problem.degrees, 1):
        assert frame.metrics[f"learnt_{k}"] == pytest.approx(parts[k] * sqrt(factorial(k)) / weight, abs=1e-4)


@pytest.fixture(scope="module")
def learned() -> Recording:
    return record(configured(**SMALL, **PATH))


def left_at(told: Recording) -> dict[str, float]:
    return {one.kind: one.data["exponent"] for one in told.events.values() if one.data and "exponent" in one.data}


def test_spikes_leave_one_by_one_where_theory_says(learned: Recording) -> None:
    config, places = configured(**SMALL, **PATH), left_at(learned)
    for k in (2, 3, 4):
        assert places[f"spike_{k}"] == pytest.approx(departure(config, k), abs=0.03)
    counts = [frame.metrics["spike_count"] for frame in learned.frames]
    assert [counts[step] for step in (4, 10, 13)] == [1, 2, 3]
    for frame in learned.frames[::4]:
        expected = expected_at(config, frame.metrics["step_exponent"] or 0.0)
        found = [frame.metrics[f"singular_{k}"] or 0.0 for k in range(1, 5)]
        assert found == pytest.approx([expected.value(k) for k in range(1, 5)], rel=0.15)
    middle = learned.frames[12]
    assert middle.tensors["cosines"].argmax(1)[:3].tolist() == [0, 1, 2]


def test_degrees_of_the_target_are_learnt_in_their_order(learned: Recording) -> None:
    places = left_at(learned)
    assert places["degree_2"] < places["degree_3"]
    first, last = learned.frames[0].metrics, learned.frames[14].metrics
    assert abs(first["learnt_2"] or 0.0) < 0.1 > abs(first["learnt_3"] or 0.0)
    assert (last["learnt_2"] or 0.0) > 0.6
    assert (last["test_mse"] or 9.0) < 0.5 + 0.06 < (first["test_mse"] or 0.0)


@pytest.mark.parametrize(
    ("settings", "spikes"),
    [
        ({"method.output_weights": "equal"}, [1, 1, 1]),
        ({"method.input_shift": 0.0}, [1, 1, 3]),
        ({"problem.labels": "shuffled"}, [0, 1, 1]),
    ],
)
def test_controls_fail(settings: dict[str, Any], spikes: list[int], learned: Recording) -> None:
    told = record(configured(**SMALL, **PATH, **settings))
    kinds = {event.kind for event in told.events.values()}
    assert "control" in kinds
    assert "degree_2" not in kinds
    assert [told.frames[step].metrics["spike_count"] for step in (4, 10, 14)] == spikes
    assert (told.frames[14].metrics["test_mse"] or 0.0) > (learned.frames[14].metrics["test_mse"] or 9.0) + 0.05
    if settings == {"method.input_shift": 0.0}:
        assert told.frames[14].tensors["cosines"][1].argmax() == 2  # the second spike is a cubic
    if settings == {"problem.labels": "shuffled"}:
        assert gradient_of(configured(**settings).problem, configured().method).overlap == 0


def test_a_spike_leaves_between_two_frames() -> None:
    milestones = Milestones(configured())

    def seen(exponent: float, second: float) -> dict[str, float | None]:
        values = {"singular_1": 9.0, "singular_2": second, "singular_3": 1.0, "singular_4": 1.0}
        return {"step_exponent": exponent, "bulk_edge": 1.0, **values}

    cosines = [[0.9, 0.0], [0.1, 0.7], [0.1, 0.0], [0.0, 0.1]]
    told = milestones.watch(0, cosines, seen(0.2, 1.0))
    assert [one.kind for one in told] == ["spike_1"]
    (one,) = milestones.watch(1, cosines, seen(0.3, 1.1))
    assert one.data == {"exponent": pytest.approx(0.22), "value": 1.1, "held": (2, 0.7)}
    assert (
        one.text
        == "spike 2 leaves the bulk at a = 0.30: 1.10 √n, above 1.00 √n; it holds degree 2, with a cosine of 0.70"
    )
    again = Milestones(configured())
    again.restore(milestones.state())
    assert again.state() == milestones.state()
    assert again.watch(2, cosines, seen(0.4, 1.2)) == ()


def said(metrics: dict[str, float | None], left: dict[int, float] | None = None, **tensors: Any) -> dict[str, str]:
    frame = Frame(4, "a < 1/4", metrics, {}, {name: np.array(t, np.float32) for name, t in tensors.items()})
    return says(frame, configured(), left or {})


def test_sentences_have_the_numbers_of_their_frame() -> None:
    values: dict[str, float | None] = {"singular_1": 4.0, "singular_2": 2.0, "singular_3": 1.0, "singular_4": 1.0}
    found = said(
        {"step_exponent": 0.3, "step_size": 22.2, "bulk_edge": 1.02, "spike_count": 2.0, **values}
        | {"test_mse": 0.4, "learnt_1": 0.87, "learnt_2": 0.64, "learnt_3": -0.01},
        {1: 0.06, 2: 0.253},
        cosines=[[0.9, 0.0, 0.1, 0.0], [0.0, 0.8, 0.0, 0.1], [0.1, 0.1, 0.1, 0.1], [0.0, 0.0, 0.0, 0.0]],
    )
    assert found == {
        "shapes": "At a = 0.30 two spikes stand out of the bulk: a line, a parabola.",
        "curves": "The step size is 22.2, at a = 0.30. Spikes that have left the bulk: 1 at a = 0.06, 2 at a = 0.25.",
        "learning": "The test MSE is 0.400 at a = 0.30, below the 0.500 of the best linear readout.",
        "carried": "Spikes and what they hold most of, with the cosine: 1: degree 1 (0.90), 2: degree 2 (0.80).",
        "spectrum": "2 singular values stand out of the bulk, which ends at 1.02 √n; the largest is 4.00 √n.",
        "learnt": "The readout has 87\u00a0% of degree 1, 64\u00a0% of degree 2, 0\u00a0% of degree 3.",
    }
    mixed = said({"step_exponent": 0.5, "bulk_edge": 0.9, **values}, cosines=np.diag([0.8, 0.7, 0.3, 0.2]))
    assert mixed["shapes"].endswith("four spikes stand out of the bulk: a line, a parabola, two of several degrees.")
    values = dict.fromkeys(values, 1.0)
    none = said({"bulk_edge": 1.02, "spike_count": 0.0, **values}, cosines=np.zeros((4, 4)))
    assert none["shapes"] == "At a = 0.00 no spike stands out: four clouds, and no shape in them."
    assert none["carried"].startswith("No singular vector")
    assert said({}) == {}


def test_of_weights_that_are_no_numbers_it_is_said() -> None:
    told = record(configured(**{"training.to_exponent": 1.0, "method.samples": 1_000, "method.step_constant": 1e6}))
    assert "unmeasured" not in [event.kind for event in told.events.values()]
    lost = dict.fromkeys(("singular_1", "test_mse", "spike_count", "bulk_edge"))
    found = said(lost)
    assert set(found) == {"shapes", "learning", "carried", "spectrum", "learnt"}
    assert set(found.values()) == {"The weights are no longer numbers."}


@pytest.mark.parametrize(
    ("settings", "pointer", "words"),
    [
        ({"problem": {"degrees": [0, 0]}}, "/problem/degrees", "give one degree a weight that is not"),
        ({"problem": {"degrees": []}}, "/problem/degrees", "at least 1"),
        ({"training": {"from_exponent": 0.5}}, "/training/to_exponent", "above the first, 0.5"),
        ({"method": {"step_constant": 0}}, "/method/step_constant", "greater than 0"),
        ({"method": {"output_weights": "none"}}, "/method/output_weights", "'normal' or 'equal'"),
    ],
)
def test_what_cannot_be_is_refused_in_words(settings: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        parse_config({"study": "spikes", **settings})
    assert pointer in [field.pointer for field in caught.value.fields]
    assert words in caught.value.detail


def test_stages_end_at_the_thresholds_of_the_limit() -> None:
    """Between them the paper has one spike, two, three, and more."""
    usual = STUDY.usual.stages
    assert [(stage.name, stage.steps) for stage in usual] == [
        ("a < 1/4", 25),
        ("a < 1/3", 8),
        ("a < 3/8", 4),
        ("a > 3/8", 13),
    ]
    late = configured(**{"training.from_exponent": 0.3, "training.to_exponent": 0.35, "training.steps": 5})
    assert [(stage.name, stage.steps) for stage in late.stages] == [("a < 1/3", 3), ("a < 3/8", 2)]
    assert late.training.at(5) == pytest.approx(0.35)


def test_statements_apply_where_their_assumptions_hold() -> None:
    def applies(**settings: Any) -> set[str]:
        return {one.id for one in theory_of(configured(**settings)).statements if one.applies}

    everything = {"direction", "rank_one", "limit", "finite", "allowed"}
    assert applies() == everything
    assert applies(**{"problem.labels": "shuffled"}) == everything - {"direction", "allowed"}
    assert applies(**{"method.output_weights": "equal"}) == everything - {"rank_one", "limit"}
    assert applies(**{"method.input_shift": 0.0}) == everything - {"limit"}
    lines = {line.text: line.value for line in theory_of(configured()).lines}
    assert lines == {"the best linear readout": 0.5, "the best quadratic readout": 0.25}


def test_predicted_departures_follow_the_constant() -> None:
    """A step of twice the constant is where it was at an exponent that is smaller by log 2 / log n."""
    config, twice = STUDY.usual, apply_overrides(STUDY.usual, {"method.step_constant": 3.0})
    assert isinstance(config, SpikesConfig)
    assert isinstance(twice, SpikesConfig)
    places = [departure(config, k) or 0.0 for k in range(1, 5)]
    assert all(later > one for one, later in pairwise(places))
    assert places[1:] == pytest.approx([1 / 4, 1 / 3, 3 / 8], abs=0.015)
    assert departure(twice, 2) == pytest.approx(places[1] - np.log(2) / np.log(8000), abs=1e-3)


def test_the_cost_follows_what_costs() -> None:
    base = estimate(configured())
    for path, value in (("problem.d", 400), ("method.width", 400), ("method.samples", 4000), ("training.steps", 100)):
        settings: dict[str, Any] = {path: value, "capture.frames": 60} if path == "training.steps" else {path: value}
        more = estimate(configured(**settings))
        assert more.work > base.work
        assert more.memory >= base.memory
