"""What a run takes, by its dominant terms: servers refuse what exceeds their limits. Imports no torch."""

from emergescope.config.cost import BYTES, Cost, Share, most_frames

from emergescope.studies._skeleton.config import SkeletonConfig
from emergescope.studies._skeleton.display import display_of


def cost_of(config: SkeletonConfig) -> Cost:
    """Arithmetic only: it is asked of any configuration."""
    inputs, training = config.problem.inputs, config.training
    samples = training.batch * inputs
    return Cost(
        memory_shares=(Share("the samples of a step", "training.batch", 3 * samples * BYTES[training.dtype]),),
        work_shares=(Share("training", "training.steps", 6 * training.steps * samples),),
        steps=training.steps,
        steps_path="training.steps",
        frames=most_frames(config),
        frame_bytes=display_of(config).frame_bytes(),
        pattern_bytes=4 * inputs,
    )
