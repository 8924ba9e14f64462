"""ResNet-18, written once, against MONAI's: the same function of the same weights."""

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from emergescope.studies.mixture.resnet import ResNet18, resnet18
from emergescope.toolkit.seeds import Stream, generator

if TYPE_CHECKING:
    from monai.networks.nets.resnet import ResNet


def _ours(width: int, channels: int, stride: int, dtype: torch.dtype = torch.float64) -> ResNet18:
    return resnet18(width, channels, 10, generator(0, Stream.INITIALISATION), dtype, stem_stride=stride)


def _monai(width: int, channels: int, stride: int) -> "ResNet":
    from monai.networks.nets.resnet import ResNet  # noqa: PLC0415 - takes seconds, and all who collect this file would

    return ResNet(
        "basic",
        [2, 2, 2, 2],
        [width, 2 * width, 4 * width, 8 * width],
        spatial_dims=2,
        n_input_channels=channels,
        conv1_t_size=3,
        conv1_t_stride=stride,
        no_max_pool=True,
        num_classes=10,
        bias_downsample=False,
    ).double()


def _carry(ours: ResNet18, theirs: "ResNet") -> None:
    """Our weights into their network: names are the same."""
    counters = {name: t for name, t in theirs.state_dict().items() if name.endswith("num_batches_tracked")}
    theirs.load_state_dict(ours.state() | counters)


def _images(n: int, channels: int, side: int) -> tuple[Tensor, Tensor]:
    chance = generator(1, Stream.TRAINING)
    x = torch.randn(n, channels, side, side, generator=chance, dtype=torch.float64)
    return x, torch.randint(10, (n,), generator=chance)


def test_it_has_as_many_parameters_as_the_original() -> None:
    ours, theirs = _ours(64, 3, 1, torch.float32), _monai(64, 3, 1)
    assert sum(t.numel() for t in ours.parameters.values()) == 11_173_962
    assert {name: t.shape for name, t in theirs.named_parameters()} == {n: t.shape for n, t in ours.parameters.items()}


@pytest.mark.parametrize(("channels", "side", "stride"), [(1, 28, 2), (3, 32, 1), (3, 20, 2)])
def test_outputs_gradients_and_statistics_are_those_of_monai(channels: int, side: int, stride: int) -> None:
    ours, theirs = _ours(4, channels, stride), _monai(4, channels, stride)
    _carry(ours, theirs)
    x, labels = _images(6, channels, side)
    for _ in range(2):  # the second time with statistics that have moved
        descent = ours.descent(x, labels)
        theirs.train().zero_grad()
        loss = functional.cross_entropy(theirs(x), labels)
        torch.autograd.backward(loss)
        assert descent.loss == pytest.approx(loss.item(), rel=1e-12)
        for name, parameter in theirs.named_parameters():
            assert parameter.grad is not None
            assert torch.allclose(descent.gradient[name], parameter.grad, rtol=1e-9, atol=1e-12), name
        for name, buffer in theirs.named_buffers():
            if not name.endswith("num_batches_tracked"):
                assert torch.allclose(ours.statistics[name], buffer, rtol=1e-12, atol=0), name
        with torch.no_grad():
            assert torch.allclose(ours.logits(x), theirs.eval()(x), rtol=1e-9, atol=1e-12)


def test_convolutions_start_with_the_deviation_of_their_fan_out() -> None:
    for name, kernel in _ours(32, 3, 1).parameters.items():
        if kernel.ndim == 4:
            expected = (kernel.shape[0] * kernel.shape[2] ** 2) ** -0.5
            assert float(kernel.std()) == pytest.approx(expected, rel=0.1), name


def test_both_precisions_start_alike_and_nothing_else_draws() -> None:
    before = torch.get_rng_state()
    double, single = _ours(4, 3, 1), _ours(4, 3, 1, torch.float32)
    assert torch.equal(torch.get_rng_state(), before)
    for name, parameter in double.parameters.items():
        assert torch.equal(parameter.float(), single.parameters[name])


def test_a_snapshot_and_a_state_hold_the_statistics_too() -> None:
    network = _ours(4, 1, 2)
    x, labels = _images(6, 1, 16)
    before, kept, expected = network.snapshot(), network.state(), network.logits(x).clone()
    network.descent(x, labels)
    assert not torch.equal(network.logits(x), expected)
    assert torch.equal(before.logits(x), expected)
    network.restore(kept)
    assert torch.equal(network.logits(x), expected)


def test_a_state_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="conv1"):
        _ours(4, 1, 1).restore(_ours(8, 1, 1).state())


def test_one_small_picture_can_be_learned_from() -> None:
    network = _ours(4, 1, 1)
    x, labels = _images(1, 1, 8)  # one value is left of it for each channel of the last stage
    network.descent(x, labels)
    assert all(bool(t.isfinite().all()) for t in network.statistics.values())


def test_neurons_are_the_filters_of_the_stem() -> None:
    network = _ours(4, 3, 1)
    weights, bias, gain = network.neurons()
    assert torch.equal(weights.reshape(4, 3, 3, 3), network.parameters["conv1.weight"])
    assert bias.tolist() == [0.0] * 4
    assert gain.tolist() == [1.0] * 4
