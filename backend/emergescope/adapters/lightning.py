"""A callback of Lightning that records a layer of the module which is trained."""

from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from emergescope.adapters.loop import Layer, Loop, Metrics, submodule


class RecordCallback(Callback):  # type: ignore[misc]  # a class of a library without types
    """`Trainer(callbacks=[RecordCallback("my run", "encoder.fc1", directions=M, every=50)])`.

    Steps are those of the optimizer. Metrics are those that the module logs by these names, and `loss`, which
    `training_step` returns. Further options are those of `emergescope.record`.
    """

    def __init__(self, name: str, layer: Layer, metrics: Metrics = ("loss",), **options: Any) -> None:
        super().__init__()
        self._loop = Loop(name, layer, metrics, options)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        steps = trainer.estimated_stepping_batches
        self._loop.begin(total_steps=int(steps) if steps not in (-1, float("inf")) else None)
        self._loop.step(trainer.global_step, pl_module, submodule, {})

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        loss = outputs.get("loss") if isinstance(outputs, dict) else outputs
        reported = trainer.callback_metrics | ({} if loss is None else {"loss": loss})
        self._loop.step(trainer.global_step, pl_module, submodule, reported)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._loop.end(exception)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._loop.end()
