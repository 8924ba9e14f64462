"""What a run takes, by its dominant terms: servers refuse what exceeds their limits. Imports no torch."""

from emergescope.config.cost import DOUBLE, HEADER, SINGLE, Cost, Share

from emergescope.studies._skeleton.config import SkeletonConfig
from emergescope.studies._skeleton.display import display_of


def cost_of(config: SkeletonConfig) -> Cost:
    """Arithmetic only: it is asked of any configuration."""
    inputs, training = config.problem.inputs, config.training
    number = SINGLE if training.dtype == "float32" else DOUBLE
    return Cost(
        memory_shares=(
            Share("the samples of a step", "training.batch", 2 * training.batch * inputs * number),
            Share("the weights", "problem.inputs", 4 * inputs * number),
        ),
        work_shares=(Share("training", "training.steps", training.steps * training.batch * inputs * 6),),
        steps=training.steps,
        steps_path="training.steps",
        frames=min(training.steps + 1, config.capture.frames + 1),
        frame_bytes=display_of(config).frame_bytes() + HEADER,
        pattern_bytes=inputs * SINGLE,
    )
