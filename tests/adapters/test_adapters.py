"""Loops of other libraries record themselves: each with the real library, on a small model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from emergescope.adapters.optimizer import record_steps
from emergescope.errors import InvalidConfig
from emergescope.recorder import record
from emergescope.recorder.endings import RecordingWarning
from tests.adapters.film import cosines_with_axes, film_in

# What the libraries warn of among themselves.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'train_dataloader' does not have many workers:UserWarning"),
]
INPUTS, NEURONS, STEPS = 6, 5, 8
AXES = np.eye(INPUTS, dtype=np.float32)
HALF = 1e-3  # cosines are kept in half precision


@pytest.fixture
def samples() -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(4 * STEPS, INPUTS, generator=torch.Generator().manual_seed(0))
    return x, (x[:, :1] > 0).float()


def network() -> torch.nn.Sequential:
    return torch.nn.Sequential(torch.nn.Linear(INPUTS, NEURONS), torch.nn.ReLU(), torch.nn.Linear(NEURONS, 1))


def loss_of(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.binary_cross_entropy_with_logits(model(x), y)


def test_an_optimizer_of_pytorch(tmp_path: Path, samples: tuple[torch.Tensor, torch.Tensor]) -> None:
    model = network()
    losses: list[float] = []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    place = tmp_path / "film"
    with record("hook", directions=AXES, directory=place, every=2, metrics=["loss"], strict=True) as recorder:
        handle = record_steps(recorder, optimizer, model[0], lambda: {"loss": losses[-1]} if losses else {})
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = loss_of(model, *samples)
            loss.backward()  # type: ignore[no-untyped-call]
            losses.append(loss.item())
            optimizer.step()
        handle.remove()
        optimizer.step()
    film = film_in(place)
    assert (film.status, film.steps) == ("succeeded", [0, 2, 4, 6, 8])
    assert film.metrics["loss"] == pytest.approx(losses[-1])


def test_lightning(tmp_path: Path, samples: tuple[torch.Tensor, torch.Tensor]) -> None:
    import lightning.pytorch as lightning  # noqa: PLC0415

    from emergescope.adapters.lightning import RecordCallback  # noqa: PLC0415

    class Module(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self, fails_at: int | None = None) -> None:
            super().__init__()
            self.net = network()
            self.fails_at = fails_at

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            if index == self.fails_at:
                raise RuntimeError("out of luck")
            return loss_of(self.net, *batch)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*samples), batch_size=4)

    def fit(module: Module, place: Path, layer: Any = "net.0") -> None:
        callback = RecordCallback("lit", layer, directions=AXES, every=2, directory=place)
        quiet: dict[str, Any] = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
        quiet |= {"enable_model_summary": False, "accelerator": "cpu", "default_root_dir": str(tmp_path)}
        lightning.Trainer(max_epochs=1, callbacks=[callback], **quiet).fit(module, loader)

    module = Module()
    fit(module, tmp_path / "whole")
    film = film_in(tmp_path / "whole")
    assert (film.status, film.steps) == ("succeeded", [0, 2, 4, 6, 8])
    assert film.metrics["loss"] > 0
    assert film.cosines == pytest.approx(cosines_with_axes(module.net.state_dict()["0.weight"]), abs=HALF)

    with pytest.raises(RuntimeError, match="out of luck"):
        fit(Module(fails_at=5), tmp_path / "failed")
    assert film_in(tmp_path / "failed")[:2] == ("failed", [0, 2, 4])

    with (
        pytest.raises(InvalidConfig, match=r"no layer 'net.9'; with weights it has net.0, net.2"),
        pytest.warns(RecordingWarning, match="nothing was recorded"),
    ):
        fit(Module(), tmp_path / "none", "net.9")

    looked = iter([module.net[0], module.net[0]])
    with pytest.warns(RecordingWarning, match="'lit': from step 4 on there is no such layer"):
        fit(Module(), tmp_path / "part", lambda _: next(looked, None) or module.net[7])
    assert film_in(tmp_path / "part")[:2] == ("succeeded", [0, 2])


def test_hugging_face(tmp_path: Path) -> None:
    import transformers  # noqa: PLC0415

    from emergescope.adapters.transformers import RecordCallback  # noqa: PLC0415

    config = transformers.GPT2Config(
        vocab_size=12, n_positions=8, n_embd=INPUTS, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=0
    )
    model = transformers.GPT2LMHeadModel(config)
    tokens = torch.randint(12, (16, 8), generator=torch.Generator().manual_seed(0))
    data = [{"input_ids": row, "labels": row} for row in tokens]
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path / "out"), max_steps=STEPS, per_device_train_batch_size=2, logging_steps=1,
        save_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True,
    )  # fmt: skip
    place = tmp_path / "film"
    callback = RecordCallback("gpt", "transformer.wte", directions=AXES, every=4, directory=place, strict=True)
    transformers.Trainer(model=model, args=arguments, train_dataset=data, callbacks=[callback]).train()
    film = film_in(place)
    assert (film.status, film.steps) == ("succeeded", [0, 4, 8])
    assert film.metrics["loss"] > 0
    assert film.cosines == pytest.approx(cosines_with_axes(model.transformer.wte.weight.detach()), abs=HALF)


def test_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, samples: tuple[torch.Tensor, torch.Tensor]) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    import keras  # noqa: PLC0415

    from emergescope.adapters.keras import RecordCallback, neurons_of  # noqa: PLC0415

    layers = [keras.layers.Dense(NEURONS, "relu", name="hidden"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((INPUTS,)), *layers])
    model.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
    callback = RecordCallback("keras", "hidden", directions=AXES, every=4, directory=tmp_path / "film", strict=True)
    x, y = (part.numpy() for part in samples)
    model.fit(x, y, batch_size=8, epochs=2, verbose=0, callbacks=[callback])
    film = film_in(tmp_path / "film")
    assert (film.status, film.steps) == ("succeeded", [0, 4, 8])
    assert film.metrics["loss"] > 0
    kernel = keras.ops.convert_to_numpy(model.get_layer("hidden").kernel)
    assert film.cosines == pytest.approx(cosines_with_axes(kernel.T), abs=HALF)
    with pytest.raises(InvalidConfig, match="no layer 'other'; with weights it has hidden, dense"):
        neurons_of(model, "other")


def test_filters_of_keras_are_as_those_of_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    import keras  # noqa: PLC0415

    from emergescope.adapters.keras import neurons_of  # noqa: PLC0415

    model = keras.Sequential([keras.Input((5, 5, 2)), keras.layers.Conv2D(3, (2, 2), name="conv")])
    height, width, channels, filters = 2, 2, 2, 3
    kernel = np.arange(24.0, dtype=np.float32).reshape(height, width, channels, filters)
    model.get_layer("conv").set_weights([kernel, np.zeros(filters, np.float32)])
    expected = [[kernel[i, j, c, f] for c in range(2) for i in range(2) for j in range(2)] for f in range(filters)]
    assert neurons_of(model, "conv").tolist() == expected


def test_arrays_of_jax(tmp_path: Path) -> None:
    import jax  # noqa: PLC0415

    weights = jax.random.normal(jax.random.key(0), (NEURONS, INPUTS))
    with record("jax", directions=jax.numpy.eye(INPUTS), directory=tmp_path / "film", strict=True) as recorder:
        for step in range(3):
            recorder.snapshot(step, weights * (step + 1), {"loss": jax.numpy.float32(1) / (step + 1)})
    film = film_in(tmp_path / "film")
    assert (film.status, film.steps) == ("succeeded", [0, 1, 2])
    assert film.metrics["loss"] == pytest.approx(1 / 3)
    assert film.cosines == pytest.approx(cosines_with_axes(weights), abs=HALF)
