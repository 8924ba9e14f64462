"""A callback of Hugging Face's Trainer that records a layer of the model which is trained."""

from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from emergescope.adapters.loop import Layer, Loop, Metrics, submodule


class RecordCallback(TrainerCallback):  # type: ignore[misc]  # a class of a library without types
    """`Trainer(..., callbacks=[RecordCallback("my run", "transformer.h.0.mlp.c_fc", every=50)])`.

    Metrics are those that the trainer logs by these names, as they were logged last (`logging_steps`). Further options
    are those of `emergescope.record`.
    """

    def __init__(self, name: str, layer: Layer, metrics: Metrics = ("loss",), **options: Any) -> None:
        self._loop = Loop(name, layer, metrics, options)
        self._logged: dict[str, Any] = {}

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        if state.is_world_process_zero:
            self._loop.begin(total_steps=state.max_steps if state.max_steps > 0 else None)
            self._loop.step(state.global_step, given["model"], submodule, {})

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        self._logged |= given.get("logs") or {}

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        self._loop.step(state.global_step, given["model"], submodule, self._logged)

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        self._loop.end()
