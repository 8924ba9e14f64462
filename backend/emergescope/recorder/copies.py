"""Copies of weights, whatever they are held in, made at once: the loop may change them the next moment.

torch is used only where the loop has loaded it.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from emergescope.errors import InvalidConfig


@dataclass(frozen=True)
class Copy:
    """A tensor or array that stays as it is. `ready`, if there is one, is a CUDA event that it waits for."""

    value: Any = field(repr=False)
    ready: Any = None

    @property
    def bytes(self) -> int:
        return int(self.value.nbytes)

    def get(self) -> Any:
        """The copy, once it is there."""
        if self.ready is not None:
            self.ready.synchronize()
        return self.value


@dataclass(frozen=True)
class Held:
    """Weights of a layer as copies: the first dimension counts the neurons, or the last where `turned`.

    filters  (channels, height, width) or (channels, length) of the weights of a neuron of a convolution
    heads    how many heads of attention the neurons belong to
    """

    weights: Copy
    bias: Copy | None = None
    output: Copy | None = None
    filters: tuple[int, ...] | None = None
    heads: int = 0
    turned: bool = False

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in (self.weights, self.bias, self.output) if one is not None)


@dataclass(frozen=True)
class Shot:
    """What one snapshot took along. A layer that has no name is the only one."""

    step: int
    stage: str
    layers: Mapping[str, Held]
    tensors: Mapping[str, Copy]
    metrics: Mapping[str, float | Copy]

    @property
    def bytes(self) -> int:
        layers = sum(one.bytes for one in self.layers.values())
        return layers + sum(one.bytes for one in self.tensors.values())


def copy_of(value: Any, what: str) -> Copy:
    """Raises InvalidConfig where it holds no numbers."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _copy_of_tensor(torch, value.detach(), what)
    try:
        array = np.array(value)
        if array.dtype.kind not in "fiub":  # JAX's half precision, say; what is no number fails
            array = array.astype(np.float32)
    except (TypeError, ValueError) as error:
        raise InvalidConfig(f"{what} is no array of numbers ({type(value).__name__}): {error}") from None
    return Copy(array)


def _copy_of_tensor(torch: Any, tensor: Any, what: str) -> Copy:
    if tensor.device.type == "meta":
        raise InvalidConfig(f"{what} is on the meta device, which holds no numbers: record it once it has some")
    if tensor.is_complex():
        raise InvalidConfig(f"{what} has complex numbers: record their real or imaginary part")
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if tensor.device.type != "cuda":
        return Copy(tensor.to("cpu", copy=True).contiguous())
    # The loop goes on while the device sends; what it does next to these weights comes after that on the same stream.
    held = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
    held.copy_(tensor, non_blocking=True)
    ready = torch.cuda.Event()
    ready.record(torch.cuda.current_stream(tensor.device))
    return Copy(held, ready)


def shot_of(
    step: int,
    stage: str,
    weights: Any,
    metrics: Mapping[str, Any] | None,
    tensors: Mapping[str, Any] | None,
    bias: Any,
    output: Any,
    raw: frozenset[str],
) -> Shot:
    """Copies of all that a snapshot was given. Arrays of a dictionary that are vectors, or named in `raw`, are tensors
    of the frame as they are; all others are layers.
    """
    layers: dict[str, Held] = {}
    plain: dict[str, Copy] = {name: copy_of(value, f"the tensor {name!r}") for name, value in (tensors or {}).items()}
    several = isinstance(weights, Mapping)
    for name, value in (weights if several else {"": weights}).items():
        if value is None:
            continue
        if several and (name in raw or _is_vector(value)):
            plain[str(name)] = copy_of(value, f"the tensor {name!r}")
        else:
            layers |= {_joined(str(name), part): held for part, held in _layers(value, str(name))}
    if bias is not None or output is not None:
        if len(layers) != 1:
            raise InvalidConfig("bias= and output= are of one layer: give a dictionary of several to tensors= instead")
        ((name, only),) = layers.items()
        layers[name] = Held(
            only.weights,
            only.bias if bias is None else copy_of(bias, "bias"),
            None if output is None else copy_of(getattr(output, "weight", output), "output"),
            only.filters,
            only.heads,
            only.turned,
        )
    return Shot(step, stage, layers, plain, {str(name): _number(name, m) for name, m in (metrics or {}).items()})


def _number(name: object, value: Any) -> float | Copy:
    if isinstance(value, int | float):
        return float(value)
    if prod(getattr(value, "shape", ())) != 1:
        raise InvalidConfig(f"the metric {name!r} is no single number: give tensors to tensors=")
    return copy_of(value, f"the metric {name!r}")


def _joined(name: str, part: str) -> str:
    return f"{name}.{part}" if name and part else name or part


def _is_vector(value: Any) -> bool:
    return len(getattr(value, "shape", ())) == 1


def _layers(value: Any, name: str) -> Iterator[tuple[str, Held]]:
    """The layers that a module, tensor or array is, by the names of its parts."""
    what = f"the weights of {name!r}" if name else "weights"
    if hasattr(value, "num_heads") and hasattr(value, "out_proj"):
        yield from _attention(value, what)
        return
    torch = sys.modules.get("torch")
    is_module = torch is not None and isinstance(value, torch.nn.Module)
    weight = getattr(value, "weight", None) if is_module else value
    shape = tuple(getattr(weight, "shape", None) or np.shape(weight)) if weight is not None else ()
    if len(shape) < 2:
        found = type(value).__name__ if is_module else f"{type(value).__name__} of shape {list(shape)}"
        advice = "name layers that have some: {'fc1': model.fc1}" if is_module else "give [neurons, inputs], or a layer"
        raise InvalidConfig(f"{what}: {found} has no matrix of weights: {advice}")
    bias = getattr(value, "bias", None) if is_module else None
    filters = shape[1:] if len(shape) > 2 else None
    turned = is_module and type(value).__name__ == "Conv1D" and len(shape) == 2  # of transformers: [inputs, neurons]
    yield "", Held(copy_of(weight, what), None if bias is None else copy_of(bias, what), None, filters, 0, turned)


def _attention(module: Any, what: str) -> Iterator[tuple[str, Held]]:
    """Queries, keys and values, and what comes out of each head, its columns."""
    joint, heads = module.in_proj_weight, int(module.num_heads)
    parts = joint.chunk(3) if joint is not None else [getattr(module, f"{part}_proj_weight") for part in "qkv"]
    biases = [None] * 3 if module.in_proj_bias is None else module.in_proj_bias.chunk(3)
    for name, weight, bias in zip("qkv", parts, biases, strict=True):
        yield name, Held(copy_of(weight, what), None if bias is None else copy_of(bias, what), heads=heads)
    yield "o", Held(copy_of(module.out_proj.weight, what), heads=heads, turned=True)
