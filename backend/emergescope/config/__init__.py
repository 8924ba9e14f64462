"""Configuration: frozen records, presets as data files, overrides by dotted path. Uses errors only."""

from emergescope.config.method import Method, NetworkMethod, NtkMethod, RandomFeaturesMethod
from emergescope.config.overrides import apply_overrides, config_paths
from emergescope.config.parse import field_errors, parse_config
from emergescope.config.presets import Expectation, Preset, get_preset, load_presets
from emergescope.config.problem import DictionaryProblem
from emergescope.config.run import Capture, Phase, RunConfig, Training

__all__ = [
    "Capture",
    "DictionaryProblem",
    "Expectation",
    "Method",
    "NetworkMethod",
    "NtkMethod",
    "Phase",
    "Preset",
    "RandomFeaturesMethod",
    "RunConfig",
    "Training",
    "apply_overrides",
    "config_paths",
    "field_errors",
    "get_preset",
    "load_presets",
    "parse_config",
]
