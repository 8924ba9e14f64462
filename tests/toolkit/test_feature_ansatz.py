"""The feature ansatz: gradients with respect to inputs are autograd's, an identity holds where theory says so."""

import math

import pytest
import torch
from torch import Tensor

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_study
from emergescope.config.run import RunConfig
from emergescope.recording.capture import Checkpoint
from emergescope.recording.codec import encode
from emergescope.recording.declared import undeclared
from emergescope.recording.events import Frame
from emergescope.studies.hidden_progress.config import OneHiddenLayer
from emergescope.studies.hidden_progress.network import draw_network
from emergescope.testing import record
from emergescope.toolkit.ansatz_display import COSINE, GRADIENT, MOVED, says
from emergescope.toolkit.dictionary import Dictionary
from emergescope.toolkit.feature_ansatz import average_outer_product, centred_cosine, feature_ansatz, square_root
from emergescope.toolkit.hinge.geometry import AmbientGeometry, Geometry
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork

N = 9


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def autograd(output: Tensor, x: Tensor) -> Tensor:
    (found,) = torch.autograd.grad(output.sum(), x)
    return found


def dictionary(d: int, patterns: int, *, orthonormal: bool) -> Dictionary:
    matrix = drawn(d, patterns, seed=3)
    return Dictionary(torch.linalg.qr(matrix)[0] if orthonormal else matrix / matrix.norm(dim=0), (0, 2))


def test_input_gradients_of_a_relu_network_are_those_of_autograd() -> None:
    network, x = draw_network(OneHiddenLayer(width=16), N, 0, torch.float64, "cpu"), drawn(40, N).requires_grad_()
    found = autograd(network.output(x), x)
    torch.testing.assert_close(network.input_gradient(x.detach()), found, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("orthonormal", [True, False])
def test_input_gradients_of_a_truncated_relu_are_those_of_autograd_in_r_d(*, orthonormal: bool) -> None:
    """The network sees coefficients of patterns; the gradient is with respect to the input itself, in R^d."""
    known = dictionary(14, N, orthonormal=orthonormal)
    geometry, w, b, a = Geometry(known, torch.float64, "cpu"), drawn(12, 14), drawn(12, seed=1), drawn(12, seed=2)
    q, outside = geometry.split(w)
    network, phi = TwoLayerNetwork(geometry, q, b, a, outside), drawn(50, N, seed=4)
    x = (phi @ known.matrix.T).requires_grad_()
    gradient = autograd((x @ w.T + b).clamp(0, 1) @ a, x)
    torch.testing.assert_close(network.input_gradient(phi), gradient @ known.matrix)
    # Compared is the root of the mean outer product of its part in the span of the patterns, between them.
    span = torch.linalg.qr(known.matrix)[0]
    root = span @ square_root(average_outer_product([gradient @ span])) @ span.T
    coordinates, patterns = geometry.coordinates(network.input_gradient(phi)), geometry.patterns()
    _, tensors = feature_ansatz(
        geometry.coordinates(q), [coordinates[:20], coordinates[20:]], torch.arange(N), patterns
    )
    for name, side in ((MOVED, w.T @ w), (GRADIENT, root)):
        expected = known.matrix.T @ side @ known.matrix
        torch.testing.assert_close(tensors[name].double(), expected / expected.abs().max(), rtol=0, atol=1e-3)
    ambient = AmbientGeometry(known, torch.float64, "cpu")
    noisy = TwoLayerNetwork(ambient, w, b, a, w.new_zeros(12, 0))
    torch.testing.assert_close(noisy.input_gradient(x.detach()), gradient)
    torch.testing.assert_close(ambient.patterns(), known.matrix)


def test_it_is_an_identity_for_a_linear_network_with_balanced_layers() -> None:
    """a a' = W W': then E[g g'] = W' a a' W = (W' W)^2. Of layers that are not balanced it is none."""
    v, u = drawn(N), drawn(5, seed=1)
    w = torch.outer(u, v)
    a = u * v.norm()
    metrics, tensors = feature_ansatz(w, [(a @ w).expand(30, N)], torch.arange(N))
    assert metrics[COSINE] == pytest.approx(1, abs=1e-12)
    torch.testing.assert_close(tensors[MOVED], tensors[GRADIENT], rtol=0, atol=1e-3)
    unbalanced = drawn(5, N, seed=2)
    other = feature_ansatz(unbalanced, [(a @ unbalanced).expand(30, N)], torch.arange(N))[0][COSINE]
    assert other is not None
    assert other < 0.9


def test_the_cosine_is_that_of_entries_less_their_means() -> None:
    one, other = drawn(6, 6), drawn(6, 6, seed=1)
    expected = torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1]
    assert centred_cosine(one, other) == pytest.approx(float(expected))
    assert centred_cosine(one, 3 - 2 * one) == pytest.approx(-1)
    assert centred_cosine(one, torch.ones(6, 6)) is None


