"""What a run on modular addition takes, by its dominant terms."""

from emergescope.config.cost import BYTES, Cost, Share, copies, most_frames
from emergescope.studies.modular_addition.config import ModularAdditionConfig
from emergescope.studies.modular_addition.display import display_of


def cost_of(config: ModularAdditionConfig) -> Cost:
    p, width, training = config.problem.p, config.method.width, config.training
    size, frames = BYTES[training.dtype], most_frames(config)
    weights, pairs = 3 * width * p, p * p
    return Cost(
        memory_shares=(
            Share("the network", "method.width", 3 * weights * size),
            Share("copies that wait to be looked at", "method.width", copies(frames, weights * size)),
            Share("neurons on all pairs", "problem.p", 6 * width * pairs * size),
            Share("answers to all pairs", "problem.p", 8 * p * pairs * size),
        ),
        work_shares=(
            Share("training", "training.steps", 2 * training.steps * pairs * (3 * width * p + 5 * width + 5 * p)),
            Share("looking at it", "capture.frames", 2 * frames * pairs * (width * (p + 5) + 5 * p)),
        ),
        steps=training.steps,
        steps_path="training.steps",
        frames=frames,
        frame_bytes=display_of(config).frame_bytes(),
        pattern_bytes=0,
    )
