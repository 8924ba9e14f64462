"""Whatever weights are held in, a recording has what studies show of neurons beside directions."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from emergescope.recorder import record
from emergescope.recording.declared import undeclared, unknown
from emergescope.recording.display import Display, Metric
from emergescope.recording.display import Tensor as Declared
from tests.recorder.films import display_of, events, frames, run_of

CHANCE = torch.Generator().manual_seed(0)
SHOWN = {"alignment", "signal_cosine", "relevant_norm", "background_norm", "weight_norm", "layout", "landmarks"}
SHOWN |= {"singular_values"}


def _random(*shape: int) -> Tensor:
    return torch.randn(shape, generator=CHANCE)


def _record(path: Path, weights: Any, **asked: Any) -> tuple[Any, Display]:
    """The last of two frames, and the display, which declares all of it."""
    with record("run", directory=path, strict=True, **asked) as rec:
        for step in range(2):
            rec.snapshot(step, weights, metrics={"loss": 1.0})
    display, (_, last) = display_of(path), frames(path)
    assert [*unknown(display)] == []
    assert [*undeclared(last, display)] == []
    return last, display


def _cosine(rows: Any, directions: Any) -> Any:
    rows, directions = np.asarray(rows, np.float64), np.asarray(directions, np.float64)
    return (rows / np.linalg.norm(rows, axis=1)[:, None]) @ (directions / np.linalg.norm(directions, axis=0))


@pytest.mark.parametrize("kind", ["tensor", "parameter", "numpy", "list", "half"])
def test_matrices_of_all_kinds(kind: str, tmp_path: Path) -> None:
    weights, directions = _random(12, 8), _random(8, 5)
    given: Any = {
        "tensor": weights,
        "parameter": nn.Parameter(weights),
        "numpy": weights.numpy(),
        "list": weights.tolist(),
        "half": weights.to(torch.bfloat16),
    }[kind]
    frame, _ = _record(tmp_path / "run", given, directions=directions)
    assert frame.tensors.keys() == SHOWN
    exact = 1e-2 if kind == "half" else 1e-3  # half precision in frames
    assert np.allclose(frame.tensors["alignment"], _cosine(weights, directions), atol=exact)


def test_a_layer_brings_its_biases(tmp_path: Path) -> None:
    layer = nn.Linear(8, 12)
    frame, display = _record(tmp_path / "run", layer, directions=_random(8, 5), relevant=[1, 3])
    assert frame.tensors.keys() == {*SHOWN, "bias"}
    assert np.array_equal(frame.tensors["bias"], layer.bias.detach().numpy())
    assert [panel.id for panel in display.panels] == ["map", "curves", "density", "alignment", "spectrum"]
    assert display.axes["directions"].numbers == (1, 3, 0, 2, 4)
    assert frame.metrics.keys() >= {"loss", "signal_cosine_mean", "signal_to_background", "initial_cosine_mean"}
    assert frame.metrics["initial_cosine_mean"] == pytest.approx(1)


def test_directions_may_be_rows_pictures_or_a_layer(tmp_path: Path) -> None:
    weights, directions = _random(12, 6), _random(6, 5)
    teacher = nn.Linear(6, 5, bias=False)
    teacher.weight.data = directions.T.clone()
    kinds = {"rows": directions.T, "pictures": directions.T.reshape(5, 2, 3), "layer": teacher}
    for kind, given in kinds.items():
        frame, _ = _record(tmp_path / kind, weights, directions=given)
        assert np.allclose(frame.tensors["alignment"], _cosine(weights, directions), atol=1e-3), kind


def test_filters_beside_whole_rows_and_beside_patches(tmp_path: Path) -> None:
    layer = nn.Conv2d(4, 6, 3)
    weights = layer.weight.detach()
    whole, patches = _random(5, 4, 3, 3), _random(5, 3, 3)
    frame, _ = _record(tmp_path / "whole", layer, directions=whole)
    assert np.allclose(frame.tensors["alignment"], _cosine(weights.flatten(1), whole.flatten(1).T), atol=1e-3)
    frame, display = _record(tmp_path / "patches", layer, directions=patches)
    rows = weights.reshape(24, 9)
    assert np.allclose(frame.tensors["alignment"], _cosine(rows, patches.flatten(1).T), atol=1e-3)
    names = display.axes["neurons"].names
    assert names is not None
    assert (names[0], names[7]) == ("filter 0, channel 0", "filter 1, channel 3")
    assert np.array_equal(frame.tensors["bias"], layer.bias.detach().repeat_interleave(4).numpy())  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("layer", "picture", "shape"),
    [
        (nn.Linear(784, 3), None, (3, 28, 28)),
        (nn.Conv2d(1, 3, 7), None, (3, 7, 7)),
        (nn.Conv2d(3, 2, 5), None, (2, 5, 5, 3)),
        (nn.Conv2d(8, 2, 5), None, None),
        (nn.Conv1d(1, 3, 9), None, None),
        (nn.Linear(12, 4), (3, 4), (4, 3, 4)),
        (nn.Linear(12, 4), (3, 2, 2), (4, 2, 2, 3)),
        (nn.Linear(12, 4), (2, 2, 3), (4, 2, 2, 3)),
    ],
)
def test_weights_that_are_pictures(layer: Any, picture: Any, shape: Any, tmp_path: Path) -> None:
    frame, display = _record(tmp_path / "run", layer, picture=picture)
    assert (frame.tensors["weights"].shape if "weights" in frame.tensors else None) == shape
    assert ("pictures" in [panel.id for panel in display.panels]) == (shape is not None)
    if shape is not None and shape[-1] == 3:
        weights = layer.weight.detach().reshape(shape[0], -1)
        if picture != (2, 2, 3):
            weights = weights.reshape(shape[0], 3, *shape[1:3]).permute(0, 2, 3, 1).reshape(shape[0], -1)
        scale = frame.tensors["weights_scale"][:, None]
        drawn = (frame.tensors["weights"].reshape(shape[0], -1).astype(np.float64) - 128) / 127 * scale
        assert np.allclose(drawn, weights.numpy(), atol=scale.max() / 127)


def test_attention_is_four_layers_by_head(tmp_path: Path) -> None:
    layer = nn.MultiheadAttention(8, 2)
    frame, display = _record(tmp_path / "run", {"attention": layer}, directions=_random(8, 3))
    joint = layer.in_proj_weight
    assert joint is not None
    q, _, _ = joint.detach().chunk(3)
    matrix = np.frombuffer((tmp_path / "run" / "patterns.safetensors").read_bytes()[-3 * 8 * 4 :], np.float32)
    directions = matrix.reshape(8, 3)
    assert np.allclose(frame.tensors["attention.q.alignment"], _cosine(q, directions), atol=1e-3)
    out = layer.out_proj.weight.detach().T  # what each entry of a head writes
    assert np.allclose(frame.tensors["attention.o.alignment"], _cosine(out, directions), atol=1e-3)
    names = display.axes["attention.k.neurons"].names
    assert names is not None
    assert (names[0], names[5]) == ("head 0, 0", "head 1, 1")


def test_several_layers_and_their_vectors(tmp_path: Path) -> None:
    first, second = nn.Linear(8, 6), nn.Embedding(10, 4)
    weights = {"first": first, "second": second, "rates": np.arange(3.0)}
    directions = {"second": _random(4, 2)}
    frame, display = _record(tmp_path / "run", weights, directions=directions)
    assert frame.tensors["first.alignment"].shape == (6, 5)
    assert frame.tensors["second.alignment"].shape == (10, 2)
    assert frame.tensors["rates"].tolist() == [0, 1, 2]
    assert display.axes["second.neurons"].total == 10
    assert "first: No directions were given" in display.notes[0]
    assert "second: Neurons are compared with 2 directions" in display.notes[1]
    assert sum(panel.hero for panel in display.panels) == 1


def test_of_several_neurons_some_are_shown_and_all_are_measured(tmp_path: Path) -> None:
    weights, directions = _random(40, 8), _random(8, 3)
    frame, display = _record(tmp_path / "run", weights, directions=directions, relevant=[0], max_neurons=10, seed=3)
    assert frame.tensors["alignment"].shape == (10, 3)
    assert (display.axes["neurons"].shown, display.axes["neurons"].total) == (10, 40)
    assert frame.metrics["signal_cosine_mean"] == pytest.approx(np.abs(_cosine(weights, directions)[:, 0]).mean())


def test_without_directions_they_are_the_means_of_classes(tmp_path: Path) -> None:
    inputs, labels = _random(60, 8), torch.arange(60) % 3
    inputs[labels == 2] += 4
    frame, display = _record(tmp_path / "run", _random(5, 8), data=(inputs, labels))
    assert display.axes["directions"].names == ("mean of 0", "mean of 1", "mean of 2")
    means = np.stack([(inputs[labels == c].mean(0) - inputs.mean(0)).numpy() for c in range(3)], 1)
    assert frame.tensors["alignment"].shape == (5, 3)
    assert "means of the classes" in display.notes[0]
    saved = np.frombuffer((tmp_path / "run" / "patterns.safetensors").read_bytes()[-3 * 8 * 4 :], np.float32)
    assert np.allclose(saved.reshape(8, 3), means / np.linalg.norm(means, axis=0), atol=1e-5)


def test_without_any_they_are_principal_directions_of_the_first_weights(tmp_path: Path) -> None:
    weights = _random(30, 6) * torch.tensor([9.0, 1, 1, 1, 1, 1])
    frame, display = _record(tmp_path / "run", weights)
    names = display.axes["directions"].names
    assert names is not None
    assert names[0] == "principal direction 1"
    assert np.abs(frame.tensors["signal_cosine"]).mean() > 0.8
    assert "emerged" not in [event["kind"] for event in events(tmp_path / "run")]  # nobody said that it matters


def test_features_that_emerge_are_told_once(tmp_path: Path) -> None:
    directions = torch.linalg.qr(_random(8, 4)).Q
    signal, path = directions[:, :2].sum(1), tmp_path / "run"
    with record(
        "run", directory=path, directions=directions, relevant=["a", "b"], names=list("abcd"), strict=True
    ) as rec:
        for step in range(6):
            rec.snapshot(step, _random(10, 8) + 2 * step * signal)
    told = {event["kind"]: event["step"] for event in events(path)}
    assert len(events(path)) == len(told)
    assert 0 < told["emerged"] <= told["aligned"]
    assert display_of(path).events["emerged"].rank == "emergence"


def test_numbers_tensors_and_events_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "run"
    declared: Any = {
        "later": "comes later",
        "rate": Metric("learning rate", scale="log"),
        "acc": {"title": "right", "high": 1},
    }
    with record("run", directory=path, metrics=declared, settings={"lr": 0.1, "net": "mlp"}, strict=True) as rec:
        rec.event(0, "warm_up", "warming up", {"factor": np.float32(0.5)})
        for step in range(3):
            numbers: dict[str, Any] = {"loss": torch.tensor(2.0 - step), "rate": np.float64(0.1), "acc": 0.5}
            later = {"later": 1.0, "loss": float("nan")} if step == 2 else {}
            shapes = {"a": (4,), "b": (3, 5), "c": (6, 2), "d": (2, 4, 4), "e": (2, 4, 4, 3), "f": (1, 2, 3, 4, 5)}
            tensors = {name: np.full(shape, step, np.float64) for name, shape in shapes.items()}
            rec.snapshot(step, metrics=numbers | later, tensors={**tensors, "flags": torch.tensor([True, False])})
    display, found = display_of(path), frames(path)
    assert [*unknown(display)] == []
    kinds = {panel.id: panel.kind for panel in display.panels}
    assert kinds == {
        "curves": "curves", "tensor a": "bars", "tensor b": "matrix", "tensor c": "points", "tensor d": "images",
        "tensor e": "images", "tensor flags": "bars",
    }  # fmt: skip
    assert found[2].metrics == {"loss": None, "rate": 0.1, "acc": 0.5, "later": 1.0}
    assert found[0].metrics == {"loss": 2.0, "rate": 0.1, "acc": 0.5}
    assert (display.tensors["b"].dtype, display.tensors["flags"].dtype) == ("F64", "BOOL")
    assert events(path) == [{"step": 0, "kind": "warm_up", "text": "warming up", "data": {"factor": 0.5}}]
    assert [facet.short for facet in display.facets] == ["lr 0.1", "net mlp"]
    assert run_of(path)["config"]["settings"] == {"lr": 0.1, "net": "mlp"}


def test_a_display_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "run"
    own = Display(
        "mine",
        {"loss": Metric("loss")},
        tensors={"x": Declared("F32", (2, 3)), "signal_cosine": Declared("F32", (4,))},
    )
    with record("run", directory=path, display=own.as_json(), strict=True) as rec:
        rec.snapshot(0, {"x": np.ones((2, 3), np.float32), "layer": np.eye(4)}, metrics={"loss": 1.0})
    with record("run", directory=tmp_path / "other", display=own, strict=True) as rec:
        rec.snapshot(0, np.eye(4), metrics={"loss": 1.0})
    assert frames(path)[0].tensors.keys() == {"x"}
    assert frames(tmp_path / "other")[0].tensors.keys() == {"signal_cosine"}
    assert display_of(path) == display_of(tmp_path / "other")
    assert display_of(path).summary == "mine"
