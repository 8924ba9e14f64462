"""Configuration: frozen records, presets as data files, overrides by dotted path. Uses errors only."""

from emergescope.config.images import ImageSource, MixtureProblem, TwoClassesProblem
from emergescope.config.method import (
    ClassifierMethod,
    HingeMethod,
    Method,
    NetworkMethod,
    NtkMethod,
    RandomFeaturesMethod,
    ResNetMethod,
)
from emergescope.config.overrides import apply_overrides, config_paths
from emergescope.config.parse import field_errors, parse_config
from emergescope.config.presets import Expectation, Preset, get_preset, load_presets
from emergescope.config.problem import DictionaryProblem
from emergescope.config.run import Capture, PatternsConfig, Problem, RunConfig
from emergescope.config.training import Phase, SgdTraining, Stage, Training

__all__ = [
    "Capture",
    "ClassifierMethod",
    "DictionaryProblem",
    "Expectation",
    "HingeMethod",
    "ImageSource",
    "Method",
    "MixtureProblem",
    "NetworkMethod",
    "NtkMethod",
    "PatternsConfig",
    "Phase",
    "Preset",
    "Problem",
    "RandomFeaturesMethod",
    "ResNetMethod",
    "RunConfig",
    "SgdTraining",
    "Stage",
    "Training",
    "TwoClassesProblem",
    "apply_overrides",
    "config_paths",
    "field_errors",
    "get_preset",
    "load_presets",
    "parse_config",
]
