"""A loop written by hand for the paper's problem, recorded, has the frames of the study's own camera, to the bit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from emergescope.recorder import record
from emergescope.recording.events import Frame, State
from emergescope.studies.patterns.camera import PatternsCamera
from emergescope.studies.patterns.config import DictionaryProblem, PatternsConfig
from emergescope.studies.patterns.drawn import DrawnDictionary
from emergescope.toolkit.ansatz_display import AnsatzCapture
from emergescope.toolkit.hinge.geometry import AmbientGeometry, Geometry
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork
from emergescope.toolkit.seeds import Stream
from tests.recorder.films import frames

SEED, STEPS, NEURONS = 3, 4, 30
SAME = {"alignment", "signal_cosine", "relevant_norm", "background_norm", "weight_norm", "bias", "output_weight"}
SAME |= {"layout", "landmarks", "singular_values"}
METRICS = ("signal_cosine_mean", "signal_cosine_min", "signal_to_background", "initial_cosine_mean")


@pytest.fixture
def one_thread() -> Iterator[None]:
    """As studies are filmed: how many threads add up may show in the last bit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Network(torch.nn.Module):
    """Two layers in R^d, as anybody would write them."""

    def __init__(self, d: int) -> None:
        super().__init__()
        chance = torch.Generator().manual_seed(SEED)
        self.first = torch.nn.Linear(d, NEURONS)
        self.second = torch.nn.Linear(NEURONS, 1, bias=False)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=chance) * 0.3)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x).clamp(0, 1))[:, 0]  # type: ignore[no-any-return]


def _train(problem: DictionaryProblem, drawn: DrawnDictionary) -> Iterator[tuple[int, Network, float]]:
    network, sampler = Network(problem.d), drawn.sampler(Stream.TRAINING)
    optimiser = torch.optim.SGD(network.parameters(), lr=1.0)
    matrix, loss = drawn.dictionary.matrix.float(), 0.0
    for step in range(STEPS):
        yield step, network, loss
        batch = sampler.batch(200)
        x = batch.x if batch.x.shape[1] == problem.d else batch.x @ matrix.T
        losses = torch.relu(1 - batch.y * network(x)).mean()
        optimiser.zero_grad()
        losses.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        loss = losses.item()


def _by_the_study(config: PatternsConfig, drawn: DrawnDictionary, geometry: Geometry) -> Iterator[Frame]:
    camera = None
    for step, network, loss in _train(config.problem, drawn):
        w, b, a = network.first.weight.detach(), network.first.bias.detach(), network.second.weight.detach()[0]
        q, outside = geometry.split(w if isinstance(geometry, AmbientGeometry) else w.double())
        parts = (part.float().clone() for part in (q, b, a, outside))
        twin = TwoLayerNetwork(geometry, *parts)
        camera = camera or PatternsCamera(config, twin, drawn, {}, {})
        yield camera.take(State(step, "features", {"loss": loss}), twin).frame


@pytest.mark.parametrize("dictionary", ["orthonormal", "incoherent"])
@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.usefixtures("one_thread")
def test_frames_are_those_of_the_study(dictionary: str, noise: float, tmp_path: Path) -> None:
    problem = DictionaryProblem(d=60, D=20, k=3, dictionary=dictionary, input_noise=noise)
    look = AnsatzCapture(probe_every=0, test_samples=100, max_neurons=20, max_patterns=15)
    config = PatternsConfig(seed=SEED, problem=problem, capture=look)
    drawn = DrawnDictionary(problem, SEED, "cpu", torch.float32)
    geometry = AmbientGeometry(drawn.dictionary, torch.float32, "cpu")  # in R^d, as the loop has its weights
    study = [*_by_the_study(config, drawn, geometry)]

    asked: Any = {"directions": drawn.dictionary.matrix, "relevant": drawn.dictionary.relevant, "seed": SEED}
    with record("loop", **asked, directory=tmp_path / "run", max_neurons=20, max_directions=15, strict=True) as rec:
        for step, network, loss in _train(problem, drawn):
            rec.snapshot(step, network.first, metrics={"loss": loss}, output=network.second)

    recorded = frames(tmp_path / "run")
    assert len(recorded) == len(study) == STEPS
    for ours, theirs in zip(recorded, study, strict=True):
        for name in SAME:
            assert ours.tensors[name].dtype == theirs.tensors[name].dtype
            assert ours.tensors[name].tobytes() == theirs.tensors[name].tobytes(), f"{name} at step {ours.step}"
        assert [ours.metrics[name] for name in METRICS] == [theirs.metrics[name] for name in METRICS]
        assert ours.layout == theirs.layout
    assert not np.array_equal(recorded[0].tensors["alignment"], recorded[-1].tensors["alignment"])
    if noise == 0:  # and in the coordinates of patterns that the study trains in, but for rounding
        for ours, theirs in zip(recorded, _by_the_study(config, drawn, drawn.geometry), strict=True):
            assert np.allclose(ours.tensors["alignment"], theirs.tensors["alignment"], atol=1e-3)
