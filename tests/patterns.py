"""For tests of runs on patterns: their configuration, typed as such."""

from emergescope.config.run import RunConfig
from emergescope.studies.patterns.config import PatternsConfig


def patterns(config: RunConfig) -> PatternsConfig:
    found = PatternsConfig.of(config)
    assert found is not None, f"{config.problem.kind} has no patterns"
    return found
