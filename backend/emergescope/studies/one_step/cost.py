"""What a run of one giant step takes, by its dominant terms."""

from emergescope.config.cost import BYTES, Cost, Share, most_frames
from emergescope.studies.one_step.config import OneStepConfig
from emergescope.studies.one_step.display import display_of


def cost_of(config: OneStepConfig) -> Cost:
    d, width, tests = config.problem.d, config.method.width, config.capture.test_samples
    size, frames, samples = BYTES[config.training.dtype], most_frames(config), config.readout_samples
    # Of each readout's system the size, and in all the samples that are multiplied out.
    systems = sum(min(n, width) ** 3 for n in samples) // 3
    products = samples[-1] * width + sum(n * n for n in samples if n < width)
    return Cost(
        memory_shares=(
            Share("weights", "method.width", width * d * (8 + 4 * size)),
            Share("spectrum", "problem.d", 5 * d * d * size),
            Share("samples", "method.alphas", (samples[-1] + tests + 2 * config.step_samples) * d * size),
            Share("features", "method.alphas", (4 * samples[-1] + 4 * tests + 2 * config.step_samples) * width * size),
            Share("features of tests", "capture.test_samples", tests * width * 8),
            Share("systems", "method.width", width * width * (size + 16)),
        ),
        work_shares=(
            Share("the step", "method.alpha_0", 4 * config.step_samples * d * width),
            Share("spectra", "problem.d", frames * (2 * width + 9 * d) * d * d),
            Share("features", "method.alphas", (4 * d + 8 * frames) * (samples[-1] + tests) * width),
            Share("readouts", "method.width", 2 * frames * (products * width + systems)),
        ),
        steps=config.total_steps,
        steps_path="training.steps",
        frames=frames,
        frame_bytes=display_of(config).frame_bytes(),
        pattern_bytes=0,
    )
