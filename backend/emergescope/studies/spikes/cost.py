"""What a run of one step at many sizes takes, by its dominant terms."""

from emergescope.config.cost import BYTES, Cost, Share, most_frames
from emergescope.studies.spikes.config import SpikesConfig
from emergescope.studies.spikes.display import display_of


def cost_of(config: SpikesConfig) -> Cost:
    d, width, n, tests = config.problem.d, config.method.width, config.method.samples, config.capture.test_samples
    size, frames = BYTES[config.training.dtype], most_frames(config)
    return Cost(
        memory_shares=(
            Share("weights", "method.width", width * d * (8 + 4 * size)),
            Share("samples", "method.samples", (n + tests) * d * size),
            Share("features", "method.samples", 4 * (n + tests) * width * size),
            Share("spectrum", "method.width", 5 * width * width * size),
        ),
        work_shares=(
            Share("the step", "method.samples", 4 * n * d * width),
            Share("features", "method.samples", (4 * d + 10 * frames) * (n + tests) * width),
            Share("spectra", "method.width", frames * (2 * n + 9 * width) * width * width),
            Share("weights of all sizes", "problem.d", 2 * config.total_steps * width * d),
        ),
        steps=config.total_steps,
        steps_path="training.steps",
        frames=frames,
        frame_bytes=display_of(config).frame_bytes(),
        pattern_bytes=0,
    )
