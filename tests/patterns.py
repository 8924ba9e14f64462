"""For tests of runs on patterns: their configuration, typed as such."""

from emergescope.config.run import RunConfig
from emergescope.studies.patterns.config import PatternsConfig


def patterns(config: RunConfig) -> PatternsConfig:
    assert isinstance(config, PatternsConfig), f"{config.study} has no patterns"
    return config
