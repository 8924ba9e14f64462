"""Runs of a modulus that is learned in a moment, and the network that the paper builds by hand."""

from typing import Any

import torch

from emergescope.catalog.parse import parse_config
from emergescope.studies.modular_addition.config import ModularAdditionConfig
from emergescope.studies.modular_addition.network import Network

SMALL: dict[str, Any] = {
    "problem": {"p": 5},
    "method": {"width": 24, "deviation": 0.2},
    "training": {"steps": 1600, "doubling_every": 100, "device": "cpu"},
    "capture": {"frames": 9},
}
RELU = {"method": {"activation": "relu"}, "training": {"penalty": "squares"}}


def configured(**parts: dict[str, Any]) -> ModularAdditionConfig:
    """The small configuration with some settings changed, by part."""
    data = {part: {**settings, **parts.get(part, {})} for part, settings in SMALL.items()}
    config = parse_config({"study": "modular_addition", "seed": 1, **data})
    assert isinstance(config, ModularAdditionConfig)
    return config


def of_largest_margin(p: int) -> Network:
    """Eight neurons for each frequency: each of the four terms of cos(a + b − c) is a product x y z, and
    ((x + y)² − (x − y)²) z = 4 x y z.
    """
    angle = 2 * torch.pi * torch.arange(p, dtype=torch.float64) / p
    neurons = []
    for k in range(1, p // 2 + 1):
        cos, sin = (k * angle).cos(), (k * angle).sin()
        for x, y, z in ((cos, cos, cos), (sin, sin, -cos), (sin, cos, sin), (cos, sin, sin)):
            neurons += [(x, y, z), (x, -y, -z)]
    u, v, w = (torch.stack(part) for part in zip(*neurons, strict=True))
    return Network(u, v, w, square=True)