def test_it_is_not_measured_before_weights_move_and_is_no_number_where_they_are_none() -> None:
    gradients, shown = [drawn(8, N)], torch.arange(3)
    metrics, tensors = feature_ansatz(torch.zeros(4, N), gradients, shown)
    assert COSINE not in metrics
    assert tensors[MOVED].shape == (3, 3)
    assert not tensors[MOVED].any()
    metrics, tensors = feature_ansatz(torch.full((4, N), math.nan), gradients, shown)
    assert metrics == {COSINE: None}
    assert tensors[GRADIENT].isnan().all()


def test_sentences_are_true_of_every_frame() -> None:
    gradients, shown = [drawn(8, N)], torch.arange(N)

    def said(moved: Tensor) -> dict[str, str]:
        metrics, tensors = feature_ansatz(moved, gradients, shown)
        return says(Frame(1, "training", metrics, {}, {name: t.numpy() for name, t in tensors.items()}), 2, "inputs")

    assert says(Frame(1, "training", {}, {}, {}), 2, "inputs") == {}
    assert said(torch.zeros(4, N))["ansatz"] == said(torch.zeros(4, N))[MOVED] == "No weight has moved yet."
    assert set(said(torch.full((4, N), math.nan)).values()) == {"The weights are no longer numbers."}
    one = torch.zeros(4, N)
    one[:, 0], one[:, 5] = 3, 1  # squares: 9 to 1
    assert (
        said(one)[MOVED]
        == "90% of how far the weights have moved is along the 2 relevant inputs; spread evenly it would be 22%."
    )
    assert said(one)["ansatz"].startswith("Where the weights have moved and where the output changes are ")


@pytest.mark.parametrize("study", ["hidden_progress", "patterns"])
def test_a_study_shows_it_where_that_is_asked_for_and_nothing_else_changes(study: str) -> None:
    known = get_study(study)
    config: RunConfig = apply_overrides(known.usual, {**known.tiny, "training.device": "cpu"})
    on = apply_overrides(config, {"capture.ansatz": True})
    plain, asked = record(config).frames, record(on).frames
    assert [_without(frame) for frame in asked] == [_without(frame) for frame in plain]
    assert COSINE not in plain[-1].metrics
    cosine = asked[-1].metrics[COSINE]
    assert cosine is not None
    assert -1 <= cosine <= 1
    assert "ansatz" in asked[-1].says
    half = record(on, stop=(config.total_steps // 2).__eq__)
    rest = record(on, Checkpoint.decode(half.checkpoint)).frames
    assert [encode(frame, "x", 0) for frame in (*half.frames, *rest)] == [encode(frame, "x", 0) for frame in asked]
    assert list(undeclared(asked[-1], known.display(on, record(on, stop=(0).__eq__).facts))) == []
    shown, hidden = (known.display(one, None) for one in (on, config))
    assert {panel.id for panel in shown.panels} - {panel.id for panel in hidden.panels} == {"ansatz", MOVED, GRADIENT}
    assert asked[-1].tensors.keys() - plain[-1].tensors.keys() == {MOVED, GRADIENT}
    assert known.cost(on).work > known.cost(config).work
    assert [one.id for one in known.theory(on).statements if one not in known.theory(config).statements] == [
        "feature-ansatz"
    ]


def _without(frame: Frame) -> tuple[object, ...]:
    metrics = {name: value for name, value in frame.metrics.items() if name != COSINE}
    tensors = {name: t.tobytes() for name, t in frame.tensors.items() if name not in (MOVED, GRADIENT)}
    said = {panel: text for panel, text in frame.says.items() if not panel.startswith("ansatz")}
    return frame.step, metrics, tensors, said
