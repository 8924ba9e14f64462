"""What a run with lottery tickets takes, by its dominant terms."""

from emergescope.config.cost import BYTES, Cost, Share, copies, most_frames
from emergescope.studies.lottery.config import LotteryConfig
from emergescope.studies.lottery.display import display_of
from emergescope.toolkit.parity import ROWS


def cost_of(config: LotteryConfig) -> Cost:
    method, training, tests, n = config.method, config.training, config.capture.test_samples, config.problem.n
    size, frames = BYTES[training.dtype], most_frames(config)
    full, alone = method.width * n, method.alone * n  # weights, of the full network and of all copies
    row = (
        n + 3 * max(method.kept_neurons, method.width // method.copies + 1)
    ) * method.copies  # numbers that a sample gives
    looked = min(ROWS, tests) * (n + 2 * max(method.width, method.alone))
    return Cost(
        memory_shares=(
            Share("the full network", "method.width", 4 * full * size),
            Share("its copies", "method.copies", 8 * alone * size),
            Share("copies that wait to be looked at", "method.width", copies(frames, (full + 2 * alone) * size)),
            Share("a batch", "training.batch", 2 * training.batch * row * size),
            Share("tests", "method.width", looked * size),
        ),
        work_shares=(
            Share("the full network", "training.steps", 4 * training.steps * full * (training.batch + 1)),
            Share("its copies", "method.copies", 8 * training.steps * alone * (training.batch + 1)),
            Share("tests", "capture.frames", 2 * frames * (full + 2 * alone) * (tests + 5)),
        ),
        steps=config.total_steps,
        steps_path="training.steps",
        frames=frames,
        frame_bytes=display_of(config).frame_bytes(),
        pattern_bytes=0,
    )
